/* Start states of host backends: given ones, and random ones. */
#include "core/host.h"

#include "core/parallel.h"

#include <hahn/random.h>
#include <math.h>
#include <string.h>

hahn_split hahn_host_start_state(const hahn_workspace *ws, int64_t index)
{
    const hahn_host *host = ws->storage;
    const uint64_t half = hahn_host_half(ws);
    char *re = (char *)host->starts + 2 * (uint64_t)index * half;
    return (hahn_split){re, re + half, hahn_run_qubits(ws->program, host->kernels)};
}

hahn_split hahn_host_start_of(const hahn_workspace *ws, int64_t lane)
{
    return ws->start_count ? hahn_host_start_state(ws, hahn_turn_of(ws, lane, ws->start_count))
                           : (hahn_split){0};
}

hahn_status hahn_host_start(hahn_workspace *ws, int64_t lanes)
{
    hahn_host *host = ws->storage;
    const uint64_t half = hahn_host_half(ws);
    for (int64_t k = 0; k < lanes; k++) {
        const hahn_split psi = host->lanes[k].psi, start = hahn_host_start_of(ws, k);
        if (start.re) {
            memcpy(psi.re, start.re, half);
            memcpy(psi.im, start.im, half);
            continue;
        }
        memset(psi.re, 0, half);
        memset(psi.im, 0, half);
        hahn_host_store(ws, psi.re, 0, 1);
    }
    return HAHN_OK;
}

/* -- given states ----------------------------------------------------------------------------- */

static uint64_t starts_bytes(const hahn_workspace *ws, int64_t count)
{
    return hahn_saturating_multiply((uint64_t)count, 2 * hahn_host_half(ws));
}

/* Memory for so many, zeros, in place of what there was. */
static hahn_status reserve_starts(hahn_workspace *ws, int64_t count)
{
    hahn_host *host = ws->storage;
    void *starts = count ? host->starts : NULL;
    if (count && count != ws->start_count) {
        const hahn_status status = hahn_allocate(ws->engine, starts_bytes(ws, count), 1,
                                                 "the start states of the workspace", &starts);
        if (status != HAHN_OK)
            return status;
    }
    if (starts != host->starts)
        hahn_release(ws->engine, host->starts, starts_bytes(ws, ws->start_count), 1);
    host->starts = starts;
    ws->start_count = count;
    if (starts)
        memset(starts, 0, starts_bytes(ws, count));
    return HAHN_OK;
}

hahn_status hahn_host_set_starts(hahn_workspace *ws, int64_t count, const double *amplitudes)
{
    const uint64_t size = hahn_bit(ws->program->qubits);
    const hahn_status status = reserve_starts(ws, count);
    for (int64_t k = 0; k < count && status == HAHN_OK; k++) {
        const hahn_split start = hahn_host_start_state(ws, k);
        const double *row = amplitudes + 2 * (uint64_t)k * size;
        for (uint64_t j = 0; j < size; j++) {
            hahn_host_store(ws, start.re, j, row[2 * j]);
            hahn_host_store(ws, start.im, j, row[2 * j + 1]);
        }
    }
    return status;
}

/* -- random states ---------------------------------------------------------------------------- */

/* Amplitudes whose numbers are drawn at once. */
#define DRAWN 128

/* One chunk of normal numbers, as they are stored; returns the sum of their squares. */
static double draw_chunk(const hahn_workspace *ws, hahn_split state, uint64_t chunk, uint64_t seed,
                         uint64_t stream)
{
    const uint64_t size = hahn_bit(ws->program->qubits) / ws->program->chunks;
    const uint64_t count = size < DRAWN ? size : DRAWN; /* both are powers of two */
    double numbers[2 * DRAWN], sum = 0;
    for (uint64_t j = chunk * size; j < (chunk + 1) * size; j += count) {
        hahn_random_normal(seed, stream, 2 * j, 2 * (int64_t)count, numbers);
        for (uint64_t i = 0; i < count; i++) {
            hahn_host_store(ws, state.re, j + i, numbers[2 * i]);
            hahn_host_store(ws, state.im, j + i, numbers[2 * i + 1]);
            const double re = hahn_host_load(ws, state.re, j + i);
            const double im = hahn_host_load(ws, state.im, j + i);
            sum += re * re + im * im;
        }
    }
    return sum;
}

static void scale_chunk(const hahn_workspace *ws, hahn_split state, uint64_t chunk, double scale)
{
    const uint64_t size = hahn_bit(ws->program->qubits) / ws->program->chunks;
    for (uint64_t j = chunk * size; j < (chunk + 1) * size; j++) {
        hahn_host_store(ws, state.re, j, scale * hahn_host_load(ws, state.re, j));
        hahn_host_store(ws, state.im, j, scale * hahn_host_load(ws, state.im, j));
    }
}

/* Numbers are a function of their place, and partial sums are folded in order. */
static void draw_state(const hahn_workspace *ws, int64_t index, uint64_t seed)
{
    const int64_t chunks = (int64_t)ws->program->chunks;
    const hahn_split state = hahn_host_start_state(ws, index);
    const int threads = ws->program->qubits < HAHN_THREADED_QUBITS ? 1 : ws->threads;
    double *sums = ((hahn_host *)ws->storage)->lanes[0].sums;
    HAHN_PARALLEL(static, threads)
    for (int64_t chunk = 0; chunk < chunks; chunk++)
        sums[chunk] =
            draw_chunk(ws, state, (uint64_t)chunk, seed, HAHN_STREAM_STARTS + (uint64_t)index);
    const double scale = 1 / sqrt(hahn_fold(sums, ws->program->chunks));
    HAHN_PARALLEL(static, threads)
    for (int64_t chunk = 0; chunk < chunks; chunk++)
        scale_chunk(ws, state, (uint64_t)chunk, scale);
}

hahn_status hahn_host_random_starts(hahn_workspace *ws, int64_t count, uint64_t seed)
{
    const hahn_status status = reserve_starts(ws, count);
    for (int64_t k = 0; k < count && status == HAHN_OK; k++)
        draw_state(ws, k, seed);
    return status;
}
