/* Binding, in every instruction set and precision that runs here: coefficients against long double,
   for all kinds of terms and of angles. */
#include "bind_support.h"

static const long double pi = 3.14159265358979323846264338327950288L;

/* All kinds of terms for each angle: ry, zrot, phase and controlled ry, each a term of its own. */
static bound all_kinds(int64_t angles)
{
    bound b = bound_open(2);
    for (int64_t k = 0; k < angles; k++) {
        const hahn_param angle = hahn_theta(k);
        assert_ok(b.engine, hahn_circuit_ry(b.circuit, 0, angle));
        assert_ok(b.engine, hahn_circuit_rz(b.circuit, 0, angle));
        assert_ok(b.engine, hahn_circuit_p(b.circuit, 0, angle));
        assert_ok(b.engine, hahn_circuit_cry(b.circuit, 0, 1, angle));
    }
    bound_compile(&b);
    assert_int_equal(b.program->terms.count, 4 * angles);
    return b;
}

static int64_t parameter_of(const bound *b, uint64_t term)
{
    const hahn_term *t = bound_term(b, term);
    assert_int_equal(t->members, 1);
    return ((const hahn_member *)b->program->members.data)[t->first_member].index;
}

/* Each term by its own angle, and the sign of the scale by the cosine's. */
static void check_terms(const bound *b, const variant *v, const double *theta, hahn_shift shift)
{
    assert_true(bound_bind(b, v, theta, shift));
    for (uint64_t k = 0; k < b->program->terms.count; k++) {
        long double angle = theta[parameter_of(b, k)];
        angle += k == shift.term ? shift.delta : 0;
        bound_check_term(b, v, k, angle);
        if (bound_is_tangent(bound_term(b, k)) && fabsl(cosl(angle / 2)) >= variant_least_scale(v))
            assert_true((b->scales[bound_stage_of(b, k)] < 0) == (cosl(angle / 2) < 0));
    }
}

static void check_magnitudes(const variant *v)
{
    enum { EACH = 40 };
    static const double magnitudes[] = {1e-300, 1e-30, 1e-8, 1e-3, 1,    3,    10,
                                        1e3,    1e5,   1e6,  3e6,  1e15, 1e18, 1e300};
    struct battery_random random = support_random("magnitudes");
    double theta[EACH * ARRAY_SIZE(magnitudes) + 1] = {0};
    /* Not a multiple of any vector or block. */
    bound b = all_kinds(ARRAY_SIZE(theta));
    for (size_t k = 0; k + 1 < ARRAY_SIZE(theta); k++)
        theta[k] = magnitudes[k / EACH] * battery_uniform(&random, -1, 1);
    check_terms(&b, v, theta, HAHN_NO_SHIFT);
    bound_close(&b);
}

static void magnitudes(void **state)
{
    (void)state;
    variant_for_all(check_magnitudes);
}

/* Around multiples of pi/4, where quadrants change and numbers vanish. */
static void check_multiples(const variant *v)
{
    enum { MULTIPLES = 60, OFFSETS = 7 };
    static const double offsets[OFFSETS] = {0, 1e-16, -1e-16, 1e-12, -1e-12, 1e-7, -1e-7};
    double theta[MULTIPLES * OFFSETS];
    bound b = all_kinds(ARRAY_SIZE(theta));
    for (int k = 0; k < MULTIPLES * OFFSETS; k++) {
        const int m = k / OFFSETS;
        const int far = m < 40 ? m - 20 : (m - 39) * 4099 * 16;
        theta[k] = (double)(far * pi / 4) * (1 + offsets[k % OFFSETS]);
    }
    check_terms(&b, v, theta, HAHN_NO_SHIFT);
    bound_close(&b);
}

static void multiples(void **state)
{
    (void)state;
    variant_for_all(check_multiples);
}

static void check_shifts(const variant *v)
{
    enum { ANGLES = 50 };
    double theta[ANGLES];
    struct battery_random random = support_random("shifts");
    bound b = all_kinds(ANGLES);
    for (int k = 0; k < ANGLES; k++)
        theta[k] = battery_uniform(&random, -7, 7);
    for (uint64_t term = 0; term < b.program->terms.count; term++)
        check_terms(&b, v, theta, (hahn_shift){term, term % 2 ? 1.5707963267948966 : -3});
    bound_close(&b);
}

static void shifts(void **state)
{
    (void)state;
    variant_for_all(check_shifts);
}

/* The turn that is left of a + b, far beyond what long double holds. */
static long double turn_of(double a, double b)
{
    return atan2l(sinl(a), cosl(a)) + atan2l(sinl(b), cosl(b));
}

/* A far angle's part below its rounding counts. */
static void check_far_rest(const variant *v)
{
    enum { TERMS = 40 };
    static const double offsets[] = {1e7, -1e12, 1e15, 1e18};
    bound b = bound_open(1);
    const double theta[] = {0.3};
    for (int k = 0; k < TERMS; k++) {
        const hahn_param angle = hahn_affine(1, 0, offsets[k % 4]);
        assert_ok(b.engine, hahn_circuit_rz(b.circuit, 0, angle));
        assert_ok(b.engine, hahn_circuit_ry(b.circuit, 0, angle));
    }
    bound_compile(&b);
    assert_int_equal(b.program->terms.count, 2 * TERMS);
    assert_true(bound_bind(&b, v, theta, HAHN_NO_SHIFT));
    for (uint64_t k = 0; k < 2 * TERMS; k++)
        bound_check_term(&b, v, k, 2 * turn_of(offsets[k / 2 % 4] / 2, theta[0] / 2));
    bound_close(&b);
}

static void far_rest(void **state)
{
    (void)state;
    variant_for_all(check_far_rest);
}

/* Terms of several members and an offset, whose large parts cancel. */
static void check_joined(const variant *v)
{
    enum { TERMS = 300 };
    const double theta[] = {1e9, 0.3, -1e9, 0.75};
    bound b = bound_open(1);
    for (int k = 0; k < TERMS; k++) {
        for (int m = 0; m < 4; m++)
            assert_ok(b.engine, hahn_circuit_rz(b.circuit, 0, hahn_theta(m)));
        assert_ok(b.engine, hahn_circuit_rz(b.circuit, 0, hahn_affine(-0.5, 1, 0.1)));
        assert_ok(b.engine, hahn_circuit_ry(b.circuit, 0, hahn_affine(3, 1, 1e-3)));
    }
    bound_compile(&b);
    assert_int_equal(b.program->terms.count, 2 * TERMS);
    assert_true(bound_bind(&b, v, theta, HAHN_NO_SHIFT));
    for (uint64_t k = 0; k < b.program->terms.count; k++)
        bound_check_term(&b, v, k,
                         bound_is_tangent(bound_term(&b, k))
                             ? 3 * (long double)theta[1] + 1e-3
                             : (long double)theta[1] / 2 + theta[3] + 0.1);
    bound_close(&b);
}

static void joined(void **state)
{
    (void)state;
    variant_for_all(check_joined);
}

/* Finite, though products of halves overflow on the way; and not finite at each place. */
static void check_not_finite(const variant *v)
{
    enum { ANGLES = 131 };
    double theta[ANGLES] = {0};
    bound b = bound_open(1);
    for (int k = 0; k < ANGLES; k++) {
        assert_ok(b.engine, hahn_circuit_ry(b.circuit, 0, hahn_affine(1e305, k, 0)));
        assert_ok(b.engine, hahn_circuit_rz(b.circuit, 0, hahn_fixed(1)));
    }
    bound_compile(&b);
    for (int k = 0; k < ANGLES; k++) {
        theta[k] = 1e-305;
        assert_true(bound_bind(&b, v, theta, HAHN_NO_SHIFT));
        for (uint64_t t = 0; t < b.program->terms.count; t++)
            if (bound_is_tangent(bound_term(&b, t)) && parameter_of(&b, t) == k)
                bound_check_term(&b, v, t, (long double)1e305 * theta[k]);
        theta[k] = k % 2 ? 1e10 : -1e10;
        assert_false(bound_bind(&b, v, theta, HAHN_NO_SHIFT));
        theta[k] = 0;
    }
    assert_false(bound_bind(&b, v, theta, (hahn_shift){0, INFINITY}));
    bound_close(&b);
}

static void not_finite(void **state)
{
    (void)state;
    variant_for_all(check_not_finite);
}

/* The same bytes each time; nothing beyond the terms is written; and no terms at all are fine. */
static void check_repeats(const variant *v)
{
    enum { ANGLES = 333 };
    struct battery_random random = support_random("repeats");
    double *theta = support_angles(&random, ANGLES);
    bound b = all_kinds(ANGLES);
    const size_t size = b.program->terms.count * 2 * (v->precision == HAHN_F64 ? 8 : 4);
    unsigned char *first = support_allocate(size + 64), *again = support_allocate(size + 64);
    memset(first, 1, size + 64);
    memset(again, 1, size + 64);
    assert_true(v->bind(b.program, theta, HAHN_NO_SHIFT, first, b.scales));
    assert_true(v->bind(b.program, theta, HAHN_NO_SHIFT, again, b.scales));
    assert_memory_equal(first, again, size + 64);
    for (size_t k = size; k < size + 64; k++)
        assert_int_equal(first[k], 1);
    free(first);
    free(again);
    free(theta);
    bound_close(&b);

    b = bound_open(2);
    assert_ok(b.engine, hahn_circuit_cx(b.circuit, 0, 1));
    bound_compile(&b);
    assert_true(bound_bind(&b, v, NULL, HAHN_NO_SHIFT));
    assert_true(b.scales[0] == 1);
    bound_close(&b);
}

static void repeats(void **state)
{
    (void)state;
    variant_for_all(check_repeats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(magnitudes), cmocka_unit_test(multiples), cmocka_unit_test(shifts),
        cmocka_unit_test(far_rest),   cmocka_unit_test(joined),    cmocka_unit_test(not_finite),
        cmocka_unit_test(repeats),
    };
    return support_result(cmocka_run_group_tests_name("bind", tests, NULL, NULL));
}
