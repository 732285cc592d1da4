/* Memory of the CUDA backend: the image of the program, one block for all lanes, and start states.
   Everything is counted as the library's own, and nothing is left behind where some of it cannot be
   had. */
#include "cuda/evaluate.h"
#include "cuda/probe.h"

#include <inttypes.h>
#include <string.h>

/* Blocks of threads that share the tiles of a state: enough for any device, and not so many that
   their partial sums would be worth a thought. */
#define MOST_ROWS         UINT64_C(2048)
#define MOST_PARTIAL_SUMS (UINT64_C(1) << 22)

/* Amplitudes of a part of a state for sums over it, at least, and parts at most. */
#define PART_QUBITS 10
#define MOST_PARTS  UINT64_C(4096)

hahn_status hahn_cuda_status(hahn_engine *engine, int code, const char *what)
{
    return code == 0 ? HAHN_OK
                     : hahn_fail(engine, HAHN_ERR_BACKEND,
                                 "CUDA failed %s: %s (error %d); the results of this call are "
                                 "void: start again, or use --backend cpu",
                                 what, hahn_cuda_error_text(code), code);
}

hahn_status hahn_cuda_enter(const hahn_workspace *ws)
{
    return hahn_cuda_status(ws->engine, hahn_cuda_choose(hahn_cuda_of(ws)->device),
                            "to choose the device");
}

/* -- sizes ------------------------------------------------------------------------------------ */

static uint64_t rows_of(const hahn_program *program)
{
    const uint64_t tiles = hahn_bit(program->qubits - program->tile_qubits);
    uint64_t rows = tiles < MOST_ROWS ? tiles : MOST_ROWS;
    while (rows > 1 && rows * (program->largest_sweep + 1) > MOST_PARTIAL_SUMS)
        rows /= 2;
    return rows;
}

static uint64_t parts_of(const hahn_program *program)
{
    const uint64_t parts = hahn_bit(program->qubits - hahn_min(program->qubits, PART_QUBITS));
    return parts < MOST_PARTS ? parts : MOST_PARTS;
}

/* Room for an array that begins at a multiple of 256 bytes, as device memory does. Saturates. */
static uint64_t take(uint64_t *end, uint64_t count, uint64_t size)
{
    const uint64_t at = *end, bytes = hahn_saturating_multiply(count, size);
    *end = hahn_saturating_add(at, hahn_saturating_add(bytes, 255) / 256 * 256);
    return at;
}

static int states_of(hahn_purpose purpose)
{
    return purpose == HAHN_FOR_TANGENT ? HAHN_MOST_STATES : purpose == HAHN_FOR_GRADIENT ? 2 : 1;
}

hahn_cuda_plan hahn_cuda_measure(const hahn_program *program, hahn_precision precision,
                                 int64_t lane_count, hahn_purpose purpose, uint64_t kept)
{
    const uint64_t lanes = (uint64_t)lane_count, terms = program->terms.count;
    const uint64_t amplitude = precision == HAHN_F64 ? 16 : 8;
    const bool gradient = purpose >= HAHN_FOR_GRADIENT, tangent = purpose == HAHN_FOR_TANGENT;
    const uint64_t parameters = (uint64_t)program->parameters;
    hahn_cuda_plan p = {.image = hahn_image_measure(program, precision),
                        .state = hahn_saturating_multiply(hahn_bit(program->qubits), amplitude),
                        .rows = rows_of(program),
                        .row_terms = program->largest_sweep,
                        .parts = parts_of(program)};
    const uint64_t row_sums = gradient && p.rows > 1 ? p.rows * p.row_terms : 0;
    uint64_t end = 0;
    for (int k = 0; k < HAHN_MOST_STATES; k++)
        p.states[k] = take(&end, k < states_of(purpose) ? lanes : 0, p.state);
    p.coefficients = take(&end, hahn_saturating_multiply(lanes, terms), amplitude);
    p.rates = take(&end, tangent ? hahn_saturating_multiply(lanes, terms) : 0, amplitude / 2);
    p.thetas = take(&end, hahn_saturating_multiply(lanes, parameters), sizeof(double));
    p.directions =
        take(&end, tangent ? hahn_saturating_multiply(lanes, parameters) : 0, sizeof(double));
    p.gradients =
        take(&end, gradient ? hahn_saturating_multiply(lanes, parameters) : 0, sizeof(double));
    p.moments = take(&end, gradient ? hahn_saturating_multiply(lanes, terms) : 0, sizeof(double));
    p.row_sums = take(&end, hahn_saturating_multiply(lanes, row_sums), sizeof(double));
    p.part_sums = take(&end, hahn_saturating_multiply(lanes, p.parts), sizeof(double));
    p.sums = take(&end, lanes, sizeof(double));
    p.results = take(&end, lanes, sizeof(hahn_evaluated));
    p.staged = take(&end, HAHN_STAGED, sizeof(double));
    p.faulty = take(&end, 1, sizeof(int));
    p.kept = end; /* each costs what the next one does, without rounding */
    p.block_bytes = hahn_saturating_add(
        end, hahn_saturating_multiply(hahn_saturating_multiply(kept, lanes), p.state));
    return p;
}

uint64_t hahn_cuda_bytes(const hahn_engine *engine, const hahn_program *program, int64_t lanes,
                         hahn_purpose purpose, uint64_t kept)
{
    const hahn_cuda_plan p = hahn_cuda_measure(program, engine->precision, lanes, purpose, kept);
    const uint64_t host = sizeof(hahn_cuda) + p.image.bytes + HAHN_STAGED * sizeof(double);
    return hahn_saturating_add(host + p.image.device_bytes, p.block_bytes);
}

/* -- device memory ---------------------------------------------------------------------------- */

/* With what was asked and what is free. */
static hahn_status refuse(hahn_engine *engine, int device, int code, uint64_t bytes,
                          const char *what)
{
    uint64_t unused = 0;
    if (hahn_cuda_free_bytes(&unused) != 0)
        return hahn_cuda_status(engine, code, "to allocate");
    return hahn_fail(engine, HAHN_ERR_MEMORY,
                     "%s: needs %" PRIu64 " bytes on CUDA device %d, where %" PRIu64
                     " bytes are free (%s); use fewer qubits or lanes, f32, or --backend cpu",
                     what, bytes, device, unused, hahn_cuda_error_text(code));
}

hahn_status hahn_cuda_allocate_counted(hahn_engine *engine, int device, uint64_t bytes,
                                       const char *what, void **out)
{
    *out = NULL;
    hahn_status status = hahn_count_memory(engine, bytes, what);
    if (status != HAHN_OK)
        return status;
    const int code = hahn_cuda_allocate(out, bytes);
    if (code == 0)
        return HAHN_OK;
    *out = NULL;
    hahn_uncount_memory(engine, bytes);
    return refuse(engine, device, code, bytes, what);
}

/* Whatever the runtime says: the memory is no longer ours. */
void hahn_cuda_release_counted(hahn_engine *engine, void *memory, uint64_t bytes)
{
    if (!memory)
        return;
    (void)hahn_cuda_release(memory);
    hahn_uncount_memory(engine, bytes);
}

int hahn_cuda_write(const hahn_workspace *ws, uint64_t count, const double *numbers, void *to)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const uint64_t size = ws->precision == HAHN_F64 ? sizeof(double) : sizeof(float);
    void *staged = hahn_cuda_part(ws, c->plan.staged);
    int code = 0;
    for (uint64_t k = 0; k < count && code == 0; k += HAHN_STAGED) {
        const uint64_t part = count - k < HAHN_STAGED ? count - k : HAHN_STAGED;
        code = hahn_cuda_upload(staged, numbers + k, part * sizeof(double));
        if (code == 0)
            code = c->kernels->narrow(staged, (char *)to + k * size, part);
    }
    return code ? code : hahn_cuda_wait();
}

/* -- a workspace ------------------------------------------------------------------------------ */

static void release_all(hahn_engine *engine, hahn_cuda *c)
{
    hahn_cuda_release_counted(engine, c->sums, c->sums_bytes);
    hahn_cuda_release_counted(engine, c->block, c->plan.block_bytes);
    hahn_cuda_release_counted(engine, c->image, c->plan.image.device_bytes);
    hahn_release(engine, c->staged, HAHN_STAGED, sizeof(double));
    hahn_release(engine, c->host_image, c->plan.image.bytes, 1);
    hahn_release(engine, c, 1, sizeof *c);
}

static hahn_status allocate_all(hahn_engine *engine, hahn_cuda *c)
{
    void *memory;
    const hahn_cuda_plan *p = &c->plan;
    /* The states first: theirs is the message worth reading. */
    hahn_status status = hahn_cuda_allocate_counted(engine, c->device, p->block_bytes,
                                                    "the states of the workspace", &memory);
    c->block = memory;
    if (status == HAHN_OK)
        status = hahn_cuda_allocate_counted(engine, c->device, p->image.device_bytes, "the program",
                                            &memory);
    c->image = c->block ? memory : NULL;
    if (status != HAHN_OK) {
        c->image = NULL;
        return status;
    }
    status = hahn_allocate(engine, p->image.bytes, 1, "the program for the device", &memory);
    c->host_image = memory;
    if (status == HAHN_OK)
        status = hahn_allocate(engine, HAHN_STAGED, sizeof(double), "the workspace", &memory);
    c->staged = c->host_image ? memory : NULL;
    return status;
}

static hahn_status fill_image(hahn_workspace *ws, hahn_cuda *c)
{
    const hahn_image_plan *plan = &c->plan.image;
    hahn_image_fill(ws->program, ws->precision, ws->kept == 0, plan, c->host_image);
    int code = hahn_cuda_upload(c->image, c->host_image, plan->device_bytes);
    /* What no term writes is read all the same where sums are folded. */
    if (code == 0)
        code = hahn_cuda_clear(c->block + c->plan.coefficients,
                               c->plan.block_bytes - c->plan.coefficients);
    if (code == 0)
        code = hahn_cuda_wait();
    return hahn_cuda_status(ws->engine, code, "to prepare the program");
}

/* Programs keep the tiles that they were compiled for. */
static hahn_status check_program(const hahn_workspace *ws)
{
    const int most = ws->precision == HAHN_F64 ? HAHN_MOST_SPAN - 1 : HAHN_MOST_SPAN;
    if (ws->program->tile_qubits <= most)
        return HAHN_OK;
    return hahn_fail(ws->engine, HAHN_ERR_BACKEND,
                     "the program has tiles of %d qubits and the cuda backend takes up to %d: "
                     "compile it after choosing backend and precision",
                     ws->program->tile_qubits, most);
}

/* Shared memory of a block that carries tangents back: four tiles, what looks leave, and what walks
   keep (cuda/walk.cuh): four passes, and of two passes the turns, coefficients and rates. */
static uint64_t tangent_bytes(const hahn_workspace *ws)
{
    const uint64_t amplitude = ws->precision == HAHN_F64 ? 16 : 8;
    const uint64_t span = hahn_bit(hahn_image_span(ws->program));
    const uint64_t kept = 4 * sizeof(hahn_pass) +
                          2 * HAHN_PASS_SLOTS * (sizeof(hahn_turn) + amplitude + amplitude / 2);
    return 4 * amplitude * span + span / HAHN_HELD / 32 * HAHN_LOOKS_OF_WARP * sizeof(double) +
           kept;
}

/* What evaluations take, every device of the least compute capability gives. */
static hahn_status check_shared(const hahn_workspace *ws)
{
    hahn_cuda_device_info info;
    if (ws->purpose != HAHN_FOR_TANGENT || !hahn_cuda_device(ws->engine->device, &info) ||
        tangent_bytes(ws) <= info.shared_bytes)
        return HAHN_OK;
    return hahn_fail(ws->engine, HAHN_ERR_BACKEND,
                     "tangents of tiles of %d qubits take %" PRIu64
                     " bytes of shared memory, and device %d gives a block %" PRIu64
                     ": compile the program after hahn_engine_set_tile(engine, %d), or use "
                     "--backend cpu",
                     ws->program->tile_qubits, tangent_bytes(ws), ws->engine->device,
                     info.shared_bytes, ws->program->tile_qubits - 1);
}

static const hahn_cuda_kernels *kernels_of(hahn_precision precision)
{
#define KERNELS(f)                                                                                 \
    {                                                                                              \
        .bind = hahn_cuda_bind_##f, .start = hahn_cuda_start_##f,                                  \
        .forward = hahn_cuda_forward_##f, .backward = hahn_cuda_backward_##f,                      \
        .rate = hahn_cuda_rate_##f, .tangent_forward = hahn_cuda_tangent_forward_##f,              \
        .tangent_backward = hahn_cuda_tangent_backward_##f, .observe = hahn_cuda_observe_##f,      \
        .evaluate = hahn_cuda_evaluate_##f, .distance = hahn_cuda_distance_##f,                    \
        .overlap = hahn_cuda_overlap_##f, .overlap_im = hahn_cuda_overlap_im_##f,                  \
        .expect = hahn_cuda_expect_##f, .combine = hahn_cuda_combine_##f,                          \
        .widen = hahn_cuda_widen_##f, .narrow = hahn_cuda_narrow_##f,                              \
        .accumulate = hahn_cuda_accumulate_##f, .draw = hahn_cuda_draw_##f,                        \
        .random = hahn_cuda_random_##f, .normalise = hahn_cuda_normalise_##f                       \
    }
    static const hahn_cuda_kernels kernels[] = {KERNELS(f64), KERNELS(f32)};
#undef KERNELS
    return &kernels[precision];
}

hahn_status hahn_cuda_open(hahn_workspace *ws)
{
    void *memory;
    hahn_engine *engine = ws->engine;
    hahn_status status = check_program(ws);
    if (status == HAHN_OK)
        status = check_shared(ws);
    if (status == HAHN_OK)
        status = hahn_cuda_status(engine, hahn_cuda_choose(engine->device), "to choose the device");
    if (status == HAHN_OK)
        status = hahn_allocate(engine, 1, sizeof(hahn_cuda), "the workspace", &memory);
    if (status != HAHN_OK)
        return status;
    hahn_cuda *c = memory;
    *c = (hahn_cuda){
        .kernels = kernels_of(ws->precision),
        .device = engine->device,
        .plan = hahn_cuda_measure(ws->program, ws->precision, ws->lanes, ws->purpose, ws->kept)};
    status = allocate_all(engine, c);
    if (status == HAHN_OK)
        status = fill_image(ws, c);
    if (status != HAHN_OK) {
        release_all(engine, c);
        return status;
    }
    ws->storage = c;
    ws->at_once = hahn_cuda_is_resident(ws);
    return HAHN_OK;
}

void hahn_cuda_close(hahn_workspace *ws)
{
    (void)hahn_cuda_choose(hahn_cuda_of(ws)->device);
    hahn_cuda_clear_starts(ws);
    hahn_blas_close(&hahn_cuda_of(ws)->blas);
    release_all(ws->engine, hahn_cuda_of(ws));
}
