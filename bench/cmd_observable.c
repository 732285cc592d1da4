/* hahn-bench observable: expectation values of sums of many terms. */
#include "commands.h"
#include "subject.h"

static bool measure_case(struct bench *b, const struct bench_case *given, struct subject *s,
                         struct failure *f)
{
    struct measurement m;
    double update_rate;
    if (!measure(&b->plan, subject_energy, s, &m, f) ||
        !rates_update(&b->rates, s->workspace_info.state_bytes, &update_rate, f))
        return false;
    const hahn_program_info *info = &s->info;
    const double seconds = m.series[SERIES_OBSERVABLE].median;
    /* Each group reads the state once; the rate is that of reading and writing. */
    const double rate =
        (double)info->observable_groups * (double)s->workspace_info.state_bytes / seconds;
    print_times(given->name, &m);
    print_cell(1e3 * seconds, 9, 3);
    printf(" %7lld %7lld", (long long)info->observable_terms, (long long)info->observable_groups);
    print_cell(1e6 * seconds / (double)info->observable_terms, 8, 3);
    print_cell(1e-9 * rate, 7, 1);
    print_percent(rate / update_rate, 5);
    printf("\n");
    subject_begin(s, given, &b->json);
    measurement_write(&m, SERIES_BACKWARD, &b->json);
    json_number(&b->json, "s_per_term", seconds / (double)info->observable_terms);
    json_number(&b->json, "bytes_per_s", rate);
    json_number(&b->json, "update_bytes_per_s", update_rate);
    json_number(&b->json, "bytes_fraction", rate / update_rate);
    json_object_end(&b->json);
    return true;
}

static bool run_case(struct bench *b, const struct bench_case *given, struct failure *f)
{
    return subject_run(b, given, HAHN_FOR_STATE, measure_case, f);
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct bench_job job = {.set = SET_OBSERVABLE,
                                         .headings = HARNESS_HEADINGS
                                         " observ ms   terms  groups  us/term    GB/s   of",
                                         .run = run_case};
    return bench_command(command, argc, argv, &job);
}

static const struct option_group *const groups[] = {&bench_options_group, &problem_circuit_options,
                                                    &problem_observable_options,
                                                    &problem_engine_options, NULL};

static const char *const examples[] = {
    "A Hamiltonian of one's own",
    "hahn-bench observable --hamiltonian-file terms.txt --ansatz hardware-efficient --layers 1",
    NULL};

const struct command command_observable = {
    "observable",
    "time energies of sums of many terms",
    "Time energies of short circuits and tell what the observable takes. Terms with the same "
    "letters X and Y in the same places form a group, which reads the state once.",
    examples,
    groups,
    run};
