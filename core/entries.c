/* What tells the entries of a batch apart besides their parameters: the states they start from, and
   the observables they are measured with. */
#include "core/backend.h"

#include <inttypes.h>
#include <math.h>

/* -- start states ----------------------------------------------------------------------------- */

static hahn_status check_count(hahn_workspace *ws, int64_t count, const char *what)
{
    const int64_t most = INT64_MAX / 16 >> (ws->program->qubits + 1);
    if (count >= 1 && count <= most)
        return HAHN_OK;
    return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                     "%" PRId64 " %s are out of range: use 1 to %" PRId64, count, what, most);
}

static hahn_status check_start(hahn_workspace *ws, int64_t index, const double *amplitudes)
{
    const double allowed = ws->precision == HAHN_F64 ? 1e-10 : 1e-5;
    double square = 0;
    for (uint64_t j = 0; j < 2 * hahn_bit(ws->program->qubits); j++)
        square += amplitudes[j] * amplitudes[j];
    if (fabs(sqrt(square) - 1) <= allowed)
        return HAHN_OK;
    return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                     "start state %" PRId64
                     " has norm %.12g: it must be 1 to %g; divide it by its norm",
                     index, sqrt(square), allowed);
}

hahn_status hahn_workspace_set_starts(hahn_workspace *workspace, int64_t count,
                                      const double *amplitudes)
{
    hahn_status status = HAHN_OK;
    if (!workspace)
        return HAHN_ERR_ARGUMENT;
    if (!amplitudes)
        return workspace->ops->set_starts(workspace, 0, NULL);
    status = check_count(workspace, count, "start states");
    for (int64_t k = 0; k < count && status == HAHN_OK; k++)
        status = check_start(workspace, k,
                             amplitudes + (uint64_t)k * hahn_bit(workspace->program->qubits + 1));
    return status == HAHN_OK ? workspace->ops->set_starts(workspace, count, amplitudes) : status;
}

hahn_status hahn_workspace_set_start(hahn_workspace *workspace, const double *amplitudes)
{
    return hahn_workspace_set_starts(workspace, 1, amplitudes);
}

hahn_status hahn_workspace_random_starts(hahn_workspace *workspace, int64_t count, uint64_t seed)
{
    if (!workspace)
        return HAHN_ERR_ARGUMENT;
    const hahn_status status = check_count(workspace, count, "start states");
    return status == HAHN_OK ? workspace->ops->random_starts(workspace, count, seed) : status;
}

/* -- observables ------------------------------------------------------------------------------ */

hahn_status hahn_check_observables(hahn_workspace *ws, int64_t count,
                                   const hahn_observable *const *observables)
{
    if (count < 1)
        return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                         "%" PRId64 " observables are out of range: use 1 or more", count);
    for (int64_t k = 0; k < count; k++) {
        if (!observables[k])
            return HAHN_ERR_ARGUMENT;
        if (observables[k]->qubits != ws->program->qubits)
            return hahn_fail(ws->engine, HAHN_ERR_QUBIT,
                             "observable %" PRId64 " has %d qubits and the circuit %d: they must "
                             "agree",
                             k, observables[k]->qubits, ws->program->qubits);
    }
    return HAHN_OK;
}

hahn_status hahn_observed_build(hahn_workspace *ws, const hahn_observable *observable,
                                hahn_program *out)
{
    hahn_engine *engine = ws->engine;
    *out = *ws->program;
    out->has_observable = true;
    out->sum = (hahn_pauli_sum){0};
    out->plan = (hahn_observable_plan){0};
    hahn_status status = hahn_pauli_sum_build(observable, engine, &out->sum);
    if (status == HAHN_OK)
        status = hahn_observable_plan_build(engine, &out->sum, &out->plan);
    if (status != HAHN_OK)
        hahn_observed_release(engine, out);
    return status;
}

void hahn_observed_release(hahn_engine *engine, hahn_program *observed)
{
    hahn_observable_plan_release(engine, &observed->plan);
    hahn_pauli_sum_release(engine, &observed->sum);
}

static void release_all(hahn_engine *engine, hahn_program *observed, int64_t built, int64_t count)
{
    for (int64_t k = 0; k < built; k++)
        hahn_observed_release(engine, &observed[k]);
    hahn_release(engine, observed, (uint64_t)count, sizeof *observed);
}

static hahn_status build_all(hahn_workspace *ws, int64_t count,
                             const hahn_observable *const *observables, hahn_program **out)
{
    void *memory;
    int64_t built = 0;
    hahn_status status = hahn_allocate(ws->engine, (uint64_t)count, sizeof(hahn_program),
                                       "the observables of the workspace", &memory);
    while (status == HAHN_OK && built < count) {
        status = hahn_observed_build(ws, observables[built], (hahn_program *)memory + built);
        built += status == HAHN_OK;
    }
    *out = status == HAHN_OK ? memory : NULL;
    if (status != HAHN_OK && memory)
        release_all(ws->engine, memory, built, count);
    return status;
}

/* From here on entries have these; the backend first, which may have no room. */
static hahn_status replace_observed(hahn_workspace *ws, int64_t count, hahn_program *observed)
{
    const hahn_status status =
        ws->ops->set_observed ? ws->ops->set_observed(ws, count, observed) : HAHN_OK;
    if (status != HAHN_OK)
        return status;
    if (ws->observed)
        release_all(ws->engine, ws->observed, ws->observed_count, ws->observed_count);
    ws->observed = observed;
    ws->observed_count = count;
    return HAHN_OK;
}

hahn_status hahn_workspace_set_observables(hahn_workspace *workspace, int64_t count,
                                           const hahn_observable *const *observables)
{
    hahn_program *observed;
    if (!workspace)
        return HAHN_ERR_ARGUMENT;
    if (!observables)
        return replace_observed(workspace, 0, NULL);
    hahn_status status = hahn_check_observables(workspace, count, observables);
    if (status == HAHN_OK)
        status = build_all(workspace, count, observables, &observed);
    if (status != HAHN_OK)
        return status;
    status = replace_observed(workspace, count, observed);
    if (status != HAHN_OK)
        release_all(workspace->engine, observed, count, count);
    return status;
}

void hahn_observed_close(hahn_workspace *ws)
{
    if (ws->observed)
        release_all(ws->engine, ws->observed, ws->observed_count, ws->observed_count);
}
