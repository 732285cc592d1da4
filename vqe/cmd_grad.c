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
    int64_t states;        /* 0: the library's own choice */
    double step;           /* 0: the same */
    int64_t repetitions;   /* 0: one */
    int64_t shots;         /* 0: exact */
    bool dry_run;
    const char *output, *errors;
};

struct grad_result {
    double *gradient; /* or the product */
    double *errors;   /* NULL without shots */
    double energy, norm;
    hahn_estimate estimate; /* of the energy, with shots */
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

static hahn_method method_of(const struct grad_options *o)
{
    return (hahn_method)o->method;
}

/* What the method, or the product, asks of a workspace. */
static hahn_workspace_options needs_of(const struct grad_options *o)
{
    hahn_workspace_options options = {.echo_tolerance = o->echo_tolerance};
    hahn_method_options(method_of(o), o->states, &options);
    options.lanes = options.purpose == HAHN_FOR_GRADIENT || o->shots ? 1 : 0;
    if (o->product)
        options.purpose = HAHN_FOR_TANGENT;
    return options;
}

/* Does it go back through the circuit? */
static bool walks_back(const struct grad_options *o)
{
    hahn_workspace_options options = {0};
    hahn_method_options(method_of(o), o->states, &options);
    return options.purpose == HAHN_FOR_GRADIENT;
}

static bool keeps_states(const struct grad_options *o)
{
    return needs_of(o).kept_states != 0;
}

/* What there is beside the numbers themselves: Fisher products know no energy, and an echo error
   comes of going back to what was seen on the way forward. */
static bool has_energy(const struct grad_options *o)
{
    return o->product != PRODUCT_FISHER;
}

static bool has_echo(const struct grad_options *o)
{
    return walks_back(o) && has_energy(o);
}

/* How often each unit of the circuit runs forward. */
static double passes_of(const hahn_workspace_info *info)
{
    return info->units ? (double)info->replayed_units / (double)info->units : 1;
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
    if (o->shots)
        fprintf(stderr,
                "energy's error %.3g\nerrors         %.3g (root mean square)\n"
                "shots          %" PRId64 " in all\n",
                r->estimate.error, norm_of(r->errors, p->parameters) / sqrt((double)p->parameters),
                r->estimate.shots);
    if (has_echo(o))
        fprintf(stderr,
                "echo error     %.3g (bound %.3g, segments %" PRId64 ")\nstart energy   %.17g\n",
                r->certificate.echo_error, bound, r->workspace.segments,
                r->certificate.start_energy);
    if (keeps_states(o))
        fprintf(stderr, "states kept    %" PRId64 " (%.3g passes forward)\n",
                r->workspace.kept_states, passes_of(&r->workspace));
}

static void write_workspace(const struct grad_options *o, const hahn_workspace_info *info,
                            struct json *j)
{
    json_string(j, "method", hahn_method_name(method_of(o)));
    if (has_echo(o)) {
        json_number(j, "echo_bound", info->echo_bound);
        json_integer(j, "segments", info->segments);
    }
    if (keeps_states(o)) {
        json_integer(j, "kept_states", info->kept_states);
        json_number(j, "forward_passes", passes_of(info));
    }
    json_unsigned(j, "state_bytes", info->state_bytes);
    json_unsigned(j, "workspace_bytes", info->bytes);
}

static void write_vector(const char *key, const double *values, int64_t count, struct json *j)
{
    json_array_begin(j, key);
    for (int64_t k = 0; k < count; k++)
        json_number(j, NULL, values[k]);
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
    write_workspace(o, &r->workspace, &j);
    if (o->product)
        json_string(&j, "product_with", products[o->product]);
    if (has_echo(o)) {
        json_number(&j, "echo_error", r->certificate.echo_error);
        json_number(&j, "start_energy", r->certificate.start_energy);
    }
    if (o->shots) {
        json_number(&j, "energy_error", r->estimate.error);
        json_integer(&j, "shots", r->estimate.shots);
    }
    json_number(&j, "forward_ms", 1e3 * r->times.forward);
    json_number(&j, "backward_ms", 1e3 * r->times.backward);
    json_number(&j, "total_ms", 1e3 * r->times.total);
    problem_describe(p, &j);
    if (o->output)
        json_string(&j, "output", o->output);
    else
        write_vector(o->product ? "product" : "gradient", r->gradient, p->parameters, &j);
    if (o->shots && !o->errors)
        write_vector("errors", r->errors, p->parameters, &j);
    json_object_end(&j);
    return json_print(&j, f);
}

static bool deliver(const struct problem *p, const struct grad_options *o,
                    const struct grad_result *r, struct failure *f)
{
    if (o->output && !vector_write(o->output, r->gradient, p->parameters, f))
        return fail_prefix(f, "--output");
    if (o->errors && !vector_write(o->errors, r->errors, p->parameters, f))
        return fail_prefix(f, "--errors");
    tell(p, o, r);
    if (p->options.json)
        return print_json(p, o, r, f);
    if (!o->output)
        vector_print(stdout, r->gradient, p->parameters, 1);
    return cli_finish_output(f);
}

/* Options that the method does not know are refused, with those that do. */
static bool check_options(const struct grad_options *o, struct failure *f)
{
    const char *name = hahn_method_name(method_of(o));
    if (o->product && o->method != HAHN_METHOD_ADJOINT)
        return fail(f, CLI_USAGE, "--product: products are the adjoint's; leave --method out");
    if (o->along && !o->product)
        return fail(f, CLI_USAGE, "--along: gradients have no direction; give --product too");
    if (o->echo_tolerance > 0 && !walks_back(o))
        return fail(f, CLI_USAGE, "--echo-tolerance: %s goes nowhere backwards; leave it out",
                    name);
    if (o->echo_tolerance > 0 && keeps_states(o))
        return fail(f, CLI_USAGE,
                    "--echo-tolerance: %s uncomputes no state; leave it out, or use --method "
                    "adjoint",
                    name);
    if (o->states > 0 && o->method != HAHN_METHOD_CHECKPOINT)
        return fail(f, CLI_USAGE, "--states: %s keeps %s; leave it out, or use --method checkpoint",
                    name, keeps_states(o) ? "all of them" : "none");
    if (o->step > 0 && !needs_of(o).probes)
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
    const hahn_workspace_options options = needs_of(o);
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
    status = o->product == PRODUCT_HESSIAN
                 ? hahn_hvp(workspace, 1, theta, direction, &r->energy, NULL, r->gradient,
                            &r->certificate)
                 : hahn_fisher_product(workspace, 1, theta, direction, r->gradient);
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
    const hahn_workspace_options needs = needs_of(o);
    const hahn_gradient_options options = {.method = method_of(o),
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
        r->norm = norm_of(r->gradient, p->parameters);
        r->times = hahn_workspace_times(workspace);
    }
    free(theta);
    hahn_workspace_destroy(workspace);
    return done;
}

static void print_bytes(const char *name, uint64_t bytes)
{
    char text[32];
    printf("%-14s %s\n", name, format_bytes(bytes, text, sizeof text));
}

static void print_plan(const struct grad_options *o, const hahn_workspace_info *info,
                       uint64_t program, uint64_t total, uint64_t allowed)
{
    printf("method         %s\n", hahn_method_name(method_of(o)));
    if (keeps_states(o))
        printf("states kept    %" PRId64 " (%.3g passes forward)\n", info->kept_states,
               passes_of(info));
    print_bytes("one state", info->state_bytes);
    print_bytes("program", program);
    print_bytes("workspace", info->bytes);
    print_bytes("memory in all", total);
    print_bytes("allowed", allowed);
}

/* --dry-run: what it would take. The program is compiled, and parameters and gradient are counted.
 */
static bool tell_plan(struct problem *p, const struct grad_options *o,
                      const hahn_workspace_info *info, struct failure *f)
{
    const uint64_t program = hahn_engine_memory_used(p->engine);
    const uint64_t vectors = 2 * (uint64_t)p->parameters * sizeof(double);
    const uint64_t total =
        info->bytes > UINT64_MAX - program - vectors ? UINT64_MAX : info->bytes + program + vectors;
    const uint64_t allowed = hahn_engine_memory_limit(p->engine);
    struct json j = {0};
    if (p->options.json) {
        json_object_begin(&j, NULL);
        write_workspace(o, info, &j);
        json_unsigned(&j, "program_bytes", program);
        json_unsigned(&j, "total_bytes", total);
        json_unsigned(&j, "allowed_bytes", allowed);
        problem_describe(p, &j);
        json_object_end(&j);
        if (!json_print(&j, f))
            return false;
    } else {
        print_plan(o, info, program, total, allowed);
        if (!cli_finish_output(f))
            return false;
    }
    return total <= allowed || fail_memory(f, "the gradient", total, allowed);
}

static bool compute(struct problem *p, const void *own, struct failure *f)
{
    const struct grad_options *o = own;
    struct grad_result result = {0};
    bool done = describe(p, o, &result.workspace, f);
    if (done && o->dry_run)
        return tell_plan(p, o, &result.workspace, f);
    done = done && (result.gradient = problem_vector(p, 1, f)) != NULL &&
           differentiate(p, o, &result, f) && deliver(p, o, &result, f);
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
     "none", option_choice, offsetof(struct grad_options, product), .choices = products},
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
