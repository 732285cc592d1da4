/* hahn grad: what it computes, and how that is told. */
#ifndef HAHN_VQE_GRAD_HEADER
#define HAHN_VQE_GRAD_HEADER

#include "problem.h"

enum product { PRODUCT_NONE, PRODUCT_HESSIAN, PRODUCT_FISHER };

struct grad_options {
    int method;            /* hahn_method */
    int product;           /* enum product */
    const char *along;     /* FILE or seed:S; NULL: seed:1 */
    double echo_tolerance; /* 0: none */
    int64_t states;        /* 0: the library's own choice */
    double step;           /* 0: the same */
    int64_t repetitions;   /* 0: one */
    int64_t shots;         /* 0: exact */
    bool dry_run;
    const char *output, *errors;
};

struct grad_result {
    double *gradient; /* or the product */
    double *errors;   /* NULL without shots */
    double energy, norm;
    hahn_estimate estimate; /* of the energy, with shots */
    hahn_certificate certificate;
    hahn_workspace_info workspace;
    hahn_times times;
};

/** The words of enum product, to NULL. */
extern const char *const grad_products[];

hahn_method grad_method(const struct grad_options *o);
/** What the method, or the product, asks of a workspace. */
hahn_workspace_options grad_needs(const struct grad_options *o);
/** Does it go back through the circuit? */
bool grad_walks_back(const struct grad_options *o);
bool grad_keeps_states(const struct grad_options *o);

double grad_norm(const double *values, int64_t count);

/** Write the files asked for, and the rest to standard output and error. */
bool grad_deliver(const struct problem *p, const struct grad_options *o,
                  const struct grad_result *r, struct failure *f);
/** --dry-run: what it would take. The program is compiled, and parameters and gradient are counted.
    Fails where that is more than there is. */
bool grad_tell_plan(struct problem *p, const struct grad_options *o,
                    const hahn_workspace_info *info, struct failure *f);

#endif
