/* The problem that every command works on: engine, circuit, observable and start parameters, as the
   common options describe them. */
#ifndef HAHN_VQE_PROBLEM_HEADER
#define HAHN_VQE_PROBLEM_HEADER

#include "cli.h"
#include "json.h"

#include <hahn/hahn.h>

/** Filled by the groups below; start from problem_defaults. Text points into argv. */
struct problem_options {
    const char *ansatz; /* NAME or NAME:key=value,... */
    int64_t qubits;     /* 0: as many as the Hamiltonian says, else 10 */
    int64_t layers;
    const char *hamiltonian;      /* NAME or NAME:key=value,... */
    const char *hamiltonian_file; /* NULL, or in place of the name */
    const char *params;           /* file of the start parameters, or NULL */
    const char *init;             /* how to draw them where there is no file */
    uint64_t seed;
    int backend;           /* hahn_backend; -1: auto, not asked for by name */
    int precision;         /* hahn_precision */
    int threads;           /* 0: one for each core */
    int device;            /* of the cuda backend */
    uint64_t memory_limit; /* bytes; 0: what is free */
    const char *isa;
    int tile; /* qubits; 0: what fits the cache */
    bool quiet, json;
};

/** The seed demo: variational, 10 qubits, 10,000 layers, periodic Heisenberg chain. */
extern const struct problem_options problem_defaults;

/* Groups of options; all of them fill a struct problem_options. */
extern const struct option_group problem_circuit_options;    /* ansatz, layers */
extern const struct option_group problem_observable_options; /* qubits, hamiltonian(-file) */
extern const struct option_group problem_parameter_options;  /* params, init, seed */
extern const struct option_group problem_engine_options;     /* backend, ..., tile */
extern const struct option_group problem_output_options;     /* quiet, json */

/** The range of --tile and HAHN_TILE. */
#define PROBLEM_LEAST_TILE 10
#define PROBLEM_MOST_TILE  21

/** The row of --echo-tolerance, a double, 0 where it was not given. No tolerance below 1e-15 can be
    promised, and no two states are further apart than 2. */
#define PROBLEM_ECHO_OPTION(field)                                                                 \
    {                                                                                              \
        "echo-tolerance", 0, "E",                                                                  \
            "Bound the echo error of gradients by E: keep states on the way forward, as many as "  \
            "promise it, and go back to them. Refused where one stage alone may pass E.",          \
            "none, two states at any depth", option_real, field, .low = 1e-15, .high = 2           \
    }

/** How start parameters are drawn. */
enum init_kind { INIT_UNIFORM = 0, INIT_NORMAL, INIT_ZEROS };
struct init {
    enum init_kind kind;
    double a, b; /* uniform: low, high; normal: sigma, unused */
};

/** Read "uniform", "uniform:LOW,HIGH", "normal:SIGMA" or "zeros". */
bool init_parse(const char *text, struct init *out, struct failure *f);

struct problem {
    struct problem_options options;
    hahn_engine *engine;
    hahn_observable *observable;
    hahn_circuit *circuit; /* NULL without PROBLEM_CIRCUIT, and once it is given up */
    bool keep_circuit;     /* beyond the first workspace */
    hahn_program *program; /* NULL before problem_compile */
    int qubits;
    int64_t parameters; /* length of the parameter vector */
    /* Descriptions that repeat the run when given as --ansatz and --hamiltonian, every key written
       out; hamiltonian is NULL where --hamiltonian-file was given. */
    char *ansatz, *hamiltonian;
    struct init init;
    char *init_text;    /* what repeats it as --init */
    double *file_theta; /* from --params, or NULL */
};

/** Qubits of a tile that, given as --tile, make the same program anew: what the engine says, or
   more where the library found a whole state to be the better tile. */
int problem_tile(const struct problem *problem);

/** What to create. */
enum problem_parts {
    PROBLEM_OBSERVABLE = 0,    /* engine and observable: always */
    PROBLEM_CIRCUIT = 1,       /* and the circuit */
    PROBLEM_PARAMETERS = 2 | 1 /* and the start parameters (reads the file) */
};

/** Create what `parts` says. Nothing large is allocated before the sizes have been checked against
    the memory allowed. On failure *out is as after problem_destroy. */
bool problem_create(const struct problem_options *options, enum problem_parts parts,
                    struct problem *out, struct failure *f);
/** Destroy; an all-zero struct is fine. */
void problem_destroy(struct problem *problem);

/** Compile circuit and observable, once; later calls do nothing. */
bool problem_compile(struct problem *problem, struct failure *f);
/** Give up the circuit of a compiled problem, unless it is to be kept: no run needs it, and it may
   be as large as its program. */
void problem_drop_circuit(struct problem *problem);
/** Compile if need be, give up the circuit, and create a workspace. */
bool problem_workspace(struct problem *problem, const hahn_workspace_options *options,
                       hahn_workspace **out, struct failure *f);
/** Options of a workspace for one final state at a time. */
extern const hahn_workspace_options problem_one_state;

/** Allocate `count` numbers of `size` bytes (at least one byte), or fail with the bytes needed and
    allowed; `what` names them in the message: "the gradient". To be freed. */
void *problem_allocate(const struct problem *problem, const char *what, uint64_t count, size_t size,
                       struct failure *f);
/** The same for `rows` vectors of parameters. */
double *problem_vector(const struct problem *problem, int64_t rows, struct failure *f);

/** Fill theta with start `index` of a batch: numbers 0 to parameters - 1 of stream `index` of the
    seed, or what the file of --params holds, the same for every index. */
void problem_theta(const struct problem *problem, int64_t index, double *theta);

/** Write into an open JSON object what repeats the run: version, ansatz, layers, hamiltonian (or
   its file), qubits, parameters, init or params, seed, backend, precision, threads, isa, tile.
   Parts that the problem was not created with are left out. */
void problem_describe(const struct problem *problem, struct json *j);

/** Print the text of a writer and a newline on standard output, flush, and free the writer. */
bool json_print(struct json *j, struct failure *f);

/** One line on standard error where the standard errors of so many shots mean little, unless
    --quiet. */
void problem_tell_shots(const struct problem *problem, const hahn_sampler *sampler, int64_t shots);

/** One line on standard error: which backend runs and why not a faster one. Does nothing unless
    --backend auto was asked for by name; silent under --quiet. */
void problem_tell_backend(const struct problem *problem);

#endif
