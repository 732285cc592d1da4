/* Sine and cosine in two doubles without libm: branch-free, so that loops over them vectorise.

   The coefficients are those of the polynomials that interpolate
       (sin x / x - 1 + z/6 - z^2/120) / z^3   and   (cos x - 1 + z/2 - z^2/24) / z^3 ,  z = x^2,
   at the Chebyshev points of 0 <= z <= (pi/4)^2, rounded. What they leave out is 2^-62.9 of the
   sine, and 2^-66 of the cosine. */
#ifndef HAHN_CORE_CPU_SINCOS_H
#define HAHN_CORE_CPU_SINCOS_H

#include "core/cpu/double_double.h"
#include <math.h>

/* Angles of at least this size are left to libm. Below, the number of quarter turns has 20 bits. */
#define HAHN_FAR_ANGLE 0x1p20

/* An angle less its quarter turns: |rest| <= pi/4, but for rounding. */
typedef struct quarters {
    dd rest;
    double count; /* modulo 4: -2, -1, 0, 1 or 2 */
} quarters;

/* Cody and Waite: pi/2 in three parts, of which two have 33 bits and give exact products. The first
   difference is exact as well: whole multiples of 2^-53 or more below 1. What rounds is near
   2^-46, so the rest is right to 2^-98, as good as a large angle in two doubles is. */
HAHN_BOTH static inline quarters take_quarters(dd angle)
{
    const double count = nearest_integer(angle.hi * 0x1.45f306dc9c883p-1);
    const double first = angle.hi - count * 0x1.921fb54400000p+0;
    const dd second = two_sum(first, -count * 0x1.0b4611a600000p-34);
    const double third = multiply_add(-count, 0x1.3198a2e037073p-69, angle.lo);
    return (quarters){two_sum(second.hi, second.lo + third),
                      count - 4 * nearest_integer(0.25 * count)};
}

/* sin x for |x| <= pi/4, to 2^-61 of itself; fifth and third are the coefficients of their powers,
   with all that follow. */
HAHN_BOTH static inline dd sine_near(dd x, dd square)
{
    const double z = square.hi;
    double tail = multiply_add(-0x1.ac103de1ad912p-41, z, 0x1.61231147c5b8fp-33);
    tail = multiply_add(tail, z, -0x1.ae6455eb5ea98p-26);
    tail = multiply_add(tail, z, 0x1.71de3a5555a32p-19);
    tail = multiply_add(tail, z, -0x1.a01a01a01a008p-13);
    const dd fifth = {multiply_add(tail, z, 0x1.1111111111111p-7), 0x1.1111111111111p-63};
    const dd sixth = {-0x1.5555555555555p-3, -0x1.5555555555555p-57};
    const dd third = dd_above(sixth.hi, dd_multiply(square, fifth));
    const dd less = dd_multiply(square, (dd){third.hi, third.lo + sixth.lo});
    const dd change = dd_multiply(x, less);
    return dd_above(x.hi, (dd){change.hi, change.lo + x.lo});
}

/* cos x for |x| <= pi/4, to 2^-63. */
HAHN_BOTH static inline dd cosine_near(dd square)
{
    const double z = square.hi;
    double tail = multiply_add(0x1.abe6c87c32b7cp-45, z, -0x1.93957de4a69aep-37);
    tail = multiply_add(tail, z, 0x1.1eed8e6c48003p-29);
    tail = multiply_add(tail, z, -0x1.27e4fb775f631p-22);
    tail = multiply_add(tail, z, 0x1.a01a01a019f8ap-16);
    tail = multiply_add(tail, z, -0x1.6c16c16c16c17p-10);
    const dd fourth = dd_above(0x1.5555555555555p-5, (dd){tail * z, 0x1.5555555555555p-59});
    const dd second = dd_above(-0.5, dd_multiply(square, fourth));
    return dd_above(1, dd_multiply(square, second));
}

/* Sine and cosine of an angle of less than HAHN_FAR_ANGLE, each to about 2^-61 of itself (and
   2^-98). */
HAHN_BOTH static inline void sine_cosine(dd angle, dd *sine, dd *cosine)
{
    const quarters q = take_quarters(angle);
    const dd x = q.rest, exact = two_product(x.hi, x.hi);
    const dd square = {exact.hi, multiply_add(2 * x.hi, x.lo, exact.lo)};
    const dd s = sine_near(x, square), c = cosine_near(square);
    const double turns = fabs(q.count), sine_sign = q.count == -1 || turns == 2 ? -1 : 1,
                 cosine_sign = q.count == 1 || turns == 2 ? -1 : 1;
    *sine = dd_scale(sine_sign, (dd){turns == 1 ? c.hi : s.hi, turns == 1 ? c.lo : s.lo});
    *cosine = dd_scale(cosine_sign, (dd){turns == 1 ? s.hi : c.hi, turns == 1 ? s.lo : c.lo});
}

#endif
