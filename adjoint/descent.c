/* Training: what is asked for is checked here, and where the numbers stand decides who does it. */
#include "adjoint/descent.h"

#include <inttypes.h>
#include <math.h>

#define MOST_BATCH (INT64_C(1) << 40)

static const hahn_descent_ops *ops_of(const hahn_backend_ops *backend)
{
    return backend->descent ? backend->descent : &hahn_host_descent_ops;
}

/* -- creating --------------------------------------------------------------------------------- */

static hahn_status check_decay(hahn_engine *engine, const char *name, double decay)
{
    if (decay >= 0 && decay < 1)
        return HAHN_OK;
    return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                     "%s %g is out of range: use 0 or more, and less than 1", name, decay);
}

static hahn_status check_rule(hahn_engine *engine, const hahn_descent_options *o)
{
    hahn_status status;
    switch (o->rule) {
    case HAHN_DESCENT_PLAIN:
        return HAHN_OK;
    case HAHN_DESCENT_MOMENTUM:
        return check_decay(engine, "beta", o->beta);
    case HAHN_DESCENT_ADAM:
        status = check_decay(engine, "beta1", o->beta1);
        if (status == HAHN_OK)
            status = check_decay(engine, "beta2", o->beta2);
        if (status == HAHN_OK && !(o->epsilon >= 0 && isfinite(o->epsilon)))
            status = hahn_fail(engine, HAHN_ERR_ARGUMENT,
                               "epsilon %g is out of range: use a number of 0 or more", o->epsilon);
        return status;
    }
    return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                     "rule %d does not exist: use plain (0), momentum (1) or adam (2)",
                     (int)o->rule);
}

/* Options with the defaults filled in. */
static hahn_status fill_options(hahn_engine *engine, const hahn_descent_options *options,
                                hahn_descent_options *out)
{
    *out = options ? *options : (hahn_descent_options){.rule = HAHN_DESCENT_PLAIN};
    if (out->batch < 0 || out->batch > MOST_BATCH)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "a batch of %" PRId64 " is out of range: use 1 to %" PRId64
                         ", or 0 for one",
                         out->batch, MOST_BATCH);
    if (out->batch == 0)
        out->batch = 1;
    return check_rule(engine, out);
}

/* Parameters, gradients and state of all rows, and the best row. */
static uint64_t numbers_of(const hahn_program *program, const hahn_descent_options *o)
{
    const uint64_t vectors = 2 + (uint64_t)hahn_update_vectors(o->rule);
    return hahn_saturating_multiply(vectors * (uint64_t)o->batch + 1,
                                    (uint64_t)program->parameters);
}

uint64_t hahn_descent_bytes(hahn_engine *engine, const hahn_program *program,
                            const hahn_descent_options *options)
{
    hahn_descent_options o;
    if (!engine || !program || fill_options(engine, options, &o) != HAHN_OK)
        return 0;
    return hahn_saturating_add(
        sizeof(hahn_descent),
        ops_of(hahn_backend_of(engine))->bytes(numbers_of(program, &o), o.batch));
}

static void lay_out(hahn_descent *d)
{
    const uint64_t rows = (uint64_t)(d->options.batch * d->workspace->program->parameters);
    d->theta = d->numbers;
    d->gradient = d->theta + rows;
    d->state = d->gradient + rows;
    d->best = d->state + (uint64_t)hahn_update_vectors(d->options.rule) * rows;
}

hahn_status hahn_descent_create(hahn_workspace *workspace, const hahn_descent_options *options,
                                hahn_descent **out)
{
    hahn_descent_options o;
    void *memory;
    if (!workspace || !out)
        return HAHN_ERR_ARGUMENT;
    hahn_engine *engine = workspace->engine;
    hahn_status status = fill_options(engine, options, &o);
    if (status == HAHN_OK)
        status = hahn_check_purpose(workspace, HAHN_FOR_GRADIENT);
    if (status == HAHN_OK)
        status = hahn_allocate(engine, 1, sizeof(hahn_descent), "a descent", &memory);
    if (status != HAHN_OK)
        return status;
    hahn_descent *d = memory;
    *d = (hahn_descent){.workspace = workspace,
                        .ops = ops_of(workspace->ops),
                        .options = o,
                        .count = numbers_of(workspace->program, &o)};
    status = d->ops->open(d);
    if (status != HAHN_OK) {
        hahn_release(engine, d, 1, sizeof *d);
        return status;
    }
    lay_out(d);
    *out = d;
    return HAHN_OK;
}

void hahn_descent_destroy(hahn_descent *descent)
{
    if (!descent)
        return;
    descent->ops->close(descent);
    hahn_release(descent->workspace->engine, descent, 1, sizeof *descent);
}

/* -- in and out ------------------------------------------------------------------------------- */

/* Where a part stands; NULL where there is no such part. */
static double *part_of(const hahn_descent *d, hahn_descent_part part)
{
    switch (part) {
    case HAHN_DESCENT_THETA:
        return d->theta;
    case HAHN_DESCENT_GRADIENT:
        return d->gradient;
    case HAHN_DESCENT_STATE:
        return d->state;
    case HAHN_DESCENT_BEST:
        return d->best;
    }
    return NULL;
}

int64_t hahn_descent_count(const hahn_descent *descent, hahn_descent_part part)
{
    if (!descent || !part_of(descent, part))
        return 0;
    const int64_t row = descent->workspace->program->parameters;
    if (part == HAHN_DESCENT_BEST)
        return row;
    return (part == HAHN_DESCENT_STATE ? hahn_update_vectors(descent->options.rule) : 1) *
           descent->options.batch * row;
}

static hahn_status check_part(const hahn_descent *d, hahn_descent_part part, const double *numbers)
{
    if (!d)
        return HAHN_ERR_ARGUMENT;
    if (!part_of(d, part))
        return hahn_fail(d->workspace->engine, HAHN_ERR_ARGUMENT,
                         "part %d of a descent does not exist: use parameters (0), gradient (1), "
                         "state (2) or best (3)",
                         (int)part);
    return numbers || hahn_descent_count(d, part) == 0 ? HAHN_OK : HAHN_ERR_ARGUMENT;
}

hahn_status hahn_descent_load(hahn_descent *descent, hahn_descent_part part, const double *numbers)
{
    hahn_status status = check_part(descent, part, numbers);
    if (status == HAHN_OK && part == HAHN_DESCENT_THETA)
        status = hahn_check_run(descent->workspace, descent->options.batch, numbers);
    if (status != HAHN_OK)
        return status;
    const uint64_t count = (uint64_t)hahn_descent_count(descent, part);
    if (count)
        status = descent->ops->load(descent, part_of(descent, part), numbers, count);
    if (part == HAHN_DESCENT_THETA || part == HAHN_DESCENT_GRADIENT)
        descent->evaluated = status == HAHN_OK && part == HAHN_DESCENT_GRADIENT;
    return status;
}

hahn_status hahn_descent_save(const hahn_descent *descent, hahn_descent_part part, double *numbers)
{
    const hahn_status status = check_part(descent, part, numbers);
    if (status != HAHN_OK)
        return status;
    const uint64_t count = (uint64_t)hahn_descent_count(descent, part);
    return count ? descent->ops->save(descent, numbers, part_of(descent, part), count) : HAHN_OK;
}

/* -- training --------------------------------------------------------------------------------- */

hahn_status hahn_descent_evaluate(hahn_descent *descent, double *energies, double *norms,
                                  hahn_certificate *certificates)
{
    if (!descent)
        return HAHN_ERR_ARGUMENT;
    descent->evaluated = false;
    hahn_status status = hahn_check_observable(descent->workspace);
    if (status == HAHN_OK)
        status = descent->ops->evaluate(descent, energies, norms, certificates);
    descent->evaluated = status == HAHN_OK;
    return status;
}

static hahn_status check_step(const hahn_descent *d, double rate, int64_t update)
{
    hahn_engine *engine = d->workspace->engine;
    if (!isfinite(rate))
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "a rate of %g is out of range: use a finite number", rate);
    if (update < 1)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "update %" PRId64 " is out of range: they are counted from 1", update);
    if (!d->evaluated)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "there is no gradient at these parameters to step along: call "
                         "hahn_descent_evaluate before each step");
    return HAHN_OK;
}

hahn_status hahn_descent_step(hahn_descent *descent, double rate, int64_t update)
{
    if (!descent)
        return HAHN_ERR_ARGUMENT;
    const hahn_status status = check_step(descent, rate, update);
    if (status != HAHN_OK)
        return status;
    const hahn_descent_options *o = &descent->options;
    const uint64_t rows = (uint64_t)hahn_descent_count(descent, HAHN_DESCENT_THETA);
    const hahn_update u = {.rule = o->rule,
                           .rate = rate,
                           .beta1 = o->rule == HAHN_DESCENT_MOMENTUM ? o->beta : o->beta1,
                           .beta2 = o->beta2,
                           .epsilon = o->epsilon,
                           .left1 = 1 - pow(o->beta1, (double)update),
                           .left2 = 1 - pow(o->beta2, (double)update),
                           .count = rows,
                           .theta = descent->theta,
                           .gradient = descent->gradient,
                           .first = descent->state,
                           .second = descent->state + rows};
    descent->evaluated = false;
    return descent->ops->step(descent, &u);
}

hahn_status hahn_descent_keep_best(hahn_descent *descent, int64_t row)
{
    if (!descent)
        return HAHN_ERR_ARGUMENT;
    const int64_t parameters = descent->workspace->program->parameters;
    if (row < 0 || row >= descent->options.batch)
        return hahn_fail(descent->workspace->engine, HAHN_ERR_ARGUMENT,
                         "row %" PRId64 " is out of range: the descent has %" PRId64 ", from 0",
                         row, descent->options.batch);
    if (parameters == 0)
        return HAHN_OK;
    return descent->ops->copy(descent, descent->best, descent->theta + row * parameters,
                              (uint64_t)parameters);
}
