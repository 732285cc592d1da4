/* Optimisers: steps done by hand, and their names and settings as text. */

/* Before cmocka, which makes `fail` a macro. */
#include "vqe/optimizer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#if HAHN_HAVE_NLOPT
#include <nlopt.h>
#endif

/* Unit roundoff. */
#define U (DBL_EPSILON / 2)

static struct optimizer parsed(const char *text)
{
    struct optimizer optimizer = {0};
    struct failure f = {.code = CLI_DONE};
    if (!optimizer_parse(text, &optimizer, &f))
        fail_msg("%s: %s", text, f.text);
    return optimizer;
}

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.17g is not %.17g within %g", value, expected, tolerance);
}

static void take(const struct optimizer *optimizer, struct optimizer_step *step, double rate,
                 const double *gradient)
{
    step->gradient = gradient;
    step->rate = rate;
    step->settings = &optimizer->settings;
    step->update++;
    optimizer->row->step(step);
}

static void test_descent(void **state)
{
    struct optimizer gd = parsed("gd");
    double theta[2] = {1, -2}, gradient[2] = {0.5, -0.25};
    struct optimizer_step step = {.theta = theta, .count = 2};
    (void)state;

    take(&gd, &step, 0.5, gradient);
    assert_true(theta[0] == 0.75 && theta[1] == -1.875);
    take(&gd, &step, 0.25, gradient);
    assert_true(theta[0] == 0.625 && theta[1] == -1.8125);
}

static void test_momentum(void **state)
{
    struct optimizer momentum = parsed("momentum:beta=0.5");
    double theta[1] = {0}, velocity[1] = {0}, first[1] = {1}, second[1] = {2};
    struct optimizer_step step = {.theta = theta, .state = velocity, .count = 1};
    (void)state;

    take(&momentum, &step, 0.25, first); /* v = 1 */
    assert_true(theta[0] == -0.25);
    take(&momentum, &step, 0.25, second); /* v = 2.5 */
    assert_true(velocity[0] == 2.5 && theta[0] == -0.875);
}

static void test_adam(void **state)
{
    struct optimizer adam = parsed("adam:beta1=0.5,beta2=0.5,epsilon=0");
    double theta[1] = {0}, moments[2] = {0}, one[1] = {1}, zero[1] = {0};
    struct optimizer_step step = {.theta = theta, .state = moments, .count = 1};
    (void)state;

    take(&adam, &step, 0.25, one); /* m = v = 1/2; both are 1 without bias */
    assert_true(moments[0] == 0.5 && moments[1] == 0.5 && theta[0] == -0.25);
    take(&adam, &step, 0.25, zero); /* m = v = 1/4; both are 1/3 without bias */
    assert_true(moments[0] == 0.25 && moments[1] == 0.25);
    /* Two divisions, a root, a division, a product and a difference round once each. */
    assert_near(theta[0], -0.25 * (1 + sqrt(1.0 / 3.0)), 6 * U);
}

static void test_adam_epsilon(void **state)
{
    struct optimizer adam = parsed("adam:epsilon=0.5");
    double theta[1] = {0}, moments[2] = {0}, gradient[1] = {-2};
    struct optimizer_step step = {.theta = theta, .state = moments, .count = 1};
    (void)state;

    take(&adam, &step, 1, gradient); /* the first step is g / (|g| + epsilon) */
    assert_near(theta[0], 2 / 2.5, 8 * U);
}

/* A batch is one long vector: each of its parts is trained as it would be alone. */
static void test_parts_are_independent(void **state)
{
    (void)state;
    for (size_t r = 0; r < optimizer_count(); r++) {
        struct optimizer optimizer = parsed(optimizer_rows()[r].spec.name);
        double both[2] = {0.5, -3}, alone[1] = {-3}, gradient[2] = {7, 0.125};
        double state2[4] = {0}, state1[2] = {0};
        struct optimizer_step pair = {.theta = both, .state = state2, .count = 2};
        struct optimizer_step single = {.theta = alone, .state = state1, .count = 1};
        if (!optimizer.row->step)
            continue;
        for (int k = 0; k < 3; k++) {
            take(&optimizer, &pair, 0.1, gradient);
            take(&optimizer, &single, 0.1, gradient + 1);
        }
        assert_true(both[1] == alone[0] && alone[0] != -3);
    }
}

static void test_every_row_is_whole(void **state)
{
    (void)state;
    assert_true(optimizer_count() >= 4);
    for (size_t r = 0; r < optimizer_count(); r++) {
        const struct optimizer_row *row = &optimizer_rows()[r];
        assert_true((row->step == NULL) != (row->nlopt == NULL));
        assert_true(row->step ? row->square == 0 && row->linear == 0 : row->state_vectors == 0);
        assert_true(row->step == NULL || row->uses_gradient);
        assert_true(!row->natural || (row->step && row->state_vectors == 1));
        for (size_t other = 0; other < r; other++)
            assert_string_not_equal(optimizer_rows()[other].spec.name, row->spec.name);
#if HAHN_HAVE_NLOPT
        if (row->nlopt)
            assert_true((int)nlopt_algorithm_from_string(row->nlopt) >= 0);
#endif
    }
}

static void assert_same_settings(const struct optimizer_settings *a,
                                 const struct optimizer_settings *b)
{
    assert_true(a->beta == b->beta && a->beta1 == b->beta1 && a->beta2 == b->beta2);
    assert_true(a->epsilon == b->epsilon && a->memory == b->memory);
    assert_true(a->initial_step == b->initial_step);
    assert_true(a->damping == b->damping && a->tolerance == b->tolerance);
    assert_true(a->iterations == b->iterations);
}

static void test_text_reads_back(void **state)
{
    static const char *const texts[] = {"momentum:beta=0.123456789012345678",
                                        "adam:beta1=0.1,beta2=0.2,epsilon=1e-300",
                                        "qng:damping=0.125,iterations=7,tolerance=1e-9",
                                        "lbfgs:memory=17", "praxis:initial-step=0.3"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct optimizer first = parsed(texts[i]), second;
        char *text = optimizer_describe(&first);
        assert_non_null(text);
        second = parsed(text);
        assert_ptr_equal(first.row, second.row);
        assert_same_settings(&first.settings, &second.settings);
        free(text);
    }
}

static void test_bad_text(void **state)
{
    static const char *const texts[][2] = {
        {"", "unknown optimizer"},
        {"GD", "unknown optimizer"},
        {"adm", "did you mean adam?"},
        {"gd:beta=1", "gd has no key \"beta\": it takes none"},
        {"momentum:beta", "not of the form key=value"},
        {"momentum:beta=1", "out of range"},
        {"momentum:beta=-0.1", "out of range"},
        {"momentum:beta=nan", "not a number"},
        {"momentum:beta=0.5x", "not a number"},
        {"adam:beta2=0.5,beta3=0.5", "did you mean"},
        {"qng:damping=-1", "out of range"},
        {"qng:iterations=0", "out of range"},
        {"lbfgs:memory=2.5", "not a whole number"},
        {"lbfgs:memory=1001", "out of range: 1 to 1000"},
        {"cobyla:initial-step=0", "out of range"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct optimizer optimizer = {0};
        struct failure f = {.code = CLI_DONE};
        assert_false(optimizer_parse(texts[i][0], &optimizer, &f));
        assert_int_equal(f.code, CLI_USAGE);
        assert_null(optimizer.row);
        if (!strstr(f.text, texts[i][1]))
            fail_msg("\"%s\" gives \"%s\", which lacks \"%s\"", texts[i][0], f.text, texts[i][1]);
    }
}

static void test_sizes(void **state)
{
    struct optimizer gd = parsed("gd"), adam = parsed("adam"), bobyqa = parsed("bobyqa");
    struct optimizer little = parsed("lbfgs:memory=1"), much = parsed("lbfgs:memory=11");
    (void)state;
    assert_true(optimizer_numbers(&gd, 1000) == 0);
    assert_true(optimizer_numbers(&adam, 1000) == 2000);
    assert_true(optimizer_numbers(&much, 1000) - optimizer_numbers(&little, 1000) == 20 * 1000);
    /* BOBYQA's own documentation: (NPT + 5)(NPT + N) + 3 N (N + 5) / 2 with NPT = 2 N + 1. */
    for (uint64_t n = 2; n < 2000; n += 7)
        assert_true(optimizer_numbers(&bobyqa, n) >=
                    (2 * n + 6) * (3 * n + 1) + 3 * n * (n + 5) / 2);
    assert_true(optimizer_numbers(&bobyqa, (uint64_t)1 << 40) == UINT64_MAX);
    assert_true(optimizer_numbers(&adam, UINT64_MAX / 2 + 1) == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descent),
        cmocka_unit_test(test_momentum),
        cmocka_unit_test(test_adam),
        cmocka_unit_test(test_adam_epsilon),
        cmocka_unit_test(test_parts_are_independent),
        cmocka_unit_test(test_every_row_is_whole),
        cmocka_unit_test(test_text_reads_back),
        cmocka_unit_test(test_bad_text),
        cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
