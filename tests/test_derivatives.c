/* What is built of derivatives along directions: whole matrices, natural gradients, coefficients,
   several observables; the same bits for every number of threads and lanes; segments; and what is
   refused. */
#include "support.h"

enum { PARAMETERS = 6, BATCH = 5, TERMS = 8, MOST_LANES = 4 };

struct scene {
    struct model model;
    struct model_sum sum;
    double theta[BATCH * PARAMETERS], direction[BATCH * PARAMETERS];
    double *start;
    int tile;
};

static void open_scene(struct scene *s, const char *name, int qubits, int gates, int tile)
{
    struct battery_random random = support_random(name);
    const size_t size = (size_t)1 << qubits;
    dense_complex *state = support_allocate(size * sizeof *state);
    s->tile = tile;
    s->start = support_allocate(2 * size * sizeof *s->start);
    model_random(&random, qubits, gates, PARAMETERS, &s->model);
    /* All parameters are there, however the gates were drawn. */
    for (int k = 0; k < PARAMETERS; k++) {
        assert_true(model_random_gate(&random, HAHN_GATE_RX, qubits, 0, &s->model.gate[gates + k]));
        s->model.gate[gates + k].params[0] = hahn_affine(1, k, 0.1);
        s->model.gates++;
    }
    model_random_sum(&random, qubits, TERMS, &s->sum);
    model_random_state(&random, qubits, state, s->start);
    for (int k = 0; k < BATCH * PARAMETERS; k++) {
        s->theta[k] = battery_uniform(&random, -7, 7);
        s->direction[k] = battery_uniform(&random, -1, 1);
    }
    free(state);
}

static void close_scene(struct scene *s)
{
    free(s->start);
}

static hahn_engine *open_way(const struct battery_config *config, const struct scene *s,
                             int threads, int lanes, struct model_objects *objects)
{
    hahn_engine *engine = support_engine(config);
    assert_ok(engine, hahn_engine_set_tile(engine, s->tile));
    assert_ok(engine, hahn_engine_set_threads(engine, threads));
    assert_ok(engine, model_compile(&s->model, &s->sum, s->start, engine, lanes, HAHN_FOR_TANGENT,
                                    objects));
    assert_int_equal(hahn_circuit_parameters(objects->circuit), PARAMETERS);
    return engine;
}

static void close_way(hahn_engine *engine, struct model_objects *objects)
{
    model_release(objects);
    hahn_engine_destroy(engine);
}

typedef void (*check_function)(const struct battery_config *config, const struct scene *s);

static void for_each_way(const struct scene *s, check_function check)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    for (int k = 0; k < count; k++)
        check(&configs[k], s);
}

/* How far two derivatives of this kind may be apart: each errs by the gradient's bound, once more
   by each scale that a second derivative brings. */
static double tolerance_of(const struct battery_config *config, const struct scene *s, double norm,
                           int order)
{
    const double scale = fmax(1, model_largest_scale(&s->model, PARAMETERS));
    return 4 * pow(PARAMETERS * scale, order - 1) *
           battery_gradient_tolerance(config->precision, s->model.gates, norm, scale);
}

/* -- the same bits ---------------------------------------------------------------------------- */

struct outcome {
    double energy[BATCH], derivative[BATCH], hessian[BATCH * PARAMETERS];
    double fisher[BATCH * PARAMETERS], matrix[PARAMETERS * PARAMETERS];
    double coefficients[BATCH * TERMS];
    hahn_certificate certificate[BATCH];
};

static void run(const struct battery_config *config, const struct scene *s, int threads, int lanes,
                struct outcome *out)
{
    struct model_objects objects;
    hahn_engine *engine = open_way(config, s, threads, lanes, &objects);
    hahn_workspace *w = objects.workspace;
    assert_ok(engine, hahn_hvp(w, BATCH, s->theta, s->direction, out->energy, out->derivative,
                               out->hessian, out->certificate));
    assert_ok(engine, hahn_fisher_product(w, BATCH, s->theta, s->direction, out->fisher, NULL));
    assert_ok(engine, hahn_hessian(w, s->theta, out->matrix, NULL));
    assert_ok(engine, hahn_coefficient_gradient(w, BATCH, s->theta, out->coefficients));
    close_way(engine, &objects);
}

static void check_threads_and_lanes(const struct battery_config *config, const struct scene *s)
{
    static const int threads[] = {2, 3, 7};
    struct outcome *first = calloc(2, sizeof *first), *other = first + 1;
    assert_non_null(first);
    run(config, s, 1, 1, first);
    for (size_t k = 0; k < ARRAY_SIZE(threads); k++) {
        run(config, s, threads[k], 1 + (int)k % MOST_LANES, other);
        assert_memory_equal(first, other, sizeof *first);
    }
    free(first);
}

/* Lanes; several tiles, which threads share from 14 qubits on; and parts of one tile. */
static void threads_and_lanes(void **state)
{
    static const struct {
        int qubits, gates, tile;
    } sizes[] = {{5, 20, 10}, {14, 24, 11}, {14, 24, 14}};
    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
        struct scene s = {0};
        open_scene(&s, __func__, sizes[k].qubits, sizes[k].gates, sizes[k].tile);
        for_each_way(&s, check_threads_and_lanes);
        close_scene(&s);
    }
}

/* -- matrices --------------------------------------------------------------------------------- */

static void check_symmetric(const double *matrix, double tolerance)
{
    for (int j = 0; j < PARAMETERS; j++)
        for (int k = 0; k < j; k++)
            assert_within(matrix[j * PARAMETERS + k], matrix[k * PARAMETERS + j], tolerance);
}

static void check_product(const double *matrix, const double *v, const double *product,
                          double tolerance)
{
    for (int j = 0; j < PARAMETERS; j++) {
        double sum = 0;
        for (int k = 0; k < PARAMETERS; k++)
            sum += matrix[j * PARAMETERS + k] * v[k];
        assert_within(sum, product[j], tolerance);
    }
}

/* One for each row: <lambda|psi> at the start is what it was at the end. */
static void check_certificates(const struct battery_config *config, const struct scene *s,
                               const hahn_certificate *certificates, int rows, double energy,
                               double norm)
{
    for (int k = 0; k < rows; k++) {
        assert_within(certificates[k].echo_error, 0,
                      battery_state_tolerance(config->precision, 6 * s->model.gates));
        assert_within(certificates[k].start_energy, energy,
                      2 * battery_energy_tolerance(config->precision, 6 * s->model.gates, norm));
    }
}

static void check_matrices(const struct battery_config *config, const struct scene *s)
{
    struct model_objects objects;
    hahn_engine *engine = open_way(config, s, 1, 3, &objects);
    double matrix[PARAMETERS * PARAMETERS], product[PARAMETERS], energy;
    hahn_certificate certificates[PARAMETERS];
    const double hessian = tolerance_of(config, s, model_sum_norm(&s->sum), 2);
    const double fisher = tolerance_of(config, s, 2, 2);
    memset(certificates, 0xff, sizeof certificates); /* NaN */
    assert_ok(engine, hahn_hessian(objects.workspace, s->theta, matrix, certificates));
    assert_ok(engine,
              hahn_hvp(objects.workspace, 1, s->theta, s->direction, &energy, NULL, product, NULL));
    check_certificates(config, s, certificates, PARAMETERS, energy, model_sum_norm(&s->sum));
    check_symmetric(matrix, hessian);
    check_product(matrix, s->direction, product, hessian);
    memset(certificates, 0xff, sizeof certificates);
    assert_ok(engine, hahn_fisher(objects.workspace, s->theta, matrix, certificates));
    /* lambda, a projected tangent, is no longer than the uses of a parameter and their scales. */
    check_certificates(config, s, certificates, PARAMETERS, 0,
                       3 * s->model.gates * fmax(1, model_largest_scale(&s->model, PARAMETERS)));
    assert_ok(engine,
              hahn_fisher_product(objects.workspace, 1, s->theta, s->direction, product, NULL));
    check_symmetric(matrix, fisher);
    check_product(matrix, s->direction, product, fisher);
    close_way(engine, &objects);
}

static void matrices(void **state)
{
    struct scene s = {0};
    (void)state;
    open_scene(&s, __func__, 4, 12, 10);
    for_each_way(&s, check_matrices);
    close_scene(&s);
}

/* A parameter that is a global phase has no Fisher information. */
static void a_phase_has_no_fisher_information(void **state)
{
    hahn_engine *engine = support_reference_engine();
    hahn_circuit *circuit;
    hahn_program *program;
    hahn_workspace *workspace;
    double matrix[4], theta[] = {0.7, 0.4};
    (void)state;
    assert_ok(engine, hahn_circuit_create(engine, 2, &circuit));
    assert_ok(engine, hahn_circuit_ry(circuit, 0, hahn_theta(0)));
    assert_ok(engine, hahn_circuit_p(circuit, 1, hahn_theta(1)));
    assert_ok(engine, hahn_circuit_x(circuit, 1));
    assert_ok(engine, hahn_circuit_p(circuit, 1, hahn_affine(2, 1, 0)));
    assert_ok(engine, hahn_program_create(engine, circuit, NULL, &program));
    assert_ok(engine,
              hahn_workspace_create(engine, program, WORKSPACE(1, HAHN_FOR_TANGENT), &workspace));
    assert_ok(engine, hahn_fisher(workspace, theta, matrix, NULL));
    /* RY(a)|0>: 4 |d psi|^2 = 1. */
    assert_within(matrix[0], 1, 16 * 0x1p-53);
    /* 4 * 2^2 less as much, each rounded some 8 times. */
    for (int k = 1; k < 4; k++)
        assert_within(matrix[k], 0, 128 * 0x1p-53);
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_circuit_destroy(circuit);
    hahn_engine_destroy(engine);
}

/* -- a diagonal stage of many groups ---------------------------------------------------------- */

/* RZZ and CP from each of the lowest qubits to each of the highest: more groups of mixed terms than
   there are tables for, beside terms inside a block and terms above it. */
static void add_mixed(struct scene *s, struct battery_random *random)
{
    for (int k = 0; k < 12; k++) {
        struct model_gate *gate = &s->model.gate[s->model.gates++];
        *gate = (struct model_gate){.gate = k % 2 ? HAHN_GATE_RZZ : HAHN_GATE_CP};
        gate->targets = k % 2 ? 2 : 1;
        gate->qubits[0] = k < 8 ? k % 3 : k - 8;
        gate->qubits[1] = k < 8 ? 6 + k / 2 : k - 7 + k % 2;
        gate->params[0] = hahn_affine(battery_uniform(random, 0.5, 2), k % PARAMETERS, 0.3 * k);
    }
    for (int q = 0; q < 10; q++) {
        struct model_gate *gate = &s->model.gate[s->model.gates++];
        *gate = (struct model_gate){.gate = HAHN_GATE_RX, .targets = 1, .qubits = {q}};
        gate->params[0] = hahn_affine(1, q % PARAMETERS, 0.2 * q);
    }
}

static void products_of(const struct battery_config *config, const struct scene *s, double *hessian,
                        double *fisher)
{
    struct model_objects objects;
    hahn_engine *engine = open_way(config, s, 2, 1, &objects);
    assert_ok(engine,
              hahn_hvp(objects.workspace, 1, s->theta, s->direction, NULL, NULL, hessian, NULL));
    assert_ok(engine,
              hahn_fisher_product(objects.workspace, 1, s->theta, s->direction, fisher, NULL));
    close_way(engine, &objects);
}

static void check_groups(const struct battery_config *config, const struct scene *s)
{
    const struct battery_config plain = {HAHN_BACKEND_REFERENCE, "", HAHN_F64};
    double expected[2][PARAMETERS], actual[2][PARAMETERS];
    products_of(&plain, s, expected[0], expected[1]);
    products_of(config, s, actual[0], actual[1]);
    for (int k = 0; k < PARAMETERS; k++) {
        assert_within(actual[0][k], expected[0][k],
                      tolerance_of(config, s, model_sum_norm(&s->sum), 2));
        assert_within(actual[1][k], expected[1][k], tolerance_of(config, s, 2, 2));
    }
}

static void many_groups(void **state)
{
    struct battery_random random = support_random("many groups");
    (void)state;
    for (int qubits = 10; qubits <= 12; qubits++) {
        struct scene s = {0};
        open_scene(&s, __func__, qubits, 0, 10);
        add_mixed(&s, &random);
        for_each_way(&s, check_groups);
        close_scene(&s);
    }
}

/* -- natural gradients ------------------------------------------------------------------------ */

static void check_natural(const struct battery_config *config, const struct scene *s)
{
    const hahn_natural_options options = {
        .damping = 0.125, .iterations = 50, .tolerance = 64 * battery_roundoff(config->precision)};
    struct model_objects objects;
    hahn_engine *engine = open_way(config, s, 1, 1, &objects);
    double gradient[PARAMETERS], work[3 * PARAMETERS], x[PARAMETERS] = {0}, product[PARAMETERS];
    hahn_natural_info info, again;
    double norm = 0;
    assert_ok(engine, hahn_gradient(objects.workspace, NULL, 1, s->theta, NULL, gradient, NULL));
    assert_ok(engine, hahn_natural_gradient(objects.workspace, &options, s->theta, gradient, work,
                                            x, &info));
    /* In exact arithmetic there are no more steps than parameters; rounding may ask for a few. */
    assert_in_range(info.iterations, 1, 3 * PARAMETERS);
    assert_true(info.residual <= options.tolerance);
    assert_ok(engine, hahn_fisher_product(objects.workspace, 1, s->theta, x, product, NULL));
    for (int k = 0; k < PARAMETERS; k++)
        norm += gradient[k] * gradient[k];
    /* What the recursion thinks of its residual and what that is differ by rounding of the
       products: F/4 is no longer than the sum of all scales squared. */
    const double scale = PARAMETERS * fmax(1, model_largest_scale(&s->model, PARAMETERS));
    const double tolerance = (options.tolerance + 64 * battery_roundoff(config->precision) * scale *
                                                      scale / options.damping) *
                             sqrt(norm);
    for (int k = 0; k < PARAMETERS; k++)
        assert_within(0.25 * product[k] + options.damping * x[k], gradient[k], tolerance);
    /* The solution as a first guess is all there is to do. */
    const hahn_natural_options loose = {.damping = 0.125, .iterations = 5, .tolerance = 1e-3};
    assert_ok(engine, hahn_natural_gradient(objects.workspace, &loose, s->theta, gradient, work, x,
                                            &again));
    assert_int_equal(again.iterations, 0);
    close_way(engine, &objects);
}

static void natural_gradients(void **state)
{
    struct scene s = {0};
    (void)state;
    open_scene(&s, __func__, 4, 12, 10);
    for_each_way(&s, check_natural);
    close_scene(&s);
}

/* -- observables ------------------------------------------------------------------------------ */

/* Some terms twice, one with the coefficient 0: each has its own derivative. */
static void check_coefficients(const struct battery_config *config, const struct scene *s)
{
    struct model_objects objects;
    hahn_engine *engine = open_way(config, s, 1, 2, &objects);
    const double tolerance = battery_energy_tolerance(config->precision, s->model.gates, 1);
    double derivatives[2 * TERMS], energies[2];
    assert_ok(engine, hahn_coefficient_gradient(objects.workspace, 2, s->theta, derivatives));
    for (int row = 0; row < 2; row++)
        for (int t = 0; t < s->sum.terms; t++) {
            const struct model_sum one = {1, {{1, s->sum.term[t].x, s->sum.term[t].z}}};
            struct model_objects own;
            assert_ok(engine,
                      model_compile(&s->model, &one, s->start, engine, 1, HAHN_FOR_STATE, &own));
            assert_ok(engine, hahn_energy(own.workspace, 1, s->theta + row * PARAMETERS, energies));
            assert_within(derivatives[row * s->sum.terms + t], energies[0], 2 * tolerance);
            model_release(&own);
        }
    close_way(engine, &objects);
}

static void coefficients(void **state)
{
    static const int qubits[] = {1, 3, 5, 13};
    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(qubits); k++) {
        struct scene s = {0};
        open_scene(&s, __func__, qubits[k], 12, 10);
        s.sum.term[5] = s.sum.term[2];
        s.sum.term[6] = (struct dense_term){0, 1, 1};
        s.sum.term[7].coefficient = -s.sum.term[3].coefficient;
        s.sum.term[7].x = s.sum.term[3].x;
        s.sum.term[7].z = s.sum.term[3].z;
        for_each_way(&s, check_coefficients);
        close_scene(&s);
    }
}

enum { OBSERVABLES = 3 };

static void check_jacobian(const struct battery_config *config, const struct scene *s)
{
    struct battery_random random = support_random("observables");
    struct model_objects objects;
    hahn_engine *engine = open_way(config, s, 1, 1, &objects);
    hahn_observable *observables[OBSERVABLES];
    struct model_sum sums[OBSERVABLES];
    double values[OBSERVABLES], jacobian[OBSERVABLES * PARAMETERS], gradient[PARAMETERS], energy;
    hahn_certificate certificates[OBSERVABLES];
    for (int k = 0; k < OBSERVABLES; k++) {
        model_random_sum(&random, s->model.qubits, 3 + 2 * k, &sums[k]);
        assert_ok(engine, model_observable(&sums[k], s->model.qubits, engine, &observables[k]));
    }
    assert_ok(engine, hahn_jacobian(objects.workspace, s->theta, OBSERVABLES,
                                    (const hahn_observable *const *)observables, values, jacobian,
                                    certificates));
    for (int k = 0; k < OBSERVABLES; k++) {
        struct model_objects own;
        const double norm = model_sum_norm(&sums[k]);
        assert_ok(engine,
                  model_compile(&s->model, &sums[k], s->start, engine, 1, HAHN_FOR_GRADIENT, &own));
        assert_ok(engine, hahn_gradient(own.workspace, NULL, 1, s->theta, &energy, gradient, NULL));
        assert_within(values[k], energy,
                      2 * battery_energy_tolerance(config->precision, s->model.gates, norm));
        assert_within(certificates[k].echo_error, 0,
                      battery_state_tolerance(config->precision, 6 * s->model.gates));
        assert_within(certificates[k].start_energy, values[k],
                      battery_energy_tolerance(config->precision, 6 * s->model.gates, norm));
        for (int p = 0; p < PARAMETERS; p++)
            assert_within(jacobian[k * PARAMETERS + p], gradient[p],
                          tolerance_of(config, s, norm, 1));
        model_release(&own);
        hahn_observable_destroy(observables[k]);
    }
    close_way(engine, &objects);
}

static void jacobians(void **state)
{
    struct scene s = {0};
    (void)state;
    open_scene(&s, __func__, 5, 16, 10);
    for_each_way(&s, check_jacobian);
    close_scene(&s);
}

/* -- segments --------------------------------------------------------------------------------- */

static void check_segments(const struct battery_config *config, const struct scene *s)
{
    struct model_objects objects;
    hahn_engine *engine = open_way(config, s, 1, 1, &objects);
    const double least = support_least_tolerance(engine, objects.program);
    const hahn_workspace_options options = {
        .lanes = 1, .purpose = HAHN_FOR_TANGENT, .echo_tolerance = 2 * least};
    double whole[PARAMETERS], cut[PARAMETERS];
    hahn_workspace *workspace;
    hahn_workspace_info info;
    hahn_certificate certificate;
    assert_ok(engine, hahn_workspace_describe(engine, objects.program, &options, &info));
    assert_true(info.segments > 1);
    assert_ok(engine, hahn_workspace_create(engine, objects.program, &options, &workspace));
    assert_ok(engine, hahn_workspace_set_start(workspace, s->start));
    assert_ok(engine,
              hahn_hvp(objects.workspace, 1, s->theta, s->direction, NULL, NULL, whole, NULL));
    assert_ok(engine,
              hahn_hvp(workspace, 1, s->theta, s->direction, NULL, NULL, cut, &certificate));
    assert_within(certificate.echo_error, 0, 2 * least);
    for (int k = 0; k < PARAMETERS; k++)
        assert_within(cut[k], whole[k], tolerance_of(config, s, model_sum_norm(&s->sum), 2));
    hahn_workspace_destroy(workspace);
    close_way(engine, &objects);
}

static void segments(void **state)
{
    struct scene s = {0};
    (void)state;
    open_scene(&s, __func__, 12, 40, 10);
    for_each_way(&s, check_segments);
    close_scene(&s);
}

/* -- what is refused, and what is told -------------------------------------------------------- */

static void check_refusals(hahn_engine *engine, struct model_objects *o, const struct scene *s)
{
    double bad[PARAMETERS] = {0, 0, NAN}, out[PARAMETERS * PARAMETERS] = {42};
    double work[3 * PARAMETERS];
    hahn_workspace *w = o->workspace, *gradients;
    hahn_natural_options options = {.damping = -1, .iterations = 1, .tolerance = 0};
    assert_ok(engine, hahn_workspace_create(engine, o->program, WORKSPACE(1, HAHN_FOR_GRADIENT),
                                            &gradients));
    assert_refused(engine, HAHN_ERR_ARGUMENT,
                   hahn_hvp(gradients, 1, s->theta, s->direction, NULL, NULL, out, NULL),
                   "for gradients", "for tangents");
    assert_refused(
        engine, HAHN_ERR_ARGUMENT,
        hahn_gradient(gradients, METHOD(HAHN_METHOD_FORWARD), 1, s->theta, NULL, out, NULL),
        "for gradients", "for tangents");
    assert_refused(engine, HAHN_ERR_PARAMETER, hahn_fisher_product(w, 1, s->theta, bad, out, NULL),
                   "direction[2]", "nan");
    assert_refused(engine, HAHN_ERR_PARAMETER, hahn_jvp(w, 1, bad, s->direction, out, out, NULL),
                   "theta[2]");
    assert_refused(engine, HAHN_ERR_ARGUMENT,
                   hahn_natural_gradient(w, &options, s->theta, s->direction, work, out, NULL),
                   "damping of -1");
    options = (hahn_natural_options){.damping = 1, .iterations = 0};
    assert_refused(engine, HAHN_ERR_ARGUMENT,
                   hahn_natural_gradient(w, &options, s->theta, s->direction, work, out, NULL),
                   "0 iterations");
    assert_refused(engine, HAHN_ERR_ARGUMENT,
                   hahn_jacobian(w, s->theta, 0, (const hahn_observable *const *)&o->observable,
                                 NULL, out, NULL),
                   "0 observables");
    assert_int_equal(hahn_hvp(w, 1, s->theta, NULL, NULL, NULL, out, NULL), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_hvp(NULL, 1, s->theta, s->direction, NULL, NULL, out, NULL),
                     HAHN_ERR_ARGUMENT);
    assert_true(out[0] == 42);
    hahn_workspace_destroy(gradients);
}

static void refusals(void **state)
{
    const struct battery_config config = {HAHN_BACKEND_REFERENCE, "", HAHN_F64};
    struct model_objects objects;
    struct scene s = {0};
    (void)state;
    open_scene(&s, __func__, 3, 8, 10);
    hahn_engine *engine = open_way(&config, &s, 1, 1, &objects);
    check_refusals(engine, &objects, &s);
    close_way(engine, &objects);
    close_scene(&s);
}

/* After a product with the Hessian the adjoint state is as after a gradient. */
static void check_adjoint_state(const struct battery_config *config, const struct scene *s)
{
    struct model_objects objects;
    hahn_engine *engine = open_way(config, s, 1, 1, &objects);
    const size_t numbers = (size_t)2 << s->model.qubits;
    double product[PARAMETERS], *first = support_allocate(2 * numbers * sizeof *first);
    assert_ok(engine, hahn_gradient(objects.workspace, NULL, 1, s->theta, NULL, product, NULL));
    assert_ok(engine, hahn_adjoint_state(objects.workspace, 0, first));
    assert_ok(engine,
              hahn_hvp(objects.workspace, 1, s->theta, s->direction, NULL, NULL, product, NULL));
    assert_ok(engine, hahn_adjoint_state(objects.workspace, 0, first + numbers));
    for (size_t k = 0; k < numbers; k++)
        assert_within(first[numbers + k], first[k],
                      2 * model_sum_norm(&s->sum) *
                          battery_state_tolerance(config->precision, 2 * s->model.gates));
    assert_ok(engine,
              hahn_fisher_product(objects.workspace, 1, s->theta, s->direction, product, NULL));
    assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_adjoint_state(objects.workspace, 0, first),
                   "no adjoint state");
    free(first);
    close_way(engine, &objects);
}

static void adjoint_states(void **state)
{
    struct scene s = {0};
    (void)state;
    open_scene(&s, __func__, 4, 12, 10);
    for_each_way(&s, check_adjoint_state);
    close_scene(&s);
}

/* A circuit without parameters has derivatives of none. */
static void no_parameters(void **state)
{
    hahn_engine *engine = support_reference_engine();
    const struct model model = {.qubits = 2};
    const struct model_sum sum = {1, {{2, 0, 1}}};
    struct model_objects objects;
    double energy = 0, derivative = 42;
    (void)state;
    assert_ok(engine, model_compile(&model, &sum, NULL, engine, 1, HAHN_FOR_TANGENT, &objects));
    assert_ok(engine, hahn_hvp(objects.workspace, 1, NULL, NULL, &energy, &derivative, NULL, NULL));
    assert_true(energy == 2 && derivative == 0);
    assert_ok(engine, hahn_fisher_product(objects.workspace, 1, NULL, NULL, NULL, NULL));
    assert_ok(engine, hahn_hessian(objects.workspace, NULL, NULL, NULL));
    assert_ok(engine, hahn_gradient(objects.workspace, METHOD(HAHN_METHOD_FORWARD), 1, NULL,
                                    &energy, NULL, NULL));
    model_release(&objects);
    hahn_engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_and_lanes),
        cmocka_unit_test(matrices),
        cmocka_unit_test(a_phase_has_no_fisher_information),
        cmocka_unit_test(many_groups),
        cmocka_unit_test(natural_gradients),
        cmocka_unit_test(coefficients),
        cmocka_unit_test(jacobians),
        cmocka_unit_test(segments),
        cmocka_unit_test(refusals),
        cmocka_unit_test(adjoint_states),
        cmocka_unit_test(no_parameters),
    };
    return support_result(cmocka_run_group_tests_name("derivatives", tests, NULL, NULL));
}
