/* D stages: the phases of the amplitudes that a thread holds, and a look at their derivatives.

   The phase of amplitude (first, r) is a product over terms. Terms of one class have the same bits
   among the held ones, so their product at r = 0 gives all eight: multiplied up like a Walsh-
   Hadamard transform, 24 products whatever the number of terms. */
#ifndef HAHN_CUDA_DIAGONAL_CUH
#define HAHN_CUDA_DIAGONAL_CUH

#include "cuda/tile.cuh"

/* What a pass works with: its slots, in shared memory. */
typedef struct slots {
    const hahn_turn *turns;
    const amplitude *coefficients;
    const real *rates; /* of angles along the direction of tangents, halved but for phases */
} slots;

/* Whether the bits of a mask in a tile and outside of it make it odd. */
__device__ static __forceinline__ bool is_odd(const hahn_turn *t, uint64_t base, unsigned j)
{
    return (__popc(t->mask & j) + __popcll(t->outside & base)) & 1;
}

__device__ static __forceinline__ bool has_all(const hahn_turn *t, uint64_t base, unsigned j)
{
    return (t->mask & j) == t->mask && (t->outside & base) == t->outside;
}

/* The product of one class of Z strings at r = 0, times `start`. */
__device__ static __forceinline__ amplitude string_product(const slots *s, unsigned k, unsigned end,
                                                           uint64_t base, unsigned first,
                                                           real start)
{
    amplitude product = make_amplitude(start, 0);
    for (; k < end; k++) {
        const amplitude cs = s->coefficients[k];
        product = times(product, is_odd(&s->turns[k], base, first) ? cs : conjugate(cs));
    }
    return product;
}

/* The product of one class of phases where their held bits are set. */
__device__ static __forceinline__ amplitude corner_product(const slots *s, unsigned k, unsigned end,
                                                           uint64_t base, unsigned filled)
{
    amplitude product = make_amplitude(1, 0);
    for (; k < end; k++)
        if (has_all(&s->turns[k], base, filled))
            product = times(product, s->coefficients[k]);
    return product;
}

__device__ static __forceinline__ void multiply_corners(const hahn_pass *pass, const slots *s,
                                                        uint64_t base, unsigned first,
                                                        amplitude phase[HAHN_HELD])
{
    const unsigned filled = first | held_bits(pass, HAHN_HELD - 1);
    HAHN_UNROLL
    for (int c = 0; c < HAHN_HELD; c++) {
        const amplitude corner =
            corner_product(s, pass->end[HAHN_HELD + c - 1], pass->end[HAHN_HELD + c], base, filled);
        HAHN_UNROLL
        for (int r = 0; r < HAHN_HELD; r++)
            if ((r & c) == c)
                phase[r] = times(phase[r], corner);
    }
}

/* Phases of the amplitudes that begin at `first`, times what the pass starts with. */
__device__ static __forceinline__ void find_phases(const hahn_pass *pass, const slots *s,
                                                   uint64_t base, unsigned first,
                                                   amplitude phase[HAHN_HELD])
{
    HAHN_UNROLL
    for (int c = 0; c < HAHN_HELD; c++)
        phase[c] = string_product(s, c ? pass->end[c - 1] : 0, pass->end[c], base, first,
                                  c ? (real)1 : (real)pass->start);
    HAHN_UNROLL
    for (int half = 1; half < HAHN_HELD; half *= 2)
        HAHN_UNROLL
    for (int r = 0; r < HAHN_HELD; r++)
        if (!(r & half)) {
            const amplitude x = phase[r], y = phase[r | half];
            phase[r] = times(x, y);
            phase[r | half] = times(x, conjugate(y));
        }
    if (pass->parts & HAHN_PASS_CORNERS)
        multiply_corners(pass, s, base, first, phase);
}

#endif
