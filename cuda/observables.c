/* Pauli sums on a device: the program's, as part of its image, and those that entries of a batch
   take in turn. */
#include "cuda/storage.h"

#include <string.h>

/* -- one of them ------------------------------------------------------------------------------ */

static uint64_t number_size(hahn_precision precision)
{
    return precision == HAHN_F64 ? sizeof(double) : sizeof(float);
}

hahn_sum_plan hahn_sum_measure(const hahn_observable_plan *plan, hahn_precision precision,
                               uint64_t *end)
{
    hahn_sum_plan sum = {.count = plan->sources.count};
    sum.sources = hahn_image_take(end, plan->sources.count, sizeof(hahn_source));
    sum.signs = hahn_image_take(end, plan->signs.count, sizeof(hahn_factor_sign));
    sum.numbers = hahn_image_take(end, plan->numbers, number_size(precision));
    return sum;
}

static void copy(char *to, const void *from, uint64_t bytes)
{
    if (bytes)
        memcpy(to, from, bytes);
}

void hahn_sum_fill(const hahn_observable_plan *plan, hahn_precision precision,
                   const hahn_sum_plan *sum, char *block)
{
    const void *numbers = precision == HAHN_F64 ? (const void *)plan->wide : plan->narrow;
    copy(block + sum->sources, plan->sources.data, plan->sources.count * sizeof(hahn_source));
    copy(block + sum->signs, plan->signs.data, plan->signs.count * sizeof(hahn_factor_sign));
    copy(block + sum->numbers, numbers, plan->numbers * number_size(precision));
}

hahn_sum hahn_sum_at(const hahn_sum_plan *sum, const char *block)
{
    return (hahn_sum){.sources = (const void *)(block + sum->sources),
                      .signs = (const void *)(block + sum->signs),
                      .numbers = block + sum->numbers,
                      .count = sum->count};
}

/* -- several of them -------------------------------------------------------------------------- */

/* One hahn_sum each, with addresses on the device, and then their arrays. */
static uint64_t measure_all(hahn_precision precision, int64_t count, const hahn_program *observed)
{
    uint64_t end = (uint64_t)count * sizeof(hahn_sum);
    for (int64_t k = 0; k < count; k++)
        hahn_sum_measure(&observed[k].plan, precision, &end);
    return end;
}

static void fill_all(hahn_precision precision, int64_t count, const hahn_program *observed,
                     const char *device, char *block)
{
    uint64_t end = (uint64_t)count * sizeof(hahn_sum);
    for (int64_t k = 0; k < count; k++) {
        const hahn_sum_plan plan = hahn_sum_measure(&observed[k].plan, precision, &end);
        const hahn_sum sum = hahn_sum_at(&plan, device);
        hahn_sum_fill(&observed[k].plan, precision, &plan, block);
        memcpy(block + (uint64_t)k * sizeof sum, &sum, sizeof sum);
    }
}

/* What the device gets is put together on the host. */
static hahn_status send_all(hahn_workspace *ws, int64_t count, const hahn_program *observed,
                            uint64_t bytes, void *device)
{
    void *block;
    const hahn_status status =
        hahn_allocate(ws->engine, bytes, 1, "the observables of the workspace", &block);
    if (status != HAHN_OK)
        return status;
    memset(block, 0, bytes);
    fill_all(ws->precision, count, observed, device, block);
    const int code = hahn_cuda_upload(device, block, bytes);
    hahn_release(ws->engine, block, bytes, 1);
    return hahn_cuda_status(ws->engine, code, "to copy the observables");
}

hahn_status hahn_cuda_set_observed(hahn_workspace *ws, int64_t count, const hahn_program *observed)
{
    hahn_cuda *c = hahn_cuda_of(ws);
    const uint64_t bytes = count ? measure_all(ws->precision, count, observed) : 0;
    void *sums = NULL;
    hahn_status status = hahn_cuda_enter(ws);
    if (status == HAHN_OK && count)
        status = hahn_cuda_allocate_counted(ws->engine, c->device, bytes,
                                            "the observables of the workspace", &sums);
    if (status == HAHN_OK && count)
        status = send_all(ws, count, observed, bytes, sums);
    if (status != HAHN_OK) {
        hahn_cuda_release_counted(ws->engine, sums, bytes);
        return status;
    }
    hahn_cuda_release_counted(ws->engine, c->sums, c->sums_bytes);
    c->sums = sums;
    c->sums_bytes = bytes;
    return HAHN_OK;
}

hahn_status hahn_cuda_send_sum(hahn_workspace *ws, const hahn_program *observed,
                               hahn_cuda_lent_sum *out)
{
    hahn_cuda *c = hahn_cuda_of(ws);
    void *sum = NULL;
    *out = (hahn_cuda_lent_sum){.bytes = measure_all(ws->precision, 1, observed)};
    hahn_status status = hahn_cuda_enter(ws);
    if (status == HAHN_OK)
        status =
            hahn_cuda_allocate_counted(ws->engine, c->device, out->bytes, "an observable", &sum);
    if (status == HAHN_OK)
        status = send_all(ws, 1, observed, out->bytes, sum);
    out->memory = sum;
    if (status != HAHN_OK)
        hahn_cuda_release_counted(ws->engine, sum, out->bytes);
    return status;
}

void hahn_cuda_take_sum_back(hahn_workspace *ws, const hahn_cuda_lent_sum *sum)
{
    hahn_cuda_release_counted(ws->engine, sum->memory, sum->bytes);
}

hahn_cycle hahn_cuda_sums(const hahn_workspace *ws)
{
    return hahn_cuda_cycle(ws, hahn_cuda_of(ws)->sums, ws->observed_count);
}
