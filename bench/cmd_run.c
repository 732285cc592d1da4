/* hahn-bench forward, hahn-bench gradient: one run of a circuit at a time. */
#include "commands.h"
#include "subject.h"

/* What tells the two apart. */
struct kind {
    measured_call *call;
    struct work (*work)(const struct bench_case *given, const hahn_program_info *info,
                        uint64_t state_bytes);
    int series; /* how many of them there are */
};

static const struct kind forward = {subject_energy, work_forward, SERIES_BACKWARD};
static const struct kind gradient = {subject_gradient, work_gradient, SERIES_COUNT};

static void print_row(const struct bench_case *given, const struct measurement *m,
                      const struct reached *r, int series)
{
    print_times(given->name, m);
    for (int k = SERIES_BIND; k < series; k++)
        print_cell(1e3 * m->series[k].median, 8, 3);
    if (series > SERIES_BACKWARD)
        print_cell(m->series[SERIES_BACKWARD].median / m->series[SERIES_FORWARD].median, 5, 2);
    print_rate(1e-3 * r->gate_rate, 8);
    print_cell(1e-9 * r->byte_rate, 6, 1);
    print_percent(r->byte_fraction, 5);
    print_cell(1e-9 * r->fma_rate, 6, 2);
    print_percent(r->fma_fraction, 5);
    print_cell(1e3 * r->limit, 8, 3);
    print_cell(r->times_limit, 6, 1);
    printf("\n");
}

static bool measure_kind(struct bench *b, const struct bench_case *given, const struct kind *kind,
                         struct subject *s, struct failure *f)
{
    struct measurement m;
    struct reached reached;
    if (!measure(&b->plan, kind->call, s, &m, f))
        return false;
    const struct work work = kind->work(given, &s->info, s->workspace_info.state_bytes);
    if (!reach(&work, m.series[SERIES_WALL].median, &b->rates, &reached, f))
        return false;
    print_row(given, &m, &reached, kind->series);
    subject_begin(s, given, &b->json);
    measurement_write(&m, kind->series, &b->json);
    reached_write(&reached, &b->json);
    json_object_end(&b->json);
    return true;
}

static bool measure_forward(struct bench *b, const struct bench_case *given, struct subject *s,
                            struct failure *f)
{
    return measure_kind(b, given, &forward, s, f);
}

static bool measure_gradient(struct bench *b, const struct bench_case *given, struct subject *s,
                             struct failure *f)
{
    return measure_kind(b, given, &gradient, s, f);
}

static bool run_forward(struct bench *b, const struct bench_case *given, struct failure *f)
{
    return subject_run(b, given, HAHN_FOR_STATE, measure_forward, f);
}

static bool run_gradient(struct bench *b, const struct bench_case *given, struct failure *f)
{
    return subject_run(b, given, HAHN_FOR_GRADIENT, measure_gradient, f);
}

#define RATE_HEADINGS "  kgate/s   GB/s    of GFMA/s    of limit ms xlimit"

static int forward_command(const struct command *command, int argc, char **argv)
{
    static const struct bench_job job = {.set = SET_RUN,
                                         .headings = HARNESS_HEADINGS
                                         "     bind  forward   observ" RATE_HEADINGS,
                                         .run = run_forward};
    return bench_command(command, argc, argv, &job);
}

static int gradient_command(const struct command *command, int argc, char **argv)
{
    static const struct bench_job job = {.set = SET_RUN,
                                         .headings = HARNESS_HEADINGS
                                         "     bind  forward   observ backward   b/f" RATE_HEADINGS,
                                         .run = run_gradient};
    return bench_command(command, argc, argv, &job);
}

static const struct option_group *const groups[] = {&bench_options_group, &problem_circuit_options,
                                                    &problem_observable_options,
                                                    &problem_engine_options, NULL};

static const char *const examples[] = {
    "The seed demo on one core", "hahn-bench gradient --case n10d10000 --threads 1",
    "Another circuit",
    "hahn-bench gradient --ansatz qaoa --hamiltonian maxcut:regular=3 "
    "--qubits 12 --layers 8",
    NULL};

#define EXPLANATION                                                                                \
    "\n\nThe limit is the longer one of two times: the multiply-adds that the circuit needs at "   \
    "the rate measured on this machine, and its least traffic at the rate at which an array of "   \
    "that size is updated. It is counted for the circuit variational alone."

const struct command command_forward = {
    "forward",
    "time energies",
    "Time energies: bind, forward pass and observable, as medians." EXPLANATION,
    NULL,
    groups,
    forward_command};

const struct command command_gradient = {
    "gradient",
    "time energies with gradients",
    "Time gradients by the adjoint method: bind, forward pass, observable and backward pass, as "
    "medians." EXPLANATION,
    examples,
    groups,
    gradient_command};
