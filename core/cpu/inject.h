/* What the generators of a stage bring to a tangent on a tile,

       chi <- chi - i G psi ,   G = sum over the stage's terms of rate times generator.

   On D stages G is one real number for each amplitude, made of block tables as the phases are, but
   of sums: it is the look (core/cpu/look.h) read backwards. On R stages it mixes each amplitude
   with the one across each rotated qubit. */
#ifndef HAHN_CORE_CPU_INJECT_H
#define HAHN_CORE_CPU_INJECT_H

#include "core/cpu/controlled.h"
#include "core/cpu/look.h"
#include "core/cpu/rotation.h"

/* Rates of a stage's terms, for one direction of time: -1 takes back what 1 brought. */
typedef struct stage_rates {
    const double *rate; /* of the program's terms */
    double direction;
    bool any; /* some rate of the stage is not 0 */
} stage_rates;

static stage_rates rates_of(const tile *t, const hahn_stage *stage, double direction)
{
    stage_rates r = {t->lane->rates, direction, false};
    for (uint64_t k = stage->first; k < stage->first + stage->count && !r.any; k++)
        r.any = r.rate[k] != 0;
    return r;
}

/* -- D stages --------------------------------------------------------------------------------- */

typedef struct diagonal_rates {
    stage_rates rates;
    vec table[1 << HAHN_MOST_GROUPS][BLOCK_VECTORS]; /* as those of a diagonal */
    real *high;                                      /* of each block */
} diagonal_rates;

/* Where terms are looked at: by their bits inside a block alone, or on a block of the tile; or by
   those above a block, on the tile. */
typedef enum site { ALONE, ON_BLOCK, ABOVE } site;

typedef struct spot {
    site site;
    uint64_t block;
} spot;

static bool spares_spot(const tile *t, const hahn_local *term, spot at)
{
    return at.site == ABOVE ? spares_tile(term, t->base)
                            : at.site == ON_BLOCK && spares_block(term, t->base, at.block);
}

static bool beyond_spot(const tile *t, const hahn_local *term, spot at)
{
    return at.site == ABOVE ? beyond_of(term, t->base)
                            : at.site == ON_BLOCK && beyond_block(term, t->base, at.block);
}

static uint32_t bits_at(const hahn_local *term, spot at)
{
    return at.site == ABOVE ? term->mask >> HAHN_BLOCK_QUBITS : inside_block(term);
}

static bool is_projector(const hahn_local *term, spot at)
{
    return term->kind == HAHN_PHASE && bits_at(term, at) & (bits_at(term, at) - 1);
}

/* sums <- the terms [first, end) at `at`, on `vectors` vectors. A zrot's signs are a line of the
   Walsh-Hadamard matrix, and a phase of one bit takes two: -(1 - Z)/2. */
static void sum_generators(const tile *t, const stage_rates *r, uint64_t first, uint64_t end,
                           spot at, vec *sums, uint64_t vectors)
{
    real *number = (real *)sums;
    for (uint64_t k = 0; k < vectors; k++)
        sums[k] = (vec){0};
    for (uint64_t k = first; k < end; k++) {
        const hahn_local *term = hahn_local_term(t->program, k);
        const uint32_t bits = bits_at(term, at);
        const real rate = (real)(r->direction * r->rate[k]);
        if (is_projector(term, at) || spares_spot(t, term, at))
            continue;
        if (term->kind == HAHN_ZROT)
            number[bits] += beyond_spot(t, term, at) ? -rate : rate;
        else {
            number[0] -= bits ? rate / 2 : rate;
            number[bits] += bits ? rate / 2 : 0;
        }
    }
    transform(sums, vectors);
    for (uint64_t k = first; k < end; k++) {
        const hahn_local *term = hahn_local_term(t->program, k);
        const uint64_t bits = bits_at(term, at);
        if (!is_projector(term, at) || spares_spot(t, term, at))
            continue;
        for (uint64_t j = bits; j < vectors * (uint64_t)V; j = (j + 1) | bits)
            number[j] -= (real)(r->direction * r->rate[k]);
    }
}

/* Each group doubles the tables, as add_group does with products. */
static void add_group_rates(const tile *t, const diagonal *d, int group, diagonal_rates *g)
{
    const bool phase = hahn_local_term(t->program, d->first[group])->kind == HAHN_PHASE;
    vec own[BLOCK_VECTORS];
    sum_generators(t, &g->rates, d->first[group], d->first[group + 1], (spot){ALONE, 0}, own,
                   d->vectors);
    for (int way = 0; way < 1 << group; way++) {
        vec *off = g->table[way], *on = g->table[way | 1 << group];
        for (uint64_t k = 0; k < d->vectors; k++) {
            on[k] = off[k] + (phase ? own[k] : -own[k]);
            off[k] += phase ? (vec){0} : own[k];
        }
    }
}

/* `memory` has a number for each block, and at least a vector. */
static void prepare_diagonal_rates(const tile *t, const hahn_stage *stage, const diagonal *d,
                                   double direction, real *memory, diagonal_rates *g)
{
    const uint64_t low_end = stage->first + stage->low, high_end = low_end + stage->high;
    g->rates = rates_of(t, stage, direction);
    g->high = memory;
    if (!g->rates.any)
        return;
    sum_generators(t, &g->rates, stage->first, low_end, (spot){ALONE, 0}, g->table[0], d->vectors);
    sum_generators(t, &g->rates, low_end, high_end, (spot){ABOVE, 0}, (vec *)g->high,
                   vectors_of_tile(d->high_bits));
    for (int k = 0; d->mixing == MIXED_GROUPS && k < d->groups; k++)
        add_group_rates(t, d, k, g);
}

/* G on one block; `own` is memory for it. */
static const vec *rates_on(const tile *t, const hahn_stage *stage, const diagonal *d,
                           const diagonal_rates *g, uint64_t block, vec *own)
{
    const uint64_t end = stage->first + stage->count;
    if (d->mixing == MIXED_NONE)
        return g->table[0];
    if (d->mixing == MIXED_GROUPS)
        return g->table[standing_of(t, d, block)];
    sum_generators(t, &g->rates, stage->first + stage->low + stage->high, end,
                   (spot){ON_BLOCK, block}, own, d->vectors);
    for (uint64_t k = 0; k < d->vectors; k++)
        own[k] += g->table[0][k];
    return own;
}

INLINE void inject_vectors(pair psi, pair chi, uint64_t at, const vec *low, real high,
                           uint64_t vectors)
{
    for (uint64_t k = 0; k < vectors; k++) {
        const vec g = low[k] + high;
        chi.re[at + k] += g * psi.im[at + k];
        chi.im[at + k] -= g * psi.re[at + k];
    }
}

/* Blocks [first, end) of one state to another, and of a second pair if it is there. */
static void inject_diagonal(const tile *t, const hahn_stage *stage, const diagonal *d,
                            const diagonal_rates *g, const pair *from, const pair *to, int count,
                            uint64_t first, uint64_t end)
{
    vec own[BLOCK_VECTORS];
    for (uint64_t block = first; block < end && g->rates.any; block++) {
        const vec *low = rates_on(t, stage, d, g, block, own);
        for (int k = 0; k < count; k++)
            inject_vectors(from[k], to[k], block * d->vectors, low, g->high[block], d->vectors);
    }
}

/* -- R stages --------------------------------------------------------------------------------- */

/* Rotations without controls, of which some are within a block and some above it. */
typedef struct rotation_rates {
    bool any;
    unsigned acts;     /* bit q: there is one on qubit q of a block */
    vec within[LOG_V]; /* rates with the signs of the elements' parts */
    real across[BLOCK_ACROSS];
    int above;
    uint64_t bit[HAHN_MOST_TILE_QUBITS]; /* of those above, among vector indices */
    real high[HAHN_MOST_TILE_QUBITS];
} rotation_rates;

/* Terms [first, end), with targets in ascending order. */
static void prepare_rotation_rates(const tile *t, uint64_t first, uint64_t end, double direction,
                                   rotation_rates *g)
{
    g->any = false;
    g->acts = 0;
    g->above = 0;
    for (uint64_t k = first; k < end; k++) {
        const int q = __builtin_ctz(hahn_local_term(t->program, k)->mask);
        const real rate = (real)(direction * t->lane->rates[k]);
        if (rate == 0)
            continue;
        g->any = true;
        if (q >= LOG_V + block_across(t)) {
            g->bit[g->above] = hahn_bit(q - LOG_V);
            g->high[g->above++] = rate;
            continue;
        }
        g->acts |= 1u << q;
        if (q < LOG_V)
            g->within[q] = rate * signs_of(q);
        else
            g->across[q - LOG_V] = rate;
    }
}

/* c += what the rotations inside the block bring from p. */
INLINE void inject_block(const vec *p, vec *c, const rotation_rates *g, int across)
{
    UNROLL
    for (int q = 0; q < LOG_V; q++)
        if (g->acts >> q & 1) {
            UNROLL
            for (int k = 0; k < 1 << across; k++)
                c[k] += g->within[q] * exchange(p[k], q);
        }
    UNROLL
    for (int q = 0; q < across; q++)
        if (g->acts >> (LOG_V + q) & 1) {
            UNROLL
            for (int k = 0; k < 1 << across; k++)
                c[k] += (k >> q & 1 ? g->across[q] : -g->across[q]) * p[k ^ 1 << q];
        }
}

/* Vectors [first, end) of chi. */
INLINE void inject_array(const vec *psi, vec *chi, const rotation_rates *g, int across,
                         uint64_t first, uint64_t end)
{
    for (uint64_t at = first; at < end; at += hahn_bit(across)) {
        vec p[1 << BLOCK_ACROSS], c[1 << BLOCK_ACROSS];
        UNROLL
        for (int k = 0; k < 1 << across; k++) {
            p[k] = psi[at + (uint64_t)k];
            c[k] = chi[at + (uint64_t)k];
        }
        inject_block(p, c, g, across);
        for (int q = 0; q < g->above; q++) {
            const vec *other = psi + (at ^ g->bit[q]);
            const real rate = at & g->bit[q] ? g->high[q] : -g->high[q];
            UNROLL
            for (int k = 0; k < 1 << across; k++)
                c[k] += rate * other[k];
        }
        UNROLL
        for (int k = 0; k < 1 << across; k++)
            chi[at + (uint64_t)k] = c[k];
    }
}

INLINE void inject_pair(pair psi, pair chi, const rotation_rates *g, int across, uint64_t first,
                        uint64_t end)
{
    inject_array(psi.re, chi.re, g, across, first, end);
    inject_array(psi.im, chi.im, g, across, first, end);
}

/* How many vectors a block has must be a constant, so that they stay in registers. */
static void inject_rotations(const tile *t, const rotation_rates *g, pair psi, pair chi,
                             uint64_t first, uint64_t end)
{
    if (!g->any)
        return;
    switch (block_across(t)) {
    case 0:
        inject_pair(psi, chi, g, 0, first, end);
        break;
    case 1:
        inject_pair(psi, chi, g, 1, first, end);
        break;
#if BLOCK_ACROSS > 2
    case 2:
        inject_pair(psi, chi, g, 2, first, end);
        break;
#endif
    default:
        inject_pair(psi, chi, g, BLOCK_ACROSS, first, end);
    }
}

/* One rotation with controls, on the whole tile: the elements where they hold. */
static void inject_controlled(const tile *t, uint64_t term, double direction, pair psi, pair chi)
{
    const hahn_local *local = hahn_local_term(t->program, term);
    const uint64_t size = hahn_bit(t->bits), fixed = local->control | local->mask;
    const real rate = (real)(direction * t->lane->rates[term]);
    const real *re = (const real *)psi.re, *im = (const real *)psi.im;
    real *to_re = (real *)chi.re, *to_im = (real *)chi.im;
    for (uint64_t j1 = fixed; j1 < size && rate != 0; j1 = next_holding(j1, fixed)) {
        const uint64_t j0 = j1 ^ local->mask;
        to_re[j0] -= rate * re[j1];
        to_im[j0] -= rate * im[j1];
        to_re[j1] += rate * re[j0];
        to_im[j1] += rate * im[j0];
    }
}

#endif
