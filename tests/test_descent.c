/* Training where the states are: steps done by hand, the same numbers as from gradients and
   formulas in plain C, and what is refused. */
#include "support.h"

#include <float.h>

enum { QUBITS = 5, LAYERS = 2, PARAMETERS = QUBITS * (3 * LAYERS + 1), BATCH = 3, STEPS = 4 };

/* Unit roundoff of parameters, energies and gradients in every precision. */
#define U (DBL_EPSILON / 2)

/* What a test runs on: an engine with a counting allocator, and what the test opens on it. */
struct scene {
    struct support_memory memory;
    hahn_engine *engine;
    hahn_observable *observable;
    hahn_program *program;
    hahn_workspace *workspace;
    hahn_descent *descent;
};

static void open_engine(struct scene *s, const struct battery_config *config, int tile)
{
    *s = (struct scene){.memory = {.fail_at = -1}};
    const hahn_allocator allocator = support_allocator(&s->memory);
    assert_int_equal(battery_engine(config, &allocator, &s->engine), HAHN_OK);
    assert_ok(s->engine, hahn_engine_set_tile(s->engine, tile));
}

static void open_program(struct scene *s, hahn_circuit *circuit)
{
    assert_ok(s->engine, hahn_program_create(s->engine, circuit, s->observable, &s->program));
    hahn_circuit_destroy(circuit);
}

static void close_descent(struct scene *s)
{
    hahn_descent_destroy(s->descent);
    s->descent = NULL;
}

/* Instead of an earlier one. */
static void open_workspace(struct scene *s, const hahn_workspace_options *options)
{
    close_descent(s);
    hahn_workspace_destroy(s->workspace);
    assert_ok(s->engine, hahn_workspace_create(s->engine, s->program, options, &s->workspace));
}

/* A circuit of many parameters, and an observable on a ring. */
static void open_ring_program(struct scene *s)
{
    hahn_circuit *circuit;
    assert_ok(s->engine, hahn_ansatz_variational(s->engine, QUBITS, LAYERS, &circuit));
    assert_ok(s->engine, hahn_observable_heisenberg(s->engine, (hahn_lattice){QUBITS, 1, 1}, 1,
                                                    &s->observable));
    open_program(s, circuit);
}

static void open_ring(struct scene *s, int lanes)
{
    open_ring_program(s);
    open_workspace(s, WORKSPACE(lanes, HAHN_FOR_GRADIENT));
}

static void close_scene(struct scene *s)
{
    close_descent(s);
    hahn_workspace_destroy(s->workspace);
    hahn_program_destroy(s->program);
    hahn_observable_destroy(s->observable);
    assert_int_equal(hahn_engine_memory_used(s->engine), 0);
    hahn_engine_destroy(s->engine);
    assert_int_equal(atomic_load(&s->memory.live), 0);
    assert_int_equal(atomic_load(&s->memory.wrong), 0);
}

typedef void test_function(struct scene *s);

static void in_one_way(const struct battery_config *config, int tile, test_function *test)
{
    struct scene s;
    open_engine(&s, config, tile);
    test(&s);
    close_scene(&s);
}

/* Every way of running; on a device also with states of several tiles. */
static void in_every_way(void **state)
{
    test_function *const *test = *state;
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    for (int k = 0; k < count; k++) {
        in_one_way(&configs[k], SUPPORT_TILE_QUBITS, *test);
        if (configs[k].backend == HAHN_BACKEND_CUDA)
            in_one_way(&configs[k], QUBITS - 1, *test);
    }
}

static const hahn_descent_options rules[] = {
    {.rule = HAHN_DESCENT_PLAIN},
    {.rule = HAHN_DESCENT_MOMENTUM, .beta = 0.9},
    {.rule = HAHN_DESCENT_ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8}};

/* Instead of an earlier one; the scene closes it. */
static hahn_descent *open_descent(struct scene *s, hahn_descent_options options, int64_t batch)
{
    close_descent(s);
    options.batch = batch;
    assert_ok(s->engine, hahn_descent_create(s->workspace, &options, &s->descent));
    return s->descent;
}

static void load(struct scene *s, hahn_descent_part part, const double *numbers)
{
    assert_ok(s->engine, hahn_descent_load(s->descent, part, numbers));
}

static void save(struct scene *s, hahn_descent_part part, double *numbers)
{
    assert_ok(s->engine, hahn_descent_save(s->descent, part, numbers));
}

static void step(struct scene *s, double rate, int64_t update)
{
    assert_ok(s->engine, hahn_descent_step(s->descent, rate, update));
}

/* -- steps by hand ---------------------------------------------------------------------------- */

/* A step of all parameters along the same component. */
static double take(struct scene *s, double component, double rate, int64_t update)
{
    double numbers[PARAMETERS];
    for (int k = 0; k < PARAMETERS; k++)
        numbers[k] = component;
    load(s, HAHN_DESCENT_GRADIENT, numbers);
    step(s, rate, update);
    save(s, HAHN_DESCENT_THETA, numbers);
    for (int k = 1; k < PARAMETERS; k++)
        assert_true(numbers[k] == numbers[0]);
    return numbers[0];
}

static double state_of(struct scene *s, int vector)
{
    double numbers[2 * PARAMETERS] = {0};
    save(s, HAHN_DESCENT_STATE, numbers);
    return numbers[vector * PARAMETERS];
}

static void steps_are_those_done_by_hand(struct scene *s)
{
    open_ring(s, 1);
    open_descent(s, rules[0], 1);
    assert_true(take(s, 0.5, 0.5, 1) == -0.25);
    assert_true(take(s, 0.25, 0.25, 2) == -0.3125);

    open_descent(s, (hahn_descent_options){.rule = HAHN_DESCENT_MOMENTUM, .beta = 0.5}, 1);
    assert_true(take(s, 1, 0.25, 1) == -0.25); /* v = 1 */
    assert_true(take(s, 2, 0.25, 2) == -0.875 && state_of(s, 0) == 2.5);

    open_descent(s, (hahn_descent_options){.rule = HAHN_DESCENT_ADAM, .beta1 = 0.5, .beta2 = 0.5},
                 1);
    /* m = v = 1/2, both 1 without bias; then 1/4, both 1/3 without bias. */
    assert_true(take(s, 1, 0.25, 1) == -0.25);
    assert_true(state_of(s, 0) == 0.5 && state_of(s, 1) == 0.5);
    /* Two divisions, a root, a division, a product and a difference round once each. */
    assert_within(take(s, 0, 0.25, 2), -0.25 * (1 + sqrt(1.0 / 3.0)), 6 * U);
    assert_true(state_of(s, 0) == 0.25 && state_of(s, 1) == 0.25);

    open_descent(s,
                 (hahn_descent_options){
                     .rule = HAHN_DESCENT_ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 0.5},
                 1);
    assert_within(take(s, -2, 1, 1), 2 / 2.5, 8 * U); /* g / (|g| + epsilon) */
}

/* STEPS steps of a batch along random directions. */
static void random_steps(struct scene *s, const hahn_descent_options *rule, double *theta,
                         double *state)
{
    struct battery_random random = support_random("steps");
    double *start = support_angles(&random, BATCH * PARAMETERS);
    open_descent(s, *rule, BATCH);
    load(s, HAHN_DESCENT_THETA, start);
    for (int64_t k = 1; k <= STEPS; k++) {
        double *direction = support_angles(&random, BATCH * PARAMETERS);
        load(s, HAHN_DESCENT_GRADIENT, direction);
        step(s, 0.1 / (double)k, k);
        free(direction);
    }
    save(s, HAHN_DESCENT_THETA, theta);
    save(s, HAHN_DESCENT_STATE, state);
    free(start);
}

/* The same gradients lead to the same bits wherever the steps are made. */
static void steps_are_the_same_everywhere(struct scene *s)
{
    struct scene other;
    open_engine(&other, &(struct battery_config){HAHN_BACKEND_REFERENCE, "", HAHN_F64},
                SUPPORT_TILE_QUBITS);
    open_ring(&other, 2);
    open_ring(s, 1);
    for (size_t r = 0; r < ARRAY_SIZE(rules); r++) {
        double theta[2][BATCH * PARAMETERS], moments[2][2 * BATCH * PARAMETERS] = {{0}};
        random_steps(s, &rules[r], theta[0], moments[0]);
        random_steps(&other, &rules[r], theta[1], moments[1]);
        assert_memory_equal(theta[0], theta[1], sizeof theta[0]);
        assert_memory_equal(moments[0], moments[1], sizeof moments[0]);
    }
    close_scene(&other);
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

static void evaluate(struct scene *s, struct results *out)
{
    assert_ok(s->engine,
              hahn_descent_evaluate(s->descent, out->energy, out->norm, out->certificate));
    save(s, HAHN_DESCENT_GRADIENT, out->gradient);
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
    hahn_descent *d = open_descent(s, rules[0], BATCH);
    for (int k = 0; k < 4; k++) {
        double *theta = support_angles(&random, BATCH * PARAMETERS), after[BATCH * PARAMETERS];
        expect(s, theta, &expected);
        load(s, HAHN_DESCENT_THETA, theta);
        evaluate(s, &found);
        assert_same_results(&found, &expected, segments);
        assert_ok(s->engine, hahn_descent_evaluate(d, NULL, NULL, NULL));
        assert_true(hahn_workspace_times(s->workspace).total > 0);
        save(s, HAHN_DESCENT_THETA, after);
        assert_memory_equal(theta, after, sizeof after);
        free(theta);
    }
}

static void evaluations_are_gradients(struct scene *s)
{
    open_ring_program(s);
    for (int lanes = 1; lanes <= BATCH + 1; lanes++) {
        open_workspace(s, WORKSPACE(lanes, HAHN_FOR_GRADIENT));
        check_evaluations(s, false);
    }
}

static void evaluations_keep_to_an_echo_tolerance(struct scene *s)
{
    open_ring_program(s);
    const hahn_workspace_options options = {
        .lanes = 2, .echo_tolerance = support_least_tolerance(s->engine, s->program)};
    hahn_workspace_info info;
    assert_ok(s->engine, hahn_workspace_describe(s->engine, s->program, &options, &info));
    assert_true(info.segments > 2);
    open_workspace(s, &options);
    check_evaluations(s, true);
}

/* Start states and observables that rows take in turn, and which come and go between evaluations.
 */
static void evaluations_are_of_entries(struct scene *s)
{
    struct battery_random random = support_random("entries");
    double *theta = support_angles(&random, BATCH * PARAMETERS);
    struct results expected, found;
    open_ring(s, 2);
    open_descent(s, rules[0], BATCH);
    load(s, HAHN_DESCENT_THETA, theta);
    hahn_observable *sums[2] = {s->observable, NULL};
    assert_ok(s->engine, hahn_observable_create(s->engine, QUBITS, &sums[1]));
    assert_ok(s->engine, hahn_observable_add(sums[1], 0.5, "XY", (const int[]){1, 3}));
    for (int at = 0; at < 12; at++) {
        double starts[3][2 << QUBITS] = {{0}};
        for (int row = 0; row < 3; row++)
            starts[row][2 * (at + 5 * row)] = 1;
        assert_ok(s->engine,
                  hahn_workspace_set_starts(s->workspace, at % 4, at % 4 ? starts[0] : NULL));
        assert_ok(s->engine,
                  hahn_workspace_set_observables(
                      s->workspace, at / 4, at / 4 ? (const hahn_observable *const *)sums : NULL));
        for (int again = 0; again < 2; again++) {
            expect(s, theta, &expected);
            evaluate(s, &found);
            assert_same_results(&found, &expected, false);
        }
    }
    close_descent(s);
    hahn_observable_destroy(sums[1]);
    free(theta);
}

static void the_adjoint_state_can_be_read(struct scene *s)
{
    struct battery_random random = support_random("adjoint state");
    double *theta = support_angles(&random, BATCH * PARAMETERS);
    double expected[2 << QUBITS], found[2 << QUBITS];
    struct results results;
    open_ring(s, BATCH);
    open_descent(s, rules[0], BATCH);
    load(s, HAHN_DESCENT_THETA, theta);
    expect(s, theta, &results);
    assert_ok(s->engine, hahn_adjoint_state(s->workspace, 1, expected));
    assert_ok(s->engine, hahn_energy(s->workspace, 1, theta, results.energy));
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_adjoint_state(s->workspace, 1, found),
                   "lane 1");
    evaluate(s, &results);
    assert_ok(s->engine, hahn_adjoint_state(s->workspace, 1, found));
    assert_memory_equal(found, expected, sizeof found);
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
    open_descent(s, *rule, BATCH);
    load(s, HAHN_DESCENT_THETA, own);
    for (int k = 1; k <= STEPS; k++) {
        evaluate(s, &found);
        expect(s, own, &expected); /* in between, on the same workspace */
        assert_same_results(&found, &expected, false);
        assert_true(k == 1 || found.energy[1] < before);
        before = found.energy[1];
        step(s, rate, k);
        for (int i = 0; i < BATCH * PARAMETERS; i++)
            update_number(rule, rate, k, expected.gradient[i], &own[i], &first[i], &second[i]);
        save(s, HAHN_DESCENT_THETA, theta);
        /* adam's quotients are made in another order: seven roundings of a step, which is at most
           rate (1 - beta1) / sqrt(1 - beta2) (Kingma and Ba, section 2.1), and one of the sum. */
        const double largest = rate * (1 - rule->beta1) / sqrt(1 - rule->beta2);
        for (int i = 0; i < BATCH * PARAMETERS; i++) {
            assert_within(theta[i], own[i],
                          rule->rule == HAHN_DESCENT_ADAM ? U * (7 * largest + fabs(own[i])) : 0);
            own[i] = theta[i];
        }
    }
    free(own);
}

static void training_is_evaluations_and_steps(struct scene *s)
{
    open_ring(s, 2);
    for (size_t r = 0; r < ARRAY_SIZE(rules); r++)
        check_training(s, &rules[r]);
}

static void the_best_row_stays(struct scene *s)
{
    struct battery_random random = support_random("best");
    double *theta = support_angles(&random, BATCH * PARAMETERS);
    double best[PARAMETERS], gradient[BATCH * PARAMETERS] = {1};
    open_ring(s, 1);
    hahn_descent *d = open_descent(s, rules[2], BATCH);
    assert_int_equal(hahn_descent_count(d, HAHN_DESCENT_BEST), PARAMETERS);
    load(s, HAHN_DESCENT_THETA, theta);
    assert_ok(s->engine, hahn_descent_keep_best(d, 1));
    load(s, HAHN_DESCENT_GRADIENT, gradient);
    step(s, 1, 1);
    save(s, HAHN_DESCENT_BEST, best);
    assert_memory_equal(best, theta + PARAMETERS, sizeof best);
    load(s, HAHN_DESCENT_BEST, theta);
    save(s, HAHN_DESCENT_BEST, best);
    assert_memory_equal(best, theta, sizeof best);
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
    assert_ok(s->engine, hahn_descent_create(s->workspace, NULL, &s->descent));
    hahn_descent *d = s->descent;
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
    save(s, HAHN_DESCENT_THETA, found);
    assert_true(found[3] == 0);
}

/* Steps are along the gradient of these parameters, once. */
static void check_order(struct scene *s)
{
    double theta[PARAMETERS] = {0};
    hahn_descent *d = open_descent(s, rules[0], 1);
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_descent_step(d, 1, 1), "no gradient",
                   "hahn_descent_evaluate");
    assert_ok(s->engine, hahn_descent_evaluate(d, NULL, NULL, NULL));
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_descent_step(d, INFINITY, 1), "inf",
                   "finite");
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_descent_step(d, 1, 0), "update 0", "from 1");
    step(s, 1, 1);
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_descent_step(d, 1, 2), "no gradient");
    assert_ok(s->engine, hahn_descent_evaluate(d, NULL, NULL, NULL));
    load(s, HAHN_DESCENT_THETA, theta);
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_descent_step(d, 1, 2), "no gradient");
}

static void mistakes_are_refused(struct scene *s)
{
    open_ring(s, 1);
    check_options(s);
    check_use(s);
    check_order(s);
}

static void workspaces_without_gradients_are_refused(struct scene *s)
{
    hahn_descent *d = NULL;
    open_ring_program(s);
    open_workspace(s, WORKSPACE(1, HAHN_FOR_STATE));
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_descent_create(s->workspace, NULL, &d),
                   "for states", "for gradients");
    assert_null(d);
}

/* Workspaces for tangents ask for none, and one may come later. */
static void there_must_be_an_observable(struct scene *s)
{
    hahn_circuit *circuit;
    double energy = 0;
    assert_ok(s->engine, hahn_ansatz_variational(s->engine, QUBITS, 1, &circuit));
    open_program(s, circuit);
    open_workspace(s, WORKSPACE(1, HAHN_FOR_TANGENT));
    hahn_descent *d = open_descent(s, rules[0], 1);
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_descent_evaluate(d, &energy, NULL, NULL),
                   "no observable");
    assert_ok(s->engine, hahn_observable_create(s->engine, QUBITS, &s->observable));
    assert_ok(s->engine, hahn_observable_add(s->observable, 1, "Z", (const int[]){0}));
    assert_ok(s->engine, hahn_workspace_set_observables(
                             s->workspace, 1, (const hahn_observable *const[]){s->observable}));
    assert_ok(s->engine, hahn_descent_evaluate(d, &energy, NULL, NULL));
    /* At parameters 0. */
    assert_within(energy, 1,
                  8 * battery_roundoff(hahn_engine_precision(s->engine)) * sqrt(5.0 * QUBITS));
}

/* -- a circuit of two gates, and a parameter that none has ------------------------------------ */

static void open_small(struct scene *s, int64_t parameters)
{
    hahn_circuit *circuit;
    assert_ok(s->engine, hahn_circuit_create(s->engine, 2, &circuit));
    assert_ok(s->engine, hahn_circuit_h(circuit, 0));
    if (parameters)
        assert_ok(s->engine, hahn_circuit_ry(circuit, 1, hahn_theta(parameters - 1)));
    assert_ok(s->engine, hahn_observable_create(s->engine, 2, &s->observable));
    assert_ok(s->engine, hahn_observable_add(s->observable, 1, "X", (const int[]){0}));
    open_program(s, circuit);
    open_workspace(s, WORKSPACE(1, HAHN_FOR_GRADIENT));
}

/* Steps that were too large are seen at the next evaluation, in every parameter. */
static void parameters_must_stay_finite(struct scene *s)
{
    open_small(s, 3);
    for (int bad = 0; bad < 3; bad++) {
        double theta[3] = {1, 1, 1}, gradient[3] = {0}, energy;
        hahn_descent *d = open_descent(s, rules[0], 1);
        load(s, HAHN_DESCENT_THETA, theta);
        gradient[bad] = 1e300;
        load(s, HAHN_DESCENT_GRADIENT, gradient);
        step(s, 1e300, 1);
        assert_refused(s->engine, HAHN_ERR_PARAMETER, hahn_descent_evaluate(d, &energy, NULL, NULL),
                       "finite");
        assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_descent_step(d, 1, 2), "no gradient");
        save(s, HAHN_DESCENT_THETA, theta);
        assert_true(theta[bad] == -INFINITY && theta[(bad + 1) % 3] == 1);
        theta[bad] = 1;
        load(s, HAHN_DESCENT_THETA, theta);
        assert_ok(s->engine, hahn_descent_evaluate(d, &energy, NULL, NULL));
        /* <X> of (|0> + |1>) / sqrt 2. */
        assert_within(energy, 1, hahn_engine_precision(s->engine) == HAHN_F64 ? 8 * U : 0x1p-20);
    }
}

static void there_may_be_no_parameters(struct scene *s)
{
    double energy[2], norm[2] = {1, 1};
    open_small(s, 0);
    hahn_descent *d = open_descent(s, rules[2], 2);
    for (int update = 1; update <= 3; update++) {
        assert_ok(s->engine, hahn_descent_evaluate(d, energy, norm, NULL));
        assert_true(norm[0] == 0 && norm[1] == 0 && energy[0] == energy[1]);
        step(s, 1, update);
        assert_ok(s->engine, hahn_descent_keep_best(d, 1));
    }
    load(s, HAHN_DESCENT_THETA, NULL);
    save(s, HAHN_DESCENT_THETA, NULL);
}

/* -- memory ----------------------------------------------------------------------------------- */

static void check_bytes(struct scene *s, const hahn_descent_options *rule, int64_t batch)
{
    hahn_descent_options options = *rule;
    options.batch = batch;
    const uint64_t used = hahn_engine_memory_used(s->engine);
    const uint64_t promised = hahn_descent_bytes(s->engine, s->program, &options);
    hahn_descent *d = open_descent(s, options, batch);
    assert_true(hahn_engine_memory_used(s->engine) - used == promised);
    support_memory_arm(&s->memory, 0, 1);
    assert_ok(s->engine, hahn_descent_evaluate(d, NULL, NULL, NULL));
    step(s, 0.1, 1);
    assert_ok(s->engine, hahn_descent_keep_best(d, batch - 1));
    assert_ok(s->engine, hahn_descent_evaluate(d, NULL, NULL, NULL));
    assert_int_equal(atomic_load(&s->memory.calls), 0);
    support_memory_arm(&s->memory, -1, 0);
    close_descent(s);
    assert_true(hahn_engine_memory_used(s->engine) == used);
}

static void memory_is_known_and_bounded(struct scene *s)
{
    const hahn_descent_options far = {.batch = INT64_C(1) << 40};
    hahn_descent *d = NULL;
    open_ring(s, 2);
    for (size_t r = 0; r < ARRAY_SIZE(rules); r++)
        for (int64_t batch = 1; batch <= BATCH; batch++)
            check_bytes(s, &rules[r], batch);
    assert_true(hahn_descent_bytes(s->engine, s->program, &far) > UINT64_C(1) << 48);
    assert_refused(s->engine, HAHN_ERR_MEMORY, hahn_descent_create(s->workspace, &far, &d),
                   "descent", "bytes");
    assert_null(d);
}

static void any_allocation_may_fail(struct scene *s)
{
    hahn_descent *d = NULL;
    open_ring(s, 1);
    const uint64_t used = hahn_engine_memory_used(s->engine);
    support_memory_arm(&s->memory, -1, 0);
    open_descent(s, rules[1], 1);
    const long long calls = atomic_load(&s->memory.calls);
    close_descent(s);
    for (long long at = 0; at < calls; at++) {
        support_memory_arm(&s->memory, at, 0);
        assert_int_equal(hahn_descent_create(s->workspace, &rules[1], &d), HAHN_ERR_MEMORY);
        assert_null(d);
        assert_true(hahn_engine_memory_used(s->engine) == used);
    }
    support_memory_arm(&s->memory, -1, 0);
}

#define TEST(function)                                                                             \
    ((struct CMUnitTest){#function, in_every_way, NULL, NULL, &(test_function *){function}})

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(steps_are_those_done_by_hand),
        TEST(steps_are_the_same_everywhere),
        TEST(evaluations_are_gradients),
        TEST(evaluations_keep_to_an_echo_tolerance),
        TEST(evaluations_are_of_entries),
        TEST(the_adjoint_state_can_be_read),
        TEST(training_is_evaluations_and_steps),
        TEST(the_best_row_stays),
        TEST(mistakes_are_refused),
        TEST(workspaces_without_gradients_are_refused),
        TEST(there_must_be_an_observable),
        TEST(parameters_must_stay_finite),
        TEST(there_may_be_no_parameters),
        TEST(memory_is_known_and_bounded),
        TEST(any_allocation_may_fail),
    };
    return support_result(cmocka_run_group_tests_name("descent", tests, NULL, NULL));
}
