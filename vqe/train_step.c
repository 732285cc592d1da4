/* One step: evaluate, note the record, close the step. */
#include "train.h"

#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -- evaluating ------------------------------------------------------------------------------- */

double train_norm(const double *vector, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += vector[i] * vector[i];
    return sqrt(sum);
}

/* The library refuses parameters that are not finite; here they come from steps that were too
   large. */
static bool fail_evaluation(const struct trainer *t, hahn_status status, struct failure *f)
{
    if (status == HAHN_ERR_PARAMETER && t->state.step > 0 && trainer_is_own(t))
        return fail(f, CLI_FAILED,
                    "the parameters at step %" PRId64 " are no longer finite: take smaller steps "
                    "(--lr %.3g or less)",
                    t->state.step, t->options.rate / 10);
    return fail_engine(f, status, t->problem.engine, NULL);
}

static void summarize(const struct trainer *t, bool gradient, struct evaluation *out)
{
    out->best = 0;
    out->echo_error = gradient ? 0 : NAN;
    for (int64_t b = 0; b < t->options.batch; b++) {
        if (t->batch_energies[b] < t->batch_energies[out->best])
            out->best = b;
        if (gradient && !(t->certificates[b].echo_error <= out->echo_error))
            out->echo_error = t->certificates[b].echo_error;
    }
    out->energy = t->batch_energies[out->best];
    out->gradient_norm = gradient ? t->norms[out->best] : NAN;
    out->times = hahn_workspace_times(t->workspace);
}

static bool check_finite(const struct trainer *t, struct failure *f)
{
    for (int64_t b = 0; b < t->options.batch; b++)
        if (!isfinite(t->batch_energies[b]))
            return fail(f, CLI_FAILED, "the energy at step %" PRId64 " is %g: take smaller steps",
                        t->state.step, t->batch_energies[b]);
    return true;
}

static hahn_status evaluate_descent(struct trainer *t, double *gradient)
{
    const hahn_status status =
        hahn_descent_evaluate(t->descent, t->batch_energies, t->norms, t->certificates);
    return status == HAHN_OK && gradient
               ? hahn_descent_save(t->descent, HAHN_DESCENT_GRADIENT, gradient)
               : status;
}

/* NLopt's optimisers train one start at a time. */
static hahn_status evaluate_at(struct trainer *t, const double *theta, double *gradient)
{
    if (!gradient)
        return hahn_energy(t->workspace, 1, theta, t->batch_energies);
    const hahn_status status =
        hahn_gradient(t->workspace, NULL, 1, theta, t->batch_energies, gradient, t->certificates);
    if (status == HAHN_OK)
        t->norms[0] = train_norm(gradient, t->problem.parameters);
    return status;
}

bool train_evaluate(struct trainer *t, const double *theta, double *gradient,
                    struct evaluation *out, struct failure *f)
{
    const hahn_status status =
        t->descent ? evaluate_descent(t, gradient) : evaluate_at(t, theta, gradient);
    if (status != HAHN_OK)
        return fail_evaluation(t, status, f);
    if (!check_finite(t, f))
        return false;
    summarize(t, t->descent || gradient, out);
    return true;
}

/* -- to the descent, and from there ----------------------------------------------------------- */

/* What a checkpoint's `state` holds of the descent: of steps along the metric it is the direction,
   which the trainer finds by itself. */
static bool state_is_descents(const struct trainer *t)
{
    return !t->optimizer.row->natural;
}

bool train_load(struct trainer *t, struct failure *f)
{
    const struct train_state *s = &t->state;
    hahn_status status = hahn_descent_load(t->descent, HAHN_DESCENT_THETA, s->theta);
    if (status == HAHN_OK)
        status = hahn_descent_load(t->descent, HAHN_DESCENT_BEST, s->best_theta);
    if (status == HAHN_OK && state_is_descents(t))
        status = hahn_descent_load(t->descent, HAHN_DESCENT_STATE, s->state);
    return status == HAHN_OK || fail_engine(f, status, t->problem.engine, NULL);
}

bool train_fetch(struct trainer *t, struct failure *f)
{
    struct train_state *s = &t->state;
    if (!t->descent)
        return true;
    hahn_status status = hahn_descent_save(t->descent, HAHN_DESCENT_THETA, s->theta);
    if (status == HAHN_OK)
        status = hahn_descent_save(t->descent, HAHN_DESCENT_BEST, s->best_theta);
    if (status == HAHN_OK && state_is_descents(t))
        status = hahn_descent_save(t->descent, HAHN_DESCENT_STATE, s->state);
    return status == HAHN_OK || fail_engine(f, status, t->problem.engine, NULL);
}

/* -- recording -------------------------------------------------------------------------------- */

bool train_grow(void **rows, int64_t *room, int64_t needed, int64_t numbers, struct failure *f)
{
    int64_t more = *room > INT64_MAX / 2 ? INT64_MAX : 2 * *room;
    size_t row = 8 * (size_t)(numbers > 0 ? numbers : 1);
    void *larger = NULL;

    if (needed <= *room)
        return true;
    if (more < needed)
        more = needed;
    if ((uint64_t)more <= SIZE_MAX / row)
        larger = realloc(*rows, (size_t)more * row);
    if (!larger)
        return fail(f, CLI_FAILED, "out of memory for the history of step %" PRId64, needed);
    *rows = larger;
    *room = more;
    return true;
}

void train_write_search(const struct trainer *t, const struct train_search *search, struct json *j)
{
    if (!t->optimizer.row->natural)
        return;
    json_number(j, "cg_iterations", t->state.step > 0 ? (double)search->iterations : NAN);
    json_number(j, "cg_residual", t->state.step > 0 ? search->residual : NAN);
}

static void write_record(const struct trainer *t, const struct evaluation *e)
{
    struct json *j = t->json;
    json_reset(j);
    json_object_begin(j, NULL);
    json_string(j, "type", "step");
    json_integer(j, "step", t->state.step);
    json_number(j, "energy", e->energy);
    json_number(j, "grad_norm", e->gradient_norm);
    json_number(j, "lr", trainer_is_own(t) ? t->options.rate : NAN);
    json_number(j, "echo_error", e->echo_error);
    train_write_search(t, &t->state.search, j);
    json_number(j, "forward_ms", 1e3 * (e->times.bind + e->times.forward + e->times.observable));
    json_number(j, "backward_ms", 1e3 * e->times.backward);
    json_number(j, "total_ms", 1e3 * e->times.total);
    if (t->options.batch > 1) {
        json_integer(j, "best", e->best);
        json_array_begin(j, "energies");
        for (int64_t b = 0; b < t->options.batch; b++)
            json_number(j, NULL, t->batch_energies[b]);
        json_array_end(j);
    }
    json_object_end(j);
}

static bool note_best(struct trainer *t, const double *theta, const struct evaluation *e,
                      struct failure *f)
{
    struct train_state *s = &t->state;
    hahn_status status = HAHN_OK;
    if (!(e->energy < s->best_energy))
        return true;
    if (t->descent)
        status = hahn_descent_keep_best(t->descent, e->best);
    else
        memcpy(s->best_theta, theta, (size_t)s->parameters * sizeof *theta);
    if (status != HAHN_OK)
        return fail_engine(f, status, t->problem.engine, NULL);
    s->best_energy = e->energy;
    s->best_gradient_norm = e->gradient_norm;
    s->best_step = s->step;
    s->best_index = e->best;
    return true;
}

/* Once: where one step is beyond the bound, the next ones will be. */
static void warn_of_echo(struct trainer *t, const struct evaluation *e)
{
    double bound = t->workspace_info.echo_bound;
    if (t->echo_warned || t->problem.options.quiet || !(e->echo_error > bound))
        return;
    progress_end(&t->progress);
    fprintf(stderr,
            "hahn: warning: the echo error at step %" PRId64 " is %.2g, above its bound %.2g: "
            "gradients are less exact than they should be\n",
            t->state.step, e->echo_error, bound);
    t->echo_warned = true;
}

bool train_record(struct trainer *t, const double *theta, const struct evaluation *e,
                  struct failure *f)
{
    struct train_state *s = &t->state;

    if (!train_grow((void **)&s->energies, &t->energy_room, s->step + 1, 1, f))
        return false;
    s->energies[s->step] = e->energy;
    t->records = s->step + 1;
    t->last = *e;
    if (e->echo_error > s->echo_error)
        s->echo_error = e->echo_error;
    s->seconds += e->times.total;
    if (!note_best(t, theta, e, f))
        return false;
    if (t->log.path) {
        write_record(t, e);
        if (!log_line(&t->log, json_text(t->json), f))
            return false;
    }
    warn_of_echo(t, e);
    progress_step(&t->progress, s->step, e->energy);
    return true;
}

/* -- ending a step ---------------------------------------------------------------------------- */

enum train_end train_verdict(const struct trainer *t)
{
    const struct train_options *o = &t->options;
    const double *last = t->state.energies + t->records - 1;

    if (o->tol_gradient >= 0 && t->last.gradient_norm <= o->tol_gradient)
        return TRAIN_GRADIENT_CONVERGED;
    /* NLopt's steps are not its evaluations: it is told the tolerance and compares by itself. */
    if (o->tol_energy >= 0 && trainer_is_own(t) && t->records > 1 &&
        fabs(last[0] - last[-1]) <= o->tol_energy)
        return TRAIN_ENERGY_CONVERGED;
    return t->records > o->steps ? TRAIN_ALL_STEPS : TRAIN_RUNS;
}

static bool all_finite(const double *theta, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(theta[i]))
            return false;
    return true;
}

bool train_checkpoint(struct trainer *t, struct failure *f)
{
    struct train_state *s = &t->state;

    if (t->saved == s->step)
        return true;
    if (!train_fetch(t, f))
        return false;
    if (!all_finite(s->theta, s->batch * s->parameters))
        return fail_evaluation(t, HAHN_ERR_PARAMETER, f);
    /* The log first: a checkpoint must never know of more of it than is on disk. */
    if (!log_sync(&t->log, f) || !checkpoint_write(t->options.checkpoint, s, f))
        return false;
    t->saved = s->step;
    return true;
}

bool train_advance(struct trainer *t, struct failure *f)
{
    struct train_state *s = &t->state;
    bool due = t->options.checkpoint && (s->step + 1) % t->options.checkpoint_every == 0;

    s->step++;
    s->log_bytes = t->log.bytes;
    s->log_crc = t->log.crc;
    if (t->end == TRAIN_RUNS && train_interrupted())
        t->end = TRAIN_INTERRUPTED;
    return !due || train_checkpoint(t, f);
}
