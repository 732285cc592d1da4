/* Start states on a device: given ones, and random ones; and what else entries take in turn. */
#include "cuda/launch.h"

hahn_cycle hahn_cuda_cycle(const hahn_workspace *ws, const void *items, int64_t count)
{
    return (hahn_cycle){.items = items,
                        .count = (uint64_t)count,
                        .first = (uint64_t)ws->first_entry,
                        .step = (uint64_t)ws->entry_step};
}

static uint64_t starts_bytes(const hahn_workspace *ws, int64_t count)
{
    return hahn_saturating_multiply((uint64_t)count, hahn_cuda_of(ws)->plan.state);
}

static void replace_starts(hahn_workspace *ws, int64_t count, void *starts)
{
    hahn_cuda *c = hahn_cuda_of(ws);
    if (c->starts != starts)
        hahn_cuda_release_counted(ws->engine, c->starts, starts_bytes(ws, ws->start_count));
    c->starts = starts;
    ws->start_count = count;
}

hahn_cycle hahn_cuda_starts(const hahn_workspace *ws)
{
    return hahn_cuda_cycle(ws, hahn_cuda_of(ws)->starts, ws->start_count);
}

/* Memory for so many, or what there is for as many. */
static hahn_status reserve_starts(hahn_workspace *ws, int64_t count, void **out)
{
    hahn_cuda *c = hahn_cuda_of(ws);
    const hahn_status status = hahn_cuda_enter(ws);
    *out = c->starts;
    if (status != HAHN_OK || count == ws->start_count)
        return status;
    return hahn_cuda_allocate_counted(ws->engine, c->device, starts_bytes(ws, count),
                                      "the start states of the workspace", out);
}

/* What was filled takes the place of what there was, or goes where it could not be. */
static hahn_status settle_starts(hahn_workspace *ws, int64_t count, void *starts, int code)
{
    if (code == 0)
        replace_starts(ws, count, starts);
    else if (starts != hahn_cuda_of(ws)->starts)
        hahn_cuda_release_counted(ws->engine, starts, starts_bytes(ws, count));
    return hahn_cuda_status(ws->engine, code, "to make the start states");
}

hahn_status hahn_cuda_set_starts(hahn_workspace *ws, int64_t count, const double *amplitudes)
{
    const uint64_t numbers = (uint64_t)count * hahn_bit(ws->program->qubits + 1);
    void *starts;
    if (count == 0) {
        const hahn_status status = hahn_cuda_enter(ws);
        replace_starts(ws, 0, NULL);
        return status;
    }
    const hahn_status status = reserve_starts(ws, count, &starts);
    if (status != HAHN_OK)
        return status;
    return settle_starts(ws, count, starts, hahn_cuda_write(ws, numbers, amplitudes, starts));
}

/* As many at once as there are sums, one for each lane. */
static int draw_starts(const hahn_workspace *ws, uint64_t count, uint64_t seed, char *starts)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const int qubits = ws->program->qubits;
    double *squares = hahn_cuda_part(ws, c->plan.sums);
    int code = 0;
    for (uint64_t k = 0, part; k < count && code == 0; k += part) {
        part = (uint64_t)hahn_lanes_for(ws, (int64_t)(count - k));
        void *states = starts + k * c->plan.state;
        const hahn_comparison own = {.qubits = qubits,
                                     .lanes = (int64_t)part,
                                     .a = states,
                                     .b = {.items = states, .count = part, .step = 1},
                                     .parts = hahn_cuda_part(ws, c->plan.part_sums),
                                     .count = c->plan.parts};
        code = c->kernels->random(states, qubits, k, part, seed);
        if (code == 0)
            code = c->kernels->overlap(&own);
        if (code == 0)
            code = hahn_cuda_launch_fold(ws, own.lanes, squares, 1, false);
        if (code == 0)
            code = c->kernels->normalise(states, qubits, part, squares);
    }
    return code ? code : hahn_cuda_wait();
}

hahn_status hahn_cuda_random_starts(hahn_workspace *ws, int64_t count, uint64_t seed)
{
    void *starts;
    const hahn_status status = reserve_starts(ws, count, &starts);
    if (status != HAHN_OK)
        return status;
    return settle_starts(ws, count, starts, draw_starts(ws, (uint64_t)count, seed, starts));
}

void hahn_cuda_clear_starts(hahn_workspace *ws)
{
    replace_starts(ws, 0, NULL);
}
