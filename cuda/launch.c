#include "cuda/launch.h"

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

int hahn_cuda_launch_bind(const hahn_workspace *ws, int64_t lanes, const double *thetas,
                          hahn_shift shift, int *faulty)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const hahn_cuda_binding b = {.image = hahn_cuda_image_of(ws),
                                 .slots = ws->program->terms.count,
                                 .lanes = lanes,
                                 .parameters = ws->program->parameters,
                                 .thetas = thetas,
                                 .shifted = slot_of(ws, shift.term),
                                 .delta = shift.delta,
                                 .coefficients = hahn_cuda_part(ws, c->plan.coefficients),
                                 .faulty = faulty};
    return c->kernels->bind(&b);
}

int hahn_cuda_launch_start(const hahn_workspace *ws, int64_t lanes)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const hahn_cycle starts = hahn_cuda_starts(ws);
    return c->kernels->start(hahn_cuda_state(ws, HAHN_PSI), &starts, ws->program->qubits, lanes);
}

/* -- sweeps ----------------------------------------------------------------------------------- */

hahn_walk hahn_cuda_walk_of(const hahn_workspace *ws, int64_t lanes, uint64_t tile, uint64_t first,
                            uint64_t end)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const uint32_t *passes = (const uint32_t *)(void *)(c->host_image + c->plan.image.first_pass);
    hahn_walk w = {.image = hahn_cuda_image_of(ws),
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
    for (uint64_t b = 0, rest = tile; rest; b++, rest &= rest - 1)
        w.bit[b] = rest & -rest;
    return w;
}

/* The part of a sweep in stages [first, end). */
static hahn_walk part_of(const hahn_workspace *ws, int64_t lanes, const hahn_sweep *sweep,
                         uint64_t first, uint64_t end)
{
    return hahn_cuda_walk_of(ws, lanes, sweep->tile, sweep->first > first ? sweep->first : first,
                             sweep->end < end ? sweep->end : end);
}

int hahn_cuda_launch_forward(const hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end,
                             hahn_cuda_sweep run)
{
    const hahn_program *program = ws->program;
    int code = 0;
    for (uint64_t k = 0; k < program->sweeps.count && code == 0; k++) {
        const hahn_walk w = part_of(ws, lanes, hahn_program_sweep(program, k), first, end);
        code = w.first < w.end ? run(&w) : 0;
    }
    return code;
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

int hahn_cuda_launch_backward(const hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end,
                              hahn_cuda_sweep run)
{
    const hahn_program *program = ws->program;
    int code = 0;
    for (uint64_t k = program->sweeps.count; k-- > 0 && code == 0;) {
        hahn_walk w = part_of(ws, lanes, hahn_program_sweep(program, k), first, end);
        code = w.first < w.end ? walk_back(ws, &w, run) : 0;
    }
    return code;
}

int hahn_cuda_launch_gather(const hahn_workspace *ws, int64_t lanes, double *gradients)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const hahn_image image = hahn_cuda_image_of(ws);
    if (ws->program->parameters == 0)
        return 0;
    return hahn_cuda_gather(&image, hahn_cuda_part(ws, c->plan.moments), ws->program->terms.count,
                            gradients, ws->program->parameters, lanes);
}

/* -- kept states ------------------------------------------------------------------------------ */

/* State `slot` of all lanes: they stand side by side. */
static char *kept_states(const hahn_workspace *ws, uint64_t slot)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    return (char *)hahn_cuda_part(ws, c->plan.kept) + slot * (uint64_t)ws->lanes * c->plan.state;
}

int hahn_cuda_launch_keep(const hahn_workspace *ws, int64_t lanes, uint64_t slot)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    return hahn_cuda_copy(kept_states(ws, slot), hahn_cuda_state(ws, HAHN_PSI),
                          (uint64_t)lanes * c->plan.state);
}

int hahn_cuda_launch_recall(const hahn_workspace *ws, int64_t lanes, uint64_t slot)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    return hahn_cuda_copy(hahn_cuda_state(ws, HAHN_PSI), kept_states(ws, slot),
                          (uint64_t)lanes * c->plan.state);
}

/* -- sums over states ------------------------------------------------------------------------- */

int hahn_cuda_launch_observe(const hahn_workspace *ws, int64_t lanes, hahn_cycle sums,
                             const void *from, void *to)
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
    return c->kernels->observe(&o);
}

static hahn_comparison comparison_of(const hahn_workspace *ws, int64_t lanes, const void *a,
                                     hahn_cycle b)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    return (hahn_comparison){.qubits = ws->program->qubits,
                             .lanes = lanes,
                             .a = a,
                             .b = b,
                             .parts = hahn_cuda_part(ws, c->plan.part_sums),
                             .count = c->plan.parts};
}

/* States that stand side by side, one for each lane. */
static hahn_cycle one_each(const void *states, int64_t lanes)
{
    return (hahn_cycle){.items = states, .count = (uint64_t)lanes, .step = 1};
}

hahn_comparison hahn_cuda_comparison(const hahn_workspace *ws, int64_t lanes, const void *a,
                                     const void *b)
{
    return comparison_of(ws, lanes, a, one_each(b, lanes));
}

int hahn_cuda_launch_start_distance(const hahn_workspace *ws, int64_t lanes)
{
    const hahn_comparison echo =
        comparison_of(ws, lanes, hahn_cuda_state(ws, HAHN_PSI), hahn_cuda_starts(ws));
    return hahn_cuda_of(ws)->kernels->distance(&echo);
}

int hahn_cuda_launch_kept_distance(const hahn_workspace *ws, int64_t lanes, uint64_t slot)
{
    const hahn_comparison echo =
        hahn_cuda_comparison(ws, lanes, hahn_cuda_state(ws, HAHN_PSI), kept_states(ws, slot));
    return hahn_cuda_of(ws)->kernels->distance(&echo);
}

int hahn_cuda_launch_overlap(const hahn_workspace *ws, int64_t lanes)
{
    const hahn_comparison energy = hahn_cuda_comparison(ws, lanes, hahn_cuda_state(ws, HAHN_LAMBDA),
                                                        hahn_cuda_state(ws, HAHN_PSI));
    return hahn_cuda_of(ws)->kernels->overlap(&energy);
}

int hahn_cuda_launch_fold(const hahn_workspace *ws, int64_t lanes, double *sums, uint64_t stride,
                          bool largest)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const hahn_cuda_folding f = {.parts = hahn_cuda_part(ws, c->plan.part_sums),
                                 .count = c->plan.parts,
                                 .sums = sums,
                                 .stride = stride,
                                 .sum_count = lanes,
                                 .largest = largest};
    return hahn_cuda_fold(&f);
}
