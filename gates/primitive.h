/* The five primitives: all that exists below the compiler.

   kind    action on amplitude j                                  generator G, U = exp(-i angle G)
   ZROT    times exp(-i angle/2 (-1)^parity(j & mask))            Z-string on mask, over 2
   PHASE   times exp(i angle) where (j & mask) == mask            -|mask><mask|
   RY      real rotation of the pair (j, j ^ mask) where          Y/2 on the control subspace
           (j & control) == control; mask is one bit
   FLIP    j -> j ^ mask where (j & control) == control           none
   MATRIX  dense matrix on the listed qubits where the            none
           controls hold */
#ifndef HAHN_GATES_PRIMITIVE_H
#define HAHN_GATES_PRIMITIVE_H

#include "gates/bits.h"
#include "gates/kind.h"
#include <complex.h>
#include <hahn/circuit.h>

/* glibc 2.36 has CMPLX for GCC alone. */
#ifndef CMPLX
#define CMPLX(re, im) __builtin_complex((double)(re), (double)(im))
#endif

/* Most qubits of a dense unitary. */
#define HAHN_MAX_DENSE 6

typedef struct hahn_primitive {
    hahn_primitive_kind kind;
    uint64_t mask;
    uint64_t control;
    hahn_param angle;              /* ZROT, PHASE, RY */
    double rest;                   /* of a fixed angle: what its offset is short of */
    const double _Complex *matrix; /* MATRIX: 4^targets entries, row by row */
    const int *targets;            /* MATRIX: bit k of a matrix index is targets[k] */
    int target_count;
    bool dagger; /* MATRIX: apply the conjugate transpose */
} hahn_primitive;

/* Most primitives one gate lowers to: a controlled rotation about a string of HAHN_MAX_QUBITS Ys
   (two to enter and two to leave each basis, a ladder there and back, two phases), and its X
   conjugation. */
#define HAHN_MAX_LOWERED (8 * HAHN_MAX_QUBITS + 8)

typedef struct hahn_lowering {
    int count;
    hahn_primitive list[HAHN_MAX_LOWERED];
} hahn_lowering;

#endif
