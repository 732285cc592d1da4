/* Training where the states are: steps done by hand, the same numbers as from gradients and
   formulas in plain C, and what is refused. */
#include "support.h"

#include <float.h>

enum { QUBITS = 5, LAYERS = 2, PARAMETERS = QUBITS * (3 * LAYERS + 1), BATCH = 3, STEPS = 4 };

/* Unit roundoff of parameters, energies and gradients in every precision. */
#define U (DBL_EPSILON / 2)

/* A circuit of many parameters on a ring, on an engine with a counting allocator. */
struct scene {
    struct support_memory memory;
    hahn_engine *engine;
    hahn_observable *observable;
    hahn_program *program;
    hahn_workspace *workspace;
};

static void open_program(struct scene *s, const struct battery_config *config, int tile)
{
    *s = (struct scene){.memory = {.fail_at = -1}};
    const hahn_allocator allocator = support_allocator(&s->memory);
    hahn_circuit *circuit;
    assert_int_equal(battery_engine(config, &allocator, &s->engine), HAHN_OK);
    assert_ok(s->engine, hahn_engine_set_tile(s->engine, tile ? tile : SUPPORT_TILE_QUBITS));
    assert_ok(s->engine, hahn_ansatz_variational(s->engine, QUBITS, LAYERS, &circuit));
    assert_ok(s->engine, hahn_observable_heisenberg(s->engine, (hahn_lattice){QUBITS, 1, 1}, 1,
                                                    &s->observable));
    assert_ok(s->engine, hahn_program_create(s->engine, circuit, s->observable, &s->program));
    hahn_circuit_destroy(circuit);
}

static void open_scene(struct scene *s, const struct battery_config *config, int tile,
                       const hahn_workspace_options *options)
{
    open_program(s, config, tile);
    assert_ok(s->engine, hahn_workspace_create(s->engine, s->program, options, &s->workspace));
}

static void close_scene(struct scene *s)
{
    hahn_workspace_destroy(s->workspace);
    hahn_program_destroy(s->program);
    hahn_observable_destroy(s->observable);
    assert_int_equal(hahn_engine_memory_used(s->engine), 0);
    hahn_engine_destroy(s->engine);
    assert_int_equal(atomic_load(&s->memory.live), 0);
    assert_int_equal(atomic_load(&s->memory.wrong), 0);
}

/* Every way of running; on a device also with states of several tiles. */
struct way {
    struct battery_config config;
    int tile;
};

static int ways(struct way out[2 * BATTERY_MAX_CONFIGS])
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    int all = 0;
    for (int k = 0; k < count; k++) {
        out[all++] = (struct way){configs[k], 0};
        if (configs[k].backend == HAHN_BACKEND_CUDA)
            out[all++] = (struct way){configs[k], QUBITS - 1};
    }
    return all;
}

static const hahn_descent_options rules[] = {
    {.rule = HAHN_DESCENT_PLAIN},
    {.rule = HAHN_DESCENT_MOMENTUM, .beta = 0.9},
    {.rule = HAHN_DESCENT_ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8}};

static hahn_descent *create(struct scene *s, hahn_descent_options options, int64_t batch)
{
    hahn_descent *d = NULL;
    options.batch = batch;
    assert_ok(s->engine, hahn_descent_create(s->workspace, &options, &d));
    return d;
}

static void load(struct scene *s, hahn_descent *d, hahn_descent_part part, const double *numbers)
{
    assert_ok(s->engine, hahn_descent_load(d, part, numbers));
}

static void save(struct scene *s, hahn_descent *d, hahn_descent_part part, double *numbers)
{
    assert_ok(s->engine, hahn_descent_save(d, part, numbers));
}

/* -- steps by hand ---------------------------------------------------------------------------- */

/* A step of all parameters along the same component. */
static double take(struct scene *s, hahn_descent *d, double component, double rate, int64_t update)
{
    double numbers[PARAMETERS];
    for (int k = 0; k < PARAMETERS; k++)
        numbers[k] = component;
    load(s, d, HAHN_DESCENT_GRADIENT, numbers);
    assert_ok(s->engine, hahn_descent_step(d, rate, update));
    save(s, d, HAHN_DESCENT_THETA, numbers);
    for (int k = 1; k < PARAMETERS; k++)
        assert_true(numbers[k] == numbers[0]);
    return numbers[0];
}

static double state_of(struct scene *s, hahn_descent *d, int vector)
{
    double numbers[2 * PARAMETERS] = {0};
    save(s, d, HAHN_DESCENT_STATE, numbers);
    return numbers[vector * PARAMETERS];
}

static void check_hand_steps(struct scene *s)
{
    hahn_descent *d = create(s, rules[0], 1);
    assert_true(take(s, d, 0.5, 0.5, 1) == -0.25);
    assert_true(take(s, d, 0.25, 0.25, 2) == -0.3125);
    hahn_descent_destroy(d);

    d = create(s, (hahn_descent_options){.rule = HAHN_DESCENT_MOMENTUM, .beta = 0.5}, 1);
    assert_true(take(s, d, 1, 0.25, 1) == -0.25); /* v = 1 */
    assert_true(take(s, d, 2, 0.25, 2) == -0.875 && state_of(s, d, 0) == 2.5);
    hahn_descent_destroy(d);

    d = create(s, (hahn_descent_options){.rule = HAHN_DESCENT_ADAM, .beta1 = 0.5, .beta2 = 0.5}, 1);
    /* m = v = 1/2, both 1 without bias; then 1/4, both 1/3 without bias. */
    assert_true(take(s, d, 1, 0.25, 1) == -0.25);
    assert_true(state_of(s, d, 0) == 0.5 && state_of(s, d, 1) == 0.5);
    /* Two divisions, a root, a division, a product and a difference round once each. */
    assert_within(take(s, d, 0, 0.25, 2), -0.25 * (1 + sqrt(1.0 / 3.0)), 6 * U);
    assert_true(state_of(s, d, 0) == 0.25 && state_of(s, d, 1) == 0.25);
    hahn_descent_destroy(d);

    d = create(s,
               (hahn_descent_options){
                   .rule = HAHN_DESCENT_ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 0.5},
               1);
    assert_within(take(s, d, -2, 1, 1), 2 / 2.5, 8 * U); /* g / (|g| + epsilon) */
    hahn_descent_destroy(d);
}

static void steps_are_those_done_by_hand(void **state)
{
    struct way way[2 * BATTERY_MAX_CONFIGS];
    const int count = ways(way);
    (void)state;
    for (int k = 0; k < count; k++) {
        struct scene s;
        open_scene(&s, &way[k].config, way[k].tile, WORKSPACE(1, HAHN_FOR_GRADIENT));
        check_hand_steps(&s);
        close_scene(&s);
    }
}

/* STEPS steps of a batch along random directions. */
static void random_steps(struct scene *s, const hahn_descent_options *rule, double *theta,
                         double *state)
{
    struct battery_random random = support_random("steps");
    hahn_descent *d = create(s, *rule, BATCH);
    double *start = support_angles(&random, BATCH * PARAMETERS);
    load(s, d, HAHN_DESCENT_THETA, start);
    for (int64_t k = 1; k <= STEPS; k++) {
        double *direction = support_angles(&random, BATCH * PARAMETERS);
        load(s, d, HAHN_DESCENT_GRADIENT, direction);
        assert_ok(s->engine, hahn_descent_step(d, 0.1 / (double)k, k));
        free(direction);
    }
    save(s, d, HAHN_DESCENT_THETA, theta);
    save(s, d, HAHN_DESCENT_STATE, state);
    free(start);
    hahn_descent_destroy(d);
}

/* The same gradients lead to the same bits wherever the steps are made. */
static void steps_are_the_same_everywhere(void **state)
{
    struct way way[2 * BATTERY_MAX_CONFIGS];
    const struct battery_config reference = {HAHN_BACKEND_REFERENCE, "", HAHN_F64};
    const int count = ways(way);
    (void)state;
    for (size_t r = 0; r < ARRAY_SIZE(rules); r++)
        for (int k = 0; k < count; k++) {
            double theta[2][BATCH * PARAMETERS], moments[2][2 * BATCH * PARAMETERS] = {{0}};
            struct scene s, other;
            open_scene(&s, &way[k].config, way[k].tile, WORKSPACE(1, HAHN_FOR_GRADIENT));
            open_scene(&other, &reference, 0, WORKSPACE(2, HAHN_FOR_GRADIENT));
            random_steps(&s, &rules[r], theta[0], moments[0]);
            random_steps(&other, &rules[r], theta[1], moments[1]);
            assert_memory_equal(theta[0], theta[1], sizeof theta[0]);
            assert_memory_equal(moments[0], moments[1], sizeof moments[0]);
            close_scene(&other);
            close_scene(&s);
        }
}

/* -- evaluations ------------------------------------------------------------------------------ */

struct results {
    double energy[BATCH], norm[BATCH], gradient[BATCH * PARAMETERS];
    hahn_certificate certificate[BATCH];
};

static double norm_of(const double *vector)
{
    double sum = 0;
    for (int k = 0; k < PARAMETERS; k++)
        sum += vector[k] * vector[k];
    return sqrt(sum);
}

/* By hahn_gradient, in one run. */
static void expect(struct scene *s, const double *theta, struct results *out)
{
    assert_ok(s->engine, hahn_gradient(s->workspace, NULL, BATCH, theta, out->energy, out->gradient,
                                       out->certificate));
    for (int row = 0; row < BATCH; row++)
        out->norm[row] = norm_of(out->gradient + (ptrdiff_t)row * PARAMETERS);
}

static void evaluate(struct scene *s, hahn_descent *d, struct results *out)
{
    assert_ok(s->engine, hahn_descent_evaluate(d, out->energy, out->norm, out->certificate));
    save(s, d, HAHN_DESCENT_GRADIENT, out->gradient);
}

/* Kernels are the same ones, so nothing may differ; but sums of squares come in another order, and
   with segments those of a parameter's terms, each 2 |O| at most. */
static void assert_same_results(const struct results *a, const struct results *b, bool segments)
{
    const double norm = 3 * QUBITS, terms = 5.0 * QUBITS * (LAYERS + 1);
    for (int row = 0; row < BATCH; row++) {
        assert_true(a->energy[row] == b->energy[row]);
        assert_true(a->certificate[row].echo_error == b->certificate[row].echo_error);
        assert_true(a->certificate[row].start_energy == b->certificate[row].start_energy);
        assert_within(a->norm[row], b->norm[row], 2 * PARAMETERS * U * b->norm[row]);
    }
    for (int k = 0; k < BATCH * PARAMETERS; k++)
        assert_within(a->gradient[k], b->gradient[k], segments ? terms * U * 2 * norm : 0);
}

/* More evaluations than one: what a device does from the second on is a recording. */
static void check_evaluations(struct scene *s, bool segments)
{
    struct battery_random random = support_random("evaluations");
    struct results expected, found;
    hahn_descent *d = create(s, rules[0], BATCH);
    for (int k = 0; k < 4; k++) {
        double *theta = support_angles(&random, BATCH * PARAMETERS), after[BATCH * PARAMETERS];
        expect(s, theta, &expected);
        load(s, d, HAHN_DESCENT_THETA, theta);
        evaluate(s, d, &found);
        assert_same_results(&found, &expected, segments);
        assert_ok(s->engine, hahn_descent_evaluate(d, NULL, NULL, NULL));
        assert_true(hahn_workspace_times(s->workspace).total > 0);
        save(s, d, HAHN_DESCENT_THETA, after);
        assert_memory_equal(theta, after, sizeof after);
        free(theta);
    }
    hahn_descent_destroy(d);
}

static void evaluations_are_gradients(void **state)
{
    struct way way[2 * BATTERY_MAX_CONFIGS];
    const int count = ways(way);
    (void)state;
    for (int k = 0; k < count; k++)
        for (int64_t lanes = 1; lanes <= BATCH + 1; lanes++) {
            struct scene s;
            open_scene(&s, &way[k].config, way[k].tile, WORKSPACE(lanes, HAHN_FOR_GRADIENT));
            check_evaluations(&s, false);
            close_scene(&s);
        }
}

static void evaluations_keep_to_an_echo_tolerance(void **state)
{
    struct way way[2 * BATTERY_MAX_CONFIGS];
    const int count = ways(way);
    (void)state;
    for (int k = 0; k < count; k++) {
        struct scene s;
        open_program(&s, &way[k].config, way[k].tile);
        const hahn_workspace_options options = {
            .lanes = 2, .echo_tolerance = support_least_tolerance(s.engine, s.program)};
        hahn_workspace_info info;
        assert_ok(s.engine, hahn_workspace_describe(s.engine, s.program, &options, &info));
        assert_true(info.segments > 2);
        assert_ok(s.engine, hahn_workspace_create(s.engine, s.program, &options, &s.workspace));
        check_evaluations(&s, true);
        close_scene(&s);
    }
}

/* Start states and observables that rows take in turn, and which come and go between evaluations.
 */
static void evaluations_are_of_entries(void **state)
{
    struct way way[2 * BATTERY_MAX_CONFIGS];
    struct battery_random random = support_random("entries");
    double *theta = support_angles(&random, BATCH * PARAMETERS);
    const int count = ways(way);
    (void)state;
    for (int k = 0; k < count; k++) {
        struct scene s;
        struct results expected, found;
        open_scene(&s, &way[k].config, way[k].tile, WORKSPACE(2, HAHN_FOR_GRADIENT));
        hahn_descent *d = create(&s, rules[0], BATCH);
        load(&s, d, HAHN_DESCENT_THETA, theta);
        hahn_observable *sums[2] = {s.observable, NULL};
        assert_ok(s.engine, hahn_observable_create(s.engine, QUBITS, &sums[1]));
        assert_ok(s.engine, hahn_observable_add(sums[1], 0.5, "XY", (const int[]){1, 3}));
        for (int at = 0; at < 12; at++) {
            double starts[3][2 << QUBITS] = {{0}};
            for (int row = 0; row < 3; row++)
                starts[row][2 * (at + 5 * row)] = 1;
            assert_ok(s.engine,
                      hahn_workspace_set_starts(s.workspace, at % 4, at % 4 ? starts[0] : NULL));
            assert_ok(s.engine, hahn_workspace_set_observables(
                                    s.workspace, at / 4,
                                    at / 4 ? (const hahn_observable *const *)sums : NULL));
            for (int again = 0; again < 2; again++) {
                expect(&s, theta, &expected);
                evaluate(&s, d, &found);
                assert_same_results(&found, &expected, false);
            }
        }
        hahn_descent_destroy(d);
        hahn_observable_destroy(sums[1]);
        close_scene(&s);
    }
    free(theta);
}

static void the_adjoint_state_can_be_read(void **state)
{
    struct way way[2 * BATTERY_MAX_CONFIGS];
    struct battery_random random = support_random("adjoint state");
    double *theta = support_angles(&random, BATCH * PARAMETERS);
    const int count = ways(way);
    (void)state;
    for (int k = 0; k < count; k++) {
        struct scene s;
        struct results results;
        double expected[2 << QUBITS], found[2 << QUBITS];
        open_scene(&s, &way[k].config, way[k].tile, WORKSPACE(BATCH, HAHN_FOR_GRADIENT));
        hahn_descent *d = create(&s, rules[0], BATCH);
        load(&s, d, HAHN_DESCENT_THETA, theta);
        expect(&s, theta, &results);
        assert_ok(s.engine, hahn_adjoint_state(s.workspace, 1, expected));
        assert_ok(s.engine, hahn_energy(s.workspace, 1, theta, results.energy));
        assert_refused(s.engine, HAHN_ERR_ARGUMENT, hahn_adjoint_state(s.workspace, 1, found),
                       "lane 1");
        evaluate(&s, d, &results);
        assert_ok(s.engine, hahn_adjoint_state(s.workspace, 1, found));
        assert_memory_equal(found, expected, sizeof found);
        hahn_descent_destroy(d);
        close_scene(&s);
    }
    free(theta);
}

/* -- training --------------------------------------------------------------------------------- */

/* Update k of one number, as the literature has it. */
static void update_number(const hahn_descent_options *o, double rate, int k, double g,
                          double *theta, double *first, double *second)
{
    if (o->rule == HAHN_DESCENT_PLAIN) {
        *theta = *theta - rate * g;
    } else if (o->rule == HAHN_DESCENT_MOMENTUM) {
        *first = o->beta * *first + g;
        *theta = *theta - rate * *first;
    } else {
        *first = o->beta1 * *first + (1 - o->beta1) * g;
        *second = o->beta2 * *second + (1 - o->beta2) * g * g;
        const double mean = *first / (1 - pow(o->beta1, k));
        const double square = *second / (1 - pow(o->beta2, k));
        *theta = *theta - rate * mean / (sqrt(square) + o->epsilon);
    }
}

/* Energies must fall, and parameters be those of a loop on the host. */
static void check_training(struct scene *s, const hahn_descent_options *rule)
{
    struct battery_random random = support_random("training");
    double *own = support_angles(&random, BATCH * PARAMETERS), theta[BATCH * PARAMETERS];
    double first[BATCH * PARAMETERS] = {0}, second[BATCH * PARAMETERS] = {0}, before = 0;
    const double rate = 0.01;
    struct results expected, found;
    hahn_descent *d = create(s, *rule, BATCH);
    load(s, d, HAHN_DESCENT_THETA, own);
    for (int k = 1; k <= STEPS; k++) {
        evaluate(s, d, &found);
        expect(s, own, &expected); /* in between, on the same workspace */
        assert_same_results(&found, &expected, false);
        assert_true(k == 1 || found.energy[1] < before);
        before = found.energy[1];
        assert_ok(s->engine, hahn_descent_step(d, rate, k));
        for (int i = 0; i < BATCH * PARAMETERS; i++)
            update_number(rule, rate, k, expected.gradient[i], &own[i], &first[i], &second[i]);
        save(s, d, HAHN_DESCENT_THETA, theta);
        /* adam's quotients are made in another order: seven roundings of a step, and one of the
           sum. */
        for (int i = 0; i < BATCH * PARAMETERS; i++) {
            assert_within(theta[i], own[i],
                          rule->rule == HAHN_DESCENT_ADAM ? U * (7 * rate * 10 + fabs(own[i])) : 0);
            own[i] = theta[i];
        }
    }
    free(own);
    hahn_descent_destroy(d);
}

static void training_is_evaluations_and_steps(void **state)
{
    struct way way[2 * BATTERY_MAX_CONFIGS];
    const int count = ways(way);
    (void)state;
    for (int k = 0; k < count; k++)
        for (size_t r = 0; r < ARRAY_SIZE(rules); r++) {
            struct scene s;
            open_scene(&s, &way[k].config, way[k].tile, WORKSPACE(2, HAHN_FOR_GRADIENT));
            check_training(&s, &rules[r]);
            close_scene(&s);
        }
}

static void the_best_row_stays(void **state)
{
    struct way way[2 * BATTERY_MAX_CONFIGS];
    struct battery_random random = support_random("best");
    double *theta = support_angles(&random, BATCH * PARAMETERS);
    const int count = ways(way);
    (void)state;
    for (int k = 0; k < count; k++) {
        struct scene s;
        double best[PARAMETERS], gradient[BATCH * PARAMETERS] = {1};
        open_scene(&s, &way[k].config, way[k].tile, WORKSPACE(1, HAHN_FOR_GRADIENT));
        hahn_descent *d = create(&s, rules[2], BATCH);
        assert_int_equal(hahn_descent_count(d, HAHN_DESCENT_BEST), PARAMETERS);
        load(&s, d, HAHN_DESCENT_THETA, theta);
        assert_ok(s.engine, hahn_descent_keep_best(d, 1));
        load(&s, d, HAHN_DESCENT_GRADIENT, gradient);
        assert_ok(s.engine, hahn_descent_step(d, 1, 1));
        save(&s, d, HAHN_DESCENT_BEST, best);
        assert_memory_equal(best, theta + PARAMETERS, sizeof best);
        load(&s, d, HAHN_DESCENT_BEST, theta);
        save(&s, d, HAHN_DESCENT_BEST, best);
        assert_memory_equal(best, theta, sizeof best);
        hahn_descent_destroy(d);
        close_scene(&s);
    }
    free(theta);
}

/* -- what is refused -------------------------------------------------------------------------- */

static void check_options(struct scene *s)
{
    static const struct {
        hahn_descent_options options;
        const char *value, *range;
    } bad[] = {
        {{.rule = (hahn_descent_rule)3}, "rule 3", "adam (2)"},
        {{.batch = -1}, "-1", "1 to"},
        {{.batch = INT64_MAX}, "9223372036854775807", "1 to"},
        {{.rule = HAHN_DESCENT_MOMENTUM, .beta = 1}, "beta 1", "less than 1"},
        {{.rule = HAHN_DESCENT_MOMENTUM, .beta = NAN}, "beta nan", "less than 1"},
        {{.rule = HAHN_DESCENT_ADAM, .beta1 = -0.5}, "beta1 -0.5", "0 or more"},
        {{.rule = HAHN_DESCENT_ADAM, .beta2 = 1.5}, "beta2 1.5", "less than 1"},
        {{.rule = HAHN_DESCENT_ADAM, .epsilon = -1}, "epsilon -1", "0 or more"},
        {{.rule = HAHN_DESCENT_ADAM, .epsilon = INFINITY}, "epsilon inf", "0 or more"},
    };
    hahn_descent *d = NULL;
    for (size_t k = 0; k < ARRAY_SIZE(bad); k++) {
        assert_refused(s->engine, HAHN_ERR_ARGUMENT,
                       hahn_descent_create(s->workspace, &bad[k].options, &d), bad[k].value,
                       bad[k].range);
        assert_null(d);
        assert_true(hahn_descent_bytes(s->engine, s->program, &bad[k].options) == 0);
    }
    assert_int_equal(hahn_descent_create(NULL, NULL, &d), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_descent_create(s->workspace, NULL, NULL), HAHN_ERR_ARGUMENT);
    assert_true(hahn_descent_bytes(NULL, s->program, NULL) == 0);
    assert_true(hahn_descent_bytes(s->engine, NULL, NULL) == 0);
    hahn_descent_destroy(NULL);
}

static void check_use(struct scene *s)
{
    double theta[PARAMETERS] = {0}, found[PARAMETERS];
    hahn_descent *d = NULL;
    assert_ok(s->engine, hahn_descent_create(s->workspace, NULL, &d));
    assert_int_equal(hahn_descent_count(d, HAHN_DESCENT_THETA), PARAMETERS);
    assert_int_equal(hahn_descent_count(d, HAHN_DESCENT_STATE), 0);
    assert_int_equal(hahn_descent_count(d, (hahn_descent_part)4), 0);
    assert_int_equal(hahn_descent_count(NULL, HAHN_DESCENT_THETA), 0);
    assert_ok(s->engine, hahn_descent_load(d, HAHN_DESCENT_STATE, NULL));
    assert_int_equal(hahn_descent_load(d, HAHN_DESCENT_THETA, NULL), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_descent_save(d, HAHN_DESCENT_BEST, NULL), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_descent_save(NULL, HAHN_DESCENT_BEST, theta), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_descent_evaluate(NULL, NULL, NULL, NULL), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_descent_step(NULL, 1, 1), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_descent_keep_best(NULL, 0), HAHN_ERR_ARGUMENT);
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_descent_load(d, (hahn_descent_part)4, theta),
                   "part 4", "best (3)");
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_descent_keep_best(d, 1), "row 1", "has 1");
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_descent_keep_best(d, -1), "row -1");
    theta[3] = NAN;
    assert_refused(s->engine, HAHN_ERR_PARAMETER, hahn_descent_load(d, HAHN_DESCENT_THETA, theta),
                   "theta[3]", "nan");
    save(s, d, HAHN_DESCENT_THETA, found);
    assert_true(found[3] == 0);
    hahn_descent_destroy(d);
}

/* Steps are along the gradient of these parameters, once. */
static void check_order(struct scene *s)
{
    double theta[PARAMETERS] = {0};
    hahn_descent *d = create(s, rules[0], 1);
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_descent_step(d, 1, 1), "no gradient",
                   "hahn_descent_evaluate");
    assert_ok(s->engine, hahn_descent_evaluate(d, NULL, NULL, NULL));
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_descent_step(d, INFINITY, 1), "inf",
                   "finite");
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_descent_step(d, 1, 0), "update 0", "from 1");
    assert_ok(s->engine, hahn_descent_step(d, 1, 1));
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_descent_step(d, 1, 2), "no gradient");
    assert_ok(s->engine, hahn_descent_evaluate(d, NULL, NULL, NULL));
    load(s, d, HAHN_DESCENT_THETA, theta);
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_descent_step(d, 1, 2), "no gradient");
    hahn_descent_destroy(d);
}

static void mistakes_are_refused(void **state)
{
    struct way way[2 * BATTERY_MAX_CONFIGS];
    const int count = ways(way);
    (void)state;
    for (int k = 0; k < count; k++) {
        struct scene s;
        open_scene(&s, &way[k].config, way[k].tile, WORKSPACE(1, HAHN_FOR_GRADIENT));
        check_options(&s);
        check_use(&s);
        check_order(&s);
        close_scene(&s);
    }
}

static void workspaces_without_gradients_are_refused(void **state)
{
    const struct battery_config reference = {HAHN_BACKEND_REFERENCE, "", HAHN_F64};
    struct scene s;
    hahn_descent *d = NULL;
    (void)state;
    open_scene(&s, &reference, 0, WORKSPACE(1, HAHN_FOR_STATE));
    assert_refused(s.engine, HAHN_ERR_ARGUMENT, hahn_descent_create(s.workspace, NULL, &d),
                   "for states", "for gradients");
    assert_null(d);
    close_scene(&s);
}

/* Workspaces for tangents ask for none, and one may come later. */
static void there_must_be_an_observable(void **state)
{
    const struct battery_config reference = {HAHN_BACKEND_REFERENCE, "", HAHN_F64};
    struct scene s = {.memory = {.fail_at = -1}};
    hahn_circuit *circuit;
    double energy = 0;
    (void)state;
    assert_int_equal(battery_engine(&reference, NULL, &s.engine), HAHN_OK);
    assert_ok(s.engine, hahn_ansatz_variational(s.engine, QUBITS, 1, &circuit));
    assert_ok(s.engine, hahn_program_create(s.engine, circuit, NULL, &s.program));
    assert_ok(s.engine, hahn_workspace_create(s.engine, s.program, WORKSPACE(1, HAHN_FOR_TANGENT),
                                              &s.workspace));
    hahn_descent *d = create(&s, rules[0], 1);
    assert_refused(s.engine, HAHN_ERR_ARGUMENT, hahn_descent_evaluate(d, &energy, NULL, NULL),
                   "no observable");
    assert_ok(s.engine, hahn_observable_create(s.engine, QUBITS, &s.observable));
    assert_ok(s.engine, hahn_observable_add(s.observable, 1, "Z", (const int[]){0}));
    assert_ok(s.engine, hahn_workspace_set_observables(
                            s.workspace, 1, (const hahn_observable *const[]){s.observable}));
    assert_ok(s.engine, hahn_descent_evaluate(d, &energy, NULL, NULL));
    assert_within(energy, 1, 8 * U * sqrt(5.0 * QUBITS)); /* at parameters 0 */
    hahn_descent_destroy(d);
    hahn_circuit_destroy(circuit);
    close_scene(&s);
}

/* -- a circuit of two gates, and a parameter that none has ------------------------------------ */

static void open_small(struct scene *s, const struct battery_config *config, int64_t parameters)
{
    *s = (struct scene){.memory = {.fail_at = -1}};
    const hahn_allocator allocator = support_allocator(&s->memory);
    hahn_circuit *circuit;
    assert_int_equal(battery_engine(config, &allocator, &s->engine), HAHN_OK);
    assert_ok(s->engine, hahn_circuit_create(s->engine, 2, &circuit));
    assert_ok(s->engine, hahn_circuit_h(circuit, 0));
    if (parameters)
        assert_ok(s->engine, hahn_circuit_ry(circuit, 1, hahn_theta(parameters - 1)));
    assert_ok(s->engine, hahn_observable_create(s->engine, 2, &s->observable));
    assert_ok(s->engine, hahn_observable_add(s->observable, 1, "X", (const int[]){0}));
    assert_ok(s->engine, hahn_program_create(s->engine, circuit, s->observable, &s->program));
    hahn_circuit_destroy(circuit);
    assert_ok(s->engine, hahn_workspace_create(s->engine, s->program,
                                               WORKSPACE(1, HAHN_FOR_GRADIENT), &s->workspace));
}

/* Steps that were too large are seen at the next evaluation, in every parameter. */
static void parameters_must_stay_finite(void **state)
{
    struct way way[2 * BATTERY_MAX_CONFIGS];
    const int count = ways(way);
    (void)state;
    for (int k = 0; k < count; k++)
        for (int bad = 0; bad < 3; bad++) {
            double theta[3] = {1, 1, 1}, gradient[3] = {0}, energy;
            struct scene s;
            open_small(&s, &way[k].config, 3);
            hahn_descent *d = create(&s, rules[0], 1);
            load(&s, d, HAHN_DESCENT_THETA, theta);
            gradient[bad] = 1e300;
            load(&s, d, HAHN_DESCENT_GRADIENT, gradient);
            assert_ok(s.engine, hahn_descent_step(d, 1e300, 1));
            assert_refused(s.engine, HAHN_ERR_PARAMETER,
                           hahn_descent_evaluate(d, &energy, NULL, NULL), "finite");
            assert_refused(s.engine, HAHN_ERR_ARGUMENT, hahn_descent_step(d, 1, 2), "no gradient");
            save(&s, d, HAHN_DESCENT_THETA, theta);
            assert_true(theta[bad] == -INFINITY && theta[(bad + 1) % 3] == 1);
            theta[bad] = 1;
            load(&s, d, HAHN_DESCENT_THETA, theta);
            assert_ok(s.engine, hahn_descent_evaluate(d, &energy, NULL, NULL));
            /* <X> of (|0> + |1>) / sqrt 2. */
            assert_within(energy, 1, way[k].config.precision == HAHN_F64 ? 8 * U : 0x1p-20);
            hahn_descent_destroy(d);
            close_scene(&s);
        }
}

static void there_may_be_no_parameters(void **state)
{
    struct way way[2 * BATTERY_MAX_CONFIGS];
    const int count = ways(way);
    (void)state;
    for (int k = 0; k < count; k++) {
        double energy[2], norm[2] = {1, 1};
        struct scene s;
        open_small(&s, &way[k].config, 0);
        hahn_descent *d = create(&s, rules[2], 2);
        for (int update = 1; update <= 3; update++) {
            assert_ok(s.engine, hahn_descent_evaluate(d, energy, norm, NULL));
            assert_true(norm[0] == 0 && norm[1] == 0 && energy[0] == energy[1]);
            assert_ok(s.engine, hahn_descent_step(d, 1, update));
            assert_ok(s.engine, hahn_descent_keep_best(d, 1));
        }
        assert_ok(s.engine, hahn_descent_load(d, HAHN_DESCENT_THETA, NULL));
        assert_ok(s.engine, hahn_descent_save(d, HAHN_DESCENT_THETA, NULL));
        hahn_descent_destroy(d);
        close_scene(&s);
    }
}

/* -- memory ----------------------------------------------------------------------------------- */

static void check_bytes(struct scene *s, const hahn_descent_options *rule, int64_t batch)
{
    hahn_descent_options options = *rule;
    options.batch = batch;
    const uint64_t used = hahn_engine_memory_used(s->engine);
    const uint64_t promised = hahn_descent_bytes(s->engine, s->program, &options);
    hahn_descent *d = create(s, options, batch);
    assert_true(hahn_engine_memory_used(s->engine) - used == promised);
    support_memory_arm(&s->memory, 0, 1);
    assert_ok(s->engine, hahn_descent_evaluate(d, NULL, NULL, NULL));
    assert_ok(s->engine, hahn_descent_step(d, 0.1, 1));
    assert_ok(s->engine, hahn_descent_keep_best(d, batch - 1));
    assert_ok(s->engine, hahn_descent_evaluate(d, NULL, NULL, NULL));
    assert_int_equal(atomic_load(&s->memory.calls), 0);
    support_memory_arm(&s->memory, -1, 0);
    hahn_descent_destroy(d);
    assert_true(hahn_engine_memory_used(s->engine) == used);
}

static void memory_is_known_and_bounded(void **state)
{
    struct way way[2 * BATTERY_MAX_CONFIGS];
    const hahn_descent_options far = {.batch = INT64_C(1) << 40};
    const int count = ways(way);
    (void)state;
    for (int k = 0; k < count; k++) {
        struct scene s;
        hahn_descent *d = NULL;
        open_scene(&s, &way[k].config, way[k].tile, WORKSPACE(2, HAHN_FOR_GRADIENT));
        for (size_t r = 0; r < ARRAY_SIZE(rules); r++)
            for (int64_t batch = 1; batch <= BATCH; batch++)
                check_bytes(&s, &rules[r], batch);
        assert_true(hahn_descent_bytes(s.engine, s.program, &far) > UINT64_C(1) << 48);
        assert_refused(s.engine, HAHN_ERR_MEMORY, hahn_descent_create(s.workspace, &far, &d),
                       "descent", "bytes");
        assert_null(d);
        close_scene(&s);
    }
}

static void any_allocation_may_fail(void **state)
{
    struct way way[2 * BATTERY_MAX_CONFIGS];
    const int count = ways(way);
    (void)state;
    for (int k = 0; k < count; k++) {
        struct scene s;
        hahn_descent *d = NULL;
        open_scene(&s, &way[k].config, way[k].tile, WORKSPACE(1, HAHN_FOR_GRADIENT));
        const uint64_t used = hahn_engine_memory_used(s.engine);
        support_memory_arm(&s.memory, -1, 0);
        d = create(&s, rules[1], 1);
        const long long calls = atomic_load(&s.memory.calls);
        hahn_descent_destroy(d);
        d = NULL;
        for (long long at = 0; at < calls; at++) {
            support_memory_arm(&s.memory, at, 0);
            assert_int_equal(hahn_descent_create(s.workspace, &rules[1], &d), HAHN_ERR_MEMORY);
            assert_null(d);
            assert_true(hahn_engine_memory_used(s.engine) == used);
        }
        support_memory_arm(&s.memory, -1, 0);
        close_scene(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_those_done_by_hand),
        cmocka_unit_test(steps_are_the_same_everywhere),
        cmocka_unit_test(evaluations_are_gradients),
        cmocka_unit_test(evaluations_keep_to_an_echo_tolerance),
        cmocka_unit_test(evaluations_are_of_entries),
        cmocka_unit_test(the_adjoint_state_can_be_read),
        cmocka_unit_test(training_is_evaluations_and_steps),
        cmocka_unit_test(the_best_row_stays),
        cmocka_unit_test(mistakes_are_refused),
        cmocka_unit_test(workspaces_without_gradients_are_refused),
        cmocka_unit_test(there_must_be_an_observable),
        cmocka_unit_test(parameters_must_stay_finite),
        cmocka_unit_test(there_may_be_no_parameters),
        cmocka_unit_test(memory_is_known_and_bounded),
        cmocka_unit_test(any_allocation_may_fail),
    };
    return support_result(cmocka_run_group_tests_name("descent", tests, NULL, NULL));
}
