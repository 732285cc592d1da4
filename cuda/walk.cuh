/* Passes over a tile, one after another. What a pass needs (itself, its slots) is on its way from
   device memory to shared memory while the ones before it are at work. */
#ifndef HAHN_CUDA_WALK_CUH
#define HAHN_CUDA_WALK_CUH

#include "cuda/dense.cuh"
#include "cuda/look.cuh"
#include "cuda/permutation.cuh"

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

typedef struct walking {
    const hahn_walk *w;
    amplitude *psi, *lambda; /* the tile, in shared memory */
    look_memory looks;
    uint64_t base; /* index in the state of the tile's amplitude 0 */
    bool more;     /* add to the derivatives that are there */
    double scale;  /* of the tile, by what passes have started with */
} walking;

/* In shared memory. */
typedef struct window {
    uint4 *passes;           /* PASSES_KEPT of them */
    uint4 *turns;            /* of two passes */
    amplitude *coefficients; /* of two passes */
} window;

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
}

/* What was sent for is here, for all threads. */
__device__ static __forceinline__ void await_errands()
{
    __pipeline_commit();
    __pipeline_wait_prior(0);
    __syncthreads();
}

__device__ static __forceinline__ slots slots_in(const window *v, uint32_t number)
{
    const unsigned at = number % 2 * HAHN_PASS_SLOTS;
    slots s;
    s.turns = reinterpret_cast<const hahn_turn *>(v->turns + at);
    s.coefficients = v->coefficients + at;
    return s;
}

/* -- one pass --------------------------------------------------------------------------------- */

__device__ static __forceinline__ void pass_forward(const walking *k, const hahn_pass *pass,
                                                    const slots *s)
{
    const unsigned first = first_held(pass, threadIdx.x);
    const places own = own_places(pass, first);
    amplitude psi[HAHN_HELD], phase[HAHN_HELD];
    if (pass->parts & HAHN_PASS_MOVES) {
        const places from = source_places(pass, k->w->image.flips, k->w->span, k->base, first);
        load_held(k->psi, &from, psi);
        __syncthreads(); /* before others store where this thread has loaded */
    } else
        load_held(k->psi, &own, psi);
    if (pass->parts & HAHN_PASS_TURNS) {
        find_phases(pass, s, k->base, first, phase);
        HAHN_UNROLL
        for (int r = 0; r < HAHN_HELD; r++)
            psi[r] = times(psi[r], phase[r]);
    }
    HAHN_UNROLL
    for (int b = 0; b < HAHN_HELD_QUBITS; b++)
        if (pass->rotated >> b & 1) {
            const unsigned slot = rotation_slot(pass, b);
            const amplitude cs = s->coefficients[slot];
            rotate_held(pass, &s->turns[slot], k->base, first, b, cs.x, cs.y, psi);
        }
    store_held(k->psi, &own, psi);
}

/* Undo the rotations along the held bits; with looks, leave the warp's sums. */
__device__ static __forceinline__ void rotate_back(const walking *k, const hahn_pass *pass,
                                                   const slots *s, unsigned first,
                                                   amplitude psi[HAHN_HELD],
                                                   amplitude lambda[HAHN_HELD])
{
    HAHN_UNROLL
    for (int b = 0; b < HAHN_HELD_QUBITS; b++) {
        if (!(pass->rotated >> b & 1))
            continue;
        const unsigned slot = rotation_slot(pass, b);
        const hahn_turn *t = &s->turns[slot];
        const amplitude cs = s->coefficients[slot];
        if (pass->parts & HAHN_PASS_LOOKS) {
            const double sum = warp_sum(look_held(pass, t, k->base, first, b, psi, lambda));
            if (threadIdx.x % 32 == 0)
                k->looks.rotation[threadIdx.x / 32 * HAHN_HELD + (unsigned)b] = sum;
        }
        rotate_held(pass, t, k->base, first, b, cs.x, -cs.y, psi);
        rotate_held(pass, t, k->base, first, b, cs.x, -cs.y, lambda);
    }
}

/* Undo the phases. Phases and both states are too much for the registers:
   lambda waits in its places, which are this thread's own. */
__device__ static __forceinline__ void turn_back(const walking *k, const hahn_pass *pass,
                                                 const slots *s, unsigned first, const places *own,
                                                 amplitude psi[HAHN_HELD],
                                                 amplitude lambda[HAHN_HELD])
{
    amplitude phase[HAHN_HELD];
    store_held(k->lambda, own, lambda);
    find_phases(pass, s, k->base, first, phase);
    HAHN_UNROLL
    for (int r = 0; r < HAHN_HELD; r++)
        psi[r] = times(psi[r], conjugate(phase[r]));
    HAHN_UNROLL
    for (int r = 0; r < HAHN_HELD; r++)
        lambda[r] = times(k->lambda[place_of(own, r)], conjugate(phase[r]));
}

__device__ static __forceinline__ void pass_backward(const walking *k, const hahn_pass *pass,
                                                     const slots *s)
{
    const unsigned first = first_held(pass, threadIdx.x);
    const bool turns = pass->parts & HAHN_PASS_TURNS;
    amplitude psi[HAHN_HELD], lambda[HAHN_HELD];
    double w[HAHN_HELD];
    places at = own_places(pass, first);
    load_held(k->psi, &at, psi);
    load_held(k->lambda, &at, lambda);
    /* Before anything new is left where the looks of the last pass were taken from. */
    if (pass->parts & HAHN_PASS_LOOKS)
        __syncthreads();
    rotate_back(k, pass, s, first, psi, lambda);
    if (turns)
        turn_back(k, pass, s, first, &at, psi, lambda);
    if (pass->parts & HAHN_PASS_MOVES) {
        at = source_places(pass, k->w->image.flips, k->w->span, k->base, first);
        __syncthreads(); /* before this thread stores where others load */
    }
    HAHN_UNROLL
    for (int r = 0; r < HAHN_HELD; r++) {
        w[r] = inner_im(lambda[r], psi[r]); /* the same before the phases were undone */
        k->psi[place_of(&at, r)] = psi[r];
        k->lambda[place_of(&at, r)] = lambda[r];
    }
    if (turns && pass->parts & HAHN_PASS_LOOKS)
        leave_transform(&k->looks, w);
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
template <bool back> __device__ static void run_special(const walking *k, const hahn_pass *pass)
{
    const unsigned first = first_held(pass, threadIdx.x);
    for (int which = 0; which < (back ? 2 : 1); which++) {
        amplitude *tile = which ? k->lambda : k->psi;
        if (pass->parts & HAHN_PASS_DENSE)
            run_dense(&k->w->image, pass, back, k->base, first, tile);
        else
            run_flips(&k->w->image, pass, back, k->base, first, tile);
    }
}

/* All passes of the walk on the tile in shared memory. Begins and ends with a barrier. */
template <bool back> __device__ static __forceinline__ void run_passes(walking *k)
{
    HAHN_SHARED(uint4, passes, PASSES_KEPT * PASS_WORDS);
    HAHN_SHARED(uint4, turns, 2 * HAHN_PASS_SLOTS);
    HAHN_SHARED(amplitude, coefficients, 2 * HAHN_PASS_SLOTS);
    const window v = {passes, turns, coefficients};
    const uint32_t count = k->w->end - k->w->first;
    k->scale = 1;
    __syncthreads(); /* another tile's last pass is no longer read */
    fetch_pass<back>(k, &v, 0);
    fetch_pass<back>(k, &v, 1);
    await_errands();
    fetch_slots(k, &v, 0);
    await_errands();
    for (uint32_t number = 0; number < count; number++) {
        const hahn_pass *pass = pass_in(&v, number);
        const slots s = slots_in(&v, number);
        const double before = k->scale;
        fetch_pass<back>(k, &v, number + 2);
        fetch_slots(k, &v, number + 1);
        if (pass->parts & (HAHN_PASS_DENSE | HAHN_PASS_FLIPS))
            run_special<back>(k, pass);
        else if (back)
            pass_backward(k, pass, &s);
        else
            pass_forward(k, pass, &s);
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

/* Two tiles, and what looks leave. */
static inline size_t backward_bytes(const hahn_walk *w)
{
    return 2 * tile_bytes(w) + block_threads(w) / 32 * LOOKS_OF_WARP * sizeof(double);
}

__device__ static __forceinline__ look_memory looks_after(amplitude *tiles_end)
{
    look_memory looks;
    looks.transform = (double *)tiles_end;
    looks.rotation = looks.transform + blockDim.x * HAHN_HELD;
    return looks;
}

#endif
