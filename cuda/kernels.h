/* The seam between the CUDA backend, in C, and its kernels: device memory, and what is launched.
   Functions return 0, or a code of the CUDA runtime. */
#ifndef HAHN_CUDA_KERNELS_H
#define HAHN_CUDA_KERNELS_H

#include "core/update.h"
#include "cuda/passes.h"
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All work stands in one line, the calling thread's, and is done in that order. Entries of the
   backend wait for theirs, so that another thread may go on. */

/* Device memory. Allocated memory is not cleared. Uploads and downloads wait for all that stands
   before them, and for themselves; clear and copy, within the device, go in line. */
int hahn_cuda_allocate(void **out, uint64_t bytes);
int hahn_cuda_release(void *memory);
int hahn_cuda_free_bytes(uint64_t *bytes);
int hahn_cuda_clear(void *to, uint64_t bytes);
int hahn_cuda_upload(void *to, const void *from, uint64_t bytes);
int hahn_cuda_download(void *to, const void *from, uint64_t bytes);
int hahn_cuda_copy(void *to, const void *from, uint64_t bytes);
/* Until all that was launched is done, and whether it went well. */
int hahn_cuda_wait(void);
int hahn_cuda_choose(int device);

/* From begin to end, nothing that is put in line is done: it is kept in *recording, which
   hahn_cuda_replay puts in line as often as one likes, and hahn_cuda_erase frees. Nothing may be
   waited for or allocated in between. What goes wrong in between is told by the end, which must
   follow in any case. */
int hahn_cuda_begin_recording(void);
int hahn_cuda_end_recording(void **recording);
int hahn_cuda_replay(void *recording);
int hahn_cuda_erase(void *recording);
const char *hahn_cuda_error_text(int code);

/* Everything below: one lane's arrays stand one after another, `lanes` of them. */

/* Passes [first, end) of a sweep on all tiles. Tiles are shared out to rows of them, a block of
   threads each; what a row sees of a term's derivative goes to moments[(lane * rows + row) *
   moments_stride + slot - first_slot]. */
typedef struct hahn_walk {
    hahn_image image;
    uint32_t first, end;
    int qubits, tile_qubits, span;
    uint64_t tile;                /* mask */
    uint64_t bit[HAHN_MOST_SPAN]; /* of the state's index, for each of the tile's; else 0 */
    int64_t lanes;
    uint64_t rows;
    uint64_t slots; /* of the program */
    const void *coefficients;
    const void *rates; /* of all slots, and the tangents of psi and lambda: where there are some */
    void *psi, *lambda, *chi, *mu;
    double *moments;
    uint64_t moments_stride, first_slot;
} hahn_walk;

/* Coefficients of all slots, (cos, sin) of half the angle or for a phase of all of it. *faulty
   becomes 1 where an angle is not finite, and is left alone otherwise. */
typedef struct hahn_cuda_binding {
    hahn_image image;
    uint64_t slots;
    int64_t lanes, parameters;
    const double *thetas;
    uint64_t shifted; /* slot whose angle is moved, or UINT64_MAX */
    double delta;
    void *coefficients;
    int *faulty;
} hahn_cuda_binding;

/* Something for each lane: lane k has number (first + k * step) % count of `items`. NULL: what all
   have, |0...0> of states, the image's of sums. */
typedef struct hahn_cycle {
    const void *items;
    uint64_t count, first, step;
} hahn_cycle;

/* How fast the angles of all slots change along a direction of parameters: a row of them for each
   lane, or where that is NULL parameter `first` + lane. Halved but for phases, as generators want
   it.
   */
typedef struct hahn_cuda_course {
    hahn_image image;
    uint64_t slots;
    int64_t lanes, parameters;
    const double *directions;
    uint64_t first;
    void *rates;
} hahn_cuda_course;

/* lambda <- O psi, where it is not NULL, and <psi|O|psi> in parts: parts[lane * count + part]. */
typedef struct hahn_observation {
    hahn_sum own;
    hahn_cycle sums;
    int qubits;
    int64_t lanes;
    const void *psi;
    void *lambda;
    double *parts;
    uint64_t count;
} hahn_observation;

/* What an evaluation leaves of a lane. `echo` is || psi - start ||^2 after the way back. Clocks of
   the multiprocessor: when it began, was forth, had observed, was back. Of an energy alone there is
   nothing else. */
typedef struct hahn_evaluated {
    double energy, echo, start_energy;
    int64_t clocks[4];
} hahn_evaluated;

/* A circuit whose state is one tile, from the start state to its energy, or to its gradient: all
   passes of the walk there and back, psi and lambda being what they are at the start then. */
typedef struct hahn_evaluation {
    hahn_walk walk;
    hahn_cycle starts, sums;
    hahn_evaluated *results;
} hahn_evaluation;

/* Of two states of each lane. */
typedef struct hahn_comparison {
    int qubits;
    int64_t lanes;
    const void *a;
    hahn_cycle b;
    double *parts;
    uint64_t count;
} hahn_comparison;

/* <psi|P|psi> of the Pauli string with the masks x and z. */
typedef struct hahn_expectation {
    int qubits;
    int64_t lanes;
    const void *psi;
    uint64_t x, z;
    double *parts;
    uint64_t count;
} hahn_expectation;

/* Shots at cumulative probabilities, as accumulate() leaves them. */
typedef struct hahn_shooting {
    const void *psi;
    int qubits;
    const double *parts;
    uint64_t part_count;
    uint64_t seed, first, count;
    uint64_t *outcomes;
} hahn_shooting;

typedef struct hahn_cuda_kernels {
    int (*bind)(const hahn_cuda_binding *b);
    int (*start)(void *psi, const hahn_cycle *starts, int qubits, int64_t lanes);
    int (*forward)(const hahn_walk *w);
    int (*backward)(const hahn_walk *w);
    /* The same with the tangents of psi, and of lambda. */
    int (*rate)(const hahn_cuda_course *c);
    int (*tangent_forward)(const hahn_walk *w);
    int (*tangent_backward)(const hahn_walk *w);
    int (*observe)(const hahn_observation *o);
    int (*evaluate)(const hahn_evaluation *e, bool gradient);
    int (*distance)(const hahn_comparison *c); /* || a - b ||^2 */
    int (*overlap)(const hahn_comparison *c);  /* Re <a|b> */
    int (*overlap_im)(const hahn_comparison *c);
    int (*expect)(const hahn_expectation *e);
    /* to <- to + (re + i im) from, by two numbers for each lane, on the device */
    int (*combine)(void *to, const void *from, const double *re, const double *im, int qubits,
                   int64_t lanes);
    int (*widen)(const void *from, double *to, uint64_t count);
    int (*narrow)(const double *from, void *to, uint64_t count);
    /* psi <- its cumulative probabilities in each part; parts <- those of the parts */
    int (*accumulate)(void *psi, int qubits, double *parts, uint64_t count);
    /* Outcomes of shots first to first + count - 1, by uniforms of the stream HAHN_STREAM_SHOTS. */
    int (*draw)(const hahn_shooting *s);
    /* Amplitudes of `count` states from normals, see hahn_backend_ops.random_starts; number k is
       that of stream HAHN_STREAM_STARTS + first + k. And all of each over sqrt(squares[k]). */
    int (*random)(void *states, int qubits, uint64_t first, uint64_t count, uint64_t seed);
    int (*normalise)(void *states, int qubits, uint64_t count, const double *squares);
} hahn_cuda_kernels;

#define HAHN_CUDA_DECLARE(f)                                                                       \
    int hahn_cuda_bind_##f(const hahn_cuda_binding *b);                                            \
    int hahn_cuda_start_##f(void *psi, const hahn_cycle *starts, int qubits, int64_t lanes);       \
    int hahn_cuda_forward_##f(const hahn_walk *w);                                                 \
    int hahn_cuda_backward_##f(const hahn_walk *w);                                                \
    int hahn_cuda_rate_##f(const hahn_cuda_course *c);                                             \
    int hahn_cuda_tangent_forward_##f(const hahn_walk *w);                                         \
    int hahn_cuda_tangent_backward_##f(const hahn_walk *w);                                        \
    int hahn_cuda_observe_##f(const hahn_observation *o);                                          \
    int hahn_cuda_evaluate_##f(const hahn_evaluation *e, bool gradient);                           \
    int hahn_cuda_distance_##f(const hahn_comparison *c);                                          \
    int hahn_cuda_overlap_##f(const hahn_comparison *c);                                           \
    int hahn_cuda_overlap_im_##f(const hahn_comparison *c);                                        \
    int hahn_cuda_expect_##f(const hahn_expectation *e);                                           \
    int hahn_cuda_combine_##f(void *to, const void *from, const double *re, const double *im,      \
                              int qubits, int64_t lanes);                                          \
    int hahn_cuda_widen_##f(const void *from, double *to, uint64_t count);                         \
    int hahn_cuda_narrow_##f(const double *from, void *to, uint64_t count);                        \
    int hahn_cuda_accumulate_##f(void *psi, int qubits, double *parts, uint64_t count);            \
    int hahn_cuda_draw_##f(const hahn_shooting *s);                                                \
    int hahn_cuda_random_##f(void *states, int qubits, uint64_t first, uint64_t count,             \
                             uint64_t seed);                                                       \
    int hahn_cuda_normalise_##f(void *states, int qubits, uint64_t count, const double *squares);
HAHN_CUDA_DECLARE(f64)
HAHN_CUDA_DECLARE(f32)
#undef HAHN_CUDA_DECLARE

/* out <- numbers first to first + count - 1 < 2^63 of a stream: uniforms, those of
   hahn_random_uniform bit by bit, or normals. */
typedef struct hahn_drawing {
    uint64_t seed, stream, first, count;
    double *out;
} hahn_drawing;

int hahn_cuda_random(const hahn_drawing *d, bool normal);

/* sums[k * stride] <- the sum of parts[k * count] to parts[k * count + count - 1], in one order; or
   with `largest` the larger of that and what is there, where NaN is the largest of all. */
typedef struct hahn_cuda_folding {
    const double *parts;
    uint64_t count;
    double *sums;
    uint64_t stride;
    int64_t sum_count;
    bool largest;
} hahn_cuda_folding;

int hahn_cuda_fold(const hahn_cuda_folding *f);
/* moments[lane * slots + first + k] <- the sum over rows of rows[(lane * row_count + row) * stride
   + k], for k < count. */
int hahn_cuda_fold_rows(const double *rows, uint64_t row_count, uint64_t stride, uint64_t count,
                        double *moments, uint64_t slots, uint64_t first, int64_t lanes);
/* gradients[lane][p] <- the sum over the uses of parameter p of scale * moment. */
int hahn_cuda_gather(const hahn_image *image, const double *moments, uint64_t slots,
                     double *gradients, int64_t parameters, int64_t lanes);

/* Rows of gradients: parts[row * count + part] <- a part of each row's sum of squares. *faulty
   becomes 1 where a parameter is not finite. */
typedef struct hahn_cuda_squaring {
    const double *theta, *gradient;
    uint64_t parameters;
    int64_t rows;
    double *parts;
    uint64_t count;
    int *faulty;
} hahn_cuda_squaring;

int hahn_cuda_square(const hahn_cuda_squaring *s);
/* One update of all parameters. */
int hahn_cuda_step(const hahn_update *update);

#ifdef __cplusplus
}
#endif
#endif
