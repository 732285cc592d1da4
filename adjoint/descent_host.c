/* Training in the host's memory: of the backends that have their states there, and of any other
   that keeps parameters nowhere else. */
#include "adjoint/descent.h"

#include <math.h>
#include <string.h>

static uint64_t bytes(uint64_t count, int64_t batch)
{
    (void)batch;
    return hahn_saturating_multiply(count, sizeof(double));
}

static hahn_status open_block(hahn_descent *d)
{
    void *block;
    const hahn_status status = hahn_allocate(d->workspace->engine, d->count, sizeof(double),
                                             "the vectors of the descent", &block);
    d->numbers = block;
    if (status == HAHN_OK)
        memset(block, 0, d->count * sizeof(double));
    return status;
}

static void close_block(hahn_descent *d)
{
    hahn_release(d->workspace->engine, d->numbers, d->count, sizeof(double));
}

static hahn_status copy(hahn_descent *d, double *to, const double *from, uint64_t count)
{
    (void)d;
    memcpy(to, from, count * sizeof(double));
    return HAHN_OK;
}

static hahn_status save(const hahn_descent *d, double *to, const double *from, uint64_t count)
{
    (void)d;
    memcpy(to, from, count * sizeof(double));
    return HAHN_OK;
}

static double norm(const double *vector, int64_t count)
{
    double sum = 0;
    for (int64_t k = 0; k < count; k++)
        sum += vector[k] * vector[k];
    return sqrt(sum);
}

static hahn_status evaluate(hahn_descent *d, double *energies, double *norms,
                            hahn_certificate *certificates)
{
    const int64_t parameters = d->workspace->program->parameters;
    const hahn_status status = hahn_gradient(d->workspace, NULL, d->options.batch, d->theta,
                                             energies, d->gradient, certificates);
    for (int64_t row = 0; norms && row < d->options.batch && status == HAHN_OK; row++)
        norms[row] = norm(d->gradient + row * parameters, parameters);
    return status;
}

static hahn_status step(hahn_descent *d, const hahn_update *update)
{
    const hahn_update own = *update; /* which no store can be taken to change */
    (void)d;
    for (uint64_t k = 0; k < own.count; k++)
        hahn_update_number(&own, k);
    return HAHN_OK;
}

const hahn_descent_ops hahn_host_descent_ops = {.bytes = bytes,
                                                .open = open_block,
                                                .close = close_block,
                                                .load = copy,
                                                .save = save,
                                                .copy = copy,
                                                .evaluate = evaluate,
                                                .step = step};
