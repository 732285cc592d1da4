/* Every gate's matrix as the textbooks write it, in long double: what the library's own table is
   checked against. Nothing here is derived from that table. */
#ifndef HAHN_VQE_BATTERY_GATES_HEADER
#define HAHN_VQE_BATTERY_GATES_HEADER

#include "vqe/dense.h"
#include <hahn/gate.h>

/** Shape and matrix of a gate; -1 where each instance gives them. */
struct textbook_gate {
    hahn_gate gate;
    int controls, targets, params;
    /* Writes 4^targets numbers, row by row; the controls are left out. NULL for shapes of -1. */
    void (*matrix)(const long double *angle, dense_complex *m);
};

/** The row of a gate below HAHN_GATE_COUNT. */
const struct textbook_gate *textbook_gate(hahn_gate gate);

/** exp(-i angle/2 P): P has the letter paulis[k] (I, X, Y, Z) on target k; 1 to DENSE_MAX_TARGETS
    letters, 4^letters numbers row by row. */
void textbook_pauli_rotation(const char *paulis, long double angle, dense_complex *m);

/** A unitary with no two entries alike: random reflections and phases in turn, from the seed. */
void textbook_random_unitary(int targets, uint64_t seed, dense_complex *m);

#endif
