/* Overlaps of final states: against inner products of the states that are read, for every number of
   lanes; Hermitian bit by bit; and what a workspace must have for them. */
#include "support.h"

enum { STARTS = 2, BATCH = 7, PARAMETERS = 4, MOST_QUBITS = 13 };

struct scene {
    struct model model;
    double theta[BATCH * PARAMETERS];
};

static void open_scene(struct scene *s, const char *name, int qubits)
{
    struct battery_random random = support_random(name);
    model_random(&random, qubits, 12, PARAMETERS, &s->model);
    for (int k = 0; k < PARAMETERS; k++) /* each is used */
        s->model.gate[s->model.gates++] = (struct model_gate){
            .gate = HAHN_GATE_RY, .targets = 1, .qubits = {k % qubits}, .params = {hahn_theta(k)}};
    for (int k = 0; k < BATCH * PARAMETERS; k++)
        s->theta[k] = battery_uniform(&random, -3, 3);
}

/* On a device cuBLAS may be missing, which is for the user to mend; the emulated one has another
   library under its name where CBLAS is installed. */
static bool can_overlap(hahn_engine *engine)
{
    return hahn_engine_backend(engine) != HAHN_BACKEND_CUDA || getenv("HAHN_TEST_CUBLAS");
}

static struct model_objects compile(const struct scene *s, hahn_engine *engine, int64_t lanes,
                                    hahn_purpose purpose)
{
    static const struct model_sum sum = {.terms = 1, .term = {{.coefficient = 1, .z = 1}}};
    struct model_objects objects;
    assert_ok(engine, model_compile(&s->model, &sum, NULL, engine, lanes, purpose, &objects));
    assert_ok(engine, hahn_workspace_random_starts(objects.workspace, STARTS, 5));
    return objects;
}

/* <left|right> of interleaved numbers. */
static void inner(const double *left, const double *right, uint64_t size, long double out[2])
{
    out[0] = out[1] = 0;
    for (uint64_t j = 0; j < size; j += 2) {
        out[0] += (long double)left[j] * right[j] + (long double)left[j + 1] * right[j + 1];
        out[1] += (long double)left[j] * right[j + 1] - (long double)left[j + 1] * right[j];
    }
}

/* A sum of products of the parts of two unit vectors, of which no more than 2^(qubits + 1) are
   added one after another: its errors are some u times the root of that. */
static void check_matrix(const struct battery_config *config, const struct scene *s,
                         const double *states, const double *matrix)
{
    const uint64_t size = UINT64_C(2) << s->model.qubits;
    const double tolerance = 4 * battery_roundoff(config->precision) * sqrt((double)size);
    for (int a = 0; a < BATCH; a++) {
        assert_true(matrix[2 * (a * BATCH + a) + 1] == 0);
        for (int b = 0; b < BATCH; b++) {
            const double *own = matrix + 2 * (a * BATCH + b), *other = matrix + 2 * (b * BATCH + a);
            long double expected[2];
            inner(states + (uint64_t)a * size, states + (uint64_t)b * size, size, expected);
            assert_within(own[0], (double)expected[0], tolerance);
            assert_within(own[1], (double)expected[1], tolerance);
            assert_true(own[0] == other[0] && own[1] == -other[1]);
        }
    }
}

static void check_lanes(const struct battery_config *config, const struct scene *s,
                        hahn_engine *engine, int64_t lanes, double *matrix)
{
    const uint64_t size = UINT64_C(2) << s->model.qubits;
    double *states = support_allocate(BATCH * size * sizeof *states), again[2 * BATCH * BATCH];
    const hahn_purpose purpose = lanes < BATCH ? HAHN_FOR_GRADIENT : HAHN_FOR_STATE;
    struct model_objects objects = compile(s, engine, lanes, purpose);
    assert_ok(engine, hahn_final_state(objects.workspace, BATCH, s->theta, states));
    assert_ok(engine, hahn_overlaps(objects.workspace, BATCH, s->theta, matrix));
    check_matrix(config, s, states, matrix);
    assert_ok(engine, hahn_overlaps(objects.workspace, BATCH, s->theta, again));
    assert_memory_equal(matrix, again, sizeof again);
    if (purpose == HAHN_FOR_GRADIENT) { /* which nothing of that disturbs */
        double gradients[2][BATCH * PARAMETERS];
        struct model_objects fresh = compile(s, engine, lanes, purpose);
        assert_ok(engine, hahn_gradient(objects.workspace, NULL, BATCH, s->theta, NULL,
                                        gradients[0], NULL));
        assert_ok(engine,
                  hahn_gradient(fresh.workspace, NULL, BATCH, s->theta, NULL, gradients[1], NULL));
        assert_memory_equal(gradients[0], gradients[1], sizeof gradients[0]);
        model_release(&fresh);
    }
    model_release(&objects);
    free(states);
}

static void check_way(const struct battery_config *config, const struct scene *s)
{
    static const int64_t lanes[] = {BATCH + 2, BATCH, 4, 3, 1};
    double first[2 * BATCH * BATCH], matrix[2 * BATCH * BATCH];
    hahn_engine *engine = support_engine(config);
    for (size_t k = 0; k < ARRAY_SIZE(lanes) && can_overlap(engine); k++) {
        assert_ok(engine, hahn_engine_set_threads(engine, 1 + (int)k % 3));
        check_lanes(config, s, engine, lanes[k], k ? matrix : first);
        if (k && config->backend != HAHN_BACKEND_CUDA)
            assert_memory_equal(matrix, first, sizeof first);
    }
    hahn_engine_destroy(engine);
}

static void skip_without_cublas(void)
{
    if (support_backend() != HAHN_BACKEND_CUDA || getenv("HAHN_TEST_CUBLAS"))
        return;
    print_message("skipped: CBLAS, which stands in for cuBLAS, is not installed (libblas-dev)\n");
    skip();
}

static void overlaps(void **state)
{
    static const int sizes[] = {1, 4, MOST_QUBITS};
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    (void)state;
    skip_without_cublas();
    for (size_t n = 0; n < ARRAY_SIZE(sizes); n++) {
        struct scene s = {.model = {0}};
        open_scene(&s, __func__, sizes[n]);
        for (int k = 0; k < count; k++)
            check_way(&configs[k], &s);
    }
}

/* More than go through a device's staged numbers at once. */
static void large_batches(void **state)
{
    enum { LARGE = 150 };
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    struct battery_random random = support_random(__func__);
    struct scene s = {.model = {0}};
    double *theta = support_angles(&random, LARGE * PARAMETERS);
    double *matrix = support_allocate(2 * LARGE * LARGE * sizeof *matrix);
    double *states = support_allocate(16 * LARGE * sizeof *states);
    (void)state;
    skip_without_cublas();
    open_scene(&s, __func__, 3);
    for (int k = 0; k < count; k++) {
        hahn_engine *engine = support_engine(&configs[k]);
        struct model_objects objects = compile(&s, engine, LARGE, HAHN_FOR_STATE);
        assert_ok(engine, hahn_overlaps(objects.workspace, LARGE, theta, matrix));
        assert_ok(engine, hahn_final_state(objects.workspace, LARGE, theta, states));
        for (int a = 0; a < LARGE; a++)
            for (int b = 0; b < LARGE; b++) {
                long double expected[2];
                inner(states + 16 * a, states + 16 * b, 16, expected);
                for (int part = 0; part < 2; part++)
                    assert_within(matrix[2 * (a * LARGE + b) + part], (double)expected[part],
                                  16 * battery_roundoff(configs[k].precision));
            }
        model_release(&objects);
        hahn_engine_destroy(engine);
    }
    free(theta);
    free(matrix);
    free(states);
}

static void check_refusals(const struct battery_config *config, const struct scene *s)
{
    double matrix[2 * BATCH * BATCH] = {42};
    hahn_engine *engine = support_engine(config);
    struct model_objects objects = compile(s, engine, 2, HAHN_FOR_STATE);
    assert_refused(engine, HAHN_ERR_ARGUMENT,
                   hahn_overlaps(objects.workspace, BATCH, s->theta, matrix), "batch of 7",
                   "2 lanes", "for gradients");
    assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_overlaps(objects.workspace, 0, s->theta, matrix),
                   "batch of 0");
    assert_refused(engine, HAHN_ERR_ARGUMENT,
                   hahn_overlaps(objects.workspace, INT64_C(1) << 32, s->theta, matrix),
                   "batch of");
    assert_int_equal(hahn_overlaps(NULL, 1, s->theta, matrix), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_overlaps(objects.workspace, 1, s->theta, NULL), HAHN_ERR_ARGUMENT);
    assert_true(matrix[0] == 42);
    model_release(&objects);
    hahn_engine_destroy(engine);
}

static void refusals(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    struct scene s = {.model = {0}};
    (void)state;
    open_scene(&s, __func__, 3);
    for (int k = 0; k < count; k++)
        check_refusals(&configs[k], &s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overlaps),
        cmocka_unit_test(large_batches),
        cmocka_unit_test(refusals),
    };
    return support_result(cmocka_run_group_tests_name("overlaps", tests, NULL, NULL));
}
