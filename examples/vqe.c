/* Ground state of a Heisenberg ring of four spins, by gradient descent on a variational circuit.

   The ring of four is solved by hand: its ground energy is -8 and the next one -4, which the
   example holds its own result against. */
#include <hahn/hahn.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

enum { QUBITS = 4, LAYERS = 4, PARAMETERS = QUBITS * (3 * LAYERS + 1), STEPS = 600 };

/* STEPS steps of gradient descent. */
static hahn_status descend(hahn_descent *descent)
{
    for (int step = 0; step < STEPS; step++) {
        double energy, norm;
        hahn_status status = hahn_descent_evaluate(descent, &energy, &norm, NULL);
        if (status == HAHN_OK)
            status = hahn_descent_step(descent, 0.03, step + 1);
        if (status != HAHN_OK)
            return status;
        if (step % 100 == 0)
            printf("step %3d   energy %.6f   gradient %.1e\n", step, energy, norm);
    }
    return HAHN_OK;
}

int main(void)
{
    const hahn_lattice ring = {.width = QUBITS, .height = 1, .periodic = 1};
    hahn_engine *engine = NULL;
    hahn_observable *heisenberg = NULL;
    hahn_circuit *circuit = NULL;
    hahn_program *program = NULL;
    hahn_workspace *workspace = NULL;
    hahn_descent *descent = NULL;
    double theta[PARAMETERS], energy = 0;

    hahn_random_uniform(1, 0, 0, PARAMETERS, theta);
    const bool failed = hahn_engine_create(NULL, &engine) ||
                        hahn_observable_heisenberg(engine, ring, 1.0, &heisenberg) ||
                        hahn_ansatz_variational(engine, QUBITS, LAYERS, &circuit) ||
                        hahn_program_create(engine, circuit, heisenberg, &program) ||
                        hahn_workspace_create(engine, program, NULL, &workspace) ||
                        hahn_descent_create(workspace, NULL, &descent) ||
                        hahn_descent_load(descent, HAHN_DESCENT_THETA, theta) || descend(descent) ||
                        hahn_descent_evaluate(descent, &energy, NULL, NULL);
    if (failed)
        fprintf(stderr, "vqe: %s\n", hahn_engine_message(engine));
    else
        printf("after %d  energy %.6f, exact -8\n", STEPS, energy);

    hahn_descent_destroy(descent);
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_circuit_destroy(circuit);
    hahn_observable_destroy(heisenberg);
    hahn_engine_destroy(engine);
    /* No state is below the ground state, but for twice the norm, at most 12, times the bound on
       the state error. One that is within a hundredth of the gap above it has at least 99 percent
       of it.
     */
    const double rounding = 2 * 12 * 8 * 0x1p-53 * sqrt(QUBITS * (4 * LAYERS + 1));
    return failed || energy < -8 - rounding || energy > -8 + 0.04;
}
