#include "vqe/battery_checks.h"
#include "vqe/battery_entries.h"
#include "vqe/battery_gates.h"
#include "vqe/battery_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STATE_SIZE = 1 << MODEL_MAX_QUBITS, PARAMETERS = 6 };

/* Memory for the checks' own arrays, a megabyte at most: without it no check can say anything. */
static void *need(size_t bytes)
{
    void *memory = malloc(bytes);
    if (!memory) {
        fprintf(stderr, "out of memory: the battery needs %zu bytes\n", bytes);
        exit(EXIT_FAILURE);
    }
    return memory;
}

static void random_angles(struct battery_random *random, int64_t count, double *theta)
{
    for (int64_t k = 0; k < count; k++)
        theta[k] = battery_uniform(random, -7, 7);
}

static double state_bound(const struct battery_context *context, int gates)
{
    return battery_state_tolerance(context->config->precision, gates);
}

/* The final state from a random start, against the dense reference. theta has PARAMETERS numbers.
 */
static void compare_state(struct battery_context *context, const struct model *model,
                          const double *theta)
{
    dense_complex state[STATE_SIZE];
    double *amplitudes = need(2 * STATE_SIZE * sizeof *amplitudes);
    struct model_objects objects;
    long double exact_theta[PARAMETERS];
    for (int k = 0; k < PARAMETERS; k++)
        exact_theta[k] = theta[k];
    model_random_state(&context->random, model->qubits, state, amplitudes);
    if (battery_succeeded(context, model_compile(model, NULL, amplitudes, context->engine, 1,
                                                 HAHN_FOR_STATE, &objects))) {
        if (battery_succeeded(context, hahn_final_state(objects.workspace, 1, theta, amplitudes))) {
            model_run(model, exact_theta, state);
            battery_compare(context, dense_distance(model->qubits, state, amplitudes),
                            state_bound(context, model->gates));
        }
        model_release(&objects);
    }
    free(amplitudes);
}

/* Each row of the table a few times on random qubits, with so many further controls. */
static void check_rows(struct battery_context *context, int first, int last, int most_controls)
{
    const double theta[PARAMETERS] = {0};
    struct model model = {.qubits = 7, .gates = 1};
    for (int gate = first; gate <= last; gate++)
        for (int controls = most_controls ? 1 : 0; controls <= most_controls; controls++)
            for (int round = 0; round < (context->quick ? 2 : 6); round++)
                if (model_random_gate(&context->random, (hahn_gate)gate, model.qubits, controls,
                                      &model.gate[0]))
                    compare_state(context, &model, theta);
}

static void check_gates(struct battery_context *context)
{
    check_rows(context, HAHN_GATE_I, HAHN_GATE_FSIM, 0);
}

static void check_controlled_gates(struct battery_context *context)
{
    check_rows(context, HAHN_GATE_I, HAHN_GATE_FSIM, 3);
}

static void check_pauli_rotations(struct battery_context *context)
{
    check_rows(context, HAHN_GATE_PAULI_ROTATION, HAHN_GATE_PAULI_ROTATION, 0);
    check_rows(context, HAHN_GATE_PAULI_ROTATION, HAHN_GATE_PAULI_ROTATION, 3);
}

static void check_unitaries(struct battery_context *context)
{
    check_rows(context, HAHN_GATE_UNITARY, HAHN_GATE_UNITARY, 0);
    check_rows(context, HAHN_GATE_UNITARY, HAHN_GATE_UNITARY, 3);
}

/* Whether states of this size are among those checked: all, or where it is to be quick small ones
   and one that is larger than the backends' tiles. */
static int size_is_checked(const struct battery_context *context, int qubits)
{
    return !context->quick || qubits <= 9 || qubits == 13;
}

static void check_circuits(struct battery_context *context)
{
    struct model model;
    double theta[PARAMETERS];
    for (int qubits = 1; qubits <= MODEL_MAX_QUBITS; qubits++) {
        if (!size_is_checked(context, qubits))
            continue;
        random_angles(&context->random, PARAMETERS, theta);
        model_random(&context->random, qubits, context->quick ? 24 : MODEL_MAX_GATES, PARAMETERS,
                     &model);
        compare_state(context, &model, theta);
    }
}

/* A random circuit and observable, compiled, with a random start. */
struct energy_case {
    struct model model;
    struct model_sum sum;
    double theta[PARAMETERS];
    dense_complex start[STATE_SIZE];
    struct model_objects objects;
    double norm, scale;
    int parameters;
};

static struct energy_case *energy_case(struct battery_context *context, int qubits, int gates,
                                       hahn_purpose purpose)
{
    struct energy_case *c = need(sizeof *c);
    double *start = need(2 * STATE_SIZE * sizeof *start);
    model_random(&context->random, qubits, gates, PARAMETERS, &c->model);
    model_random_sum(&context->random, qubits, 12, &c->sum);
    random_angles(&context->random, PARAMETERS, c->theta);
    model_random_state(&context->random, qubits, c->start, start);
    c->norm = model_sum_norm(&c->sum);
    c->scale = model_largest_scale(&c->model, PARAMETERS);
    hahn_status status =
        model_compile(&c->model, &c->sum, start, context->engine, 1, purpose, &c->objects);
    free(start);
    if (!battery_succeeded(context, status)) {
        free(c);
        return NULL;
    }
    c->parameters = (int)hahn_circuit_parameters(c->objects.circuit);
    return c;
}

static void energy_case_free(struct energy_case *c)
{
    model_release(&c->objects);
    free(c);
}

static void check_energies(struct battery_context *context)
{
    for (int qubits = 1; qubits <= MODEL_MAX_QUBITS; qubits++) {
        if (!size_is_checked(context, qubits))
            continue;
        struct energy_case *c = energy_case(context, qubits, 24, HAHN_FOR_STATE);
        double energy;
        long double theta[PARAMETERS];
        if (!c)
            return;
        for (int k = 0; k < PARAMETERS; k++)
            theta[k] = c->theta[k];
        model_run(&c->model, theta, c->start);
        long double exact = dense_expectation(qubits, c->sum.terms, c->sum.term, c->start);
        if (battery_succeeded(context, hahn_energy(c->objects.workspace, 1, c->theta, &energy)))
            battery_compare(context, fabs(energy - (double)exact),
                            battery_energy_tolerance(context->config->precision, 24, c->norm));
        energy_case_free(c);
    }
}

static void compare_gradients(struct battery_context *context, const struct energy_case *c,
                              const double *left, const double *right)
{
    double bound =
        battery_gradient_tolerance(context->config->precision, c->model.gates, c->norm, c->scale);
    for (int k = 0; k < c->parameters; k++)
        battery_compare(context, fabs(left[k] - right[k]), bound);
}

/* In a workspace of the method's own; so few kept states that most are recomputed. */
static hahn_status gradient_by(struct battery_context *context, const struct energy_case *c,
                               hahn_method method, double *gradient)
{
    const uint64_t size = UINT64_C(1) << c->model.qubits;
    hahn_workspace_options options = {.lanes = 1};
    hahn_workspace *workspace = NULL;
    double *start = need(2 * size * sizeof *start);
    for (uint64_t j = 0; j < size; j++) {
        start[2 * j] = (double)creall(c->start[j]);
        start[2 * j + 1] = (double)cimagl(c->start[j]);
    }
    hahn_method_options(method, 2, &options);
    hahn_status status =
        hahn_workspace_create(context->engine, c->objects.program, &options, &workspace);
    if (status == HAHN_OK)
        status = hahn_workspace_set_start(workspace, start);
    if (status == HAHN_OK)
        status = hahn_gradient(workspace, &(hahn_gradient_options){.method = method}, 1, c->theta,
                               NULL, gradient, NULL);
    hahn_workspace_destroy(workspace);
    free(start);
    return status;
}

/* Differences of the dense reference take long for many amplitudes: large states have fewer gates.
 */
static void check_gradients(struct battery_context *context)
{
    static const hahn_method methods[] = {HAHN_METHOD_ADJOINT, HAHN_METHOD_SHIFT, HAHN_METHOD_TAPE,
                                          HAHN_METHOD_CHECKPOINT};
    const int sizes[] = {1, 2, 3, 4, 5, 6, 9, 13};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        int gates = sizes[k] <= 6 ? 16 : sizes[k] <= 9 ? 10 : 4;
        struct energy_case *c = energy_case(context, sizes[k], gates, HAHN_FOR_STATE);
        double gradient[PARAMETERS], exact[PARAMETERS];
        if (!c)
            return;
        model_gradient(&c->model, &c->sum, c->start, c->parameters, c->theta, exact);
        for (size_t m = 0; m < sizeof methods / sizeof *methods; m++)
            if (battery_succeeded(context, gradient_by(context, c, methods[m], gradient)))
                compare_gradients(context, c, gradient, exact);
        energy_case_free(c);
    }
}

/* A deep circuit of the variational ansatz in which the library's own parts are compared. */
struct deep_case {
    hahn_circuit *circuit;
    hahn_observable *observable;
    hahn_program *program;
    int64_t parameters, gates;
    double *theta; /* `batch` rows */
};

static void deep_case_free(struct deep_case *c)
{
    hahn_program_destroy(c->program);
    hahn_observable_destroy(c->observable);
    hahn_circuit_destroy(c->circuit);
    free(c->theta);
}

static int deep_case(struct battery_context *context, int qubits, int64_t layers, int batch,
                     struct deep_case *c)
{
    hahn_lattice ring = {qubits, 1, 1};
    *c = (struct deep_case){0};
    hahn_status status = hahn_ansatz_variational(context->engine, qubits, layers, &c->circuit);
    if (status == HAHN_OK)
        status = hahn_observable_heisenberg(context->engine, ring, 1, &c->observable);
    if (status == HAHN_OK)
        status = hahn_program_create(context->engine, c->circuit, c->observable, &c->program);
    if (!battery_succeeded(context, status)) {
        deep_case_free(c);
        return 0;
    }
    c->parameters = hahn_circuit_parameters(c->circuit);
    c->gates = hahn_circuit_gates(c->circuit);
    c->theta = need((size_t)(batch * c->parameters) * sizeof *c->theta);
    random_angles(&context->random, batch * c->parameters, c->theta);
    return 1;
}

/* Energies and gradients of a batch in `lanes` lanes: batch * (parameters + 1) numbers, to be
   freed; NULL if a call failed. */
static double *deep_run(struct battery_context *context, const struct deep_case *c, int batch,
                        const double *theta, int lanes, hahn_certificate *certificates)
{
    const hahn_workspace_options options = {.lanes = lanes, .purpose = HAHN_FOR_GRADIENT};
    double *out = need((size_t)(batch * (c->parameters + 1)) * sizeof *out);
    hahn_workspace *workspace = NULL;
    hahn_status status = hahn_workspace_create(context->engine, c->program, &options, &workspace);
    if (status == HAHN_OK)
        status = hahn_gradient(workspace, NULL, batch, theta, out, out + batch, certificates);
    hahn_workspace_destroy(workspace);
    if (battery_succeeded(context, status))
        return out;
    free(out);
    return NULL;
}

static void compare_bits(struct battery_context *context, const void *left, const void *right,
                         size_t bytes)
{
    const unsigned char *a = left, *b = right;
    double differing = 0;
    for (size_t k = 0; k < bytes; k++)
        differing += a[k] != b[k];
    battery_compare(context, differing, 0);
}

static void check_batch(struct battery_context *context)
{
    enum { BATCH = 5 };
    struct deep_case c;
    if (!deep_case(context, 6, 20, BATCH, &c))
        return;
    for (int lanes = 0; lanes <= 4; lanes++) {
        double *whole = deep_run(context, &c, BATCH, c.theta, lanes, NULL);
        for (int b = 0; whole && b < BATCH; b++) {
            double *single = deep_run(context, &c, 1, c.theta + b * c.parameters, 1, NULL);
            if (!single)
                break;
            compare_bits(context, single, whole + b, sizeof *single);
            compare_bits(context, single + 1, whole + BATCH + b * c.parameters,
                         (size_t)c.parameters * sizeof *single);
            free(single);
        }
        free(whole);
    }
    deep_case_free(&c);
}

/* Large enough for threads to share one state, and small enough for them to share a batch. */
static void check_threads(struct battery_context *context)
{
    const int qubits[] = {5, context->quick ? 14 : 17};
    for (int size = 0; size < 2; size++) {
        struct deep_case c;
        if (!deep_case(context, qubits[size], 2, 3, &c))
            return;
        double *one = NULL;
        for (int threads = 1; threads <= 7; threads += threads < 3 ? 1 : 4) {
            if (!battery_succeeded(context, hahn_engine_set_threads(context->engine, threads)))
                break;
            double *run = deep_run(context, &c, 3, c.theta, 0, NULL);
            if (one && run)
                compare_bits(context, one, run, (size_t)(3 * (c.parameters + 1)) * sizeof *run);
            if (one)
                free(run);
            else
                one = run;
        }
        free(one);
        deep_case_free(&c);
    }
}

static void check_echo(struct battery_context *context)
{
    const int qubits = 6;
    struct deep_case c;
    if (!deep_case(context, qubits, context->quick ? 100 : 1000, 1, &c))
        return;
    hahn_certificate certificate;
    double *run = deep_run(context, &c, 1, c.theta, 1, &certificate);
    if (run) {
        double walked = 2 * (double)c.gates, norm = 3 * qubits;
        battery_compare(context, certificate.echo_error,
                        battery_state_tolerance(context->config->precision, walked));
        battery_compare(context, fabs(certificate.start_energy - run[0]),
                        battery_energy_tolerance(context->config->precision, walked, norm));
    }
    free(run);
    deep_case_free(&c);
}

static void check_norm(struct battery_context *context)
{
    struct deep_case c;
    const hahn_workspace_options options = {.lanes = 1, .purpose = HAHN_FOR_STATE};
    double amplitudes[2 << 6], norm = 0;
    hahn_workspace *workspace = NULL;
    if (!deep_case(context, 6, context->quick ? 100 : 1000, 1, &c))
        return;
    hahn_status status = hahn_workspace_create(context->engine, c.program, &options, &workspace);
    if (status == HAHN_OK)
        status = hahn_final_state(workspace, 1, c.theta, amplitudes);
    if (battery_succeeded(context, status)) {
        for (int k = 0; k < 2 << 6; k++)
            norm += amplitudes[k] * amplitudes[k];
        battery_compare(context, fabs(sqrt(norm) - 1),
                        battery_state_tolerance(context->config->precision, (double)c.gates));
    }
    hahn_workspace_destroy(workspace);
    deep_case_free(&c);
}

/* Bernstein's inequality: a binomial count of mean p N leaves this distance of it with a
   probability below 2 exp(-28) = 1.4e-12. */
static double count_bound(double probability, double shots)
{
    const double log_odds = 28;
    double variance = shots * probability * (1 - probability);
    return log_odds / 3 + sqrt(log_odds * log_odds / 9 + 2 * variance * log_odds);
}

static void check_samples(struct battery_context *context)
{
    enum { QUBITS = 4, SHOTS = 8192 };
    struct energy_case *c = energy_case(context, QUBITS, 24, HAHN_FOR_STATE);
    uint64_t outcomes[SHOTS];
    double amplitudes[2 << QUBITS], counts[1 << QUBITS] = {0}, outside = 0;
    if (!c)
        return;
    hahn_workspace *workspace = c->objects.workspace;
    hahn_status status = hahn_final_state(workspace, 1, c->theta, amplitudes);
    if (status == HAHN_OK)
        status = hahn_sample(workspace, c->theta, battery_bits(&context->random), SHOTS, outcomes);
    if (battery_succeeded(context, status)) {
        for (int shot = 0; shot < SHOTS; shot++)
            *(outcomes[shot] < 1 << QUBITS ? &counts[outcomes[shot]] : &outside) += 1;
        battery_compare(context, outside, 0);
        for (int j = 0; j < 1 << QUBITS; j++) {
            double p = amplitudes[2 * j] * amplitudes[2 * j] +
                       amplitudes[2 * j + 1] * amplitudes[2 * j + 1];
            battery_compare(context, fabs(counts[j] - p * SHOTS), count_bound(p, SHOTS));
        }
    }
    energy_case_free(c);
}

const struct battery_check battery_checks[] = {
    {"gates", check_gates},
    {"controlled gates", check_controlled_gates},
    {"Pauli rotations", check_pauli_rotations},
    {"dense unitaries", check_unitaries},
    {"circuits", check_circuits},
    {"energies", check_energies},
    {"gradients", check_gradients},
    {"batch equals single", check_batch},
    {"entries of their own", battery_check_entries},
    {"any number of threads", check_threads},
    {"echo", check_echo},
    {"norm", check_norm},
    {"samples", check_samples},
    {NULL, NULL},
};
