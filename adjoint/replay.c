/* Reverse mode from kept states: tape and checkpoint. Where a unit of a stage or two is taken back,
   psi is a copy kept on the way forward, or run forward to from the last copy before; what has been
   uncomputed is never gone on with. Which states are kept when is the binomial schedule of
   core/replay.h, which with a state for each unit keeps them all: the tape. */
#include "core/replay.h"
#include "adjoint/methods.h"

/* First stage of a unit. */
static uint64_t beginning(const hahn_workspace *ws, uint64_t unit)
{
    return unit ? ws->unit_ends[unit - 1] : 0;
}

/* psi <- state after `target` units, from that after `at` units, of which a copy is held unless it
   is the start. Copies are kept on the way as the schedule wants them. */
static hahn_status run_to(hahn_workspace *ws, int64_t lanes, uint64_t at, uint64_t target)
{
    hahn_status status = HAHN_OK;
    while (at < target && status == HAHN_OK) {
        const uint64_t next = at + hahn_replay_split(target - at, ws->kept - ws->marked);
        status = ws->ops->forward(ws, lanes, beginning(ws, at), beginning(ws, next));
        at = next;
        if (status == HAHN_OK && at < target) {
            status = ws->ops->keep(ws, lanes, ws->marked);
            ws->marks[ws->marked++] = at;
        }
    }
    return status;
}

static hahn_status run_forward(hahn_workspace *ws, int64_t lanes)
{
    const hahn_status status = ws->ops->start(ws, lanes);
    ws->marked = 0;
    return status == HAHN_OK ? run_to(ws, lanes, 0, ws->units) : status;
}

/* psi <- state after `target` units, where it has just come back to by uncomputing a unit: where a
   copy of it is held, that was an echo. */
static hahn_status take_up(hahn_workspace *ws, int64_t lanes, uint64_t target)
{
    const uint64_t last = ws->marked - 1;
    hahn_status status;
    if (ws->marked == 0) {
        status = ws->ops->start(ws, lanes);
        return status == HAHN_OK ? run_to(ws, lanes, 0, target) : status;
    }
    if (ws->marks[last] == target) {
        ws->marked--;
        return hahn_recall_echo(ws, lanes, last);
    }
    status = ws->ops->recall(ws, lanes, last, NULL);
    return status == HAHN_OK ? run_to(ws, lanes, ws->marks[last], target) : status;
}

static hahn_status run_backward(hahn_workspace *ws, int64_t lanes, double *gradients)
{
    hahn_status status = HAHN_OK;
    hahn_clear_echoes(ws, lanes);
    for (uint64_t unit = ws->units; unit-- > 0 && status == HAHN_OK;) {
        if (unit + 1 < ws->units)
            status = take_up(ws, lanes, unit + 1);
        if (status == HAHN_OK)
            status =
                ws->ops->backward(ws, lanes, beginning(ws, unit), ws->unit_ends[unit], gradients);
    }
    return status;
}

hahn_status hahn_replay_gradient(hahn_workspace *ws, const hahn_gradient_options *options,
                                 int64_t batch, const double *thetas, double *energies,
                                 double *gradients, hahn_certificate *certificates)
{
    static const hahn_reverse_pass pass = {false, run_forward, run_backward};
    (void)options;
    return hahn_reverse_gradient(ws, &pass, batch, thetas, energies, gradients, certificates);
}
