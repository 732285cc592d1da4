/* Vector kernels of the CPU backend: one source, compiled for each instruction set and precision.

   HAHN_ISA_NAME    baseline, avx2 or avx512: in the names, and how wide a vector is
   HAHN_KERNEL_F32  0 or 1

   Vectors are the compiler's generic ones. A state has at least one vector (the backend sees to
   it); qubits below LOG_V lie inside a vector and are exchanged by shuffles, the others across
   vectors. */
#include "core/cpu/kernels.h"
#include "core/reference.h"

#if HAHN_KERNEL_F32
typedef float real;
#define PRECISION HAHN_F32
#define SUFFIX    f32
#else
typedef double real;
#define PRECISION HAHN_F64
#define SUFFIX    f64
#endif

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

#define V ((int)(VECTOR_BYTES / sizeof(real)))
#define LOG_V                                                                                      \
    (VECTOR_BYTES == 64   ? 3 + HAHN_KERNEL_F32                                                    \
     : VECTOR_BYTES == 32 ? 2 + HAHN_KERNEL_F32                                                    \
                          : 1 + HAHN_KERNEL_F32)

typedef real vec __attribute__((vector_size(VECTOR_BYTES)));

/* The element of x at position k ^ flip, flip a power of two below V and a constant where used. */
#if VECTOR_BYTES * 8 == 512 && HAHN_KERNEL_F32
#define EXCHANGE(x, f)                                                                             \
    ((vec){(x)[0 ^ (f)], (x)[1 ^ (f)], (x)[2 ^ (f)], (x)[3 ^ (f)], (x)[4 ^ (f)], (x)[5 ^ (f)],     \
           (x)[6 ^ (f)], (x)[7 ^ (f)], (x)[8 ^ (f)], (x)[9 ^ (f)], (x)[10 ^ (f)], (x)[11 ^ (f)],   \
           (x)[12 ^ (f)], (x)[13 ^ (f)], (x)[14 ^ (f)], (x)[15 ^ (f)]})
#elif VECTOR_BYTES * 8 == 512 || (VECTOR_BYTES * 8 == 256 && HAHN_KERNEL_F32)
#define EXCHANGE(x, f)                                                                             \
    ((vec){(x)[0 ^ (f)], (x)[1 ^ (f)], (x)[2 ^ (f)], (x)[3 ^ (f)], (x)[4 ^ (f)], (x)[5 ^ (f)],     \
           (x)[6 ^ (f)], (x)[7 ^ (f)]})
#elif VECTOR_BYTES * 8 == 256 || HAHN_KERNEL_F32
#define EXCHANGE(x, f) ((vec){(x)[0 ^ (f)], (x)[1 ^ (f)], (x)[2 ^ (f)], (x)[3 ^ (f)]})
#else
#define EXCHANGE(x, f) ((vec){(x)[0 ^ (f)], (x)[1 ^ (f)]})
#endif

#define BLOCK_MOST ((uint64_t)1 << HAHN_BLOCK_QUBITS)

typedef struct pair {
    vec *re, *im;
} pair;

static inline pair at(hahn_split s, uint64_t amplitude)
{
    return (pair){(vec *)((real *)s.re + amplitude), (vec *)((real *)s.im + amplitude)};
}

static inline const real *coefficients(const hahn_lane *lane, uint64_t term)
{
    return (const real *)lane->coefficients + 2 * term;
}

static inline vec broadcast(real x)
{
    return x - (vec){0};
}

/* Sum in a fixed order. */
static double sum_of(vec x)
{
    double sum = 0;
    for (int k = 0; k < V; k++)
        sum += x[k];
    return sum;
}

static int tile_qubits(const hahn_program *program)
{
    return hahn_min(program->qubits, HAHN_TILE_QUBITS);
}

/* ---- passes and chunks --------------------------------------------------------------------- */

/* Number of an R stage's terms whose target lies inside a tile; they come first. */
static uint64_t low_terms(const hahn_program *program, const hahn_stage *stage)
{
    uint64_t count = 0;
    while (count < stage->count &&
           !(hahn_program_term(program, stage->first + count)->mask >> tile_qubits(program)))
        count++;
    return count;
}

/* R: the tile's own rotations, then each other one by itself. P: one gather, or flip by flip. */
static uint64_t passes(const hahn_program *program, const hahn_stage *stage)
{
    if (stage->kind == HAHN_STAGE_R)
        return 1 + stage->count - low_terms(program, stage);
    return stage->kind == HAHN_STAGE_P && stage->table == HAHN_NO_TABLE ? stage->count : 1;
}

static uint64_t chunks(const hahn_program *program, const hahn_stage *stage)
{
    return stage->kind == HAHN_STAGE_P && stage->table != HAHN_NO_TABLE ? 1 : program->chunks;
}

static uint64_t chunk_size(const hahn_program *program)
{
    return hahn_bit(program->qubits) / program->chunks;
}

/* ---- D: diagonals -------------------------------------------------------------------------- */

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

/* ---- D: looking ---------------------------------------------------------------------------- */

/* In place: w[m] <- sum over j of (-1)^parity(j & m) w[j]. Source of the recursion: Fino and
   Algazi, IEEE Trans. Comput. C-25 (1976) 1142. */
static void walsh_hadamard(double *w, uint64_t size)
{
    for (uint64_t half = 1; half < size; half *= 2)
        for (uint64_t base = 0; base < size; base += 2 * half)
            for (uint64_t j = base; j < base + half; j++) {
                const double x = w[j], y = w[j + half];
                w[j] = x + y;
                w[j + half] = x - y;
            }
}

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
        walsh_hadamard(transformed, size);
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
    walsh_hadamard(transformed, size);
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

/* ---- R: real rotations --------------------------------------------------------------------- */

/* A rotation prepared for a range of vectors: cos and sin for each element (1 and 0 where a control
   inside the vector says no), and the controls that tell vectors apart. */
typedef struct rotation {
    vec c, s;         /* s has the sign of an element's bit where the target is inside a vector */
    vec sign;         /* of the element in the look; 0 where a control says no */
    uint64_t control; /* among vector indices */
    int target;
} rotation;

static rotation prepare(const hahn_term *t, const real *cs, real direction)
{
    rotation r = {.control = t->control >> LOG_V, .target = __builtin_ctzll(t->mask)};
    const uint64_t within = t->control & (uint64_t)(V - 1);
    for (int k = 0; k < V; k++) {
        const bool acts = ((uint64_t)k & within) == within;
        const real sign = r.target < LOG_V && !((uint64_t)k & t->mask) ? -1 : 1;
        r.c[k] = acts ? cs[0] : 1;
        r.s[k] = acts ? direction * sign * cs[1] : 0;
        r.sign[k] = acts ? sign : 0;
    }
    return r;
}

static inline vec exchange(vec x, int target)
{
    switch (target) {
#if LOG_V > 1
    case 1:
        return EXCHANGE(x, 2);
#endif
#if LOG_V > 2
    case 2:
        return EXCHANGE(x, 4);
#endif
#if LOG_V > 3
    case 3:
        return EXCHANGE(x, 8);
#endif
    default:
        return EXCHANGE(x, 1);
    }
}

/* Target inside the vector: x <- c x + s x_exchanged. */
static inline void rotate_within(const rotation *r, vec *x, int target)
{
    *x = r->c * *x + r->s * exchange(*x, target);
}

/* Target across vectors. */
static inline void rotate_across(const rotation *r, vec *x0, vec *x1)
{
    const vec a = *x0, b = *x1;
    *x0 = r->c * a - r->s * b;
    *x1 = r->c * b + r->s * a;
}

/* Pairs of vectors [first, first + count) of those that a target across vectors tells apart. */
static inline uint64_t lower_of(uint64_t number, int bit)
{
    const uint64_t below = hahn_bit(bit) - 1;
    return (number & below) | (number & ~below) << 1;
}

static inline __attribute__((always_inline)) void
forward_within(const rotation *r, int target, pair psi, uint64_t first, uint64_t count)
{
    for (uint64_t k = first; k < first + count; k++) {
        if ((k & r->control) != r->control)
            continue;
        rotate_within(r, &psi.re[k], target);
        rotate_within(r, &psi.im[k], target);
    }
}

static void forward_across(const rotation *r, pair psi, uint64_t first, uint64_t count)
{
    const int bit = r->target - LOG_V;
    for (uint64_t k = first; k < first + count; k++) {
        const uint64_t k0 = lower_of(k, bit), k1 = k0 | hahn_bit(bit);
        if ((k0 & r->control) != r->control)
            continue;
        rotate_across(r, &psi.re[k0], &psi.re[k1]);
        rotate_across(r, &psi.im[k0], &psi.im[k1]);
    }
}

/* Look at one rotation and undo it, for psi and lambda together; `r` is the inverse. */
static inline __attribute__((always_inline)) double backward_within(const rotation *r, int target,
                                                                    pair psi, pair lambda,
                                                                    uint64_t first, uint64_t count)
{
    vec sum = {0};
    for (uint64_t k = first; k < first + count; k++) {
        if ((k & r->control) != r->control)
            continue;
        sum += r->sign * (lambda.re[k] * exchange(psi.re[k], target) +
                          lambda.im[k] * exchange(psi.im[k], target));
        rotate_within(r, &psi.re[k], target);
        rotate_within(r, &psi.im[k], target);
        rotate_within(r, &lambda.re[k], target);
        rotate_within(r, &lambda.im[k], target);
    }
    return sum_of(sum);
}

static double backward_across(const rotation *r, pair psi, pair lambda, uint64_t first,
                              uint64_t count)
{
    const int bit = r->target - LOG_V;
    vec sum = {0};
    for (uint64_t k = first; k < first + count; k++) {
        const uint64_t k0 = lower_of(k, bit), k1 = k0 | hahn_bit(bit);
        if ((k0 & r->control) != r->control)
            continue;
        sum += r->sign * (lambda.re[k1] * psi.re[k0] - lambda.re[k0] * psi.re[k1] +
                          (lambda.im[k1] * psi.im[k0] - lambda.im[k0] * psi.im[k1]));
        rotate_across(r, &psi.re[k0], &psi.re[k1]);
        rotate_across(r, &psi.im[k0], &psi.im[k1]);
        rotate_across(r, &lambda.re[k0], &lambda.re[k1]);
        rotate_across(r, &lambda.im[k0], &lambda.im[k1]);
    }
    return sum_of(sum);
}

/* The target is a constant in each case, so that its shuffle is one instruction. */
static void forward_range(const rotation *r, pair psi, uint64_t first, uint64_t amplitudes)
{
    const uint64_t v = first / V, count = amplitudes / V;
    switch (r->target < LOG_V ? r->target : LOG_V) {
    case 0:
        forward_within(r, 0, psi, v, count);
        break;
#if LOG_V > 1
    case 1:
        forward_within(r, 1, psi, v, count);
        break;
#endif
#if LOG_V > 2
    case 2:
        forward_within(r, 2, psi, v, count);
        break;
#endif
#if LOG_V > 3
    case 3:
        forward_within(r, 3, psi, v, count);
        break;
#endif
    default:
        forward_across(r, psi, v / 2, count / 2);
    }
}

static double backward_range(const rotation *r, pair psi, pair lambda, uint64_t first,
                             uint64_t amplitudes)
{
    const uint64_t v = first / V, count = amplitudes / V;
    switch (r->target < LOG_V ? r->target : LOG_V) {
    case 0:
        return backward_within(r, 0, psi, lambda, v, count);
#if LOG_V > 1
    case 1:
        return backward_within(r, 1, psi, lambda, v, count);
#endif
#if LOG_V > 2
    case 2:
        return backward_within(r, 2, psi, lambda, v, count);
#endif
#if LOG_V > 3
    case 3:
        return backward_within(r, 3, psi, lambda, v, count);
#endif
    default:
        return backward_across(r, psi, lambda, v / 2, count / 2);
    }
}

/* Terms [*first, *end) of a pass: the tile's own, or one other. */
static void pass_terms(const hahn_program *program, const hahn_stage *stage, uint64_t pass,
                       uint64_t *first, uint64_t *end)
{
    const uint64_t low = low_terms(program, stage);
    *first = stage->first + (pass ? low + pass - 1 : 0);
    *end = pass ? *first + 1 : stage->first + low;
}

/* The rotations of one pass over a chunk, tile by tile: the k-th half of all pairs belongs to the
   k-th tile, whether a pair lies within a tile or across two. */
static void forward_rotations(const hahn_program *program, hahn_lane *lane, const hahn_stage *stage,
                              uint64_t pass, uint64_t chunk)
{
    const uint64_t tile = hahn_bit(tile_qubits(program)), span = chunk_size(program);
    const pair psi = at(lane->psi, 0);
    uint64_t first, end;
    pass_terms(program, stage, pass, &first, &end);
    for (uint64_t base = chunk * span; base < (chunk + 1) * span; base += tile)
        for (uint64_t k = first; k < end; k++) {
            const rotation r = prepare(hahn_program_term(program, k), coefficients(lane, k), 1);
            forward_range(&r, psi, base, tile);
        }
}

static void backward_rotations(const hahn_program *program, hahn_lane *lane,
                               const hahn_stage *stage, uint64_t pass, uint64_t chunk)
{
    const uint64_t tile = hahn_bit(tile_qubits(program)), span = chunk_size(program);
    const pair psi = at(lane->psi, 0), lambda = at(lane->lambda, 0);
    double *moments = lane->moments + chunk * stage->count;
    uint64_t first, end;
    pass_terms(program, stage, pass, &first, &end);
    for (uint64_t base = chunk * span; base < (chunk + 1) * span; base += tile)
        for (uint64_t k = first; k < end; k++) {
            const hahn_term *t = hahn_program_term(program, k);
            const rotation r = prepare(t, coefficients(lane, k), -1);
            const double moment = backward_range(&r, psi, lambda, base, tile);
            if (t->members)
                moments[k - stage->first] += moment;
        }
}

/* ---- P: permutations ----------------------------------------------------------------------- */

/* Gather the whole state, which fits a tile, into the scratch array; the two change places. */
static void gather(const hahn_program *program, hahn_lane *lane, hahn_split *state,
                   const uint16_t *source)
{
    const real *re = state->re, *im = state->im;
    real *to_re = lane->scratch.re, *to_im = lane->scratch.im;
    for (uint64_t j = 0; j < hahn_bit(program->qubits); j++) {
        to_re[j] = re[source[j]];
        to_im[j] = im[source[j]];
    }
    const hahn_split old = *state;
    *state = lane->scratch;
    lane->scratch = old;
}

/* One flip on the chunk's share of pairs (j, j ^ mask), j without the mask's highest bit. */
static void flip(const hahn_program *program, const hahn_flip *f, hahn_split state, uint64_t chunk)
{
    real *re = state.re, *im = state.im;
    const int top = 63 - __builtin_clzll(f->mask);
    const uint64_t share = chunk_size(program) / 2;
    for (uint64_t k = chunk * share; k < (chunk + 1) * share; k++) {
        const uint64_t j0 = lower_of(k, top), j1 = j0 ^ f->mask;
        if ((j0 & f->control) != f->control)
            continue;
        const real x = re[j0], y = im[j0];
        re[j0] = re[j1];
        im[j0] = im[j1];
        re[j1] = x;
        im[j1] = y;
    }
}

static void permute(const hahn_program *program, hahn_lane *lane, const hahn_stage *stage,
                    hahn_split *state, bool backward, uint64_t pass, uint64_t chunk)
{
    if (stage->table == HAHN_NO_TABLE)
        flip(program, (const hahn_flip *)program->flips.data + stage->first + pass, *state, chunk);
    else
        gather(program, lane, state,
               (const uint16_t *)program->tables.data + stage->table +
                   (backward ? hahn_bit(program->qubits) : 0));
}

/* ---- the table ----------------------------------------------------------------------------- */

static void forward(const hahn_program *program, hahn_lane *lane, const hahn_stage *stage,
                    uint64_t pass, uint64_t chunk)
{
    switch ((hahn_stage_kind)stage->kind) {
    case HAHN_STAGE_D:
        forward_diagonal(program, lane, stage, chunk);
        break;
    case HAHN_STAGE_R:
        forward_rotations(program, lane, stage, pass, chunk);
        break;
    case HAHN_STAGE_P:
        permute(program, lane, stage, &lane->psi, false, pass, chunk);
        break;
    case HAHN_STAGE_M:
        hahn_reference_matrix(PRECISION, program, lane, stage, false, chunk, program->chunks);
    }
}

static void backward(const hahn_program *program, hahn_lane *lane, const hahn_stage *stage,
                     uint64_t pass, uint64_t chunk)
{
    switch ((hahn_stage_kind)stage->kind) {
    case HAHN_STAGE_D:
        backward_diagonal(program, lane, stage, chunk);
        break;
    case HAHN_STAGE_R:
        backward_rotations(program, lane, stage, pass, chunk);
        break;
    case HAHN_STAGE_P:
        permute(program, lane, stage, &lane->psi, true, pass, chunk);
        permute(program, lane, stage, &lane->lambda, true, pass, chunk);
        break;
    case HAHN_STAGE_M:
        hahn_reference_matrix(PRECISION, program, lane, stage, true, chunk, program->chunks);
    }
}

static double observe(const hahn_program *program, hahn_lane *lane, uint64_t chunk, bool keep)
{
    return hahn_reference_kernels(PRECISION)->observe(program, lane, chunk, keep);
}

#define JOIN3(a, b, c) a##_##b##_##c
#define NAME3(a, b, c) JOIN3(a, b, c)
#define TEXT1(a)       #a
#define TEXT(a)        TEXT1(a)

const hahn_host_kernels *NAME3(hahn_cpu_kernels, HAHN_ISA_NAME, SUFFIX)(void)
{
    static const hahn_host_kernels kernels = {
        TEXT(HAHN_ISA_NAME), passes, chunks, forward, backward, observe,
    };
    return &kernels;
}
