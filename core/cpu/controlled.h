/* R stages on a tile: rotations with controls, one by one, by cosine and sine. Only the vectors
   where the controls hold are touched. */
#ifndef HAHN_CORE_CPU_CONTROLLED_H
#define HAHN_CORE_CPU_CONTROLLED_H

#include "core/cpu/tile.h"

/* Cosine and sine for each element (1 and 0 where a control inside the vector says no), and the
   controls that tell vectors apart. */
typedef struct controlled {
    vec c, s;         /* s has the sign of an element's part where the target is inside a vector */
    vec sign;         /* of the element in the look; 0 where a control says no */
    uint64_t control; /* among vector indices */
    int target;
} controlled;

static controlled prepare_controlled(const hahn_local *term, const real *cs, real direction)
{
    controlled r = {.control = term->control >> LOG_V, .target = __builtin_ctz(term->mask)};
    const uint32_t within = term->control & (uint32_t)(V - 1);
    for (int k = 0; k < V; k++) {
        const bool acts = ((uint32_t)k & within) == within;
        const real sign = r.target < LOG_V && !((uint32_t)k & term->mask) ? -1 : 1;
        r.c[k] = acts ? cs[0] : 1;
        r.s[k] = acts ? direction * sign * cs[1] : 0;
        r.sign[k] = acts ? sign : 0;
    }
    return r;
}

/* The next index that holds all bits of `mask`, in ascending order; of a part of the tile, 2^b
   indices from a multiple of 2^b on, first | mask is the first one, beyond the part if there is
   none. */
INLINE uint64_t next_holding(uint64_t index, uint64_t mask)
{
    return (index + 1) | mask;
}

INLINE void turn_controlled(vec *x, vec other, const controlled *r, vec s)
{
    *x = r->c * *x + s * other;
}

INLINE void forward_within(const controlled *r, int target, pair psi, uint64_t first, uint64_t end)
{
    for (uint64_t k = first | r->control; k < end; k = next_holding(k, r->control)) {
        turn_controlled(&psi.re[k], exchange(psi.re[k], target), r, r->s);
        turn_controlled(&psi.im[k], exchange(psi.im[k], target), r, r->s);
    }
}

/* A pair belongs to the part of its upper vector. */
static void forward_across(const controlled *r, pair psi, uint64_t first, uint64_t end)
{
    const uint64_t target = hahn_bit(r->target - LOG_V), mask = r->control | target;
    for (uint64_t k1 = first | mask; k1 < end; k1 = next_holding(k1, mask)) {
        const uint64_t k0 = k1 ^ target;
        const vec re = psi.re[k0], im = psi.im[k0];
        turn_controlled(&psi.re[k0], psi.re[k1], r, -r->s);
        turn_controlled(&psi.im[k0], psi.im[k1], r, -r->s);
        turn_controlled(&psi.re[k1], re, r, r->s);
        turn_controlled(&psi.im[k1], im, r, r->s);
    }
}

/* Vectors whose looks are added up in `real`, before the sum goes on in double. */
#define LOOKS_AT_ONCE 256

/* Look at one rotation and undo it, for psi and lambda together; `r` is the inverse. */
INLINE double backward_within(const controlled *r, int target, pair psi, pair lambda,
                              uint64_t first, uint64_t end)
{
    vec sum = {0};
    double total = 0;
    int looks = 0;
    for (uint64_t k = first | r->control; k < end; k = next_holding(k, r->control)) {
        const vec re = exchange(psi.re[k], target), im = exchange(psi.im[k], target);
        sum += r->sign * (lambda.re[k] * re + lambda.im[k] * im);
        turn_controlled(&psi.re[k], re, r, r->s);
        turn_controlled(&psi.im[k], im, r, r->s);
        turn_controlled(&lambda.re[k], exchange(lambda.re[k], target), r, r->s);
        turn_controlled(&lambda.im[k], exchange(lambda.im[k], target), r, r->s);
        if (++looks % LOOKS_AT_ONCE == 0) {
            total += sum_of(sum);
            sum = (vec){0};
        }
    }
    return total + sum_of(sum);
}

static double backward_across(const controlled *r, pair psi, pair lambda, uint64_t first,
                              uint64_t end)
{
    const uint64_t target = hahn_bit(r->target - LOG_V), mask = r->control | target;
    vec sum = {0};
    double total = 0;
    int looks = 0;
    for (uint64_t k1 = first | mask; k1 < end; k1 = next_holding(k1, mask)) {
        const uint64_t k0 = k1 ^ target;
        sum += r->sign * (lambda.re[k1] * psi.re[k0] - lambda.re[k0] * psi.re[k1] +
                          (lambda.im[k1] * psi.im[k0] - lambda.im[k0] * psi.im[k1]));
        if (++looks % LOOKS_AT_ONCE == 0) {
            total += sum_of(sum);
            sum = (vec){0};
        }
    }
    forward_across(r, psi, first, end);
    forward_across(r, lambda, first, end);
    return total + sum_of(sum);
}

/* A rotation on its way over the parts of a tile. */
typedef struct turning {
    const tile *t;
    controlled r;
    double sums[MOST_PARTS]; /* backwards: what each part has seen */
} turning;

/* The target is a constant in each case, so that its shuffle is one instruction. */
static void forward_turning(void *context, int part)
{
    turning *w = context;
    const pair psi = w->t->psi.now;
    uint64_t first, end;
    part_range(w->t, part, &first, &end);
    switch (w->r.target < LOG_V ? w->r.target : LOG_V) {
    case 0:
        forward_within(&w->r, 0, psi, first, end);
        break;
#if LOG_V > 1
    case 1:
        forward_within(&w->r, 1, psi, first, end);
        break;
#endif
#if LOG_V > 2
    case 2:
        forward_within(&w->r, 2, psi, first, end);
        break;
#endif
#if LOG_V > 3
    case 3:
        forward_within(&w->r, 3, psi, first, end);
        break;
#endif
    default:
        forward_across(&w->r, psi, first, end);
    }
}

static double untwist_controlled(const turning *w, uint64_t first, uint64_t end)
{
    const pair psi = w->t->psi.now, lambda = w->t->lambda.now;
    switch (w->r.target < LOG_V ? w->r.target : LOG_V) {
    case 0:
        return backward_within(&w->r, 0, psi, lambda, first, end);
#if LOG_V > 1
    case 1:
        return backward_within(&w->r, 1, psi, lambda, first, end);
#endif
#if LOG_V > 2
    case 2:
        return backward_within(&w->r, 2, psi, lambda, first, end);
#endif
#if LOG_V > 3
    case 3:
        return backward_within(&w->r, 3, psi, lambda, first, end);
#endif
    default:
        return backward_across(&w->r, psi, lambda, first, end);
    }
}

static void backward_turning(void *context, int part)
{
    turning *w = context;
    uint64_t first, end;
    part_range(w->t, part, &first, &end);
    w->sums[part] = untwist_controlled(w, first, end);
}

static turning turning_of(const tile *t, uint64_t term, real direction)
{
    turning w = {.t = t};
    w.r = prepare_controlled(hahn_local_term(t->program, term), coefficients(t->lane, term),
                             direction);
    return w;
}

static void forward_controlled(const tile *t, uint64_t term)
{
    turning w = turning_of(t, term, 1);
    for_parts(t, forward_turning, &w);
}

static void backward_controlled(tile *t, uint64_t term)
{
    turning w = turning_of(t, term, -1);
    double moment = 0;
    for_parts(t, backward_turning, &w);
    for (int part = 0; part < t->parts; part++)
        moment += w.sums[part];
    t->moments[term - t->first_term] += moment * t->pending * t->pending;
}

#endif
