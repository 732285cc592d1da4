/* Storage and driver that the backends in host memory share: states as split real and imaginary
   arrays, coefficient tables, and loops over lanes and chunks. What differs between them is a table
   of kernels. */
#ifndef HAHN_CORE_HOST_H
#define HAHN_CORE_HOST_H

#include "core/backend.h"

/* A state: real and imaginary parts, each 2^n numbers of the workspace's precision. */
typedef struct hahn_split {
    void *re, *im;
} hahn_split;

/* One instance of the batch. */
typedef struct hahn_lane {
    hahn_split psi, lambda;
    hahn_split
        scratch; /* P stages with a table gather into it, and it changes places with a state */
    void *coefficients; /* two numbers a term: cos and sin of angle/2 (zrot, ry) or angle (phase) */
    double *moments;    /* a row for each chunk: the stage's derivatives by its terms' angles */
    double *sums;       /* a number for each chunk */
    void *kept;         /* states at boundaries between segments, one after another */
    bool bound;         /* all angles were finite */
} hahn_lane;

/* Kernels of one precision. A stage is run in passes, one after another; the chunks of a pass are
   independent of each other and may run at once. */
typedef struct hahn_host_kernels {
    const char *name;
    uint64_t (*passes)(const hahn_program *program, const hahn_stage *stage);
    uint64_t (*chunks)(const hahn_program *program, const hahn_stage *stage);
    void (*forward)(const hahn_program *program, hahn_lane *lane, const hahn_stage *stage,
                    uint64_t pass, uint64_t chunk);
    /* Adds to row `chunk` of lane->moments, which has stage->count numbers. */
    void (*backward)(const hahn_program *program, hahn_lane *lane, const hahn_stage *stage,
                     uint64_t pass, uint64_t chunk);
    /* Part of <psi|O|psi> from one of the program's chunks; with keep, lambda <- O psi there. */
    double (*observe)(const hahn_program *program, hahn_lane *lane, uint64_t chunk, bool keep);
} hahn_host_kernels;

/* The plain loops, and whole-state parts that the others share. */
const hahn_host_kernels *hahn_reference_kernels(hahn_precision precision);

/* Chooses the kernels for an engine, a number of qubits and a precision. */
typedef const hahn_host_kernels *(*hahn_pick_kernels)(const hahn_engine *engine, int qubits,
                                                      hahn_precision precision);

typedef struct hahn_host {
    const hahn_host_kernels *kernels;
    hahn_lane *lanes;
    hahn_split start; /* NULL parts: |0...0> */
    void *block;      /* one allocation for all lanes */
    uint64_t block_bytes;
} hahn_host;

hahn_status hahn_host_open(hahn_workspace *ws, hahn_pick_kernels pick);
uint64_t hahn_host_bytes(const hahn_engine *engine, const hahn_program *program, int64_t lanes,
                         hahn_purpose purpose, uint64_t kept);
void hahn_host_close(hahn_workspace *ws);
hahn_status hahn_host_set_start(hahn_workspace *ws, const double *amplitudes);
hahn_status hahn_host_bind(hahn_workspace *ws, int64_t lanes, const double *thetas,
                           hahn_shift shift);
hahn_status hahn_host_start(hahn_workspace *ws, int64_t lanes);
hahn_status hahn_host_forward(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end);
hahn_status hahn_host_observe(hahn_workspace *ws, int64_t lanes, bool keep, double *energies);
hahn_status hahn_host_backward(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end,
                               double *gradients);
hahn_status hahn_host_keep(hahn_workspace *ws, int64_t lanes, uint64_t slot);
hahn_status hahn_host_recall(hahn_workspace *ws, int64_t lanes, uint64_t slot, double *distances);
hahn_status hahn_host_certify(hahn_workspace *ws, int64_t lanes, hahn_certificate *certificates);
hahn_status hahn_host_read(const hahn_workspace *ws, hahn_which_state which, int64_t lane,
                           double *amplitudes);
hahn_status hahn_host_sample(hahn_workspace *ws, uint64_t seed, int64_t shots, uint64_t *outcomes);

/* The entries of an ops table that all host backends share: all but name and open. */
#define HAHN_HOST_OPS                                                                              \
    .bytes = hahn_host_bytes, .close = hahn_host_close, .set_start = hahn_host_set_start,          \
    .bind = hahn_host_bind, .start = hahn_host_start, .forward = hahn_host_forward,                \
    .observe = hahn_host_observe, .backward = hahn_host_backward, .keep = hahn_host_keep,          \
    .recall = hahn_host_recall, .certify = hahn_host_certify, .read = hahn_host_read,              \
    .sample = hahn_host_sample

#endif
