/* Evaluations of circuits whose state is one tile: one launch for all lanes. */
#include "cuda/evaluate.h"

#include <math.h>

int hahn_cuda_launch_evaluation(const hahn_workspace *ws, int64_t lanes, bool gradient,
                                hahn_evaluated *results)
{
    const uint64_t all = hahn_bit(ws->program->qubits) - 1;
    const hahn_evaluation e = {.walk =
                                   hahn_cuda_walk_of(ws, lanes, all, 0, ws->program->stages.count),
                               .starts = hahn_cuda_starts(ws),
                               .sums = hahn_cuda_sums(ws),
                               .results = results};
    return hahn_cuda_of(ws)->kernels->evaluate(&e, gradient);
}

/* Results that the staged numbers have room for at once. */
#define FETCHED ((int64_t)(HAHN_STAGED * sizeof(double) / sizeof(hahn_evaluated)))

static int fetch_results(const hahn_workspace *ws, int64_t lanes, double *energies,
                         hahn_certificate *certificates)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const hahn_evaluated *own = hahn_cuda_part(ws, c->plan.results);
    const hahn_evaluated *fetched = (const hahn_evaluated *)(void *)c->staged;
    for (int64_t first = 0; first < lanes; first += FETCHED) {
        const int64_t count = lanes - first < FETCHED ? lanes - first : FETCHED;
        const int code = hahn_cuda_download(c->staged, own + first, (uint64_t)count * sizeof *own);
        if (code)
            return code;
        for (int64_t k = 0; k < count; k++) {
            energies[first + k] = fetched[k].energy;
            if (certificates)
                certificates[first + k] = (hahn_certificate){
                    .echo_error = sqrt(fetched[k].echo), .start_energy = fetched[k].start_energy};
        }
    }
    return 0;
}

bool hahn_cuda_share_time(const hahn_evaluated *lane, double seconds, hahn_times *times)
{
    const int64_t *at = lane->clocks;
    const double clocks = (double)(at[3] - at[0]);
    if (!(clocks > 0))
        return false;
    times->forward += seconds * (double)(at[1] - at[0]) / clocks;
    times->observable += seconds * (double)(at[2] - at[1]) / clocks;
    times->backward += seconds * (double)(at[3] - at[2]) / clocks;
    return true;
}

hahn_status hahn_cuda_evaluate(hahn_workspace *ws, int64_t lanes, double *energies,
                               double *gradients, hahn_certificate *certificates)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const bool gradient = certificates != NULL;
    const double begin = hahn_seconds();
    const hahn_status status = hahn_cuda_enter(ws);
    if (status != HAHN_OK)
        return status;
    int code =
        hahn_cuda_launch_evaluation(ws, lanes, gradient, hahn_cuda_part(ws, c->plan.results));
    if (code == 0)
        code = fetch_results(ws, lanes, energies, certificates);
    const double gathering = hahn_seconds();
    /* Of the lanes that were fetched last. */
    if (code || !gradient ||
        !hahn_cuda_share_time((const hahn_evaluated *)(void *)c->staged, gathering - begin,
                              &ws->times))
        ws->times.forward += gathering - begin;
    if (code == 0 && gradient)
        code = hahn_cuda_add_gradients(ws, lanes, gradients);
    ws->times.backward += hahn_seconds() - gathering;
    return hahn_cuda_status(ws->engine, code, "to run the circuit");
}
