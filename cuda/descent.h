/* Training on the device. */
#ifndef HAHN_CUDA_DESCENT_H
#define HAHN_CUDA_DESCENT_H

#include "core/backend.h"

extern const hahn_descent_ops hahn_cuda_descent_ops;

#endif
