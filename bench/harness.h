/* The frame of every command of hahn-bench: options, choice of cases, header, table, JSON file. */
#ifndef HAHN_BENCH_HARNESS_HEADER
#define HAHN_BENCH_HARNESS_HEADER

#include "cases.h"
#include "limits.h"
#include "measure.h"

struct bench_options {
    struct problem_options problem; /* engine, and a case given by its circuit */
    const char *cases;              /* names with commas between, or NULL */
    const char *json;               /* path, or NULL */
    int repeat;                     /* 0: as many as fit */
    bool quick, list;
    int64_t batch; /* parameter vectors, of `batch` alone */
    /* Of `modes`, and some of `memory`. */
    const char *methods; /* names with commas between, or NULL: all */
    const char *point;   /* the method to measure in this process, or NULL */
    const char *csv;     /* path, or NULL */
    const char *plots;   /* beginning of paths, or NULL */
    int64_t states;      /* of checkpoint */
    int64_t shots;       /* for each energy */
    double budget;       /* seconds for each row */
};

/** Every command's groups, to be followed by NULL; `batch`, `modes` and `memory` add one. */
extern const struct option_group bench_options_group, bench_batch_group, bench_modes_group,
    bench_memory_group;

struct bench {
    const struct bench_options *options;
    struct measure_plan plan;
    struct rates rates; /* of the engine as the options describe it */
    struct json json;   /* inside the array of cases; all of it when the job finishes */
    int argc;           /* of the command line as it was given, for jobs that start themselves */
    char **argv;
};

/** Time one case: print a row, write an object. */
typedef bool bench_case_run(struct bench *bench, const struct bench_case *given, struct failure *f);

/** One command: what it runs without names, the headings of its table, what it does with a case. */
struct bench_job {
    enum case_set set;
    const char *headings;
    bench_case_run *run;
    bench_case_run *point; /* in place of all this where options.point is given; or NULL */
    bool (*finish)(struct bench *bench, struct failure *f); /* after the last case; or NULL */
};

/** Read the command line, measure the machine, run the cases. Returns the exit code. The JSON file
    is tried before anything is measured and appears when all is done. */
int bench_command(const struct command *command, int argc, char **argv,
                  const struct bench_job *job);

/** Print what every row begins with: name, repeats, wall time (median, least, interquartile range
   in per cent of the median) and CPU time, in ms. HARNESS_HEADINGS are its headings. */
void print_times(const char *name, const struct measurement *m);
#define HARNESS_HEADINGS "case         times       ms   min ms   iqr   cpu ms"

/** Print a number, or "-" for NAN, right-aligned behind a space. */
void print_cell(double value, int width, int decimals);
/** The same with as many decimals as a number of this size wants. */
void print_rate(double value, int width);
/** The same with a per cent sign: of a fraction. */
void print_percent(double fraction, int width);

#endif
