/* Workspaces, and the runs that need no gradient. */
#define _POSIX_C_SOURCE 200809L
#include "core/backend.h"
#include "core/echo.h"
#include "core/replay.h"

#include <inttypes.h>
#include <math.h>
#include <time.h>

const hahn_backend_ops *hahn_backend_of(const hahn_engine *engine)
{
    switch (hahn_engine_backend(engine)) {
    case HAHN_BACKEND_REFERENCE:
        return hahn_reference_backend();
    case HAHN_BACKEND_CUDA:
        return hahn_cuda_backend();
    default:
        return hahn_cpu_backend();
    }
}

double hahn_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

hahn_status hahn_fail_angle(hahn_engine *engine)
{
    return hahn_fail(engine, HAHN_ERR_PARAMETER,
                     "an angle, scale * theta + offset, is not finite: use smaller parameters or "
                     "scales");
}

#define MOST_LANES (INT64_C(1) << 40)

/* A lane's certificate, energy, and echo error and distance of a segment. */
#define LANE_BYTES (sizeof(hahn_certificate) + 3 * sizeof(double))

/* Large states are worth all threads by themselves: more lanes would only take memory. */
static int64_t lanes_for(const hahn_engine *engine, const hahn_program *program, int64_t lanes)
{
    if (lanes)
        return lanes;
    /* A state that is one tile is a block of threads, which leave most of a device idle. */
    if (hahn_engine_backend(engine) == HAHN_BACKEND_CUDA)
        return program->qubits == program->tile_qubits ? engine->cuda_multiprocessors : 1;
    return program->qubits < HAHN_THREADED_QUBITS ? engine->threads : 1;
}

/* Options with all defaults filled in, and what they ask for. */
typedef struct plan {
    hahn_workspace_options options;
    hahn_segments segments;
    uint64_t units, kept;
} plan;

static hahn_status check_shape(hahn_engine *engine, const hahn_program *program,
                               const hahn_workspace_options *options)
{
    if (options->lanes < 0 || options->lanes > MOST_LANES)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "%" PRId64 " lanes are out of range: use 1 to %" PRId64
                         ", or 0 to leave it to the library",
                         options->lanes, MOST_LANES);
    if ((unsigned)options->purpose > HAHN_FOR_TANGENT)
        return hahn_fail(
            engine, HAHN_ERR_ARGUMENT,
            "purpose %d does not exist: use all (0), states (1), gradients (2) or tangents "
            "(3)",
            (int)options->purpose);
    if (options->purpose == HAHN_FOR_GRADIENT && !program->has_observable)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "the program has no observable, so there is no gradient: compile it with "
                         "one");
    return HAHN_OK;
}

static hahn_status check_kept(hahn_engine *engine, const hahn_workspace_options *options)
{
    if (options->kept_states < HAHN_EVERY_STATE)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "%" PRId64 " kept states are out of range: use 1 or more, 0 for none, or "
                         "HAHN_EVERY_STATE",
                         options->kept_states);
    if (options->kept_states && options->purpose == HAHN_FOR_STATE)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "kept states are for gradients, and the workspace for states: leave them "
                         "0, or create it for gradients");
    if (options->probes != 0 && options->probes != 1)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT, "probes %d are out of range: use 0 or 1",
                         options->probes);
    return HAHN_OK;
}

static hahn_status check_tolerance(hahn_engine *engine, const plan *p)
{
    const double tolerance = p->options.echo_tolerance;
    const double least = hahn_echo_bound(engine->precision, p->segments.largest);
    if (!(tolerance >= 0 && isfinite(tolerance)))
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "an echo tolerance of %g is out of range: use a number above 0, or 0 for "
                         "none",
                         tolerance);
    if (tolerance > 0 && p->options.purpose == HAHN_FOR_STATE)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "an echo tolerance is for gradients, and the workspace for states: leave "
                         "it 0, or create it for gradients");
    if (tolerance > 0 && least > tolerance)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "an echo tolerance of %g cannot be promised: one stage has %" PRIu64
                         " rotations, whose bound is 8 u sqrt(2 * %" PRIu64
                         "); use %.17g or more%s",
                         tolerance, p->segments.largest, p->segments.largest, least,
                         engine->precision == HAHN_F32 ? ", or f64" : "");
    return HAHN_OK;
}

/* Segments and units both keep states at their boundaries, in the same slots: only one of them runs
   at a time. */
static void plan_kept(const hahn_program *program, plan *p)
{
    const int64_t wanted = p->options.kept_states;
    p->units = wanted ? hahn_cut_units(program, NULL) : 0;
    const uint64_t every = p->units ? p->units - 1 : 0;
    p->kept = wanted < 0 || (uint64_t)wanted > every ? every : (uint64_t)wanted;
    if (p->kept < p->segments.count - 1)
        p->kept = p->segments.count - 1;
}

static hahn_status make_plan(hahn_engine *engine, const hahn_program *program,
                             const hahn_workspace_options *options, plan *out)
{
    hahn_workspace_options *o = &out->options;
    *o = options ? *options : (hahn_workspace_options){0};
    hahn_status status = check_shape(engine, program, o);
    if (status == HAHN_OK)
        status = check_kept(engine, o);
    if (status != HAHN_OK)
        return status;
    if (o->purpose == HAHN_FOR_ALL)
        o->purpose = program->has_observable ? HAHN_FOR_GRADIENT : HAHN_FOR_STATE;
    o->lanes = lanes_for(engine, program, o->lanes);
    out->segments = hahn_cut_segments(program, engine->precision, o->echo_tolerance, NULL);
    plan_kept(program, out);
    return check_tolerance(engine, out);
}

/* Of what each lane, each segment and each unit leaves, and of the parameters to be moved. */
static uint64_t result_bytes(int64_t lanes, uint64_t marks, int64_t probes)
{
    const uint64_t by_lane = LANE_BYTES + (uint64_t)probes * sizeof(double);
    return hahn_saturating_add(hahn_saturating_multiply((uint64_t)lanes, by_lane),
                               hahn_saturating_multiply(marks, sizeof(uint64_t)));
}

/* Ends of segments and units, and what is in which kept state. */
static uint64_t mark_count(const plan *p)
{
    return p->segments.count + (p->units ? p->units + p->kept : 0);
}

static uint64_t plan_result_bytes(const hahn_program *program, const plan *p)
{
    return result_bytes(p->options.lanes, mark_count(p),
                        p->options.probes ? program->parameters : 0);
}

hahn_status hahn_workspace_describe(hahn_engine *engine, const hahn_program *program,
                                    const hahn_workspace_options *options,
                                    hahn_workspace_info *info)
{
    plan p;
    if (!engine || !program || !info)
        return HAHN_ERR_ARGUMENT;
    const hahn_status status = make_plan(engine, program, options, &p);
    if (status != HAHN_OK)
        return status;
    const uint64_t amplitude = engine->precision == HAHN_F64 ? 16 : 8;
    const uint64_t results = plan_result_bytes(program, &p);
    const uint64_t states =
        hahn_backend_of(engine)->bytes(engine, program, p.options.lanes, p.options.purpose, p.kept);
    *info = (hahn_workspace_info){
        .lanes = p.options.lanes,
        .segments = (int64_t)p.segments.count,
        .echo_bound = hahn_echo_bound(engine->precision, p.segments.largest),
        .kept_states = (int64_t)p.kept,
        .units = (int64_t)p.units,
        .replayed_units = (int64_t)hahn_replay_steps(p.units, p.kept),
        .state_bytes = hahn_saturating_multiply(hahn_bit(program->qubits), amplitude),
        .bytes = hahn_saturating_add(sizeof(hahn_workspace), hahn_saturating_add(results, states)),
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

static hahn_status allocate_results(hahn_workspace *ws, const plan *p)
{
    const uint64_t lanes = (uint64_t)ws->lanes, bytes = plan_result_bytes(ws->program, p);
    void *memory;
    const hahn_status status =
        hahn_allocate(ws->engine, bytes, 1, "the results of the workspace", &memory);
    if (status != HAHN_OK)
        return status;
    ws->result_bytes = bytes;
    ws->certificates = memory;
    ws->energies = (double *)(ws->certificates + lanes);
    ws->echoes = ws->energies + lanes;
    ws->distances = ws->echoes + lanes;
    ws->ends = (uint64_t *)(ws->distances + lanes);
    ws->unit_ends = ws->ends + ws->segments;
    ws->marks = ws->unit_ends + ws->units;
    if (p->options.probes)
        ws->probes = (double *)(ws->ends + mark_count(p));
    hahn_cut_segments(ws->program, ws->precision, p->options.echo_tolerance, ws->ends);
    if (ws->units)
        hahn_cut_units(ws->program, ws->unit_ends);
    return HAHN_OK;
}

hahn_status hahn_workspace_create(hahn_engine *engine, const hahn_program *program,
                                  const hahn_workspace_options *options, hahn_workspace **out)
{
    plan p;
    void *memory;
    if (!engine || !program || !out)
        return HAHN_ERR_ARGUMENT;
    hahn_status status = make_plan(engine, program, options, &p);
    if (status == HAHN_OK)
        status = hahn_allocate(engine, 1, sizeof(hahn_workspace), "a workspace", &memory);
    if (status != HAHN_OK)
        return status;
    hahn_workspace *ws = memory;
    *ws = (hahn_workspace){.engine = engine,
                           .program = program,
                           .ops = hahn_backend_of(engine),
                           .purpose = p.options.purpose,
                           .precision = engine->precision,
                           .threads = engine->threads,
                           .lanes = p.options.lanes,
                           .segments = p.segments.count,
                           .kept = p.kept,
                           .units = p.units};
    status = ws->ops->open(ws);
    if (status != HAHN_OK) {
        hahn_release(engine, ws, 1, sizeof *ws);
        return status;
    }
    status = allocate_results(ws, &p);
    if (status != HAHN_OK) {
        hahn_workspace_destroy(ws);
        return status;
    }
    *out = ws;
    return HAHN_OK;
}

void hahn_workspace_destroy(hahn_workspace *workspace)
{
    if (!workspace)
        return;
    workspace->ops->close(workspace);
    hahn_observed_close(workspace);
    hahn_release(workspace->engine, workspace->certificates, workspace->result_bytes, 1);
    hahn_release(workspace->engine, workspace, 1, sizeof *workspace);
}

hahn_status hahn_check_run(hahn_workspace *ws, int64_t batch, const double *thetas)
{
    const int64_t parameters = ws->program->parameters;
    /* Rows of parameters and of states must have addresses. */
    const int64_t row = (int64_t)hahn_bit(ws->program->qubits + 1);
    const int64_t most = INT64_MAX / 16 / (parameters > row ? parameters : row);
    hahn_take_entry(ws, 0);
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

hahn_status hahn_check_observable(hahn_workspace *ws)
{
    if (hahn_has_observable(ws))
        return HAHN_OK;
    return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                     "the program has no observable, so there is neither energy nor gradient: "
                     "compile it with one, or give the workspace observables");
}

hahn_status hahn_check_purpose(hahn_workspace *ws, hahn_purpose least)
{
    static const char *const names[] = {[HAHN_FOR_STATE] = "states",
                                        [HAHN_FOR_GRADIENT] = "gradients",
                                        [HAHN_FOR_TANGENT] = "tangents"};
    if (ws->purpose >= least)
        return HAHN_OK;
    return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                     "the workspace is for %s, and this takes more: create it for %s",
                     names[ws->purpose], names[least]);
}

hahn_status hahn_run_circuit(hahn_workspace *ws, int64_t lanes, const double *thetas,
                             hahn_shift shift)
{
    const double begin = hahn_seconds();
    hahn_status status = ws->ops->bind(ws, lanes, thetas, shift);
    const double bound = hahn_seconds();
    if (status == HAHN_OK)
        status = ws->ops->start(ws, lanes);
    if (status == HAHN_OK)
        status = ws->ops->forward(ws, lanes, 0, ws->program->stages.count);
    ws->times.bind += bound - begin;
    ws->times.forward += hahn_seconds() - bound;
    return status;
}

/* Where the backend does all of it in one go. */
static hahn_status energies_at_once(hahn_workspace *ws, int64_t lanes, const double *thetas,
                                    hahn_shift shift, double *energies)
{
    const double begin = hahn_seconds();
    const hahn_status status = ws->ops->bind(ws, lanes, thetas, shift);
    ws->times.bind += hahn_seconds() - begin;
    return status ? status : ws->ops->evaluate(ws, lanes, energies, NULL, NULL);
}

hahn_status hahn_run_energies(hahn_workspace *ws, int64_t lanes, const double *thetas,
                              hahn_shift shift, double *energies)
{
    if (ws->at_once)
        return energies_at_once(ws, lanes, thetas, shift, energies);
    hahn_status status = hahn_run_circuit(ws, lanes, thetas, shift);
    const double ready = hahn_seconds();
    if (status == HAHN_OK)
        status = ws->ops->observe(ws, lanes, false, energies);
    ws->times.observable += hahn_seconds() - ready;
    return status;
}

hahn_status hahn_energy(hahn_workspace *workspace, int64_t batch, const double *thetas,
                        double *energies)
{
    if (!workspace || !energies)
        return HAHN_ERR_ARGUMENT;
    hahn_status status = hahn_check_run(workspace, batch, thetas);
    if (status == HAHN_OK)
        status = hahn_check_observable(workspace);
    if (status != HAHN_OK)
        return status;
    const double begin = hahn_seconds();
    workspace->times = (hahn_times){0};
    workspace->finished = 0;
    for (int64_t row = 0, lanes; row < batch && status == HAHN_OK; row += lanes) {
        lanes = hahn_take_entries(workspace, row, batch);
        status = hahn_run_energies(workspace, lanes,
                                   hahn_row(thetas, row, workspace->program->parameters),
                                   HAHN_NO_SHIFT, energies + row);
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
        lanes = hahn_take_entries(workspace, row, batch);
        status = hahn_run_circuit(
            workspace, lanes, hahn_row(thetas, row, workspace->program->parameters), HAHN_NO_SHIFT);
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
    status = hahn_run_circuit(workspace, 1, theta, HAHN_NO_SHIFT);
    return status == HAHN_OK ? workspace->ops->sample(workspace, seed, shots, outcomes) : status;
}

hahn_times hahn_workspace_times(const hahn_workspace *workspace)
{
    return workspace ? workspace->times : (hahn_times){0};
}
