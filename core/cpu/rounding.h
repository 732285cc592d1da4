/* Rounding coefficients so that repeated ones do not drift: a number that is rounded alike each
   time it is used errs in proportion to the depth of the circuit. Sizes are the precision's:

   real     double or float
   SPACING  between neighbours of 1/2 <= x < 1: the unit roundoff */
#ifndef HAHN_CORE_CPU_ROUNDING_H
#define HAHN_CORE_CPU_ROUNDING_H

#include "core/cpu/double_double.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if HAHN_KERNEL_F32
typedef float real;
#define SPACING 0x1p-24
#else
typedef double real;
#define SPACING 0x1p-53
#endif

/* A number in [0, 1) that the index decides: Appleby's finaliser of MurmurHash3. */
HAHN_BOTH static inline double toss_of(uint32_t index)
{
    uint32_t h = index + UINT32_C(0x9e3779b9);
    h = (h ^ h >> 16) * UINT32_C(0x85ebca6b);
    h = (h ^ h >> 13) * UINT32_C(0xc2b2ae35);
    h ^= h >> 16;
    return (double)(int32_t)(h >> 1) * 0x1p-31;
}

/* The largest power of two up to |x|; 0 for subnormal numbers. */
HAHN_BOTH static inline double power_below(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits &= UINT64_C(0x7ff0000000000000);
    memcpy(&x, &bits, sizeof bits);
    return x;
}

/* x to one of its neighbours: away from the nearest with the probability that makes the mean x,
   over tosses in [0, 1). Sums of many are right, were they all of the same number. (Below a power
   of two the farther neighbour is the second one, with half the probability.) Remainders of less
   than 2^-8 of a spacing are not known well enough to be used: so what should be 1 is 1. */
HAHN_BOTH static inline double round_by_toss(dd x, double toss)
{
    const double near = (double)(real)(x.hi + x.lo), rest = (x.hi - near) + x.lo;
    const double spacing = 2 * SPACING * power_below(near);
    const double least = (toss > 0x1p-8 ? toss : 0x1p-8) * spacing;
    const double far = near + copysign(spacing, rest);
    return fabs(rest) > least ? far : near;
}

/* c^2 + s^2 - 1 for |c| >= |s|, exact but for the last two additions. */
HAHN_BOTH static inline double excess(double c, double s)
{
    const dd cc = two_product(c, c), ss = two_product(s, s);
    return ((cc.hi - 1) + ss.hi) + (cc.lo + ss.lo);
}

/* A pair of cosine and sine, rounded, and its excess c^2 + s^2 - 1. */
typedef struct rotor {
    double c, s, excess;
} rotor;

/* The larger number of a pair, |larger| >= sqrt(1/2), as near to its rounding as keeps the sum of
   all excesses, `owed` so far, close to 0: within half of what a step changes, u, and some percent.
   That never takes it beyond 1, where spacings double: where it is 1 its own excess is not
   negative, and the sum is less than a step below 0. Pairs without excess are left alone. */
HAHN_BOTH static inline double balance(double larger, double own, double owed)
{
    /* 1 / larger within 3%, enough to count spacings: the line that is right at sqrt(1/2) and 1. */
    const double inverse = copysign(2.4142135623730950, larger) - 1.4142135623730950 * larger;
    const double steps = nearest_integer((owed + own) * (0.5 / SPACING * inverse));
    const double moved = larger - SPACING * steps;
    return fabs(own) < SPACING * 0x1p-27 ? larger : moved;
}

/* The smaller number is dithered, and the larger one makes up for it: means are right for both. */
HAHN_BOTH static inline rotor round_pair(dd c, dd s, double toss, double owed)
{
    const bool swapped = fabs(s.hi) > fabs(c.hi);
    const dd more = {swapped ? s.hi : c.hi, swapped ? s.lo : c.lo};
    const dd less = {swapped ? c.hi : s.hi, swapped ? c.lo : s.lo};
    const double smaller = round_by_toss(less, toss), larger = (double)(real)(more.hi + more.lo);
    const double own = excess(larger, smaller), kept = balance(larger, own, owed);
    return (rotor){.c = swapped ? smaller : kept,
                   .s = swapped ? kept : smaller,
                   .excess = own + (kept - larger) * (kept + larger)};
}

#endif
