/* Evaluations of circuits whose state is one tile: one launch for all lanes. */
#include "cuda/evaluate.h"

#include <math.h>

static hahn_evaluation evaluation_of(const hahn_workspace *ws, int64_t lanes)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const uint64_t all = hahn_bit(ws->program->qubits) - 1;
    return (hahn_evaluation){.walk =
                                 hahn_cuda_walk_of(ws, lanes, all, 0, ws->program->stages.count),
                             .starts = hahn_cuda_starts(ws),
                             .sums = hahn_cuda_sums(ws),
                             .results = hahn_cuda_part(ws, c->plan.results)};
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

/* The time of the launch is shared out as the last lane fetched has spent its clocks. */
static void share_time(hahn_workspace *ws, double seconds)
{
    const hahn_evaluated *last = (const hahn_evaluated *)(void *)hahn_cuda_of(ws)->staged;
    const int64_t *at = last->clocks;
    const double clocks = (double)(at[3] - at[0]);
    if (!(clocks > 0)) {
        ws->times.forward += seconds;
        return;
    }
    ws->times.forward += seconds * (double)(at[1] - at[0]) / clocks;
    ws->times.observable += seconds * (double)(at[2] - at[1]) / clocks;
    ws->times.backward += seconds * (double)(at[3] - at[2]) / clocks;
}

hahn_status hahn_cuda_evaluate(hahn_workspace *ws, int64_t lanes, double *energies,
                               double *gradients, hahn_certificate *certificates)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const hahn_evaluation e = evaluation_of(ws, lanes);
    const double begin = hahn_seconds();
    const hahn_status status = hahn_cuda_enter(ws);
    if (status != HAHN_OK)
        return status;
    int code = c->kernels->evaluate(&e, certificates != NULL);
    if (code == 0)
        code = fetch_results(ws, lanes, energies, certificates);
    if (code == 0 && certificates)
        share_time(ws, hahn_seconds() - begin);
    else
        ws->times.forward += hahn_seconds() - begin;
    const double gathering = hahn_seconds();
    if (code == 0 && certificates)
        code = hahn_cuda_add_gradients(ws, lanes, gradients);
    ws->times.backward += hahn_seconds() - gathering;
    return hahn_cuda_status(ws->engine, code, "to run the circuit");
}
