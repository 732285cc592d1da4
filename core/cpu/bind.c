/* Binding: from a parameter vector to the coefficients of all terms, a block of terms at a time, in
   loops that vectorise. One source, compiled for each instruction set and precision:

   HAHN_ISA_NAME    baseline, avx2 or avx512: in the name
   HAHN_KERNEL_F32  0 or 1 */
#include "core/cpu/bind.h"

#include "core/cpu/rounding.h"
#include "core/cpu/sincos.h"

/* Terms in a block, for every instruction set. Its arrays leave most of the first-level cache to
   the program that streams through it: blocks of 128 take half as long again. */
enum { BLOCK = 32 };

/* Tangents end here; what is farther has a cosine of 0 for all purposes. */
#define MOST_TANGENT 0x1p100

/* Bound on the product of all 1 + t^2 of a stage: scales stay above 2^-400 or 2^-40, far from
   underflow in products with amplitudes. */
#define MOST_SQUARES (HAHN_KERNEL_F32 ? 0x1p80 : 0x1p800)

/* What is made of a term's angle: the tangent of its half, or the pair of cosine and sine of its
   half, or of all of it. Pairs turn the whole state, or a part of it. */
enum { TANGENT, WHOLE, PART, PHASE };

typedef struct block {
    /* What angles are made of: offset + scale * number, and rest. */
    double offset[BLOCK], rest[BLOCK], scale[BLOCK], number[BLOCK];
    double use[BLOCK]; /* TANGENT to PHASE: a double, like all that loops compare */
    double toss[BLOCK];
    double cosine[BLOCK], cosine_rest[BLOCK], sine[BLOCK], sine_rest[BLOCK];
    double tangent[BLOCK];
    double left[BLOCK], right[BLOCK]; /* the coefficients */
} block;

typedef struct binding {
    const hahn_program *program;
    const double *theta;
    hahn_shift shift;
    real *coefficients;
    double *scales;
    /* What roundings owe. Each place in a block has accounts of its own: sums of excesses of pairs
       that turn the whole state, and a part of it. */
    double whole[BLOCK], part[BLOCK];
    double fallback; /* of pairs made from tangents */
    double scale;    /* relative excess of the product of all scales */
} binding;

/* The last member's product is left to add_angles. */
static inline void gather_term(const binding *b, const hahn_term *term, block *k, uint64_t i)
{
    static const double uses[][2] = {
        [HAHN_ZROT] = {WHOLE, WHOLE}, [HAHN_PHASE] = {PHASE, PHASE}, [HAHN_RY] = {TANGENT, PART}};
    const hahn_member *member = (const hahn_member *)b->program->members.data + term->first_member;
    hahn_angle angle = {term->offset, term->offset_rest};
    double scale = 0, number = 0;
    if (term->members) {
        for (uint32_t m = term->members; m > 1; m--, member++)
            angle = hahn_angle_add(angle, member->scale, b->theta[member->index]);
        scale = member->scale;
        number = b->theta[member->index];
    }
    k->offset[i] = angle.value;
    k->rest[i] = angle.rest;
    k->scale[i] = scale;
    k->number[i] = number;
    k->use[i] = uses[term->kind][term->control != 0];
}

/* Places of a last block that have no term get an angle of 0, which owes nothing. */
static void gather(const binding *b, uint64_t first, uint64_t count, block *k)
{
    const hahn_term *terms = hahn_program_term(b->program, first);
    for (uint64_t i = 0; i < count; i++)
        gather_term(b, &terms[i], k, i);
    for (uint64_t i = count; i < BLOCK; i++) {
        k->offset[i] = k->rest[i] = k->scale[i] = k->number[i] = 0;
        k->use[i] = PART;
    }
    if (b->shift.term >= first && b->shift.term - first < count) {
        const uint64_t i = b->shift.term - first;
        const hahn_angle angle = hahn_term_angle(b->program, &terms[i], b->theta);
        k->offset[i] = angle.value;
        k->rest[i] = angle.rest;
        k->scale[i] = 1;
        k->number[i] = b->shift.delta;
    }
    for (uint32_t i = 0; i < BLOCK; i++)
        k->toss[i] = toss_of((uint32_t)first + i);
}

static inline double factor_of(const block *k, int i)
{
    return k->use[i] == PHASE ? 1 : 0.5;
}

/* False for NaN too. */
static inline bool is_near(const block *k, int i)
{
    return fabs(k->offset[i]) + fabs(k->rest[i]) < HAHN_FAR_ANGLE;
}

/* What coefficients are functions of, to offset and rest. Joined angles of very different size
   leave a large rest, so the sum is made anew. Returns whether all are near. */
static bool add_angles(block *k)
{
    int far = 0;
    for (int i = 0; i < BLOCK; i++) {
        const double factor = factor_of(k, i);
        const dd product = two_product(k->scale[i], k->number[i]);
        const dd sum = two_sum(k->offset[i], product.hi);
        const dd angle = two_sum(sum.hi, k->rest[i] + (sum.lo + product.lo));
        k->offset[i] = factor * angle.hi;
        k->rest[i] = factor * angle.lo;
    }
    for (int i = 0; i < BLOCK; i++)
        far |= !is_near(k, i);
    return !far;
}

static long double within_turn(double angle)
{
    return atan2l(sinl(angle), cosl(angle));
}

/* Take the turns out of the angles that are far, one by one, and from the terms: where products are
   made without fused multiply-add, they may have overflowed. False if one is not finite. */
static bool bring_near(const binding *b, uint64_t first, block *k)
{
    for (int i = 0; i < BLOCK; i++) {
        const uint64_t index = first + (uint64_t)i;
        if (is_near(k, i))
            continue;
        hahn_angle angle =
            hahn_term_angle(b->program, hahn_program_term(b->program, index), b->theta);
        if (index == b->shift.term)
            angle = hahn_angle_add(angle, 1, b->shift.delta);
        if (!isfinite(angle.value) || !isfinite(angle.rest))
            return false;
        const double factor = factor_of(k, i);
        const long double turn =
            within_turn(factor * angle.value) + within_turn(factor * angle.rest);
        k->offset[i] = (double)turn;
        k->rest[i] = (double)(turn - k->offset[i]);
    }
    return true;
}

static void take_sines(block *k)
{
    for (int i = 0; i < BLOCK; i++) {
        dd sine, cosine;
        sine_cosine((dd){k->offset[i], k->rest[i]}, &sine, &cosine);
        k->sine[i] = sine.hi;
        k->sine_rest[i] = sine.lo;
        k->cosine[i] = cosine.hi;
        k->cosine_rest[i] = cosine.lo;
    }
}

static void round_tangents(block *k)
{
    for (int i = 0; i < BLOCK; i++) {
        const double least = copysign(1 / MOST_TANGENT, k->cosine[i]);
        const dd sine = {k->sine[i], k->sine_rest[i]}, cosine = {k->cosine[i], k->cosine_rest[i]};
        const bool tiny = fabs(cosine.hi) < 1 / MOST_TANGENT;
        const dd divisor = {tiny ? least : cosine.hi, tiny ? 0 : cosine.lo};
        k->tangent[i] = round_by_toss(dd_divide(sine, divisor), k->toss[i]);
    }
}

/* Pairs, or the tangents that were rounded before. With a tangent, on the left, stands the sign of
   the cosine as yet: scale_stage takes it. */
static void round_pairs(binding *b, block *k)
{
    for (int i = 0; i < BLOCK; i++) {
        const dd sine = {k->sine[i], k->sine_rest[i]}, cosine = {k->cosine[i], k->cosine_rest[i]};
        const double use = k->use[i], tangent = k->tangent[i], sign = copysign(1, cosine.hi);
        const double owed = use == WHOLE ? b->whole[i] : b->part[i];
        const rotor r = round_pair(cosine, sine, k->toss[i], owed);
        b->whole[i] += use == WHOLE ? r.excess : 0;
        b->part[i] += use >= PART ? r.excess : 0;
        k->left[i] = use == TANGENT ? sign : r.c;
        k->right[i] = use == TANGENT ? tangent : r.s;
    }
}

static void store(const block *k, uint64_t count, real *coefficients)
{
    for (uint64_t i = 0; i < count; i++) {
        coefficients[2 * i] = (real)k->left[i];
        coefficients[2 * i + 1] = (real)k->right[i];
    }
}

/* The pair that a sign and a tangent stand for, in their place; square = 1 + t^2. */
static void make_pair(binding *b, dd square, uint32_t index, real *pair)
{
    const dd cosine = dd_scale(pair[0], dd_inverse_root(square));
    const dd sine = dd_multiply((dd){pair[1], 0}, cosine);
    const rotor r = round_pair(cosine, sine, toss_of(index), b->fallback);
    b->fallback += r.excess;
    pair[0] = (real)r.c;
    pair[1] = (real)r.s;
}

/* 1 / sqrt of the product of all 1 + t^2, rounded so that the product of all scales stays right. */
static double round_scale(binding *b, dd squares)
{
    const dd exact = dd_inverse_root(squares);
    const double root = exact.hi * squares.hi;
    const double scale = (double)(real)(exact.hi + (exact.lo - exact.hi * b->scale));
    b->scale += ((scale - exact.hi) - exact.lo) * root;
    return scale;
}

static double scale_stage(binding *b, const hahn_stage *stage)
{
    dd squares = {1, 0};
    double sign = 1;
    if (stage->kind != HAHN_STAGE_R)
        return 1;
    for (uint64_t k = stage->first; k < stage->first + stage->count; k++) {
        real *pair = b->coefficients + 2 * k;
        if (hahn_program_term(b->program, k)->control)
            continue;
        const dd square = two_product(pair[1], pair[1]), sum = two_sum(1, square.hi);
        const dd more = {sum.hi, sum.lo + square.lo}, product = dd_multiply(squares, more);
        if (product.hi > MOST_SQUARES) {
            make_pair(b, more, (uint32_t)k, pair);
            continue;
        }
        squares = product;
        sign *= pair[0];
        pair[0] = 1;
    }
    return squares.hi == 1 && squares.lo == 0 ? sign : sign * round_scale(b, squares);
}

/* Terms stand in the order of their stages: the scales of stages from the given one on whose terms
   are among the first `terms`. Returns the next stage. */
static uint64_t scale_stages(binding *b, uint64_t stage, uint64_t terms)
{
    for (; stage < b->program->stages.count; stage++) {
        const hahn_stage *s = hahn_program_stage(b->program, stage);
        if (s->kind <= HAHN_STAGE_R && s->first + s->count > terms)
            break;
        b->scales[stage] = scale_stage(b, s);
    }
    return stage;
}

#if HAHN_KERNEL_F32
#define SUFFIX f32
#else
#define SUFFIX f64
#endif
#define JOIN3(a, b, c) a##_##b##_##c
#define NAME3(a, b, c) JOIN3(a, b, c)

bool NAME3(hahn_cpu_bind, HAHN_ISA_NAME, SUFFIX)(const hahn_program *program, const double *theta,
                                                 hahn_shift shift, void *coefficients,
                                                 double *scales)
{
    const uint64_t terms = program->terms.count;
    binding b = {.program = program,
                 .theta = theta,
                 .shift = shift,
                 .coefficients = coefficients,
                 .scales = scales};
    uint64_t stage = scale_stages(&b, 0, 0);
    for (uint64_t first = 0; first < terms; first += BLOCK) {
        const uint64_t count = terms - first < BLOCK ? terms - first : BLOCK;
        block k;
        gather(&b, first, count, &k);
        if (!add_angles(&k) && !bring_near(&b, first, &k))
            return false;
        take_sines(&k);
        round_tangents(&k);
        round_pairs(&b, &k);
        store(&k, count, b.coefficients + 2 * first);
        stage = scale_stages(&b, stage, first + count);
    }
    return true;
}
