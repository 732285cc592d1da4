/* R stages on psi and lambda and their tangents, backwards, while the amplitudes are in registers:
   undo them on all four states, take back what they brought to chi and mu, and look at (psi, mu)
   and (chi, lambda). The sum of both looks is the same wherever within a stage it is taken, as long
   as chi and mu have been given the same. */
#ifndef HAHN_CORE_CPU_ROTATION_UNTWIST_H
#define HAHN_CORE_CPU_ROTATION_UNTWIST_H

#include "core/cpu/rotation_twist.h"

/* As BLOCK_ACROSS, with four states in registers. */
#define TWIN_ACROSS (VECTOR_BYTES == 64 ? 2 : 1)

/* The real or the imaginary parts of all four states. */
typedef struct quad {
    vec *psi, *mu, *chi, *lambda;
} quad;

typedef struct quad_block {
    vec p[1 << BLOCK_ACROSS], m[1 << BLOCK_ACROSS], c[1 << BLOCK_ACROSS], l[1 << BLOCK_ACROSS];
} quad_block;

/* One rotation inside the vectors. */
INLINE void untwist_quad_within(quad_block *b, vec *sum, const low_rotations *r,
                                const rotation_rates *g, int q, int k, bool plain)
{
    const vec p = exchange(b->p[k], q), l = exchange(b->l[k], q);
    b->c[k] += g->within[q] * p;
    b->m[k] += g->within[q] * l;
    const vec c = exchange(b->c[k], q), m = exchange(b->m[k], q);
    *sum += b->m[k] * p;
    *sum += b->l[k] * c;
    b->p[k] = turned(b->p[k], p, r, q, plain);
    b->m[k] = turned(b->m[k], m, r, q, plain);
    b->c[k] = turned(b->c[k], c, r, q, plain);
    b->l[k] = turned(b->l[k], l, r, q, plain);
}

/* One rotation across two vectors of the block. */
INLINE void untwist_quad_across(quad_block *b, vec *sum, int k, int other, real cosine, real sine,
                                real rate, bool plain)
{
    bring_pair(b->p, b->c, k, other, rate);
    bring_pair(b->l, b->m, k, other, rate);
    look_at_pair(b->p, b->m, k, other, sum);
    look_at_pair(b->c, b->l, k, other, sum);
    turn_pair(&b->p[k], &b->p[other], cosine, sine, plain);
    turn_pair(&b->m[k], &b->m[other], cosine, sine, plain);
    turn_pair(&b->c[k], &b->c[other], cosine, sine, plain);
    turn_pair(&b->l[k], &b->l[other], cosine, sine, plain);
}

INLINE void untwist_quad(quad_block *b, vec *sums, const low_rotations *r, const rotation_rates *g,
                         int across, bool plain)
{
    UNROLL
    for (int q = 0; q < LOG_V; q++)
        if (r->acts >> q & 1) {
            UNROLL
            for (int k = 0; k < 1 << across; k++)
                untwist_quad_within(b, &sums[q], r, g, q, k, plain);
        }
    UNROLL
    for (int q = 0; q < across; q++)
        if (r->acts >> (LOG_V + q) & 1) {
            UNROLL
            for (int k = 0; k < 1 << across; k++)
                if (!(k >> q & 1))
                    untwist_quad_across(b, &sums[LOG_V + q], k, k | 1 << q, r->cos[LOG_V + q],
                                        r->sin[LOG_V + q], g->across[q], plain);
        }
}

/* Vectors [first, end) as `f` fetches them, to arrays that may be the same without. */
INLINE void untwist_quads(tile *t, quad from, quad to, uint64_t first, uint64_t end, vec *sums,
                          const low_rotations *r, const rotation_rates *g, const fetch *f,
                          fetch_mode mode, int across, bool plain)
{
    for (uint64_t at = first; at < end; at += hahn_bit(across)) {
        quad_block b;
        touch_ahead(t);
        UNROLL
        for (int k = 0; k < 1 << across; k++) {
            b.p[k] = fetch_vector(f, mode, from.psi, at + (uint64_t)k);
            b.m[k] = fetch_vector(f, mode, from.mu, at + (uint64_t)k);
            b.c[k] = fetch_vector(f, mode, from.chi, at + (uint64_t)k);
            b.l[k] = fetch_vector(f, mode, from.lambda, at + (uint64_t)k);
        }
        untwist_quad(&b, sums, r, g, across, plain);
        UNROLL
        for (int k = 0; k < 1 << across; k++) {
            to.psi[at + (uint64_t)k] = b.p[k];
            to.mu[at + (uint64_t)k] = b.m[k];
            to.chi[at + (uint64_t)k] = b.c[k];
            to.lambda[at + (uint64_t)k] = b.l[k];
        }
    }
}

/* States to work on: real and imaginary parts of all four. */
typedef struct quads {
    quad re, im;
} quads;

typedef struct quad_work {
    quads from, to;
    uint64_t first, end; /* vectors */
    double *sums;
} quad_work;

INLINE void low_untwist(tile *t, const quad_work *w, const low_rotations *r,
                        const rotation_rates *g, const fetch *f, fetch_mode mode, int across,
                        bool plain)
{
    vec sums[BLOCK_BITS];
    UNROLL
    for (int q = 0; q < LOG_V + across; q++)
        sums[q] = (vec){0};
    untwist_quads(t, w->from.re, w->to.re, w->first, w->end, sums, r, g, f, mode, across, plain);
    untwist_quads(t, w->from.im, w->to.im, w->first, w->end, sums, r, g, f, mode, across, plain);
    UNROLL
    for (int q = 0; q < LOG_V + across; q++)
        if (r->acts >> q & 1)
            w->sums[q] += sum_of(q < LOG_V ? signs_of(q) * sums[q] : sums[q]);
}

#define LOW_UNTWIST(mode, across, plain)                                                           \
    static void low_untwist_##mode##_##across##_##plain(tile *t, const quad_work *w,               \
                                                        const low_rotations *r,                    \
                                                        const rotation_rates *g, const fetch *f)   \
    {                                                                                              \
        low_untwist(t, w, r, g, f, mode, across, plain);                                           \
    }
LOW_UNTWIST(FETCH_PLAIN, 0, 0)
LOW_UNTWIST(FETCH_PLAIN, 0, 1)
LOW_UNTWIST(FETCH_PLAIN, 1, 0)
LOW_UNTWIST(FETCH_PLAIN, 1, 1)
#if TWIN_ACROSS > 1
LOW_UNTWIST(FETCH_PLAIN, 2, 0)
LOW_UNTWIST(FETCH_PLAIN, 2, 1)
LOW_UNTWIST(FETCH_ONE, 2, 0)
LOW_UNTWIST(FETCH_ONE, 2, 1)
LOW_UNTWIST(FETCH_TWO, 2, 0)
LOW_UNTWIST(FETCH_TWO, 2, 1)
#else
LOW_UNTWIST(FETCH_ONE, 1, 0)
LOW_UNTWIST(FETCH_ONE, 1, 1)
LOW_UNTWIST(FETCH_TWO, 1, 0)
LOW_UNTWIST(FETCH_TWO, 1, 1)
#endif
#undef LOW_UNTWIST

typedef void (*low_untwist_kernel)(tile *t, const quad_work *w, const low_rotations *r,
                                   const rotation_rates *g, const fetch *f);

static const low_untwist_kernel low_untwist_kernels[][2] = {
    {low_untwist_FETCH_PLAIN_0_0, low_untwist_FETCH_PLAIN_0_1},
    {low_untwist_FETCH_PLAIN_1_0, low_untwist_FETCH_PLAIN_1_1},
#if TWIN_ACROSS > 1
    {low_untwist_FETCH_PLAIN_2_0, low_untwist_FETCH_PLAIN_2_1},
#endif
};

/* With whole blocks, these can fetch. */
static const low_untwist_kernel fetching_untwist_kernels[][2] = {
#if TWIN_ACROSS > 1
    [FETCH_ONE] = {low_untwist_FETCH_ONE_2_0, low_untwist_FETCH_ONE_2_1},
    [FETCH_TWO] = {low_untwist_FETCH_TWO_2_0, low_untwist_FETCH_TWO_2_1},
#else
    [FETCH_ONE] = {low_untwist_FETCH_ONE_1_0, low_untwist_FETCH_ONE_1_1},
    [FETCH_TWO] = {low_untwist_FETCH_TWO_1_0, low_untwist_FETCH_TWO_1_1},
#endif
};

static int twin_across(const tile *t)
{
    return hahn_min(TWIN_ACROSS, block_across(t));
}

/* One group of vectors: psi and mu, then chi and lambda, and last what both bring. No more than
   three of the four states are in registers at any time. */
typedef struct quad_group {
    vec *psi[1 << MOST_BACKWARD], *mu[1 << MOST_BACKWARD];
    vec *chi[1 << MOST_BACKWARD], *lambda[1 << MOST_BACKWARD];
} quad_group;

INLINE void untwist_quad_group(const quad_group *at, uint64_t k, vec *sums, const high_rotations *r,
                               const real *rate, int count, bool plain)
{
    vec x[1 << MOST_BACKWARD], m[1 << MOST_BACKWARD], c[1 << MOST_BACKWARD];
    UNROLL
    for (int j = 0; j < 1 << count; j++) {
        x[j] = at->psi[j][k];
        m[j] = at->mu[j][k];
    }
    untwist_vectors(x, m, sums, r, count, plain);
    UNROLL
    for (int j = 0; j < 1 << count; j++) {
        at->psi[j][k] = x[j];
        x[j] = at->lambda[j][k];
        c[j] = at->chi[j][k];
    }
    untwist_vectors(c, x, sums, r, count, plain);
    UNROLL
    for (int q = 0; q < count; q++) {
        UNROLL
        for (int j = 0; j < 1 << count; j++) {
            const real own = j >> q & 1 ? rate[q] : -rate[q];
            m[j] += own * x[j ^ 1 << q];
            c[j] += own * at->psi[j ^ 1 << q][k];
        }
    }
    UNROLL
    for (int j = 0; j < 1 << count; j++) {
        at->lambda[j][k] = x[j];
        at->mu[j][k] = m[j];
        at->chi[j][k] = c[j];
    }
}

INLINE void untwist_quad_groups(tile *t, quad s, uint64_t first, uint64_t end, vec *sums,
                                const high_rotations *r, const real *rate, int count, bool plain)
{
    const uint64_t run = hahn_bit(r->bit[0]);
    for (uint64_t g = first; g < end;) {
        const uint64_t from = g % run, rest = end - g;
        const uint64_t to = rest < run - from ? from + rest : run;
        quad_group at;
        find_group(s.psi, g / run, r, count, at.psi);
        find_group(s.mu, g / run, r, count, at.mu);
        find_group(s.chi, g / run, r, count, at.chi);
        find_group(s.lambda, g / run, r, count, at.lambda);
        for (uint64_t k = from; k < to; k++) {
            touch_ahead(t);
            untwist_quad_group(&at, k, sums, r, rate, count, plain);
        }
        g += to - from;
    }
}

INLINE void high_untwist(tile *t, const quads *s, uint64_t first, uint64_t end,
                         const high_rotations *r, const real *rate, double *total, int count,
                         bool plain)
{
    vec sums[MOST_BACKWARD];
    UNROLL
    for (int q = 0; q < count; q++)
        sums[q] = (vec){0};
    untwist_quad_groups(t, s->re, first, end, sums, r, rate, count, plain);
    untwist_quad_groups(t, s->im, first, end, sums, r, rate, count, plain);
    UNROLL
    for (int q = 0; q < count; q++)
        total[q] += sum_of(sums[q]);
}

#define HIGH_UNTWIST(count, plain)                                                                 \
    static void high_untwist_##count##_##plain(tile *t, const quads *s, uint64_t first,            \
                                               uint64_t end, const high_rotations *r,              \
                                               const real *rate, double *total)                    \
    {                                                                                              \
        high_untwist(t, s, first, end, r, rate, total, count, plain);                              \
    }
HIGH_UNTWIST(1, 0)
HIGH_UNTWIST(1, 1)
HIGH_UNTWIST(2, 0)
HIGH_UNTWIST(2, 1)
#if VECTOR_BYTES == 64
HIGH_UNTWIST(3, 0)
HIGH_UNTWIST(3, 1)
#endif
#undef HIGH_UNTWIST

typedef void (*high_untwist_kernel)(tile *t, const quads *s, uint64_t first, uint64_t end,
                                    const high_rotations *r, const real *rate, double *total);

static const high_untwist_kernel high_untwist_kernels[MOST_BACKWARD][2] = {
    {high_untwist_1_0, high_untwist_1_1},
    {high_untwist_2_0, high_untwist_2_1},
#if VECTOR_BYTES == 64
    {high_untwist_3_0, high_untwist_3_1},
#endif
};

static quad from_quad(quad s, uint64_t first)
{
    return (quad){s.psi + first, s.mu + first, s.chi + first, s.lambda + first};
}

static quads from_quads(quads s, uint64_t first)
{
    return (quads){from_quad(s.re, first), from_quad(s.im, first)};
}

/* Sums as backward_group's. */
static void untwist_one_group(tile *t, rotations *r, const rotation_rates *g, int group, quads s,
                              int part, uint64_t first, uint64_t end)
{
    const uint64_t most = groups_in(t->inner, r->group_size[group]);
    for (uint64_t next; first < end; first = next) {
        next = end - first < most ? end : first + most;
        high_untwist_kernels[r->group_size[group] - 1][r->group[group].plain](
            t, &s, first, next, &r->group[group], g->group[group], r->group_sums[group][part]);
    }
}

static void untwist_inner(tile *t, rotations *r, const rotation_rates *g, quads s, int part,
                          uint64_t first)
{
    const quads own = from_quads(s, first);
    const fetch none = no_fetch();
    for (int k = 0; k < r->inner; k++)
        untwist_one_group(t, r, g, k, own, part, 0, groups_in(t->inner, r->group_size[k]));
    if (r->low_first || r->low_end == r->first)
        return;
    const quad_work w = {own, own, 0, t->inner, r->low_sums[part]};
    low_untwist_kernels[twin_across(t)][r->low.plain](t, &w, &r->low, g, &none);
}

#endif
