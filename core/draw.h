/* What the words of a Philox block become, on the host and on a device alike. */
#ifndef HAHN_CORE_DRAW_H
#define HAHN_CORE_DRAW_H

#include "gates/bits.h"
#include <math.h>

/* 53 random bits as a multiple of 2^-53: every value is exact, 1 is never reached. */
HAHN_BOTH static inline double hahn_to_unit(uint32_t low, uint32_t high)
{
    const uint64_t bits = (uint64_t)high << 32 | low;
    return (double)(bits >> 11) * 0x1p-53;
}

/* Two uniforms become two normals (Box and Muller). log needs a number above 0: 1 - u is in (0, 1],
   and exact. No product is added to, so that contraction changes nothing. */
HAHN_BOTH static inline void hahn_to_normal(double pair[2])
{
    const double pi = 3.14159265358979323846;
    const double radius = sqrt(-2 * log(1 - pair[0])), angle = 2 * pi * pair[1];
    pair[0] = radius * cos(angle);
    pair[1] = radius * sin(angle);
}

#endif
