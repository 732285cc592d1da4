/* hahn selftest: every backend against the dense reference, on the user's own machine. */
#include "battery.h"
#include "commands.h"
#include "failure.h"

#include <hahn/hahn.h>

struct selftest_options {
    int backend, precision;
    bool quick;
    uint64_t seed;
};

static int run(const struct command *command, int argc, char **argv)
{
    struct selftest_options own = {HAHN_BACKEND_AUTO, 0, false, 1};
    void *const targets[] = {&own};
    int code = cli_parse(command, argc, argv, targets), failures;
    struct battery_options battery;
    struct failure f;

    if (code != CLI_RUN)
        return code;
    battery.backend = (hahn_backend)own.backend;
    battery.precision = own.precision - 1;
    battery.quick = own.quick;
    battery.seed = own.seed;
    failures = battery_run(&battery, stdout);
    if (!cli_finish_output(&f))
        return failure_report(&f);
    return failures == 0 ? CLI_DONE : CLI_FAILED;
}

#define FIELD(name) offsetof(struct selftest_options, name)

static const char *const backends[] = {"auto", "reference", "cpu", "cuda", NULL};
/* One more than hahn_precision: BATTERY_ALL_PRECISIONS is -1. */
static const char *const precisions[] = {"all", "f64", "f32", NULL};

static const struct option_row rows[] = {
    {"backend", 0, "NAME", "Which backend: reference, cpu, cuda, or auto for all there are.",
     "auto", option_choice, FIELD(backend), .choices = backends},
    {"precision", 0, "NAME", "Which precision: f64, f32 or all.", "all", option_choice,
     FIELD(precision), .choices = precisions},
    {"quick", 0, NULL, "Fewer and smaller cases.", NULL, option_flag, FIELD(quick), NO_LIMITS},
    {"seed", 0, "N", "Seed of the random cases.", "1", option_uint64, FIELD(seed), NO_LIMITS},
    OPTION_END};

static const struct option_group own_options = {"Self-test", rows};
static const struct option_group *const groups[] = {&own_options, NULL};

const struct command command_selftest = {
    "selftest",
    "check the library on this machine",
    "Run every backend, in every precision and with every set of vector instructions that is "
    "there, "
    "against plain dense matrices, and print a line for each check: what ran, the largest error, "
    "and the bound. Exits with 1 if a check failed.",
    NULL,
    groups,
    run};
