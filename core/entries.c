/* What tells the entries of a batch apart besides their parameters: the states they start from. */
#include "core/backend.h"

#include <inttypes.h>
#include <math.h>

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
