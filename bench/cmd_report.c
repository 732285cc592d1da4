/* hahn-bench report: results as one HTML page. */
#define _DEFAULT_SOURCE

#include "commands.h"
#include "html.h"
#include "modes_charts.h"
#include "tree.h"

#include "vqe/fileio.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct report_options {
    struct operands files;
    const char *output; /* NULL: standard output */
    bool no_plots;
};

/* -- tables ------------------------------------------------------------------------------------ */

/* A column is shown where some case has it. */
struct column {
    const char *heading, *part, *key; /* key, or key of the object `part` */
    double factor;
    int decimals; /* -1: as short as can be; -2: a text */
};

static const struct column columns[] = {
    {"case", NULL, "case", 1, -2},
    {"method", NULL, "method", 1, -2},
    {"precision", NULL, "precision", 1, -2},
    {"threads", NULL, "threads", 1, 0},
    {"batch", NULL, "batch", 1, 0},
    {"parameters", NULL, "parameters", 1, 0},
    {"computed", NULL, "components", 1, 0},
    {"seconds", NULL, "seconds", 1, -1},
    {"wall ms", "wall_s", "median", 1e3, -1},
    {"CPU ms", "cpu_s", "median", 1e3, -1},
    {"repeats", NULL, "repeats", 1, 0},
    {"peak MiB", NULL, "peak_rss_bytes", 1.0 / 1048576, 1},
    {"method MiB", NULL, "over_baseline_bytes", 1.0 / 1048576, 2},
    {"told MiB", NULL, "workspace_bytes", 1.0 / 1048576, 2},
    {"counted MiB", NULL, "peak_bytes", 1.0 / 1048576, 2},
    {"passes", NULL, "forward_passes", 1, 2},
    {"echo error", NULL, "echo_error", 1, -1},
    {"gradient error", NULL, "gradient_error", 1, -1},
    {"times limit", NULL, "times_limit", 1, 1},
};
#define COLUMNS (sizeof columns / sizeof columns[0])

static const struct tree *cell_parent(const struct tree *c, const struct column *column)
{
    return column->part ? tree_member(c, column->part) : c;
}

static bool is_shown(const struct tree *cases, const struct column *column)
{
    for (const struct tree *c = cases->first; c; c = c->next) {
        const struct tree *member = tree_member(cell_parent(c, column), column->key);
        if (member && member->kind != TREE_NULL)
            return true;
    }
    return false;
}

static void put_cell(FILE *out, const struct tree *c, const struct column *column)
{
    const struct tree *parent = cell_parent(c, column);
    const double value = tree_number(parent, column->key) * column->factor;
    const bool guessed = strcmp(column->key, "seconds") == 0 && tree_number(c, "extrapolated") > 0;
    fputs(column->decimals == -2 ? "<td class=\"text\">" : "<td>", out);
    if (column->decimals == -2)
        html_text(out, tree_text(parent, column->key, ""));
    else if (isnan(value))
        fputs("&ndash;", out);
    else if (column->decimals < 0)
        fprintf(out, "%s%.3g", guessed ? "~" : "", value);
    else
        fprintf(out, "%.*f", column->decimals, value);
    fputs("</td>", out);
}

static void put_table(FILE *out, const struct tree *cases)
{
    bool shown[COLUMNS];
    fputs("<div class=\"scroll\"><table><thead><tr>", out);
    for (size_t k = 0; k < COLUMNS; k++) {
        shown[k] = is_shown(cases, &columns[k]);
        if (shown[k])
            fprintf(out, "<th>%s</th>", columns[k].heading);
    }
    fputs("</tr></thead><tbody>\n", out);
    for (const struct tree *c = cases->first; c; c = c->next) {
        fputs("<tr>", out);
        for (size_t k = 0; k < COLUMNS; k++)
            if (shown[k])
                put_cell(out, c, &columns[k]);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}

/* -- pictures ---------------------------------------------------------------------------------- */

/* Through a file with a name, for gnuplot writes none else. */
static bool temporary_path(char *path, size_t size, struct failure *f)
{
    const char *folder = getenv("TMPDIR");
    snprintf(path, size, "%s/hahn-bench-XXXXXX.svg", folder && *folder ? folder : "/tmp");
    const int descriptor = mkstemps(path, 4);
    if (descriptor < 0)
        return fail(f, CLI_FAILED, "cannot make the temporary file %s: %s", path, strerror(errno));
    close(descriptor);
    return true;
}

static bool put_picture(FILE *out, const struct chart *chart, struct failure *f)
{
    char path[4096], *svg = NULL;
    size_t length;
    if (!temporary_path(path, sizeof path, f))
        return false;
    const bool done =
        chart_draw(path, chart, f) && file_read(path, (size_t)16 << 20, &svg, &length, f);
    unlink(path);
    if (!done)
        return false;
    fputs("<figure><img alt=\"", out);
    html_text(out, chart->title);
    fputs("\" src=\"data:image/svg+xml;base64,", out);
    html_base64(out, svg, length);
    fputs("\"></figure>\n", out);
    free(svg);
    return true;
}

static bool put_pictures(FILE *out, const struct tree *cases, struct failure *f)
{
    struct chart chart;
    for (int k = 0; k < MODES_PICTURES; k++)
        if (modes_chart(cases, (enum modes_picture)k, &chart) && !put_picture(out, &chart, f))
            return false;
    return true;
}

/* -- the page ---------------------------------------------------------------------------------- */

static bool put_results(FILE *out, const struct report_options *o, const char *path,
                        struct failure *f)
{
    struct tree *results;
    if (!tree_read(path, &results, f))
        return false;
    const struct tree *cases = tree_member(results, "cases");
    const bool is_modes = strcmp(tree_text(results, "command", ""), "modes") == 0;
    bool done = cases && cases->kind == TREE_ARRAY;
    if (!done)
        fail(f, CLI_USAGE, "%s has no cases; give what --json of a command wrote", path);
    if (done) {
        html_section(out, results);
        done = !is_modes || o->no_plots || put_pictures(out, cases, f);
        put_table(out, cases);
        fputs("</section>\n", out);
    }
    tree_free(results);
    return done;
}

static bool put_page(FILE *out, const struct report_options *o, struct failure *f)
{
    html_begin(out);
    for (int k = 0; k < o->files.count; k++)
        if (!put_results(out, o, o->files.words[k], f))
            return false;
    html_end(out);
    return true;
}

/* Made in memory first, so that nothing is written where something fails. */
static bool make_page(const struct report_options *o, char **text, size_t *length,
                      struct failure *f)
{
    FILE *out = open_memstream(text, length);
    if (!out)
        return fail(f, CLI_FAILED, "out of memory for the page");
    const bool done = put_page(out, o, f);
    if (fclose(out) != 0 && done)
        return fail(f, CLI_FAILED, "out of memory for the page");
    return done;
}

static bool write_page(const struct report_options *o, const char *text, size_t length,
                       struct failure *f)
{
    struct atomic_file file;
    if (!o->output) {
        fwrite(text, 1, length, stdout);
        return cli_finish_output(f);
    }
    if (!atomic_open(&file, o->output, f))
        return fail_prefix(f, "--output");
    fwrite(text, 1, length, file.stream); /* a failure stays with the stream until the commit */
    return atomic_commit(&file, f);
}

static int run(const struct command *command, int argc, char **argv)
{
    struct report_options o = {.output = NULL};
    void *const targets[] = {&o};
    struct failure f;
    char *text = NULL;
    size_t length = 0;
    const int code = cli_parse(command, argc, argv, targets);
    if (code != CLI_RUN)
        return code;
    const bool done = make_page(&o, &text, &length, &f) && write_page(&o, text, length, &f);
    free(text);
    return done ? CLI_DONE : failure_report(&f);
}

static const struct option_row rows[] = {
    {"", 0, "RESULTS.json...", "What --json of any command here wrote.", NULL, option_words,
     offsetof(struct report_options, files), .low = 1, .high = MOST_OPERANDS},
    {"output", 'o', "FILE", "Write the page there.", "standard output", option_text,
     offsetof(struct report_options, output), NO_LIMITS},
    {"no-plots", 0, NULL, "Leave out the pictures, for which gnuplot is needed.", NULL, option_flag,
     offsetof(struct report_options, no_plots), NO_LIMITS},
    OPTION_END};

static const struct option_group group = {"Report", rows};
static const struct option_group *const groups[] = {&group, NULL};

static const char *const examples[] = {
    "A page of a whole run", "hahn-bench report modes.json gradient.json --output report.html",
    NULL};

const struct command command_report = {
    "report",
    "make one HTML page of results",
    "Write one page with a table for each file of results, and the pictures of modes inside it. It "
    "needs nothing beside it, neither files nor the net, and fits a telephone.",
    examples,
    groups,
    run};
