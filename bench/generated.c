#include "generated.h"

#define SEED        20
#define PAULI_TERMS 3000

/* -- a circuit --------------------------------------------------------------------------------- */

static const hahn_gate mixed_gates[] = {
    HAHN_GATE_RX,  HAHN_GATE_RY,  HAHN_GATE_RZ,  HAHN_GATE_CRX,
    HAHN_GATE_CRY, HAHN_GATE_CRZ, HAHN_GATE_RZZ, HAHN_GATE_SINGLE_EXCITATION,
    HAHN_GATE_H,   HAHN_GATE_CX,  HAHN_GATE_CCX};

#define MIXED_GATES ((int)(sizeof mixed_gates / sizeof mixed_gates[0]))

/* The number-th of those below `count` that are not taken. `taken` is in ascending order. */
static int skip_taken(int number, const int *taken, int count)
{
    for (int k = 0; k < count; k++)
        number += number >= taken[k];
    return number;
}

/* Three different qubits from three uniform numbers. */
static void draw_qubits(int qubits, const double *uniform, int drawn[3])
{
    int taken[2];
    drawn[0] = (int)(uniform[0] * qubits);
    drawn[1] = skip_taken((int)(uniform[1] * (qubits - 1)), drawn, 1);
    taken[0] = drawn[0] < drawn[1] ? drawn[0] : drawn[1];
    taken[1] = drawn[0] < drawn[1] ? drawn[1] : drawn[0];
    drawn[2] = skip_taken((int)(uniform[2] * (qubits - 2)), taken, 2);
}

/* Gate `index` takes numbers 4 index to 4 index + 3 of stream 0. */
static hahn_status append_random_gate(hahn_circuit *circuit, uint64_t index)
{
    double uniform[4];
    int qubits[3];
    hahn_gate_info info;
    hahn_random_uniform(SEED, 0, 4 * index, 4, uniform);
    const hahn_gate gate = mixed_gates[(int)(uniform[0] * MIXED_GATES)];
    const hahn_param angle = hahn_theta(hahn_circuit_parameters(circuit));
    draw_qubits(hahn_circuit_qubits(circuit), uniform + 1, qubits);
    hahn_status status = hahn_gate_describe(gate, &info);
    return status == HAHN_OK
               ? hahn_circuit_append(circuit, gate, qubits, info.params ? &angle : NULL)
               : status;
}

/* RX on qubit `index` mod n, and after the last one of a layer the ring. */
static hahn_status append_rx(hahn_circuit *circuit, uint64_t index)
{
    const int qubits = hahn_circuit_qubits(circuit), qubit = (int)(index % (uint64_t)qubits);
    hahn_status status = hahn_circuit_rx(circuit, qubit, hahn_theta((int64_t)index));
    for (int q = 0; q < qubits && qubits > 1 && qubit + 1 == qubits && status == HAHN_OK; q++)
        status = hahn_circuit_cx(circuit, q, (q + 1) % qubits);
    return status;
}

static hahn_status generate(hahn_engine *engine, int qubits, int64_t layers,
                            hahn_status (*append)(hahn_circuit *circuit, uint64_t index),
                            hahn_circuit **out)
{
    hahn_circuit *circuit;
    hahn_status status = hahn_circuit_create(engine, qubits, &circuit);
    if (status != HAHN_OK)
        return status;
    for (int64_t k = 0; k < layers * qubits && status == HAHN_OK; k++)
        status = append(circuit, (uint64_t)k);
    if (status == HAHN_OK)
        *out = circuit;
    else
        hahn_circuit_destroy(circuit);
    return status;
}

hahn_status generate_mixed(hahn_engine *engine, int qubits, int64_t layers, hahn_circuit **out)
{
    return generate(engine, qubits, layers, append_random_gate, out);
}

hahn_status generate_rx(hahn_engine *engine, int qubits, int64_t layers, hahn_circuit **out)
{
    return generate(engine, qubits, layers, append_rx, out);
}

/* -- an observable ----------------------------------------------------------------------------- */

static hahn_status add_random_term(hahn_observable *observable, uint64_t index)
{
    double uniform[3];
    const double masks = (double)(UINT64_C(1) << hahn_observable_qubits(observable));
    hahn_random_uniform(SEED, 1, 3 * index, 3, uniform);
    return hahn_observable_add_masks(observable, uniform[0] - 0.5, (uint64_t)(uniform[1] * masks),
                                     (uint64_t)(uniform[2] * masks));
}

hahn_status generate_paulis(hahn_engine *engine, int qubits, hahn_observable **out)
{
    hahn_observable *observable;
    hahn_status status = hahn_observable_create(engine, qubits, &observable);
    if (status != HAHN_OK)
        return status;
    for (uint64_t k = 0; k < PAULI_TERMS && status == HAHN_OK; k++)
        status = add_random_term(observable, k);
    if (status == HAHN_OK)
        *out = observable;
    else
        hahn_observable_destroy(observable);
    return status;
}
