/* A whole evaluation of a circuit whose state is one tile, in one launch: a block of threads for
   each instance takes psi to the end of the circuit, makes lambda = O psi, and takes both back. In
   between neither leaves shared memory. */
#include "cuda/observe.cuh"
#include "cuda/walk.cuh"

/* The amplitudes that a thread makes and compares: number k of them. */
__device__ static __forceinline__ unsigned number_of(const hahn_walk *w, int k)
{
    return threadIdx.x | (unsigned)k << (w->span - HAHN_HELD_QUBITS);
}

__device__ static __forceinline__ bool is_padding(const hahn_walk *w, unsigned j)
{
    return j >> w->qubits;
}

/* Of the block's start state. */
__device__ static __forceinline__ amplitude start_amplitude(const hahn_evaluation *e, unsigned j)
{
    const amplitude *start = state_of(&e->starts, blockIdx.x, e->walk.qubits);
    return is_padding(&e->walk, j) ? make_amplitude(0, 0) : amplitude_or_zero(start, j);
}

__device__ static void start_tile(const hahn_evaluation *e, amplitude *psi)
{
    HAHN_UNROLL
    for (int k = 0; k < HAHN_HELD; k++) {
        const unsigned j = number_of(&e->walk, k);
        psi[place(j)] = start_amplitude(e, j);
    }
}

/* Give a tile back what its passes have started with. */
__device__ static void unscale(const walking *k, amplitude *tile)
{
    const real scale = (real)(1 / k->scale);
    HAHN_UNROLL
    for (int r = 0; r < HAHN_HELD; r++) {
        amplitude *a = &tile[place(number_of(k->w, r))];
        *a = make_amplitude(scale * a->x, scale * a->y);
    }
}

/* lambda <- O psi, where it is not NULL; the thread's part of <psi|O|psi>. */
__device__ static double observe_tile(const hahn_evaluation *e, const amplitude *psi,
                                      amplitude *lambda)
{
    const hahn_sum observable = sum_of(&e->sums, &e->walk.image.sum, blockIdx.x);
    double energy = 0;
    for (int k = 0; k < HAHN_HELD; k++) {
        const unsigned j = number_of(&e->walk, k);
        const amplitude own = psi[place(j)];
        amplitude sum = make_amplitude(0, 0);
        for (uint64_t s = 0; s < observable.count && !is_padding(&e->walk, j); s++) {
            const hahn_source *source = &observable.sources[s];
            const amplitude from = psi[place(j ^ (unsigned)source->x)];
            sum = plus(sum, inflow(&observable, source, from, j));
        }
        energy += (double)sum.x * own.x + (double)sum.y * own.y;
        if (lambda)
            lambda[place(j)] = sum;
    }
    return energy;
}

/* Sums over the thread's amplitudes, of || psi - start ||^2 and Re <lambda|psi>; and the states,
   for who reads them. */
__device__ static void end_tile(const hahn_evaluation *e, const walking *k, double *echo,
                                double *energy)
{
    const uint64_t lane = (uint64_t)blockIdx.x << e->walk.qubits;
    *echo = *energy = 0;
    for (int r = 0; r < HAHN_HELD; r++) {
        const unsigned j = number_of(&e->walk, r);
        const amplitude x = k->psi[place(j)], y = start_amplitude(e, j), l = k->lambda[place(j)];
        const double re = (double)x.x - y.x, im = (double)x.y - y.y;
        *echo += re * re + im * im;
        *energy += (double)l.x * x.x + (double)l.y * x.y;
        if (!is_padding(&e->walk, j)) {
            ((amplitude *)e->walk.psi)[lane + j] = x;
            ((amplitude *)e->walk.lambda)[lane + j] = l;
        }
    }
}

/* At once, as registers are few. */
__device__ static __forceinline__ void note_clock(const hahn_evaluation *e, int which)
{
    if (threadIdx.x == 0)
        e->results[blockIdx.x].clocks[which] = clock64();
}

__global__ static void __launch_bounds__(MOST_THREADS, LEAST_BLOCKS)
    evaluate_energy(const __grid_constant__ hahn_evaluation e)
{
    HAHN_DYNAMIC_SHARED(amplitude, tile);
    walking k;
    k.w = &e.walk;
    k.base = 0;
    k.psi = tile;
    start_tile(&e, tile);
    run_passes<false, false>(&k);
    unscale(&k, tile);
    __syncthreads(); /* before others read it */
    const double energy = block_sum(observe_tile(&e, tile, NULL));
    if (threadIdx.x == 0)
        e.results[blockIdx.x].energy = energy;
}

__global__ static void __launch_bounds__(MOST_THREADS, LEAST_BLOCKS)
    evaluate_gradient(const __grid_constant__ hahn_evaluation e)
{
    HAHN_DYNAMIC_SHARED(amplitude, tiles);
    double energy, echo;
    walking k;
    k.w = &e.walk;
    k.more = false;
    k.base = 0;
    k.psi = tiles;
    k.lambda = tiles + hahn_bit(e.walk.span);
    k.looks = looks_after(tiles + 2 * hahn_bit(e.walk.span));
    note_clock(&e, 0);
    start_tile(&e, k.psi);
    run_passes<false, false>(&k);
    unscale(&k, k.psi);
    __syncthreads(); /* before others read it */
    note_clock(&e, 1);
    energy = block_sum(observe_tile(&e, k.psi, k.lambda));
    if (threadIdx.x == 0)
        e.results[blockIdx.x].energy = energy;
    note_clock(&e, 2);
    run_passes<true, false>(&k);
    unscale(&k, k.psi);
    unscale(&k, k.lambda);
    end_tile(&e, &k, &echo, &energy);
    echo = block_sum(echo);
    energy = block_sum(energy);
    note_clock(&e, 3);
    if (threadIdx.x == 0) {
        e.results[blockIdx.x].echo = echo;
        e.results[blockIdx.x].start_energy = energy;
    }
}

extern "C" int HAHN_ENTRY(evaluate)(const hahn_evaluation *e, bool gradient)
{
    const size_t bytes = gradient ? backward_bytes(&e->walk, 2) : tile_bytes(&e->walk);
    const auto kernel = gradient ? evaluate_gradient : evaluate_energy;
    const cudaError_t error = allow_shared(kernel, bytes);
    if (error != cudaSuccess)
        return error;
    HAHN_LAUNCH(kernel, dim3((unsigned)e->walk.lanes), dim3(block_threads(&e->walk)), bytes, *e);
    return cudaGetLastError();
}
