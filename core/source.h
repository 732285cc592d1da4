/* Sources of O psi: the parts of an observable's plan that the host and a device read alike. */
#ifndef HAHN_CORE_SOURCE_H
#define HAHN_CORE_SOURCE_H

#include "gates/bits.h"

#define HAHN_UNIT_QUBITS    4
#define HAHN_OBSERVE_QUBITS 8

/* Most masks of a source. */
#define HAHN_MOST_RANK 5

typedef struct hahn_factor_sign {
    uint64_t z;
    double value;
} hahn_factor_sign;

/* How a source's factors of a block are found. */
typedef enum hahn_factor_way {
    HAHN_BY_PATTERN, /* the sum of the signs' values times one pattern of 1 and -1 */
    HAHN_BY_TABLE,   /* a table for the parities, times (-1)^parity(j & outside) */
    HAHN_BY_SIGNS    /* made from the signs */
} hahn_factor_way;

/* One source of O psi, with the factor f(j) = sum over its signs of value (-1)^parity(j & z). By
   pattern goes a source whose z are alike inside a block. Of all others, the bits outside of a
   block are told by the parities of j with `rank` masks, which span those bits of all z but for a
   common summand `outside`. Where that takes too many masks a source has none, and counts as live.
 */
typedef struct hahn_source {
    uint64_t x;
    uint64_t first_sign, signs; /* by the bits of z inside a block */
    bool imaginary;
    uint8_t way; /* hahn_factor_way */
    uint8_t rank;
    uint8_t qubits; /* the factors of a block repeat after 2^qubits, at least a unit */
    uint32_t live;  /* bit p: for parities p some factor of a block is not 0 */
    uint64_t outside, mask[HAHN_MOST_RANK];
    uint64_t first; /* of the plan's numbers: a pattern, or 2^rank tables for a block */
} hahn_source;

/* Which of the source's tables holds for the block at `base`. */
HAHN_BOTH static inline uint64_t hahn_source_parities(const hahn_source *source, uint64_t base)
{
    uint64_t parities = 0;
    for (int k = 0; k < source->rank; k++)
        parities |= (uint64_t)hahn_parity(base & source->mask[k]) << k;
    return parities;
}

#endif
