/* A tile's stages, forward and backward: as many in one visit as go together; a permutation is done
   by the loads of what comes after it. */
#ifndef HAHN_CORE_CPU_WALK_H
#define HAHN_CORE_CPU_WALK_H

#include "core/cpu/couple.h"
#include "core/cpu/dense.h"
#include "core/cpu/sandwich.h"

/* Memory of what is done in one visit. */
typedef union visit {
    couple couple;
    sandwich sandwich;
} visit;

/* Permutations without a table, and those that no load does. */
typedef struct permuting {
    tile *t;
    fetch f;
    bool both;
} permuting;

static void permute_part(void *context, int part)
{
    permuting *p = context;
    uint64_t first, end;
    part_range(p->t, part, &first, &end);
    gather_state(&p->f, &p->t->psi, first, end);
    if (p->both)
        gather_state(&p->f, &p->t->lambda, first, end);
}

static void permute(tile *t, const hahn_stage *stage, bool backward)
{
    permuting p = {.t = t, .both = backward};
    if (stage->table == HAHN_NO_TABLE) {
        flip_one_by_one(t, stage, &t->psi, backward);
        if (backward)
            flip_one_by_one(t, stage, &t->lambda, backward);
        return;
    }
    p.f = fetch_of(t, stage, backward);
    for_parts(t, permute_part, &p);
    swap_spare(&t->psi);
    if (backward)
        swap_spare(&t->lambda);
}

static const hahn_stage *stage_if(const tile *t, bool in_range, uint64_t k, hahn_stage_kind kind)
{
    const hahn_stage *stage = in_range ? hahn_program_stage(t->program, k) : NULL;
    return stage && stage->kind == kind ? stage : NULL;
}

/* Does what comes after permutation k fetch the tile as it has it? */
static bool fetched_forward(const tile *t, const hahn_stage *stage, uint64_t k, uint64_t end)
{
    if (stage->table == HAHN_NO_TABLE)
        return false;
    if (stage_if(t, k + 1 < end, k + 1, HAHN_STAGE_D))
        return true;
    const fetch f = fetch_of(t, stage, false);
    return k + 3 < end && is_sandwich(t, k + 1, &f);
}

static void forward_stages(tile *t, const hahn_span *span, visit *v)
{
    bool load = true;
    fetch f = no_fetch();
    t->pending = 1;
    for (uint64_t k = span->first; k < span->end; k++) {
        const hahn_stage *stage = hahn_program_stage(t->program, k);
        if (k + 2 < span->end && is_sandwich(t, k, &f)) {
            if (load)
                load_range(t, t->lane->psi, t->psi.now, 0, t->vectors);
            forward_sandwich(&v->sandwich, t, stage, &f);
            k += 2;
            f = no_fetch();
            load = false;
            continue;
        }
        if (stage->kind <= HAHN_STAGE_R) {
            const hahn_stage *d = stage_if(t, true, k, HAHN_STAGE_D);
            const hahn_stage *r = d ? stage_if(t, k + 1 < span->end, k + 1, HAHN_STAGE_R) : stage;
            open_couple(&v->couple, t, d, r, &f);
            v->couple.load = load;
            forward_couple(&v->couple);
            k += d && r;
            f = no_fetch();
            load = false;
            continue;
        }
        if (load)
            load_range(t, t->lane->psi, t->psi.now, 0, t->vectors);
        load = false;
        if (stage->kind == HAHN_STAGE_M)
            run_dense(t, stage, t->mask, false, t->psi.now, NULL);
        else if (fetched_forward(t, stage, k, span->end))
            f = fetch_of(t, stage, false);
        else
            permute(t, stage, false);
    }
    scale_range(t->psi.now, 0, t->vectors, (real)t->pending);
    store_range(t, t->psi.now, t->lane->psi, 0, t->vectors);
}

static void store_both(tile *t)
{
    scale_range(t->psi.now, 0, t->vectors, (real)t->pending);
    scale_range(t->lambda.now, 0, t->vectors, (real)t->pending);
    store_range(t, t->psi.now, t->lane->psi, 0, t->vectors);
    store_range(t, t->lambda.now, t->lane->lambda, 0, t->vectors);
}

static void backward_stages(tile *t, const hahn_span *span, visit *v)
{
    fetch f = no_fetch();
    t->pending = 1;
    load_range(t, t->lane->psi, t->psi.now, 0, t->vectors);
    load_range(t, t->lane->lambda, t->lambda.now, 0, t->vectors);
    for (uint64_t k = span->end; k-- > span->first;) {
        const hahn_stage *stage = hahn_program_stage(t->program, k);
        const bool last = k == span->first;
        if (k >= span->first + 2 && is_sandwich(t, k - 2, &f)) {
            backward_sandwich(&v->sandwich, t, stage - 2, &f);
            k -= 2;
            f = no_fetch();
            if (k == span->first)
                store_both(t);
            continue;
        }
        if (stage->kind <= HAHN_STAGE_R) {
            const hahn_stage *r = stage_if(t, true, k, HAHN_STAGE_R);
            const hahn_stage *d = r ? stage_if(t, !last, k - 1, HAHN_STAGE_D) : stage;
            open_couple(&v->couple, t, d, r, &f);
            k -= d && r;
            v->couple.store = k == span->first;
            backward_couple(&v->couple);
            f = no_fetch();
            continue;
        }
        if (stage->kind == HAHN_STAGE_M)
            run_dense(t, stage, t->mask, true, t->psi.now, &t->lambda.now);
        else if (stage->table != HAHN_NO_TABLE && !last &&
                 hahn_program_stage(t->program, k - 1)->kind <= HAHN_STAGE_R)
            f = fetch_of(t, stage, true);
        else
            permute(t, stage, true);
        if (last)
            store_both(t);
    }
}

#endif
