/* The gates of a circuit as primitives, gate by gate in order. Neighbouring Pauli rotations that
   one change of basis makes diagonal share it. */
#ifndef HAHN_CORE_LOWERING_H
#define HAHN_CORE_LOWERING_H

#include "core/circuit.h"

typedef struct hahn_lowerer {
    const hahn_circuit *circuit;
    int64_t gate;       /* the next one */
    int64_t run_end;    /* of the run that it belongs to, if it is greater than `gate` */
    hahn_pauli_run run; /* which is this one */
} hahn_lowerer;

/* All zero but for the circuit, a lowerer is at the first gate. Set *out to what the next gate
   lowers to; false after the last. */
bool hahn_lower_next(hahn_lowerer *lowerer, hahn_lowering *out);

#endif
