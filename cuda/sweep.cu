/* A sweep: all tiles of all lanes through a range of passes, forward, or backward with looks. */
#include "cuda/walk.cuh"

/* A block's place: which lane, and which tiles. */
typedef struct stretch {
    uint64_t lane, row, first_tile, end_tile;
} stretch;

__device__ static stretch stretch_of(const hahn_walk *w)
{
    const uint64_t tiles = hahn_bit(w->qubits - w->tile_qubits) / w->rows;
    stretch s;
    s.lane = blockIdx.x / w->rows;
    s.row = blockIdx.x % w->rows;
    s.first_tile = s.row * tiles;
    s.end_tile = s.first_tile + tiles;
    return s;
}

/* Where the amplitudes that a thread loads and stores stand in the state: number r of it is number
   threadIdx.x + r * blockDim.x of the tile, so that a warp's stand side by side. */
typedef struct route {
    uint64_t own, tile;
    int span, tile_qubits;
} route;

__device__ static route route_of(const hahn_walk *w)
{
    route r;
    r.own = hahn_deposit(threadIdx.x, w->tile);
    r.tile = w->tile;
    r.span = w->span;
    r.tile_qubits = w->tile_qubits;
    return r;
}

__device__ static __forceinline__ unsigned number_of(const route *r, int k)
{
    return threadIdx.x | (unsigned)k << (r->span - HAHN_HELD_QUBITS);
}

__device__ static __forceinline__ uint64_t index_in_state(const route *r, uint64_t base, int k)
{
    return base | r->own | hahn_deposit((uint64_t)k << (r->span - HAHN_HELD_QUBITS), r->tile);
}

/* Numbers beyond the tile are padding. */
__device__ static __forceinline__ bool is_padding(const route *r, int k)
{
    return number_of(r, k) >> r->tile_qubits;
}

__device__ static void load_tile(const route *r, uint64_t base, const amplitude *state,
                                 amplitude *tile)
{
    amplitude held[HAHN_HELD];
    HAHN_UNROLL
    for (int k = 0; k < HAHN_HELD; k++)
        held[k] = is_padding(r, k) ? make_amplitude(0, 0) : state[index_in_state(r, base, k)];
    HAHN_UNROLL
    for (int k = 0; k < HAHN_HELD; k++)
        tile[place(number_of(r, k))] = held[k];
}

__device__ static void store_tile(const route *r, uint64_t base, const amplitude *tile,
                                  amplitude *state)
{
    HAHN_UNROLL
    for (int k = 0; k < HAHN_HELD; k++)
        if (!is_padding(r, k))
            state[index_in_state(r, base, k)] = tile[place(number_of(r, k))];
}

__device__ static uint64_t base_of(const hahn_walk *w, uint64_t number)
{
    return hahn_deposit(number, (hahn_bit(w->qubits) - 1) & ~w->tile);
}

/* -- forward ---------------------------------------------------------------------------------- */

__global__ static void __launch_bounds__(MOST_THREADS, 1)
    sweep_forward(const __grid_constant__ hahn_walk w)
{
    HAHN_DYNAMIC_SHARED(amplitude, tile);
    const stretch s = stretch_of(&w);
    const route r = route_of(&w);
    amplitude *psi = (amplitude *)w.psi + (s.lane << w.qubits);
    walking k;
    k.w = &w;
    k.coefficients = (const amplitude *)w.coefficients + s.lane * w.slots;
    k.psi = tile;
    for (uint64_t number = s.first_tile; number < s.end_tile; number++) {
        k.base = base_of(&w, number);
        load_tile(&r, k.base, psi, k.psi);
        run_passes<false>(&k);
        store_tile(&r, k.base, k.psi, psi);
    }
}

static unsigned block_threads(const hahn_walk *w)
{
    return 1u << (w->span - HAHN_HELD_QUBITS);
}

static size_t tile_bytes(const hahn_walk *w)
{
    return sizeof(amplitude) << w->span;
}

extern "C" int HAHN_ENTRY(forward)(const hahn_walk *w)
{
    const size_t bytes = tile_bytes(w);
    const cudaError_t error = cudaFuncSetAttribute(
        sweep_forward, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)bytes);
    if (error != cudaSuccess)
        return error;
    HAHN_LAUNCH(sweep_forward, dim3((unsigned)(w->rows * (uint64_t)w->lanes)),
                dim3(block_threads(w)), bytes, *w);
    return cudaGetLastError();
}

/* -- backward --------------------------------------------------------------------------------- */

__global__ static void __launch_bounds__(MOST_THREADS, 1)
    sweep_backward(const __grid_constant__ hahn_walk w)
{
    HAHN_DYNAMIC_SHARED(amplitude, tiles);
    const stretch s = stretch_of(&w);
    const route r = route_of(&w);
    amplitude *psi = (amplitude *)w.psi + (s.lane << w.qubits);
    amplitude *lambda = (amplitude *)w.lambda + (s.lane << w.qubits);
    walking k;
    k.w = &w;
    k.coefficients = (const amplitude *)w.coefficients + s.lane * w.slots;
    k.psi = tiles;
    k.lambda = tiles + hahn_bit(w.span);
    k.looks.transform = (double *)(tiles + 2 * hahn_bit(w.span));
    k.looks.rotation = k.looks.transform + blockDim.x * HAHN_HELD;
    k.row = w.moments + (s.lane * w.rows + s.row) * w.moments_stride;
    for (uint64_t number = s.first_tile; number < s.end_tile; number++) {
        k.base = base_of(&w, number);
        k.more = number > s.first_tile;
        load_tile(&r, k.base, psi, k.psi);
        load_tile(&r, k.base, lambda, k.lambda);
        run_passes<true>(&k);
        store_tile(&r, k.base, k.psi, psi);
        store_tile(&r, k.base, k.lambda, lambda);
    }
}

extern "C" int HAHN_ENTRY(backward)(const hahn_walk *w)
{
    const size_t bytes = 2 * tile_bytes(w) + block_threads(w) / 32 * LOOKS_OF_WARP * sizeof(double);
    const cudaError_t error = cudaFuncSetAttribute(
        sweep_backward, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)bytes);
    if (error != cudaSuccess)
        return error;
    HAHN_LAUNCH(sweep_backward, dim3((unsigned)(w->rows * (uint64_t)w->lanes)),
                dim3(block_threads(w)), bytes, *w);
    return cudaGetLastError();
}
