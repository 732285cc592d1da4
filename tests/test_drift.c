/* Rounding must grow like a random walk: the echo error of a gradient, and the distance from the
   dense state, against 8 u sqrt(L) for depths of 1e2 to 1e5 gates. Prints the constants. */
#include "support.h"

enum { QUBITS = 7 };

static const int64_t depths[] = {100, 1000, 10000, 100000};

/* Layers for about `gates` gates: the ansatz has n (3 L + 1) rotations and n L CNOTs. */
static int64_t layers_for(int qubits, int64_t gates)
{
    int64_t layers = gates / (4 * qubits);
    return layers > 1 ? layers : 1;
}

struct drift_case {
    hahn_circuit *circuit;
    hahn_observable *observable;
    hahn_program *program;
    hahn_workspace *workspace;
    double *theta;
    double gates;
    int64_t parameters;
};

static struct drift_case open_case(hahn_engine *engine, struct battery_random *random, int qubits,
                                   int64_t gates)
{
    struct drift_case c;
    hahn_lattice ring = {qubits, 1, 1};
    assert_ok(engine,
              hahn_ansatz_variational(engine, qubits, layers_for(qubits, gates), &c.circuit));
    assert_ok(engine, hahn_observable_heisenberg(engine, ring, 1, &c.observable));
    assert_ok(engine, hahn_program_create(engine, c.circuit, c.observable, &c.program));
    assert_ok(engine, hahn_workspace_create(engine, c.program, WORKSPACE(1, HAHN_FOR_GRADIENT),
                                            &c.workspace));
    c.parameters = hahn_circuit_parameters(c.circuit);
    c.gates = (double)hahn_circuit_gates(c.circuit);
    c.theta = support_angles(random, c.parameters);
    return c;
}

static void close_case(struct drift_case *c)
{
    free(c->theta);
    hahn_workspace_destroy(c->workspace);
    hahn_program_destroy(c->program);
    hahn_observable_destroy(c->observable);
    hahn_circuit_destroy(c->circuit);
}

static void print_constant(const char *what, const struct battery_config *config, double gates,
                           double error)
{
    double unit = battery_roundoff(config->precision) * sqrt(gates);
    print_message("%s: %s over %6.0f gates %.2g = %.3f u sqrt(gates)\n",
                  support_config_name(config), what, gates, error, error / unit);
}

static void check_echo(const struct battery_config *config, int64_t gates)
{
    struct battery_random random = support_random("echo");
    hahn_engine *engine = support_engine(config);
    struct drift_case c = open_case(engine, &random, QUBITS, gates);
    double *gradient = support_allocate((size_t)c.parameters * sizeof *gradient), energy;
    hahn_certificate certificate;
    assert_ok(engine,
              hahn_gradient(c.workspace, NULL, 1, c.theta, &energy, gradient, &certificate));
    double walked = 2 * c.gates, norm = 3 * QUBITS;
    print_constant("echo", config, walked, certificate.echo_error);
    assert_within(certificate.echo_error, 0, battery_state_tolerance(config->precision, walked));
    /* An echo of exactly 0 would mean that nothing was carried back. */
    assert_true(certificate.echo_error > 0);
    assert_within(certificate.start_energy, energy,
                  battery_energy_tolerance(config->precision, walked, norm));
    free(gradient);
    close_case(&c);
    hahn_engine_destroy(engine);
}

static void echo_error(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < count; k++)
        for (size_t d = 0; d < ARRAY_SIZE(depths); d++)
            check_echo(&configs[k], depths[d]);
}

/* The same circuit, gate by gate as its source defines it, by the dense reference. */
static void dense_variational(int qubits, int64_t layers, const double *theta, dense_complex *state)
{
    struct model_gate gate = {.targets = 1};
    int64_t next = 0;
    dense_zero_state(qubits, state);
    for (int64_t layer = 0; layer <= layers; layer++) {
        for (int q = 0; layer > 0 && q < qubits; q++) {
            gate.gate = HAHN_GATE_CX;
            gate.qubits[0] = q;
            gate.qubits[1] = (q + 1) % qubits;
            model_apply(&gate, NULL, qubits, state);
        }
        for (int q = 0; q < qubits; q++) {
            const char *axes = layer == 0 ? "XZ" : layer < layers ? "ZXZ" : "ZX";
            for (; *axes; axes++) {
                gate.gate = *axes == 'X' ? HAHN_GATE_RX : HAHN_GATE_RZ;
                gate.qubits[0] = q;
                gate.params[0] = hahn_fixed(theta[next++]);
                model_apply(&gate, NULL, qubits, state);
            }
        }
    }
}

/* An echo can hide an error that forward and backward share, so the state itself is compared too.
 */
static void check_state(const struct battery_config *config, int64_t gates)
{
    enum { SMALL = 4 };
    struct battery_random random = support_random("state");
    hahn_engine *engine = support_engine(config);
    struct drift_case c = open_case(engine, &random, SMALL, gates);
    dense_complex exact[1 << SMALL];
    double final[2 << SMALL];
    dense_variational(SMALL, layers_for(SMALL, gates), c.theta, exact);
    assert_ok(engine, hahn_final_state(c.workspace, 1, c.theta, final));
    double error = dense_distance(SMALL, exact, final);
    print_constant("state", config, c.gates, error);
    assert_within(error, 0, battery_state_tolerance(config->precision, c.gates));
    close_case(&c);
    hahn_engine_destroy(engine);
}

static void state_error(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < count; k++)
        for (size_t d = 0; d < ARRAY_SIZE(depths); d++)
            check_state(&configs[k], depths[d]);
}

/* Many rotations of one qubit with nothing between them: the compiler adds up their angles, and the
   sum's rounding must not grow with their number. */
static void check_joined(const struct battery_config *config, int same_angle)
{
    enum { GATES = 100000 };
    struct battery_random random = support_random("joined");
    hahn_engine *engine = support_engine(config);
    hahn_circuit *circuit;
    hahn_program *program;
    hahn_workspace *workspace;
    dense_complex exact[2];
    double final[4];
    struct model_gate gate = {.gate = HAHN_GATE_H, .targets = 1};
    double *angle = support_angles(&random, GATES);
    dense_zero_state(1, exact);
    assert_ok(engine, hahn_circuit_create(engine, 1, &circuit));
    assert_ok(engine, model_append(&gate, circuit));
    model_apply(&gate, NULL, 1, exact);
    gate.gate = HAHN_GATE_RZ;
    for (int k = 0; k < GATES; k++) {
        angle[k] = same_angle ? 3 : angle[k];
        assert_ok(engine,
                  hahn_circuit_rz(circuit, 0, k % 2 ? hahn_theta(k) : hahn_fixed(angle[k])));
        gate.params[0] = hahn_fixed(angle[k]);
        model_apply(&gate, NULL, 1, exact);
    }
    assert_ok(engine, hahn_program_create(engine, circuit, NULL, &program));
    assert_ok(engine,
              hahn_workspace_create(engine, program, WORKSPACE(1, HAHN_FOR_STATE), &workspace));
    assert_ok(engine, hahn_final_state(workspace, 1, angle, final));
    double error = dense_distance(1, exact, final);
    print_constant("joined", config, GATES, error);
    assert_within(error, 0, battery_state_tolerance(config->precision, GATES));
    free(angle);
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_circuit_destroy(circuit);
    hahn_engine_destroy(engine);
}

static void joined_rotations(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < 2 * count; k++)
        check_joined(&configs[k / 2], k % 2);
}

/* Few gates, repeated, against the dense reference repeated as often. */
static void check_repeated(const struct battery_config *config, const struct model *model)
{
    enum { TIMES = 20000 };
    hahn_engine *engine = support_engine(config);
    hahn_circuit *circuit;
    hahn_program *program;
    hahn_program_info info;
    hahn_workspace *workspace;
    dense_complex exact[4];
    double final[8];
    const double no_angles[1] = {0};
    assert_ok(engine, model_circuit(model, engine, &circuit));
    assert_ok(engine, hahn_circuit_repeat(circuit, TIMES, 0));
    assert_ok(engine, hahn_program_create(engine, circuit, NULL, &program));
    assert_ok(engine,
              hahn_workspace_create(engine, program, WORKSPACE(1, HAHN_FOR_STATE), &workspace));
    assert_ok(engine, hahn_final_state(workspace, 1, no_angles, final));
    dense_zero_state(2, exact);
    for (int turn = 0; turn < TIMES; turn++)
        model_run(model, NULL, exact);
    double gates = (double)hahn_circuit_gates(circuit);
    double error = dense_distance(2, exact, final);
    print_constant("repeated", config, gates, error);
    assert_ok(engine, hahn_program_describe(program, &info));
    assert_within(error, 0, battery_state_tolerance(config->precision, (double)info.primitives));
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_circuit_destroy(circuit);
    hahn_engine_destroy(engine);
}

/* A gate that is repeated would err by the same rounding of its sine and cosine each time, u a
   gate; that the roundings are paid back leaves the random walk. */
static void repeated_gates(void **state)
{
    static const struct model circuits[] = {
        {2,
         2,
         {{.gate = HAHN_GATE_H, .targets = 1},
          {.gate = HAHN_GATE_CX, .targets = 1, .qubits = {0, 1}}}},
        {2,
         2,
         {{.gate = HAHN_GATE_RX, .targets = 1, .params = {{0, 0.3, -1}}},
          {.gate = HAHN_GATE_CX, .targets = 1, .qubits = {0, 1}}}},
        {2,
         3,
         {{.gate = HAHN_GATE_RXX, .targets = 2, .qubits = {0, 1}, .params = {{0, 0.02, -1}}},
          {.gate = HAHN_GATE_RZ, .targets = 1, .params = {{0, 0.02, -1}}},
          {.gate = HAHN_GATE_RZ, .targets = 1, .qubits = {1}, .params = {{0, 0.02, -1}}}}},
    };
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < count; k++)
        for (size_t c = 0; c < ARRAY_SIZE(circuits); c++)
            check_repeated(&configs[k], &circuits[c]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(echo_error),
        cmocka_unit_test(state_error),
        cmocka_unit_test(joined_rotations),
        cmocka_unit_test(repeated_gates),
    };
    return support_result(cmocka_run_group_tests_name("drift", tests, NULL, NULL));
}
