/* hahn-bench compare: what got slower between two results. */
#include "commands.h"
#include "harness.h"
#include "tree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SOMETHING_WORSE 3 /* exit code */

/* A value this many robust standard deviations from the median is an outlier (Iglewicz and Hoaglin,
   How to Detect and Handle Outliers, 1993); and so few rows have none to speak of. */
#define OUTLIER    3.5
#define LEAST_ROWS 5

enum clock { CLOCK_BY_ROW, CLOCK_WALL, CLOCK_CPU };

struct compare_options {
    struct operands files; /* old, new */
    double tolerance;      /* per cent */
    int clock;             /* enum clock */
    bool absolute;         /* what all rows have in common counts too */
    bool quiet;            /* only what differs */
};

/* -- times and their noise --------------------------------------------------------------------- */

struct timing {
    double median, least; /* seconds */
    double notch;         /* over the median */
};

/* Half the notch of a box plot: medians whose notches do not overlap differ at about 95% (McGill,
   Tukey and Larsen, The American Statistician 32 (1978) 12). Where only a part was run, the whole
   has the part's relative noise. */
static struct timing timing_of(const struct tree *c, const char *clock)
{
    const struct tree *s = tree_member(c, clock);
    const double median = tree_number(s, "median"), least = tree_number(s, "min");
    const double range = tree_number(s, "upper_quartile") - tree_number(s, "lower_quartile");
    const double whole = tree_number(c, "seconds");
    const double scale = tree_number(c, "extrapolated") > 0 ? whole / median : 1;
    return (struct timing){scale * median, scale * (isnan(least) ? median : least),
                           1.57 * range / sqrt(tree_number(c, "repeats")) / median};
}

/* Other programs take wall time from one thread and leave its CPU time alone; the CPU time of
   several threads hides how well they share, and that of a device is not seen. */
static const char *clock_of(const struct tree *c, const struct compare_options *o)
{
    const bool alone =
        tree_number(c, "threads") == 1 && strcmp(tree_text(c, "backend", ""), "cuda") != 0;
    return o->clock == CLOCK_CPU || (o->clock == CLOCK_BY_ROW && alone) ? "cpu_s" : "wall_s";
}

/* The logarithm of new over old that both the medians and the least times bear out: disturbances
   lengthen the one or the other. */
static double change_between(struct timing old, struct timing new)
{
    const double median = log(new.median / old.median), least = log(new.least / old.least);
    return median * least <= 0 ? 0 : fabs(median) < fabs(least) ? median : least;
}

/* -- cases ------------------------------------------------------------------------------------- */

struct row {
    const struct tree *old, *new;
    struct timing before, after;
    double change; /* a logarithm */
};

static bool same_text(const struct tree *a, const struct tree *b, const char *key)
{
    return strcmp(tree_text(a, key, ""), tree_text(b, key, "")) == 0;
}

static bool same_number(const struct tree *a, const struct tree *b, const char *key)
{
    const double x = tree_number(a, key), y = tree_number(b, key);
    return x == y || (isnan(x) && isnan(y));
}

static bool same_case(const struct tree *a, const struct tree *b)
{
    return same_text(a, b, "case") && same_text(a, b, "method") && same_text(a, b, "precision") &&
           same_text(a, b, "fingerprint") && same_number(a, b, "threads") &&
           same_number(a, b, "batch");
}

static const struct tree *find_case(const struct tree *cases, const struct tree *wanted)
{
    for (const struct tree *c = cases->first; c; c = c->next)
        if (same_case(c, wanted))
            return c;
    return NULL;
}

static int count_cases(const struct tree *cases)
{
    int count = 0;
    for (const struct tree *c = cases->first; c; c = c->next)
        count++;
    return count;
}

/* All cases that are in both; returns how many. */
static int pair_cases(const struct tree *old, const struct tree *new,
                      const struct compare_options *o, struct row *rows)
{
    int count = 0;
    for (const struct tree *c = new->first; c; c = c->next) {
        const struct tree *before = find_case(old, c);
        if (!before)
            continue;
        struct row *row = &rows[count++];
        *row = (struct row){.old = before,
                            .new = c,
                            .before = timing_of(before, clock_of(c, o)),
                            .after = timing_of(c, clock_of(c, o))};
        row->change = change_between(row->before, row->after);
    }
    return count;
}

/* -- what all rows have in common -------------------------------------------------------------- */

struct drift {
    double common; /* the median change: the machine's, for the most part */
    double spread; /* robust standard deviation of the others about it */
};

/* `work` has room for as many numbers. 1.4826: a normal distribution's median absolute deviation is
   so much less than its standard deviation. */
static struct drift drift_of(const struct row *rows, int count, const struct compare_options *o,
                             double *work)
{
    struct drift drift = {0, 0};
    int measured = 0; /* by the clock asked for */
    for (int k = 0; k < count; k++)
        if (!isnan(rows[k].change))
            work[measured++] = rows[k].change;
    if (measured < LEAST_ROWS)
        return drift;
    const double middle = summarise(work, measured).median;
    for (int k = 0; k < measured; k++)
        work[k] = fabs(work[k] - middle);
    drift.spread = 1.4826 * summarise(work, measured).median;
    drift.common = o->absolute ? 0 : middle;
    return drift;
}

/* The change that is noise, at most. */
static double noise_of(const struct row *row, const struct drift *drift)
{
    return fmax(row->before.notch + row->after.notch, OUTLIER * drift->spread);
}

/* 1 slower, -1 faster, 0 neither for sure. */
static int verdict(const struct row *row, const struct drift *drift, double tolerance)
{
    const double change = row->change - drift->common;
    if (!(fabs(change) > noise_of(row, drift)) || !(fabs(change) > log1p(tolerance / 100)))
        return 0;
    return change > 0 ? 1 : -1;
}

/* -- the table --------------------------------------------------------------------------------- */

struct tally {
    int compared, slower, faster, larger, missing;
};

static void print_name(const struct tree *c)
{
    printf("%-11s %-17s %-4s %3.0f %5.0f", tree_text(c, "case", "?"), tree_text(c, "method", "-"),
           tree_text(c, "precision", "?"), tree_number(c, "threads"), tree_number(c, "batch"));
}

/* Counted bytes have no noise: more than a per cent is more. */
static bool is_larger(const struct row *row)
{
    return tree_number(row->new, "peak_bytes") > 1.01 * tree_number(row->old, "peak_bytes");
}

static void print_row(const struct row *row, const struct drift *drift, int slower, bool larger)
{
    static const char *const words[] = {"faster", "same", "SLOWER"};
    print_name(row->new);
    print_cell(1e3 * row->before.median, 10, 4);
    print_cell(1e3 * row->after.median, 10, 4);
    print_cell(row->after.median / row->before.median, 6, 3);
    printf(" %+6.1f%%", 100 * expm1(row->change - drift->common));
    print_percent(expm1(noise_of(row, drift)), 6);
    printf(" %s", words[slower + 1]);
    if (larger)
        printf(", LARGER: %.2f MiB, not %.2f", tree_number(row->new, "peak_bytes") / 1048576,
               tree_number(row->old, "peak_bytes") / 1048576);
    printf("\n");
}

static void compare_rows(const struct row *rows, int count, const struct drift *drift,
                         const struct compare_options *o, struct tally *tally)
{
    printf("case        method            prec thr batch    old ms    new ms  ratio  change  "
           "noise\n");
    for (int k = 0; k < count; k++) {
        const int slower = verdict(&rows[k], drift, o->tolerance);
        const bool larger = is_larger(&rows[k]);
        tally->compared++;
        tally->slower += slower > 0;
        tally->faster += slower < 0;
        tally->larger += larger;
        if (!o->quiet || slower != 0 || larger)
            print_row(&rows[k], drift, slower, larger);
    }
}

/* Cases of one that the other has not. */
static int print_missing(const struct tree *cases, const struct tree *others, const char *name)
{
    int count = 0;
    for (const struct tree *c = cases->first; c; c = c->next)
        if (!find_case(others, c)) {
            print_name(c);
            printf(" not in the %s results, or of another circuit\n", name);
            count++;
        }
    return count;
}

/* -- the whole --------------------------------------------------------------------------------- */

static bool read_results(const char *path, struct tree **out, struct failure *f)
{
    if (!tree_read(path, out, f))
        return false;
    const struct tree *cases = tree_member(*out, "cases");
    if (cases && cases->kind == TREE_ARRAY && cases->first)
        return true;
    tree_free(*out);
    *out = NULL;
    return fail(f, CLI_USAGE, "%s has no cases; give what --json of a command wrote", path);
}

/* What makes times differ that is not the program's doing. */
static void print_differences(const struct tree *old, const struct tree *new)
{
    static const char *const keys[] = {"command", "cpu", "compiler", "isa", "backend"};
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
        if (!same_text(old, new, keys[k]))
            printf("%s differs: %s, then %s\n", keys[k], tree_text(old, keys[k], "?"),
                   tree_text(new, keys[k], "?"));
    if (tree_number(old, "quick") > 0 || tree_number(new, "quick") > 0)
        printf("--quick was given: the times mean nothing\n");
}

/* The rate of multiply-adds was measured in the same runs: where it has changed alike, it was the
   machine. */
static void print_drift(const struct drift *drift, int count, const struct compare_options *o,
                        const struct tree *old, const struct tree *new)
{
    const double rate = tree_number(old, "fma_per_s") / tree_number(new, "fma_per_s");
    if (count < LEAST_ROWS) {
        printf("fewer than %d rows: the machine cannot be told from the program\n", LEAST_ROWS);
        return;
    }
    if (o->absolute)
        printf("all rows: spread %.1f%%", 100 * expm1(drift->spread));
    else
        printf("all rows: time x%.3f, taken out of each; spread %.1f%%", exp(drift->common),
               100 * expm1(drift->spread));
    if (!isnan(rate))
        printf("; a multiply-add of the machine x%.3f", rate);
    printf("\n");
}

static bool compare_all(const struct compare_options *o, const struct tree *old,
                        const struct tree *new, struct tally *tally, struct failure *f)
{
    const struct tree *before = tree_member(old, "cases"), *after = tree_member(new, "cases");
    const size_t most = (size_t)count_cases(after);
    struct row *rows = malloc(most * sizeof *rows);
    double *work = malloc(most * sizeof *work);
    if (rows && work) {
        const int count = pair_cases(before, after, o, rows);
        const struct drift drift = drift_of(rows, count, o, work);
        compare_rows(rows, count, &drift, o, tally);
        tally->missing = print_missing(after, before, "old") + print_missing(before, after, "new");
        print_drift(&drift, count, o, old, new);
    } else {
        fail(f, CLI_FAILED, "out of memory for the rows");
    }
    const bool done = rows && work;
    free(work);
    free(rows);
    return done;
}

static int compare(const struct compare_options *o, const struct tree *old, const struct tree *new)
{
    struct tally tally = {0};
    struct failure f;
    print_differences(old, new);
    if (!compare_all(o, old, new, &tally, &f))
        return failure_report(&f);
    printf("%d compared: %d slower, %d faster, %d larger; %d in one alone\n", tally.compared,
           tally.slower, tally.faster, tally.larger, tally.missing);
    if (!cli_finish_output(&f))
        return failure_report(&f);
    if (tally.compared == 0) {
        fail(&f, CLI_USAGE, "no case is in both results");
        return failure_report(&f);
    }
    return tally.slower || tally.larger ? SOMETHING_WORSE : CLI_DONE;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct compare_options o = {.tolerance = 5};
    void *const targets[] = {&o};
    struct tree *old = NULL, *new = NULL;
    struct failure f;
    int code = cli_parse(command, argc, argv, targets);
    if (code != CLI_RUN)
        return code;
    const bool done =
        read_results(o.files.words[0], &old, &f) && read_results(o.files.words[1], &new, &f);
    code = done ? compare(&o, old, new) : failure_report(&f);
    tree_free(old);
    tree_free(new);
    return code;
}

/* In the order of enum clock. */
static const char *const clocks[] = {"by-row", "wall", "cpu", NULL};

static const struct option_row rows[] = {
    {"", 0, "OLD.json NEW.json", "What --json of the same command wrote, before and after.", NULL,
     option_words, offsetof(struct compare_options, files), .low = 2, .high = 2},
    {"tolerance", 0, "PERCENT", "A change of less is none, however sure it is.", "5", option_real,
     offsetof(struct compare_options, tolerance), .low = 0, .high = 1000},
    {"clock", 0, "NAME",
     "Which time: wall; cpu, that of all threads, which other programs disturb less; by-row, cpu "
     "where one thread ran and wall where several or a device did.",
     "by-row", option_choice, offsetof(struct compare_options, clock), .choices = clocks},
    {"absolute", 0, NULL,
     "Take times as they are: what all rows have in common is a change too. For results of a quiet "
     "machine, or where most rows are meant to have changed.",
     NULL, option_flag, offsetof(struct compare_options, absolute), NO_LIMITS},
    {"quiet", 'q', NULL, "Print only what differs.", NULL, option_flag,
     offsetof(struct compare_options, quiet), NO_LIMITS},
    OPTION_END};

static const struct option_group group = {"Comparison", rows};
static const struct option_group *const groups[] = {&group, NULL};

static const char *const examples[] = {
    "Did a change cost time?",
    "hahn-bench gradient --threads 1 --json new.json && hahn-bench compare old.json new.json",
    NULL};

const struct command command_compare = {
    "compare",
    "tell what got slower between two results",
    "Compare the cases that two results have in common. A case's change is what its median and its "
    "least time both bear out, the smaller of the two, as disturbances lengthen one or the "
    "other.\n\n"
    "Two runs differ by the machine too, which was busier for one of them. So the median change of "
    "all cases is taken out of each and told by itself, beside how much slower a multiply-add of "
    "the machine was; and the cases' spread about it, as a robust standard deviation, tells the "
    "noise between runs. This takes 5 cases or more, of which less than half have changed; "
    "otherwise give --absolute.\n\n"
    "A case is slower or faster where its change is more than --tolerance, more than 3.5 such "
    "deviations, and more than the noise within each run: half notches of 1.57 interquartile "
    "ranges over the root of the number of repetitions, added up. Counted memory that is a per "
    "cent more is larger.\n\n"
    "The exit code is 3 where something got slower or larger.",
    examples,
    groups,
    run};
