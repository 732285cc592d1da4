/* Passes over a tile, one after another. What a pass needs (itself, its slots) is on its way from
   device memory to shared memory while the ones before it are at work. */
#ifndef HAHN_CUDA_WALK_CUH
#define HAHN_CUDA_WALK_CUH

#include "cuda/dense.cuh"
#include "cuda/pass_tangent.cuh"

/* Threads of a block at most, and how many such blocks a multiprocessor should have room for: 128
   registers for each thread. */
#if HAHN_KERNEL_F32
#define MOST_THREADS (1 << (HAHN_MOST_SPAN - HAHN_HELD_QUBITS))
#define LEAST_BLOCKS 1
#else
#define MOST_THREADS (1 << (HAHN_MOST_SPAN - 1 - HAHN_HELD_QUBITS))
#define LEAST_BLOCKS 2
#endif

#define PASS_WORDS (sizeof(hahn_pass) / sizeof(uint4))

/* Passes are kept until all threads are done with the one after them. */
#define PASSES_KEPT 4

static_assert(sizeof(hahn_pass) % sizeof(uint4) == 0 && sizeof(hahn_turn) == sizeof(uint4),
              "fetched in words");

/* In shared memory. */
typedef struct window {
    uint4 *passes;           /* PASSES_KEPT of them */
    uint4 *turns;            /* of two passes */
    amplitude *coefficients; /* of two passes */
    real *rates;             /* of two passes, where tangents are carried along */
} window;

/* Once in a kernel, however many ways it goes. */
__device__ static __forceinline__ window plain_window()
{
    HAHN_SHARED(uint4, passes, PASSES_KEPT * PASS_WORDS);
    HAHN_SHARED(uint4, turns, 2 * HAHN_PASS_SLOTS);
    HAHN_SHARED(amplitude, coefficients, 2 * HAHN_PASS_SLOTS);
    const window v = {passes, turns, coefficients, NULL};
    return v;
}

__device__ static __forceinline__ real *window_rates()
{
    HAHN_SHARED(real, rates, 2 * HAHN_PASS_SLOTS);
    return rates;
}

__device__ static __forceinline__ const hahn_pass *pass_in(const window *v, uint32_t number)
{
    return reinterpret_cast<const hahn_pass *>(v->passes + number % PASSES_KEPT * PASS_WORDS);
}

/* Send for pass `number`, counted in the order in which they are run, if there is one. */
template <bool back>
__device__ static __forceinline__ void fetch_pass(const walking *k, const window *v,
                                                  uint32_t number)
{
    const uint32_t count = k->w->end - k->w->first;
    const uint32_t index = back ? k->w->end - 1 - number : k->w->first + number;
    if (number < count && threadIdx.x < PASS_WORDS)
        __pipeline_memcpy_async(v->passes + number % PASSES_KEPT * PASS_WORDS + threadIdx.x,
                                reinterpret_cast<const uint4 *>(k->w->image.passes + index) +
                                    threadIdx.x,
                                sizeof(uint4));
}

/* A block's lane, and its row of tiles. */
__device__ static __forceinline__ uint64_t lane_of(const hahn_walk *w)
{
    return blockIdx.x / w->rows;
}

__device__ static __forceinline__ const amplitude *lane_coefficients(const hahn_walk *w)
{
    return (const amplitude *)w->coefficients + lane_of(w) * w->slots;
}

/* Send for the slots of a pass that is here. */
template <bool tangent>
__device__ static __forceinline__ void fetch_slots(const walking *k, const window *v,
                                                   uint32_t number)
{
    const hahn_pass *pass = pass_in(v, number);
    const unsigned to = number % 2 * HAHN_PASS_SLOTS + threadIdx.x;
    if (number >= k->w->end - k->w->first || threadIdx.x >= pass->slots)
        return;
    const uint32_t slot = pass->first_slot + threadIdx.x;
    __pipeline_memcpy_async(v->turns + to, k->w->image.turns + slot, sizeof(hahn_turn));
    __pipeline_memcpy_async(v->coefficients + to, lane_coefficients(k->w) + slot,
                            sizeof(amplitude));
    if (tangent)
        __pipeline_memcpy_async(v->rates + to,
                                (const real *)k->w->rates + lane_of(k->w) * k->w->slots + slot,
                                sizeof(real));
}

/* What was sent for is here, for all threads. */
__device__ static __forceinline__ void await_errands()
{
    __pipeline_commit();
    __pipeline_wait_prior(0);
    __syncthreads();
}

template <bool tangent>
__device__ static __forceinline__ slots slots_in(const window *v, uint32_t number)
{
    const unsigned at = number % 2 * HAHN_PASS_SLOTS;
    slots s;
    s.turns = reinterpret_cast<const hahn_turn *>(v->turns + at);
    s.coefficients = v->coefficients + at;
    s.rates = NULL;
    if constexpr (tangent)
        s.rates = v->rates + at;
    return s;
}

/* A thread for each slot that has a parameter. Rotations were looked at with the scale `before`. */
__device__ static __forceinline__ void collect_looks(const walking *k, const hahn_pass *pass,
                                                     const slots *s, double before)
{
    const unsigned slot = threadIdx.x;
    if (!(pass->parts & HAHN_PASS_LOOKS) || slot >= pass->slots || !s->turns[slot].looks)
        return;
    double *out = k->w->moments + blockIdx.x * k->w->moments_stride +
                  (pass->first_slot - k->w->first_slot) + slot;
    const double scale = slot < pass->end[HAHN_CLASSES - 1] ? k->scale : before;
    const double look = look_of(pass, s, &k->looks, k->base, slot) / (scale * scale);
    *out = k->more ? *out + look : look;
}

/* Passes that are a dense matrix or flips and nothing else. */
template <bool back, bool tangent>
__device__ static void run_special(const walking *k, const hahn_pass *pass)
{
    const unsigned first = first_held(pass, threadIdx.x);
    for (int which = 0; which < (back ? 2 : 1) * (tangent ? 2 : 1); which++) {
        amplitude *const lambda = back ? k->lambda : k->chi;
        amplitude *tile = which == 0 ? k->psi : which == 1 ? lambda : which == 2 ? k->chi : k->mu;
        if (pass->parts & HAHN_PASS_DENSE)
            run_dense(&k->w->image, pass, back, k->base, first, tile);
        else
            run_flips(&k->w->image, pass, back, k->base, first, tile);
    }
}

template <bool back, bool tangent>
__device__ static __forceinline__ void run_pass(const walking *k, const hahn_pass *pass,
                                                const slots *s)
{
    if constexpr (tangent && back)
        pass_backward_tangent(k, pass, s);
    else if constexpr (tangent)
        pass_forward_tangent(k, pass, s);
    else if constexpr (back)
        pass_backward(k, pass, s);
    else
        pass_forward(k, pass, s);
}

/* All passes of the walk on the tile in shared memory. Begins and ends with a barrier. */
template <bool back, bool tangent> __device__ static __forceinline__ void run_passes(walking *k)
{
    window v = plain_window();
    if constexpr (tangent)
        v.rates = window_rates();
    const uint32_t count = k->w->end - k->w->first;
    k->scale = 1;
    __syncthreads(); /* another tile's last pass is no longer read */
    fetch_pass<back>(k, &v, 0);
    fetch_pass<back>(k, &v, 1);
    await_errands();
    fetch_slots<tangent>(k, &v, 0);
    await_errands();
    for (uint32_t number = 0; number < count; number++) {
        const hahn_pass *pass = pass_in(&v, number);
        const slots s = slots_in<tangent>(&v, number);
        const double before = k->scale;
        fetch_pass<back>(k, &v, number + 2);
        fetch_slots<tangent>(k, &v, number + 1);
        if (pass->parts & (HAHN_PASS_DENSE | HAHN_PASS_FLIPS))
            run_special<back, tangent>(k, pass);
        else
            run_pass<back, tangent>(k, pass, &s);
        k->scale *= pass->start;
        await_errands();
        if (back)
            collect_looks(k, pass, &s, before);
    }
}

/* -- what a launch of passes takes ------------------------------------------------------------ */

static inline unsigned block_threads(const hahn_walk *w)
{
    return 1u << (w->span - HAHN_HELD_QUBITS);
}

static inline size_t tile_bytes(const hahn_walk *w)
{
    return sizeof(amplitude) << w->span;
}

/* Let a kernel have so much. The runtime would tell of a failure once more after the next launch.
 */
template <class F> static inline cudaError_t allow_shared(F kernel, size_t bytes)
{
    const cudaError_t error =
        cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)bytes);
    if (error != cudaSuccess)
        (void)cudaGetLastError();
    return error;
}

/* So many tiles, and what looks leave. */
static inline size_t backward_bytes(const hahn_walk *w, int tiles)
{
    return (size_t)tiles * tile_bytes(w) +
           block_threads(w) / 32 * HAHN_LOOKS_OF_WARP * sizeof(double);
}

__device__ static __forceinline__ look_memory looks_after(amplitude *tiles_end)
{
    look_memory looks;
    looks.transform = (double *)tiles_end;
    looks.rotation = looks.transform + blockDim.x * HAHN_HELD;
    return looks;
}

#endif
