/* Evaluations in one launch, and what they share with those in steps. */
#ifndef HAHN_CUDA_EVALUATE_H
#define HAHN_CUDA_EVALUATE_H

#include "cuda/storage.h"

/* Is a lane of the workspace all in one block of threads? */
static inline bool hahn_cuda_is_resident(const hahn_workspace *ws)
{
    return ws->program->tile_qubits == ws->program->qubits && ws->kept == 0;
}

/* See hahn_backend_ops. */
hahn_status hahn_cuda_evaluate(hahn_workspace *ws, int64_t lanes, double *energies,
                               double *gradients, hahn_certificate *certificates);

/* -- backend.c -------------------------------------------------------------------------------- */

/* The program's image on the device. */
hahn_image hahn_cuda_image_of(const hahn_workspace *ws);
/* The passes of stages [first, end) of one sweep, none where that is empty, on tiles of that mask.
 */
hahn_walk hahn_cuda_walk_of(const hahn_workspace *ws, int64_t lanes, uint64_t tile, uint64_t first,
                            uint64_t end);
/* Add derivatives by slots up by parameter, and those to `lanes` rows of gradients on the host. */
int hahn_cuda_add_gradients(const hahn_workspace *ws, int64_t lanes, double *gradients);

#endif
