/* Workspaces, and the runs that need no gradient. */
#define _POSIX_C_SOURCE 200809L
#include "core/backend.h"

#include <inttypes.h>
#include <math.h>
#include <time.h>

const hahn_backend_ops *hahn_backend_of(const hahn_engine *engine)
{
    return hahn_engine_backend(engine) == HAHN_BACKEND_REFERENCE ? hahn_reference_backend()
                                                                 : hahn_cpu_backend();
}

double hahn_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Energy and certificate of a lane. */
#define LANE_BYTES (sizeof(double) + sizeof(hahn_certificate))

static int64_t lanes_for(const hahn_engine *engine, int64_t lanes)
{
    return lanes ? lanes : engine->threads;
}

uint64_t hahn_workspace_bytes(hahn_engine *engine, const hahn_program *program, int64_t lanes,
                              hahn_purpose purpose)
{
    if (!engine || !program || lanes < 0)
        return 0;
    const int64_t count = lanes_for(engine, lanes);
    const uint64_t own = hahn_saturating_multiply((uint64_t)count, LANE_BYTES);
    return hahn_saturating_add(hahn_saturating_add(sizeof(hahn_workspace), own),
                               hahn_backend_of(engine)->bytes(engine, program, count, purpose));
}

hahn_status hahn_workspace_create(hahn_engine *engine, const hahn_program *program, int64_t lanes,
                                  hahn_purpose purpose, hahn_workspace **out)
{
    void *memory;
    if (!engine || !program || !out)
        return HAHN_ERR_ARGUMENT;
    if (lanes < 0 || lanes > INT64_C(1) << 40)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "%" PRId64 " lanes are out of range: use 1 or more, or 0 for one a thread",
                         lanes);
    if (purpose == HAHN_FOR_GRADIENT && !program->has_observable)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "the program has no observable, so there is no gradient: compile it with "
                         "one");
    hahn_status status = hahn_allocate(engine, 1, sizeof(hahn_workspace), "a workspace", &memory);
    if (status != HAHN_OK)
        return status;
    hahn_workspace *ws = memory;
    *ws = (hahn_workspace){.engine = engine,
                           .program = program,
                           .ops = hahn_backend_of(engine),
                           .purpose = purpose,
                           .precision = engine->precision,
                           .threads = engine->threads,
                           .lanes = lanes_for(engine, lanes)};
    status = ws->ops->open(ws);
    if (status != HAHN_OK) {
        hahn_release(engine, ws, 1, sizeof *ws);
        return status;
    }
    status = hahn_allocate(engine, (uint64_t)ws->lanes, LANE_BYTES, "the results of the workspace",
                           &memory);
    ws->certificates = memory;
    ws->energies = status == HAHN_OK ? (double *)(ws->certificates + ws->lanes) : NULL;
    if (status == HAHN_OK)
        *out = ws;
    else
        hahn_workspace_destroy(ws);
    return status;
}

void hahn_workspace_destroy(hahn_workspace *workspace)
{
    if (!workspace)
        return;
    workspace->ops->close(workspace);
    hahn_release(workspace->engine, workspace->certificates, (uint64_t)workspace->lanes,
                 LANE_BYTES);
    hahn_release(workspace->engine, workspace, 1, sizeof *workspace);
}

hahn_status hahn_workspace_set_start(hahn_workspace *workspace, const double *amplitudes)
{
    double norm = 0;
    if (!workspace)
        return HAHN_ERR_ARGUMENT;
    for (uint64_t j = 0; amplitudes && j < 2 * hahn_bit(workspace->program->qubits); j++)
        norm += amplitudes[j] * amplitudes[j];
    if (amplitudes && !(fabs(sqrt(norm) - 1) <= 1e-10))
        return hahn_fail(workspace->engine, HAHN_ERR_ARGUMENT,
                         "the start state has norm %.12g: it must be 1 to 1e-10", sqrt(norm));
    return workspace->ops->set_start(workspace, amplitudes);
}

hahn_status hahn_check_run(hahn_workspace *ws, int64_t batch, const double *thetas)
{
    const int64_t parameters = ws->program->parameters;
    if (batch < 1)
        return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                         "a batch of %" PRId64 " is out of range: use 1 or more", batch);
    if (parameters > 0 && !thetas)
        return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                         "no parameters given: the program has %" PRId64, parameters);
    for (int64_t k = 0; k < batch * parameters; k++)
        if (!isfinite(thetas[k]))
            return hahn_fail(ws->engine, HAHN_ERR_PARAMETER,
                             "theta[%" PRId64 "] of batch entry %" PRId64
                             " is %g: use finite numbers",
                             k % parameters, k / parameters, thetas[k]);
    return HAHN_OK;
}

/* Run the circuit on lanes that start at row `row` of the batch; returns how many there are. */
static int64_t run_forward(hahn_workspace *ws, int64_t row, int64_t batch, const double *thetas)
{
    const int64_t lanes = batch - row < ws->lanes ? batch - row : ws->lanes;
    const double begin = hahn_seconds();
    ws->ops->bind(ws, lanes, thetas + row * ws->program->parameters, HAHN_NO_SHIFT);
    const double bound = hahn_seconds();
    ws->ops->start(ws, lanes);
    ws->ops->forward(ws, lanes, 0, ws->program->stages.count);
    ws->times.bind += bound - begin;
    ws->times.forward += hahn_seconds() - bound;
    return lanes;
}

hahn_status hahn_energy(hahn_workspace *workspace, int64_t batch, const double *thetas,
                        double *energies)
{
    if (!workspace || !energies)
        return HAHN_ERR_ARGUMENT;
    hahn_status status = hahn_check_run(workspace, batch, thetas);
    if (status == HAHN_OK && !workspace->program->has_observable)
        status = hahn_fail(workspace->engine, HAHN_ERR_ARGUMENT,
                           "the program has no observable, so there is no energy: compile it with "
                           "one");
    if (status != HAHN_OK)
        return status;
    const double begin = hahn_seconds();
    workspace->times = (hahn_times){0};
    workspace->finished = 0;
    for (int64_t row = 0, lanes; row < batch; row += lanes) {
        lanes = run_forward(workspace, row, batch, thetas);
        const double ready = hahn_seconds();
        workspace->ops->observe(workspace, lanes, false, energies + row);
        workspace->times.observable += hahn_seconds() - ready;
    }
    workspace->times.total = hahn_seconds() - begin;
    return HAHN_OK;
}

hahn_status hahn_final_state(hahn_workspace *workspace, int64_t batch, const double *thetas,
                             double *amplitudes)
{
    if (!workspace || !amplitudes)
        return HAHN_ERR_ARGUMENT;
    hahn_status status = hahn_check_run(workspace, batch, thetas);
    if (status != HAHN_OK)
        return status;
    const uint64_t size = 2 * hahn_bit(workspace->program->qubits);
    workspace->times = (hahn_times){0};
    workspace->finished = 0;
    for (int64_t row = 0, lanes; row < batch; row += lanes) {
        lanes = run_forward(workspace, row, batch, thetas);
        for (int64_t lane = 0; lane < lanes; lane++)
            workspace->ops->read(workspace, HAHN_PSI, lane,
                                 amplitudes + (uint64_t)(row + lane) * size);
    }
    return HAHN_OK;
}

hahn_status hahn_sample(hahn_workspace *workspace, const double *theta, uint64_t seed,
                        int64_t shots, uint64_t *outcomes)
{
    if (!workspace || !outcomes)
        return HAHN_ERR_ARGUMENT;
    if (shots < 1)
        return hahn_fail(workspace->engine, HAHN_ERR_ARGUMENT,
                         "%" PRId64 " shots are out of range: use 1 or more", shots);
    hahn_status status = hahn_check_run(workspace, 1, theta);
    if (status != HAHN_OK)
        return status;
    workspace->times = (hahn_times){0};
    workspace->finished = 0;
    run_forward(workspace, 0, 1, theta);
    return workspace->ops->sample(workspace, seed, shots, outcomes);
}

hahn_times hahn_workspace_times(const hahn_workspace *workspace)
{
    return workspace ? workspace->times : (hahn_times){0};
}
