/* What a run tells: the ends of the log, its result, and beforehand its size. */
#include "train.h"

#include "exact.h"
#include "fileio.h"
#include "json.h"
#include "plot.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* -- the log's header ------------------------------------------------------------------------- */

static void put_hexadecimal(struct json *j, const char *key, uint64_t value)
{
    char text[20];
    snprintf(text, sizeof text, "%016" PRIx64, value);
    json_string(j, key, text);
}

static void put_tolerance(struct json *j, const char *key, double tolerance)
{
    json_number(j, key, tolerance >= 0 ? tolerance : NAN);
}

bool train_log_header(struct trainer *t, struct failure *f)
{
    struct json *j = t->json;
    json_reset(j);
    json_object_begin(j, NULL);
    json_string(j, "type", "header");
    problem_describe(&t->problem, j);
    put_hexadecimal(j, "circuit_fingerprint", t->state.circuit);
    put_hexadecimal(j, "hamiltonian_fingerprint", t->state.observable);
    json_string(j, "optimizer", train_settings_get(&t->state.settings, "optimizer"));
    json_number(j, "lr", trainer_is_own(t) ? t->options.rate : NAN);
    json_integer(j, "batch", t->options.batch);
    json_integer(j, "steps", t->options.steps);
    put_tolerance(j, "tol_energy", t->options.tol_energy);
    put_tolerance(j, "tol_grad", t->options.tol_gradient);
    json_number(j, "echo_tolerance",
                t->options.echo_tolerance > 0 ? t->options.echo_tolerance : NAN);
    json_integer(j, "segments", t->workspace_info.segments);
    json_integer(j, "first_step", t->state.step);
    json_object_end(j);
    return log_line(&t->log, json_text(j), f);
}

/* -- the result ------------------------------------------------------------------------------- */

/* The run's answer: where Hahn's own optimisers arrived; the best that NLopt's found. */
struct result {
    double energy, gradient_norm;
    int64_t index;
    const double *theta;
};

static struct result result_of(const struct trainer *t)
{
    const struct train_state *s = &t->state;
    struct result own = {t->last.energy, t->last.gradient_norm, t->last.best,
                         s->theta + t->last.best * s->parameters};
    struct result best = {s->best_energy, s->best_gradient_norm, 0, s->best_theta};
    return trainer_is_own(t) ? own : best;
}

static const char *describe_end(const struct trainer *t)
{
    switch (t->end) {
    case TRAIN_ALL_STEPS:
        return "all steps done";
    case TRAIN_ENERGY_CONVERGED:
        return "energy converged";
    case TRAIN_GRADIENT_CONVERGED:
        return "gradient converged";
    case TRAIN_OPTIMIZER_STOPPED:
        return t->end_detail;
    case TRAIN_INTERRUPTED:
        return "interrupted";
    case TRAIN_RUNS:
        break;
    }
    return "";
}

static bool tolerance_asked(const struct trainer *t)
{
    return t->options.tol_energy >= 0 || t->options.tol_gradient >= 0;
}

static bool converged(const struct trainer *t)
{
    return t->end == TRAIN_ENERGY_CONVERGED || t->end == TRAIN_GRADIENT_CONVERGED;
}

exit_code train_exit_code(const struct trainer *t)
{
    if (t->end == TRAIN_INTERRUPTED)
        return CLI_INTERRUPTED;
    return tolerance_asked(t) && !converged(t) ? CLI_STOPPED : CLI_DONE;
}

static void put_summary(const struct trainer *t, struct json *j)
{
    struct result r = result_of(t);
    json_reset(j);
    json_object_begin(j, NULL);
    json_string(j, "type", "summary");
    json_integer(j, "steps", t->records - 1);
    json_string(j, "end", describe_end(t));
    json_bool(j, "converged", converged(t));
    json_number(j, "final_energy", r.energy);
    json_number(j, "final_grad_norm", r.gradient_norm);
    json_integer(j, "final_index", r.index);
    json_number(j, "best_energy", t->state.best_energy);
    json_integer(j, "best_step", t->state.best_step);
    json_integer(j, "best_index", t->state.best_index);
    json_number(j, "echo_error", t->optimizer.row->uses_gradient ? t->state.echo_error : NAN);
    json_number(j, "echo_bound", t->workspace_info.echo_bound);
    json_bool(j, "echo_within_bound", t->state.echo_error <= t->workspace_info.echo_bound);
    train_write_search(t, &t->state.searches, j);
    json_number(j, "total_ms", 1e3 * t->state.seconds);
    json_object_end(j);
}

static void draw_title(const struct trainer *t, char *title, size_t size)
{
    const struct problem *p = &t->problem;
    const char *hamiltonian = p->hamiltonian ? p->hamiltonian : p->options.hamiltonian_file;
    snprintf(title, size, "%.*s, %d qubits, %" PRId64 " layers, %.*s, %s",
             (int)strcspn(p->ansatz, ":"), p->ansatz, p->qubits, p->options.layers,
             (int)strcspn(hamiltonian, ":"), hamiltonian, t->optimizer.row->spec.name);
}

/* Finding the ground energy takes a second or so up to this many qubits. */
#define GROUND_QUBITS 14

static bool draw_plot(struct trainer *t, struct failure *f)
{
    char title[200];
    struct plot plot = {.title = title, .energies = t->state.energies, .count = t->records};
    struct failure ignored;

    draw_title(t, title, sizeof title);
    if (t->problem.qubits <= GROUND_QUBITS && exact_available())
        plot.has_ground = exact_ground_energy(t->problem.engine, t->problem.observable,
                                              &plot.ground, NULL, &ignored);
    return plot_write(t->options.plot, &plot, f);
}

/* Report a failure that another one may follow; the first one is kept. */
static bool note(bool done, struct failure *now, struct failure *first, bool *failed)
{
    if (done)
        return true;
    if (*failed)
        failure_report(first);
    *first = *now;
    *failed = true;
    return false;
}

bool train_save_results(struct trainer *t, struct failure *f)
{
    const struct train_options *o = &t->options;
    const struct train_state *s = &t->state;
    struct result r = result_of(t);
    struct failure now;
    bool failed = false;

    if (o->save_params)
        note(vector_write(o->save_params, r.theta, s->parameters, &now), &now, f, &failed);
    if (o->save_best)
        note(vector_write(o->save_best, s->best_theta, s->parameters, &now), &now, f, &failed);
    if (t->log.path) {
        put_summary(t, t->json);
        note(log_line(&t->log, json_text(t->json), &now) && log_sync(&t->log, &now), &now, f,
             &failed);
    }
    if (o->plot)
        note(draw_plot(t, &now), &now, f, &failed);
    return !failed;
}

static void print_text(const struct trainer *t)
{
    struct result r = result_of(t);
    char duration[40];

    printf("energy         %.17g\n", r.energy);
    if (t->options.batch > 1)
        printf("start          %" PRId64 " of %" PRId64 " (counted from 0)\n", r.index,
               t->options.batch);
    if (isfinite(r.gradient_norm))
        printf("gradient norm  %.6g\n", r.gradient_norm);
    printf("steps          %" PRId64 " (%s)\n", t->records - 1, describe_end(t));
    printf("best energy    %.17g at step %" PRId64 "\n", t->state.best_energy, t->state.best_step);
    if (t->optimizer.row->uses_gradient)
        printf("echo error     %.2g (bound %.2g)\n", t->state.echo_error,
               t->workspace_info.echo_bound);
    if (t->optimizer.row->natural)
        printf("cg iterations  %" PRId64 " (largest residual %.2g)\n", t->state.searches.iterations,
               t->state.searches.residual);
    progress_duration(t->state.seconds, duration, sizeof duration);
    printf("time           %s\n", duration);
}

bool train_print_result(struct trainer *t, struct failure *f)
{
    if (t->problem.options.json) {
        put_summary(t, t->json);
        return json_print(t->json, f);
    }
    print_text(t);
    return cli_finish_output(f);
}
