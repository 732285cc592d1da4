/* Evaluations in one launch, and what they share with those in steps. */
#ifndef HAHN_CUDA_EVALUATE_H
#define HAHN_CUDA_EVALUATE_H

#include "cuda/launch.h"

/* Is a lane of the workspace all in one block of threads? */
static inline bool hahn_cuda_is_resident(const hahn_workspace *ws)
{
    return ws->program->tile_qubits == ws->program->qubits && ws->kept == 0;
}

/* In line, without waiting: what every lane comes to, to the device's memory. */
int hahn_cuda_launch_evaluation(const hahn_workspace *ws, int64_t lanes, bool gradient,
                                hahn_evaluated *results);

/* Share out the time of an evaluation as one of its lanes has spent its clocks; false where there
   are none. */
bool hahn_cuda_share_time(const hahn_evaluated *lane, double seconds, hahn_times *times);

/* See hahn_backend_ops. */
hahn_status hahn_cuda_evaluate(hahn_workspace *ws, int64_t lanes, double *energies,
                               double *gradients, hahn_certificate *certificates);

extern const hahn_tangent_ops hahn_cuda_tangent_ops;

/* -- backend.c -------------------------------------------------------------------------------- */

/* Bind the parameters that stand on the device. *faulty: whether some angle is not finite. */
int hahn_cuda_bind_here(const hahn_workspace *ws, int64_t lanes, hahn_shift shift, int *faulty);
/* Sweeps forward, or backward with derivatives, of stages [first, end), each by `run`. */
hahn_status hahn_cuda_run_forward(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end,
                                  hahn_cuda_sweep run);
hahn_status hahn_cuda_run_backward(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end,
                                   hahn_cuda_sweep run, double *gradients);
/* to <- O from, where it is not NULL, and <from|O|from>, of states of all lanes. */
hahn_status hahn_cuda_observe(hahn_workspace *ws, int64_t lanes, hahn_cycle sums, const void *from,
                              void *to, double *energies);
/* Fold the parts of a sum in each lane, and fetch the sums. */
int hahn_cuda_fetch_sums(const hahn_workspace *ws, int64_t lanes, double *sums);
/* Add derivatives by slots up by parameter, and those to `lanes` rows of gradients on the host. */
int hahn_cuda_add_gradients(const hahn_workspace *ws, int64_t lanes, double *gradients);

#endif
