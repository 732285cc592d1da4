/* The derivatives that hahn grad knows, a row each. */
#include "derivative.h"

/* -- one run of each --------------------------------------------------------------------------- */

static hahn_status gradient(const struct derivative_job *job, struct derivative_result *r)
{
    return hahn_gradient(job->workspace, job->options, 1, job->theta, &r->energy, r->numbers,
                         r->certificates);
}

static hahn_status jvp(const struct derivative_job *job, struct derivative_result *r)
{
    return hahn_jvp(job->workspace, 1, job->theta, job->vector, &r->energy, &r->derivative,
                    r->numbers);
}

static hahn_status vjp(const struct derivative_job *job, struct derivative_result *r)
{
    return hahn_vjp(job->workspace, 1, job->theta, job->vector, r->numbers, r->certificates);
}

static hahn_status hvp(const struct derivative_job *job, struct derivative_result *r)
{
    return hahn_hvp(job->workspace, 1, job->theta, job->vector, &r->energy, &r->derivative,
                    r->numbers, r->certificates);
}

static hahn_status fisher_vector(const struct derivative_job *job, struct derivative_result *r)
{
    return hahn_fisher_product(job->workspace, 1, job->theta, job->vector, r->numbers,
                               r->certificates);
}

static hahn_status hessian(const struct derivative_job *job, struct derivative_result *r)
{
    return hahn_hessian(job->workspace, job->theta, r->numbers, r->certificates);
}

static hahn_status fisher(const struct derivative_job *job, struct derivative_result *r)
{
    return hahn_fisher(job->workspace, job->theta, r->numbers, r->certificates);
}

static hahn_status jacobian(const struct derivative_job *job, struct derivative_result *r)
{
    return hahn_jacobian(job->workspace, job->theta, job->observable_count, job->observables,
                         r->values, r->numbers, r->certificates);
}

static hahn_status coefficients(const struct derivative_job *job, struct derivative_result *r)
{
    return hahn_coefficient_gradient(job->workspace, 1, job->theta, r->numbers);
}

/* Half of it is what a gradient leaves at the start. */
static hahn_status start(const struct derivative_job *job, struct derivative_result *r)
{
    hahn_status status = hahn_gradient(job->workspace, NULL, 1, job->theta, &r->energy, job->vector,
                                       r->certificates);
    if (status == HAHN_OK)
        status = hahn_adjoint_state(job->workspace, 0, r->numbers);
    for (int64_t k = 0; k < INT64_C(2) << job->qubits && status == HAHN_OK; k++)
        r->numbers[k] *= 2;
    return status;
}

/* -- the table --------------------------------------------------------------------------------- */

const char *const derivative_names[] = {
    "adjoint",      "shift", "tape", "checkpoint",    "finite-difference", "spsa",   "forward",
    "jvp",          "vjp",   "hvp",  "fisher-vector", "hessian",           "fisher", "jacobian",
    "coefficients", "start", NULL};

/* What hahn_method_options says of the workspace comes before what stands here. */
#define GRADIENT(back, side_by_side)                                                               \
    {                                                                                              \
        "gradient", SHAPE_PARAMETERS, VECTOR_NONE, HAHN_FOR_ALL, true, back, side_by_side,         \
            gradient                                                                               \
    }

/* In the order of the names. */
static const struct derivative table[] = {
    GRADIENT(true, false),
    GRADIENT(false, true),
    GRADIENT(true, false),
    GRADIENT(true, false),
    GRADIENT(false, true),
    GRADIENT(false, true),
    GRADIENT(false, true),
    {"tangent", SHAPE_STATE, VECTOR_PARAMETERS, HAHN_FOR_TANGENT, true, false, false, jvp},
    {"product", SHAPE_PARAMETERS, VECTOR_STATE, HAHN_FOR_GRADIENT, false, true, false, vjp},
    {"product", SHAPE_PARAMETERS, VECTOR_PARAMETERS, HAHN_FOR_TANGENT, true, true, false, hvp},
    {"product", SHAPE_PARAMETERS, VECTOR_PARAMETERS, HAHN_FOR_TANGENT, false, true, false,
     fisher_vector},
    {"matrix", SHAPE_MATRIX, VECTOR_NONE, HAHN_FOR_TANGENT, false, true, true, hessian},
    {"matrix", SHAPE_MATRIX, VECTOR_NONE, HAHN_FOR_TANGENT, false, true, true, fisher},
    {"jacobian", SHAPE_JACOBIAN, VECTOR_NONE, HAHN_FOR_TANGENT, false, true, false, jacobian},
    {"gradient", SHAPE_TERMS, VECTOR_NONE, HAHN_FOR_STATE, false, false, false, coefficients},
    {"gradient", SHAPE_STATE, VECTOR_ROOM, HAHN_FOR_GRADIENT, true, true, false, start},
};

_Static_assert(sizeof table / sizeof *table ==
                   sizeof derivative_names / sizeof *derivative_names - 1,
               "a row for each name");

const struct derivative *derivative_at(int index)
{
    return &table[index];
}

bool derivative_is_gradient(int index)
{
    return hahn_method_name((hahn_method)index) != NULL;
}

struct derivative_size derivative_size(const struct derivative *d, const struct problem *p,
                                       int observables)
{
    const uint64_t parameters = (uint64_t)p->parameters, amplitudes = (uint64_t)1 << p->qubits;
    const uint64_t rows[] = {[SHAPE_PARAMETERS] = parameters,
                             [SHAPE_TERMS] = (uint64_t)hahn_observable_terms(p->observable),
                             [SHAPE_STATE] = amplitudes,
                             [SHAPE_MATRIX] = parameters,
                             [SHAPE_JACOBIAN] = (uint64_t)observables};
    const uint64_t vector[] = {[VECTOR_NONE] = 0,
                               [VECTOR_ROOM] = parameters,
                               [VECTOR_PARAMETERS] = parameters,
                               [VECTOR_STATE] = 2 * amplitudes};
    const bool wide = d->shape == SHAPE_MATRIX || d->shape == SHAPE_JACOBIAN;
    return (struct derivative_size){.rows = rows[d->shape],
                                    .columns = wide                      ? parameters
                                               : d->shape == SHAPE_STATE ? 2
                                                                         : 1,
                                    .vector = vector[d->vector],
                                    .certificates = wide ? rows[d->shape] : 1};
}
