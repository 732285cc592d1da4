/* Storage of host backends: one block for all lanes and the threads' scratch memories. */
#include "core/host.h"

#include <hahn/random.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Arrays of numbers begin at multiples of this many bytes, and fill them up: a whole cache line and
   the widest vector. */
#define LINE UINT64_C(64)

static uint64_t lines(uint64_t count, uint64_t size)
{
    const uint64_t bytes = hahn_saturating_multiply(count, size);
    return bytes > UINT64_MAX - LINE ? UINT64_MAX : (bytes + LINE - 1) / LINE * LINE;
}

/* Bytes of the parts of one lane. */
typedef struct lane_plan {
    uint64_t half; /* real or imaginary parts of one state */
    uint64_t states, coefficients, scales, rates, moments, sums, kept;
    uint64_t total;
    int run_qubits;
} lane_plan;

/* Numbers of an array of a state, gaps included. With tiled kernels at least a vector's; those past
   the state are zeros and stay so. */
static uint64_t state_numbers(const hahn_program *program, const hahn_host_kernels *kernels)
{
    const uint64_t size = hahn_bit(program->qubits);
    if (!kernels->tiled)
        return size;
    if (size < HAHN_LEAST_TABLE)
        return HAHN_LEAST_TABLE;
    return hahn_place(hahn_run_qubits(program, kernels), size - 1) + 1;
}

static lane_plan plan_lane(const hahn_program *program, hahn_precision precision,
                           hahn_purpose purpose, uint64_t kept, const hahn_host_kernels *kernels)
{
    const uint64_t size = precision == HAHN_F64 ? sizeof(double) : sizeof(float);
    static const uint64_t states[] = {
        [HAHN_FOR_STATE] = 1, [HAHN_FOR_GRADIENT] = 2, [HAHN_FOR_TANGENT] = HAHN_MOST_STATES};
    const bool gradient = purpose >= HAHN_FOR_GRADIENT;
    const uint64_t rows = kernels->tiled ? hahn_walk_chunks(program) : 1;
    lane_plan plan = {.half = hahn_skewed(lines(state_numbers(program, kernels), size))};
    plan.run_qubits = hahn_run_qubits(program, kernels);
    plan.states = states[purpose];
    plan.coefficients = lines(2 * program->terms.count, size);
    plan.scales = kernels->bind ? lines(program->stages.count, sizeof(double)) : 0;
    plan.rates = purpose == HAHN_FOR_TANGENT ? lines(program->terms.count, sizeof(double)) : 0;
    plan.moments = gradient ? lines(rows * program->largest_sweep, sizeof(double)) : 0;
    plan.sums = lines(2 * program->chunks, sizeof(double));
    plan.kept = hahn_saturating_multiply(2 * kept, plan.half);
    plan.total = hahn_saturating_multiply(2 * plan.states, plan.half);
    plan.total = hahn_saturating_add(plan.total, plan.coefficients + plan.scales + plan.rates +
                                                     plan.moments + plan.sums);
    plan.total = hahn_saturating_add(plan.total, plan.kept);
    return plan;
}

/* Threads that may work at once: on lanes, or on the chunks of one. */
static uint64_t workers(const hahn_engine *engine, const hahn_program *program, int64_t lanes)
{
    const uint64_t chunks = hahn_walk_chunks(program);
    const uint64_t most = (uint64_t)lanes > chunks ? (uint64_t)lanes : chunks;
    return (uint64_t)engine->threads < most ? (uint64_t)engine->threads : most;
}

/* Bytes of a thread's scratch memory: tangents are carried on twice as many states. */
static uint64_t scratch_bytes(const hahn_program *program, hahn_purpose purpose,
                              const hahn_host_kernels *kernels)
{
    const uint64_t bytes = kernels->scratch_bytes(program);
    return purpose == HAHN_FOR_TANGENT ? hahn_saturating_multiply(2, bytes) : bytes;
}

/* Bytes of the one block that holds all lanes and scratch memories. */
static uint64_t block_bytes(const hahn_engine *engine, const hahn_program *program, int64_t lanes,
                            hahn_purpose purpose, uint64_t kept, const hahn_host_kernels *kernels)
{
    const lane_plan plan = plan_lane(program, engine->precision, purpose, kept, kernels);
    return hahn_saturating_add(hahn_saturating_multiply((uint64_t)lanes, plan.total),
                               hahn_saturating_multiply(workers(engine, program, lanes),
                                                        scratch_bytes(program, purpose, kernels)));
}

uint64_t hahn_host_bytes(const hahn_engine *engine, const hahn_program *program, int64_t lanes,
                         hahn_purpose purpose, uint64_t kept, hahn_pick_kernels pick)
{
    const hahn_host_kernels *kernels = pick(engine, program->qubits, engine->precision);
    const uint64_t own = hahn_saturating_multiply((uint64_t)lanes, sizeof(hahn_lane));
    return hahn_saturating_add(hahn_saturating_add(sizeof(hahn_host), own),
                               block_bytes(engine, program, lanes, purpose, kept, kernels));
}

static char *take(char **at, uint64_t bytes)
{
    char *start = *at;
    *at += bytes;
    return start;
}

static hahn_split take_split(char **at, uint64_t half, int run_qubits)
{
    hahn_split split = {.run_qubits = run_qubits};
    split.re = take(at, half);
    split.im = take(at, half);
    return split;
}

static void lay_lane(hahn_lane *lane, const lane_plan *plan, hahn_purpose purpose, char *at)
{
    *lane = (hahn_lane){.psi = take_split(&at, plan->half, plan->run_qubits)};
    if (purpose >= HAHN_FOR_GRADIENT)
        lane->lambda = take_split(&at, plan->half, plan->run_qubits);
    if (purpose == HAHN_FOR_TANGENT) {
        lane->chi = take_split(&at, plan->half, plan->run_qubits);
        lane->mu = take_split(&at, plan->half, plan->run_qubits);
    }
    lane->coefficients = take(&at, plan->coefficients);
    lane->scales = (double *)(void *)take(&at, plan->scales);
    lane->rates = (double *)(void *)take(&at, plan->rates);
    lane->moments = (double *)(void *)take(&at, plan->moments);
    lane->sums = (double *)(void *)take(&at, plan->sums);
    lane->kept = take(&at, plan->kept);
}

/* What the states are called in a message: those kept are the first to save on. */
static void name_states(const hahn_workspace *ws, char *text, size_t size)
{
    if (ws->kept == 0)
        snprintf(text, size, "the states of the workspace");
    else
        snprintf(text, size, "the states of the workspace, of which each lane keeps %" PRIu64 "%s",
                 ws->kept,
                 ws->kept < ws->segments
                     ? " for its echo tolerance"
                     : " (method checkpoint does with fewer, adjoint with none)");
}

/* Programs keep the tiles that they were compiled for; a device has smaller ones, and shorter rows
   than the widest vectors. */
static hahn_status check_tile(const hahn_workspace *ws, const hahn_host_kernels *kernels)
{
    const hahn_program *program = ws->program;
    if (!kernels->tiled || program->tile_qubits == program->qubits ||
        (program->tile_qubits >= HAHN_LEAST_TILE_QUBITS &&
         program->line_qubits >= HAHN_LINE_QUBITS))
        return HAHN_OK;
    return hahn_fail(ws->engine, HAHN_ERR_BACKEND,
                     "the program has tiles of %d qubits in rows of 2^%d amplitudes, and the cpu "
                     "backend takes %d or more in rows of 2^%d: compile it after choosing the "
                     "backend",
                     program->tile_qubits, program->line_qubits, HAHN_LEAST_TILE_QUBITS,
                     HAHN_LINE_QUBITS);
}

hahn_status hahn_host_open(hahn_workspace *ws, hahn_pick_kernels pick)
{
    hahn_engine *engine = ws->engine;
    const hahn_host_kernels *kernels = pick(engine, ws->program->qubits, ws->precision);
    const lane_plan plan = plan_lane(ws->program, ws->precision, ws->purpose, ws->kept, kernels);
    const uint64_t bytes =
        block_bytes(engine, ws->program, ws->lanes, ws->purpose, ws->kept, kernels);
    void *host = NULL, *lanes = NULL, *block = NULL;
    char what[160];
    name_states(ws, what, sizeof what);
    /* The states first: theirs is the message worth reading. */
    hahn_status status = check_tile(ws, kernels);
    if (status == HAHN_OK)
        status = hahn_allocate(engine, bytes, 1, what, &block);
    if (status == HAHN_OK)
        status = hahn_allocate(engine, 1, sizeof(hahn_host), "the workspace", &host);
    if (status == HAHN_OK)
        status = hahn_allocate(engine, (uint64_t)ws->lanes, sizeof(hahn_lane),
                               "the lanes of the workspace", &lanes);
    if (status != HAHN_OK) {
        hahn_release(engine, host, 1, sizeof(hahn_host));
        hahn_release(engine, block, bytes, 1);
        return status;
    }
    ws->storage = host;
    *(hahn_host *)host =
        (hahn_host){.kernels = kernels,
                    .lanes = lanes,
                    .block = block,
                    .block_bytes = bytes,
                    .workers = (int)workers(engine, ws->program, ws->lanes),
                    .scratch = (char *)block + (uint64_t)ws->lanes * plan.total,
                    .scratch_bytes = scratch_bytes(ws->program, ws->purpose, kernels)};
    for (int64_t k = 0; k < ws->lanes; k++)
        lay_lane((hahn_lane *)lanes + k, &plan, ws->purpose,
                 (char *)block + (uint64_t)k * plan.total);
    return HAHN_OK;
}

uint64_t hahn_host_half(const hahn_workspace *ws)
{
    const hahn_host *host = ws->storage;
    return plan_lane(ws->program, ws->precision, ws->purpose, 0, host->kernels).half;
}

void hahn_host_close(hahn_workspace *ws)
{
    hahn_host *host = ws->storage;
    (void)hahn_host_set_starts(ws, 0, NULL);
    hahn_release(ws->engine, host->block, host->block_bytes, 1);
    hahn_release(ws->engine, host->lanes, (uint64_t)ws->lanes, sizeof(hahn_lane));
    hahn_release(ws->engine, host, 1, sizeof *host);
}
