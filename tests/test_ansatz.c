/* The named circuits: their parameter counts beforehand, their shapes, and what they do. */
#include "support.h"

enum { MAX_QUBITS = 5, STATE = 1 << MAX_QUBITS };

static int open_engine(void **state)
{
    *state = support_reference_engine();
    return 0;
}

static int close_engine(void **state)
{
    hahn_engine_destroy(*state);
    return 0;
}

static void variational(void **state)
{
    for (int qubits = 2; qubits <= 6; qubits++) {
        for (int64_t layers = 1; layers <= 9; layers += 4) {
            hahn_circuit *c;
            assert_ok(*state, hahn_ansatz_variational(*state, qubits, layers, &c));
            assert_int_equal(hahn_ansatz_variational_parameters(qubits, layers),
                             qubits * (3 * layers + 1));
            assert_int_equal(hahn_circuit_parameters(c), qubits * (3 * layers + 1));
            assert_int_equal(hahn_circuit_count(c, HAHN_GATE_RZ), 2 * qubits * layers);
            assert_int_equal(hahn_circuit_count(c, HAHN_GATE_RX), qubits * (layers + 1));
            assert_int_equal(hahn_circuit_count(c, HAHN_GATE_CX), qubits * layers);
            assert_int_equal(hahn_circuit_gates(c), qubits * (4 * layers + 1));
            hahn_circuit_destroy(c);
        }
    }
    assert_int_equal(hahn_ansatz_variational_parameters(10, 10000), 300010);
}

static void hardware_efficient(void **state)
{
    static const hahn_gate gates[] = {HAHN_GATE_CX, HAHN_GATE_CZ};
    for (int qubits = 1; qubits <= 5; qubits++) {
        const int links[] = {qubits - 1, qubits > 2 ? qubits : qubits - 1,
                             qubits * (qubits - 1) / 2};
        for (int pattern = 0; pattern < 3; pattern++) {
            for (int64_t layers = 0; layers < 4; layers++) {
                hahn_gate gate = gates[layers % 2];
                hahn_circuit *c;
                assert_ok(*state, hahn_ansatz_hardware_efficient(
                                      *state, qubits, layers, (hahn_entangler)pattern, gate, &c));
                assert_int_equal(hahn_ansatz_hardware_efficient_parameters(qubits, layers),
                                 2 * qubits * (layers + 1));
                assert_int_equal(hahn_circuit_parameters(c), 2 * qubits * (layers + 1));
                assert_int_equal(hahn_circuit_count(c, gate), layers * links[pattern]);
                assert_int_equal(hahn_circuit_count(c, HAHN_GATE_RY), qubits * (layers + 1));
                assert_int_equal(hahn_circuit_count(c, HAHN_GATE_RZ), qubits * (layers + 1));
                hahn_circuit_destroy(c);
            }
        }
    }
}

/* The text of the header, gate by gate. */
static void hardware_efficient_by_hand(void **state)
{
    hahn_circuit *c, *hand;
    assert_ok(*state, hahn_circuit_create(*state, 3, &hand));
    int64_t next = 0;
    for (int layer = 0; layer < 3; layer++) {
        if (layer > 0) {
            assert_ok(*state, hahn_circuit_cz(hand, 0, 1));
            assert_ok(*state, hahn_circuit_cz(hand, 1, 2));
            assert_ok(*state, hahn_circuit_cz(hand, 2, 0));
        }
        for (int q = 0; q < 3; q++) {
            assert_ok(*state, hahn_circuit_ry(hand, q, hahn_theta(next++)));
            assert_ok(*state, hahn_circuit_rz(hand, q, hahn_theta(next++)));
        }
    }
    assert_ok(*state,
              hahn_ansatz_hardware_efficient(*state, 3, 2, HAHN_ENTANGLE_RING, HAHN_GATE_CZ, &c));
    assert_true(hahn_circuit_fingerprint(c) == hahn_circuit_fingerprint(hand));
    hahn_circuit_destroy(hand);
    hahn_circuit_destroy(c);
}

/* state <- exp(-i angle P) state = (cos angle - i sin angle P) state. */
static void evolve(int qubits, struct dense_term term, long double angle, dense_complex *state)
{
    dense_complex image[STATE];
    term.coefficient = 1;
    dense_observable(qubits, 1, &term, state, image);
    for (int j = 0; j < 1 << qubits; j++)
        state[j] = cosl(angle) * state[j] - I * sinl(angle) * image[j];
}

static void apply_gate(int qubits, hahn_gate gate, int qubit, double angle, dense_complex *state)
{
    struct model_gate g = {
        .gate = gate, .targets = 1, .qubits = {qubit}, .params = {hahn_fixed(angle)}};
    model_apply(&g, NULL, qubits, state);
}

/* The circuit's final state, up to the global phase that skipped identity terms leave open. */
static void assert_same_ray(hahn_engine *engine, const hahn_circuit *circuit, const double *theta,
                            const dense_complex *exact)
{
    int qubits = hahn_circuit_qubits(circuit);
    hahn_program *program;
    hahn_workspace *workspace;
    double amplitudes[2 * STATE];
    dense_complex got[STATE];
    assert_ok(engine, hahn_program_create(engine, circuit, NULL, &program));
    assert_ok(engine,
              hahn_workspace_create(engine, program, WORKSPACE(1, HAHN_FOR_STATE), &workspace));
    assert_ok(engine, hahn_final_state(workspace, 1, theta, amplitudes));
    for (int j = 0; j < 1 << qubits; j++)
        got[j] = amplitudes[2 * j] + (long double)amplitudes[2 * j + 1] * I;
    dense_complex phase = dense_inner(qubits, exact, got);
    for (int j = 0; j < 1 << qubits; j++)
        got[j] -= phase * exact[j];
    double tolerance = battery_state_tolerance(HAHN_F64, (double)hahn_circuit_gates(circuit));
    assert_within((double)cabsl(phase), 1, tolerance);
    assert_within(sqrt((double)creall(dense_inner(qubits, got, got))), 0, tolerance);
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
}

static void qaoa(void **state)
{
    enum { QUBITS = 4, LAYERS = 3 };
    static const struct model_sum cost = {
        5, {{0.5, 0, 3}, {-1, 0, 6}, {2, 0, 0}, {1.5, 0, 13}, {0.3, 0, 8}}};
    struct battery_random random = support_random(__func__);
    double *theta = support_angles(&random, 2 * LAYERS);
    hahn_observable *observable;
    hahn_circuit *circuit;
    dense_complex exact[STATE];
    assert_ok(*state, model_observable(&cost, QUBITS, *state, &observable));
    assert_ok(*state, hahn_ansatz_qaoa(observable, LAYERS, &circuit));
    assert_int_equal(hahn_ansatz_qaoa_parameters(LAYERS), 2 * LAYERS);
    assert_int_equal(hahn_circuit_parameters(circuit), 2 * LAYERS);
    dense_zero_state(QUBITS, exact);
    for (int q = 0; q < QUBITS; q++)
        apply_gate(QUBITS, HAHN_GATE_H, q, 0, exact);
    for (int layer = 0; layer < LAYERS; layer++) {
        for (int k = 0; k < cost.terms; k++)
            evolve(QUBITS, cost.term[k], (long double)theta[2 * layer] * cost.term[k].coefficient,
                   exact);
        for (int q = 0; q < QUBITS; q++)
            apply_gate(QUBITS, HAHN_GATE_RX, q, 2 * theta[2 * layer + 1], exact);
    }
    assert_same_ray(*state, circuit, theta, exact);
    hahn_circuit_destroy(circuit);
    hahn_observable_destroy(observable);
    free(theta);
}

static void qaoa_needs_a_diagonal(void **state)
{
    static const struct model_sum sum = {1, {{1, 1, 1}}};
    hahn_observable *observable;
    hahn_circuit *circuit = NULL;
    assert_ok(*state, model_observable(&sum, 2, *state, &observable));
    assert_refused(*state, HAHN_ERR_ARGUMENT, hahn_ansatz_qaoa(observable, 1, &circuit),
                   "diagonal");
    assert_null(circuit);
    hahn_observable_destroy(observable);
}

static const struct model_sum trotter_sum = {
    5, {{0.5, 3, 0}, {-1, 6, 2}, {2, 0, 0}, {1.5, 0, 13}, {0.3, 9, 15}}};

struct trotter_case {
    int order;
    hahn_trotter_parameters parameters;
    hahn_start start;
};

/* The time that a term runs for in a layer. */
static double trotter_time(const struct trotter_case *c, const double *theta, double step,
                           int layer, int term)
{
    if (c->parameters == HAHN_TROTTER_FIXED)
        return step;
    return theta[c->parameters == HAHN_TROTTER_PER_LAYER ? layer
                                                         : layer * trotter_sum.terms + term];
}

static void dense_trotter(const struct trotter_case *c, int qubits, int layers, const double *theta,
                          double step, dense_complex *state)
{
    int count = trotter_sum.terms;
    dense_zero_state(qubits, state);
    for (int q = 0; q < qubits; q++) {
        if (c->start == HAHN_START_PLUS)
            apply_gate(qubits, HAHN_GATE_H, q, 0, state);
        if (c->start == HAHN_START_NEEL && q % 2)
            apply_gate(qubits, HAHN_GATE_X, q, 0, state);
    }
    for (int layer = 0; layer < layers; layer++)
        for (int k = 0; k < c->order * count; k++) {
            int term = k < count ? k : 2 * count - 1 - k;
            double time = trotter_time(c, theta, step, layer, term) / c->order;
            evolve(qubits, trotter_sum.term[term],
                   (long double)time * trotter_sum.term[term].coefficient, state);
        }
}

static void trotter(void **state)
{
    enum { QUBITS = 4, LAYERS = 3 };
    static const int64_t counts[] = {0, LAYERS, 15};
    struct battery_random random = support_random(__func__);
    double *theta = support_angles(&random, 15);
    hahn_observable *observable;
    assert_ok(*state, model_observable(&trotter_sum, QUBITS, *state, &observable));
    for (int variant = 0; variant < 18; variant++) {
        struct trotter_case c = {1 + variant / 9, (hahn_trotter_parameters)(variant / 3 % 3),
                                 (hahn_start)(variant % 3)};
        hahn_circuit *circuit;
        dense_complex exact[STATE];
        assert_ok(*state, hahn_ansatz_trotter(observable, LAYERS, c.order, c.parameters, 0.37,
                                              c.start, &circuit));
        assert_int_equal(hahn_ansatz_trotter_parameters(observable, LAYERS, c.parameters),
                         counts[c.parameters]);
        assert_int_equal(hahn_circuit_parameters(circuit), counts[c.parameters]);
        dense_trotter(&c, QUBITS, LAYERS, theta, 0.37, exact);
        assert_same_ray(*state, circuit, theta, exact);
        hahn_circuit_destroy(circuit);
    }
    hahn_observable_destroy(observable);
    free(theta);
}

/* An identity as the last term still has its parameters. */
static void trotter_counts_identities(void **state)
{
    static const struct model_sum sum = {2, {{1, 1, 0}, {1, 0, 0}}};
    hahn_observable *observable;
    hahn_circuit *circuit;
    assert_ok(*state, model_observable(&sum, 1, *state, &observable));
    assert_ok(*state, hahn_ansatz_trotter(observable, 3, 1, HAHN_TROTTER_PER_TERM, 0,
                                          HAHN_START_ZERO, &circuit));
    assert_int_equal(hahn_circuit_parameters(circuit), 6);
    assert_int_equal(hahn_circuit_gates(circuit), 3);
    hahn_circuit_destroy(circuit);
    hahn_observable_destroy(observable);
}

static void bad_arguments(void **state)
{
    hahn_circuit *c = NULL;
    hahn_observable *o;
    assert_refused(*state, HAHN_ERR_ARGUMENT, hahn_ansatz_variational(*state, 1, 1, &c), "1",
                   "2 to 60");
    assert_refused(*state, HAHN_ERR_ARGUMENT, hahn_ansatz_variational(*state, 4, 0, &c), "0 layers",
                   "1 to");
    assert_refused(*state, HAHN_ERR_ARGUMENT, hahn_ansatz_variational(*state, 4, -5, &c), "-5");
    assert_refused(
        *state, HAHN_ERR_ARGUMENT,
        hahn_ansatz_hardware_efficient(*state, 0, 1, HAHN_ENTANGLE_LINEAR, HAHN_GATE_CX, &c), "0",
        "1 to 60");
    assert_refused(
        *state, HAHN_ERR_GATE,
        hahn_ansatz_hardware_efficient(*state, 4, 1, HAHN_ENTANGLE_LINEAR, HAHN_GATE_RX, &c),
        "CX or CZ");
    assert_refused(
        *state, HAHN_ERR_ARGUMENT,
        hahn_ansatz_hardware_efficient(*state, 4, 1, (hahn_entangler)3, HAHN_GATE_CX, &c), "3");
    assert_ok(*state, hahn_observable_create(*state, 2, &o));
    assert_refused(*state, HAHN_ERR_ARGUMENT,
                   hahn_ansatz_trotter(o, 1, 3, HAHN_TROTTER_FIXED, 1, HAHN_START_ZERO, &c), "3",
                   "1 or 2");
    assert_refused(*state, HAHN_ERR_PARAMETER,
                   hahn_ansatz_trotter(o, 1, 1, HAHN_TROTTER_FIXED, NAN, HAHN_START_ZERO, &c),
                   "nan");
    assert_refused(*state, HAHN_ERR_ARGUMENT,
                   hahn_ansatz_trotter(o, -1, 1, HAHN_TROTTER_FIXED, 1, HAHN_START_ZERO, &c), "-1");
    assert_refused(*state, HAHN_ERR_ARGUMENT,
                   hahn_ansatz_trotter(o, 1, 1, (hahn_trotter_parameters)3, 1, HAHN_START_ZERO, &c),
                   "3");
    assert_refused(*state, HAHN_ERR_ARGUMENT,
                   hahn_ansatz_trotter(o, 1, 1, HAHN_TROTTER_FIXED, 1, (hahn_start)7, &c), "7");
    assert_refused(
        *state, HAHN_ERR_ARGUMENT,
        hahn_ansatz_hardware_efficient(*state, 4, -1, HAHN_ENTANGLE_LINEAR, HAHN_GATE_CX, &c),
        "-1 layers");
    assert_refused(*state, HAHN_ERR_ARGUMENT, hahn_ansatz_qaoa(o, -1, &c), "-1");
    assert_null(c);
    hahn_observable_destroy(o);
    assert_int_equal(hahn_ansatz_variational_parameters(1, 1), -1);
    assert_int_equal(hahn_ansatz_variational_parameters(4, 0), -1);
    assert_true(hahn_ansatz_variational_parameters(60, INT64_MAX) == -1);
    assert_int_equal(hahn_ansatz_hardware_efficient_parameters(61, 1), -1);
    assert_int_equal(hahn_ansatz_qaoa_parameters(-1), -1);
    assert_int_equal(hahn_ansatz_trotter_parameters(NULL, 1, HAHN_TROTTER_PER_TERM), -1);
}

/* Sizes that no memory holds are refused at once, with the bytes. */
static void absurd_sizes(void **state)
{
    hahn_circuit *c = NULL;
    hahn_engine *engine = *state;
    assert_refused(engine, HAHN_ERR_MEMORY,
                   hahn_ansatz_variational(engine, 60, INT64_C(1) << 39, &c), "bytes", "missing");
    assert_refused(engine, HAHN_ERR_MEMORY,
                   hahn_ansatz_hardware_efficient(engine, 60, INT64_C(1) << 39, HAHN_ENTANGLE_FULL,
                                                  HAHN_GATE_CZ, &c),
                   "bytes", "missing");
    assert_null(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variational),
        cmocka_unit_test(hardware_efficient),
        cmocka_unit_test(hardware_efficient_by_hand),
        cmocka_unit_test(qaoa),
        cmocka_unit_test(qaoa_needs_a_diagonal),
        cmocka_unit_test(trotter),
        cmocka_unit_test(trotter_counts_identities),
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(absurd_sizes),
    };
    return support_result(
        cmocka_run_group_tests_name("named circuits", tests, open_engine, close_engine));
}
