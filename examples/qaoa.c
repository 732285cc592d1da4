/* Max-cut of the Petersen graph by QAOA: three layers, six angles, then a thousand samples.
   The best sample must reach the largest cut, which is found by looking at all 1024 of them. */
#include <hahn/hahn.h>
#include <stdbool.h>
#include <stdio.h>

enum { VERTICES = 10, EDGES = 15, LAYERS = 3, SHOTS = 1000 };

/* A pentagon, a pentagram inside, and the spokes between. */
static const int ends[] = {0, 1, 1, 2, 2, 3, 3, 4, 4, 0, 5, 7, 7, 9, 9,
                           6, 6, 8, 8, 5, 0, 5, 1, 6, 2, 7, 3, 8, 4, 9};

/* Edges between the vertices whose bit in `side` is 1 and those where it is 0. */
static int cut_of(uint64_t side)
{
    int cut = 0;
    for (int e = 0; e < EDGES; e++)
        cut += (side >> ends[2 * e] & 1) != (side >> ends[2 * e + 1] & 1);
    return cut;
}

static hahn_status descend(hahn_workspace *workspace, double *theta)
{
    double gradient[2 * LAYERS];
    for (int step = 0; step < 200; step++) {
        const hahn_status status = hahn_gradient(workspace, NULL, 1, theta, NULL, gradient, NULL);
        if (status != HAHN_OK)
            return status;
        for (int k = 0; k < 2 * LAYERS; k++)
            theta[k] -= 0.01 * gradient[k];
    }
    return HAHN_OK;
}

int main(void)
{
    hahn_engine *engine = NULL;
    hahn_observable *cost = NULL;
    hahn_circuit *circuit = NULL;
    hahn_program *program = NULL;
    hahn_workspace *workspace = NULL;
    /* As in annealing: the cost comes up while the mixer goes. The mixer's sign is that of -X,
       whose lowest state all qubits start in. */
    double theta[2 * LAYERS] = {0.3, -0.5, 0.5, -0.3, 0.6, -0.2}, energy = 0;
    uint64_t outcomes[SHOTS] = {0}, best = 0;
    int most = 0;

    const bool failed = hahn_engine_create(NULL, &engine) ||
                        hahn_observable_maxcut(engine, VERTICES, EDGES, ends, NULL, &cost) ||
                        hahn_ansatz_qaoa(cost, LAYERS, &circuit) ||
                        hahn_program_create(engine, circuit, cost, &program) ||
                        hahn_workspace_create(engine, program, NULL, &workspace) ||
                        descend(workspace, theta) || hahn_energy(workspace, 1, theta, &energy) ||
                        hahn_sample(workspace, theta, 1, SHOTS, outcomes);
    for (int k = 0; k < SHOTS; k++)
        best = cut_of(outcomes[k]) > cut_of(best) ? outcomes[k] : best;
    for (uint64_t side = 0; side < 1 << VERTICES; side++)
        most = cut_of(side) > most ? cut_of(side) : most;

    if (failed)
        fprintf(stderr, "qaoa: %s\n", hahn_engine_message(engine));
    printf("mean cut %.3f, best sample %d, largest cut %d\nvertices 0 to 9: ", -energy,
           cut_of(best), most);
    for (int v = 0; v < VERTICES; v++)
        putchar(best >> v & 1 ? '1' : '0');
    putchar('\n');

    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_circuit_destroy(circuit);
    hahn_observable_destroy(cost);
    hahn_engine_destroy(engine);
    return failed || cut_of(best) != most || -energy > most;
}
