/* Walks with tangents: as core/cpu/walk.h has them, on two tiles side by side that go through the
   same stages, with the same tables:

       a   psi and mu
       b   chi and lambda

   The look at a pair of states is bilinear, and the derivative of Im <lambda|G|psi> along chi and
   mu is the sum of the looks at both tiles. What psi brings to chi and lambda to mu commutes with
   all else that a stage does. */
#ifndef HAHN_CORE_CPU_TANGENT_H
#define HAHN_CORE_CPU_TANGENT_H

#include "core/cpu/inject.h"
#include "core/cpu/rotation_untwist.h"
#include "core/cpu/walk.h"

typedef struct twins {
    hahn_lane lane_a, lane_b;
    tile a, b;
    bool backward;
    const hahn_stage *d, *r; /* NULL: none */
    double scale;            /* of r */
    const fetch *f;
    bool load, store;
    int group; /* of the rotations beyond an inner tile */
    diagonal diagonal;
    rotations rotations;
    looks looks;
    diagonal_rates diagonal_rates;
    rotation_rates rotation_rates;
} twins;

static void open_twins(twins *w, const hahn_program *program, const hahn_lane *lane,
                       const hahn_span *span, void *scratch)
{
    w->lane_a = w->lane_b = *lane;
    w->lane_a.lambda = lane->mu;
    w->lane_b.psi = lane->chi;
    w->a = open_tile(program, &w->lane_a, span, scratch);
    w->b = open_tile(program, &w->lane_b, span, (char *)scratch + scratch_bytes(program));
}

static double direction_of(const twins *w)
{
    return w->backward ? -1 : 1;
}

static void set_pending(twins *w, double pending)
{
    w->a.pending = w->b.pending = pending;
}

static void prepare_twin_rotations(twins *w)
{
    prepare_rotations(&w->a, w->r, (real)direction_of(w),
                      w->backward ? LOG_V + TWIN_ACROSS : BLOCK_BITS, &w->rotations);
    prepare_rotation_rates(&w->a, &w->rotations, direction_of(w), &w->rotation_rates);
}

/* The second tile's memory for a diagonal's high numbers is free. */
static void prepare_twin_diagonal(twins *w)
{
    prepare_diagonal(&w->a, w->d, &w->diagonal);
    set_pending(w, w->a.pending);
    prepare_diagonal_rates(&w->a, w->d, &w->diagonal, direction_of(w), w->b.high_re,
                           &w->diagonal_rates);
}

/* -- forward ---------------------------------------------------------------------------------- */

static void load_twin(tile *t, uint64_t first, uint64_t count)
{
    load_range(t, t->lane->psi, t->psi.now, first, count);
}

/* Where a couple's result stands. */
static pair result_of(const twins *w, const tile *t)
{
    return w->f->mode == FETCH_PLAIN ? t->psi.now : t->psi.spare;
}

/* Where no angle moves, states go one by one. */
static void forward_twin_diagonal(twins *w, uint64_t first)
{
    const uint64_t block = first / w->diagonal.vectors;
    const uint64_t end = block + w->a.inner / w->diagonal.vectors;
    if (w->diagonal_rates.any) {
        forward_twin_kernels[w->f->mode](&w->a, &w->b, w->d, &w->diagonal, &w->diagonal_rates, w->f,
                                         block, end);
        return;
    }
    forward_diagonal_kernels[w->f->mode](&w->a, w->d, &w->diagonal, w->f, block, end);
    forward_diagonal_kernels[w->f->mode](&w->b, w->d, &w->diagonal, w->f, block, end);
}

static void forward_twin_rotations(twins *w, uint64_t first)
{
    const pair psi = result_of(w, &w->a), chi = result_of(w, &w->b);
    if (w->rotation_rates.any) {
        twist_inner(&w->a, &w->rotations, &w->rotation_rates, psi, chi, first);
        return;
    }
    forward_inner(&w->a, &w->rotations, psi, first);
    forward_inner(&w->b, &w->rotations, chi, first);
}

static void forward_twin_part(void *context, int part)
{
    twins *w = context;
    uint64_t first, end;
    for (part_range(&w->a, part, &first, &end); first < end; first += w->a.inner) {
        if (w->load) {
            load_twin(&w->a, first, w->a.inner);
            load_twin(&w->b, first, w->b.inner);
        }
        if (w->d)
            forward_twin_diagonal(w, first);
        if (w->r)
            forward_twin_rotations(w, first);
    }
}

static void forward_twin_outer(void *context, int part)
{
    twins *w = context;
    uint64_t first, end;
    const int size = w->rotations.group_size[w->group];
    part_range(&w->a, part, &first, &end);
    twist_one_group(&w->a, &w->rotations, &w->rotation_rates, w->group, w->a.psi.now, w->b.psi.now,
                    first >> size, end >> size);
}

static void forward_twin_controlled(twins *w, uint64_t term)
{
    inject_controlled(&w->a, term, 1, w->a.psi.now, w->b.psi.now);
    forward_controlled(&w->a, term);
    forward_controlled(&w->b, term);
}

static void forward_twins(twins *w)
{
    if (w->d)
        prepare_twin_diagonal(w);
    else {
        lack(&w->a, w->scale, false);
        lack(&w->b, w->scale, false);
    }
    if (w->r)
        prepare_twin_rotations(w);
    for_parts(&w->a, forward_twin_part, w);
    if (w->f->mode != FETCH_PLAIN) {
        swap_spare(&w->a.psi);
        swap_spare(&w->b.psi);
    }
    if (!w->r)
        return;
    for (w->group = w->rotations.inner; w->group < w->rotations.groups; w->group++)
        for_parts(&w->a, forward_twin_outer, w);
    for (uint64_t k = w->r->first + w->r->low; k < w->r->first + w->r->count; k++)
        if (holds_outside(&w->a, k))
            forward_twin_controlled(w, k);
    set_pending(w, w->a.pending * w->scale);
}

/* -- backward --------------------------------------------------------------------------------- */

static quad quad_of(vec *psi, vec *mu, vec *chi, vec *lambda)
{
    return (quad){psi, mu, chi, lambda};
}

static quads states_of(const twins *w)
{
    const pair p = w->a.psi.now, m = w->a.lambda.now, c = w->b.psi.now, l = w->b.lambda.now;
    return (quads){quad_of(p.re, m.re, c.re, l.re), quad_of(p.im, m.im, c.im, l.im)};
}

static quads spares_of(const twins *w)
{
    const pair p = w->a.psi.spare, m = w->a.lambda.spare;
    const pair c = w->b.psi.spare, l = w->b.lambda.spare;
    return (quads){quad_of(p.re, m.re, c.re, l.re), quad_of(p.im, m.im, c.im, l.im)};
}

static bool can_fetch_twins(const twins *w)
{
    return w->r && w->r->low == w->r->count && w->rotations.low_end > w->rotations.first &&
           (w->f->mode == FETCH_ONE || w->f->mode == FETCH_TWO) &&
           twin_across(&w->a) == TWIN_ACROSS;
}

static void untwist_fetching(twins *w, int part, uint64_t first, uint64_t end)
{
    quad_work work = {
        .from = states_of(w), .to = spares_of(w), .sums = w->rotations.low_sums[part]};
    for (work.first = first; work.first < end; work.first = work.end) {
        work.end = work.first + w->a.inner;
        fetching_untwist_kernels[w->f->mode][w->rotations.low.plain](
            &w->a, &work, &w->rotations.low, &w->rotation_rates, w->f);
    }
}

static void fetch_twin_part(void *context, int part)
{
    twins *w = context;
    uint64_t first, end;
    part_range(&w->a, part, &first, &end);
    if (w->rotations.low_first) {
        untwist_fetching(w, part, first, end);
        return;
    }
    gather_state(w->f, &w->a.psi, first, end);
    gather_state(w->f, &w->a.lambda, first, end);
    gather_state(w->f, &w->b.psi, first, end);
    gather_state(w->f, &w->b.lambda, first, end);
}

static void fetch_twins(twins *w)
{
    if (w->f->mode == FETCH_PLAIN)
        return;
    w->rotations.low_first = can_fetch_twins(w);
    for_parts(&w->a, fetch_twin_part, w);
    swap_spare(&w->a.psi);
    swap_spare(&w->a.lambda);
    swap_spare(&w->b.psi);
    swap_spare(&w->b.lambda);
}

static void backward_twin_outer(void *context, int part)
{
    twins *w = context;
    uint64_t first, end;
    const int size = w->rotations.group_size[w->group];
    part_range(&w->a, part, &first, &end);
    untwist_one_group(&w->a, &w->rotations, &w->rotation_rates, w->group, states_of(w), part,
                      first >> size, end >> size);
}

static void backward_twin_controlled(twins *w, uint64_t term)
{
    backward_controlled(&w->a, term);
    backward_controlled(&w->b, term);
    inject_controlled(&w->a, term, -1, w->a.psi.now, w->b.psi.now);
    inject_controlled(&w->a, term, -1, w->b.lambda.now, w->a.lambda.now);
}

static void backward_twin_rotations(twins *w)
{
    for (uint64_t k = w->r->first + w->r->low; k < w->r->first + w->r->count; k++)
        if (holds_outside(&w->a, k))
            backward_twin_controlled(w, k);
    for (w->group = w->rotations.inner; w->group < w->rotations.groups; w->group++)
        for_parts(&w->a, backward_twin_outer, w);
}

static void store_twin(tile *t, uint64_t first, uint64_t count)
{
    scale_range(t->psi.now, first, count, (real)t->pending);
    scale_range(t->lambda.now, first, count, (real)t->pending);
    store_range(t, t->psi.now, t->lane->psi, first, count);
    store_range(t, t->lambda.now, t->lane->lambda, first, count);
}

static void backward_twin_part(void *context, int part)
{
    twins *w = context;
    uint64_t first, end;
    for (part_range(&w->a, part, &first, &end); first < end; first += w->a.inner) {
        const uint64_t block = w->d ? first / w->diagonal.vectors : 0;
        if (w->r)
            untwist_inner(&w->a, &w->rotations, &w->rotation_rates, states_of(w), part, first);
        if (w->d)
            backward_twin_diagonal(&w->a, &w->b, w->d, &w->diagonal, &w->diagonal_rates, &w->looks,
                                   part, block, block + w->a.inner / w->diagonal.vectors);
        if (!w->store)
            continue;
        store_twin(&w->a, first, w->a.inner);
        store_twin(&w->b, first, w->b.inner);
    }
}

static void begin_twin_rotations(twins *w)
{
    lack(&w->a, w->scale, true);
    lack(&w->b, w->scale, true);
    prepare_twin_rotations(w);
    clear_sums(&w->a, &w->rotations);
}

static void backward_twins(twins *w)
{
    w->rotations.low_first = false;
    if (w->r)
        begin_twin_rotations(w);
    fetch_twins(w);
    if (w->r)
        backward_twin_rotations(w);
    const double before = w->a.pending;
    set_pending(w, before * w->scale);
    if (w->d) {
        prepare_twin_diagonal(w);
        begin_looks(&w->a, w->d, &w->diagonal, &w->looks);
    }
    if (w->d && looks_one_by_one(w->d, &w->diagonal))
        for (int part = 0; part < w->a.parts; part++)
            backward_twin_part(w, part);
    else
        for_parts(&w->a, backward_twin_part, w);
    if (w->d)
        end_looks(&w->a, w->d, &w->diagonal, &w->looks);
    const double after = w->a.pending;
    w->a.pending = before;
    if (w->r)
        keep_moments(&w->a, &w->rotations);
    set_pending(w, after);
}

/* -- a tile's stages -------------------------------------------------------------------------- */

static void open_stages(twins *w, const hahn_stage *d, const hahn_stage *r, const fetch *f)
{
    const hahn_stage *stages = w->a.program->stages.data;
    w->d = d;
    w->r = r;
    w->f = f;
    w->scale = r ? w->a.lane->scales[r - stages] : 1;
    w->load = w->store = false;
}

static void run_matrix(twins *w, const hahn_stage *stage)
{
    run_dense(&w->a, stage, w->a.mask, w->backward, w->a.psi.now,
              w->backward ? &w->a.lambda.now : NULL);
    run_dense(&w->b, stage, w->b.mask, w->backward, w->b.psi.now,
              w->backward ? &w->b.lambda.now : NULL);
}

static void permute_twins(twins *w, const hahn_stage *stage)
{
    permute(&w->a, stage, w->backward);
    permute(&w->b, stage, w->backward);
}

static void load_twins(twins *w)
{
    load_twin(&w->a, 0, w->a.vectors);
    load_twin(&w->b, 0, w->b.vectors);
    if (!w->backward)
        return;
    load_range(&w->a, w->a.lane->lambda, w->a.lambda.now, 0, w->a.vectors);
    load_range(&w->b, w->b.lane->lambda, w->b.lambda.now, 0, w->b.vectors);
}

static void store_forward(tile *t)
{
    scale_range(t->psi.now, 0, t->vectors, (real)t->pending);
    store_range(t, t->psi.now, t->lane->psi, 0, t->vectors);
}

static void forward_twin_stages(twins *w, const hahn_span *span)
{
    const tile *t = &w->a;
    bool load = true;
    fetch f = no_fetch();
    set_pending(w, 1);
    for (uint64_t k = span->first; k < span->end; k++) {
        const hahn_stage *stage = hahn_program_stage(t->program, k);
        if (stage->kind <= HAHN_STAGE_R) {
            const hahn_stage *d = stage_if(t, true, k, HAHN_STAGE_D);
            const hahn_stage *r = d ? stage_if(t, k + 1 < span->end, k + 1, HAHN_STAGE_R) : stage;
            open_stages(w, d, r, &f);
            w->load = load;
            forward_twins(w);
            k += d && r;
            f = no_fetch();
            load = false;
            continue;
        }
        if (load)
            load_twins(w);
        load = false;
        if (stage->kind == HAHN_STAGE_M)
            run_matrix(w, stage);
        else if (stage->table != HAHN_NO_TABLE &&
                 stage_if(t, k + 1 < span->end, k + 1, HAHN_STAGE_D))
            f = fetch_of(t, stage, false);
        else
            permute_twins(w, stage);
    }
    store_forward(&w->a);
    store_forward(&w->b);
}

static void backward_twin_stages(twins *w, const hahn_span *span)
{
    const tile *t = &w->a;
    fetch f = no_fetch();
    set_pending(w, 1);
    load_twins(w);
    for (uint64_t k = span->end; k-- > span->first;) {
        const hahn_stage *stage = hahn_program_stage(t->program, k);
        const bool last = k == span->first;
        if (stage->kind <= HAHN_STAGE_R) {
            const hahn_stage *r = stage_if(t, true, k, HAHN_STAGE_R);
            const hahn_stage *d = r ? stage_if(t, !last, k - 1, HAHN_STAGE_D) : stage;
            open_stages(w, d, r, &f);
            k -= d && r;
            w->store = k == span->first;
            backward_twins(w);
            f = no_fetch();
            continue;
        }
        if (stage->kind == HAHN_STAGE_M)
            run_matrix(w, stage);
        else if (stage->table != HAHN_NO_TABLE && !last &&
                 hahn_program_stage(t->program, k - 1)->kind <= HAHN_STAGE_R)
            f = fetch_of(t, stage, true);
        else
            permute_twins(w, stage);
        if (last) {
            store_both(&w->a);
            store_both(&w->b);
        }
    }
}

#endif
