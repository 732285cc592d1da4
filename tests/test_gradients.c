/* Gradients against the dense reference: every parametrised gate in each of its angles, with
   controls, on permuted targets; shared, scaled and shifted parameters; frozen gates; empty
   circuits; and deep circuits along a random direction. */
#include "support.h"

#include "adjoint/methods.h"
#include "vqe/battery_gates.h"

enum { MAX_QUBITS = 6, STATE = 1 << MAX_QUBITS, PARAMETERS = 8, TERMS = 10 };

/* Those that are exact but for rounding. */
static const hahn_method methods[] = {HAHN_METHOD_ADJOINT, HAHN_METHOD_SHIFT, HAHN_METHOD_TAPE,
                                      HAHN_METHOD_CHECKPOINT};

struct ways {
    int count;
    struct battery_config config[BATTERY_MAX_CONFIGS];
    hahn_engine *engine[BATTERY_MAX_CONFIGS];
};

static int open_ways(void **state)
{
    struct ways *ways = support_allocate(sizeof *ways);
    ways->count = support_configs(ways->config);
    for (int k = 0; k < ways->count; k++) {
        ways->engine[k] = support_engine(&ways->config[k]);
        assert_ok(ways->engine[k], hahn_engine_set_threads(ways->engine[k], 1));
    }
    *state = ways;
    return 0;
}

static int close_ways(void **state)
{
    struct ways *ways = *state;
    for (int k = 0; k < ways->count; k++)
        hahn_engine_destroy(ways->engine[k]);
    free(ways);
    return 0;
}

/* A circuit, a sum, parameters and a start. */
struct problem {
    struct model model;
    struct model_sum sum;
    double theta[PARAMETERS];
    dense_complex start[STATE];
    double amplitudes[2 * STATE];
};

static void fill_problem(struct problem *p, struct battery_random *random)
{
    model_random_sum(random, p->model.qubits, TERMS, &p->sum);
    model_random_state(random, p->model.qubits, p->start, p->amplitudes);
    for (int k = 0; k < PARAMETERS; k++)
        p->theta[k] = battery_uniform(random, -7, 7);
}

static double problem_tolerance(const struct problem *p, hahn_precision precision)
{
    return battery_gradient_tolerance(precision, p->model.gates, model_sum_norm(&p->sum),
                                      model_largest_scale(&p->model, PARAMETERS));
}

static void check_components(const struct problem *p, hahn_engine *engine,
                             hahn_workspace *workspace, int parameters, const double *exact)
{
    double tolerance = problem_tolerance(p, hahn_engine_precision(engine));
    for (int k = 0; k < parameters; k++) {
        double derivative;
        assert_ok(engine, hahn_gradient_component(workspace, p->theta, k, &derivative));
        assert_within(derivative, exact[k], tolerance);
    }
}

/* A workspace for one method; two states are few enough to recompute most. */
static hahn_workspace *method_workspace(const struct problem *p, hahn_engine *engine,
                                        const struct model_objects *objects, hahn_method method)
{
    hahn_workspace_options options = {.lanes = 1};
    hahn_workspace *workspace;
    hahn_method_options(method, 2, &options);
    assert_ok(engine, hahn_workspace_create(engine, objects->program, &options, &workspace));
    assert_ok(engine, hahn_workspace_set_start(workspace, p->amplitudes));
    return workspace;
}

static void check_method(const struct problem *p, hahn_engine *engine,
                         const struct model_objects *objects, hahn_method method,
                         const double *exact, double energy_exact)
{
    const hahn_precision precision = hahn_engine_precision(engine);
    const int parameters = (int)hahn_circuit_parameters(objects->circuit);
    hahn_workspace *workspace = method_workspace(p, engine, objects, method);
    double energy, gradient[PARAMETERS];
    assert_ok(engine,
              hahn_gradient(workspace, METHOD(method), 1, p->theta, &energy, gradient, NULL));
    assert_within(energy, energy_exact,
                  battery_energy_tolerance(precision, p->model.gates, model_sum_norm(&p->sum)));
    for (int k = 0; k < parameters; k++)
        assert_within(gradient[k], exact[k], problem_tolerance(p, precision));
    hahn_workspace_destroy(workspace);
}

/* With frequencies up to s, a step of h / s errs by s (h^2 / 6 N + e / h); the exact ones by the
   rest, see model_gradient. */
static void check_differences(const struct problem *p, hahn_engine *engine,
                              const struct model_objects *objects, const double *exact)
{
    const int parameters = (int)hahn_circuit_parameters(objects->circuit);
    hahn_workspace *workspace = method_workspace(p, engine, objects, HAHN_METHOD_FINITE_DIFFERENCE);
    const double norm = model_sum_norm(&p->sum), h = hahn_natural_step(workspace);
    const double noise =
        battery_energy_tolerance(hahn_engine_precision(engine), p->model.gates, norm);
    double gradient[PARAMETERS], scales[PARAMETERS];
    hahn_parameter_scales(objects->program, scales);
    assert_ok(engine, hahn_gradient(workspace, METHOD(HAHN_METHOD_FINITE_DIFFERENCE), 1, p->theta,
                                    NULL, gradient, NULL));
    for (int k = 0; k < parameters; k++)
        assert_within(gradient[k], exact[k],
                      scales[k] * (h * h / 6 * norm + noise / h) + 1e-15 * norm);
    hahn_workspace_destroy(workspace);
}

/* One problem in one way: all methods, each component, the energy. */
static void check_way(const struct problem *p, hahn_engine *engine, const double *exact,
                      double energy_exact)
{
    struct model_objects objects;
    assert_ok(engine, model_compile(&p->model, &p->sum, p->amplitudes, engine, 1, HAHN_FOR_STATE,
                                    &objects));
    for (size_t m = 0; m < ARRAY_SIZE(methods); m++)
        check_method(p, engine, &objects, methods[m], exact, energy_exact);
    check_differences(p, engine, &objects, exact);
    check_components(p, engine, objects.workspace, (int)hahn_circuit_parameters(objects.circuit),
                     exact);
    model_release(&objects);
}

static void check_problem(const struct ways *ways, const struct problem *p)
{
    double exact[PARAMETERS];
    dense_complex state[STATE];
    long double theta[PARAMETERS];
    for (int k = 0; k < PARAMETERS; k++)
        theta[k] = p->theta[k];
    memcpy(state, p->start, sizeof state);
    model_run(&p->model, theta, state);
    double energy = (double)dense_expectation(p->model.qubits, p->sum.terms, p->sum.term, state);
    model_gradient(&p->model, &p->sum, p->start, PARAMETERS, p->theta, exact);
    for (int k = 0; k < ways->count; k++)
        check_way(p, ways->engine[k], exact, energy);
}

/* The gate between two random ones, each of its angles an affine expression in a parameter of its
   own, in an order that is not that of the angles. */
static void parametrise(struct battery_random *random, struct model_gate *gate, int first)
{
    int angles = textbook_gate(gate->gate)->params;
    for (int p = 0; p < angles; p++) {
        double scale = battery_uniform(random, 0.5, 2), offset = battery_uniform(random, -3, 3);
        gate->params[p] = hahn_affine(scale, first + angles - 1 - p, offset);
    }
}

static void fixed_gate(struct battery_random *random, int qubits, struct model_gate *gate)
{
    while (!model_random_gate(random, (hahn_gate)battery_below(random, HAHN_GATE_FSIM + 1), qubits,
                              0, gate))
        ;
}

static int gate_problem(struct battery_random *random, hahn_gate gate, int qubits, int controls,
                        struct problem *p)
{
    p->model.qubits = qubits;
    p->model.gates = 3;
    fixed_gate(random, qubits, &p->model.gate[0]);
    fixed_gate(random, qubits, &p->model.gate[2]);
    if (!model_random_gate(random, gate, qubits, controls, &p->model.gate[1]))
        return 0;
    parametrise(random, &p->model.gate[1], 0);
    fill_problem(p, random);
    return 1;
}

static void every_gate_in_every_angle(void **state)
{
    struct battery_random random = support_random(__func__);
    int checked = 0;
    for (int gate = 0; gate < HAHN_GATE_COUNT; gate++) {
        if (textbook_gate((hahn_gate)gate)->params == 0)
            continue;
        for (int controls = 0; controls <= 2; controls++) {
            for (int qubits = 1; qubits <= MAX_QUBITS; qubits++) {
                struct problem p;
                if (!gate_problem(&random, (hahn_gate)gate, qubits, controls, &p))
                    continue;
                check_problem(*state, &p);
                checked++;
            }
        }
    }
    assert_true(checked > 200);
}

/* Every ordered pair and triple of 3 qubits: a derivative must not care which qubit is the lowest.
 */
static void permuted_targets(void **state)
{
    static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                    {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    struct battery_random random = support_random(__func__);
    for (int gate = 0; gate <= HAHN_GATE_PAULI_ROTATION; gate++) {
        const struct textbook_gate *row = textbook_gate((hahn_gate)gate);
        if (row->params == 0 || row->controls + row->targets > 3)
            continue;
        for (size_t order = 0; order < ARRAY_SIZE(orders); order++) {
            struct problem p;
            if (!gate_problem(&random, (hahn_gate)gate, 3, 0, &p))
                continue;
            memcpy(p.model.gate[1].qubits, orders[order], sizeof orders[order]);
            check_problem(*state, &p);
        }
    }
}

/* Random circuits in which parameters are shared, scaled, shifted, or not used at all. */
static void random_circuits(void **state)
{
    struct battery_random random = support_random(__func__);
    for (int round = 0; round < 12; round++) {
        struct problem p;
        model_random(&random, 1 + round % 5, 10, PARAMETERS, &p.model);
        fill_problem(&p, &random);
        check_problem(*state, &p);
    }
}

/* One parameter in all gates, with scales of both signs and 0. */
static void one_shared_parameter(void **state)
{
    struct battery_random random = support_random(__func__);
    static const double scales[] = {1, -1, 0.5, 2, 0, -0.25};
    struct problem p = {.model = {.qubits = 4, .gates = ARRAY_SIZE(scales)}};
    static const hahn_gate gates[] = {HAHN_GATE_RX, HAHN_GATE_CRZ, HAHN_GATE_RYY,
                                      HAHN_GATE_P,  HAHN_GATE_RZ,  HAHN_GATE_SINGLE_EXCITATION};
    for (int g = 0; g < p.model.gates; g++) {
        assert_true(model_random_gate(&random, gates[g], 4, g % 2, &p.model.gate[g]));
        p.model.gate[g].params[0] = hahn_affine(scales[g], 0, 0.1 * g);
    }
    fill_problem(&p, &random);
    check_problem(*state, &p);
}

/* U with the same parameter in all three angles. */
static void shared_within_a_gate(void **state)
{
    struct battery_random random = support_random(__func__);
    for (int controls = 0; controls <= 2; controls++) {
        struct problem p = {.model = {.qubits = 3, .gates = 1}};
        assert_true(model_random_gate(&random, HAHN_GATE_U, 3, controls, &p.model.gate[0]));
        for (int angle = 0; angle < 3; angle++)
            p.model.gate[0].params[angle] = hahn_affine(1 + angle, 0, 0.3 * angle);
        fill_problem(&p, &random);
        check_problem(*state, &p);
    }
}

/* At these angles tan(angle/2) is 0, 1 or without bound, and half turns are taken out. */
static void special_angles(void **state)
{
    struct battery_random random = support_random(__func__);
    static const hahn_gate gates[] = {HAHN_GATE_RX, HAHN_GATE_RY, HAHN_GATE_U, HAHN_GATE_CRY,
                                      HAHN_GATE_FSIM};
    for (int quarter = -9; quarter <= 9; quarter++) {
        for (size_t g = 0; g < ARRAY_SIZE(gates); g++) {
            struct problem p;
            assert_true(gate_problem(&random, gates[g], 3, 0, &p));
            for (int angle = 0; angle < 3; angle++)
                if (p.model.gate[1].params[angle].index >= 0)
                    p.model.gate[1].params[angle].scale = 1;
            for (int k = 0; k < PARAMETERS; k++)
                p.theta[k] = quarter * acos(-1.0) / 2;
            for (int angle = 0; angle < 3; angle++)
                p.model.gate[1].params[angle].offset = 0;
            check_problem(*state, &p);
        }
    }
}

static void frozen_gates_have_no_gradient(void **state)
{
    struct battery_random random = support_random(__func__);
    const struct ways *ways = *state;
    struct problem p;
    model_random(&random, 4, 12, 0, &p.model);
    fill_problem(&p, &random);
    for (int k = 0; k < ways->count; k++) {
        struct model_objects objects;
        hahn_engine *engine = ways->engine[k];
        double energy, untouched = 42;
        assert_ok(engine, model_compile(&p.model, &p.sum, p.amplitudes, engine, 1, HAHN_FOR_STATE,
                                        &objects));
        assert_int_equal(hahn_circuit_parameters(objects.circuit), 0);
        for (hahn_method m = HAHN_METHOD_ADJOINT; hahn_method_name(m); m++) {
            hahn_workspace *workspace = method_workspace(&p, engine, &objects, m);
            assert_ok(engine,
                      hahn_gradient(workspace, METHOD(m), 1, p.theta, &energy, &untouched, NULL));
            hahn_workspace_destroy(workspace);
        }
        assert_true(untouched == 42);
        model_release(&objects);
    }
}

/* No gate at all: the energy is the start's, and lambda is O |start>. */
static void zero_gates(void **state)
{
    struct battery_random random = support_random(__func__);
    const struct ways *ways = *state;
    struct problem p = {.model = {.qubits = 3}};
    fill_problem(&p, &random);
    dense_complex lambda[STATE];
    dense_observable(3, p.sum.terms, p.sum.term, p.start, lambda);
    for (int k = 0; k < ways->count; k++) {
        hahn_engine *engine = ways->engine[k];
        struct model_objects objects;
        double energy, unused, got[2 * STATE];
        hahn_certificate certificate;
        double tolerance =
            battery_energy_tolerance(ways->config[k].precision, 0, model_sum_norm(&p.sum));
        assert_ok(engine, model_compile(&p.model, &p.sum, p.amplitudes, engine, 1,
                                        HAHN_FOR_GRADIENT, &objects));
        assert_ok(engine, hahn_gradient(objects.workspace, NULL, 1, p.theta, &energy, &unused,
                                        &certificate));
        assert_ok(engine, hahn_adjoint_state(objects.workspace, 0, got));
        double exact = (double)dense_expectation(3, p.sum.terms, p.sum.term, p.start);
        assert_within(energy, exact, tolerance);
        assert_within(certificate.start_energy, exact, tolerance);
        assert_within(dense_distance(3, lambda, got), 0, tolerance);
        model_release(&objects);
    }
}

/* Identity, single Y, all Y, and strings that meet on one mask. */
static void special_observables(void **state)
{
    static const struct dense_term sums[][3] = {
        {{1.5, 0, 0}},
        {{0.7, 1, 1}},
        {{-0.3, 15, 15}, {2, 0, 0}},
        {{0.4, 6, 2}, {0.6, 6, 4}, {-1.1, 6, 6}},
        {{0.5, 0, 9}, {0.5, 0, 9}, {-1, 0, 9}},
        {{0, 3, 3}},
    };
    struct battery_random random = support_random(__func__);
    for (size_t s = 0; s < ARRAY_SIZE(sums); s++) {
        struct problem p;
        model_random(&random, 4, 8, PARAMETERS, &p.model);
        fill_problem(&p, &random);
        p.sum.terms = 3;
        memcpy(p.sum.term, sums[s], sizeof sums[s]);
        check_problem(*state, &p);
    }
}

/* A deep circuit, compiled. */
struct deep {
    hahn_circuit *circuit;
    hahn_observable *observable;
    hahn_program *program;
    hahn_workspace *workspace;
    int64_t parameters;
    double gates, norm;
};

static struct deep open_deep(hahn_engine *engine, int qubits, int64_t layers)
{
    struct deep d = {.norm = 3 * qubits};
    hahn_lattice ring = {qubits, 1, 1};
    assert_ok(engine, hahn_ansatz_variational(engine, qubits, layers, &d.circuit));
    assert_ok(engine, hahn_observable_heisenberg(engine, ring, 1, &d.observable));
    assert_ok(engine, hahn_program_create(engine, d.circuit, d.observable, &d.program));
    assert_ok(engine, hahn_workspace_create(engine, d.program, WORKSPACE(1, HAHN_FOR_GRADIENT),
                                            &d.workspace));
    d.parameters = hahn_circuit_parameters(d.circuit);
    d.gates = (double)hahn_circuit_gates(d.circuit);
    return d;
}

static void close_deep(struct deep *d)
{
    hahn_workspace_destroy(d->workspace);
    hahn_program_destroy(d->program);
    hahn_observable_destroy(d->observable);
    hahn_circuit_destroy(d->circuit);
}

/* The slope along `direction`, made a unit vector here, by the gradient. */
static double slope_along(hahn_engine *engine, const struct deep *d, const double *theta,
                          double *direction)
{
    double *gradient = support_allocate((size_t)d->parameters * sizeof *gradient);
    double length = 0, slope = 0;
    assert_ok(engine, hahn_gradient(d->workspace, NULL, 1, theta, NULL, gradient, NULL));
    for (int64_t k = 0; k < d->parameters; k++)
        length += direction[k] * direction[k];
    for (int64_t k = 0; k < d->parameters; k++) {
        direction[k] /= sqrt(length);
        slope += gradient[k] * direction[k];
    }
    free(gradient);
    return slope;
}

/* The central difference errs by h^2/6 T + e/h, T bounding the third derivative along the
   direction, e an energy's error. Each third derivative of E is at most N, and the 1-norm of a unit
   direction at most sqrt(P), so T = N P^(3/2). The slope must be large enough for the comparison to
   mean something. */
static void check_direction(hahn_engine *engine, struct battery_random *random)
{
    struct deep d = open_deep(engine, 5, 400);
    double *theta = support_angles(random, 2 * d.parameters), energies[2];
    double *direction = support_angles(random, d.parameters);
    double slope = slope_along(engine, &d, theta, direction);
    double third = d.norm * pow((double)d.parameters, 1.5);
    double noise = battery_energy_tolerance(HAHN_F64, d.gates, d.norm);
    double h = cbrt(3 * noise / third);
    for (int64_t k = 0; k < d.parameters; k++) {
        theta[d.parameters + k] = theta[k] - h * direction[k];
        theta[k] += h * direction[k];
    }
    assert_ok(engine, hahn_energy(d.workspace, 2, theta, energies));
    double tolerance =
        h * h / 6 * third + noise / h +
        sqrt((double)d.parameters) * battery_gradient_tolerance(HAHN_F64, d.gates, d.norm, 1);
    assert_within((energies[0] - energies[1]) / (2 * h), slope, tolerance);
    assert_true(fabs(slope) > 100 * tolerance);
    free(direction);
    free(theta);
    close_deep(&d);
}

static void direction_in_a_deep_circuit(void **state)
{
    const struct ways *ways = *state;
    struct battery_random random = support_random(__func__);
    for (int k = 0; k < ways->count; k++)
        if (ways->config[k].precision == HAHN_F64)
            check_direction(ways->engine[k], &random);
}

/* U carries the adjoint state U^dagger O U |start> to O U |start>; here U is the dense one. */
static void check_adjoint_state(const struct problem *p, hahn_engine *engine)
{
    const int qubits = p->model.qubits;
    struct model_objects objects;
    dense_complex psi[STATE], expected[STATE], back[STATE];
    double gradient[PARAMETERS], lambda[2 * STATE], carried[2 * STATE];
    long double theta[PARAMETERS];
    assert_ok(engine, model_compile(&p->model, &p->sum, p->amplitudes, engine, 2, HAHN_FOR_GRADIENT,
                                    &objects));
    assert_ok(engine, hahn_gradient(objects.workspace, NULL, 1, p->theta, NULL, gradient, NULL));
    assert_ok(engine, hahn_adjoint_state(objects.workspace, 0, lambda));
    for (int k = 0; k < PARAMETERS; k++)
        theta[k] = p->theta[k];
    for (int j = 0; j < 1 << qubits; j++) {
        psi[j] = p->start[j];
        back[j] = lambda[2 * j] + (long double)lambda[2 * j + 1] * I;
    }
    model_run(&p->model, theta, psi);
    model_run(&p->model, theta, back);
    dense_observable(qubits, p->sum.terms, p->sum.term, psi, expected);
    for (int j = 0; j < 1 << qubits; j++) {
        carried[2 * j] = (double)creall(back[j]);
        carried[2 * j + 1] = (double)cimagl(back[j]);
    }
    assert_within(dense_distance(qubits, expected, carried), 0,
                  battery_energy_tolerance(hahn_engine_precision(engine), 2 * p->model.gates,
                                           model_sum_norm(&p->sum)));
    model_release(&objects);
}

static void adjoint_states(void **state)
{
    const struct ways *ways = *state;
    struct battery_random random = support_random(__func__);
    struct problem p;
    model_random(&random, 5, 20, PARAMETERS, &p.model);
    fill_problem(&p, &random);
    for (int k = 0; k < ways->count; k++)
        check_adjoint_state(&p, ways->engine[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_gate_in_every_angle, open_ways, close_ways),
        cmocka_unit_test_setup_teardown(permuted_targets, open_ways, close_ways),
        cmocka_unit_test_setup_teardown(random_circuits, open_ways, close_ways),
        cmocka_unit_test_setup_teardown(one_shared_parameter, open_ways, close_ways),
        cmocka_unit_test_setup_teardown(shared_within_a_gate, open_ways, close_ways),
        cmocka_unit_test_setup_teardown(special_angles, open_ways, close_ways),
        cmocka_unit_test_setup_teardown(frozen_gates_have_no_gradient, open_ways, close_ways),
        cmocka_unit_test_setup_teardown(zero_gates, open_ways, close_ways),
        cmocka_unit_test_setup_teardown(special_observables, open_ways, close_ways),
        cmocka_unit_test_setup_teardown(direction_in_a_deep_circuit, open_ways, close_ways),
        cmocka_unit_test_setup_teardown(adjoint_states, open_ways, close_ways),
    };
    return support_result(cmocka_run_group_tests_name("gradients", tests, NULL, NULL));
}
