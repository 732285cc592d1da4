#define _POSIX_C_SOURCE 200809L

#include "cases.h"

#include "generated.h"

#include <stdlib.h>
#include <string.h>

#define HEISENBERG "heisenberg"
#define SET_BOTH   (SET_RUN | SET_COMPILE)

const struct bench_case bench_cases[] = {
    {"n4d1000", SET_BOTH | SET_BATCH | SET_PRODUCTS, "variational", HEISENBERG, 4, 1000, NULL,
     NULL},
    /* As many parameters as qubits. */
    {"n10rx", SET_MODES, "rx", HEISENBERG, 10, 1, generate_rx, NULL},
    {"n10d1", SET_MODES, "variational", HEISENBERG, 10, 1, NULL, NULL},
    {"n10d10", SET_MODES, "variational", HEISENBERG, 10, 10, NULL, NULL},
    {"n10d100", SET_BATCH | SET_MODES, "variational", HEISENBERG, 10, 100, NULL, NULL},
    {"n10d1000", SET_MODES | SET_PRODUCTS, "variational", HEISENBERG, 10, 1000, NULL, NULL},
    {"n10d10000", SET_BOTH | SET_MODES, "variational", HEISENBERG, 10, 10000, NULL, NULL},
    {"n16d10", SET_MODES | SET_MEMORY, "variational", HEISENBERG, 16, 10, NULL, NULL},
    {"n16d100", SET_BOTH | SET_MODES | SET_PRODUCTS | SET_MEMORY, "variational", HEISENBERG, 16,
     100, NULL, NULL},
    {"n16d1000", SET_MODES | SET_MEMORY, "variational", HEISENBERG, 16, 1000, NULL, NULL},
    {"n16d10000", SET_MEMORY, "variational", HEISENBERG, 16, 10000, NULL, NULL},
    {"n20d20", SET_BOTH | SET_PRODUCTS, "variational", HEISENBERG, 20, 20, NULL, NULL},
    {"n24d4", SET_RUN, "variational", HEISENBERG, 24, 4, NULL, NULL},
    {"n20hardware", SET_BOTH, "hardware-efficient:entangler=ring,gate=cz", HEISENBERG, 20, 20, NULL,
     NULL},
    {"n20qaoa", SET_BOTH, "qaoa", "maxcut:regular=3", 20, 20, NULL, NULL},
    {"n20trotter", SET_BOTH, "trotter", HEISENBERG, 20, 20, NULL, NULL},
    /* 20 "layers" of as many gates as there are qubits. */
    {"n20mixed", SET_BOTH, "mixed", HEISENBERG, 20, 20, generate_mixed, NULL},
    {"n12pauli3000", SET_OBSERVABLE, "variational", "pauli:terms=3000", 12, 1, NULL,
     generate_paulis},
    {"n20d1", SET_OBSERVABLE, "variational", HEISENBERG, 20, 1, NULL, NULL},
    {.name = NULL}};

static bool unknown_case(const char *name, struct failure *f)
{
    const size_t count = sizeof bench_cases / sizeof bench_cases[0] - 1;
    const char *near = nearest_word(name, bench_cases, count, sizeof bench_cases[0]);
    if (near)
        return fail(f, CLI_USAGE, "unknown case \"%s\"; did you mean %s?", name, near);
    return fail(f, CLI_USAGE, "unknown case \"%s\"; --list-cases tells which there are", name);
}

const struct bench_case *case_find(const char *name, size_t length, struct failure *f)
{
    char word[64];
    for (const struct bench_case *c = bench_cases; c->name; c++)
        if (strlen(c->name) == length && strncmp(c->name, name, length) == 0)
            return c;
    snprintf(word, sizeof word, "%.*s", (int)(length < 60 ? length : 60), name);
    unknown_case(word, f);
    return NULL;
}

struct bench_case case_cut(const struct bench_case *given)
{
    struct bench_case cut = *given;
    if (cut.qubits > 8)
        cut.qubits = 8;
    if (cut.layers > 3)
        cut.layers = 3;
    return cut;
}

static bool is_variational(const struct bench_case *given)
{
    return !given->circuit && strcmp(given->ansatz, "variational") == 0;
}

int64_t case_rotor_layers(const struct bench_case *given)
{
    return is_variational(given) ? given->layers + 1 : 0;
}

static struct problem_options options_of(const struct bench_case *given,
                                         const struct problem_options *engine)
{
    struct problem_options options = *engine;
    options.ansatz = given->ansatz;
    options.layers = given->layers;
    options.qubits = given->qubits;
    options.hamiltonian = given->observable ? problem_defaults.hamiltonian : given->hamiltonian;
    options.init = "uniform:0,6.283185307179586";
    return options;
}

static bool rename_part(char **description, const char *name, struct failure *f)
{
    free(*description);
    *description = strdup(name);
    return *description || fail(f, CLI_FAILED, "out of memory");
}

static bool replace_observable(const struct bench_case *given, struct problem *p, struct failure *f)
{
    hahn_observable *observable;
    hahn_status status = given->observable(p->engine, p->qubits, &observable);
    if (status != HAHN_OK)
        return fail_engine(f, status, p->engine, given->name);
    hahn_observable_destroy(p->observable);
    p->observable = observable;
    return rename_part(&p->hamiltonian, given->hamiltonian, f);
}

static bool replace_circuit(const struct bench_case *given, struct problem *p, struct failure *f)
{
    hahn_circuit *circuit;
    hahn_status status = given->circuit(p->engine, p->qubits, p->options.layers, &circuit);
    if (status != HAHN_OK)
        return fail_engine(f, status, p->engine, given->name);
    hahn_circuit_destroy(p->circuit);
    p->circuit = circuit;
    p->parameters = hahn_circuit_parameters(circuit);
    return rename_part(&p->ansatz, given->ansatz, f);
}

bool case_problem(const struct bench_case *given, const struct problem_options *options,
                  struct problem *out, struct failure *f)
{
    struct problem_options own = options_of(given, options);
    if (given->circuit)
        own.ansatz = problem_defaults.ansatz;
    if (!problem_create(&own, PROBLEM_PARAMETERS, out, f))
        return false;
    if ((!given->observable || replace_observable(given, out, f)) &&
        (!given->circuit || replace_circuit(given, out, f)))
        return true;
    problem_destroy(out);
    return false;
}
