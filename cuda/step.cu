/* Training steps: the norms of gradients, and the rules of core/update.h. */
#include "cuda/gpu.cuh"

#define THREADS 256

/* -- norms ------------------------------------------------------------------------------------ */

/* A block for each part of each row. */
__global__ static void __launch_bounds__(THREADS) square_part(const hahn_cuda_squaring s)
{
    const uint64_t size = (s.parameters + s.count - 1) / s.count;
    const uint64_t row = blockIdx.x / s.count, first = blockIdx.x % s.count * size;
    const uint64_t end = first + size < s.parameters ? first + size : s.parameters;
    const double *theta = s.theta + row * s.parameters;
    const double *gradient = s.gradient + row * s.parameters;
    bool finite = true;
    double sum = 0;
    for (uint64_t k = first + threadIdx.x; k < end; k += THREADS) {
        sum += gradient[k] * gradient[k];
        finite = finite && isfinite(theta[k]);
    }
    if (!finite)
        atomicOr(s.faulty, 1);
    sum = block_sum(sum);
    if (threadIdx.x == 0)
        s.parts[blockIdx.x] = sum;
}

extern "C" int hahn_cuda_square(const hahn_cuda_squaring *s)
{
    HAHN_LAUNCH(square_part, dim3((unsigned)(s->count * (uint64_t)s->rows)), dim3(THREADS), 0, *s);
    return cudaGetLastError();
}

/* -- steps ------------------------------------------------------------------------------------ */

/* Enough blocks for any device. */
#define MOST_BLOCKS UINT64_C(8192)

__global__ static void __launch_bounds__(THREADS) update_numbers(const hahn_update u)
{
    const uint64_t step = (uint64_t)gridDim.x * THREADS;
    for (uint64_t k = thread_number(); k < u.count; k += step)
        hahn_update_number(&u, k);
}

extern "C" int hahn_cuda_step(const hahn_update *update)
{
    const uint64_t blocks = (update->count + THREADS - 1) / THREADS;
    if (!blocks)
        return 0;
    HAHN_LAUNCH(update_numbers, dim3((unsigned)(blocks < MOST_BLOCKS ? blocks : MOST_BLOCKS)),
                dim3(THREADS), 0, *update);
    return cudaGetLastError();
}
