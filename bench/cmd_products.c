/* hahn-bench products: derivatives along a direction, beside the gradient of the same circuit. */
#include "commands.h"
#include "subject.h"

static const struct product {
    const char *name;
    measured_call *call;
} products[] = {{"gradient", subject_gradient},
                {"jvp", subject_jvp},
                {"fisher", subject_fisher},
                {"hvp", subject_hvp}};

/* One product of one case. Times of the CPU are compared: they are less disturbed. */
static bool measure_product(struct bench *b, const struct bench_case *given,
                            const struct product *product, double *gradient, struct subject *s,
                            struct failure *f)
{
    struct measurement m;
    if (!measure(&b->plan, product->call, s, &m, f))
        return false;
    const double seconds = m.series[SERIES_CPU].median;
    if (product->call == subject_gradient)
        *gradient = seconds;
    print_times(given->name, &m);
    printf(" %-8s", product->name);
    print_cell(seconds / *gradient, 9, 2);
    printf("\n");
    subject_begin(s, given, &b->json);
    json_string(&b->json, "method", product->name);
    measurement_write(&m, SERIES_BIND, &b->json);
    json_number(&b->json, "times_gradient", seconds / *gradient);
    json_object_end(&b->json);
    return true;
}

static bool measure_case(struct bench *b, const struct bench_case *given, struct subject *s,
                         struct failure *f)
{
    double gradient = 0;
    for (size_t k = 0; k < sizeof products / sizeof *products; k++)
        if (!measure_product(b, given, &products[k], &gradient, s, f))
            return false;
    return true;
}

static bool run_case(struct bench *b, const struct bench_case *given, struct failure *f)
{
    return subject_run(b, given, HAHN_FOR_TANGENT, measure_case, f);
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct bench_job job = {
        .set = SET_PRODUCTS, .headings = HARNESS_HEADINGS " product  xgradient", .run = run_case};
    return bench_command(command, argc, argv, &job);
}

static const struct option_group *const groups[] = {&bench_options_group, &problem_circuit_options,
                                                    &problem_observable_options,
                                                    &problem_engine_options, NULL};

static const char *const examples[] = {
    "Of one's own circuit", "hahn-bench products --ansatz hardware-efficient --layers 50", NULL};

const struct command command_products = {
    "products",
    "time products with the Jacobian, Fisher information and Hessian",
    "Time derivatives of a circuit along one direction beside its gradient: of the energy by a "
    "tangent state (jvp), and products with the quantum Fisher information (fisher) and with the "
    "second derivatives of the energy (hvp). xgradient compares CPU times.",
    examples,
    groups,
    run};
