/* Central differences, one parameter at a time. */
#include "adjoint/methods.h"

#include <math.h>

/* Of one row. Point 0 is theta itself; at points 2i + 1 and 2i + 2 component first + i is moved up
   and down. */
typedef struct differences {
    const hahn_gradient_options *options;
    const double *theta;
    double natural;
    double *gradient; /* the parameters' scales before, derivatives after */
    double energy;    /* at point 0 */
    double up;        /* at the last point that was moved up */
} differences;

static int64_t component_of(const differences *d, int64_t point)
{
    return d->options->first + (point - 1) / 2;
}

/* Where component k is moved to. No step may be lost in rounding; where no gate uses the parameter
   any will do. */
static double place(const differences *d, int64_t k, int sign)
{
    const double theta = d->theta[k], scale = d->gradient[k] > 0 ? d->gradient[k] : 1;
    const double step = d->options->step > 0 ? d->options->step : d->natural / scale;
    const double spacing = nextafter(fabs(theta), INFINITY) - fabs(theta);
    return theta + sign * fmax(step, 4 * spacing);
}

static void move(void *context, int64_t point, double *theta)
{
    const differences *d = context;
    if (point > 0)
        theta[component_of(d, point)] = place(d, component_of(d, point), point % 2 ? 1 : -1);
}

/* Differences are divided by how far apart the points are, rounding included. */
static void take(void *context, int64_t point, double energy)
{
    differences *d = context;
    const int64_t k = component_of(d, point);
    if (point == 0)
        d->energy = energy;
    else if (point % 2)
        d->up = energy;
    else
        d->gradient[k] = (d->up - energy) / (place(d, k, 1) - place(d, k, -1));
}

static hahn_status run_row(hahn_workspace *ws, differences *d)
{
    const int64_t first = d->options->first, end = first + d->options->count;
    const hahn_probing probing = {d, move, take};
    hahn_parameter_scales(ws->program, d->gradient);
    const hahn_status status = hahn_probe(ws, d->theta, 1 + 2 * d->options->count, &probing);
    for (int64_t k = 0; k < ws->program->parameters; k++)
        if (k < first || k >= end)
            d->gradient[k] = 0;
    return status;
}

hahn_status hahn_difference_gradient(hahn_workspace *ws, const hahn_gradient_options *options,
                                     int64_t batch, const double *thetas, double *energies,
                                     double *gradients, hahn_certificate *certificates)
{
    const int64_t parameters = ws->program->parameters;
    hahn_status status = HAHN_OK;
    for (int64_t row = 0; row < batch && status == HAHN_OK; row++) {
        differences d = {.options = options,
                         .theta = hahn_row(thetas, row, parameters),
                         .natural = hahn_natural_step(ws),
                         .gradient = gradients ? gradients + row * parameters : NULL};
        hahn_take_entry(ws, row);
        status = run_row(ws, &d);
        if (status == HAHN_OK)
            hahn_report_energy(row, d.energy, energies, certificates);
    }
    return status;
}
