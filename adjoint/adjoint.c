/* The reversible adjoint: psi forward, lambda = O psi, then both back through the circuit. Where
   lambda meets the generator of each gate stands the derivative; see docs/theory.md.

   A workspace with an echo tolerance runs in segments: where one ends and the next one begins, psi
   is kept on the way forward, and taken up again on the way back. How far it came back from what
   was kept is the segment's echo error. */
#include "adjoint/methods.h"

#include <math.h>

/* First stage of a segment. */
static uint64_t beginning(const hahn_workspace *ws, uint64_t segment)
{
    return segment ? ws->ends[segment - 1] : 0;
}

hahn_status hahn_run_forward(hahn_workspace *ws, int64_t lanes, hahn_forward_step step)
{
    const hahn_backend_ops *ops = ws->ops;
    hahn_status status = ops->start(ws, lanes);
    for (uint64_t s = 0; s < ws->segments && status == HAHN_OK; s++) {
        status = step(ws, lanes, beginning(ws, s), ws->ends[s]);
        if (status == HAHN_OK && s + 1 < ws->segments)
            status = ops->keep(ws, lanes, s);
    }
    return status;
}

/* The larger one; NaN if there is one, which no comparison may hide. */
static double worse(double a, double b)
{
    return a >= b || isnan(a) ? a : b;
}

hahn_status hahn_run_backward(hahn_workspace *ws, int64_t lanes, hahn_backward_step step,
                              double *sums)
{
    const hahn_backend_ops *ops = ws->ops;
    hahn_status status = HAHN_OK;
    for (int64_t k = 0; k < lanes; k++)
        ws->echoes[k] = 0;
    for (uint64_t s = ws->segments; s-- > 0 && status == HAHN_OK;) {
        status = step(ws, lanes, beginning(ws, s), ws->ends[s], sums);
        if (status != HAHN_OK || s == 0)
            break;
        status = ops->recall(ws, lanes, s - 1, ws->distances);
        for (int64_t k = 0; k < lanes && status == HAHN_OK; k++)
            ws->echoes[k] = worse(ws->echoes[k], ws->distances[k]);
    }
    return status;
}

/* The first segment began at the start state, with which psi is compared last. */
hahn_status hahn_certify(hahn_workspace *ws, int64_t lanes)
{
    const hahn_status status = ws->ops->certify(ws, lanes, ws->certificates);
    for (int64_t k = 0; k < lanes && status == HAHN_OK; k++)
        ws->certificates[k].echo_error = worse(ws->certificates[k].echo_error, ws->echoes[k]);
    return status;
}

/* `lanes` rows at once; energies and certificates go to the workspace. */
static hahn_status run_lanes(hahn_workspace *ws, int64_t lanes, const double *thetas,
                             double *gradients)
{
    double at[5];
    at[0] = hahn_seconds();
    hahn_status status = ws->ops->bind(ws, lanes, thetas, HAHN_NO_SHIFT);
    at[1] = hahn_seconds();
    if (status == HAHN_OK)
        status = hahn_run_forward(ws, lanes, ws->ops->forward);
    at[2] = hahn_seconds();
    if (status == HAHN_OK)
        status = ws->ops->observe(ws, lanes, true, ws->energies);
    at[3] = hahn_seconds();
    if (status == HAHN_OK)
        status = hahn_run_backward(ws, lanes, ws->ops->backward, gradients);
    if (status == HAHN_OK)
        status = hahn_certify(ws, lanes);
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
