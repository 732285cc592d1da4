/* What all reverse methods have in common: psi to the end of the circuit, lambda = O psi there,
   both back to the start, and a certificate of how psi came home. */
#include "adjoint/methods.h"

#include <math.h>

/* The larger one; NaN if there is one, which no comparison may hide. */
static double worse(double a, double b)
{
    return a >= b || isnan(a) ? a : b;
}

void hahn_clear_echoes(hahn_workspace *ws, int64_t lanes)
{
    for (int64_t k = 0; k < lanes; k++)
        ws->echoes[k] = 0;
}

hahn_status hahn_recall_echo(hahn_workspace *ws, int64_t lanes, uint64_t slot)
{
    const hahn_status status = ws->ops->recall(ws, lanes, slot, ws->distances);
    for (int64_t k = 0; k < lanes && status == HAHN_OK; k++)
        ws->echoes[k] = worse(ws->echoes[k], ws->distances[k]);
    return status;
}

/* The start is the last state that psi comes back to. */
hahn_status hahn_certify(hahn_workspace *ws, int64_t lanes)
{
    const hahn_status status = ws->ops->certify(ws, lanes, ws->certificates);
    for (int64_t k = 0; k < lanes && status == HAHN_OK; k++)
        ws->certificates[k].echo_error = worse(ws->certificates[k].echo_error, ws->echoes[k]);
    return status;
}

/* `lanes` rows at once; energies and certificates go to the workspace. */
static hahn_status run_lanes(hahn_workspace *ws, const hahn_reverse_pass *pass, int64_t lanes,
                             const double *thetas, double *gradients)
{
    double at[5];
    at[0] = hahn_seconds();
    hahn_status status = ws->ops->bind(ws, lanes, thetas, HAHN_NO_SHIFT);
    at[1] = hahn_seconds();
    ws->times.bind += at[1] - at[0];
    if (pass->plain && ws->at_once)
        return status ? status
                      : ws->ops->evaluate(ws, lanes, ws->energies, gradients, ws->certificates);
    if (status == HAHN_OK)
        status = pass->forward(ws, lanes);
    at[2] = hahn_seconds();
    if (status == HAHN_OK)
        status = ws->ops->observe(ws, lanes, true, ws->energies);
    at[3] = hahn_seconds();
    if (status == HAHN_OK)
        status = pass->backward(ws, lanes, gradients);
    if (status == HAHN_OK)
        status = hahn_certify(ws, lanes);
    at[4] = hahn_seconds();
    ws->times.forward += at[2] - at[1];
    ws->times.observable += at[3] - at[2];
    ws->times.backward += at[4] - at[3];
    return status;
}

hahn_status hahn_reverse_gradient(hahn_workspace *ws, const hahn_reverse_pass *pass, int64_t batch,
                                  const double *thetas, double *energies, double *gradients,
                                  hahn_certificate *certificates)
{
    const int64_t parameters = ws->program->parameters;
    hahn_status status = HAHN_OK;
    for (int64_t row = 0, lanes; row < batch && status == HAHN_OK; row += lanes) {
        lanes = hahn_take_entries(ws, row, batch);
        status = run_lanes(ws, pass, lanes, hahn_row(thetas, row, parameters),
                           gradients ? gradients + row * parameters : NULL);
        for (int64_t k = 0; k < lanes && status == HAHN_OK; k++) {
            if (energies)
                energies[row + k] = ws->energies[k];
            if (certificates)
                certificates[row + k] = ws->certificates[k];
        }
    }
    ws->finished = status == HAHN_OK && batch <= ws->lanes ? batch : 0;
    return status;
}
