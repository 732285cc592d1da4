/* Programs of several sweeps run as whole: the same bits for every number of threads, lanes and
   instances, the same numbers in segments, and no loss in deep circuits. */
#include "support.h"

enum { PARAMETERS = 4, BATCH = 7, TERMS = 8, MOST_LANES = 4 };

static hahn_engine *tile_engine(const struct battery_config *config, int tile)
{
    hahn_engine *engine = support_engine(config);
    assert_ok(engine, hahn_engine_set_tile(engine, tile));
    return engine;
}

static void for_each_way(void (*check)(const struct battery_config *config, void *context),
                         void *context)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    for (int k = 0; k < count; k++)
        check(&configs[k], context);
}

/* -- the same bits ---------------------------------------------------------------------------- */

struct scene {
    struct model model;
    struct model_sum sum;
    double *thetas, *start;
    int tile;
};

struct outcome {
    double energy[BATCH], gradient[BATCH * PARAMETERS];
    hahn_certificate certificate[BATCH];
    int64_t parameters; /* of the circuit, which may not use the last ones */
};

static void open_scene(struct scene *s, const char *name, int qubits, int tile, int gates)
{
    struct battery_random random = support_random(name);
    const size_t size = (size_t)1 << qubits;
    dense_complex *state = support_allocate(size * sizeof *state);
    s->tile = tile;
    s->start = support_allocate(2 * size * sizeof *s->start);
    model_random(&random, qubits, gates, PARAMETERS, &s->model);
    model_random_sum(&random, qubits, TERMS, &s->sum);
    model_random_state(&random, qubits, state, s->start);
    s->thetas = support_angles(&random, BATCH * PARAMETERS);
    free(state);
}

static void close_scene(struct scene *s)
{
    free(s->thetas);
    free(s->start);
}

static void run(const struct battery_config *config, const struct scene *s, int threads, int lanes,
                int batch, struct outcome *out)
{
    hahn_engine *engine = tile_engine(config, s->tile);
    struct model_objects objects;
    hahn_program_info info;
    assert_ok(engine, hahn_engine_set_threads(engine, threads));
    assert_ok(engine, model_compile(&s->model, &s->sum, s->start, engine, lanes, HAHN_FOR_GRADIENT,
                                    &objects));
    assert_ok(engine, hahn_program_describe(objects.program, &info));
    assert_true(info.sweeps > 1);
    out->parameters = hahn_circuit_parameters(objects.circuit);
    assert_true(out->parameters > 0);
    assert_ok(engine, hahn_gradient(objects.workspace, NULL, batch, s->thetas, out->energy,
                                    out->gradient, out->certificate));
    model_release(&objects);
    hahn_engine_destroy(engine);
}

static void assert_same_rows(const struct outcome *a, const struct outcome *b, int rows)
{
    const size_t count = (size_t)rows;
    assert_memory_equal(a->energy, b->energy, count * sizeof *a->energy);
    assert_memory_equal(a->gradient, b->gradient,
                        count * (size_t)a->parameters * sizeof *a->gradient);
    assert_memory_equal(a->certificate, b->certificate, count * sizeof *a->certificate);
}

static void check_batches(const struct battery_config *config, void *context)
{
    static const int batches[] = {1, 2, 3, 5, 7};
    struct outcome first, other;
    run(config, context, 1, 1, BATCH, &first);
    for (size_t k = 0; k < ARRAY_SIZE(batches); k++)
        for (int lanes = 1; lanes <= MOST_LANES; lanes++) {
            run(config, context, 1 + (int)k % 2, lanes, batches[k], &other);
            assert_same_rows(&first, &other, batches[k]);
        }
}

static void batches_of_any_size(void **state)
{
    struct scene s;
    (void)state;
    open_scene(&s, __func__, 12, 10, 40);
    for_each_way(check_batches, &s);
    close_scene(&s);
}

static void check_threads(const struct battery_config *config, void *context)
{
    static const int threads[] = {2, 3, 7};
    struct outcome first, other;
    run(config, context, 1, 1, 2, &first);
    for (size_t k = 0; k < ARRAY_SIZE(threads); k++) {
        run(config, context, threads[k], 1 + (int)k % 2, 2, &other);
        assert_same_rows(&first, &other, 2);
    }
}

/* 2^14 amplitudes are the fewest that threads share. */
static void threads_of_any_number(void **state)
{
    struct scene s;
    (void)state;
    open_scene(&s, __func__, 14, 11, 40);
    for_each_way(check_threads, &s);
    close_scene(&s);
}

/* -- segments --------------------------------------------------------------------------------- */

static void run_segments(hahn_engine *engine, const struct scene *s,
                         const struct model_objects *objects, double tolerance, struct outcome *out,
                         int64_t *segments)
{
    const hahn_workspace_options options = {.lanes = 1, .echo_tolerance = tolerance};
    hahn_workspace *workspace;
    hahn_workspace_info info;
    assert_ok(engine, hahn_workspace_describe(engine, objects->program, &options, &info));
    assert_ok(engine, hahn_workspace_create(engine, objects->program, &options, &workspace));
    assert_ok(engine, hahn_workspace_set_start(workspace, s->start));
    assert_ok(engine, hahn_gradient(workspace, NULL, 1, s->thetas, out->energy, out->gradient,
                                    out->certificate));
    hahn_workspace_destroy(workspace);
    *segments = info.segments;
}

/* Cuts go through the middle of sweeps: what is done in parts is done like the whole. */
static void check_segments(const struct battery_config *config, void *context)
{
    const struct scene *s = context;
    hahn_engine *engine = tile_engine(config, s->tile);
    struct model_objects objects;
    struct outcome whole, cut;
    hahn_program_info info;
    int64_t segments, sweeps;
    const double norm = model_sum_norm(&s->sum), scale = model_largest_scale(&s->model, PARAMETERS);
    assert_ok(engine, model_compile(&s->model, &s->sum, NULL, engine, 1, HAHN_FOR_STATE, &objects));
    assert_ok(engine, hahn_program_describe(objects.program, &info));
    sweeps = info.sweeps;
    run_segments(engine, s, &objects, 0, &whole, &segments);
    assert_int_equal(segments, 1);
    const double least = support_least_tolerance(engine, objects.program);
    for (int k = 1; k <= 3; k++) {
        run_segments(engine, s, &objects, k * least, &cut, &segments);
        assert_true(k > 1 || segments > sweeps);
        assert_within(cut.certificate[0].echo_error, 0, k * least);
        assert_within(cut.energy[0], whole.energy[0],
                      battery_energy_tolerance(config->precision, s->model.gates, norm));
        for (int64_t p = 0; p < hahn_circuit_parameters(objects.circuit); p++)
            assert_within(
                cut.gradient[p], whole.gradient[p],
                2 * battery_gradient_tolerance(config->precision, s->model.gates, norm, scale));
    }
    model_release(&objects);
    hahn_engine_destroy(engine);
}

static void segments_across_sweeps(void **state)
{
    struct scene s;
    (void)state;
    open_scene(&s, __func__, 12, 10, 48);
    for_each_way(check_segments, &s);
    close_scene(&s);
}

/* -- deep circuits ---------------------------------------------------------------------------- */

/* Layers of RY alone, on |0...0>: no diagonal stage makes up for the cosines of their rotations.
   Qubit q turns by the sum of its angles, total[q], in one plane; each angle is another one, for
   equal ones round alike and drift together. */
enum { TURN_QUBITS = 11, TURN_LAYERS = 5000, TURNS = TURN_QUBITS * TURN_LAYERS };

struct turns {
    hahn_param angle[TURNS];
    double theta[PARAMETERS];
    long double total[TURN_QUBITS];
    double uses[PARAMETERS][TURN_QUBITS]; /* sum of scales */
};

static void draw_turns(struct turns *t)
{
    struct battery_random random = support_random(__func__);
    memset(t, 0, sizeof *t);
    for (int k = 0; k < PARAMETERS; k++)
        t->theta[k] = battery_uniform(&random, -2, 2);
    for (int k = 0; k < TURNS; k++) {
        const int q = k % TURN_QUBITS, index = battery_below(&random, PARAMETERS);
        const double scale = battery_uniform(&random, -1, 1);
        t->angle[k] = hahn_affine(scale, index, battery_uniform(&random, -4, 4));
        t->total[q] += (long double)scale * t->theta[index] + t->angle[k].offset;
        t->uses[index][q] += scale;
    }
}

static void turned_state(const struct turns *t, dense_complex *state)
{
    for (int j = 0; j < 1 << TURN_QUBITS; j++) {
        state[j] = 1;
        for (int q = 0; q < TURN_QUBITS; q++)
            state[j] *= j >> q & 1 ? sinl(t->total[q] / 2) : cosl(t->total[q] / 2);
    }
}

static void build_turns(hahn_engine *engine, const struct turns *t, hahn_circuit **circuit,
                        hahn_observable **sum)
{
    assert_ok(engine, hahn_circuit_create(engine, TURN_QUBITS, circuit));
    for (int k = 0; k < TURNS; k++) {
        assert_ok(engine, hahn_circuit_ry(*circuit, k % TURN_QUBITS, t->angle[k]));
        /* Flips that come to nothing, so that the rotations of a qubit are not one. */
        for (int twice = 0; twice < 2; twice++)
            assert_ok(engine, hahn_circuit_x(*circuit, k % TURN_QUBITS));
    }
    assert_ok(engine, hahn_observable_create(engine, TURN_QUBITS, sum));
    for (int q = 0; q < TURN_QUBITS; q++)
        assert_ok(engine, hahn_observable_add_masks(*sum, 1, 0, UINT64_C(1) << q));
}

/* The energy is the sum of cos(total), for Z on each qubit. */
static void check_turned(hahn_engine *engine, const struct turns *t, hahn_workspace *workspace)
{
    const hahn_precision precision = hahn_engine_precision(engine);
    double energy, gradient[PARAMETERS], amplitudes[2 << TURN_QUBITS];
    dense_complex state[1 << TURN_QUBITS];
    hahn_certificate certificate;
    long double expected = 0;
    turned_state(t, state);
    assert_ok(engine, hahn_final_state(workspace, 1, t->theta, amplitudes));
    assert_within(dense_distance(TURN_QUBITS, state, amplitudes), 0,
                  battery_state_tolerance(precision, TURNS));
    assert_ok(engine, hahn_gradient(workspace, NULL, 1, t->theta, &energy, gradient, &certificate));
    for (int q = 0; q < TURN_QUBITS; q++)
        expected += cosl(t->total[q]);
    assert_within(energy, (double)expected,
                  battery_energy_tolerance(precision, TURNS, TURN_QUBITS));
    assert_within(certificate.echo_error, 0, battery_state_tolerance(precision, 2 * TURNS));
    /* Each use errs by as much as a state does, and there are TURN_LAYERS / PARAMETERS of them on
       each qubit with scales of up to 1. */
    for (int k = 0; k < PARAMETERS; k++) {
        long double derivative = 0;
        for (int q = 0; q < TURN_QUBITS; q++)
            derivative -= sinl(t->total[q]) * t->uses[k][q];
        assert_within(gradient[k], (double)derivative,
                      battery_gradient_tolerance(precision, TURNS, TURN_QUBITS,
                                                 (double)TURN_LAYERS / PARAMETERS));
    }
}

static void check_turns(const struct battery_config *config, void *context)
{
    hahn_engine *engine = tile_engine(config, 10);
    hahn_circuit *circuit;
    hahn_observable *sum;
    hahn_program *program;
    hahn_workspace *workspace;
    hahn_program_info info;
    build_turns(engine, context, &circuit, &sum);
    assert_ok(engine, hahn_program_create(engine, circuit, sum, &program));
    assert_ok(engine, hahn_program_describe(program, &info));
    assert_int_equal(info.diagonal_stages, 0);
    assert_true(info.sweeps > 1 && info.rotation_stages >= TURN_LAYERS);
    assert_ok(engine,
              hahn_workspace_create(engine, program, WORKSPACE(1, HAHN_FOR_GRADIENT), &workspace));
    check_turned(engine, context, workspace);
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_observable_destroy(sum);
    hahn_circuit_destroy(circuit);
    hahn_engine_destroy(engine);
}

static void rotations_without_diagonals(void **state)
{
    struct turns *t = support_allocate(sizeof *t);
    (void)state;
    draw_turns(t);
    for_each_way(check_turns, t);
    free(t);
}

enum { DEEP_QUBITS = 12, DEEP_LAYERS = 100, DEEP_PARAMETERS = DEEP_QUBITS * (3 * DEEP_LAYERS + 1) };

struct deep {
    double *theta;
    double energy, gradient[DEEP_PARAMETERS];
    hahn_certificate certificate;
    int64_t gates, stages, sweeps;
};

/* Energy, gradient and certificate of the variational circuit. */
static void run_deep(hahn_engine *engine, struct deep *d)
{
    hahn_circuit *circuit;
    hahn_observable *sum;
    hahn_program *program;
    hahn_workspace *workspace;
    hahn_program_info info;
    assert_ok(engine, hahn_ansatz_variational(engine, DEEP_QUBITS, DEEP_LAYERS, &circuit));
    assert_ok(engine,
              hahn_observable_heisenberg(engine, (hahn_lattice){DEEP_QUBITS, 1, 1}, 1, &sum));
    assert_ok(engine, hahn_program_create(engine, circuit, sum, &program));
    assert_ok(engine, hahn_program_describe(program, &info));
    assert_int_equal(info.parameters, DEEP_PARAMETERS);
    d->gates = info.gates;
    d->stages = info.stages;
    d->sweeps = info.sweeps;
    assert_ok(engine,
              hahn_workspace_create(engine, program, WORKSPACE(1, HAHN_FOR_GRADIENT), &workspace));
    assert_ok(engine, hahn_gradient(workspace, NULL, 1, d->theta, &d->energy, d->gradient,
                                    &d->certificate));
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_observable_destroy(sum);
    hahn_circuit_destroy(circuit);
}

static void check_deep(const struct battery_config *config, void *context)
{
    const struct deep *exact = context;
    const hahn_precision precision = config->precision;
    const double gates = (double)exact->gates, norm = 3 * DEEP_QUBITS;
    for (int tile = 10; tile <= 12; tile++) {
        hahn_engine *engine = tile_engine(config, tile);
        struct deep *d = support_allocate(sizeof *d);
        d->theta = exact->theta;
        run_deep(engine, d);
        /* More stages than those whose tables are left as they are (FIRST_JITTERED). */
        assert_true(d->stages > 256 && (d->sweeps > 1) == (hahn_engine_tile(engine) < DEEP_QUBITS));
        assert_within(d->energy, exact->energy, battery_energy_tolerance(precision, gates, norm));
        assert_within(d->certificate.echo_error, 0, battery_state_tolerance(precision, 2 * gates));
        for (int k = 0; k < DEEP_PARAMETERS; k++)
            assert_within(d->gradient[k], exact->gradient[k],
                          battery_gradient_tolerance(precision, gates, norm, 1));
        free(d);
        hahn_engine_destroy(engine);
    }
}

/* Against the reference backend in f64, in one sweep. */
static void deep_circuits(void **state)
{
    const struct battery_config plain = {HAHN_BACKEND_REFERENCE, "", HAHN_F64};
    struct battery_random random = support_random(__func__);
    struct deep *exact = support_allocate(sizeof *exact);
    hahn_engine *engine = tile_engine(&plain, 16);
    (void)state;
    exact->theta = support_angles(&random, DEEP_PARAMETERS);
    run_deep(engine, exact);
    assert_int_equal(exact->sweeps, 1);
    for_each_way(check_deep, exact);
    hahn_engine_destroy(engine);
    free(exact->theta);
    free(exact);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_of_any_size),    cmocka_unit_test(threads_of_any_number),
        cmocka_unit_test(segments_across_sweeps), cmocka_unit_test(rotations_without_diagonals),
        cmocka_unit_test(deep_circuits),
    };
    return support_result(cmocka_run_group_tests_name("sweep runs", tests, NULL, NULL));
}
