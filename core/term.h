/* Terms, flips and angles: the parts of a program that the host and a device read alike. */
#ifndef HAHN_CORE_TERM_H
#define HAHN_CORE_TERM_H

#include "gates/bits.h"
#include "gates/kind.h"
#include <math.h>

/* Angle expressions of primitives that act alike (one mask, one control) are joined to one term:
   its angle is offset + sum of scale * theta[index] over its members, and the derivative by the
   angle serves them all. */
typedef struct hahn_term {
    uint64_t mask;
    uint64_t control;           /* of ry; 0 for the diagonal kinds, whose mask holds the controls */
    double offset, offset_rest; /* a sum of two doubles, see hahn_angle */
    uint64_t first_member;
    uint32_t members;
    uint32_t kind; /* hahn_primitive_kind: ZROT, PHASE or RY */
} hahn_term;

typedef struct hahn_member {
    double scale;
    int64_t index;
} hahn_member;

/* A term or a flip as the tiles of its sweep see it: masks among the bits of the index within a
   tile, and the qubits outside, which are constant on a tile. */
typedef struct hahn_local {
    uint64_t outside; /* of a diagonal term's mask, of another's control */
    uint32_t mask, control;
    uint8_t kind;   /* hahn_primitive_kind */
    bool trainable; /* the term has members */
} hahn_local;

/* Whether what a local control and an outside one ask for holds at index `within` of the tile whose
   first amplitude is `base`. */
HAHN_BOTH static inline bool hahn_holds(const hahn_local *local, uint64_t base, uint64_t within)
{
    return (base & local->outside) == local->outside && (within & local->control) == local->control;
}

/* An angle as an unevaluated sum of two doubles: terms may join any number of rotations, and in
   plain doubles the rounding of the sum would grow with their number. */
typedef struct hahn_angle {
    double value, rest;
} hahn_angle;

/* angle + scale * number. Sum and product are exact up to the rest's own rounding: Knuth's two-sum,
   and a product's error by fused multiply-add. */
HAHN_BOTH static inline hahn_angle hahn_angle_add(hahn_angle angle, double scale, double number)
{
    const double product = scale * number, sum = angle.value + product;
    const double part = sum - angle.value;
    const double lost = (angle.value - (sum - part)) + (product - part);
    const hahn_angle out = {sum, angle.rest + (lost + fma(scale, number, -product))};
    return out;
}

#endif
