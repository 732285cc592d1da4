#include "point.h"

#include "memory.h"
#include "subject.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool method_at(int index, struct bench_method *out)
{
    const char *name = hahn_method_name((hahn_method)index);
    const bool past = !name && index > 0 && !hahn_method_name((hahn_method)(index - 1));
    *out = name ? (struct bench_method){name, (hahn_method)index, false}
                : (struct bench_method){"shots", HAHN_METHOD_SHIFT, true};
    return !past;
}

bool method_find(const char *name, size_t length, struct bench_method *out, struct failure *f)
{
    char list[256] = "";
    for (int k = 0; method_at(k, out); k++) {
        const size_t used = strlen(list);
        if (strlen(out->name) == length && strncmp(out->name, name, length) == 0)
            return true;
        snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", out->name);
    }
    return fail(f, CLI_USAGE, "unknown method \"%.*s\"; there are %s", (int)length, name, list);
}

bool method_is_wanted(const char *names, const char *method)
{
    const size_t length = strlen(method);
    for (const char *at = names; at && *at; at += strcspn(at, ","), at += *at == ',')
        if (strcspn(at, ",") == length && strncmp(at, method, length) == 0)
            return true;
    return !names;
}

bool method_check_names(const char *names, struct failure *f)
{
    struct bench_method method;
    for (const char *at = names; at && *at;) {
        const size_t length = strcspn(at, ",");
        if (!method_find(at, length, &method, f))
            return fail_prefix(f, "--methods");
        at += length + (at[length] == ',');
    }
    return true;
}

struct point {
    struct subject subject;
    struct bench_method method;
    hahn_gradient_options options;
    int64_t shots; /* for each energy, where they are */
    hahn_sampler *sampler;
    hahn_certificate certificate;
    struct measurement times;
    double whole; /* seconds for all components */
    double each;  /* for each that was not computed; NAN if all were */
    struct subject_memory memory;
    uint64_t baseline, resident, peak; /* bytes: before the workspace, with it, and of all */
    double error; /* of the components computed, against the adjoint in f64, relative in norm */
};

static bool call_gradient(void *context, double *parts, struct failure *f)
{
    struct point *p = context;
    struct subject *s = &p->subject;
    const hahn_shots shots = {.shots = p->shots, .seed = 1, .count = p->options.count};
    hahn_estimate energy = {NAN, 0, 0};
    const hahn_status status =
        p->sampler
            ? hahn_sampled_gradient(p->sampler, &shots, s->thetas, &energy, s->gradients, NULL)
            : hahn_gradient(s->workspace, &p->options, 1, s->thetas, s->energies, s->gradients,
                            &p->certificate);
    if (p->sampler)
        s->energies[0] = energy.value;
    return subject_finish(s, status, parts, f);
}

/* On one thread the process may wait for others, on several its CPU time counts all of them. */
static double median_of(const struct measurement *m)
{
    return fmin(m->series[SERIES_WALL].median, m->series[SERIES_CPU].median);
}

/* A few components take an energy and so much for each: the others are taken to cost what those
   after the first did. */
static bool measure_part(struct point *p, const struct measure_plan *plan, double budget,
                         struct failure *f)
{
    const int64_t parameters = p->subject.problem.parameters;
    const struct measure_plan few = {3, 0};
    struct measurement one;
    p->options.count = 1;
    if (!measure(&few, call_gradient, p, &one, f))
        return false;
    const double single = median_of(&one), most = budget / 4 / fmax(single, 1e-9);
    const int64_t count = most < 2 ? 2 : most < 1e9 ? (int64_t)most : 1000000000;
    p->options.count = count < parameters ? count : parameters;
    if (!measure(plan, call_gradient, p, &p->times, f))
        return false;
    p->each = p->options.count > 1
                  ? fmax(median_of(&p->times) - single, 0) / (double)(p->options.count - 1)
                  : single;
    p->whole = median_of(&p->times) + p->each * (double)(parameters - p->options.count);
    return true;
}

static bool measure_whole(struct point *p, const struct measure_plan *plan, struct failure *f)
{
    p->options.count = 0;
    if (!measure(plan, call_gradient, p, &p->times, f))
        return false;
    p->options.count = p->subject.problem.parameters;
    p->whole = median_of(&p->times);
    p->each = NAN;
    return true;
}

static hahn_workspace_options workspace_of(const struct bench *b, const struct point *p)
{
    hahn_workspace_options options = {.lanes = 1};
    hahn_method_options(p->options.method, b->options->states, &options);
    return options;
}

/* The workspace, and what measures in it. */
static bool open_point(const struct bench *b, struct point *p, struct failure *f)
{
    const hahn_workspace_options options = workspace_of(b, p);
    if (!subject_open(&p->subject, &options, f))
        return false;
    const hahn_status status =
        p->method.sampled ? hahn_sampler_create(p->subject.workspace, &p->sampler) : HAHN_OK;
    return status == HAHN_OK || fail_engine(f, status, p->subject.problem.engine, NULL);
}

static void close_point(struct point *p)
{
    hahn_sampler_destroy(p->sampler);
    p->sampler = NULL;
    subject_destroy(&p->subject);
}

/* Once on a small circuit, so that the code of the method is in memory before it is measured. */
static bool warm_code(const struct bench *b, const struct bench_case *given, struct point *p,
                      struct failure *f)
{
    const struct bench_case small = case_cut(given);
    const hahn_workspace_options options = workspace_of(b, p);
    double parts[SERIES_COUNT];
    const bool done =
        subject_prepare(&small, &b->options->problem, true, 1, NULL, &p->subject, f) &&
        subject_open(&p->subject, &options, f) && call_gradient(p, parts, f);
    subject_destroy(&p->subject);
    return done;
}

/* The method's memory begins when everything but the workspace is there and has been touched. */
static bool measure_point(struct bench *b, struct point *p, struct failure *f)
{
    memset(p->subject.gradients, 0, (size_t)p->subject.problem.parameters * sizeof(double));
    p->baseline = memory_resident();
    if (!open_point(b, p, f))
        return false;
    struct measure_plan plan = b->plan;
    plan.seconds = b->options->quick ? 0 : b->options->budget;
    const bool part =
        hahn_method_by_parameter(p->options.method) && p->subject.problem.parameters > 1;
    const bool done =
        part ? measure_part(p, &plan, b->options->budget, f) : measure_whole(p, &plan, f);
    p->resident = memory_resident(); /* a run allocates nothing: this is what it takes at most */
    p->peak = memory_peak();
    return done;
}

static double norm_of(const double *values, int64_t count)
{
    double sum = 0;
    for (int64_t k = 0; k < count; k++)
        sum += values[k] * values[k];
    return sqrt(sum);
}

/* Against the adjoint in double precision, whose memory comes too late to be counted. */
static bool find_error(const struct bench *b, const struct bench_case *given, struct point *p,
                       struct failure *f)
{
    struct problem_options options = b->options->problem;
    struct subject exact;
    double parts[SERIES_COUNT];
    options.precision = HAHN_F64;
    if (!subject_create(given, &options, HAHN_FOR_GRADIENT, 1, &exact, f))
        return false;
    const bool done = subject_gradient(&exact, parts, f);
    for (int64_t k = 0; done && k < p->options.count; k++)
        p->subject.gradients[k] -= exact.gradients[k];
    if (done)
        p->error = norm_of(p->subject.gradients, p->options.count) /
                   norm_of(exact.gradients, p->options.count);
    subject_destroy(&exact);
    return done;
}

/* What a workspace takes beside states and spares: two numbers a term, a derivative a term where it
   is for gradients, a scale a stage (docs/architecture.md, "Memory"). */
static double table_bytes(const struct point *p)
{
    const hahn_program_info *info = &p->subject.info;
    hahn_workspace_options options = {0};
    hahn_method_options(p->options.method, 0, &options);
    const bool single = hahn_engine_precision(p->subject.problem.engine) == HAHN_F32;
    const double by_term = (single ? 8 : 16) + (options.purpose == HAHN_FOR_GRADIENT ? 8 : 0);
    const double probes = options.probes ? 8.0 * (double)info->parameters : 0;
    return by_term * (double)info->terms + 8.0 * (double)info->stages + probes;
}

/* What the library tells of it. */
static uint64_t told_bytes(const struct point *p)
{
    hahn_sampler_info sampler = {.bytes = 0};
    if (p->sampler)
        (void)hahn_sampler_describe(p->sampler, &sampler);
    return p->subject.workspace_info.bytes + sampler.bytes;
}

static void write_point(const struct point *p, const struct bench_case *given, struct json *j)
{
    const struct subject *s = &p->subject;
    const hahn_workspace_info *info = &s->workspace_info;
    const struct subject_memory *m = &p->memory;
    const double over = (double)p->resident - (double)p->baseline;
    subject_begin(s, given, j);
    json_string(j, "method", p->method.name);
    measurement_write(&p->times, SERIES_COUNT, j);
    json_number(j, "seconds", p->whole);
    json_number(j, "component_s", p->each);
    json_integer(j, "components", p->options.count);
    json_bool(j, "extrapolated", p->options.count < s->problem.parameters);
    json_unsigned(j, "process_bytes", m->before);
    json_number(j, "circuit_bytes", (double)m->circuit - (double)m->before);
    json_unsigned(j, "compile_peak_bytes", m->compiling);
    json_number(j, "compiled_bytes", (double)m->program - (double)m->before);
    json_number(j, "vector_bytes", (double)p->baseline - (double)m->program);
    json_number(j, "table_bytes", table_bytes(p));
    json_unsigned(j, "run_bytes", p->resident);
    json_unsigned(j, "baseline_rss_bytes", p->baseline);
    json_unsigned(j, "peak_rss_bytes", p->peak);
    json_number(j, "over_baseline_bytes", over);
    json_unsigned(j, "workspace_bytes", told_bytes(p));
    json_number(j, "measured_states", (over - table_bytes(p)) / (double)info->state_bytes);
    json_integer(j, "kept_states", info->kept_states);
    json_number(j, "forward_passes",
                info->units ? (double)info->replayed_units / (double)info->units : NAN);
    json_number(j, "echo_error", p->certificate.echo_error);
    json_number(j, "gradient_error", p->error);
    if (p->sampler)
        json_integer(j, "shots_per_energy", p->shots);
    json_object_end(j);
}

bool point_measure(struct bench *bench, const struct bench_case *given, struct failure *f)
{
    struct point p = {.options = {.repetitions = 1, .seed = 1},
                      .shots = bench->options->shots,
                      .certificate = {NAN, NAN}};
    struct json j = {0};
    const char *name = bench->options->point;
    cli_give_back_memory(); /* as hahn does */
    if (!method_find(name, strlen(name), &p.method, f))
        return fail_prefix(f, "--point");
    p.options.method = p.method.method;
    if (!warm_code(bench, given, &p, f) ||
        !subject_prepare(given, &bench->options->problem, true, 1, &p.memory, &p.subject, f))
        return false;
    bool done = measure_point(bench, &p, f) && find_error(bench, given, &p, f);
    if (done) {
        write_point(&p, given, &j);
        done = json_print(&j, f);
    }
    close_point(&p);
    return done || fail_prefix(f, "%s, %s", given->name, name);
}
