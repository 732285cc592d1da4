/* What core/cpu/bind.c is compiled to: binding for each ISA and precision. */
#ifndef HAHN_CORE_CPU_BIND_H
#define HAHN_CORE_CPU_BIND_H

#include "core/backend.h"

/* Turns a parameter vector into coefficients, two numbers of the precision for each term, and
   scales, one double for each stage, itself of the precision:

   terms of D stages     (cos, sin) of half the angle (zrot) or of the angle (phase)
   ry with controls      (cos, sin) of half the angle
   ry without            (1, t), t = tan(angle/2); and scales[stage], the product of cos(angle/2)
                         over these terms of the stage, as the rounded t have it, with its sign:
                         scale * [[1, -t], [t, 1]] rotates. Where the product would leave the range
                         of the precision, the term gets (cos, sin) and has no part in the scale.

   Stages without such terms have the scale 1. Roundings are balanced and dithered, so that circuits
   of repeated angles keep their norm and their angles (docs/theory.md, section 8). False if an
   angle, which is offset + sum of scale * theta, is not finite; then the numbers are of no use. */
typedef bool (*hahn_cpu_bind)(const hahn_program *program, const double *theta, hahn_shift shift,
                              void *coefficients, double *scales);

#define HAHN_CPU_BIND(name)                                                                        \
    bool hahn_cpu_bind_##name(const hahn_program *program, const double *theta, hahn_shift shift,  \
                              void *coefficients, double *scales)
HAHN_CPU_BIND(baseline_f64);
HAHN_CPU_BIND(baseline_f32);
#if HAHN_HAVE_X86
HAHN_CPU_BIND(avx2_f64);
HAHN_CPU_BIND(avx2_f32);
HAHN_CPU_BIND(avx512_f64);
HAHN_CPU_BIND(avx512_f32);
#endif
#undef HAHN_CPU_BIND

#endif
