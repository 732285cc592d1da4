/* A sweep: all tiles of all lanes through a range of passes, forward, or backward with looks, with
   tangents or without. */
#include "cuda/walk.cuh"

/* -- tiles between device memory and shared memory -------------------------------------------- */

/* The tiles of a block's row. */
__device__ static void tiles_of(const hahn_walk *w, uint64_t *first, uint64_t *end)
{
    const uint64_t tiles = hahn_bit(w->qubits - w->tile_qubits) / w->rows;
    *first = blockIdx.x % w->rows * tiles;
    *end = *first + tiles;
}

/* What a thread loads and stores at once: 16 bytes, amplitudes side by side in the state, as qubit
   0 is in each tile, and but for their order in the tile as well. */
#if HAHN_KERNEL_F32
#define PACK_QUBITS 1
#else
#define PACK_QUBITS 0
#endif
#define PACKS (HAHN_HELD >> PACK_QUBITS)

typedef struct alignas(16) pack {
    amplitude a[1 << PACK_QUBITS];
} pack;

static_assert(sizeof(pack) == 16, "as wide as accesses are");

/* Where a thread's packs stand in the state: number k of them begins at amplitude threadIdx.x + k *
   blockDim.x of the tile, counted in packs, so that a warp's stand side by side. */
typedef struct route {
    uint64_t own, step[HAHN_HELD_QUBITS];
    int span, tile_qubits;
} route;

__device__ static route route_of(const hahn_walk *w)
{
    route r;
    const int threads = w->span - HAHN_HELD_QUBITS;
    r.own = 0;
    for (int b = 0; b < threads; b++)
        r.own |= threadIdx.x >> b & 1 ? w->bit[b + PACK_QUBITS] : 0;
    HAHN_UNROLL
    for (int b = 0; b < HAHN_HELD_QUBITS - PACK_QUBITS; b++)
        r.step[b] = w->bit[threads + PACK_QUBITS + b];
    r.span = w->span;
    r.tile_qubits = w->tile_qubits;
    return r;
}

__device__ static __forceinline__ unsigned number_of(const route *r, int k)
{
    const int threads = r->span - HAHN_HELD_QUBITS;
    return (threadIdx.x | (unsigned)k << threads) << PACK_QUBITS;
}

__device__ static __forceinline__ uint64_t index_in_state(const route *r, uint64_t base, int k)
{
    uint64_t index = base | r->own;
    HAHN_UNROLL
    for (int b = 0; b < HAHN_HELD_QUBITS - PACK_QUBITS; b++)
        index |= k >> b & 1 ? r->step[b] : 0;
    return index;
}

/* Numbers beyond the tile are padding. */
__device__ static __forceinline__ bool is_padding(const route *r, int k)
{
    return number_of(r, k) >> r->tile_qubits;
}

/* A pack as the tile has it from amplitude j on, or the other way round. */
__device__ static __forceinline__ pack reordered(pack p, unsigned j)
{
#if HAHN_KERNEL_F32
    const bool swapped = place(j) & 1;
    const amplitude first = swapped ? p.a[1] : p.a[0];
    p.a[1] = swapped ? p.a[0] : p.a[1];
    p.a[0] = first;
#else
    (void)j;
#endif
    return p;
}

__device__ static __forceinline__ pack *pack_in(amplitude *tile, unsigned j)
{
    return reinterpret_cast<pack *>(tile) + (place(j) >> PACK_QUBITS);
}

__device__ static void load_tile(const hahn_walk *w, uint64_t base, const void *states,
                                 amplitude *tile)
{
    const route r = route_of(w);
    const amplitude *state = (const amplitude *)states + (lane_of(w) << w->qubits);
    const pack zero = {};
    pack held[PACKS];
    HAHN_UNROLL
    for (int k = 0; k < PACKS; k++)
        held[k] = is_padding(&r, k)
                      ? zero
                      : *reinterpret_cast<const pack *>(state + index_in_state(&r, base, k));
    HAHN_UNROLL
    for (int k = 0; k < PACKS; k++)
        *pack_in(tile, number_of(&r, k)) = reordered(held[k], number_of(&r, k));
}

__device__ static void store_tile(const hahn_walk *w, const walking *k, amplitude *tile,
                                  void *states)
{
    const real scale = (real)(1 / k->scale);
    const route r = route_of(w);
    amplitude *state = (amplitude *)states + (lane_of(w) << w->qubits);
    HAHN_UNROLL
    for (int n = 0; n < PACKS; n++) {
        if (is_padding(&r, n))
            continue;
        pack p = reordered(*pack_in(tile, number_of(&r, n)), number_of(&r, n));
        HAHN_UNROLL
        for (int i = 0; i < 1 << PACK_QUBITS; i++)
            p.a[i] = make_amplitude(scale * p.a[i].x, scale * p.a[i].y);
        *reinterpret_cast<pack *>(state + index_in_state(&r, k->base, n)) = p;
    }
}

/* Index in the state of the amplitude 0 of a tile; and of the next one's: a carry runs through the
   tile's own bits. */
__device__ static uint64_t base_of(const hahn_walk *w, uint64_t number)
{
    return hahn_deposit(number, (hahn_bit(w->qubits) - 1) & ~w->tile);
}

__device__ static __forceinline__ uint64_t next_base(const hahn_walk *w, uint64_t base)
{
    return ((base | w->tile) + 1) & ~w->tile;
}

/* -- sweeps ----------------------------------------------------------------------------------- */

/* psi, and backward lambda; and as many tangents. */
__device__ static constexpr int states_of(bool back, bool tangent)
{
    return (back ? 2 : 1) * (tangent ? 2 : 1);
}

/* Tangents both ways take the registers of a whole multiprocessor. */
template <bool back, bool tangent>
__global__ static void __launch_bounds__(MOST_THREADS, tangent ? 1 : LEAST_BLOCKS)
    sweep(const __grid_constant__ hahn_walk w)
{
    HAHN_DYNAMIC_SHARED(amplitude, tiles);
    constexpr int count = states_of(back, tangent);
    void *const states[] = {w.psi, back ? w.lambda : w.chi, w.chi, w.mu};
    uint64_t number, end;
    walking k;
    k.w = &w;
    k.more = false;
    k.psi = tiles;
    k.lambda = tiles + hahn_bit(w.span);
    k.chi = tiles + hahn_bit(w.span) * (back ? 2 : 1);
    k.mu = tiles + hahn_bit(w.span) * 3;
    k.looks = looks_after(tiles + hahn_bit(w.span) * count);
    tiles_of(&w, &number, &end);
    for (k.base = base_of(&w, number); number < end; number++) {
        HAHN_UNROLL
        for (int s = 0; s < count; s++)
            load_tile(&w, k.base, states[s], tiles + hahn_bit(w.span) * s);
        run_passes<back, tangent>(&k);
        HAHN_UNROLL
        for (int s = 0; s < count; s++)
            store_tile(&w, &k, tiles + hahn_bit(w.span) * s, states[s]);
        k.more = true;
        k.base = next_base(&w, k.base);
    }
}

template <bool back, bool tangent> static int launch_sweep(const hahn_walk *w)
{
    const int count = states_of(back, tangent);
    const size_t bytes = back ? backward_bytes(w, count) : (size_t)count * tile_bytes(w);
    const auto kernel = sweep<back, tangent>;
    const cudaError_t error = allow_shared(kernel, bytes);
    if (error != cudaSuccess)
        return error;
    HAHN_LAUNCH(kernel, dim3((unsigned)(w->rows * (uint64_t)w->lanes)), dim3(block_threads(w)),
                bytes, *w);
    return cudaGetLastError();
}

extern "C" int HAHN_ENTRY(forward)(const hahn_walk *w)
{
    return launch_sweep<false, false>(w);
}

extern "C" int HAHN_ENTRY(backward)(const hahn_walk *w)
{
    return launch_sweep<true, false>(w);
}

extern "C" int HAHN_ENTRY(tangent_forward)(const hahn_walk *w)
{
    return launch_sweep<false, true>(w);
}

extern "C" int HAHN_ENTRY(tangent_backward)(const hahn_walk *w)
{
    return launch_sweep<true, true>(w);
}
