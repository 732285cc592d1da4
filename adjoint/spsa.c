/* Simultaneous perturbation (Spall, IEEE Trans. Autom. Control 37 (1992) 332): all parameters are
   moved at once, each up or down by chance, and each component gets the one difference times its
   own sign. In the mean the other components' shares cancel. */
#include "adjoint/methods.h"

#include <hahn/random.h>
#include <math.h>

/* Of one row. Point 0 is theta itself, points 2r + 1 and 2r + 2 are moved along direction r and
   against it. */
typedef struct perturbations {
    const hahn_gradient_options *options;
    int64_t parameters;
    double step;
    double *gradient;
    double energy, up;
} perturbations;

/* Uniforms are drawn some at a time: number k of a stream needs no other. */
#define DRAWN 256

/* values[k] += amount * (+1 or -1, component k of direction r). */
static void add_direction(const perturbations *p, int64_t r, double amount, double *values)
{
    double uniform[DRAWN];
    for (int64_t first = 0; first < p->parameters; first += DRAWN) {
        const int64_t left = p->parameters - first, count = left < DRAWN ? left : DRAWN;
        hahn_random_uniform(p->options->seed, HAHN_STREAM_SPSA + (uint64_t)r, (uint64_t)first,
                            count, uniform);
        for (int64_t k = 0; k < count; k++)
            values[first + k] += uniform[k] >= 0.5 ? amount : -amount;
    }
}

static void move(void *context, int64_t point, double *theta)
{
    const perturbations *p = context;
    if (point > 0)
        add_direction(p, (point - 1) / 2, point % 2 ? p->step : -p->step, theta);
}

static void take(void *context, int64_t point, double energy)
{
    perturbations *p = context;
    if (point == 0)
        p->energy = energy;
    else if (point % 2)
        p->up = energy;
    else
        add_direction(p, (point - 1) / 2,
                      (p->up - energy) / (2 * p->step * (double)p->options->repetitions),
                      p->gradient);
}

/* Along a direction all angles move: by s_k each, together by the root of their squares. */
static double default_step(const hahn_workspace *ws, double *scratch)
{
    double square = 0;
    hahn_parameter_scales(ws->program, scratch);
    for (int64_t k = 0; k < ws->program->parameters; k++) {
        square += scratch[k] * scratch[k];
        scratch[k] = 0;
    }
    return square > 0 ? hahn_natural_step(ws) / sqrt(square) : 1;
}

hahn_status hahn_spsa_gradient(hahn_workspace *ws, const hahn_gradient_options *options,
                               int64_t batch, const double *thetas, double *energies,
                               double *gradients, hahn_certificate *certificates)
{
    const int64_t parameters = ws->program->parameters;
    hahn_status status = HAHN_OK;
    for (int64_t row = 0; row < batch && status == HAHN_OK; row++) {
        perturbations p = {.options = options,
                           .parameters = parameters,
                           .gradient = gradients ? gradients + row * parameters : NULL};
        const hahn_probing probing = {&p, move, take};
        p.step = options->step > 0 ? options->step : default_step(ws, p.gradient);
        hahn_take_entry(ws, row);
        status = hahn_probe(ws, hahn_row(thetas, row, parameters), 1 + 2 * options->repetitions,
                            &probing);
        if (status == HAHN_OK)
            hahn_report_energy(row, p.energy, energies, certificates);
    }
    return status;
}
