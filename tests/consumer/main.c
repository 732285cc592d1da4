/* One rotation, one expectation: <0| RX(a)^dagger Z RX(a) |0> = cos(a), and its slope -sin(a).
   Two roundings an amplitude at most, so a few units in the last place. */
#include <float.h>
#include <hahn/hahn.h>
#include <math.h>
#include <stdio.h>

static hahn_status train(hahn_engine *engine, double *energy, double *slope, double angle)
{
    hahn_circuit *circuit = NULL;
    hahn_observable *observable = NULL;
    hahn_program *program = NULL;
    hahn_workspace *workspace = NULL;
    const int qubit = 0;
    hahn_status s = hahn_circuit_create(engine, 1, &circuit);
    if (s == HAHN_OK)
        s = hahn_circuit_rx(circuit, 0, hahn_theta(0));
    if (s == HAHN_OK)
        s = hahn_observable_create(engine, 1, &observable);
    if (s == HAHN_OK)
        s = hahn_observable_add(observable, 1.0, "Z", &qubit);
    if (s == HAHN_OK)
        s = hahn_program_create(engine, circuit, observable, &program);
    if (s == HAHN_OK)
        s = hahn_workspace_create(engine, program, NULL, &workspace);
    if (s == HAHN_OK)
        s = hahn_gradient(workspace, NULL, 1, &angle, energy, slope, NULL);
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_observable_destroy(observable);
    hahn_circuit_destroy(circuit);
    return s;
}

int main(void)
{
    const double angle = 0.7;
    double energy = 0.0;
    double slope = 0.0;
    hahn_engine *engine = NULL;
    hahn_status s = hahn_engine_create(NULL, &engine);
    if (s == HAHN_OK)
        s = train(engine, &energy, &slope, angle);
    if (s != HAHN_OK)
        fprintf(stderr, "%s: %s\n", hahn_status_name(s), hahn_engine_message(engine));
    hahn_engine_destroy(engine);
    printf("hahn %s: energy %.17g, slope %.17g\n", hahn_version(), energy, slope);
    const double tolerance = 8.0 * DBL_EPSILON;
    int good = fabs(energy - cos(angle)) <= tolerance && fabs(slope + sin(angle)) <= tolerance;
    return s == HAHN_OK && good ? 0 : 1;
}
