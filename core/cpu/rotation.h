/* R stages: real rotations of pairs, on real and imaginary parts alike; and backwards, look and
   undo in one visit. */
#ifndef HAHN_CORE_CPU_ROTATION_H
#define HAHN_CORE_CPU_ROTATION_H

#include "core/cpu/vector.h"

/* Number of an R stage's terms whose target lies inside a tile; they come first. */
static uint64_t low_terms(const hahn_program *program, const hahn_stage *stage)
{
    uint64_t count = 0;
    while (count < stage->count &&
           !(hahn_program_term(program, stage->first + count)->mask >> tile_qubits(program)))
        count++;
    return count;
}

/* A rotation prepared for a range of vectors: cos and sin for each element (1 and 0 where a control
   inside the vector says no), and the controls that tell vectors apart. */
typedef struct rotation {
    vec c, s;         /* s has the sign of an element's bit where the target is inside a vector */
    vec sign;         /* of the element in the look; 0 where a control says no */
    uint64_t control; /* among vector indices */
    int target;
} rotation;

static rotation prepare(const hahn_term *t, const real *cs, real direction)
{
    rotation r = {.control = t->control >> LOG_V, .target = __builtin_ctzll(t->mask)};
    const uint64_t within = t->control & (uint64_t)(V - 1);
    for (int k = 0; k < V; k++) {
        const bool acts = ((uint64_t)k & within) == within;
        const real sign = r.target < LOG_V && !((uint64_t)k & t->mask) ? -1 : 1;
        r.c[k] = acts ? cs[0] : 1;
        r.s[k] = acts ? direction * sign * cs[1] : 0;
        r.sign[k] = acts ? sign : 0;
    }
    return r;
}

static inline vec exchange(vec x, int target)
{
    switch (target) {
#if LOG_V > 1
    case 1:
        return EXCHANGE(x, 2);
#endif
#if LOG_V > 2
    case 2:
        return EXCHANGE(x, 4);
#endif
#if LOG_V > 3
    case 3:
        return EXCHANGE(x, 8);
#endif
    default:
        return EXCHANGE(x, 1);
    }
}

/* Target inside the vector: x <- c x + s x_exchanged. */
static inline void rotate_within(const rotation *r, vec *x, int target)
{
    *x = r->c * *x + r->s * exchange(*x, target);
}

/* Target across vectors. */
static inline void rotate_across(const rotation *r, vec *x0, vec *x1)
{
    const vec a = *x0, b = *x1;
    *x0 = r->c * a - r->s * b;
    *x1 = r->c * b + r->s * a;
}

static inline __attribute__((always_inline)) void
forward_within(const rotation *r, int target, pair psi, uint64_t first, uint64_t count)
{
    for (uint64_t k = first; k < first + count; k++) {
        if ((k & r->control) != r->control)
            continue;
        rotate_within(r, &psi.re[k], target);
        rotate_within(r, &psi.im[k], target);
    }
}

static void forward_across(const rotation *r, pair psi, uint64_t first, uint64_t count)
{
    const int bit = r->target - LOG_V;
    for (uint64_t k = first; k < first + count; k++) {
        const uint64_t k0 = lower_of(k, bit), k1 = k0 | hahn_bit(bit);
        if ((k0 & r->control) != r->control)
            continue;
        rotate_across(r, &psi.re[k0], &psi.re[k1]);
        rotate_across(r, &psi.im[k0], &psi.im[k1]);
    }
}

/* Look at one rotation and undo it, for psi and lambda together; `r` is the inverse. */
static inline __attribute__((always_inline)) double backward_within(const rotation *r, int target,
                                                                    pair psi, pair lambda,
                                                                    uint64_t first, uint64_t count)
{
    vec sum = {0};
    for (uint64_t k = first; k < first + count; k++) {
        if ((k & r->control) != r->control)
            continue;
        sum += r->sign * (lambda.re[k] * exchange(psi.re[k], target) +
                          lambda.im[k] * exchange(psi.im[k], target));
        rotate_within(r, &psi.re[k], target);
        rotate_within(r, &psi.im[k], target);
        rotate_within(r, &lambda.re[k], target);
        rotate_within(r, &lambda.im[k], target);
    }
    return sum_of(sum);
}

static double backward_across(const rotation *r, pair psi, pair lambda, uint64_t first,
                              uint64_t count)
{
    const int bit = r->target - LOG_V;
    vec sum = {0};
    for (uint64_t k = first; k < first + count; k++) {
        const uint64_t k0 = lower_of(k, bit), k1 = k0 | hahn_bit(bit);
        if ((k0 & r->control) != r->control)
            continue;
        sum += r->sign * (lambda.re[k1] * psi.re[k0] - lambda.re[k0] * psi.re[k1] +
                          (lambda.im[k1] * psi.im[k0] - lambda.im[k0] * psi.im[k1]));
        rotate_across(r, &psi.re[k0], &psi.re[k1]);
        rotate_across(r, &psi.im[k0], &psi.im[k1]);
        rotate_across(r, &lambda.re[k0], &lambda.re[k1]);
        rotate_across(r, &lambda.im[k0], &lambda.im[k1]);
    }
    return sum_of(sum);
}

/* The target is a constant in each case, so that its shuffle is one instruction. */
static void forward_range(const rotation *r, pair psi, uint64_t first, uint64_t amplitudes)
{
    const uint64_t v = first / V, count = amplitudes / V;
    switch (r->target < LOG_V ? r->target : LOG_V) {
    case 0:
        forward_within(r, 0, psi, v, count);
        break;
#if LOG_V > 1
    case 1:
        forward_within(r, 1, psi, v, count);
        break;
#endif
#if LOG_V > 2
    case 2:
        forward_within(r, 2, psi, v, count);
        break;
#endif
#if LOG_V > 3
    case 3:
        forward_within(r, 3, psi, v, count);
        break;
#endif
    default:
        forward_across(r, psi, v / 2, count / 2);
    }
}

static double backward_range(const rotation *r, pair psi, pair lambda, uint64_t first,
                             uint64_t amplitudes)
{
    const uint64_t v = first / V, count = amplitudes / V;
    switch (r->target < LOG_V ? r->target : LOG_V) {
    case 0:
        return backward_within(r, 0, psi, lambda, v, count);
#if LOG_V > 1
    case 1:
        return backward_within(r, 1, psi, lambda, v, count);
#endif
#if LOG_V > 2
    case 2:
        return backward_within(r, 2, psi, lambda, v, count);
#endif
#if LOG_V > 3
    case 3:
        return backward_within(r, 3, psi, lambda, v, count);
#endif
    default:
        return backward_across(r, psi, lambda, v / 2, count / 2);
    }
}

/* Terms [*first, *end) of a pass: the tile's own, or one other. */
static void pass_terms(const hahn_program *program, const hahn_stage *stage, uint64_t pass,
                       uint64_t *first, uint64_t *end)
{
    const uint64_t low = low_terms(program, stage);
    *first = stage->first + (pass ? low + pass - 1 : 0);
    *end = pass ? *first + 1 : stage->first + low;
}

/* The rotations of one pass over a chunk, tile by tile: the k-th half of all pairs belongs to the
   k-th tile, whether a pair lies within a tile or across two. */
static void forward_rotations(const hahn_program *program, hahn_lane *lane, const hahn_stage *stage,
                              uint64_t pass, uint64_t chunk)
{
    const uint64_t tile = hahn_bit(tile_qubits(program)), span = chunk_size(program);
    const pair psi = at(lane->psi, 0);
    uint64_t first, end;
    pass_terms(program, stage, pass, &first, &end);
    for (uint64_t base = chunk * span; base < (chunk + 1) * span; base += tile)
        for (uint64_t k = first; k < end; k++) {
            const rotation r = prepare(hahn_program_term(program, k), coefficients(lane, k), 1);
            forward_range(&r, psi, base, tile);
        }
}

static void backward_rotations(const hahn_program *program, hahn_lane *lane,
                               const hahn_stage *stage, uint64_t pass, uint64_t chunk)
{
    const uint64_t tile = hahn_bit(tile_qubits(program)), span = chunk_size(program);
    const pair psi = at(lane->psi, 0), lambda = at(lane->lambda, 0);
    double *moments = lane->moments + chunk * stage->count;
    uint64_t first, end;
    pass_terms(program, stage, pass, &first, &end);
    for (uint64_t base = chunk * span; base < (chunk + 1) * span; base += tile)
        for (uint64_t k = first; k < end; k++) {
            const hahn_term *t = hahn_program_term(program, k);
            const rotation r = prepare(t, coefficients(lane, k), -1);
            const double moment = backward_range(&r, psi, lambda, base, tile);
            if (t->members)
                moments[k - stage->first] += moment;
        }
}

#endif
