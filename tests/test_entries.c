/* Batches whose entries differ by more than parameters: each entry's results are bit by bit those
   of a run of it alone, whatever the lanes, by every way to a derivative. */
#include "support.h"

enum {
    STARTS = 3,
    OBSERVABLES = 2,
    BATCH = 5,
    PARAMETERS = 6,
    MOST_QUBITS = 13,
    NUMBERS = 2 << MOST_QUBITS
};

static const int64_t lane_counts[] = {1, 2, BATCH};

struct scene {
    struct model model;
    struct model_sum sum, own[OBSERVABLES];
    double theta[BATCH * PARAMETERS], direction[BATCH * PARAMETERS];
    double *starts; /* rows of 2^(qubits + 1) numbers */
    uint64_t size;  /* of a row */
};

static void open_scene(struct scene *s, const char *name, int qubits, int gates)
{
    struct battery_random random = support_random(name);
    dense_complex *state = support_allocate(sizeof *state << qubits);
    *s = (struct scene){.size = UINT64_C(2) << qubits};
    model_random(&random, qubits, gates, PARAMETERS, &s->model);
    for (int k = 0; k < PARAMETERS; k++) /* each is used */
        s->model.gate[s->model.gates++] = (struct model_gate){
            .gate = HAHN_GATE_RX, .targets = 1, .qubits = {k % qubits}, .params = {hahn_theta(k)}};
    model_random_sum(&random, qubits, 6, &s->sum);
    for (int k = 0; k < OBSERVABLES; k++)
        model_random_sum(&random, qubits, 4 + 3 * k, &s->own[k]);
    for (int k = 0; k < BATCH * PARAMETERS; k++) {
        s->theta[k] = battery_uniform(&random, -3, 3);
        s->direction[k] = battery_uniform(&random, -1, 1);
    }
    s->starts = support_allocate(STARTS * s->size * sizeof *s->starts);
    for (int k = 0; k < STARTS; k++)
        model_random_state(&random, qubits, state, s->starts + (uint64_t)k * s->size);
    free(state);
}

static void close_scene(struct scene *s)
{
    free(s->starts);
}

/* -- what a batch leaves ---------------------------------------------------------------------- */

/* Run `batch` entries from `first` on, and leave NUMBERS of each in `out`, zeros after the last. */
typedef hahn_status (*call)(const struct scene *s, hahn_workspace *w, int64_t first, int64_t batch,
                            double *out);

/* Rows of `count` numbers to rows of NUMBERS. */
static void put(double *out, uint64_t at, const double *rows, int64_t batch, uint64_t count)
{
    for (int64_t k = 0; k < batch; k++)
        memcpy(out + (uint64_t)k * NUMBERS + at, rows + (uint64_t)k * count, count * sizeof *rows);
}

static hahn_status run_energy(const struct scene *s, hahn_workspace *w, int64_t first,
                              int64_t batch, double *out)
{
    double energies[BATCH];
    const hahn_status status = hahn_energy(w, batch, s->theta + first * PARAMETERS, energies);
    put(out, 0, energies, batch, 1);
    return status;
}

static hahn_status run_state(const struct scene *s, hahn_workspace *w, int64_t first, int64_t batch,
                             double *out)
{
    double *rows = support_allocate(BATCH * s->size * sizeof *rows);
    const hahn_status status = hahn_final_state(w, batch, s->theta + first * PARAMETERS, rows);
    put(out, 0, rows, batch, s->size);
    free(rows);
    return status;
}

static hahn_status run_method(hahn_method method, const struct scene *s, hahn_workspace *w,
                              int64_t first, int64_t batch, double *out)
{
    double energies[BATCH], gradients[BATCH * PARAMETERS];
    hahn_certificate certificates[BATCH];
    const hahn_status status = hahn_gradient(
        w, METHOD(method), batch, s->theta + first * PARAMETERS, energies, gradients, certificates);
    put(out, 0, energies, batch, 1);
    put(out, 1, gradients, batch, PARAMETERS);
    put(out, 1 + PARAMETERS, &certificates[0].echo_error, batch, 2);
    return status;
}

#define METHOD_CALL(name, method)                                                                  \
    static hahn_status name(const struct scene *s, hahn_workspace *w, int64_t first,               \
                            int64_t batch, double *out)                                            \
    {                                                                                              \
        return run_method(method, s, w, first, batch, out);                                        \
    }
METHOD_CALL(run_adjoint, HAHN_METHOD_ADJOINT)
METHOD_CALL(run_shift, HAHN_METHOD_SHIFT)
METHOD_CALL(run_tape, HAHN_METHOD_TAPE)
METHOD_CALL(run_checkpoint, HAHN_METHOD_CHECKPOINT)
METHOD_CALL(run_difference, HAHN_METHOD_FINITE_DIFFERENCE)
METHOD_CALL(run_spsa, HAHN_METHOD_SPSA)
METHOD_CALL(run_forward, HAHN_METHOD_FORWARD)
#undef METHOD_CALL

static hahn_status run_jvp(const struct scene *s, hahn_workspace *w, int64_t first, int64_t batch,
                           double *out)
{
    double energies[BATCH], derivatives[BATCH];
    const hahn_status status =
        hahn_jvp(w, batch, s->theta + first * PARAMETERS, s->direction + first * PARAMETERS,
                 energies, derivatives, NULL);
    put(out, 0, energies, batch, 1);
    put(out, 1, derivatives, batch, 1);
    return status;
}

/* Any cotangents will do. */
static hahn_status run_vjp(const struct scene *s, hahn_workspace *w, int64_t first, int64_t batch,
                           double *out)
{
    double *cotangents = support_allocate(BATCH * s->size * sizeof *cotangents);
    double gradients[BATCH * PARAMETERS];
    hahn_certificate certificates[BATCH];
    for (int64_t k = 0; k < batch; k++)
        memcpy(cotangents + (uint64_t)k * s->size,
               s->starts + (uint64_t)((first + k) % STARTS) * s->size, s->size * sizeof(double));
    const hahn_status status =
        hahn_vjp(w, batch, s->theta + first * PARAMETERS, cotangents, gradients, certificates);
    put(out, 0, gradients, batch, PARAMETERS);
    put(out, PARAMETERS, &certificates[0].echo_error, batch, 2);
    free(cotangents);
    return status;
}

static hahn_status run_hvp(const struct scene *s, hahn_workspace *w, int64_t first, int64_t batch,
                           double *out)
{
    double products[BATCH * PARAMETERS];
    hahn_certificate certificates[BATCH];
    const hahn_status status =
        hahn_hvp(w, batch, s->theta + first * PARAMETERS, s->direction + first * PARAMETERS, NULL,
                 NULL, products, certificates);
    put(out, 0, products, batch, PARAMETERS);
    put(out, PARAMETERS, &certificates[0].echo_error, batch, 2);
    return status;
}

static hahn_status run_fisher(const struct scene *s, hahn_workspace *w, int64_t first,
                              int64_t batch, double *out)
{
    double products[BATCH * PARAMETERS];
    hahn_certificate certificates[BATCH];
    const hahn_status status =
        hahn_fisher_product(w, batch, s->theta + first * PARAMETERS,
                            s->direction + first * PARAMETERS, products, certificates);
    put(out, 0, products, batch, PARAMETERS);
    put(out, PARAMETERS, &certificates[0].echo_error, batch, 2);
    return status;
}

static hahn_status run_coefficients(const struct scene *s, hahn_workspace *w, int64_t first,
                                    int64_t batch, double *out)
{
    double derivatives[BATCH * MODEL_MAX_TERMS];
    const hahn_status status =
        hahn_coefficient_gradient(w, batch, s->theta + first * PARAMETERS, derivatives);
    put(out, 0, derivatives, batch, (uint64_t)s->sum.terms);
    return status;
}

/* Calls for one parameter vector, which are of entry 0 in any batch. */
static hahn_status run_single(const struct scene *s, hahn_workspace *w, int64_t first,
                              int64_t batch, double *out)
{
    uint64_t outcomes[8];
    hahn_status status = hahn_gradient_component(w, s->theta, 1, out);
    if (status == HAHN_OK)
        status = hahn_sample(w, s->theta, 7, 8, outcomes);
    for (int k = 0; k < 8; k++)
        out[1 + k] = (double)outcomes[k];
    (void)first, (void)batch;
    return status;
}

static hahn_status run_matrices(const struct scene *s, hahn_workspace *w, int64_t first,
                                int64_t batch, double *out)
{
    hahn_status status = hahn_hessian(w, s->theta, out, NULL);
    if (status == HAHN_OK)
        status = hahn_fisher(w, s->theta, out + PARAMETERS * PARAMETERS, NULL);
    (void)first, (void)batch;
    return status;
}

static const struct {
    const char *name;
    call run;
    bool keeps, single;
} calls[] = {
    {"energy", run_energy, false, false},
    {"final state", run_state, false, false},
    {"adjoint", run_adjoint, false, false},
    {"shift", run_shift, false, false},
    {"tape", run_tape, true, false},
    {"checkpoint", run_checkpoint, true, false},
    {"finite difference", run_difference, false, false},
    {"spsa", run_spsa, false, false},
    {"forward", run_forward, false, false},
    {"jvp", run_jvp, false, false},
    {"vjp", run_vjp, false, false},
    {"hvp", run_hvp, false, false},
    {"fisher product", run_fisher, false, false},
    {"coefficients", run_coefficients, false, false},
    {"single", run_single, false, true},
    {"matrices", run_matrices, false, true},
};

/* -- the same as alone ------------------------------------------------------------------------ */

static struct model_objects compile(const struct scene *s, hahn_engine *engine)
{
    struct model_objects objects;
    assert_ok(engine,
              model_compile(&s->model, &s->sum, NULL, engine, 1, HAHN_FOR_GRADIENT, &objects));
    return objects;
}

static hahn_workspace *workspace_for(hahn_engine *engine, const struct model_objects *objects,
                                     int64_t lanes, bool keeps)
{
    const hahn_workspace_options options = {.lanes = lanes,
                                            .purpose = HAHN_FOR_TANGENT,
                                            .kept_states = keeps ? HAHN_EVERY_STATE : 0,
                                            .probes = 1};
    hahn_workspace *workspace;
    assert_ok(engine, hahn_workspace_create(engine, objects->program, &options, &workspace));
    return workspace;
}

/* Make entry `first` of all what a run alone has as its only one. */
typedef void (*setting)(const struct scene *s, hahn_engine *engine, hahn_workspace *w,
                        int64_t first, int64_t count);

static void set_starts(const struct scene *s, hahn_engine *engine, hahn_workspace *w, int64_t first,
                       int64_t count)
{
    const double *rows = s->starts + (uint64_t)(first % STARTS) * s->size;
    assert_ok(engine, hahn_workspace_set_starts(w, count == 1 ? 1 : STARTS, rows));
}

static void set_observables(const struct scene *s, hahn_engine *engine, hahn_workspace *w,
                            int64_t first, int64_t count)
{
    hahn_observable *observables[OBSERVABLES];
    for (int k = 0; k < OBSERVABLES; k++)
        assert_ok(engine, model_observable(&s->own[k], s->model.qubits, engine, &observables[k]));
    assert_ok(engine, hahn_workspace_set_observables(w, count == 1 ? 1 : OBSERVABLES,
                                                     (const hahn_observable *const *)observables +
                                                         first % OBSERVABLES));
    for (int k = 0; k < OBSERVABLES; k++)
        hahn_observable_destroy(observables[k]);
}

static void set_both(const struct scene *s, hahn_engine *engine, hahn_workspace *w, int64_t first,
                     int64_t count)
{
    set_starts(s, engine, w, first, count);
    set_observables(s, engine, w, first, count);
}

/* All entries at once, in `lanes` lanes, against each by itself. */
static void check_call(const struct scene *s, hahn_engine *engine, hahn_workspace *together,
                       hahn_workspace *alone, setting set, size_t index)
{
    double *all = calloc(BATCH * NUMBERS, sizeof *all), *one = calloc(NUMBERS, sizeof *one);
    assert_non_null(all);
    assert_non_null(one);
    set(s, engine, together, 0, BATCH);
    assert_ok(engine, calls[index].run(s, together, 0, BATCH, all));
    for (int64_t k = 0; k < (calls[index].single ? 1 : BATCH); k++) {
        set(s, engine, alone, k, 1);
        assert_ok(engine, calls[index].run(s, alone, k, 1, one));
        if (memcmp(one, all + (uint64_t)k * NUMBERS, NUMBERS * sizeof *one) != 0)
            fail_msg("%s: entry %d is another one than alone", calls[index].name, (int)k);
    }
    free(all);
    free(one);
}

static void check_way(const struct battery_config *config, const struct scene *s, setting set,
                      size_t most)
{
    hahn_engine *engine = support_engine(config);
    struct model_objects objects = compile(s, engine);
    for (int keeps = 0; keeps < 2; keeps++)
        for (size_t l = 0; l < ARRAY_SIZE(lane_counts); l++) {
            hahn_workspace *together = workspace_for(engine, &objects, lane_counts[l], keeps);
            hahn_workspace *alone = workspace_for(engine, &objects, 1, keeps);
            for (size_t k = 0; k < most; k++)
                if (calls[k].keeps == keeps)
                    check_call(s, engine, together, alone, set, k);
            hahn_workspace_destroy(together);
            hahn_workspace_destroy(alone);
        }
    model_release(&objects);
    hahn_engine_destroy(engine);
}

static void check_ways(const char *name, int qubits, int gates, setting set, size_t most)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    struct scene s;
    open_scene(&s, name, qubits, gates);
    for (int k = 0; k < count; k++)
        check_way(&configs[k], &s, set, most);
    close_scene(&s);
}

static void start_states(void **state)
{
    (void)state;
    check_ways(__func__, 4, 20, set_starts, ARRAY_SIZE(calls));
}

/* The first three calls. */
static void start_states_of_several_tiles(void **state)
{
    (void)state;
    check_ways(__func__, MOST_QUBITS, 10, set_starts, 3);
}

static void observables(void **state)
{
    (void)state;
    check_ways(__func__, 4, 20, set_observables, ARRAY_SIZE(calls));
}

static void observables_of_several_tiles(void **state)
{
    (void)state;
    check_ways(__func__, MOST_QUBITS, 10, set_observables, 3);
}

static void starts_and_observables(void **state)
{
    (void)state;
    check_ways(__func__, 3, 20, set_both, ARRAY_SIZE(calls));
}

/* What a workspace finds at the first row, by every way that does not ask for the program's terms.
 */
static void check_same(const struct scene *s, hahn_engine *engine, hahn_workspace *left,
                       hahn_workspace *right)
{
    double *a = support_allocate(NUMBERS * sizeof *a), *b = support_allocate(NUMBERS * sizeof *b);
    for (size_t k = 0; k < ARRAY_SIZE(calls); k++) {
        if (calls[k].keeps || calls[k].run == run_coefficients)
            continue;
        memset(a, 0, NUMBERS * sizeof *a);
        memset(b, 0, NUMBERS * sizeof *b);
        assert_ok(engine, calls[k].run(s, left, 0, 1, a));
        assert_ok(engine, calls[k].run(s, right, 0, 1, b));
        if (memcmp(a, b, NUMBERS * sizeof *a) != 0)
            fail_msg("%s: another observable than the compiled one", calls[k].name);
    }
    free(a);
    free(b);
}

/* An observable that is set is what a program compiled with it measures; NULL is the program's. */
static void check_compiled(const struct battery_config *config, const struct scene *s)
{
    hahn_engine *engine = support_engine(config);
    struct model_objects objects = compile(s, engine), compiled;
    assert_ok(engine,
              model_compile(&s->model, &s->own[1], NULL, engine, 1, HAHN_FOR_GRADIENT, &compiled));
    hahn_workspace *left = workspace_for(engine, &objects, 1, false);
    hahn_workspace *right = workspace_for(engine, &compiled, 1, false);
    set_observables(s, engine, left, 1, 1);
    check_same(s, engine, left, right);
    hahn_workspace_destroy(right);
    right = workspace_for(engine, &objects, 1, false);
    assert_ok(engine, hahn_workspace_set_observables(left, 0, NULL));
    check_same(s, engine, left, right);
    hahn_workspace_destroy(left);
    hahn_workspace_destroy(right);
    model_release(&compiled);
    model_release(&objects);
    hahn_engine_destroy(engine);
}

/* A program without an observable has energies of those that are set. */
static void check_bare(const struct battery_config *config, const struct scene *s)
{
    hahn_engine *engine = support_engine(config);
    struct model_objects objects = compile(s, engine), bare;
    double expected, energy;
    assert_ok(engine, model_compile(&s->model, NULL, NULL, engine, 1, HAHN_FOR_STATE, &bare));
    assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_energy(bare.workspace, 1, s->theta, &energy),
                   "no observable");
    set_observables(s, engine, bare.workspace, 1, 1);
    set_observables(s, engine, objects.workspace, 1, 1);
    assert_ok(engine, hahn_energy(bare.workspace, 1, s->theta, &energy));
    assert_ok(engine, hahn_energy(objects.workspace, 1, s->theta, &expected));
    assert_true(energy == expected);
    model_release(&bare);
    model_release(&objects);
    hahn_engine_destroy(engine);
}

static void observables_that_are_compiled(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    struct scene s;
    (void)state;
    open_scene(&s, __func__, 4, 20);
    for (int k = 0; k < count; k++) {
        check_compiled(&configs[k], &s);
        check_bare(&configs[k], &s);
    }
    close_scene(&s);
}

/* -- random start states ---------------------------------------------------------------------- */

/* Amplitude j of state k from normals 2j and 2j + 1 of its stream, all over their norm. */
static void expected_start(int64_t k, uint64_t seed, uint64_t size, double *out)
{
    long double square = 0;
    hahn_random_normal(seed, HAHN_STREAM_STARTS + (uint64_t)k, 0, (int64_t)size, out);
    for (uint64_t j = 0; j < size; j++)
        square += (long double)out[j] * out[j];
    for (uint64_t j = 0; j < size; j++)
        out[j] = (double)(out[j] / sqrtl(square));
}

/* Normals differ by 16 u |x| at most, and the norm by as much; rounding each of them, the norm's
   root and the quotient are 4 u |x| more. The sum under the root errs by a random walk of as many
   roundings as there are numbers. */
static void check_random(const struct battery_config *config, int qubits)
{
    enum { COUNT = 5 };
    const struct model empty = {.qubits = qubits};
    const uint64_t size = UINT64_C(2) << qubits;
    const double tolerance = (36 + sqrt((double)size)) * battery_roundoff(config->precision);
    double *states = support_allocate(2 * COUNT * size * sizeof *states);
    double *again = states + COUNT * size, *expected = support_allocate(size * sizeof *expected);
    hahn_engine *engine = support_engine(config);
    struct model_objects objects;
    assert_ok(engine, model_compile(&empty, NULL, NULL, engine, 2, HAHN_FOR_STATE, &objects));
    for (uint64_t seed = 1; seed < 3; seed++) {
        assert_ok(engine, hahn_workspace_random_starts(objects.workspace, COUNT, seed));
        assert_ok(engine, hahn_final_state(objects.workspace, COUNT, NULL, states));
        for (int64_t k = 0; k < COUNT; k++) {
            expected_start(k, seed, size, expected);
            for (uint64_t j = 0; j < size; j++)
                assert_within(states[(uint64_t)k * size + j], expected[j],
                              tolerance * fabs(expected[j]));
        }
    }
    /* Fewer of them are the first of more. */
    assert_ok(engine, hahn_workspace_random_starts(objects.workspace, 2, 2));
    assert_ok(engine, hahn_final_state(objects.workspace, COUNT, NULL, again));
    for (int64_t k = 0; k < COUNT; k++)
        assert_memory_equal(again + (uint64_t)k * size, states + (uint64_t)(k % 2) * size,
                            size * sizeof *states);
    assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_workspace_random_starts(objects.workspace, 0, 1),
                   "0 start states");
    assert_int_equal(hahn_workspace_random_starts(NULL, 1, 1), HAHN_ERR_ARGUMENT);
    model_release(&objects);
    hahn_engine_destroy(engine);
    free(states);
    free(expected);
}

static void random_starts(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < count; k++) {
        check_random(&configs[k], 1);
        check_random(&configs[k], 4);
        check_random(&configs[k], MOST_QUBITS);
    }
}

/* -- certificates ----------------------------------------------------------------------------- */

/* psi comes home to its entry's own start, and nowhere near another one's. */
static void check_certificates(const struct battery_config *config, const struct scene *s)
{
    hahn_engine *engine = support_engine(config);
    struct model_objects objects = compile(s, engine);
    hahn_workspace *w = workspace_for(engine, &objects, 2, false);
    const double tolerance = battery_state_tolerance(config->precision, 2 * s->model.gates);
    double energies[BATCH], gradients[BATCH * PARAMETERS];
    hahn_certificate certificates[BATCH];
    set_starts(s, engine, w, 0, BATCH);
    assert_ok(engine, hahn_gradient(w, NULL, BATCH, s->theta, energies, gradients, certificates));
    for (int k = 0; k < BATCH; k++) {
        assert_within(certificates[k].echo_error, 0, tolerance);
        assert_within(certificates[k].start_energy, energies[k],
                      battery_energy_tolerance(config->precision, 2 * s->model.gates,
                                               model_sum_norm(&s->sum)));
    }
    hahn_workspace_destroy(w);
    model_release(&objects);
    hahn_engine_destroy(engine);
}

static void certificates(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    struct scene s;
    (void)state;
    open_scene(&s, __func__, 5, 30);
    for (int k = 0; k < count; k++)
        check_certificates(&configs[k], &s);
    close_scene(&s);
}

/* -- what is refused -------------------------------------------------------------------------- */

/* Under a memory limit that leaves nothing. */
static void check_observable_refusals(hahn_engine *engine, const struct model_objects *objects)
{
    const hahn_observable *own[] = {objects->observable, NULL};
    hahn_workspace *w = objects->workspace;
    hahn_observable *other;
    assert_refused(engine, HAHN_ERR_MEMORY, hahn_workspace_set_observables(w, 1, own),
                   "observables", "missing");
    assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_workspace_set_observables(w, 0, own),
                   "0 observables");
    assert_int_equal(hahn_workspace_set_observables(w, 2, own), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_workspace_set_observables(NULL, 1, own), HAHN_ERR_ARGUMENT);
    const uint64_t limit = hahn_engine_memory_limit(engine);
    assert_ok(engine, hahn_engine_set_memory_limit(engine, 0));
    assert_ok(engine, hahn_observable_create(engine, 2, &other));
    own[1] = other;
    assert_refused(engine, HAHN_ERR_QUBIT, hahn_workspace_set_observables(w, 2, own),
                   "observable 1 has 2 qubits");
    hahn_observable_destroy(other);
    assert_ok(engine, hahn_engine_set_memory_limit(engine, limit));
}

static void check_refusals(const struct battery_config *config, struct scene *s)
{
    hahn_engine *engine = support_engine(config);
    struct model_objects objects = compile(s, engine);
    hahn_workspace *w = objects.workspace;
    double before[BATCH], after[BATCH];
    set_both(s, engine, w, 0, BATCH);
    assert_ok(engine, hahn_energy(w, BATCH, s->theta, before));
    const uint64_t used = hahn_engine_memory_used(engine);
    assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_workspace_set_starts(w, 0, s->starts),
                   "0 start states", "use 1 to");
    assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_workspace_set_starts(w, -1, s->starts),
                   "-1 start states");
    s->starts[s->size] += 1;
    assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_workspace_set_starts(w, 2, s->starts),
                   "start state 1", "norm");
    s->starts[s->size] -= 1;
    assert_ok(engine, hahn_engine_set_memory_limit(engine, used));
    assert_refused(engine, HAHN_ERR_MEMORY, hahn_workspace_set_starts(w, 2, s->starts),
                   "start states", "missing");
    assert_int_equal(hahn_workspace_set_starts(NULL, 1, s->starts), HAHN_ERR_ARGUMENT);
    check_observable_refusals(engine, &objects);
    assert_true(hahn_engine_memory_used(engine) == used);
    assert_ok(engine, hahn_energy(w, BATCH, s->theta, after));
    assert_memory_equal(before, after, sizeof before);
    model_release(&objects);
    hahn_engine_destroy(engine);
}

static void refusals(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    struct scene s;
    (void)state;
    open_scene(&s, __func__, 3, 10);
    for (int k = 0; k < count; k++)
        check_refusals(&configs[k], &s);
    close_scene(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_states),
        cmocka_unit_test(start_states_of_several_tiles),
        cmocka_unit_test(observables),
        cmocka_unit_test(observables_of_several_tiles),
        cmocka_unit_test(starts_and_observables),
        cmocka_unit_test(observables_that_are_compiled),
        cmocka_unit_test(random_starts),
        cmocka_unit_test(certificates),
        cmocka_unit_test(refusals),
    };
    return support_result(cmocka_run_group_tests_name("entries", tests, NULL, NULL));
}
