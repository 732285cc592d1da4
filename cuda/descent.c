/* Training on the device: parameters, gradients and the optimiser's state are in its memory. All of
   an evaluation is put in line at once and waited for once, and what comes back is a few numbers a
   row. From the second evaluation on it is replayed from a recording. */
#include "cuda/descent.h"

#include "cuda/evaluate.h"

#include <math.h>
#include <string.h>

/* Parts of a row's sum of squares. */
#define PARTS UINT64_C(32)

/* Launches worth recording. More of them are of a state so large, or a circuit so deep, that the
   device is busy for longer than it takes to put them in line; and what a recording takes is memory
   that nobody has counted. */
#define MOST_RECORDED UINT64_C(4096)

/* What an evaluation leaves, on the device and fetched: of each row what its lane came to, and the
   square of its gradient's norm; for all of them whether something was not finite. */
typedef struct results {
    hahn_evaluated *evaluated;
    double *squares;
    int *faulty;
} results;

typedef struct hahn_cuda_descent {
    results own, fetched;
    double *parts;
    uint64_t block_bytes;
    bool warm;                /* evaluated before: kernels are loaded, which recording may not do */
    bool unrecorded;          /* for good: it did not work */
    void *recording;          /* NULL: none */
    hahn_cycle starts, sums;  /* of the workspace, when it was made */
    const void *psi, *lambda; /* likewise: states may change places */
} hahn_cuda_descent;

static hahn_cuda_descent *descent_of(const hahn_descent *d)
{
    return d->storage;
}

/* -- storage ---------------------------------------------------------------------------------- */

static uint64_t result_bytes(int64_t batch)
{
    return (uint64_t)batch * (sizeof(hahn_evaluated) + sizeof(double)) + sizeof(double);
}

static results results_at(void *memory, int64_t batch)
{
    results r = {.evaluated = memory};
    r.squares = (double *)(void *)(r.evaluated + batch);
    r.faulty = (int *)(void *)(r.squares + batch);
    return r;
}

/* The numbers, results, and parts of sums. */
static uint64_t block_bytes(uint64_t count, int64_t batch)
{
    const uint64_t parts = (uint64_t)batch * PARTS * sizeof(double);
    return hahn_saturating_add(hahn_saturating_multiply(count, sizeof(double)),
                               result_bytes(batch) + parts);
}

static uint64_t bytes(uint64_t count, int64_t batch)
{
    return hahn_saturating_add(block_bytes(count, batch),
                               sizeof(hahn_cuda_descent) + result_bytes(batch));
}

static void release_all(hahn_descent *d)
{
    hahn_engine *engine = d->workspace->engine;
    hahn_cuda_descent *c = descent_of(d);
    hahn_release(engine, c->fetched.evaluated, result_bytes(d->options.batch), 1);
    hahn_cuda_release_counted(engine, d->numbers, c->block_bytes);
    hahn_release(engine, c, 1, sizeof *c);
}

static hahn_status allocate_all(hahn_descent *d)
{
    hahn_engine *engine = d->workspace->engine;
    hahn_cuda_descent *c = descent_of(d);
    const int64_t batch = d->options.batch;
    void *memory;
    hahn_status status =
        hahn_cuda_allocate_counted(engine, hahn_cuda_of(d->workspace)->device, c->block_bytes,
                                   "the vectors of the descent", &memory);
    if (status != HAHN_OK)
        return status;
    d->numbers = memory;
    c->own = results_at(d->numbers + d->count, batch);
    c->parts = (double *)(void *)((char *)(d->numbers + d->count) + result_bytes(batch));
    status = hahn_allocate(engine, result_bytes(batch), 1, "the results of the descent", &memory);
    if (status == HAHN_OK)
        c->fetched = results_at(memory, batch);
    return status;
}

static hahn_status open_block(hahn_descent *d)
{
    hahn_engine *engine = d->workspace->engine;
    void *memory;
    hahn_status status = hahn_cuda_enter(d->workspace);
    if (status == HAHN_OK)
        status = hahn_allocate(engine, 1, sizeof(hahn_cuda_descent), "a descent", &memory);
    if (status != HAHN_OK)
        return status;
    d->storage = memory;
    *descent_of(d) = (hahn_cuda_descent){.block_bytes = block_bytes(d->count, d->options.batch)};
    status = allocate_all(d);
    if (status == HAHN_OK) {
        const int code = hahn_cuda_clear(d->numbers, descent_of(d)->block_bytes);
        status = hahn_cuda_status(engine, code ? code : hahn_cuda_wait(), "to clear a descent");
    }
    if (status != HAHN_OK)
        release_all(d);
    return status;
}

static void forget_recording(hahn_cuda_descent *c)
{
    if (c->recording)
        (void)hahn_cuda_erase(c->recording);
    c->recording = NULL;
}

static void close_block(hahn_descent *d)
{
    (void)hahn_cuda_choose(hahn_cuda_of(d->workspace)->device);
    forget_recording(descent_of(d));
    release_all(d);
}

/* -- in and out ------------------------------------------------------------------------------- */

static hahn_status load(hahn_descent *d, double *to, const double *from, uint64_t count)
{
    const hahn_status status = hahn_cuda_enter(d->workspace);
    if (status != HAHN_OK)
        return status;
    return hahn_cuda_status(d->workspace->engine,
                            hahn_cuda_upload(to, from, count * sizeof(double)),
                            "to load a descent");
}

static hahn_status save(const hahn_descent *d, double *to, const double *from, uint64_t count)
{
    const hahn_status status = hahn_cuda_enter(d->workspace);
    if (status != HAHN_OK)
        return status;
    return hahn_cuda_status(d->workspace->engine,
                            hahn_cuda_download(to, from, count * sizeof(double)),
                            "to save a descent");
}

static hahn_status copy(hahn_descent *d, double *to, const double *from, uint64_t count)
{
    const hahn_status status = hahn_cuda_enter(d->workspace);
    if (status != HAHN_OK)
        return status;
    const int code = hahn_cuda_copy(to, from, count * sizeof(double));
    return hahn_cuda_status(d->workspace->engine, code ? code : hahn_cuda_wait(),
                            "to copy within a descent");
}

/* -- what an evaluation puts in line ---------------------------------------------------------- */

/* Numbers from one row's results to the next one's. */
#define STRIDE ((uint64_t)(sizeof(hahn_evaluated) / sizeof(double)))

static int launch_forward(const hahn_workspace *ws, int64_t lanes)
{
    int code = hahn_cuda_launch_start(ws, lanes);
    for (uint64_t s = 0; s < ws->segments && code == 0; s++) {
        code = hahn_cuda_launch_forward(ws, lanes, s ? ws->ends[s - 1] : 0, ws->ends[s],
                                        hahn_cuda_of(ws)->kernels->forward);
        if (code == 0 && s + 1 < ws->segments)
            code = hahn_cuda_launch_keep(ws, lanes, s);
    }
    return code;
}

static int launch_observe(const hahn_workspace *ws, int64_t lanes, hahn_evaluated *out)
{
    const int code =
        hahn_cuda_launch_observe(ws, lanes, hahn_cuda_sums(ws), hahn_cuda_state(ws, HAHN_PSI),
                                 hahn_cuda_state(ws, HAHN_LAMBDA));
    return code ? code : hahn_cuda_launch_fold(ws, lanes, &out->energy, STRIDE, false);
}

/* psi goes on from what was kept at the beginning of a segment; how far off it was is an echo. */
static int launch_recall(const hahn_workspace *ws, int64_t lanes, uint64_t slot,
                         hahn_evaluated *out)
{
    int code = hahn_cuda_launch_kept_distance(ws, lanes, slot);
    if (code == 0)
        code = hahn_cuda_launch_fold(ws, lanes, &out->echo, STRIDE, true);
    return code ? code : hahn_cuda_launch_recall(ws, lanes, slot);
}

static int launch_backward(const hahn_workspace *ws, int64_t lanes, hahn_evaluated *out)
{
    int code = 0;
    for (uint64_t s = ws->segments; s-- > 0 && code == 0;) {
        code = hahn_cuda_launch_backward(ws, lanes, s ? ws->ends[s - 1] : 0, ws->ends[s],
                                         hahn_cuda_of(ws)->kernels->backward);
        if (code == 0 && s > 0)
            code = launch_recall(ws, lanes, s - 1, out);
    }
    return code;
}

static int launch_certify(const hahn_workspace *ws, int64_t lanes, hahn_evaluated *out)
{
    int code = hahn_cuda_launch_start_distance(ws, lanes);
    if (code == 0)
        code = hahn_cuda_launch_fold(ws, lanes, &out->echo, STRIDE, true);
    if (code == 0)
        code = hahn_cuda_launch_overlap(ws, lanes);
    return code ? code : hahn_cuda_launch_fold(ws, lanes, &out->start_energy, STRIDE, false);
}

static int launch_sweeps(const hahn_workspace *ws, int64_t lanes, hahn_evaluated *out)
{
    int code = launch_forward(ws, lanes);
    if (code == 0)
        code = launch_observe(ws, lanes, out);
    if (code == 0)
        code = launch_backward(ws, lanes, out);
    return code ? code : launch_certify(ws, lanes, out);
}

/* Rows of the batch that run side by side, from `row` on; *count of them. */
static int launch_rows(const hahn_descent *d, int64_t row, int64_t *count)
{
    const hahn_cuda_descent *c = descent_of(d);
    hahn_workspace *ws = d->workspace;
    const int64_t at = row * ws->program->parameters;
    const int64_t lanes = *count = hahn_take_entries(ws, row, d->options.batch);
    hahn_evaluated *out = c->own.evaluated + row;
    int code = hahn_cuda_launch_bind(ws, lanes, d->theta + at, HAHN_NO_SHIFT, c->own.faulty);
    if (code == 0)
        code = ws->at_once ? hahn_cuda_launch_evaluation(ws, lanes, true, out)
                           : launch_sweeps(ws, lanes, out);
    return code ? code : hahn_cuda_launch_gather(ws, lanes, d->gradient + at);
}

static int launch_norms(const hahn_descent *d)
{
    const hahn_cuda_descent *c = descent_of(d);
    const hahn_cuda_squaring s = {.theta = d->theta,
                                  .gradient = d->gradient,
                                  .parameters = (uint64_t)d->workspace->program->parameters,
                                  .rows = d->options.batch,
                                  .parts = c->parts,
                                  .count = PARTS,
                                  .faulty = c->own.faulty};
    const hahn_cuda_folding f = {.parts = c->parts,
                                 .count = PARTS,
                                 .sums = c->own.squares,
                                 .stride = 1,
                                 .sum_count = d->options.batch};
    const int code = hahn_cuda_square(&s);
    return code ? code : hahn_cuda_fold(&f);
}

static int launch_all(const hahn_descent *d)
{
    const int64_t batch = d->options.batch;
    /* Echoes are the largest of several, from 0 on. */
    int code = hahn_cuda_clear(descent_of(d)->own.evaluated, result_bytes(batch));
    for (int64_t row = 0, lanes; row < batch && code == 0; row += lanes)
        code = launch_rows(d, row, &lanes);
    return code ? code : launch_norms(d);
}

/* -- recording it ----------------------------------------------------------------------------- */

/* About how many launches there are: forward, backward and a fold for each sweep. */
static bool is_worth_recording(const hahn_descent *d)
{
    const hahn_workspace *ws = d->workspace;
    const uint64_t groups = (uint64_t)((d->options.batch - 1) / ws->lanes + 1);
    const uint64_t each = ws->at_once ? 3 : 3 * ws->program->sweeps.count + 8 * ws->segments;
    return hahn_saturating_multiply(groups, each) <= MOST_RECORDED;
}

/* What cannot be recorded is launched each time, to the same end: if it was the device that failed,
   launching tells. */
static void record(hahn_descent *d)
{
    hahn_cuda_descent *c = descent_of(d);
    int code = hahn_cuda_begin_recording();
    if (code == 0) {
        const int launched = launch_all(d), ended = hahn_cuda_end_recording(&c->recording);
        code = launched ? launched : ended;
    }
    if (code)
        forget_recording(c);
    c->unrecorded = code != 0;
    c->starts = hahn_cuda_starts(d->workspace);
    c->sums = hahn_cuda_sums(d->workspace);
    c->psi = hahn_cuda_state(d->workspace, HAHN_PSI);
    c->lambda = hahn_cuda_state(d->workspace, HAHN_LAMBDA);
}

/* A recording knows of what entries take in turn where it is and how much there is of it. */
static bool same_items(hahn_cycle a, hahn_cycle b)
{
    return a.items == b.items && a.count == b.count;
}

static bool is_outdated(const hahn_descent *d)
{
    const hahn_cuda_descent *c = descent_of(d);
    return !same_items(c->starts, hahn_cuda_starts(d->workspace)) ||
           !same_items(c->sums, hahn_cuda_sums(d->workspace)) ||
           c->psi != hahn_cuda_state(d->workspace, HAHN_PSI) ||
           c->lambda != hahn_cuda_state(d->workspace, HAHN_LAMBDA);
}

static int run_all(hahn_descent *d)
{
    hahn_cuda_descent *c = descent_of(d);
    if (c->recording && is_outdated(d))
        forget_recording(c);
    if (c->warm && !c->recording && !c->unrecorded && is_worth_recording(d))
        record(d);
    return c->recording ? hahn_cuda_replay(c->recording) : launch_all(d);
}

/* -- evaluating ------------------------------------------------------------------------------- */

static void tell_times(const hahn_descent *d, double seconds)
{
    hahn_times *times = &d->workspace->times;
    *times = (hahn_times){.total = seconds};
    if (!hahn_cuda_share_time(descent_of(d)->fetched.evaluated, seconds, times))
        times->bind = times->forward = times->observable = times->backward = NAN;
}

static void tell_results(const hahn_descent *d, double *energies, double *norms,
                         hahn_certificate *certificates)
{
    const results *r = &descent_of(d)->fetched;
    for (int64_t row = 0; row < d->options.batch; row++) {
        if (energies)
            energies[row] = r->evaluated[row].energy;
        if (norms)
            norms[row] = sqrt(r->squares[row]);
        if (certificates)
            certificates[row] = (hahn_certificate){.echo_error = sqrt(r->evaluated[row].echo),
                                                   .start_energy = r->evaluated[row].start_energy};
    }
}

static hahn_status evaluate(hahn_descent *d, double *energies, double *norms,
                            hahn_certificate *certificates)
{
    hahn_workspace *ws = d->workspace;
    hahn_cuda_descent *c = descent_of(d);
    const int64_t batch = d->options.batch;
    const double begin = hahn_seconds();
    const hahn_status status = hahn_cuda_enter(ws);
    if (status != HAHN_OK)
        return status;
    ws->finished = 0;
    int code = run_all(d);
    if (code == 0)
        code = hahn_cuda_download(c->fetched.evaluated, c->own.evaluated, result_bytes(batch));
    if (code)
        return hahn_cuda_status(ws->engine, code, "to evaluate a descent");
    if (*c->fetched.faulty)
        return hahn_fail_angle(ws->engine);
    c->warm = true;
    tell_times(d, hahn_seconds() - begin);
    tell_results(d, energies, norms, certificates);
    ws->finished = batch <= ws->lanes ? batch : 0;
    return HAHN_OK;
}

static hahn_status step(hahn_descent *d, const hahn_update *update)
{
    const hahn_status status = hahn_cuda_enter(d->workspace);
    if (status != HAHN_OK)
        return status;
    const int code = hahn_cuda_step(update);
    return hahn_cuda_status(d->workspace->engine, code ? code : hahn_cuda_wait(), "to take a step");
}

const hahn_descent_ops hahn_cuda_descent_ops = {.bytes = bytes,
                                                .open = open_block,
                                                .close = close_block,
                                                .load = load,
                                                .save = save,
                                                .copy = copy,
                                                .evaluate = evaluate,
                                                .step = step};
