/* hahn-bench compare: what got slower between two results. */
#include "commands.h"
#include "harness.h"
#include "tree.h"

#include <math.h>
#include <string.h>

#define SOMETHING_WORSE 3 /* exit code */

struct compare_options {
    struct operands files; /* old, new */
    double tolerance;      /* per cent */
    int clock;             /* 0: wall, 1: CPU */
    bool quiet;            /* only what differs */
};

/* -- times and their noise --------------------------------------------------------------------- */

struct timing {
    double median, notch; /* seconds */
};

/* Half the notch of a box plot: medians whose notches do not overlap differ at about 95% (McGill,
   Tukey and Larsen, The American Statistician 32 (1978) 12). Where only a part was run, the whole
   has the part's relative noise. */
static struct timing timing_of(const struct tree *c, const char *clock)
{
    const struct tree *s = tree_member(c, clock);
    const double median = tree_number(s, "median"), whole = tree_number(c, "seconds");
    const double range = tree_number(s, "upper_quartile") - tree_number(s, "lower_quartile");
    const double notch = 1.57 * range / sqrt(tree_number(c, "repeats"));
    const double scale = tree_number(c, "extrapolated") > 0 ? whole / median : 1;
    return (struct timing){scale * median, scale * notch};
}

/* 1 slower, -1 faster, 0 neither for sure. */
static int verdict(struct timing old, struct timing new, double tolerance)
{
    const double change = new.median - old.median;
    if (!(fabs(change) > old.notch + new.notch) ||
        !(fabs(change) > tolerance / 100 * fmin(old.median, new.median)))
        return 0;
    return change > 0 ? 1 : -1;
}

/* -- cases ------------------------------------------------------------------------------------- */

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

struct tally {
    int compared, slower, faster, larger, missing;
};

static void print_name(const struct tree *c)
{
    printf("%-11s %-17s %-4s %3.0f %5.0f", tree_text(c, "case", "?"), tree_text(c, "method", "-"),
           tree_text(c, "precision", "?"), tree_number(c, "threads"), tree_number(c, "batch"));
}

/* Counted bytes have no noise: more than a per cent is more. */
static bool is_larger(const struct tree *old, const struct tree *new)
{
    return tree_number(new, "peak_bytes") > 1.01 * tree_number(old, "peak_bytes");
}

static void compare_case(const struct tree *old, const struct tree *new,
                         const struct compare_options *o, struct tally *tally)
{
    static const char *const words[] = {"faster", "same", "SLOWER"};
    const char *clock = o->clock ? "cpu_s" : "wall_s";
    const struct timing before = timing_of(old, clock), after = timing_of(new, clock);
    const int slower = verdict(before, after, o->tolerance);
    const bool larger = is_larger(old, new);
    tally->compared++;
    tally->slower += slower > 0;
    tally->faster += slower < 0;
    tally->larger += larger;
    if (o->quiet && slower == 0 && !larger)
        return;
    print_name(new);
    print_cell(1e3 * before.median, 10, 4);
    print_cell(1e3 * after.median, 10, 4);
    print_cell(after.median / before.median, 6, 3);
    print_percent((before.notch + after.notch) / before.median, 6);
    printf(" %s", words[slower + 1]);
    if (larger)
        printf(", LARGER: %.2f MiB, not %.2f", tree_number(new, "peak_bytes") / 1048576,
               tree_number(old, "peak_bytes") / 1048576);
    printf("\n");
}

static void compare_cases(const struct tree *old, const struct tree *new,
                          const struct compare_options *o, struct tally *tally)
{
    printf("case        method            prec thr batch    old ms    new ms  ratio  noise\n");
    for (const struct tree *c = new->first; c; c = c->next) {
        const struct tree *before = find_case(old, c);
        if (before) {
            compare_case(before, c, o, tally);
            continue;
        }
        tally->missing++;
        print_name(c);
        printf(" not in the old results, or of another circuit\n");
    }
    for (const struct tree *c = old->first; c; c = c->next)
        if (!find_case(new, c)) {
            tally->missing++;
            print_name(c);
            printf(" not in the new results, or of another circuit\n");
        }
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

static int compare(const struct compare_options *o, const struct tree *old, const struct tree *new)
{
    struct tally tally = {0};
    struct failure f;
    print_differences(old, new);
    compare_cases(tree_member(old, "cases"), tree_member(new, "cases"), o, &tally);
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

static const char *const clocks[] = {"wall", "cpu", NULL};

static const struct option_row rows[] = {
    {"", 0, "OLD.json NEW.json", "What --json of the same command wrote, before and after.", NULL,
     option_words, offsetof(struct compare_options, files), .low = 2, .high = 2},
    {"tolerance", 0, "PERCENT", "A change of less is none, however sure it is.", "5", option_real,
     offsetof(struct compare_options, tolerance), .low = 0, .high = 1000},
    {"clock", 0, "NAME",
     "Which time: wall, or cpu, that of all threads, which other programs disturb less.", "wall",
     option_choice, offsetof(struct compare_options, clock), .choices = clocks},
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
    "Compare the medians of the cases that two results have in common. The noise is told beside "
    "them: half notches of 1.57 interquartile ranges over the root of the number of repetitions, "
    "added up; medians further apart differ at about 95%. What is further apart than that and by "
    "more than --tolerance is slower or faster; counted memory that is a per cent more is "
    "larger.\n\n"
    "What no repetition shows is noise too: a machine that was busy for one of the two whole runs. "
    "Measure again before you believe in small changes.\n\n"
    "The exit code is 3 where something got slower or larger.",
    examples,
    groups,
    run};
