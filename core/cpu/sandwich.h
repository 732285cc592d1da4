/* R D R, one rotation each, of the same qubit: a change of basis, phases, and back. That is what a
   Pauli rotation becomes, and in a chain of them a tile would be walked over three times for very
   little; here a vector, or the two that the qubit tells apart, goes through all three stages
   in registers. */
#ifndef HAHN_CORE_CPU_SANDWICH_H
#define HAHN_CORE_CPU_SANDWICH_H

#include "core/cpu/look.h"
#include "core/cpu/rotation_low.h"

typedef struct sandwich {
    tile *t;
    const hahn_stage *d;
    const fetch *f;
    pair psi, lambda, to_psi, to_lambda;
    int target;    /* bit of the index within the tile */
    real sin[2];   /* of the rotation that is done first and of the one that is done last */
    vec within[2]; /* the same, with the sign of an element's part */
    double sums[2][MOST_PARTS]; /* backwards: what each part of the tile has seen of them */
    diagonal diagonal;
    looks looks;
} sandwich;

/* The qubit of a stage that is one rotation, without a control and by its tangent; 0: it is not. */
static uint32_t lone_target(const tile *t, const hahn_stage *r)
{
    const bool lone = r->kind == HAHN_STAGE_R && r->low == 1 && r->count == 1;
    if (!lone || coefficients(t->lane, r->first)[0] != 1)
        return 0;
    return hahn_local_term(t->program, r->first)->mask;
}

/* Whether stages k, k + 1 and k + 2 are a sandwich, and can be fetched so. */
static bool is_sandwich(const tile *t, uint64_t k, const fetch *f)
{
    const hahn_stage *stage = hahn_program_stage(t->program, k);
    const uint32_t target = lone_target(t, stage);
    diagonal d;
    if (!target || stage[1].kind != HAHN_STAGE_D || lone_target(t, stage + 2) != target)
        return false;
    find_groups(t, stage + 1, &d);
    return d.mixing != MIXED_MANY && f->mode != FETCH_EACH && t->bits >= HAHN_BLOCK_QUBITS;
}

/* direction 1: forward; -1: back. */
static void open_sandwich(sandwich *s, tile *t, const hahn_stage *const stages[2], const fetch *f,
                          real direction)
{
    const bool fetches = f->mode != FETCH_PLAIN;
    s->t = t;
    s->f = f;
    s->psi = t->psi.now;
    s->lambda = t->lambda.now;
    s->to_psi = fetches ? t->psi.spare : t->psi.now;
    s->to_lambda = fetches ? t->lambda.spare : t->lambda.now;
    memset(s->sums, 0, sizeof s->sums);
    s->target = __builtin_ctz(hahn_local_term(t->program, stages[0]->first)->mask);
    for (int k = 0; k < 2; k++) {
        s->sin[k] = direction * coefficients(t->lane, stages[k]->first)[1];
        s->within[k] = s->sin[k] * (s->target < LOG_V ? signs_of(s->target) : all_of(1));
    }
}

/* The kernels' q: the qubit of rotations within a vector, or this. */
#define ACROSS LOG_V

/* What is done at a time: the same vectors of one block, where the target is inside, or of two. */
typedef struct slice {
    uint64_t block[2], number[2]; /* blocks, and vectors within them */
    const block_table *table[2];
    real high_re[2], high_im[2];
    vec total[2]; /* backwards: what is seen of each block */
} slice;

static uint64_t slices_in(const sandwich *s, uint64_t vectors)
{
    return vectors / BLOCK_VECTORS >> (s->target >= HAHN_BLOCK_QUBITS);
}

INLINE slice open_slice(const sandwich *s, uint64_t number)
{
    const diagonal *d = &s->diagonal;
    slice out;
    for (int k = 0; k < 2; k++) {
        const int above = s->target - HAHN_BLOCK_QUBITS;
        out.block[k] = above < 0 ? number : lower_of(number, above) | (uint64_t)k << above;
        out.table[k] = table_of(s->t, s->d, d, out.block[k], NULL);
        out.high_re[k] = d->high_re[out.block[k]];
        out.high_im[k] = d->high_im[out.block[k]];
    }
    return out;
}

/* Number `k` of the vectors, or pairs of vectors, of a slice. */
INLINE uint64_t steps_of(const sandwich *s, bool across)
{
    return across && s->target < HAHN_BLOCK_QUBITS ? BLOCK_VECTORS / 2 : BLOCK_VECTORS;
}

INLINE void step(const sandwich *s, slice *x, bool across, uint64_t k)
{
    x->number[0] = x->number[1] = k;
    if (!across || s->target >= HAHN_BLOCK_QUBITS)
        return;
    x->number[0] = lower_of(k, s->target - LOG_V);
    x->number[1] = x->number[0] | hahn_bit(s->target - LOG_V);
}

INLINE uint64_t place_in(const slice *x, int j)
{
    return x->block[j] * BLOCK_VECTORS + x->number[j];
}

/* A rotation of one vector or two. */
INLINE void turn_slice(vec *x, const sandwich *s, int side, int q)
{
    if (q < LOG_V)
        x[0] += s->within[side] * exchange(x[0], q);
    else
        turn_pair(&x[0], &x[1], 1, s->sin[side], false);
}

INLINE void phase_of(const slice *x, int j, vec *re, vec *im)
{
    const vec a = x->table[j]->re[x->number[j]], b = x->table[j]->im[x->number[j]];
    *re = x->high_re[j] * a - x->high_im[j] * b;
    *im = x->high_re[j] * b + x->high_im[j] * a;
}

INLINE void forward_slices(const sandwich *s, fetch_mode mode, int q, uint64_t first, uint64_t end)
{
    const bool across = q == ACROSS;
    for (uint64_t n = first; n < end; n++) {
        slice x = open_slice(s, n);
        touch_ahead(s->t);
        for (uint64_t k = 0; k < steps_of(s, across); k++) {
            vec re[2], im[2], dr, di;
            step(s, &x, across, k);
            for (int j = 0; j <= across; j++) {
                re[j] = fetch_vector(s->f, mode, s->psi.re, place_in(&x, j));
                im[j] = fetch_vector(s->f, mode, s->psi.im, place_in(&x, j));
            }
            turn_slice(re, s, 0, q);
            turn_slice(im, s, 0, q);
            for (int j = 0; j <= across; j++) {
                phase_of(&x, j, &dr, &di);
                multiply_vectors(&re[j], &im[j], dr, di);
            }
            turn_slice(re, s, 1, q);
            turn_slice(im, s, 1, q);
            for (int j = 0; j <= across; j++) {
                s->to_psi.re[place_in(&x, j)] = re[j];
                s->to_psi.im[place_in(&x, j)] = im[j];
            }
        }
    }
}

/* Look at a rotation and undo it: as untwist_block. */
INLINE void untwist_slice(vec *p, vec *l, const sandwich *s, int side, int q, vec *sum)
{
    if (q < LOG_V)
        *sum += l[0] * exchange(p[0], q);
    else {
        *sum += l[1] * p[0];
        *sum -= l[0] * p[1];
    }
    turn_slice(p, s, side, q);
    turn_slice(l, s, side, q);
}

/* Undo the phases of one vector, look, and add up what is seen. */
INLINE void undo_phase(const sandwich *s, slice *x, int j, int part, vec *pr, vec *pi, vec *lr,
                       vec *li)
{
    const diagonal *d = &s->diagonal;
    vec dr, di, look;
    phase_of(x, j, &dr, &di);
    multiply_vectors(pr, pi, dr, -di);
    multiply_vectors(lr, li, dr, -di);
    look = *lr * *pi - *li * *pr;
    s->looks.inside[part][d->mixing == MIXED_GROUPS ? x->table[j] - d->table : 0][x->number[j]] +=
        look;
    x->total[j] += look;
}

/* One slice of both states; sums[0] gets what is seen of the rotation that is undone first. */
INLINE void backward_slice(const sandwich *s, fetch_mode mode, int q, int part, uint64_t number,
                           vec *sums)
{
    const bool across = q == ACROSS;
    slice x = open_slice(s, number);
    x.total[0] = x.total[1] = (vec){0};
    for (uint64_t k = 0; k < steps_of(s, across); k++) {
        vec pr[2], pi[2], lr[2], li[2];
        step(s, &x, across, k);
        for (int j = 0; j <= across; j++) {
            const uint64_t at = place_in(&x, j);
            pr[j] = fetch_vector(s->f, mode, s->psi.re, at);
            pi[j] = fetch_vector(s->f, mode, s->psi.im, at);
            lr[j] = fetch_vector(s->f, mode, s->lambda.re, at);
            li[j] = fetch_vector(s->f, mode, s->lambda.im, at);
        }
        untwist_slice(pr, lr, s, 0, q, &sums[0]);
        untwist_slice(pi, li, s, 0, q, &sums[0]);
        for (int j = 0; j <= across; j++)
            undo_phase(s, &x, j, part, &pr[j], &pi[j], &lr[j], &li[j]);
        untwist_slice(pr, lr, s, 1, q, &sums[1]);
        untwist_slice(pi, li, s, 1, q, &sums[1]);
        for (int j = 0; j <= across; j++) {
            const uint64_t at = place_in(&x, j);
            s->to_psi.re[at] = pr[j];
            s->to_psi.im[at] = pi[j];
            s->to_lambda.re[at] = lr[j];
            s->to_lambda.im[at] = li[j];
        }
    }
    if (s->target < HAHN_BLOCK_QUBITS)
        x.total[0] += x.total[1];
    else
        s->looks.total[x.block[1]] = x.total[1];
    s->looks.total[x.block[0]] = x.total[0];
}

/* Slices whose looks at rotations are added up in `real`, before the sums go on in double. */
#define SLICES_AT_ONCE 32

INLINE void backward_slices(sandwich *s, fetch_mode mode, int q, int part, uint64_t first,
                            uint64_t end)
{
    while (first < end) {
        const uint64_t next = end - first < SLICES_AT_ONCE ? end : first + SLICES_AT_ONCE;
        vec sums[2] = {{0}, {0}};
        for (; first < next; first++) {
            touch_ahead(s->t);
            backward_slice(s, mode, q, part, first, sums);
        }
        for (int k = 0; k < 2; k++)
            s->sums[k][part] += sum_of(q < LOG_V ? signs_of(q) * sums[k] : sums[k]);
    }
}

#define SANDWICH(mode, q)                                                                          \
    static void forward_sandwich_##mode##_##q(sandwich *s, int part, uint64_t first, uint64_t end) \
    {                                                                                              \
        (void)part;                                                                                \
        forward_slices(s, mode, q, first, end);                                                    \
    }                                                                                              \
    static void backward_sandwich_##mode##_##q(sandwich *s, int part, uint64_t first,              \
                                               uint64_t end)                                       \
    {                                                                                              \
        backward_slices(s, mode, q, part, first, end);                                             \
    }
#if LOG_V > 3
#define FOR_QUBITS(F, mode) F(mode, 0) F(mode, 1) F(mode, 2) F(mode, 3) F(mode, ACROSS)
#elif LOG_V > 2
#define FOR_QUBITS(F, mode) F(mode, 0) F(mode, 1) F(mode, 2) F(mode, ACROSS)
#elif LOG_V > 1
#define FOR_QUBITS(F, mode) F(mode, 0) F(mode, 1) F(mode, ACROSS)
#else
#define FOR_QUBITS(F, mode) F(mode, 0) F(mode, ACROSS)
#endif
FOR_QUBITS(SANDWICH, FETCH_PLAIN)
FOR_QUBITS(SANDWICH, FETCH_ONE)
FOR_QUBITS(SANDWICH, FETCH_TWO)
#undef SANDWICH

typedef void (*sandwich_kernel)(sandwich *s, int part, uint64_t first, uint64_t end);

/* By q. */
#define NAME(mode, q) {forward_sandwich_##mode##_##q, backward_sandwich_##mode##_##q},
static const sandwich_kernel sandwich_kernels[][ACROSS + 1][2] = {
    [FETCH_PLAIN] = {FOR_QUBITS(NAME, FETCH_PLAIN)},
    [FETCH_ONE] = {FOR_QUBITS(NAME, FETCH_ONE)},
    [FETCH_TWO] = {FOR_QUBITS(NAME, FETCH_TWO)},
};
#undef NAME
#undef FOR_QUBITS

/* The part's share of the slices. */
static void run_sandwich(sandwich *s, bool backward, int part)
{
    const uint64_t share = slices_in(s, s->t->vectors) / (uint64_t)s->t->parts;
    sandwich_kernels[s->f->mode][hahn_min(s->target, ACROSS)][backward](
        s, part, share * (uint64_t)part, share * (uint64_t)(part + 1));
}

static void forward_sandwich_part(void *context, int part)
{
    run_sandwich(context, false, part);
}

static void backward_sandwich_part(void *context, int part)
{
    run_sandwich(context, true, part);
}

/* Stages r, r + 1 and r + 2. */
static void forward_sandwich(sandwich *s, tile *t, const hahn_stage *r, const fetch *f)
{
    open_sandwich(s, t, (const hahn_stage *[]){r, r + 2}, f, 1);
    s->d = r + 1;
    lack(t, scale_of(t, r), false);
    t->pending *= scale_of(t, r);
    prepare_diagonal(t, s->d, &s->diagonal);
    for_parts(t, forward_sandwich_part, s);
    if (f->mode != FETCH_PLAIN)
        swap_spare(&t->psi);
    t->pending *= scale_of(t, r + 2);
}

/* The derivative by rotation `side`: both states lacked `pending` when it was looked at. */
static void keep_side(const sandwich *s, int side, const hahn_stage *r, double pending)
{
    double sum = 0;
    for (int part = 0; part < s->t->parts; part++)
        sum += s->sums[side][part];
    s->t->moments[r->first - s->t->first_term] += sum * pending * pending;
}

static void backward_sandwich(sandwich *s, tile *t, const hahn_stage *r, const fetch *f)
{
    open_sandwich(s, t, (const hahn_stage *[]){r + 2, r}, f, -1);
    s->d = r + 1;
    lack(t, scale_of(t, r + 2), true);
    const double before = t->pending;
    t->pending *= scale_of(t, r + 2);
    prepare_diagonal(t, s->d, &s->diagonal);
    begin_looks(t, s->d, &s->diagonal, &s->looks);
    for_parts(t, backward_sandwich_part, s);
    if (f->mode != FETCH_PLAIN) {
        swap_spare(&t->psi);
        swap_spare(&t->lambda);
    }
    end_looks(t, s->d, &s->diagonal, &s->looks);
    keep_side(s, 0, r + 2, before);
    keep_side(s, 1, r, t->pending);
    t->pending *= scale_of(t, r);
}

#endif
