#include "gates/lower.h"

#include <math.h>

/* Every emit_* appends one primitive; the identities used are proved in docs/theory.md. */

static hahn_primitive *emit(hahn_lowering *out, hahn_primitive_kind kind, uint64_t mask)
{
    hahn_primitive *p = &out->list[out->count++];
    *p = (hahn_primitive){.kind = kind, .mask = mask, .angle = hahn_fixed(0)};
    return p;
}

static void emit_zrot(hahn_lowering *out, uint64_t mask, hahn_param angle)
{
    emit(out, HAHN_ZROT, mask)->angle = angle;
}

static void emit_phase(hahn_lowering *out, uint64_t mask, hahn_param angle)
{
    emit(out, HAHN_PHASE, mask)->angle = angle;
}

static void emit_ry(hahn_lowering *out, int qubit, hahn_param angle, uint64_t control)
{
    hahn_primitive *p = emit(out, HAHN_RY, hahn_bit(qubit));
    p->angle = angle;
    p->control = control;
}

/* Fixed angles are multiples of pi/4, as sums of two doubles, so that Z, S and H are exact. */
static void fix(hahn_primitive *p, double eighths)
{
    p->angle = hahn_fixed(eighths * (M_PI / 4));
    p->rest = eighths * (0x1.1a62633145c07p-53 / 4); /* pi - M_PI */
}

static void fixed_zrot(hahn_lowering *out, uint64_t mask, double eighths)
{
    fix(emit(out, HAHN_ZROT, mask), eighths);
}

static void fixed_phase(hahn_lowering *out, uint64_t mask, double eighths)
{
    fix(emit(out, HAHN_PHASE, mask), eighths);
}

static void fixed_ry(hahn_lowering *out, int qubit, double eighths, uint64_t control)
{
    hahn_primitive *p = emit(out, HAHN_RY, hahn_bit(qubit));
    p->control = control;
    fix(p, eighths);
}

static void emit_flip(hahn_lowering *out, uint64_t mask, uint64_t control)
{
    emit(out, HAHN_FLIP, mask)->control = control;
}

static hahn_param scaled(hahn_param p, double factor)
{
    return (hahn_param){p.scale * factor, p.offset * factor, p.index};
}

/* A controlled Z-string rotation is diagonal: the parity is gathered on one qubit by flips, where
   exp(-i a/2 Z) = phase(-a/2) times phase(a) on |1>, and both take the controls into their mask. */
static void emit_controlled_zrot(hahn_lowering *out, uint64_t mask, hahn_param a, uint64_t control)
{
    if (control == 0 || mask == 0) {
        if (mask != 0)
            emit_zrot(out, mask, a);
        else
            emit_phase(out, control, scaled(a, -0.5));
        return;
    }
    const uint64_t gather = mask & -mask;
    for (uint64_t rest = mask ^ gather; rest; rest &= rest - 1)
        emit_flip(out, gather, rest & -rest);
    emit_phase(out, control, scaled(a, -0.5));
    emit_phase(out, control | gather, a);
    for (uint64_t rest = mask ^ gather; rest; rest &= rest - 1)
        emit_flip(out, gather, rest & -rest);
}

static void emit_swap(hahn_lowering *out, int a, int b, uint64_t control)
{
    emit_flip(out, hahn_bit(b), hahn_bit(a));
    emit_flip(out, hahn_bit(a), hahn_bit(b) | control);
    emit_flip(out, hahn_bit(b), hahn_bit(a));
}

/* exp(-i angle/2 P) = B zrot(mask) B^dagger with X = RY(pi/2) Z RY(-pi/2) and
   Y = RZ(pi/2) X RZ(-pi/2). Only the core needs the controls. */
static void emit_pauli(hahn_lowering *out, const char *paulis, const int *qubits, int count,
                       hahn_param angle, uint64_t control)
{
    uint64_t mask = 0;
    for (int k = 0; k < count; k++) {
        if (paulis[k] == 'I')
            continue;
        mask |= hahn_bit(qubits[k]);
        if (paulis[k] == 'Y')
            fixed_zrot(out, hahn_bit(qubits[k]), -2);
        if (paulis[k] != 'Z')
            fixed_ry(out, qubits[k], -2, 0);
    }
    emit_controlled_zrot(out, mask, angle, control);
    for (int k = 0; k < count; k++) {
        if (paulis[k] == 'X' || paulis[k] == 'Y')
            fixed_ry(out, qubits[k], 2, 0);
        if (paulis[k] == 'Y')
            fixed_zrot(out, hahn_bit(qubits[k]), 2);
    }
}

/* CNOTs from the pivot to the other qubits of x: X^x becomes X on the pivot alone. */
static void emit_fan(hahn_lowering *out, const hahn_pauli_run *run)
{
    for (uint64_t rest = run->x ^ run->pivot; rest; rest &= rest - 1)
        emit_flip(out, rest & -rest, run->pivot);
}

void hahn_run_enter(hahn_lowering *out, const hahn_pauli_run *run)
{
    emit_fan(out, run);
    if (run->is_y)
        fixed_zrot(out, run->pivot, -2);
    fixed_ry(out, __builtin_ctzll(run->pivot), -2, 0);
}

/* With P = i^|x & z| X^x Z^z, the CNOTs leave X^x Z^z -> X^pivot Z^z' without a sign: z' gains the
   pivot for each other qubit of x that z holds. Between P and what is Hermitian on the pivot, X or
   Y = i X Z, stands i to the number of Ys that are gone. */
void hahn_run_rotate(hahn_lowering *out, const hahn_pauli_run *run, hahn_pauli_string string,
                     hahn_param angle)
{
    const bool gathered = __builtin_parityll(string.z & (run->x ^ run->pivot));
    const uint64_t z = gathered ? string.z ^ run->pivot : string.z;
    const int gone = __builtin_popcountll(string.x & string.z) - (string.x && run->is_y);
    emit_zrot(out, z | (string.x & run->pivot), scaled(angle, gone & 2 ? -1 : 1));
}

void hahn_run_leave(hahn_lowering *out, const hahn_pauli_run *run)
{
    fixed_ry(out, __builtin_ctzll(run->pivot), 2, 0);
    if (run->is_y)
        fixed_zrot(out, run->pivot, 2);
    emit_fan(out, run);
}

/* Rotation by `angle` in the plane of |a=1, b=0> and |a=0, b=1>. A flip of a controlled by b brings
   both to a = 1, where they differ in b alone. */
static void emit_givens(hahn_lowering *out, int a, int b, hahn_param angle, uint64_t control)
{
    emit_flip(out, hahn_bit(a), hahn_bit(b));
    emit_ry(out, b, angle, hahn_bit(a) | control);
    emit_flip(out, hahn_bit(a), hahn_bit(b));
}

static uint64_t target_bit(const hahn_gate_call *call, int k)
{
    return hahn_bit(call->targets[k]);
}

static void emit_fixed_phase(hahn_lowering *out, const hahn_gate_call *call, double eighths)
{
    fixed_phase(out, call->control | target_bit(call, 0), eighths);
}

/* SX^(+-1) = exp(+-i pi/4) RX(+-pi/2) */
static void emit_sqrt_x(hahn_lowering *out, const hahn_gate_call *call, double sign)
{
    fixed_phase(out, call->control, sign);
    fixed_zrot(out, target_bit(call, 0), 2);
    fixed_ry(out, call->targets[0], 2 * sign, call->control);
    fixed_zrot(out, target_bit(call, 0), -2);
}

HAHN_LOWER_FUNCTION(i)
{
    (void)out, (void)call;
}

HAHN_LOWER_FUNCTION(x)
{
    emit_flip(out, target_bit(call, 0), call->control);
}

/* Y = S X S^dagger, and the S need no controls. */
HAHN_LOWER_FUNCTION(y)
{
    fixed_phase(out, target_bit(call, 0), -2);
    emit_flip(out, target_bit(call, 0), call->control);
    fixed_phase(out, target_bit(call, 0), 2);
}

HAHN_LOWER_FUNCTION(z)
{
    emit_fixed_phase(out, call, 4);
}

/* H = RY(pi/2) Z, one rotation; with controls RY(pi/4) CZ RY(-pi/4). */
HAHN_LOWER_FUNCTION(h)
{
    const bool controlled = call->control != 0;
    if (controlled)
        fixed_ry(out, call->targets[0], -1, 0);
    emit_fixed_phase(out, call, 4);
    fixed_ry(out, call->targets[0], controlled ? 1 : 2, 0);
}

HAHN_LOWER_FUNCTION(s)
{
    emit_fixed_phase(out, call, 2);
}

HAHN_LOWER_FUNCTION(sdg)
{
    emit_fixed_phase(out, call, -2);
}

HAHN_LOWER_FUNCTION(t)
{
    emit_fixed_phase(out, call, 1);
}

HAHN_LOWER_FUNCTION(tdg)
{
    emit_fixed_phase(out, call, -1);
}

HAHN_LOWER_FUNCTION(sx)
{
    emit_sqrt_x(out, call, 1);
}

HAHN_LOWER_FUNCTION(sxdg)
{
    emit_sqrt_x(out, call, -1);
}

/* RX(a) = RZ(-pi/2) RY(a) RZ(pi/2) */
HAHN_LOWER_FUNCTION(rx)
{
    fixed_zrot(out, target_bit(call, 0), 2);
    emit_ry(out, call->targets[0], call->params[0], call->control);
    fixed_zrot(out, target_bit(call, 0), -2);
}

HAHN_LOWER_FUNCTION(ry)
{
    emit_ry(out, call->targets[0], call->params[0], call->control);
}

HAHN_LOWER_FUNCTION(rz)
{
    emit_controlled_zrot(out, target_bit(call, 0), call->params[0], call->control);
}

HAHN_LOWER_FUNCTION(p)
{
    emit_phase(out, call->control | target_bit(call, 0), call->params[0]);
}

/* U(theta, phi, lambda) = P(phi) RY(theta) P(lambda), phases included. */
HAHN_LOWER_FUNCTION(u)
{
    const uint64_t mask = call->control | target_bit(call, 0);
    emit_phase(out, mask, call->params[2]);
    emit_ry(out, call->targets[0], call->params[0], call->control);
    emit_phase(out, mask, call->params[1]);
}

HAHN_LOWER_FUNCTION(swap)
{
    emit_swap(out, call->targets[0], call->targets[1], call->control);
}

/* iSWAP = SWAP CZ (S x S) */
HAHN_LOWER_FUNCTION(iswap)
{
    const uint64_t a = target_bit(call, 0), b = target_bit(call, 1);
    fixed_phase(out, call->control | a, 2);
    fixed_phase(out, call->control | b, 2);
    fixed_phase(out, call->control | a | b, 4);
    emit_swap(out, call->targets[0], call->targets[1], call->control);
}

HAHN_LOWER_FUNCTION(single)
{
    emit_givens(out, call->targets[0], call->targets[1], call->params[0], call->control);
}

/* As emit_givens, with the last qubit as the pivot: |from0 from1 to0 to1> = |1100> stays, |0011>
   becomes |1101>, and the rotation acts where from0 = from1 = 1 and to0 = 0. */
HAHN_LOWER_FUNCTION(double)
{
    const uint64_t from = target_bit(call, 0) | target_bit(call, 1), to0 = target_bit(call, 2);
    const uint64_t pivot = target_bit(call, 3);
    emit_flip(out, from | to0, pivot);
    emit_flip(out, to0, 0);
    emit_ry(out, call->targets[3], call->params[0], from | to0 | call->control);
    emit_flip(out, to0, 0);
    emit_flip(out, from | to0, pivot);
}

/* A Givens rotation by 2 theta, turned to imaginary off-diagonals by S on b, and a phase. */
HAHN_LOWER_FUNCTION(fsim)
{
    const uint64_t a = target_bit(call, 0), b = target_bit(call, 1);
    fixed_phase(out, b, 2);
    emit_givens(out, call->targets[0], call->targets[1], scaled(call->params[0], 2), call->control);
    fixed_phase(out, b, -2);
    emit_phase(out, call->control | a | b, scaled(call->params[1], -1));
}

HAHN_LOWER_FUNCTION(pauli)
{
    emit_pauli(out, hahn_gate_paulis(call), call->targets, call->target_count, call->params[0],
               call->control);
}

HAHN_LOWER_FUNCTION(unitary)
{
    uint64_t mask = 0;
    for (int k = 0; k < call->target_count; k++)
        mask |= target_bit(call, k);
    hahn_primitive *p = emit(out, HAHN_MATRIX, mask);
    p->control = call->control;
    p->matrix = call->matrix;
    p->targets = call->targets;
    p->target_count = call->target_count;
}
