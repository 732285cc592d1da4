/* Workspaces, and the runs that need no gradient. */
#define _POSIX_C_SOURCE 200809L
#include "core/backend.h"
#include "core/echo.h"

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

#define MOST_LANES (INT64_C(1) << 40)

/* Energy and certificate of a lane. */
#define LANE_BYTES (sizeof(double) + sizeof(hahn_certificate))

/* Large states are worth all threads by themselves: more lanes would only take memory. */
static int64_t lanes_for(const hahn_engine *engine, const hahn_program *program, int64_t lanes)
{
    if (lanes)
        return lanes;
    return program->qubits < HAHN_THREADED_QUBITS ? engine->threads : 1;
}

/* Check the options and fill in the defaults. */
static hahn_status resolve(hahn_engine *engine, const hahn_program *program,
                           const hahn_workspace_options *options, hahn_workspace_options *out)
{
    *out = options ? *options : (hahn_workspace_options){0};
    if (out->lanes < 0 || out->lanes > MOST_LANES)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "%" PRId64 " lanes are out of range: use 1 to %" PRId64
                         ", or 0 to leave it to the library",
                         out->lanes, MOST_LANES);
    if ((unsigned)out->purpose > HAHN_FOR_GRADIENT)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "purpose %d does not exist: use all (0), states (1) or gradients (2)",
                         (int)out->purpose);
    if (out->purpose == HAHN_FOR_GRADIENT && !program->has_observable)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "the program has no observable, so there is no gradient: compile it with "
                         "one");
    if (out->purpose == HAHN_FOR_ALL)
        out->purpose = program->has_observable ? HAHN_FOR_GRADIENT : HAHN_FOR_STATE;
    out->lanes = lanes_for(engine, program, out->lanes);
    return HAHN_OK;
}

static uint64_t bytes_of(const hahn_engine *engine, const hahn_program *program,
                         const hahn_workspace_options *resolved)
{
    const uint64_t own = hahn_saturating_multiply((uint64_t)resolved->lanes, LANE_BYTES);
    return hahn_saturating_add(
        hahn_saturating_add(sizeof(hahn_workspace), own),
        hahn_backend_of(engine)->bytes(engine, program, resolved->lanes, resolved->purpose));
}

static uint64_t roundings_of(const hahn_program *program)
{
    uint64_t sum = 0;
    for (uint64_t k = 0; k < program->stages.count; k++)
        sum += hahn_stage_roundings(hahn_program_stage(program, k));
    return sum;
}

hahn_status hahn_workspace_describe(hahn_engine *engine, const hahn_program *program,
                                    const hahn_workspace_options *options,
                                    hahn_workspace_info *info)
{
    hahn_workspace_options resolved;
    if (!engine || !program || !info)
        return HAHN_ERR_ARGUMENT;
    const hahn_status status = resolve(engine, program, options, &resolved);
    if (status != HAHN_OK)
        return status;
    const uint64_t amplitude = engine->precision == HAHN_F64 ? 16 : 8;
    *info = (hahn_workspace_info){
        .lanes = resolved.lanes,
        .echo_bound = hahn_echo_bound(engine->precision, roundings_of(program)),
        .state_bytes = hahn_saturating_multiply(hahn_bit(program->qubits), amplitude),
        .bytes = bytes_of(engine, program, &resolved),
    };
    return HAHN_OK;
}

uint64_t hahn_workspace_bytes(hahn_engine *engine, const hahn_program *program,
                              const hahn_workspace_options *options)
{
    hahn_workspace_info info;
    const hahn_status status = hahn_workspace_describe(engine, program, options, &info);
    return status == HAHN_OK ? info.bytes : 0;
}

hahn_status hahn_workspace_create(hahn_engine *engine, const hahn_program *program,
                                  const hahn_workspace_options *options, hahn_workspace **out)
{
    hahn_workspace_options resolved;
    void *memory;
    if (!engine || !program || !out)
        return HAHN_ERR_ARGUMENT;
    hahn_status status = resolve(engine, program, options, &resolved);
    if (status == HAHN_OK)
        status = hahn_allocate(engine, 1, sizeof(hahn_workspace), "a workspace", &memory);
    if (status != HAHN_OK)
        return status;
    hahn_workspace *ws = memory;
    *ws = (hahn_workspace){.engine = engine,
                           .program = program,
                           .ops = hahn_backend_of(engine),
                           .purpose = resolved.purpose,
                           .precision = engine->precision,
                           .threads = engine->threads,
                           .lanes = resolved.lanes};
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
    const double allowed = workspace->precision == HAHN_F64 ? 1e-10 : 1e-5;
    if (amplitudes && !(fabs(sqrt(norm) - 1) <= allowed))
        return hahn_fail(
            workspace->engine, HAHN_ERR_ARGUMENT,
            "the start state has norm %.12g: it must be 1 to %g; divide it by its norm", sqrt(norm),
            allowed);
    return workspace->ops->set_start(workspace, amplitudes);
}

hahn_status hahn_check_run(hahn_workspace *ws, int64_t batch, const double *thetas)
{
    const int64_t parameters = ws->program->parameters;
    /* Rows of parameters and of states must have addresses. */
    const int64_t row = (int64_t)hahn_bit(ws->program->qubits + 1);
    const int64_t most = INT64_MAX / 16 / (parameters > row ? parameters : row);
    if (batch < 1 || batch > most)
        return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                         "a batch of %" PRId64 " is out of range: use 1 to %" PRId64, batch, most);
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

/* Run the circuit on lanes that start at row `row` of the batch; *lanes gets how many there are. */
static hahn_status run_forward(hahn_workspace *ws, int64_t row, int64_t batch, const double *thetas,
                               int64_t *lanes)
{
    const double begin = hahn_seconds();
    *lanes = batch - row < ws->lanes ? batch - row : ws->lanes;
    hahn_status status =
        ws->ops->bind(ws, *lanes, hahn_row(thetas, row, ws->program->parameters), HAHN_NO_SHIFT);
    const double bound = hahn_seconds();
    if (status == HAHN_OK)
        status = ws->ops->start(ws, *lanes);
    if (status == HAHN_OK)
        status = ws->ops->forward(ws, *lanes, 0, ws->program->stages.count);
    ws->times.bind += bound - begin;
    ws->times.forward += hahn_seconds() - bound;
    return status;
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
    for (int64_t row = 0, lanes; row < batch && status == HAHN_OK; row += lanes) {
        status = run_forward(workspace, row, batch, thetas, &lanes);
        const double ready = hahn_seconds();
        if (status == HAHN_OK)
            status = workspace->ops->observe(workspace, lanes, false, energies + row);
        workspace->times.observable += hahn_seconds() - ready;
    }
    workspace->times.total = hahn_seconds() - begin;
    return status;
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
    for (int64_t row = 0, lanes; row < batch && status == HAHN_OK; row += lanes) {
        status = run_forward(workspace, row, batch, thetas, &lanes);
        for (int64_t lane = 0; lane < lanes && status == HAHN_OK; lane++)
            status = workspace->ops->read(workspace, HAHN_PSI, lane,
                                          amplitudes + (uint64_t)(row + lane) * size);
    }
    return status;
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
    int64_t lanes;
    status = run_forward(workspace, 0, 1, theta, &lanes);
    return status == HAHN_OK ? workspace->ops->sample(workspace, seed, shots, outcomes) : status;
}

hahn_times hahn_workspace_times(const hahn_workspace *workspace)
{
    return workspace ? workspace->times : (hahn_times){0};
}
