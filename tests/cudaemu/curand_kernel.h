/* What the kernels use of cuRAND's header of this name, by Random123. tests/check_curand.sh
   compares the library's numbers with the real one. */
#ifndef HAHN_TESTS_CURAND_KERNEL_HEADER
#define HAHN_TESTS_CURAND_KERNEL_HEADER

#include "cudaemu.h"

#include <Random123/philox.h>

typedef struct curandStatePhilox4_32_10 {
    uint64_t seed, subsequence, block;
} curandStatePhilox4_32_10_t;

/* Offsets count words, of which a block has four; none is begun in the middle here. */
static inline void curand_init(unsigned long long seed, unsigned long long subsequence,
                               unsigned long long offset, curandStatePhilox4_32_10_t *state)
{
    if (offset % 4)
        abort();
    *state = {seed, subsequence, offset / 4};
}

static inline uint4 curand4(curandStatePhilox4_32_10_t *state)
{
    const philox4x32_ctr_t counter = {{(uint32_t)state->block, (uint32_t)(state->block >> 32),
                                       (uint32_t)state->subsequence,
                                       (uint32_t)(state->subsequence >> 32)}};
    const philox4x32_key_t key = {{(uint32_t)state->seed, (uint32_t)(state->seed >> 32)}};
    const philox4x32_ctr_t bits = philox4x32(counter, key);
    state->block++;
    return {bits.v[0], bits.v[1], bits.v[2], bits.v[3]};
}

#endif
