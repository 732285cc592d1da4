/* hahn grad: energy and gradient at the parameters given, or a second derivative's product with a
   direction. */
#include "commands.h"
#include "fileio.h"
#include "problem_command.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum product { PRODUCT_NONE, PRODUCT_HESSIAN, PRODUCT_FISHER };

struct grad_options {
    int method;            /* hahn_method */
    int product;           /* enum product */
    const char *along;     /* FILE or seed:S; NULL: seed:1 */
    double echo_tolerance; /* 0: none */
    const char *output;
};

struct grad_result {
    double *gradient; /* or the product */
    double energy, norm;
    hahn_certificate certificate;
    hahn_workspace_info workspace;
    hahn_times times;
};

static double norm_of(const double *values, int64_t count)
{
    double sum = 0.0;
    for (int64_t k = 0; k < count; k++)
        sum += values[k] * values[k];
    return sqrt(sum);
}

/* What there is beside the numbers themselves: Fisher products know no energy, and an echo error
   comes of going back by the adjoint to what was seen on the way forward. */
static bool has_energy(const struct grad_options *o)
{
    return o->product != PRODUCT_FISHER;
}

static bool has_echo(const struct grad_options *o)
{
    return o->method == HAHN_METHOD_ADJOINT && has_energy(o);
}

static const char *const products[] = {"none", "hessian", "fisher", NULL};

static void tell(const struct problem *p, const struct grad_options *o, const struct grad_result *r)
{
    double bound = r->workspace.echo_bound;
    if (has_echo(o) && !(r->certificate.echo_error <= bound))
        fprintf(stderr,
                "hahn: warning: the echo error %.3g is above its bound %.3g; compare with --method "
                "shift or --backend reference\n",
                r->certificate.echo_error, bound);
    if (p->options.quiet || p->options.json)
        return;
    if (has_energy(o))
        fprintf(stderr, "energy         %.17g\n", r->energy);
    fprintf(stderr, "%s  %.17g\n", o->product ? "product norm " : "gradient norm", r->norm);
    if (has_echo(o))
        fprintf(stderr,
                "echo error     %.3g (bound %.3g, segments %" PRId64 ")\nstart energy   %.17g\n",
                r->certificate.echo_error, bound, r->workspace.segments,
                r->certificate.start_energy);
}

static void write_gradient(const struct problem *p, const struct grad_options *o,
                           const struct grad_result *r, struct json *j)
{
    json_array_begin(j, o->product ? "product" : "gradient");
    for (int64_t k = 0; k < p->parameters; k++)
        json_number(j, NULL, r->gradient[k]);
    json_array_end(j);
}

static bool print_json(const struct problem *p, const struct grad_options *o,
                       const struct grad_result *r, struct failure *f)
{
    struct json j = {0};
    json_object_begin(&j, NULL);
    if (has_energy(o))
        json_number(&j, "energy", r->energy);
    json_number(&j, o->product ? "product_norm" : "grad_norm", r->norm);
    json_string(&j, "method", hahn_method_name((hahn_method)o->method));
    if (o->product)
        json_string(&j, "product_with", products[o->product]);
    if (has_echo(o)) {
        json_number(&j, "echo_error", r->certificate.echo_error);
        json_number(&j, "echo_bound", r->workspace.echo_bound);
        json_integer(&j, "segments", r->workspace.segments);
        json_number(&j, "start_energy", r->certificate.start_energy);
    }
    json_number(&j, "forward_ms", 1e3 * r->times.forward);
    json_number(&j, "backward_ms", 1e3 * r->times.backward);
    json_number(&j, "total_ms", 1e3 * r->times.total);
    problem_describe(p, &j);
    if (o->output)
        json_string(&j, "output", o->output);
    else
        write_gradient(p, o, r, &j);
    json_object_end(&j);
    return json_print(&j, f);
}

static bool deliver(const struct problem *p, const struct grad_options *o,
                    const struct grad_result *r, struct failure *f)
{
    if (o->output && !vector_write(o->output, r->gradient, p->parameters, f))
        return fail_prefix(f, "--output");
    tell(p, o, r);
    if (p->options.json)
        return print_json(p, o, r, f);
    if (!o->output)
        vector_print(stdout, r->gradient, p->parameters, 1);
    return cli_finish_output(f);
}

static hahn_purpose purpose_of(const struct grad_options *o)
{
    if (o->product || o->method == HAHN_METHOD_FORWARD)
        return HAHN_FOR_TANGENT;
    return o->method == HAHN_METHOD_ADJOINT ? HAHN_FOR_GRADIENT : HAHN_FOR_STATE;
}

static bool make_workspace(struct problem *p, const struct grad_options *o,
                           hahn_workspace_info *info, hahn_workspace **out, struct failure *f)
{
    bool adjoint = o->method == HAHN_METHOD_ADJOINT;
    hahn_workspace_options options = {
        .lanes = adjoint ? 1 : 0, .purpose = purpose_of(o), .echo_tolerance = o->echo_tolerance};
    hahn_status status;
    if (options.echo_tolerance > 0 && !adjoint)
        return fail(f, CLI_USAGE, "--echo-tolerance: %s goes nowhere backwards; leave it out",
                    hahn_method_name((hahn_method)o->method));
    if (!problem_compile(p, f))
        return false;
    status = hahn_workspace_describe(p->engine, p->program, &options, info);
    if (status != HAHN_OK)
        return fail_engine(f, status, p->engine,
                           options.echo_tolerance > 0 ? "--echo-tolerance" : NULL);
    return problem_workspace(p, &options, out, f);
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
    status = o->product == PRODUCT_HESSIAN
                 ? hahn_hvp(workspace, 1, theta, direction, &r->energy, NULL, r->gradient,
                            &r->certificate)
                 : hahn_fisher_product(workspace, 1, theta, direction, r->gradient);
    free(direction);
    return status == HAHN_OK || fail_engine(f, status, p->engine, NULL);
}

static bool differentiate(struct problem *p, const struct grad_options *o, struct grad_result *r,
                          struct failure *f)
{
    hahn_gradient_options options = {.method = (hahn_method)o->method};
    hahn_workspace *workspace = NULL;
    double *theta = NULL;
    hahn_status status;
    bool done = make_workspace(p, o, &r->workspace, &workspace, f) &&
                (theta = problem_vector(p, 1, f)) != NULL;
    if (done) {
        problem_theta(p, 0, theta);
        if (o->product)
            done = multiply(p, o, workspace, theta, r, f);
        else {
            status = hahn_gradient(workspace, &options, 1, theta, &r->energy, r->gradient,
                                   &r->certificate);
            done = status == HAHN_OK || fail_engine(f, status, p->engine, NULL);
        }
        r->norm = norm_of(r->gradient, p->parameters);
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
    if (o->product && o->method != HAHN_METHOD_ADJOINT)
        return fail(f, CLI_USAGE, "--product: products are the adjoint's; leave --method out");
    if (o->along && !o->product)
        return fail(f, CLI_USAGE, "--along: gradients have no direction; give --product too");
    result.gradient = problem_vector(p, 1, f);
    bool done = result.gradient && differentiate(p, o, &result, f) && deliver(p, o, &result, f);
    free(result.gradient);
    return done;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct grad_options own = {.method = HAHN_METHOD_ADJOINT};
    return problem_command(command, argc, argv, &own, PROBLEM_PARAMETERS, compute);
}

/* In the order of hahn_method. */
static const char *const methods[] = {"adjoint", "shift", "forward", NULL};

static const struct option_row rows[] = {
    {"method", 0, "NAME",
     "How: adjoint (one forward and one backward pass), shift (two energies for each rotation) or "
     "forward (a tangent state for each parameter).",
     "adjoint", option_choice, offsetof(struct grad_options, method), .choices = methods},
    {"product", 0, "NAME",
     "In place of the gradient: the matrix of second derivatives (hessian) or the quantum Fisher "
     "information (fisher) times a direction.",
     "none", option_choice, offsetof(struct grad_options, product), .choices = products},
    {"along", 0, "FILE|seed:S",
     "The direction: a file of numbers, as --params takes it, or normal random numbers.", "seed:1",
     option_text, offsetof(struct grad_options, along), NO_LIMITS},
    PROBLEM_ECHO_OPTION(offsetof(struct grad_options, echo_tolerance)),
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

static const char *const examples[] = {"Gradient of the seed demo's start",
                                       "hahn grad --output gradient.npy",
                                       "The same by another method, on a smaller circuit",
                                       "hahn grad --qubits 4 --layers 3 --method shift",
                                       "The Hessian of the demo along a random direction",
                                       "hahn grad --product hessian --along seed:7",
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
    "kept on the way forward, and the echo error is the largest distance from one of those.",
    examples,
    groups,
    run};
