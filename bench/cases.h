/* What is timed: cases by name, or one from the command line. */
#ifndef HAHN_BENCH_CASES_HEADER
#define HAHN_BENCH_CASES_HEADER

#include "vqe/problem.h"

/** The commands a case is run by when none is named. */
enum case_set {
    SET_RUN = 1,
    SET_COMPILE = 2,
    SET_BATCH = 4,
    SET_OBSERVABLE = 8,
    SET_MODES = 16,
    SET_PRODUCTS = 32,
    SET_MEMORY = 64
};

struct bench_case {
    const char *name;
    unsigned sets;           /* enum case_set, or-ed */
    const char *ansatz;      /* as for --ansatz; or what `circuit` is called */
    const char *hamiltonian; /* as for --hamiltonian; or what `observable` is called */
    int64_t qubits, layers;
    /* In place of the named ones; NULL where those are meant. */
    hahn_status (*circuit)(hahn_engine *engine, int qubits, int64_t layers, hahn_circuit **out);
    hahn_status (*observable)(hahn_engine *engine, int qubits, hahn_observable **out);
};

/** The table, ended by a row whose name is NULL. */
extern const struct bench_case bench_cases[];

/** The case called by the first `length` bytes of `name`. */
const struct bench_case *case_find(const char *name, size_t length, struct failure *f);

/** The case in so few qubits and layers that it takes a moment. */
struct bench_case case_cut(const struct bench_case *given);

/** Create the problem of a case with the engine that `options` describes: angles uniform in
    [0, 2 pi) from seed 1. */
bool case_problem(const struct bench_case *given, const struct problem_options *options,
                  struct problem *out, struct failure *f);

/** Rotor layers of the circuit if it is the variational one, for which theory counts operations
    (limits.h); 0 for others. */
int64_t case_rotor_layers(const struct bench_case *given);

#endif
