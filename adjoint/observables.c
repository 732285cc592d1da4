/* Derivatives that have to do with observables: by the coefficients of one, and of several. */
#include "adjoint/tangent.h"

#include <string.h>

/* -- coefficients ----------------------------------------------------------------------------- */

/* Row k of the rows of lanes gets entry `term`. */
static void spread(const double *values, int64_t lanes, int64_t terms, int64_t term, double *rows)
{
    for (int64_t k = 0; k < lanes; k++)
        rows[k * terms + term] = values[k];
}

/* <psi|P|psi> for each string that was added; equal ones are computed once. */
static hahn_status expect_strings(hahn_workspace *ws, int64_t lanes, double *rows)
{
    const hahn_added_string *strings = ws->program->sum.strings.data;
    const int64_t terms = (int64_t)ws->program->sum.strings.count;
    hahn_status status = HAHN_OK;
    for (int64_t t = 0; t < terms && status == HAHN_OK; t++) {
        const int64_t same = (int64_t)strings[t].same;
        if (same == t)
            status = ws->ops->tangent->expect(ws, lanes, strings[t].x, strings[t].z, ws->energies);
        for (int64_t k = 0; k < lanes && same < t; k++)
            ws->energies[k] = rows[k * terms + same];
        if (status == HAHN_OK)
            spread(ws->energies, lanes, terms, t, rows);
    }
    return status;
}

hahn_status hahn_coefficient_gradient(hahn_workspace *workspace, int64_t batch,
                                      const double *thetas, double *derivatives)
{
    if (!workspace || (!derivatives && workspace->program->sum.strings.count > 0))
        return HAHN_ERR_ARGUMENT;
    const hahn_program *program = workspace->program;
    const int64_t terms = (int64_t)program->sum.strings.count;
    hahn_status status =
        hahn_check_derivative(workspace, (hahn_wants){HAHN_FOR_STATE, true}, batch, thetas);
    const double begin = hahn_seconds();
    for (int64_t row = 0, lanes; row < batch && status == HAHN_OK; row += lanes) {
        lanes = hahn_take_entries(workspace, row, batch);
        status = hahn_run_circuit(workspace, lanes, hahn_row(thetas, row, program->parameters),
                                  HAHN_NO_SHIFT);
        const double ready = hahn_seconds();
        if (status == HAHN_OK && terms)
            status = expect_strings(workspace, lanes, derivatives + row * terms);
        workspace->times.observable += hahn_seconds() - ready;
    }
    workspace->times.total = hahn_seconds() - begin;
    return status;
}

/* -- several observables ---------------------------------------------------------------------- */

/* One state <- another, by the operations that there are. */
static hahn_status copy_state(hahn_workspace *ws, hahn_which_state to, hahn_which_state from)
{
    const double one = 1, zero = 0;
    const hahn_status status = ws->ops->tangent->assign(ws, 0, to, NULL);
    return status == HAHN_OK ? ws->ops->tangent->combine(ws, 1, to, from, &one, &zero) : status;
}

/* lambda <- O psi from the copy in chi, and back with it. */
static hahn_status jacobian_row(hahn_workspace *ws, const hahn_program *observed, double *value,
                                double *gradient, hahn_certificate *certificate)
{
    double energy;
    hahn_status status = copy_state(ws, HAHN_PSI, HAHN_CHI);
    if (status == HAHN_OK)
        status = ws->ops->tangent->observe(ws, 1, observed, HAHN_PSI, HAHN_LAMBDA, &energy);
    if (status == HAHN_OK && value)
        *value = energy;
    if (status == HAHN_OK)
        status = hahn_run_backward(ws, 1, ws->ops->backward, gradient);
    if (status == HAHN_OK && certificate) {
        status = hahn_certify(ws, 1);
        *certificate = ws->certificates[0];
    }
    return status;
}

static hahn_status compile_row(hahn_workspace *ws, const hahn_observable *observable, double *value,
                               double *gradient, hahn_certificate *certificate)
{
    hahn_program observed;
    hahn_status status = hahn_observed_build(ws, observable, &observed);
    if (status != HAHN_OK)
        return status;
    status = jacobian_row(ws, &observed, value, gradient, certificate);
    hahn_observed_release(ws->engine, &observed);
    return status;
}

hahn_status hahn_jacobian(hahn_workspace *workspace, const double *theta, int64_t count,
                          const hahn_observable *const *observables, double *values,
                          double *jacobian, hahn_certificate *certificates)
{
    if (!workspace || !observables || (!jacobian && workspace->program->parameters > 0))
        return HAHN_ERR_ARGUMENT;
    const int64_t parameters = workspace->program->parameters;
    hahn_status status =
        hahn_check_derivative(workspace, (hahn_wants){HAHN_FOR_TANGENT, false}, 1, theta);
    if (status == HAHN_OK)
        status = hahn_check_observables(workspace, count, observables);
    const double begin = hahn_seconds();
    if (status == HAHN_OK)
        status = workspace->ops->bind(workspace, 1, theta, HAHN_NO_SHIFT);
    const double bound = hahn_seconds();
    if (status == HAHN_OK)
        status = hahn_run_forward(workspace, 1, workspace->ops->forward);
    const double forth = hahn_seconds();
    if (status == HAHN_OK)
        status = copy_state(workspace, HAHN_CHI, HAHN_PSI);
    if (status == HAHN_OK && parameters)
        memset(jacobian, 0, (size_t)count * (size_t)parameters * sizeof *jacobian);
    for (int64_t k = 0; k < count && status == HAHN_OK; k++)
        status = compile_row(workspace, observables[k], values ? values + k : NULL,
                             parameters ? jacobian + k * parameters : NULL,
                             certificates ? certificates + k : NULL);
    const double end = hahn_seconds();
    workspace->times = (hahn_times){.bind = bound - begin,
                                    .forward = forth - bound,
                                    .backward = end - forth,
                                    .total = end - begin};
    return status;
}
