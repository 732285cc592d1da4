/* A small circuit, and what it runs on: shared by the tests of what only a device has. */
#ifndef HAHN_TESTS_SCENE_HEADER
#define HAHN_TESTS_SCENE_HEADER

#include "cudaemu_control.h"
#include "support.h"

enum { QUBITS = 6, LAYERS = 3, PARAMETERS = QUBITS * (3 * LAYERS + 1), BATCH = 3 };

struct scene {
    hahn_engine *engine;
    hahn_circuit *circuit;
    hahn_observable *observable;
    hahn_program *program;
    double *theta; /* BATCH rows */
};

struct results {
    double energy[BATCH], gradient[BATCH * PARAMETERS];
    hahn_certificate certificate[BATCH];
};

hahn_engine *engine_of(hahn_backend backend, hahn_precision precision, int tile);
struct scene open_layers(hahn_backend backend, hahn_precision precision, int tile, int64_t layers);
struct scene open_scene(hahn_backend backend, hahn_precision precision, int tile);
/** Everything must have been given back. */
void close_scene(struct scene *s);

#endif
