/* What the generators of a stage bring to a tangent on a tile,

       chi <- chi - i G psi ,   G = sum over the stage's terms of rate times generator.

   On D stages G is one real number for each amplitude, made of block tables as the phases are, but
   of sums: it is the look (core/cpu/look.h) read backwards. On R stages it mixes each amplitude
   with the one across each rotated qubit. */
#ifndef HAHN_CORE_CPU_INJECT_H
#define HAHN_CORE_CPU_INJECT_H

#include "core/cpu/controlled.h"
#include "core/cpu/look.h"

/* -- D stages --------------------------------------------------------------------------------- */

typedef struct diagonal_rates {
    const double *rate;                              /* of the program's terms */
    double direction;                                /* of time: -1 takes back what 1 brought */
    bool any;                                        /* some rate of the stage is not 0 */
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
static void sum_generators(const tile *t, const diagonal_rates *g, uint64_t first, uint64_t end,
                           spot at, vec *sums, uint64_t vectors)
{
    real *number = (real *)sums;
    for (uint64_t k = 0; k < vectors; k++)
        sums[k] = (vec){0};
    for (uint64_t k = first; k < end; k++) {
        const hahn_local *term = hahn_local_term(t->program, k);
        const uint32_t bits = bits_at(term, at);
        const real rate = (real)(g->direction * g->rate[k]);
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
            number[j] -= (real)(g->direction * g->rate[k]);
    }
}

/* Each group doubles the tables, as add_group does with products. */
static void add_group_rates(const tile *t, const diagonal *d, int group, diagonal_rates *g)
{
    const bool phase = hahn_local_term(t->program, d->first[group])->kind == HAHN_PHASE;
    vec own[BLOCK_VECTORS];
    sum_generators(t, g, d->first[group], d->first[group + 1], (spot){ALONE, 0}, own, d->vectors);
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
    g->rate = t->lane->rates;
    g->direction = direction;
    g->high = memory;
    g->any = false;
    for (uint64_t k = stage->first; k < stage->first + stage->count; k++)
        g->any = g->any || g->rate[k] != 0;
    sum_generators(t, g, stage->first, low_end, (spot){ALONE, 0}, g->table[0], d->vectors);
    sum_generators(t, g, low_end, high_end, (spot){ABOVE, 0}, (vec *)g->high,
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
    sum_generators(t, g, stage->first + stage->low + stage->high, end, (spot){ON_BLOCK, block}, own,
                   d->vectors);
    for (uint64_t k = 0; k < d->vectors; k++)
        own[k] += g->table[0][k];
    return own;
}

/* psi <- diagonal times psi, and chi with what psi brings, as `f` fetches them, on blocks
   [first, end). */
INLINE void multiply_twin_blocks(tile *a, tile *b, const hahn_stage *stage, const diagonal *d,
                                 const diagonal_rates *g, const fetch *f, fetch_mode mode,
                                 uint64_t vectors, uint64_t first, uint64_t end)
{
    const bool plain = mode == FETCH_PLAIN;
    const pair psi = a->psi.now, chi = b->psi.now;
    const pair to_psi = plain ? psi : a->psi.spare, to_chi = plain ? chi : b->psi.spare;
    block_table own;
    vec own_rates[BLOCK_VECTORS];
    for (uint64_t block = first; block < end; block++) {
        const real hr = d->high_re[block], hi = d->high_im[block], high = g->high[block];
        const block_table *low = table_of(a, stage, d, block, &own);
        const vec *rates = rates_on(a, stage, d, g, block, own_rates);
        touch_ahead(a);
        touch_ahead(b);
        for (uint64_t k = 0; k < vectors; k++) {
            const uint64_t at = block * vectors + k;
            const vec dr = hr * low->re[k] - hi * low->im[k];
            const vec di = hr * low->im[k] + hi * low->re[k];
            const vec rate = rates[k] + high;
            const vec x = fetch_vector(f, mode, psi.re, at), y = fetch_vector(f, mode, psi.im, at);
            const vec u = fetch_vector(f, mode, chi.re, at), v = fetch_vector(f, mode, chi.im, at);
            const vec pr = x * dr - y * di, pi = x * di + y * dr;
            to_psi.re[at] = pr;
            to_psi.im[at] = pi;
            to_chi.re[at] = u * dr - v * di + rate * pi;
            to_chi.im[at] = u * di + v * dr - rate * pr;
        }
    }
}

#define FORWARD_TWIN(mode)                                                                         \
    static void forward_twin_##mode(tile *a, tile *b, const hahn_stage *stage, const diagonal *d,  \
                                    const diagonal_rates *g, const fetch *f, uint64_t first,       \
                                    uint64_t end)                                                  \
    {                                                                                              \
        if (d->vectors == BLOCK_VECTORS)                                                           \
            multiply_twin_blocks(a, b, stage, d, g, f, mode, BLOCK_VECTORS, first, end);           \
        else                                                                                       \
            multiply_twin_blocks(a, b, stage, d, g, f, mode, d->vectors, first, end);              \
    }
FORWARD_TWIN(FETCH_PLAIN)
FORWARD_TWIN(FETCH_ONE)
FORWARD_TWIN(FETCH_TWO)
FORWARD_TWIN(FETCH_EACH)
#undef FORWARD_TWIN

typedef void (*forward_twin_kernel)(tile *a, tile *b, const hahn_stage *stage, const diagonal *d,
                                    const diagonal_rates *g, const fetch *f, uint64_t first,
                                    uint64_t end);

static const forward_twin_kernel forward_twin_kernels[] = {
    [FETCH_PLAIN] = forward_twin_FETCH_PLAIN,
    [FETCH_ONE] = forward_twin_FETCH_ONE,
    [FETCH_TWO] = forward_twin_FETCH_TWO,
    [FETCH_EACH] = forward_twin_FETCH_EACH,
};

/* x divided by a phase. */
typedef struct amplitudes {
    vec re, im;
} amplitudes;

INLINE amplitudes undone(pair x, uint64_t at, vec dr, vec di)
{
    return (amplitudes){x.re[at] * dr + x.im[at] * di, x.im[at] * dr - x.re[at] * di};
}

INLINE void keep_amplitudes(pair x, uint64_t at, amplitudes value)
{
    x.re[at] = value.re;
    x.im[at] = value.im;
}

/* to - i rate from */
INLINE amplitudes injected(amplitudes to, amplitudes from, vec rate)
{
    return (amplitudes){to.re + rate * from.im, to.im - rate * from.re};
}

/* Undo the diagonal on blocks [first, end) of all four states, with both looks. */
INLINE void undo_twin_blocks(tile *a, tile *b, const hahn_stage *stage, const diagonal *d,
                             const diagonal_rates *g, looks *l, int part, bool many,
                             uint64_t vectors, uint64_t first, uint64_t end)
{
    const pair psi = a->psi.now, mu = a->lambda.now, chi = b->psi.now, lambda = b->lambda.now;
    block_table own;
    vec own_rates[BLOCK_VECTORS];
    for (uint64_t block = first; block < end; block++) {
        const real hr = d->high_re[block], hi = d->high_im[block], high = g->high[block];
        const block_table *low = table_of(a, stage, d, block, &own);
        const vec *rates = rates_on(a, stage, d, g, block, own_rates);
        vec *inside = l->inside[part][d->mixing == MIXED_GROUPS ? low - d->table : 0];
        vec total = {0}, w[BLOCK_VECTORS];
        touch_ahead(a);
        touch_ahead(b);
        for (uint64_t k = 0; k < vectors; k++) {
            const uint64_t at = block * vectors + k;
            const vec dr = hr * low->re[k] - hi * low->im[k];
            const vec di = hr * low->im[k] + hi * low->re[k];
            const vec rate = rates[k] + high;
            const amplitudes p = undone(psi, at, dr, di), m = undone(mu, at, dr, di);
            const amplitudes c = undone(chi, at, dr, di), q = undone(lambda, at, dr, di);
            const vec look = (m.re * p.im - m.im * p.re) + (q.re * c.im - q.im * c.re);
            keep_amplitudes(psi, at, p);
            keep_amplitudes(lambda, at, q);
            keep_amplitudes(chi, at, injected(c, p, rate));
            keep_amplitudes(mu, at, injected(m, q, rate));
            inside[k] += look;
            total += look;
            if (many)
                w[k] = look;
        }
        l->total[block] = total;
        if (many)
            look_mixed(a, stage, block, w, vectors, l);
    }
}

static void backward_twin_diagonal(tile *a, tile *b, const hahn_stage *stage, const diagonal *d,
                                   const diagonal_rates *g, looks *l, int part, uint64_t first,
                                   uint64_t end)
{
    if (looks_one_by_one(stage, d))
        undo_twin_blocks(a, b, stage, d, g, l, part, true, d->vectors, first, end);
    else if (d->vectors == BLOCK_VECTORS)
        undo_twin_blocks(a, b, stage, d, g, l, part, false, BLOCK_VECTORS, first, end);
    else
        undo_twin_blocks(a, b, stage, d, g, l, part, false, d->vectors, first, end);
}

/* -- R stages --------------------------------------------------------------------------------- */

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
