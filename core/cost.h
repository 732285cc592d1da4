/* What runs of a program take, counted from its stages. */
#ifndef HAHN_CORE_COST_H
#define HAHN_CORE_COST_H

#include "core/program.h"

/* Fill in the operations and passes of *info. The formulas: docs/architecture.md, "What a run
   takes". */
void hahn_count_cost(const hahn_program *program, hahn_program_info *info);

/* Walks over the state that a forward run of a program for one tile takes: as often as its kernels
   go from end to end. */
uint64_t hahn_count_walks(const hahn_program *program);

#endif
