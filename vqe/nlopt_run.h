/* Runs with NLopt's optimisers (nlopt.readthedocs.io). */
#ifndef HAHN_VQE_NLOPT_RUN_HEADER
#define HAHN_VQE_NLOPT_RUN_HEADER

#include "train.h"

/** CLI_FAILED if this build has no NLopt, CLI_USAGE if the optimiser's work space for that many
    parameters is more than NLopt can count or than `limit` bytes. */
bool nlopt_check(const struct optimizer *optimizer, int64_t parameters, uint64_t limit,
                 struct failure *f);

/** Set the sizes that the state of t has after its last step. */
void nlopt_plan(const struct trainer *t, struct train_state *state);

/** Run to the end, as train_run. A resumed run first repeats the evaluations that the state knows
    of, which brings NLopt to where it was. */
bool nlopt_run(struct trainer *t, struct failure *f);

#endif
