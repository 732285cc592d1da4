/* What runs are made of on the device: the steps of a run on the first `lanes` lanes, put in line
   one after another. Nothing is waited for, and nothing goes to the host or comes from there, so
   that they may be recorded. All return 0 or a code of the runtime. */
#ifndef HAHN_CUDA_LAUNCH_H
#define HAHN_CUDA_LAUNCH_H

#include "cuda/storage.h"

/* The program's image on the device. */
hahn_image hahn_cuda_image_of(const hahn_workspace *ws);
/* The passes of stages [first, end) of one sweep, none where that is empty, on tiles of that mask.
 */
hahn_walk hahn_cuda_walk_of(const hahn_workspace *ws, int64_t lanes, uint64_t tile, uint64_t first,
                            uint64_t end);

/* Coefficients from rows of parameters on the device; *faulty becomes 1 where an angle is not
   finite. */
int hahn_cuda_launch_bind(const hahn_workspace *ws, int64_t lanes, const double *thetas,
                          hahn_shift shift, int *faulty);
int hahn_cuda_launch_start(const hahn_workspace *ws, int64_t lanes);
/* Sweeps of stages [first, end), each by `run`; backward, with derivatives by slots, those of other
   stages stay as they are. */
typedef int (*hahn_cuda_sweep)(const hahn_walk *w);
int hahn_cuda_launch_forward(const hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end,
                             hahn_cuda_sweep run);
int hahn_cuda_launch_backward(const hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end,
                              hahn_cuda_sweep run);
/* Derivatives by slots, added up by parameter, to rows of gradients on the device. */
int hahn_cuda_launch_gather(const hahn_workspace *ws, int64_t lanes, double *gradients);
int hahn_cuda_launch_keep(const hahn_workspace *ws, int64_t lanes, uint64_t slot);
int hahn_cuda_launch_recall(const hahn_workspace *ws, int64_t lanes, uint64_t slot);

/* Sums over states leave the workspace's parts, one sum at a time, which are to be folded. */
int hahn_cuda_launch_observe(const hahn_workspace *ws, int64_t lanes, hahn_cycle sums,
                             const void *from, void *to);
hahn_comparison hahn_cuda_comparison(const hahn_workspace *ws, int64_t lanes, const void *a,
                                     const void *b);
int hahn_cuda_launch_start_distance(const hahn_workspace *ws, int64_t lanes); /* squared */
int hahn_cuda_launch_kept_distance(const hahn_workspace *ws, int64_t lanes, uint64_t slot);
int hahn_cuda_launch_overlap(const hahn_workspace *ws, int64_t lanes); /* Re <lambda|psi> */
/* sums[lane * stride] <- the sum, or with `largest` the larger of it and what is there. */
int hahn_cuda_launch_fold(const hahn_workspace *ws, int64_t lanes, double *sums, uint64_t stride,
                          bool largest);

#endif
