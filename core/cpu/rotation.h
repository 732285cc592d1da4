/* R stages on a tile: rotations without controls, several qubits at a time while the amplitudes are
   in registers. They act on real and imaginary parts alike, by one FMA a number: with t the tangent
   of half the angle,

       x0' = x0 - t x1,   x1' = x1 + t x0

   is the rotation over its cosine, which a neighbouring D stage makes up for (scale_of). Binding
   gives (1, t); where a stage's cosines would come to too little, (cos, sin), and then it takes a
   product more. Backwards, look and undo in one visit. */
#ifndef HAHN_CORE_CPU_ROTATION_H
#define HAHN_CORE_CPU_ROTATION_H

#include "core/cpu/permutation.h"

/* The low kernels do a block of 2^BLOCK_ACROSS vectors: the qubits within a vector, and those that
   tell its vectors apart. */
#define BLOCK_ACROSS (VECTOR_BYTES == 64 && !HAHN_KERNEL_F32 ? 3 : 2)
#define BLOCK_BITS   (LOG_V + BLOCK_ACROSS)

/* Rotations of a block, by bit of the amplitude's index. */
typedef struct low_rotations {
    real cos[BLOCK_BITS], sin[BLOCK_BITS]; /* or 1 and tan */
    vec within[LOG_V];                     /* sin, with the sign of an element's part */
    unsigned acts;                         /* bit q: there is one on qubit q */
    bool plain;                            /* some cos is not 1 */
} low_rotations;

/* direction 1: as they are; -1: undone. */
static low_rotations prepare_low(const tile *t, uint64_t first, uint64_t end, real direction)
{
    low_rotations r;
    r.acts = 0;
    r.plain = false;
    for (uint64_t k = first; k < end; k++) {
        const int q = __builtin_ctz(hahn_local_term(t->program, k)->mask);
        const real *cs = coefficients(t->lane, k);
        r.acts |= 1u << q;
        r.cos[q] = cs[0];
        r.sin[q] = direction * cs[1];
        r.plain = r.plain || cs[0] != 1;
        if (q < LOG_V)
            r.within[q] = r.sin[q] * signs_of(q);
    }
    return r;
}

INLINE void turn_pair(vec *x0, vec *x1, real c, real s, bool plain)
{
    const vec a = *x0, b = *x1;
    *x0 = (plain ? c * a : a) - s * b;
    *x1 = (plain ? c * b : b) + s * a;
}

INLINE void turn_within(vec *x, const low_rotations *r, int q, bool plain)
{
    *x = (plain ? r->cos[q] * *x : *x) + r->within[q] * exchange(*x, q);
}

/* All rotations of a block whose vectors are in x. */
INLINE void turn_block(vec *x, const low_rotations *r, int across, bool plain)
{
    UNROLL for (int q = 0; q < LOG_V; q++) if (r->acts >> q & 1)
    {
        UNROLL for (int k = 0; k < 1 << across; k++) turn_within(&x[k], r, q, plain);
    }
    UNROLL for (int q = 0; q < across; q++) if (r->acts >> (LOG_V + q) & 1)
    {
        UNROLL for (int k = 0; k < 1 << across; k++) if (!(k >> q & 1))
            turn_pair(&x[k], &x[k | 1 << q], r->cos[LOG_V + q], r->sin[LOG_V + q], plain);
    }
}

INLINE void turn_array(tile *t, vec *array, uint64_t vectors, const low_rotations *r, int across,
                       bool plain)
{
    for (uint64_t at = 0; at < vectors; at += hahn_bit(across)) {
        touch_ahead(t);
        vec x[1 << BLOCK_ACROSS];
        UNROLL for (int k = 0; k < 1 << across; k++) x[k] = array[at + (uint64_t)k];
        turn_block(x, r, across, plain);
        UNROLL for (int k = 0; k < 1 << across; k++) array[at + (uint64_t)k] = x[k];
    }
}

/* One row of the table for each number of vectors in a block, tangents or not. */
#define LOW_FORWARD(across, plain)                                                                 \
    static void low_forward_##across##_##plain(tile *t, pair s, uint64_t vectors,                  \
                                               const low_rotations *r)                             \
    {                                                                                              \
        turn_array(t, s.re, vectors, r, across, plain);                                            \
        turn_array(t, s.im, vectors, r, across, plain);                                            \
    }
LOW_FORWARD(0, 0)
LOW_FORWARD(0, 1)
LOW_FORWARD(1, 0)
LOW_FORWARD(1, 1)
LOW_FORWARD(2, 0)
LOW_FORWARD(2, 1)
#if BLOCK_ACROSS > 2
LOW_FORWARD(3, 0)
LOW_FORWARD(3, 1)
#endif
#undef LOW_FORWARD

typedef void (*low_forward_kernel)(tile *t, pair s, uint64_t vectors, const low_rotations *r);

static const low_forward_kernel low_forward_kernels[][2] = {
    {low_forward_0_0, low_forward_0_1},
    {low_forward_1_0, low_forward_1_1},
    {low_forward_2_0, low_forward_2_1},
#if BLOCK_ACROSS > 2
    {low_forward_3_0, low_forward_3_1},
#endif
};

/* Look at a block's rotations one by one and undo each: psi in p, lambda in l. sums[q] gathers
   lambda_1 psi_0 - lambda_0 psi_1, within a vector without the sign. */
INLINE void untwist_block(vec *p, vec *l, vec *sums, const low_rotations *r, int across, bool plain)
{
    UNROLL for (int q = 0; q < LOG_V; q++) if (r->acts >> q & 1)
    {
        UNROLL for (int k = 0; k < 1 << across; k++)
        {
            const vec psi = exchange(p[k], q), lambda = exchange(l[k], q);
            sums[q] += l[k] * psi;
            p[k] = (plain ? r->cos[q] * p[k] : p[k]) + r->within[q] * psi;
            l[k] = (plain ? r->cos[q] * l[k] : l[k]) + r->within[q] * lambda;
        }
    }
    UNROLL for (int q = 0; q < across; q++) if (r->acts >> (LOG_V + q) & 1)
    {
        const real c = r->cos[LOG_V + q], s = r->sin[LOG_V + q];
        UNROLL for (int k = 0; k < 1 << across; k++) if (!(k >> q & 1))
        {
            const int other = k | 1 << q;
            sums[LOG_V + q] += l[other] * p[k];
            sums[LOG_V + q] -= l[k] * p[other];
            turn_pair(&p[k], &p[other], c, s, plain);
            turn_pair(&l[k], &l[other], c, s, plain);
        }
    }
}

/* Vectors [first, end) of psi and of lambda, as `f` fetches them, to arrays that may be the same
   without. */
INLINE void untwist_array(tile *t, const vec *psi, const vec *lambda, vec *to_psi, vec *to_lambda,
                          uint64_t first, uint64_t end, vec *sums, const low_rotations *r,
                          const fetch *f, fetch_mode mode, int across, bool plain)
{
    for (uint64_t at = first; at < end; at += hahn_bit(across)) {
        vec p[1 << BLOCK_ACROSS], l[1 << BLOCK_ACROSS];
        touch_ahead(t);
        UNROLL for (int k = 0; k < 1 << across; k++)
        {
            p[k] = fetch_vector(f, mode, psi, at + (uint64_t)k);
            l[k] = fetch_vector(f, mode, lambda, at + (uint64_t)k);
        }
        untwist_block(p, l, sums, r, across, plain);
        UNROLL for (int k = 0; k < 1 << across; k++)
        {
            to_psi[at + (uint64_t)k] = p[k];
            to_lambda[at + (uint64_t)k] = l[k];
        }
    }
}

typedef struct low_work {
    pair psi, lambda, to_psi, to_lambda;
    uint64_t first, end; /* vectors */
    vec *sums;
} low_work;

INLINE void low_backward(tile *t, const low_work *w, const low_rotations *r, const fetch *f,
                         fetch_mode mode, int across, bool plain)
{
    vec sums[BLOCK_BITS];
    UNROLL for (int q = 0; q < LOG_V + across; q++) sums[q] = w->sums[q];
    untwist_array(t, w->psi.re, w->lambda.re, w->to_psi.re, w->to_lambda.re, w->first, w->end, sums,
                  r, f, mode, across, plain);
    untwist_array(t, w->psi.im, w->lambda.im, w->to_psi.im, w->to_lambda.im, w->first, w->end, sums,
                  r, f, mode, across, plain);
    UNROLL for (int q = 0; q < LOG_V + across; q++) w->sums[q] = sums[q];
}

#define LOW_BACKWARD(mode, across, plain)                                                          \
    static void low_backward_##mode##_##across##_##plain(tile *t, const low_work *w,               \
                                                         const low_rotations *r, const fetch *f)   \
    {                                                                                              \
        low_backward(t, w, r, f, mode, across, plain);                                             \
    }
LOW_BACKWARD(FETCH_PLAIN, 0, 0)
LOW_BACKWARD(FETCH_PLAIN, 0, 1)
LOW_BACKWARD(FETCH_PLAIN, 1, 0)
LOW_BACKWARD(FETCH_PLAIN, 1, 1)
LOW_BACKWARD(FETCH_PLAIN, 2, 0)
LOW_BACKWARD(FETCH_PLAIN, 2, 1)
#if BLOCK_ACROSS > 2
LOW_BACKWARD(FETCH_PLAIN, 3, 0)
LOW_BACKWARD(FETCH_PLAIN, 3, 1)
LOW_BACKWARD(FETCH_ONE, 3, 0)
LOW_BACKWARD(FETCH_ONE, 3, 1)
LOW_BACKWARD(FETCH_TWO, 3, 0)
LOW_BACKWARD(FETCH_TWO, 3, 1)
#else
LOW_BACKWARD(FETCH_ONE, 2, 0)
LOW_BACKWARD(FETCH_ONE, 2, 1)
LOW_BACKWARD(FETCH_TWO, 2, 0)
LOW_BACKWARD(FETCH_TWO, 2, 1)
#endif
#undef LOW_BACKWARD

typedef void (*low_backward_kernel)(tile *t, const low_work *w, const low_rotations *r,
                                    const fetch *f);

static const low_backward_kernel low_backward_kernels[][2] = {
    {low_backward_FETCH_PLAIN_0_0, low_backward_FETCH_PLAIN_0_1},
    {low_backward_FETCH_PLAIN_1_0, low_backward_FETCH_PLAIN_1_1},
    {low_backward_FETCH_PLAIN_2_0, low_backward_FETCH_PLAIN_2_1},
#if BLOCK_ACROSS > 2
    {low_backward_FETCH_PLAIN_3_0, low_backward_FETCH_PLAIN_3_1},
#endif
};

/* With whole blocks, these can fetch. */
static const low_backward_kernel fetching_backward_kernels[][2] = {
#if BLOCK_ACROSS > 2
    [FETCH_ONE] = {low_backward_FETCH_ONE_3_0, low_backward_FETCH_ONE_3_1},
    [FETCH_TWO] = {low_backward_FETCH_TWO_3_0, low_backward_FETCH_TWO_3_1},
#else
    [FETCH_ONE] = {low_backward_FETCH_ONE_2_0, low_backward_FETCH_ONE_2_1},
    [FETCH_TWO] = {low_backward_FETCH_TWO_2_0, low_backward_FETCH_TWO_2_1},
#endif
};

/* Number of bits by which a block's vectors differ: fewer on the smallest tiles. */
static int block_across(const tile *t)
{
    return hahn_min(BLOCK_ACROSS, t->bits > LOG_V ? t->bits - LOG_V : 0);
}

#include "core/cpu/rotation_high.h"

/* The rotations of a stage as the kernels do them. Inside an inner tile: those of a block, then
   groups of higher ones; beyond it: the other groups, on the whole tile. */
#define MOST_ROTATION_GROUPS HAHN_MOST_TILE_QUBITS

typedef struct rotations {
    uint64_t first, low_end; /* terms of a block */
    low_rotations low;
    int inner, groups; /* groups [0, inner) are inside */
    high_rotations group[MOST_ROTATION_GROUPS];
    uint64_t group_first[MOST_ROTATION_GROUPS];
    int group_size[MOST_ROTATION_GROUPS];
    /* Backwards: what each part of the tile has seen, and whether the low ones came first, as the
       tile was fetched. */
    vec low_sums[MOST_PARTS][BLOCK_BITS];
    vec group_sums[MOST_ROTATION_GROUPS][MOST_PARTS][MOST_BACKWARD];
    bool low_first;
} rotations;

/* End of the terms from k on whose targets are below `bit`. */
static uint64_t end_below(const tile *t, uint64_t k, uint64_t end, int bit)
{
    while (k < end && !(hahn_local_term(t->program, k)->mask >> bit))
        k++;
    return k;
}

static void add_groups(const tile *t, uint64_t k, uint64_t end, int most, real direction,
                       rotations *r)
{
    while (k < end) {
        /* As many passes as it takes, of sizes as equal as can be. */
        const int left = (int)(end - k), passes = (left + most - 1) / most;
        const int size = (left + passes - 1) / passes;
        r->group[r->groups] = prepare_high(t, k, size, direction);
        r->group_first[r->groups] = k;
        r->group_size[r->groups++] = size;
        k += (uint64_t)size;
    }
}

/* direction 1: forward; -1: backward. */
static void prepare_rotations(const tile *t, const hahn_stage *stage, real direction, rotations *r)
{
    const uint64_t end = stage->first + stage->low;
    const int most = direction > 0 ? MOST_FORWARD : MOST_BACKWARD;
    const int inner_bits = LOG_V + __builtin_ctzll(t->inner);
    r->first = stage->first;
    r->low_first = false;
    r->low_end = end_below(t, stage->first, end, BLOCK_BITS);
    r->low = prepare_low(t, r->first, r->low_end, direction);
    const uint64_t inner_end = end_below(t, r->low_end, end, inner_bits);
    r->groups = 0;
    add_groups(t, r->low_end, inner_end, most, direction, r);
    r->inner = r->groups;
    add_groups(t, inner_end, end, most, direction, r);
}

/* Nothing seen yet. */
static void clear_sums(const tile *t, rotations *r)
{
    for (int part = 0; part < t->parts; part++) {
        for (int q = 0; q < BLOCK_BITS; q++)
            r->low_sums[part][q] = (vec){0};
        for (int g = 0; g < r->groups; g++)
            for (int q = 0; q < r->group_size[g]; q++)
                r->group_sums[g][part][q] = (vec){0};
    }
}

INLINE pair from_vector(pair s, uint64_t first)
{
    return (pair){s.re + first, s.im + first};
}

/* Groups of vectors in `vectors` of them. */
static uint64_t groups_in(uint64_t vectors, int size)
{
    return vectors >> size;
}

static void forward_group(tile *t, const rotations *r, int g, pair s, uint64_t first, uint64_t end)
{
    high_forward_kernels[r->group_size[g] - 1][r->group[g].plain](t, s, first, end, &r->group[g]);
}

static void backward_group(tile *t, rotations *r, int g, pair psi, pair lambda, int part,
                           uint64_t first, uint64_t end)
{
    high_backward_kernels[r->group_size[g] - 1][r->group[g].plain](
        t, psi, lambda, first, end, &r->group[g], r->group_sums[g][part]);
}

/* One inner tile, from vector `first` on. */
static void forward_inner(tile *t, const rotations *r, pair psi, uint64_t first)
{
    const pair s = from_vector(psi, first);
    if (r->low_end > r->first)
        low_forward_kernels[block_across(t)][r->low.plain](t, s, t->inner, &r->low);
    for (int g = 0; g < r->inner; g++)
        forward_group(t, r, g, s, 0, groups_in(t->inner, r->group_size[g]));
}

static void backward_inner(tile *t, rotations *r, int part, uint64_t first)
{
    const pair psi = from_vector(t->psi.now, first), lambda = from_vector(t->lambda.now, first);
    const fetch none = no_fetch();
    for (int g = 0; g < r->inner; g++)
        backward_group(t, r, g, psi, lambda, part, 0, groups_in(t->inner, r->group_size[g]));
    if (r->low_first || r->low_end == r->first)
        return;
    const low_work w = {psi, lambda, psi, lambda, 0, t->inner, r->low_sums[part]};
    low_backward_kernels[block_across(t)][r->low.plain](t, &w, &r->low, &none);
}

/* Can the rotations of a block be undone while the tile is fetched? */
static bool can_fetch(const tile *t, const rotations *r, const fetch *f)
{
    return (f->mode == FETCH_ONE || f->mode == FETCH_TWO) && r->low_end > r->first &&
           block_across(t) == BLOCK_ACROSS;
}

/* Undo them on vectors [first, end), from the states to their spares. */
static void backward_fetching(tile *t, rotations *r, const fetch *f, int part, uint64_t first,
                              uint64_t end)
{
    const low_work w = {.psi = t->psi.now,
                        .lambda = t->lambda.now,
                        .to_psi = t->psi.spare,
                        .to_lambda = t->lambda.spare,
                        .first = first,
                        .end = end,
                        .sums = r->low_sums[part]};
    fetching_backward_kernels[f->mode][r->low.plain](t, &w, &r->low, f);
}

/* A derivative is that of the states as they are, and those that were looked at lack the factors of
   what had been undone before: `lacking` is the square of their product. */
static void keep_moment(tile *t, uint64_t term, double sum, double *lacking)
{
    const real *cs = coefficients(t->lane, term);
    t->moments[term - t->first_term] += sum * (t->pending * t->pending / *lacking);
    if (cs[0] == 1)
        *lacking *= 1 + (double)cs[1] * cs[1];
}

static void keep_group(tile *t, const rotations *r, int group, double *lacking)
{
    for (int q = 0; q < r->group_size[group]; q++) {
        double sum = 0;
        for (int part = 0; part < t->parts; part++)
            sum += sum_of(r->group_sums[group][part][q]);
        keep_moment(t, r->group_first[group] + (uint64_t)q, sum, lacking);
    }
}

static void keep_low(tile *t, const rotations *r, double *lacking)
{
    for (uint64_t k = r->first; k < r->low_end; k++) {
        const int q = __builtin_ctz(hahn_local_term(t->program, k)->mask);
        double sum = 0;
        for (int part = 0; part < t->parts; part++)
            sum += sum_of(q < LOG_V ? signs_of(q) * r->low_sums[part][q] : r->low_sums[part][q]);
        keep_moment(t, k, sum, lacking);
    }
}

/* In the order in which they were undone. */
static void keep_moments(tile *t, const rotations *r)
{
    double lacking = 1;
    if (r->low_first)
        keep_low(t, r, &lacking);
    for (int g = r->inner; g < r->groups; g++)
        keep_group(t, r, g, &lacking);
    for (int g = 0; g < r->inner; g++)
        keep_group(t, r, g, &lacking);
    if (!r->low_first)
        keep_low(t, r, &lacking);
}

#endif
