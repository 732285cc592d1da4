/* The reversible adjoint: psi forward, lambda = O psi, then both back through the circuit. Where
   lambda meets the generator of each gate stands the derivative; see docs/theory.md.

   A workspace with an echo tolerance runs in segments: where one ends and the next one begins, psi
   is kept on the way forward, and taken up again on the way back. How far it came back from what
   was kept is the segment's echo error. */
#include "adjoint/methods.h"

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

hahn_status hahn_run_backward(hahn_workspace *ws, int64_t lanes, hahn_backward_step step,
                              double *sums)
{
    hahn_status status = HAHN_OK;
    hahn_clear_echoes(ws, lanes);
    for (uint64_t s = ws->segments; s-- > 0 && status == HAHN_OK;) {
        status = step(ws, lanes, beginning(ws, s), ws->ends[s], sums);
        if (status == HAHN_OK && s > 0)
            status = hahn_recall_echo(ws, lanes, s - 1);
    }
    return status;
}

static hahn_status run_forward(hahn_workspace *ws, int64_t lanes)
{
    return hahn_run_forward(ws, lanes, ws->ops->forward);
}

static hahn_status run_backward(hahn_workspace *ws, int64_t lanes, double *gradients)
{
    return hahn_run_backward(ws, lanes, ws->ops->backward, gradients);
}

hahn_status hahn_adjoint_gradient(hahn_workspace *ws, const hahn_gradient_options *options,
                                  int64_t batch, const double *thetas, double *energies,
                                  double *gradients, hahn_certificate *certificates)
{
    static const hahn_reverse_pass pass = {true, run_forward, run_backward};
    (void)options;
    return hahn_reverse_gradient(ws, &pass, batch, thetas, energies, gradients, certificates);
}
