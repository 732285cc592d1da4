/* hahn-bench memory: what the memory of a gradient is made of. */
#include "commands.h"
#include "point.h"

#define HEADINGS                                                                                   \
    "case        method      prec  gates process circuit compile* program vectors  tables  "       \
    "states "                                                                                      \
    "    run"

static void print_mebibytes(double bytes, int width)
{
    print_cell(bytes / 1048576, width, 2);
}

static void print_parts(const struct tree *c)
{
    const double tables = tree_number(c, "table_bytes");
    printf("%-11s %-11s %s %7.0f", tree_text(c, "case", "?"), tree_text(c, "method", "?"),
           tree_text(c, "precision", "?"), tree_number(c, "gates"));
    print_mebibytes(tree_number(c, "process_bytes"), 7);
    print_mebibytes(tree_number(c, "circuit_bytes"), 7);
    print_mebibytes(tree_number(c, "compile_peak_bytes"), 8);
    print_mebibytes(tree_number(c, "compiled_bytes"), 7);
    print_mebibytes(tree_number(c, "vector_bytes"), 7);
    print_mebibytes(tables, 7);
    print_mebibytes(tree_number(c, "over_baseline_bytes") - tables, 7);
    print_mebibytes(tree_number(c, "run_bytes"), 7);
    printf("\n");
    fflush(stdout);
}

static bool run_case(struct bench *b, const struct bench_case *given, struct failure *f)
{
    const char *wanted = b->options->methods ? b->options->methods : "adjoint";
    const hahn_precision precision = (hahn_precision)b->options->problem.precision;
    struct bench_method method;
    if (!method_check_names(wanted, f))
        return false;
    for (int m = 0; method_at(m, &method); m++) {
        struct tree *tree;
        if (!method_is_wanted(wanted, method.name))
            continue;
        if (!point_run(b, given, method.name, precision, &tree, f))
            return false;
        if (tree)
            print_parts(tree);
        tree_free(tree);
    }
    return true;
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct bench_job job = {
        .set = SET_MEMORY, .headings = HEADINGS, .run = run_case, .point = point_measure};
    return bench_command(command, argc, argv, &job);
}

static const struct option_group *const groups[] = {
    &bench_options_group,    &problem_circuit_options, &problem_observable_options,
    &problem_engine_options, &bench_memory_group,      NULL};

static const char *const examples[] = {"What grows with depth?", "hahn-bench memory --repeat 1",
                                       "Of a tape, on a circuit of one's own",
                                       "hahn-bench memory --methods tape --qubits 12 --layers 50",
                                       NULL};

const struct command command_memory = {
    "memory",
    "measure what the memory of a gradient is made of",
    "Watch the resident memory of a process, one for each row, while it comes to a gradient. In "
    "MiB: the process before all; what the circuit adds; compile*, the peak of the whole process "
    "until the program was there, circuit and all; what the compiled program adds in the circuit's "
    "place; parameters and gradient; tables of numbers for each gate (counted); states and spares, "
    "the rest of the workspace; and the whole process when it has run.\n\n"
    "A run allocates nothing, so its peak is what there is then.",
    examples,
    groups,
    run};
