#include "bind_support.h"

#include "core/cpu/isa.h"

static const variant variants[] = {
    {"baseline", HAHN_F64, hahn_cpu_bind_baseline_f64},
    {"baseline", HAHN_F32, hahn_cpu_bind_baseline_f32},
#if HAHN_HAVE_X86
    {"avx2", HAHN_F64, hahn_cpu_bind_avx2_f64},
    {"avx2", HAHN_F32, hahn_cpu_bind_avx2_f32},
    {"avx512", HAHN_F64, hahn_cpu_bind_avx512_f64},
    {"avx512", HAHN_F32, hahn_cpu_bind_avx512_f32},
#endif
};

double variant_unit(const variant *v)
{
    return v->precision == HAHN_F64 ? 0x1p-53 : 0x1p-24;
}

static bool runs_here(const variant *v)
{
    int count;
    const hahn_isa *table = hahn_isa_table(&count);
    for (int k = 0; k < count; k++)
        if (strcmp(table[k].name, v->isa) == 0)
            return table[k].runs_here();
    fail_msg("%s is no instruction set of the cpu backend", v->isa);
    return false;
}

void variant_for_all(void (*check)(const variant *))
{
    for (size_t k = 0; k < ARRAY_SIZE(variants); k++)
        if (runs_here(&variants[k]))
            check(&variants[k]);
}

bound bound_open(int qubits)
{
    bound b = {.engine = support_reference_engine()};
    /* Rotations on all qubits are one stage, whatever HAHN_TILE says. */
    assert_ok(b.engine, hahn_engine_set_tile(b.engine, SUPPORT_TILE_QUBITS));
    assert_ok(b.engine, hahn_circuit_create(b.engine, qubits, &b.circuit));
    return b;
}

void bound_compile(bound *b)
{
    assert_ok(b->engine, hahn_program_create(b->engine, b->circuit, NULL, &b->program));
    b->coefficients = support_allocate(b->program->terms.count * 2 * sizeof(double));
    b->scales = support_allocate(b->program->stages.count * sizeof(double));
}

void bound_close(bound *b)
{
    free(b->scales);
    free(b->coefficients);
    hahn_program_destroy(b->program);
    hahn_circuit_destroy(b->circuit);
    hahn_engine_destroy(b->engine);
}

bool bound_bind(const bound *b, const variant *v, const double *theta, hahn_shift shift)
{
    memset(b->coefficients, 0xA5, b->program->terms.count * 2 * sizeof(double));
    return v->bind(b->program, theta, shift, b->coefficients, b->scales);
}

double bound_coefficient(const bound *b, const variant *v, uint64_t index)
{
    return v->precision == HAHN_F64 ? ((const double *)b->coefficients)[index]
                                    : ((const float *)b->coefficients)[index];
}

const hahn_term *bound_term(const bound *b, uint64_t k)
{
    return hahn_program_term(b->program, k);
}

bool bound_is_tangent(const hahn_term *term)
{
    return term->kind == HAHN_RY && !term->control;
}

double variant_spacing(const variant *v, long double x)
{
    int exponent;
    (void)frexpl(x, &exponent);
    return fmax(ldexp(2 * variant_unit(v), exponent - 1),
                v->precision == HAHN_F64 ? 0x1p-1074 : 0x1p-149);
}

double bound_excess(double c, double s)
{
    const double cc = c * c, ss = s * s, larger = cc > ss ? cc : ss, smaller = cc > ss ? ss : cc;
    return ((larger - 1) + smaller) + (fma(c, c, -cc) + fma(s, s, -ss));
}

/* One of the two neighbours, or the next where the function's own error of 2^-61 decides. */
static void check_dithered(const variant *v, const char *what, double actual, long double exact,
                           long double angle)
{
    const long double lost = fabsl(angle) < 0.75L ? 0 : ABSOLUTE;
    const long double allowed = variant_spacing(v, exact) * (1 + 0x1p-8L) + lost;
    if (!(fabsl(actual - exact) <= allowed))
        fail_msg("%s %s: %s is %.17g, not %.20Lg: off by %.3Lg spacings", v->isa,
                 hahn_precision_name(v->precision), what, actual, exact,
                 (actual - exact) / (long double)variant_spacing(v, exact));
}

/* The larger number of a pair is rounded, by u/2, and moved to balance what is owed with its own
   excess: u and 2 sqrt(1/2) u of the numbers' roundings. Each spacing moves 2 sqrt(1/2) u or more:
   3 of them at most. */
static void check_pair(const variant *v, double c, double s, long double angle)
{
    const long double cosine = cosl(angle), sine = sinl(angle);
    const bool swapped = fabsl(sine) > fabsl(cosine);
    const double moved = swapped ? s : c;
    const long double exact = swapped ? sine : cosine;
    check_dithered(v, swapped ? "cos" : "sin", swapped ? c : s, swapped ? cosine : sine, angle);
    assert_true(fabsl(moved - exact) <= 3.5L * variant_unit(v));
    assert_true(fabs(moved) <= 1);
}

double variant_least_scale(const variant *v)
{
    return v->precision == HAHN_F64 ? 0x1p-400 : 0x1p-40;
}

/* A half turn: the pair of a tangent that is rounded already, which moves it by a spacing more. */
void bound_check_pair_of_tangent(const variant *v, double c, double s, long double half)
{
    assert_true(fabsl(c - cosl(half)) <= 2 * variant_spacing(v, cosl(half)) + ABSOLUTE);
    assert_true(fabsl(s - sinl(half)) <= 4 * variant_unit(v));
}

void bound_check_tangent(const variant *v, double left, double right, long double half)
{
    if (fabsl(cosl(half)) < variant_least_scale(v)) {
        bound_check_pair_of_tangent(v, left, right, half);
        return;
    }
    assert_true(left == 1);
    check_dithered(v, "tan", right, tanl(half), half);
}

void bound_check_term(const bound *b, const variant *v, uint64_t k, long double angle)
{
    const double left = bound_coefficient(b, v, 2 * k), right = bound_coefficient(b, v, 2 * k + 1);
    if (bound_is_tangent(bound_term(b, k)))
        bound_check_tangent(v, left, right, angle / 2);
    else
        check_pair(v, left, right, bound_term(b, k)->kind == HAHN_PHASE ? angle : angle / 2);
}

uint64_t bound_stage_of(const bound *b, uint64_t term)
{
    uint64_t k = 0;
    for (;; k++) {
        const hahn_stage *stage = hahn_program_stage(b->program, k);
        if (stage->kind <= HAHN_STAGE_R && term - stage->first < stage->count)
            return k;
    }
}
