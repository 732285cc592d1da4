#define _POSIX_C_SOURCE 200809L

#include "problem.h"

#include "ansatz.h"
#include "fileio.h"
#include "hamiltonian.h"
#include "spec.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

/* -- start parameters ------------------------------------------------------------------------- */

static bool parse_uniform(const char *text, struct init *out, struct failure *f)
{
    char low[64];
    size_t length = strcspn(text, ",");
    if (text[length] != ',' || length >= sizeof low)
        return fail(f, CLI_USAGE, "\"uniform:%s\" is not of the form uniform:LOW,HIGH", text);
    snprintf(low, sizeof low, "%.*s", (int)length, text);
    if (!parse_real(low, 0, 0, &out->a, f) || !parse_real(text + length + 1, 0, 0, &out->b, f))
        return false;
    if (out->a > out->b || out->b - out->a > DBL_MAX)
        return fail(f, CLI_USAGE, "uniform:%s is an empty range; LOW must not be above HIGH", text);
    return true;
}

bool init_parse(const char *text, struct init *out, struct failure *f)
{
    struct init init = {INIT_UNIFORM, 0.0, 1.0};
    if (strncmp(text, "uniform:", 8) == 0) {
        if (!parse_uniform(text + 8, &init, f))
            return false;
    } else if (strncmp(text, "normal:", 7) == 0) {
        init.kind = INIT_NORMAL;
        if (!parse_real(text + 7, DBL_MIN, DBL_MAX, &init.a, f))
            return false;
    } else if (strcmp(text, "zeros") == 0) {
        init.kind = INIT_ZEROS;
    } else if (strcmp(text, "uniform") != 0) {
        return fail(f, CLI_USAGE,
                    "\"%s\" is not one of uniform, uniform:LOW,HIGH, normal:SIGMA or zeros", text);
    }
    *out = init;
    return true;
}

static char *init_describe(const struct init *init)
{
    char text[128], a[40], b[40];
    format_real(init->a, a, sizeof a);
    format_real(init->b, b, sizeof b);
    if (init->kind == INIT_UNIFORM)
        snprintf(text, sizeof text, "uniform:%s,%s", a, b);
    else if (init->kind == INIT_NORMAL)
        snprintf(text, sizeof text, "normal:%s", a);
    else
        snprintf(text, sizeof text, "zeros");
    return strdup(text);
}

static void draw(const struct problem *p, uint64_t stream, double *theta)
{
    const struct init *init = &p->init;
    int64_t count = p->parameters;
    if (init->kind == INIT_ZEROS) {
        memset(theta, 0, (size_t)count * sizeof *theta);
    } else if (init->kind == INIT_NORMAL) {
        hahn_random_normal(p->options.seed, stream, 0, count, theta);
        for (int64_t k = 0; k < count; k++)
            theta[k] *= init->a;
    } else {
        hahn_random_uniform(p->options.seed, stream, 0, count, theta);
        for (int64_t k = 0; k < count; k++)
            theta[k] = init->a + (init->b - init->a) * theta[k];
    }
}

void problem_theta(const struct problem *problem, int64_t index, double *theta)
{
    if (problem->file_theta)
        memcpy(theta, problem->file_theta, (size_t)problem->parameters * sizeof *theta);
    else
        draw(problem, (uint64_t)index, theta);
}

/* -- creating --------------------------------------------------------------------------------- */

/* The engine would pass over a HAHN_TILE that it does not know, too. */
static bool read_tile(const struct problem_options *o, int *tile, struct failure *f)
{
    const char *text = getenv("HAHN_TILE");
    int64_t qubits = o->tile;
    if (!qubits && text && *text &&
        !parse_int64(text, PROBLEM_LEAST_TILE, PROBLEM_MOST_TILE, &qubits, f))
        return fail_prefix(f, "HAHN_TILE");
    *tile = (int)qubits;
    return true;
}

static bool create_engine(struct problem *p, struct failure *f)
{
    const struct problem_options *o = &p->options;
    int tile = 0;
    /* The engine would pass over a HAHN_ISA that it does not know; a user should hear of it. */
    const char *bound = getenv("HAHN_ISA");
    const char *isa = o->isa ? o->isa : bound && *bound ? bound : "auto";
    if (!read_tile(o, &tile, f))
        return false;
    hahn_status status = hahn_engine_create(NULL, &p->engine);
    if (status == HAHN_OK)
        status = hahn_engine_set_isa(p->engine, isa);
    if (status == HAHN_OK && o->device > 0)
        status = hahn_engine_set_device(p->engine, o->device);
    if (status == HAHN_OK && o->backend > 0)
        status = hahn_engine_set_backend(p->engine, (hahn_backend)o->backend);
    if (status == HAHN_OK)
        status = hahn_engine_set_precision(p->engine, (hahn_precision)o->precision);
    if (status == HAHN_OK)
        status = hahn_engine_set_threads(p->engine, o->threads);
    if (status == HAHN_OK)
        status = hahn_engine_set_memory_limit(p->engine, o->memory_limit);
    if (status == HAHN_OK)
        status = hahn_engine_set_tile(p->engine, tile);
    return status == HAHN_OK || fail_engine(f, status, p->engine, NULL);
}

static bool create_observable(struct problem *p, struct failure *f)
{
    const struct problem_options *o = &p->options;
    if (o->hamiltonian_file && o->hamiltonian != problem_defaults.hamiltonian)
        return fail(f, CLI_USAGE, "give --hamiltonian or --hamiltonian-file, not both");
    bool done;
    if (o->hamiltonian_file)
        done = hamiltonian_read(p->engine, o->hamiltonian_file, o->qubits, &p->observable, f) ||
               fail_prefix(f, "--hamiltonian-file");
    else
        done = hamiltonian_create(p->engine, o->hamiltonian, o->qubits, &p->observable,
                                  &p->hamiltonian, f);
    if (done)
        p->qubits = hahn_observable_qubits(p->observable);
    return done;
}

static bool create_circuit(struct problem *p, struct failure *f)
{
    if (!ansatz_create(p->engine, p->options.ansatz, p->options.layers, p->observable, &p->circuit,
                       &p->ansatz, f))
        return false;
    p->parameters = hahn_circuit_parameters(p->circuit);
    return true;
}

static bool create_parameters(struct problem *p, struct failure *f)
{
    int64_t count;
    if (p->options.params && p->options.init != problem_defaults.init)
        return fail(f, CLI_USAGE, "give --params or --init, not both");
    if (!init_parse(p->options.init, &p->init, f))
        return fail_prefix(f, "--init");
    p->init_text = init_describe(&p->init);
    if (!p->init_text)
        return fail(f, CLI_FAILED, "out of memory");
    return !p->options.params ||
           vector_read(p->options.params, p->parameters, &p->file_theta, &count, f) ||
           fail_prefix(f, "--params");
}

bool problem_create(const struct problem_options *options, enum problem_parts parts,
                    struct problem *out, struct failure *f)
{
    memset(out, 0, sizeof *out);
    out->options = *options;
    if (create_engine(out, f) && create_observable(out, f) &&
        (!(parts & PROBLEM_CIRCUIT) || create_circuit(out, f)) &&
        ((parts & PROBLEM_PARAMETERS) != PROBLEM_PARAMETERS || create_parameters(out, f)))
        return true;
    problem_destroy(out);
    return false;
}

void problem_destroy(struct problem *problem)
{
    hahn_program_destroy(problem->program);
    hahn_circuit_destroy(problem->circuit);
    hahn_observable_destroy(problem->observable);
    hahn_engine_destroy(problem->engine);
    free(problem->ansatz);
    free(problem->hamiltonian);
    free(problem->init_text);
    free(problem->file_theta);
    memset(problem, 0, sizeof *problem);
}

/* -- running ---------------------------------------------------------------------------------- */

bool problem_compile(struct problem *problem, struct failure *f)
{
    hahn_status status;
    if (problem->program)
        return true;
    status = hahn_program_create(problem->engine, problem->circuit, problem->observable,
                                 &problem->program);
    return status == HAHN_OK || fail_engine(f, status, problem->engine, NULL);
}

void problem_drop_circuit(struct problem *problem)
{
    if (problem->keep_circuit)
        return;
    hahn_circuit_destroy(problem->circuit);
    problem->circuit = NULL;
}

const hahn_workspace_options problem_one_state = {.lanes = 1, .purpose = HAHN_FOR_STATE};

int problem_tile(const struct problem *problem)
{
    hahn_program_info info = {0};
    const int tile = hahn_engine_tile(problem->engine);
    if (problem->program)
        (void)hahn_program_describe(problem->program, &info);
    return info.tile_qubits > tile ? info.tile_qubits : tile;
}

bool problem_workspace(struct problem *problem, const hahn_workspace_options *options,
                       hahn_workspace **out, struct failure *f)
{
    hahn_status status;
    if (!problem_compile(problem, f))
        return false;
    problem_drop_circuit(problem);
    status = hahn_workspace_create(problem->engine, problem->program, options, out);
    return status == HAHN_OK || fail_engine(f, status, problem->engine, NULL);
}

void *problem_allocate(const struct problem *problem, const char *what, uint64_t count, size_t size,
                       struct failure *f)
{
    uint64_t limit = hahn_engine_memory_limit(problem->engine);
    uint64_t used = hahn_engine_memory_used(problem->engine);
    uint64_t left = limit > used ? limit - used : 0, bytes = count * size;
    void *memory = NULL;

    if (count > UINT64_MAX / size)
        bytes = UINT64_MAX;
    if (bytes <= left && bytes <= SIZE_MAX)
        memory = malloc(bytes ? (size_t)bytes : 1);
    if (!memory)
        fail_memory(f, what, bytes, left);
    return memory;
}

double *problem_vector(const struct problem *problem, int64_t rows, struct failure *f)
{
    uint64_t parameters = (uint64_t)(problem->parameters > 0 ? problem->parameters : 1);
    size_t row = (size_t)parameters * sizeof(double);
    return problem_allocate(problem, "the parameter vector", (uint64_t)rows, row, f);
}
