/* The CUDA backend as the engine sees it. In a build without CUDA cuda/absent.c stands in for it.
 */
#ifndef HAHN_CUDA_BACKEND_H
#define HAHN_CUDA_BACKEND_H

#include "core/backend.h"

/* Qubits of the largest tile that a block of threads works on: psi and lambda of it fit the shared
   memory of every device since compute capability 8.0, and so do their amplitudes the registers of
   its threads. */
static inline int hahn_cuda_most_tile(hahn_precision precision)
{
    return precision == HAHN_F64 ? 11 : 12;
}

/* Lowest qubits that are in each tile: rows of 128 bytes, a line of the device's caches. Longer
   ones would leave fewer qubits of a tile to choose, and so take more sweeps. */
static inline int hahn_cuda_line(hahn_precision precision)
{
    return precision == HAHN_F64 ? 3 : 4;
}

/* Least compute capability that kernels are built for. */
#define HAHN_CUDA_LEAST_MAJOR 8

#endif
