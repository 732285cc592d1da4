/* Training where the states are: parameters, their gradients and the optimiser's state stay with
   the workspace's backend, in the GPU's memory on cuda, and a step tells energies and norms alone.
 */
#ifndef HAHN_DESCENT_HEADER
#define HAHN_DESCENT_HEADER

#include <hahn/gradient.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A batch of parameter vectors on their way down. */
typedef struct hahn_descent hahn_descent;

/** What update number k = 1, 2, ... does to each parameter, g the gradient's component. Parameters
    are double in every precision, and nothing is contracted: the same gradients give the same bits
   on every backend. */
typedef enum hahn_descent_rule {
    HAHN_DESCENT_PLAIN = 0, /* theta -= rate g */
    /* v = beta v + g, theta -= rate v. Polyak, USSR Comput. Math. Math. Phys. 4 (1964) 1. */
    HAHN_DESCENT_MOMENTUM,
    /* m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
       theta -= rate (m / (1 - beta1^k)) / (sqrt(v / (1 - beta2^k)) + epsilon).
       Kingma and Ba, arXiv:1412.6980. */
    HAHN_DESCENT_ADAM
} hahn_descent_rule;

/** How a descent is made. All zero, or NULL in place of it, is one vector by the plain rule. */
typedef struct hahn_descent_options {
    hahn_descent_rule rule;
    int64_t batch;                /* parameter vectors, up to 2^40; 0: 1 */
    double beta;                  /* momentum, in [0, 1) */
    double beta1, beta2, epsilon; /* adam, in [0, 1), [0, 1) and 0 or more; they have no default */
} hahn_descent_options;

/** What a descent holds: rows of `parameters` numbers. */
typedef enum hahn_descent_part {
    HAHN_DESCENT_THETA = 0, /* batch rows: the parameters */
    HAHN_DESCENT_GRADIENT,  /* batch rows: what the last evaluation found */
    /* Nothing (plain), batch rows of v (momentum), or batch rows of m and then of v (adam). */
    HAHN_DESCENT_STATE,
    HAHN_DESCENT_BEST /* one row, see hahn_descent_keep_best */
} hahn_descent_part;

/** Bytes that hahn_descent_create would allocate in a workspace of the engine's backend; saturates
   at UINT64_MAX, and is 0 where it would fail for another reason than memory. */
HAHN_API uint64_t hahn_descent_bytes(hahn_engine *engine, const hahn_program *program,
                                     const hahn_descent_options *options);

/** Create in a workspace for gradients, which must outlive it and may be used for other runs in
    between; `options` may be NULL. All of its numbers are 0. A batch may be larger than the
    workspace has lanes: as many run at a time. */
HAHN_API hahn_status hahn_descent_create(hahn_workspace *workspace,
                                         const hahn_descent_options *options, hahn_descent **out);
/** Destroy a descent, before its workspace. NULL is fine. */
HAHN_API void hahn_descent_destroy(hahn_descent *descent);

/** How many numbers a part has; 0 for what is none. */
HAHN_API int64_t hahn_descent_count(const hahn_descent *descent, hahn_descent_part part);
/** Set a part, and read it: hahn_descent_count numbers. Parameters must be finite
    (HAHN_ERR_PARAMETER). A gradient that was set counts as evaluated: steps may go along any
    direction. */
HAHN_API hahn_status hahn_descent_load(hahn_descent *descent, hahn_descent_part part,
                                       const double *numbers);
HAHN_API hahn_status hahn_descent_save(const hahn_descent *descent, hahn_descent_part part,
                                       double *numbers);

/** Energies, Euclidean norms of the gradients, and certificates at the parameters, batch entries
   each (each may be NULL), by the adjoint as hahn_gradient. HAHN_ERR_PARAMETER if a parameter or an
    angle is no longer finite: the steps were too large. Parameters and state stay as they are, also
    where it fails; the gradient is void then. hahn_workspace_times tells the total, and the rest
    where it is told apart, else NaN. */
HAHN_API hahn_status hahn_descent_evaluate(hahn_descent *descent, double *energies, double *norms,
                                           hahn_certificate *certificates);

/** Update number `update`, counted from 1, of all rows with the gradient at hand, which is used up.
    HAHN_ERR_ARGUMENT where there is none, or the rate is not finite; HAHN_ERR_BACKEND where the
    device fails: parameters and state are void then, load them anew. */
HAHN_API hahn_status hahn_descent_step(hahn_descent *descent, double rate, int64_t update);

/** Copy row `row` of the parameters to the part HAHN_DESCENT_BEST, without it going anywhere. */
HAHN_API hahn_status hahn_descent_keep_best(hahn_descent *descent, int64_t row);

#ifdef __cplusplus
}
#endif
#endif
