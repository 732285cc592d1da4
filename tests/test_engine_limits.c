/* Where the cpu engine changes its way: more groups of mixed terms than tables, flips wider than a
   tile, sums over more amplitudes than single precision adds up well. */
#include "support.h"

#include "vqe/battery_gates.h"

enum { MIXED_QUBITS = 11, MIXED_PARAMETERS = 3 * MIXED_QUBITS };

/* RY on each qubit, ZZ from qubit 0 to each of those above a block and between the last two, a
   phase that reaches as far, RX on each: at least five groups. */
static void mixed_circuit(hahn_engine *engine, hahn_circuit **out)
{
    const int last = MIXED_QUBITS - 1;
    assert_ok(engine, hahn_circuit_create(engine, MIXED_QUBITS, out));
    for (int q = 0; q < MIXED_QUBITS; q++)
        assert_ok(engine, hahn_circuit_ry(*out, q, hahn_theta(q)));
    for (int q = 6; q < MIXED_QUBITS; q++)
        assert_ok(engine, hahn_circuit_rzz(*out, 0, q, hahn_theta(MIXED_QUBITS + q)));
    assert_ok(engine, hahn_circuit_rzz(*out, 1, last, hahn_theta(MIXED_QUBITS)));
    assert_ok(engine, hahn_circuit_cp(*out, 2, last, hahn_theta(MIXED_QUBITS + 1)));
    for (int q = 0; q < MIXED_QUBITS; q++)
        assert_ok(engine, hahn_circuit_rx(*out, q, hahn_theta(2 * MIXED_QUBITS + q)));
}

static void mixed_gradient(hahn_engine *engine, const double *theta, double *gradient)
{
    hahn_circuit *circuit;
    hahn_observable *sum;
    hahn_program *program;
    hahn_workspace *workspace;
    mixed_circuit(engine, &circuit);
    assert_ok(engine,
              hahn_observable_heisenberg(engine, (hahn_lattice){MIXED_QUBITS, 1, 0}, 1, &sum));
    assert_ok(engine, hahn_program_create(engine, circuit, sum, &program));
    assert_ok(engine, hahn_workspace_create(engine, program, NULL, &workspace));
    assert_ok(engine, hahn_gradient(workspace, NULL, 1, theta, NULL, gradient, NULL));
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_observable_destroy(sum);
    hahn_circuit_destroy(circuit);
}

static void more_groups_than_tables(void **state)
{
    struct battery_random random = support_random(__func__);
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    hahn_engine *reference = support_reference_engine();
    double theta[MIXED_PARAMETERS], exact[MIXED_PARAMETERS], gradient[MIXED_PARAMETERS];
    const int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < MIXED_PARAMETERS; k++)
        theta[k] = battery_uniform(&random, -3, 3);
    mixed_gradient(reference, theta, exact);
    for (int c = 0; c < count; c++) {
        hahn_engine *engine = support_engine(&configs[c]);
        mixed_gradient(engine, theta, gradient);
        for (int k = 0; k < MIXED_PARAMETERS; k++)
            assert_within(gradient[k], exact[k],
                          battery_gradient_tolerance(configs[c].precision, MIXED_PARAMETERS,
                                                     3 * MIXED_QUBITS, 1));
        hahn_engine_destroy(engine);
    }
    hahn_engine_destroy(reference);
}

/* X on the highest qubit where all the others are 0, from |0...0>: one amplitude moves, and back.
 */
static void controls_wider_than_a_tile(void **state)
{
    enum { QUBITS = 14 };
    int controls[QUBITS - 1], zeros[QUBITS - 1] = {0};
    const int target = QUBITS - 1;
    hahn_engine *engine = support_reference_engine();
    hahn_circuit *circuit;
    hahn_program *program;
    hahn_workspace *workspace;
    double *final = support_allocate((2 * sizeof *final) << QUBITS);
    (void)state;
    for (int q = 0; q < QUBITS - 1; q++)
        controls[q] = q;
    assert_ok(engine, hahn_engine_set_backend(engine, HAHN_BACKEND_CPU));
    assert_ok(engine, hahn_engine_set_tile(engine, 10));
    assert_ok(engine, hahn_circuit_create(engine, QUBITS, &circuit));
    assert_ok(engine, hahn_circuit_append_controlled(circuit, HAHN_GATE_X, &target, NULL,
                                                     QUBITS - 1, controls, zeros));
    assert_ok(engine, hahn_program_create(engine, circuit, NULL, &program));
    assert_ok(engine, hahn_workspace_create(engine, program, NULL, &workspace));
    assert_ok(engine, hahn_final_state(workspace, 1, NULL, final));
    for (int64_t j = 0; j < INT64_C(2) << QUBITS; j++)
        assert_true(final[j] == (j == INT64_C(2) << target));
    free(final);
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_circuit_destroy(circuit);
    hahn_engine_destroy(engine);
}

/* H and RY(theta) on each qubit: <Z_0> is -sin(theta_0), its derivative -cos(theta_0), and those by
   the others' angles are 0; each a sum over the whole state. */
static void check_long_sums(hahn_engine *engine, int qubits)
{
    hahn_circuit *circuit;
    hahn_observable *sum;
    hahn_program *program;
    hahn_workspace *workspace;
    double theta[32], gradient[32];
    const hahn_precision precision = hahn_engine_precision(engine);
    assert_ok(engine, hahn_circuit_create(engine, qubits, &circuit));
    for (int q = 0; q < qubits; q++) {
        theta[q] = 0.1 + 0.01 * q;
        assert_ok(engine, hahn_circuit_h(circuit, q));
        assert_ok(engine, hahn_circuit_ry(circuit, q, hahn_theta(q)));
    }
    assert_ok(engine, hahn_observable_create(engine, qubits, &sum));
    assert_ok(engine, hahn_observable_add_masks(sum, 1, 0, 1));
    assert_ok(engine, hahn_program_create(engine, circuit, sum, &program));
    assert_ok(engine, hahn_workspace_create(engine, program, NULL, &workspace));
    assert_ok(engine, hahn_gradient(workspace, NULL, 1, theta, NULL, gradient, NULL));
    for (int q = 0; q < qubits; q++)
        assert_within(gradient[q], q == 0 ? -cos(theta[0]) : 0,
                      battery_gradient_tolerance(precision, 2 * qubits, 1, 1));
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_observable_destroy(sum);
    hahn_circuit_destroy(circuit);
}

static void sums_over_large_states(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    (void)state;
    for (int c = 0; c < count; c++) {
        if (configs[c].backend != HAHN_BACKEND_CPU)
            continue;
        hahn_engine *engine = support_engine(&configs[c]);
        assert_ok(engine, hahn_engine_set_tile(engine, 0));
        check_long_sums(engine, 19);
        hahn_engine_destroy(engine);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_groups_than_tables),
        cmocka_unit_test(controls_wider_than_a_tile),
        cmocka_unit_test(sums_over_large_states),
    };
    return support_result(cmocka_run_group_tests_name("engine_limits", tests, NULL, NULL));
}
