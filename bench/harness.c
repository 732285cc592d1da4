#define _POSIX_C_SOURCE 200809L

#include "harness.h"

#include "vqe/fileio.h"

#include <math.h>
#include <string.h>
#include <time.h>

#define FIELD(name) offsetof(struct bench_options, name)

static const struct option_row rows[] = {
    {"case", 0, "NAME,...", "The cases to run; --list-cases tells their names.",
     "those of the command", option_text, FIELD(cases), NO_LIMITS},
    {"list-cases", 0, NULL, "Print the cases and do nothing.", NULL, option_flag, FIELD(list),
     NO_LIMITS},
    {"repeat", 0, "N", "How often each case is timed.", "as often as fits in a second, 3 to 1000",
     option_int, FIELD(repeat), .low = 1, .high = 1000},
    {"quick", 0, NULL,
     "Cut the named cases to 8 qubits and 3 layers, and time them 3 times: shows that all works; "
     "the "
     "times mean nothing.",
     NULL, option_flag, FIELD(quick), NO_LIMITS},
    {"json", 0, "FILE", "Write the results to a file as well, as one JSON object.", NULL,
     option_text, FIELD(json), NO_LIMITS},
    OPTION_END};

static const struct option_row batch_rows[] = {{"batch", 0, "B", "Parameter vectors in one call.",
                                                "64", option_int64, FIELD(batch), .low = 1,
                                                .high = 1e6},
                                               OPTION_END};

static const struct option_row modes_rows[] = {
    {"methods", 0, "NAME,...", "The methods to measure.", "all of them", option_text,
     FIELD(methods), NO_LIMITS},
    {"states", 0, "N", "States that checkpoint keeps.", "10", option_int64, FIELD(states), .low = 1,
     .high = 0x1p53},
    {"shots", 0, "N", "Measurements of each energy, of the method shots.", "1000", option_int64,
     FIELD(shots), .low = 1, .high = 0x1p62},
    {"budget", 0, "S",
     "Seconds for each row. Methods that go parameter by parameter are run on as many as fit in a "
     "quarter of it, and their time for all is extrapolated.",
     "2", option_real, FIELD(budget), .low = 0.001, .high = 1e6},
    {"csv", 0, "FILE", "Write the table to a file as well, with commas between.", NULL, option_text,
     FIELD(csv), NO_LIMITS},
    {"plots", 0, "PREFIX",
     "Draw PREFIXtime, PREFIXmemory and PREFIXerror, each as .svg and .png, with gnuplot.", NULL,
     option_text, FIELD(plots), NO_LIMITS},
    {"point", 0, "METHOD",
     "Measure one method on one case in this process and print what there is to tell as JSON: what "
     "the command starts for each of its rows.",
     NULL, option_text, FIELD(point), NO_LIMITS},
    OPTION_END};

static const struct option_row memory_rows[] = {
    {"methods", 0, "NAME,...", "The methods to measure.", "adjoint", option_text, FIELD(methods),
     NO_LIMITS},
    {"states", 0, "N", "States that checkpoint keeps.", "10", option_int64, FIELD(states), .low = 1,
     .high = 0x1p53},
    {"point", 0, "METHOD",
     "Measure one method on one case in this process and print what there is to tell as JSON: what "
     "the command starts for each of its rows.",
     NULL, option_text, FIELD(point), NO_LIMITS},
    OPTION_END};

const struct option_group bench_options_group = {"Benchmark", rows};
const struct option_group bench_batch_group = {"Batch", batch_rows};
const struct option_group bench_memory_group = {"Methods", memory_rows};
const struct option_group bench_modes_group = {"Methods", modes_rows};

#define MOST_CASES 32

struct selection {
    struct bench_case cases[MOST_CASES];
    int count;
};

/* -- the choice of cases ----------------------------------------------------------------------- */

static bool is_given(const struct problem_options *o)
{
    return o->ansatz || o->hamiltonian || o->hamiltonian_file || o->layers >= 0 || o->qubits > 0;
}

static struct bench_case given_case(const struct problem_options *o)
{
    const struct problem_options *d = &problem_defaults;
    return (struct bench_case){
        .name = "given",
        .ansatz = o->ansatz ? o->ansatz : d->ansatz,
        .hamiltonian = o->hamiltonian ? o->hamiltonian : d->hamiltonian,
        .qubits = o->qubits,
        .layers = o->layers >= 0 ? o->layers : d->layers,
    };
}

static bool select_names(const char *names, struct selection *out, struct failure *f)
{
    while (*names) {
        const size_t length = strcspn(names, ",");
        const struct bench_case *c = case_find(names, length, f);
        if (!c)
            return fail_prefix(f, "--case");
        if (out->count == MOST_CASES)
            return fail(f, CLI_USAGE, "--case: name at most %d cases", MOST_CASES);
        out->cases[out->count++] = *c;
        names += length + (names[length] == ',');
    }
    return true;
}

static void select_set(enum case_set set, struct selection *out)
{
    for (const struct bench_case *c = bench_cases; c->name && out->count < MOST_CASES; c++)
        if (c->sets & (unsigned)set)
            out->cases[out->count++] = *c;
}

static bool select_cases(const struct bench_options *o, enum case_set set, struct selection *out,
                         struct failure *f)
{
    const bool given = is_given(&o->problem);
    if (given && o->cases)
        return fail(f, CLI_USAGE, "give --case or a circuit and Hamiltonian, not both");
    out->count = 0;
    if (given)
        out->cases[out->count++] = given_case(&o->problem);
    else if (!o->cases)
        select_set(set, out);
    else if (!select_names(o->cases, out, f))
        return false;
    for (int c = 0; o->quick && !given && c < out->count; c++)
        out->cases[c] = case_cut(&out->cases[c]);
    return true;
}

static void list_cases(enum case_set set)
{
    for (const struct bench_case *c = bench_cases; c->name; c++)
        printf("%-12s%c %2d qubits, %5d layers, %s, %s\n", c->name,
               c->sets & (unsigned)set ? '*' : ' ', (int)c->qubits, (int)c->layers, c->ansatz,
               c->hamiltonian);
    printf("* run where none is named\n");
}

/* -- header and footer ------------------------------------------------------------------------- */

static const char *format_date(char *buffer, size_t size)
{
    const time_t now = time(NULL);
    struct tm parts;
    if (!gmtime_r(&now, &parts) || strftime(buffer, size, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        snprintf(buffer, size, "unknown");
    return buffer;
}

static void write_header(struct bench *b, const struct command *command, const hahn_engine *engine,
                         const char *date)
{
    char cpu[128];
    struct json *j = &b->json;
    json_object_begin(j, NULL);
    json_string(j, "command", command->name);
    json_string(j, "version", hahn_version());
    json_string(j, "compiler", __VERSION__);
    json_string(j, "cpu", processor_name(cpu, sizeof cpu));
    json_string(j, "backend", hahn_backend_name(hahn_engine_backend(engine)));
    json_string(j, "isa", hahn_engine_isa(engine));
    json_string(j, "precision", hahn_precision_name(hahn_engine_precision(engine)));
    json_integer(j, "threads", hahn_engine_threads(engine));
    json_integer(j, "tile", hahn_engine_tile(engine));
    json_string(j, "date", date);
    json_bool(j, "quick", b->options->quick);
    json_string(j, "rates_isa", b->rates.isa);
    json_number(j, "fma_per_s", b->rates.fma);
    json_array_begin(j, "cases");
}

static void print_header(const struct bench *b, const struct command *command,
                         const hahn_engine *engine, const char *date)
{
    char cpu[128];
    printf("hahn-bench %s, version %s, %s\n", command->name, hahn_version(), date);
    printf("%s, backend %s, %s, %s, threads %d: %.1f G FMA/s\n", processor_name(cpu, sizeof cpu),
           hahn_backend_name(hahn_engine_backend(engine)), hahn_engine_isa(engine),
           hahn_precision_name(hahn_engine_precision(engine)), hahn_engine_threads(engine),
           1e-9 * b->rates.fma);
    if (b->options->quick)
        printf("--quick: named cases are cut, whatever their names say; the times mean nothing\n");
}

/* The file is opened once before anything is measured, to know that it can be written, but not kept
   open: who interrupts a long run shall not find half a file. */
static bool check_path(const char *path, struct failure *f)
{
    struct atomic_file file;
    if (!atomic_open(&file, path, f))
        return false;
    atomic_abandon(&file);
    return true;
}

static bool end_json(struct bench *b, struct failure *f)
{
    json_array_end(&b->json);
    json_object_end(&b->json);
    return json_text(&b->json) || fail(f, CLI_FAILED, "out of memory for the JSON output");
}

static bool write_json(struct bench *b, const char *path, struct failure *f)
{
    struct atomic_file file;
    const char *text = json_text(&b->json);
    if (!atomic_open(&file, path, f))
        return false;
    fprintf(file.stream, "%s\n", text); /* a failure stays with the stream until the commit */
    return atomic_commit(&file, f);
}

/* -- the whole --------------------------------------------------------------------------------- */

/* The engine that all cases will have too: measure what it could reach. */
static bool measure_machine(struct bench *b, const struct command *command, struct failure *f)
{
    struct problem_options options = b->options->problem;
    struct problem engine;
    char date[32];
    options.hamiltonian = problem_defaults.hamiltonian;
    options.hamiltonian_file = NULL;
    options.qubits = 2;
    if (!problem_create(&options, PROBLEM_OBSERVABLE, &engine, f))
        return false;
    rates_begin(&b->rates, engine.engine, b->options->quick ? 0.005 : 0.25);
    format_date(date, sizeof date);
    write_header(b, command, engine.engine, date);
    print_header(b, command, engine.engine, date);
    problem_destroy(&engine);
    return true;
}

static bool run_cases(struct bench *b, const struct bench_job *job,
                      const struct selection *selection, struct failure *f)
{
    printf("%s\n", job->headings);
    for (int c = 0; c < selection->count; c++) {
        if (!job->run(b, &selection->cases[c], f))
            return false;
        fflush(stdout);
    }
    return cli_finish_output(f);
}

/* All paths are tried before anything is measured, which may take long. */
static bool check_outputs(const struct bench_options *options, struct failure *f)
{
    char picture[4096];
    if (options->json && !check_path(options->json, f))
        return false;
    if (options->csv && !check_path(options->csv, f))
        return fail_prefix(f, "--csv");
    snprintf(picture, sizeof picture, "%s.svg", options->plots ? options->plots : "");
    return !options->plots || check_path(picture, f) || fail_prefix(f, "--plots");
}

static bool run_job(struct bench *b, const struct command *command, const struct bench_job *job,
                    struct failure *f)
{
    const char *path = b->options->json;
    struct selection selection;
    if (!select_cases(b->options, job->set, &selection, f))
        return false;
    if (b->options->point && selection.count != 1)
        return fail(f, CLI_USAGE, "--point: %d cases are given; give one by --case",
                    selection.count);
    if (b->options->point)
        return job->point(b, &selection.cases[0], f);
    if (!check_outputs(b->options, f))
        return false;
    return measure_machine(b, command, f) && run_cases(b, job, &selection, f) && end_json(b, f) &&
           (!path || write_json(b, path, f)) && (!job->finish || job->finish(b, f));
}

int bench_command(const struct command *command, int argc, char **argv, const struct bench_job *job)
{
    struct bench_options options = {
        .problem = problem_defaults, .batch = 64, .states = 10, .shots = 1000, .budget = 2};
    struct problem_options *problem = &options.problem;
    void *const targets[] = {&options, problem, problem, problem, &options};
    struct failure f;
    problem->ansatz = problem->hamiltonian = NULL; /* so that it shows whether they are given */
    problem->layers = -1;
    int code = cli_parse(command, argc, argv, targets);
    if (code != CLI_RUN)
        return code;
    if (options.list) {
        list_cases(job->set);
        return cli_finish_output(&f) ? CLI_DONE : failure_report(&f);
    }
    struct bench bench = {
        .options = &options, .plan = {options.repeat, 1.0}, .argc = argc, .argv = argv};
    if (options.quick)
        bench.plan = (struct measure_plan){options.repeat ? options.repeat : 3, 0.0};
    bool done = run_job(&bench, command, job, &f);
    json_free(&bench.json);
    return done ? CLI_DONE : failure_report(&f);
}

void print_times(const char *name, const struct measurement *m)
{
    const struct summary *wall = &m->series[SERIES_WALL];
    printf("%-12s %5d", name, m->repeats);
    print_cell(1e3 * wall->median, 8, 3);
    print_cell(1e3 * wall->least, 8, 3);
    print_percent((wall->upper - wall->lower) / wall->median, 5);
    print_cell(1e3 * m->series[SERIES_CPU].median, 8, 3);
}

void print_cell(double value, int width, int decimals)
{
    if (isnan(value))
        printf(" %*s", width, "-");
    else
        printf(" %*.*f", width, decimals, value);
}

void print_rate(double value, int width)
{
    print_cell(value, width, value < 1 ? 3 : value < 100 ? 2 : 0);
}

void print_percent(double fraction, int width)
{
    if (isnan(fraction))
        printf(" %*s", width, "-");
    else
        printf(" %*.0f%%", width - 1, 100 * fraction);
}
