/* The table of gates: exactly one row each. Parser, printer, lowering, inverses, documentation and
   tests all read it; no backend and nothing in the adjoint knows a gate's name. */
#ifndef HAHN_GATES_TABLE_H
#define HAHN_GATES_TABLE_H

#include "gates/primitive.h"

/* One gate of a circuit, as lowering sees it. */
typedef struct hahn_gate_call {
    hahn_gate gate;
    bool dagger;            /* the inverse of the row's gate, where no row is that inverse */
    uint64_t control;       /* all controls, the row's own and further ones */
    uint64_t control_zeros; /* those of them that act on 0 */
    int target_count;
    int param_count;
    const int *targets;
    const hahn_param *params;
    const char *paulis;            /* HAHN_GATE_PAULI_ROTATION: target_count letters */
    const double _Complex *matrix; /* HAHN_GATE_UNITARY: 4^target_count entries */
} hahn_gate_call;

/* How a row's gate is undone. */
typedef enum hahn_inverse {
    HAHN_INVERSE_ROW,    /* by the gate `partner`: itself where the gate is an involution */
    HAHN_INVERSE_NEGATE, /* by the same gate with all angles negated */
    HAHN_INVERSE_FLAG    /* by no row: the call's dagger flag */
} hahn_inverse;

typedef struct hahn_gate_row {
    hahn_gate_info info;
    hahn_inverse inverse;
    hahn_gate partner;
    /* The matrix on the targets alone, row by row; NULL where each instance brings its own. */
    void (*matrix)(const double *params, double _Complex *m);
    /* The Hermitian G with dU/dparams[k] = -i G U, on the targets alone; NULL without parameters.
     */
    void (*generator)(const double *params, int k, double _Complex *g);
    /* Append the primitives of the call, controls included (all acting on 1). */
    void (*lower)(hahn_lowering *out, const hahn_gate_call *call);
    /* Of a rotation exp(-i a P/2) by a Pauli string: its letters, target by target; else NULL. */
    const char *paulis;
} hahn_gate_row;

/* The row of a gate, or NULL if there is none. */
const hahn_gate_row *hahn_gate_row_of(hahn_gate gate);

/* The letters of a rotation by a Pauli string, its row's or its own; of other gates NULL. */
const char *hahn_gate_paulis(const hahn_gate_call *call);

/* A Pauli string: X on the qubits of x alone, Z on those of z alone, Y on those of both. */
typedef struct hahn_pauli_string {
    uint64_t x, z;
} hahn_pauli_string;

/* Whether a call is exp(-i a P/2) of a Pauli string, without controls; and of which. */
bool hahn_gate_string(const hahn_gate_call *call, hahn_pauli_string *string);

/* Set *out to the primitives of a call, in application order. */
void hahn_gate_lower(const hahn_gate_call *call, hahn_lowering *out);

/* Rotations by strings that commute, each with x the same or 0, are diagonal in one basis: there
   each is one zrot. */
typedef struct hahn_pauli_run {
    uint64_t x, pivot; /* pivot: one bit of x */
    bool is_y;         /* strings with x have an odd number of Ys */
} hahn_pauli_run;

/* Append what goes into the basis, a rotation there, and what leaves it. */
void hahn_run_enter(hahn_lowering *out, const hahn_pauli_run *run);
void hahn_run_rotate(hahn_lowering *out, const hahn_pauli_run *run, hahn_pauli_string string,
                     hahn_param angle);
void hahn_run_leave(hahn_lowering *out, const hahn_pauli_run *run);

/* Turn a call into its inverse, in place; `params` is where its param_count angles may be changed.
 */
void hahn_gate_invert(hahn_gate_call *call, hahn_param *params);

#endif
