/* Gates read back from a circuit: a circuit built anew from them is the same one. */
#include "support.h"

enum { QUBITS = 8, GATES = 40, PARAMETERS = 5, CIRCUITS = 200 };

/* The set bits of a mask; `values` gets 0 for those that are in `zeros`. */
static int list_bits(uint64_t mask, uint64_t zeros, int *qubits, int *values)
{
    int count = 0;
    for (int q = 0; q < QUBITS; q++) {
        if (!(mask >> q & 1))
            continue;
        values[count] = !(zeros >> q & 1);
        qubits[count++] = q;
    }
    return count;
}

/* Own controls act on 1, so that any that do will serve; they are taken out of *further. */
static int own_controls(const hahn_placed_gate *gate, uint64_t *further, int *qubits)
{
    hahn_gate_info info;
    int count = 0;
    assert_int_equal(hahn_gate_describe(gate->gate, &info), HAHN_OK);
    *further = gate->controls;
    for (int q = 0; q < QUBITS && count < info.controls; q++) {
        if (!((gate->controls & ~gate->control_zeros) >> q & 1))
            continue;
        *further &= ~(UINT64_C(1) << q);
        qubits[count++] = q;
    }
    assert_true(count == info.controls || info.controls < 0);
    return count;
}

static hahn_status append(hahn_circuit *circuit, const hahn_placed_gate *gate)
{
    int qubits[QUBITS], controls[QUBITS], values[QUBITS];
    uint64_t further;
    const int own = own_controls(gate, &further, qubits);
    const int count = list_bits(further, gate->control_zeros, controls, values);
    memcpy(qubits + own, gate->targets, (size_t)gate->target_count * sizeof *qubits);
    if (gate->gate == HAHN_GATE_PAULI_ROTATION) {
        char letters[QUBITS + 1] = {0};
        memcpy(letters, gate->paulis, (size_t)gate->target_count);
        return hahn_circuit_pauli_rotation_controlled(circuit, letters, gate->targets,
                                                      gate->params[0], count, controls, values);
    }
    assert_null(gate->paulis);
    if (gate->gate == HAHN_GATE_UNITARY)
        return hahn_circuit_unitary_controlled(circuit, gate->target_count, gate->targets,
                                               gate->matrix, count, controls, values);
    assert_null(gate->matrix);
    return hahn_circuit_append_controlled(circuit, gate->gate, qubits, gate->params, count,
                                          controls, values);
}

/* Inverses without a row are made as users make them. */
static void append_inverse(hahn_engine *engine, hahn_circuit *circuit, const hahn_placed_gate *gate)
{
    hahn_circuit *plain, *inverse;
    assert_ok(engine, hahn_circuit_create(engine, QUBITS, &plain));
    assert_ok(engine, append(plain, gate));
    assert_ok(engine, hahn_circuit_inverse(plain, &inverse));
    assert_ok(engine, hahn_circuit_append_circuit(circuit, inverse, NULL, 0));
    hahn_circuit_destroy(inverse);
    hahn_circuit_destroy(plain);
}

static int check_rebuilt(hahn_engine *engine, const hahn_circuit *circuit)
{
    hahn_circuit *again;
    int inverses = 0;
    assert_ok(engine, hahn_circuit_create(engine, QUBITS, &again));
    for (int64_t g = 0; g < hahn_circuit_gates(circuit); g++) {
        hahn_placed_gate gate;
        assert_ok(engine, hahn_circuit_gate(circuit, g, &gate));
        inverses += gate.inverse != 0;
        if (gate.inverse)
            append_inverse(engine, again, &gate);
        else
            assert_ok(engine, append(again, &gate));
    }
    assert_int_equal(hahn_circuit_gates(again), hahn_circuit_gates(circuit));
    assert_true(hahn_circuit_fingerprint(again) == hahn_circuit_fingerprint(circuit));
    hahn_circuit_destroy(again);
    return inverses;
}

static void circuits_are_rebuilt_from_their_gates(void **state)
{
    struct battery_random random = support_random(__func__);
    hahn_engine *engine = support_reference_engine();
    int inverses = 0;
    (void)state;
    for (int k = 0; k < CIRCUITS; k++) {
        struct model model;
        hahn_circuit *circuit, *inverse;
        model_random(&random, QUBITS, GATES, PARAMETERS, &model);
        assert_ok(engine, model_circuit(&model, engine, &circuit));
        assert_ok(engine, hahn_circuit_inverse(circuit, &inverse));
        assert_int_equal(check_rebuilt(engine, circuit), 0);
        inverses += check_rebuilt(engine, inverse);
        hahn_circuit_destroy(inverse);
        hahn_circuit_destroy(circuit);
    }
    assert_true(inverses > 0);
    hahn_engine_destroy(engine);
}

static void gates_that_are_not_there(void **state)
{
    hahn_engine *engine = support_reference_engine();
    hahn_circuit *circuit;
    hahn_placed_gate gate = {.target_count = 42};
    (void)state;
    assert_ok(engine, hahn_circuit_create(engine, 2, &circuit));
    assert_ok(engine, hahn_circuit_h(circuit, 1));
    assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_circuit_gate(circuit, 1, &gate), "gate 1",
                   "has 1");
    assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_circuit_gate(circuit, -1, &gate), "gate -1");
    assert_int_equal(hahn_circuit_gate(NULL, 0, &gate), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_circuit_gate(circuit, 0, NULL), HAHN_ERR_ARGUMENT);
    assert_int_equal(gate.target_count, 42);
    assert_ok(engine, hahn_circuit_gate(circuit, 0, &gate));
    assert_int_equal(gate.gate, HAHN_GATE_H);
    assert_int_equal(gate.target_count, 1);
    assert_int_equal(gate.targets[0], 1);
    assert_null(gate.params);
    hahn_circuit_destroy(circuit);
    hahn_engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(circuits_are_rebuilt_from_their_gates),
        cmocka_unit_test(gates_that_are_not_there),
    };
    return support_result(cmocka_run_group_tests_name("circuit gates", tests, NULL, NULL));
}
