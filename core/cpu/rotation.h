/* The rotations of an R stage that have no control: which kernel does which, and what backward
   passes see. */
#ifndef HAHN_CORE_CPU_ROTATION_H
#define HAHN_CORE_CPU_ROTATION_H

#include "core/cpu/rotation_high.h"
#include "core/cpu/rotation_low.h"

/* The rotations of a stage as the kernels do them. Inside an inner tile: those of a block, then
   groups of higher ones; beyond it: the other groups, on the whole tile. */
#define MOST_ROTATION_GROUPS HAHN_MOST_TILE_QUBITS

typedef struct rotations {
    uint64_t first, low_end; /* terms of a block */
    low_rotations low;
    int inner, groups; /* groups [0, inner) are inside */
    high_rotations group[MOST_ROTATION_GROUPS];
    uint64_t group_first[MOST_ROTATION_GROUPS];
    int group_size[MOST_ROTATION_GROUPS];
    /* Backwards: what each part of the tile has seen, and whether the low ones came first, as the
       tile was fetched. */
    double low_sums[MOST_PARTS][BLOCK_BITS];
    double group_sums[MOST_ROTATION_GROUPS][MOST_PARTS][MOST_BACKWARD];
    bool low_first;
} rotations;

/* End of the terms from k on whose targets are below `bit`. */
static uint64_t end_below(const tile *t, uint64_t k, uint64_t end, int bit)
{
    while (k < end && !(hahn_local_term(t->program, k)->mask >> bit))
        k++;
    return k;
}

static void add_groups(const tile *t, uint64_t k, uint64_t end, int most, real direction,
                       rotations *r)
{
    while (k < end) {
        /* As many passes as it takes, of sizes as equal as can be. */
        const int left = (int)(end - k), passes = (left + most - 1) / most;
        const int size = (left + passes - 1) / passes;
        r->group[r->groups] = prepare_high(t, k, size, direction);
        r->group_first[r->groups] = k;
        r->group_size[r->groups++] = size;
        k += (uint64_t)size;
    }
}

/* direction 1: forward; -1: backward. Those below `block_bits` are done in blocks. */
static void prepare_rotations(const tile *t, const hahn_stage *stage, real direction,
                              int block_bits, rotations *r)
{
    const uint64_t end = stage->first + stage->low;
    const int most = direction > 0 ? MOST_FORWARD : MOST_BACKWARD;
    const int inner_bits = LOG_V + __builtin_ctzll(t->inner);
    r->first = stage->first;
    r->low_first = false;
    r->low_end = end_below(t, stage->first, end, block_bits);
    r->low = prepare_low(t, r->first, r->low_end, direction);
    const uint64_t inner_end = end_below(t, r->low_end, end, inner_bits);
    r->groups = 0;
    add_groups(t, r->low_end, inner_end, most, direction, r);
    r->inner = r->groups;
    add_groups(t, inner_end, end, most, direction, r);
}

/* Nothing seen yet. */
static void clear_sums(const tile *t, rotations *r)
{
    for (int part = 0; part < t->parts; part++) {
        for (int q = 0; q < BLOCK_BITS; q++)
            r->low_sums[part][q] = 0;
        for (int g = 0; g < r->groups; g++)
            for (int q = 0; q < r->group_size[g]; q++)
                r->group_sums[g][part][q] = 0;
    }
}

INLINE pair from_vector(pair s, uint64_t first)
{
    return (pair){s.re + first, s.im + first};
}

/* Groups of vectors in `vectors` of them. */
static uint64_t groups_in(uint64_t vectors, int size)
{
    return vectors >> size;
}

static void forward_group(tile *t, const rotations *r, int g, pair s, uint64_t first, uint64_t end)
{
    high_forward_kernels[r->group_size[g] - 1][r->group[g].plain](t, s, first, end, &r->group[g]);
}

/* Sums in `real` go no further than an inner tile's vectors; then they are of double. */
static void backward_group(tile *t, rotations *r, int g, pair psi, pair lambda, int part,
                           uint64_t first, uint64_t end)
{
    const uint64_t most = groups_in(t->inner, r->group_size[g]);
    for (uint64_t next; first < end; first = next) {
        next = end - first < most ? end : first + most;
        high_backward_kernels[r->group_size[g] - 1][r->group[g].plain](
            t, psi, lambda, first, next, &r->group[g], r->group_sums[g][part]);
    }
}

/* One inner tile, from vector `first` on. */
static void forward_inner(tile *t, const rotations *r, pair psi, uint64_t first)
{
    const pair s = from_vector(psi, first);
    if (r->low_end > r->first)
        low_forward_kernels[block_across(t)][r->low.plain](t, s, t->inner, &r->low);
    for (int g = 0; g < r->inner; g++)
        forward_group(t, r, g, s, 0, groups_in(t->inner, r->group_size[g]));
}

static void backward_inner(tile *t, rotations *r, int part, uint64_t first)
{
    const pair psi = from_vector(t->psi.now, first), lambda = from_vector(t->lambda.now, first);
    const fetch none = no_fetch();
    for (int g = 0; g < r->inner; g++)
        backward_group(t, r, g, psi, lambda, part, 0, groups_in(t->inner, r->group_size[g]));
    if (r->low_first || r->low_end == r->first)
        return;
    const low_work w = {psi, lambda, psi, lambda, 0, t->inner, r->low_sums[part]};
    low_backward_kernels[block_across(t)][r->low.plain](t, &w, &r->low, &none);
}

/* Can the rotations of a block be undone while the tile is fetched? */
static bool can_fetch(const tile *t, const rotations *r, const fetch *f)
{
    return (f->mode == FETCH_ONE || f->mode == FETCH_TWO) && r->low_end > r->first &&
           block_across(t) == BLOCK_ACROSS;
}

/* Undo them on vectors [first, end), from the states to their spares. */
static void backward_fetching(tile *t, rotations *r, const fetch *f, int part, uint64_t first,
                              uint64_t end)
{
    low_work w = {.psi = t->psi.now,
                  .lambda = t->lambda.now,
                  .to_psi = t->psi.spare,
                  .to_lambda = t->lambda.spare,
                  .sums = r->low_sums[part]};
    for (w.first = first; w.first < end; w.first = w.end) {
        w.end = w.first + t->inner;
        fetching_backward_kernels[f->mode][r->low.plain](t, &w, &r->low, f);
    }
}

/* A derivative is that of the states as they are, and those that were looked at lack the factors of
   what had been undone before: `lacking` is the square of their product. */
static void keep_moment(tile *t, uint64_t term, double sum, double *lacking)
{
    const real *cs = coefficients(t->lane, term);
    t->moments[term - t->first_term] += sum * (t->pending * t->pending / *lacking);
    if (cs[0] == 1)
        *lacking *= 1 + (double)cs[1] * cs[1];
}

static void keep_group(tile *t, const rotations *r, int group, double *lacking)
{
    for (int q = 0; q < r->group_size[group]; q++) {
        double sum = 0;
        for (int part = 0; part < t->parts; part++)
            sum += r->group_sums[group][part][q];
        keep_moment(t, r->group_first[group] + (uint64_t)q, sum, lacking);
    }
}

static void keep_low(tile *t, const rotations *r, double *lacking)
{
    for (uint64_t k = r->first; k < r->low_end; k++) {
        const int q = __builtin_ctz(hahn_local_term(t->program, k)->mask);
        double sum = 0;
        for (int part = 0; part < t->parts; part++)
            sum += r->low_sums[part][q];
        keep_moment(t, k, sum, lacking);
    }
}

/* In the order in which they were undone. */
static void keep_moments(tile *t, const rotations *r)
{
    double lacking = 1;
    if (r->low_first)
        keep_low(t, r, &lacking);
    for (int g = r->inner; g < r->groups; g++)
        keep_group(t, r, g, &lacking);
    for (int g = 0; g < r->inner; g++)
        keep_group(t, r, g, &lacking);
    if (!r->low_first)
        keep_low(t, r, &lacking);
}

#endif
