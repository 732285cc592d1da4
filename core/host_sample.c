/* Measuring a state of a host backend. */
#include "core/host.h"

#include <hahn/random.h>

/* Turn psi into cumulative probabilities of each chunk, high and low parts in place of real and
   imaginary ones (in f32 one number would not do), and lane->sums into those of the chunks. */
static void accumulate(const hahn_workspace *ws, const hahn_lane *lane)
{
    const uint64_t chunks = ws->program->chunks, size = hahn_bit(ws->program->qubits) / chunks;
    double total = 0;
    for (uint64_t chunk = 0; chunk < chunks; chunk++) {
        double sum = 0;
        for (uint64_t j = chunk * size; j < (chunk + 1) * size; j++) {
            const double re = hahn_host_load(ws, lane->psi.re, j),
                         im = hahn_host_load(ws, lane->psi.im, j);
            sum += re * re + im * im;
            hahn_host_store(ws, lane->psi.re, j, sum);
            hahn_host_store(ws, lane->psi.im, j, sum - hahn_host_load(ws, lane->psi.re, j));
        }
        total += sum;
        lane->sums[chunk] = total;
    }
}

static double cumulative(const hahn_workspace *ws, const hahn_lane *lane, uint64_t j)
{
    return hahn_host_load(ws, lane->psi.re, j) + hahn_host_load(ws, lane->psi.im, j);
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
