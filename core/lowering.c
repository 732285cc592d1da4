/* A rotation by one Pauli string changes the basis on each qubit on which it moves amplitudes,
   which neighbours that do so with the same letters share. XX, YY and ZZ of one bond, or the
   strings of one excitation, have other letters on the same qubits, and would each change it
   anew. They commute and move amplitudes alike: CNOTs from one of the qubits to the others
   leave strings that move them along that qubit alone, and one rotation of it makes them all
   diagonal. */
#include "core/lowering.h"

/* How many diagonal strings may stand before the first that moves amplitudes: each is looked at
   again where no run comes of it. */
#define MOST_LEADING 8

/* Is gate `index` a rotation by a string that fits the run? A run without x fits any. */
static bool fits(const hahn_lowerer *l, int64_t index, const hahn_pauli_run *run,
                 hahn_pauli_string *string)
{
    if (index >= hahn_circuit_gates(l->circuit))
        return false;
    const hahn_gate_call call = hahn_circuit_call(l->circuit, index);
    if (!hahn_gate_string(&call, string))
        return false;
    if (!run->x)
        return true;
    const bool odd = __builtin_parityll(run->x & string->z);
    return string->x == run->x ? odd == run->is_y : !string->x && !odd;
}

/* The first string with an x, from the next gate on, decides; false if there is none nearby, or if
   it moves amplitudes along one qubit only: that is diagonal after one rotation as it is. */
static bool choose_run(const hahn_lowerer *l, hahn_pauli_run *run)
{
    hahn_pauli_string string;
    *run = (hahn_pauli_run){0};
    for (int64_t k = l->gate; k <= l->gate + MOST_LEADING && fits(l, k, run, &string); k++) {
        if (!string.x)
            continue;
        *run = (hahn_pauli_run){.x = string.x,
                                .pivot = string.x & -string.x,
                                .is_y = __builtin_parityll(string.x & string.z)};
        return string.x != run->pivot;
    }
    return false;
}

/* The run that begins with the next gate, if it has two strings or more that move amplitudes. */
static void look_for_run(hahn_lowerer *l)
{
    hahn_pauli_run run;
    hahn_pauli_string string;
    int64_t end = l->gate, moving = 0;
    if (!choose_run(l, &run))
        return;
    for (; fits(l, end, &run, &string); end++)
        moving += string.x != 0;
    if (moving < 2)
        return;
    l->run = run;
    l->run_end = end;
}

static void lower_in_run(const hahn_lowerer *l, const hahn_gate_call *call, bool first,
                         hahn_lowering *out)
{
    hahn_pauli_string string;
    (void)hahn_gate_string(call, &string);
    out->count = 0;
    if (first)
        hahn_run_enter(out, &l->run);
    hahn_run_rotate(out, &l->run, string, call->params[0]);
    if (l->gate + 1 == l->run_end)
        hahn_run_leave(out, &l->run);
}

bool hahn_lower_next(hahn_lowerer *l, hahn_lowering *out)
{
    if (l->gate >= hahn_circuit_gates(l->circuit))
        return false;
    const hahn_gate_call call = hahn_circuit_call(l->circuit, l->gate);
    const bool inside = l->gate < l->run_end;
    if (!inside && hahn_gate_paulis(&call))
        look_for_run(l);
    if (l->gate < l->run_end)
        lower_in_run(l, &call, !inside, out);
    else
        hahn_gate_lower(&call, out);
    HAHN_VERIFY_ASSERT(out->count <= HAHN_MAX_LOWERED);
    l->gate++;
    return true;
}
