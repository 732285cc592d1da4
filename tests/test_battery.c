/* The battery of `hahn selftest`: every check passes in every way of running, every way was run,
   and the battery can fail. */
#include "support.h"

#include "vqe/battery_checks.h"

static char *run_battery(const struct battery_options *options, int *failures)
{
    char *report = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&report, &size);
    assert_non_null(stream);
    *failures = battery_run(options, stream);
    fclose(stream);
    return report;
}

static int count_lines(const char *report, const char *start)
{
    int count = 0;
    for (const char *line = report; *line; line = strchr(line, '\n') + 1)
        count += strncmp(line, start, strlen(start)) == 0;
    return count;
}

static int check_count(void)
{
    int count = 0;
    while (battery_checks[count].name)
        count++;
    return count;
}

static void all_checks_pass_everywhere(void **state)
{
    (void)state;
    struct battery_options options = {.backend = support_backend(),
                                      .precision = BATTERY_ALL_PRECISIONS,
                                      .quick = 1,
                                      .seed = support_seed()};
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int failures, ways = support_configs(configs);
    char *report = run_battery(&options, &failures);
    print_message("%s", report);
    assert_int_equal(failures, 0);
    assert_int_equal(count_lines(report, "ok "), ways * check_count());
    assert_int_equal(count_lines(report, "FAILED"), 0);
    free(report);
}

static void one_way_only(void **state)
{
    (void)state;
    struct battery_options options = {
        .backend = HAHN_BACKEND_REFERENCE, .precision = HAHN_F32, .quick = 1, .seed = 1};
    int failures;
    char *report = run_battery(&options, &failures);
    assert_int_equal(failures, 0);
    assert_int_equal(count_lines(report, "ok "), check_count());
    assert_non_null(strstr(report, "(reference, f32)"));
    assert_null(strstr(report, "f64"));
    free(report);
}

/* Asking for what is not there is a failure, and says why. */
static void a_missing_backend_fails(void **state)
{
    (void)state;
    struct battery_options options = {
        .backend = HAHN_BACKEND_CUDA, .precision = BATTERY_ALL_PRECISIONS, .quick = 1};
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int failures;
    if (battery_configs(&options, configs, NULL) > 0)
        skip();
    char *report = run_battery(&options, &failures);
    assert_int_equal(failures, 1);
    assert_int_equal(count_lines(report, "missing (cuda"), 2);
    free(report);
}

/* An error above the bound, a NaN and a failed call must each be seen, and not be covered up by
   what comes after. */
static void comparisons_can_fail(void **state)
{
    (void)state;
    struct battery_context context = {0};
    battery_compare(&context, 1, 2);
    assert_true(context.error == 1 && context.tolerance == 2);
    battery_compare(&context, 1, 4);
    assert_true(context.tolerance == 2);
    battery_compare(&context, NAN, 1);
    assert_true(isnan(context.error));
    battery_compare(&context, 0, 1);
    assert_false(context.error <= context.tolerance);

    context = (struct battery_context){0};
    battery_compare(&context, 0, 0);
    assert_true(context.error <= context.tolerance);
    battery_compare(&context, 1e-300, 0);
    assert_false(context.error <= context.tolerance);
    battery_compare(&context, 0, 0);
    assert_false(context.error <= context.tolerance);
    assert_int_equal(context.comparisons, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons_can_fail),
        cmocka_unit_test(all_checks_pass_everywhere),
        cmocka_unit_test(one_way_only),
        cmocka_unit_test(a_missing_backend_fails),
    };
    return support_result(cmocka_run_group_tests_name("battery", tests, NULL, NULL));
}
