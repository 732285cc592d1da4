/* What echo errors are promised to stay within, and the segments that keep the promise; see
   docs/theory.md, section 8. */
#ifndef HAHN_CORE_ECHO_H
#define HAHN_CORE_ECHO_H

#include "core/program.h"

/* 8 u sqrt(2 L): forward and backward through L operations that round. */
double hahn_echo_bound(hahn_precision precision, uint64_t operations);

typedef struct hahn_segments {
    uint64_t count;   /* at least 1 */
    uint64_t largest; /* most operations that round in one of them */
} hahn_segments;

/* Cut a program into as few segments, ranges of stages, as have their bound within the tolerance
   (0: none, one segment). Where a single stage is beyond it, `largest` is too. `ends`, unless NULL,
   gets `count` numbers: one past the last stage of each. */
hahn_segments hahn_cut_segments(const hahn_program *program, hahn_precision precision,
                                double tolerance, uint64_t *ends);

#endif
