/* Arrays of random numbers. */
#include "cuda/random.cuh"

#define THREADS 128

/* A thread for each block of two numbers; the first and the last may be wanted by half. */
template <bool normal>
__global__ static void __launch_bounds__(THREADS) draw_numbers(const hahn_drawing d)
{
    const uint64_t block = d.first / 2 + thread_number(), end = d.first + d.count;
    double pair[2];
    draw_uniforms(d.seed, d.stream, block, pair);
    if (normal)
        hahn_to_normal(pair);
    if (2 * block >= d.first && 2 * block < end)
        d.out[2 * block - d.first] = pair[0];
    if (2 * block + 1 >= d.first && 2 * block + 1 < end)
        d.out[2 * block + 1 - d.first] = pair[1];
}

extern "C" int hahn_cuda_random(const hahn_drawing *d, bool normal)
{
    const uint64_t blocks = d->first % 2 + d->count / 2 + 1; /* and at most one to spare */
    const dim3 grid((unsigned)((blocks + THREADS - 1) / THREADS));
    if (normal)
        HAHN_LAUNCH(draw_numbers<true>, grid, dim3(THREADS), 0, *d);
    else
        HAHN_LAUNCH(draw_numbers<false>, grid, dim3(THREADS), 0, *d);
    return cudaGetLastError();
}
