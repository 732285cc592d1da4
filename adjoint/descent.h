/* Training, in whatever memory. */
#ifndef HAHN_ADJOINT_DESCENT_H
#define HAHN_ADJOINT_DESCENT_H

#include "core/backend.h"

/* Parameters in the host's memory, gradients by hahn_gradient: for every backend. */
extern const hahn_descent_ops hahn_host_descent_ops;

#endif
