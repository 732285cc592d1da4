/* The command line: numbers, tables of options, NAME:key=value, start parameters, graphs. */
/* Before cmocka, which makes `fail` a macro. */
#include "vqe/cli.h"
#include "vqe/graph.h"
#include "vqe/problem.h"
#include "vqe/spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void assert_says(const struct failure *f, const char *text)
{
    if (!strstr(f->text, text))
        fail_msg("\"%s\" does not say \"%s\"", f->text, text);
    assert_int_equal(f->code, CLI_USAGE);
}

/* -- numbers ---------------------------------------------------------------------------------- */

static void reads_whole_numbers(void **state)
{
    struct failure f;
    int64_t v;
    uint64_t u;
    (void)state;
    assert_true(parse_int64("-9223372036854775808", INT64_MIN, INT64_MAX, &v, &f));
    assert_true(v == INT64_MIN);
    assert_true(parse_int64("+60", 1, 60, &v, &f));
    assert_int_equal(v, 60);
    assert_true(parse_uint64("18446744073709551615", &u, &f));
    assert_true(u == UINT64_MAX);
}

static void refuses_other_whole_numbers(void **state)
{
    static const char *const words[] = {"", "x", "1x", " 1", "1.0", "1e3", "-", "0x10", "1 "};
    static const char *const large[] = {"61", "0", "-1", "1000000000000000000",
                                        "99999999999999999999999"};
    struct failure f;
    int64_t v = 42;
    uint64_t u;
    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        assert_false(parse_int64(words[i], 1, 60, &v, &f));
        assert_says(&f, "is not a whole number; give one from 1 to 60");
        assert_false(parse_uint64(words[i], &u, &f));
        assert_says(&f, "is not a whole number");
    }
    for (size_t i = 0; i < COUNT(large); i++) {
        assert_false(parse_int64(large[i], 1, 60, &v, &f));
        assert_says(&f, "is out of range: 1 to 60");
    }
    assert_int_equal(v, 42);
    assert_false(parse_int64("9223372036854775808", INT64_MIN, INT64_MAX, &v, &f));
    assert_false(parse_uint64("-1", &u, &f));
    assert_false(parse_uint64("18446744073709551616", &u, &f));
    assert_says(&f, "out of range: 0 to 18446744073709551615");
}

static void reads_reals(void **state)
{
    static const char *const wrong[] = {"",   "nan", "inf", "-infinity", " 1",
                                        "1 ", "1,5", "e3",  "."};
    struct failure f;
    double v;
    (void)state;
    assert_true(parse_real("-1e-3", 0, 0, &v, &f) && v == -1e-3);
    assert_true(parse_real(".5", 0, 1, &v, &f) && v == 0.5);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_false(parse_real(wrong[i], 0, 0, &v, &f));
        assert_says(&f, "is not a number");
    }
    assert_false(parse_real("1e999", 0, 0, &v, &f));
    assert_says(&f, "out of range: any finite number");
    assert_false(parse_real("1.5", 0, 1, &v, &f));
    assert_says(&f, "1.5 is out of range: 0 to 1");
    assert_false(parse_real("0", DBL_MIN, DBL_MAX, &v, &f));
    assert_says(&f, "0 is out of range: above 0");
}

static void reads_sizes(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } sizes[] = {{"0", 0},           {"100", 100},       {"100B", 100},
                 {"2GiB", 1u << 31}, {"2G", 1u << 31},   {"1kB", 1000},
                 {"1KiB", 1024},     {"0.5MiB", 524288}, {"3TB", 3000000000000}};
    static const char *const wrong[] = {"", "GiB", "2GB2", "2 GB", "two", "-", "nan"};
    struct failure f;
    uint64_t v;
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        assert_true(parse_bytes(sizes[i].text, &v, &f));
        assert_true(v == sizes[i].bytes);
    }
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_false(parse_bytes(wrong[i], &v, &f));
        assert_says(&f, "is not a size");
    }
    assert_false(parse_bytes("-1GiB", &v, &f));
    assert_says(&f, "out of range");
    assert_false(parse_bytes("1e30TiB", &v, &f));
    assert_says(&f, "out of range");
}

static void formats_sizes(void **state)
{
    char text[32];
    (void)state;
    assert_string_equal(format_bytes(0, text, sizeof text), "0 B");
    assert_string_equal(format_bytes(1023, text, sizeof text), "1023 B");
    assert_string_equal(format_bytes(1536, text, sizeof text), "1.5 KiB");
    assert_string_equal(format_bytes(UINT64_MAX, text, sizeof text), "16.0 EiB");
}

static void finds_near_words(void **state)
{
    static const char *const words[] = {"qubits", "layers", "hamiltonian", "hamiltonian-file"};
    (void)state;
    assert_string_equal(nearest_word("qbits", words, 4, sizeof words[0]), "qubits");
    assert_string_equal(nearest_word("layer", words, 4, sizeof words[0]), "layers");
    assert_string_equal(nearest_word("ham", words, 4, sizeof words[0]), "hamiltonian");
    assert_string_equal(nearest_word("hamiltonian-fiel", words, 4, sizeof words[0]),
                        "hamiltonian-file");
    assert_null(nearest_word("zebra", words, 4, sizeof words[0]));
    assert_null(nearest_word("", words, 4, sizeof words[0]));
}

/* -- options ---------------------------------------------------------------------------------- */

struct settings {
    int64_t number;
    bool flag;
    const char *text;
    int choice;
};

static const char *const fruits[] = {"apple", "pear", NULL};

#define FIELD(name) offsetof(struct settings, name)
static const struct option_row rows[] = {
    {"number", 'n', "N", "A number.", NULL, option_int64, FIELD(number), .low = 1, .high = 9},
    {"flag", 0, NULL, "A flag.", NULL, option_flag, FIELD(flag), NO_LIMITS},
    {"text", 0, "TEXT", "A text.", NULL, option_text, FIELD(text), NO_LIMITS},
    {"choice", 0, "FRUIT", "A fruit.", NULL, option_choice, FIELD(choice), .choices = fruits},
    OPTION_END};
static const struct option_group group = {"Group", rows};
static const struct option_group *const groups[] = {&group, NULL};
static const struct command command = {"test", "", "", NULL, groups, NULL};

/* Parse up to six words. */
static int parse(struct settings *settings, const char *const *words)
{
    char *argv[8], storage[6][64];
    void *const targets[] = {settings};
    int argc = 1;
    argv[0] = storage[0];
    for (; *words; words++) {
        argv[argc] = storage[argc - 1];
        snprintf(argv[argc++], sizeof storage[0], "%s", *words);
    }
    return cli_parse(&command, argc, argv, targets);
}

#define PARSE(settings, ...) parse(settings, (const char *const[]){__VA_ARGS__, NULL})

static void reads_options(void **state)
{
    struct settings s = {0, false, NULL, 0};
    (void)state;
    assert_int_equal(PARSE(&s, "--number", "3", "--flag", "--choice=pear"), CLI_RUN);
    assert_int_equal(s.number, 3);
    assert_true(s.flag);
    assert_int_equal(s.choice, 1);
    assert_int_equal(PARSE(&s, "-n", "4", "--number=5"), CLI_RUN);
    assert_int_equal(s.number, 5);
    assert_int_equal(PARSE(&s, "--text=--flag"), CLI_RUN);
}

static void refuses_bad_usage(void **state)
{
    struct settings s = {7, false, NULL, 0};
    (void)state;
    assert_int_equal(PARSE(&s, "--nmber", "3"), CLI_USAGE);
    assert_int_equal(PARSE(&s, "--number"), CLI_USAGE);
    assert_int_equal(PARSE(&s, "--number", "--flag"), CLI_USAGE);
    assert_int_equal(PARSE(&s, "--number="), CLI_USAGE);
    assert_int_equal(PARSE(&s, "--number=10"), CLI_USAGE);
    assert_int_equal(PARSE(&s, "--flag=yes"), CLI_USAGE);
    assert_int_equal(PARSE(&s, "--text="), CLI_USAGE);
    assert_int_equal(PARSE(&s, "--choice", "plum"), CLI_USAGE);
    assert_int_equal(PARSE(&s, "3"), CLI_USAGE);
    assert_int_equal(PARSE(&s, "-"), CLI_USAGE);
    assert_int_equal(PARSE(&s, "--"), CLI_USAGE);
    assert_int_equal(PARSE(&s, "-x"), CLI_USAGE);
    assert_int_equal(PARSE(&s, "-nx"), CLI_USAGE);
    assert_int_equal(s.number, 7);
    assert_false(s.flag);
}

static void every_option_of_every_command_is_told(void **state)
{
    (void)state;
    for (const struct command *const *c = cli_program.commands; *c; c++)
        for (size_t g = 0; (*c)->groups[g]; g++)
            for (const struct option_row *row = (*c)->groups[g]->rows; row->name; row++) {
                assert_non_null(row->help);
                assert_non_null(row->read);
                assert_int_equal(row->help[strlen(row->help) - 1], '.');
                assert_true((row->argument == NULL) == (row->read == option_flag));
                assert_true(row->read != option_choice || row->choices);
            }
}

/* -- NAME:key=value --------------------------------------------------------------------------- */

static const struct option_row keys[] = {
    {"number", 0, "number=N", "A number.", NULL, option_int64, FIELD(number), .low = 1, .high = 9},
    {"choice", 0, "choice=FRUIT", "A fruit.", NULL, option_choice, FIELD(choice),
     .choices = fruits},
    {"text", 0, "text=TEXT", "A text.", NULL, option_text, FIELD(text), NO_LIMITS},
    OPTION_END};
static const struct option_row no_keys[] = {OPTION_END};
static const struct spec_row specs[] = {{"plain", "", no_keys}, {"rich", "", keys}};

static bool read_spec(const char *text, struct settings *s, char *storage, size_t *index,
                      struct failure *f)
{
    return spec_parse("thing", text, specs, 2, sizeof specs[0], s, storage, index, f);
}

static void reads_specs(void **state)
{
    struct settings s = {0, false, NULL, 0};
    char storage[64];
    size_t index = 9;
    struct failure f;
    (void)state;
    assert_true(read_spec("plain", &s, storage, &index, &f));
    assert_int_equal(index, 0);
    assert_true(read_spec("rich:choice=pear,number=3,text=a,b=c:d", &s, storage, &index, &f));
    assert_int_equal(index, 1);
    assert_int_equal(s.number, 3);
    assert_int_equal(s.choice, 1);
    assert_string_equal(s.text, "a,b=c:d");
}

static void refuses_bad_specs(void **state)
{
    static const char *const cases[][2] = {
        {"plane", "unknown thing \"plane\"; did you mean plain?"},
        {"zebra", "there are plain, rich"},
        {"", "there are plain, rich"},
        {"plain:number=3", "plain has no key \"number\": it takes none"},
        {"rich:nmber=3", "did you mean number?"},
        {"rich:zebra=3", "it has number, choice, text"},
        {"rich:number", "\"number\" is not of the form key=value"},
        {"rich:number=99", "rich: number: 99 is out of range: 1 to 9"},
        {"rich:choice=plum", "\"plum\" is not one of apple or pear"},
        {"rich:text=", "the value is empty"}};
    struct settings s = {0, false, NULL, 0};
    char storage[64];
    size_t index;
    struct failure f;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_false(read_spec(cases[i][0], &s, storage, &index, &f));
        assert_says(&f, cases[i][1]);
    }
}

/* -- start parameters ------------------------------------------------------------------------- */

static void reads_inits(void **state)
{
    static const char *const wrong[] = {"",
                                        "unifrm",
                                        "uniform:",
                                        "uniform:1",
                                        "uniform:1,",
                                        "uniform:2,1",
                                        "uniform:0,inf",
                                        "normal",
                                        "normal:",
                                        "normal:0",
                                        "normal:-1",
                                        "zeros:1",
                                        "uniform:-1e308,1e308"};
    struct init init;
    struct failure f;
    (void)state;
    assert_true(init_parse("uniform", &init, &f));
    assert_true(init.kind == INIT_UNIFORM && init.a == 0.0 && init.b == 1.0);
    assert_true(init_parse("uniform:-1,2.5", &init, &f));
    assert_true(init.kind == INIT_UNIFORM && init.a == -1.0 && init.b == 2.5);
    assert_true(init_parse("normal:0.1", &init, &f));
    assert_true(init.kind == INIT_NORMAL && init.a == 0.1);
    assert_true(init_parse("zeros", &init, &f));
    assert_true(init.kind == INIT_ZEROS);
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(init_parse(wrong[i], &init, &f));
    assert_true(init.kind == INIT_ZEROS);
}

enum { DRAWN = 4 * (3 * 2 + 1) }; /* parameters of 4 qubits and 2 layers */

static void draw(const char *init, int64_t index, double *theta)
{
    struct problem_options options = problem_defaults;
    struct problem problem;
    struct failure f;
    options.qubits = 4;
    options.layers = 2;
    options.init = init;
    options.seed = 7;
    assert_true(problem_create(&options, PROBLEM_PARAMETERS, &problem, &f));
    assert_int_equal(problem.parameters, DRAWN);
    problem_theta(&problem, index, theta);
    problem_destroy(&problem);
}

static void draws_from_the_stream_of_the_start(void **state)
{
    double theta[DRAWN], plain[DRAWN];
    (void)state;
    for (int64_t start = 0; start < 3; start++) {
        hahn_random_uniform(7, (uint64_t)start, 0, DRAWN, plain);
        draw("uniform", start, theta);
        assert_memory_equal(theta, plain, sizeof plain);
        draw("uniform:-1,3", start, theta);
        for (int k = 0; k < DRAWN; k++)
            assert_true(theta[k] == -1.0 + 4.0 * plain[k]);
        hahn_random_normal(7, (uint64_t)start, 0, DRAWN, plain);
        draw("normal:0.5", start, theta);
        for (int k = 0; k < DRAWN; k++)
            assert_true(theta[k] == 0.5 * plain[k]);
    }
    draw("zeros", 0, theta);
    for (int k = 0; k < DRAWN; k++)
        assert_true(theta[k] == 0.0);
}

/* -- graphs ----------------------------------------------------------------------------------- */

static void check_regular(const struct graph *graph, int vertices, int degree)
{
    uint64_t neighbours[64] = {0};
    assert_int_equal(graph->vertices, vertices);
    assert_int_equal(graph->edges, vertices * degree / 2);
    for (int64_t e = 0; e < graph->edges; e++) {
        int a = graph->ends[2 * e], b = graph->ends[2 * e + 1];
        assert_true(a >= 0 && a < b && b < vertices);
        assert_false(neighbours[a] >> b & 1);
        neighbours[a] |= (uint64_t)1 << b;
        neighbours[b] |= (uint64_t)1 << a;
    }
    for (int v = 0; v < vertices; v++)
        assert_int_equal(__builtin_popcountll(neighbours[v]), degree);
}

static void regular_graphs_are_regular(void **state)
{
    struct graph graph;
    struct failure f;
    (void)state;
    for (int vertices = 2; vertices <= 16; vertices++)
        for (int degree = 1; degree < vertices; degree++) {
            bool possible = vertices * degree % 2 == 0;
            assert_true(graph_regular(vertices, degree, 5, &graph, &f) == possible);
            if (possible)
                check_regular(&graph, vertices, degree);
            graph_free(&graph);
        }
    assert_true(graph_regular(60, 29, 1, &graph, &f));
    check_regular(&graph, 60, 29);
    graph_free(&graph);
}

static void graphs_follow_the_seed(void **state)
{
    struct graph a, b, c;
    struct failure f;
    (void)state;
    assert_true(graph_regular(12, 3, 1, &a, &f) && graph_regular(12, 3, 1, &b, &f) &&
                graph_regular(12, 3, 2, &c, &f));
    assert_memory_equal(a.ends, b.ends, 36 * sizeof *a.ends);
    assert_memory_not_equal(a.ends, c.ends, 36 * sizeof *a.ends);
    graph_free(&a);
    graph_free(&b);
    graph_free(&c);
}

static void refuses_impossible_graphs(void **state)
{
    struct graph graph;
    struct failure f;
    (void)state;
    assert_false(graph_regular(5, 3, 1, &graph, &f));
    assert_says(&f, "even number of vertices, not 5");
    assert_false(graph_regular(4, 4, 1, &graph, &f));
    assert_says(&f, "1 to 3");
    assert_false(graph_regular(4, 0, 1, &graph, &f));
    assert_says(&f, "out of range");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_whole_numbers),
        cmocka_unit_test(refuses_other_whole_numbers),
        cmocka_unit_test(reads_reals),
        cmocka_unit_test(reads_sizes),
        cmocka_unit_test(formats_sizes),
        cmocka_unit_test(finds_near_words),
        cmocka_unit_test(reads_options),
        cmocka_unit_test(refuses_bad_usage),
        cmocka_unit_test(every_option_of_every_command_is_told),
        cmocka_unit_test(reads_specs),
        cmocka_unit_test(refuses_bad_specs),
        cmocka_unit_test(reads_inits),
        cmocka_unit_test(draws_from_the_stream_of_the_start),
        cmocka_unit_test(regular_graphs_are_regular),
        cmocka_unit_test(graphs_follow_the_seed),
        cmocka_unit_test(refuses_impossible_graphs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
