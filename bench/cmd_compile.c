/* hahn-bench compile: what is paid once for a circuit, and once for each parameter vector. */
#include "commands.h"
#include "subject.h"

static bool measure_case(struct bench *b, const struct bench_case *given, struct subject *s,
                         struct failure *f)
{
    struct measurement compile, energy;
    if (!measure(&b->plan, subject_compile, s, &compile, f) ||
        !measure(&b->plan, subject_energy, s, &energy, f))
        return false;
    const double gates = (double)s->info.gates;
    const double by_gate = compile.series[SERIES_WALL].median / gates;
    const double bytes_by_gate = (double)s->info.program_bytes / gates;
    const double bind = energy.series[SERIES_BIND].median;
    print_times(given->name, &compile);
    printf(" %8lld %7lld", (long long)s->info.gates, (long long)s->info.stages);
    print_cell(1e9 * by_gate, 8, 1);
    print_cell(bytes_by_gate, 10, 1);
    print_cell(1e3 * bind, 8, 3);
    printf("\n");
    subject_begin(s, given, &b->json);
    measurement_write(&compile, SERIES_BIND, &b->json);
    json_number(&b->json, "s_per_gate", by_gate);
    json_number(&b->json, "bytes_per_gate", bytes_by_gate);
    json_number(&b->json, "bind_median_s", bind);
    json_object_end(&b->json);
    return true;
}

static bool run_case(struct bench *b, const struct bench_case *given, struct failure *f)
{
    return subject_run(b, given, HAHN_FOR_STATE, measure_case, f);
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct bench_job job = {.set = SET_COMPILE,
                                         .headings = HARNESS_HEADINGS
                                         "    gates  stages  ns/gate bytes/gate  bind ms",
                                         .run = run_case};
    return bench_command(command, argc, argv, &job);
}

static const struct option_group *const groups[] = {&bench_options_group, &problem_circuit_options,
                                                    &problem_observable_options,
                                                    &problem_engine_options, NULL};

const struct command command_compile = {
    "compile",
    "time the compilation of circuits",
    "Time hahn_program_create, and how long a run takes to turn parameters into coefficients "
    "(bind).",
    NULL,
    groups,
    run};
