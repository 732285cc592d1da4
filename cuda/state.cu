/* Whole states: start, comparisons, and other precisions. */
#include "cuda/random.cuh"

#include <hahn/random.h>

#define THREADS 256

static dim3 blocks_for(uint64_t count)
{
    return dim3((unsigned)((count + THREADS - 1) / THREADS));
}

/* -- start ------------------------------------------------------------------------------------ */

__global__ static void __launch_bounds__(THREADS)
    start_state(amplitude *psi, const hahn_cycle starts, int qubits, uint64_t count)
{
    const uint64_t step = (uint64_t)gridDim.x * THREADS;
    for (uint64_t k = thread_number(); k < count; k += step) {
        const uint64_t j = k & (hahn_bit(qubits) - 1);
        psi[k] = amplitude_or_zero(state_of(&starts, k >> qubits, qubits), j);
    }
}

/* Enough blocks for any device; each thread takes several amplitudes of a large state. */
#define MOST_BLOCKS UINT64_C(8192)

static dim3 grid_for(uint64_t count)
{
    return count / THREADS < MOST_BLOCKS ? blocks_for(count) : dim3((unsigned)MOST_BLOCKS);
}

extern "C" int HAHN_ENTRY(start)(void *psi, const hahn_cycle *starts, int qubits, int64_t lanes)
{
    const uint64_t count = (uint64_t)lanes << qubits;
    HAHN_LAUNCH(start_state, grid_for(count), dim3(THREADS), 0, (amplitude *)psi, *starts, qubits,
                count);
    return cudaGetLastError();
}

/* -- random states ---------------------------------------------------------------------------- */

__global__ static void __launch_bounds__(THREADS)
    random_states(amplitude *states, int qubits, uint64_t first, uint64_t count, uint64_t seed)
{
    const uint64_t step = (uint64_t)gridDim.x * THREADS;
    for (uint64_t k = thread_number(); k < count; k += step) {
        const uint64_t stream = HAHN_STREAM_STARTS + first + (k >> qubits);
        double pair[2];
        draw_uniforms(seed, stream, k & (hahn_bit(qubits) - 1), pair);
        hahn_to_normal(pair);
        states[k] = make_amplitude((real)pair[0], (real)pair[1]);
    }
}

extern "C" int HAHN_ENTRY(random)(void *states, int qubits, uint64_t first, uint64_t count,
                                  uint64_t seed)
{
    HAHN_LAUNCH(random_states, grid_for(count << qubits), dim3(THREADS), 0, (amplitude *)states,
                qubits, first, count << qubits, seed);
    return cudaGetLastError();
}

__global__ static void __launch_bounds__(THREADS)
    normalise_states(amplitude *states, int qubits, uint64_t count, const double *squares)
{
    const uint64_t step = (uint64_t)gridDim.x * THREADS;
    for (uint64_t k = thread_number(); k < count; k += step) {
        const double scale = 1 / sqrt(squares[k >> qubits]);
        states[k] = make_amplitude((real)(scale * states[k].x), (real)(scale * states[k].y));
    }
}

extern "C" int HAHN_ENTRY(normalise)(void *states, int qubits, uint64_t count,
                                     const double *squares)
{
    HAHN_LAUNCH(normalise_states, grid_for(count << qubits), dim3(THREADS), 0, (amplitude *)states,
                qubits, count << qubits, squares);
    return cudaGetLastError();
}

/* -- comparisons ------------------------------------------------------------------------------ */

/* A block for each part of each lane: the sum over it of one number for each amplitude. */
template <bool distance>
__global__ static void __launch_bounds__(THREADS) compare_states(const hahn_comparison c)
{
    const uint64_t size = hahn_bit(c.qubits) / c.count;
    const uint64_t lane = blockIdx.x / c.count, first = blockIdx.x % c.count * size;
    const amplitude *a = (const amplitude *)c.a + (lane << c.qubits);
    const amplitude *b = state_of(&c.b, lane, c.qubits);
    double sum = 0;
    for (uint64_t j = first + threadIdx.x; j < first + size; j += THREADS) {
        const amplitude x = a[j], y = amplitude_or_zero(b, j);
        const double re = (double)x.x - y.x, im = (double)x.y - y.y;
        sum += distance ? re * re + im * im : (double)x.x * y.x + (double)x.y * y.y;
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0)
        c.parts[blockIdx.x] = sum;
}

extern "C" int HAHN_ENTRY(distance)(const hahn_comparison *c)
{
    HAHN_LAUNCH(compare_states<true>, dim3((unsigned)(c->count * (uint64_t)c->lanes)),
                dim3(THREADS), 0, *c);
    return cudaGetLastError();
}

extern "C" int HAHN_ENTRY(overlap)(const hahn_comparison *c)
{
    HAHN_LAUNCH(compare_states<false>, dim3((unsigned)(c->count * (uint64_t)c->lanes)),
                dim3(THREADS), 0, *c);
    return cudaGetLastError();
}

/* -- other precisions ------------------------------------------------------------------------- */

__global__ static void __launch_bounds__(THREADS)
    widen_numbers(const real *from, double *to, uint64_t count)
{
    const uint64_t k = thread_number();
    if (k < count)
        to[k] = from[k];
}

__global__ static void __launch_bounds__(THREADS)
    narrow_numbers(const double *from, real *to, uint64_t count)
{
    const uint64_t k = thread_number();
    if (k < count)
        to[k] = (real)from[k];
}

extern "C" int HAHN_ENTRY(widen)(const void *from, double *to, uint64_t count)
{
    HAHN_LAUNCH(widen_numbers, blocks_for(count), dim3(THREADS), 0, (const real *)from, to, count);
    return cudaGetLastError();
}

extern "C" int HAHN_ENTRY(narrow)(const double *from, void *to, uint64_t count)
{
    HAHN_LAUNCH(narrow_numbers, blocks_for(count), dim3(THREADS), 0, from, (real *)to, count);
    return cudaGetLastError();
}
