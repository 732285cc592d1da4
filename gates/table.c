#include "gates/table.h"

#include "gates/lower.h"
#include "gates/matrices.h"

#include <stddef.h>
#include <strings.h>

/* clang-format off */
#define SELF(id)    HAHN_INVERSE_ROW, HAHN_GATE_##id
#define PARTNER(id) HAHN_INVERSE_ROW, HAHN_GATE_##id
#define NEGATE      HAHN_INVERSE_NEGATE, HAHN_GATE_COUNT
#define FLAG        HAHN_INVERSE_FLAG, HAHN_GATE_COUNT
#define FIXED(f)    hahn_matrix_##f, NULL, hahn_lower_##f, NULL
#define TURNED(f)   hahn_matrix_##f, hahn_generator_##f, hahn_lower_##f, NULL
#define STRING(f, letters) hahn_matrix_##f, hahn_generator_##f, hahn_lower_pauli, letters

/* name, OpenQASM 3 name, summary, controls, targets, params | inverse | matrix, generator, lower,
   letters */
static const hahn_gate_row rows[HAHN_GATE_COUNT] = {
    [HAHN_GATE_I]     = {{"I", "id", "identity", 0, 1, 0}, SELF(I), FIXED(i)},
    [HAHN_GATE_X]     = {{"X", "x", "Pauli X: [[0, 1], [1, 0]]", 0, 1, 0}, SELF(X), FIXED(x)},
    [HAHN_GATE_Y]     = {{"Y", "y", "Pauli Y: [[0, -i], [i, 0]]", 0, 1, 0}, SELF(Y), FIXED(y)},
    [HAHN_GATE_Z]     = {{"Z", "z", "Pauli Z: diag(1, -1)", 0, 1, 0}, SELF(Z), FIXED(z)},
    [HAHN_GATE_H]     = {{"H", "h", "Hadamard: (X + Z) / sqrt(2)", 0, 1, 0}, SELF(H), FIXED(h)},
    [HAHN_GATE_S]     = {{"S", "s", "diag(1, i)", 0, 1, 0}, PARTNER(SDG), FIXED(s)},
    [HAHN_GATE_SDG]   = {{"Sdg", "sdg", "diag(1, -i)", 0, 1, 0}, PARTNER(S), FIXED(sdg)},
    [HAHN_GATE_T]     = {{"T", "t", "diag(1, exp(i pi/4))", 0, 1, 0}, PARTNER(TDG), FIXED(t)},
    [HAHN_GATE_TDG]   = {{"Tdg", "tdg", "diag(1, exp(-i pi/4))", 0, 1, 0}, PARTNER(T), FIXED(tdg)},
    [HAHN_GATE_SX]    = {{"SX", "sx", "square root of X: exp(i pi/4) RX(pi/2)", 0, 1, 0}, PARTNER(SXDG), FIXED(sx)},
    [HAHN_GATE_SXDG]  = {{"SXdg", NULL, "inverse of SX", 0, 1, 0}, PARTNER(SX), FIXED(sxdg)},
    [HAHN_GATE_RX]    = {{"RX", "rx", "exp(-i a X/2)", 0, 1, 1}, NEGATE, TURNED(rx)},
    [HAHN_GATE_RY]    = {{"RY", "ry", "exp(-i a Y/2)", 0, 1, 1}, NEGATE, TURNED(ry)},
    [HAHN_GATE_RZ]    = {{"RZ", "rz", "exp(-i a Z/2)", 0, 1, 1}, NEGATE, TURNED(rz)},
    [HAHN_GATE_P]     = {{"P", "p", "diag(1, exp(i a))", 0, 1, 1}, NEGATE, TURNED(p)},
    [HAHN_GATE_U]     = {{"U", "u3", "P(phi) RY(theta) P(lambda); angles theta, phi, lambda", 0, 1, 3}, FLAG, TURNED(u)},
    [HAHN_GATE_RXX]   = {{"RXX", NULL, "exp(-i a XX/2)", 0, 2, 1}, NEGATE, STRING(rxx, "XX")},
    [HAHN_GATE_RYY]   = {{"RYY", NULL, "exp(-i a YY/2)", 0, 2, 1}, NEGATE, STRING(ryy, "YY")},
    [HAHN_GATE_RZZ]   = {{"RZZ", NULL, "exp(-i a ZZ/2)", 0, 2, 1}, NEGATE, STRING(rzz, "ZZ")},
    [HAHN_GATE_SWAP]  = {{"SWAP", "swap", "exchange of two qubits", 0, 2, 0}, SELF(SWAP), FIXED(swap)},
    [HAHN_GATE_ISWAP] = {{"iSWAP", NULL, "SWAP with i on |01> and |10>", 0, 2, 0}, FLAG, FIXED(iswap)},
    [HAHN_GATE_CX]    = {{"CX", "cx", "X controlled by one qubit", 1, 1, 0}, SELF(CX), FIXED(x)},
    [HAHN_GATE_CY]    = {{"CY", "cy", "Y controlled by one qubit", 1, 1, 0}, SELF(CY), FIXED(y)},
    [HAHN_GATE_CZ]    = {{"CZ", "cz", "Z controlled by one qubit", 1, 1, 0}, SELF(CZ), FIXED(z)},
    [HAHN_GATE_CH]    = {{"CH", "ch", "H controlled by one qubit", 1, 1, 0}, SELF(CH), FIXED(h)},
    [HAHN_GATE_CSWAP] = {{"CSWAP", "cswap", "SWAP controlled by one qubit", 1, 2, 0}, SELF(CSWAP), FIXED(swap)},
    [HAHN_GATE_CCX]   = {{"CCX", "ccx", "X controlled by two qubits", 2, 1, 0}, SELF(CCX), FIXED(x)},
    [HAHN_GATE_CCZ]   = {{"CCZ", NULL, "Z controlled by two qubits", 2, 1, 0}, SELF(CCZ), FIXED(z)},
    [HAHN_GATE_CRX]   = {{"CRX", "crx", "RX controlled by one qubit", 1, 1, 1}, NEGATE, TURNED(rx)},
    [HAHN_GATE_CRY]   = {{"CRY", "cry", "RY controlled by one qubit", 1, 1, 1}, NEGATE, TURNED(ry)},
    [HAHN_GATE_CRZ]   = {{"CRZ", "crz", "RZ controlled by one qubit", 1, 1, 1}, NEGATE, TURNED(rz)},
    [HAHN_GATE_CP]    = {{"CP", "cp", "P controlled by one qubit", 1, 1, 1}, NEGATE, TURNED(p)},
    [HAHN_GATE_CU]    = {{"CU", NULL, "U controlled by one qubit", 1, 1, 3}, FLAG, TURNED(u)},
    [HAHN_GATE_SINGLE_EXCITATION] = {{"SingleExcitation", NULL, "RY(a) from |from=1, to=0> to |from=0, to=1>", 0, 2, 1}, NEGATE, TURNED(single)},
    [HAHN_GATE_DOUBLE_EXCITATION] = {{"DoubleExcitation", NULL, "RY(a) from |1100> to |0011> of from0, from1, to0, to1", 0, 4, 1}, NEGATE, TURNED(double)},
    [HAHN_GATE_FSIM]  = {{"fSim", NULL, "exp(-i theta (XX + YY)/2), then exp(-i phi) on |11>; angles theta, phi", 0, 2, 2}, NEGATE, TURNED(fsim)},
    [HAHN_GATE_PAULI_ROTATION] = {{"PauliRotation", NULL, "exp(-i a P/2), P any Pauli string", 0, -1, 1}, NEGATE, NULL, NULL, hahn_lower_pauli, NULL},
    [HAHN_GATE_UNITARY] = {{"Unitary", NULL, "dense unitary on 1 to 6 qubits", 0, -1, 0}, FLAG, NULL, NULL, hahn_lower_unitary, NULL},
};
/* clang-format on */

const hahn_gate_row *hahn_gate_row_of(hahn_gate gate)
{
    return (unsigned)gate < HAHN_GATE_COUNT ? &rows[gate] : NULL;
}

const char *hahn_gate_paulis(const hahn_gate_call *call)
{
    return call->paulis ? call->paulis : rows[call->gate].paulis;
}

bool hahn_gate_string(const hahn_gate_call *call, hahn_pauli_string *string)
{
    const char *letters = hahn_gate_paulis(call);
    if (!letters || call->control)
        return false;
    *string = (hahn_pauli_string){0};
    for (int k = 0; k < call->target_count; k++) {
        const uint64_t bit = hahn_bit(call->targets[k]);
        string->x |= letters[k] == 'X' || letters[k] == 'Y' ? bit : 0;
        string->z |= letters[k] == 'Z' || letters[k] == 'Y' ? bit : 0;
    }
    return true;
}

/* Undo a list of primitives: reverse it, negate the angles, conjugate the matrices. */
static void reverse(hahn_lowering *out, int first)
{
    for (int i = first, j = out->count - 1; i < j; i++, j--) {
        hahn_primitive swap = out->list[i];
        out->list[i] = out->list[j];
        out->list[j] = swap;
    }
    for (int i = first; i < out->count; i++) {
        hahn_primitive *p = &out->list[i];
        p->angle.scale = -p->angle.scale;
        p->angle.offset = -p->angle.offset;
        p->rest = -p->rest;
        p->dagger = !p->dagger;
    }
}

/* Controls on 0 are turned around, one by one: a flip of many qubits would not fit a tile. */
static void turn_zeros(const hahn_gate_call *call, hahn_lowering *out)
{
    for (uint64_t rest = call->control_zeros; rest; rest &= rest - 1)
        out->list[out->count++] = (hahn_primitive){.kind = HAHN_FLIP, .mask = rest & -rest};
}

void hahn_gate_lower(const hahn_gate_call *call, hahn_lowering *out)
{
    out->count = 0;
    turn_zeros(call, out);
    const int first = out->count;
    rows[call->gate].lower(out, call);
    if (call->dagger)
        reverse(out, first);
    turn_zeros(call, out);
}

void hahn_gate_invert(hahn_gate_call *call, hahn_param *params)
{
    const hahn_gate_row *row = &rows[call->gate];
    if (row->inverse == HAHN_INVERSE_ROW)
        call->gate = row->partner;
    else if (row->inverse == HAHN_INVERSE_FLAG)
        call->dagger = !call->dagger;
    for (int k = 0; k < call->param_count; k++) {
        const double sign = row->inverse == HAHN_INVERSE_NEGATE ? -1 : 1;
        params[k] = (hahn_param){sign * call->params[k].scale, sign * call->params[k].offset,
                                 call->params[k].index};
    }
    call->params = params;
}

hahn_status hahn_gate_describe(hahn_gate gate, hahn_gate_info *info)
{
    const hahn_gate_row *row = hahn_gate_row_of(gate);
    if (!row)
        return HAHN_ERR_GATE;
    if (!info)
        return HAHN_ERR_ARGUMENT;
    *info = row->info;
    return HAHN_OK;
}

hahn_status hahn_gate_find(const char *name, hahn_gate *gate)
{
    if (!name || !gate)
        return HAHN_ERR_ARGUMENT;
    for (int g = 0; g < HAHN_GATE_COUNT; g++) {
        const hahn_gate_info *info = &rows[g].info;
        if (strcasecmp(name, info->name) == 0 ||
            (info->qasm && strcasecmp(name, info->qasm) == 0)) {
            *gate = (hahn_gate)g;
            return HAHN_OK;
        }
    }
    return HAHN_ERR_GATE;
}

hahn_status hahn_gate_matrix(hahn_gate gate, const double *params, double *matrix)
{
    const hahn_gate_row *row = hahn_gate_row_of(gate);
    double _Complex m[256];
    if (!row || !row->matrix)
        return HAHN_ERR_GATE;
    if (!matrix || (row->info.params > 0 && !params))
        return HAHN_ERR_ARGUMENT;
    row->matrix(params, m);
    for (int k = 0; k < 1 << (2 * row->info.targets); k++) {
        matrix[2 * k] = creal(m[k]);
        matrix[2 * k + 1] = cimag(m[k]);
    }
    return HAHN_OK;
}
