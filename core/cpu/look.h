/* D stages on a tile, backwards: undo the diagonal on psi and lambda and look at them in one visit,

       w_j = Im(conj(lambda_j) psi_j),

   which the diagonal's phases leave as it is. The derivatives are signed sums of w over the tile.
   Sums over each block go into rows, and the rows into the moments of the terms. */
#ifndef HAHN_CORE_CPU_LOOK_H
#define HAHN_CORE_CPU_LOOK_H

#include "core/cpu/diagonal.h"

/* Sums of w. */
typedef vec block_sum_of_ways[1 << HAHN_MOST_GROUPS][BLOCK_VECTORS];

typedef struct looks {
    /* Over the blocks of each part, by the standing of the groups: for terms inside a block and for
       groups. The first part gets the sums of all in the end. */
    block_sum_of_ways *inside;
    vec *total;    /* of each block: for the terms that spare its bits */
    double *mixed; /* of the mixed terms, where they are many */
    double weight; /* of w in the derivatives: what is pending, for both states */
} looks;

/* In place: w[m] <- sum over j of (-1)^parity(j & m) w[j], on `vectors` vectors. Source of the
   recursion: Fino and Algazi, IEEE Trans. Comput. C-25 (1976) 1142. */
INLINE void transform(vec *w, uint64_t vectors)
{
    UNROLL
    for (int bit = 0; bit < LOG_V; bit++) {
        const vec signs = -signs_of(bit);
        for (uint64_t k = 0; k < vectors; k++)
            w[k] = exchange(w[k], bit) + signs * w[k];
    }
    for (uint64_t half = 1; half < vectors; half *= 2)
        for (uint64_t k = 0; k < vectors; k++) {
            if (k & half)
                continue;
            const vec x = w[k], y = w[k | half];
            w[k] = x + y;
            w[k | half] = x - y;
        }
}

/* Sum of w over the j that hold all bits of `mask`. */
static double sum_holding(const real *w, uint64_t size, uint64_t mask)
{
    double sum = 0;
    for (uint64_t j = mask; j < size; j = (j + 1) | mask)
        sum += w[j];
    return sum;
}

/* Where a term's derivative is found in sums over a block: the bits of its mask inside. */
static double moment_of(const hahn_local *term, uint32_t inside, const vec *w,
                        const vec *transformed, uint64_t size)
{
    return term->kind == HAHN_ZROT ? ((const real *)transformed)[inside]
                                   : -2 * sum_holding((const real *)w, size, inside);
}

static void copy_block(vec *to, const vec *from, uint64_t vectors)
{
    for (uint64_t k = 0; k < vectors; k++)
        to[k] = from[k];
}

/* The mixed terms' part of one block, whose w is given. */
static void look_mixed(const tile *t, const hahn_stage *stage, uint64_t block, const vec *w,
                       uint64_t vectors, const looks *l)
{
    vec transformed[BLOCK_VECTORS];
    const uint64_t first = stage->low + stage->high;
    copy_block(transformed, w, vectors);
    transform(transformed, vectors);
    for (uint64_t k = first; k < stage->count; k++) {
        const hahn_local *term = hahn_local_term(t->program, stage->first + k);
        if (!term->trainable || spares_block(term, t->base, block))
            continue;
        const double moment =
            moment_of(term, inside_block(term), w, transformed, vectors * (uint64_t)V);
        l->mixed[k - first] += (beyond_block(term, t->base, block) ? -moment : moment) * l->weight;
    }
}

/* w gets the sum of `inside` over the ways in which the groups can stand, each times its sign: of a
   zrot's group -1 where it is odd, of a phase's 0 where it does not act. No group: 1. */
static void sum_ways(const looks *l, const diagonal *d, int group, bool phase, vec *w)
{
    for (uint64_t k = 0; k < d->vectors; k++)
        w[k] = (vec){0};
    for (int way = 0; way < 1 << d->groups; way++) {
        const bool on = group >= 0 && way >> group & 1;
        for (uint64_t k = 0; k < d->vectors && !(phase && !on); k++)
            w[k] += on && !phase ? -l->inside[0][way][k] : l->inside[0][way][k];
    }
}

/* The terms [first, end) of the stage whose sums over a block are w. */
static void look_at(const tile *t, const hahn_stage *stage, uint64_t first, uint64_t end,
                    const vec *w, uint64_t vectors, double weight, double *moments)
{
    vec transformed[BLOCK_VECTORS];
    copy_block(transformed, w, vectors);
    transform(transformed, vectors);
    for (uint64_t k = first; k < end; k++) {
        const hahn_local *term = hahn_local_term(t->program, k);
        if (term->trainable)
            moments[k - stage->first] +=
                weight * moment_of(term, inside_block(term), w, transformed, vectors * (uint64_t)V);
    }
}

/* The terms inside a block, and the groups. */
static void look_inside(const tile *t, const hahn_stage *stage, const diagonal *d, const looks *l,
                        double *moments)
{
    vec w[BLOCK_VECTORS];
    sum_ways(l, d, -1, false, w);
    look_at(t, stage, stage->first, stage->first + stage->low, w, d->vectors, l->weight, moments);
    for (int g = 0; g < d->groups; g++) {
        const bool phase = hahn_local_term(t->program, d->first[g])->kind == HAHN_PHASE;
        sum_ways(l, d, g, phase, w);
        look_at(t, stage, d->first[g], d->first[g + 1], w, d->vectors, l->weight, moments);
    }
}

/* A term on the bits above a block, by the blocks' totals. */
static double moment_above(const hahn_local *term, uint64_t base, const vec *total, uint64_t blocks)
{
    const uint32_t above = term->mask >> HAHN_BLOCK_QUBITS;
    vec sum = {0};
    if (spares_tile(term, base))
        return 0;
    if (term->kind == HAHN_PHASE) {
        for (uint64_t h = above; h < blocks; h = (h + 1) | above)
            sum += total[h];
        return -2 * sum_of(sum);
    }
    for (uint64_t h = 0; h < blocks; h++)
        sum += __builtin_parityll(h & above) ? -total[h] : total[h];
    return beyond_of(term, base) ? -sum_of(sum) : sum_of(sum);
}

/* Fold the totals bit by bit: sums[b] gets the differences by bit b of the block's number, sums of
   all the rest; `total` is used up. The last entry is the sum of all. */
static void fold(vec *total, int bits, double *sums)
{
    for (int b = 0; b < bits; b++) {
        vec difference = {0};
        for (uint64_t h = 0; h < hahn_bit(bits - 1 - b); h++) {
            const vec x = total[2 * h], y = total[2 * h + 1];
            difference += x - y;
            total[h] = x + y;
        }
        sums[b] = sum_of(difference);
    }
    sums[bits] = sum_of(total[0]);
}

static void look_above(const tile *t, const hahn_stage *stage, looks *l, const diagonal *d,
                       double *moments)
{
    double sums[HAHN_MOST_TILE_QUBITS + 1];
    const uint64_t end = stage->low + stage->high;
    for (uint64_t k = stage->low; k < end; k++) {
        const hahn_local *term = hahn_local_term(t->program, stage->first + k);
        const uint32_t above = term->mask >> HAHN_BLOCK_QUBITS;
        if (term->trainable && above && !is_one_bit(above))
            moments[k] += l->weight * moment_above(term, t->base, l->total, d->blocks);
    }
    fold(l->total, d->high_bits, sums);
    for (uint64_t k = stage->low; k < end; k++) {
        const hahn_local *term = hahn_local_term(t->program, stage->first + k);
        const uint32_t above = term->mask >> HAHN_BLOCK_QUBITS;
        if (!term->trainable || (above && !is_one_bit(above)) || spares_tile(term, t->base))
            continue;
        const double all = l->weight * sums[d->high_bits];
        const double own = above ? l->weight * sums[__builtin_ctz(above)] : all;
        if (term->kind == HAHN_PHASE)
            moments[k] -= above ? all - own : 2 * all;
        else
            moments[k] += beyond_of(term, t->base) ? -own : own;
    }
}

/* Undo the diagonal on blocks [first, end) of psi and lambda. */
INLINE void undo_blocks(tile *t, const hahn_stage *stage, const diagonal *d, looks *l, int part,
                        bool many, uint64_t vectors, uint64_t first, uint64_t end)
{
    const pair psi = t->psi.now, lambda = t->lambda.now;
    block_table own;
    for (uint64_t block = first; block < end; block++) {
        const real hr = d->high_re[block], hi = d->high_im[block];
        const block_table *low = table_of(t, stage, d, block, &own);
        vec *inside = l->inside[part][d->mixing == MIXED_GROUPS ? low - d->table : 0];
        vec total = {0}, w[BLOCK_VECTORS];
        touch_ahead(t);
        for (uint64_t k = 0; k < vectors; k++) {
            const uint64_t at = block * vectors + k;
            const vec dr = hr * low->re[k] - hi * low->im[k];
            const vec di = hr * low->im[k] + hi * low->re[k];
            const vec px = psi.re[at], py = psi.im[at], qx = lambda.re[at], qy = lambda.im[at];
            const vec pr = px * dr + py * di, pi = py * dr - px * di;
            const vec lr = qx * dr + qy * di, li = qy * dr - qx * di;
            const vec look = lr * pi - li * pr;
            psi.re[at] = pr;
            psi.im[at] = pi;
            lambda.re[at] = lr;
            lambda.im[at] = li;
            inside[k] += look;
            total += look;
            if (many)
                w[k] = look;
        }
        l->total[block] = total;
        if (many)
            look_mixed(t, stage, block, w, vectors, l);
    }
}

/* Terms that are done one by one share their sums: those are not for threads. */
static bool looks_one_by_one(const hahn_stage *stage, const diagonal *d)
{
    return d->mixing == MIXED_MANY && stage->trainable;
}

static void backward_diagonal(tile *t, const hahn_stage *stage, const diagonal *d, looks *l,
                              int part, uint64_t first, uint64_t end)
{
    if (looks_one_by_one(stage, d))
        undo_blocks(t, stage, d, l, part, true, d->vectors, first, end);
    else if (d->vectors == BLOCK_VECTORS)
        undo_blocks(t, stage, d, l, part, false, BLOCK_VECTORS, first, end);
    else
        undo_blocks(t, stage, d, l, part, false, d->vectors, first, end);
}

/* Before the first block: nothing seen yet. What is pending has been prepared for. */
static void begin_looks(const tile *t, const hahn_stage *stage, const diagonal *d, looks *l)
{
    *l = (looks){.inside = (block_sum_of_ways *)t->inside,
                 .total = t->totals,
                 .mixed = t->moments + (stage->first - t->first_term) + stage->low + stage->high,
                 .weight = t->pending * t->pending};
    for (int part = 0; part < t->parts; part++)
        for (int way = 0; way < 1 << d->groups; way++)
            for (uint64_t k = 0; k < d->vectors; k++)
                l->inside[part][way][k] = (vec){0};
}

/* After the last. */
static void end_looks(tile *t, const hahn_stage *stage, const diagonal *d, looks *l)
{
    double *moments = t->moments + (stage->first - t->first_term);
    if (!stage->trainable)
        return;
    for (int part = 1; part < t->parts; part++)
        for (int way = 0; way < 1 << d->groups; way++)
            for (uint64_t k = 0; k < d->vectors; k++)
                l->inside[0][way][k] += l->inside[part][way][k];
    look_inside(t, stage, d, l, moments);
    look_above(t, stage, l, d, moments);
}

#endif
