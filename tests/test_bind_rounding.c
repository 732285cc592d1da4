/* How binding rounds, in every instruction set and precision that runs here: means of repeated
   angles, norms of many, scales of stages, half turns. Prints the means. */
#include "bind_support.h"

#include <complex.h>

/* Accounts of each kind of pair. */
#define ACCOUNTS 32

/* Fixed gates are exact: what should be 1 is 1, and what should be 0 is no more than the range
   reduction leaves. */
static void check_fixed(const variant *v)
{
    enum { TIMES = 200 };
    bound b = bound_open(1);
    for (int k = 0; k < TIMES; k++) {
        assert_ok(b.engine, hahn_circuit_h(b.circuit, 0));
        assert_ok(b.engine, hahn_circuit_s(b.circuit, 0));
    }
    bound_compile(&b);
    assert_int_equal(b.program->terms.count, 2 * TIMES + 1);
    assert_true(bound_bind(&b, v, NULL, HAHN_NO_SHIFT));
    for (uint64_t k = 0; k < b.program->terms.count; k++) {
        const double left = bound_coefficient(&b, v, 2 * k),
                     right = bound_coefficient(&b, v, 2 * k + 1);
        if (bound_is_tangent(bound_term(&b, k)))
            assert_true(left == 1 && right == 1);
        else
            assert_true((fabs(left) < 0x1p-98 && fabs(right) == 1) ||
                        (fabs(right) < 0x1p-98 && fabs(left) == 1));
    }
    bound_close(&b);
}

static void fixed_gates(void **state)
{
    (void)state;
    variant_for_all(check_fixed);
}

/* One angle in many terms: mean errors, which circuits of repeated gates would add up. */
typedef struct means {
    long double tangent, cosine, sine;
    double excess; /* largest of all partial sums of the pairs' excesses */
} means;

static means measure(const bound *b, const variant *v, long double tangent, long double pair)
{
    means m = {0, 0, 0, 0};
    const long double count = (long double)b->program->terms.count / 2;
    long double sum = 0;
    for (uint64_t k = 0; k < b->program->terms.count; k++) {
        const double left = bound_coefficient(b, v, 2 * k),
                     right = bound_coefficient(b, v, 2 * k + 1);
        if (bound_is_tangent(bound_term(b, k))) {
            m.tangent += (right - tanl(tangent)) / count;
            continue;
        }
        m.cosine += (left - cosl(pair)) / count;
        m.sine += (right - sinl(pair)) / count;
        sum += bound_excess(left, right);
        m.excess = fmax(m.excess, fabs((double)sum));
    }
    return m;
}

/* A mean of N dithered numbers is off by half a spacing over sqrt(N), here with 5 standard
   deviations, and by the 2^-8 of a spacing that are not acted on. The larger number of a pair
   follows the smaller one, but for the sum of excesses. */
static void check_means(const variant *v, double angle, double factor, int times, const means *m)
{
    const long double half = (long double)angle / 2, pair = (long double)angle * factor;
    const double noise = 2.5 / sqrt(times) + 0x1p-8, owed = ACCOUNTS * MOST_OWED * variant_unit(v);
    const double smaller = fmin((double)cosl(pair), (double)sinl(pair));
    const double turn =
        noise * variant_spacing(v, smaller) + owed / times + 0x1p-8 * variant_unit(v);
    print_message("%s %s: %g * %g repeated: mean errors of tan %.4f, cos %.4f, sin %.4f spacings, "
                  "sum of excesses up to %.1f u\n",
                  v->isa, hahn_precision_name(v->precision), factor, angle,
                  (double)m->tangent / variant_spacing(v, tanl(half)),
                  (double)m->cosine / variant_spacing(v, cosl(pair)),
                  (double)m->sine / variant_spacing(v, sinl(pair)), m->excess / variant_unit(v));
    assert_within((double)m->tangent, 0, noise * variant_spacing(v, tanl(half)));
    assert_within((double)m->sine, 0, turn);
    assert_within((double)m->cosine, 0, turn);
    assert_within(m->excess, 0, owed);
}

static void check_repeated(const variant *v)
{
    enum { TIMES = 100000 };
    static const double angles[] = {0.3, 0.02, 1.1, 1.5707, 1e-5};
    for (size_t k = 0; k < 2 * ARRAY_SIZE(angles); k++) {
        const hahn_param angle = hahn_fixed(angles[k / 2]);
        const double factor = k % 2 ? 1 : 0.5;
        bound b = bound_open(1);
        assert_ok(b.engine, hahn_circuit_ry(b.circuit, 0, angle));
        assert_ok(b.engine, k % 2 ? hahn_circuit_p(b.circuit, 0, angle)
                                  : hahn_circuit_rz(b.circuit, 0, angle));
        assert_ok(b.engine, hahn_circuit_repeat(b.circuit, TIMES, 0));
        bound_compile(&b);
        assert_true(bound_bind(&b, v, NULL, HAHN_NO_SHIFT));
        const means m =
            measure(&b, v, (long double)angle.offset / 2, (long double)angle.offset * factor);
        check_means(v, angle.offset, factor, TIMES, &m);
        bound_close(&b);
    }
}

static void repeated_angles(void **state)
{
    (void)state;
    variant_for_all(check_repeated);
}

/* A qubit's state, and its turns by a stage: scale * [[c, -s], [s, c]], and diag(c - is, c + is).
 */
typedef struct qubit {
    long double _Complex zero, one;
} qubit;

static void turn_y(qubit *state, long double scale, long double c, long double s)
{
    const qubit old = *state;
    state->zero = scale * (c * old.zero - s * old.one);
    state->one = scale * (s * old.zero + c * old.one);
}

static void turn_z(qubit *state, long double c, long double s)
{
    state->zero *= c - s * (long double _Complex)I;
    state->one *= c + s * (long double _Complex)I;
}

/* Few angles, repeated, with exact arithmetic on the state (2^-64 a step): what coefficients alone
   are off by. A dithered number's standard deviation is half a spacing at most, u/2 or less for
   what turns a state; 4 of them over a random walk of all gates. */
static void check_walk(const variant *v, double y, double z)
{
    enum { LAYERS = 50000 };
    bound b = bound_open(1);
    qubit state = {1, 0}, exact = {1, 0};
    assert_ok(b.engine, hahn_circuit_ry(b.circuit, 0, hahn_fixed(y)));
    assert_ok(b.engine, hahn_circuit_rz(b.circuit, 0, hahn_fixed(z)));
    assert_ok(b.engine, hahn_circuit_repeat(b.circuit, LAYERS, 0));
    bound_compile(&b);
    /* A term a stage: R and D in turn. */
    assert_int_equal(b.program->stages.count, 2 * LAYERS);
    assert_int_equal(b.program->terms.count, 2 * LAYERS);
    assert_true(bound_bind(&b, v, NULL, HAHN_NO_SHIFT));
    for (uint64_t k = 0; k < 2 * LAYERS; k++) {
        const double c = bound_coefficient(&b, v, 2 * k), s = bound_coefficient(&b, v, 2 * k + 1);
        const long double half = (k % 2 ? (long double)z : (long double)y) / 2;
        if (k % 2) {
            turn_z(&state, c, s);
            turn_z(&exact, cosl(half), sinl(half));
        } else {
            turn_y(&state, b.scales[k], c, s);
            turn_y(&exact, 1, cosl(half), sinl(half));
        }
    }
    const double error =
        (double)hypotl(cabsl(state.zero - exact.zero), cabsl(state.one - exact.one));
    const double walk = variant_unit(v) * sqrt(2.0 * LAYERS);
    print_message("%s %s: %d layers of %g and %g: %.2g = %.3f u sqrt(gates)\n", v->isa,
                  hahn_precision_name(v->precision), LAYERS, y, z, error, error / walk);
    assert_within(error, 0, 2 * walk);
    /* Rounded coefficients that left no trace would not have been looked at. */
    assert_true(error > 0);
    bound_close(&b);
}

static void check_walks(const variant *v)
{
    static const double angles[][2] = {{0.3, 0.02}, {1.1, 2.9}, {0.001, 5.7}, {-2.2, 0.4}};
    for (size_t k = 0; k < ARRAY_SIZE(angles); k++)
        check_walk(v, angles[k][0], angles[k][1]);
}

static void walks(void **state)
{
    (void)state;
    variant_for_all(check_walks);
}

/* Product of 1 + t^2 over the tangents of a stage. */
static long double squares_of(const bound *b, const variant *v, const hahn_stage *stage)
{
    long double product = 1;
    for (uint64_t k = stage->first; k < stage->first + stage->count; k++) {
        const long double t = bound_coefficient(b, v, 2 * k + 1);
        if (bound_is_tangent(bound_term(b, k)) && bound_coefficient(b, v, 2 * k) == 1)
            product *= 1 + t * t;
    }
    return product;
}

/* Every scale is right to 2 u (its rounding, and what is owed), is a number of the precision, and
   the product of all scales to 2 u as well, whatever their number. */
static void check_scales_of(const bound *b, const variant *v)
{
    long double product = 1;
    for (uint64_t k = 0; k < b->program->stages.count; k++) {
        const hahn_stage *stage = hahn_program_stage(b->program, k);
        if (stage->kind != HAHN_STAGE_R) {
            assert_true(b->scales[k] == 1);
            continue;
        }
        const long double root = sqrtl(squares_of(b, v, stage));
        const long double norm = fabsl(b->scales[k] * root);
        assert_within((double)(norm - 1), 0, 2 * variant_unit(v));
        if (v->precision == HAHN_F32)
            assert_true((float)b->scales[k] == b->scales[k]);
        product *= norm;
    }
    /* 2^-64 for each of three long double operations and each stage. */
    assert_within((double)(product - 1), 0,
                  2 * variant_unit(v) + 3 * 0x1p-64 * (double)b->program->stages.count);
}

static void check_scales(const variant *v)
{
    enum { QUBITS = 5, LAYERS = 10000 };
    bound b = bound_open(QUBITS);
    const double theta[QUBITS] = {0.3, -1.2, 4.0, 2.0, 0.7};
    for (int q = 0; q < QUBITS; q++) {
        assert_ok(b.engine, hahn_circuit_ry(b.circuit, q, hahn_theta(q)));
        assert_ok(b.engine, hahn_circuit_rz(b.circuit, q, hahn_theta(q)));
    }
    assert_ok(b.engine, hahn_circuit_repeat(b.circuit, LAYERS, 0));
    bound_compile(&b);
    assert_int_equal(b.program->stages.count, 2 * LAYERS);
    assert_true(bound_bind(&b, v, theta, HAHN_NO_SHIFT));
    check_scales_of(&b, v);
    /* One of the cosines is negative. */
    assert_true(b.scales[bound_stage_of(&b, 0)] < 0);
    bound_close(&b);
}

static void scales(void **state)
{
    (void)state;
    variant_for_all(check_scales);
}

/* Half turns: the product of cosines would leave the range, and terms become pairs. */
static void check_half_turns(const variant *v)
{
    enum { QUBITS = 12 };
    static const double angles[] = {3.141592653589793, 3.1415, -3.14, 9.42};
    bound b = bound_open(QUBITS);
    for (int q = 0; q < QUBITS; q++)
        assert_ok(b.engine, hahn_circuit_ry(b.circuit, q, hahn_theta(0)));
    bound_compile(&b);
    assert_int_equal(b.program->stages.count, 1);
    for (size_t k = 0; k < ARRAY_SIZE(angles); k++) {
        int pairs = 0;
        const long double half = (long double)angles[k] / 2;
        assert_true(bound_bind(&b, v, &angles[k], HAHN_NO_SHIFT));
        assert_true(fabs(b.scales[0]) >= variant_least_scale(v));
        check_scales_of(&b, v);
        for (uint64_t t = 0; t < QUBITS; t++) {
            const double left = bound_coefficient(&b, v, 2 * t),
                         right = bound_coefficient(&b, v, 2 * t + 1);
            if (left == 1) {
                bound_check_tangent(v, left, right, half);
                continue;
            }
            pairs++;
            bound_check_pair_of_tangent(v, left, right, half);
        }
        const int fit = (int)(log2(variant_least_scale(v)) / (double)log2l(fabsl(cosl(half))));
        assert_int_equal(pairs, fit < QUBITS ? QUBITS - fit : 0);
        assert_true(v->precision == HAHN_F64 || pairs > 0);
    }
    bound_close(&b);
}

static void half_turns(void **state)
{
    (void)state;
    variant_for_all(check_half_turns);
}

/* The half turn as near as two doubles come to it. */
static void check_exact_half_turn(const variant *v)
{
    bound b = bound_open(1);
    const double theta[] = {6.123233995736766e-17 * 2};
    assert_ok(b.engine, hahn_circuit_ry(b.circuit, 0, hahn_affine(1, 0, 3.141592653589793)));
    bound_compile(&b);
    assert_true(bound_bind(&b, v, theta, HAHN_NO_SHIFT));
    const double left = bound_coefficient(&b, v, 0), right = bound_coefficient(&b, v, 1);
    const double cosine = b.scales[0] * left, sine = b.scales[0] * right;
    assert_within(fabs(cosine), 0, 0x1p-98);
    assert_within(sine, 1, 2 * variant_unit(v));
    bound_close(&b);
}

static void exact_half_turn(void **state)
{
    (void)state;
    variant_for_all(check_exact_half_turn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_gates), cmocka_unit_test(repeated_angles),
        cmocka_unit_test(walks),       cmocka_unit_test(scales),
        cmocka_unit_test(half_turns),  cmocka_unit_test(exact_half_turn),
    };
    return support_result(cmocka_run_group_tests_name("bind_rounding", tests, NULL, NULL));
}
