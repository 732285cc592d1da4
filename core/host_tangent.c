/* States of host backends, as derivatives along directions need them. */
#include "core/host.h"

#include "core/parallel.h"

#include <string.h>

static hahn_lane *lane_of(const hahn_workspace *ws, int64_t lane)
{
    return &((hahn_host *)ws->storage)->lanes[lane];
}

/* Waking a thread costs as much as some ten thousand amplitudes. */
static int threads_for(const hahn_workspace *ws)
{
    return hahn_bit(ws->program->qubits) > 16384 ? ws->threads : 1;
}

static hahn_status assign(hahn_workspace *ws, int64_t lane, hahn_which_state which,
                          const double *amplitudes)
{
    const hahn_split state = *hahn_host_state(lane_of(ws, lane), which);
    const uint64_t half = hahn_host_half(ws);
    memset(state.re, 0, half);
    memset(state.im, 0, half);
    for (uint64_t j = 0; amplitudes && j < hahn_bit(ws->program->qubits); j++) {
        hahn_host_store(ws, state.re, j, amplitudes[2 * j]);
        hahn_host_store(ws, state.im, j, amplitudes[2 * j + 1]);
    }
    return HAHN_OK;
}

static hahn_status inner(hahn_workspace *ws, int64_t lanes, hahn_which_state left,
                         hahn_which_state right, double *re, double *im)
{
    const hahn_host_kernels *kernels = ((hahn_host *)ws->storage)->kernels;
    const hahn_program *program = ws->program;
    const int64_t chunks = (int64_t)program->chunks;
    for (int64_t k = 0; k < lanes; k++) {
        hahn_lane *lane = lane_of(ws, k);
        const hahn_split a = *hahn_host_state(lane, left), b = *hahn_host_state(lane, right);
        double *sums = lane->sums;
        HAHN_PARALLEL(static, threads_for(ws))
        for (int64_t chunk = 0; chunk < chunks; chunk++) {
            sums[chunk] = kernels->overlap(program, a, b, (uint64_t)chunk);
            sums[chunks + chunk] = kernels->overlap_im(program, a, b, (uint64_t)chunk);
        }
        re[k] = hahn_fold(sums, program->chunks);
        im[k] = hahn_fold(sums + chunks, program->chunks);
    }
    return HAHN_OK;
}

static hahn_status combine(hahn_workspace *ws, int64_t lanes, hahn_which_state to,
                           hahn_which_state from, const double *re, const double *im)
{
    const hahn_host_kernels *kernels = ((hahn_host *)ws->storage)->kernels;
    const int64_t chunks = (int64_t)ws->program->chunks;
    for (int64_t k = 0; k < lanes; k++) {
        const hahn_split a = *hahn_host_state(lane_of(ws, k), to);
        const hahn_split b = *hahn_host_state(lane_of(ws, k), from);
        HAHN_PARALLEL(static, threads_for(ws))
        for (int64_t chunk = 0; chunk < chunks; chunk++)
            kernels->combine(ws->program, a, b, re[k], im[k], (uint64_t)chunk);
    }
    return HAHN_OK;
}

static hahn_status expect(hahn_workspace *ws, int64_t lanes, uint64_t x, uint64_t z, double *values)
{
    const hahn_host_kernels *kernels = ((hahn_host *)ws->storage)->kernels;
    const int64_t chunks = (int64_t)ws->program->chunks;
    for (int64_t k = 0; k < lanes; k++) {
        const hahn_lane *lane = lane_of(ws, k);
        HAHN_PARALLEL(static, threads_for(ws))
        for (int64_t chunk = 0; chunk < chunks; chunk++)
            lane->sums[chunk] = kernels->expect(ws->program, lane->psi, x, z, (uint64_t)chunk);
        values[k] = hahn_fold(lane->sums, ws->program->chunks);
    }
    return HAHN_OK;
}

const hahn_tangent_ops hahn_host_tangent_ops = {.bind = hahn_host_bind_course,
                                                .forward = hahn_host_forward_tangent,
                                                .backward = hahn_host_backward_tangent,
                                                .observe = hahn_host_observe_state,
                                                .assign = assign,
                                                .inner = inner,
                                                .combine = combine,
                                                .expect = expect};
