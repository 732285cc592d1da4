/* One pass that carries tangents along: of psi and chi, and backward of psi, lambda, chi and mu.
   What the generators of its terms bring to a tangent is sent in before the terms are applied, and
   taken out after they are undone. */
#ifndef HAHN_CUDA_PASS_TANGENT_CUH
#define HAHN_CUDA_PASS_TANGENT_CUH

#include "cuda/pass.cuh"

/* -- generators ------------------------------------------------------------------------------- */

/* The sum of the generators of the pass's phases, a number for each held amplitude: as find_phases,
   but sums in place of products. Z strings have 1 and -1, phases -1 where they act. */
__device__ static __forceinline__ void find_generators(const hahn_pass *pass, const slots *s,
                                                       uint64_t base, unsigned first,
                                                       real g[HAHN_HELD])
{
    const unsigned filled = first | held_bits(pass, HAHN_HELD - 1);
    HAHN_UNROLL
    for (int c = 0; c < HAHN_HELD; c++) {
        g[c] = 0;
        for (unsigned k = c ? pass->end[c - 1] : 0; k < pass->end[c]; k++)
            g[c] += is_odd(&s->turns[k], base, first) ? -s->rates[k] : s->rates[k];
    }
    HAHN_UNROLL
    for (int half = 1; half < HAHN_HELD; half *= 2)
        HAHN_UNROLL
    for (int r = 0; r < HAHN_HELD; r++)
        if (!(r & half)) {
            const real x = g[r], y = g[r | half];
            g[r] = x + y;
            g[r | half] = x - y;
        }
    if (!(pass->parts & HAHN_PASS_CORNERS))
        return;
    HAHN_UNROLL
    for (int c = 0; c < HAHN_HELD; c++) {
        real sum = 0;
        for (unsigned k = pass->end[HAHN_HELD + c - 1]; k < pass->end[HAHN_HELD + c]; k++)
            sum += has_all(&s->turns[k], base, filled) ? s->rates[k] : 0;
        HAHN_UNROLL
        for (int r = 0; r < HAHN_HELD; r++)
            g[r] -= (r & c) == c ? sum : 0;
    }
}

/* chi <- chi - i g psi */
__device__ static __forceinline__ void inject_phases(const real g[HAHN_HELD], real sign,
                                                     const amplitude psi[HAHN_HELD],
                                                     amplitude chi[HAHN_HELD])
{
    HAHN_UNROLL
    for (int r = 0; r < HAHN_HELD; r++) {
        const real rate = sign * g[r];
        chi[r] = make_amplitude(chi[r].x + rate * psi[r].y, chi[r].y - rate * psi[r].x);
    }
}

/* The same along held bit k, where the generator is Y. */
__device__ static __forceinline__ void inject_rotation(const hahn_pass *pass, const hahn_turn *t,
                                                       uint64_t base, unsigned first, int k,
                                                       real rate, const amplitude psi[HAHN_HELD],
                                                       amplitude chi[HAHN_HELD])
{
    HAHN_UNROLL
    for (int r = 0; r < HAHN_HELD; r++) {
        if (r >> k & 1)
            continue;
        const int other = r | 1 << k;
        const real own = has_all(t, base, first | held_bits(pass, r)) ? rate : 0;
        chi[r] = make_amplitude(chi[r].x - own * psi[other].x, chi[r].y - own * psi[other].y);
        chi[other] = make_amplitude(chi[other].x + own * psi[r].x, chi[other].y + own * psi[r].y);
    }
}

__device__ static __forceinline__ void turn_held(const amplitude phase[HAHN_HELD],
                                                 amplitude a[HAHN_HELD])
{
    HAHN_UNROLL
    for (int r = 0; r < HAHN_HELD; r++)
        a[r] = times(a[r], phase[r]);
}

/* -- forward ---------------------------------------------------------------------------------- */

__device__ static __forceinline__ void rotate_tangent(const walking *k, const hahn_pass *pass,
                                                      const slots *s, unsigned first,
                                                      amplitude psi[HAHN_HELD],
                                                      amplitude chi[HAHN_HELD])
{
    HAHN_UNROLL
    for (int b = 0; b < HAHN_HELD_QUBITS; b++)
        if (pass->rotated >> b & 1) {
            const unsigned slot = rotation_slot(pass, b);
            const hahn_turn *t = &s->turns[slot];
            const amplitude cs = s->coefficients[slot];
            inject_rotation(pass, t, k->base, first, b, s->rates[slot], psi, chi);
            rotate_held(pass, t, k->base, first, b, cs.x, cs.y, psi);
            rotate_held(pass, t, k->base, first, b, cs.x, cs.y, chi);
        }
}

__device__ static __forceinline__ void pass_forward_tangent(const walking *k, const hahn_pass *pass,
                                                            const slots *s)
{
    const unsigned first = first_held(pass, threadIdx.x);
    const places own = own_places(pass, first);
    amplitude psi[HAHN_HELD], chi[HAHN_HELD], phase[HAHN_HELD];
    real g[HAHN_HELD];
    places from = own;
    if (pass->parts & HAHN_PASS_MOVES)
        from = source_places(pass, k->w->image.flips, k->w->span, k->base, first);
    load_held(k->psi, &from, psi);
    load_held(k->chi, &from, chi);
    if (pass->parts & HAHN_PASS_MOVES)
        __syncthreads(); /* before others store where this thread has loaded */
    if (pass->parts & HAHN_PASS_TURNS) {
        find_generators(pass, s, k->base, first, g);
        inject_phases(g, 1, psi, chi);
        find_phases(pass, s, k->base, first, phase);
        turn_held(phase, psi);
        turn_held(phase, chi);
    }
    rotate_tangent(k, pass, s, first, psi, chi);
    store_held(k->psi, &own, psi);
    store_held(k->chi, &own, chi);
}

/* -- backward --------------------------------------------------------------------------------- */

/* What a thread holds of the four states. */
typedef struct held_states {
    amplitude psi[HAHN_HELD], lambda[HAHN_HELD], chi[HAHN_HELD], mu[HAHN_HELD];
} held_states;

/* The rotations of a pass commute: what is looked at stays the same while the others are undone. */
__device__ static __forceinline__ void rotate_tangent_back(const walking *k, const hahn_pass *pass,
                                                           const slots *s, unsigned first,
                                                           held_states *h)
{
    HAHN_UNROLL
    for (int b = 0; b < HAHN_HELD_QUBITS; b++) {
        if (!(pass->rotated >> b & 1))
            continue;
        const unsigned slot = rotation_slot(pass, b);
        const hahn_turn *t = &s->turns[slot];
        const amplitude cs = s->coefficients[slot];
        const real rate = -s->rates[slot];
        if (pass->parts & HAHN_PASS_LOOKS) {
            const double own = (double)look_held(pass, t, k->base, first, b, h->psi, h->mu) +
                               (double)look_held(pass, t, k->base, first, b, h->chi, h->lambda);
            const double sum = warp_sum(own);
            if (threadIdx.x % 32 == 0)
                k->looks.rotation[threadIdx.x / 32 * HAHN_HELD + (unsigned)b] = sum;
        }
        rotate_held(pass, t, k->base, first, b, cs.x, -cs.y, h->psi);
        rotate_held(pass, t, k->base, first, b, cs.x, -cs.y, h->chi);
        inject_rotation(pass, t, k->base, first, b, rate, h->psi, h->chi);
        rotate_held(pass, t, k->base, first, b, cs.x, -cs.y, h->lambda);
        rotate_held(pass, t, k->base, first, b, cs.x, -cs.y, h->mu);
        inject_rotation(pass, t, k->base, first, b, rate, h->lambda, h->mu);
    }
}

__device__ static __forceinline__ void turn_tangent_back(const walking *k, const hahn_pass *pass,
                                                         const slots *s, unsigned first,
                                                         held_states *h)
{
    amplitude phase[HAHN_HELD];
    real g[HAHN_HELD];
    find_phases(pass, s, k->base, first, phase);
    HAHN_UNROLL
    for (int r = 0; r < HAHN_HELD; r++)
        phase[r] = conjugate(phase[r]);
    turn_held(phase, h->psi);
    turn_held(phase, h->lambda);
    turn_held(phase, h->chi);
    turn_held(phase, h->mu);
    find_generators(pass, s, k->base, first, g);
    inject_phases(g, -1, h->psi, h->chi);
    inject_phases(g, -1, h->lambda, h->mu);
}

__device__ static __forceinline__ void pass_backward_tangent(const walking *k,
                                                             const hahn_pass *pass, const slots *s)
{
    const unsigned first = first_held(pass, threadIdx.x);
    const bool turns = pass->parts & HAHN_PASS_TURNS;
    held_states h;
    double w[HAHN_HELD];
    places at = own_places(pass, first);
    load_held(k->psi, &at, h.psi);
    load_held(k->lambda, &at, h.lambda);
    load_held(k->chi, &at, h.chi);
    load_held(k->mu, &at, h.mu);
    /* Before anything new is left where the looks of the last pass were taken from. */
    if (pass->parts & HAHN_PASS_LOOKS)
        __syncthreads();
    rotate_tangent_back(k, pass, s, first, &h);
    if (turns)
        turn_tangent_back(k, pass, s, first, &h);
    if (pass->parts & HAHN_PASS_MOVES) {
        at = source_places(pass, k->w->image.flips, k->w->span, k->base, first);
        __syncthreads(); /* before this thread stores where others load */
    }
    store_held(k->psi, &at, h.psi);
    store_held(k->lambda, &at, h.lambda);
    store_held(k->chi, &at, h.chi);
    store_held(k->mu, &at, h.mu);
    if (!turns || !(pass->parts & HAHN_PASS_LOOKS))
        return;
    /* The same before the phases were undone: what is taken out of chi and mu cancels. */
    HAHN_UNROLL
    for (int r = 0; r < HAHN_HELD; r++)
        w[r] = (double)inner_im(h.mu[r], h.psi[r]) + (double)inner_im(h.lambda[r], h.chi[r]);
    leave_transform(&k->looks, w);
}

#endif
