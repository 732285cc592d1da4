/* P stages: where the amplitudes that a thread holds come from. */
#ifndef HAHN_CUDA_PERMUTATION_CUH
#define HAHN_CUDA_PERMUTATION_CUH

#include "cuda/tile.cuh"

/* The amplitude of a tile that number j comes from; `back`: that it goes to. */
__device__ static unsigned flipped(const hahn_local *flips, unsigned count, bool back,
                                   uint64_t base, unsigned j)
{
    for (unsigned k = 0; k < count; k++) {
        const hahn_local *flip = &flips[back ? k : count - 1 - k];
        j ^= hahn_holds(flip, base, j) ? flip->mask : 0;
    }
    return j;
}

/* The places that an affine permutation takes the held amplitudes from. */
__device__ static __forceinline__ places source_places(const hahn_pass *pass,
                                                       const hahn_local *flips, int span,
                                                       uint64_t base, unsigned first)
{
    places p;
    unsigned zero = pass->zero;
    /* An outside control that is on adds a constant. */
    if (pass->parts & HAHN_PASS_SHIFTS)
        zero = flipped(flips + pass->first_flip, pass->flips, false, base, 0);
    for (int b = 0; b < span; b++)
        zero ^= first >> b & 1 ? pass->column[b] : 0;
    p.zero = place(zero);
    HAHN_UNROLL
    for (int k = 0; k < HAHN_HELD_QUBITS; k++)
        p.step[k] = place(pass->column[pass->held[k]]);
    return p;
}

/* A permutation that is not affine. Every thread of the block must call it. */
__device__ static void run_flips(const hahn_image *image, const hahn_pass *pass, bool back,
                                 uint64_t base, unsigned first, amplitude *tile)
{
    const hahn_local *flips = image->flips + pass->first_flip;
    const places own = own_places(pass, first);
    amplitude held[HAHN_HELD];
    HAHN_UNROLL
    for (int r = 0; r < HAHN_HELD; r++)
        held[r] = tile[place(flipped(flips, pass->flips, back, base, first | held_bits(pass, r)))];
    __syncthreads();
    store_held(tile, &own, held);
}

#endif
