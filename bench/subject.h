/* What is timed: a compiled problem in a workspace with its parameters. All calls of the library
   that are timed stand in subject.c. */
#ifndef HAHN_BENCH_SUBJECT_HEADER
#define HAHN_BENCH_SUBJECT_HEADER

#include "harness.h"

/** Resident bytes of the process on the way to a subject, as the system sees them. */
struct subject_memory {
    uint64_t before, circuit; /* before anything, and with the circuit */
    uint64_t compiling;       /* the largest until the program was there */
    uint64_t program;         /* with the program in place of the circuit */
};

struct subject {
    struct problem problem;
    uint64_t fingerprint; /* of the circuit */
    hahn_program_info info;
    hahn_workspace_info workspace_info;
    hahn_workspace *workspace;
    int64_t batch;
    double *thetas, *energies, *gradients; /* gradients is NULL for energies alone */
};

/** Create; an all-zero struct is as good as what it makes on failure. */
bool subject_create(const struct bench_case *given, const struct problem_options *options,
                    hahn_purpose purpose, int64_t batch, struct subject *out, struct failure *f);
/** The two halves of it: program and vectors (with room for gradients, or without); and then the
    workspace. Where `memory` is not NULL the circuit is given up as soon as it is compiled, and the
    memory watched. */
bool subject_prepare(const struct bench_case *given, const struct problem_options *options,
                     bool gradients, int64_t batch, struct subject_memory *memory,
                     struct subject *out, struct failure *f);
bool subject_open(struct subject *subject, const hahn_workspace_options *options,
                  struct failure *f);
/** Destroy; an all-zero struct is fine. */
void subject_destroy(struct subject *subject);

/** What a command does with one subject: time it, print a row, write an object. */
typedef bool subject_use(struct bench *bench, const struct bench_case *given,
                         struct subject *subject, struct failure *f);
/** Create the subject of a case with the engine of the bench, one parameter vector; use it; destroy
    it. */
bool subject_run(struct bench *bench, const struct bench_case *given, hahn_purpose purpose,
                 subject_use *use, struct failure *f);

/** After a call of the library: its failure, or the times of its parts. */
bool subject_finish(const struct subject *subject, hahn_status status, double *parts,
                    struct failure *f);

/** Energies of the batch, or energies and gradients; a measured_call, `context` being a subject. */
bool subject_energy(void *context, double *parts, struct failure *f);
bool subject_gradient(void *context, double *parts, struct failure *f);
/** Along the direction of the parameters themselves: the energy, and products with the quantum
    Fisher information and with the Hessian. For one parameter vector, in a workspace for tangents.
 */
bool subject_jvp(void *context, double *parts, struct failure *f);
bool subject_fisher(void *context, double *parts, struct failure *f);
bool subject_hvp(void *context, double *parts, struct failure *f);
/** Compile the program once more, and destroy it. */
bool subject_compile(void *context, double *parts, struct failure *f);

/** Begin the object of a case: its name, the problem, and what the program is. */
void subject_begin(const struct subject *subject, const struct bench_case *given, struct json *j);

#endif
