/* What other host backends borrow from the reference. */
#ifndef HAHN_CORE_REFERENCE_H
#define HAHN_CORE_REFERENCE_H

#include "core/host.h"

/* Part `chunk` of `chunks` of a dense stage: forward on psi, or its inverse on psi and lambda. */
void hahn_reference_matrix(hahn_precision precision, const hahn_program *program, hahn_lane *lane,
                           const hahn_stage *stage, bool backward, uint64_t chunk, uint64_t chunks);

#endif
