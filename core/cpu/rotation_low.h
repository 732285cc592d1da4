/* R stages on a tile: rotations without controls, several qubits at a time while the amplitudes are
   in registers. They act on real and imaginary parts alike, by one FMA a number: with t the tangent
   of half the angle,

       x0' = x0 - t x1,   x1' = x1 + t x0

   is the rotation over its cosine, which a neighbouring D stage makes up for (scale_of). Binding
   gives (1, t); where a stage's cosines would come to too little, (cos, sin), and then it takes a
   product more. Backwards, look and undo in one visit. */
#ifndef HAHN_CORE_CPU_ROTATION_LOW_H
#define HAHN_CORE_CPU_ROTATION_LOW_H

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

/* x after the rotation on a qubit within its vector; `other` is x exchanged along it. */
INLINE vec turned(vec x, vec other, const low_rotations *r, int q, bool plain)
{
    return (plain ? r->cos[q] * x : x) + r->within[q] * other;
}

INLINE void turn_within(vec *x, const low_rotations *r, int q, bool plain)
{
    *x = turned(*x, exchange(*x, q), r, q, plain);
}

/* All rotations of a block whose vectors are in x. */
INLINE void turn_block(vec *x, const low_rotations *r, int across, bool plain)
{
    UNROLL
    for (int q = 0; q < LOG_V; q++)
        if (r->acts >> q & 1) {
            UNROLL
            for (int k = 0; k < 1 << across; k++)
                turn_within(&x[k], r, q, plain);
        }
    UNROLL
    for (int q = 0; q < across; q++)
        if (r->acts >> (LOG_V + q) & 1) {
            UNROLL
            for (int k = 0; k < 1 << across; k++)
                if (!(k >> q & 1))
                    turn_pair(&x[k], &x[k | 1 << q], r->cos[LOG_V + q], r->sin[LOG_V + q], plain);
        }
}

INLINE void turn_array(tile *t, vec *array, uint64_t vectors, const low_rotations *r, int across,
                       bool plain)
{
    for (uint64_t at = 0; at < vectors; at += hahn_bit(across)) {
        touch_ahead(t);
        vec x[1 << BLOCK_ACROSS];
        UNROLL
        for (int k = 0; k < 1 << across; k++)
            x[k] = array[at + (uint64_t)k];
        turn_block(x, r, across, plain);
        UNROLL
        for (int k = 0; k < 1 << across; k++)
            array[at + (uint64_t)k] = x[k];
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

/* The look at a pair of vectors of psi in p and lambda in l. */
INLINE void look_at_pair(const vec *p, const vec *l, int k, int other, vec *sum)
{
    *sum += l[other] * p[k];
    *sum -= l[k] * p[other];
}

/* Look at a block's rotations one by one and undo each: psi in p, lambda in l. sums[q] gathers
   lambda_1 psi_0 - lambda_0 psi_1, within a vector without the sign. */
INLINE void untwist_block(vec *p, vec *l, vec *sums, const low_rotations *r, int across, bool plain)
{
    UNROLL
    for (int q = 0; q < LOG_V; q++)
        if (r->acts >> q & 1) {
            UNROLL
            for (int k = 0; k < 1 << across; k++) {
                const vec psi = exchange(p[k], q), lambda = exchange(l[k], q);
                sums[q] += l[k] * psi;
                p[k] = turned(p[k], psi, r, q, plain);
                l[k] = turned(l[k], lambda, r, q, plain);
            }
        }
    UNROLL
    for (int q = 0; q < across; q++)
        if (r->acts >> (LOG_V + q) & 1) {
            const real c = r->cos[LOG_V + q], s = r->sin[LOG_V + q];
            UNROLL
            for (int k = 0; k < 1 << across; k++)
                if (!(k >> q & 1)) {
                    const int other = k | 1 << q;
                    look_at_pair(p, l, k, other, &sums[LOG_V + q]);
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
        UNROLL
        for (int k = 0; k < 1 << across; k++) {
            p[k] = fetch_vector(f, mode, psi, at + (uint64_t)k);
            l[k] = fetch_vector(f, mode, lambda, at + (uint64_t)k);
        }
        untwist_block(p, l, sums, r, across, plain);
        UNROLL
        for (int k = 0; k < 1 << across; k++) {
            to_psi[at + (uint64_t)k] = p[k];
            to_lambda[at + (uint64_t)k] = l[k];
        }
    }
}

typedef struct low_work {
    pair psi, lambda, to_psi, to_lambda;
    uint64_t first, end; /* vectors */
    double *sums;
} low_work;

INLINE void low_backward(tile *t, const low_work *w, const low_rotations *r, const fetch *f,
                         fetch_mode mode, int across, bool plain)
{
    vec sums[BLOCK_BITS];
    UNROLL
    for (int q = 0; q < LOG_V + across; q++)
        sums[q] = (vec){0};
    untwist_array(t, w->psi.re, w->lambda.re, w->to_psi.re, w->to_lambda.re, w->first, w->end, sums,
                  r, f, mode, across, plain);
    untwist_array(t, w->psi.im, w->lambda.im, w->to_psi.im, w->to_lambda.im, w->first, w->end, sums,
                  r, f, mode, across, plain);
    UNROLL
    for (int q = 0; q < LOG_V + across; q++)
        if (r->acts >> q & 1)
            w->sums[q] += sum_of(q < LOG_V ? signs_of(q) * sums[q] : sums[q]);
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

#endif
