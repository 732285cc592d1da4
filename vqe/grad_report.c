/* What hahn grad tells. */
#include "fileio.h"
#include "grad.h"

#include <inttypes.h>
#include <math.h>

/* How often each unit of the circuit runs forward. */
static double passes_of(const hahn_workspace_info *info)
{
    return info->units ? (double)info->replayed_units / (double)info->units : 1;
}

/* Of one run through the circuit: each row of a matrix has its own. */
static bool has_start_energy(const struct derivative *d)
{
    return d->back && d->energy;
}

/* Derivatives of the energy along the vector come with those of states and of gradients. */
static bool has_derivative(const struct derivative *d)
{
    return d->energy && d->vector == VECTOR_PARAMETERS;
}

/* -- terms ------------------------------------------------------------------------------------- */

enum { TERM_TEXT = 5 * HAHN_MAX_QUBITS };

/* "X0 Z3", or "I" of the identity. */
static const char *term_text(const hahn_observable *observable, int64_t index, char text[TERM_TEXT])
{
    double coefficient;
    uint64_t x = 0, z = 0;
    int used = 0;
    (void)hahn_observable_term(observable, index, &coefficient, &x, &z);
    for (int q = 0; q < HAHN_MAX_QUBITS; q++) {
        const int letter = (int)(x >> q & 1) + 2 * (int)(z >> q & 1);
        if (letter)
            used += snprintf(text + used, (size_t)(TERM_TEXT - used), "%s%c%d", used ? " " : "",
                             "IXZY"[letter], q);
    }
    if (!used)
        snprintf(text, TERM_TEXT, "I");
    return text;
}

static void print_terms(const struct problem *p, const double *numbers, int64_t count)
{
    char text[TERM_TEXT];
    for (int64_t k = 0; k < count; k++)
        printf("%.17g # %s\n", numbers[k], term_text(p->observable, k, text));
}

static void write_terms(const struct problem *p, int64_t count, struct json *j)
{
    char text[TERM_TEXT];
    json_array_begin(j, "terms");
    for (int64_t k = 0; k < count; k++)
        json_string(j, NULL, term_text(p->observable, k, text));
    json_array_end(j);
}

/* -- text -------------------------------------------------------------------------------------- */

static void tell_estimate(const struct problem *p, const struct grad_result *r)
{
    fprintf(stderr,
            "energy's error %.3g\nerrors         %.3g (root mean square)\n"
            "shots          %" PRId64 " in all\n",
            r->estimate.error, grad_norm(r->errors, p->parameters) / sqrt((double)p->parameters),
            r->estimate.shots);
}

static void tell_echo(const struct derivative *d, const struct grad_result *r)
{
    fprintf(stderr, "echo error     %.3g (bound %.3g, segments %" PRId64 ")\n", r->echo_error,
            r->workspace.echo_bound, r->workspace.segments);
    if (has_start_energy(d))
        fprintf(stderr, "start energy   %.17g\n", r->derived.certificates->start_energy);
}

static void tell(const struct problem *p, const struct grad_options *o, const struct grad_result *r)
{
    const struct derivative *d = grad_derivative(o);
    char norm[32];
    if (d->back && !(r->echo_error <= r->workspace.echo_bound))
        fprintf(stderr,
                "hahn: warning: the echo error %.3g is above its bound %.3g; compare with %s"
                "--backend reference\n",
                r->echo_error, r->workspace.echo_bound,
                derivative_is_gradient(o->method) ? "--method shift or " : "");
    if (p->options.quiet || p->options.json)
        return;
    if (d->energy)
        fprintf(stderr, "energy         %.17g\n", r->derived.energy);
    if (has_derivative(d))
        fprintf(stderr, "derivative     %.17g\n", r->derived.derivative);
    for (int k = 0; k < o->observables.count; k++)
        fprintf(stderr, "value          %.17g (%s)\n", r->derived.values[k],
                o->observables.words[k]);
    snprintf(norm, sizeof norm, "%s norm", d->kind);
    fprintf(stderr, "%-14s %.17g\n", norm, r->norm);
    if (o->shots)
        tell_estimate(p, r);
    if (d->back)
        tell_echo(d, r);
    if (grad_keeps_states(o))
        fprintf(stderr, "states kept    %" PRId64 " (%.3g passes forward)\n",
                r->workspace.kept_states, passes_of(&r->workspace));
}

/* -- JSON -------------------------------------------------------------------------------------- */

static void write_workspace(const struct grad_options *o, const hahn_workspace_info *info,
                            struct json *j)
{
    json_string(j, "method", grad_name(o));
    if (grad_derivative(o)->back) {
        json_number(j, "echo_bound", info->echo_bound);
        json_integer(j, "segments", info->segments);
    }
    if (grad_keeps_states(o)) {
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

/* A matrix is an array of its rows. */
static void write_numbers(const struct derivative *d, const struct grad_result *r, struct json *j)
{
    const int64_t rows = (int64_t)r->size.rows, columns = (int64_t)r->size.columns;
    if (d->shape != SHAPE_MATRIX && d->shape != SHAPE_JACOBIAN) {
        write_vector(d->kind, r->derived.numbers, rows, j);
        return;
    }
    json_array_begin(j, d->kind);
    for (int64_t k = 0; k < rows; k++)
        write_vector(NULL, r->derived.numbers + k * columns, columns, j);
    json_array_end(j);
}

static void write_result(const struct grad_options *o, const struct grad_result *r, struct json *j)
{
    const struct derivative *d = grad_derivative(o);
    if (d->energy)
        json_number(j, "energy", r->derived.energy);
    if (has_derivative(d))
        json_number(j, "derivative", r->derived.derivative);
    if (o->observables.count)
        write_vector("values", r->derived.values, o->observables.count, j);
    json_number(j, derivative_is_gradient(o->method) ? "grad_norm" : "norm", r->norm);
    if (d->back)
        json_number(j, "echo_error", r->echo_error);
    if (has_start_energy(d))
        json_number(j, "start_energy", r->derived.certificates->start_energy);
    if (o->shots) {
        json_number(j, "energy_error", r->estimate.error);
        json_integer(j, "shots", r->estimate.shots);
    }
}

static bool print_json(const struct problem *p, const struct grad_options *o,
                       const struct grad_result *r, struct failure *f)
{
    const struct derivative *d = grad_derivative(o);
    struct json j = {0};
    json_object_begin(&j, NULL);
    write_result(o, r, &j);
    write_workspace(o, &r->workspace, &j);
    json_number(&j, "forward_ms", 1e3 * r->times.forward);
    json_number(&j, "backward_ms", 1e3 * r->times.backward);
    json_number(&j, "total_ms", 1e3 * r->times.total);
    problem_describe(p, &j);
    if (o->output)
        json_string(&j, "output", o->output);
    else
        write_numbers(d, r, &j);
    if (d->shape == SHAPE_TERMS)
        write_terms(p, (int64_t)r->size.rows, &j);
    if (o->shots && !o->errors)
        write_vector("errors", r->errors, p->parameters, &j);
    json_object_end(&j);
    return json_print(&j, f);
}

/* -- both -------------------------------------------------------------------------------------- */

static bool write_file(const char *path, const struct derivative *d, const struct grad_result *r,
                       struct failure *f)
{
    const double *numbers = r->derived.numbers;
    const int64_t rows = (int64_t)r->size.rows, columns = (int64_t)r->size.columns;
    switch (d->shape) {
    case SHAPE_STATE:
        return complex_write(path, numbers, rows, f);
    case SHAPE_MATRIX:
    case SHAPE_JACOBIAN:
        return matrix_write(path, numbers, rows, columns, f);
    default:
        return vector_write(path, numbers, rows, f);
    }
}

bool grad_deliver(const struct problem *p, const struct grad_options *o,
                  const struct grad_result *r, struct failure *f)
{
    const struct derivative *d = grad_derivative(o);
    const int64_t rows = (int64_t)r->size.rows, columns = (int64_t)r->size.columns;
    if (o->output && !write_file(o->output, d, r, f))
        return fail_prefix(f, "--output");
    if (o->errors && !vector_write(o->errors, r->errors, p->parameters, f))
        return fail_prefix(f, "--errors");
    tell(p, o, r);
    if (p->options.json)
        return print_json(p, o, r, f);
    if (!o->output && d->shape == SHAPE_TERMS)
        print_terms(p, r->derived.numbers, rows);
    else if (!o->output)
        vector_print(stdout, r->derived.numbers, rows, columns);
    return cli_finish_output(f);
}

/* -- the plan ---------------------------------------------------------------------------------- */

static void print_bytes(const char *name, uint64_t bytes)
{
    char text[32];
    printf("%-14s %s\n", name, format_bytes(bytes, text, sizeof text));
}

/* What a run takes and what there is, in bytes. */
struct plan {
    uint64_t program, vectors, total, allowed;
};

static uint64_t add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t product(uint64_t a, uint64_t b)
{
    return b && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

/* Parameters, what goes in with them, and what comes out. */
static struct plan plan_of(const struct problem *p, const struct grad_options *o,
                           const hahn_workspace_info *info)
{
    const struct derivative_size size =
        derivative_size(grad_derivative(o), p, o->observables.count);
    const uint64_t numbers =
        add((uint64_t)p->parameters, add(size.vector, product(size.rows, size.columns)));
    struct plan plan = {.program = hahn_engine_memory_used(p->engine),
                        .vectors = add(product(numbers, sizeof(double)),
                                       product(size.certificates, sizeof(hahn_certificate))),
                        .allowed = hahn_engine_memory_limit(p->engine)};
    plan.total = add(info->bytes, add(plan.program, plan.vectors));
    /* Compiling was the most of it, circuit and all, where states are small. */
    if (plan.total < hahn_engine_memory_peak(p->engine))
        plan.total = hahn_engine_memory_peak(p->engine);
    return plan;
}

static void print_plan(const struct grad_options *o, const hahn_workspace_info *info,
                       const struct plan *plan)
{
    printf("method         %s\n", grad_name(o));
    if (grad_keeps_states(o))
        printf("states kept    %" PRId64 " (%.3g passes forward)\n", info->kept_states,
               passes_of(info));
    print_bytes("one state", info->state_bytes);
    print_bytes("program", plan->program);
    print_bytes("workspace", info->bytes);
    print_bytes("numbers", plan->vectors);
    print_bytes("memory in all", plan->total);
    print_bytes("allowed", plan->allowed);
}

static bool print_plan_json(const struct problem *p, const struct grad_options *o,
                            const hahn_workspace_info *info, const struct plan *plan,
                            struct failure *f)
{
    struct json j = {0};
    json_object_begin(&j, NULL);
    write_workspace(o, info, &j);
    json_unsigned(&j, "program_bytes", plan->program);
    json_unsigned(&j, "numbers_bytes", plan->vectors);
    json_unsigned(&j, "total_bytes", plan->total);
    json_unsigned(&j, "allowed_bytes", plan->allowed);
    problem_describe(p, &j);
    json_object_end(&j);
    return json_print(&j, f);
}

bool grad_tell_plan(struct problem *p, const struct grad_options *o,
                    const hahn_workspace_info *info, struct failure *f)
{
    const struct plan plan = plan_of(p, o, info);
    char name[32];
    if (p->options.json) {
        if (!print_plan_json(p, o, info, &plan, f))
            return false;
    } else {
        print_plan(o, info, &plan);
        if (!cli_finish_output(f))
            return false;
    }
    snprintf(name, sizeof name, "the %s", grad_derivative(o)->kind);
    return plan.total <= plan.allowed || fail_memory(f, name, plan.total, plan.allowed);
}
