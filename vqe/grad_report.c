/* What hahn grad tells. */
#include "fileio.h"
#include "grad.h"

#include <inttypes.h>
#include <math.h>

const char *const grad_products[] = {"none", "hessian", "fisher", NULL};

/* What there is beside the numbers themselves: Fisher products know no energy, and an echo error
   comes of going back to what was seen on the way forward. */
static bool has_energy(const struct grad_options *o)
{
    return o->product != PRODUCT_FISHER;
}

static bool has_echo(const struct grad_options *o)
{
    return grad_walks_back(o) && has_energy(o);
}

/* How often each unit of the circuit runs forward. */
static double passes_of(const hahn_workspace_info *info)
{
    return info->units ? (double)info->replayed_units / (double)info->units : 1;
}

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
                r->estimate.error,
                grad_norm(r->errors, p->parameters) / sqrt((double)p->parameters),
                r->estimate.shots);
    if (has_echo(o))
        fprintf(stderr,
                "echo error     %.3g (bound %.3g, segments %" PRId64 ")\nstart energy   %.17g\n",
                r->certificate.echo_error, bound, r->workspace.segments,
                r->certificate.start_energy);
    if (grad_keeps_states(o))
        fprintf(stderr, "states kept    %" PRId64 " (%.3g passes forward)\n",
                r->workspace.kept_states, passes_of(&r->workspace));
}

static void write_workspace(const struct grad_options *o, const hahn_workspace_info *info,
                            struct json *j)
{
    json_string(j, "method", hahn_method_name(grad_method(o)));
    if (has_echo(o)) {
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
        json_string(&j, "product_with", grad_products[o->product]);
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

bool grad_deliver(const struct problem *p, const struct grad_options *o,
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
static void print_bytes(const char *name, uint64_t bytes)
{
    char text[32];
    printf("%-14s %s\n", name, format_bytes(bytes, text, sizeof text));
}

static void print_plan(const struct grad_options *o, const hahn_workspace_info *info,
                       uint64_t program, uint64_t total, uint64_t allowed)
{
    printf("method         %s\n", hahn_method_name(grad_method(o)));
    if (grad_keeps_states(o))
        printf("states kept    %" PRId64 " (%.3g passes forward)\n", info->kept_states,
               passes_of(info));
    print_bytes("one state", info->state_bytes);
    print_bytes("program", program);
    print_bytes("workspace", info->bytes);
    print_bytes("memory in all", total);
    print_bytes("allowed", allowed);
}

bool grad_tell_plan(struct problem *p, const struct grad_options *o,
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
