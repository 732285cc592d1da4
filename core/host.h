/* Storage and driver that the backends in host memory share: states as split real and imaginary
   arrays, coefficient tables, and loops over lanes and chunks. What differs between them is a table
   of kernels. */
#ifndef HAHN_CORE_HOST_H
#define HAHN_CORE_HOST_H

#include "core/backend.h"
#include "core/cpu/bind.h"

/* A state: real and imaginary parts, each 2^n numbers of the workspace's precision. Where it is
   walked over in tiles there is a gap after each 2^HAHN_RUN_QUBITS numbers: the rows of a tile lie
   a power of two apart, and would otherwise all want the same few places of a cache. */
typedef struct hahn_split {
    void *re, *im;
    int run_qubits; /* HAHN_RUN_QUBITS, or HAHN_NO_GAPS */
} hahn_split;

/* Arrays that are walked over side by side, and which are a power of two long, begin a few cache
   lines further on each: else the same amplitudes of all of them want the same places of a cache.
 */
#define HAHN_SKEW UINT64_C(1088)

static inline uint64_t hahn_skewed(uint64_t bytes)
{
    return bytes >= 4096 && bytes < UINT64_MAX - HAHN_SKEW ? bytes + HAHN_SKEW : bytes;
}

#define HAHN_RUN_QUBITS 12
#define HAHN_GAP_QUBITS 6
#define HAHN_NO_GAPS    63

/* Where amplitude j of a state stands. */
static inline uint64_t hahn_place(int run_qubits, uint64_t j)
{
    return j + (j >> run_qubits << HAHN_GAP_QUBITS);
}

/* One instance of the batch. */
typedef struct hahn_lane {
    hahn_split psi, lambda, chi, mu; /* as many of them as the purpose asks for */
    void *coefficients; /* two numbers a term: cos and sin of angle/2 (zrot, ry) or angle (phase) */
    double *scales;     /* of each stage, where the kernels bind */
    double *rates;      /* of each term, for tangents: what its generator is multiplied by */
    double *moments;    /* a row for each chunk: a sweep's derivatives by its terms' angles */
    double *sums;       /* two numbers for each chunk */
    void *kept;         /* states at boundaries between segments, one after another */
    bool bound;         /* all angles were finite */
} hahn_lane;

/* Run task(context, k) for all k below count, on several threads at once. */
typedef void (*hahn_task)(void *context, int k);
typedef void (*hahn_run)(int threads, int count, hahn_task task, void *context);

/* Stages [first, end) of a sweep, on some of its tiles. */
typedef struct hahn_span {
    const hahn_sweep *sweep;
    uint64_t first, end;
    uint64_t first_tile, end_tile;
    int threads; /* that may share the work on a tile, by `run` */
    hahn_run run;
} hahn_span;

/* Kernels of one precision. */
typedef struct hahn_host_kernels {
    const char *name;
    bool tiled; /* tiles are independent of each other, and may run at once */
    /* Coefficients and scales of all terms; false if an angle is not finite. NULL: cosines and
       sines by the C library, and no scales. */
    hahn_cpu_bind bind;
    /* Bytes of the memory that a thread works in. */
    uint64_t (*scratch_bytes)(const hahn_program *program);
    void (*forward)(const hahn_program *program, hahn_lane *lane, const hahn_span *span,
                    void *scratch);
    /* Adds to `moments`, one number for each term of the sweep. */
    void (*backward)(const hahn_program *program, hahn_lane *lane, const hahn_span *span,
                     void *scratch, double *moments);
    /* The same with tangents: of psi and chi, and of all four states. */
    void (*forward_tangent)(const hahn_program *program, hahn_lane *lane, const hahn_span *span,
                            void *scratch);
    void (*backward_tangent)(const hahn_program *program, hahn_lane *lane, const hahn_span *span,
                             void *scratch, double *moments);
    /* One chunk's part of ||a - b||^2, where b without an array is |0...0>, and of Re <a|b>. */
    double (*distance)(const hahn_program *program, hahn_split a, hahn_split b, uint64_t chunk);
    double (*overlap)(const hahn_program *program, hahn_split a, hahn_split b, uint64_t chunk);
    /* Im <a|b>, and to <- to + (re + i im) from. */
    double (*overlap_im)(const hahn_program *program, hahn_split a, hahn_split b, uint64_t chunk);
    void (*combine)(const hahn_program *program, hahn_split to, hahn_split from, double re,
                    double im, uint64_t chunk);
    /* <psi|P|psi> of a Pauli string. */
    double (*expect)(const hahn_program *program, hahn_split psi, uint64_t x, uint64_t z,
                     uint64_t chunk);
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
    void *starts; /* states one after another, each its real parts and then its imaginary ones */
    void *block;  /* one allocation for all lanes, and the threads' scratch memory */
    uint64_t block_bytes;
    int workers; /* most threads that work at once, each in its own scratch memory */
    char *scratch;
    uint64_t scratch_bytes; /* of one of them */
} hahn_host;

/* Runs of the states of a workspace. */
static inline int hahn_run_qubits(const hahn_program *program, const hahn_host_kernels *kernels)
{
    return kernels->tiled && program->qubits > program->tile_qubits ? HAHN_RUN_QUBITS
                                                                    : HAHN_NO_GAPS;
}

/* Amplitude j of an array of a state, whatever the precision; and its place there. */
static inline uint64_t hahn_host_place(const hahn_workspace *ws, uint64_t j)
{
    const hahn_host *host = ws->storage;
    return hahn_place(hahn_run_qubits(ws->program, host->kernels), j);
}

static inline double hahn_host_load(const hahn_workspace *ws, const void *numbers, uint64_t j)
{
    const uint64_t at = hahn_host_place(ws, j);
    return ws->precision == HAHN_F64 ? ((const double *)numbers)[at] : ((const float *)numbers)[at];
}

static inline void hahn_host_store(const hahn_workspace *ws, void *numbers, uint64_t j,
                                   double value)
{
    const uint64_t at = hahn_host_place(ws, j);
    if (ws->precision == HAHN_F64)
        ((double *)numbers)[at] = value;
    else
        ((float *)numbers)[at] = (float)value;
}

/* Partial sums, added up in order. */
static inline double hahn_fold(const double *parts, uint64_t count)
{
    double sum = 0;
    for (uint64_t k = 0; k < count; k++)
        sum += parts[k];
    return sum;
}

/* Bytes of the real or imaginary parts of a state. */
uint64_t hahn_host_half(const hahn_workspace *ws);

hahn_status hahn_host_open(hahn_workspace *ws, hahn_pick_kernels pick);
uint64_t hahn_host_bytes(const hahn_engine *engine, const hahn_program *program, int64_t lanes,
                         hahn_purpose purpose, uint64_t kept, hahn_pick_kernels pick);
void hahn_host_close(hahn_workspace *ws);
hahn_status hahn_host_set_starts(hahn_workspace *ws, int64_t count, const double *amplitudes);
hahn_status hahn_host_random_starts(hahn_workspace *ws, int64_t count, uint64_t seed);
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
hahn_status hahn_host_swap(hahn_workspace *ws, hahn_which_state left, hahn_which_state right);
hahn_status hahn_host_overlaps(hahn_workspace *ws, hahn_which_state left, int64_t rows,
                               hahn_which_state right, int64_t columns, double *matrix,
                               int64_t stride);
hahn_status hahn_host_sample(hahn_workspace *ws, uint64_t seed, int64_t shots, uint64_t *outcomes);

extern const hahn_tangent_ops hahn_host_tangent_ops;
hahn_status hahn_host_bind_course(hahn_workspace *ws, int64_t lanes, const hahn_course *course);
hahn_status hahn_host_forward_tangent(hahn_workspace *ws, int64_t lanes, uint64_t first,
                                      uint64_t end);
hahn_status hahn_host_backward_tangent(hahn_workspace *ws, int64_t lanes, uint64_t first,
                                       uint64_t end, double *products);
hahn_status hahn_host_observe_state(hahn_workspace *ws, int64_t lanes, const hahn_program *observed,
                                    hahn_which_state from, hahn_which_state to, double *energies);

hahn_split *hahn_host_state(hahn_lane *lane, hahn_which_state which);

/* Start state `index`; and that of a lane, NULL parts: |0...0>. */
hahn_split hahn_host_start_state(const hahn_workspace *ws, int64_t index);
hahn_split hahn_host_start_of(const hahn_workspace *ws, int64_t lane);

/* The entries of an ops table that all host backends share: all but name, bytes and open. */
#define HAHN_HOST_OPS                                                                              \
    .close = hahn_host_close, .set_starts = hahn_host_set_starts,                                  \
    .random_starts = hahn_host_random_starts, .bind = hahn_host_bind, .start = hahn_host_start,    \
    .forward = hahn_host_forward, .observe = hahn_host_observe, .backward = hahn_host_backward,    \
    .keep = hahn_host_keep, .recall = hahn_host_recall, .certify = hahn_host_certify,              \
    .read = hahn_host_read, .swap = hahn_host_swap, .overlaps = hahn_host_overlaps,                \
    .sample = hahn_host_sample, .tangent = &hahn_host_tangent_ops

#endif
