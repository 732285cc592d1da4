/* D stages backwards: look at psi and lambda and undo the diagonal in one visit. */
#ifndef HAHN_CORE_CPU_LOOK_H
#define HAHN_CORE_CPU_LOOK_H

#include "core/cpu/diagonal.h"

/* Sum of w over the j that hold all bits of `mask`. */
static double sum_holding(const double *w, uint64_t size, uint64_t mask)
{
    double sum = 0;
    for (uint64_t j = 0; j < size; j++)
        if ((j & mask) == mask)
            sum += w[j];
    return sum;
}

/* Where a term's derivative is found in sums over a block: the bits of its mask inside. */
static double moment_of(const hahn_term *t, const double *w, const double *transformed,
                        uint64_t size)
{
    const uint64_t inside = t->mask & (size - 1);
    return t->kind == HAHN_ZROT ? transformed[inside] : -2 * sum_holding(w, size, inside);
}

/* The block's part of the terms that reach outside of it. */
static void look_outside(const hahn_program *program, const hahn_stage *stage, uint64_t base,
                         const double *w, uint64_t size, double total, double *moments)
{
    double transformed[BLOCK_MOST];
    const uint64_t mixed = stage->low + stage->high;
    if (mixed < stage->count) {
        for (uint64_t j = 0; j < size; j++)
            transformed[j] = w[j];
        hahn_walsh_hadamard(transformed, size);
    }
    for (uint64_t k = stage->low; k < stage->count; k++) {
        const hahn_term *t = hahn_program_term(program, stage->first + k);
        const uint64_t outside = t->mask & ~(size - 1);
        if (!t->members)
            continue;
        if (t->kind == HAHN_PHASE && (base & outside) != outside)
            continue;
        const double sign = t->kind == HAHN_ZROT && __builtin_parityll(base & outside) ? -1 : 1;
        if (k < mixed)
            moments[k] += t->kind == HAHN_ZROT ? sign * total : -2 * total;
        else
            moments[k] += sign * moment_of(t, w, transformed, size);
    }
}

/* Undo the diagonal on one block of psi and lambda, and put w_j = Im(conj(lambda_j) psi_j), which
   the diagonal leaves as it is, into w; returns its sum. */
static double undo_block(pair psi, pair lambda, const table *d, uint64_t size, double *w)
{
    const vec *dre = (const vec *)d->re, *dim = (const vec *)d->im;
    vec total = {0};
    for (uint64_t k = 0; k < size / V; k++) {
        const vec pr = psi.re[k], pi = psi.im[k], lr = lambda.re[k], li = lambda.im[k];
        const vec look = lr * pi - li * pr;
        total += look;
        for (int v = 0; v < V; v++)
            w[k * V + v] = look[v];
        psi.re[k] = pr * dre[k] + pi * dim[k];
        psi.im[k] = pi * dre[k] - pr * dim[k];
        lambda.re[k] = lr * dre[k] + li * dim[k];
        lambda.im[k] = li * dre[k] - lr * dim[k];
    }
    return sum_of(total);
}

static void look_inside(const hahn_program *program, const hahn_stage *stage, double *w,
                        uint64_t size, double *moments)
{
    double transformed[BLOCK_MOST];
    for (uint64_t j = 0; j < size; j++)
        transformed[j] = w[j];
    hahn_walsh_hadamard(transformed, size);
    for (uint64_t k = 0; k < stage->low; k++) {
        const hahn_term *t = hahn_program_term(program, stage->first + k);
        if (t->members)
            moments[k] += moment_of(t, w, transformed, size);
    }
}

static void backward_diagonal(const hahn_program *program, hahn_lane *lane, const hahn_stage *stage,
                              uint64_t chunk)
{
    const int bits = hahn_min(program->qubits, HAHN_BLOCK_QUBITS);
    const uint64_t size = hahn_bit(bits), span = chunk_size(program);
    double *moments = lane->moments + chunk * stage->count;
    double w[BLOCK_MOST], inside[BLOCK_MOST] = {0};
    table low, block;
    fill_low_table(program, lane, stage, bits, &low);
    const table *d = block_table_differs(stage) ? &block : &low;
    for (uint64_t base = chunk * span; base < (chunk + 1) * span; base += size) {
        if (d == &block)
            fill_block_table(program, lane, stage, base, size, &low, &block);
        const double total = undo_block(at(lane->psi, base), at(lane->lambda, base), d, size, w);
        if (!stage->trainable)
            continue;
        for (uint64_t j = 0; j < size; j++)
            inside[j] += w[j];
        look_outside(program, stage, base, w, size, total, moments);
    }
    if (stage->trainable)
        look_inside(program, stage, inside, size, moments);
}

#endif
