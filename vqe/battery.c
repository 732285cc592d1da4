#include "vqe/battery.h"
#include "vqe/battery_checks.h"

#include <math.h>
#include <string.h>

double battery_roundoff(hahn_precision precision)
{
    return precision == HAHN_F32 ? 0x1p-24 : 0x1p-53;
}

double battery_state_tolerance(hahn_precision precision, double gates)
{
    return 8 * battery_roundoff(precision) * sqrt(gates + 1);
}

double battery_energy_tolerance(hahn_precision precision, double gates, double norm)
{
    return 2 * norm * battery_state_tolerance(precision, gates);
}

double battery_gradient_tolerance(hahn_precision precision, double gates, double norm, double scale)
{
    return 4 * norm * scale * battery_state_tolerance(precision, 2 * gates);
}

static hahn_status configure(hahn_engine *engine, const struct battery_config *config)
{
    hahn_status status = hahn_engine_set_backend(engine, config->backend);
    if (status == HAHN_OK && config->isa[0])
        status = hahn_engine_set_isa(engine, config->isa);
    if (status == HAHN_OK)
        status = hahn_engine_set_precision(engine, config->precision);
    return status;
}

static int runs_as_asked(const hahn_engine *engine, const struct battery_config *config)
{
    return hahn_engine_backend(engine) == config->backend &&
           hahn_engine_precision(engine) == config->precision &&
           (!config->isa[0] || !strcmp(hahn_engine_isa(engine), config->isa));
}

hahn_status battery_engine(const struct battery_config *config, const hahn_allocator *allocator,
                           hahn_engine **out)
{
    hahn_engine *engine = NULL;
    hahn_status status = hahn_engine_create(allocator, &engine);
    if (status == HAHN_OK)
        status = configure(engine, config);
    if (status == HAHN_OK && !runs_as_asked(engine, config))
        status = HAHN_ERR_BACKEND;
    if (status == HAHN_OK)
        *out = engine;
    else
        hahn_engine_destroy(engine);
    return status;
}

static void report_missing(FILE *report, const struct battery_config *config)
{
    hahn_engine *engine = NULL;
    if (!report || hahn_engine_create(NULL, &engine) != HAHN_OK)
        return;
    hahn_status status = configure(engine, config);
    fprintf(report, "missing (%s%s%s, %s): %s\n", hahn_backend_name(config->backend),
            config->isa[0] ? ", " : "", config->isa, hahn_precision_name(config->precision),
            status == HAHN_OK ? "it runs in another way" : hahn_engine_message(engine));
    hahn_engine_destroy(engine);
}

static const struct {
    hahn_backend backend;
    const char *isa;
} battery_ways[] = {
    {HAHN_BACKEND_REFERENCE, ""}, {HAHN_BACKEND_CPU, "baseline"}, {HAHN_BACKEND_CPU, "avx2"},
    {HAHN_BACKEND_CPU, "avx512"}, {HAHN_BACKEND_CUDA, ""},
};

int battery_configs(const struct battery_options *options, struct battery_config *out, FILE *report)
{
    int count = 0;
    for (size_t way = 0; way < sizeof battery_ways / sizeof *battery_ways; way++) {
        for (int precision = HAHN_F64; precision <= HAHN_F32; precision++) {
            struct battery_config config = {battery_ways[way].backend, battery_ways[way].isa,
                                            (hahn_precision)precision};
            hahn_engine *engine = NULL;
            if (options->backend != HAHN_BACKEND_AUTO && options->backend != config.backend)
                continue;
            if (options->precision != BATTERY_ALL_PRECISIONS && options->precision != precision)
                continue;
            if (battery_engine(&config, NULL, &engine) == HAHN_OK)
                out[count++] = config;
            else
                report_missing(report, &config);
            hahn_engine_destroy(engine);
        }
    }
    return count;
}

/* How near an error comes to its bound: above 1, and for NaN, without end. */
static double severity(double error, double tolerance)
{
    if (!(error <= tolerance))
        return INFINITY;
    return tolerance > 0 ? error / tolerance : 0;
}

void battery_compare(struct battery_context *context, double error, double tolerance)
{
    double worst = severity(context->error, context->tolerance);
    if (context->comparisons == 0 || severity(error, tolerance) > worst) {
        context->error = error;
        context->tolerance = tolerance;
    }
    context->comparisons++;
}

int battery_succeeded(struct battery_context *context, hahn_status status)
{
    if (status != HAHN_OK && !context->failure[0])
        snprintf(context->failure, sizeof context->failure, "%s: %s", hahn_status_name(status),
                 hahn_engine_message(context->engine));
    return status == HAHN_OK;
}

/* A check that compared nothing has shown nothing. */
static int check_passed(const struct battery_context *context)
{
    return context->comparisons > 0 && !context->failure[0] && context->error <= context->tolerance;
}

static void report_check(FILE *report, const char *name, const struct battery_context *context)
{
    const struct battery_config *config = context->config;
    fprintf(report, "%-6s %s (%s%s%s, %s): worst error %.2g of %.2g in %lld comparison%s",
            check_passed(context) ? "ok" : "FAILED", name, hahn_backend_name(config->backend),
            config->isa[0] ? ", " : "", config->isa, hahn_precision_name(config->precision),
            context->error, context->tolerance, (long long)context->comparisons,
            context->comparisons == 1 ? "" : "s");
    fprintf(report, "%s%s\n", context->failure[0] ? "; " : "", context->failure);
}

/* Every check gets an engine and a random sequence of its own, so that each can be repeated alone.
 */
static int run_check(const struct battery_options *options, const struct battery_config *config,
                     const struct battery_check *check, FILE *report)
{
    struct battery_context context = {.config = config, .quick = options->quick};
    context.random.state = options->seed;
    hahn_status status = battery_engine(config, NULL, &context.engine);
    if (status == HAHN_OK)
        check->run(&context);
    else
        snprintf(context.failure, sizeof context.failure, "no engine: %s",
                 hahn_status_name(status));
    report_check(report, check->name, &context);
    hahn_engine_destroy(context.engine);
    return !check_passed(&context);
}

int battery_run(const struct battery_options *options, FILE *report)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = battery_configs(options, configs, report), checks = 0, failures = 0;
    for (int c = 0; c < count; c++) {
        for (const struct battery_check *check = battery_checks; check->name; check++) {
            failures += run_check(options, &configs[c], check, report);
            checks++;
        }
    }
    if (count == 0) {
        fprintf(report, "FAILED nothing could be run\n");
        failures++;
    }
    fprintf(report, "%d checks, %d failed; seed %llu\n", checks, failures,
            (unsigned long long)options->seed);
    return failures;
}
