/* The engine's options, and programs and workspaces given what they must refuse. */
#include "support.h"

enum { QUBITS = 5 };

static int open_engine(void **state)
{
    *state = support_reference_engine();
    return 0;
}

static int close_engine(void **state)
{
    hahn_engine_destroy(*state);
    return 0;
}

/* Programs refuse what does not belong together and what is not a number. */
static void running_with_bad_input(void **state)
{
    hahn_engine *engine = *state;
    hahn_circuit *circuit;
    hahn_observable *narrow, *fitting;
    hahn_program *program = NULL, *states_only;
    hahn_workspace *workspace, *other;
    double theta = NAN, energy = 42, gradient = 42, start[2 << QUBITS] = {1.5};
    assert_ok(engine, hahn_circuit_create(engine, QUBITS, &circuit));
    assert_ok(engine, hahn_circuit_rx(circuit, 3, hahn_theta(0)));
    assert_ok(engine, hahn_observable_create(engine, QUBITS - 1, &narrow));
    assert_ok(engine, hahn_observable_create(engine, QUBITS, &fitting));
    assert_refused(engine, HAHN_ERR_QUBIT, hahn_program_create(engine, circuit, narrow, &program),
                   "4 qubits", "5");
    assert_null(program);
    assert_ok(engine, hahn_program_create(engine, circuit, fitting, &program));
    assert_ok(engine, hahn_program_create(engine, circuit, NULL, &states_only));
    assert_ok(engine,
              hahn_workspace_create(engine, program, WORKSPACE(1, HAHN_FOR_STATE), &workspace));
    assert_ok(engine,
              hahn_workspace_create(engine, states_only, WORKSPACE(1, HAHN_FOR_STATE), &other));

    assert_refused(engine, HAHN_ERR_PARAMETER, hahn_energy(workspace, 1, &theta, &energy), "0",
                   "nan");
    theta = -INFINITY;
    assert_refused(engine, HAHN_ERR_PARAMETER, hahn_energy(workspace, 1, &theta, &energy), "0",
                   "inf");
    theta = 1;
    assert_int_equal(hahn_energy(other, 1, &theta, &energy), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_gradient(workspace, NULL, 1, &theta, &energy, &gradient, NULL),
                     HAHN_ERR_ARGUMENT);
    assert_refused(engine, HAHN_ERR_PARAMETER,
                   hahn_gradient_component(workspace, &theta, 1, &gradient), "parameter 1");
    assert_refused(engine, HAHN_ERR_PARAMETER,
                   hahn_gradient_component(workspace, &theta, -1, &gradient), "parameter -1");
    assert_int_equal(hahn_energy(workspace, -1, &theta, &energy), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_energy(workspace, 1, NULL, &energy), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_energy(NULL, 1, &theta, &energy), HAHN_ERR_ARGUMENT);
    assert_int_not_equal(hahn_workspace_set_start(workspace, start), HAHN_OK);
    start[0] = NAN;
    assert_int_not_equal(hahn_workspace_set_start(workspace, start), HAHN_OK);
    assert_true(energy == 42 && gradient == 42);
    assert_ok(engine, hahn_energy(workspace, 1, &theta, &energy));
    assert_true(energy == 0);

    hahn_workspace_destroy(other);
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(states_only);
    hahn_program_destroy(program);
    hahn_observable_destroy(fitting);
    hahn_observable_destroy(narrow);
    hahn_circuit_destroy(circuit);
    hahn_workspace_destroy(NULL);
    hahn_program_destroy(NULL);
}

/* Gradients that cannot be: of no energy, by no method; and adjoint states that are not there. */
static void gradients_that_are_not_there(void **state)
{
    hahn_engine *engine = *state;
    hahn_circuit *circuit;
    hahn_observable *observable;
    hahn_program *program, *states_only;
    hahn_workspace *workspace, *other = NULL;
    double theta[3] = {0.1, 0.2, 0.3}, gradient[3] = {42}, lambda[2 << QUBITS] = {42};
    assert_ok(engine, hahn_circuit_create(engine, QUBITS, &circuit));
    assert_ok(engine, hahn_circuit_rx(circuit, 3, hahn_theta(0)));
    assert_ok(engine, hahn_observable_create(engine, QUBITS, &observable));
    assert_ok(engine, hahn_program_create(engine, circuit, observable, &program));
    assert_ok(engine, hahn_program_create(engine, circuit, NULL, &states_only));
    assert_ok(engine,
              hahn_workspace_create(engine, program, WORKSPACE(2, HAHN_FOR_GRADIENT), &workspace));
    assert_refused(
        engine, HAHN_ERR_ARGUMENT,
        hahn_workspace_create(engine, states_only, WORKSPACE(1, HAHN_FOR_GRADIENT), &other),
        "no observable");
    assert_ok(engine,
              hahn_workspace_create(engine, states_only, WORKSPACE(1, HAHN_FOR_STATE), &other));
    assert_refused(engine, HAHN_ERR_ARGUMENT,
                   hahn_gradient(other, METHOD(HAHN_METHOD_SHIFT), 1, theta, NULL, gradient, NULL),
                   "no observable");
    assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_gradient_component(other, theta, 0, gradient),
                   "no observable");
    assert_refused(
        engine, HAHN_ERR_ARGUMENT,
        hahn_gradient(workspace, METHOD((hahn_method)99), 1, theta, NULL, gradient, NULL),
        "method 99", "adjoint (0), shift (1)");
    assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_adjoint_state(workspace, 0, lambda), "lane 0");
    assert_true(gradient[0] == 42 && lambda[0] == 42);

    assert_ok(engine, hahn_gradient(workspace, NULL, 1, theta, NULL, gradient, NULL));
    assert_ok(engine, hahn_adjoint_state(workspace, 0, lambda));
    assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_adjoint_state(workspace, 1, lambda), "lane 1");
    assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_adjoint_state(workspace, -1, lambda), "lane -1");
    /* More instances than lanes, or another run: the state of the gradient is gone. */
    assert_ok(engine, hahn_gradient(workspace, NULL, 3, theta, NULL, gradient, NULL));
    assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_adjoint_state(workspace, 0, lambda), "lane 0");
    assert_ok(engine, hahn_gradient(workspace, NULL, 2, theta, NULL, gradient, NULL));
    assert_ok(engine, hahn_adjoint_state(workspace, 1, lambda));
    assert_ok(engine, hahn_energy(workspace, 1, theta, gradient));
    assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_adjoint_state(workspace, 0, lambda), "lane 0");
    hahn_workspace_destroy(other);
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(states_only);
    hahn_program_destroy(program);
    hahn_observable_destroy(observable);
    hahn_circuit_destroy(circuit);
}

/* The default workspace does what its program can. */
static void the_default_workspace(void **state)
{
    hahn_engine *engine = *state;
    hahn_circuit *circuit;
    hahn_observable *observable;
    hahn_program *program, *states_only;
    hahn_workspace *workspace;
    double theta = 0.3, energy, gradient, amplitudes[2 << QUBITS];
    assert_ok(engine, hahn_circuit_create(engine, QUBITS, &circuit));
    assert_ok(engine, hahn_circuit_rx(circuit, 3, hahn_theta(0)));
    assert_ok(engine, hahn_observable_create(engine, QUBITS, &observable));
    assert_ok(engine, hahn_observable_add_masks(observable, 1, 0, 1 << 3));
    assert_ok(engine, hahn_program_create(engine, circuit, observable, &program));
    assert_ok(engine, hahn_program_create(engine, circuit, NULL, &states_only));

    assert_ok(engine, hahn_workspace_create(engine, program, NULL, &workspace));
    assert_ok(engine, hahn_gradient(workspace, NULL, 1, &theta, &energy, &gradient, NULL));
    /* <Z> after RX(a) is cos a; one rotation there and back, on an observable of norm 1. */
    assert_within(energy, cos(theta), 4 * battery_state_tolerance(HAHN_F64, 2));
    assert_within(gradient, -sin(theta), 4 * battery_state_tolerance(HAHN_F64, 2));
    hahn_workspace_destroy(workspace);

    assert_ok(engine, hahn_workspace_create(engine, states_only, NULL, &workspace));
    assert_ok(engine, hahn_final_state(workspace, 1, &theta, amplitudes));
    assert_refused(engine, HAHN_ERR_ARGUMENT,
                   hahn_gradient(workspace, NULL, 1, &theta, NULL, &gradient, NULL),
                   "no observable");
    assert_true(hahn_workspace_bytes(engine, program, NULL) >
                hahn_workspace_bytes(engine, states_only, NULL));
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(states_only);
    hahn_program_destroy(program);
    hahn_observable_destroy(observable);
    hahn_circuit_destroy(circuit);
}

/* Numbers that are not backends, precisions, thread counts. */
static void bad_engine_options(void **state)
{
    hahn_engine *engine = *state;
    const char *why;
    int threads = hahn_engine_threads(engine), tile = hahn_engine_tile(engine);
    assert_refused(engine, HAHN_ERR_BACKEND, hahn_engine_set_backend(engine, (hahn_backend)9), "9");
    assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_engine_set_precision(engine, (hahn_precision)7),
                   "7");
    assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_engine_set_threads(engine, -1), "-1", "1024");
    assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_engine_set_threads(engine, 1025), "1025",
                   "1024");
    assert_refused(engine, HAHN_ERR_BACKEND, hahn_engine_set_isa(engine, "sse9"), "sse9");
    static const int no_tiles[] = {-1, 1, 9, 22, 1 << 30};
    for (size_t k = 0; k < ARRAY_SIZE(no_tiles); k++)
        assert_refused(engine, HAHN_ERR_ARGUMENT, hahn_engine_set_tile(engine, no_tiles[k]),
                       "out of range", "10 to 21", "or 0");
    assert_int_equal(hahn_engine_tile(engine), tile);
    assert_int_equal(hahn_engine_threads(engine), threads);
    assert_int_equal(hahn_engine_backend(engine), HAHN_BACKEND_REFERENCE);
    assert_int_equal(hahn_engine_precision(engine), HAHN_F64);
    assert_ok(engine, hahn_engine_backend_status(engine, HAHN_BACKEND_AUTO, &why));
    assert_true(strlen(why) > 0);
    if (hahn_engine_backend_status(engine, HAHN_BACKEND_CUDA, &why) != HAHN_OK)
        assert_refused(engine, HAHN_ERR_BACKEND, hahn_engine_set_backend(engine, HAHN_BACKEND_CUDA),
                       why);
    assert_null(hahn_backend_name((hahn_backend)9));
    assert_null(hahn_precision_name((hahn_precision)2));
    assert_null(hahn_method_name((hahn_method)99));
    assert_string_equal(hahn_method_name(HAHN_METHOD_ADJOINT), "adjoint");
    assert_string_equal(hahn_method_name(HAHN_METHOD_SHIFT), "shift");
    assert_int_not_equal(hahn_engine_backend_status(engine, (hahn_backend)9, &why), HAHN_OK);
    int major, minor, patch;
    assert_int_equal(sscanf(hahn_version(), "%d.%d.%d", &major, &minor, &patch), 3);
    for (int status = -1; status < 12; status++)
        assert_true(strlen(hahn_status_name((hahn_status)status)) > 0);
    hahn_engine_destroy(NULL);
}

/* What a program tells about itself must agree with what went in. */
static void programs_describe_themselves(void **state)
{
    hahn_engine *engine = *state;
    hahn_circuit *circuit;
    hahn_observable *observable;
    hahn_program *program;
    hahn_program_info info;
    hahn_workspace_info workspace;
    assert_ok(engine, hahn_ansatz_variational(engine, QUBITS, 7, &circuit));
    assert_ok(engine,
              hahn_observable_heisenberg(engine, (hahn_lattice){QUBITS, 1, 1}, 1, &observable));
    assert_ok(engine, hahn_observable_add_masks(observable, 2, 3, 0));
    assert_ok(engine, hahn_program_create(engine, circuit, observable, &program));
    assert_ok(engine, hahn_program_describe(program, &info));
    assert_int_equal(info.qubits, QUBITS);
    assert_int_equal(info.parameters, QUBITS * (3 * 7 + 1));
    assert_int_equal(info.gates, hahn_circuit_gates(circuit));
    assert_true(info.primitives >= info.gates);
    assert_true(info.terms > 0 && info.terms <= info.primitives);
    assert_int_equal(info.stages, info.diagonal_stages + info.rotation_stages +
                                      info.permutation_stages + info.matrix_stages);
    assert_int_equal(info.matrix_stages, 0);
    assert_true(info.sweeps >= 1 && info.sweeps <= info.stages);
    assert_int_equal(info.observable_terms, 3 * QUBITS);
    assert_int_equal(info.observable_groups, QUBITS + 1);
    assert_ok(engine, hahn_workspace_describe(engine, program, NULL, &workspace));
    assert_int_equal(workspace.state_bytes, 16 << QUBITS);
    assert_int_equal(workspace.lanes, hahn_engine_threads(engine));
    assert_true(workspace.bytes == hahn_workspace_bytes(engine, program, NULL));
    /* The program's precision is that of the engine which runs it. */
    assert_ok(engine, hahn_engine_set_precision(engine, HAHN_F32));
    assert_ok(engine, hahn_workspace_describe(engine, program, NULL, &workspace));
    assert_int_equal(workspace.state_bytes, 8 << QUBITS);
    assert_ok(engine, hahn_engine_set_precision(engine, HAHN_F64));
    assert_true(info.program_bytes > 0 && info.program_bytes <= hahn_engine_memory_used(engine));
    hahn_program_destroy(program);
    hahn_observable_destroy(observable);
    hahn_circuit_destroy(circuit);
}

/* HAHN_ISA bounds what "auto" chooses; the names it knows are those of hahn_engine_set_isa. */
static void the_environment_bounds_the_isa(void **state)
{
    static const char *const names[] = {"baseline", "avx2", "avx512"};
    const char *old = getenv("HAHN_ISA");
    char *kept = old ? strdup(old) : NULL;
    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
        hahn_engine *engine;
        size_t found = 0;
        assert_int_equal(setenv("HAHN_ISA", names[k], 1), 0);
        assert_int_equal(hahn_engine_create(NULL, &engine), HAHN_OK);
        while (found < ARRAY_SIZE(names) && strcmp(hahn_engine_isa(engine), names[found]))
            found++;
        assert_true(found <= k);
        if (hahn_engine_set_isa(engine, names[k]) == HAHN_OK)
            assert_int_equal(found, k);
        hahn_engine_destroy(engine);
    }
    if (kept)
        setenv("HAHN_ISA", kept, 1);
    else
        unsetenv("HAHN_ISA");
    free(kept);
}

/* Engines are independent: the options, the messages and the bytes of one are not another's. */
static void engines_are_independent(void **state)
{
    hahn_engine *one = *state, *other;
    hahn_circuit *circuit = NULL;
    assert_int_equal(hahn_engine_create(NULL, &other), HAHN_OK);
    assert_string_equal(hahn_engine_message(other), "");
    assert_int_not_equal(hahn_circuit_create(one, 99, &circuit), HAHN_OK);
    assert_non_null(strstr(hahn_engine_message(one), "99"));
    assert_string_equal(hahn_engine_message(other), "");
    assert_ok(other, hahn_engine_set_precision(other, HAHN_F32));
    assert_ok(other, hahn_engine_set_memory_limit(other, 123456));
    assert_int_equal(hahn_engine_precision(one), HAHN_F64);
    assert_int_not_equal(hahn_engine_memory_limit(one), 123456);
    assert_ok(other, hahn_circuit_create(other, 9, &circuit));
    assert_true(hahn_engine_memory_used(other) > 0);
    assert_int_equal(hahn_engine_memory_used(one), 0);
    hahn_circuit_destroy(circuit);
    hahn_engine_destroy(other);
}

/* The parts of a call's time are none below 0, and together no more than all of it. */
static void times_add_up(void **state)
{
    hahn_engine *engine = *state;
    hahn_circuit *circuit;
    hahn_observable *observable;
    hahn_program *program;
    hahn_workspace *workspace;
    double theta[35] = {0}, gradient[35];
    assert_ok(engine, hahn_ansatz_variational(engine, QUBITS, 2, &circuit));
    assert_ok(engine,
              hahn_observable_heisenberg(engine, (hahn_lattice){QUBITS, 1, 1}, 1, &observable));
    assert_ok(engine, hahn_program_create(engine, circuit, observable, &program));
    assert_ok(engine,
              hahn_workspace_create(engine, program, WORKSPACE(1, HAHN_FOR_GRADIENT), &workspace));
    assert_true(hahn_workspace_times(workspace).total == 0);
    assert_ok(engine, hahn_gradient(workspace, NULL, 1, theta, NULL, gradient, NULL));
    hahn_times t = hahn_workspace_times(workspace);
    assert_true(t.bind >= 0 && t.forward >= 0 && t.observable >= 0 && t.backward > 0);
    assert_true(t.bind + t.forward + t.observable + t.backward <= t.total * (1 + 1e-9));
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_observable_destroy(observable);
    hahn_circuit_destroy(circuit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(running_with_bad_input, open_engine, close_engine),
        cmocka_unit_test_setup_teardown(gradients_that_are_not_there, open_engine, close_engine),
        cmocka_unit_test_setup_teardown(the_default_workspace, open_engine, close_engine),
        cmocka_unit_test_setup_teardown(bad_engine_options, open_engine, close_engine),
        cmocka_unit_test_setup_teardown(programs_describe_themselves, open_engine, close_engine),
        cmocka_unit_test_setup_teardown(engines_are_independent, open_engine, close_engine),
        cmocka_unit_test_setup_teardown(times_add_up, open_engine, close_engine),
        cmocka_unit_test(the_environment_bounds_the_isa),
    };
    return support_result(cmocka_run_group_tests_name("engine", tests, NULL, NULL));
}
