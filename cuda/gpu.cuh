/* What kernels are written in: CUDA, or for tests its emulation on the host; and the numbers of one
   precision. Each source is compiled twice:

   HAHN_KERNEL_F32  0 or 1 */
#ifndef HAHN_CUDA_GPU_CUH
#define HAHN_CUDA_GPU_CUH

#ifdef __CUDACC__
/* Its inner headers shadow names. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include <cuda_pipeline.h>
#pragma GCC diagnostic pop
#include <cuda_runtime.h>
/* The thread's own stream: engines in several threads do not wait for each other, and it can be
   recorded. */
#define HAHN_LAUNCH(kernel, grid, block, bytes, ...)                                               \
    kernel<<<grid, block, bytes, cudaStreamPerThread>>>(__VA_ARGS__)
#define HAHN_SHARED(type, name, count) __shared__ type name[count]
#define HAHN_DYNAMIC_SHARED(type, name)                                                            \
    extern __shared__ __align__(16) unsigned char name##_memory[];                                 \
    type *const name = reinterpret_cast<type *>(name##_memory)
#define HAHN_UNROLL _Pragma("unroll")
#else
#include "cudaemu.h"
#define HAHN_UNROLL
#endif

#include "cuda/kernels.h"

#if HAHN_KERNEL_F32
typedef float real;
typedef float2 amplitude;
#define HAHN_ENTRY(name) hahn_cuda_##name##_f32
#else
typedef double real;
typedef double2 amplitude;
#define HAHN_ENTRY(name) hahn_cuda_##name##_f64
#endif

#define EACH_LANE 0xffffffffu

__device__ static __forceinline__ amplitude make_amplitude(real re, real im)
{
    amplitude a;
    a.x = re;
    a.y = im;
    return a;
}

__device__ static __forceinline__ amplitude times(amplitude a, amplitude b)
{
    return make_amplitude(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

__device__ static __forceinline__ amplitude conjugate(amplitude a)
{
    return make_amplitude(a.x, -a.y);
}

/* Re(conj(a) b) and Im(conj(a) b) */
__device__ static __forceinline__ real inner_re(amplitude a, amplitude b)
{
    return a.x * b.x + a.y * b.y;
}

__device__ static __forceinline__ real inner_im(amplitude a, amplitude b)
{
    return a.x * b.y - a.y * b.x;
}

__device__ static __forceinline__ uint64_t turn_of(const hahn_cycle *turns, uint64_t lane)
{
    return (turns->first + lane * turns->step) % turns->count;
}

/* A lane's state, or NULL for |0...0>; and an amplitude of that. */
__device__ static __forceinline__ const amplitude *state_of(const hahn_cycle *turns, uint64_t lane,
                                                            int qubits)
{
    const amplitude *states = (const amplitude *)turns->items;
    return states ? states + (turn_of(turns, lane) << qubits) : NULL;
}

__device__ static __forceinline__ amplitude amplitude_or_zero(const amplitude *state, uint64_t j)
{
    return state ? state[j] : make_amplitude(j == 0, 0);
}

/* Number of this thread among those of a one-dimensional grid, and how many there are. */
__device__ static __forceinline__ uint64_t thread_number()
{
    return (uint64_t)blockIdx.x * blockDim.x + threadIdx.x;
}

/* The sum over a warp, in every lane, in one order. */
__device__ static __forceinline__ double warp_sum(double value)
{
    HAHN_UNROLL
    for (int step = 1; step < 32; step *= 2)
        value += __shfl_xor_sync(EACH_LANE, value, step);
    return value;
}

/* The sum over a block of whole warps, in every thread, in one order. Every thread must call it. */
__device__ static __forceinline__ double block_sum(double value)
{
    HAHN_SHARED(double, parts, 32);
    value = warp_sum(value);
    __syncthreads(); /* an earlier sum has been read */
    if (threadIdx.x % 32 == 0)
        parts[threadIdx.x / 32] = value;
    __syncthreads();
    value = 0;
    for (unsigned k = 0; k < blockDim.x / 32; k++)
        value += parts[k];
    return value;
}

#endif
