/* Overlaps on a device; see hahn_backend_ops. */
#ifndef HAHN_CUDA_OVERLAPS_H
#define HAHN_CUDA_OVERLAPS_H

#include "cuda/storage.h"

hahn_status hahn_cuda_swap(hahn_workspace *ws, hahn_which_state left, hahn_which_state right);
hahn_status hahn_cuda_overlaps(hahn_workspace *ws, hahn_which_state left, int64_t rows,
                               hahn_which_state right, int64_t columns, double *matrix,
                               int64_t stride);

#endif
