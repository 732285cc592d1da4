#define _POSIX_C_SOURCE 200809L

#include "train.h"

#include "nlopt_run.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* -- Hahn's own optimisers -------------------------------------------------------------------- */

static void add_search(struct train_search *sum, int64_t iterations, double residual)
{
    sum->iterations += iterations;
    sum->residual = fmax(sum->residual, residual);
}

/* The natural gradient of each start of the batch; the search begins at the last step's. */
static bool find_natural(struct trainer *t, struct failure *f)
{
    const struct optimizer_settings *o = &t->optimizer.settings;
    const hahn_natural_options options = {
        .damping = o->damping, .iterations = o->iterations, .tolerance = o->tolerance};
    struct train_state *s = &t->state;
    hahn_natural_info info;

    if (!train_fetch(t, f))
        return false;
    s->search = (struct train_search){0, 0};
    for (int64_t b = 0; b < s->batch; b++) {
        const int64_t row = b * s->parameters;
        const hahn_status status =
            hahn_natural_gradient(t->workspace, &options, s->theta + row, t->gradient + row,
                                  t->work, s->state + row, &info);
        if (status != HAHN_OK)
            return fail_engine(f, status, t->problem.engine, NULL);
        add_search(&s->search, info.iterations, info.residual);
    }
    add_search(&s->searches, s->search.iterations, s->search.residual);
    return true;
}

static bool update(struct trainer *t, struct failure *f)
{
    hahn_status status = HAHN_OK;
    if (t->optimizer.row->natural) {
        if (!find_natural(t, f))
            return false;
        status = hahn_descent_load(t->descent, HAHN_DESCENT_GRADIENT, t->state.state);
    }
    if (status == HAHN_OK)
        status = hahn_descent_step(t->descent, t->options.rate, t->state.step + 1);
    return status == HAHN_OK || fail_engine(f, status, t->problem.engine, NULL);
}

static bool descend(struct trainer *t, struct failure *f)
{
    while (t->end == TRAIN_RUNS) {
        struct evaluation e;
        if (!train_evaluate(t, NULL, t->optimizer.row->natural ? t->gradient : NULL, &e, f) ||
            !train_record(t, NULL, &e, f))
            return false;
        t->end = train_verdict(t);
        if (t->end != TRAIN_RUNS)
            break;
        if (!update(t, f) || !train_advance(t, f))
            return false;
    }
    return true;
}

/* -- the run ---------------------------------------------------------------------------------- */

/* A name for the checkpoint of an interrupted run that has none, which no file has yet. */
static bool choose_checkpoint(struct trainer *t, struct failure *f)
{
    for (int i = 1; i < 10000; i++) {
        if (i == 1)
            snprintf(t->chosen_path, sizeof t->chosen_path, "hahn-train.checkpoint");
        else
            snprintf(t->chosen_path, sizeof t->chosen_path, "hahn-train-%d.checkpoint", i);
        if (access(t->chosen_path, F_OK) != 0) {
            t->options.checkpoint = t->chosen_path;
            return true;
        }
    }
    return fail(f, CLI_FAILED,
                "the run was interrupted, and there are 9999 checkpoints "
                "hahn-train-*.checkpoint here already: name one with --checkpoint");
}

static bool fail_with_checkpoint(const struct trainer *t, struct failure *f)
{
    size_t length = strlen(f->text);
    if (t->saved >= 0)
        snprintf(f->text + length, sizeof f->text - length,
                 "; the checkpoint %s still holds step %" PRId64, t->options.checkpoint, t->saved);
    return false;
}

bool train_run(struct trainer *t, struct failure *f)
{
    bool done;

    progress_begin(&t->progress, t->problem.options.quiet, t->state.step, t->options.steps);
    done = trainer_is_own(t) ? descend(t, f) : nlopt_run(t, f);
    progress_end(&t->progress);
    if (!done || !train_fetch(t, f))
        return fail_with_checkpoint(t, f);
    if (t->end == TRAIN_INTERRUPTED && !t->options.checkpoint && !choose_checkpoint(t, f))
        return false;
    return !t->options.checkpoint || train_checkpoint(t, f);
}
