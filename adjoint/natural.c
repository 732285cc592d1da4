/* Natural gradients: (F/4 + damping) x = gradient by conjugate gradients, in which the Fisher
   information only appears as products. */
#include "adjoint/tangent.h"

#include <math.h>
#include <string.h>

/* In a fixed order, so that a run repeats. */
static double dot(const double *a, const double *b, int64_t count)
{
    double sum = 0;
    for (int64_t k = 0; k < count; k++)
        sum += a[k] * b[k];
    return sum;
}

/* A system and where its solution stands. */
typedef struct equation {
    hahn_workspace *ws;
    const double *theta;
    double damping;
    int64_t count;
    double *x, *residual, *direction, *product;
} equation;

/* product <- (F/4 + damping) v */
static hahn_status multiply(const equation *s, const double *v)
{
    const hahn_status status = hahn_fisher_product(s->ws, 1, s->theta, v, s->product, NULL);
    for (int64_t k = 0; k < s->count && status == HAHN_OK; k++)
        s->product[k] = 0.25 * s->product[k] + s->damping * v[k];
    return status;
}

/* A first guess of 0 needs no product. */
static hahn_status begin(const equation *s, const double *gradient)
{
    const bool guessed = dot(s->x, s->x, s->count) != 0;
    const hahn_status status = guessed ? multiply(s, s->x) : HAHN_OK;
    for (int64_t k = 0; k < s->count && status == HAHN_OK; k++)
        s->direction[k] = s->residual[k] = gradient[k] - (guessed ? s->product[k] : 0);
    return status;
}

/* One step of Hestenes and Stiefel; *square is the residual's. No step where the matrix does not
   look positive: rounding has the last word there. */
static hahn_status step(const equation *s, double *square, bool *stuck)
{
    const hahn_status status = multiply(s, s->direction);
    if (status != HAHN_OK)
        return status;
    const double curvature = dot(s->direction, s->product, s->count);
    *stuck = !(curvature > 0 && isfinite(*square / curvature));
    if (*stuck)
        return HAHN_OK;
    const double length = *square / curvature, before = *square;
    for (int64_t k = 0; k < s->count; k++) {
        s->x[k] += length * s->direction[k];
        s->residual[k] -= length * s->product[k];
    }
    *square = dot(s->residual, s->residual, s->count);
    for (int64_t k = 0; k < s->count; k++)
        s->direction[k] = s->residual[k] + *square / before * s->direction[k];
    return HAHN_OK;
}

static hahn_status solve(const equation *s, const hahn_natural_options *o, const double *gradient,
                         hahn_natural_info *info)
{
    const double norm = sqrt(dot(gradient, gradient, s->count));
    bool stuck = false;
    hahn_status status = begin(s, gradient);
    if (status != HAHN_OK)
        return status;
    double square = dot(s->residual, s->residual, s->count);
    for (info->iterations = 0; info->iterations < o->iterations; info->iterations++) {
        if (sqrt(square) <= o->tolerance * norm || stuck)
            break;
        status = step(s, &square, &stuck);
        if (status != HAHN_OK)
            return status;
    }
    info->residual = norm > 0 ? sqrt(square) / norm : 0;
    return HAHN_OK;
}

static hahn_status check_options(hahn_workspace *ws, const hahn_natural_options *o)
{
    if (!(o->damping >= 0 && isfinite(o->damping)))
        return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                         "a damping of %g is out of range: use a number of at least 0", o->damping);
    if (o->iterations < 1)
        return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                         "%lld iterations are out of range: use 1 or more",
                         (long long)o->iterations);
    if (!(o->tolerance >= 0 && isfinite(o->tolerance)))
        return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                         "a tolerance of %g is out of range: use a number of at least 0",
                         o->tolerance);
    return HAHN_OK;
}

hahn_status hahn_natural_gradient(hahn_workspace *workspace, const hahn_natural_options *options,
                                  const double *theta, const double *gradient, double *work,
                                  double *solution, hahn_natural_info *info)
{
    hahn_natural_info own;
    if (!workspace || !options ||
        (workspace->program->parameters > 0 && (!gradient || !work || !solution)))
        return HAHN_ERR_ARGUMENT;
    const int64_t count = workspace->program->parameters;
    hahn_status status = check_options(workspace, options);
    if (status == HAHN_OK)
        status = hahn_check_derivative(workspace, (hahn_wants){HAHN_FOR_TANGENT, false}, 1, theta);
    if (status == HAHN_OK)
        status = hahn_check_rows(workspace, "gradient", gradient, 1, count);
    if (status == HAHN_OK)
        status = hahn_check_rows(workspace, "solution", solution, 1, count);
    const equation s = {.ws = workspace,
                        .theta = theta,
                        .damping = options->damping,
                        .count = count,
                        .x = solution,
                        .residual = work,
                        .direction = count ? work + count : NULL,
                        .product = count ? work + 2 * count : NULL};
    return status == HAHN_OK ? solve(&s, options, gradient, info ? info : &own) : status;
}
