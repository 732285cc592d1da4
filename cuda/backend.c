/* The CUDA backend: the library's seam on a device. */
#include "cuda/backend.h"

#include "cuda/evaluate.h"
#include "cuda/overlaps.h"

#include <math.h>
#include <string.h>

hahn_image hahn_cuda_image_of(const hahn_workspace *ws)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    return hahn_image_at(&c->plan.image, c->image);
}

/* -- binding and start ------------------------------------------------------------------------ */

static uint64_t slot_of(const hahn_workspace *ws, uint64_t term)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const uint32_t *slots = (const uint32_t *)(void *)(c->host_image + c->plan.image.slot_of);
    return term < ws->program->terms.count ? slots[term] : UINT64_MAX;
}

int hahn_cuda_bind_here(const hahn_workspace *ws, int64_t lanes, hahn_shift shift, int *faulty)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const hahn_cuda_binding b = {.image = hahn_cuda_image_of(ws),
                                 .slots = ws->program->terms.count,
                                 .lanes = lanes,
                                 .parameters = ws->program->parameters,
                                 .thetas = hahn_cuda_part(ws, c->plan.thetas),
                                 .shifted = slot_of(ws, shift.term),
                                 .delta = shift.delta,
                                 .coefficients = hahn_cuda_part(ws, c->plan.coefficients),
                                 .faulty = hahn_cuda_part(ws, c->plan.faulty)};
    int code = hahn_cuda_clear(b.faulty, sizeof(int));
    if (code == 0)
        code = c->kernels->bind(&b);
    return code ? code : hahn_cuda_download(faulty, b.faulty, sizeof(int));
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
    const hahn_cuda *c = hahn_cuda_of(ws);
    const hahn_turns starts = hahn_cuda_starts(ws);
    hahn_status status = hahn_cuda_enter(ws);
    if (status == HAHN_OK)
        status = hahn_cuda_status(
            ws->engine,
            c->kernels->start(hahn_cuda_state(ws, HAHN_PSI), &starts, ws->program->qubits, lanes),
            "to set the start state");
    return status;
}

/* -- sweeps ----------------------------------------------------------------------------------- */

hahn_walk hahn_cuda_walk_of(const hahn_workspace *ws, int64_t lanes, uint64_t tile, uint64_t first,
                            uint64_t end)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const uint32_t *passes = (const uint32_t *)(void *)(c->host_image + c->plan.image.first_pass);
    return (hahn_walk){.image = hahn_cuda_image_of(ws),
                       .first = first < end ? passes[first] : 0,
                       .end = first < end ? passes[end] : 0,
                       .qubits = ws->program->qubits,
                       .tile_qubits = ws->program->tile_qubits,
                       .span = hahn_image_span(ws->program),
                       .tile = tile,
                       .lanes = lanes,
                       .rows = c->plan.rows,
                       .slots = ws->program->terms.count,
                       .coefficients = hahn_cuda_part(ws, c->plan.coefficients),
                       .rates = hahn_cuda_part(ws, c->plan.rates),
                       .psi = hahn_cuda_state(ws, HAHN_PSI),
                       .lambda = hahn_cuda_state(ws, HAHN_LAMBDA),
                       .chi = hahn_cuda_state(ws, HAHN_CHI),
                       .mu = hahn_cuda_state(ws, HAHN_MU),
                       .moments = hahn_cuda_part(ws, c->plan.moments),
                       .moments_stride = ws->program->terms.count};
}

/* The part of a sweep in stages [first, end). */
static hahn_walk part_of(const hahn_workspace *ws, int64_t lanes, const hahn_sweep *sweep,
                         uint64_t first, uint64_t end)
{
    return hahn_cuda_walk_of(ws, lanes, sweep->tile, sweep->first > first ? sweep->first : first,
                             sweep->end < end ? sweep->end : end);
}

hahn_status hahn_cuda_run_forward(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end,
                                  hahn_cuda_sweep run)
{
    const hahn_program *program = ws->program;
    const hahn_status status = hahn_cuda_enter(ws);
    int code = 0;
    for (uint64_t k = 0; k < program->sweeps.count && status == HAHN_OK && code == 0; k++) {
        const hahn_walk w = part_of(ws, lanes, hahn_program_sweep(program, k), first, end);
        code = w.first < w.end ? run(&w) : 0;
    }
    return status ? status
                  : hahn_cuda_status(ws->engine, code ? code : hahn_cuda_wait(), "to run stages");
}

static hahn_status forward(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end)
{
    return hahn_cuda_run_forward(ws, lanes, first, end, hahn_cuda_of(ws)->kernels->forward);
}

/* Slots of a walk's passes: they stand one after another. */
static void slots_of(const hahn_workspace *ws, const hahn_walk *w, uint64_t *first, uint64_t *count)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const hahn_pass *passes = hahn_image_at(&c->plan.image, c->host_image).passes;
    *first = passes[w->first].first_slot;
    *count = passes[w->end - 1].first_slot + passes[w->end - 1].slots - *first;
}

/* With several rows of tiles each has derivatives of its own, which are folded; one row writes them
   where they belong. */
static int walk_back(const hahn_workspace *ws, hahn_walk *w, hahn_cuda_sweep run)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    uint64_t first, count;
    if (c->plan.rows == 1)
        return run(w);
    slots_of(ws, w, &first, &count);
    double *moments = w->moments;
    w->moments = hahn_cuda_part(ws, c->plan.row_sums);
    w->moments_stride = c->plan.row_terms;
    w->first_slot = first;
    const int code = run(w);
    if (code || !count)
        return code;
    return hahn_cuda_fold_rows(w->moments, w->rows, w->moments_stride, count, moments, w->slots,
                               first, w->lanes);
}

int hahn_cuda_add_gradients(const hahn_workspace *ws, int64_t lanes, double *gradients)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const hahn_image image = hahn_cuda_image_of(ws);
    const uint64_t total = (uint64_t)(lanes * ws->program->parameters);
    double *own = hahn_cuda_part(ws, c->plan.gradients);
    int code = 0;
    if (total)
        code = hahn_cuda_gather(&image, hahn_cuda_part(ws, c->plan.moments),
                                ws->program->terms.count, own, ws->program->parameters, lanes);
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
    const hahn_program *program = ws->program;
    const uint64_t bytes = (uint64_t)lanes * program->terms.count * sizeof(double);
    const hahn_status status = hahn_cuda_enter(ws);
    if (status != HAHN_OK)
        return status;
    /* Terms of other stages have no part in this. */
    int code = bytes ? hahn_cuda_clear(hahn_cuda_part(ws, c->plan.moments), bytes) : 0;
    for (uint64_t k = program->sweeps.count; k-- > 0 && code == 0;) {
        hahn_walk w = part_of(ws, lanes, hahn_program_sweep(program, k), first, end);
        code = w.first < w.end ? walk_back(ws, &w, run) : 0;
    }
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
    const hahn_cuda *c = hahn_cuda_of(ws);
    double *own = hahn_cuda_part(ws, c->plan.sums);
    const int code =
        hahn_cuda_fold(hahn_cuda_part(ws, c->plan.part_sums), c->plan.parts, own, lanes);
    return code ? code : hahn_cuda_download(sums, own, (uint64_t)lanes * sizeof(double));
}

hahn_status hahn_cuda_observe(hahn_workspace *ws, int64_t lanes, hahn_turns sums, const void *from,
                              void *to, double *energies)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const hahn_observation o = {.own = hahn_cuda_image_of(ws).sum,
                                .sums = sums,
                                .qubits = ws->program->qubits,
                                .lanes = lanes,
                                .psi = from,
                                .lambda = to,
                                .parts = hahn_cuda_part(ws, c->plan.part_sums),
                                .count = c->plan.parts};
    const hahn_status status = hahn_cuda_enter(ws);
    if (status != HAHN_OK)
        return status;
    int code = c->kernels->observe(&o);
    if (code == 0)
        code = hahn_cuda_fetch_sums(ws, lanes, energies);
    return hahn_cuda_status(ws->engine, code, "to apply the observable");
}

static hahn_status observe(hahn_workspace *ws, int64_t lanes, bool keep, double *energies)
{
    return hahn_cuda_observe(ws, lanes, hahn_cuda_sums(ws), hahn_cuda_state(ws, HAHN_PSI),
                             keep ? hahn_cuda_state(ws, HAHN_LAMBDA) : NULL, energies);
}

/* States that stand side by side, one for each lane. */
static hahn_turns one_each(const void *states, int64_t lanes)
{
    return (hahn_turns){.items = states, .count = (uint64_t)lanes, .step = 1};
}

static hahn_comparison comparison_of(const hahn_workspace *ws, int64_t lanes, const void *a,
                                     hahn_turns b)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    return (hahn_comparison){.qubits = ws->program->qubits,
                             .lanes = lanes,
                             .a = a,
                             .b = b,
                             .parts = hahn_cuda_part(ws, c->plan.part_sums),
                             .count = c->plan.parts};
}

static int fetch_distances(const hahn_workspace *ws, const hahn_comparison *c, double *distances)
{
    int code = hahn_cuda_of(ws)->kernels->distance(c);
    if (code == 0)
        code = hahn_cuda_fetch_sums(ws, c->lanes, distances);
    for (int64_t k = 0; k < c->lanes && code == 0; k++)
        distances[k] = sqrt(distances[k]);
    return code;
}

/* Lane by lane through the staged numbers, as certificates are no arrays of numbers. */
hahn_comparison hahn_cuda_comparison(const hahn_workspace *ws, int64_t lanes, const void *a,
                                     const void *b)
{
    return comparison_of(ws, lanes, a, one_each(b, lanes));
}

static hahn_status certify(hahn_workspace *ws, int64_t lanes, hahn_certificate *certificates)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const void *psi = hahn_cuda_state(ws, HAHN_PSI);
    const void *lambda = hahn_cuda_state(ws, HAHN_LAMBDA);
    const hahn_comparison echo = comparison_of(ws, lanes, psi, hahn_cuda_starts(ws));
    const hahn_comparison energy = comparison_of(ws, lanes, lambda, one_each(psi, lanes));
    const hahn_status status = hahn_cuda_enter(ws);
    double *sums = ws->distances;
    if (status != HAHN_OK)
        return status;
    int code = fetch_distances(ws, &echo, sums);
    for (int64_t k = 0; k < lanes && code == 0; k++)
        certificates[k].echo_error = sums[k];
    if (code == 0)
        code = c->kernels->overlap(&energy);
    if (code == 0)
        code = hahn_cuda_fetch_sums(ws, lanes, sums);
    for (int64_t k = 0; k < lanes && code == 0; k++)
        certificates[k].start_energy = sums[k];
    return hahn_cuda_status(ws->engine, code, "to certify");
}

/* -- kept states ------------------------------------------------------------------------------ */

/* State `slot` of all lanes: they stand side by side. */
static char *kept_states(const hahn_workspace *ws, uint64_t slot)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    return (char *)hahn_cuda_part(ws, c->plan.kept) + slot * (uint64_t)ws->lanes * c->plan.state;
}

static hahn_status keep(hahn_workspace *ws, int64_t lanes, uint64_t slot)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const hahn_status status = hahn_cuda_enter(ws);
    if (status != HAHN_OK)
        return status;
    return hahn_cuda_status(ws->engine,
                            hahn_cuda_copy(kept_states(ws, slot), hahn_cuda_state(ws, HAHN_PSI),
                                           (uint64_t)lanes * c->plan.state),
                            "to keep states");
}

static hahn_status recall(hahn_workspace *ws, int64_t lanes, uint64_t slot, double *distances)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    void *psi = hahn_cuda_state(ws, HAHN_PSI);
    const char *kept = kept_states(ws, slot);
    const hahn_comparison echo = comparison_of(ws, lanes, psi, one_each(kept, lanes));
    const hahn_status status = hahn_cuda_enter(ws);
    if (status != HAHN_OK)
        return status;
    int code = distances ? fetch_distances(ws, &echo, distances) : 0;
    if (code == 0)
        code = hahn_cuda_copy(psi, kept, (uint64_t)lanes * c->plan.state);
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
                                         .tangent = &hahn_cuda_tangent_ops};
    return &ops;
}
