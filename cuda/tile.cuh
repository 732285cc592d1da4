/* A tile in shared memory, and the amplitudes of it that a thread holds. */
#ifndef HAHN_CUDA_TILE_CUH
#define HAHN_CUDA_TILE_CUH

#include "cuda/gpu.cuh"

/* Where amplitude j of a tile stands. Threads that hold low bits would otherwise all want the same
   few banks of shared memory. Linear in j over GF(2). */
__device__ static __forceinline__ unsigned place(unsigned j)
{
    return j ^ (j >> HAHN_HELD_QUBITS & (HAHN_HELD - 1));
}

/* The thread's number with zeros inserted at the held bits: the first amplitude that it holds. */
__device__ static __forceinline__ unsigned first_held(const hahn_pass *pass, unsigned thread)
{
    HAHN_UNROLL
    for (int k = 0; k < HAHN_HELD_QUBITS; k++) {
        const unsigned low = (1u << pass->held[k]) - 1;
        thread = (thread & low) | (thread & ~low) << 1;
    }
    return thread;
}

/* The held bits that number r of a thread's amplitudes has set. */
__device__ static __forceinline__ unsigned held_bits(const hahn_pass *pass, int r)
{
    unsigned bits = 0;
    HAHN_UNROLL
    for (int k = 0; k < HAHN_HELD_QUBITS; k++)
        bits |= (unsigned)(r >> k & 1) << pass->held[k];
    return bits;
}

/* The other way for a mask of a tile's bits: which bits of the thread's number, and which of r. */
__device__ static __forceinline__ unsigned thread_bits(const hahn_pass *pass, unsigned mask)
{
    HAHN_UNROLL
    for (int k = HAHN_HELD_QUBITS - 1; k >= 0; k--) {
        const unsigned low = (1u << pass->held[k]) - 1;
        mask = (mask & low) | (mask >> 1 & ~low);
    }
    return mask;
}

__device__ static __forceinline__ unsigned number_bits(const hahn_pass *pass, unsigned mask)
{
    unsigned r = 0;
    HAHN_UNROLL
    for (int k = 0; k < HAHN_HELD_QUBITS; k++)
        r |= (mask >> pass->held[k] & 1) << k;
    return r;
}

/* Places of the amplitudes that a thread holds, or takes: `zero` of the first one, `step` for each
   held bit, all added up (xor). */
typedef struct places {
    unsigned zero, step[HAHN_HELD_QUBITS];
} places;

__device__ static __forceinline__ unsigned place_of(const places *p, int r)
{
    return p->zero ^ (r & 1 ? p->step[0] : 0) ^ (r & 2 ? p->step[1] : 0) ^ (r & 4 ? p->step[2] : 0);
}

__device__ static __forceinline__ places own_places(const hahn_pass *pass, unsigned first)
{
    places p;
    p.zero = place(first);
    HAHN_UNROLL
    for (int k = 0; k < HAHN_HELD_QUBITS; k++)
        p.step[k] = place(1u << pass->held[k]);
    return p;
}

__device__ static __forceinline__ void load_held(const amplitude *tile, const places *p,
                                                 amplitude held[HAHN_HELD])
{
    HAHN_UNROLL
    for (int r = 0; r < HAHN_HELD; r++)
        held[r] = tile[place_of(p, r)];
}

__device__ static __forceinline__ void store_held(amplitude *tile, const places *p,
                                                  const amplitude held[HAHN_HELD])
{
    HAHN_UNROLL
    for (int r = 0; r < HAHN_HELD; r++)
        tile[place_of(p, r)] = held[r];
}

#endif
