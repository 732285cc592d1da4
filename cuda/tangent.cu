/* Sweeps that carry tangents along, forward and backward with looks; and the rates of angles. */
#include "cuda/transfer.cuh"

/* All four states take the registers of a whole multiprocessor. */
#define BOUNDS __launch_bounds__(MOST_THREADS, 1)

/* -- rates ------------------------------------------------------------------------------------ */

#define THREADS 128

/* How fast the angle of a slot changes along the direction of a lane. */
__device__ static double rate_of(const hahn_cuda_course *c, uint64_t lane, uint64_t slot)
{
    const hahn_term *term = &c->image.terms[slot];
    double sum = 0;
    for (uint64_t k = 0; k < term->members; k++) {
        const hahn_member *member = &c->image.members[term->first_member + k];
        if (c->directions)
            sum += member->scale *
                   c->directions[lane * (uint64_t)c->parameters + (uint64_t)member->index];
        else
            sum += (uint64_t)member->index == c->first + lane ? member->scale : 0;
    }
    return term->kind == HAHN_PHASE ? sum : 0.5 * sum;
}

__global__ static void __launch_bounds__(THREADS)
    rate_slots(const __grid_constant__ hahn_cuda_course c, uint64_t total)
{
    const uint64_t number = thread_number();
    if (number < total)
        ((real *)c.rates)[number] = (real)rate_of(&c, number / c.slots, number % c.slots);
}

extern "C" int HAHN_ENTRY(rate)(const hahn_cuda_course *c)
{
    const uint64_t total = c->slots * (uint64_t)c->lanes;
    if (!total)
        return 0;
    HAHN_LAUNCH(rate_slots, dim3((unsigned)((total + THREADS - 1) / THREADS)), dim3(THREADS), 0, *c,
                total);
    return cudaGetLastError();
}

/* -- sweeps ----------------------------------------------------------------------------------- */

__global__ static void BOUNDS tangent_forward(const __grid_constant__ hahn_walk w)
{
    HAHN_DYNAMIC_SHARED(amplitude, tiles);
    uint64_t number, end;
    walking k;
    k.w = &w;
    k.psi = tiles;
    k.chi = tiles + hahn_bit(w.span);
    tiles_of(&w, &number, &end);
    for (k.base = base_of(&w, number); number < end; number++) {
        load_tile(&w, k.base, w.psi, k.psi);
        load_tile(&w, k.base, w.chi, k.chi);
        run_passes<false, true>(&k);
        store_tile(&w, &k, k.psi, w.psi);
        store_tile(&w, &k, k.chi, w.chi);
        k.base = next_base(&w, k.base);
    }
}

extern "C" int HAHN_ENTRY(tangent_forward)(const hahn_walk *w)
{
    const size_t bytes = 2 * tile_bytes(w);
    const cudaError_t error = allow_shared(tangent_forward, bytes);
    if (error != cudaSuccess)
        return error;
    HAHN_LAUNCH(tangent_forward, dim3((unsigned)(w->rows * (uint64_t)w->lanes)),
                dim3(block_threads(w)), bytes, *w);
    return cudaGetLastError();
}

__global__ static void BOUNDS tangent_backward(const __grid_constant__ hahn_walk w)
{
    HAHN_DYNAMIC_SHARED(amplitude, tiles);
    uint64_t number, end;
    walking k;
    k.w = &w;
    k.more = false;
    k.psi = tiles;
    k.lambda = tiles + hahn_bit(w.span);
    k.chi = tiles + 2 * hahn_bit(w.span);
    k.mu = tiles + 3 * hahn_bit(w.span);
    k.looks = looks_after(tiles + 4 * hahn_bit(w.span));
    tiles_of(&w, &number, &end);
    for (k.base = base_of(&w, number); number < end; number++) {
        load_tile(&w, k.base, w.psi, k.psi);
        load_tile(&w, k.base, w.lambda, k.lambda);
        load_tile(&w, k.base, w.chi, k.chi);
        load_tile(&w, k.base, w.mu, k.mu);
        run_passes<true, true>(&k);
        store_tile(&w, &k, k.psi, w.psi);
        store_tile(&w, &k, k.lambda, w.lambda);
        store_tile(&w, &k, k.chi, w.chi);
        store_tile(&w, &k, k.mu, w.mu);
        k.more = true;
        k.base = next_base(&w, k.base);
    }
}

extern "C" int HAHN_ENTRY(tangent_backward)(const hahn_walk *w)
{
    const size_t bytes = backward_bytes(w, 4);
    const cudaError_t error = allow_shared(tangent_backward, bytes);
    if (error != cudaSuccess)
        return error;
    HAHN_LAUNCH(tangent_backward, dim3((unsigned)(w->rows * (uint64_t)w->lanes)),
                dim3(block_threads(w)), bytes, *w);
    return cudaGetLastError();
}
