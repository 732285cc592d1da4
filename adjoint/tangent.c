/* Derivatives along directions: a tangent state chi is carried along with psi, and on the way back
   mu with lambda; see docs/theory.md, section 10. */
#include "adjoint/tangent.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

hahn_status hahn_check_derivative(hahn_workspace *ws, hahn_wants wants, int64_t batch,
                                  const double *thetas)
{
    hahn_status status = hahn_check_purpose(ws, wants.least);
    if (status == HAHN_OK && wants.observable)
        status = hahn_check_observable(ws);
    if (status == HAHN_OK)
        status = hahn_check_run(ws, batch, thetas);
    if (status != HAHN_OK)
        return status;
    ws->times = (hahn_times){0};
    ws->finished = 0;
    return HAHN_OK;
}

hahn_status hahn_check_rows(hahn_workspace *ws, const char *name, const double *rows, int64_t batch,
                            int64_t columns)
{
    if (columns > 0 && !rows)
        return HAHN_ERR_ARGUMENT;
    for (int64_t k = 0; k < batch * columns; k++)
        if (!isfinite(rows[k]))
            return hahn_fail(ws->engine, HAHN_ERR_PARAMETER,
                             "%s[%" PRId64 "] of batch entry %" PRId64 " is %g: use finite numbers",
                             name, k % columns, k / columns, rows[k]);
    return HAHN_OK;
}

hahn_status hahn_run_tangent(hahn_workspace *ws, int64_t lanes, const hahn_course *course,
                             uint64_t first)
{
    const hahn_tangent_ops *ops = ws->ops->tangent;
    const double begin = hahn_seconds();
    hahn_status status = ops->bind(ws, lanes, course);
    const double bound = hahn_seconds();
    for (int64_t k = 0; k < lanes && status == HAHN_OK; k++)
        status = ops->assign(ws, k, HAHN_CHI, NULL);
    if (status == HAHN_OK && first == 0)
        status = hahn_run_forward(ws, lanes, ops->forward);
    else if (status == HAHN_OK) {
        status = ws->ops->start(ws, lanes);
        if (status == HAHN_OK)
            status = ws->ops->forward(ws, lanes, 0, first);
        if (status == HAHN_OK)
            status = ops->forward(ws, lanes, first, ws->program->stages.count);
    }
    ws->times.bind += bound - begin;
    ws->times.forward += hahn_seconds() - bound;
    return status;
}

/* The lanes of a batch, some rows at a time: `row` is the first one's. */
typedef struct batch {
    const double *thetas, *directions;
    double *energies, *derivatives, *tangents, *products;
    hahn_certificate *certificates;
    bool matrix; /* all rows are of entry 0: those of its matrix */
} batch;

typedef hahn_status (*lanes_function)(hahn_workspace *ws, int64_t row, int64_t lanes,
                                      const batch *b);

static hahn_status for_batch(hahn_workspace *ws, int64_t rows, lanes_function run, const batch *b)
{
    const double begin = hahn_seconds();
    hahn_status status = HAHN_OK;
    for (int64_t row = 0, lanes; row < rows && status == HAHN_OK; row += lanes) {
        /* Rows of a matrix are all of entry 0, which lanes have from the beginning. */
        lanes = b->matrix ? hahn_lanes_for(ws, rows - row) : hahn_take_entries(ws, row, rows);
        status = run(ws, row, lanes, b);
    }
    ws->times.total = hahn_seconds() - begin;
    return status;
}

static hahn_course course_of(const hahn_workspace *ws, int64_t row, const batch *b)
{
    const int64_t parameters = ws->program->parameters;
    return (hahn_course){.thetas = hahn_row(b->thetas, row, parameters),
                         .stride = parameters,
                         .directions = hahn_row(b->directions, row, parameters)};
}

/* lambda <- O psi, the energies, and 2 Re <lambda|chi>. */
static hahn_status observe(hahn_workspace *ws, int64_t row, int64_t lanes, const batch *b)
{
    const double begin = hahn_seconds();
    hahn_status status = ws->ops->observe(ws, lanes, true, ws->energies);
    if (status == HAHN_OK)
        status =
            ws->ops->tangent->inner(ws, lanes, HAHN_LAMBDA, HAHN_CHI, ws->echoes, ws->distances);
    for (int64_t k = 0; k < lanes && status == HAHN_OK; k++) {
        if (b->energies)
            b->energies[row + k] = ws->energies[k];
        if (b->derivatives)
            b->derivatives[row + k] = 2 * ws->echoes[k];
    }
    ws->times.observable += hahn_seconds() - begin;
    return status;
}

/* -- products with the Jacobian --------------------------------------------------------------- */

static hahn_status jvp_lanes(hahn_workspace *ws, int64_t row, int64_t lanes, const batch *b)
{
    const hahn_course course = course_of(ws, row, b);
    const uint64_t size = 2 * hahn_bit(ws->program->qubits);
    hahn_status status = hahn_run_tangent(ws, lanes, &course, 0);
    if (status == HAHN_OK && (b->energies || b->derivatives))
        status = observe(ws, row, lanes, b);
    for (int64_t k = 0; k < lanes && b->tangents && status == HAHN_OK; k++)
        status = ws->ops->read(ws, HAHN_CHI, k, b->tangents + (uint64_t)(row + k) * size);
    return status;
}

hahn_status hahn_jvp(hahn_workspace *workspace, int64_t batch_size, const double *thetas,
                     const double *directions, double *energies, double *derivatives,
                     double *tangents)
{
    if (!workspace)
        return HAHN_ERR_ARGUMENT;
    const hahn_wants wants = {HAHN_FOR_TANGENT, energies || derivatives};
    hahn_status status = hahn_check_derivative(workspace, wants, batch_size, thetas);
    if (status == HAHN_OK)
        status = hahn_check_rows(workspace, "direction", directions, batch_size,
                                 workspace->program->parameters);
    return status != HAHN_OK ? status
                             : for_batch(workspace, batch_size, jvp_lanes,
                                         &(batch){.thetas = thetas,
                                                  .directions = directions,
                                                  .energies = energies,
                                                  .derivatives = derivatives,
                                                  .tangents = tangents});
}

/* How psi came home, to rows of the caller's. */
static hahn_status certify(hahn_workspace *ws, int64_t row, int64_t lanes, const batch *b)
{
    const hahn_status status = hahn_certify(ws, lanes);
    for (int64_t k = 0; k < lanes && b->certificates && status == HAHN_OK; k++)
        b->certificates[row + k] = ws->certificates[k];
    return status;
}

/* Back from the lambda that is there: products += 2 Re <lambda|d psi>, times `factor`. */
static hahn_status backward(hahn_workspace *ws, int64_t row, int64_t lanes, double factor,
                            const batch *b)
{
    const int64_t parameters = ws->program->parameters;
    double *products = parameters ? b->products + row * parameters : NULL;
    const double begin = hahn_seconds();
    hahn_status status = hahn_run_backward(ws, lanes, ws->ops->backward, products);
    for (int64_t k = 0; k < lanes * parameters; k++)
        products[k] *= factor;
    if (status == HAHN_OK && b->certificates)
        status = certify(ws, row, lanes, b);
    ws->times.backward += hahn_seconds() - begin;
    return status;
}

static hahn_status vjp_lanes(hahn_workspace *ws, int64_t row, int64_t lanes, const batch *b)
{
    const uint64_t size = 2 * hahn_bit(ws->program->qubits);
    hahn_status status =
        ws->ops->bind(ws, lanes, hahn_row(b->thetas, row, ws->program->parameters), HAHN_NO_SHIFT);
    if (status == HAHN_OK)
        status = hahn_run_forward(ws, lanes, ws->ops->forward);
    for (int64_t k = 0; k < lanes && status == HAHN_OK; k++)
        status = ws->ops->tangent->assign(ws, k, HAHN_LAMBDA,
                                          b->directions + (uint64_t)(row + k) * size);
    return status == HAHN_OK ? backward(ws, row, lanes, 0.5, b) : status;
}

/* Rows of numbers that a call adds to. */
static void clear(double *rows, int64_t batch_size, int64_t columns)
{
    if (columns)
        memset(rows, 0, (size_t)batch_size * (size_t)columns * sizeof *rows);
}

hahn_status hahn_vjp(hahn_workspace *workspace, int64_t batch_size, const double *thetas,
                     const double *cotangents, double *gradients, hahn_certificate *certificates)
{
    if (!workspace || (!gradients && workspace->program->parameters > 0))
        return HAHN_ERR_ARGUMENT;
    const int64_t size = 2 * (int64_t)hahn_bit(workspace->program->qubits);
    hahn_status status = hahn_check_derivative(workspace, (hahn_wants){HAHN_FOR_GRADIENT, false},
                                               batch_size, thetas);
    if (status == HAHN_OK)
        status = hahn_check_rows(workspace, "cotangent", cotangents, batch_size, size);
    if (status != HAHN_OK)
        return status;
    clear(gradients, batch_size, workspace->program->parameters);
    return for_batch(workspace, batch_size, vjp_lanes,
                     &(batch){.thetas = thetas,
                              .directions = cotangents,
                              .products = gradients,
                              .certificates = certificates});
}

/* -- the Hessian ------------------------------------------------------------------------------ */

static hahn_status hessian_lanes(hahn_workspace *ws, int64_t lanes, const hahn_course *course,
                                 int64_t row, const batch *b)
{
    const hahn_tangent_ops *ops = ws->ops->tangent;
    const int64_t parameters = ws->program->parameters;
    hahn_status status = hahn_run_tangent(ws, lanes, course, 0);
    if (status == HAHN_OK)
        status = observe(ws, row, lanes, b);
    const double ready = hahn_seconds();
    if (status == HAHN_OK)
        status = ops->observe(ws, lanes, NULL, HAHN_CHI, HAHN_MU, ws->energies);
    if (status == HAHN_OK)
        status = hahn_run_backward(ws, lanes, ops->backward,
                                   parameters ? b->products + row * parameters : NULL);
    if (status == HAHN_OK)
        status = certify(ws, row, lanes, b);
    ws->times.backward += hahn_seconds() - ready;
    return status;
}

static hahn_status hvp_lanes(hahn_workspace *ws, int64_t row, int64_t lanes, const batch *b)
{
    const hahn_course course = course_of(ws, row, b);
    return hessian_lanes(ws, lanes, &course, row, b);
}

hahn_status hahn_hvp(hahn_workspace *workspace, int64_t batch_size, const double *thetas,
                     const double *directions, double *energies, double *derivatives,
                     double *products, hahn_certificate *certificates)
{
    if (!workspace || (!products && workspace->program->parameters > 0))
        return HAHN_ERR_ARGUMENT;
    const int64_t parameters = workspace->program->parameters;
    hahn_status status =
        hahn_check_derivative(workspace, (hahn_wants){HAHN_FOR_TANGENT, true}, batch_size, thetas);
    if (status == HAHN_OK)
        status = hahn_check_rows(workspace, "direction", directions, batch_size, parameters);
    if (status != HAHN_OK)
        return status;
    clear(products, batch_size, parameters);
    status = for_batch(workspace, batch_size, hvp_lanes,
                       &(batch){.thetas = thetas,
                                .directions = directions,
                                .energies = energies,
                                .derivatives = derivatives,
                                .products = products,
                                .certificates = certificates});
    workspace->finished = status == HAHN_OK && batch_size <= workspace->lanes ? batch_size : 0;
    return status;
}

/* -- the quantum Fisher information ----------------------------------------------------------- */

/* lambda <- chi - <psi|chi> psi, and back with it: 4 Re <d psi|lambda>. */
static hahn_status fisher_lanes(hahn_workspace *ws, int64_t lanes, const hahn_course *course,
                                int64_t row, const batch *b)
{
    const hahn_tangent_ops *ops = ws->ops->tangent;
    hahn_status status = hahn_run_tangent(ws, lanes, course, 0);
    if (status == HAHN_OK)
        status = ops->inner(ws, lanes, HAHN_PSI, HAHN_CHI, ws->echoes, ws->distances);
    for (int64_t k = 0; k < lanes; k++) {
        ws->echoes[k] = -ws->echoes[k];
        ws->distances[k] = -ws->distances[k];
    }
    if (status == HAHN_OK)
        status = ops->combine(ws, lanes, HAHN_CHI, HAHN_PSI, ws->echoes, ws->distances);
    if (status == HAHN_OK)
        status = ws->ops->swap(ws, HAHN_CHI, HAHN_LAMBDA);
    return status == HAHN_OK ? backward(ws, row, lanes, 2, b) : status;
}

static hahn_status fisher_batch(hahn_workspace *ws, int64_t row, int64_t lanes, const batch *b)
{
    const hahn_course course = course_of(ws, row, b);
    return fisher_lanes(ws, lanes, &course, row, b);
}

hahn_status hahn_fisher_product(hahn_workspace *workspace, int64_t batch_size, const double *thetas,
                                const double *directions, double *products,
                                hahn_certificate *certificates)
{
    if (!workspace || (!products && workspace->program->parameters > 0))
        return HAHN_ERR_ARGUMENT;
    const int64_t parameters = workspace->program->parameters;
    hahn_status status =
        hahn_check_derivative(workspace, (hahn_wants){HAHN_FOR_TANGENT, false}, batch_size, thetas);
    if (status == HAHN_OK)
        status = hahn_check_rows(workspace, "direction", directions, batch_size, parameters);
    if (status != HAHN_OK)
        return status;
    clear(products, batch_size, parameters);
    return for_batch(workspace, batch_size, fisher_batch,
                     &(batch){.thetas = thetas,
                              .directions = directions,
                              .products = products,
                              .certificates = certificates});
}

/* -- whole matrices --------------------------------------------------------------------------- */

/* Row k of the matrix is the product with unit vector k: the lanes share the parameters. */
static hahn_course unit_course(int64_t row, const batch *b)
{
    return (hahn_course){.thetas = b->thetas, .stride = 0, .directions = NULL, .first = row};
}

static hahn_status hessian_rows(hahn_workspace *ws, int64_t row, int64_t lanes, const batch *b)
{
    const hahn_course course = unit_course(row, b);
    return hessian_lanes(ws, lanes, &course, row, b);
}

static hahn_status fisher_rows(hahn_workspace *ws, int64_t row, int64_t lanes, const batch *b)
{
    const hahn_course course = unit_course(row, b);
    return fisher_lanes(ws, lanes, &course, row, b);
}

static hahn_status matrix_of(hahn_workspace *ws, bool observable, const double *theta,
                             lanes_function rows, double *matrix, hahn_certificate *certificates)
{
    if (!ws || (!matrix && ws->program->parameters > 0))
        return HAHN_ERR_ARGUMENT;
    const int64_t parameters = ws->program->parameters;
    const hahn_status status =
        hahn_check_derivative(ws, (hahn_wants){HAHN_FOR_TANGENT, observable}, 1, theta);
    if (status != HAHN_OK)
        return status;
    if (parameters > INT32_MAX)
        return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                         "a matrix of %" PRId64 " rows is out of range: use products with it",
                         parameters);
    clear(matrix, parameters, parameters);
    return for_batch(
        ws, parameters, rows,
        &(batch){
            .thetas = theta, .products = matrix, .certificates = certificates, .matrix = true});
}

hahn_status hahn_hessian(hahn_workspace *workspace, const double *theta, double *matrix,
                         hahn_certificate *certificates)
{
    return matrix_of(workspace, true, theta, hessian_rows, matrix, certificates);
}

hahn_status hahn_fisher(hahn_workspace *workspace, const double *theta, double *matrix,
                        hahn_certificate *certificates)
{
    return matrix_of(workspace, false, theta, fisher_rows, matrix, certificates);
}
