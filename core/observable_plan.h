/* How an observable is applied fast: everything that the terms alone decide.

   (O psi)_j = sum over groups of f(k) psi_k, k = j ^ x. The state is walked over in blocks of
   2^HAHN_OBSERVE_QUBITS amplitudes, each in units of 2^HAHN_UNIT_QUBITS. The bits of x outside of a
   unit choose the unit that is read; what those inside of it do is left for the sum: all groups
   that share them are added up first, and then amplitudes change places once. So the factor at
   place i of a unit is f at place i of the unit that is read. Factors are real; i is taken out of
   imaginary ones and put into the sum in the same way. */
#ifndef HAHN_CORE_OBSERVABLE_PLAN_H
#define HAHN_CORE_OBSERVABLE_PLAN_H

#include "core/observable.h"
#include "core/source.h"

/* The plan's numbers begin with the patterns (-1)^parity(i & z) of a unit, for each z inside it. */
#define HAHN_UNIT_PATTERNS (1 << 2 * HAHN_UNIT_QUBITS)

typedef struct hahn_observable_plan {
    hahn_array sources; /* hahn_source; imaginary ones first, then by the bits of x inside a unit */
    hahn_array signs;   /* hahn_factor_sign, source by source */
    uint64_t numbers;   /* patterns and tables */
    double *wide;       /* in both precisions, as workspaces may have either */
    float *narrow;
} hahn_observable_plan;

static inline const hahn_factor_sign *hahn_source_signs(const hahn_observable_plan *plan,
                                                        const hahn_source *source)
{
    return (const hahn_factor_sign *)plan->signs.data + source->first_sign;
}

/* What the sum still has to do for a source: exchange places inside a unit, and multiply by i. */
#define HAHN_TIMES_I (1 << HAHN_UNIT_QUBITS)

static inline int hahn_source_frame(const hahn_source *source)
{
    return (int)(source->x & (hahn_bit(HAHN_UNIT_QUBITS) - 1)) |
           (source->imaginary ? HAHN_TIMES_I : 0);
}

/* In place: w[m] <- sum over j of (-1)^parity(j & m) w[j]. Source of the recursion: Fino and
   Algazi, IEEE Trans. Comput. C-25 (1976) 1142. */
static inline void hahn_walsh_hadamard(double *w, uint64_t size)
{
    for (uint64_t half = 1; half < size; half *= 2)
        for (uint64_t base = 0; base < size; base += 2 * half)
            for (uint64_t j = base; j < base + half; j++) {
                const double x = w[j], y = w[j + half];
                w[j] = x + y;
                w[j + half] = x - y;
            }
}

/* Plan a compiled sum. *plan must be all zero; on failure it is again. */
hahn_status hahn_observable_plan_build(hahn_engine *engine, const hahn_pauli_sum *sum,
                                       hahn_observable_plan *plan);
void hahn_observable_plan_release(hahn_engine *engine, hahn_observable_plan *plan);

#endif
