/* Gradients of energies. */
#ifndef HAHN_GRADIENT_HEADER
#define HAHN_GRADIENT_HEADER

#include <hahn/program.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum hahn_method {
    /* Reversible adjoint: two states at any depth, one forward and one backward pass.
       Luo et al., arXiv:1912.10877; Jones and Gacon, arXiv:2009.02823. */
    HAHN_METHOD_ADJOINT = 0,
    /* Parameter shift: exact, two energies for each rotation, four for a controlled one.
       Mitarai et al., arXiv:1803.00745; Wierichs et al., arXiv:2107.12390. */
    HAHN_METHOD_SHIFT,
    /* Forward mode: a tangent state for each parameter, as many at a time as there are lanes. Needs
       a workspace for tangents. */
    HAHN_METHOD_FORWARD
} hahn_method;

/** How a gradient is computed. All zero, or NULL in place of it, is the default. */
typedef struct hahn_gradient_options {
    hahn_method method;
} hahn_gradient_options;

/** How well a gradient's backward pass came home. */
typedef struct hahn_certificate {
    /* || psi_back - psi_start ||, the state error of forward plus backward. Of a workspace with an
       echo tolerance: the largest of its segments', each from psi at the segment's beginning. */
    double echo_error;
    double start_energy; /* Re <lambda|psi> at the start of the circuit: the energy once more */
} hahn_certificate;

/** Energies and gradients of `batch` parameter vectors, by default in one forward and one backward
    pass; `options` may be NULL. thetas and gradients hold batch rows of `parameters` numbers,
    energies and certificates batch entries (each may be NULL). The workspace must be for gradients
    if the method is the adjoint. With HAHN_METHOD_SHIFT, which goes nowhere backwards, certificates
    get echo_error NaN and the energy. */
HAHN_API hahn_status hahn_gradient(hahn_workspace *workspace, const hahn_gradient_options *options,
                                   int64_t batch, const double *thetas, double *energies,
                                   double *gradients, hahn_certificate *certificates);

/** One component dE/dtheta[index] by parameter shift. */
HAHN_API hahn_status hahn_gradient_component(hahn_workspace *workspace, const double *theta,
                                             int64_t index, double *derivative);

/** After an adjoint gradient of a batch no larger than the lanes: U^dagger O U |start> of instance
    `lane`, 2^n complex numbers, interleaved. Half the gradient with respect to the start state. */
HAHN_API hahn_status hahn_adjoint_state(const hahn_workspace *workspace, int64_t lane,
                                        double *amplitudes);

/** "adjoint", "shift", "forward". NULL for anything else. */
HAHN_API const char *hahn_method_name(hahn_method method);

#ifdef __cplusplus
}
#endif
#endif
