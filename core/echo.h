/* What echo errors are promised to stay within; docs/theory.md, section 8. */
#ifndef HAHN_CORE_ECHO_H
#define HAHN_CORE_ECHO_H

#include "core/program.h"

/* Rotations and matrices of a stage: what rounds. Permutations are exact. */
uint64_t hahn_stage_roundings(const hahn_stage *stage);

/* 8 u sqrt(2 L): forward and backward through L of them. */
double hahn_echo_bound(hahn_precision precision, uint64_t roundings);

#endif
