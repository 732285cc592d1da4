/* Ground energies: dense diagonalisation of small observables, ARPACK for larger ones. */
#ifndef HAHN_VQE_EXACT_HEADER
#define HAHN_VQE_EXACT_HEADER

#include "failure.h"

#include <hahn/observable.h>

/** Most qubits that `exact_ground_energy` takes. */
#define EXACT_MAX_QUBITS 24

/** 1 if this build can diagonalise (it was built with ARPACK and LAPACK). */
bool exact_available(void);

/** Smallest eigenvalue of a non-empty observable; engine is the one it was made from. Diagonal
    ones are scanned, up to 6 qubits LAPACK's zheev is used, beyond that ARPACK's dsaupd on the
    operator's real form, from a start vector drawn from Philox. *residual (may be NULL) gets
    || O v - E v || for the vector found. CLI_USAGE above EXACT_MAX_QUBITS, CLI_FAILED without
    ARPACK, out of memory, or if it did not converge. */
bool exact_ground_energy(hahn_engine *engine, const hahn_observable *observable, double *energy,
                         double *residual, struct failure *f);

#endif
