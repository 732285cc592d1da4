/* One pass over a tile, forward on psi, and backward on psi and lambda. */
#ifndef HAHN_CUDA_PASS_CUH
#define HAHN_CUDA_PASS_CUH

#include "cuda/look.cuh"
#include "cuda/permutation.cuh"

typedef struct walking {
    const hahn_walk *w;
    amplitude *psi, *lambda; /* the tile, in shared memory */
    amplitude *chi, *mu;     /* and its tangents, where they are carried along */
    look_memory looks;
    uint64_t base; /* index in the state of the tile's amplitude 0 */
    bool more;     /* add to the derivatives that are there */
    double scale;  /* of the tile, by what passes have started with */
} walking;

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

#endif
