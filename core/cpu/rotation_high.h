/* Rotations on qubits above a block, up to MOST_FORWARD or MOST_BACKWARD of them at a time: the
   2^count vectors that they mix are in registers. */
#ifndef HAHN_CORE_CPU_ROTATION_HIGH_H
#define HAHN_CORE_CPU_ROTATION_HIGH_H

#include "core/cpu/rotation_low.h"

#define MOST_HIGH (MOST_FORWARD > MOST_BACKWARD ? MOST_FORWARD : MOST_BACKWARD)

typedef struct high_rotations {
    real cos[MOST_HIGH], sin[MOST_HIGH];
    int bit[MOST_HIGH]; /* among vector indices, ascending */
    bool plain;
} high_rotations;

static high_rotations prepare_high(const tile *t, uint64_t first, int count, real direction)
{
    high_rotations r;
    r.plain = false;
    for (int q = 0; q < count; q++) {
        const real *cs = coefficients(t->lane, first + (uint64_t)q);
        const hahn_local *term = hahn_local_term(t->program, first + (uint64_t)q);
        r.cos[q] = cs[0];
        r.sin[q] = direction * cs[1];
        r.bit[q] = __builtin_ctz(term->mask) - LOG_V;
        r.plain = r.plain || cs[0] != 1;
    }
    return r;
}

/* The 2^count vectors that group `number` of runs begins with. */
INLINE void find_group(vec *array, uint64_t number, const high_rotations *r, int count, vec **found)
{
    uint64_t base = number;
    UNROLL
    for (int q = 1; q < count; q++)
        base = lower_of(base, r->bit[q] - r->bit[0] - 1);
    base <<= r->bit[0] + 1;
    UNROLL
    for (int k = 0; k < 1 << count; k++) {
        uint64_t offset = 0;
        UNROLL
        for (int q = 0; q < count; q++)
            offset |= (uint64_t)(k >> q & 1) << r->bit[q];
        found[k] = array + (base | offset);
    }
}

INLINE void turn_group(vec *const *at, uint64_t k, const high_rotations *r, int count, bool plain)
{
    vec x[1 << MOST_HIGH];
    UNROLL
    for (int j = 0; j < 1 << count; j++)
        x[j] = at[j][k];
    UNROLL
    for (int q = 0; q < count; q++) {
        UNROLL
        for (int j = 0; j < 1 << count; j++)
            if (!(j >> q & 1))
                turn_pair(&x[j], &x[j | 1 << q], r->cos[q], r->sin[q], plain);
    }
    UNROLL
    for (int j = 0; j < 1 << count; j++)
        at[j][k] = x[j];
}

/* Groups [first, end) of the array. Those of one run follow each other. */
INLINE void turn_groups(tile *t, vec *array, uint64_t first, uint64_t end, const high_rotations *r,
                        int count, bool plain)
{
    const uint64_t run = hahn_bit(r->bit[0]);
    for (uint64_t g = first; g < end;) {
        const uint64_t from = g % run, rest = end - g;
        const uint64_t to = rest < run - from ? from + rest : run;
        vec *at[1 << MOST_HIGH];
        find_group(array, g / run, r, count, at);
        for (uint64_t k = from; k < to; k++) {
            touch_ahead(t);
            turn_group(at, k, r, count, plain);
        }
        g += to - from;
    }
}

#define HIGH_FORWARD(count, plain)                                                                 \
    static void high_forward_##count##_##plain(tile *t, pair s, uint64_t first, uint64_t end,      \
                                               const high_rotations *r)                            \
    {                                                                                              \
        turn_groups(t, s.re, first, end, r, count, plain);                                         \
        turn_groups(t, s.im, first, end, r, count, plain);                                         \
    }
HIGH_FORWARD(1, 0)
HIGH_FORWARD(1, 1)
HIGH_FORWARD(2, 0)
HIGH_FORWARD(2, 1)
HIGH_FORWARD(3, 0)
HIGH_FORWARD(3, 1)
#if VECTOR_BYTES == 64
HIGH_FORWARD(4, 0)
HIGH_FORWARD(4, 1)
#endif
#undef HIGH_FORWARD

typedef void (*high_forward_kernel)(tile *t, pair s, uint64_t first, uint64_t end,
                                    const high_rotations *r);

static const high_forward_kernel high_forward_kernels[MOST_FORWARD][2] = {
    {high_forward_1_0, high_forward_1_1},
    {high_forward_2_0, high_forward_2_1},
    {high_forward_3_0, high_forward_3_1},
#if VECTOR_BYTES == 64
    {high_forward_4_0, high_forward_4_1},
#endif
};

/* Look at a group's rotations one by one and undo each: psi in p, lambda in l. */
INLINE void untwist_vectors(vec *p, vec *l, vec *sums, const high_rotations *r, int count,
                            bool plain)
{
    UNROLL
    for (int q = 0; q < count; q++) {
        UNROLL
        for (int j = 0; j < 1 << count; j++)
            if (!(j >> q & 1)) {
                const int other = j | 1 << q;
                look_at_pair(p, l, j, other, &sums[q]);
                turn_pair(&p[j], &p[other], r->cos[q], r->sin[q], plain);
                turn_pair(&l[j], &l[other], r->cos[q], r->sin[q], plain);
            }
    }
}

INLINE void untwist_group(vec *const *psi, vec *const *lambda, uint64_t k, vec *sums,
                          const high_rotations *r, int count, bool plain)
{
    vec p[1 << MOST_BACKWARD], l[1 << MOST_BACKWARD];
    UNROLL
    for (int j = 0; j < 1 << count; j++) {
        p[j] = psi[j][k];
        l[j] = lambda[j][k];
    }
    untwist_vectors(p, l, sums, r, count, plain);
    UNROLL
    for (int j = 0; j < 1 << count; j++) {
        psi[j][k] = p[j];
        lambda[j][k] = l[j];
    }
}

INLINE void untwist_groups(tile *t, vec *psi, vec *lambda, uint64_t first, uint64_t end, vec *sums,
                           const high_rotations *r, int count, bool plain)
{
    const uint64_t run = hahn_bit(r->bit[0]);
    for (uint64_t g = first; g < end;) {
        const uint64_t from = g % run, rest = end - g;
        const uint64_t to = rest < run - from ? from + rest : run;
        vec *p[1 << MOST_BACKWARD], *l[1 << MOST_BACKWARD];
        find_group(psi, g / run, r, count, p);
        find_group(lambda, g / run, r, count, l);
        for (uint64_t k = from; k < to; k++) {
            touch_ahead(t);
            untwist_group(p, l, k, sums, r, count, plain);
        }
        g += to - from;
    }
}

INLINE void high_backward(tile *t, pair psi, pair lambda, uint64_t first, uint64_t end,
                          const high_rotations *r, double *total, int count, bool plain)
{
    vec sums[MOST_BACKWARD];
    UNROLL
    for (int q = 0; q < count; q++)
        sums[q] = (vec){0};
    untwist_groups(t, psi.re, lambda.re, first, end, sums, r, count, plain);
    untwist_groups(t, psi.im, lambda.im, first, end, sums, r, count, plain);
    UNROLL
    for (int q = 0; q < count; q++)
        total[q] += sum_of(sums[q]);
}

#define HIGH_BACKWARD(count, plain)                                                                \
    static void high_backward_##count##_##plain(tile *t, pair psi, pair lambda, uint64_t first,    \
                                                uint64_t end, const high_rotations *r,             \
                                                double *total)                                     \
    {                                                                                              \
        high_backward(t, psi, lambda, first, end, r, total, count, plain);                         \
    }
HIGH_BACKWARD(1, 0)
HIGH_BACKWARD(1, 1)
HIGH_BACKWARD(2, 0)
HIGH_BACKWARD(2, 1)
#if VECTOR_BYTES == 64
HIGH_BACKWARD(3, 0)
HIGH_BACKWARD(3, 1)
#endif
#undef HIGH_BACKWARD

typedef void (*high_backward_kernel)(tile *t, pair psi, pair lambda, uint64_t first, uint64_t end,
                                     const high_rotations *r, double *total);

static const high_backward_kernel high_backward_kernels[MOST_BACKWARD][2] = {
    {high_backward_1_0, high_backward_1_1},
    {high_backward_2_0, high_backward_2_1},
#if VECTOR_BYTES == 64
    {high_backward_3_0, high_backward_3_1},
#endif
};

#endif
