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
hahn_status hahn_forward_gradient(hahn_workspace *ws, int64_t batch, const double *thetas,
                                  double *energies, double *gradients,
                                  hahn_certificate *certificates);

/* From the start to the end of the circuit, by ops->forward or with tangents; psi is kept between
   segments. And back again, by ops->backward or with tangents, from the states kept. And how well
   psi came back, to the workspace's certificates. */
typedef hahn_status (*hahn_forward_step)(hahn_workspace *ws, int64_t lanes, uint64_t first,
                                         uint64_t end);
typedef hahn_status (*hahn_backward_step)(hahn_workspace *ws, int64_t lanes, uint64_t first,
                                          uint64_t end, double *sums);
hahn_status hahn_run_forward(hahn_workspace *ws, int64_t lanes, hahn_forward_step step);
hahn_status hahn_run_backward(hahn_workspace *ws, int64_t lanes, hahn_backward_step step,
                              double *sums);
hahn_status hahn_certify(hahn_workspace *ws, int64_t lanes);

hahn_status hahn_shift_gradient(hahn_workspace *ws, int64_t batch, const double *thetas,
                                double *energies, double *gradients,
                                hahn_certificate *certificates);

#endif
