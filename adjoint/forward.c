/* Forward mode: dE/dtheta[k] = 2 Re <O psi|chi>, chi the tangent along parameter k, for as many k
   at a time as there are lanes. */
#include "adjoint/tangent.h"

#include <math.h>

static bool has_member(const hahn_program *program, const hahn_stage *stage, int64_t first,
                       int64_t count)
{
    const hahn_member *members = program->members.data;
    for (uint64_t k = stage->first; k < stage->first + stage->count; k++) {
        const hahn_term *term = hahn_program_term(program, k);
        for (uint64_t m = term->first_member; m < term->first_member + term->members; m++)
            if (members[m].index >= first && members[m].index - first < count)
                return true;
    }
    return false;
}

/* Tangents are 0 up to the first stage with their parameter, and psi goes there alone. Where a run
   is cut decides how it rounds, so this is one place for each group of parameters, whatever the
   number of lanes. */
#define GROUP 64

static int64_t group_of(int64_t parameter)
{
    return parameter - parameter % GROUP;
}

static uint64_t first_stage(const hahn_program *program, int64_t group)
{
    for (uint64_t k = 0; k < program->stages.count; k++) {
        const hahn_stage *stage = hahn_program_stage(program, k);
        if (stage->kind <= HAHN_STAGE_R && has_member(program, stage, group, GROUP))
            return k;
    }
    return program->stages.count;
}

/* `lanes` parameters of one group from `first` on, at one row of thetas. */
static hahn_status run_lanes(hahn_workspace *ws, const double *theta, int64_t first, int64_t lanes,
                             double *gradient)
{
    const hahn_course course = {.thetas = theta, .first = first};
    hahn_status status =
        hahn_run_tangent(ws, lanes, &course, first_stage(ws->program, group_of(first)));
    const double ready = hahn_seconds();
    if (status == HAHN_OK)
        status = ws->ops->observe(ws, lanes, true, ws->energies);
    if (status == HAHN_OK)
        status =
            ws->ops->tangent->inner(ws, lanes, HAHN_LAMBDA, HAHN_CHI, ws->echoes, ws->distances);
    for (int64_t k = 0; k < lanes && gradient && status == HAHN_OK; k++)
        gradient[first + k] = 2 * ws->echoes[k];
    ws->times.observable += hahn_seconds() - ready;
    return status;
}

/* Components [first, first + count). Where there are none, one lane for the energy. */
static hahn_status run_row(hahn_workspace *ws, const double *theta, int64_t first, int64_t count,
                           double *gradient)
{
    hahn_status status = count ? HAHN_OK : run_lanes(ws, theta, 0, 1, NULL);
    for (int64_t k = 0, lanes; k < count && status == HAHN_OK; k += lanes) {
        const int64_t left = group_of(first + k) + GROUP - (first + k);
        lanes = hahn_lanes_for(ws, count - k < left ? count - k : left);
        status = run_lanes(ws, theta, first + k, lanes, gradient);
    }
    return status;
}

hahn_status hahn_forward_gradient(hahn_workspace *ws, const hahn_gradient_options *options,
                                  int64_t batch, const double *thetas, double *energies,
                                  double *gradients, hahn_certificate *certificates)
{
    const int64_t parameters = ws->program->parameters;
    hahn_status status = HAHN_OK;
    for (int64_t row = 0; row < batch && status == HAHN_OK; row++) {
        hahn_take_entry(ws, row);
        status = run_row(ws, hahn_row(thetas, row, parameters), options->first, options->count,
                         gradients ? gradients + row * parameters : NULL);
        if (status == HAHN_OK && energies)
            energies[row] = ws->energies[0];
        if (status == HAHN_OK && certificates)
            certificates[row] = (hahn_certificate){NAN, ws->energies[0]};
    }
    return status;
}
