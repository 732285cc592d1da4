/* Parameter shift, rotation by rotation: a term's angle enters the energy with the differences of
   its generator's eigenvalues as frequencies. zrot and phase have the one frequency 1, and so has
   ry; under controls ry has 0 as a third eigenvalue, and the frequencies 1/2 and 1. The derivative
   by theta[k] sums over all terms with theta[k] among their members (product rule). */
#include "adjoint/methods.h"

#include <inttypes.h>
#include <math.h>

/* E(angle + delta) - E(angle - delta) */
static hahn_status difference(hahn_workspace *ws, const double *theta, uint64_t term, double delta,
                              double *out)
{
    double plus, minus;
    hahn_status status = hahn_run_energies(ws, 1, theta, (hahn_shift){term, delta}, &plus);
    if (status == HAHN_OK)
        status = hahn_run_energies(ws, 1, theta, (hahn_shift){term, -delta}, &minus);
    if (status == HAHN_OK)
        *out = plus - minus;
    return status;
}

/* The two-term rule for frequency 1; for frequencies 1/2 and 1 the four-term rule with weights
   (sqrt(2) +- 1) / (4 sqrt(2)). */
int hahn_shift_rule(const hahn_term *term, hahn_shift_pair pairs[HAHN_MOST_PAIRS])
{
    pairs[0] = (hahn_shift_pair){M_PI / 2, 0.5};
    if (term->kind != HAHN_RY || term->control == 0)
        return 1;
    pairs[0].weight = (M_SQRT2 + 1) / (4 * M_SQRT2);
    pairs[1] = (hahn_shift_pair){3 * M_PI / 2, -(M_SQRT2 - 1) / (4 * M_SQRT2)};
    return 2;
}

static hahn_status term_derivative(hahn_workspace *ws, const double *theta, uint64_t index,
                                   double *out)
{
    hahn_shift_pair pairs[HAHN_MOST_PAIRS];
    const int count = hahn_shift_rule(hahn_program_term(ws->program, index), pairs);
    hahn_status status = HAHN_OK;
    *out = 0;
    for (int k = 0; k < count && status == HAHN_OK; k++) {
        double off = 0;
        status = difference(ws, theta, index, pairs[k].delta, &off);
        *out += pairs[k].weight * off;
    }
    return status;
}

/* Components [first, first + count) of one row; components[0] is the first of them. */
static hahn_status shift_row(hahn_workspace *ws, const double *theta, int64_t first, int64_t count,
                             double *components)
{
    const hahn_program *program = ws->program;
    const hahn_member *members = program->members.data;
    for (uint64_t k = 0; k < program->terms.count; k++) {
        const hahn_term *term = hahn_program_term(program, k);
        double derivative = 0;
        bool known = false;
        for (uint64_t m = term->first_member; m < term->first_member + term->members; m++) {
            const int64_t component = members[m].index - first;
            if (component < 0 || component >= count)
                continue;
            if (!known) {
                const hahn_status status = term_derivative(ws, theta, k, &derivative);
                if (status != HAHN_OK)
                    return status;
                known = true;
            }
            components[component] += members[m].scale * derivative;
        }
    }
    return HAHN_OK;
}

hahn_status hahn_shift_gradient(hahn_workspace *ws, const hahn_gradient_options *options,
                                int64_t batch, const double *thetas, double *energies,
                                double *gradients, hahn_certificate *certificates)
{
    const int64_t parameters = ws->program->parameters;
    hahn_status status = HAHN_OK;
    for (int64_t row = 0; row < batch && status == HAHN_OK; row++) {
        const double *theta = hahn_row(thetas, row, parameters);
        double energy = 0;
        hahn_take_entry(ws, row);
        status = hahn_run_energies(ws, 1, theta, HAHN_NO_SHIFT, &energy);
        if (status == HAHN_OK)
            hahn_report_energy(row, energy, energies, certificates);
        if (status == HAHN_OK && options->count > 0)
            status = shift_row(ws, theta, options->first, options->count,
                               gradients + row * parameters + options->first);
    }
    return status;
}

hahn_status hahn_gradient_component(hahn_workspace *workspace, const double *theta, int64_t index,
                                    double *derivative)
{
    double sum = 0;
    if (!workspace || !derivative)
        return HAHN_ERR_ARGUMENT;
    const hahn_program *program = workspace->program;
    hahn_status status = hahn_check_run(workspace, 1, theta);
    if (status == HAHN_OK && (index < 0 || index >= program->parameters))
        status =
            hahn_fail(workspace->engine, HAHN_ERR_PARAMETER,
                      "parameter %" PRId64 " is out of range: the program has %" PRId64 ", from 0",
                      index, program->parameters);
    if (status == HAHN_OK)
        status = hahn_check_observable(workspace);
    if (status != HAHN_OK)
        return status;
    workspace->finished = 0;
    status = shift_row(workspace, theta, index, 1, &sum);
    if (status == HAHN_OK)
        *derivative = sum;
    return status;
}
