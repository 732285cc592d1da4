/* Gradient methods, a row each. */
#ifndef HAHN_ADJOINT_METHODS_H
#define HAHN_ADJOINT_METHODS_H

#include "core/backend.h"

/* Check a range of components, and fill in a count of 0. */
hahn_status hahn_check_range(hahn_workspace *ws, int64_t first, int64_t *count);

/* As hahn_gradient: options filled in (`first` and `count` are a range of components), arguments
   checked, gradients zeroed; certificates and energies may be NULL. */
typedef hahn_status hahn_gradient_function(hahn_workspace *ws, const hahn_gradient_options *options,
                                           int64_t batch, const double *thetas, double *energies,
                                           double *gradients, hahn_certificate *certificates);

hahn_gradient_function hahn_adjoint_gradient, hahn_replay_gradient, hahn_shift_gradient,
    hahn_difference_gradient, hahn_spsa_gradient, hahn_forward_gradient;

/* What tells one reverse method from another: psi from the start to the end of the circuit, and psi
   and lambda back, with the echo errors on the way in ws->echoes. A plain one does nothing else, so
   that a backend may do all of it at once. */
typedef struct hahn_reverse_pass {
    bool plain;
    hahn_status (*forward)(hahn_workspace *ws, int64_t lanes);
    hahn_status (*backward)(hahn_workspace *ws, int64_t lanes, double *gradients);
} hahn_reverse_pass;

/* Bind, forward, observe, backward and certify, for all rows of the batch, `lanes` at a time. */
hahn_status hahn_reverse_gradient(hahn_workspace *ws, const hahn_reverse_pass *pass, int64_t batch,
                                  const double *thetas, double *energies, double *gradients,
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

/* No echo yet. */
void hahn_clear_echoes(hahn_workspace *ws, int64_t lanes);
/* psi <- kept state `slot`, from which it has come back in the meantime: its distance is an echo.
 */
hahn_status hahn_recall_echo(hahn_workspace *ws, int64_t lanes, uint64_t slot);

/* The derivative by a term's angle is the sum over pairs of weight * (E(angle + delta) - E(angle -
   delta)). */
typedef struct hahn_shift_pair {
    double delta, weight;
} hahn_shift_pair;

#define HAHN_MOST_PAIRS 2

/* Returns how many pairs there are. */
int hahn_shift_rule(const hahn_term *term, hahn_shift_pair pairs[HAHN_MOST_PAIRS]);

/* Energies at `count` points near theta, as many at once as there are lanes; the workspace has room
   for probes. `move` gets a copy of theta to move to point k; `take` the energies, in order. */
typedef struct hahn_probing {
    void *context;
    void (*move)(void *context, int64_t k, double *theta);
    void (*take)(void *context, int64_t k, double energy);
} hahn_probing;

hahn_status hahn_probe(hahn_workspace *ws, const double *theta, int64_t count,
                       const hahn_probing *probing);

/* What a method that goes nowhere backwards tells of row `row`; either may be NULL. */
void hahn_report_energy(int64_t row, double energy, double *energies,
                        hahn_certificate *certificates);

/* scales[k] <- sum of |scale| over all uses of parameter k: the energy has no frequency above it.
 */
void hahn_parameter_scales(const hahn_program *program, double *scales);
/* (3 u sqrt(L + 1))^(1/3), see hahn_gradient_options.step. */
double hahn_natural_step(const hahn_workspace *ws);

#endif
