/* Derivatives along directions, and beyond first order. A tangent state is carried along with psi,
   and on the way back one with lambda: four states at any depth. All of these need a workspace for
   tangents (HAHN_FOR_TANGENT) unless they say otherwise.
   `batch` rows of parameters go with as many rows of everything else; formulas and sources:
   docs/theory.md, section 10.

   What goes back through the circuit gives certificates, one a row, NULL where none are wanted:
   echo_error as of a gradient, and start_energy, Re <lambda|psi> at the start, which is what that
   was at the end but for rounding: the energy (hvp, Hessian, Jacobian), Re <c|psi> of a cotangent,
   and 0 of the Fisher information, whose lambda is orthogonal to psi. */
#ifndef HAHN_DERIVATIVE_HEADER
#define HAHN_DERIVATIVE_HEADER

#include <hahn/gradient.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Jacobian-vector products. `directions` has a row v of `parameters` numbers for each row of
    thetas; along it go the final state, tangents = sum over k of v[k] d psi / d theta[k] (rows of
    2^n complex numbers, interleaved), and the energy, derivatives = v . gradient. Energies,
    derivatives and tangents may be NULL; without the first two the program needs no observable. */
HAHN_API hahn_status hahn_jvp(hahn_workspace *workspace, int64_t batch, const double *thetas,
                              const double *directions, double *energies, double *derivatives,
                              double *tangents);

/** Vector-Jacobian products: gradients[k] = Re <c | d psi / d theta[k]> for each row c of
    `cotangents`, 2^n complex numbers, interleaved. A workspace for gradients will do. */
HAHN_API hahn_status hahn_vjp(hahn_workspace *workspace, int64_t batch, const double *thetas,
                              const double *cotangents, double *gradients,
                              hahn_certificate *certificates);

/** Hessian-vector products, exact, forward over reverse: products = H v, H the second derivatives
    of the energy, for each row v of `directions`. Energies and derivatives (v . gradient) may be
    NULL. Of a workspace with an echo tolerance psi alone is kept.
    Pearlmutter, Neural Computation 6 (1994) 147. */
HAHN_API hahn_status hahn_hvp(hahn_workspace *workspace, int64_t batch, const double *thetas,
                              const double *directions, double *energies, double *derivatives,
                              double *products, hahn_certificate *certificates);

/** The quantum Fisher information of the final state times each row v of `directions`: products =
    F v, F[j][k] = 4 Re (<d_j psi|d_k psi> - <d_j psi|psi> <psi|d_k psi>), which is four times the
    Fubini-Study metric. Needs no observable. */
HAHN_API hahn_status hahn_fisher_product(hahn_workspace *workspace, int64_t batch,
                                         const double *thetas, const double *directions,
                                         double *products, hahn_certificate *certificates);

/** The whole matrix of second derivatives, or of the quantum Fisher information, row by row:
    parameters^2 numbers, symmetric but for rounding, a product and a certificate each row. */
HAHN_API hahn_status hahn_hessian(hahn_workspace *workspace, const double *theta, double *matrix,
                                  hahn_certificate *certificates);
HAHN_API hahn_status hahn_fisher(hahn_workspace *workspace, const double *theta, double *matrix,
                                 hahn_certificate *certificates);

/** How a natural gradient is solved for. */
typedef struct hahn_natural_options {
    double damping;     /* added to the metric's diagonal; at least 0 */
    int64_t iterations; /* most of them, a Fisher product each; at least 1 */
    double tolerance;   /* of the residual's norm over the gradient's; at least 0 */
} hahn_natural_options;

typedef struct hahn_natural_info {
    int64_t iterations;
    double residual; /* norm over the gradient's */
} hahn_natural_info;

/** Solve (F/4 + damping) x = gradient by conjugate gradients, F/4 the Fubini-Study metric at theta:
    the direction in which the energy falls fastest for the distance that the state goes. `solution`
    holds the first guess, and gets x; `work` is memory for 3 * parameters numbers. `info` may be
    NULL. Stokes, Izaac, Killoran and Carleo, Quantum 4 (2020) 269, arXiv:1909.02108; Hestenes and
    Stiefel, J. Res. Natl. Bur. Stand. 49 (1952) 409. */
HAHN_API hahn_status hahn_natural_gradient(hahn_workspace *workspace,
                                           const hahn_natural_options *options, const double *theta,
                                           const double *gradient, double *work, double *solution,
                                           hahn_natural_info *info);

/** Derivatives of the energies by the observable's coefficients: batch rows of <psi|P|psi>, one for
    each of its terms, in the order in which they were added. Any workspace will do. */
HAHN_API hahn_status hahn_coefficient_gradient(hahn_workspace *workspace, int64_t batch,
                                               const double *thetas, double *derivatives);

/** Expectations of `count` observables on as many qubits as the program has, and their gradients:
    `count` rows of the Jacobian, from one forward and `count` backward passes, each with a
    certificate. The observables are compiled on the way, which takes memory. `values` may be NULL.
 */
HAHN_API hahn_status hahn_jacobian(hahn_workspace *workspace, const double *theta, int64_t count,
                                   const hahn_observable *const *observables, double *values,
                                   double *jacobian, hahn_certificate *certificates);

#ifdef __cplusplus
}
#endif
#endif
