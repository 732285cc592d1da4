#include "core/circuit.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

hahn_status hahn_circuit_create(hahn_engine *engine, int qubits, hahn_circuit **out)
{
    void *memory;
    if (!engine || !out)
        return HAHN_ERR_ARGUMENT;
    if (qubits < 1 || qubits > HAHN_MAX_QUBITS)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "a circuit of %d qubits is out of range: use 1 to %d", qubits,
                         HAHN_MAX_QUBITS);
    hahn_status status = hahn_allocate(engine, 1, sizeof(hahn_circuit), "a circuit", &memory);
    if (status != HAHN_OK)
        return status;
    *out = memory;
    **out = (hahn_circuit){.engine = engine, .qubits = qubits};
    return HAHN_OK;
}

void hahn_circuit_destroy(hahn_circuit *circuit)
{
    if (!circuit)
        return;
    hahn_engine *engine = circuit->engine;
    hahn_array_release(engine, &circuit->ops, sizeof(hahn_op));
    hahn_array_release(engine, &circuit->targets, sizeof(int));
    hahn_array_release(engine, &circuit->params, sizeof(hahn_param));
    hahn_array_release(engine, &circuit->letters, sizeof(char));
    hahn_array_release(engine, &circuit->entries, sizeof(double _Complex));
    hahn_release(engine, circuit, 1, sizeof *circuit);
}

hahn_gate_call hahn_circuit_call(const hahn_circuit *circuit, int64_t index)
{
    const hahn_op *op = (const hahn_op *)circuit->ops.data + index;
    hahn_gate_call call = {
        .gate = (hahn_gate)op->gate,
        .dagger = op->dagger,
        .control = op->control,
        .control_zeros = op->control_zeros,
        .target_count = op->target_count,
        .param_count = op->param_count,
        .targets = (const int *)circuit->targets.data + op->first_target,
    };
    if (op->param_count)
        call.params = (const hahn_param *)circuit->params.data + op->first_param;
    if (call.gate == HAHN_GATE_PAULI_ROTATION)
        call.paulis = (const char *)circuit->letters.data + op->first_data;
    if (call.gate == HAHN_GATE_UNITARY)
        call.matrix = (const double _Complex *)circuit->entries.data + op->first_data;
    return call;
}

hahn_status hahn_circuit_mask(hahn_circuit *circuit, uint64_t used, int count, const int *qubits,
                              uint64_t *mask)
{
    *mask = 0;
    for (int k = 0; k < count; k++) {
        if (qubits[k] < 0 || qubits[k] >= circuit->qubits)
            return hahn_fail(circuit->engine, HAHN_ERR_QUBIT,
                             "qubit %d is out of range: the circuit has %d qubit%s, 0 to %d",
                             qubits[k], circuit->qubits, circuit->qubits == 1 ? "" : "s",
                             circuit->qubits - 1);
        if ((used | *mask) & hahn_bit(qubits[k]))
            return hahn_fail(circuit->engine, HAHN_ERR_QUBIT,
                             "qubit %d is named twice in one gate: its qubits must differ",
                             qubits[k]);
        *mask |= hahn_bit(qubits[k]);
    }
    return HAHN_OK;
}

hahn_status hahn_circuit_controls(hahn_circuit *circuit, uint64_t used, int count,
                                  const int *qubits, const int *values, uint64_t *control,
                                  uint64_t *zeros)
{
    *zeros = 0;
    if (count < 0 || (count > 0 && !qubits))
        return hahn_fail(circuit->engine, HAHN_ERR_ARGUMENT,
                         "%d controls: use 0 or more, and name their qubits", count);
    hahn_status status = hahn_circuit_mask(circuit, used, count, qubits, control);
    for (int k = 0; k < count && status == HAHN_OK && values; k++) {
        if (values[k] != 0 && values[k] != 1)
            return hahn_fail(circuit->engine, HAHN_ERR_ARGUMENT,
                             "control value %d of qubit %d is out of range: use 0 or 1", values[k],
                             qubits[k]);
        if (values[k] == 0)
            *zeros |= hahn_bit(qubits[k]);
    }
    return status;
}

static hahn_status check_param(hahn_circuit *circuit, const hahn_param *param)
{
    if (param->index < 0 && !isfinite(param->offset))
        return hahn_fail(circuit->engine, HAHN_ERR_PARAMETER,
                         "angle %g is not finite: use finite numbers", param->offset);
    if (!isfinite(param->offset) || !isfinite(param->scale))
        return hahn_fail(circuit->engine, HAHN_ERR_PARAMETER,
                         "angle %g * theta[%" PRId64 "] + %g is not finite: use finite numbers",
                         param->scale, param->index, param->offset);
    if (param->index < -1 || param->index >= INT64_C(1) << 48)
        return hahn_fail(circuit->engine, HAHN_ERR_PARAMETER,
                         "parameter index %" PRId64
                         " is out of range: use 0 to 2^48 - 1, or -1 for "
                         "a constant",
                         param->index);
    return HAHN_OK;
}

static uint64_t letters_of(const hahn_gate_call *call)
{
    return call->paulis ? (uint64_t)call->target_count : 0;
}

static uint64_t entries_of(const hahn_gate_call *call)
{
    return call->matrix ? UINT64_C(1) << (2 * call->target_count) : 0;
}

/* Room for `times` copies of a call, so that what follows cannot fail. */
static hahn_status reserve(hahn_circuit *c, const hahn_gate_call *call, uint64_t times)
{
    static const char what[] = "the gates of a circuit";
    hahn_engine *e = c->engine;
    hahn_status status = hahn_array_reserve(e, &c->ops, times, sizeof(hahn_op), what);
    if (status == HAHN_OK)
        status = hahn_array_reserve(e, &c->targets, times * (uint64_t)call->target_count,
                                    sizeof(int), what);
    if (status == HAHN_OK)
        status = hahn_array_reserve(e, &c->params, times * (uint64_t)call->param_count,
                                    sizeof(hahn_param), what);
    if (status == HAHN_OK)
        status = hahn_array_reserve(e, &c->letters, times * letters_of(call), sizeof(char), what);
    if (status == HAHN_OK)
        status = hahn_array_reserve(e, &c->entries, times * entries_of(call),
                                    sizeof(double _Complex), what);
    return status;
}

/* Copy `count` elements to the end of a pool with room; returns where they begin. */
static uint64_t push(hahn_array *array, const void *data, uint64_t count, uint64_t size)
{
    const uint64_t first = array->count;
    if (count)
        memcpy((char *)array->data + first * size, data, count * size);
    array->count += count;
    return first;
}

/* Depth, counts and number of parameters after one more gate. */
static void account(hahn_circuit *circuit, const hahn_gate_call *call)
{
    uint64_t mask = call->control;
    int64_t depth = 0;
    for (int k = 0; k < call->target_count; k++)
        mask |= hahn_bit(call->targets[k]);
    for (uint64_t rest = mask; rest; rest &= rest - 1) {
        const int64_t d = circuit->depth_of[__builtin_ctzll(rest)];
        depth = d > depth ? d : depth;
    }
    for (uint64_t rest = mask; rest; rest &= rest - 1)
        circuit->depth_of[__builtin_ctzll(rest)] = depth + 1;
    circuit->count_of[call->gate]++;
    for (int k = 0; k < call->param_count; k++)
        if (call->params[k].index >= circuit->parameters)
            circuit->parameters = call->params[k].index + 1;
}

hahn_status hahn_circuit_add(hahn_circuit *circuit, const hahn_gate_call *call)
{
    hahn_status status = HAHN_OK;
    for (int k = 0; k < call->param_count && status == HAHN_OK; k++)
        status = check_param(circuit, &call->params[k]);
    if (status == HAHN_OK)
        status = reserve(circuit, call, 1);
    if (status != HAHN_OK)
        return status;
    hahn_op op = {.control = call->control,
                  .control_zeros = call->control_zeros,
                  .gate = (uint8_t)call->gate,
                  .dagger = call->dagger,
                  .target_count = (uint8_t)call->target_count,
                  .param_count = (uint8_t)call->param_count};
    op.first_target = push(&circuit->targets, call->targets, op.target_count, sizeof(int));
    op.first_param = push(&circuit->params, call->params, op.param_count, sizeof(hahn_param));
    if (call->paulis)
        op.first_data = push(&circuit->letters, call->paulis, letters_of(call), sizeof(char));
    if (call->matrix)
        op.first_data =
            push(&circuit->entries, call->matrix, entries_of(call), sizeof(double _Complex));
    push(&circuit->ops, &op, 1, sizeof op);
    account(circuit, call);
    return HAHN_OK;
}

int hahn_circuit_qubits(const hahn_circuit *circuit)
{
    return circuit ? circuit->qubits : 0;
}

int64_t hahn_circuit_gates(const hahn_circuit *circuit)
{
    return circuit ? (int64_t)circuit->ops.count : 0;
}

hahn_status hahn_circuit_gate(const hahn_circuit *circuit, int64_t index, hahn_placed_gate *out)
{
    if (!circuit || !out)
        return HAHN_ERR_ARGUMENT;
    if (index < 0 || index >= hahn_circuit_gates(circuit))
        return hahn_fail(circuit->engine, HAHN_ERR_ARGUMENT,
                         "gate %" PRId64 " is out of range: the circuit has %" PRId64 ", from 0",
                         index, hahn_circuit_gates(circuit));
    const hahn_gate_call call = hahn_circuit_call(circuit, index);
    *out = (hahn_placed_gate){.gate = call.gate,
                              .inverse = call.dagger,
                              .controls = call.control,
                              .control_zeros = call.control_zeros,
                              .target_count = call.target_count,
                              .param_count = call.param_count,
                              .targets = call.targets,
                              .params = call.params,
                              .paulis = call.paulis,
                              .matrix = (const double *)call.matrix};
    return HAHN_OK;
}

int64_t hahn_circuit_count(const hahn_circuit *circuit, hahn_gate gate)
{
    return circuit && (unsigned)gate < HAHN_GATE_COUNT ? circuit->count_of[gate] : 0;
}

int64_t hahn_circuit_depth(const hahn_circuit *circuit)
{
    int64_t depth = 0;
    for (int q = 0; circuit && q < circuit->qubits; q++)
        depth = circuit->depth_of[q] > depth ? circuit->depth_of[q] : depth;
    return depth;
}

int64_t hahn_circuit_parameters(const hahn_circuit *circuit)
{
    return circuit ? circuit->parameters : 0;
}

uint64_t hahn_mix(uint64_t fingerprint, uint64_t value)
{
    for (int byte = 0; byte < 8; byte++)
        fingerprint = (fingerprint ^ (value >> (8 * byte) & 0xff)) * 0x100000001b3u;
    return fingerprint;
}

uint64_t hahn_double_bits(double value)
{
    uint64_t bits;
    value = value == 0 ? 0 : value;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint64_t mix_call(uint64_t f, const hahn_gate_call *call)
{
    f = hahn_mix(f, (uint64_t)call->gate << 8 | call->dagger);
    f = hahn_mix(hahn_mix(f, call->control), call->control_zeros);
    f = hahn_mix(f, (uint64_t)call->target_count);
    for (int k = 0; k < call->target_count; k++)
        f = hahn_mix(f, (uint64_t)call->targets[k]);
    for (int k = 0; k < call->param_count; k++) {
        f = hahn_mix(f, (uint64_t)call->params[k].index);
        f = hahn_mix(f, hahn_double_bits(call->params[k].scale));
        f = hahn_mix(f, hahn_double_bits(call->params[k].offset));
    }
    for (uint64_t k = 0; k < letters_of(call); k++)
        f = hahn_mix(f, (uint64_t)call->paulis[k]);
    for (uint64_t k = 0; k < entries_of(call); k++) {
        f = hahn_mix(f, hahn_double_bits(creal(call->matrix[k])));
        f = hahn_mix(f, hahn_double_bits(cimag(call->matrix[k])));
    }
    return f;
}

uint64_t hahn_circuit_fingerprint(const hahn_circuit *circuit)
{
    uint64_t f = HAHN_FINGERPRINT_START;
    if (!circuit)
        return f;
    f = hahn_mix(hahn_mix(f, (uint64_t)circuit->qubits), (uint64_t)circuit->parameters);
    for (int64_t k = 0; k < hahn_circuit_gates(circuit); k++) {
        const hahn_gate_call call = hahn_circuit_call(circuit, k);
        f = mix_call(f, &call);
    }
    return f;
}
