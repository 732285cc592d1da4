/* Derivatives along directions on the device: states with tangents, and states as vectors. */
#include "cuda/evaluate.h"

#include <string.h>

static uint64_t parameter_bytes(const hahn_workspace *ws)
{
    return (uint64_t)ws->program->parameters * sizeof(double);
}

/* -- binding ---------------------------------------------------------------------------------- */

/* A row for each lane, which stand `stride` numbers apart. */
static int upload_rows(const hahn_workspace *ws, int64_t lanes, const double *rows, int64_t stride,
                       void *to)
{
    const uint64_t bytes = parameter_bytes(ws);
    int code = 0;
    if (bytes == 0)
        return 0;
    if (stride == ws->program->parameters)
        return hahn_cuda_upload(to, rows, (uint64_t)lanes * bytes);
    for (int64_t k = 0; k < lanes && code == 0; k++)
        code = hahn_cuda_upload((char *)to + (uint64_t)k * bytes, rows + k * stride, bytes);
    return code;
}

static int bind_rates(const hahn_workspace *ws, int64_t lanes, const hahn_course *course)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    double *directions = hahn_cuda_part(ws, c->plan.directions);
    const hahn_cuda_course own = {.image = hahn_cuda_image_of(ws),
                                  .slots = ws->program->terms.count,
                                  .lanes = lanes,
                                  .parameters = ws->program->parameters,
                                  .directions = course->directions ? directions : NULL,
                                  .first = (uint64_t)course->first,
                                  .rates = hahn_cuda_part(ws, c->plan.rates)};
    int code = 0;
    if (course->directions)
        code = upload_rows(ws, lanes, course->directions, ws->program->parameters, directions);
    return code ? code : c->kernels->rate(&own);
}

static hahn_status bind(hahn_workspace *ws, int64_t lanes, const hahn_course *course)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const hahn_status status = hahn_cuda_enter(ws);
    int faulty = 0;
    if (status != HAHN_OK)
        return status;
    int code =
        upload_rows(ws, lanes, course->thetas, course->stride, hahn_cuda_part(ws, c->plan.thetas));
    if (code == 0)
        code = hahn_cuda_bind_here(ws, lanes, HAHN_NO_SHIFT, &faulty);
    if (code == 0)
        code = bind_rates(ws, lanes, course);
    if (code)
        return hahn_cuda_status(ws->engine, code, "to bind parameters and directions");
    return faulty ? hahn_fail_angle(ws->engine) : HAHN_OK;
}

/* -- stages ----------------------------------------------------------------------------------- */

static hahn_status forward(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end)
{
    return hahn_cuda_run_forward(ws, lanes, first, end, hahn_cuda_of(ws)->kernels->tangent_forward);
}

static hahn_status backward(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end,
                            double *products)
{
    return hahn_cuda_run_backward(ws, lanes, first, end,
                                  hahn_cuda_of(ws)->kernels->tangent_backward, products);
}

static hahn_status observe_by(hahn_workspace *ws, int64_t lanes, hahn_cycle sums,
                              hahn_which_state from, hahn_which_state to, double *energies)
{
    return hahn_cuda_observe(ws, lanes, sums, hahn_cuda_state(ws, from), hahn_cuda_state(ws, to),
                             energies);
}

static hahn_status observe(hahn_workspace *ws, int64_t lanes, const hahn_program *observed,
                           hahn_which_state from, hahn_which_state to, double *energies)
{
    const hahn_cycle own = {0};
    hahn_cuda_lent_sum lent;
    if (!observed || observed == ws->program)
        return observe_by(ws, lanes, observed ? own : hahn_cuda_sums(ws), from, to, energies);
    hahn_status status = hahn_cuda_send_sum(ws, observed, &lent);
    if (status != HAHN_OK)
        return status;
    status =
        observe_by(ws, lanes, (hahn_cycle){.items = lent.memory, .count = 1}, from, to, energies);
    hahn_cuda_take_sum_back(ws, &lent);
    return status;
}

/* -- states ----------------------------------------------------------------------------------- */

static hahn_status assign(hahn_workspace *ws, int64_t lane, hahn_which_state which,
                          const double *amplitudes)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    char *state = (char *)hahn_cuda_state(ws, which) + (uint64_t)lane * c->plan.state;
    const hahn_status status = hahn_cuda_enter(ws);
    if (status != HAHN_OK)
        return status;
    const int code = amplitudes
                         ? hahn_cuda_write(ws, hahn_bit(ws->program->qubits + 1), amplitudes, state)
                         : hahn_cuda_clear(state, c->plan.state);
    return hahn_cuda_status(ws->engine, code, "to set a state");
}

static hahn_status inner(hahn_workspace *ws, int64_t lanes, hahn_which_state left,
                         hahn_which_state right, double *re, double *im)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const hahn_comparison both =
        hahn_cuda_comparison(ws, lanes, hahn_cuda_state(ws, left), hahn_cuda_state(ws, right));
    const hahn_status status = hahn_cuda_enter(ws);
    if (status != HAHN_OK)
        return status;
    int code = c->kernels->overlap(&both);
    if (code == 0)
        code = hahn_cuda_fetch_sums(ws, lanes, re);
    if (code == 0)
        code = c->kernels->overlap_im(&both);
    if (code == 0)
        code = hahn_cuda_fetch_sums(ws, lanes, im);
    return hahn_cuda_status(ws->engine, code, "to multiply states");
}

/* The factors of as many lanes at once as there is room for on the way. */
#define FACTORS ((int64_t)HAHN_STAGED / 2)

static hahn_status combine(hahn_workspace *ws, int64_t lanes, hahn_which_state to,
                           hahn_which_state from, const double *re, const double *im)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    char *a = hahn_cuda_state(ws, to), *b = hahn_cuda_state(ws, from);
    double *factors = hahn_cuda_part(ws, c->plan.staged);
    const hahn_status status = hahn_cuda_enter(ws);
    int code = 0;
    for (int64_t k = 0; k < lanes && status == HAHN_OK && code == 0; k += FACTORS) {
        const int64_t count = lanes - k < FACTORS ? lanes - k : FACTORS;
        const uint64_t bytes = (uint64_t)count * sizeof(double), at = (uint64_t)k * c->plan.state;
        code = hahn_cuda_upload(factors, re + k, bytes);
        if (code == 0)
            code = hahn_cuda_upload(factors + count, im + k, bytes);
        if (code == 0)
            code = c->kernels->combine(a + at, b + at, factors, factors + count,
                                       ws->program->qubits, count);
    }
    return status ? status
                  : hahn_cuda_status(ws->engine, code ? code : hahn_cuda_wait(), "to add states");
}

static hahn_status expect(hahn_workspace *ws, int64_t lanes, uint64_t x, uint64_t z, double *values)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const hahn_expectation e = {.qubits = ws->program->qubits,
                                .lanes = lanes,
                                .psi = hahn_cuda_state(ws, HAHN_PSI),
                                .x = x,
                                .z = z,
                                .parts = hahn_cuda_part(ws, c->plan.part_sums),
                                .count = c->plan.parts};
    const hahn_status status = hahn_cuda_enter(ws);
    if (status != HAHN_OK)
        return status;
    int code = c->kernels->expect(&e);
    if (code == 0)
        code = hahn_cuda_fetch_sums(ws, lanes, values);
    return hahn_cuda_status(ws->engine, code, "to measure a Pauli string");
}

const hahn_tangent_ops hahn_cuda_tangent_ops = {.bind = bind,
                                                .forward = forward,
                                                .backward = backward,
                                                .observe = observe,
                                                .assign = assign,
                                                .inner = inner,
                                                .combine = combine,
                                                .expect = expect};
