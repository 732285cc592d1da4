/* The seam between the library and a backend. The reference backend fills in every entry; others
   take over what they do not do faster. A workspace runs up to `lanes` instances side by side, each
   with its own parameters; every operation is on the first `lanes` of them. */
#ifndef HAHN_CORE_BACKEND_H
#define HAHN_CORE_BACKEND_H

#include "core/program.h"
#include <hahn/gradient.h>

/* One angle moved by `delta`: what the parameter-shift rule needs. */
typedef struct hahn_shift {
    uint64_t term; /* of the program; UINT64_MAX: none */
    double delta;
} hahn_shift;

#define HAHN_NO_SHIFT ((hahn_shift){UINT64_MAX, 0})

typedef enum hahn_which_state { HAHN_PSI = 0, HAHN_LAMBDA } hahn_which_state;

typedef struct hahn_backend_ops {
    const char *name;
    /* Bytes that open() would allocate, with `kept` states kept in each lane. Saturates. */
    uint64_t (*bytes)(const hahn_engine *engine, const hahn_program *program, int64_t lanes,
                      hahn_purpose purpose, uint64_t kept);
    /* Allocate ws->storage, or nothing on failure; and give it back. */
    hahn_status (*open)(hahn_workspace *ws);
    void (*close)(hahn_workspace *ws);
    /* Keep a start state (double, interleaved); NULL: |0...0>. */
    hahn_status (*set_start)(hahn_workspace *ws, const double *amplitudes);
    /* Coefficients of all terms from `lanes` rows of parameters. */
    hahn_status (*bind)(hahn_workspace *ws, int64_t lanes, const double *thetas, hahn_shift shift);
    /* psi <- start state. */
    hahn_status (*start)(hahn_workspace *ws, int64_t lanes);
    /* psi <- stages [first, end) psi. */
    hahn_status (*forward)(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end);
    /* energies[lane] = <psi|O|psi>; with keep, lambda <- O psi. */
    hahn_status (*observe)(hahn_workspace *ws, int64_t lanes, bool keep, double *energies);
    /* Back through stages [first, end): add each term's derivative to its parameters in `lanes`
       rows of gradients, and undo the stage on psi and lambda. */
    hahn_status (*backward)(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end,
                            double *gradients);
    /* Kept state `slot` of each lane <- psi. */
    hahn_status (*keep)(hahn_workspace *ws, int64_t lanes, uint64_t slot);
    /* distances[lane] = || psi - kept state ||; psi <- kept state `slot`. */
    hahn_status (*recall)(hahn_workspace *ws, int64_t lanes, uint64_t slot, double *distances);
    /* || psi - start || and Re <lambda|psi>. */
    hahn_status (*certify)(hahn_workspace *ws, int64_t lanes, hahn_certificate *certificates);
    /* A lane's state as double, interleaved. */
    hahn_status (*read)(const hahn_workspace *ws, hahn_which_state which, int64_t lane,
                        double *amplitudes);
    /* Outcomes of `shots` measurements of lane 0's psi, which is used up, by uniforms of the stream
       HAHN_STREAM_SHOTS. */
    hahn_status (*sample)(hahn_workspace *ws, uint64_t seed, int64_t shots, uint64_t *outcomes);
} hahn_backend_ops;

struct hahn_workspace {
    hahn_engine *engine;
    const hahn_program *program;
    const hahn_backend_ops *ops;
    hahn_purpose purpose;
    hahn_precision precision;
    int threads;
    int64_t lanes;
    uint64_t segments; /* at least 1; one state less is kept in each lane */
    int64_t finished;  /* lanes whose adjoint state may be read */
    void *storage;     /* the backend's own */
    /* One for each lane: results of callers who do not ask for them, and echo errors of segments.
     */
    hahn_certificate *certificates;
    double *energies, *echoes, *distances;
    uint64_t *ends; /* of each segment: one past its last stage */
    hahn_times times;
};

const hahn_backend_ops *hahn_reference_backend(void);
const hahn_backend_ops *hahn_cpu_backend(void);
/* The table of the backend that the engine runs. */
const hahn_backend_ops *hahn_backend_of(const hahn_engine *engine);

/* Check `batch` rows of parameters: pointers, counts, finite numbers. */
hahn_status hahn_check_run(hahn_workspace *ws, int64_t batch, const double *thetas);

/* Row `row` of a matrix of numbers; a matrix without columns may be NULL. */
static inline const double *hahn_row(const double *rows, int64_t row, int64_t columns)
{
    return columns ? rows + row * columns : rows;
}

/* Seconds of a monotonic clock. */
double hahn_seconds(void);

#endif
