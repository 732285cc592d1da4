/* The reversible adjoint: psi forward, lambda = O psi, then both back through the circuit. Where
   lambda meets the generator of each gate stands the derivative; see docs/theory.md. */
#include "adjoint/methods.h"

/* `lanes` rows at once; energies and certificates go to the workspace. */
static hahn_status run_lanes(hahn_workspace *ws, int64_t lanes, const double *thetas,
                             double *gradients)
{
    const hahn_backend_ops *ops = ws->ops;
    const uint64_t stages = ws->program->stages.count;
    double at[5];
    at[0] = hahn_seconds();
    hahn_status status = ops->bind(ws, lanes, thetas, HAHN_NO_SHIFT);
    at[1] = hahn_seconds();
    if (status == HAHN_OK)
        status = ops->start(ws, lanes);
    if (status == HAHN_OK)
        status = ops->forward(ws, lanes, 0, stages);
    at[2] = hahn_seconds();
    if (status == HAHN_OK)
        status = ops->observe(ws, lanes, true, ws->energies);
    at[3] = hahn_seconds();
    if (status == HAHN_OK)
        status = ops->backward(ws, lanes, 0, stages, gradients);
    if (status == HAHN_OK)
        status = ops->certify(ws, lanes, ws->certificates);
    at[4] = hahn_seconds();
    ws->times.bind += at[1] - at[0];
    ws->times.forward += at[2] - at[1];
    ws->times.observable += at[3] - at[2];
    ws->times.backward += at[4] - at[3];
    return status;
}

hahn_status hahn_adjoint_gradient(hahn_workspace *ws, int64_t batch, const double *thetas,
                                  double *energies, double *gradients,
                                  hahn_certificate *certificates)
{
    const int64_t parameters = ws->program->parameters;
    hahn_status status = HAHN_OK;
    for (int64_t row = 0, lanes; row < batch && status == HAHN_OK; row += lanes) {
        lanes = batch - row < ws->lanes ? batch - row : ws->lanes;
        status = run_lanes(ws, lanes, hahn_row(thetas, row, parameters),
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
