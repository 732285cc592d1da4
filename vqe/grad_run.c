/* What hahn grad does: checks, vectors, the run. */
#include "fileio.h"
#include "grad.h"
#include "hamiltonian.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double grad_norm(const double *values, int64_t count)
{
    double sum = 0.0;
    for (int64_t k = 0; k < count; k++)
        sum += values[k] * values[k];
    return sqrt(sum);
}

const char *grad_name(const struct grad_options *o)
{
    return derivative_names[o->method];
}

const struct derivative *grad_derivative(const struct grad_options *o)
{
    return derivative_at(o->method);
}

static hahn_workspace_options needs_of(const struct grad_options *o)
{
    const struct derivative *d = grad_derivative(o);
    hahn_workspace_options options = {.purpose = d->purpose, .echo_tolerance = o->echo_tolerance};
    if (derivative_is_gradient(o->method))
        hahn_method_options((hahn_method)o->method, o->states, &options);
    options.lanes = d->side_by_side && !o->shots ? 0 : 1;
    return options;
}

bool grad_keeps_states(const struct grad_options *o)
{
    return needs_of(o).kept_states != 0;
}

/* -- checks ------------------------------------------------------------------------------------ */

struct rule {
    const char *option;
    bool broken;         /* given, and of no use */
    const char *why;     /* after the method's name */
    const char *instead; /* ways to the gradient that take it, or NULL */
};

static bool apply_rules(const struct grad_options *o, const struct rule *rules, size_t count,
                        struct failure *f)
{
    for (size_t k = 0; k < count; k++) {
        const char *instead = derivative_is_gradient(o->method) ? rules[k].instead : NULL;
        if (rules[k].broken)
            return fail(f, CLI_USAGE, "%s: %s %s; leave it out%s%s", rules[k].option, grad_name(o),
                        rules[k].why, instead ? ", or use --method " : "", instead ? instead : "");
    }
    return true;
}

bool grad_check(const struct problem *p, const struct grad_options *o, struct failure *f)
{
    const struct derivative *d = grad_derivative(o);
    const bool keeps = grad_keeps_states(o), takes_files = d->shape == SHAPE_JACOBIAN;
    const struct rule rules[] = {
        {"--vector", o->vector && d->vector <= VECTOR_ROOM, "takes none",
         "jvp, vjp, hvp or fisher-vector"},
        {"FILE", o->observables.count > 0 && !takes_files, "takes no observables of its own",
         "jacobian"},
        {"--echo-tolerance", o->echo_tolerance > 0 && !d->back, "goes nowhere backwards",
         "adjoint"},
        {"--echo-tolerance", o->echo_tolerance > 0 && keeps, "uncomputes no state", "adjoint"},
        {"--states", o->states > 0 && o->method != HAHN_METHOD_CHECKPOINT,
         keeps ? "keeps all of them" : "keeps none", "checkpoint"},
        {"--step", o->step > 0 && !needs_of(o).probes, "moves no parameters",
         "finite-difference or spsa"},
        {"--repetitions", o->repetitions > 0 && o->method != HAHN_METHOD_SPSA, "has none", "spsa"},
        {"--shots", o->shots > 0 && o->method != HAHN_METHOD_SHIFT, "is not measured", "shift"}};
    if (!apply_rules(o, rules, sizeof rules / sizeof *rules, f))
        return false;
    if (takes_files && o->observables.count == 0)
        return fail(f, CLI_USAGE, "--method %s: whose? give a file for each observable",
                    grad_name(o));
    if (o->errors && !o->shots)
        return fail(f, CLI_USAGE, "--errors: without --shots there are none; leave it out");
    return d->shape != SHAPE_STATE || !p->options.json || o->output || o->dry_run ||
           fail(f, CLI_USAGE, "--json needs --output FILE: states are not written as JSON");
}

bool grad_plan(struct problem *p, const struct grad_options *o, hahn_workspace_info *info,
               struct failure *f)
{
    const hahn_workspace_options options = needs_of(o);
    hahn_status status;
    if (!problem_compile(p, f))
        return false;
    problem_drop_circuit(p);
    status = hahn_workspace_describe(p->engine, p->program, &options, info);
    return status == HAHN_OK ||
           fail_engine(f, status, p->engine, o->echo_tolerance > 0 ? "--echo-tolerance" : NULL);
}

/* -- what goes in ------------------------------------------------------------------------------ */

/* A stream that no start of a batch has. */
#define VECTOR_STREAM UINT32_MAX

/* The vector, to be freed; NULL on failure. */
static double *read_vector(const struct problem *p, const struct grad_options *o, uint64_t length,
                           struct failure *f)
{
    const bool amplitudes = grad_derivative(o)->vector == VECTOR_STATE;
    const char *text = o->vector ? o->vector : "seed:1";
    double *vector = NULL;
    int64_t count;
    uint64_t seed;
    if (strncmp(text, "seed:", 5) != 0) {
        const bool done = amplitudes ? complex_read(text, (int64_t)(length / 2), &vector, f)
                                     : vector_read(text, (int64_t)length, &vector, &count, f);
        return done ? vector : NULL;
    }
    if (!parse_uint64(text + 5, &seed, f) ||
        !(vector = problem_allocate(p, "the vector", length, sizeof *vector, f)))
        return NULL;
    hahn_random_normal(seed, VECTOR_STREAM, 0, (int64_t)length, vector);
    return vector;
}

/* Into a job that is all zero where there is none. */
static bool prepare_vector(const struct problem *p, const struct grad_options *o, uint64_t length,
                           struct derivative_job *job, struct failure *f)
{
    const enum derivative_vector what = grad_derivative(o)->vector;
    if (what == VECTOR_NONE)
        return true;
    if (what == VECTOR_ROOM)
        job->vector = problem_vector(p, 1, f);
    else if (!(job->vector = read_vector(p, o, length, f)))
        fail_prefix(f, "--vector");
    return job->vector != NULL;
}

static bool read_observables(const struct problem *p, const struct operands *files,
                             hahn_observable **observables, struct failure *f)
{
    for (int k = 0; k < files->count; k++)
        if (!hamiltonian_read(p->engine, files->words[k], p->qubits, &observables[k], f))
            return false;
    return true;
}

/* -- what comes out ---------------------------------------------------------------------------- */

/* The larger arrays have names that say what would take less. */
static const char *name_of(const struct grad_options *o)
{
    static const char *const names[] = {
        [SHAPE_PARAMETERS] = "the numbers of all parameters",
        [SHAPE_TERMS] = "the numbers of all terms",
        [SHAPE_STATE] = "the state",
        [SHAPE_MATRIX] = "the whole matrix (--method hvp or fisher-vector: one product with it)",
        [SHAPE_JACOBIAN] = "the Jacobian"};
    return names[grad_derivative(o)->shape];
}

static bool allocate(const struct problem *p, const struct grad_options *o, struct grad_result *r,
                     struct failure *f)
{
    struct derivative_result *d = &r->derived;
    r->size = derivative_size(grad_derivative(o), p, o->observables.count);
    const size_t row = (size_t)(r->size.columns ? r->size.columns : 1) * sizeof(double);
    return (d->numbers = problem_allocate(p, name_of(o), r->size.rows, row, f)) != NULL &&
           (d->certificates = problem_allocate(p, "the certificates", r->size.certificates,
                                               sizeof *d->certificates, f)) != NULL &&
           (d->values = problem_allocate(p, "the values", (uint64_t)o->observables.count,
                                         sizeof *d->values, f)) != NULL &&
           (!o->shots || (r->errors = problem_vector(p, 1, f)) != NULL);
}

void grad_release(struct grad_result *r)
{
    free(r->derived.numbers);
    free(r->derived.certificates);
    free(r->derived.values);
    free(r->errors);
}

/* By shots: the energies that parameter shift needs are measured. */
static bool estimate(struct problem *p, const struct grad_options *o, hahn_workspace *workspace,
                     const double *theta, struct grad_result *r, struct failure *f)
{
    const hahn_shots shots = {.shots = o->shots, .seed = p->options.seed};
    hahn_sampler *sampler = NULL;
    hahn_status status = hahn_sampler_create(workspace, &sampler);
    if (status == HAHN_OK)
        status = hahn_sampled_gradient(sampler, &shots, theta, &r->estimate, r->derived.numbers,
                                       r->errors);
    r->derived.energy = r->estimate.value;
    if (status == HAHN_OK)
        problem_tell_shots(p, sampler, o->shots);
    hahn_sampler_destroy(sampler);
    return status == HAHN_OK || fail_engine(f, status, p->engine, "--shots");
}

/* The largest; NaN if there is one. */
static double worst_echo(const struct derivative *d, const struct grad_result *r)
{
    double worst = 0;
    for (uint64_t k = 0; k < r->size.certificates && d->back; k++) {
        const double echo = r->derived.certificates[k].echo_error;
        worst = worst >= echo || isnan(worst) ? worst : echo;
    }
    return worst;
}

static bool differentiate(struct problem *p, const struct grad_options *o,
                          const struct derivative_job *job, struct grad_result *r,
                          struct failure *f)
{
    const struct derivative *d = grad_derivative(o);
    if (o->shots) {
        if (!estimate(p, o, job->workspace, job->theta, r, f))
            return false;
    } else {
        const hahn_status status = d->run(job, &r->derived);
        if (status != HAHN_OK)
            return fail_engine(f, status, p->engine, NULL);
    }
    r->norm = grad_norm(r->derived.numbers, (int64_t)(r->size.rows * r->size.columns));
    r->echo_error = worst_echo(d, r);
    r->times = hahn_workspace_times(job->workspace);
    return true;
}

bool grad_run(struct problem *p, const struct grad_options *o, struct grad_result *r,
              struct failure *f)
{
    const hahn_workspace_options needs = needs_of(o);
    const hahn_gradient_options options = {.method = (hahn_method)o->method,
                                           .step = o->step,
                                           .repetitions = o->repetitions,
                                           .seed = p->options.seed};
    hahn_observable *observables[MOST_OPERANDS] = {NULL};
    struct derivative_job job = {.options = &options,
                                 .observables = (const hahn_observable *const *)observables,
                                 .observable_count = o->observables.count,
                                 .qubits = p->qubits};
    double *theta = NULL;
    bool done = allocate(p, o, r, f) && (theta = problem_vector(p, 1, f)) != NULL &&
                prepare_vector(p, o, r->size.vector, &job, f) &&
                read_observables(p, &o->observables, observables, f) &&
                problem_workspace(p, &needs, &job.workspace, f);
    if (done) {
        problem_theta(p, 0, theta);
        job.theta = theta;
        done = differentiate(p, o, &job, r, f);
    }
    hahn_workspace_destroy(job.workspace);
    for (int k = 0; k < o->observables.count; k++)
        hahn_observable_destroy(observables[k]);
    free(job.vector);
    free(theta);
    return done;
}
