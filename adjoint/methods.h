/* Gradient methods, a row each. */
#ifndef HAHN_ADJOINT_METHODS_H
#define HAHN_ADJOINT_METHODS_H

#include "core/backend.h"

/* As hahn_gradient, arguments checked, gradients zeroed; certificates and energies may be NULL. */
typedef hahn_status (*hahn_gradient_function)(hahn_workspace *ws, int64_t batch,
                                              const double *thetas, double *energies,
                                              double *gradients, hahn_certificate *certificates);

hahn_status hahn_adjoint_gradient(hahn_workspace *ws, int64_t batch, const double *thetas,
                                  double *energies, double *gradients,
                                  hahn_certificate *certificates);
hahn_status hahn_shift_gradient(hahn_workspace *ws, int64_t batch, const double *thetas,
                                double *energies, double *gradients,
                                hahn_certificate *certificates);

#endif
