/* What only the CUDA backend has: devices, faults of the runtime, tiles of a few qubits, and
   results that do not depend on which thread was first. On the emulated device. */
#include "core/backend.h"
#include "cuda/storage.h"
#include "cudaemu_control.h"
#include "support.h"

#include <math.h>

enum { QUBITS = 6, LAYERS = 3, PARAMETERS = QUBITS * (3 * LAYERS + 1), BATCH = 3 };

struct scene {
    hahn_engine *engine;
    hahn_circuit *circuit;
    hahn_observable *observable;
    hahn_program *program;
    double *theta; /* BATCH rows */
};

static hahn_engine *engine_of(hahn_backend backend, hahn_precision precision, int tile)
{
    hahn_engine *engine = NULL;
    assert_int_equal(hahn_engine_create(NULL, &engine), HAHN_OK);
    assert_ok(engine, hahn_engine_set_backend(engine, backend));
    assert_ok(engine, hahn_engine_set_precision(engine, precision));
    assert_ok(engine, hahn_engine_set_tile(engine, tile));
    return engine;
}

static struct scene open_layers(hahn_backend backend, hahn_precision precision, int tile,
                                int64_t layers)
{
    struct battery_random random = support_random("scene");
    struct scene s = {.engine = engine_of(backend, precision, tile)};
    const hahn_lattice ring = {QUBITS, 1, 1};
    assert_ok(s.engine, hahn_ansatz_variational(s.engine, QUBITS, layers, &s.circuit));
    assert_ok(s.engine, hahn_observable_heisenberg(s.engine, ring, 1, &s.observable));
    assert_ok(s.engine, hahn_program_create(s.engine, s.circuit, s.observable, &s.program));
    s.theta = support_angles(&random, BATCH * PARAMETERS);
    return s;
}

static struct scene open_scene(hahn_backend backend, hahn_precision precision, int tile)
{
    return open_layers(backend, precision, tile, LAYERS);
}

static void close_scene(struct scene *s)
{
    free(s->theta);
    hahn_program_destroy(s->program);
    hahn_observable_destroy(s->observable);
    hahn_circuit_destroy(s->circuit);
    assert_int_equal(hahn_engine_memory_used(s->engine), 0);
    hahn_engine_destroy(s->engine);
}

struct results {
    double energy[BATCH], gradient[BATCH * PARAMETERS];
    hahn_certificate certificate[BATCH];
};

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

/* Everything that a workspace can do. */
static hahn_status run_all(struct scene *s, struct results *out)
{
    hahn_workspace *workspace = NULL;
    const hahn_observable *both[] = {s->observable, s->observable};
    double matrix[2 * BATCH * BATCH], start[4 << QUBITS] = {0}, amplitudes[2 << QUBITS];
    uint64_t shots[8];
    start[3] = start[2 << QUBITS] = 1;
    hahn_status status =
        hahn_workspace_create(s->engine, s->program, WORKSPACE(2, HAHN_FOR_GRADIENT), &workspace);
    if (status == HAHN_OK)
        status = hahn_workspace_set_starts(workspace, 2, start);
    if (status == HAHN_OK)
        status = hahn_workspace_random_starts(workspace, 2, 1);
    if (status == HAHN_OK)
        status = hahn_workspace_set_observables(workspace, 2, both);
    if (status == HAHN_OK)
        status = hahn_gradient(workspace, NULL, BATCH, s->theta, out->energy, out->gradient, NULL);
    if (status == HAHN_OK)
        status = hahn_final_state(workspace, 1, s->theta, amplitudes);
    if (status == HAHN_OK && getenv("HAHN_TEST_CUBLAS"))
        status = hahn_overlaps(workspace, BATCH, s->theta, matrix);
    if (status == HAHN_OK)
        status = hahn_sample(workspace, s->theta, 1, 8, shots);
    if (status == HAHN_OK)
        status = hahn_workspace_set_start(workspace, NULL);
    hahn_workspace_destroy(workspace);
    return status;
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
    assert_null(blas.library);
    assert_null(blas.handle);
    hahn_blas_close(&blas);
    if (getenv("HAHN_TEST_CUBLAS")) {
        assert_ok(engine, hahn_blas_open(engine, NULL, &blas));
        assert_non_null(blas.handle);
        assert_ok(engine, hahn_blas_open(engine, missing, &blas)); /* is open */
        hahn_blas_close(&blas);
        assert_null(blas.library);
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

/* -- faults ----------------------------------------------------------------------------------- */

/* Whatever call fails, and whether the device comes back or is lost: a status, and nothing is left
   behind. */
static void fail_each_call(int tile)
{
    struct scene s = open_scene(HAHN_BACKEND_CUDA, HAHN_F64, tile);
    struct results out;
    const uint64_t used = hahn_engine_memory_used(s.engine);
    cudaemu_arm(-1, 0);
    assert_ok(s.engine, run_all(&s, &out));
    const int64_t calls = cudaemu_calls();
    assert_true(calls > 40);
    for (int fail_on = 0; fail_on < 2; fail_on++)
        for (int64_t k = 0; k < calls; k++) {
            cudaemu_arm(k, fail_on);
            const hahn_status status = run_all(&s, &out);
            cudaemu_arm(-1, 0);
            /* What fails when memory is given back comes too late to matter. */
            if (status != HAHN_OK)
                assert_non_null(strstr(hahn_engine_message(s.engine), "CUDA"));
            else
                assert_true(k > calls - 12);
            assert_true(hahn_engine_memory_used(s.engine) == used);
            assert_int_equal(cudaemu_memory_used(), 0);
        }
    assert_ok(s.engine, run_all(&s, &out));
    close_scene(&s);
}

static void any_call_may_fail(void **state)
{
    (void)state;
    fail_each_call(QUBITS - 1);
    fail_each_call(QUBITS);
}

/* -- training ---------------------------------------------------------------------------------- */

static const hahn_descent_options adam = {
    .rule = HAHN_DESCENT_ADAM, .batch = BATCH, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};

struct training {
    hahn_workspace *workspace;
    hahn_descent *descent;
};

static hahn_status open_training(struct scene *s, int lanes, struct training *out)
{
    *out = (struct training){0};
    hahn_status status = hahn_workspace_create(
        s->engine, s->program, WORKSPACE(lanes, HAHN_FOR_GRADIENT), &out->workspace);
    if (status == HAHN_OK)
        status = hahn_descent_create(out->workspace, &adam, &out->descent);
    return status == HAHN_OK ? hahn_descent_load(out->descent, HAHN_DESCENT_THETA, s->theta)
                             : status;
}

static void close_training(struct training *t)
{
    hahn_descent_destroy(t->descent);
    hahn_workspace_destroy(t->workspace);
    assert_int_equal(cudaemu_graphs(), 0);
}

static hahn_status evaluate(const struct training *t, struct results *out)
{
    double norm[BATCH];
    const hahn_status status =
        hahn_descent_evaluate(t->descent, out->energy, norm, out->certificate);
    return status == HAHN_OK ? hahn_descent_save(t->descent, HAHN_DESCENT_GRADIENT, out->gradient)
                             : status;
}

/* From the second evaluation on all launches are one call, to the same bits; what else an
   evaluation takes is to choose the device, to fetch, and to wait. */
static void evaluations_are_recorded(void **state)
{
    (void)state;
    for (int tile = QUBITS - 1; tile <= QUBITS; tile++)
        for (int lanes = 1; lanes <= BATCH; lanes++) {
            struct scene s = open_scene(HAHN_BACKEND_CUDA, HAHN_F64, tile);
            struct results plain, replayed;
            struct training t;
            assert_ok(s.engine, open_training(&s, lanes, &t));
            cudaemu_arm(-1, 0);
            assert_ok(s.engine, hahn_descent_evaluate(t.descent, NULL, NULL, NULL));
            const int64_t launches = cudaemu_launches();
            assert_int_equal(cudaemu_graph_launches(), 0);
            /* Bind, evaluate and gather for each group of lanes; and two for the norms. */
            const int groups = (BATCH + lanes - 1) / lanes;
            assert_true(tile == QUBITS ? launches == 3 * groups + 2 : launches > 10 * groups);
            assert_ok(s.engine, evaluate(&t, &plain));
            for (int again = 0; again < 2; again++) {
                cudaemu_arm(-1, 0);
                assert_ok(s.engine, hahn_descent_evaluate(t.descent, NULL, NULL, NULL));
                assert_int_equal(cudaemu_graph_launches(), 1);
                assert_true(cudaemu_launches() == launches);
                assert_int_equal(cudaemu_calls(), 4);
                assert_ok(s.engine, evaluate(&t, &replayed));
                assert_memory_equal(replayed.energy, plain.energy, sizeof plain.energy);
                assert_memory_equal(replayed.gradient, plain.gradient, sizeof plain.gradient);
                for (int k = 0; k < BATCH; k++)
                    assert_true(
                        replayed.certificate[k].echo_error == plain.certificate[k].echo_error &&
                        replayed.certificate[k].start_energy == plain.certificate[k].start_energy);
            }
            assert_int_equal(cudaemu_graphs(), 1);
            close_training(&t);
            close_scene(&s);
        }
}

/* Of launches that take turns nobody knows how long each took. */
static void times_are_told_where_they_are_known(void **state)
{
    (void)state;
    for (int tile = QUBITS - 1; tile <= QUBITS; tile++) {
        struct scene s = open_scene(HAHN_BACKEND_CUDA, HAHN_F64, tile);
        struct training t;
        assert_ok(s.engine, open_training(&s, BATCH, &t));
        for (int k = 0; k < 3; k++) {
            assert_ok(s.engine, hahn_descent_evaluate(t.descent, NULL, NULL, NULL));
            const hahn_times times = hahn_workspace_times(t.workspace);
            assert_true(times.total > 0);
            assert_true(tile == QUBITS ? times.forward > 0 && times.backward > 0
                                       : isnan(times.forward) && isnan(times.backward));
        }
        close_training(&t);
        close_scene(&s);
    }
}

/* Three steps, and the parameters that they lead to. */
static hahn_status train(struct scene *s, double *theta)
{
    struct training t;
    hahn_status status = open_training(s, BATCH, &t);
    for (int64_t k = 1; k <= 3 && status == HAHN_OK; k++) {
        status = hahn_descent_evaluate(t.descent, NULL, NULL, NULL);
        if (status == HAHN_OK)
            status = hahn_descent_keep_best(t.descent, 1);
        if (status == HAHN_OK)
            status = hahn_descent_step(t.descent, 0.1, k);
    }
    if (status == HAHN_OK)
        status = hahn_descent_save(t.descent, HAHN_DESCENT_THETA, theta);
    close_training(&t);
    return status;
}

/* Whatever call fails: a status, or, where it is recording that fails and the device goes on, the
   same parameters. Nothing is left behind. */
static void any_call_of_training_may_fail(void **state)
{
    (void)state;
    for (int tile = QUBITS - 1; tile <= QUBITS; tile++) {
        struct scene s = open_layers(HAHN_BACKEND_CUDA, HAHN_F64, tile, 1);
        double expected[BATCH * PARAMETERS] = {0}, theta[BATCH * PARAMETERS] = {0};
        const uint64_t used = hahn_engine_memory_used(s.engine);
        int recovered = 0;
        cudaemu_arm(-1, 0);
        assert_ok(s.engine, train(&s, expected));
        const int64_t calls = cudaemu_calls();
        for (int fail_on = 0; fail_on < 2; fail_on++)
            for (int64_t k = 0; k < calls; k++) {
                cudaemu_arm(k, fail_on);
                const hahn_status status = train(&s, theta);
                cudaemu_arm(-1, 0);
                if (status != HAHN_OK)
                    assert_non_null(strstr(hahn_engine_message(s.engine), "CUDA"));
                else
                    assert_memory_equal(theta, expected, sizeof theta);
                /* A device that is lost comes to nobody's notice in the last calls alone. */
                assert_true(status != HAHN_OK || !fail_on || k > calls - 12);
                recovered += status == HAHN_OK && k < calls - 12;
                assert_true(hahn_engine_memory_used(s.engine) == used);
                assert_int_equal(cudaemu_memory_used(), 0);
            }
        assert_true(recovered > 10); /* calls of a recording, each failing once */
        close_scene(&s);
    }
}

/* An evaluation that fails leaves parameters and state, and may be tried again. */
static void a_failed_evaluation_changes_nothing(void **state)
{
    struct scene s = open_scene(HAHN_BACKEND_CUDA, HAHN_F64, QUBITS - 1);
    double before[2 * BATCH * PARAMETERS], after[2 * BATCH * PARAMETERS];
    struct results expected, found;
    struct training t;
    int64_t calls = 1;
    (void)state;
    assert_ok(s.engine, open_training(&s, 2, &t));
    assert_ok(s.engine, evaluate(&t, &expected));
    assert_ok(s.engine, hahn_descent_step(t.descent, 0.1, 1));
    assert_ok(s.engine, hahn_descent_save(t.descent, HAHN_DESCENT_STATE, before));
    assert_ok(s.engine, evaluate(&t, &expected));
    for (int64_t k = 0; k < calls; k++) {
        cudaemu_arm(k, 0);
        assert_refused(s.engine, HAHN_ERR_BACKEND,
                       hahn_descent_evaluate(t.descent, NULL, NULL, NULL), "CUDA", "void");
        cudaemu_arm(-1, 0);
        assert_refused(s.engine, HAHN_ERR_ARGUMENT, hahn_descent_step(t.descent, 0.1, 2),
                       "no gradient");
        assert_ok(s.engine, hahn_descent_save(t.descent, HAHN_DESCENT_STATE, after));
        assert_memory_equal(before, after, sizeof before);
        cudaemu_arm(-1, 0);
        assert_ok(s.engine, hahn_descent_evaluate(t.descent, found.energy, NULL, NULL));
        calls = cudaemu_calls();
        assert_memory_equal(found.energy, expected.energy, sizeof found.energy);
    }
    assert_int_equal(calls, 4);
    close_training(&t);
    close_scene(&s);
}

/* What the emulated device must say if somebody waits or allocates while recording. */
static void recordings_are_of_launches_alone(void **state)
{
    void *recording = &recording, *memory = NULL;
    (void)state;
    assert_int_equal(hahn_cuda_choose(0), 0);
    assert_int_equal(hahn_cuda_begin_recording(), 0);
    assert_int_equal(hahn_cuda_wait(), 900); /* cudaErrorStreamCaptureUnsupported */
    assert_int_equal(hahn_cuda_end_recording(&recording), 901); /* ...Invalidated */
    assert_null(recording);
    assert_int_equal(hahn_cuda_begin_recording(), 0);
    assert_int_equal(hahn_cuda_allocate(&memory, 8), 900);
    assert_int_equal(hahn_cuda_end_recording(&recording), 901);
    assert_int_equal(hahn_cuda_end_recording(&recording), 401); /* cudaErrorIllegalState */
    assert_int_equal(hahn_cuda_wait(), 0);
    assert_int_equal(cudaemu_graphs(), 0);
}

static void any_allocation_may_fail(void **state)
{
    struct scene s = open_scene(HAHN_BACKEND_CUDA, HAHN_F64, 5);
    struct results out;
    const uint64_t used = hahn_engine_memory_used(s.engine);
    (void)state;
    cudaemu_arm_allocations(-1);
    assert_ok(s.engine, run_all(&s, &out));
    const int64_t allocations = cudaemu_allocations();
    assert_true(allocations >= 3);
    for (int64_t k = 0; k < allocations; k++) {
        cudaemu_arm_allocations(k);
        assert_refused(s.engine, HAHN_ERR_MEMORY, run_all(&s, &out), "bytes", "free", "device 0");
        cudaemu_arm_allocations(-1);
        assert_true(hahn_engine_memory_used(s.engine) == used);
        assert_int_equal(cudaemu_memory_used(), 0);
    }
    /* Two are the workspace's. */
    struct training t;
    cudaemu_arm_allocations(2);
    assert_refused(s.engine, HAHN_ERR_MEMORY, open_training(&s, 2, &t), "vectors of the descent",
                   "free", "device 0");
    cudaemu_arm_allocations(-1);
    close_training(&t);
    assert_int_equal(cudaemu_memory_used(), 0);
    close_scene(&s);
}

static void memory_of_the_device_is_what_bounds(void **state)
{
    struct scene s = open_scene(HAHN_BACKEND_CUDA, HAHN_F64, 0);
    struct results out;
    (void)state;
    cudaemu_set_memory(1 << 16);
    assert_refused(s.engine, HAHN_ERR_MEMORY, run_all(&s, &out), "needs", "65536", "free");
    cudaemu_set_memory((size_t)1 << 30);
    assert_ok(s.engine, run_all(&s, &out));
    close_scene(&s);
}

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

/* What fails is run hundreds of times over, in a run of its own: `faults`. */
int main(int argc, char **argv)
{
    const struct CMUnitTest faults[] = {
        cmocka_unit_test(any_call_may_fail),
        cmocka_unit_test(any_call_of_training_may_fail),
        cmocka_unit_test(a_failed_evaluation_changes_nothing),
        cmocka_unit_test(any_allocation_may_fail),
        cmocka_unit_test(memory_of_the_device_is_what_bounds),
    };
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
        cmocka_unit_test(evaluations_are_recorded),
        cmocka_unit_test(times_are_told_where_they_are_known),
        cmocka_unit_test(recordings_are_of_launches_alone),
        cmocka_unit_test(devices_are_listed_and_chosen),
        cmocka_unit_test(without_a_device_the_cpu_runs),
        cmocka_unit_test(other_tiles_are_refused),
        cmocka_unit_test(small_tiles_are_not_for_the_cpu),
        cmocka_unit_test(short_rows_are_not_for_the_cpu),
        cmocka_unit_test(vectors_of_lanes_agree_with_the_cpu),
        cmocka_unit_test(large_tangents_are_refused),
        cmocka_unit_test(a_layer_takes_four_sweeps),
    };
    return support_result(argc > 1 && strcmp(argv[1], "faults") == 0
                              ? cmocka_run_group_tests_name("cuda faults", faults, NULL, NULL)
                              : cmocka_run_group_tests_name("cuda", tests, NULL, NULL));
}
