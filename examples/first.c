/* Two qubits, two angles, one energy and its gradient: the example of the README.

   RY(a) and CX make cos(a/2) |00> + sin(a/2) |11>, where <X0 X1> is sin a; RX(b) then turns
   <Z0 Z1> from 1 to cos b and leaves the other. So E = sin a + cos b, which is checked. */
#include <hahn/hahn.h>
#include <math.h>
#include <stdio.h>

int main(void)
{
    hahn_engine *engine = NULL;
    hahn_circuit *circuit = NULL;
    hahn_observable *sum = NULL;
    hahn_program *program = NULL;
    hahn_workspace *workspace = NULL;
    double theta[] = {0.3, 0.7}, energy = 0, gradient[2] = {0, 0};

    if (hahn_engine_create(NULL, &engine) || hahn_circuit_create(engine, 2, &circuit) ||
        hahn_circuit_ry(circuit, 0, hahn_theta(0)) || hahn_circuit_cx(circuit, 0, 1) ||
        hahn_circuit_rx(circuit, 1, hahn_theta(1)) || hahn_observable_create(engine, 2, &sum) ||
        hahn_observable_add(sum, 1.0, "XX", (const int[]){0, 1}) ||
        hahn_observable_add(sum, 1.0, "ZZ", (const int[]){0, 1}) ||
        hahn_program_create(engine, circuit, sum, &program) ||
        hahn_workspace_create(engine, program, NULL, &workspace) ||
        hahn_gradient(workspace, NULL, 1, theta, &energy, gradient, NULL))
        fprintf(stderr, "%s\n", hahn_engine_message(engine));
    printf("E = %.6f, dE = (%.6f, %.6f)\n", energy, gradient[0], gradient[1]);

    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_observable_destroy(sum);
    hahn_circuit_destroy(circuit);
    hahn_engine_destroy(engine);
    /* Twice the norm of the sum, 2, times the bound on the state error of three gates and back. */
    const double rounding = 4 * 8 * 0x1p-53 * sqrt(6);
    return fabs(energy - sin(0.3) - cos(0.7)) > rounding ||
           fabs(gradient[0] - cos(0.3)) > rounding || fabs(gradient[1] + sin(0.7)) > rounding;
}
