/* What a workspace of the CUDA backend holds. */
#ifndef HAHN_CUDA_STORAGE_H
#define HAHN_CUDA_STORAGE_H

#include "core/backend.h"
#include "cuda/blas.h"
#include "cuda/image.h"
#include "cuda/kernels.h"

/* Numbers of the arrays, on host and device, through which all goes that has another form on the
   other side. */
#define HAHN_STAGED UINT64_C(32768)

/* Sizes of what a workspace holds, and where it stands in the device's block. */
typedef struct hahn_cuda_plan {
    hahn_image_plan image;
    uint64_t state;           /* bytes of one */
    uint64_t rows, row_terms; /* of a sweep's partial derivatives, and terms of a row; 0 rows: no
                                 need, there is one tile */
    uint64_t parts;           /* of a state, for sums over it */
    uint64_t states[HAHN_MOST_STATES]; /* by hahn_which_state */
    uint64_t kept, coefficients, rates, thetas, directions, gradients, moments, row_sums, part_sums,
        sums, results, staged, faulty;
    uint64_t block_bytes;
} hahn_cuda_plan;

typedef struct hahn_cuda {
    const hahn_cuda_kernels *kernels;
    int device;
    hahn_cuda_plan plan;
    char *host_image;
    double *staged; /* on the host */
    /* On the device: */
    char *image, *block;
    void *starts; /* ws->start_count states; NULL: |0...0> */
    void *sums;   /* ws->observed_count of hahn_sum, and their arrays; or NULL */
    uint64_t sums_bytes;
    hahn_blas blas;
} hahn_cuda;

hahn_cuda_plan hahn_cuda_measure(const hahn_program *program, hahn_precision precision,
                                 int64_t lanes, hahn_purpose purpose, uint64_t kept);

/* Bytes on host and device. */
uint64_t hahn_cuda_bytes(const hahn_engine *engine, const hahn_program *program, int64_t lanes,
                         hahn_purpose purpose, uint64_t kept);
hahn_status hahn_cuda_open(hahn_workspace *ws);
void hahn_cuda_close(hahn_workspace *ws);
hahn_status hahn_cuda_set_starts(hahn_workspace *ws, int64_t count, const double *amplitudes);
hahn_status hahn_cuda_random_starts(hahn_workspace *ws, int64_t count, uint64_t seed);
void hahn_cuda_clear_starts(hahn_workspace *ws);
hahn_status hahn_cuda_set_observed(hahn_workspace *ws, int64_t count, const hahn_program *observed);

/* What the lanes have now of `count` things; start states and sums among them. */
hahn_cycle hahn_cuda_cycle(const hahn_workspace *ws, const void *items, int64_t count);
hahn_cycle hahn_cuda_sums(const hahn_workspace *ws);
hahn_cycle hahn_cuda_starts(const hahn_workspace *ws);

/* `count` numbers to the device, in the precision of the workspace. */
int hahn_cuda_write(const hahn_workspace *ws, uint64_t count, const double *numbers, void *to);

static inline hahn_cuda *hahn_cuda_of(const hahn_workspace *ws)
{
    return ws->storage;
}

/* A part of the device's block. */
static inline void *hahn_cuda_part(const hahn_workspace *ws, uint64_t at)
{
    return hahn_cuda_of(ws)->block + at;
}

/* Memory of the device that counts as the library's own. Released whatever the runtime says: it is
   no longer ours. NULL is fine. */
hahn_status hahn_cuda_allocate_counted(hahn_engine *engine, int device, uint64_t bytes,
                                       const char *what, void **out);
void hahn_cuda_release_counted(hahn_engine *engine, void *memory, uint64_t bytes);

/* A state of lane 0; those of the other lanes follow. */
static inline void *hahn_cuda_state(const hahn_workspace *ws, hahn_which_state which)
{
    return hahn_cuda_part(ws, hahn_cuda_of(ws)->plan.states[which]);
}

/* An observable that is on the device for one call. */
typedef struct hahn_cuda_lent_sum {
    void *memory;
    uint64_t bytes;
} hahn_cuda_lent_sum;

hahn_status hahn_cuda_send_sum(hahn_workspace *ws, const hahn_program *observed,
                               hahn_cuda_lent_sum *out);
void hahn_cuda_take_sum_back(hahn_workspace *ws, const hahn_cuda_lent_sum *sum);

/* HAHN_OK for code 0; else a status, with what was being done. */
hahn_status hahn_cuda_status(hahn_engine *engine, int code, const char *what);

/* Make the workspace's device the one that this thread's calls are for. */
hahn_status hahn_cuda_enter(const hahn_workspace *ws);

#endif
