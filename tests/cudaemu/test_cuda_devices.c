/* Which devices there are, and which programs they take. On the emulated device. */
#include "scene.h"

#include <math.h>

static void devices_are_listed_and_chosen(void **state)
{
    hahn_device_info info;
    hahn_engine *engine = engine_of(HAHN_BACKEND_CUDA, HAHN_F64, 0);
    (void)state;
    cudaemu_set_devices(2);
    hahn_engine_destroy(engine);
    engine = engine_of(HAHN_BACKEND_AUTO, HAHN_F64, 0);
    assert_int_equal(hahn_engine_devices(engine), 2);
    assert_ok(engine, hahn_engine_device_info(engine, 1, &info));
    assert_string_equal(info.name, "emulated device 1");
    assert_true(info.memory_bytes > 0 && info.multiprocessors > 0 && info.major >= 8);
    assert_ok(engine, hahn_engine_set_device(engine, 1));
    assert_int_equal(hahn_engine_device(engine), 1);
    assert_int_equal(hahn_engine_backend(engine), HAHN_BACKEND_CUDA);
    assert_refused(engine, HAHN_ERR_BACKEND, hahn_engine_set_device(engine, 2), "device 2",
                   "2 were found");
    assert_refused(engine, HAHN_ERR_BACKEND, hahn_engine_set_device(engine, -1), "device -1");
    assert_int_equal(hahn_engine_device(engine), 1);
    hahn_engine_destroy(engine);
    cudaemu_set_devices(1);
}

static void without_a_device_the_cpu_runs(void **state)
{
    const char *why;
    hahn_engine *engine = NULL;
    (void)state;
    cudaemu_set_devices(0);
    assert_int_equal(hahn_engine_create(NULL, &engine), HAHN_OK);
    assert_int_equal(hahn_engine_backend(engine), HAHN_BACKEND_CPU);
    assert_ok(engine, hahn_engine_backend_status(engine, HAHN_BACKEND_AUTO, &why));
    assert_string_equal(why, "cpu (cuda: no CUDA device: no CUDA-capable device is detected)");
    assert_refused(engine, HAHN_ERR_BACKEND, hahn_engine_set_backend(engine, HAHN_BACKEND_CUDA),
                   "no CUDA device");
    hahn_engine_destroy(engine);
    cudaemu_set_devices(1);
}

/* Programs keep the tiles that they were compiled for. */
static void other_tiles_are_refused(void **state)
{
    hahn_engine *engine = engine_of(HAHN_BACKEND_CPU, HAHN_F64, 0);
    hahn_circuit *circuit;
    hahn_program *program;
    hahn_workspace *workspace = NULL;
    (void)state;
    assert_ok(engine, hahn_circuit_create(engine, 14, &circuit));
    assert_ok(engine, hahn_circuit_h(circuit, 13));
    assert_ok(engine, hahn_program_create(engine, circuit, NULL, &program));
    assert_ok(engine, hahn_engine_set_backend(engine, HAHN_BACKEND_CUDA));
    assert_refused(engine, HAHN_ERR_BACKEND,
                   hahn_workspace_create(engine, program, NULL, &workspace), "tiles of 14",
                   "compile it after");
    assert_null(workspace);
    hahn_program_destroy(program);
    hahn_circuit_destroy(circuit);
    hahn_engine_destroy(engine);
}

/* The other way round: tiles that only a device has. */
static void small_tiles_are_not_for_the_cpu(void **state)
{
    struct scene s = open_scene(HAHN_BACKEND_CUDA, HAHN_F64, 4);
    hahn_workspace *workspace = NULL;
    (void)state;
    assert_ok(s.engine, hahn_engine_set_backend(s.engine, HAHN_BACKEND_CPU));
    assert_refused(s.engine, HAHN_ERR_BACKEND,
                   hahn_workspace_create(s.engine, s.program, NULL, &workspace), "4 qubits",
                   "10 or more", "after choosing the backend");
    assert_null(workspace);
    close_scene(&s);
}

/* Nor are their rows: compiled for double precision on the device they are shorter than vectors. */
static void short_rows_are_not_for_the_cpu(void **state)
{
    hahn_engine *engine = engine_of(HAHN_BACKEND_CUDA, HAHN_F64, 10);
    hahn_circuit *circuit;
    hahn_program *program;
    hahn_workspace *workspace = NULL;
    (void)state;
    assert_ok(engine, hahn_circuit_create(engine, 14, &circuit));
    assert_ok(engine, hahn_circuit_h(circuit, 13));
    assert_ok(engine, hahn_program_create(engine, circuit, NULL, &program));
    assert_ok(engine, hahn_engine_set_backend(engine, HAHN_BACKEND_CPU));
    assert_refused(engine, HAHN_ERR_BACKEND,
                   hahn_workspace_create(engine, program, NULL, &workspace), "rows of 2^3",
                   "after choosing the backend");
    assert_null(workspace);
    hahn_program_destroy(program);
    hahn_circuit_destroy(circuit);
    hahn_engine_destroy(engine);
}

/* What a sweep costs is memory traffic, so how few there are is what counts. */
static void a_layer_takes_four_sweeps(void **state)
{
    (void)state;
    for (int precision = HAHN_F64; precision <= HAHN_F32; precision++)
        for (int qubits = 26; qubits <= 32; qubits++) {
            hahn_engine *engine = engine_of(HAHN_BACKEND_CUDA, (hahn_precision)precision, 0);
            hahn_circuit *circuit;
            hahn_program *program;
            hahn_program_info info;
            assert_ok(engine, hahn_ansatz_variational(engine, qubits, 1, &circuit));
            assert_ok(engine, hahn_program_create(engine, circuit, NULL, &program));
            assert_ok(engine, hahn_program_describe(program, &info));
            assert_in_range(info.sweeps, 1, 4);
            hahn_program_destroy(program);
            hahn_circuit_destroy(circuit);
            hahn_engine_destroy(engine);
        }
}

/* Four tiles are more than what some devices give a block. */
static void large_tangents_are_refused(void **state)
{
    enum { PLAIN = 99 << 10 };
    (void)state;
    cudaemu_set_most_shared(PLAIN);
    for (int tile = 10; tile <= 11; tile++) {
        hahn_engine *engine = engine_of(HAHN_BACKEND_CUDA, HAHN_F64, tile);
        hahn_circuit *circuit;
        hahn_program *program;
        hahn_workspace *workspace = NULL;
        const double theta = 0.3, direction = 1;
        double tangent[2 << 11];
        assert_ok(engine, hahn_circuit_create(engine, 11, &circuit));
        assert_ok(engine, hahn_circuit_rx(circuit, 10, hahn_theta(0)));
        assert_ok(engine, hahn_program_create(engine, circuit, NULL, &program));
        const hahn_status status =
            hahn_workspace_create(engine, program, WORKSPACE(1, HAHN_FOR_TANGENT), &workspace);
        if (tile == 11)
            assert_refused(engine, HAHN_ERR_BACKEND, status, "tiles of 11 qubits", "101376",
                           "hahn_engine_set_tile(engine, 10)");
        else {
            assert_ok(engine, status);
            assert_ok(engine, hahn_jvp(workspace, 1, &theta, &direction, NULL, NULL, tangent));
            /* d/dtheta of exp(-i theta X / 2) |0> = (-sin |0> - i cos |1>) / 2, at theta / 2 */
            assert_within(tangent[0], -0.5 * sin(theta / 2), 1e-15);
            assert_within(tangent[2 * 1024 + 1], -0.5 * cos(theta / 2), 1e-15);
        }
        hahn_workspace_destroy(workspace);
        hahn_program_destroy(program);
        hahn_circuit_destroy(circuit);
        hahn_engine_destroy(engine);
    }
    cudaemu_set_most_shared(227 << 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_are_listed_and_chosen),
        cmocka_unit_test(without_a_device_the_cpu_runs),
        cmocka_unit_test(other_tiles_are_refused),
        cmocka_unit_test(small_tiles_are_not_for_the_cpu),
        cmocka_unit_test(short_rows_are_not_for_the_cpu),
        cmocka_unit_test(large_tangents_are_refused),
        cmocka_unit_test(a_layer_takes_four_sweeps),
    };
    return support_result(cmocka_run_group_tests_name("cuda devices", tests, NULL, NULL));
}
