/* Circuits as data: what is refused and with which words, that a refused call changes nothing, and
   the counts. What circuits do is tested elsewhere. */
#include "support.h"

enum { QUBITS = 5 };

struct scene {
    hahn_engine *engine;
    hahn_circuit *circuit;
    uint64_t fingerprint;
};

static int open_scene(void **state)
{
    struct scene *s = support_allocate(sizeof *s);
    s->engine = support_reference_engine();
    assert_ok(s->engine, hahn_circuit_create(s->engine, QUBITS, &s->circuit));
    assert_ok(s->engine, hahn_circuit_h(s->circuit, 0));
    assert_ok(s->engine, hahn_circuit_rx(s->circuit, 3, hahn_theta(0)));
    s->fingerprint = hahn_circuit_fingerprint(s->circuit);
    *state = s;
    return 0;
}

static int close_scene(void **state)
{
    struct scene *s = *state;
    hahn_circuit_destroy(s->circuit);
    hahn_engine_destroy(s->engine);
    free(s);
    return 0;
}

static void assert_unchanged(const struct scene *s)
{
    assert_int_equal(hahn_circuit_gates(s->circuit), 2);
    assert_int_equal(hahn_circuit_parameters(s->circuit), 1);
    assert_int_equal(hahn_circuit_depth(s->circuit), 1);
    assert_int_equal(hahn_circuit_count(s->circuit, HAHN_GATE_RX), 1);
    assert_true(hahn_circuit_fingerprint(s->circuit) == s->fingerprint);
}

static void qubits_out_of_range(void **state)
{
    struct scene *s = *state;
    static const int bad[] = {-1, QUBITS, 60, 1000000, INT32_MIN};
    for (size_t k = 0; k < ARRAY_SIZE(bad); k++) {
        char said[32];
        snprintf(said, sizeof said, "qubit %d ", bad[k]);
        assert_refused(s->engine, HAHN_ERR_QUBIT, hahn_circuit_x(s->circuit, bad[k]), said,
                       "5 qubits", "0 to 4");
        assert_refused(s->engine, HAHN_ERR_QUBIT, hahn_circuit_cx(s->circuit, bad[k], 0), said);
        assert_refused(s->engine, HAHN_ERR_QUBIT, hahn_circuit_cx(s->circuit, 0, bad[k]), said);
        assert_refused(s->engine, HAHN_ERR_QUBIT,
                       hahn_circuit_double_excitation(s->circuit, 0, 1, 2, bad[k], hahn_theta(7)),
                       said);
        assert_refused(s->engine, HAHN_ERR_QUBIT,
                       hahn_circuit_append_controlled(s->circuit, HAHN_GATE_X, (const int[]){0},
                                                      NULL, 1, &bad[k], NULL),
                       said);
    }
    assert_unchanged(s);
}

static void repeated_qubits(void **state)
{
    struct scene *s = *state;
    const int twice[] = {2, 2}, control[] = {1, 1};
    const hahn_param angle = hahn_theta(3);
    assert_refused(s->engine, HAHN_ERR_QUBIT, hahn_circuit_cx(s->circuit, 2, 2), "qubit 2");
    assert_refused(s->engine, HAHN_ERR_QUBIT, hahn_circuit_cswap(s->circuit, 0, 2, 2), "qubit 2");
    assert_refused(s->engine, HAHN_ERR_QUBIT, hahn_circuit_ccx(s->circuit, 4, 4, 2), "qubit 4");
    assert_refused(s->engine, HAHN_ERR_QUBIT,
                   hahn_circuit_pauli_rotation(s->circuit, "XY", twice, angle), "qubit 2");
    assert_refused(
        s->engine, HAHN_ERR_QUBIT,
        hahn_circuit_append_controlled(s->circuit, HAHN_GATE_RX, twice, &angle, 1, twice, NULL),
        "qubit 2");
    assert_refused(
        s->engine, HAHN_ERR_QUBIT,
        hahn_circuit_append_controlled(s->circuit, HAHN_GATE_RX, twice, &angle, 2, control, NULL),
        "qubit 1");
    assert_unchanged(s);
}

static void bad_angles(void **state)
{
    struct scene *s = *state;
    static const hahn_param bad[] = {
        {1, NAN, -1}, {1, INFINITY, -1}, {NAN, 0, 0}, {-INFINITY, 0, 0}, {1, NAN, 0}};
    for (size_t k = 0; k < ARRAY_SIZE(bad); k++) {
        assert_refused(s->engine, HAHN_ERR_PARAMETER, hahn_circuit_rz(s->circuit, 0, bad[k]),
                       "finite");
        assert_refused(s->engine, HAHN_ERR_PARAMETER,
                       hahn_circuit_u(s->circuit, 0, hahn_theta(5), hahn_fixed(1), bad[k]),
                       "finite");
    }
    assert_refused(s->engine, HAHN_ERR_PARAMETER,
                   hahn_circuit_rz(s->circuit, 0, hahn_affine(1, -2, 0)), "-2");
    assert_refused(s->engine, HAHN_ERR_PARAMETER,
                   hahn_circuit_rz(s->circuit, 0, hahn_affine(1, INT64_MAX, 0)),
                   "9223372036854775807");
    assert_unchanged(s);
}

static void unknown_gates(void **state)
{
    struct scene *s = *state;
    const int qubits[] = {0, 1};
    assert_refused(s->engine, HAHN_ERR_GATE,
                   hahn_circuit_append(s->circuit, HAHN_GATE_COUNT, qubits, NULL), "38", "37");
    assert_refused(s->engine, HAHN_ERR_GATE,
                   hahn_circuit_append(s->circuit, (hahn_gate)-1, qubits, NULL), "gate");
    assert_refused(s->engine, HAHN_ERR_GATE,
                   hahn_circuit_append(s->circuit, HAHN_GATE_PAULI_ROTATION, qubits, NULL),
                   "hahn_circuit_pauli_rotation");
    assert_refused(s->engine, HAHN_ERR_GATE,
                   hahn_circuit_append(s->circuit, HAHN_GATE_UNITARY, qubits, NULL),
                   "hahn_circuit_unitary");
    assert_unchanged(s);
}

static void bad_controls(void **state)
{
    struct scene *s = *state;
    const int qubits[] = {0}, control[] = {1, 2}, values[] = {1, 2};
    assert_refused(
        s->engine, HAHN_ERR_ARGUMENT,
        hahn_circuit_append_controlled(s->circuit, HAHN_GATE_X, qubits, NULL, 2, control, values),
        "2", "0 or 1");
    assert_refused(
        s->engine, HAHN_ERR_ARGUMENT,
        hahn_circuit_append_controlled(s->circuit, HAHN_GATE_X, qubits, NULL, -1, control, values),
        "-1");
    assert_unchanged(s);
}

static void bad_pauli_strings(void **state)
{
    struct scene *s = *state;
    const int qubits[61] = {0, 1, 2, 3, 4};
    char endless[62] = {0};
    memset(endless, 'X', 61);
    assert_refused(s->engine, HAHN_ERR_ARGUMENT,
                   hahn_circuit_pauli_rotation(s->circuit, "XQ", qubits, hahn_theta(3)), "'Q'");
    assert_refused(s->engine, HAHN_ERR_ARGUMENT,
                   hahn_circuit_pauli_rotation(s->circuit, "", qubits, hahn_theta(3)), "0 letters",
                   "1 to 60");
    assert_refused(s->engine, HAHN_ERR_ARGUMENT,
                   hahn_circuit_pauli_rotation(s->circuit, endless, qubits, hahn_theta(3)), "61");
    assert_unchanged(s);
}

/* Departing from unitarity by less than 1e-10 is let through, by more is not. */
static void unitarity(void **state)
{
    struct scene *s = *state;
    const int qubits[] = {0, 1, 2, 3, 4, 0, 1};
    double u[8] = {1, 0, 0, 0, 0, 0, 1, 0};
    u[0] = 1 + 1e-9;
    assert_refused(s->engine, HAHN_ERR_GATE, hahn_circuit_unitary(s->circuit, 1, qubits, u),
                   "2e-09", "1e-10");
    u[0] = NAN;
    assert_refused(s->engine, HAHN_ERR_GATE, hahn_circuit_unitary(s->circuit, 1, qubits, u), "nan");
    u[0] = 1, u[2] = 1;
    assert_refused(s->engine, HAHN_ERR_GATE, hahn_circuit_unitary(s->circuit, 1, qubits, u),
                   "unitary");
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_circuit_unitary(s->circuit, 7, qubits, u),
                   "7", "1 to 6");
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_circuit_unitary(s->circuit, 0, qubits, u),
                   "0", "1 to 6");
    assert_unchanged(s);
    u[0] = 1 + 4e-11, u[2] = 0;
    assert_ok(s->engine, hahn_circuit_unitary(s->circuit, 1, qubits, u));
    assert_int_equal(hahn_circuit_count(s->circuit, HAHN_GATE_UNITARY), 1);
}

static void bad_sizes(void **state)
{
    struct scene *s = *state;
    static const int bad[] = {0, -1, 61, INT32_MAX};
    hahn_circuit *out = NULL;
    for (size_t k = 0; k < ARRAY_SIZE(bad); k++)
        assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_circuit_create(s->engine, bad[k], &out),
                       "1 to 60");
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_circuit_controlled(s->circuit, 56, &out),
                   "56", "0 to 55");
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_circuit_controlled(s->circuit, -1, &out),
                   "-1");
    assert_refused(s->engine, HAHN_ERR_ARGUMENT, hahn_circuit_repeat(s->circuit, 0, 0), "0",
                   "1 or more");
    assert_null(out);
    assert_unchanged(s);
}

static void null_arguments(void **state)
{
    struct scene *s = *state;
    hahn_circuit *out = NULL;
    assert_int_equal(hahn_circuit_create(NULL, 1, &out), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_circuit_create(s->engine, 1, NULL), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_circuit_copy(NULL, &out), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_circuit_inverse(s->circuit, NULL), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_circuit_controlled(NULL, 1, &out), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_circuit_repeat(NULL, 2, 0), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_circuit_x(NULL, 0), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_circuit_append(s->circuit, HAHN_GATE_X, NULL, NULL), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_circuit_append(s->circuit, HAHN_GATE_RX, (const int[]){0}, NULL),
                     HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_circuit_pauli_rotation(s->circuit, NULL, (const int[]){0}, hahn_theta(0)),
                     HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_circuit_unitary(s->circuit, 1, (const int[]){0}, NULL),
                     HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_circuit_append_circuit(s->circuit, NULL, NULL, 0), HAHN_ERR_ARGUMENT);
    assert_null(out);
    assert_unchanged(s);
    hahn_circuit_destroy(NULL);
}

static void circuits_that_do_not_fit(void **state)
{
    struct scene *s = *state;
    hahn_circuit *wide, *narrow;
    assert_ok(s->engine, hahn_circuit_create(s->engine, QUBITS + 1, &wide));
    assert_ok(s->engine, hahn_circuit_create(s->engine, 2, &narrow));
    assert_ok(s->engine, hahn_circuit_x(wide, QUBITS));
    assert_ok(s->engine, hahn_circuit_rx(narrow, 1, hahn_theta(0)));
    assert_refused(s->engine, HAHN_ERR_QUBIT,
                   hahn_circuit_append_circuit(s->circuit, wide, NULL, 0), "6 qubits", "5");
    assert_refused(s->engine, HAHN_ERR_QUBIT,
                   hahn_circuit_append_circuit(s->circuit, narrow, (const int[]){1, 1}, 0),
                   "qubit 1");
    assert_refused(s->engine, HAHN_ERR_QUBIT,
                   hahn_circuit_append_circuit(s->circuit, narrow, (const int[]){1, 5}, 0),
                   "qubit 5", "0 to 4");
    assert_refused(s->engine, HAHN_ERR_QUBIT,
                   hahn_circuit_append_circuit_controlled(s->circuit, narrow, (const int[]){1, 2},
                                                          0, 1, (const int[]){2}, NULL),
                   "qubit 2");
    assert_refused(s->engine, HAHN_ERR_PARAMETER,
                   hahn_circuit_append_circuit(s->circuit, narrow, (const int[]){1, 2}, -1), "-1");
    assert_refused(s->engine, HAHN_ERR_PARAMETER,
                   hahn_circuit_append_circuit(s->circuit, narrow, (const int[]){1, 2}, INT64_MAX),
                   "9223372036854775807");
    assert_unchanged(s);
    hahn_circuit_destroy(narrow);
    hahn_circuit_destroy(wide);
}

/* A failure in the middle of an append takes back what was appended before it. */
static void appending_half_is_not_done(void **state)
{
    struct scene *s = *state;
    hahn_circuit *other;
    assert_ok(s->engine, hahn_circuit_create(s->engine, QUBITS, &other));
    assert_ok(s->engine, hahn_circuit_x(other, 1));
    assert_ok(s->engine, hahn_circuit_ry(other, 2, hahn_theta(1)));
    assert_ok(s->engine, hahn_circuit_rz(other, 2, hahn_theta((INT64_C(1) << 48) - 1)));
    assert_refused(s->engine, HAHN_ERR_PARAMETER,
                   hahn_circuit_append_circuit(s->circuit, other, NULL, 1), "281474976710656");
    assert_unchanged(s);
    hahn_circuit_destroy(other);
}

static void counts(void **state)
{
    struct scene *s = *state;
    hahn_circuit *c = s->circuit; /* H 0, RX 3 */
    assert_int_equal(hahn_circuit_qubits(c), QUBITS);
    assert_ok(s->engine, hahn_circuit_cx(c, 0, 3));
    assert_int_equal(hahn_circuit_depth(c), 2);
    assert_ok(s->engine, hahn_circuit_x(c, 1));
    assert_int_equal(hahn_circuit_depth(c), 2);
    assert_ok(s->engine, hahn_circuit_append_controlled(c, HAHN_GATE_X, (const int[]){1}, NULL, 1,
                                                        (const int[]){3}, (const int[]){0}));
    assert_int_equal(hahn_circuit_depth(c), 3);
    assert_ok(s->engine, hahn_circuit_rz(c, 2, hahn_affine(2, 41, 1)));
    assert_int_equal(hahn_circuit_parameters(c), 42);
    assert_ok(s->engine, hahn_circuit_rz(c, 2, hahn_fixed(2)));
    assert_int_equal(hahn_circuit_gates(c), 7);
    assert_int_equal(hahn_circuit_count(c, HAHN_GATE_X), 2);
    assert_int_equal(hahn_circuit_count(c, HAHN_GATE_RZ), 2);
    assert_int_equal(hahn_circuit_count(c, HAHN_GATE_CX), 1);
    assert_int_equal(hahn_circuit_count(c, HAHN_GATE_Y), 0);
    assert_int_equal(hahn_circuit_count(c, HAHN_GATE_COUNT), 0);
    assert_int_equal(hahn_circuit_depth(c), 3);
}

/* The depth of a gate is one more than the deepest of its qubits, on all of them. */
static void depth_follows_the_deepest_qubit(void **state)
{
    struct scene *s = *state;
    hahn_circuit *c = s->circuit; /* H 0, RX 3 */
    for (int k = 0; k < 5; k++)
        assert_ok(s->engine, hahn_circuit_x(c, 0));
    assert_int_equal(hahn_circuit_depth(c), 6);
    assert_ok(s->engine, hahn_circuit_ccx(c, 1, 2, 0));
    assert_ok(s->engine, hahn_circuit_y(c, 1));
    assert_int_equal(hahn_circuit_depth(c), 8);
    assert_ok(s->engine, hahn_circuit_append_controlled(c, HAHN_GATE_X, (const int[]){3}, NULL, 1,
                                                        (const int[]){1}, NULL));
    assert_int_equal(hahn_circuit_depth(c), 9);
    assert_ok(s->engine, hahn_circuit_x(c, 4));
    assert_int_equal(hahn_circuit_depth(c), 9);
}

/* Each function of one gate must make the gate of its name, qubits and angles in their order. */
static void functions_are_the_table_s_rows(void **state)
{
    struct scene *s = *state;
    hahn_circuit *one, *other;
    const int q[] = {3, 1, 4, 0};
    const hahn_param a[] = {hahn_theta(2), hahn_affine(2, 0, 1), hahn_fixed(0.5)};
    assert_ok(s->engine, hahn_circuit_create(s->engine, QUBITS, &one));
    assert_ok(s->engine, hahn_circuit_create(s->engine, QUBITS, &other));
#define SAME(id, ...)                                                                              \
    assert_ok(s->engine, hahn_circuit_append(other, HAHN_GATE_##id, q, a));                        \
    assert_ok(s->engine, __VA_ARGS__);                                                             \
    assert_int_equal(hahn_circuit_count(one, HAHN_GATE_##id), 1);                                  \
    assert_true(hahn_circuit_fingerprint(one) == hahn_circuit_fingerprint(other))
    SAME(I, hahn_circuit_i(one, 3));
    SAME(X, hahn_circuit_x(one, 3));
    SAME(Y, hahn_circuit_y(one, 3));
    SAME(Z, hahn_circuit_z(one, 3));
    SAME(H, hahn_circuit_h(one, 3));
    SAME(S, hahn_circuit_s(one, 3));
    SAME(SDG, hahn_circuit_sdg(one, 3));
    SAME(T, hahn_circuit_t(one, 3));
    SAME(TDG, hahn_circuit_tdg(one, 3));
    SAME(SX, hahn_circuit_sx(one, 3));
    SAME(SXDG, hahn_circuit_sxdg(one, 3));
    SAME(RX, hahn_circuit_rx(one, 3, a[0]));
    SAME(RY, hahn_circuit_ry(one, 3, a[0]));
    SAME(RZ, hahn_circuit_rz(one, 3, a[0]));
    SAME(P, hahn_circuit_p(one, 3, a[0]));
    SAME(U, hahn_circuit_u(one, 3, a[0], a[1], a[2]));
    SAME(RXX, hahn_circuit_rxx(one, 3, 1, a[0]));
    SAME(RYY, hahn_circuit_ryy(one, 3, 1, a[0]));
    SAME(RZZ, hahn_circuit_rzz(one, 3, 1, a[0]));
    SAME(SWAP, hahn_circuit_swap(one, 3, 1));
    SAME(ISWAP, hahn_circuit_iswap(one, 3, 1));
    SAME(CX, hahn_circuit_cx(one, 3, 1));
    SAME(CY, hahn_circuit_cy(one, 3, 1));
    SAME(CZ, hahn_circuit_cz(one, 3, 1));
    SAME(CH, hahn_circuit_ch(one, 3, 1));
    SAME(CSWAP, hahn_circuit_cswap(one, 3, 1, 4));
    SAME(CCX, hahn_circuit_ccx(one, 3, 1, 4));
    SAME(CCZ, hahn_circuit_ccz(one, 3, 1, 4));
    SAME(CRX, hahn_circuit_crx(one, 3, 1, a[0]));
    SAME(CRY, hahn_circuit_cry(one, 3, 1, a[0]));
    SAME(CRZ, hahn_circuit_crz(one, 3, 1, a[0]));
    SAME(CP, hahn_circuit_cp(one, 3, 1, a[0]));
    SAME(CU, hahn_circuit_cu(one, 3, 1, a[0], a[1], a[2]));
    SAME(SINGLE_EXCITATION, hahn_circuit_single_excitation(one, 3, 1, a[0]));
    SAME(DOUBLE_EXCITATION, hahn_circuit_double_excitation(one, 3, 1, 4, 0, a[0]));
    SAME(FSIM, hahn_circuit_fsim(one, 3, 1, a[0], a[1]));
#undef SAME
    assert_int_equal(hahn_circuit_gates(one), HAHN_GATE_PAULI_ROTATION);
    hahn_circuit_destroy(other);
    hahn_circuit_destroy(one);
}

/* What differs must have another fingerprint; what is built alike the same. */
static void fingerprints(void **state)
{
    struct scene *s = *state;
    enum { CIRCUITS = 9 };
    hahn_circuit *c[CIRCUITS];
    for (int k = 0; k < CIRCUITS; k++)
        assert_ok(s->engine, hahn_circuit_create(s->engine, k == 1 ? 3 : 2, &c[k]));
    for (int k = 0; k < 2; k++)
        assert_ok(s->engine, hahn_circuit_rx(c[k], 0, hahn_theta(0)));
    assert_ok(s->engine, hahn_circuit_rx(c[2], 1, hahn_theta(0)));
    assert_ok(s->engine, hahn_circuit_ry(c[3], 0, hahn_theta(0)));
    assert_ok(s->engine, hahn_circuit_rx(c[4], 0, hahn_theta(1)));
    assert_ok(s->engine, hahn_circuit_rx(c[5], 0, hahn_affine(2, 0, 0)));
    assert_ok(s->engine, hahn_circuit_rx(c[6], 0, hahn_affine(1, 0, 1e-300)));
    assert_ok(s->engine, hahn_circuit_append_controlled(c[7], HAHN_GATE_RX, (const int[]){0},
                                                        (const hahn_param[]){{1, 0, 0}}, 1,
                                                        (const int[]){1}, (const int[]){0}));
    for (int k = 0; k < CIRCUITS; k++)
        for (int other = 0; other < k; other++)
            assert_true(hahn_circuit_fingerprint(c[k]) != hahn_circuit_fingerprint(c[other]));
    assert_ok(s->engine, hahn_circuit_rx(c[8], 0, hahn_affine(1, 0, -0.0)));
    assert_true(hahn_circuit_fingerprint(c[8]) == hahn_circuit_fingerprint(c[0]));
    for (int k = 0; k < CIRCUITS; k++)
        hahn_circuit_destroy(c[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(qubits_out_of_range, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(repeated_qubits, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(bad_angles, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(unknown_gates, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(bad_controls, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(bad_pauli_strings, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(unitarity, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(bad_sizes, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(null_arguments, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(circuits_that_do_not_fit, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(appending_half_is_not_done, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(counts, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(depth_follows_the_deepest_qubit, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(functions_are_the_table_s_rows, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(fingerprints, open_scene, close_scene),
    };
    return support_result(cmocka_run_group_tests_name("circuits", tests, NULL, NULL));
}
