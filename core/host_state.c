/* States of host backends: kept states, certificates, sums and products, reading. */
#include "core/host.h"

#include "core/parallel.h"

#include <math.h>
#include <string.h>

hahn_split *hahn_host_state(hahn_lane *lane, hahn_which_state which)
{
    hahn_split *const states[] = {[HAHN_PSI] = &lane->psi,
                                  [HAHN_LAMBDA] = &lane->lambda,
                                  [HAHN_CHI] = &lane->chi,
                                  [HAHN_MU] = &lane->mu};
    return states[which];
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
static int threads_for(const hahn_workspace *ws, int64_t lanes)
{
    const uint64_t amplitudes =
        hahn_saturating_multiply((uint64_t)lanes, hahn_bit(ws->program->qubits));
    return amplitudes > 16384 ? ws->threads : 1;
}

static hahn_split kept_state(const hahn_workspace *ws, const hahn_lane *lane, uint64_t slot)
{
    const uint64_t half = hahn_host_half(ws);
    char *re = (char *)lane->kept + 2 * slot * half;
    return (hahn_split){re, re + half, lane->psi.run_qubits};
}

/* Gaps and padding too, so that a copy is as good as the state. */
static void copy_piece(const hahn_workspace *ws, const piece *p, hahn_split to, hahn_split from)
{
    const uint64_t size = ws->precision == HAHN_F64 ? sizeof(double) : sizeof(float);
    const uint64_t offset = hahn_host_place(ws, p->first) * size;
    const bool last = p->chunk + 1 == ws->program->chunks;
    const uint64_t end =
        last ? hahn_host_half(ws) : hahn_host_place(ws, p->first + p->count) * size;
    const uint64_t bytes = end - offset;
    memcpy((char *)to.re + offset, (char *)from.re + offset, bytes);
    memcpy((char *)to.im + offset, (char *)from.im + offset, bytes);
}

hahn_status hahn_host_keep(hahn_workspace *ws, int64_t lanes, uint64_t slot)
{
    const int64_t pieces = lanes * (int64_t)ws->program->chunks;
    HAHN_PARALLEL(static, threads_for(ws, lanes))
    for (int64_t k = 0; k < pieces; k++) {
        const piece p = piece_of(ws, k);
        copy_piece(ws, &p, kept_state(ws, p.lane, slot), p.lane->psi);
    }
    return HAHN_OK;
}

hahn_status hahn_host_recall(hahn_workspace *ws, int64_t lanes, uint64_t slot, double *distances)
{
    const hahn_host *host = ws->storage;
    const int64_t chunks = (int64_t)ws->program->chunks;
    HAHN_PARALLEL(static, threads_for(ws, lanes))
    for (int64_t k = 0; k < lanes * chunks; k++) {
        const piece p = piece_of(ws, k);
        const hahn_split kept = kept_state(ws, p.lane, slot);
        if (distances)
            p.lane->sums[p.chunk] =
                host->kernels->distance(ws->program, p.lane->psi, kept, p.chunk);
        copy_piece(ws, &p, p.lane->psi, kept);
    }
    for (int64_t k = 0; distances && k < lanes; k++) {
        const double *sums = host->lanes[k].sums;
        double square = 0;
        for (int64_t chunk = 0; chunk < chunks; chunk++)
            square += sums[chunk];
        distances[k] = sqrt(square);
    }
    return HAHN_OK;
}

/* Energy and distance from the start, chunk by chunk; the partial sums are folded in order. */
hahn_status hahn_host_certify(hahn_workspace *ws, int64_t lanes, hahn_certificate *certificates)
{
    const hahn_host *host = ws->storage;
    const int64_t chunks = (int64_t)ws->program->chunks;
    for (int64_t k = 0; k < lanes; k++)
        certificates[k] = (hahn_certificate){0, 0};
    for (int64_t k = 0; k < lanes; k++) {
        const hahn_lane *lane = &host->lanes[k];
        const hahn_split start = hahn_host_start_of(ws, k);
        double *squares = lane->sums, *overlaps = lane->sums + chunks;
        HAHN_PARALLEL(static, threads_for(ws, 1))
        for (int64_t chunk = 0; chunk < chunks; chunk++) {
            squares[chunk] =
                host->kernels->distance(ws->program, lane->psi, start, (uint64_t)chunk);
            overlaps[chunk] =
                host->kernels->overlap(ws->program, lane->lambda, lane->psi, (uint64_t)chunk);
        }
        for (int64_t chunk = 0; chunk < chunks; chunk++) {
            certificates[k].echo_error += squares[chunk];
            certificates[k].start_energy += overlaps[chunk];
        }
        certificates[k].echo_error = sqrt(certificates[k].echo_error);
    }
    return HAHN_OK;
}

hahn_status hahn_host_read(const hahn_workspace *ws, hahn_which_state which, int64_t lane,
                           double *amplitudes)
{
    const hahn_split s = *hahn_host_state(&((hahn_host *)ws->storage)->lanes[lane], which);
    for (uint64_t j = 0; j < hahn_bit(ws->program->qubits); j++) {
        amplitudes[2 * j] = hahn_host_load(ws, s.re, j);
        amplitudes[2 * j + 1] = hahn_host_load(ws, s.im, j);
    }
    return HAHN_OK;
}

hahn_status hahn_host_swap(hahn_workspace *ws, hahn_which_state left, hahn_which_state right)
{
    hahn_host *host = ws->storage;
    for (int64_t k = 0; k < ws->lanes; k++) {
        hahn_split *a = hahn_host_state(&host->lanes[k], left);
        hahn_split *b = hahn_host_state(&host->lanes[k], right);
        const hahn_split old = *a;
        *a = *b;
        *b = old;
    }
    return HAHN_OK;
}

/* Chunk by chunk, which all states stay in a cache for, and in each pair by pair: sums over chunks
   have one order, whoever does the pairs. */
hahn_status hahn_host_overlaps(hahn_workspace *ws, hahn_which_state left, int64_t rows,
                               hahn_which_state right, int64_t columns, double *matrix,
                               int64_t stride)
{
    const hahn_host *host = ws->storage;
    const hahn_program *program = ws->program;
    const uint64_t work = hahn_saturating_multiply((uint64_t)(rows * columns),
                                                   hahn_bit(program->qubits) / program->chunks);
    const int threads = work > 16384 ? ws->threads : 1;
    for (uint64_t chunk = 0; chunk < program->chunks; chunk++) {
        HAHN_PARALLEL(static, threads)
        for (int64_t pair = 0; pair < rows * columns; pair++) {
            const int64_t row = pair / columns, column = pair % columns;
            const hahn_split a = *hahn_host_state(&host->lanes[row], left);
            const hahn_split b = *hahn_host_state(&host->lanes[column], right);
            double *sum = matrix + 2 * (row * stride + column);
            if (left == right && column < row)
                continue;
            sum[0] = (chunk ? sum[0] : 0) + host->kernels->overlap(program, a, b, chunk);
            sum[1] = (chunk ? sum[1] : 0) + host->kernels->overlap_im(program, a, b, chunk);
        }
    }
    return HAHN_OK;
}
