/* R stages on states and their tangents at once: rotations without controls, and what they bring,

       chi_0 -= rate psi_1,   chi_1 += rate psi_0     on the pairs of each,

   while the amplitudes are in registers. Forward on psi and chi; backward on psi and chi, lambda
   and mu, with the looks at (psi, mu) and (chi, lambda), whose sum is what it is wherever within a
   stage it is taken, as long as chi and mu have been given the same. */
#ifndef HAHN_CORE_CPU_ROTATION_TWIST_H
#define HAHN_CORE_CPU_ROTATION_TWIST_H

#include "core/cpu/rotation.h"

/* Rates of the rotations, in the order of `rotations`; with a sign for the direction of time. */
typedef struct rotation_rates {
    bool any;          /* some rate is not 0 */
    vec within[LOG_V]; /* with the sign of an element's part */
    real across[BLOCK_ACROSS];
    real group[MOST_ROTATION_GROUPS][MOST_HIGH];
} rotation_rates;

static real rate_of(const tile *t, uint64_t term, double direction, rotation_rates *g)
{
    const real rate = (real)(direction * t->lane->rates[term]);
    g->any = g->any || rate != 0;
    return rate;
}

static void prepare_rotation_rates(const tile *t, const rotations *r, double direction,
                                   rotation_rates *g)
{
    g->any = false;
    for (uint64_t k = r->first; k < r->low_end; k++) {
        const int q = __builtin_ctz(hahn_local_term(t->program, k)->mask);
        const real rate = rate_of(t, k, direction, g);
        if (q < LOG_V)
            g->within[q] = rate * signs_of(q);
        else
            g->across[q - LOG_V] = rate;
    }
    for (int k = 0; k < r->groups; k++)
        for (int q = 0; q < r->group_size[k]; q++)
            g->group[k][q] = rate_of(t, r->group_first[k] + (uint64_t)q, direction, g);
}

/* What psi brings to chi on one pair of vectors. */
INLINE void bring_pair(const vec *psi, vec *chi, int k, int other, real rate)
{
    chi[k] -= rate * psi[other];
    chi[other] += rate * psi[k];
}

/* All rotations of a block: psi in p, chi in c. */
INLINE void twist_block(vec *p, vec *c, const low_rotations *r, const rotation_rates *g, int across,
                        bool plain)
{
    UNROLL
    for (int q = 0; q < LOG_V; q++)
        if (r->acts >> q & 1) {
            UNROLL
            for (int k = 0; k < 1 << across; k++) {
                c[k] += g->within[q] * exchange(p[k], q);
                turn_within(&p[k], r, q, plain);
                turn_within(&c[k], r, q, plain);
            }
        }
    UNROLL
    for (int q = 0; q < across; q++)
        if (r->acts >> (LOG_V + q) & 1) {
            const real cosine = r->cos[LOG_V + q], sine = r->sin[LOG_V + q];
            UNROLL
            for (int k = 0; k < 1 << across; k++)
                if (!(k >> q & 1)) {
                    bring_pair(p, c, k, k | 1 << q, g->across[q]);
                    turn_pair(&p[k], &p[k | 1 << q], cosine, sine, plain);
                    turn_pair(&c[k], &c[k | 1 << q], cosine, sine, plain);
                }
        }
}

INLINE void twist_array(tile *t, vec *psi, vec *chi, uint64_t vectors, const low_rotations *r,
                        const rotation_rates *g, int across, bool plain)
{
    for (uint64_t at = 0; at < vectors; at += hahn_bit(across)) {
        vec p[1 << BLOCK_ACROSS], c[1 << BLOCK_ACROSS];
        touch_ahead(t);
        UNROLL
        for (int k = 0; k < 1 << across; k++) {
            p[k] = psi[at + (uint64_t)k];
            c[k] = chi[at + (uint64_t)k];
        }
        twist_block(p, c, r, g, across, plain);
        UNROLL
        for (int k = 0; k < 1 << across; k++) {
            psi[at + (uint64_t)k] = p[k];
            chi[at + (uint64_t)k] = c[k];
        }
    }
}

#define LOW_TWIST(across, plain)                                                                   \
    static void low_twist_##across##_##plain(tile *t, pair psi, pair chi, uint64_t vectors,        \
                                             const low_rotations *r, const rotation_rates *g)      \
    {                                                                                              \
        twist_array(t, psi.re, chi.re, vectors, r, g, across, plain);                              \
        twist_array(t, psi.im, chi.im, vectors, r, g, across, plain);                              \
    }
LOW_TWIST(0, 0)
LOW_TWIST(0, 1)
LOW_TWIST(1, 0)
LOW_TWIST(1, 1)
LOW_TWIST(2, 0)
LOW_TWIST(2, 1)
#if BLOCK_ACROSS > 2
LOW_TWIST(3, 0)
LOW_TWIST(3, 1)
#endif
#undef LOW_TWIST

typedef void (*low_twist_kernel)(tile *t, pair psi, pair chi, uint64_t vectors,
                                 const low_rotations *r, const rotation_rates *g);

static const low_twist_kernel low_twist_kernels[][2] = {
    {low_twist_0_0, low_twist_0_1},
    {low_twist_1_0, low_twist_1_1},
    {low_twist_2_0, low_twist_2_1},
#if BLOCK_ACROSS > 2
    {low_twist_3_0, low_twist_3_1},
#endif
};

/* One group of vectors: chi first, as psi is still what it brings. */
INLINE void twist_group(vec *const *psi, vec *const *chi, uint64_t k, const high_rotations *r,
                        const real *rate, int count, bool plain)
{
    vec c[1 << MOST_HIGH];
    UNROLL
    for (int j = 0; j < 1 << count; j++)
        c[j] = chi[j][k];
    UNROLL
    for (int q = 0; q < count; q++) {
        UNROLL
        for (int j = 0; j < 1 << count; j++)
            c[j] += (j >> q & 1 ? rate[q] : -rate[q]) * psi[j ^ 1 << q][k];
    }
    UNROLL
    for (int q = 0; q < count; q++) {
        UNROLL
        for (int j = 0; j < 1 << count; j++)
            if (!(j >> q & 1))
                turn_pair(&c[j], &c[j | 1 << q], r->cos[q], r->sin[q], plain);
    }
    UNROLL
    for (int j = 0; j < 1 << count; j++)
        chi[j][k] = c[j];
    turn_group(psi, k, r, count, plain);
}

/* Groups [first, end), as turn_groups goes through them. */
INLINE void twist_groups(tile *t, vec *psi, vec *chi, uint64_t first, uint64_t end,
                         const high_rotations *r, const real *rate, int count, bool plain)
{
    const uint64_t run = hahn_bit(r->bit[0]);
    for (uint64_t g = first; g < end;) {
        const uint64_t from = g % run, rest = end - g;
        const uint64_t to = rest < run - from ? from + rest : run;
        vec *p[1 << MOST_HIGH], *c[1 << MOST_HIGH];
        find_group(psi, g / run, r, count, p);
        find_group(chi, g / run, r, count, c);
        for (uint64_t k = from; k < to; k++) {
            touch_ahead(t);
            twist_group(p, c, k, r, rate, count, plain);
        }
        g += to - from;
    }
}

#define HIGH_TWIST(count, plain)                                                                   \
    static void high_twist_##count##_##plain(tile *t, pair psi, pair chi, uint64_t first,          \
                                             uint64_t end, const high_rotations *r,                \
                                             const real *rate)                                     \
    {                                                                                              \
        twist_groups(t, psi.re, chi.re, first, end, r, rate, count, plain);                        \
        twist_groups(t, psi.im, chi.im, first, end, r, rate, count, plain);                        \
    }
HIGH_TWIST(1, 0)
HIGH_TWIST(1, 1)
HIGH_TWIST(2, 0)
HIGH_TWIST(2, 1)
HIGH_TWIST(3, 0)
HIGH_TWIST(3, 1)
#if VECTOR_BYTES == 64
HIGH_TWIST(4, 0)
HIGH_TWIST(4, 1)
#endif
#undef HIGH_TWIST

typedef void (*high_twist_kernel)(tile *t, pair psi, pair chi, uint64_t first, uint64_t end,
                                  const high_rotations *r, const real *rate);

static const high_twist_kernel high_twist_kernels[MOST_FORWARD][2] = {
    {high_twist_1_0, high_twist_1_1},
    {high_twist_2_0, high_twist_2_1},
    {high_twist_3_0, high_twist_3_1},
#if VECTOR_BYTES == 64
    {high_twist_4_0, high_twist_4_1},
#endif
};

static void twist_one_group(tile *t, const rotations *r, const rotation_rates *g, int group,
                            pair psi, pair chi, uint64_t first, uint64_t end)
{
    high_twist_kernels[r->group_size[group] - 1][r->group[group].plain](
        t, psi, chi, first, end, &r->group[group], g->group[group]);
}

/* One inner tile, from vector `first` on. */
static void twist_inner(tile *t, const rotations *r, const rotation_rates *g, pair psi, pair chi,
                        uint64_t first)
{
    const pair p = from_vector(psi, first), c = from_vector(chi, first);
    if (r->low_end > r->first)
        low_twist_kernels[block_across(t)][r->low.plain](t, p, c, t->inner, &r->low, g);
    for (int k = 0; k < r->inner; k++)
        twist_one_group(t, r, g, k, p, c, 0, groups_in(t->inner, r->group_size[k]));
}

#endif
