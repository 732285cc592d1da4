/* hahn grad: what it computes, and how that is told. */
#ifndef HAHN_VQE_GRAD_HEADER
#define HAHN_VQE_GRAD_HEADER

#include "derivative.h"

struct grad_options {
    int method;                  /* index of derivative_names */
    const char *vector;          /* FILE or seed:S; NULL: seed:1 */
    struct operands observables; /* files */
    double echo_tolerance;       /* 0: none */
    int64_t states;              /* 0: the library's own choice */
    double step;                 /* 0: the same */
    int64_t repetitions;         /* 0: one */
    int64_t shots;               /* 0: exact */
    bool dry_run;
    const char *output, *errors;
};

struct grad_result {
    struct derivative_size size;
    struct derivative_result derived;
    double *errors; /* NULL without shots */
    double norm, echo_error;
    hahn_estimate estimate; /* of the energy, with shots */
    hahn_workspace_info workspace;
    hahn_times times;
};

const char *grad_name(const struct grad_options *o);
const struct derivative *grad_derivative(const struct grad_options *o);
/** Does it keep states to go back to? */
bool grad_keeps_states(const struct grad_options *o);
double grad_norm(const double *values, int64_t count);

/** Refuse options that the method does not take, with the methods that do. */
bool grad_check(const struct problem *p, const struct grad_options *o, struct failure *f);
/** Compile, and tell what the workspace would be. */
bool grad_plan(struct problem *p, const struct grad_options *o, hahn_workspace_info *info,
               struct failure *f);
/** Run it; to be freed by grad_release, which takes what is all zero too. */
bool grad_run(struct problem *p, const struct grad_options *o, struct grad_result *r,
              struct failure *f);
void grad_release(struct grad_result *r);

/** Write the files asked for, and the rest to standard output and error. */
bool grad_deliver(const struct problem *p, const struct grad_options *o,
                  const struct grad_result *r, struct failure *f);
/** --dry-run: what it would take. The program is compiled, and what goes in and comes out is
    counted. Fails where that is more than there is. */
bool grad_tell_plan(struct problem *p, const struct grad_options *o,
                    const hahn_workspace_info *info, struct failure *f);

#endif
