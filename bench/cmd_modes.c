/* hahn-bench modes: every way to a gradient, side by side. */
#include "commands.h"
#include "modes_charts.h"
#include "point.h"

#include "vqe/fileio.h"
#include "vqe/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -- rows -------------------------------------------------------------------------------------- */

static void print_mebibytes(double bytes, int width)
{
    print_cell(bytes / 1048576, width, bytes < 100 * 1048576 ? 2 : 0);
}

static void print_error(double error)
{
    if (isnan(error))
        printf(" %8s", "-");
    else
        printf(" %8.1e", error);
}

/* `adjoint` is the time of the adjoint in this case and precision, or NAN. */
static void print_point(const struct tree *c, double adjoint)
{
    const double seconds = tree_number(c, "seconds");
    const struct tree *wall = tree_member(c, "wall_s");
    printf("%-11s %-17s %s %8.0f %8.0f", tree_text(c, "case", "?"), tree_text(c, "method", "?"),
           tree_text(c, "precision", "?"), tree_number(c, "parameters"),
           tree_number(c, "components"));
    printf(" %9.3g%c", seconds, tree_number(c, "extrapolated") > 0 ? '~' : ' ');
    print_cell(seconds / adjoint, 9, seconds / adjoint < 100 ? 2 : 0);
    print_percent((tree_number(wall, "upper_quartile") - tree_number(wall, "lower_quartile")) /
                      tree_number(wall, "median"),
                  5);
    print_mebibytes(tree_number(c, "peak_rss_bytes"), 8);
    print_mebibytes(tree_number(c, "over_baseline_bytes"), 8);
    print_mebibytes(tree_number(c, "workspace_bytes"), 8);
    print_cell(tree_number(c, "measured_states"), 7, 1);
    print_error(tree_number(c, "echo_error"));
    print_error(tree_number(c, "gradient_error"));
    printf("\n");
    fflush(stdout);
}

#define HEADINGS                                                                                   \
    "case        method            prec params  computed   seconds  xadjoint   iqr peak MiB  "     \
    "method    told  states echo err  grad err"

/* -- which methods ----------------------------------------------------------------------------- */

/* In single precision only what has an echo is run as well. */
static bool in_single(const struct bench_method *method)
{
    hahn_workspace_options options = {0};
    hahn_method_options(method->method, 0, &options);
    return options.purpose == HAHN_FOR_GRADIENT;
}

static bool run_point(struct bench *b, const struct bench_case *given,
                      const struct bench_method *method, hahn_precision precision, double *adjoint,
                      struct failure *f)
{
    struct tree *tree;
    if (!point_run(b, given, method->name, precision, &tree, f))
        return false;
    if (tree && method->method == HAHN_METHOD_ADJOINT)
        *adjoint = tree_number(tree, "seconds");
    if (tree)
        print_point(tree, *adjoint);
    tree_free(tree);
    return true;
}

static bool run_methods(struct bench *b, const struct bench_case *given, hahn_precision precision,
                        bool all, struct failure *f)
{
    struct bench_method method;
    double adjoint = NAN;
    for (int m = 0; method_at(m, &method); m++)
        if (method_is_wanted(b->options->methods, method.name) && (all || in_single(&method)) &&
            !run_point(b, given, &method, precision, &adjoint, f))
            return false;
    return true;
}

static bool run_case(struct bench *b, const struct bench_case *given, struct failure *f)
{
    const hahn_precision own = (hahn_precision)b->options->problem.precision;
    return method_check_names(b->options->methods, f) && run_methods(b, given, own, true, f) &&
           (own == HAHN_F32 || run_methods(b, given, HAHN_F32, false, f));
}

/* -- files ------------------------------------------------------------------------------------- */

static bool write_csv(const char *path, const struct tree *cases, struct failure *f)
{
    static const char *const texts[] = {"case", "method", "precision"};
    static const char *const numbers[] = {"qubits",
                                          "layers",
                                          "parameters",
                                          "components",
                                          "extrapolated",
                                          "seconds",
                                          "baseline_rss_bytes",
                                          "peak_rss_bytes",
                                          "over_baseline_bytes",
                                          "workspace_bytes",
                                          "state_bytes",
                                          "measured_states",
                                          "kept_states",
                                          "forward_passes",
                                          "echo_error",
                                          "gradient_error"};
    struct atomic_file file;
    if (!atomic_open(&file, path, f))
        return fail_prefix(f, "--csv");
    fprintf(file.stream, "%s,%s,%s", texts[0], texts[1], texts[2]);
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
        fprintf(file.stream, ",%s", numbers[k]);
    for (const struct tree *c = cases->first; c; c = c->next) {
        fputc('\n', file.stream);
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
            fprintf(file.stream, "%s%s", k ? "," : "", tree_text(c, texts[k], ""));
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
            const double value = tree_number(c, numbers[k]);
            fprintf(file.stream, isnan(value) ? "," : ",%.9g", value);
        }
    }
    fputc('\n', file.stream);
    return atomic_commit(&file, f);
}

static bool draw_pictures(const char *prefix, const struct tree *cases, struct failure *f)
{
    static const char *const endings[] = {"svg", "png"};
    struct chart chart;
    for (int k = 0; k < MODES_PICTURES; k++) {
        if (!modes_chart(cases, (enum modes_picture)k, &chart))
            continue;
        for (int e = 0; e < 2; e++) {
            char path[4096];
            snprintf(path, sizeof path, "%s%s.%s", prefix, modes_picture_names[k], endings[e]);
            if (!chart_draw(path, &chart, f))
                return fail_prefix(f, "--plots");
        }
    }
    return true;
}

static bool finish(struct bench *b, struct failure *f)
{
    struct tree *tree;
    if (!b->options->csv && !b->options->plots)
        return true;
    if (!tree_parse(json_text(&b->json), "the results", &tree, f))
        return false;
    const struct tree *cases = tree_member(tree, "cases");
    const bool done = (!b->options->csv || write_csv(b->options->csv, cases, f)) &&
                      (!b->options->plots || draw_pictures(b->options->plots, cases, f));
    tree_free(tree);
    return done;
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct bench_job job = {.set = SET_MODES,
                                         .headings = HEADINGS,
                                         .run = run_case,
                                         .point = point_measure,
                                         .finish = finish};
    return bench_command(command, argc, argv, &job);
}

static const struct option_group *const groups[] = {
    &bench_options_group,    &problem_circuit_options, &problem_observable_options,
    &problem_engine_options, &bench_modes_group,       NULL};

static const char *const examples[] = {
    "All of it, on one core, with pictures",
    "hahn-bench modes --threads 1 --json modes.json --csv modes.csv --plots modes-",
    "Two methods on a circuit of one's own",
    "hahn-bench modes --methods adjoint,checkpoint --states 20 --qubits 12 --layers 500", NULL};

const struct command command_modes = {
    "modes",
    "compare all gradient methods: time, memory, error",
    "Run every gradient method on the same circuits. Each row is measured in a process of its own: "
    "its time, the peak of its resident memory, how much of that came with the method, after "
    "program and vectors were there, and beside it what the library had told.\n\n"
    "Methods that go parameter by parameter are run on a part of the parameters where all would "
    "take too long; their time for all is extrapolated and marked by ~. `shots` is parameter shift "
    "from --shots measurements of each energy. `states` are measured too: the method's memory "
    "without "
    "its tables of numbers for each gate, in states. The gradient's error is "
    "relative, in norm, against the adjoint in double precision. Where it walks back, a method is "
    "run in single precision too.",
    examples,
    groups,
    run};
