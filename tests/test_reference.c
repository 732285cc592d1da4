/* States, energies, gradients and adjoint states of an independent simulator
   (tests/data/reference), to 1e-12, in every f64 way of running; the circuit read gate by gate, and
   built by the library. */
#include "support.h"

#ifndef HAHN_TEST_DATA
#define HAHN_TEST_DATA "tests/data"
#endif

enum { MAX_QUBITS = 6, MAX_NUMBERS = 256 };

/* What the data was compared to: agreement of the simulators that made it is 2e-15. */
static const double tolerance = 1e-12;

struct golden {
    const char *name;
    int qubits, layers;
};

static const struct golden goldens[] = {{"n4_d3_random01", 4, 3}, {"n6_d5_uniform2pi", 6, 5}};

static FILE *open_data(const struct golden *golden, const char *what)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/reference/%s.%s.txt", HAHN_TEST_DATA, golden->name, what);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s cannot be opened", path);
    return file;
}

static int read_numbers(const struct golden *golden, const char *what, double *out)
{
    FILE *file = open_data(golden, what);
    int count = 0;
    while (count < MAX_NUMBERS && fscanf(file, "%lf", &out[count]) == 1)
        count++;
    assert_true(feof(file));
    fclose(file);
    return count;
}

/* The circuit of gates.txt, whose qubits count from 1. Rotations get the parameters in their order,
   and their angles must be those of params.txt. */
static hahn_circuit *read_circuit(hahn_engine *engine, const struct golden *golden,
                                  const double *params)
{
    FILE *file = open_data(golden, "gates");
    hahn_circuit *circuit;
    char line[128];
    int64_t next = 0;
    assert_ok(engine, hahn_circuit_create(engine, golden->qubits, &circuit));
    while (fgets(line, sizeof line, file)) {
        int first, second;
        double angle;
        if (sscanf(line, "CNOT %d %d", &first, &second) == 2) {
            assert_ok(engine, hahn_circuit_cx(circuit, first - 1, second - 1));
            continue;
        }
        char axis;
        assert_int_equal(sscanf(line, "R%c %d %lf", &axis, &first, &angle), 3);
        assert_true(angle == params[next]);
        assert_ok(engine, (axis == 'X' ? hahn_circuit_rx : hahn_circuit_rz)(circuit, first - 1,
                                                                            hahn_theta(next)));
        next++;
    }
    fclose(file);
    return circuit;
}

struct results {
    double energy, gradient[MAX_NUMBERS], state[MAX_NUMBERS], adjoint_state[MAX_NUMBERS];
    hahn_certificate certificate;
};

static void run(hahn_engine *engine, const hahn_circuit *circuit, hahn_method method,
                const double *params, struct results *out)
{
    hahn_observable *observable;
    hahn_program *program;
    hahn_workspace *workspace;
    hahn_lattice ring = {hahn_circuit_qubits(circuit), 1, 1};
    assert_ok(engine, hahn_observable_heisenberg(engine, ring, 1, &observable));
    assert_ok(engine, hahn_program_create(engine, circuit, observable, &program));
    assert_ok(engine,
              hahn_workspace_create(engine, program, WORKSPACE(1, HAHN_FOR_GRADIENT), &workspace));
    assert_ok(engine, hahn_final_state(workspace, 1, params, out->state));
    assert_ok(engine, hahn_gradient(workspace, METHOD(method), 1, params, &out->energy,
                                    out->gradient, &out->certificate));
    if (method == HAHN_METHOD_ADJOINT)
        assert_ok(engine, hahn_adjoint_state(workspace, 0, out->adjoint_state));
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_observable_destroy(observable);
}

static void compare(const struct golden *golden, const char *what, int count, const double *got)
{
    double expected[MAX_NUMBERS];
    assert_int_equal(read_numbers(golden, what, expected), count);
    for (int k = 0; k < count; k++)
        assert_within(got[k], expected[k], tolerance);
}

static void check_circuit(hahn_engine *engine, const struct golden *golden,
                          const hahn_circuit *circuit, const double *params, int count)
{
    struct results adjoint, shift;
    run(engine, circuit, HAHN_METHOD_ADJOINT, params, &adjoint);
    run(engine, circuit, HAHN_METHOD_SHIFT, params, &shift);
    compare(golden, "energy", 1, &adjoint.energy);
    compare(golden, "energy", 1, &adjoint.certificate.start_energy);
    compare(golden, "energy", 1, &shift.energy);
    compare(golden, "grad", count, adjoint.gradient);
    compare(golden, "grad", count, shift.gradient);
    compare(golden, "state", 2 << golden->qubits, adjoint.state);
    compare(golden, "stategrad", 2 << golden->qubits, adjoint.adjoint_state);
}

static void check_golden(hahn_engine *engine, const struct golden *golden)
{
    double params[MAX_NUMBERS];
    hahn_circuit *read, *built;
    int count = read_numbers(golden, "params", params);
    assert_int_equal(count, golden->qubits * (3 * golden->layers + 1));
    read = read_circuit(engine, golden, params);
    assert_ok(engine, hahn_ansatz_variational(engine, golden->qubits, golden->layers, &built));
    assert_true(hahn_circuit_fingerprint(read) == hahn_circuit_fingerprint(built));
    check_circuit(engine, golden, read, params, count);
    check_circuit(engine, golden, built, params, count);
    hahn_circuit_destroy(built);
    hahn_circuit_destroy(read);
}

static void independent_simulator(void **state)
{
    (void)state;
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs), checked = 0;
    for (int k = 0; k < count; k++) {
        if (configs[k].precision != HAHN_F64)
            continue;
        hahn_engine *engine = support_engine(&configs[k]);
        for (size_t g = 0; g < ARRAY_SIZE(goldens); g++, checked++)
            check_golden(engine, &goldens[g]);
        hahn_engine_destroy(engine);
    }
    assert_true(checked >= (support_backend() ? 1 : 2) * (int)ARRAY_SIZE(goldens));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(independent_simulator)};
    return support_result(cmocka_run_group_tests_name("reference data", tests, NULL, NULL));
}
