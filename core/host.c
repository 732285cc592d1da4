/* The driver of host backends: lanes and chunks over threads, partial sums folded in order. */
#include "core/host.h"

#include <math.h>
#include <string.h>

static int inner_threads(const hahn_workspace *ws, int64_t lanes)
{
    return lanes > 1 || ws->program->qubits < HAHN_THREADED_QUBITS ? 1 : ws->threads;
}

/* Run `task(ws, lane, context)` for each lane, several at once where there are several. */
typedef void (*lane_task)(hahn_workspace *ws, int64_t lane, int threads, void *context);

static void for_lanes(hahn_workspace *ws, int64_t lanes, lane_task task, void *context)
{
    const int threads = inner_threads(ws, lanes);
    if (lanes == 1) {
        task(ws, 0, threads, context);
        return;
    }
    /* Waking a thread costs as much as some ten thousand updates of an amplitude. */
    const uint64_t updates =
        hahn_saturating_multiply(ws->program->terms.count + 1, hahn_bit(ws->program->qubits));
#pragma omp parallel for schedule(dynamic, 1) num_threads(ws->threads) if (updates > 16384)
    for (int64_t lane = 0; lane < lanes; lane++)
        task(ws, lane, threads, context);
}

static hahn_host *host_of(const hahn_workspace *ws)
{
    return ws->storage;
}

typedef void (*kernel)(const hahn_program *, hahn_lane *, const hahn_stage *, uint64_t, uint64_t);

static void run_pass(const hahn_workspace *ws, hahn_lane *lane, const hahn_stage *stage, kernel run,
                     uint64_t pass, int threads)
{
    const hahn_program *program = ws->program;
    const int64_t chunks = (int64_t)host_of(ws)->kernels->chunks(program, stage);
    if (chunks == 1 || threads == 1) {
        for (int64_t chunk = 0; chunk < chunks; chunk++)
            run(program, lane, stage, pass, (uint64_t)chunk);
        return;
    }
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t chunk = 0; chunk < chunks; chunk++)
        run(program, lane, stage, pass, (uint64_t)chunk);
}

typedef struct range {
    uint64_t first, end;
    double *gradients;
} range;

static void forward_lane(hahn_workspace *ws, int64_t index, int threads, void *context)
{
    const range *stages = context;
    const hahn_host *host = host_of(ws);
    for (uint64_t k = stages->first; k < stages->end; k++) {
        const hahn_stage *stage = hahn_program_stage(ws->program, k);
        const uint64_t passes = host->kernels->passes(ws->program, stage);
        for (uint64_t pass = 0; pass < passes; pass++)
            run_pass(ws, &host->lanes[index], stage, host->kernels->forward, pass, threads);
    }
}

hahn_status hahn_host_forward(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end)
{
    for_lanes(ws, lanes, forward_lane, &(range){first, end, NULL});
    return HAHN_OK;
}

/* Fold the chunks' rows in order and hand each term's derivative to its parameters. */
static void collect(const hahn_program *program, const hahn_lane *lane, const hahn_stage *stage,
                    uint64_t rows, double *gradient)
{
    const hahn_member *members = program->members.data;
    for (uint64_t t = 0; t < stage->count; t++) {
        const hahn_term *term = hahn_program_term(program, stage->first + t);
        double moment = 0;
        for (uint64_t row = 0; row < rows; row++)
            moment += lane->moments[row * stage->count + t];
        for (uint64_t m = term->first_member; m < term->first_member + term->members; m++)
            gradient[members[m].index] += members[m].scale * moment;
    }
}

static void backward_lane(hahn_workspace *ws, int64_t index, int threads, void *context)
{
    const range *stages = context;
    const hahn_host *host = host_of(ws);
    const hahn_program *program = ws->program;
    hahn_lane *lane = &host->lanes[index];
    for (uint64_t k = stages->end; k-- > stages->first;) {
        const hahn_stage *stage = hahn_program_stage(program, k);
        const uint64_t rows = host->kernels->chunks(program, stage);
        if (stage->trainable)
            memset(lane->moments, 0, rows * stage->count * sizeof(double));
        for (uint64_t pass = host->kernels->passes(program, stage); pass-- > 0;)
            run_pass(ws, lane, stage, host->kernels->backward, pass, threads);
        if (stage->trainable)
            collect(program, lane, stage, rows, stages->gradients + index * program->parameters);
    }
}

hahn_status hahn_host_backward(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end,
                               double *gradients)
{
    for_lanes(ws, lanes, backward_lane, &(range){first, end, gradients});
    return HAHN_OK;
}

typedef struct observation {
    bool keep;
    double *energies;
} observation;

static double fold(const double *parts, uint64_t count)
{
    double sum = 0;
    for (uint64_t k = 0; k < count; k++)
        sum += parts[k];
    return sum;
}

static void observe_lane(hahn_workspace *ws, int64_t index, int threads, void *context)
{
    const observation *o = context;
    const hahn_host *host = host_of(ws);
    const int64_t chunks = (int64_t)ws->program->chunks;
    hahn_lane *lane = &host->lanes[index];
#pragma omp parallel for schedule(static) num_threads(threads) if (threads > 1)
    for (int64_t chunk = 0; chunk < chunks; chunk++)
        lane->sums[chunk] = host->kernels->observe(ws->program, lane, (uint64_t)chunk, o->keep);
    o->energies[index] = fold(lane->sums, ws->program->chunks);
}

hahn_status hahn_host_observe(hahn_workspace *ws, int64_t lanes, bool keep, double *energies)
{
    for_lanes(ws, lanes, observe_lane, &(observation){keep, energies});
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
    hahn_shift shift;
} binding;

static void bind_lane(hahn_workspace *ws, int64_t index, int threads, void *context)
{
    const binding *b = context;
    const hahn_program *program = ws->program;
    const double *theta = hahn_row(b->thetas, index, program->parameters);
    hahn_lane *lane = &host_of(ws)->lanes[index];
    ledger owed = {0, 0};
    (void)threads;
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

hahn_status hahn_host_bind(hahn_workspace *ws, int64_t lanes, const double *thetas,
                           hahn_shift shift)
{
    for_lanes(ws, lanes, bind_lane, &(binding){thetas, shift});
    for (int64_t k = 0; k < lanes; k++)
        if (!host_of(ws)->lanes[k].bound)
            return hahn_fail(ws->engine, HAHN_ERR_PARAMETER,
                             "an angle, scale * theta + offset, is not finite: use smaller "
                             "parameters or scales");
    return HAHN_OK;
}
