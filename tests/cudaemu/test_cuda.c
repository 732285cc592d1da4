/* What only the CUDA backend has: its ways of running, tiles of a few qubits, and results that do
   not depend on which thread was first; random numbers and cuBLAS. On the emulated device. */
#include "core/backend.h"
#include "cuda/storage.h"
#include "scene.h"

#include <math.h>

static hahn_status run(struct scene *s, int lanes, struct results *out)
{
    hahn_workspace *workspace = NULL;
    hahn_status status = hahn_workspace_create(s->engine, s->program,
                                               WORKSPACE(lanes, HAHN_FOR_GRADIENT), &workspace);
    if (status == HAHN_OK)
        status = hahn_gradient(workspace, NULL, BATCH, s->theta, out->energy, out->gradient,
                               out->certificate);
    hahn_workspace_destroy(workspace);
    return status;
}

static void small_tiles_agree_with_the_cpu(void **state)
{
    struct scene cpu = open_scene(HAHN_BACKEND_CPU, HAHN_F64, 0);
    struct results expected, found;
    (void)state;
    assert_ok(cpu.engine, run(&cpu, 1, &expected));
    for (int tile = 4; tile <= 11; tile++) {
        struct scene s = open_scene(HAHN_BACKEND_CUDA, HAHN_F64, tile);
        hahn_program_info info;
        assert_ok(s.engine, hahn_program_describe(s.program, &info));
        assert_true((info.sweeps > 1) == (tile < QUBITS));
        assert_ok(s.engine, run(&s, 1 + tile % BATCH, &found));
        for (int k = 0; k < BATCH; k++)
            assert_within(found.energy[k], expected.energy[k], 1e-12);
        for (int k = 0; k < BATCH * PARAMETERS; k++)
            assert_within(found.gradient[k], expected.gradient[k], 1e-12);
        close_scene(&s);
    }
    close_scene(&cpu);
}

/* The echo error, by the state that came back. */
static double echo_of(const hahn_workspace *workspace, int64_t lane, const double *start)
{
    double psi[2 << QUBITS], sum = 0;
    assert_int_equal(workspace->ops->read(workspace, HAHN_PSI, lane, psi), HAHN_OK);
    for (int k = 0; k < 2 << QUBITS; k++)
        sum += (psi[k] - start[k]) * (psi[k] - start[k]);
    return sqrt(sum);
}

/* Bind, evaluate and add up by parameter: what is in one block takes three launches, and gives what
   the steps one by one give. */
static void one_tile_is_evaluated_in_one_launch(void **state)
{
    (void)state;
    for (int precision = HAHN_F64; precision <= HAHN_F32; precision++) {
        struct scene s = open_scene(HAHN_BACKEND_CUDA, (hahn_precision)precision, QUBITS);
        struct results whole, steps;
        hahn_workspace *workspace;
        double start[2 << QUBITS] = {0}, energy[BATCH], lambda[2][BATCH][2 << QUBITS];
        const double unit = precision == HAHN_F64 ? 0x1p-53 : 0x1p-24;
        start[2] = start[7] = start[20] = 0.5;
        start[41] = -0.5;
        for (int steps_too = 0; steps_too < 2; steps_too++) {
            /* Workspaces that keep states go stage by stage. */
            hahn_workspace_options options = *WORKSPACE(BATCH, HAHN_FOR_GRADIENT);
            struct results *out = steps_too ? &steps : &whole;
            options.kept_states = steps_too;
            assert_ok(s.engine, hahn_workspace_create(s.engine, s.program, &options, &workspace));
            assert_ok(s.engine, hahn_workspace_set_start(workspace, start));
            cudaemu_arm(-1, 0);
            assert_ok(s.engine, hahn_gradient(workspace, NULL, BATCH, s.theta, out->energy,
                                              out->gradient, out->certificate));
            assert_true(steps_too ? cudaemu_launches() > 6 : cudaemu_launches() == 3);
            for (int k = 0; k < BATCH; k++) {
                const double echo = echo_of(workspace, k, start);
                assert_within(out->certificate[k].echo_error, echo, 64 * unit * echo);
                assert_ok(s.engine, hahn_adjoint_state(workspace, k, lambda[steps_too][k]));
            }
            cudaemu_arm(-1, 0);
            assert_ok(s.engine, hahn_energy(workspace, BATCH, s.theta, energy));
            assert_true(steps_too ? cudaemu_launches() > 3 : cudaemu_launches() == 2);
            assert_memory_equal(energy, out->energy, sizeof energy);
            assert_true(hahn_workspace_times(workspace).forward > 0);
            hahn_workspace_destroy(workspace);
        }
        /* Passes are fused in one and not in the other; what differs is rounding. */
        const double bound = 64 * 3 * QUBITS * unit;
        for (int k = 0; k < BATCH; k++) {
            assert_within(whole.energy[k], steps.energy[k], bound);
            assert_within(whole.certificate[k].start_energy, whole.energy[k], bound);
            assert_within(whole.certificate[k].echo_error, 0, 64 * unit);
            assert_true(whole.certificate[k].echo_error > 0);
            for (int j = 0; j < 2 << QUBITS; j++)
                assert_within(lambda[0][k][j], lambda[1][k][j], bound);
        }
        for (int k = 0; k < BATCH * PARAMETERS; k++)
            assert_within(whole.gradient[k], steps.gradient[k], bound);
        close_scene(&s);
    }
}

/* Energy and gradient of a circuit, which is used up, on a ring. */
static double run_circuit(hahn_engine *engine, hahn_circuit *circuit, int qubits,
                          const double *theta, double *gradient)
{
    hahn_observable *sum;
    hahn_program *program;
    hahn_workspace *workspace;
    double energy;
    assert_ok(engine, hahn_observable_heisenberg(engine, (hahn_lattice){qubits, 1, 1}, 1, &sum));
    assert_ok(engine, hahn_program_create(engine, circuit, sum, &program));
    assert_ok(engine,
              hahn_workspace_create(engine, program, WORKSPACE(1, HAHN_FOR_GRADIENT), &workspace));
    assert_ok(engine, hahn_gradient(workspace, NULL, 1, theta, &energy, gradient, NULL));
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_observable_destroy(sum);
    hahn_circuit_destroy(circuit);
    hahn_engine_destroy(engine);
    return energy;
}

/* The variational ansatz on the CPU, and on the device under several schedules. */
static void compare_ansatz(const char *name, int qubits, int64_t layers, int tile,
                           uint64_t schedules)
{
    struct battery_random random = support_random(name);
    const int64_t count = qubits * (3 * layers + 1);
    const double norm = 3 * qubits, gates = 5.0 * (double)(qubits * layers);
    double *theta = support_angles(&random, count), exact = 0;
    double *expected = support_allocate((size_t)count * sizeof *expected);
    double *found = support_allocate((size_t)count * sizeof *found);
    for (uint64_t run = 0; run <= schedules; run++) {
        hahn_engine *engine =
            engine_of(run ? HAHN_BACKEND_CUDA : HAHN_BACKEND_CPU, HAHN_F64, run ? tile : 0);
        hahn_circuit *circuit;
        cudaemu_seed(run);
        assert_ok(engine, hahn_ansatz_variational(engine, qubits, layers, &circuit));
        const double energy = run_circuit(engine, circuit, qubits, theta, run ? found : expected);
        exact = run ? exact : energy;
        assert_within(energy, exact, battery_energy_tolerance(HAHN_F64, gates, norm));
        for (int64_t k = 0; run && k < count; k++)
            assert_within(found[k], expected[k],
                          battery_gradient_tolerance(HAHN_F64, gates, norm, 1));
    }
    free(theta);
    free(expected);
    free(found);
}

/* A block of several warps, which only barriers keep in step. */
static void several_warps_agree_with_the_cpu(void **state)
{
    (void)state;
    compare_ansatz(__func__, 10, 2, 0, 5);
}

/* More passes with phases than those that begin with 1. */
static void deep_circuits_agree_with_the_cpu(void **state)
{
    (void)state;
    compare_ansatz(__func__, 3, 300, 0, 1);
    compare_ansatz(__func__, 5, 100, 4, 1);
}

/* More tiles than there are rows of them, so that each row has several. */
static void many_tiles_agree_with_the_cpu(void **state)
{
    enum { LARGE = 16, ANGLES = 4 };
    const double theta[ANGLES] = {0.3, -1.1, 0.7, 2.1};
    double gradient[2][ANGLES], energy[2];
    (void)state;
    for (int which = 0; which < 2; which++) {
        hahn_engine *engine = which ? engine_of(HAHN_BACKEND_CUDA, HAHN_F64, 4)
                                    : engine_of(HAHN_BACKEND_CPU, HAHN_F64, 0);
        hahn_circuit *circuit;
        assert_ok(engine, hahn_circuit_create(engine, LARGE, &circuit));
        assert_ok(engine, hahn_circuit_ry(circuit, 0, hahn_theta(0)));
        assert_ok(engine, hahn_circuit_ry(circuit, 9, hahn_theta(1)));
        assert_ok(engine, hahn_circuit_cx(circuit, 0, 9));
        assert_ok(engine, hahn_circuit_rx(circuit, 15, hahn_theta(2)));
        assert_ok(engine, hahn_circuit_rz(circuit, 9, hahn_theta(3)));
        assert_ok(engine, hahn_circuit_cx(circuit, 9, 15));
        energy[which] = run_circuit(engine, circuit, LARGE, theta, gradient[which]);
    }
    assert_within(energy[1], energy[0], 1e-12);
    for (int k = 0; k < ANGLES; k++)
        assert_within(gradient[1][k], gradient[0][k], 1e-12);
}

/* Results must not depend on the order in which threads and blocks come, nor on lanes. */
static void every_schedule_gives_the_same_bits(void **state)
{
    (void)state;
    for (int precision = HAHN_F64; precision <= HAHN_F32; precision++)
        for (int tile = 4; tile <= 6; tile++) {
            struct scene s = open_scene(HAHN_BACKEND_CUDA, (hahn_precision)precision, tile);
            struct results first, other;
            cudaemu_seed(1);
            assert_ok(s.engine, run(&s, 1, &first));
            for (uint64_t seed = 2; seed <= 5; seed++) {
                cudaemu_seed(seed);
                assert_ok(s.engine, run(&s, (int)seed % BATCH + 1, &other));
                assert_memory_equal(&first, &other, sizeof first);
            }
            close_scene(&s);
        }
}

/* Each lane has a direction of its own; strings with one, two and three Y are signs of i. */
static void vectors_of_lanes_agree_with_the_cpu(void **state)
{
    static const char *const strings[] = {"Y", "XY", "YYY", "ZYX"};
    enum { STRINGS = ARRAY_SIZE(strings) };
    static const int qubits[] = {1, 4, 2};
    double products[2][BATCH * PARAMETERS], derivatives[2][BATCH * STRINGS];
    (void)state;
    for (int which = 0; which < 2; which++) {
        struct battery_random random = support_random("directions");
        struct scene s = open_scene(which ? HAHN_BACKEND_CUDA : HAHN_BACKEND_CPU, HAHN_F64,
                                    which ? QUBITS - 1 : 0);
        double *directions = support_angles(&random, BATCH * PARAMETERS);
        hahn_observable *sum;
        hahn_program *program;
        hahn_workspace *workspace;
        assert_ok(s.engine, hahn_observable_create(s.engine, QUBITS, &sum));
        for (int k = 0; k < STRINGS; k++)
            assert_ok(s.engine, hahn_observable_add(sum, 1, strings[k], qubits));
        assert_ok(s.engine, hahn_program_create(s.engine, s.circuit, sum, &program));
        assert_ok(s.engine, hahn_workspace_create(s.engine, program, WORKSPACE(2, HAHN_FOR_TANGENT),
                                                  &workspace));
        assert_ok(s.engine, hahn_fisher_product(workspace, BATCH, s.theta, directions,
                                                products[which], NULL));
        assert_ok(s.engine,
                  hahn_coefficient_gradient(workspace, BATCH, s.theta, derivatives[which]));
        hahn_workspace_destroy(workspace);
        hahn_program_destroy(program);
        hahn_observable_destroy(sum);
        free(directions);
        close_scene(&s);
    }
    /* A direction is at most pi sqrt(PARAMETERS) long, and F at most PARAMETERS. */
    const double bound = 64 * 0x1p-53 * 3.2 * PARAMETERS * sqrt(PARAMETERS);
    for (int k = 0; k < BATCH * PARAMETERS; k++)
        assert_within(products[1][k], products[0][k], bound);
    for (int k = 0; k < BATCH * STRINGS; k++)
        assert_within(derivatives[1][k], derivatives[0][k], 64 * 0x1p-53);
}

/* -- random numbers --------------------------------------------------------------------------- */

/* Any slice of any stream: uniforms are those of the host bit by bit; normals but for the errors of
   log, cosine and sine, 16 u |x|. */
static void random_numbers_are_the_hosts(void **state)
{
    enum { COUNT = 301 };
    static const uint64_t seeds[] = {0, UINT64_C(0x299f31d0a4093822), UINT64_MAX};
    static const uint64_t streams[] = {0, HAHN_STREAM_SHOTS, UINT64_MAX};
    static const uint64_t firsts[] = {0, 7, UINT64_C(1) << 33, (UINT64_C(1) << 63) - COUNT};
    double expected[COUNT], found[COUNT];
    void *numbers;
    (void)state;
    assert_int_equal(hahn_cuda_allocate(&numbers, sizeof found), 0);
    for (size_t k = 0; k < 2 * ARRAY_SIZE(seeds) * ARRAY_SIZE(streams) * ARRAY_SIZE(firsts); k++) {
        const bool normal = k % 2;
        const int64_t count = k % 3 ? COUNT : 1;
        const hahn_drawing d = {.seed = seeds[k / 2 % 3],
                                .stream = streams[k / 6 % 3],
                                .first = firsts[k / 18],
                                .count = (uint64_t)count,
                                .out = numbers};
        (normal ? hahn_random_normal : hahn_random_uniform)(d.seed, d.stream, d.first, count,
                                                            expected);
        assert_int_equal(hahn_cuda_random(&d, normal), 0);
        assert_int_equal(hahn_cuda_download(found, numbers, d.count * sizeof *found), 0);
        for (int64_t i = 0; i < count; i++)
            assert_within(found[i], expected[i], normal ? 16 * 0x1p-53 * fabs(expected[i]) : 0);
    }
    hahn_cuda_release(numbers);
}

/* A uniform that lies between two cumulative probabilities, whose errors are some 1e-15, is one of
   1e12; so shots are those of the cpu backend, which takes them one by one. */
static void shots_are_those_of_the_cpu(void **state)
{
    enum { SHOTS = 33000 }; /* more than are drawn at once */
    struct scene cpu = open_scene(HAHN_BACKEND_CPU, HAHN_F64, 0);
    struct scene cuda = open_scene(HAHN_BACKEND_CUDA, HAHN_F64, 5);
    uint64_t expected[SHOTS], found[SHOTS];
    struct scene *const scenes[] = {&cpu, &cuda};
    (void)state;
    for (int k = 0; k < 2; k++) {
        hahn_workspace *workspace;
        assert_ok(scenes[k]->engine,
                  hahn_workspace_create(scenes[k]->engine, scenes[k]->program,
                                        WORKSPACE(1, HAHN_FOR_STATE), &workspace));
        assert_ok(scenes[k]->engine,
                  hahn_sample(workspace, scenes[k]->theta, 11, SHOTS, k ? found : expected));
        hahn_workspace_destroy(workspace);
        close_scene(scenes[k]);
    }
    assert_memory_equal(expected, found, sizeof found);
}

/* -- cuBLAS ----------------------------------------------------------------------------------- */

/* A library that is not there, and one that is not cuBLAS. */
static void cublas_is_looked_for(void **state)
{
    const char *const missing[] = {"libcublas.so.0", "libcublas-of-nobody.so", NULL};
    const char *const other[] = {"libm.so.6", NULL};
    hahn_engine *engine = engine_of(HAHN_BACKEND_CUDA, HAHN_F64, 0);
    hahn_blas blas = {0};
    (void)state;
    assert_refused(engine, HAHN_ERR_BACKEND, hahn_blas_open(engine, missing, &blas),
                   "libcublas.so.0, libcublas-of-nobody.so", "LD_LIBRARY_PATH");
    assert_refused(engine, HAHN_ERR_BACKEND, hahn_blas_open(engine, other, &blas), "libm.so.6");
    assert_null(blas.loaded);
    assert_null(blas.handle);
    hahn_blas_close(&blas);
    if (getenv("HAHN_TEST_CUBLAS")) {
        assert_ok(engine, hahn_blas_open(engine, NULL, &blas));
        assert_non_null(blas.handle);
        assert_ok(engine, hahn_blas_open(engine, missing, &blas)); /* is open */
        hahn_blas_close(&blas);
        assert_null(blas.loaded);
    }
    hahn_engine_destroy(engine);
}

/* Whoever knows where psi and lambda are finds them there again, after as many swaps as there are
   blocks of lanes. */
static void overlaps_leave_states_in_their_places(void **state)
{
    struct scene s = open_scene(HAHN_BACKEND_CUDA, HAHN_F64, 5);
    double matrix[2 * BATCH * BATCH];
    (void)state;
    for (int lanes = 1; lanes < BATCH && getenv("HAHN_TEST_CUBLAS"); lanes++) {
        hahn_workspace *workspace;
        assert_ok(s.engine, hahn_workspace_create(s.engine, s.program,
                                                  WORKSPACE(lanes, HAHN_FOR_GRADIENT), &workspace));
        const hahn_cuda_plan before = hahn_cuda_of(workspace)->plan;
        assert_ok(s.engine, hahn_overlaps(workspace, BATCH, s.theta, matrix));
        assert_true(hahn_cuda_of(workspace)->plan.states[HAHN_PSI] == before.states[HAHN_PSI]);
        assert_true(hahn_cuda_of(workspace)->plan.states[HAHN_LAMBDA] ==
                    before.states[HAHN_LAMBDA]);
        hahn_workspace_destroy(workspace);
    }
    close_scene(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_tiles_agree_with_the_cpu),
        cmocka_unit_test(one_tile_is_evaluated_in_one_launch),
        cmocka_unit_test(several_warps_agree_with_the_cpu),
        cmocka_unit_test(deep_circuits_agree_with_the_cpu),
        cmocka_unit_test(many_tiles_agree_with_the_cpu),
        cmocka_unit_test(every_schedule_gives_the_same_bits),
        cmocka_unit_test(random_numbers_are_the_hosts),
        cmocka_unit_test(shots_are_those_of_the_cpu),
        cmocka_unit_test(cublas_is_looked_for),
        cmocka_unit_test(overlaps_leave_states_in_their_places),
        cmocka_unit_test(vectors_of_lanes_agree_with_the_cpu),
    };
    return support_result(cmocka_run_group_tests_name("cuda", tests, NULL, NULL));
}
