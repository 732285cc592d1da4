/* A sweep: all tiles of all lanes through a range of passes, forward, or backward with looks. */
#include "cuda/transfer.cuh"

/* -- forward ---------------------------------------------------------------------------------- */

__global__ static void __launch_bounds__(MOST_THREADS, LEAST_BLOCKS)
    sweep_forward(const __grid_constant__ hahn_walk w)
{
    HAHN_DYNAMIC_SHARED(amplitude, tile);
    uint64_t number, end;
    walking k;
    k.w = &w;
    k.psi = tile;
    tiles_of(&w, &number, &end);
    for (k.base = base_of(&w, number); number < end; number++) {
        load_tile(&w, k.base, w.psi, k.psi);
        run_passes<false, false>(&k);
        store_tile(&w, &k, k.psi, w.psi);
        k.base = next_base(&w, k.base);
    }
}

extern "C" int HAHN_ENTRY(forward)(const hahn_walk *w)
{
    const size_t bytes = tile_bytes(w);
    const cudaError_t error = allow_shared(sweep_forward, bytes);
    if (error != cudaSuccess)
        return error;
    HAHN_LAUNCH(sweep_forward, dim3((unsigned)(w->rows * (uint64_t)w->lanes)),
                dim3(block_threads(w)), bytes, *w);
    return cudaGetLastError();
}

/* -- backward --------------------------------------------------------------------------------- */

__global__ static void __launch_bounds__(MOST_THREADS, LEAST_BLOCKS)
    sweep_backward(const __grid_constant__ hahn_walk w)
{
    HAHN_DYNAMIC_SHARED(amplitude, tiles);
    uint64_t number, end;
    walking k;
    k.w = &w;
    k.more = false;
    k.psi = tiles;
    k.lambda = tiles + hahn_bit(w.span);
    k.looks = looks_after(tiles + 2 * hahn_bit(w.span));
    tiles_of(&w, &number, &end);
    for (k.base = base_of(&w, number); number < end; number++) {
        load_tile(&w, k.base, w.psi, k.psi);
        load_tile(&w, k.base, w.lambda, k.lambda);
        run_passes<true, false>(&k);
        store_tile(&w, &k, k.psi, w.psi);
        store_tile(&w, &k, k.lambda, w.lambda);
        k.more = true;
        k.base = next_base(&w, k.base);
    }
}

extern "C" int HAHN_ENTRY(backward)(const hahn_walk *w)
{
    const size_t bytes = backward_bytes(w, 2);
    const cudaError_t error = allow_shared(sweep_backward, bytes);
    if (error != cudaSuccess)
        return error;
    HAHN_LAUNCH(sweep_backward, dim3((unsigned)(w->rows * (uint64_t)w->lanes)),
                dim3(block_threads(w)), bytes, *w);
    return cudaGetLastError();
}
