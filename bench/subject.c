#include "subject.h"

#include "memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool allocate(struct subject *s, bool gradients, struct failure *f)
{
    const struct problem *p = &s->problem;
    s->thetas = problem_vector(p, s->batch, f);
    s->energies = s->thetas
                      ? problem_allocate(p, "the energies", (uint64_t)s->batch, sizeof(double), f)
                      : NULL;
    if (!s->energies || !gradients)
        return s->energies != NULL;
    s->gradients = problem_vector(p, s->batch, f);
    return s->gradients != NULL;
}

static bool compile(struct subject *s, struct subject_memory *memory, struct failure *f)
{
    struct problem *p = &s->problem;
    s->fingerprint = hahn_circuit_fingerprint(p->circuit);
    p->keep_circuit = !memory;
    if (memory)
        memory->circuit = memory_resident();
    if (!problem_compile(p, f) || !memory)
        return p->program != NULL;
    memory->compiling = memory_peak();
    problem_drop_circuit(p);
    memory->program = memory_resident();
    return true;
}

static bool fill(struct subject *s, bool gradients, struct failure *f)
{
    struct problem *p = &s->problem;
    const hahn_status status = hahn_program_describe(p->program, &s->info);
    if (status != HAHN_OK)
        return fail_engine(f, status, p->engine, NULL);
    if (!allocate(s, gradients, f))
        return false;
    for (int64_t row = 0; row < s->batch; row++)
        problem_theta(p, row, s->thetas + row * p->parameters);
    return true;
}

bool subject_prepare(const struct bench_case *given, const struct problem_options *options,
                     bool gradients, int64_t batch, struct subject_memory *memory,
                     struct subject *out, struct failure *f)
{
    *out = (struct subject){.batch = batch};
    if (memory)
        memory->before = memory_resident();
    if (case_problem(given, options, &out->problem, f) && compile(out, memory, f) &&
        fill(out, gradients, f))
        return true;
    subject_destroy(out);
    return fail_prefix(f, "%s", given->name);
}

bool subject_open(struct subject *subject, const hahn_workspace_options *options, struct failure *f)
{
    struct problem *p = &subject->problem;
    const hahn_status status =
        hahn_workspace_describe(p->engine, p->program, options, &subject->workspace_info);
    if (status != HAHN_OK)
        return fail_engine(f, status, p->engine, NULL);
    return problem_workspace(p, options, &subject->workspace, f);
}

bool subject_create(const struct bench_case *given, const struct problem_options *options,
                    hahn_purpose purpose, int64_t batch, struct subject *out, struct failure *f)
{
    /* Lanes: one run alone, or as many side by side as the library finds good. */
    const hahn_workspace_options own = {.lanes = batch == 1 ? 1 : 0, .purpose = purpose};
    if (!subject_prepare(given, options, purpose != HAHN_FOR_STATE, batch, NULL, out, f))
        return false;
    if (subject_open(out, &own, f))
        return true;
    subject_destroy(out);
    return fail_prefix(f, "%s", given->name);
}

bool subject_run(struct bench *bench, const struct bench_case *given, hahn_purpose purpose,
                 subject_use *use, struct failure *f)
{
    struct subject subject;
    if (!subject_create(given, &bench->options->problem, purpose, 1, &subject, f))
        return false;
    const bool done = use(bench, given, &subject, f);
    subject_destroy(&subject);
    return done;
}

void subject_destroy(struct subject *subject)
{
    hahn_workspace_destroy(subject->workspace);
    problem_destroy(&subject->problem);
    free(subject->thetas);
    free(subject->energies);
    free(subject->gradients);
    memset(subject, 0, sizeof *subject);
}

bool subject_finish(const struct subject *s, hahn_status status, double *parts, struct failure *f)
{
    if (status != HAHN_OK)
        return fail_engine(f, status, s->problem.engine, NULL);
    const hahn_times times = hahn_workspace_times(s->workspace);
    parts[SERIES_BIND] = times.bind;
    parts[SERIES_FORWARD] = times.forward;
    parts[SERIES_OBSERVABLE] = times.observable;
    parts[SERIES_BACKWARD] = times.backward;
    return true;
}

bool subject_energy(void *context, double *parts, struct failure *f)
{
    const struct subject *s = context;
    return subject_finish(s, hahn_energy(s->workspace, s->batch, s->thetas, s->energies), parts, f);
}

bool subject_gradient(void *context, double *parts, struct failure *f)
{
    const struct subject *s = context;
    hahn_status status =
        hahn_gradient(s->workspace, NULL, s->batch, s->thetas, s->energies, s->gradients, NULL);
    return subject_finish(s, status, parts, f);
}

bool subject_jvp(void *context, double *parts, struct failure *f)
{
    const struct subject *s = context;
    double derivative;
    return subject_finish(
        s, hahn_jvp(s->workspace, 1, s->thetas, s->thetas, s->energies, &derivative, NULL), parts,
        f);
}

bool subject_fisher(void *context, double *parts, struct failure *f)
{
    const struct subject *s = context;
    return subject_finish(
        s, hahn_fisher_product(s->workspace, 1, s->thetas, s->thetas, s->gradients, NULL), parts,
        f);
}

bool subject_hvp(void *context, double *parts, struct failure *f)
{
    const struct subject *s = context;
    return subject_finish(
        s, hahn_hvp(s->workspace, 1, s->thetas, s->thetas, s->energies, NULL, s->gradients, NULL),
        parts, f);
}

bool subject_compile(void *context, double *parts, struct failure *f)
{
    const struct problem *p = &((const struct subject *)context)->problem;
    hahn_program *program;
    hahn_status status = hahn_program_create(p->engine, p->circuit, p->observable, &program);
    (void)parts;
    if (status != HAHN_OK)
        return fail_engine(f, status, p->engine, NULL);
    hahn_program_destroy(program);
    return true;
}

void subject_begin(const struct subject *subject, const struct bench_case *given, struct json *j)
{
    const hahn_program_info *info = &subject->info;
    char fingerprint[24];
    snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, subject->fingerprint);
    json_object_begin(j, NULL);
    json_string(j, "case", given->name);
    problem_describe(&subject->problem, j);
    json_string(j, "fingerprint", fingerprint);
    json_integer(j, "batch", subject->batch);
    json_number(j, "energy", subject->energies[0]);
    json_integer(j, "gates", info->gates);
    json_integer(j, "primitives", info->primitives);
    json_integer(j, "stages", info->stages);
    json_integer(j, "sweeps", info->sweeps);
    json_integer(j, "observable_terms", info->observable_terms);
    json_integer(j, "observable_groups", info->observable_groups);
    json_unsigned(j, "program_bytes", info->program_bytes);
    json_unsigned(j, "state_bytes", subject->workspace_info.state_bytes);
    json_unsigned(j, "peak_bytes", hahn_engine_memory_peak(subject->problem.engine));
}
