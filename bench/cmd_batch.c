/* hahn-bench batch: many parameter vectors of one small circuit in one call. */
#include "commands.h"
#include "subject.h"

/* Times a batch of gradients on so many threads and returns the median, or 0 on failure. */
static double time_batch(struct bench *b, const struct bench_case *given, int threads,
                         double single, struct failure *f)
{
    struct problem_options options = b->options->problem;
    struct subject s;
    struct measurement m;
    double median = 0;
    options.threads = threads;
    if (!subject_create(given, &options, HAHN_FOR_GRADIENT, b->options->batch, &s, f))
        return 0;
    if (measure(&b->plan, subject_gradient, &s, &m, f)) {
        median = m.series[SERIES_WALL].median;
        const double rate = (double)s.batch / median, gain = single > 0 ? single / median : 1;
        print_times(given->name, &m);
        printf(" %6lld %7d", (long long)s.batch, hahn_engine_threads(s.problem.engine));
        print_cell(rate, 12, 1);
        print_cell(gain, 6, 2);
        printf("\n");
        subject_begin(&s, given, &b->json);
        measurement_write(&m, SERIES_COUNT, &b->json);
        json_number(&b->json, "gradients_per_s", rate);
        json_number(&b->json, "gain", gain);
        json_object_end(&b->json);
    }
    subject_destroy(&s);
    return median;
}

static bool run_case(struct bench *b, const struct bench_case *given, struct failure *f)
{
    const double single = time_batch(b, given, 1, 0, f);
    if (single == 0)
        return false;
    return b->rates.threads == 1 || time_batch(b, given, b->rates.threads, single, f) > 0;
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct bench_job job = {.set = SET_BATCH,
                                         .headings =
                                             HARNESS_HEADINGS "  batch threads  gradients/s   gain",
                                         .run = run_case};
    return bench_command(command, argc, argv, &job);
}

static const struct option_group *const groups[] = {
    &bench_options_group,    &problem_circuit_options, &problem_observable_options,
    &problem_engine_options, &bench_batch_group,       NULL};

static const char *const examples[] = {"A thousand starts of a small circuit",
                                       "hahn-bench batch --qubits 4 --layers 20 --batch 1000",
                                       NULL};

const struct command command_batch = {
    "batch",
    "time batches of gradients",
    "Time gradients of many parameter vectors in one call, on one thread and on as many as "
    "--threads says. The gain is over one thread.",
    examples,
    groups,
    run};
