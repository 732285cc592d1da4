/* Calls and allocations that fail, in any place of a run and of a training, and what a training
   records. On the emulated device. */
#include "core/backend.h"
#include "cuda/storage.h"
#include "scene.h"

/* Everything that a workspace can do. */
static hahn_status run_all(struct scene *s, struct results *out)
{
    hahn_workspace *workspace = NULL;
    const hahn_observable *both[] = {s->observable, s->observable};
    double matrix[2 * BATCH * BATCH], start[4 << QUBITS] = {0}, amplitudes[2 << QUBITS];
    double products[BATCH * PARAMETERS];
    uint64_t shots[8];
    start[3] = start[2 << QUBITS] = 1;
    hahn_status status =
        hahn_workspace_create(s->engine, s->program, WORKSPACE(2, HAHN_FOR_TANGENT), &workspace);
    if (status == HAHN_OK)
        status = hahn_workspace_set_starts(workspace, 2, start);
    if (status == HAHN_OK)
        status = hahn_workspace_random_starts(workspace, 2, 1);
    if (status == HAHN_OK)
        status = hahn_workspace_set_observables(workspace, 2, both);
    if (status == HAHN_OK)
        status = hahn_gradient(workspace, NULL, BATCH, s->theta, out->energy, out->gradient, NULL);
    if (status == HAHN_OK)
        status = hahn_hvp(workspace, BATCH, s->theta, s->theta, NULL, NULL, products, NULL);
    if (status == HAHN_OK)
        status = hahn_fisher_product(workspace, BATCH, s->theta, s->theta, products, NULL);
    if (status == HAHN_OK)
        status = hahn_jacobian(workspace, s->theta, 2, both, NULL, products, NULL);
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
    const int64_t calls = cudaemu_calls(), releases = cudaemu_releases();
    assert_true(calls > 40);
    for (int fail_on = 0; fail_on < 2; fail_on++) {
        int64_t unnoticed = 0;
        for (int64_t k = 0; k < calls; k++) {
            cudaemu_arm(k, fail_on);
            const hahn_status status = run_all(&s, &out);
            cudaemu_arm(-1, 0);
            if (status != HAHN_OK)
                assert_non_null(strstr(hahn_engine_message(s.engine), "CUDA"));
            else
                unnoticed++;
            assert_true(hahn_engine_memory_used(s.engine) == used);
            assert_int_equal(cudaemu_memory_used(), 0);
        }
        /* What fails when memory is given back comes too late to matter, and so does choosing the
           device for that; where what a block may have is not known, the launch will tell. */
        assert_in_range(unnoticed, 0, releases + 2);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_call_may_fail),
        cmocka_unit_test(any_call_of_training_may_fail),
        cmocka_unit_test(a_failed_evaluation_changes_nothing),
        cmocka_unit_test(any_allocation_may_fail),
        cmocka_unit_test(memory_of_the_device_is_what_bounds),
        cmocka_unit_test(evaluations_are_recorded),
        cmocka_unit_test(times_are_told_where_they_are_known),
        cmocka_unit_test(recordings_are_of_launches_alone),
    };
    return support_result(cmocka_run_group_tests_name("cuda faults", tests, NULL, NULL));
}
