/* The options that every command on a problem shares. */
#include "problem.h"

#define FIELD(name) offsetof(struct problem_options, name)

const struct problem_options problem_defaults = {
    .ansatz = "variational",
    .layers = 10000,
    .hamiltonian = "heisenberg",
    .init = "uniform:0,1",
    .seed = 1,
    .backend = -1,
    .precision = HAHN_F64,
};

/* In the order of the enums that they stand for. */
static const char *const backends[] = {"auto", "reference", "cpu", "cuda", NULL};
static const char *const precisions[] = {"f64", "f32", NULL};
static const char *const isas[] = {"auto", "baseline", "avx2", "avx512", NULL};

/* The library takes the name itself, so the choice is kept as text. */
static bool read_isa(const struct option_row *row, const char *value, void *field,
                     struct failure *failure)
{
    int index;
    if (!option_choice(row, value, &index, failure))
        return false;
    *(const char **)field = row->choices[index];
    return true;
}

static bool read_init(const struct option_row *row, const char *value, void *field,
                      struct failure *failure)
{
    struct init init;
    return init_parse(value, &init, failure) && option_text(row, value, field, failure);
}

static const struct option_row circuit_rows[] = {
    {"ansatz", 0, "NAME[:KEY=VALUE,...]",
     "The circuit: variational, hardware-efficient, qaoa or trotter; 'hahn info --list-ansatze' "
     "tells their keys.",
     "variational", option_text, FIELD(ansatz), NO_LIMITS},
    {"layers", 0, "L", "Layers of the circuit.", "10000", option_int64, FIELD(layers), .low = 0,
     .high = 1e12},
    OPTION_END};

static const struct option_row observable_rows[] = {
    {"qubits", 0, "N", "Number of qubits.", "as many as the Hamiltonian needs, else 10",
     option_int64, FIELD(qubits), .low = 1, .high = HAHN_MAX_QUBITS},
    {"hamiltonian", 0, "NAME[:KEY=VALUE,...]",
     "The Hamiltonian: heisenberg, xxz, ising or maxcut; 'hahn info --list-hamiltonians' tells "
     "their keys.",
     "heisenberg, a periodic chain", option_text, FIELD(hamiltonian), NO_LIMITS},
    {"hamiltonian-file", 0, "FILE",
     "Read the Hamiltonian from a file, one term a line: '0.5 X0 X1', or '0.5 XXII', whose "
     "leftmost letter is qubit 0. '#' starts a comment.",
     NULL, option_text, FIELD(hamiltonian_file), NO_LIMITS},
    OPTION_END};

static const struct option_row parameter_rows[] = {
    {"params", 0, "FILE",
     "Read the parameters from a file: text, one number a line, or NumPy .npy. In place of --init.",
     NULL, option_text, FIELD(params), NO_LIMITS},
    {"init", 0, "HOW", "Draw the parameters: uniform[:LOW,HIGH], normal:SIGMA or zeros.",
     "uniform:0,1", read_init, FIELD(init), NO_LIMITS},
    {"seed", 0, "N",
     "Seed of the random numbers; the same on every machine, backend and number of threads.", "1",
     option_uint64, FIELD(seed), NO_LIMITS},
    OPTION_END};

static const struct option_row engine_rows[] = {
    {"backend", 0, "NAME", "What runs the circuit: auto, reference, cpu or cuda.",
     "the fastest there is", option_choice, FIELD(backend), .choices = backends},
    {"precision", 0, "NAME", "Precision of states: f64 or f32.", "f64", option_choice,
     FIELD(precision), .choices = precisions},
    {"device", 0, "K", "CUDA device of the cuda backend; 'hahn info' lists them.", "0", option_int,
     FIELD(device), .low = 0, .high = 1023},
    {"threads", 0, "N", "Number of threads; results do not depend on it.", "one for each core",
     option_int, FIELD(threads), .low = 1, .high = 1024},
    {"memory-limit", 0, "SIZE", "Most memory to use, as 2GiB.", "what is free", option_bytes,
     FIELD(memory_limit), NO_LIMITS},
    {"isa", 0, "NAME", "Vector instructions of the cpu backend: auto, baseline, avx2 or avx512.",
     "auto", read_isa, FIELD(isa), .choices = isas},
    {"tile", 0, "N",
     "Qubits of a tile, the piece of a state that is worked on at a time; results differ in their "
     "last digits.",
     "by the state and the caches", option_int, FIELD(tile), .low = PROBLEM_LEAST_TILE,
     .high = PROBLEM_MOST_TILE},
    OPTION_END};

static const struct option_row output_rows[] = {
    {"json", 0, NULL, "Print the result as one JSON object.", NULL, option_flag, FIELD(json),
     NO_LIMITS},
    {"quiet", 'q', NULL, "Print nothing but results and errors.", NULL, option_flag, FIELD(quiet),
     NO_LIMITS},
    OPTION_END};

const struct option_group problem_circuit_options = {"Circuit", circuit_rows};
const struct option_group problem_observable_options = {"Hamiltonian", observable_rows};
const struct option_group problem_parameter_options = {"Parameters", parameter_rows};
const struct option_group problem_engine_options = {"Engine", engine_rows};
const struct option_group problem_output_options = {"Output", output_rows};
