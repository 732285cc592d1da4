/* The driver of host backends: lanes and chunks over threads, partial sums folded in order. */
#include "core/host.h"

#include "core/parallel.h"

#include <math.h>
#include <string.h>

static hahn_host *host_of(const hahn_workspace *ws)
{
    return ws->storage;
}

static void *scratch_of(const hahn_workspace *ws, int worker)
{
    return host_of(ws)->scratch + (uint64_t)worker * host_of(ws)->scratch_bytes;
}

/* Run `task` for each lane, several at once where there are several; one lane alone may use
   `threads` threads, of which this is `worker`. */
typedef void (*lane_task)(hahn_workspace *ws, int64_t lane, int threads, int worker, void *context);

static void for_lanes(hahn_workspace *ws, int64_t lanes, lane_task task, void *context)
{
    if (lanes == 1) {
        task(ws, 0, ws->program->qubits < HAHN_THREADED_QUBITS ? 1 : ws->threads, 0, context);
        return;
    }
    /* Waking a thread costs as much as some ten thousand updates of an amplitude. */
    const uint64_t updates =
        hahn_saturating_multiply(ws->program->terms.count + 1, hahn_bit(ws->program->qubits));
    HAHN_PARALLEL(dynamic, updates > 16384 ? host_of(ws)->workers : 1)
    for (int64_t lane = 0; lane < lanes; lane++)
        task(ws, lane, 1, hahn_worker_number(), context);
}

static void run_tasks(int threads, int count, hahn_task task, void *context)
{
    if (threads == 1 || count == 1) {
        for (int k = 0; k < count; k++)
            task(context, k);
        return;
    }
    HAHN_PARALLEL(static, threads)
    for (int k = 0; k < count; k++)
        task(context, k);
}

/* A walk over stages [first, end) of a sweep: forward, or backward where `moments` is not NULL; of
   states alone, or of tangents too. */
typedef struct walk {
    const hahn_workspace *ws;
    hahn_lane *lane;
    const hahn_sweep *sweep;
    uint64_t first, end;
    uint64_t chunks;
    double *moments;
    bool tangent;
} walk;

static void walk_chunk(const walk *w, uint64_t chunk, int threads, void *scratch)
{
    const hahn_program *program = w->ws->program;
    const hahn_host_kernels *kernels = host_of(w->ws)->kernels;
    const uint64_t tiles = hahn_bit(program->qubits - program->tile_qubits) / w->chunks;
    const hahn_span span = {.sweep = w->sweep,
                            .first = w->first,
                            .end = w->end,
                            .first_tile = chunk * tiles,
                            .end_tile = (chunk + 1) * tiles,
                            .threads = threads,
                            .run = run_tasks};
    if (w->moments)
        (w->tangent ? kernels->backward_tangent : kernels->backward)(
            program, w->lane, &span, scratch, w->moments + chunk * w->sweep->terms);
    else
        (w->tangent ? kernels->forward_tangent : kernels->forward)(program, w->lane, &span,
                                                                   scratch);
}

static void walk_sweep(const walk *w, int threads, int worker)
{
    if (threads == 1 || w->chunks == 1) {
        for (uint64_t chunk = 0; chunk < w->chunks; chunk++)
            walk_chunk(w, chunk, threads, scratch_of(w->ws, worker));
        return;
    }
    HAHN_PARALLEL(static, host_of(w->ws)->workers)
    for (int64_t chunk = 0; chunk < (int64_t)w->chunks; chunk++)
        walk_chunk(w, (uint64_t)chunk, 1, scratch_of(w->ws, hahn_worker_number()));
}

typedef struct range {
    uint64_t first, end;
    bool tangent;
    double *gradients;
} range;

/* The part of a sweep in a range of stages; empty where first >= end. */
static walk walk_of(const hahn_workspace *ws, int64_t lane, uint64_t sweep, const range *r)
{
    const hahn_sweep *s = hahn_program_sweep(ws->program, sweep);
    return (walk){.ws = ws,
                  .lane = &host_of(ws)->lanes[lane],
                  .sweep = s,
                  .first = s->first > r->first ? s->first : r->first,
                  .end = s->end < r->end ? s->end : r->end,
                  .tangent = r->tangent,
                  .chunks = host_of(ws)->kernels->tiled ? hahn_walk_chunks(ws->program) : 1};
}

/* The first sweep that ends after a stage: a run of a few stages does not look at all of them. */
static uint64_t first_sweep(const hahn_program *program, uint64_t stage)
{
    uint64_t low = 0, high = program->sweeps.count;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (hahn_program_sweep(program, middle)->end > stage)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* One past the last sweep that has one of the stages before `stage`. */
static uint64_t end_sweep(const hahn_program *program, uint64_t stage)
{
    const uint64_t last = stage ? first_sweep(program, stage - 1) : 0;
    return last < program->sweeps.count ? last + 1 : last;
}

static void forward_lane(hahn_workspace *ws, int64_t index, int threads, int worker, void *context)
{
    const range *stages = context;
    const uint64_t end = end_sweep(ws->program, stages->end);
    for (uint64_t k = first_sweep(ws->program, stages->first); k < end; k++) {
        const walk w = walk_of(ws, index, k, stages);
        if (w.first < w.end)
            walk_sweep(&w, threads, worker);
    }
}

hahn_status hahn_host_forward(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end)
{
    for_lanes(ws, lanes, forward_lane, &(range){first, end, false, NULL});
    return HAHN_OK;
}

hahn_status hahn_host_forward_tangent(hahn_workspace *ws, int64_t lanes, uint64_t first,
                                      uint64_t end)
{
    for_lanes(ws, lanes, forward_lane, &(range){first, end, true, NULL});
    return HAHN_OK;
}

/* The terms of the stages of a walk, counted from the sweep's first. */
static void terms_of(const walk *w, uint64_t *first, uint64_t *end)
{
    *first = *end = 0;
    for (uint64_t k = w->end; k-- > w->first;) {
        const hahn_stage *stage = hahn_program_stage(w->ws->program, k);
        if (stage->kind > HAHN_STAGE_R)
            continue;
        *first = stage->first - w->sweep->first_term;
        *end = *end ? *end : *first + stage->count;
    }
}

/* Fold the chunks' rows in order and hand each term's derivative to its parameters. */
static void collect(const walk *w, uint64_t first, uint64_t end, double *gradient)
{
    const hahn_program *program = w->ws->program;
    const hahn_member *members = program->members.data;
    for (uint64_t t = first; t < end; t++) {
        const hahn_term *term = hahn_program_term(program, w->sweep->first_term + t);
        double moment = 0;
        for (uint64_t row = 0; row < w->chunks; row++)
            moment += w->moments[row * w->sweep->terms + t];
        for (uint64_t m = term->first_member; m < term->first_member + term->members; m++)
            gradient[members[m].index] += members[m].scale * moment;
    }
}

static void backward_lane(hahn_workspace *ws, int64_t index, int threads, int worker, void *context)
{
    const range *stages = context;
    const uint64_t first_of_all = first_sweep(ws->program, stages->first);
    for (uint64_t k = end_sweep(ws->program, stages->end); k-- > first_of_all;) {
        walk w = walk_of(ws, index, k, stages);
        uint64_t first, end;
        if (w.first >= w.end)
            continue;
        w.moments = w.lane->moments;
        terms_of(&w, &first, &end);
        for (uint64_t row = 0; row < w.chunks; row++)
            memset(w.moments + row * w.sweep->terms + first, 0, (end - first) * sizeof(double));
        walk_sweep(&w, threads, worker);
        if (end > first)
            collect(&w, first, end, stages->gradients + index * ws->program->parameters);
    }
}

hahn_status hahn_host_backward(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end,
                               double *gradients)
{
    for_lanes(ws, lanes, backward_lane, &(range){first, end, false, gradients});
    return HAHN_OK;
}

hahn_status hahn_host_backward_tangent(hahn_workspace *ws, int64_t lanes, uint64_t first,
                                       uint64_t end, double *products)
{
    for_lanes(ws, lanes, backward_lane, &(range){first, end, true, products});
    return HAHN_OK;
}

/* to <- O from, or its energy alone. */
typedef struct observation {
    const hahn_program *observed; /* NULL: each lane's own */
    hahn_which_state from, to;
    bool keep;
    double *energies;
} observation;

static void observe_lane(hahn_workspace *ws, int64_t index, int threads, int worker, void *context)
{
    const observation *o = context;
    const hahn_host *host = host_of(ws);
    const hahn_program *observed = o->observed ? o->observed : hahn_observed_of(ws, index);
    const int64_t chunks = (int64_t)observed->chunks;
    hahn_lane lane = host->lanes[index];
    (void)worker;
    lane.psi = *hahn_host_state(&host->lanes[index], o->from);
    lane.lambda = *hahn_host_state(&host->lanes[index], o->to);
    HAHN_PARALLEL(static, threads)
    for (int64_t chunk = 0; chunk < chunks; chunk++)
        lane.sums[chunk] = host->kernels->observe(observed, &lane, (uint64_t)chunk, o->keep);
    o->energies[index] = hahn_fold(lane.sums, observed->chunks);
}

hahn_status hahn_host_observe(hahn_workspace *ws, int64_t lanes, bool keep, double *energies)
{
    for_lanes(ws, lanes, observe_lane, &(observation){NULL, HAHN_PSI, HAHN_LAMBDA, keep, energies});
    return HAHN_OK;
}

hahn_status hahn_host_observe_state(hahn_workspace *ws, int64_t lanes, const hahn_program *observed,
                                    hahn_which_state from, hahn_which_state to, double *energies)
{
    for_lanes(ws, lanes, observe_lane, &(observation){observed, from, to, true, energies});
    return HAHN_OK;
}

/* cos and sin of part * angle. The sum of value and rest is made anew first, as joined angles of
   very different size leave a large rest; what is then below rounding enters to first order. */
static void cos_sin(hahn_angle angle, double part, double *c, double *s)
{
    const double sum = angle.value + angle.rest, back = sum - angle.value;
    const double rest = part * ((angle.value - (sum - back)) + (angle.rest - back));
    const double cosine = cos(part * sum), sine = sin(part * sum);
    const bool small = fabs(rest) < 0x1p-27;
    const double x = small ? 1 : cos(rest), y = small ? rest : sin(rest);
    *c = cosine * x - sine * y;
    *s = sine * x + cosine * y;
}

/* The same for fixed angles, which circuits repeat: rounded once, so that H turns by what it
 * should. */
static void cos_sin_fixed(hahn_angle angle, double part, double *c, double *s)
{
    const long double turn = (long double)part * ((long double)angle.value + angle.rest);
    *c = (double)cosl(turn);
    *s = (double)sinl(turn);
}

/* c^2 + s^2 - 1, exact but for the last addition. */
static double excess(double c, double s)
{
    const double cc = c * c, ss = s * s;
    const double rest = fma(c, c, -cc) + fma(s, s, -ss);
    return (cc > ss ? (cc - 1) + ss : (ss - 1) + cc) + rest;
}

/* A rounded pair (c, s) stretches by sqrt(c^2 + s^2), the same each time it is used: a circuit that
   repeats its angles would drift from norm 1 in proportion to its depth. So one of the numbers goes
   to its other neighbour, one `spacing` away, whenever that brings the sum of all excesses, *owed,
   closer to 0. This turns the pair by up to a spacing: the less the larger the number moved; where
   both have neighbours that far away, `toss` chooses, for turns of either sign that do not add up.
   Pairs without excess are left alone. */
static void balance(double *c, double *s, double spacing, bool toss, double *owed)
{
    const bool either = fabs(*c) >= 0.5 && fabs(*s) >= 0.5;
    double *moved = (either ? toss : fabs(*c) >= fabs(*s)) ? c : s;
    const double own = excess(*c, *s), sum = *owed + own, old = *moved;
    const double move = -copysign(spacing, sum * old);
    if (own == 0)
        return;
    *owed = sum;
    if (fabs(sum) <= fabs(old) * spacing || fabs(old + move) > 1)
        return;
    *moved = old + move;
    *owed += move * (*moved + old);
}

/* One bit of a hash of the index (Knuth's multiplicative one). */
static bool toss_of(uint64_t index)
{
    return index * 0x9e3779b97f4a7c15u >> 63;
}

/* Excesses of rotations of the whole state, and of those of a part of it. */
typedef struct ledger {
    double whole, part;
} ledger;

/* cos and sin of half the angle, or of the whole for a phase; computed in double, rounded once. */
static void bind_term(const hahn_term *term, hahn_angle angle, hahn_precision precision,
                      void *table, uint64_t index, ledger *owed)
{
    const bool whole = term->kind != HAHN_PHASE && !term->control;
    double c, s, *own = whole ? &owed->whole : &owed->part;
    (term->members ? cos_sin : cos_sin_fixed)(angle, term->kind == HAHN_PHASE ? 1 : 0.5, &c, &s);
    if (precision == HAHN_F64) {
        balance(&c, &s, 0x1p-53, toss_of(index), own);
        ((double *)table)[2 * index] = c;
        ((double *)table)[2 * index + 1] = s;
    } else {
        c = (float)c;
        s = (float)s;
        balance(&c, &s, 0x1p-24, toss_of(index), own);
        ((float *)table)[2 * index] = (float)c;
        ((float *)table)[2 * index + 1] = (float)s;
    }
}

typedef struct binding {
    const double *thetas;
    int64_t stride; /* from a lane's row to the next */
    hahn_shift shift;
} binding;

static void bind_lane(hahn_workspace *ws, int64_t index, int threads, int worker, void *context)
{
    const binding *b = context;
    const hahn_program *program = ws->program;
    const double *theta = hahn_row(b->thetas, index, b->stride);
    hahn_lane *lane = &host_of(ws)->lanes[index];
    ledger owed = {0, 0};
    (void)threads, (void)worker;
    if (host_of(ws)->kernels->bind) {
        lane->bound =
            host_of(ws)->kernels->bind(program, theta, b->shift, lane->coefficients, lane->scales);
        return;
    }
    lane->bound = true;
    for (uint64_t k = 0; k < program->terms.count; k++) {
        const hahn_term *term = hahn_program_term(program, k);
        hahn_angle angle = hahn_term_angle(program, term, theta);
        if (k == b->shift.term)
            angle = hahn_angle_add(angle, 1, b->shift.delta);
        lane->bound = lane->bound && isfinite(angle.value);
        bind_term(term, angle, ws->precision, lane->coefficients, k, &owed);
    }
}

/* How fast a term's angle changes along a direction, or along one parameter. */
static double rate_of(const hahn_program *program, const hahn_term *term, const double *direction,
                      int64_t parameter)
{
    const hahn_member *member = (const hahn_member *)program->members.data + term->first_member;
    double rate = 0;
    for (uint32_t k = 0; k < term->members; k++)
        rate += direction                      ? member[k].scale * direction[member[k].index]
                : member[k].index == parameter ? member[k].scale
                                               : 0;
    return rate;
}

/* A rotation by `angle` has half of Z, or of Y, as its generator; a phase all of a projector. */
static void rate_lane(hahn_workspace *ws, int64_t index, int threads, int worker, void *context)
{
    const hahn_course *c = context;
    const hahn_program *program = ws->program;
    const double *direction =
        c->directions ? hahn_row(c->directions, index, program->parameters) : NULL;
    double *rates = host_of(ws)->lanes[index].rates;
    (void)threads, (void)worker;
    for (uint64_t k = 0; k < program->terms.count; k++) {
        const hahn_term *term = hahn_program_term(program, k);
        rates[k] = rate_of(program, term, direction, c->first + index);
        rates[k] *= term->kind == HAHN_PHASE ? 1 : 0.5;
    }
}

static hahn_status bind(hahn_workspace *ws, int64_t lanes, binding b)
{
    for_lanes(ws, lanes, bind_lane, &b);
    for (int64_t k = 0; k < lanes; k++)
        if (!host_of(ws)->lanes[k].bound)
            return hahn_fail_angle(ws->engine);
    return HAHN_OK;
}

hahn_status hahn_host_bind(hahn_workspace *ws, int64_t lanes, const double *thetas,
                           hahn_shift shift)
{
    return bind(ws, lanes, (binding){thetas, ws->program->parameters, shift});
}

hahn_status hahn_host_bind_course(hahn_workspace *ws, int64_t lanes, const hahn_course *course)
{
    hahn_course c = *course;
    for_lanes(ws, lanes, rate_lane, &c);
    return bind(ws, lanes, (binding){c.thetas, c.stride, HAHN_NO_SHIFT});
}
