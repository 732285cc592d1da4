/* The phases of a D stage on a tile. A tile is blocks of 2^6 amplitudes;
   the diagonal of a block is a table for the terms inside it, times a number for the terms that
   spare the block's bits, times what the mixed terms make of the table on this block. */
#ifndef HAHN_CORE_CPU_PHASES_H
#define HAHN_CORE_CPU_PHASES_H

#include "core/cpu/permutation.h"

#define BLOCK_SIZE (1 << HAHN_BLOCK_QUBITS)

/* Vectors of a whole block. */
#define BLOCK_VECTORS (BLOCK_SIZE / V)

typedef struct block_table {
    vec re[BLOCK_VECTORS], im[BLOCK_VECTORS];
} block_table;

/* How the terms that mix a block's bits with others are done. */
typedef enum mixing {
    MIXED_NONE,
    MIXED_GROUPS, /* a table for each way in which the groups of terms can stand */
    MIXED_MANY    /* a table made anew for each block */
} mixing;

typedef struct diagonal {
    /* Of a block, by the standing of the groups: bit g is that of group g. Without mixed terms, and
       of the other terms where there are too many of them, the first alone. */
    block_table table[1 << HAHN_MOST_GROUPS];
    real *high_re, *high_im;  /* of each block */
    uint64_t blocks, vectors; /* of the tile; of a block */
    int high_bits;
    mixing mixing;
    int groups;
    uint64_t first[HAHN_MOST_GROUPS + 1]; /* term of each group; one more: the end */
} diagonal;

typedef struct factor {
    real re, im;
} factor;

static inline factor times(factor a, factor b)
{
    return (factor){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* Factor of a term where the parity is odd, or all bits of a phase are set; and where not. */
static inline factor odd(const real *cs)
{
    return (factor){cs[0], cs[1]};
}

static inline factor even(const hahn_local *t, const real *cs)
{
    return t->kind == HAHN_ZROT ? (factor){cs[0], -cs[1]} : (factor){1, 0};
}

/* Whether the bits `set` of a term's mask make it odd: their parity, or that it is all of them. */
static inline bool is_odd(const hahn_local *t, uint64_t set, uint64_t mask)
{
    return t->kind == HAHN_ZROT ? __builtin_parityll(set) : set == mask;
}

static inline bool is_one_bit(uint64_t mask)
{
    return mask && !(mask & (mask - 1));
}

INLINE void multiply_vectors(vec *re, vec *im, vec by_re, vec by_im)
{
    const vec x = *re, y = *im;
    *re = x * by_re - y * by_im;
    *im = x * by_im + y * by_re;
}

/* b where bit `bit` of the position is set, a where not. */
INLINE vec choose(int bit, real a, real b)
{
    vec out;
    for (int k = 0; k < V; k++)
        out[k] = k >> bit & 1 ? b : a;
    return out;
}

/* A factor for each value of each bit of a block. */
typedef struct bit_factors {
    factor zero[HAHN_BLOCK_QUBITS], one[HAHN_BLOCK_QUBITS];
} bit_factors;

static inline void clear_factors(bit_factors *f)
{
    for (int b = 0; b < HAHN_BLOCK_QUBITS; b++)
        f->zero[b] = f->one[b] = (factor){1, 0};
}

/* Kronecker product of the factors, times `start`. In registers to the end: what is stored here is
   loaded by the very next loop. */
static void fill_kronecker(block_table *d, const bit_factors *f, real start)
{
    vec re[BLOCK_VECTORS], im[BLOCK_VECTORS];
    re[0] = all_of(start);
    im[0] = all_of(0);
    UNROLL
    for (int b = 0; b < LOG_V; b++)
        multiply_vectors(&re[0], &im[0], choose(b, f->zero[b].re, f->one[b].re),
                         choose(b, f->zero[b].im, f->one[b].im));
    UNROLL
    for (int b = LOG_V; b < HAHN_BLOCK_QUBITS; b++) {
        UNROLL
        for (int k = 0; k < 1 << (b - LOG_V); k++) {
            const int upper = k + (1 << (b - LOG_V));
            re[upper] = re[k];
            im[upper] = im[k];
            multiply_vectors(&re[upper], &im[upper], all_of(f->one[b].re), all_of(f->one[b].im));
            multiply_vectors(&re[k], &im[k], all_of(f->zero[b].re), all_of(f->zero[b].im));
        }
    }
    UNROLL
    for (int k = 0; k < BLOCK_VECTORS; k++) {
        d->re[k] = re[k];
        d->im[k] = im[k];
    }
}

/* A term's factors on a vector, where the bits of its mask above the vector are even (zrot) or not
   all set (phase), and where they are odd or set. */
typedef struct term_vectors {
    vec re[2], im[2];
} term_vectors;

static term_vectors vectors_of(const hahn_local *t, uint64_t inside, bool beyond, const real *cs)
{
    /* Of each position: -1 where its bits of the mask are odd, 1 where not; 1 where all of them are
       set, 0 where not. */
    vec parity = all_of(beyond ? -1 : 1), all = all_of(1);
    UNROLL
    for (int bit = 0; bit < LOG_V; bit++)
        if (inside >> bit & 1) {
            parity *= -signs_of(bit);
            all *= choose(bit, 0, 1);
        }
    if (t->kind == HAHN_ZROT)
        return (term_vectors){{all_of(cs[0]), all_of(cs[0])}, {-cs[1] * parity, cs[1] * parity}};
    return (term_vectors){{all_of(1), all * cs[0] + (1 - all)}, {all_of(0), all * cs[1]}};
}

/* Multiply a block's table by one term of any mask; `beyond`: parity that the place of the block
   adds to that of a zrot. */
static void multiply_term(block_table *d, uint64_t vectors, const hahn_local *t, uint32_t inside,
                          bool beyond, const real *cs)
{
    const term_vectors v = vectors_of(t, inside, beyond, cs);
    const uint64_t above = inside >> LOG_V;
    for (uint64_t k = 0; k < vectors; k++) {
        const bool which = is_odd(t, k & above, above);
        multiply_vectors(&d->re[k], &d->im[k], v.re[which], v.im[which]);
    }
}

/* The table of the terms inside a block: those of one bit by Kronecker product. */
static void fill_low(const tile *t, const hahn_stage *stage, diagonal *d, real start)
{
    bit_factors f;
    const uint64_t end = stage->first + stage->low;
    clear_factors(&f);
    for (uint64_t k = stage->first; k < end; k++) {
        const hahn_local *term = hahn_local_term(t->program, k);
        const real *cs = coefficients(t->lane, k);
        if (!is_one_bit(term->mask))
            continue;
        const int b = __builtin_ctz(term->mask);
        f.zero[b] = times(f.zero[b], even(term, cs));
        f.one[b] = times(f.one[b], odd(cs));
    }
    fill_kronecker(&d->table[0], &f, start);
    for (uint64_t k = stage->first; k < end; k++) {
        const hahn_local *term = hahn_local_term(t->program, k);
        if (!is_one_bit(term->mask))
            multiply_term(&d->table[0], d->vectors, term, term->mask, false,
                          coefficients(t->lane, k));
    }
}

/* One more bit of a block's number: the upper half of the numbers is the lower one times `one`, the
   lower times `zero`. */
static void double_high(diagonal *d, uint64_t half, factor zero, factor one)
{
    real *re = d->high_re, *im = d->high_im;
    for (uint64_t h = 0; h < half; h++) {
        const real x = re[h], y = im[h];
        re[half + h] = x * one.re - y * one.im;
        im[half + h] = x * one.im + y * one.re;
        re[h] = x * zero.re - y * zero.im;
        im[h] = x * zero.im + y * zero.re;
    }
}

/* Times a term of several bits. Numbers past the last, up to a vector, are of no use. */
static void multiply_high(diagonal *d, const hahn_local *t, uint32_t inside, bool beyond,
                          const real *cs)
{
    const term_vectors v = vectors_of(t, inside, beyond, cs);
    const uint64_t above = inside >> LOG_V;
    vec *re = (vec *)d->high_re, *im = (vec *)d->high_im;
    for (uint64_t k = 0; k * (uint64_t)V < d->blocks; k++) {
        const bool which = is_odd(t, k & above, above);
        multiply_vectors(&re[k], &im[k], v.re[which], v.im[which]);
    }
}

/* A phase that reaches outside acts on no amplitude of the tile unless all bits there are set. */
static inline bool spares_tile(const hahn_local *term, uint64_t base)
{
    return term->kind == HAHN_PHASE && (base & term->outside) != term->outside;
}

/* Parity that the tile's place adds to a zrot; a phase that does not spare the tile goes by the
   bits inside alone. */
static inline bool beyond_of(const hahn_local *term, uint64_t base)
{
    return term->kind == HAHN_ZROT && __builtin_parityll(base & term->outside);
}

/* The numbers of the blocks, from the terms that spare the bits of a block. */
static void fill_high(const tile *t, const hahn_stage *stage, diagonal *d)
{
    factor zero[HAHN_MOST_TILE_QUBITS], one[HAHN_MOST_TILE_QUBITS], start = {1, 0};
    const uint64_t first = stage->first + stage->low, end = first + stage->high;
    for (int b = 0; b < d->high_bits; b++)
        zero[b] = one[b] = (factor){1, 0};
    for (uint64_t k = first; k < end; k++) {
        const hahn_local *term = hahn_local_term(t->program, k);
        const real *cs = coefficients(t->lane, k);
        const uint32_t inside = term->mask >> HAHN_BLOCK_QUBITS;
        const bool beyond = beyond_of(term, t->base);
        const factor f[2] = {even(term, cs), odd(cs)};
        if (spares_tile(term, t->base))
            continue;
        if (!inside)
            start = times(start, f[term->kind == HAHN_PHASE || beyond]);
        else if (is_one_bit(inside)) {
            const int b = __builtin_ctz(inside);
            zero[b] = times(zero[b], f[beyond]);
            one[b] = times(one[b], f[!beyond]);
        }
    }
    d->high_re[0] = start.re;
    d->high_im[0] = start.im;
    for (int b = 0; b < d->high_bits; b++)
        double_high(d, hahn_bit(b), zero[b], one[b]);
    for (uint64_t k = first; k < end; k++) {
        const hahn_local *term = hahn_local_term(t->program, k);
        const uint32_t inside = term->mask >> HAHN_BLOCK_QUBITS;
        if (inside && !is_one_bit(inside) && !spares_tile(term, t->base))
            multiply_high(d, term, inside, beyond_of(term, t->base), coefficients(t->lane, k));
    }
}

/* Mixed terms on one block: the bits above it are constant there. */
static inline bool spares_block(const hahn_local *term, uint64_t base, uint64_t block)
{
    const uint32_t above = term->mask >> HAHN_BLOCK_QUBITS;
    return spares_tile(term, base) || (term->kind == HAHN_PHASE && (block & above) != above);
}

static inline bool beyond_block(const hahn_local *term, uint64_t base, uint64_t block)
{
    const uint32_t above = term->mask >> HAHN_BLOCK_QUBITS;
    return beyond_of(term, base) ^ (term->kind == HAHN_ZROT && __builtin_parityll(block & above));
}

static inline uint32_t inside_block(const hahn_local *term)
{
    return term->mask & (BLOCK_SIZE - 1);
}

static inline bool has_mixed(const hahn_stage *stage)
{
    return stage->low + stage->high < stage->count;
}

/* Do two mixed terms see the same above a block? */
static inline bool same_group(const hahn_local *a, const hahn_local *b)
{
    return a->kind == b->kind && a->outside == b->outside &&
           a->mask >> HAHN_BLOCK_QUBITS == b->mask >> HAHN_BLOCK_QUBITS;
}

/* Terms of a group are neighbours. */
static void find_groups(const tile *t, const hahn_stage *stage, diagonal *d)
{
    const uint64_t end = stage->first + stage->count;
    d->mixing = has_mixed(stage) ? MIXED_GROUPS : MIXED_NONE;
    d->groups = 0;
    for (uint64_t k = stage->first + stage->low + stage->high; k < end; k++) {
        const hahn_local *term = hahn_local_term(t->program, k);
        if (d->groups && same_group(term, hahn_local_term(t->program, d->first[d->groups - 1])))
            continue;
        if (d->groups == HAHN_MOST_GROUPS) {
            d->mixing = MIXED_MANY;
            d->groups = 0;
            return;
        }
        d->first[d->groups++] = k;
    }
    d->first[d->groups] = end;
}

/* Each group doubles the tables: times its own terms, and times those as they are where the group
   stands the other way; for a zrot that is the conjugate, for a phase the terms act then alone. */
static void add_group(const tile *t, diagonal *d, int group)
{
    const bool phase = hahn_local_term(t->program, d->first[group])->kind == HAHN_PHASE;
    block_table own;
    for (uint64_t k = 0; k < d->vectors; k++) {
        own.re[k] = all_of(1);
        own.im[k] = all_of(0);
    }
    for (uint64_t k = d->first[group]; k < d->first[group + 1]; k++) {
        const hahn_local *term = hahn_local_term(t->program, k);
        multiply_term(&own, d->vectors, term, inside_block(term), false, coefficients(t->lane, k));
    }
    for (int way = 0; way < 1 << group; way++) {
        block_table *off = &d->table[way], *on = &d->table[way | 1 << group];
        for (uint64_t k = 0; k < d->vectors; k++) {
            on->re[k] = off->re[k];
            on->im[k] = off->im[k];
            multiply_vectors(&on->re[k], &on->im[k], own.re[k], phase ? own.im[k] : -own.im[k]);
            if (!phase)
                multiply_vectors(&off->re[k], &off->im[k], own.re[k], own.im[k]);
        }
    }
}

/* How the groups stand on a block. */
static inline int standing_of(const tile *t, const diagonal *d, uint64_t block)
{
    int way = 0;
    for (int g = 0; g < d->groups; g++) {
        const hahn_local *term = hahn_local_term(t->program, d->first[g]);
        const bool on = term->kind == HAHN_PHASE ? !spares_block(term, t->base, block)
                                                 : beyond_block(term, t->base, block);
        way |= on << g;
    }
    return way;
}

/* The table of one block, mixed terms included: those of one bit within it by Kronecker product. */
static void fill_mixed(const tile *t, const hahn_stage *stage, const diagonal *d, uint64_t block,
                       block_table *out)
{
    bit_factors bits;
    const uint64_t first = stage->first + stage->low + stage->high;
    const uint64_t end = stage->first + stage->count;
    clear_factors(&bits);
    for (uint64_t k = first; k < end; k++) {
        const hahn_local *term = hahn_local_term(t->program, k);
        const real *cs = coefficients(t->lane, k);
        if (!is_one_bit(inside_block(term)) || spares_block(term, t->base, block))
            continue;
        const int b = __builtin_ctz(inside_block(term));
        const bool beyond = beyond_block(term, t->base, block);
        const factor f[2] = {even(term, cs), odd(cs)};
        bits.zero[b] = times(bits.zero[b], f[beyond]);
        bits.one[b] = times(bits.one[b], f[!beyond]);
    }
    fill_kronecker(out, &bits, 1);
    for (uint64_t k = 0; k < d->vectors; k++)
        multiply_vectors(&out->re[k], &out->im[k], d->table[0].re[k], d->table[0].im[k]);
    for (uint64_t k = first; k < end; k++) {
        const hahn_local *term = hahn_local_term(t->program, k);
        if (!is_one_bit(inside_block(term)) && !spares_block(term, t->base, block))
            multiply_term(out, d->vectors, term, inside_block(term),
                          beyond_block(term, t->base, block), coefficients(t->lane, k));
    }
}

/* Products of phases round the same way each time the same angles are multiplied: a deep circuit
   that repeats its layers would drift in proportion to its depth. So the tables of late stages are
   multiplied by a number from 1 to 2, another for each stage, and round differently; the state is
   given it back as pending. Short circuits do without, and keep what is exact. */
#define FIRST_JITTERED 256

static double jitter_of(uint64_t stage)
{
    if (stage < FIRST_JITTERED)
        return 1;
    const uint64_t hash = stage * UINT64_C(0x9e3779b97f4a7c15) ^ stage << 40;
    return 1 + 0x1p-32 * (double)(hash * UINT64_C(0xd1342543de82ef95) >> 32);
}

/* The tables of a stage on this tile, times what is pending. */
static void prepare_diagonal(tile *t, const hahn_stage *stage, diagonal *d)
{
    const hahn_stage *stages = t->program->stages.data;
    const real start = (real)(t->pending * jitter_of((uint64_t)(stage - stages)));
    d->high_re = t->high_re;
    d->high_im = t->high_im;
    d->high_bits = t->bits - hahn_min(t->bits, HAHN_BLOCK_QUBITS);
    d->blocks = hahn_bit(d->high_bits);
    d->vectors = t->vectors / d->blocks;
    fill_low(t, stage, d, start);
    fill_high(t, stage, d);
    find_groups(t, stage, d);
    for (int g = 0; d->mixing == MIXED_GROUPS && g < d->groups; g++)
        add_group(t, d, g);
    t->pending /= (double)start;
}

#endif
