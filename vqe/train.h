/* Training: from options to the best parameters. A run evaluates energy and gradient at step 0, 1,
   2, ... and writes one record for each; between two steps its whole state is in a struct
   train_state, which a checkpoint is a copy of.

   - Hahn's own optimisers: record k is what holds at the parameters after k updates, k = 0 to
   steps.
   - NLopt's: record k is evaluation k, k = 0 to steps at most; the parameters with the lowest
   energy are the result. */
#ifndef HAHN_VQE_TRAIN_HEADER
#define HAHN_VQE_TRAIN_HEADER

#include "checkpoint.h"
#include "log.h"
#include "optimizer.h"
#include "problem.h"
#include "progress.h"

/** The options of `hahn train` beyond the common ones. Text that was not given is NULL. */
struct train_options {
    const char *optimizer;
    double rate; /* learning rate; 0: the standard one */
    int64_t steps;
    double tol_energy, tol_gradient; /* negative: not asked for */
    int64_t batch;
    const char *log;
    const char *save_params, *save_best, *plot;
    const char *checkpoint, *resume;
    int64_t checkpoint_every;
    int64_t check_gradient; /* number of components */
    double echo_tolerance;  /* 0: none */
    bool dry_run;
};

/** The defaults: the seed demo. */
extern const struct train_options train_defaults;
/** The learning rate where none is given. */
#define TRAIN_RATE 1e-3

/** What is known at the parameters of one step. Of a batch: of the start with the lowest energy,
    but echo_error is the largest. What was not computed is NaN. */
struct evaluation {
    double energy, gradient_norm, echo_error;
    int64_t best; /* that start's index in the batch */
    hahn_times times;
};

/** Why a run ended. */
enum train_end {
    TRAIN_RUNS = 0,
    TRAIN_ALL_STEPS,
    TRAIN_ENERGY_CONVERGED,
    TRAIN_GRADIENT_CONVERGED,
    TRAIN_OPTIMIZER_STOPPED, /* NLopt found nothing more to do */
    TRAIN_INTERRUPTED
};

struct trainer {
    struct train_options options;
    struct problem problem;
    struct optimizer optimizer;
    hahn_program_info program;
    hahn_workspace_options workspace_options;
    hahn_workspace_info workspace_info;
    hahn_workspace *workspace;
    hahn_descent *descent; /* of Hahn's own optimisers: where the parameters are between records */
    bool echo_warned;
    char chosen_path[48]; /* of a checkpoint that nobody named */

    struct train_state state;
    int64_t energy_room, mark_room, tape_room; /* rows allocated in the state's vectors */
    double *gradient; /* batch rows, at the last evaluation; NULL: stays in the descent */
    double *batch_energies, *norms; /* batch numbers: energies, norms of gradients */
    double *work; /* of an optimiser with the metric: OPTIMIZER_NATURAL_WORK vectors */
    hahn_certificate *certificates;
    struct evaluation last; /* the last record */
    int64_t records;        /* energies in the state: steps, and one more within a step */
    int64_t saved;          /* step of the last checkpoint of this process; -1: none */
    enum train_end end;
    char end_detail[80]; /* what NLopt called it */

    const struct train_settings *before; /* of the checkpoint resumed from, or NULL */
    struct train_log log;
    struct progress progress;
    struct json *json; /* for records */
};

/* -- train_setup.c ---------------------------------------------------------------------------- */

/** Make a trainer that can be described: options checked, problem compiled, nothing large
   allocated. `loaded` is the state of the checkpoint to resume from, or NULL; all but its settings
   is taken over. Both outlive the trainer, and so does the text of the options. */
bool trainer_create(const struct problem_options *problem, const struct train_options *options,
                    struct train_state *loaded, struct trainer *out, struct failure *f);
/** Make it ready to run: vectors, workspace, log, and the first checkpoint. */
bool trainer_prepare(struct trainer *t, struct failure *f);
/** Free everything; an all-zero struct is fine. */
void trainer_destroy(struct trainer *t);

/** Vector instructions that run; "" if it is not the CPU backend that does. */
const char *trainer_isa(const struct trainer *t);

/** Does the host get gradients? Not where a descent keeps them to itself. */
static inline bool trainer_sees_gradients(const struct trainer *t)
{
    return t->optimizer.row->nlopt || t->optimizer.row->natural || t->options.check_gradient > 0;
}

/** Is the optimiser Hahn's own, with a learning rate, batches and its state in the open? */
static inline bool trainer_is_own(const struct trainer *t)
{
    return t->optimizer.row->nlopt == NULL;
}

/* -- train_settings.c ------------------------------------------------------------------------- */

/** Add the run's settings to an empty list, spelt out. Without a problem only those that can be
   told before there is one. */
bool train_spell_out(const struct problem_options *common, const struct problem *problem,
                     const struct train_options *options, const struct optimizer *optimizer,
                     struct train_settings *out, struct failure *f);

/** A command line: argv[0] to argv[argc - 1], of which `owned` from 1 on are to be freed. */
struct train_arguments {
    int argc, owned;
    char **argv;
};

/** Make the command line that repeats the run of a checkpoint, with the given one's words after it,
    so that what is given now wins. To be freed in either case. */
bool train_arguments(const struct train_settings *settings, int argc, char **argv,
                     struct train_arguments *out, struct failure *f);
void train_arguments_free(struct train_arguments *arguments);

/** CLI_USAGE if one of the settings of a resumed run contradicts its checkpoint's. */
bool train_check_settings(const struct train_settings *loaded, const struct train_settings *now,
                          struct failure *f);

/* -- train_resume.c --------------------------------------------------------------------------- */

/** CLI_USAGE if an option that needs no problem contradicts the checkpoint. */
bool train_check_early(const struct trainer *t, const struct problem_options *common,
                       const struct train_state *loaded, struct failure *f);
/** Check that the checkpoint is for t's problem and settings, and take over all but its settings.
    CLI_USAGE, and nothing taken, if it is not. */
bool train_take_over(struct trainer *t, struct train_state *loaded, struct failure *f);

/* -- train_step.c ----------------------------------------------------------------------------- */

/** Evaluate with NLopt's optimisers at theta, with Hahn's own at the descent's parameters. gradient
    (batch rows) may be NULL: of the descent it stays there, and NLopt's get energies only.
   CLI_FAILED if a result or parameter is not finite. */
bool train_evaluate(struct trainer *t, const double *theta, double *gradient,
                    struct evaluation *out, struct failure *f);

/** Note an evaluation as the record of step state.step: history, best parameters, log, progress. */
bool train_record(struct trainer *t, const double *theta, const struct evaluation *e,
                  struct failure *f);

/** Write what a search took into an open JSON object: of an optimiser with the metric alone, null
    before the first update. */
void train_write_search(const struct trainer *t, const struct train_search *search, struct json *j);

/** Bring the state's vectors to the descent, and from there; nothing with NLopt's. */
bool train_load(struct trainer *t, struct failure *f);
bool train_fetch(struct trainer *t, struct failure *f);

/** Euclidean norm. */
double train_norm(const double *vector, int64_t count);

/** Does the run end with the last record? Tells why, or TRAIN_RUNS. */
enum train_end train_verdict(const struct trainer *t);

/** Close the step: the state now stands between this step and the next one. Writes a checkpoint if
    one is due or the run was interrupted (then t->end says so). */
bool train_advance(struct trainer *t, struct failure *f);

/** Write a checkpoint, unless the state's step is the one of the last. */
bool train_checkpoint(struct trainer *t, struct failure *f);

/** Make room for `needed` rows of `numbers` 8-byte numbers, at least doubling it. */
bool train_grow(void **rows, int64_t *room, int64_t needed, int64_t numbers, struct failure *f);

/* -- train.c ---------------------------------------------------------------------------------- */

/** Run to the end: t->end says which. */
bool train_run(struct trainer *t, struct failure *f);

/* -- train_check.c ---------------------------------------------------------------------------- */

/** Compare options.check_gradient components of the adjoint gradient with parameter shift at the
    parameters of the state. CLI_FAILED if one differs by more than rounding explains. */
bool train_check_gradient(struct trainer *t, struct failure *f);

/* -- train_report.c --------------------------------------------------------------------------- */

/** Write the log's first line. */
bool train_log_header(struct trainer *t, struct failure *f);
/** Write the log's last line; save parameters; draw the plot. A failure of one does not keep the
    others from being tried. */
bool train_save_results(struct trainer *t, struct failure *f);
/** Print the result on standard output. */
bool train_print_result(struct trainer *t, struct failure *f);
/** Exit code of a run that ended as t->end says. */
exit_code train_exit_code(const struct trainer *t);

/* -- train_plan.c ----------------------------------------------------------------------------- */

/** Print counts and memory on standard output. CLI_FAILED if the run would not fit. */
bool train_print_plan(struct trainer *t, struct failure *f);

/* -- train_signal.c --------------------------------------------------------------------------- */

/** Let SIGINT and SIGTERM set a flag; a second one of a kind ends the process at once. */
void train_catch_signals(void);
/** Has one arrived? */
bool train_interrupted(void);

#endif
