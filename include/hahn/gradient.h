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
    /* Reverse mode with a tape: a state is kept after each stage, or couple of stages that are
       one visit of the state, and none is uncomputed further than that. */
    HAHN_METHOD_TAPE,
    /* Reverse mode from a given number of kept states, the others recomputed as seldom as can be:
       Griewank and Walther, ACM TOMS 26 (2000) 19, algorithm 799 (revolve). */
    HAHN_METHOD_CHECKPOINT,
    /* Central differences: two energies for each parameter, exact to the step squared. */
    HAHN_METHOD_FINITE_DIFFERENCE,
    /* Simultaneous perturbation: two energies for each repetition, an estimate whose mean is the
       gradient. Spall, IEEE Trans. Autom. Control 37 (1992) 332. */
    HAHN_METHOD_SPSA,
    /* Forward mode: a tangent state for each parameter, as many at a time as there are lanes. Needs
       a workspace for tangents. */
    HAHN_METHOD_FORWARD
} hahn_method;

/** How a gradient is computed. All zero, or NULL in place of it, is the default. */
typedef struct hahn_gradient_options {
    hahn_method method;
    /* Components to compute, for the methods of which hahn_method_by_parameter says so; the others
       get 0. A count of 0: all from `first` on. */
    int64_t first, count;
    /* finite-difference and spsa, 0: chosen so that the error of the difference and that of the
       energies are alike, with u the unit roundoff and L the number of rotations and matrices:
       h = (3 u sqrt(L + 1))^(1/3), over the sum s_k of |scale| over all uses of parameter k for a
       difference, over the root of the sum of s_k^2 for spsa. */
    double step;
    /* spsa: perturbations that are averaged, up to 2^32; 0: 1. Number r is +1 where uniform k of
       stream HAHN_STREAM_SPSA + r of the seed is at least 1/2, else -1. */
    int64_t repetitions;
    uint64_t seed;
} hahn_gradient_options;

/** How well a gradient's backward pass came home. */
typedef struct hahn_certificate {
    /* || psi_back - psi_start ||, the state error of forward plus backward. Of a workspace with an
       echo tolerance: the largest of its segments', each from psi at the segment's beginning; by
       tape and checkpoint, the largest of those units' at whose beginning psi was kept. */
    double echo_error;
    double start_energy; /* Re <lambda|psi> at the start of the circuit: the energy once more */
} hahn_certificate;

/** Energies and gradients of `batch` parameter vectors, by default in one forward and one backward
    pass; `options` may be NULL. thetas and gradients hold batch rows of `parameters` numbers,
    energies and certificates batch entries (each may be NULL). The workspace must have what the
    method needs: see hahn_method_options. Methods that go nowhere backwards give certificates
    echo_error NaN and the energy. */
HAHN_API hahn_status hahn_gradient(hahn_workspace *workspace, const hahn_gradient_options *options,
                                   int64_t batch, const double *thetas, double *energies,
                                   double *gradients, hahn_certificate *certificates);

/** One component dE/dtheta[index] by parameter shift. */
HAHN_API hahn_status hahn_gradient_component(hahn_workspace *workspace, const double *theta,
                                             int64_t index, double *derivative);

/** After a gradient by adjoint, tape or checkpoint of a batch no larger than the lanes: U^dagger O
   U |start> of instance `lane`, 2^n complex numbers, interleaved. Half the gradient with respect to
    the start state. */
HAHN_API hahn_status hahn_adjoint_state(const hahn_workspace *workspace, int64_t lane,
                                        double *amplitudes);

/** "adjoint", "shift", "tape", "checkpoint", "finite-difference", "spsa", "forward". NULL for
   anything else: methods are numbered from 0 without a gap. */
HAHN_API const char *hahn_method_name(hahn_method method);
/** 1 if the method goes through the parameters one by one, so that it takes as long as there are
    many, and can compute some of them; else 0. */
HAHN_API int hahn_method_by_parameter(hahn_method method);
/** Set in *options what a workspace needs for the method: purpose, kept_states, probes; the rest
    stays. `states` is how many checkpoint may keep, 0: 10. Does nothing for what is no method. */
HAHN_API void hahn_method_options(hahn_method method, int64_t states,
                                  hahn_workspace_options *options);

#ifdef __cplusplus
}
#endif
#endif
