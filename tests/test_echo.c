/* Echo tolerances: where a circuit is cut into segments, what their certificate says, and what is
   refused. */
#include "support.h"

enum { QUBITS = 6, LAYERS = 3000 };

/* A deep circuit, compiled. */
struct deep {
    int qubits;
    hahn_circuit *circuit;
    hahn_observable *observable;
    hahn_program *program;
    int64_t parameters;
};

static struct deep open_deep(hahn_engine *engine, int qubits, int64_t layers)
{
    struct deep d = {.qubits = qubits};
    hahn_lattice ring = {qubits, 1, 1};
    assert_ok(engine, hahn_ansatz_variational(engine, qubits, layers, &d.circuit));
    assert_ok(engine, hahn_observable_heisenberg(engine, ring, 1, &d.observable));
    assert_ok(engine, hahn_program_create(engine, d.circuit, d.observable, &d.program));
    d.parameters = hahn_circuit_parameters(d.circuit);
    return d;
}

static void close_deep(struct deep *d)
{
    hahn_program_destroy(d->program);
    hahn_observable_destroy(d->observable);
    hahn_circuit_destroy(d->circuit);
}

static hahn_workspace_info describe(hahn_engine *engine, const hahn_program *program,
                                    double tolerance)
{
    hahn_workspace_info info;
    assert_ok(engine,
              hahn_workspace_describe(
                  engine, program, &(hahn_workspace_options){.echo_tolerance = tolerance}, &info));
    return info;
}

/* What a gradient comes to. */
struct outcome {
    double energy, *gradient, *adjoint;
    hahn_certificate certificate;
};

static struct outcome run(hahn_engine *engine, const struct deep *d, double tolerance,
                          const double *start, const double *theta)
{
    const hahn_workspace_options options = {.lanes = 1, .echo_tolerance = tolerance};
    struct outcome o = {.gradient = support_allocate((size_t)d->parameters * sizeof(double)),
                        .adjoint = support_allocate((sizeof(double) * 2) << d->qubits)};
    hahn_workspace *workspace;
    assert_ok(engine, hahn_workspace_create(engine, d->program, &options, &workspace));
    assert_ok(engine, hahn_workspace_set_start(workspace, start));
    assert_ok(engine,
              hahn_gradient(workspace, NULL, 1, theta, &o.energy, o.gradient, &o.certificate));
    assert_ok(engine, hahn_adjoint_state(workspace, 0, o.adjoint));
    hahn_workspace_destroy(workspace);
    return o;
}

static void drop(struct outcome *o)
{
    free(o->gradient);
    free(o->adjoint);
}

/* In double precision by the plain loops, with the bound on its own error in *error. */
static struct outcome run_exactly(const double *start, const double *theta, double *error)
{
    hahn_engine *engine = support_reference_engine();
    struct deep d = open_deep(engine, QUBITS, LAYERS);
    struct outcome o = run(engine, &d, 0, start, theta);
    /* psi and lambda / N each stray by the bound of both passes. */
    *error = 2 * (3 * QUBITS) * describe(engine, d.program, 0).echo_bound;
    close_deep(&d);
    hahn_engine_destroy(engine);
    return o;
}

/* The bound is some ten times what rounding comes to: a tolerance of a sixtieth is passed without
   segments, and it takes more than 60^2 of them to promise it. */
static void check_bounded(const struct battery_config *config)
{
    struct battery_random random = support_random("bounded");
    hahn_engine *engine = support_engine(config);
    struct deep d = open_deep(engine, QUBITS, LAYERS);
    dense_complex exact_start[1 << QUBITS];
    double start[2 << QUBITS], *theta = support_angles(&random, d.parameters), own;
    model_random_state(&random, QUBITS, exact_start, start);
    const double bound = describe(engine, d.program, 0).echo_bound, tolerance = bound / 60;
    const hahn_workspace_info info = describe(engine, d.program, tolerance);
    struct outcome exact = run_exactly(start, theta, &own);
    struct outcome plain = run(engine, &d, 0, start, theta);
    struct outcome kept = run(engine, &d, tolerance, start, theta);

    print_message("%s: echo %.2g of %.2g, and %.2g of %.2g in %d segments\n",
                  support_config_name(config), plain.certificate.echo_error, bound,
                  kept.certificate.echo_error, info.echo_bound, (int)info.segments);
    assert_true(info.segments >= 60 * 60);
    assert_true(info.echo_bound <= tolerance);
    assert_true(plain.certificate.echo_error > tolerance);
    assert_within(plain.certificate.echo_error, 0, bound);
    assert_within(kept.certificate.echo_error, 0, info.echo_bound);
    assert_true(kept.certificate.echo_error > 0);

    /* Only psi on its way back is another one; where a pass is cut, it rounds differently. */
    const double size = 3 * QUBITS;
    assert_within(kept.energy, plain.energy, 2 * size * bound);

    /* |dE| <= N |dpsi| + |dlambda|, section 7 of docs/theory.md: psi strays by the forward pass and
       a segment, lambda by N times the forward and the backward pass. */
    const double norm = 3 * QUBITS, pass = bound / sqrt(2);
    for (int64_t k = 0; k < d.parameters; k++)
        assert_within(kept.gradient[k], exact.gradient[k],
                      norm * (pass + tolerance + 2 * pass) + own);
    drop(&exact);
    drop(&plain);
    drop(&kept);
    free(theta);
    close_deep(&d);
    hahn_engine_destroy(engine);
}

/* The same for a state that is kept and taken up chunk by chunk. */
static void states_of_many_chunks(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < count; k++) {
        hahn_engine *engine = support_engine(&configs[k]);
        struct deep d = open_deep(engine, 14, 3);
        struct battery_random random = support_random(__func__);
        const double least = support_least_tolerance(engine, d.program);
        const double bound = describe(engine, d.program, 0).echo_bound;
        double *theta = support_angles(&random, d.parameters);
        assert_true(describe(engine, d.program, least).segments > 4);
        struct outcome plain = run(engine, &d, 0, NULL, theta);
        struct outcome kept = run(engine, &d, least, NULL, theta);
        assert_within(kept.certificate.echo_error, 0, least);
        /* Both have the same lambda; each psi strays by the bound at most. */
        for (int64_t p = 0; p < d.parameters; p++)
            assert_within(kept.gradient[p], plain.gradient[p], 3 * 14 * 2 * bound);
        drop(&plain);
        drop(&kept);
        free(theta);
        close_deep(&d);
        hahn_engine_destroy(engine);
    }
}

static void segments_bound_the_echo(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < count; k++)
        check_bounded(&configs[k]);
}

/* Rotations and matrices count, flips do not: seven of them in stages of three, three and one. */
static void the_bound_counts_what_rounds(void **state)
{
    static const double hadamard[] = {M_SQRT1_2, 0, M_SQRT1_2, 0, M_SQRT1_2, 0, -M_SQRT1_2, 0};
    static const struct {
        int most;
        int64_t segments;
        int largest;
    } rows[] = {{7, 1, 7}, {6, 2, 6}, {5, 2, 4}, {4, 2, 4}, {3, 3, 3}};
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < count; k++) {
        hahn_engine *engine = support_engine(&configs[k]);
        struct deep d = {.qubits = 3};
        assert_ok(engine, hahn_circuit_create(engine, 3, &d.circuit));
        for (int layer = 0; layer < 2; layer++) {
            for (int q = 0; q < 3; q++)
                assert_ok(engine, hahn_circuit_ry(d.circuit, q, hahn_theta(q)));
            for (int flip = 0; flip < 100; flip++)
                assert_ok(engine, hahn_circuit_cx(d.circuit, flip % 3, (flip + 1) % 3));
        }
        assert_ok(engine, hahn_circuit_unitary(d.circuit, 1, (const int[]){1}, hadamard));
        assert_ok(engine, hahn_observable_create(engine, 3, &d.observable));
        assert_ok(engine, hahn_program_create(engine, d.circuit, d.observable, &d.program));
        const double u = battery_roundoff(configs[k].precision);
        for (size_t r = 0; r < ARRAY_SIZE(rows); r++) {
            const hahn_workspace_info info =
                describe(engine, d.program, 8 * u * sqrt(2.0 * rows[r].most));
            assert_int_equal(info.segments, rows[r].segments);
            assert_true(info.echo_bound == 8 * u * sqrt(2.0 * rows[r].largest));
        }
        close_deep(&d);
        hahn_engine_destroy(engine);
    }
}

/* A tolerance that the whole circuit keeps changes nothing, neither memory nor bits. */
static void a_wide_tolerance_costs_nothing(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < count; k++) {
        struct battery_random random = support_random(__func__);
        hahn_engine *engine = support_engine(&configs[k]);
        struct deep d = open_deep(engine, QUBITS, 10);
        double *theta = support_angles(&random, d.parameters);
        const hahn_workspace_info none = describe(engine, d.program, 0);
        const hahn_workspace_info wide = describe(engine, d.program, none.echo_bound);
        assert_int_equal(none.segments, 1);
        assert_int_equal(wide.segments, 1);
        assert_true(wide.bytes == none.bytes);
        assert_true(describe(engine, d.program, nextafter(none.echo_bound, 0)).segments == 2);
        struct outcome plain = run(engine, &d, 0, NULL, theta);
        struct outcome other = run(engine, &d, none.echo_bound, NULL, theta);
        assert_memory_equal(plain.gradient, other.gradient, (size_t)d.parameters * sizeof(double));
        assert_memory_equal(&plain.certificate, &other.certificate, sizeof plain.certificate);
        drop(&plain);
        drop(&other);
        free(theta);
        close_deep(&d);
        hahn_engine_destroy(engine);
    }
}

/* A matrix that is a little more than unitary leaves an echo error of its own, twice this. */
#define STRETCH 4e-11

/* Three parts of rotations, one after another, which spread the state over all its chunks;
   `stretched` has bit k set where part k ends with the matrix. */
static hahn_circuit *stretched_circuit(hahn_engine *engine, int qubits, int stretched)
{
    static const double matrix[] = {1 + STRETCH, 0, 0, 0, 0, 0, 1 + STRETCH, 0};
    hahn_circuit *circuit;
    assert_ok(engine, hahn_circuit_create(engine, qubits, &circuit));
    for (int part = 0; part < 3; part++) {
        for (int k = 0; k < 4; k++) {
            const int qubit = qubits - 1 - k % 2;
            assert_ok(engine, hahn_circuit_rx(circuit, qubit, hahn_theta(0)));
            assert_ok(engine, hahn_circuit_rz(circuit, qubit, hahn_theta(0)));
        }
        if (stretched & 1 << part)
            assert_ok(engine, hahn_circuit_unitary(circuit, 1, (const int[]){part}, matrix));
    }
    return circuit;
}

static double stretched_echo(hahn_engine *engine, int qubits, int stretched, double tolerance)
{
    const hahn_workspace_options options = {.lanes = 1, .echo_tolerance = tolerance};
    hahn_circuit *circuit = stretched_circuit(engine, qubits, stretched);
    hahn_observable *observable;
    hahn_program *program;
    hahn_workspace *workspace;
    double theta[1] = {0.7}, gradient;
    hahn_certificate certificate;
    assert_ok(engine,
              hahn_observable_heisenberg(engine, (hahn_lattice){qubits, 1, 1}, 1, &observable));
    assert_ok(engine, hahn_program_create(engine, circuit, observable, &program));
    assert_ok(engine, hahn_workspace_create(engine, program, &options, &workspace));
    assert_ok(engine, hahn_gradient(workspace, NULL, 1, theta, NULL, &gradient, &certificate));
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_observable_destroy(observable);
    hahn_circuit_destroy(circuit);
    return certificate.echo_error;
}

static void check_stretched(hahn_engine *engine, int qubits)
{
    /* At most two operations a segment, of some forty in all. The norm on the way multiplies each
       error, to second order. */
    const double u = battery_roundoff(HAHN_F64), tolerance = 8 * u * sqrt(2 * 2);
    const double within = 8 * u * sqrt(2 * 40) + 20 * STRETCH * STRETCH;
    for (int stretched = 0; stretched < 8; stretched++) {
        const int times = !!(stretched & 1) + !!(stretched & 2) + !!(stretched & 4);
        assert_within(stretched_echo(engine, qubits, stretched, 0), times * 2 * STRETCH, within);
        assert_within(stretched_echo(engine, qubits, stretched, tolerance), times ? 2 * STRETCH : 0,
                      within);
    }
}

/* Whichever segment goes wrong, the certificate tells; and each begins anew, so that three that go
   wrong are no worse than one. */
static void every_segment_is_certified(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < count; k++) {
        if (configs[k].precision != HAHN_F64)
            continue; /* the stretch is below single precision's rounding */
        hahn_engine *engine = support_engine(&configs[k]);
        check_stretched(engine, QUBITS);
        check_stretched(engine, 14); /* four chunks */
        hahn_engine_destroy(engine);
    }
}

/* A refusal tells the least tolerance, which is then taken; one bit less is refused. */
static void the_least_tolerance(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < count; k++) {
        hahn_engine *engine = support_engine(&configs[k]);
        struct deep d = open_deep(engine, QUBITS, 3);
        hahn_workspace_info info;
        hahn_workspace *workspace = NULL;
        const double least = support_least_tolerance(engine, d.program);
        assert_true(describe(engine, d.program, least).echo_bound == least);
        const hahn_workspace_options less = {.echo_tolerance = nextafter(least, 0)};
        assert_refused(engine, HAHN_ERR_ARGUMENT,
                       hahn_workspace_describe(engine, d.program, &less, &info),
                       "cannot be promised", "6 rotations");
        assert_refused(engine, HAHN_ERR_ARGUMENT,
                       hahn_workspace_create(engine, d.program, &less, &workspace),
                       "cannot be promised", "6 rotations");
        assert_true(hahn_workspace_bytes(engine, d.program, &less) == 0);
        assert_null(workspace);
        close_deep(&d);
        hahn_engine_destroy(engine);
    }
}

static void tolerances_that_are_none(void **state)
{
    static const double values[] = {-1e-9, NAN, INFINITY, -INFINITY};
    hahn_engine *engine = support_reference_engine();
    struct deep d = open_deep(engine, QUBITS, 3);
    hahn_workspace *workspace = NULL;
    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(values); k++)
        assert_refused(engine, HAHN_ERR_ARGUMENT,
                       hahn_workspace_create(engine, d.program,
                                             &(hahn_workspace_options){.echo_tolerance = values[k]},
                                             &workspace),
                       "echo tolerance", "out of range", "0 for none");
    assert_refused(engine, HAHN_ERR_ARGUMENT,
                   hahn_workspace_create(
                       engine, d.program,
                       &(hahn_workspace_options){.purpose = HAHN_FOR_STATE, .echo_tolerance = 1e-9},
                       &workspace),
                   "for gradients");
    assert_null(workspace);
    close_deep(&d);
    hahn_engine_destroy(engine);
}

/* Where the kept states do not fit, the message tells how many there are. */
static void kept_states_that_do_not_fit(void **state)
{
    hahn_engine *engine = support_reference_engine();
    struct deep d = open_deep(engine, QUBITS, 100);
    hahn_workspace *workspace = NULL;
    char kept[32];
    (void)state;
    const hahn_workspace_options options = {
        .lanes = 1, .echo_tolerance = support_least_tolerance(engine, d.program)};
    const hahn_workspace_info info = describe(engine, d.program, options.echo_tolerance);
    const uint64_t bytes = hahn_workspace_bytes(engine, d.program, &options);
    const uint64_t used = hahn_engine_memory_used(engine);
    snprintf(kept, sizeof kept, "keeps %d", (int)info.segments - 1);
    assert_ok(engine, hahn_engine_set_memory_limit(engine, used + bytes / 2));
    assert_refused(engine, HAHN_ERR_MEMORY,
                   hahn_workspace_create(engine, d.program, &options, &workspace), kept,
                   "echo tolerance", "missing");
    assert_null(workspace);
    assert_true(hahn_engine_memory_used(engine) == used);
    assert_ok(engine, hahn_engine_set_memory_limit(engine, used + bytes));
    assert_ok(engine, hahn_workspace_create(engine, d.program, &options, &workspace));
    hahn_workspace_destroy(workspace);
    close_deep(&d);
    hahn_engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_bound_the_echo),
        cmocka_unit_test(states_of_many_chunks),
        cmocka_unit_test(the_bound_counts_what_rounds),
        cmocka_unit_test(a_wide_tolerance_costs_nothing),
        cmocka_unit_test(every_segment_is_certified),
        cmocka_unit_test(the_least_tolerance),
        cmocka_unit_test(tolerances_that_are_none),
        cmocka_unit_test(kept_states_that_do_not_fit),
    };
    return support_result(cmocka_run_group_tests_name("echo", tests, NULL, NULL));
}
