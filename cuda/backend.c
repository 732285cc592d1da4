/* The CUDA backend: the library's seam on a device. */
#include "cuda/backend.h"

#include "cuda/descent.h"
#include "cuda/evaluate.h"
#include "cuda/overlaps.h"

#include <math.h>
#include <string.h>

/* -- binding and start ------------------------------------------------------------------------ */

int hahn_cuda_bind_here(const hahn_workspace *ws, int64_t lanes, hahn_shift shift, int *faulty)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    int *flag = hahn_cuda_part(ws, c->plan.faulty);
    int code = hahn_cuda_clear(flag, sizeof(int));
    if (code == 0)
        code = hahn_cuda_launch_bind(ws, lanes, hahn_cuda_part(ws, c->plan.thetas), shift, flag);
    return code ? code : hahn_cuda_download(faulty, flag, sizeof(int));
}

static int run_bind(hahn_workspace *ws, int64_t lanes, const double *thetas, hahn_shift shift,
                    int *faulty)
{
    void *own = hahn_cuda_part(ws, hahn_cuda_of(ws)->plan.thetas);
    const uint64_t bytes = (uint64_t)(lanes * ws->program->parameters) * sizeof(double);
    const int code = bytes ? hahn_cuda_upload(own, thetas, bytes) : 0;
    return code ? code : hahn_cuda_bind_here(ws, lanes, shift, faulty);
}

static hahn_status bind(hahn_workspace *ws, int64_t lanes, const double *thetas, hahn_shift shift)
{
    int faulty = 0;
    hahn_status status = hahn_cuda_enter(ws);
    if (status == HAHN_OK)
        status = hahn_cuda_status(ws->engine, run_bind(ws, lanes, thetas, shift, &faulty),
                                  "to bind parameters");
    return status == HAHN_OK && faulty ? hahn_fail_angle(ws->engine) : status;
}

static hahn_status start(hahn_workspace *ws, int64_t lanes)
{
    hahn_status status = hahn_cuda_enter(ws);
    if (status == HAHN_OK)
        status = hahn_cuda_status(ws->engine, hahn_cuda_launch_start(ws, lanes),
                                  "to set the start state");
    return status;
}

/* -- sweeps ----------------------------------------------------------------------------------- */

hahn_status hahn_cuda_run_forward(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end,
                                  hahn_cuda_sweep run)
{
    const hahn_status status = hahn_cuda_enter(ws);
    if (status != HAHN_OK)
        return status;
    const int code = hahn_cuda_launch_forward(ws, lanes, first, end, run);
    return hahn_cuda_status(ws->engine, code ? code : hahn_cuda_wait(), "to run stages");
}

static hahn_status forward(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end)
{
    return hahn_cuda_run_forward(ws, lanes, first, end, hahn_cuda_of(ws)->kernels->forward);
}

int hahn_cuda_add_gradients(const hahn_workspace *ws, int64_t lanes, double *gradients)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const uint64_t total = (uint64_t)(lanes * ws->program->parameters);
    double *own = hahn_cuda_part(ws, c->plan.gradients);
    int code = hahn_cuda_launch_gather(ws, lanes, own);
    for (uint64_t k = 0; k < total && code == 0; k += HAHN_STAGED) {
        const uint64_t part = total - k < HAHN_STAGED ? total - k : HAHN_STAGED;
        code = hahn_cuda_download(c->staged, own + k, part * sizeof(double));
        for (uint64_t i = 0; i < part && code == 0; i++)
            gradients[k + i] += c->staged[i];
    }
    return code;
}

hahn_status hahn_cuda_run_backward(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end,
                                   hahn_cuda_sweep run, double *gradients)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const uint64_t bytes = (uint64_t)lanes * ws->program->terms.count * sizeof(double);
    const hahn_status status = hahn_cuda_enter(ws);
    if (status != HAHN_OK)
        return status;
    /* Terms of other stages have no part in this. */
    int code = bytes ? hahn_cuda_clear(hahn_cuda_part(ws, c->plan.moments), bytes) : 0;
    if (code == 0)
        code = hahn_cuda_launch_backward(ws, lanes, first, end, run);
    if (code == 0)
        code = hahn_cuda_add_gradients(ws, lanes, gradients);
    return hahn_cuda_status(ws->engine, code ? code : hahn_cuda_wait(), "to undo stages");
}

static hahn_status backward(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end,
                            double *gradients)
{
    return hahn_cuda_run_backward(ws, lanes, first, end, hahn_cuda_of(ws)->kernels->backward,
                                  gradients);
}

/* -- sums over states ------------------------------------------------------------------------- */

/* Fold the parts of a sum in each lane, and fetch the sums. */
int hahn_cuda_fetch_sums(const hahn_workspace *ws, int64_t lanes, double *sums)
{
    double *own = hahn_cuda_part(ws, hahn_cuda_of(ws)->plan.sums);
    const int code = hahn_cuda_launch_fold(ws, lanes, own, 1, false);
    return code ? code : hahn_cuda_download(sums, own, (uint64_t)lanes * sizeof(double));
}

hahn_status hahn_cuda_observe(hahn_workspace *ws, int64_t lanes, hahn_cycle sums, const void *from,
                              void *to, double *energies)
{
    const hahn_status status = hahn_cuda_enter(ws);
    if (status != HAHN_OK)
        return status;
    int code = hahn_cuda_launch_observe(ws, lanes, sums, from, to);
    if (code == 0)
        code = hahn_cuda_fetch_sums(ws, lanes, energies);
    return hahn_cuda_status(ws->engine, code, "to apply the observable");
}

static hahn_status observe(hahn_workspace *ws, int64_t lanes, bool keep, double *energies)
{
    return hahn_cuda_observe(ws, lanes, hahn_cuda_sums(ws), hahn_cuda_state(ws, HAHN_PSI),
                             keep ? hahn_cuda_state(ws, HAHN_LAMBDA) : NULL, energies);
}

static int fetch_distances(const hahn_workspace *ws, int64_t lanes, double *distances)
{
    const int code = hahn_cuda_fetch_sums(ws, lanes, distances);
    for (int64_t k = 0; k < lanes && code == 0; k++)
        distances[k] = sqrt(distances[k]);
    return code;
}

/* By way of plain numbers, as certificates are no array of them. */
static hahn_status certify(hahn_workspace *ws, int64_t lanes, hahn_certificate *certificates)
{
    const hahn_status status = hahn_cuda_enter(ws);
    double *sums = ws->distances;
    if (status != HAHN_OK)
        return status;
    int code = hahn_cuda_launch_start_distance(ws, lanes);
    if (code == 0)
        code = fetch_distances(ws, lanes, sums);
    for (int64_t k = 0; k < lanes && code == 0; k++)
        certificates[k].echo_error = sums[k];
    if (code == 0)
        code = hahn_cuda_launch_overlap(ws, lanes);
    if (code == 0)
        code = hahn_cuda_fetch_sums(ws, lanes, sums);
    for (int64_t k = 0; k < lanes && code == 0; k++)
        certificates[k].start_energy = sums[k];
    return hahn_cuda_status(ws->engine, code, "to certify");
}

/* -- kept states ------------------------------------------------------------------------------ */

static hahn_status keep(hahn_workspace *ws, int64_t lanes, uint64_t slot)
{
    const hahn_status status = hahn_cuda_enter(ws);
    if (status != HAHN_OK)
        return status;
    return hahn_cuda_status(ws->engine, hahn_cuda_launch_keep(ws, lanes, slot), "to keep states");
}

static hahn_status recall(hahn_workspace *ws, int64_t lanes, uint64_t slot, double *distances)
{
    const hahn_status status = hahn_cuda_enter(ws);
    if (status != HAHN_OK)
        return status;
    int code = distances ? hahn_cuda_launch_kept_distance(ws, lanes, slot) : 0;
    if (code == 0 && distances)
        code = fetch_distances(ws, lanes, distances);
    if (code == 0)
        code = hahn_cuda_launch_recall(ws, lanes, slot);
    return hahn_cuda_status(ws->engine, code, "to recall states");
}

/* -- reading and measuring -------------------------------------------------------------------- */

static hahn_status read(const hahn_workspace *ws, hahn_which_state which, int64_t lane,
                        double *amplitudes)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const uint64_t count = 2 * hahn_bit(ws->program->qubits);
    const uint64_t size = ws->precision == HAHN_F64 ? sizeof(double) : sizeof(float);
    const char *state = (char *)hahn_cuda_state(ws, which) + (uint64_t)lane * c->plan.state;
    double *staged = hahn_cuda_part(ws, c->plan.staged);
    const hahn_status status = hahn_cuda_enter(ws);
    int code = 0;
    for (uint64_t k = 0; k < count && status == HAHN_OK && code == 0; k += HAHN_STAGED) {
        const uint64_t part = count - k < HAHN_STAGED ? count - k : HAHN_STAGED;
        code = c->kernels->widen(state + k * size, staged, part);
        if (code == 0)
            code = hahn_cuda_download(amplitudes + k, staged, part * sizeof(double));
    }
    return status ? status : hahn_cuda_status(ws->engine, code, "to read a state");
}

static int draw_part(const hahn_workspace *ws, uint64_t seed, uint64_t first, int64_t count,
                     uint64_t *outcomes)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const hahn_shooting s = {.psi = hahn_cuda_state(ws, HAHN_PSI),
                             .qubits = ws->program->qubits,
                             .parts = hahn_cuda_part(ws, c->plan.part_sums),
                             .part_count = c->plan.parts,
                             .seed = seed,
                             .first = first,
                             .count = (uint64_t)count,
                             .outcomes = hahn_cuda_part(ws, c->plan.staged)};
    const int code = c->kernels->draw(&s);
    return code ? code : hahn_cuda_download(outcomes, s.outcomes, s.count * sizeof *outcomes);
}

static hahn_status sample(hahn_workspace *ws, uint64_t seed, int64_t shots, uint64_t *outcomes)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const hahn_status status = hahn_cuda_enter(ws);
    if (status != HAHN_OK)
        return status;
    int code = c->kernels->accumulate(hahn_cuda_state(ws, HAHN_PSI), ws->program->qubits,
                                      hahn_cuda_part(ws, c->plan.part_sums), c->plan.parts);
    for (int64_t k = 0; k < shots && code == 0; k += (int64_t)HAHN_STAGED) {
        const int64_t left = shots - k, most = (int64_t)HAHN_STAGED;
        code = draw_part(ws, seed, (uint64_t)k, left < most ? left : most, outcomes + k);
    }
    return hahn_cuda_status(ws->engine, code, "to measure");
}

const hahn_backend_ops *hahn_cuda_backend(void)
{
    static const hahn_backend_ops ops = {.name = "cuda",
                                         .bytes = hahn_cuda_bytes,
                                         .open = hahn_cuda_open,
                                         .close = hahn_cuda_close,
                                         .set_starts = hahn_cuda_set_starts,
                                         .random_starts = hahn_cuda_random_starts,
                                         .set_observed = hahn_cuda_set_observed,
                                         .bind = bind,
                                         .start = start,
                                         .forward = forward,
                                         .observe = observe,
                                         .backward = backward,
                                         .keep = keep,
                                         .recall = recall,
                                         .certify = certify,
                                         .evaluate = hahn_cuda_evaluate,
                                         .swap = hahn_cuda_swap,
                                         .overlaps = hahn_cuda_overlaps,
                                         .read = read,
                                         .sample = sample,
                                         .tangent = &hahn_cuda_tangent_ops,
                                         .descent = &hahn_cuda_descent_ops};
    return &ops;
}
