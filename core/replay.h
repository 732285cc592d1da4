/* Replay: a backward pass that does not uncompute states, but takes them from copies kept on the
   way forward, or runs forward to them again from the last copy before. */
#ifndef HAHN_CORE_REPLAY_H
#define HAHN_CORE_REPLAY_H

#include "core/program.h"

/* Cut a program into units, ranges of stages that the backward pass takes back at a time: each ends
   with a stage that has parameters, or with a couple (D and R) of which one has some; the last one
   may have none. So psi is looked at where it was kept or run forward to, or one D or R stage
   before it: what is uncomputed further back inside a unit is not looked at. `ends`, unless NULL,
   gets one past the last stage of each unit. Returns how many there are. */
uint64_t hahn_cut_units(const hahn_program *program, uint64_t *ends);

/* The schedule of Griewank and Walther, ACM TOMS 26 (2000) 19, for the states after each of n
   units, last first, from the state before them all, which can be had again at no cost, with room
   for `kept` copies. Theirs is n + 1 steps with kept + 1 checkpoints, as they count the state that
   they begin with both ways. */

/* The fewest units that can be run forward in all; saturates. 0 for n = 0. */
uint64_t hahn_replay_steps(uint64_t n, uint64_t kept);
/* How many units to run forward before the next copy is kept: n, the copy not worth its place, only
   where there is no room or n is 1. */
uint64_t hahn_replay_split(uint64_t n, uint64_t kept);

#endif
