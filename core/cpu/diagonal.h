/* D stages on a tile: one complex multiplication an amplitude. */
#ifndef HAHN_CORE_CPU_DIAGONAL_H
#define HAHN_CORE_CPU_DIAGONAL_H

#include "core/cpu/phases.h"

/* The table of one block; `own` is memory for it. */
INLINE const block_table *table_of(const tile *t, const hahn_stage *stage, const diagonal *d,
                                   uint64_t block, block_table *own)
{
    if (d->mixing == MIXED_NONE)
        return &d->table[0];
    if (d->mixing == MIXED_GROUPS)
        return &d->table[standing_of(t, d, block)];
    fill_mixed(t, stage, d, block, own);
    return own;
}

/* psi <- diagonal times psi as `f` fetches it, on blocks [first, end). */
INLINE void multiply_blocks(tile *t, const hahn_stage *stage, const diagonal *d, const fetch *f,
                            fetch_mode mode, uint64_t vectors, uint64_t first, uint64_t end)
{
    const pair from = t->psi.now, to = mode == FETCH_PLAIN ? t->psi.now : t->psi.spare;
    block_table own;
    for (uint64_t block = first; block < end; block++) {
        const real hr = d->high_re[block], hi = d->high_im[block];
        const block_table *low = table_of(t, stage, d, block, &own);
        touch_ahead(t);
        touch_ahead(t);
        for (uint64_t k = 0; k < vectors; k++) {
            const uint64_t at = block * vectors + k;
            const vec dr = hr * low->re[k] - hi * low->im[k];
            const vec di = hr * low->im[k] + hi * low->re[k];
            const vec x = fetch_vector(f, mode, from.re, at);
            const vec y = fetch_vector(f, mode, from.im, at);
            to.re[at] = x * dr - y * di;
            to.im[at] = x * di + y * dr;
        }
    }
}

/* Whole blocks have a number of vectors that the compiler knows. */
#define FORWARD_DIAGONAL(mode)                                                                     \
    static void forward_diagonal_##mode(tile *t, const hahn_stage *stage, const diagonal *d,       \
                                        const fetch *f, uint64_t first, uint64_t end)              \
    {                                                                                              \
        if (d->vectors == BLOCK_VECTORS)                                                           \
            multiply_blocks(t, stage, d, f, mode, BLOCK_VECTORS, first, end);                      \
        else                                                                                       \
            multiply_blocks(t, stage, d, f, mode, d->vectors, first, end);                         \
    }
FORWARD_DIAGONAL(FETCH_PLAIN)
FORWARD_DIAGONAL(FETCH_ONE)
FORWARD_DIAGONAL(FETCH_TWO)
FORWARD_DIAGONAL(FETCH_EACH)
#undef FORWARD_DIAGONAL

typedef void (*forward_diagonal_kernel)(tile *t, const hahn_stage *stage, const diagonal *d,
                                        const fetch *f, uint64_t first, uint64_t end);

static const forward_diagonal_kernel forward_diagonal_kernels[] = {
    [FETCH_PLAIN] = forward_diagonal_FETCH_PLAIN,
    [FETCH_ONE] = forward_diagonal_FETCH_ONE,
    [FETCH_TWO] = forward_diagonal_FETCH_TWO,
    [FETCH_EACH] = forward_diagonal_FETCH_EACH,
};

#endif
