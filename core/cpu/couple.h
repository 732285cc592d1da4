/* A D stage and the R stage after it, done together, inner tile by inner tile, with what they load
   or store. */
#ifndef HAHN_CORE_CPU_COUPLE_H
#define HAHN_CORE_CPU_COUPLE_H

#include "core/cpu/controlled.h"
#include "core/cpu/look.h"
#include "core/cpu/rotation.h"

/* A D stage and an R stage that follow each other, or one of them alone: what the tasks on the
   parts of a tile need. */
typedef struct couple {
    tile *t;
    const hahn_stage *d, *r; /* NULL: none */
    double scale;            /* of r */
    const fetch *f;
    bool load, store; /* the tile is still in the state; it goes back there */
    pair psi;         /* forward: where the result stands */
    int group;        /* of the rotations beyond an inner tile */
    diagonal diagonal;
    rotations rotations;
    looks looks;
} couple;

static void open_couple(couple *c, tile *t, const hahn_stage *d, const hahn_stage *r,
                        const fetch *f)
{
    c->t = t;
    c->d = d;
    c->r = r;
    c->f = f;
    c->scale = r ? scale_of(t, r) : 1;
    c->load = c->store = false;
}

static bool holds_outside(const tile *t, uint64_t term)
{
    const hahn_local *local = hahn_local_term(t->program, term);
    return (t->base & local->outside) == local->outside;
}

static void forward_part(void *context, int part)
{
    couple *c = context;
    tile *t = c->t;
    uint64_t first, end;
    for (part_range(t, part, &first, &end); first < end; first += t->inner) {
        if (c->load)
            load_range(t, t->lane->psi, t->psi.now, first, t->inner);
        if (c->d) {
            const uint64_t block = first / c->diagonal.vectors;
            forward_diagonal_kernels[c->f->mode](t, c->d, &c->diagonal, c->f, block,
                                                 block + t->inner / c->diagonal.vectors);
        }
        if (c->r)
            forward_inner(t, &c->rotations, c->psi, first);
    }
}

static void forward_outer(void *context, int part)
{
    couple *c = context;
    uint64_t first, end;
    const int size = c->rotations.group_size[c->group];
    part_range(c->t, part, &first, &end);
    forward_group(c->t, &c->rotations, c->group, c->psi, first >> size, end >> size);
}

static void forward_couple(couple *c)
{
    tile *t = c->t;
    if (c->d)
        prepare_diagonal(t, c->d, &c->diagonal);
    else
        lack(t, c->scale, false);
    if (c->r)
        prepare_rotations(t, c->r, 1, BLOCK_BITS, &c->rotations);
    c->psi = c->f->mode == FETCH_PLAIN ? t->psi.now : t->psi.spare;
    for_parts(t, forward_part, c);
    if (c->f->mode != FETCH_PLAIN)
        swap_spare(&t->psi);
    if (!c->r)
        return;
    for (c->group = c->rotations.inner; c->group < c->rotations.groups; c->group++)
        for_parts(t, forward_outer, c);
    for (uint64_t k = c->r->first + c->r->low; k < c->r->first + c->r->count; k++)
        if (holds_outside(t, k))
            forward_controlled(t, k);
    t->pending *= c->scale;
}

static void fetch_part(void *context, int part)
{
    couple *c = context;
    uint64_t first, end;
    part_range(c->t, part, &first, &end);
    if (c->rotations.low_first)
        backward_fetching(c->t, &c->rotations, c->f, part, first, end);
    else {
        gather_state(c->f, &c->t->psi, first, end);
        gather_state(c->f, &c->t->lambda, first, end);
    }
}

/* The tile as c->f fetches it: while rotations are undone, where that can be. */
static void backward_fetch(couple *c)
{
    if (c->f->mode == FETCH_PLAIN)
        return;
    if (c->r)
        c->rotations.low_first = c->r->low == c->r->count && can_fetch(c->t, &c->rotations, c->f);
    for_parts(c->t, fetch_part, c);
    swap_spare(&c->t->psi);
    swap_spare(&c->t->lambda);
}

static void backward_outer(void *context, int part)
{
    couple *c = context;
    uint64_t first, end;
    const int size = c->rotations.group_size[c->group];
    part_range(c->t, part, &first, &end);
    backward_group(c->t, &c->rotations, c->group, c->t->psi.now, c->t->lambda.now, part,
                   first >> size, end >> size);
}

static void backward_part(void *context, int part)
{
    couple *c = context;
    tile *t = c->t;
    uint64_t first, end;
    for (part_range(t, part, &first, &end); first < end; first += t->inner) {
        if (c->r)
            backward_inner(t, &c->rotations, part, first);
        if (c->d) {
            const uint64_t block = first / c->diagonal.vectors;
            backward_diagonal(t, c->d, &c->diagonal, &c->looks, part, block,
                              block + t->inner / c->diagonal.vectors);
        }
        if (!c->store)
            continue;
        scale_range(t->psi.now, first, t->inner, (real)t->pending);
        scale_range(t->lambda.now, first, t->inner, (real)t->pending);
        store_range(t, t->psi.now, t->lane->psi, first, t->inner);
        store_range(t, t->lambda.now, t->lane->lambda, first, t->inner);
    }
}

static void backward_rotations(couple *c)
{
    tile *t = c->t;
    for (uint64_t k = c->r->first + c->r->low; k < c->r->first + c->r->count; k++)
        if (holds_outside(t, k))
            backward_controlled(t, k);
    for (c->group = c->rotations.inner; c->group < c->rotations.groups; c->group++)
        for_parts(t, backward_outer, c);
}

static void backward_couple(couple *c)
{
    tile *t = c->t;
    c->rotations.low_first = false;
    if (c->r) {
        lack(t, c->scale, true);
        prepare_rotations(t, c->r, -1, BLOCK_BITS, &c->rotations);
        clear_sums(t, &c->rotations);
    }
    backward_fetch(c);
    if (c->r)
        backward_rotations(c);
    const double before = t->pending;
    t->pending *= c->scale;
    if (c->d) {
        prepare_diagonal(t, c->d, &c->diagonal);
        begin_looks(t, c->d, &c->diagonal, &c->looks);
    }
    /* Sums of terms one by one are shared. */
    if (c->d && looks_one_by_one(c->d, &c->diagonal))
        for (int part = 0; part < t->parts; part++)
            backward_part(c, part);
    else
        for_parts(t, backward_part, c);
    if (c->d)
        end_looks(t, c->d, &c->diagonal, &c->looks);
    const double after = t->pending;
    t->pending = before;
    if (c->r)
        keep_moments(t, &c->rotations);
    t->pending = after;
}

#endif
