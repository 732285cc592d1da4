/* What hahn-bench computes from what it measures, and what its random cases are. */
#include "bench/cases.h"
#include "bench/chart.h"
#include "bench/generated.h"
#include "bench/html.h"
#include "bench/limits.h"
#include "bench/measure.h"
#include "bench/tree.h"
#include "vqe/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

static const struct bench_case *named(const char *name)
{
    struct failure f;
    const struct bench_case *found = case_find(name, strlen(name), &f);
    assert_non_null(found);
    return found;
}

static void quartiles_interpolate(void **state)
{
    double five[] = {5, 1, 4, 2, 3}, four[] = {7, 1, 5, 3}, one[] = {2};
    (void)state;
    struct summary s = summarise(five, 5);
    assert_true(s.least == 1 && s.lower == 2 && s.median == 3 && s.upper == 4);
    s = summarise(four, 4);
    assert_true(s.least == 1 && s.lower == 2.5 && s.median == 4 && s.upper == 5.5);
    s = summarise(one, 1);
    assert_true(s.least == 2 && s.lower == 2 && s.median == 2 && s.upper == 2);
}

struct counter {
    int calls, fail_at;
};

static bool count_call(void *context, double *parts, struct failure *f)
{
    struct counter *c = context;
    parts[SERIES_FORWARD] = 3.5;
    return ++c->calls != c->fail_at ||
           /* in parentheses, for cmocka has a macro of that name */
           (fail)(f, CLI_FAILED, "call %d", c->calls);
}

static void measuring_repeats_as_told(void **state)
{
    const struct measure_plan plan = {7, 0.0};
    struct counter counter = {0, 0}, failing = {0, 4};
    struct measurement m;
    struct failure f;
    (void)state;
    assert_true(measure(&plan, count_call, &counter, &m, &f));
    assert_int_equal(m.repeats, 7);
    assert_int_equal(counter.calls, 7 + 1); /* one to warm up */
    assert_true(m.series[SERIES_FORWARD].median == 3.5 && m.series[SERIES_BACKWARD].median == 0);
    assert_true(m.series[SERIES_WALL].median >= 0);
    assert_false(measure(&plan, count_call, &failing, &m, &f));
    assert_string_equal(f.text, "call 4");
}

/* The counts of docs/performance.md for the demo: 36 multiply-adds forward and 136 in all for each
   amplitude and each of 10,001 rotor layers. */
static void work_of_the_demo(void **state)
{
    const hahn_program_info info = {.qubits = 10, .gates = 400010, .sweeps = 1};
    const uint64_t bytes = 16 << 10;
    (void)state;
    struct work work = work_forward(named("n10d10000"), &info, bytes);
    assert_true(work.fma == 36.0 * 1024 * 10001);
    assert_true(work.gates == 400010);
    assert_true(work.least_bytes == 0 && isnan(work.bytes));
    work = work_gradient(named("n10d10000"), &info, bytes);
    assert_true(work.fma == 136.0 * 1024 * 10001);
    assert_int_equal(work.resident, 2 * bytes);
}

/* Two sweeps for each of 5 layers, each reading and writing a state forward, and two backward. */
static void work_beyond_the_cache(void **state)
{
    const uint64_t bytes = UINT64_C(16) << 24;
    const hahn_program_info info = {.qubits = 24, .gates = 1, .sweeps = 17};
    (void)state;
    struct work work = work_gradient(named("n24d4"), &info, bytes);
    assert_true(work.least_bytes == 3.0 * 2 * (double)bytes * 2 * 5);
    assert_true(work.bytes == 3.0 * 2 * (double)bytes * 17);
    /* Other circuits are not counted. */
    work = work_gradient(named("n20mixed"), &info, bytes);
    assert_true(isnan(work.fma) && isnan(work.least_bytes));
}

static void the_slower_limit_counts(void **state)
{
    const struct work work = {.gates = 6, .fma = 30, .least_bytes = 8, .bytes = 16, .resident = 1};
    /* Updates at the least size are known: nothing is measured. */
    struct rates rates = {.fma = 10, .update_count = 1, .updates = {{16 << 10, 2}}};
    struct reached r;
    struct failure f;
    (void)state;
    assert_true(reach(&work, 12, &rates, &r, &f));
    assert_true(r.limit == 4 && r.times_limit == 3); /* 30 / 10 < 8 / 2 */
    assert_true(r.gate_rate == 0.5 && r.fma_fraction == 0.25);
    rates.fma = 5;
    assert_true(reach(&work, 12, &rates, &r, &f));
    assert_true(r.limit == 6 && r.times_limit == 2);
}

static void the_mixed_circuit_holds_every_kind(void **state)
{
    static const hahn_gate kinds[] = {HAHN_GATE_CRX, HAHN_GATE_RZZ, HAHN_GATE_CCX,
                                      HAHN_GATE_SINGLE_EXCITATION};
    hahn_engine *engine;
    hahn_circuit *circuit, *small;
    (void)state;
    assert_int_equal(hahn_engine_create(NULL, &engine), HAHN_OK);
    assert_int_equal(generate_mixed(engine, 20, 20, &circuit), HAHN_OK);
    assert_int_equal(hahn_circuit_gates(circuit), 400);
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        assert_true(hahn_circuit_count(circuit, kinds[k]) > 10);
    /* Peers build it from the same description: it may not change unnoticed. */
    assert_int_equal(hahn_circuit_fingerprint(circuit), UINT64_C(0x412cd20d95c65336));
    /* Three qubits: each gate must still find qubits that differ. */
    assert_int_equal(generate_mixed(engine, 3, 50, &small), HAHN_OK);
    hahn_circuit_destroy(small);
    hahn_circuit_destroy(circuit);
    hahn_engine_destroy(engine);
}

static void the_observable_is_what_it_says(void **state)
{
    hahn_engine *engine;
    hahn_observable *observable;
    (void)state;
    assert_int_equal(hahn_engine_create(NULL, &engine), HAHN_OK);
    assert_int_equal(generate_paulis(engine, 12, &observable), HAHN_OK);
    assert_int_equal(hahn_observable_terms(observable), 3000);
    for (int64_t t = 0; t < 3000; t++) {
        double coefficient;
        uint64_t x, z;
        assert_int_equal(hahn_observable_term(observable, t, &coefficient, &x, &z), HAHN_OK);
        assert_true(fabs(coefficient) <= 0.5 && x < 4096 && z < 4096);
    }
    hahn_observable_destroy(observable);
    hahn_engine_destroy(engine);
}

/* -- reading results --------------------------------------------------------------------------- */

static void trees_hold_what_was_written(void **state)
{
    struct json j = {0};
    struct tree *tree;
    struct failure f;
    (void)state;
    json_object_begin(&j, NULL);
    json_string(&j, "text", "a \"b\" \\ \n c");
    json_number(&j, "number", -1.25e-7);
    json_number(&j, "nothing", NAN);
    json_bool(&j, "yes", true);
    json_array_begin(&j, "list");
    json_integer(&j, NULL, 3);
    json_object_begin(&j, NULL);
    json_object_end(&j);
    json_raw(&j, NULL, "{\"x\": 4}");
    json_array_end(&j);
    json_object_end(&j);
    assert_true(tree_parse(json_text(&j), "it", &tree, &f));
    assert_string_equal(tree_text(tree, "text", ""), "a \"b\" \\ \n c");
    assert_true(tree_number(tree, "number") == -1.25e-7);
    assert_true(isnan(tree_number(tree, "nothing")) && isnan(tree_number(tree, "absent")));
    assert_true(tree_number(tree, "yes") == 1);
    assert_string_equal(tree_text(tree, "number", "none"), "none");
    const struct tree *list = tree_member(tree, "list");
    assert_int_equal(list->kind, TREE_ARRAY);
    assert_true(list->first->number == 3 && list->first->next->kind == TREE_OBJECT);
    assert_true(tree_number(list->first->next->next, "x") == 4);
    assert_null(list->first->next->next->next);
    assert_null(tree_member(list, "x"));
    tree_free(tree);
    json_free(&j);
}

static void texts_that_are_not_json(void **state)
{
    static const char *const texts[] = {
        "",       "{",          "[1",         "[1 2]", "{\"a\"}",    "{\"a\": }",   "{a: 1}",
        "[1,]",   "\"open",     "nul",        "+1",    "1 2",        "{\"a\": 1,}", "\"\\q\"",
        "\"\\u1", "{\"a\": \"", "[\"a\": 1]", "[-]",   "{\"a\": [1}"};
    char deep[200];
    struct tree *tree;
    struct failure f;
    (void)state;
    for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
        assert_false(tree_parse(texts[k], "it", &tree, &f));
        assert_non_null(strstr(f.text, "it is not JSON"));
        assert_null(tree);
    }
    memset(deep, '[', sizeof deep);
    deep[sizeof deep - 1] = 0;
    assert_false(tree_parse(deep, "it", &tree, &f));
    assert_non_null(strstr(f.text, "too many brackets"));
}

static void charts_sort_and_leave_out(void **state)
{
    static struct chart chart;
    (void)state;
    chart_add(&chart, "a", 10, 1, false);
    chart_add(&chart, "a", 1, 2, true);
    chart_add(&chart, "b", 5, 3, false);
    chart_add(&chart, "a", 5, 4, false);
    chart_add(&chart, "a", 0, 4, false);
    chart_add(&chart, "a", 7, NAN, false);
    chart_add(&chart, "c", 7, -1, false);
    assert_int_equal(chart.count, 2);
    assert_int_equal(chart.series[0].count, 3);
    assert_true(chart.series[0].points[0].x == 1 && chart.series[0].points[0].estimated);
    assert_true(chart.series[0].points[1].y == 4 && chart.series[0].points[2].x == 10);
    for (int k = 0; k < 100; k++)
        chart_add(&chart, "b", 1 + k, 1, false);
    assert_int_equal(chart.series[1].count, CHART_MOST_POINTS);
}

static void bytes_as_base64(void **state)
{
    /* RFC 4648, section 10 */
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"}};
    (void)state;
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
        char text[64] = {0};
        FILE *out = tmpfile();
        assert_non_null(out);
        html_base64(out, rows[k][0], strlen(rows[k][0]));
        rewind(out);
        text[fread(text, 1, sizeof text - 1, out)] = 0;
        assert_string_equal(text, rows[k][1]);
        fclose(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quartiles_interpolate),
        cmocka_unit_test(measuring_repeats_as_told),
        cmocka_unit_test(work_of_the_demo),
        cmocka_unit_test(work_beyond_the_cache),
        cmocka_unit_test(the_slower_limit_counts),
        cmocka_unit_test(the_mixed_circuit_holds_every_kind),
        cmocka_unit_test(the_observable_is_what_it_says),
        cmocka_unit_test(trees_hold_what_was_written),
        cmocka_unit_test(texts_that_are_not_json),
        cmocka_unit_test(charts_sort_and_leave_out),
        cmocka_unit_test(bytes_as_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
