/* Batches whose entries have start states and observables of their own, and the overlaps of their
   final states. */
#include "vqe/battery_entries.h"
#include "vqe/battery_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STARTS = 2, SUMS = 3, BATCH = 6, LANES = 4, PARAMETERS = 6, GATES = 16 };

/* One size, and what the dense reference makes of it. */
struct entries {
    struct model model;
    struct model_sum sums[SUMS];
    double theta[BATCH * PARAMETERS];
    double *starts;        /* rows of 2^(qubits + 1) numbers */
    dense_complex *finals; /* rows of 2^qubits */
    struct model_objects objects;
};

static uint64_t size_of(const struct entries *e)
{
    return UINT64_C(1) << e->model.qubits;
}

static void make_final(struct entries *e, int k, const dense_complex *start)
{
    long double theta[PARAMETERS];
    dense_complex *final = e->finals + (uint64_t)k * size_of(e);
    for (int p = 0; p < PARAMETERS; p++)
        theta[p] = e->theta[k * PARAMETERS + p];
    memcpy(final, start, size_of(e) * sizeof *final);
    model_run(&e->model, theta, final);
}

static void draw(struct battery_random *random, int qubits, struct entries *e)
{
    dense_complex *exact = e->finals + BATCH * (UINT64_C(1) << qubits);
    model_random(random, qubits, GATES - PARAMETERS, PARAMETERS, &e->model);
    for (int k = 0; k < PARAMETERS; k++) /* so that rows have that many */
        e->model.gate[e->model.gates++] = (struct model_gate){
            .gate = HAHN_GATE_RX, .targets = 1, .qubits = {k % qubits}, .params = {hahn_theta(k)}};
    for (int s = 0; s < SUMS; s++)
        model_random_sum(random, qubits, 6, &e->sums[s]);
    for (int k = 0; k < BATCH * PARAMETERS; k++)
        e->theta[k] = battery_uniform(random, -7, 7);
    for (int s = 0; s < STARTS; s++) {
        model_random_state(random, qubits, exact, e->starts + 2 * (uint64_t)s * size_of(e));
        for (int k = s; k < BATCH; k += STARTS)
            make_final(e, k, exact);
    }
}

static hahn_status set_observables(const struct entries *e, hahn_engine *engine)
{
    hahn_observable *observables[SUMS] = {NULL};
    hahn_status status = HAHN_OK;
    for (int s = 0; s < SUMS && status == HAHN_OK; s++)
        status = model_observable(&e->sums[s], e->model.qubits, engine, &observables[s]);
    if (status == HAHN_OK)
        status = hahn_workspace_set_observables(e->objects.workspace, SUMS,
                                                (const hahn_observable *const *)observables);
    for (int s = 0; s < SUMS; s++)
        hahn_observable_destroy(observables[s]);
    return status;
}

static void compare_energies(struct battery_context *context, const struct entries *e)
{
    double energies[BATCH], gradients[BATCH * PARAMETERS];
    hahn_certificate certificates[BATCH];
    const hahn_precision precision = context->config->precision;
    if (!battery_succeeded(context, hahn_gradient(e->objects.workspace, NULL, BATCH, e->theta,
                                                  energies, gradients, certificates)))
        return;
    for (int k = 0; k < BATCH; k++) {
        const struct model_sum *sum = &e->sums[k % SUMS];
        const double exact = (double)dense_expectation(e->model.qubits, sum->terms, sum->term,
                                                       e->finals + (uint64_t)k * size_of(e));
        const double bound = battery_energy_tolerance(precision, 2 * GATES, model_sum_norm(sum));
        battery_compare(context, fabs(energies[k] - exact), bound);
        battery_compare(context, fabs(certificates[k].start_energy - exact), bound);
        battery_compare(context, certificates[k].echo_error,
                        battery_state_tolerance(precision, 2 * GATES));
    }
}

/* Both states err, and the sum of as many products as there are numbers rounds. A machine need not
   have cuBLAS. */
static void compare_overlaps(struct battery_context *context, const struct entries *e)
{
    double matrix[2 * BATCH * BATCH];
    const hahn_precision precision = context->config->precision;
    const double bound = 2 * battery_state_tolerance(precision, GATES) +
                         4 * battery_roundoff(precision) * sqrt(2 * (double)size_of(e));
    const hahn_status status = hahn_overlaps(e->objects.workspace, BATCH, e->theta, matrix);
    if (status == HAHN_ERR_BACKEND && strstr(hahn_engine_message(context->engine), "can be loaded"))
        return;
    if (!battery_succeeded(context, status))
        return;
    for (int k = 0; k < BATCH * BATCH; k++) {
        const dense_complex exact =
            dense_inner(e->model.qubits, e->finals + (uint64_t)(k / BATCH) * size_of(e),
                        e->finals + (uint64_t)(k % BATCH) * size_of(e));
        battery_compare(context, fabs(matrix[2 * k] - (double)creall(exact)), bound);
        battery_compare(context, fabs(matrix[2 * k + 1] - (double)cimagl(exact)), bound);
    }
}

static void check_size(struct battery_context *context, int qubits, struct entries *e)
{
    draw(&context->random, qubits, e);
    if (!battery_succeeded(context, model_compile(&e->model, &e->sums[0], NULL, context->engine,
                                                  LANES, HAHN_FOR_GRADIENT, &e->objects)))
        return;
    hahn_status status = hahn_workspace_set_starts(e->objects.workspace, STARTS, e->starts);
    if (status == HAHN_OK)
        status = set_observables(e, context->engine);
    if (battery_succeeded(context, status)) {
        compare_energies(context, e);
        compare_overlaps(context, e);
    }
    model_release(&e->objects);
}

void battery_check_entries(struct battery_context *context)
{
    static const int sizes[] = {1, 5, 13};
    struct entries *e = calloc(1, sizeof *e);
    for (size_t k = 0; e && k < sizeof sizes / sizeof *sizes; k++) {
        const uint64_t size = UINT64_C(1) << sizes[k];
        e->starts = malloc(2 * STARTS * size * sizeof *e->starts);
        e->finals = malloc((BATCH + 1) * size * sizeof *e->finals);
        if (e->starts && e->finals)
            check_size(context, sizes[k], e);
        else
            snprintf(context->failure, sizeof context->failure, "out of memory");
        free(e->starts);
        free(e->finals);
    }
    free(e);
}
