/* States of host backends: storage, start, reading, certificates, measurement. */
#include "core/host.h"

#include <hahn/random.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Arrays of numbers begin at multiples of this many bytes, and fill them up: a whole cache line and
   the widest vector. */
#define LINE UINT64_C(64)

static uint64_t lines(uint64_t count, uint64_t size)
{
    const uint64_t bytes = hahn_saturating_multiply(count, size);
    return bytes > UINT64_MAX - LINE ? UINT64_MAX : (bytes + LINE - 1) / LINE * LINE;
}

/* Bytes of the parts of one lane. */
typedef struct lane_plan {
    uint64_t half; /* real or imaginary parts of one state */
    uint64_t states, coefficients, moments, sums, kept;
    uint64_t total;
} lane_plan;

static lane_plan plan_lane(const hahn_program *program, hahn_precision precision,
                           hahn_purpose purpose, uint64_t kept)
{
    const uint64_t size = precision == HAHN_F64 ? sizeof(double) : sizeof(float);
    const bool gradient = purpose == HAHN_FOR_GRADIENT;
    lane_plan plan = {.half = lines(hahn_bit(program->qubits), size)};
    plan.states = 1 + (gradient ? 1 : 0) + (program->tables.count ? 1 : 0);
    plan.coefficients = lines(2 * program->terms.count, size);
    plan.moments = gradient ? lines(program->chunks * program->largest_stage, sizeof(double)) : 0;
    plan.sums = lines(program->chunks, sizeof(double));
    plan.kept = hahn_saturating_multiply(2 * kept, plan.half);
    plan.total = hahn_saturating_multiply(2 * plan.states, plan.half);
    plan.total = hahn_saturating_add(plan.total, plan.coefficients + plan.moments + plan.sums);
    plan.total = hahn_saturating_add(plan.total, plan.kept);
    return plan;
}

uint64_t hahn_host_bytes(const hahn_engine *engine, const hahn_program *program, int64_t lanes,
                         hahn_purpose purpose, uint64_t kept)
{
    const lane_plan plan = plan_lane(program, engine->precision, purpose, kept);
    const uint64_t own = hahn_saturating_multiply((uint64_t)lanes, sizeof(hahn_lane));
    return hahn_saturating_add(hahn_saturating_add(sizeof(hahn_host), own),
                               hahn_saturating_multiply((uint64_t)lanes, plan.total));
}

static char *take(char **at, uint64_t bytes)
{
    char *start = *at;
    *at += bytes;
    return start;
}

static hahn_split take_split(char **at, uint64_t half)
{
    hahn_split split;
    split.re = take(at, half);
    split.im = take(at, half);
    return split;
}

static void lay_lane(hahn_lane *lane, const lane_plan *plan, const hahn_program *program,
                     hahn_purpose purpose, char *at)
{
    *lane = (hahn_lane){.psi = take_split(&at, plan->half)};
    if (purpose == HAHN_FOR_GRADIENT)
        lane->lambda = take_split(&at, plan->half);
    if (program->tables.count)
        lane->scratch = take_split(&at, plan->half);
    lane->coefficients = take(&at, plan->coefficients);
    lane->moments = (double *)(void *)take(&at, plan->moments);
    lane->sums = (double *)(void *)take(&at, plan->sums);
    lane->kept = take(&at, plan->kept);
}

/* What the states are called in a message: those kept are the first to save on. */
static void name_states(const hahn_workspace *ws, char *text, size_t size)
{
    if (ws->segments == 1)
        snprintf(text, size, "the states of the workspace");
    else
        snprintf(text, size,
                 "the states of the workspace, of which each lane keeps %" PRIu64
                 " for its echo tolerance",
                 ws->segments - 1);
}

hahn_status hahn_host_open(hahn_workspace *ws, hahn_pick_kernels pick)
{
    hahn_engine *engine = ws->engine;
    const lane_plan plan = plan_lane(ws->program, ws->precision, ws->purpose, ws->segments - 1);
    const uint64_t bytes = hahn_saturating_multiply((uint64_t)ws->lanes, plan.total);
    void *host = NULL, *lanes = NULL, *block = NULL;
    char what[128];
    name_states(ws, what, sizeof what);
    /* The states first: theirs is the message worth reading. */
    hahn_status status = hahn_allocate(engine, bytes, 1, what, &block);
    if (status == HAHN_OK)
        status = hahn_allocate(engine, 1, sizeof(hahn_host), "the workspace", &host);
    if (status == HAHN_OK)
        status = hahn_allocate(engine, (uint64_t)ws->lanes, sizeof(hahn_lane),
                               "the lanes of the "
                               "workspace",
                               &lanes);
    if (status != HAHN_OK) {
        hahn_release(engine, host, 1, sizeof(hahn_host));
        hahn_release(engine, block, bytes, 1);
        return status;
    }
    ws->storage = host;
    *(hahn_host *)host = (hahn_host){.kernels = pick(engine, ws->program->qubits, ws->precision),
                                     .lanes = lanes,
                                     .block = block,
                                     .block_bytes = bytes};
    for (int64_t k = 0; k < ws->lanes; k++)
        lay_lane((hahn_lane *)lanes + k, &plan, ws->program, ws->purpose,
                 (char *)block + (uint64_t)k * plan.total);
    return HAHN_OK;
}

static uint64_t half_bytes(const hahn_workspace *ws)
{
    return plan_lane(ws->program, ws->precision, ws->purpose, 0).half;
}

static void release_start(hahn_workspace *ws)
{
    hahn_host *host = ws->storage;
    hahn_release(ws->engine, host->start.re, 2 * half_bytes(ws), 1);
    host->start = (hahn_split){NULL, NULL};
}

void hahn_host_close(hahn_workspace *ws)
{
    hahn_host *host = ws->storage;
    release_start(ws);
    hahn_release(ws->engine, host->block, host->block_bytes, 1);
    hahn_release(ws->engine, host->lanes, (uint64_t)ws->lanes, sizeof(hahn_lane));
    hahn_release(ws->engine, host, 1, sizeof *host);
}

static double load(const hahn_workspace *ws, const void *numbers, uint64_t j)
{
    return ws->precision == HAHN_F64 ? ((const double *)numbers)[j] : ((const float *)numbers)[j];
}

static void store(const hahn_workspace *ws, void *numbers, uint64_t j, double value)
{
    if (ws->precision == HAHN_F64)
        ((double *)numbers)[j] = value;
    else
        ((float *)numbers)[j] = (float)value;
}

hahn_status hahn_host_set_start(hahn_workspace *ws, const double *amplitudes)
{
    hahn_host *host = ws->storage;
    const uint64_t half = half_bytes(ws);
    void *memory = host->start.re;
    if (!amplitudes) {
        release_start(ws);
        return HAHN_OK;
    }
    if (!memory) {
        hahn_status status =
            hahn_allocate(ws->engine, 2 * half, 1, "the start state of the workspace", &memory);
        if (status != HAHN_OK)
            return status;
    }
    host->start = (hahn_split){memory, (char *)memory + half};
    for (uint64_t j = 0; j < hahn_bit(ws->program->qubits); j++) {
        store(ws, host->start.re, j, amplitudes[2 * j]);
        store(ws, host->start.im, j, amplitudes[2 * j + 1]);
    }
    return HAHN_OK;
}

hahn_status hahn_host_start(hahn_workspace *ws, int64_t lanes)
{
    hahn_host *host = ws->storage;
    const uint64_t half = half_bytes(ws);
    for (int64_t k = 0; k < lanes; k++) {
        const hahn_split psi = host->lanes[k].psi;
        if (host->start.re) {
            memcpy(psi.re, host->start.re, half);
            memcpy(psi.im, host->start.im, half);
            continue;
        }
        memset(psi.re, 0, half);
        memset(psi.im, 0, half);
        store(ws, psi.re, 0, 1);
    }
    return HAHN_OK;
}

/* A chunk of one lane, and where it stands in the arrays of a state. */
typedef struct piece {
    const hahn_lane *lane;
    uint64_t chunk, first, count; /* amplitudes */
} piece;

static piece piece_of(const hahn_workspace *ws, int64_t index)
{
    const int64_t chunks = (int64_t)ws->program->chunks;
    const uint64_t count = hahn_bit(ws->program->qubits) / ws->program->chunks;
    const uint64_t chunk = (uint64_t)(index % chunks);
    return (piece){&((hahn_host *)ws->storage)->lanes[index / chunks], chunk, chunk * count, count};
}

/* Waking a thread costs as much as copying some ten thousand amplitudes. */
static bool worth_threads(const hahn_workspace *ws, int64_t lanes)
{
    return hahn_saturating_multiply((uint64_t)lanes, hahn_bit(ws->program->qubits)) > 16384;
}

static hahn_split kept_state(const hahn_workspace *ws, const hahn_lane *lane, uint64_t slot)
{
    const uint64_t half = half_bytes(ws);
    char *re = (char *)lane->kept + 2 * slot * half;
    return (hahn_split){re, re + half};
}

static void copy_piece(const hahn_workspace *ws, const piece *p, hahn_split to, hahn_split from)
{
    const uint64_t size = ws->precision == HAHN_F64 ? sizeof(double) : sizeof(float);
    const uint64_t offset = p->first * size, bytes = p->count * size;
    memcpy((char *)to.re + offset, (char *)from.re + offset, bytes);
    memcpy((char *)to.im + offset, (char *)from.im + offset, bytes);
}

/* Square of the distance, over one piece. */
static double square_distance(const hahn_workspace *ws, const piece *p, hahn_split a, hahn_split b)
{
    double square = 0;
    for (uint64_t j = p->first; j < p->first + p->count; j++) {
        const double re = load(ws, a.re, j) - load(ws, b.re, j);
        const double im = load(ws, a.im, j) - load(ws, b.im, j);
        square += re * re + im * im;
    }
    return square;
}

hahn_status hahn_host_keep(hahn_workspace *ws, int64_t lanes, uint64_t slot)
{
    const int64_t pieces = lanes * (int64_t)ws->program->chunks;
#pragma omp parallel for schedule(static) num_threads(ws->threads) if (worth_threads(ws, lanes))
    for (int64_t k = 0; k < pieces; k++) {
        const piece p = piece_of(ws, k);
        copy_piece(ws, &p, kept_state(ws, p.lane, slot), p.lane->psi);
    }
    return HAHN_OK;
}

hahn_status hahn_host_recall(hahn_workspace *ws, int64_t lanes, uint64_t slot, double *distances)
{
    const int64_t chunks = (int64_t)ws->program->chunks;
#pragma omp parallel for schedule(static) num_threads(ws->threads) if (worth_threads(ws, lanes))
    for (int64_t k = 0; k < lanes * chunks; k++) {
        const piece p = piece_of(ws, k);
        const hahn_split kept = kept_state(ws, p.lane, slot);
        p.lane->sums[p.chunk] = square_distance(ws, &p, p.lane->psi, kept);
        copy_piece(ws, &p, p.lane->psi, kept);
    }
    for (int64_t k = 0; k < lanes; k++) {
        const double *sums = ((hahn_host *)ws->storage)->lanes[k].sums;
        double square = 0;
        for (int64_t chunk = 0; chunk < chunks; chunk++)
            square += sums[chunk];
        distances[k] = sqrt(square);
    }
    return HAHN_OK;
}

/* Chunk by chunk, so that rounding does not grow with the number of amplitudes. */
static void certify_lane(const hahn_workspace *ws, const hahn_lane *lane, hahn_certificate *out)
{
    const hahn_split start = ((hahn_host *)ws->storage)->start;
    const uint64_t size = hahn_bit(ws->program->qubits) / ws->program->chunks;
    double distance = 0, energy = 0;
    for (uint64_t chunk = 0; chunk < ws->program->chunks; chunk++) {
        double square = 0, overlap = 0;
        for (uint64_t j = chunk * size; j < (chunk + 1) * size; j++) {
            const double re = load(ws, lane->psi.re, j), im = load(ws, lane->psi.im, j);
            const double dre = re - (start.re ? load(ws, start.re, j) : j == 0);
            const double dim = im - (start.re ? load(ws, start.im, j) : 0);
            square += dre * dre + dim * dim;
            overlap += load(ws, lane->lambda.re, j) * re + load(ws, lane->lambda.im, j) * im;
        }
        distance += square;
        energy += overlap;
    }
    *out = (hahn_certificate){sqrt(distance), energy};
}

hahn_status hahn_host_certify(hahn_workspace *ws, int64_t lanes, hahn_certificate *certificates)
{
    for (int64_t k = 0; k < lanes; k++)
        certify_lane(ws, &((hahn_host *)ws->storage)->lanes[k], &certificates[k]);
    return HAHN_OK;
}

hahn_status hahn_host_read(const hahn_workspace *ws, hahn_which_state which, int64_t lane,
                           double *amplitudes)
{
    const hahn_lane *l = &((hahn_host *)ws->storage)->lanes[lane];
    const hahn_split s = which == HAHN_PSI ? l->psi : l->lambda;
    for (uint64_t j = 0; j < hahn_bit(ws->program->qubits); j++) {
        amplitudes[2 * j] = load(ws, s.re, j);
        amplitudes[2 * j + 1] = load(ws, s.im, j);
    }
    return HAHN_OK;
}

/* Turn psi into cumulative probabilities of each chunk, high and low parts in place of real and
   imaginary ones (in f32 one number would not do), and lane->sums into those of the chunks. */
static void accumulate(const hahn_workspace *ws, const hahn_lane *lane)
{
    const uint64_t chunks = ws->program->chunks, size = hahn_bit(ws->program->qubits) / chunks;
    double total = 0;
    for (uint64_t chunk = 0; chunk < chunks; chunk++) {
        double sum = 0;
        for (uint64_t j = chunk * size; j < (chunk + 1) * size; j++) {
            const double re = load(ws, lane->psi.re, j), im = load(ws, lane->psi.im, j);
            sum += re * re + im * im;
            store(ws, lane->psi.re, j, sum);
            store(ws, lane->psi.im, j, sum - load(ws, lane->psi.re, j));
        }
        total += sum;
        lane->sums[chunk] = total;
    }
}

static double cumulative(const hahn_workspace *ws, const hahn_lane *lane, uint64_t j)
{
    return load(ws, lane->psi.re, j) + load(ws, lane->psi.im, j);
}

/* The outcome whose cumulative probability is the first above `target`: the chunk, then within it.
   Where rounding leaves the target past the end, it is the first that reaches the end: an outcome
   of probability 0 is never the first. */
static uint64_t find_outcome(const hahn_workspace *ws, const hahn_lane *lane, double target)
{
    const uint64_t chunks = ws->program->chunks, size = hahn_bit(ws->program->qubits) / chunks;
    uint64_t low = 0, high = chunks - 1;
    const double total = lane->sums[high];
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (lane->sums[middle] > target || lane->sums[middle] >= total)
            high = middle;
        else
            low = middle + 1;
    }
    target -= low ? lane->sums[low - 1] : 0;
    high = (low + 1) * size - 1;
    const double end = cumulative(ws, lane, high);
    low *= size;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        const double here = cumulative(ws, lane, middle);
        if (here > target || here >= end)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

hahn_status hahn_host_sample(hahn_workspace *ws, uint64_t seed, int64_t shots, uint64_t *outcomes)
{
    const hahn_lane *lane = ((hahn_host *)ws->storage)->lanes;
    accumulate(ws, lane);
    const double total = lane->sums[ws->program->chunks - 1];
    for (int64_t shot = 0; shot < shots; shot++) {
        double uniform;
        hahn_random_uniform(seed, HAHN_STREAM_SHOTS, (uint64_t)shot, 1, &uniform);
        outcomes[shot] = find_outcome(ws, lane, uniform * total);
    }
    return HAHN_OK;
}
