/* Results are the same bits for every number of threads, lanes and instances side by side, for
   states that fit one tile and for such that threads share. */
#include "support.h"

static const int thread_counts[] = {1, 2, 3, 7};

enum { BATCH = 5, MAX_PARAMETERS = 64 };

/* A circuit with all kinds of stages, and a start. */
struct scene {
    struct model model;
    struct model_sum sum;
    int qubits, parameters, batch;
    int tile; /* qubits of tiles; 0: as all tests have them */
    double *thetas;
};

/* Random gates among 12 qubits, spread over all of a larger state by relabelling. */
static hahn_circuit *spread_circuit(hahn_engine *engine, const struct scene *s)
{
    hahn_circuit *circuit;
    assert_ok(engine, hahn_circuit_create(engine, s->qubits, &circuit));
    for (int g = 0; g < s->model.gates; g++) {
        struct model_gate gate = s->model.gate[g];
        int shift = g % (s->qubits - s->model.qubits + 1);
        for (int q = 0; q < MODEL_MAX_QUBITS; q++)
            gate.qubits[q] += shift;
        for (int c = 0; c < gate.controls; c++)
            gate.control[c] += shift;
        assert_ok(engine, model_append(&gate, circuit));
    }
    return circuit;
}

/* Large states: fewer instances, and no parameter shift, which runs the same kernels far more
 * often. */
static int is_large(const struct scene *s)
{
    return s->qubits > 12;
}

static struct scene make_scene(struct battery_random *random, int qubits, int gates)
{
    struct scene s = {.qubits = qubits, .parameters = 6};
    s.batch = is_large(&s) ? 2 : BATCH;
    model_random(random, qubits < MODEL_MAX_QUBITS ? qubits : MODEL_MAX_QUBITS, gates, s.parameters,
                 &s.model);
    model_random_sum(random, qubits, 9, &s.sum);
    s.thetas = support_angles(random, BATCH * s.parameters);
    return s;
}

/* Everything a run gives: energies, gradients by both methods, final states, samples, certificates.
 */
struct outcome {
    double energies[BATCH], gradients[BATCH * MAX_PARAMETERS], shifts[BATCH * MAX_PARAMETERS];
    double kept[BATCH * MAX_PARAMETERS]; /* gradients in as many segments as can be */
    hahn_certificate certificates[BATCH], kept_certificates[BATCH];
    uint64_t shots[100];
    double *states; /* 2 * BATCH * 2^n */
};

static struct outcome *run(const struct battery_config *config, const struct scene *s, int threads,
                           int64_t lanes, int batch_at_once)
{
    struct outcome *o = calloc(1, sizeof *o);
    hahn_engine *engine = support_engine(config);
    hahn_observable *observable;
    hahn_program *program;
    hahn_workspace *workspace, *segmented;
    int64_t size = INT64_C(2) << s->qubits;
    assert_non_null(o);
    o->states = support_allocate((size_t)(s->batch * size) * sizeof(double));
    if (s->tile)
        assert_ok(engine, hahn_engine_set_tile(engine, s->tile));
    assert_ok(engine, hahn_engine_set_threads(engine, threads));
    assert_int_equal(hahn_engine_threads(engine), threads);
    hahn_circuit *circuit = spread_circuit(engine, s);
    assert_ok(engine, model_observable(&s->sum, s->qubits, engine, &observable));
    assert_ok(engine, hahn_program_create(engine, circuit, observable, &program));
    assert_ok(engine, hahn_workspace_create(engine, program, WORKSPACE(lanes, HAHN_FOR_GRADIENT),
                                            &workspace));
    const hahn_workspace_options segments = {
        .lanes = lanes, .echo_tolerance = support_least_tolerance(engine, program)};
    assert_ok(engine, hahn_workspace_create(engine, program, &segments, &segmented));
    int64_t parameters = hahn_circuit_parameters(circuit);
    for (int b = 0; b < s->batch; b += batch_at_once) {
        int count = b + batch_at_once > s->batch ? s->batch - b : batch_at_once;
        const double *thetas = s->thetas + b * parameters;
        assert_ok(engine, hahn_gradient(workspace, NULL, count, thetas, o->energies + b,
                                        o->gradients + b * parameters, o->certificates + b));
        assert_ok(engine, hahn_gradient(segmented, NULL, count, thetas, NULL,
                                        o->kept + b * parameters, o->kept_certificates + b));
        if (!is_large(s))
            assert_ok(engine, hahn_gradient(workspace, METHOD(HAHN_METHOD_SHIFT), count, thetas,
                                            NULL, o->shifts + b * parameters, NULL));
        assert_ok(engine, hahn_final_state(workspace, count, thetas, o->states + b * size));
    }
    assert_ok(engine, hahn_sample(workspace, s->thetas, 7, ARRAY_SIZE(o->shots), o->shots));
    hahn_workspace_destroy(segmented);
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_observable_destroy(observable);
    hahn_circuit_destroy(circuit);
    hahn_engine_destroy(engine);
    return o;
}

static void drop(struct outcome *o)
{
    free(o->states);
    free(o);
}

static void assert_same_bits(const struct scene *s, const struct outcome *left,
                             const struct outcome *right)
{
    assert_memory_equal(left->energies, right->energies, sizeof left->energies);
    assert_memory_equal(left->gradients, right->gradients, sizeof left->gradients);
    assert_memory_equal(left->shifts, right->shifts, sizeof left->shifts);
    assert_memory_equal(left->kept, right->kept, sizeof left->kept);
    assert_memory_equal(left->kept_certificates, right->kept_certificates,
                        sizeof left->kept_certificates);
    assert_memory_equal(left->certificates, right->certificates, sizeof left->certificates);
    assert_memory_equal(left->shots, right->shots, sizeof left->shots);
    assert_memory_equal(left->states, right->states,
                        (size_t)(s->batch * (INT64_C(2) << s->qubits)) * sizeof(double));
}

static void check_scene(const struct battery_config *config, const struct scene *s)
{
    struct outcome *first = run(config, s, 1, 1, s->batch);
    for (size_t t = 0; t < ARRAY_SIZE(thread_counts); t++) {
        static const int lanes[] = {0, 1, 4};
        for (size_t l = 0; l < ARRAY_SIZE(lanes); l++) {
            /* Large states: not every combination, but each thread count and each kind of lanes. */
            if (is_large(s) && l != t % ARRAY_SIZE(lanes))
                continue;
            struct outcome *other =
                run(config, s, thread_counts[t], lanes[l], 1 + (int)(t + l) % s->batch);
            assert_same_bits(s, first, other);
            drop(other);
        }
    }
    drop(first);
}

static void check_sizes(const char *name, const int *sizes, size_t count, int gates)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int ways = support_configs(configs);
    for (int k = 0; k < ways; k++) {
        struct battery_random random = support_random(name);
        for (size_t n = 0; n < count; n++) {
            struct scene s = make_scene(&random, sizes[n], gates);
            check_scene(&configs[k], &s);
            free(s.thetas);
        }
    }
}

static void states_within_a_tile(void **state)
{
    static const int sizes[] = {1, 3, 6, 9};
    (void)state;
    check_sizes(__func__, sizes, ARRAY_SIZE(sizes), 30);
}

static void states_that_threads_share(void **state)
{
    static const int sizes[] = {14, 16};
    (void)state;
    check_sizes(__func__, sizes, ARRAY_SIZE(sizes), 6);
}

/* Energies and gradients are what the reference backend says. */
static void check_numbers(const struct battery_config *config, const struct scene *s)
{
    const struct battery_config plain = {HAHN_BACKEND_REFERENCE, "", HAHN_F64};
    const double gates = s->model.gates, norm = model_sum_norm(&s->sum);
    const double scale = model_largest_scale(&s->model, s->parameters);
    struct outcome *own = run(config, s, 3, 1, s->batch);
    struct outcome *expected = run(&plain, s, 1, 1, s->batch);
    for (int b = 0; b < s->batch; b++)
        assert_within(own->energies[b], expected->energies[b],
                      2 * battery_energy_tolerance(config->precision, gates, norm));
    for (int k = 0; k < s->batch * s->parameters; k++)
        assert_within(own->gradients[k], expected->gradients[k],
                      2 * battery_gradient_tolerance(config->precision, gates, norm, scale));
    drop(expected);
    drop(own);
}

/* Kinds of gates that are done one by one. */
static void add_controlled(struct battery_random *random, struct scene *s)
{
    static const hahn_gate rows[] = {HAHN_GATE_CRY, HAHN_GATE_CU, HAHN_GATE_CCX, HAHN_GATE_UNITARY};
    for (size_t k = 0; k < 2 * ARRAY_SIZE(rows); k++) {
        struct model_gate *gate = &s->model.gate[s->model.gates];
        if (!model_random_gate(random, rows[k % ARRAY_SIZE(rows)], s->model.qubits, k % 2, gate))
            continue;
        for (int p = 0; p < 3; p++)
            gate->params[p] = hahn_affine(1.5, battery_below(random, s->parameters), 0.1);
        s->model.gates++;
    }
}

/* A state that is one tile of several parts. */
static void parts_of_a_tile(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int ways = support_configs(configs);
    (void)state;
    for (int k = 0; k < ways; k++) {
        struct battery_random random = support_random(__func__);
        for (int round = 0; round < 3; round++) {
            struct scene s = make_scene(&random, 16, 12);
            s.tile = 16;
            add_controlled(&random, &s);
            if (round == 0)
                check_scene(&configs[k], &s);
            check_numbers(&configs[k], &s);
            free(s.thetas);
        }
    }
}

/* The same program run by two engines with workspaces of their own gives the same bits: nothing is
   kept between runs. */
static void repeated_runs(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int ways = support_configs(configs);
    (void)state;
    for (int k = 0; k < ways; k++) {
        struct battery_random random = support_random(__func__);
        struct scene s = make_scene(&random, 7, 40);
        struct outcome *first = run(&configs[k], &s, 2, 0, BATCH);
        struct outcome *second = run(&configs[k], &s, 2, 0, BATCH);
        assert_same_bits(&s, first, second);
        drop(second);
        drop(first);
        free(s.thetas);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_within_a_tile),
        cmocka_unit_test(states_that_threads_share),
        cmocka_unit_test(parts_of_a_tile),
        cmocka_unit_test(repeated_runs),
    };
    return support_result(cmocka_run_group_tests_name("threads", tests, NULL, NULL));
}
