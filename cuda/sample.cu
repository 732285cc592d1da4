/* Measuring: cumulative probabilities in place of the amplitudes, and a search for each shot. */
#include "cuda/random.cuh"

#include <hahn/random.h>

#define THREADS 256

/* Cumulative probabilities have a high and a low part: in f32 one number would not do. */
__device__ static amplitude in_parts(double value)
{
    const real high = (real)value;
    return make_amplitude(high, (real)(value - high));
}

__device__ static double whole(amplitude parts)
{
    return (double)parts.x + parts.y;
}

__device__ static double probability(amplitude a)
{
    return (double)a.x * a.x + (double)a.y * a.y;
}

/* -- accumulating ----------------------------------------------------------------------------- */

/* A block for each part; a thread for each piece of it, one after another inside. */
__global__ static void __launch_bounds__(THREADS)
    accumulate_part(amplitude *psi, uint64_t size, double *parts)
{
    HAHN_SHARED(double, sums, THREADS);
    const uint64_t piece = size < THREADS ? 1 : size / THREADS;
    amplitude *own = psi + blockIdx.x * size + threadIdx.x * piece;
    const bool has_piece = threadIdx.x * piece < size;
    double sum = 0, before = 0;
    for (uint64_t k = 0; k < piece && has_piece; k++)
        sum += probability(own[k]);
    sums[threadIdx.x] = sum;
    __syncthreads();
    for (unsigned k = 0; k < threadIdx.x; k++)
        before += sums[k];
    for (uint64_t k = 0; k < piece && has_piece; k++) {
        before += probability(own[k]);
        own[k] = in_parts(before);
    }
    if (has_piece && (threadIdx.x + 1) * piece == size)
        parts[blockIdx.x] = before;
}

/* One thread: there are few parts. */
__global__ static void __launch_bounds__(32) accumulate_parts(double *parts, uint64_t count)
{
    double sum = 0;
    for (uint64_t k = 0; k < count && threadIdx.x == 0; k++) {
        sum += parts[k];
        parts[k] = sum;
    }
}

extern "C" int HAHN_ENTRY(accumulate)(void *psi, int qubits, double *parts, uint64_t count)
{
    const uint64_t size = hahn_bit(qubits) / count;
    HAHN_LAUNCH(accumulate_part, dim3((unsigned)count), dim3(THREADS), 0, (amplitude *)psi, size,
                parts);
    const cudaError_t error = cudaGetLastError();
    if (error != cudaSuccess)
        return error;
    HAHN_LAUNCH(accumulate_parts, dim3(1), dim3(32), 0, parts, count);
    return cudaGetLastError();
}

/* -- drawing ---------------------------------------------------------------------------------- */

/* The part, then the amplitude in it, whose cumulative probability is the first above the target,
   or the first that reaches the end: an outcome of probability 0 is never the first. */
__device__ static uint64_t find_outcome(const hahn_shooting *s, double uniform)
{
    const amplitude *psi = (const amplitude *)s->psi;
    const uint64_t size = hahn_bit(s->qubits) / s->part_count;
    const double total = s->parts[s->part_count - 1];
    double target = uniform * total;
    uint64_t low = 0, high = s->part_count - 1;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (s->parts[middle] > target || s->parts[middle] >= total)
            high = middle;
        else
            low = middle + 1;
    }
    target -= low ? s->parts[low - 1] : 0;
    high = (low + 1) * size - 1;
    low *= size;
    const double end = whole(psi[high]);
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        const double here = whole(psi[middle]);
        if (here > target || here >= end)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

__global__ static void __launch_bounds__(THREADS)
    draw_shots(const __grid_constant__ hahn_shooting s)
{
    const uint64_t shot = thread_number();
    if (shot < s.count)
        s.outcomes[shot] =
            find_outcome(&s, draw_uniform(s.seed, HAHN_STREAM_SHOTS, s.first + shot));
}

extern "C" int HAHN_ENTRY(draw)(const hahn_shooting *s)
{
    HAHN_LAUNCH(draw_shots, dim3((unsigned)((s->count + THREADS - 1) / THREADS)), dim3(THREADS), 0,
                *s);
    return cudaGetLastError();
}
