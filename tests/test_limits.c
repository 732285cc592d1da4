/* Absurd sizes and numbers at the edge: a message, at once, and nothing else. */
#include "support.h"

static hahn_engine *engine;

static int setup(void **state)
{
    (void)state;
    engine = support_reference_engine();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_int_equal(hahn_engine_memory_used(engine), 0);
    hahn_engine_destroy(engine);
    return 0;
}

/* A one-qubit circuit of RZ, with the identity as observable. */
typedef struct run {
    hahn_circuit *circuit;
    hahn_observable *observable;
    hahn_program *program;
    hahn_workspace *workspace;
} run;

static run compile(const hahn_param *angles, int count)
{
    run r;
    assert_ok(engine, hahn_circuit_create(engine, 1, &r.circuit));
    for (int k = 0; k < count; k++)
        assert_ok(engine, hahn_circuit_rz(r.circuit, 0, angles[k]));
    assert_ok(engine, hahn_observable_create(engine, 1, &r.observable));
    assert_ok(engine, hahn_observable_add(r.observable, 1, "", NULL));
    assert_ok(engine, hahn_program_create(engine, r.circuit, r.observable, &r.program));
    assert_ok(engine, hahn_workspace_create(engine, r.program, WORKSPACE(1, HAHN_FOR_GRADIENT),
                                            &r.workspace));
    return r;
}

static void release(run *r)
{
    hahn_workspace_destroy(r->workspace);
    hahn_program_destroy(r->program);
    hahn_observable_destroy(r->observable);
    hahn_circuit_destroy(r->circuit);
}

/* Angles that cancel leave what is small between them, to rounding, and a state of norm 1. */
static void large_angles_cancel(void **state)
{
    static const double large[] = {1e6, 1e10, 1e12, 1e14, 1e16};
    const double theta = 0.3;
    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(large); k++) {
        const hahn_param angles[] = {hahn_fixed(large[k]), hahn_fixed(0.5), hahn_fixed(-large[k]),
                                     hahn_theta(0)};
        double amplitudes[4];
        run r = compile(angles, 4);
        assert_ok(engine, hahn_final_state(r.workspace, 1, &theta, amplitudes));
        /* RZ(0.8) on |0>: four roundings of u each, of numbers up to 1. */
        assert_within(amplitudes[0], cos(0.4), 4 * 0x1p-53);
        assert_within(amplitudes[1], -sin(0.4), 4 * 0x1p-53);
        release(&r);
    }
}

static void angles_that_overflow(void **state)
{
    const hahn_param angle = hahn_affine(1e300, 0, 0);
    double theta = 1e300, energy = 42, gradient = 42, amplitudes[4] = {42};
    uint64_t outcome = 42;
    run r = compile(&angle, 1);
    (void)state;
    assert_refused(engine, HAHN_ERR_PARAMETER, hahn_energy(r.workspace, 1, &theta, &energy),
                   "not finite");
    assert_refused(engine, HAHN_ERR_PARAMETER, hahn_final_state(r.workspace, 1, &theta, amplitudes),
                   "not finite");
    assert_refused(engine, HAHN_ERR_PARAMETER, hahn_sample(r.workspace, &theta, 1, 1, &outcome),
                   "not finite");
    for (hahn_method m = HAHN_METHOD_ADJOINT; m <= HAHN_METHOD_SHIFT; m++)
        assert_refused(engine, HAHN_ERR_PARAMETER,
                       hahn_gradient(r.workspace, METHOD(m), 1, &theta, &energy, &gradient, NULL),
                       "not finite");
    assert_true(energy == 42 && amplitudes[0] == 42 && outcome == 42);
    theta = 1e-300;
    assert_ok(engine, hahn_energy(r.workspace, 1, &theta, &energy));
    release(&r);
}

static void coefficients_that_overflow(void **state)
{
    hahn_circuit *circuit;
    hahn_observable *observable;
    hahn_program *program = NULL;
    (void)state;
    assert_ok(engine, hahn_circuit_create(engine, 1, &circuit));
    assert_ok(engine, hahn_observable_create(engine, 1, &observable));
    for (int k = 0; k < 2; k++)
        assert_ok(engine, hahn_observable_add_masks(observable, 1.5e308, 1, 0));
    assert_refused(engine, HAHN_ERR_PARAMETER,
                   hahn_program_create(engine, circuit, observable, &program), "inf");
    assert_null(program);
    hahn_observable_destroy(observable);
    hahn_circuit_destroy(circuit);
}

static void absurd_workspaces(void **state)
{
    hahn_circuit *circuit;
    hahn_program *program;
    hahn_workspace *workspace = NULL;
    (void)state;
    assert_ok(engine, hahn_circuit_create(engine, HAHN_MAX_QUBITS, &circuit));
    assert_ok(engine, hahn_program_create(engine, circuit, NULL, &program));
    /* Even where the user allows everything. */
    assert_ok(engine, hahn_engine_set_memory_limit(engine, UINT64_MAX));
    assert_refused(engine, HAHN_ERR_MEMORY,
                   hahn_workspace_create(engine, program, WORKSPACE(1, HAHN_FOR_STATE), &workspace),
                   "missing");
    assert_refused(
        engine, HAHN_ERR_ARGUMENT,
        hahn_workspace_create(engine, program, WORKSPACE(1, (hahn_purpose)4), &workspace),
        "purpose 4");
    assert_refused(
        engine, HAHN_ERR_ARGUMENT,
        hahn_workspace_create(engine, program, WORKSPACE(INT64_MAX, HAHN_FOR_STATE), &workspace),
        "1099511627776");
    assert_null(workspace);
    hahn_program_destroy(program);
    hahn_circuit_destroy(circuit);
    assert_ok(engine, hahn_engine_set_memory_limit(engine, 0));
}

static void absurd_batches(void **state)
{
    const hahn_param angle = hahn_theta(0);
    double theta = 1, energy = 42;
    run r = compile(&angle, 1);
    (void)state;
    assert_refused(engine, HAHN_ERR_ARGUMENT,
                   hahn_energy(r.workspace, INT64_MAX / 2, &theta, &energy), "batch");
    assert_true(energy == 42);
    release(&r);
}

static void absurd_circuits(void **state)
{
    hahn_circuit *circuit = NULL, *small;
    hahn_observable *empty;
    (void)state;
    assert_refused(engine, HAHN_ERR_MEMORY,
                   hahn_ansatz_hardware_efficient(engine, HAHN_MAX_QUBITS, 1000000000,
                                                  HAHN_ENTANGLE_FULL, HAHN_GATE_CX, &circuit),
                   "missing");
    assert_ok(engine, hahn_observable_create(engine, 3, &empty));
    assert_refused(engine, HAHN_ERR_MEMORY,
                   hahn_ansatz_trotter(empty, INT64_C(1) << 39, 1, HAHN_TROTTER_PER_LAYER, 0,
                                       HAHN_START_ZERO, &circuit),
                   "missing");
    assert_null(circuit);
    assert_ok(engine, hahn_circuit_create(engine, 2, &small));
    assert_ok(engine, hahn_circuit_cx(small, 0, 1));
    assert_refused(engine, HAHN_ERR_MEMORY, hahn_circuit_repeat(small, INT64_C(1) << 50, 0),
                   "missing");
    assert_int_equal(hahn_circuit_gates(small), 1);
    hahn_circuit_destroy(small);
    hahn_observable_destroy(empty);
}

/* Parameters of skipped identity terms are counted, by what is made of the circuit too. */
static void counted_parameters(void **state)
{
    hahn_observable *h;
    hahn_circuit *circuit, *copy, *inverse, *wider;
    (void)state;
    assert_ok(engine, hahn_observable_create(engine, 2, &h));
    assert_ok(engine, hahn_observable_add_masks(h, 1, 0, 3));
    assert_ok(engine, hahn_observable_add_masks(h, 0.5, 0, 0));
    assert_ok(engine,
              hahn_ansatz_trotter(h, 2, 1, HAHN_TROTTER_PER_TERM, 0, HAHN_START_ZERO, &circuit));
    assert_ok(engine, hahn_circuit_copy(circuit, &copy));
    assert_ok(engine, hahn_circuit_inverse(circuit, &inverse));
    assert_ok(engine, hahn_circuit_controlled(circuit, 1, &wider));
    assert_int_equal(hahn_circuit_parameters(circuit), 4);
    assert_int_equal(hahn_circuit_parameters(copy), 4);
    assert_int_equal(hahn_circuit_parameters(inverse), 4);
    assert_int_equal(hahn_circuit_parameters(wider), 4);
    assert_ok(engine, hahn_circuit_append_circuit(copy, circuit, NULL, 4));
    assert_int_equal(hahn_circuit_parameters(copy), 8);
    assert_ok(engine, hahn_circuit_repeat(circuit, 3, 1));
    assert_int_equal(hahn_circuit_parameters(circuit), 12);
    hahn_circuit_destroy(wider);
    hahn_circuit_destroy(inverse);
    hahn_circuit_destroy(copy);
    hahn_circuit_destroy(circuit);
    hahn_observable_destroy(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_angles_cancel),
        cmocka_unit_test(angles_that_overflow),
        cmocka_unit_test(coefficients_that_overflow),
        cmocka_unit_test(absurd_workspaces),
        cmocka_unit_test(absurd_batches),
        cmocka_unit_test(absurd_circuits),
        cmocka_unit_test(counted_parameters),
    };
    return support_result(cmocka_run_group_tests(tests, setup, teardown));
}
