/* Random numbers of core/random.c, from the generator that cuRAND has in its headers: Philox
   4x32-10, with the stream as subsequence. Nothing of it is linked. */
#ifndef HAHN_CUDA_RANDOM_CUH
#define HAHN_CUDA_RANDOM_CUH

#include "core/draw.h"
#include "cuda/gpu.cuh"

#ifdef __CUDACC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
#include <curand_kernel.h>
#ifdef __CUDACC__
#pragma GCC diagnostic pop
#endif

/* Uniforms 2 * block and 2 * block + 1 of a stream, bit by bit; block < 2^62. */
__device__ static __forceinline__ void draw_uniforms(uint64_t seed, uint64_t stream, uint64_t block,
                                                     double pair[2])
{
    curandStatePhilox4_32_10_t state;
    curand_init(seed, stream, 4 * block, &state);
    const uint4 bits = curand4(&state);
    pair[0] = hahn_to_unit(bits.x, bits.y);
    pair[1] = hahn_to_unit(bits.z, bits.w);
}

__device__ static __forceinline__ double draw_uniform(uint64_t seed, uint64_t stream,
                                                      uint64_t number)
{
    double pair[2];
    draw_uniforms(seed, stream, number / 2, pair);
    return number % 2 ? pair[1] : pair[0];
}

#endif
