#include "nlopt_run.h"

#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#if HAHN_HAVE_NLOPT
#include <nlopt.h>

/* Gradients of this many bytes are kept for resuming; later evaluations are then computed again. */
#define TAPE_BYTES ((int64_t)1 << 28)

struct nlopt_run {
    struct trainer *t;
    struct failure *f;
    nlopt_opt opt;
    int64_t known;    /* evaluations that the state knew of when the run began */
    int64_t repeated; /* of them, so far */
    bool failed;
};

/* Mixes all bits of all numbers; the same numbers give the same on every machine. */
static uint64_t fingerprint(const double *numbers, int64_t count)
{
    uint64_t hash = (uint64_t)count;
    for (int64_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &numbers[i], sizeof bits);
        hash = (hash ^ bits) * 0x9e3779b97f4a7c15; /* 2^64 / golden ratio, odd */
        hash ^= hash >> 32;
    }
    return hash;
}

static int64_t tape_limit(const struct trainer *t)
{
    int64_t parameters = t->problem.parameters;
    return t->optimizer.row->uses_gradient && parameters > 0 ? TAPE_BYTES / 8 / parameters : 0;
}

static double stop(struct nlopt_run *run)
{
    nlopt_force_stop(run->opt);
    return run->t->last.energy;
}

static double fail_run(struct nlopt_run *run)
{
    run->failed = true;
    return stop(run);
}

/* What NLopt has been told before, told again. */
static bool repeat(struct nlopt_run *run, const double *theta)
{
    struct trainer *t = run->t;
    struct train_state *s = &t->state;
    int64_t k = run->repeated++, row = s->parameters;

    if (s->mark[k] != fingerprint(theta, row))
        return fail(run->f, CLI_FAILED,
                    "evaluation %" PRId64 " of the checkpoint was at other parameters: NLopt is of "
                    "another version than the one that ran then; use that one",
                    k);
    t->last.energy = s->energies[k];
    if (k < s->tape) {
        memcpy(t->gradient, s->gradients + k * row, (size_t)row * sizeof *theta);
    } else if (t->optimizer.row->uses_gradient) {
        if (!train_evaluate(t, theta, t->gradient, &t->last, run->f))
            return false;
        if (t->last.energy != s->energies[k])
            return fail(run->f, CLI_FAILED,
                        "evaluation %" PRId64 " of the checkpoint gave %.17g and now gives %.17g: "
                        "resume with the program, backend and vector instructions of then",
                        k, s->energies[k], t->last.energy);
    }
    return true;
}

static bool keep(struct nlopt_run *run, const double *theta)
{
    struct trainer *t = run->t;
    struct train_state *s = &t->state;
    int64_t row = s->parameters;

    if (!train_grow((void **)&s->mark, &t->mark_room, s->step + 1, 1, run->f))
        return false;
    s->mark[s->step] = fingerprint(theta, row);
    s->marks = s->step + 1;
    if (s->tape < s->step || s->tape >= tape_limit(t))
        return true;
    if (!train_grow((void **)&s->gradients, &t->tape_room, s->tape + 1, row, run->f))
        return false;
    memcpy(s->gradients + s->tape * row, t->gradient, (size_t)row * sizeof *theta);
    s->tape++;
    return true;
}

static bool step(struct nlopt_run *run, const double *theta)
{
    struct trainer *t = run->t;
    struct evaluation e;
    double *gradient = t->optimizer.row->uses_gradient ? t->gradient : NULL;

    if (!train_evaluate(t, theta, gradient, &e, run->f) || !train_record(t, theta, &e, run->f) ||
        !keep(run, theta))
        return false;
    /* Nothing happens between one record and the next, so that even the last one ends its step. */
    t->end = train_verdict(t);
    return train_advance(t, run->f);
}

/* The last of the known evaluations ends the run again if it did so before. */
static void judge_known(struct nlopt_run *run)
{
    struct trainer *t = run->t;
    if (run->repeated < run->known)
        return;
    t->records = run->known;
    if (t->optimizer.row->uses_gradient)
        t->last.gradient_norm = train_norm(t->gradient, t->state.parameters);
    t->end = train_verdict(t);
}

static double objective(unsigned count, const double *theta, double *gradient, void *data)
{
    struct nlopt_run *run = data;
    struct trainer *t = run->t;

    /* Some algorithms ask once or twice more after having been told to stop. */
    if (!run->failed && t->end == TRAIN_RUNS) {
        if (run->repeated < run->known) {
            if (!repeat(run, theta))
                return fail_run(run);
            judge_known(run);
        } else if (!step(run, theta)) {
            return fail_run(run);
        }
    }
    if (gradient)
        memcpy(gradient, t->gradient, count * sizeof *gradient);
    if (train_interrupted() && t->end == TRAIN_RUNS)
        t->end = TRAIN_INTERRUPTED;
    return t->end == TRAIN_RUNS ? t->last.energy : stop(run);
}

/* Numbers that NLopt would choose from the sizes are set, so that --steps does not change them. */
static nlopt_opt prepare(struct nlopt_run *run)
{
    struct trainer *t = run->t;
    const struct optimizer_settings *settings = &t->optimizer.settings;
    nlopt_algorithm algorithm = nlopt_algorithm_from_string(t->optimizer.row->nlopt);
    nlopt_opt opt =
        (int)algorithm < 0 ? NULL : nlopt_create(algorithm, (unsigned)t->problem.parameters);
    if (!opt)
        return NULL;
    nlopt_set_min_objective(opt, objective, run);
    nlopt_set_vector_storage(opt, (unsigned)settings->memory);
    if (!t->optimizer.row->uses_gradient)
        nlopt_set_initial_step1(opt, settings->initial_step);
    if (t->options.tol_energy >= 0)
        nlopt_set_ftol_abs(opt, t->options.tol_energy > 0 ? t->options.tol_energy : DBL_MIN);
    nlopt_srand((unsigned long)t->problem.options.seed);
    return opt;
}

static bool conclude(struct nlopt_run *run, nlopt_result result)
{
    struct trainer *t = run->t;
    const char *name = nlopt_result_to_string(result);

    if (run->failed)
        return false;
    if (run->repeated < run->known && t->end != TRAIN_INTERRUPTED)
        return fail(run->f, CLI_FAILED,
                    "NLopt stopped (%s) at evaluation %" PRId64 " of the %" PRId64
                    " that the checkpoint has: give the --tol-energy of then",
                    name, run->repeated, run->known);
    if (result == NLOPT_INVALID_ARGS || result == NLOPT_OUT_OF_MEMORY || t->records == 0)
        return fail(run->f, CLI_FAILED,
                    "NLopt's %s cannot minimise over %" PRId64
                    " parameters: %s; use another --optimizer",
                    t->optimizer.row->nlopt, t->problem.parameters, name);
    if (t->end == TRAIN_RUNS) {
        bool converged = result == NLOPT_FTOL_REACHED && t->options.tol_energy >= 0;
        t->end = converged ? TRAIN_ENERGY_CONVERGED : TRAIN_OPTIMIZER_STOPPED;
        snprintf(t->end_detail, sizeof t->end_detail, "%s", name);
    }
    return true;
}

bool nlopt_run(struct trainer *t, struct failure *f)
{
    struct nlopt_run run = {.t = t, .f = f, .known = t->state.step};
    double *theta = problem_vector(&t->problem, 1, f), energy;
    bool done = false;

    if (!theta)
        return false;
    memcpy(theta, t->state.theta, (size_t)t->problem.parameters * sizeof *theta);
    run.opt = prepare(&run);
    if (run.opt)
        done = conclude(&run, nlopt_optimize(run.opt, theta, &energy));
    else
        fail(f, CLI_FAILED, "this NLopt has no %s: use another --optimizer",
             t->optimizer.row->nlopt);
    nlopt_destroy(run.opt);
    free(theta);
    return done;
}

void nlopt_plan(const struct trainer *t, struct train_state *state)
{
    int64_t most = tape_limit(t);
    state->step = state->marks = t->options.steps + 1;
    state->tape = state->step < most ? state->step : most;
}

bool nlopt_check(const struct optimizer *optimizer, int64_t parameters, uint64_t limit,
                 struct failure *f)
{
    uint64_t numbers = optimizer_numbers(optimizer, (uint64_t)parameters);
    char need[32], have[32];

    /* NLopt counts its work space in int. */
    if (numbers <= INT_MAX && numbers * 8 <= limit)
        return true;
    format_bytes(numbers > UINT64_MAX / 8 ? UINT64_MAX : numbers * 8, need, sizeof need);
    format_bytes(numbers <= INT_MAX ? limit : (uint64_t)INT_MAX * 8, have, sizeof have);
    return fail(f, CLI_USAGE,
                "%s takes %s for %" PRId64 " parameters, but %s may be used: take an optimizer "
                "whose work space is smaller (gd, adam, lbfgs)",
                optimizer->row->spec.name, need, parameters, have);
}

#else

bool nlopt_check(const struct optimizer *optimizer, int64_t parameters, uint64_t limit,
                 struct failure *f)
{
    (void)parameters, (void)limit;
    return fail(f, CLI_FAILED,
                "--optimizer %s is NLopt's, and this hahn was built without NLopt: install "
                "libnlopt-dev and build again, or use gd, momentum, adam or qng",
                optimizer->row->spec.name);
}

void nlopt_plan(const struct trainer *t, struct train_state *state)
{
    (void)t, (void)state;
}

bool nlopt_run(struct trainer *t, struct failure *f)
{
    return nlopt_check(&t->optimizer, 0, 0, f);
}

#endif
