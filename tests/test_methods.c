/* Gradient methods beside the adjoint: the schedule of kept states and what it takes, their memory
   and echoes, finite differences and simultaneous perturbation, and what is refused. That they
   agree with the dense reference on every gate is checked in test_gradients. */
#include "support.h"

#include "adjoint/methods.h"
#include "core/replay.h"

#include <hahn/random.h>

/* A compiled circuit of layers, and angles for three rows. */
struct deep {
    hahn_engine *engine;
    int qubits;
    hahn_circuit *circuit;
    hahn_observable *observable;
    hahn_program *program;
    int64_t parameters;
    double *theta;
};

enum { ROWS = 3 };

static struct deep open_deep(hahn_engine *engine, int qubits, int64_t layers)
{
    struct deep d = {.engine = engine, .qubits = qubits};
    struct battery_random random = support_random("deep");
    hahn_lattice ring = {qubits, 1, 1};
    assert_ok(engine, hahn_ansatz_variational(engine, qubits, layers, &d.circuit));
    assert_ok(engine, hahn_observable_heisenberg(engine, ring, 1, &d.observable));
    assert_ok(engine, hahn_program_create(engine, d.circuit, d.observable, &d.program));
    d.parameters = hahn_circuit_parameters(d.circuit);
    d.theta = support_angles(&random, ROWS * d.parameters);
    return d;
}

static void close_deep(struct deep *d)
{
    free(d->theta);
    hahn_program_destroy(d->program);
    hahn_observable_destroy(d->observable);
    hahn_circuit_destroy(d->circuit);
}

static hahn_workspace_options needs(hahn_method method, int64_t states, int64_t lanes)
{
    hahn_workspace_options options = {.lanes = lanes};
    hahn_method_options(method, states, &options);
    return options;
}

static hahn_workspace *open_workspace(const struct deep *d, const hahn_workspace_options *options)
{
    hahn_workspace *workspace;
    assert_ok(d->engine, hahn_workspace_create(d->engine, d->program, options, &workspace));
    return workspace;
}

/* -- the schedule ------------------------------------------------------------------------------ */

enum { MOST_UNITS = 70, MOST_KEPT = 9 };

/* Fewest units run forward, by trying every place for the next copy: t(n, s) = min over m of m +
   t(n - m, s - 1) + t(m - 1, s), as the state at m itself is held; without room, n + t(n - 1, 0).
 */
static void steps_by_search(uint64_t steps[MOST_UNITS + 1][MOST_KEPT + 1])
{
    for (int s = 0; s <= MOST_KEPT; s++) {
        steps[0][s] = 0;
        for (int n = 1; n <= MOST_UNITS; n++) {
            steps[n][s] = (uint64_t)n + steps[n - 1][s];
            for (int m = 1; s > 0 && m < n; m++) {
                const uint64_t t = (uint64_t)m + steps[n - m][s - 1] + steps[m - 1][s];
                steps[n][s] = t < steps[n][s] ? t : steps[n][s];
            }
        }
    }
}

static void the_schedule_is_optimal(void **state)
{
    uint64_t steps[MOST_UNITS + 1][MOST_KEPT + 1];
    (void)state;
    steps_by_search(steps);
    for (uint64_t s = 0; s <= MOST_KEPT; s++)
        for (uint64_t n = 0; n <= MOST_UNITS; n++)
            assert_true(hahn_replay_steps(n, s) == steps[n][s]);
    for (uint64_t s = 1; s <= MOST_KEPT; s++)
        for (uint64_t n = 2; n <= MOST_UNITS; n++) {
            const uint64_t m = hahn_replay_split(n, s);
            assert_true(m >= 1 && m < n);
            assert_true(m + steps[n - m][s - 1] + steps[m - 1][s] == steps[n][s]);
        }
}

/* Griewank and Walther count the start among s checkpoints, and the step that is taken back among
   l: r l - C(s + r, s + 1) steps where C(s + r - 1, s) < l <= C(s + r, s). */
static void the_schedule_of_the_paper(void **state)
{
    (void)state;
    assert_true(hahn_replay_steps(10 - 1, 3 - 1) == 2 * 10 - 5);  /* r 2, C(5, 4) */
    assert_true(hahn_replay_steps(56 - 1, 5 - 1) == 3 * 56 - 28); /* r 3, C(8, 6) */
    /* One state for each is a tape; one short of it costs one unit more. */
    assert_true(hahn_replay_steps(1000, 999) == 1000);
    assert_true(hahn_replay_steps(1000, 998) == 1001);
    /* None at all, and numbers that no 64 bits hold. */
    assert_true(hahn_replay_steps(1000, 0) == 500500);
    assert_true(hahn_replay_steps(UINT64_C(1) << 40, 0) == UINT64_MAX);
}

/* Counts what runs forward; a workspace's table of operations is replaced by one that comes here.
 */
static struct {
    const hahn_backend_ops *real;
    uint64_t units, copies;
} counted;

static uint64_t units_before(const hahn_workspace *ws, uint64_t stage)
{
    uint64_t units = 0;
    while (units < ws->units && ws->unit_ends[units] <= stage)
        units++;
    return units;
}

static hahn_status count_forward(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end)
{
    counted.units += units_before(ws, end) - units_before(ws, first);
    return counted.real->forward(ws, lanes, first, end);
}

static hahn_status count_keep(hahn_workspace *ws, int64_t lanes, uint64_t slot)
{
    assert_true(slot < ws->kept);
    counted.copies++;
    return counted.real->keep(ws, lanes, slot);
}

static void runs_keep_to_the_schedule(void **state)
{
    hahn_engine *engine = support_reference_engine();
    struct deep d = open_deep(engine, 3, 40);
    double *gradient = support_allocate((size_t)d.parameters * sizeof *gradient);
    (void)state;
    for (int64_t states = 1; states <= 90; states += states < 5 ? 1 : 17) {
        const hahn_workspace_options options = needs(HAHN_METHOD_CHECKPOINT, states, 1);
        hahn_workspace *workspace = open_workspace(&d, &options);
        hahn_workspace_info info;
        assert_ok(engine, hahn_workspace_describe(engine, d.program, &options, &info));
        counted.real = workspace->ops;
        counted.units = counted.copies = 0;
        hahn_backend_ops ops = *workspace->ops;
        ops.forward = count_forward;
        ops.keep = count_keep;
        workspace->ops = &ops;
        assert_ok(engine, hahn_gradient(workspace, METHOD(HAHN_METHOD_CHECKPOINT), 1, d.theta, NULL,
                                        gradient, NULL));
        workspace->ops = counted.real;
        const int64_t all = info.units - 1;
        assert_true(all > 40 && all < 90); /* a unit or two for each layer */
        assert_int_equal(counted.units, info.replayed_units);
        assert_true(info.kept_states == (states < all ? states : all));
        if (states < all)
            assert_true((int64_t)counted.units > info.units);
        else
            assert_true((int64_t)counted.units == info.units && (int64_t)counted.copies == all);
        hahn_workspace_destroy(workspace);
    }
    free(gradient);
    close_deep(&d);
    hahn_engine_destroy(engine);
}

/* Each stage is in one unit; each unit but the last ends with a look, and has no second one further
   back than a couple. */
static void units_hold_one_look(void **state)
{
    struct battery_random random = support_random(__func__);
    hahn_engine *engine = support_reference_engine();
    (void)state;
    for (int round = 0; round < 40; round++) {
        struct model model;
        struct model_objects objects;
        model_random(&random, 2 + round % 4, 40, 3, &model);
        assert_ok(engine, model_compile(&model, NULL, NULL, engine, 1, HAHN_FOR_STATE, &objects));
        const hahn_program *program = objects.program;
        uint64_t ends[4 * MODEL_MAX_GATES], first = 0;
        const uint64_t units = hahn_cut_units(program, NULL);
        assert_true(units <= ARRAY_SIZE(ends) && hahn_cut_units(program, ends) == units);
        for (uint64_t k = 0; k < units; first = ends[k++]) {
            assert_true(ends[k] > first);
            for (uint64_t stage = first; stage + 2 < ends[k]; stage++)
                assert_false(hahn_program_stage(program, stage)->trainable);
            if (ends[k] - first >= 2 && hahn_program_stage(program, ends[k] - 2)->trainable) {
                assert_int_equal(hahn_program_stage(program, ends[k] - 2)->kind, HAHN_STAGE_D);
                assert_int_equal(hahn_program_stage(program, ends[k] - 1)->kind, HAHN_STAGE_R);
            }
        }
        assert_true(first == program->stages.count);
        model_release(&objects);
    }
    hahn_engine_destroy(engine);
}

/* -- every method ------------------------------------------------------------------------------ */

struct outcome {
    double energies[ROWS], *gradients;
    hahn_certificate certificates[ROWS];
};

static struct outcome run_rows(const struct deep *d, const hahn_gradient_options *options,
                               int64_t lanes, int64_t batch)
{
    const hahn_workspace_options own = needs(options->method, 3, lanes);
    hahn_workspace *workspace = open_workspace(d, &own);
    struct outcome o = {.gradients =
                            support_allocate((size_t)(ROWS * d->parameters) * sizeof(double))};
    for (int64_t row = 0; row < ROWS; row += batch)
        assert_ok(d->engine,
                  hahn_gradient(workspace, options, batch, d->theta + row * d->parameters,
                                o.energies + row, o.gradients + row * d->parameters,
                                o.certificates + row));
    hahn_workspace_destroy(workspace);
    return o;
}

/* The same bits for every number of threads and lanes, and for every way of cutting a batch. */
static void threads_and_batches_change_nothing(void **state)
{
    static const struct {
        int threads;
        int64_t lanes, batch;
    } ways[] = {{1, 1, 1}, {1, 3, 3}, {2, 2, 3}, {3, 1, 3}, {7, 5, 1}};
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < count; k++) {
        hahn_engine *engine = support_engine(&configs[k]);
        struct deep d = open_deep(engine, 4, 6); /* more parameters than forward mode groups */
        for (hahn_method m = HAHN_METHOD_ADJOINT; hahn_method_name(m); m++) {
            const hahn_gradient_options options = {.method = m, .repetitions = 3, .seed = 5};
            struct outcome first = {0};
            for (size_t w = 0; w < ARRAY_SIZE(ways); w++) {
                assert_ok(engine, hahn_engine_set_threads(engine, ways[w].threads));
                struct outcome o = run_rows(&d, &options, ways[w].lanes, ways[w].batch);
                if (w == 0) {
                    first = o;
                    continue;
                }
                assert_memory_equal(o.energies, first.energies, sizeof o.energies);
                assert_memory_equal(o.gradients, first.gradients,
                                    (size_t)(ROWS * d.parameters) * sizeof(double));
                assert_memory_equal(o.certificates, first.certificates, sizeof o.certificates);
                free(o.gradients);
            }
            free(first.gradients);
        }
        close_deep(&d);
        hahn_engine_destroy(engine);
    }
}

/* What is told beforehand is what is allocated, state by state. */
static void memory_is_as_told(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < count; k++) {
        hahn_engine *engine = support_engine(&configs[k]);
        struct deep d = open_deep(engine, 6, 50);
        hahn_workspace_info plain, info;
        assert_ok(engine, hahn_workspace_describe(engine, d.program, NULL, &plain));
        for (int64_t states = HAHN_EVERY_STATE; states <= 5; states++) {
            const hahn_workspace_options options = {
                .lanes = plain.lanes, .kept_states = states, .probes = states == 2};
            const uint64_t before = hahn_engine_memory_used(engine);
            assert_ok(engine, hahn_workspace_describe(engine, d.program, &options, &info));
            hahn_workspace *workspace = open_workspace(&d, &options);
            assert_true(hahn_engine_memory_used(engine) - before == info.bytes);
            assert_int_equal(info.kept_states, states < 0 ? info.units - 1 : states);
            assert_true(info.bytes >=
                        plain.bytes + (uint64_t)(info.lanes * info.kept_states) * info.state_bytes);
            hahn_workspace_destroy(workspace);
            assert_true(hahn_engine_memory_used(engine) == before);
        }
        close_deep(&d);
        hahn_engine_destroy(engine);
    }
}

/* psi is never uncomputed further than a couple: the echo is that of a few roundings, however deep
   the circuit. What psi has lost on the way forward is another matter. */
static void echoes_do_not_grow(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    static const hahn_method methods[] = {HAHN_METHOD_TAPE, HAHN_METHOD_CHECKPOINT};
    (void)state;
    for (int k = 0; k < count; k++) {
        hahn_engine *engine = support_engine(&configs[k]);
        const double u = battery_roundoff(configs[k].precision);
        struct deep d = open_deep(engine, 4, 2000);
        for (size_t m = 0; m < ARRAY_SIZE(methods); m++) {
            struct outcome adjoint = run_rows(&d, METHOD(HAHN_METHOD_ADJOINT), 1, 1);
            struct outcome kept = run_rows(&d, METHOD(methods[m]), 1, 1);
            /* At most 4 rotations of each kind in a unit. */
            for (int row = 0; row < ROWS; row++) {
                assert_within(kept.certificates[row].echo_error, 0, 8 * u * sqrt(2 * 8));
                assert_true(kept.certificates[row].echo_error > 0);
                assert_true(adjoint.certificates[row].echo_error >
                            4 * kept.certificates[row].echo_error);
                assert_within(kept.certificates[row].start_energy, kept.energies[row],
                              battery_energy_tolerance(configs[k].precision, 2 * 2000 * 12, 12));
            }
            free(adjoint.gradients);
            free(kept.gradients);
        }
        close_deep(&d);
        hahn_engine_destroy(engine);
    }
}

/* Methods that go parameter by parameter give the same components one at a time. */
static void ranges_of_components(void **state)
{
    hahn_engine *engine = support_reference_engine();
    struct deep d = open_deep(engine, 3, 2);
    double *part = support_allocate((size_t)d.parameters * sizeof *part);
    (void)state;
    for (hahn_method m = HAHN_METHOD_ADJOINT; hahn_method_name(m); m++) {
        const hahn_workspace_options own = needs(m, 0, 2);
        hahn_workspace *workspace = open_workspace(&d, &own);
        const hahn_gradient_options some = {.method = m, .first = 4, .count = 3};
        if (!hahn_method_by_parameter(m)) {
            assert_refused(engine, HAHN_ERR_ARGUMENT,
                           hahn_gradient(workspace, &some, 1, d.theta, NULL, part, NULL),
                           "all components at once");
        } else {
            struct outcome all = run_rows(&d, METHOD(m), 1, 1);
            assert_ok(engine, hahn_gradient(workspace, &some, 1, d.theta, NULL, part, NULL));
            for (int64_t k = 0; k < d.parameters; k++)
                assert_true(part[k] == (k >= 4 && k < 7 ? all.gradients[k] : 0));
            const hahn_gradient_options rest = {.method = m, .first = d.parameters - 2};
            assert_ok(engine, hahn_gradient(workspace, &rest, 1, d.theta, NULL, part, NULL));
            for (int64_t k = 0; k < d.parameters; k++)
                assert_true(part[k] == (k >= d.parameters - 2 ? all.gradients[k] : 0));
            free(all.gradients);
        }
        hahn_workspace_destroy(workspace);
    }
    free(part);
    close_deep(&d);
    hahn_engine_destroy(engine);
}

/* -- differences and perturbations ------------------------------------------------------------- */

/* A step of one's own errs by its square: a tenth of it by a hundredth. */
static void steps_are_taken(void **state)
{
    hahn_engine *engine = support_reference_engine();
    struct deep d = open_deep(engine, 3, 1);
    double errors[2] = {0};
    (void)state;
    struct outcome exact = run_rows(&d, METHOD(HAHN_METHOD_ADJOINT), 1, 1);
    for (int s = 0; s < 2; s++) {
        const hahn_gradient_options options = {.method = HAHN_METHOD_FINITE_DIFFERENCE,
                                               .step = s ? 0.01 : 0.1};
        struct outcome o = run_rows(&d, &options, 1, 1);
        for (int64_t k = 0; k < d.parameters; k++)
            errors[s] = fmax(errors[s], fabs(o.gradients[k] - exact.gradients[k]));
        free(o.gradients);
    }
    /* h^2/6 with a relative correction of h^2/20 */
    assert_within(errors[0] / errors[1], 100, 1);
    free(exact.gradients);
    close_deep(&d);
    hahn_engine_destroy(engine);
}

/* Angles so large that a small step would be lost: the difference divides by what was moved. */
static void steps_are_not_lost(void **state)
{
    hahn_engine *engine = support_reference_engine();
    struct deep d = open_deep(engine, 2, 1);
    (void)state;
    struct outcome small, large;
    for (int64_t k = 0; k < ROWS * d.parameters; k++)
        d.theta[k] += 0x1p42;
    large = run_rows(&d, METHOD(HAHN_METHOD_FINITE_DIFFERENCE), 1, 1);
    small = run_rows(&d, METHOD(HAHN_METHOD_SHIFT), 1, 1);
    /* Steps of four spacings, 2^-8, err by h^2/6 times the norm. */
    for (int64_t k = 0; k < d.parameters; k++)
        assert_within(large.gradients[k], small.gradients[k], 6 * 0x1p-16 / 6 + 1e-9);
    free(large.gradients);
    free(small.gradients);
    close_deep(&d);
    hahn_engine_destroy(engine);
}

static void directions(uint64_t seed, uint64_t repetition, int64_t count, double *sign)
{
    hahn_random_uniform(seed, HAHN_STREAM_SPSA + repetition, 0, count, sign);
    for (int64_t k = 0; k < count; k++)
        sign[k] = sign[k] >= 0.5 ? 1 : -1;
}

/* An average over repetitions is that of slopes along their directions, each in its direction. */
static void perturbations_are_slopes(void **state)
{
    enum { REPETITIONS = 4 };
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    (void)state;
    for (int c = 0; c < count; c++) {
        hahn_engine *engine = support_engine(&configs[c]);
        struct deep d = open_deep(engine, 3, 2);
        const hahn_gradient_options options = {
            .method = HAHN_METHOD_SPSA, .repetitions = REPETITIONS, .seed = 11};
        const hahn_workspace_options own = needs(HAHN_METHOD_SPSA, 0, 1);
        hahn_workspace *workspace = open_workspace(&d, &own);
        const double norm = 9, h = hahn_natural_step(workspace);
        const double noise = battery_energy_tolerance(configs[c].precision,
                                                      (double)hahn_circuit_gates(d.circuit), norm);
        struct outcome exact = run_rows(&d, METHOD(HAHN_METHOD_ADJOINT), 1, 1);
        struct outcome o = run_rows(&d, &options, 1, 1);
        double *sign = support_allocate((size_t)d.parameters * sizeof *sign);
        double *mean = support_allocate((size_t)d.parameters * sizeof *mean);
        for (int64_t k = 0; k < d.parameters; k++)
            mean[k] = 0;
        for (uint64_t r = 0; r < REPETITIONS; r++) {
            double slope = 0;
            directions(11, r, d.parameters, sign);
            for (int64_t k = 0; k < d.parameters; k++)
                slope += sign[k] * exact.gradients[k];
            for (int64_t k = 0; k < d.parameters; k++)
                mean[k] += slope * sign[k] / REPETITIONS;
        }
        /* Along a direction frequencies reach P, and the step is h / sqrt(P): P h^2 / 6 P^2 N. */
        const double p = (double)d.parameters;
        for (int64_t k = 0; k < d.parameters; k++)
            assert_within(o.gradients[k], mean[k], p * p * h * h / 6 * norm + sqrt(p) * noise / h);
        free(sign);
        free(mean);
        free(exact.gradients);
        free(o.gradients);
        hahn_workspace_destroy(workspace);
        close_deep(&d);
        hahn_engine_destroy(engine);
    }
}

/* The variance of a component is the sum of the other components' squares. */
static void perturbations_average_to_the_gradient(void **state)
{
    enum { REPETITIONS = 4000 };
    hahn_engine *engine = support_reference_engine();
    struct deep d = open_deep(engine, 2, 1);
    const hahn_gradient_options options = {
        .method = HAHN_METHOD_SPSA, .repetitions = REPETITIONS, .seed = support_seed()};
    double square = 0;
    (void)state;
    struct outcome exact = run_rows(&d, METHOD(HAHN_METHOD_ADJOINT), 1, 1);
    struct outcome o = run_rows(&d, &options, 4, 1);
    for (int64_t k = 0; k < d.parameters; k++)
        square += exact.gradients[k] * exact.gradients[k];
    for (int64_t k = 0; k < d.parameters; k++) {
        const double own = exact.gradients[k];
        assert_within(o.gradients[k], own, 5 * sqrt((square - own * own) / REPETITIONS) + 1e-7);
    }
    assert_true(square > 0.01);
    free(exact.gradients);
    free(o.gradients);
    close_deep(&d);
    hahn_engine_destroy(engine);
}

/* -- refusals ---------------------------------------------------------------------------------- */

static void what_workspaces_lack(void **state)
{
    hahn_engine *engine = support_reference_engine();
    struct deep d = open_deep(engine, 3, 5);
    double *gradient = support_allocate((size_t)d.parameters * sizeof *gradient);
    hahn_workspace *one = open_workspace(&d, WORKSPACE(1, HAHN_FOR_STATE));
    hahn_workspace *two = open_workspace(&d, WORKSPACE(1, HAHN_FOR_GRADIENT));
    const hahn_workspace_options options = {.lanes = 1, .kept_states = 2};
    hahn_workspace *some = open_workspace(&d, &options);
    (void)state;
#define TRY(workspace, method)                                                                     \
    hahn_gradient(workspace, METHOD(method), 1, d.theta, NULL, gradient, NULL)
    assert_refused(engine, HAHN_ERR_ARGUMENT, TRY(one, HAHN_METHOD_TAPE), "method tape needs more");
    assert_refused(engine, HAHN_ERR_ARGUMENT, TRY(two, HAHN_METHOD_TAPE), "has none",
                   "hahn_method_options");
    assert_refused(engine, HAHN_ERR_ARGUMENT, TRY(two, HAHN_METHOD_CHECKPOINT), "has none");
    assert_refused(engine, HAHN_ERR_ARGUMENT, TRY(some, HAHN_METHOD_TAPE), "keeps 11 states",
                   "room for 2", "HAHN_EVERY_STATE", "checkpoint");
    assert_refused(engine, HAHN_ERR_ARGUMENT, TRY(one, HAHN_METHOD_SPSA), "probes 1");
    assert_refused(engine, HAHN_ERR_ARGUMENT, TRY(two, HAHN_METHOD_FINITE_DIFFERENCE), "probes 1");
    /* What is there serves the methods that need less. */
    assert_ok(engine, TRY(some, HAHN_METHOD_CHECKPOINT));
    assert_ok(engine, TRY(some, HAHN_METHOD_ADJOINT));
    assert_ok(engine, TRY(some, HAHN_METHOD_SHIFT));
#undef TRY
    hahn_workspace_destroy(some);
    hahn_workspace_destroy(two);
    hahn_workspace_destroy(one);
    free(gradient);
    close_deep(&d);
    hahn_engine_destroy(engine);
}

static void numbers_out_of_range(void **state)
{
    static const struct {
        hahn_gradient_options options;
        const char *text;
    } rows[] = {
        {{.method = HAHN_METHOD_SPSA, .step = -1}, "a step of -1"},
        {{.method = HAHN_METHOD_SPSA, .step = INFINITY}, "a step of inf"},
        {{.method = HAHN_METHOD_SPSA, .repetitions = -1}, "-1 repetitions"},
        {{.method = HAHN_METHOD_SPSA, .repetitions = INT64_MAX}, "repetitions are out of range"},
        {{.method = HAHN_METHOD_SHIFT, .first = -1}, "0 components from -1"},
        {{.method = HAHN_METHOD_SHIFT, .count = INT64_MAX},
         "components from 0 on are out of range"},
        {{.method = HAHN_METHOD_SHIFT, .first = 13}, "the program has 12"},
    };
    hahn_engine *engine = support_reference_engine();
    struct deep d = open_deep(engine, 3, 1);
    const hahn_workspace_options options = {.lanes = 1, .probes = 1};
    hahn_workspace *workspace = open_workspace(&d, &options), *none = NULL;
    double gradient[12];
    (void)state;
    assert_int_equal(d.parameters, 12);
    for (size_t k = 0; k < ARRAY_SIZE(rows); k++)
        assert_refused(engine, HAHN_ERR_ARGUMENT,
                       hahn_gradient(workspace, &rows[k].options, 1, d.theta, NULL, gradient, NULL),
                       rows[k].text);
    const hahn_workspace_options less = {.kept_states = -2}, probes = {.probes = 7};
    const hahn_workspace_options states = {.kept_states = 1, .purpose = HAHN_FOR_STATE};
    assert_refused(engine, HAHN_ERR_ARGUMENT,
                   hahn_workspace_create(engine, d.program, &less, &none), "-2 kept states");
    assert_refused(engine, HAHN_ERR_ARGUMENT,
                   hahn_workspace_create(engine, d.program, &probes, &none), "probes 7");
    assert_refused(engine, HAHN_ERR_ARGUMENT,
                   hahn_workspace_create(engine, d.program, &states, &none), "for states");
    assert_null(none);
    hahn_workspace_destroy(workspace);
    close_deep(&d);
    hahn_engine_destroy(engine);
}

/* A tape that does not fit is refused before anything is taken, and says what would fit. */
static void a_tape_too_long(void **state)
{
    hahn_engine *engine = support_reference_engine();
    struct deep d = open_deep(engine, 8, 200);
    const hahn_workspace_options tape = needs(HAHN_METHOD_TAPE, 0, 1);
    const hahn_workspace_options some = needs(HAHN_METHOD_CHECKPOINT, 10, 1);
    hahn_workspace *workspace = NULL;
    (void)state;
    assert_ok(engine, hahn_engine_set_memory_limit(
                          engine, hahn_engine_memory_used(engine) +
                                      hahn_workspace_bytes(engine, d.program, &some)));
    const uint64_t used = hahn_engine_memory_used(engine);
    assert_refused(engine, HAHN_ERR_MEMORY,
                   hahn_workspace_create(engine, d.program, &tape, &workspace), "keeps 401",
                   "checkpoint does with fewer, adjoint with none");
    assert_null(workspace);
    assert_true(hahn_engine_memory_used(engine) == used);
    hahn_workspace_destroy(open_workspace(&d, &some));
    close_deep(&d);
    hahn_engine_destroy(engine);
}

static void methods_tell_what_they_are(void **state)
{
    static const struct {
        const char *name;
        int by_parameter, probes;
        hahn_purpose purpose;
        int64_t kept;
    } rows[] = {{"adjoint", 0, 0, HAHN_FOR_GRADIENT, 0},
                {"shift", 1, 0, HAHN_FOR_STATE, 0},
                {"tape", 0, 0, HAHN_FOR_GRADIENT, HAHN_EVERY_STATE},
                {"checkpoint", 0, 0, HAHN_FOR_GRADIENT, 10},
                {"finite-difference", 1, 1, HAHN_FOR_STATE, 0},
                {"spsa", 0, 1, HAHN_FOR_STATE, 0}};
    (void)state;
    for (size_t m = 0; m < ARRAY_SIZE(rows); m++) {
        hahn_workspace_options options = {.lanes = 7, .kept_states = 3, .probes = 1};
        hahn_method_options((hahn_method)m, 0, &options);
        assert_string_equal(hahn_method_name((hahn_method)m), rows[m].name);
        assert_int_equal(hahn_method_by_parameter((hahn_method)m), rows[m].by_parameter);
        assert_int_equal(options.purpose, rows[m].purpose);
        assert_int_equal(options.kept_states, rows[m].kept);
        assert_int_equal(options.probes, rows[m].probes);
        assert_int_equal(options.lanes, 7);
    }
    assert_int_equal(hahn_method_by_parameter((hahn_method)99), 0);
    hahn_method_options((hahn_method)99, 0, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schedule_is_optimal),
        cmocka_unit_test(the_schedule_of_the_paper),
        cmocka_unit_test(runs_keep_to_the_schedule),
        cmocka_unit_test(units_hold_one_look),
        cmocka_unit_test(threads_and_batches_change_nothing),
        cmocka_unit_test(memory_is_as_told),
        cmocka_unit_test(echoes_do_not_grow),
        cmocka_unit_test(ranges_of_components),
        cmocka_unit_test(steps_are_taken),
        cmocka_unit_test(steps_are_not_lost),
        cmocka_unit_test(perturbations_are_slopes),
        cmocka_unit_test(perturbations_average_to_the_gradient),
        cmocka_unit_test(what_workspaces_lack),
        cmocka_unit_test(numbers_out_of_range),
        cmocka_unit_test(a_tape_too_long),
        cmocka_unit_test(methods_tell_what_they_are),
    };
    return support_result(cmocka_run_group_tests_name("gradient methods", tests, NULL, NULL));
}
