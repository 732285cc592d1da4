/* D stages: one complex multiplication an amplitude. The diagonal of a block is a Kronecker
   product for the terms inside it, times a factor for those that spare it, times the mixed ones. */
#ifndef HAHN_CORE_CPU_DIAGONAL_H
#define HAHN_CORE_CPU_DIAGONAL_H

#include "core/cpu/vector.h"

typedef struct table {
    real re[BLOCK_MOST] __attribute__((aligned(64)));
    real im[BLOCK_MOST] __attribute__((aligned(64)));
} table;

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

static inline factor even(const hahn_term *t, const real *cs)
{
    return t->kind == HAHN_ZROT ? (factor){cs[0], -cs[1]} : (factor){1, 0};
}

static inline bool is_odd(const hahn_term *t, uint64_t j)
{
    return t->kind == HAHN_ZROT ? __builtin_parityll(j & t->mask) : (j & t->mask) == t->mask;
}

static inline void multiply_entry(table *d, uint64_t j, factor f)
{
    const factor product = times((factor){d->re[j], d->im[j]}, f);
    d->re[j] = product.re;
    d->im[j] = product.im;
}

/* Take one more bit into the table: its upper half is the lower one times `one`, the lower times
   `zero`. */
static void double_table(table *d, uint64_t half, factor zero, factor one)
{
    for (uint64_t j = 0; j < half; j++) {
        const real re = d->re[j], im = d->im[j];
        d->re[half + j] = re * one.re - im * one.im;
        d->im[half + j] = re * one.im + im * one.re;
        d->re[j] = re * zero.re - im * zero.im;
        d->im[j] = re * zero.im + im * zero.re;
    }
}

/* Product of the stage's terms inside a block: those of one bit by Kronecker doubling, the others
   entry by entry. */
static void fill_low_table(const hahn_program *program, const hahn_lane *lane,
                           const hahn_stage *stage, int bits, table *d)
{
    factor zero[HAHN_BLOCK_QUBITS], one[HAHN_BLOCK_QUBITS];
    for (int b = 0; b < bits; b++)
        zero[b] = one[b] = (factor){1, 0};
    d->re[0] = 1;
    d->im[0] = 0;
    for (uint64_t k = stage->first; k < stage->first + stage->low; k++) {
        const hahn_term *t = hahn_program_term(program, k);
        if (t->mask == 0 || (t->mask & (t->mask - 1)))
            continue;
        const int b = __builtin_ctzll(t->mask);
        zero[b] = times(zero[b], even(t, coefficients(lane, k)));
        one[b] = times(one[b], odd(coefficients(lane, k)));
    }
    for (int b = 0; b < bits; b++)
        double_table(d, hahn_bit(b), zero[b], one[b]);
    for (uint64_t k = stage->first; k < stage->first + stage->low; k++) {
        const hahn_term *t = hahn_program_term(program, k);
        const real *cs = coefficients(lane, k);
        if (t->mask != 0 && !(t->mask & (t->mask - 1)))
            continue;
        for (uint64_t j = 0; j < hahn_bit(bits); j++)
            multiply_entry(d, j, is_odd(t, j) ? odd(cs) : even(t, cs));
    }
}

/* The block's diagonal: the low table times the factor of the terms that spare the block's bits,
   times the mixed terms, whose parity the block's place turns around. */
static void fill_block_table(const hahn_program *program, const hahn_lane *lane,
                             const hahn_stage *stage, uint64_t base, uint64_t size,
                             const table *low, table *d)
{
    factor f = {1, 0};
    for (uint64_t k = stage->first + stage->low; k < stage->first + stage->low + stage->high; k++) {
        const hahn_term *t = hahn_program_term(program, k);
        f = times(f, is_odd(t, base) ? odd(coefficients(lane, k)) : even(t, coefficients(lane, k)));
    }
    for (uint64_t j = 0; j < size; j++) {
        d->re[j] = low->re[j] * f.re - low->im[j] * f.im;
        d->im[j] = low->re[j] * f.im + low->im[j] * f.re;
    }
    for (uint64_t k = stage->first + stage->low + stage->high; k < stage->first + stage->count;
         k++) {
        const hahn_term *t = hahn_program_term(program, k);
        const real *cs = coefficients(lane, k);
        if (t->kind == HAHN_PHASE &&
            (base & t->mask & ~(BLOCK_MOST - 1)) != (t->mask & ~(BLOCK_MOST - 1)))
            continue;
        for (uint64_t j = 0; j < size; j++)
            multiply_entry(d, j, is_odd(t, base | j) ? odd(cs) : even(t, cs));
    }
}

/* Do blocks differ by more than their amplitudes? */
static bool block_table_differs(const hahn_stage *stage)
{
    return stage->low < stage->count;
}

static void forward_diagonal(const hahn_program *program, hahn_lane *lane, const hahn_stage *stage,
                             uint64_t chunk)
{
    const int bits = hahn_min(program->qubits, HAHN_BLOCK_QUBITS);
    const uint64_t size = hahn_bit(bits), span = chunk_size(program);
    table low, block;
    fill_low_table(program, lane, stage, bits, &low);
    const table *d = block_table_differs(stage) ? &block : &low;
    for (uint64_t base = chunk * span; base < (chunk + 1) * span; base += size) {
        const pair psi = at(lane->psi, base);
        if (d == &block)
            fill_block_table(program, lane, stage, base, size, &low, &block);
        const vec *dre = (const vec *)d->re, *dim = (const vec *)d->im;
        for (uint64_t k = 0; k < size / V; k++) {
            const vec re = psi.re[k], im = psi.im[k];
            psi.re[k] = re * dre[k] - im * dim[k];
            psi.im[k] = re * dim[k] + im * dre[k];
        }
    }
}

#endif
