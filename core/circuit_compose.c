/* Circuits made of circuits: append, copy, inverse, controlled, repeat. */
#include "core/circuit.h"

#include <inttypes.h>

/* How a gate changes on its way from one circuit into another. */
typedef struct passage {
    const int *qubits; /* NULL: as they are */
    int64_t first_param;
    uint64_t control, control_zeros;
    bool invert;
} passage;

static int map_qubit(const passage *way, int qubit)
{
    return way->qubits ? way->qubits[qubit] : qubit;
}

static uint64_t map_mask(const passage *way, uint64_t mask)
{
    uint64_t mapped = 0;
    for (; mask; mask &= mask - 1)
        mapped |= hahn_bit(map_qubit(way, __builtin_ctzll(mask)));
    return mapped;
}

/* Append gate `index` of `source`. Its data is copied first, where appending could move it. */
static hahn_status carry(hahn_circuit *circuit, const hahn_circuit *source, int64_t index,
                         const passage *way)
{
    int targets[HAHN_MAX_QUBITS];
    char letters[HAHN_MAX_QUBITS];
    hahn_param params[3];
    double _Complex entries[1 << (2 * HAHN_MAX_DENSE)];
    hahn_gate_call call = hahn_circuit_call(source, index);
    if (way->invert)
        hahn_gate_invert(&call, params);
    for (int k = 0; k < call.target_count; k++)
        targets[k] = map_qubit(way, call.targets[k]);
    for (int k = 0; k < call.param_count; k++) {
        params[k] = call.params[k];
        params[k].index += params[k].index >= 0 ? way->first_param : 0;
    }
    for (int k = 0; call.paulis && k < call.target_count; k++)
        letters[k] = call.paulis[k];
    for (int k = 0; call.matrix && k < 1 << (2 * call.target_count); k++)
        entries[k] = call.matrix[k];
    call.targets = targets;
    call.params = params;
    call.paulis = call.paulis ? letters : NULL;
    call.matrix = call.matrix ? entries : NULL;
    call.control = map_mask(way, call.control) | way->control;
    call.control_zeros = map_mask(way, call.control_zeros) | way->control_zeros;
    return hahn_circuit_add(circuit, &call);
}

/* Take away what was appended since `before` was copied. The pools keep their room. */
static void go_back(hahn_circuit *circuit, const hahn_circuit *before)
{
    const hahn_circuit now = *circuit;
    *circuit = *before;
    circuit->ops = (hahn_array){now.ops.data, before->ops.count, now.ops.capacity};
    circuit->targets = (hahn_array){now.targets.data, before->targets.count, now.targets.capacity};
    circuit->params = (hahn_array){now.params.data, before->params.count, now.params.capacity};
    circuit->letters = (hahn_array){now.letters.data, before->letters.count, now.letters.capacity};
    circuit->entries = (hahn_array){now.entries.data, before->entries.count, now.entries.capacity};
}

/* A circuit may count more parameters than its gates use; what is made of it does so too. */
static void count_parameters(hahn_circuit *circuit, int64_t parameters)
{
    if (circuit->parameters < parameters)
        circuit->parameters = parameters;
}

/* Append all gates of `source`, or none. */
static hahn_status carry_all(hahn_circuit *circuit, const hahn_circuit *source, const passage *way)
{
    const hahn_circuit start = *circuit;
    const int64_t gates = hahn_circuit_gates(source);
    for (int64_t k = 0; k < gates; k++) {
        const hahn_status status = carry(circuit, source, way->invert ? gates - 1 - k : k, way);
        if (status != HAHN_OK) {
            go_back(circuit, &start);
            return status;
        }
    }
    count_parameters(circuit, way->first_param + source->parameters);
    return HAHN_OK;
}

hahn_status hahn_circuit_append_circuit_controlled(hahn_circuit *circuit, const hahn_circuit *other,
                                                   const int *qubits, int64_t first_param,
                                                   int controls, const int *control_qubits,
                                                   const int *control_values)
{
    passage way = {.qubits = qubits, .first_param = first_param};
    uint64_t used = 0;
    if (!circuit || !other)
        return HAHN_ERR_ARGUMENT;
    hahn_engine *engine = circuit->engine;
    if (first_param < 0 || first_param >= INT64_C(1) << 48)
        return hahn_fail(engine, HAHN_ERR_PARAMETER,
                         "first parameter %" PRId64 " is out of range: use 0 to 2^48 - 1",
                         first_param);
    if (!qubits && other->qubits > circuit->qubits)
        return hahn_fail(
            engine, HAHN_ERR_QUBIT,
            "a circuit of %d qubits does not fit on one of %d: name the qubits it goes "
            "on, or use a wider circuit",
            other->qubits, circuit->qubits);
    hahn_status status = HAHN_OK;
    if (qubits)
        status = hahn_circuit_mask(circuit, 0, other->qubits, qubits, &used);
    else
        used = hahn_bit(other->qubits) - 1;
    if (status == HAHN_OK)
        status = hahn_circuit_controls(circuit, used, controls, control_qubits, control_values,
                                       &way.control, &way.control_zeros);
    return status == HAHN_OK ? carry_all(circuit, other, &way) : status;
}

hahn_status hahn_circuit_append_circuit(hahn_circuit *circuit, const hahn_circuit *other,
                                        const int *qubits, int64_t first_param)
{
    return hahn_circuit_append_circuit_controlled(circuit, other, qubits, first_param, 0, NULL,
                                                  NULL);
}

/* A new circuit on `qubits` qubits that holds `source` changed on the way. */
static hahn_status derive(const hahn_circuit *source, int qubits, const passage *way,
                          hahn_circuit **out)
{
    hahn_circuit *made;
    if (!source || !out)
        return HAHN_ERR_ARGUMENT;
    hahn_status status = hahn_circuit_create(source->engine, qubits, &made);
    if (status != HAHN_OK)
        return status;
    status = carry_all(made, source, way);
    if (status == HAHN_OK)
        *out = made;
    else
        hahn_circuit_destroy(made);
    return status;
}

hahn_status hahn_circuit_copy(const hahn_circuit *circuit, hahn_circuit **out)
{
    const passage way = {0};
    return derive(circuit, hahn_circuit_qubits(circuit), &way, out);
}

hahn_status hahn_circuit_inverse(const hahn_circuit *circuit, hahn_circuit **out)
{
    const passage way = {.invert = true};
    return derive(circuit, hahn_circuit_qubits(circuit), &way, out);
}

hahn_status hahn_circuit_controlled(const hahn_circuit *circuit, int controls, hahn_circuit **out)
{
    if (!circuit || !out)
        return HAHN_ERR_ARGUMENT;
    if (controls < 0 || controls > HAHN_MAX_QUBITS - circuit->qubits)
        return hahn_fail(circuit->engine, HAHN_ERR_ARGUMENT,
                         "%d controls beside %d qubits are out of range: use 0 to %d", controls,
                         circuit->qubits, HAHN_MAX_QUBITS - circuit->qubits);
    const int qubits = circuit->qubits + controls;
    const passage way = {.control = (hahn_bit(qubits) - 1) & ~(hahn_bit(circuit->qubits) - 1)};
    return derive(circuit, qubits, &way, out);
}

hahn_status hahn_circuit_repeat(hahn_circuit *circuit, int64_t times, int fresh_params)
{
    if (!circuit)
        return HAHN_ERR_ARGUMENT;
    if (times < 1)
        return hahn_fail(circuit->engine, HAHN_ERR_ARGUMENT,
                         "%" PRId64 " repetitions are out of range: use 1 or more", times);
    const hahn_circuit start = *circuit;
    const int64_t gates = hahn_circuit_gates(circuit), parameters = circuit->parameters;
    /* All at once, so that an absurd number is refused before it has filled the memory. */
    const hahn_status room =
        hahn_array_reserve(circuit->engine, &circuit->ops,
                           hahn_saturating_multiply((uint64_t)gates, (uint64_t)times - 1),
                           sizeof(hahn_op), "the gates of a circuit");
    if (room != HAHN_OK)
        return room;
    for (int64_t turn = 1; turn < times && gates > 0; turn++) {
        const passage way = {.first_param = fresh_params ? turn * parameters : 0};
        for (int64_t k = 0; k < gates; k++) {
            const hahn_status status = carry(circuit, circuit, k, &way);
            if (status != HAHN_OK) {
                go_back(circuit, &start);
                return status;
            }
        }
    }
    if (fresh_params)
        count_parameters(circuit, times * parameters);
    return HAHN_OK;
}
