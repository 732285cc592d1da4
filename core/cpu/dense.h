/* M stages on a tile: groups of 2^k amplitudes times a matrix, or its conjugate transpose. */
#ifndef HAHN_CORE_CPU_DENSE_H
#define HAHN_CORE_CPU_DENSE_H

#include "core/cpu/tile.h"

#define MOST_DENSE (1 << HAHN_MAX_DENSE)

typedef struct dense {
    const tile *t;
    pair state;
    int dimension;
    uint64_t targets, control;   /* within the tile */
    uint64_t offset[MOST_DENSE]; /* of an amplitude of a group from its first */
    real re[MOST_DENSE * MOST_DENSE], im[MOST_DENSE * MOST_DENSE];
} dense;

static void prepare_dense(const tile *t, const hahn_dense *m, uint64_t mask, bool dagger, dense *d)
{
    const double _Complex *u = (const double _Complex *)t->program->entries.data + m->first_entry;
    d->dimension = 1 << m->targets;
    d->control = hahn_compress(m->control, mask);
    d->targets = 0;
    for (int r = 0; r < d->dimension; r++) {
        uint64_t offset = 0;
        for (int k = 0; k < m->targets; k++)
            offset |= (uint64_t)(r >> k & 1) << m->target[k];
        d->offset[r] = hahn_compress(offset, mask);
        d->targets |= d->offset[r];
        for (int c = 0; c < d->dimension; c++) {
            const double _Complex e =
                dagger ? conj(u[c * d->dimension + r]) : u[r * d->dimension + c];
            d->re[r * d->dimension + c] = (real)creal(e);
            d->im[r * d->dimension + c] = (real)cimag(e);
        }
    }
}

static void transform_group(const dense *d, real *re, real *im)
{
    real x[MOST_DENSE], y[MOST_DENSE];
    for (int c = 0; c < d->dimension; c++) {
        x[c] = re[d->offset[c]];
        y[c] = im[d->offset[c]];
    }
    for (int r = 0; r < d->dimension; r++) {
        const real *mre = d->re + r * d->dimension, *mim = d->im + r * d->dimension;
        real sum_re = 0, sum_im = 0;
        for (int c = 0; c < d->dimension; c++) {
            sum_re += mre[c] * x[c] - mim[c] * y[c];
            sum_im += mre[c] * y[c] + mim[c] * x[c];
        }
        re[d->offset[r]] = sum_re;
        im[d->offset[r]] = sum_im;
    }
}

/* The targets' bits below the vector's: groups one by one, as many in each part. */
static void dense_part(void *context, int part)
{
    const dense *d = context;
    const tile *t = d->t;
    const uint64_t rest = (hahn_bit(t->bits) - 1) & ~d->targets;
    const uint64_t share = hahn_bit(__builtin_popcountll(rest)) / (uint64_t)t->parts;
    uint64_t base = hahn_deposit(share * (uint64_t)part, rest);
    for (uint64_t k = 0; k < share; k++, base = next_in(base, rest))
        if ((base & d->control) == d->control)
            transform_group(d, (real *)d->state.re + base, (real *)d->state.im + base);
}

static void apply_dense(dense *d, pair s)
{
    d->state = s;
    for_parts(d->t, dense_part, d);
}

static void run_dense(const tile *t, const hahn_stage *stage, uint64_t mask, bool dagger, pair psi,
                      const pair *lambda)
{
    const hahn_dense *m = (const hahn_dense *)t->program->dense.data + stage->first;
    const uint64_t outside = m->control & ~mask;
    dense d;
    if ((t->base & outside) != outside)
        return;
    d.t = t;
    prepare_dense(t, m, mask, dagger, &d);
    apply_dense(&d, psi);
    if (lambda)
        apply_dense(&d, *lambda);
}

#endif
