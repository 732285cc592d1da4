/* What runs take, against counts by hand. */
#include "support.h"

/* For each amplitude; the observable Z0 takes 2 for its one source and 2 for the energy. */
static const double observable = 4;

static hahn_program_info describe(hahn_engine *engine, hahn_circuit *circuit, uint64_t x,
                                  uint64_t z)
{
    hahn_observable *sum;
    hahn_program *program;
    hahn_program_info info;
    assert_ok(engine, hahn_observable_create(engine, hahn_circuit_qubits(circuit), &sum));
    assert_ok(engine, hahn_observable_add_masks(sum, 1, x, z));
    assert_ok(engine, hahn_program_create(engine, circuit, sum, &program));
    assert_ok(engine, hahn_program_describe(program, &info));
    hahn_program_destroy(program);
    hahn_observable_destroy(sum);
    return info;
}

static void nothing(hahn_engine *engine, hahn_circuit *c)
{
    (void)engine, (void)c;
}

static void one_flip(hahn_engine *engine, hahn_circuit *c)
{
    assert_ok(engine, hahn_circuit_cx(c, 3, 4));
}

static void two_rotations(hahn_engine *engine, hahn_circuit *c)
{
    assert_ok(engine, hahn_circuit_ry(c, 0, hahn_theta(0)));
    assert_ok(engine, hahn_circuit_ry(c, 7, hahn_theta(1)));
}

static void controlled_twice(hahn_engine *engine, hahn_circuit *c)
{
    static const int control[] = {0, 8}, value[] = {1, 1}, target = 3;
    const hahn_param angle = hahn_theta(0);
    assert_ok(engine,
              hahn_circuit_append_controlled(c, HAHN_GATE_RY, &target, &angle, 2, control, value));
}

/* One D stage, of terms inside a block and of terms that spare it. */
static void plain_diagonal(hahn_engine *engine, hahn_circuit *c)
{
    assert_ok(engine, hahn_circuit_rz(c, 0, hahn_theta(0)));
    assert_ok(engine, hahn_circuit_rzz(c, 1, 5, hahn_theta(1)));
    assert_ok(engine, hahn_circuit_rzz(c, 6, 8, hahn_theta(2)));
}

static void mixed_of_one_bit(hahn_engine *engine, hahn_circuit *c)
{
    assert_ok(engine, hahn_circuit_rzz(c, 0, 8, hahn_theta(0)));
}

/* More groups than there are tables for: by what they see of qubits 6 to 8. */
static void mixed_of_five_groups(hahn_engine *engine, hahn_circuit *c)
{
    static const int one[] = {0, 6, 7}, other[] = {0, 6, 8};
    for (int q = 6; q <= 8; q++)
        assert_ok(engine, hahn_circuit_rzz(c, 0, q, hahn_theta(q)));
    assert_ok(engine, hahn_circuit_pauli_rotation(c, "ZZZ", one, hahn_theta(0)));
    assert_ok(engine, hahn_circuit_pauli_rotation(c, "ZZZ", other, hahn_theta(1)));
}

static void mixed_of_two_bits_fixed(hahn_engine *engine, hahn_circuit *c)
{
    static const int qubits[] = {1, 0, 6, 7};
    for (int q = 6; q <= 8; q++)
        assert_ok(engine, hahn_circuit_rzz(c, 0, q, hahn_fixed(0.5)));
    assert_ok(engine, hahn_circuit_pauli_rotation(c, "ZZZ", qubits + 1, hahn_fixed(0.5)));
    static const int other[] = {0, 1, 6, 8};
    assert_ok(engine, hahn_circuit_pauli_rotation(c, "ZZZZ", other, hahn_fixed(0.5)));
}

static void matrix_of_two_qubits(hahn_engine *engine, hahn_circuit *c)
{
    static const int qubits[] = {2, 7}, control = 5, value = 1;
    double swap[32] = {[0] = 1, [12] = 1, [18] = 1, [30] = 1};
    assert_ok(engine, hahn_circuit_unitary(c, 2, qubits, swap));
    assert_ok(engine, hahn_circuit_unitary_controlled(c, 2, qubits, swap, 1, &control, &value));
}

/* Operations for each amplitude, forward and backward. */
static void stages_by_hand(void **state)
{
    static const struct {
        void (*build)(hahn_engine *engine, hahn_circuit *c);
        double forward, backward;
    } cases[] = {
        {nothing, 0, 0},
        {one_flip, 0, 0},
        {two_rotations, 2 * 2, 2 * 6},
        {controlled_twice, 4 / 4.0, 10 / 4.0},
        {plain_diagonal, 8, 16},
        {mixed_of_one_bit, 8, 16},
        {mixed_of_five_groups, 8 + 12, 16 + 12 + 6},
        {mixed_of_two_bits_fixed, 8 + 12 + 4, 16 + 12 + 4},
        {matrix_of_two_qubits, 4 * 4 * 1.5, 2 * 4 * 4 * 1.5},
    };
    hahn_engine *engine = support_reference_engine();
    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(cases); k++)
        for (int qubits = 9; qubits <= 14; qubits += 5) {
            hahn_circuit *circuit;
            assert_ok(engine, hahn_circuit_create(engine, qubits, &circuit));
            cases[k].build(engine, circuit);
            const hahn_program_info info = describe(engine, circuit, 0, 1);
            const double size = ldexp(1, qubits), forward = cases[k].forward + observable;
            assert_within(info.energy_operations, size * forward, 0);
            assert_within(info.gradient_operations, size * (forward + cases[k].backward), 0);
            hahn_circuit_destroy(circuit);
        }
    hahn_engine_destroy(engine);
}

/* Rotations on all of 13 qubits take two sweeps of tiles of 12. */
static void passes_by_hand(void **state)
{
    hahn_engine *engine = support_reference_engine();
    (void)state;
    assert_ok(engine, hahn_engine_set_tile(engine, 12));
    for (int qubits = 12; qubits <= 13; qubits++) {
        const int sweeps = qubits - 11;
        hahn_circuit *circuit;
        assert_ok(engine, hahn_circuit_create(engine, qubits, &circuit));
        for (int q = 0; q < qubits; q++)
            assert_ok(engine, hahn_circuit_ry(circuit, q, hahn_theta(q)));
        hahn_program_info info = describe(engine, circuit, 1, 0);
        assert_int_equal(info.sweeps, sweeps);
        /* The start, the sweeps, the observable; and lambda, the sweeps back, the certificate. */
        assert_int_equal(info.energy_passes, 1 + 2 * sweeps + 1);
        assert_int_equal(info.gradient_passes, 1 + 2 * sweeps + 1 + 1 + 4 * sweeps + 2);
        /* X on qubit 12 fetches from 2^12 amplitudes away. */
        info = describe(engine, circuit, UINT64_C(1) << (qubits - 1), 0);
        assert_int_equal(info.energy_passes, 1 + 2 * sweeps + 1 + (qubits > 12));
        hahn_circuit_destroy(circuit);
    }
    hahn_engine_destroy(engine);
}

/* The demo: a D R D P a layer, of which the second D moves behind P to the first one of the next
   layer; 10,001 stages of 10 rotations, 10,002 diagonal ones, 11 sources. */
static void the_demo_by_hand(void **state)
{
    hahn_engine *engine = support_reference_engine();
    hahn_circuit *circuit;
    hahn_observable *sum;
    hahn_program *program;
    hahn_program_info info;
    (void)state;
    assert_ok(engine, hahn_ansatz_variational(engine, 10, 10000, &circuit));
    assert_ok(engine, hahn_observable_heisenberg(engine, (hahn_lattice){10, 1, 1}, 1, &sum));
    assert_ok(engine, hahn_program_create(engine, circuit, sum, &program));
    assert_ok(engine, hahn_program_describe(program, &info));
    const double energy = 10001.0 * 10 * 2 + 10002.0 * 8 + 11 * 2 + 2;
    assert_within(info.energy_operations, 1024 * energy, 0);
    assert_within(info.gradient_operations, 1024 * (energy + 10001.0 * 10 * 6 + 10002.0 * 16), 0);
    assert_int_equal(info.energy_passes, 1 + 2 + 1);
    assert_int_equal(info.gradient_passes, 1 + 2 + 1 + 1 + 4 + 2);
    hahn_program_destroy(program);
    assert_ok(engine, hahn_program_create(engine, circuit, NULL, &program));
    assert_ok(engine, hahn_program_describe(program, &info));
    assert_within(info.energy_operations, 1024 * (10001.0 * 10 * 2 + 10002.0 * 8), 0);
    assert_int_equal(info.energy_passes, 1 + 2);
    assert_within(info.gradient_operations, 0, 0);
    assert_int_equal(info.gradient_passes, 0);
    hahn_program_destroy(program);
    hahn_observable_destroy(sum);
    hahn_circuit_destroy(circuit);
    hahn_engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stages_by_hand),
        cmocka_unit_test(passes_by_hand),
        cmocka_unit_test(the_demo_by_hand),
    };
    return support_result(cmocka_run_group_tests_name("cost", tests, NULL, NULL));
}
