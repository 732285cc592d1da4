#define _POSIX_C_SOURCE 200809L

#include "train.h"

#include "nlopt_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* -- Hahn's own optimisers -------------------------------------------------------------------- */

static void update(struct trainer *t)
{
    struct train_state *s = &t->state;
    struct optimizer_step step = {.theta = s->theta,
                                  .gradient = t->gradient,
                                  .state = s->state,
                                  .count = s->batch * s->parameters,
                                  .update = s->step + 1,
                                  .rate = t->options.rate,
                                  .settings = &t->optimizer.settings};
    t->optimizer.row->step(&step);
}

static bool descend(struct trainer *t, struct failure *f)
{
    while (t->end == TRAIN_RUNS) {
        struct evaluation e;
        if (!train_evaluate(t, t->state.theta, t->gradient, &e, f) ||
            !train_record(t, t->state.theta, &e, f))
            return false;
        t->end = train_verdict(t);
        if (t->end != TRAIN_RUNS)
            break;
        update(t);
        if (!train_advance(t, f))
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
    if (!done)
        return fail_with_checkpoint(t, f);
    if (t->end == TRAIN_INTERRUPTED && !t->options.checkpoint && !choose_checkpoint(t, f))
        return false;
    return !t->options.checkpoint || train_checkpoint(t, f);
}
