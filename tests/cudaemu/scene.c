#include "scene.h"

hahn_engine *engine_of(hahn_backend backend, hahn_precision precision, int tile)
{
    hahn_engine *engine = NULL;
    assert_int_equal(hahn_engine_create(NULL, &engine), HAHN_OK);
    assert_ok(engine, hahn_engine_set_backend(engine, backend));
    assert_ok(engine, hahn_engine_set_precision(engine, precision));
    assert_ok(engine, hahn_engine_set_tile(engine, tile));
    return engine;
}

struct scene open_layers(hahn_backend backend, hahn_precision precision, int tile, int64_t layers)
{
    struct battery_random random = support_random("scene");
    struct scene s = {.engine = engine_of(backend, precision, tile)};
    const hahn_lattice ring = {QUBITS, 1, 1};
    assert_ok(s.engine, hahn_ansatz_variational(s.engine, QUBITS, layers, &s.circuit));
    assert_ok(s.engine, hahn_observable_heisenberg(s.engine, ring, 1, &s.observable));
    assert_ok(s.engine, hahn_program_create(s.engine, s.circuit, s.observable, &s.program));
    s.theta = support_angles(&random, BATCH * PARAMETERS);
    return s;
}

struct scene open_scene(hahn_backend backend, hahn_precision precision, int tile)
{
    return open_layers(backend, precision, tile, LAYERS);
}

void close_scene(struct scene *s)
{
    free(s->theta);
    hahn_program_destroy(s->program);
    hahn_observable_destroy(s->observable);
    hahn_circuit_destroy(s->circuit);
    assert_int_equal(hahn_engine_memory_used(s->engine), 0);
    hahn_engine_destroy(s->engine);
}
