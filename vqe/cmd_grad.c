/* hahn grad: energy and gradient at the parameters given, or a second derivative's product with a
   direction. */
#include "commands.h"
#include "fileio.h"
#include "grad.h"
#include "problem_command.h"

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

hahn_method grad_method(const struct grad_options *o)
{
    return (hahn_method)o->method;
}

hahn_workspace_options grad_needs(const struct grad_options *o)
{
    hahn_workspace_options options = {.echo_tolerance = o->echo_tolerance};
    hahn_method_options(grad_method(o), o->states, &options);
    options.lanes = options.purpose == HAHN_FOR_GRADIENT || o->shots ? 1 : 0;
    if (o->product)
        options.purpose = HAHN_FOR_TANGENT;
    return options;
}

bool grad_walks_back(const struct grad_options *o)
{
    hahn_workspace_options options = {0};
    hahn_method_options(grad_method(o), o->states, &options);
    return options.purpose == HAHN_FOR_GRADIENT;
}

bool grad_keeps_states(const struct grad_options *o)
{
    return grad_needs(o).kept_states != 0;
}

/* Options that the method does not know are refused, with those that do. */
static bool check_options(const struct grad_options *o, struct failure *f)
{
    const char *name = hahn_method_name(grad_method(o));
    if (o->product && o->method != HAHN_METHOD_ADJOINT)
        return fail(f, CLI_USAGE, "--product: products are the adjoint's; leave --method out");
    if (o->along && !o->product)
        return fail(f, CLI_USAGE, "--along: gradients have no direction; give --product too");
    if (o->echo_tolerance > 0 && !grad_walks_back(o))
        return fail(f, CLI_USAGE, "--echo-tolerance: %s goes nowhere backwards; leave it out",
                    name);
    if (o->echo_tolerance > 0 && grad_keeps_states(o))
        return fail(f, CLI_USAGE,
                    "--echo-tolerance: %s uncomputes no state; leave it out, or use --method "
                    "adjoint",
                    name);
    if (o->states > 0 && o->method != HAHN_METHOD_CHECKPOINT)
        return fail(f, CLI_USAGE, "--states: %s keeps %s; leave it out, or use --method checkpoint",
                    name, grad_keeps_states(o) ? "all of them" : "none");
    if (o->step > 0 && !grad_needs(o).probes)
        return fail(f, CLI_USAGE,
                    "--step: %s moves no parameters; leave it out, or use --method "
                    "finite-difference or spsa",
                    name);
    if (o->repetitions > 0 && o->method != HAHN_METHOD_SPSA)
        return fail(f, CLI_USAGE, "--repetitions: %s has none; leave it out, or use --method spsa",
                    name);
    if (o->shots > 0 && o->method != HAHN_METHOD_SHIFT)
        return fail(f, CLI_USAGE,
                    "--shots: %s is not what an experiment can do; leave it out, or use --method "
                    "shift",
                    name);
    if (o->errors && !o->shots)
        return fail(f, CLI_USAGE, "--errors: without --shots there are none; leave it out");
    return true;
}

static bool describe(struct problem *p, const struct grad_options *o, hahn_workspace_info *info,
                     struct failure *f)
{
    const hahn_workspace_options options = grad_needs(o);
    hahn_status status;
    if (!check_options(o, f) || !problem_compile(p, f))
        return false;
    status = hahn_workspace_describe(p->engine, p->program, &options, info);
    return status == HAHN_OK ||
           fail_engine(f, status, p->engine, o->echo_tolerance > 0 ? "--echo-tolerance" : NULL);
}

/* A stream that no start of a batch has. */
#define ALONG_STREAM UINT32_MAX

/* The direction, to be freed; NULL on failure. */
static double *read_direction(const struct problem *p, const struct grad_options *o,
                              struct failure *f)
{
    const char *along = o->along ? o->along : "seed:1";
    double *direction = NULL;
    int64_t count;
    uint64_t seed;
    if (strncmp(along, "seed:", 5) != 0)
        return vector_read(along, p->parameters, &direction, &count, f) ? direction : NULL;
    if (!parse_uint64(along + 5, &seed, f) || !(direction = problem_vector(p, 1, f)))
        return NULL;
    hahn_random_normal(seed, ALONG_STREAM, 0, p->parameters, direction);
    return direction;
}

/* A product in place of the gradient. */
static bool multiply(struct problem *p, const struct grad_options *o, hahn_workspace *workspace,
                     const double *theta, struct grad_result *r, struct failure *f)
{
    double *direction = read_direction(p, o, f);
    hahn_status status;
    if (!direction)
        return fail_prefix(f, "--along");
    status = o->product == PRODUCT_HESSIAN ? hahn_hvp(workspace, 1, theta, direction, &r->energy,
                                                      NULL, r->gradient, &r->certificate)
                                           : hahn_fisher_product(workspace, 1, theta, direction,
                                                                 r->gradient, &r->certificate);
    free(direction);
    return status == HAHN_OK || fail_engine(f, status, p->engine, NULL);
}

/* By shots: the energies that parameter shift needs are measured. */
static bool estimate(struct problem *p, const struct grad_options *o, hahn_workspace *workspace,
                     const double *theta, struct grad_result *r, struct failure *f)
{
    const hahn_shots shots = {.shots = o->shots, .seed = p->options.seed};
    hahn_sampler *sampler = NULL;
    hahn_status status;
    r->errors = problem_vector(p, 1, f);
    if (!r->errors)
        return false;
    status = hahn_sampler_create(workspace, &sampler);
    if (status == HAHN_OK)
        status =
            hahn_sampled_gradient(sampler, &shots, theta, &r->estimate, r->gradient, r->errors);
    r->energy = r->estimate.value;
    hahn_sampler_destroy(sampler);
    return status == HAHN_OK || fail_engine(f, status, p->engine, "--shots");
}

static bool differentiate(struct problem *p, const struct grad_options *o, struct grad_result *r,
                          struct failure *f)
{
    const hahn_workspace_options needs = grad_needs(o);
    const hahn_gradient_options options = {.method = grad_method(o),
                                           .step = o->step,
                                           .repetitions = o->repetitions,
                                           .seed = p->options.seed};
    hahn_workspace *workspace = NULL;
    double *theta = NULL;
    hahn_status status;
    bool done =
        problem_workspace(p, &needs, &workspace, f) && (theta = problem_vector(p, 1, f)) != NULL;
    if (done) {
        problem_theta(p, 0, theta);
        if (o->product) {
            done = multiply(p, o, workspace, theta, r, f);
        } else if (o->shots) {
            done = estimate(p, o, workspace, theta, r, f);
        } else {
            status = hahn_gradient(workspace, &options, 1, theta, &r->energy, r->gradient,
                                   &r->certificate);
            done = status == HAHN_OK || fail_engine(f, status, p->engine, NULL);
        }
        r->norm = grad_norm(r->gradient, p->parameters);
        r->times = hahn_workspace_times(workspace);
    }
    free(theta);
    hahn_workspace_destroy(workspace);
    return done;
}
static bool compute(struct problem *p, const void *own, struct failure *f)
{
    const struct grad_options *o = own;
    struct grad_result result = {0};
    bool done = describe(p, o, &result.workspace, f);
    if (done && o->dry_run)
        return grad_tell_plan(p, o, &result.workspace, f);
    done = done && (result.gradient = problem_vector(p, 1, f)) != NULL &&
           differentiate(p, o, &result, f) && grad_deliver(p, o, &result, f);
    free(result.gradient);
    free(result.errors);
    return done;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct grad_options own = {.method = HAHN_METHOD_ADJOINT};
    return problem_command(command, argc, argv, &own, PROBLEM_PARAMETERS, compute);
}

/* In the order of hahn_method. */
static const char *const methods[] = {"adjoint",           "shift", "tape",    "checkpoint",
                                      "finite-difference", "spsa",  "forward", NULL};

static const struct option_row rows[] = {
    {"method", 0, "NAME",
     "How: adjoint (one pass forward and one back, two states); tape (the same, with a state kept "
     "for each stage); checkpoint (the same, with --states kept and the others recomputed); shift "
     "(two energies for each rotation, exact); finite-difference (two energies for each "
     "parameter); "
     "spsa (two energies for each of --repetitions, an estimate); forward (a tangent state for "
     "each "
     "parameter).",
     "adjoint", option_choice, offsetof(struct grad_options, method), .choices = methods},
    {"product", 0, "NAME",
     "In place of the gradient: the matrix of second derivatives (hessian) or the quantum Fisher "
     "information (fisher) times a direction.",
     "none", option_choice, offsetof(struct grad_options, product), .choices = grad_products},
    {"along", 0, "FILE|seed:S",
     "The direction: a file of numbers, as --params takes it, or normal random numbers.", "seed:1",
     option_text, offsetof(struct grad_options, along), NO_LIMITS},
    PROBLEM_ECHO_OPTION(offsetof(struct grad_options, echo_tolerance)),
    {"states", 0, "N", "States that checkpoint keeps, beside the two that every gradient has.",
     "10", option_int64, offsetof(struct grad_options, states), .low = 1, .high = 0x1p53},
    {"step", 0, "H", "How far finite-difference and spsa move each parameter.",
     "by the precision, the depth and the scales", option_real, offsetof(struct grad_options, step),
     .low = 1e-15, .high = 10},
    {"repetitions", 0, "R",
     "Perturbations that spsa averages; its error falls with the root of R. They are drawn by "
     "--seed.",
     "1", option_int64, offsetof(struct grad_options, repetitions), .low = 1, .high = 0x1p32},
    {"shots", 0, "N",
     "Estimate each energy that shift needs from N measurements, drawn by --seed, and tell "
     "standard "
     "errors.",
     "exact energies", option_int64, offsetof(struct grad_options, shots), .low = 1, .high = 1e15},
    {"errors", 0, "FILE", "Write the standard errors of --shots there, as --output does.", NULL,
     option_text, offsetof(struct grad_options, errors), NO_LIMITS},
    {"dry-run", 0, NULL, "Tell what memory it would take, and compute nothing.", NULL, option_flag,
     offsetof(struct grad_options, dry_run), NO_LIMITS},
    {"output", 'o', "FILE",
     "Write the gradient there, in parameter order: NumPy if the name ends in .npy, else text.",
     "standard output, as text", option_text, offsetof(struct grad_options, output), NO_LIMITS},
    OPTION_END};

static const struct option_group own_options = {"Gradient", rows};

static const struct option_group *const groups[] = {&own_options,
                                                    &problem_circuit_options,
                                                    &problem_observable_options,
                                                    &problem_parameter_options,
                                                    &problem_engine_options,
                                                    &problem_output_options,
                                                    NULL};

static const char *const examples[] = {
    "Gradient of the seed demo's start",
    "hahn grad --output gradient.npy",
    "The same by another method, on a smaller circuit",
    "hahn grad --qubits 4 --layers 3 --method shift",
    "As an experiment would find it",
    "hahn grad --qubits 4 --layers 3 --method shift --shots 1000",
    "The Hessian of the demo along a random direction",
    "hahn grad --product hessian --along seed:7",
    "With 50 states kept and none uncomputed",
    "hahn grad --method checkpoint --states 50",
    "What a tape would take",
    "hahn grad --method tape --dry-run",
    NULL};

const struct command command_grad = {
    "grad",
    "print the gradient of the energy at given parameters",
    "Compute the energy and dE/dtheta. The gradient goes to standard output, one number a line in "
    "parameter order, or into a file; energy, gradient norm and certificate go to standard error, "
    "or all of it as JSON to standard output.\n\n"
    "The certificate of the adjoint method is the echo error, the distance between the start state "
    "and what the backward pass made of the final state, and the energy computed once more at the "
    "start of the circuit. With --echo-tolerance the backward pass runs in segments, each from a "
    "state "
    "kept on the way forward, and the echo error is the largest distance from one of those; with "
    "tape and checkpoint it is that of the stages at whose beginning a state was kept.",
    examples,
    groups,
    run};
