/* Derivatives along directions against differences of the dense reference: every parametrised gate,
   with controls, in every way of running; random circuits with shared parameters; and forward mode
   against the adjoint. */
#include "support.h"

#include "vqe/battery_gates.h"

enum { MAX_QUBITS = 5, STATE = 1 << MAX_QUBITS, PARAMETERS = 6, TERMS = 8 };

struct problem {
    struct model model;
    struct model_sum sum;
    double theta[PARAMETERS], direction[PARAMETERS];
    dense_complex start[STATE], cotangent[STATE];
    double amplitudes[2 * STATE], cotangents[2 * STATE];
    double steepness; /* sum of |v| scale over all uses of parameters: no derivative is larger */
};

/* What is expected. */
struct answer {
    dense_complex chi[STATE];
    double energy, derivative, overlap; /* Re <c|psi> of the cotangent */
    double vjp[PARAMETERS], hvp[PARAMETERS], fisher[PARAMETERS];
};

/* -- the dense side --------------------------------------------------------------------------- */

/* Weights over 840 of f at -4 h to 4 h in f' h: the error is h^8 / 630 times the ninth derivative.
 */
enum { POINTS = 8 };
static const struct {
    int steps, weight;
} stencil[POINTS] = {{-4, 3},  {-3, -32}, {-2, 168}, {-1, -672},
                     {1, 672}, {2, -168}, {3, 32},   {4, -3}};

/* With nothing steeper than `scale`, 1e-17 is what both errors come to. */
static long double width_for(double scale)
{
    return 0x1p-6L / fmaxl(1, scale);
}

static void run(const struct problem *p, const long double *theta, dense_complex *state)
{
    memcpy(state, p->start, sizeof *state << p->model.qubits);
    model_run(&p->model, theta, state);
}

/* d psi along a direction. */
static void tangent_of(const struct problem *p, const long double *theta, const double *direction,
                       double scale, dense_complex *tangent)
{
    const int size = 1 << p->model.qubits;
    const long double h = width_for(scale);
    dense_complex state[STATE];
    long double moved[PARAMETERS];
    memset(tangent, 0, sizeof *tangent * (size_t)size);
    for (int s = 0; s < POINTS; s++) {
        for (int k = 0; k < PARAMETERS; k++)
            moved[k] = theta[k] + h * stencil[s].steps * direction[k];
        run(p, moved, state);
        for (int j = 0; j < size; j++)
            tangent[j] += stencil[s].weight / (840 * h) * state[j];
    }
}

static void partial_of(const struct problem *p, const long double *theta, int k,
                       dense_complex *tangent)
{
    double unit[PARAMETERS] = {0};
    unit[k] = 1;
    tangent_of(p, theta, unit, model_largest_scale(&p->model, PARAMETERS), tangent);
}

/* gradient[k] = 2 Re <d_k psi|O|psi> */
static void gradient_at(const struct problem *p, const long double *theta, long double *gradient)
{
    dense_complex state[STATE], image[STATE], partial[STATE];
    run(p, theta, state);
    dense_observable(p->model.qubits, p->sum.terms, p->sum.term, state, image);
    for (int k = 0; k < PARAMETERS; k++) {
        partial_of(p, theta, k, partial);
        gradient[k] = 2 * creall(dense_inner(p->model.qubits, partial, image));
    }
}

static void expect_hvp(const struct problem *p, const long double *theta, double *hvp)
{
    const long double h = width_for(p->steepness);
    long double moved[PARAMETERS], gradient[PARAMETERS], sum[PARAMETERS] = {0};
    for (int s = 0; s < POINTS; s++) {
        for (int k = 0; k < PARAMETERS; k++)
            moved[k] = theta[k] + h * stencil[s].steps * p->direction[k];
        gradient_at(p, moved, gradient);
        for (int k = 0; k < PARAMETERS; k++)
            sum[k] += stencil[s].weight * gradient[k];
    }
    for (int k = 0; k < PARAMETERS; k++)
        hvp[k] = (double)(sum[k] / (840 * h));
}

static void expect(const struct problem *p, struct answer *a)
{
    const int qubits = p->model.qubits;
    dense_complex state[STATE], image[STATE], partial[STATE];
    long double theta[PARAMETERS];
    for (int k = 0; k < PARAMETERS; k++)
        theta[k] = p->theta[k];
    run(p, theta, state);
    dense_observable(qubits, p->sum.terms, p->sum.term, state, image);
    tangent_of(p, theta, p->direction, p->steepness, a->chi);
    a->overlap = (double)creall(dense_inner(qubits, p->cotangent, state));
    a->energy = (double)creall(dense_inner(qubits, state, image));
    a->derivative = (double)(2 * creall(dense_inner(qubits, image, a->chi)));
    const dense_complex along = dense_inner(qubits, state, a->chi);
    for (int k = 0; k < PARAMETERS; k++) {
        partial_of(p, theta, k, partial);
        a->vjp[k] = (double)creall(dense_inner(qubits, p->cotangent, partial));
        a->fisher[k] = (double)(4 * creall(dense_inner(qubits, partial, a->chi) -
                                           dense_inner(qubits, partial, state) * along));
    }
    expect_hvp(p, theta, a->hvp);
}

/* -- problems --------------------------------------------------------------------------------- */

static void fill_problem(struct problem *p, struct battery_random *random)
{
    model_random_sum(random, p->model.qubits, TERMS, &p->sum);
    model_random_state(random, p->model.qubits, p->start, p->amplitudes);
    model_random_state(random, p->model.qubits, p->cotangent, p->cotangents);
    p->steepness = 0;
    for (int k = 0; k < PARAMETERS; k++) {
        p->theta[k] = battery_uniform(random, -7, 7);
        p->direction[k] = battery_uniform(random, -2, 2);
    }
    for (int g = 0; g < p->model.gates; g++)
        for (int angle = 0; angle < 3; angle++) {
            const hahn_param *param = &p->model.gate[g].params[angle];
            if (param->index >= 0)
                p->steepness += fabs(param->scale * p->direction[param->index]);
        }
}

static void fixed_gate(struct battery_random *random, int qubits, struct model_gate *gate)
{
    while (!model_random_gate(random, (hahn_gate)battery_below(random, HAHN_GATE_FSIM + 1), qubits,
                              0, gate))
        ;
}

/* Twice the gate, between random ones, its angles expressions in shared parameters. */
static int gate_problem(struct battery_random *random, hahn_gate gate, int qubits, int controls,
                        struct problem *p)
{
    *p = (struct problem){.model = {.qubits = qubits, .gates = 5}};
    for (int g = 0; g < 5; g += 2)
        fixed_gate(random, qubits, &p->model.gate[g]);
    for (int g = 1; g < 5; g += 2) {
        if (!model_random_gate(random, gate, qubits, controls, &p->model.gate[g]))
            return 0;
        for (int angle = 0; angle < textbook_gate(gate)->params; angle++)
            p->model.gate[g].params[angle] = hahn_affine(
                battery_uniform(random, 0.5, 2), angle + g / 2, battery_uniform(random, -3, 3));
    }
    fill_problem(p, random);
    return 1;
}

/* -- what comes out --------------------------------------------------------------------------- */

/* Bounds: a tangent is no longer than the steepness S and errs by the state's bound times S; the
   products with a cotangent of norm C take the gradient's bound with C for the observable's norm.
   The terms of 1e-15 are the reference's own. */
struct bounds {
    double tangent, derivative, vjp, hvp, fisher;
};

static struct bounds bounds_of(const struct problem *p, hahn_precision precision)
{
    const double gates = 3 * p->model.gates, norm = model_sum_norm(&p->sum), s = p->steepness;
    const double scale = model_largest_scale(&p->model, PARAMETERS);
    return (struct bounds){
        2 * s * battery_state_tolerance(precision, gates) + 1e-15 * s,
        battery_gradient_tolerance(precision, gates, norm, s),
        battery_gradient_tolerance(precision, gates, 1, scale),
        2 * s * battery_gradient_tolerance(precision, gates, norm, scale) + 1e-15 * s * s * norm,
        4 * s * battery_gradient_tolerance(precision, gates, 1, scale) + 1e-15 * s};
}

static void assert_rows(const double *actual, const double *expected, int64_t count,
                        double tolerance)
{
    for (int64_t k = 0; k < count; k++)
        assert_within(actual[k], expected[k], tolerance);
}

static void check_tangent(const struct problem *p, const struct answer *a, hahn_engine *engine,
                          hahn_workspace *workspace)
{
    const struct bounds b = bounds_of(p, hahn_engine_precision(engine));
    double energy, derivative, tangent[2 * STATE];
    assert_ok(engine,
              hahn_jvp(workspace, 1, p->theta, p->direction, &energy, &derivative, tangent));
    assert_within(dense_distance(p->model.qubits, a->chi, tangent), 0, b.tangent);
    assert_within(derivative, a->derivative, b.derivative);
    assert_within(energy, a->energy,
                  b.derivative + battery_energy_tolerance(hahn_engine_precision(engine),
                                                          p->model.gates, model_sum_norm(&p->sum)));
}

/* psi came home, and with it the product with lambda that was there at the end. */
static void check_certificate(const struct problem *p, hahn_precision precision,
                              const hahn_certificate *certificate, double product, double tolerance)
{
    assert_within(certificate->echo_error, 0,
                  battery_state_tolerance(precision, 6 * p->model.gates));
    assert_within(certificate->start_energy, product, tolerance);
}

static void check_products(const struct problem *p, const struct answer *a, hahn_engine *engine,
                           hahn_workspace *workspace, int64_t parameters)
{
    const hahn_precision precision = hahn_engine_precision(engine);
    const struct bounds b = bounds_of(p, precision);
    const double gates = 6 * p->model.gates;
    double product[PARAMETERS], derivative;
    hahn_certificate certificate;
    assert_ok(engine, hahn_vjp(workspace, 1, p->theta, p->cotangents, product, &certificate));
    assert_rows(product, a->vjp, parameters, b.vjp);
    check_certificate(p, precision, &certificate, a->overlap,
                      battery_energy_tolerance(precision, gates, 1));
    assert_ok(engine, hahn_hvp(workspace, 1, p->theta, p->direction, NULL, &derivative, product,
                               &certificate));
    assert_rows(product, a->hvp, parameters, b.hvp);
    assert_within(derivative, a->derivative, b.derivative);
    check_certificate(p, precision, &certificate, a->energy,
                      battery_energy_tolerance(precision, gates, model_sum_norm(&p->sum)));
    assert_ok(engine,
              hahn_fisher_product(workspace, 1, p->theta, p->direction, product, &certificate));
    assert_rows(product, a->fisher, parameters, b.fisher);
    /* chi errs on its way, what is taken off it as much, and both on the way back. */
    check_certificate(p, precision, &certificate, 0, 4 * b.tangent);
}

/* Forward mode is another way to the same numbers. */
static void check_forward(const struct problem *p, hahn_engine *engine, hahn_workspace *workspace,
                          int64_t parameters)
{
    const double tolerance =
        2 * battery_gradient_tolerance(hahn_engine_precision(engine), 3 * p->model.gates,
                                       model_sum_norm(&p->sum),
                                       fmax(1, model_largest_scale(&p->model, PARAMETERS)));
    double forward[PARAMETERS], adjoint[PARAMETERS], energies[2];
    assert_ok(engine, hahn_gradient(workspace, METHOD(HAHN_METHOD_FORWARD), 1, p->theta, energies,
                                    forward, NULL));
    assert_ok(engine, hahn_gradient(workspace, NULL, 1, p->theta, energies + 1, adjoint, NULL));
    assert_rows(forward, adjoint, parameters, tolerance);
    assert_within(energies[0], energies[1], tolerance);
}

static void check_way(const struct problem *p, const struct answer *a,
                      const struct battery_config *config, int lanes)
{
    hahn_engine *engine = support_engine(config);
    struct model_objects objects;
    assert_ok(engine, model_compile(&p->model, &p->sum, p->amplitudes, engine, lanes,
                                    HAHN_FOR_TANGENT, &objects));
    const int64_t parameters = hahn_circuit_parameters(objects.circuit);
    check_tangent(p, a, engine, objects.workspace);
    check_products(p, a, engine, objects.workspace, parameters);
    check_forward(p, engine, objects.workspace, parameters);
    model_release(&objects);
    hahn_engine_destroy(engine);
}

static void check_problem(const struct problem *p, int lanes)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    struct answer answer;
    expect(p, &answer);
    for (int k = 0; k < count; k++)
        check_way(p, &answer, &configs[k], lanes);
}

static void every_gate(void **state)
{
    struct battery_random random = support_random(__func__);
    int checked = 0;
    (void)state;
    for (int gate = 0; gate < HAHN_GATE_COUNT; gate++)
        for (int controls = 0; controls <= 2 && textbook_gate((hahn_gate)gate)->params; controls++)
            for (int qubits = 1; qubits <= MAX_QUBITS; qubits++) {
                struct problem p;
                if (!gate_problem(&random, (hahn_gate)gate, qubits, controls, &p))
                    continue;
                check_problem(&p, 1 + checked % 3);
                checked++;
            }
    assert_true(checked > 150);
}

static void random_circuits(void **state)
{
    struct battery_random random = support_random(__func__);
    (void)state;
    for (int round = 0; round < 12; round++) {
        struct problem p = {0};
        model_random(&random, 1 + round % MAX_QUBITS, 10, PARAMETERS, &p.model);
        fill_problem(&p, &random);
        check_problem(&p, 1 + round % 4);
    }
}

/* Where tan(angle/2) is 0, 1 or without bound. */
static void special_angles(void **state)
{
    struct battery_random random = support_random(__func__);
    static const hahn_gate gates[] = {HAHN_GATE_RX, HAHN_GATE_RY, HAHN_GATE_U, HAHN_GATE_CRY};
    (void)state;
    for (int quarter = -5; quarter <= 5; quarter++)
        for (size_t g = 0; g < ARRAY_SIZE(gates); g++) {
            struct problem p;
            assert_true(gate_problem(&random, gates[g], 3, 0, &p));
            for (int gate = 0; gate < p.model.gates; gate++)
                for (int angle = 0; angle < 3; angle++)
                    if (p.model.gate[gate].params[angle].index >= 0)
                        p.model.gate[gate].params[angle] =
                            hahn_affine(1, angle, quarter * acos(-1.0) / 2);
            memset(p.theta, 0, sizeof p.theta);
            check_problem(&p, 1);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_gate),
        cmocka_unit_test(random_circuits),
        cmocka_unit_test(special_angles),
    };
    return support_result(cmocka_run_group_tests_name("tangents", tests, NULL, NULL));
}
