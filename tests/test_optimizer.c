/* Optimisers: their names and settings as text, and how they descend. */

/* Before cmocka, which makes `fail` a macro. */
#include "vqe/optimizer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#if HAHN_HAVE_NLOPT
#include <nlopt.h>
#endif

static struct optimizer parsed(const char *text)
{
    struct optimizer optimizer = {0};
    struct failure f = {.code = CLI_DONE};
    if (!optimizer_parse(text, &optimizer, &f))
        fail_msg("%s: %s", text, f.text);
    return optimizer;
}

/* The library's test has what the rules do. */
static void test_own_ones_descend(void **state)
{
    const struct optimizer gd = parsed("gd"), momentum = parsed("momentum:beta=0.25");
    const struct optimizer adam = parsed("adam:beta1=0.5,beta2=0.75,epsilon=0.125");
    const hahn_descent_options plain = optimizer_descent(&gd, 3);
    const hahn_descent_options heavy = optimizer_descent(&momentum, 1);
    const hahn_descent_options moments = optimizer_descent(&adam, 1);
    const struct optimizer natural = parsed("qng");
    (void)state;
    assert_true(plain.rule == HAHN_DESCENT_PLAIN && plain.batch == 3);
    assert_true(heavy.rule == HAHN_DESCENT_MOMENTUM && heavy.beta == 0.25 && heavy.batch == 1);
    assert_true(moments.rule == HAHN_DESCENT_ADAM && moments.beta1 == 0.5);
    assert_true(moments.beta2 == 0.75 && moments.epsilon == 0.125);
    assert_true(optimizer_descent(&natural, 1).rule == HAHN_DESCENT_PLAIN);
}

static void test_every_row_is_whole(void **state)
{
    (void)state;
    assert_true(optimizer_count() >= 4);
    for (size_t r = 0; r < optimizer_count(); r++) {
        const struct optimizer_row *row = &optimizer_rows()[r];
        assert_true(row->nlopt ? row->state_vectors == 0 : row->square == 0 && row->linear == 0);
        assert_true(row->nlopt || row->uses_gradient);
        assert_true(!row->natural || (!row->nlopt && row->state_vectors == 1));
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
        cmocka_unit_test(test_own_ones_descend),
        cmocka_unit_test(test_every_row_is_whole),
        cmocka_unit_test(test_text_reads_back),
        cmocka_unit_test(test_bad_text),
        cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
