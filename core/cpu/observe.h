/* O psi and <psi|O|psi>, block by block; the plan is core/observable_plan.h. A block's sources are
   gathered, a batch at a time, and the sum over a batch is made unit by unit in registers. */
#ifndef HAHN_CORE_CPU_OBSERVE_H
#define HAHN_CORE_CPU_OBSERVE_H

#include "core/cpu/vector.h"

#define UNIT         (1 << HAHN_UNIT_QUBITS)
#define UNIT_VECTORS (UNIT / V)
#define OBSERVE_MOST (1 << HAHN_OBSERVE_QUBITS)

/* Units summed side by side: as many as there are registers for. */
#define UNITS_AT_ONCE (V >= 8 ? 2 : 1)

/* Sources of one batch, and numbers of factors made for it. */
#define BATCH_SOURCES 16
#define BATCH_NUMBERS (8 * OBSERVE_MOST)

/* One source as a block sees it. */
typedef struct inflow {
    const vec *re, *im; /* the block it comes from */
    const vec *factor;
    uint64_t repeat; /* unit u takes the factor of unit u & repeat */
    uint64_t move;   /* and amplitudes of unit u ^ move */
    real scale;
    int turn; /* what is to be done to the sum before */
} inflow;

/* The sum of sources on one block, as far as it has come. */
typedef struct block_sum {
    hahn_split psi;
    uint64_t base, units, dimension; /* first amplitude; units of the block; amplitudes of psi */
    real numbers[BATCH_NUMBERS] __attribute__((aligned(64)));
    inflow inflows[BATCH_SOURCES];
    int count, used; /* of inflows and numbers, of the batch that is being gathered */
    vec re[OBSERVE_MOST / V], im[OBSERVE_MOST / V]; /* to be turned by `frame` in the end */
    int frame;
    bool fresh; /* the sum is 0 and nothing is stored yet */
} block_sum;

/* Exchange places inside a unit by one bit, a constant where it is used. */
INLINE void exchange_unit(vec *re, vec *im, int bit)
{
    const int across = 1 << bit >> LOG_V;
    for (int k = 0; k < UNIT_VECTORS; k++) {
        if (bit < LOG_V) {
            re[k] = exchange(re[k], bit);
            im[k] = exchange(im[k], bit);
        } else if (!(k & across)) {
            const vec a = re[k], b = im[k];
            re[k] = re[k | across];
            im[k] = im[k | across];
            re[k | across] = a;
            im[k | across] = b;
        }
    }
}

_Static_assert(HAHN_UNIT_QUBITS == 4, "turn_unit has a line for each");

/* Exchange places by the bits of `turn`, and multiply by i where it says so. Line by line, as the
   unit only stays in registers without a loop. */
INLINE void turn_unit(vec *re, vec *im, int turn)
{
    if (turn & 1)
        exchange_unit(re, im, 0);
    if (turn & 2)
        exchange_unit(re, im, 1);
    if (turn & 4)
        exchange_unit(re, im, 2);
    if (turn & 8)
        exchange_unit(re, im, 3);
    for (int k = 0; k < UNIT_VECTORS && turn & HAHN_TIMES_I; k++) {
        const vec a = re[k];
        re[k] = -im[k];
        im[k] = a;
    }
}

/* sum += factor * psi on one unit. */
INLINE void add_unit(const inflow *in, uint64_t unit, vec *re, vec *im)
{
    const vec *f = in->factor + (unit & in->repeat) * UNIT_VECTORS;
    const vec *x = in->re + (unit ^ in->move) * UNIT_VECTORS;
    const vec *y = in->im + (unit ^ in->move) * UNIT_VECTORS;
    for (int k = 0; k < UNIT_VECTORS; k++) {
        const vec g = in->scale * f[k];
        re[k] += g * x[k];
        im[k] += g * y[k];
    }
}

/* Add a whole batch to `units` units side by side. */
INLINE void add_batch(block_sum *b, uint64_t first, int units)
{
    vec re[UNITS_AT_ONCE * UNIT_VECTORS], im[UNITS_AT_ONCE * UNIT_VECTORS];
    vec *out_re = b->re + first * UNIT_VECTORS, *out_im = b->im + first * UNIT_VECTORS;
    for (int k = 0; k < units * UNIT_VECTORS; k++) {
        re[k] = b->fresh ? (vec){0} : out_re[k];
        im[k] = b->fresh ? (vec){0} : out_im[k];
    }
    for (int s = 0; s < b->count; s++) {
        const inflow *in = &b->inflows[s];
        if (in->turn)
            for (int u = 0; u < units; u++)
                turn_unit(re + u * UNIT_VECTORS, im + u * UNIT_VECTORS, in->turn);
        for (int u = 0; u < units; u++)
            add_unit(in, first + (uint64_t)u, re + u * UNIT_VECTORS, im + u * UNIT_VECTORS);
    }
    for (int k = 0; k < units * UNIT_VECTORS; k++) {
        out_re[k] = re[k];
        out_im[k] = im[k];
    }
}

static void run_batch(block_sum *b)
{
    if (b->units % UNITS_AT_ONCE == 0)
        for (uint64_t u = 0; u < b->units; u += UNITS_AT_ONCE)
            add_batch(b, u, UNITS_AT_ONCE);
    else
        for (uint64_t u = 0; u < b->units; u++)
            add_batch(b, u, 1);
    b->fresh = false;
    b->count = b->used = 0;
}

/* A source's factors on a block: scale times 2^qubits numbers that repeat. Scale 0: none. */
typedef struct factors {
    const real *numbers;
    int qubits;
    real scale;
} factors;

static const real *plan_numbers(const hahn_observable_plan *plan)
{
    return HAHN_KERNEL_F32 ? (const void *)plan->narrow : (const void *)plan->wide;
}

_Static_assert((HAHN_OBSERVE_QUBITS - HAHN_UNIT_QUBITS) % 2 == 0, "two bits at a time");

/* In place: the transform of hahn_walsh_hadamard over the units of a block, two bits at a time. */
static void transform_units(vec *w)
{
    const int size = OBSERVE_MOST / V;
    for (int step = UNIT_VECTORS; step < size; step *= 4)
        for (int base = 0; base < size; base += 4 * step)
            for (int k = base; k < base + step; k++) {
                const vec a = w[k] + w[k + step], b = w[k] - w[k + step];
                const vec c = w[k + 2 * step] + w[k + 3 * step];
                const vec d = w[k + 2 * step] - w[k + 3 * step];
                w[k] = a + c;
                w[k + step] = b + d;
                w[k + 2 * step] = a - c;
                w[k + 3 * step] = b - d;
            }
}

static double signed_value(const hahn_factor_sign *sign, uint64_t base)
{
    static const double flip[] = {1, -1}; /* a branch would be guessed wrong every other time */
    return sign->value * flip[__builtin_parityll(base & sign->z)];
}

/* Sum of the signs' values, an exact 0 where they cancel. */
static double sum_signs(const hahn_factor_sign *signs, uint64_t count, uint64_t base)
{
    double sum = 0;
    for (uint64_t k = 0; k < count; k++)
        sum += signed_value(&signs[k], base);
    return sum;
}

/* Factors from signs: inside of a unit sign by sign, over the units by a transform. */
static void make_factors(const hahn_observable_plan *plan, const hahn_source *source, uint64_t base,
                         real *numbers)
{
    const hahn_factor_sign *sign = hahn_source_signs(plan, source), *end = sign + source->signs;
    vec *sums = (vec *)numbers;
    for (uint64_t unit = 0; unit < OBSERVE_MOST / UNIT; unit++) {
        vec sum[UNIT_VECTORS] = {{0}};
        for (; sign < end && sign->z % OBSERVE_MOST / UNIT == unit; sign++) {
            const vec *pattern = (const vec *)plan_numbers(plan) + sign->z % UNIT * UNIT_VECTORS;
            const real value = (real)signed_value(sign, base);
            for (int v = 0; v < UNIT_VECTORS; v++)
                sum[v] += value * pattern[v];
        }
        for (int v = 0; v < UNIT_VECTORS; v++)
            sums[unit * UNIT_VECTORS + (uint64_t)v] = sum[v];
    }
    transform_units(sums);
}

/* `space` has room for a block's factors. */
static factors factors_on(const hahn_observable_plan *plan, const hahn_source *source,
                          uint64_t base, real *space)
{
    const real *numbers = plan_numbers(plan) + source->first;
    if (source->way == HAHN_BY_PATTERN)
        return (factors){numbers, source->qubits,
                         (real)sum_signs(hahn_source_signs(plan, source), source->signs, base)};
    const uint64_t parities = hahn_source_parities(source, base);
    if (!(source->live >> parities & 1))
        return (factors){NULL, 0, 0};
    if (source->way == HAHN_BY_TABLE)
        return (factors){numbers + (parities << source->qubits), source->qubits,
                         __builtin_parityll(base & source->outside) ? -1 : 1};
    make_factors(plan, source, base, space);
    return (factors){space, HAHN_OBSERVE_QUBITS, 1};
}

/* Ask for the beginnings of a block that is needed soon; the processor guesses how it goes on. */
static void prefetch(pair block)
{
    for (int line = 0; line < 8; line++) {
        __builtin_prefetch((const char *)block.re + 64 * line);
        __builtin_prefetch((const char *)block.im + 64 * line);
    }
}

static void add_inflow(block_sum *b, const hahn_source *source, factors f)
{
    const uint64_t inside = source->x & (OBSERVE_MOST - 1), outside = source->x ^ inside;
    const uint64_t next = b->base + OBSERVE_MOST;
    const pair from = at(b->psi, b->base ^ outside);
    const int frame = hahn_source_frame(source);
    b->inflows[b->count++] = (inflow){.re = from.re,
                                      .im = from.im,
                                      .factor = (const vec *)f.numbers,
                                      .scale = f.scale,
                                      .repeat = hahn_bit(f.qubits - HAHN_UNIT_QUBITS) - 1,
                                      .move = inside >> HAHN_UNIT_QUBITS,
                                      .turn = b->frame ^ frame};
    b->frame = frame;
    b->used += source->way == HAHN_BY_SIGNS ? OBSERVE_MOST : 0;
    /* What is near has just been here. */
    if (outside >> HAHN_RUN_QUBITS && next < b->dimension)
        prefetch(at(b->psi, next ^ outside));
}

/* Sum all sources on the block at `base`. */
static void sum_sources(const hahn_observable_plan *plan, block_sum *b)
{
    const hahn_source *sources = plan->sources.data;
    b->count = b->used = b->frame = 0;
    b->fresh = true;
    for (uint64_t s = 0; s < plan->sources.count; s++) {
        const factors f = factors_on(plan, &sources[s], b->base, b->numbers + b->used);
        if (f.scale != 0)
            add_inflow(b, &sources[s], f);
        if (b->count == BATCH_SOURCES || b->used == BATCH_NUMBERS)
            run_batch(b);
    }
    run_batch(b);
}

/* Bring the sum to its places: the block's part of the energy, and with keep of lambda. */
static double finish_block(block_sum *b, pair psi, pair lambda, bool keep)
{
    vec energy = {0};
    for (uint64_t u = 0; u < b->units; u++) {
        vec *re = b->re + u * UNIT_VECTORS, *im = b->im + u * UNIT_VECTORS;
        turn_unit(re, im, b->frame);
        for (int k = 0; k < UNIT_VECTORS; k++) {
            const uint64_t j = u * UNIT_VECTORS + (uint64_t)k;
            energy += re[k] * psi.re[j] + im[k] * psi.im[j];
            if (keep) {
                lambda.re[j] = re[k];
                lambda.im[j] = im[k];
            }
        }
    }
    return sum_of(energy);
}

/* A chunk's part of <psi|O|psi>; with keep, also lambda <- O psi there. */
static double observe(const hahn_program *program, hahn_lane *lane, uint64_t chunk, bool keep)
{
    const uint64_t chunk_size = hahn_bit(program->qubits) / program->chunks;
    /* A state smaller than a unit is padded with zeros. */
    const uint64_t size = chunk_size < UNIT ? UNIT : chunk_size;
    const uint64_t block = size < OBSERVE_MOST ? size : OBSERVE_MOST;
    double energy = 0;
    block_sum b;
    b.psi = lane->psi;
    b.units = block / UNIT;
    b.dimension = hahn_bit(program->qubits);
    for (b.base = chunk * size; b.base < (chunk + 1) * size; b.base += block) {
        const pair lambda = keep ? at(lane->lambda, b.base) : (pair){NULL, NULL};
        sum_sources(&program->plan, &b);
        energy += finish_block(&b, at(lane->psi, b.base), lambda, keep);
    }
    return energy;
}

#endif
