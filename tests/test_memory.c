/* Memory is known before it is taken, bounded by the limit, counted to the byte, and not touched by
   running. */
#include "support.h"

#include <inttypes.h>

/* A compiled circuit on an engine with a counting allocator. */
struct scene {
    struct support_memory memory;
    hahn_engine *engine;
    hahn_circuit *circuit;
    hahn_observable *observable;
    hahn_program *program;
};

static void open_scene(struct scene *s, const struct battery_config *config, int qubits)
{
    *s = (struct scene){.memory = {.fail_at = -1}};
    hahn_allocator allocator = support_allocator(&s->memory);
    assert_int_equal(battery_engine(config, &allocator, &s->engine), HAHN_OK);
    assert_ok(s->engine, hahn_engine_set_threads(s->engine, 2));
    /* The largest tiles of two threads are larger than a state here. */
    assert_ok(s->engine, hahn_engine_set_tile(s->engine, SUPPORT_TILE_QUBITS));
    assert_ok(s->engine, hahn_circuit_create(s->engine, qubits, &s->circuit));
    for (int q = 0; q < qubits; q++) {
        assert_ok(s->engine, hahn_circuit_ry(s->circuit, q, hahn_theta(q)));
        assert_ok(s->engine, hahn_circuit_rz(s->circuit, q, hahn_theta(0)));
        assert_ok(s->engine, hahn_circuit_cx(s->circuit, q, (q + 1) % qubits));
    }
    assert_ok(s->engine, hahn_observable_heisenberg(s->engine, (hahn_lattice){qubits, 1, 1}, 1,
                                                    &s->observable));
    assert_ok(s->engine, hahn_program_create(s->engine, s->circuit, s->observable, &s->program));
}

static void close_scene(struct scene *s)
{
    hahn_program_destroy(s->program);
    hahn_observable_destroy(s->observable);
    hahn_circuit_destroy(s->circuit);
    assert_int_equal(hahn_engine_memory_used(s->engine), 0);
    hahn_engine_destroy(s->engine);
    assert_int_equal(atomic_load(&s->memory.live), 0);
    assert_int_equal(atomic_load(&s->memory.wrong), 0);
}

static void check_bytes(struct scene *s, const hahn_workspace_options *options)
{
    hahn_workspace *workspace;
    uint64_t promised = hahn_workspace_bytes(s->engine, s->program, options);
    uint64_t used = hahn_engine_memory_used(s->engine);
    long long live = atomic_load(&s->memory.live);
    assert_ok(s->engine, hahn_workspace_create(s->engine, s->program, options, &workspace));
    /* What stands on a device is no business of the allocator's. */
    if (hahn_engine_backend(s->engine) != HAHN_BACKEND_CUDA)
        assert_true((uint64_t)(atomic_load(&s->memory.live) - live) == promised);
    assert_true(hahn_engine_memory_used(s->engine) - used == promised);
    assert_true(hahn_engine_memory_peak(s->engine) >= used + promised);
    hahn_workspace_destroy(workspace);
    assert_true(atomic_load(&s->memory.live) == live);
    assert_true(hahn_engine_memory_used(s->engine) == used);
}

static void bytes_are_known_beforehand(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < count; k++) {
        for (int qubits = 2; qubits <= 15; qubits += qubits < 4 ? 1 : 11) {
            struct scene s;
            open_scene(&s, &configs[k], qubits);
            for (int64_t lanes = 0; lanes <= 3; lanes++) {
                check_bytes(&s, WORKSPACE(lanes, HAHN_FOR_STATE));
                check_bytes(&s, WORKSPACE(lanes, HAHN_FOR_GRADIENT));
                check_bytes(&s, WORKSPACE(lanes, HAHN_FOR_TANGENT));
                check_bytes(&s, &(hahn_workspace_options){.lanes = lanes,
                                                          .echo_tolerance = support_least_tolerance(
                                                              s.engine, s.program)});
            }
            close_scene(&s);
        }
    }
}

/* Gradients need two states and little else: no third state, whatever the circuit. */
static void gradients_need_two_states(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < count; k++) {
        struct scene s;
        hahn_workspace_info info;
        open_scene(&s, &configs[k], 18);
        assert_ok(s.engine, hahn_workspace_describe(s.engine, s.program, NULL, &info));
        uint64_t bytes = hahn_workspace_bytes(s.engine, s.program, WORKSPACE(1, HAHN_FOR_GRADIENT));
        assert_true(bytes >= 2 * info.state_bytes);
        assert_true(bytes < 3 * info.state_bytes);
        close_scene(&s);
    }
}

/* Each boundary between segments costs one state a lane and the place of the boundary. */
static void an_echo_tolerance_costs_its_states(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < count; k++) {
        struct scene s;
        hahn_workspace_info plain, kept;
        open_scene(&s, &configs[k], 6);
        hahn_workspace_options options = {.lanes = 3};
        assert_ok(s.engine, hahn_workspace_describe(s.engine, s.program, &options, &plain));
        options.echo_tolerance = support_least_tolerance(s.engine, s.program);
        assert_ok(s.engine, hahn_workspace_describe(s.engine, s.program, &options, &kept));
        assert_true(kept.segments > 2);
        uint64_t boundaries = (uint64_t)kept.segments - 1;
        assert_true(kept.bytes - plain.bytes ==
                    boundaries * (3 * kept.state_bytes + sizeof(uint64_t)));
        close_scene(&s);
    }
}

static void check_running(struct scene *s, hahn_workspace *workspace, int qubits)
{
    double theta[32], gradient[32], energy, amplitudes[2 << 6];
    uint64_t shots[8];
    hahn_certificate certificate;
    for (int k = 0; k < 2 * qubits; k++)
        theta[k] = 0.1 * k;
    support_memory_arm(&s->memory, 0, 1);
    assert_ok(s->engine, hahn_energy(workspace, 2, theta, (double[2]){0}));
    assert_ok(s->engine, hahn_gradient(workspace, NULL, 1, theta, &energy, gradient, &certificate));
    assert_ok(s->engine, hahn_gradient(workspace, NULL, 1, theta, NULL, gradient, NULL));
    assert_ok(s->engine, hahn_gradient(workspace, METHOD(HAHN_METHOD_SHIFT), 1, theta, &energy,
                                       gradient, NULL));
    assert_ok(s->engine, hahn_gradient_component(workspace, theta, 1, gradient));
    assert_ok(s->engine, hahn_final_state(workspace, 1, theta, amplitudes));
    assert_ok(s->engine, hahn_sample(workspace, theta, 1, 8, shots));
    assert_ok(s->engine, hahn_workspace_set_start(workspace, NULL));
    assert_int_equal(atomic_load(&s->memory.calls), 0);
    support_memory_arm(&s->memory, -1, 0);
}

static void running_allocates_nothing(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < count; k++) {
        struct scene s;
        open_scene(&s, &configs[k], 6);
        double least = support_least_tolerance(s.engine, s.program);
        for (int kept = 0; kept < 2; kept++) {
            hahn_workspace_options options = {.lanes = 1, .echo_tolerance = kept ? least : 0};
            hahn_workspace *workspace;
            assert_ok(s.engine, hahn_workspace_create(s.engine, s.program, &options, &workspace));
            check_running(&s, workspace, 6);
            hahn_workspace_destroy(workspace);
        }
        close_scene(&s);
    }
}

/* Start states cost one state more each, once. */
static void a_start_costs_a_state(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < count; k++) {
        struct scene s;
        hahn_workspace *workspace;
        hahn_workspace_info info;
        double start[2 << 6] = {1}, starts[3][2 << 6] = {{1}, {1}, {1}};
        open_scene(&s, &configs[k], 6);
        assert_ok(s.engine, hahn_workspace_describe(s.engine, s.program, NULL, &info));
        assert_ok(s.engine, hahn_workspace_create(s.engine, s.program, WORKSPACE(1, HAHN_FOR_STATE),
                                                  &workspace));
        uint64_t before = hahn_engine_memory_used(s.engine);
        for (int round = 0; round < 2; round++) {
            assert_ok(s.engine, hahn_workspace_set_start(workspace, start));
            assert_true(hahn_engine_memory_used(s.engine) == before + info.state_bytes);
        }
        assert_ok(s.engine, hahn_workspace_set_starts(workspace, 3, starts[0]));
        assert_true(hahn_engine_memory_used(s.engine) == before + 3 * info.state_bytes);
        assert_ok(s.engine, hahn_workspace_set_start(workspace, NULL));
        assert_true(hahn_engine_memory_used(s.engine) == before);
        assert_ok(s.engine, hahn_workspace_set_starts(workspace, 3, starts[0]));
        hahn_workspace_destroy(workspace);
        close_scene(&s);
    }
}

/* With a byte too few a workspace is refused and nothing kept; with just enough it is there. */
static void the_limit_is_kept(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    (void)state;
    for (int k = 0; k < count; k++) {
        struct scene s;
        hahn_workspace *workspace = NULL;
        open_scene(&s, &configs[k], 10);
        uint64_t used = hahn_engine_memory_used(s.engine);
        uint64_t bytes = hahn_workspace_bytes(s.engine, s.program, WORKSPACE(2, HAHN_FOR_GRADIENT));
        assert_ok(s.engine, hahn_engine_set_memory_limit(s.engine, used + bytes - 1));
        assert_true(hahn_engine_memory_limit(s.engine) == used + bytes - 1);
        assert_refused(
            s.engine, HAHN_ERR_MEMORY,
            hahn_workspace_create(s.engine, s.program, WORKSPACE(2, HAHN_FOR_GRADIENT), &workspace),
            "bytes", "missing", "limit");
        assert_null(workspace);
        assert_true(hahn_engine_memory_used(s.engine) == used);
        assert_ok(s.engine, hahn_engine_set_memory_limit(s.engine, used + bytes));
        assert_ok(s.engine, hahn_workspace_create(s.engine, s.program,
                                                  WORKSPACE(2, HAHN_FOR_GRADIENT), &workspace));
        assert_true(hahn_engine_memory_peak(s.engine) >= used + bytes);
        hahn_workspace_destroy(workspace);
        close_scene(&s);
    }
}

/* Every amount allocated stays under the limit, whatever is built. */
static void circuits_and_programs_keep_the_limit(void **state)
{
    struct support_memory memory = {.fail_at = -1};
    hahn_allocator allocator = support_allocator(&memory);
    hahn_engine *engine;
    hahn_circuit *circuit = NULL;
    const uint64_t limit = 100000;
    (void)state;
    assert_int_equal(hahn_engine_create(&allocator, &engine), HAHN_OK);
    long long own = atomic_load(&memory.live);
    assert_ok(engine, hahn_engine_set_memory_limit(engine, limit));
    assert_refused(engine, HAHN_ERR_MEMORY, hahn_ansatz_variational(engine, 10, 10000, &circuit),
                   "bytes", "missing");
    assert_null(circuit);
    assert_ok(engine, hahn_circuit_create(engine, 3, &circuit));
    hahn_status status = HAHN_OK;
    int64_t gates = 0;
    while (status == HAHN_OK && gates < 1000000) {
        status = hahn_circuit_rx(circuit, 1, hahn_theta(gates));
        gates += status == HAHN_OK;
    }
    assert_int_equal(status, HAHN_ERR_MEMORY);
    assert_int_equal(hahn_circuit_gates(circuit), gates);
    assert_int_equal(hahn_circuit_parameters(circuit), gates);
    assert_true((uint64_t)(atomic_load(&memory.peak) - own) <= limit);
    assert_true(hahn_engine_memory_peak(engine) <= limit);
    hahn_circuit_destroy(circuit);
    hahn_engine_destroy(engine);
    assert_int_equal(atomic_load(&memory.live), 0);
}

/* The numbers before " bytes" in a message. */
static int numbers_of_bytes(const char *message, uint64_t numbers[8])
{
    int count = 0;
    for (const char *at = message; (at = strstr(at, " bytes")) && count < 8; at++) {
        const char *digit = at;
        while (digit > message && digit[-1] >= '0' && digit[-1] <= '9')
            digit--;
        if (digit < at)
            numbers[count++] = strtoull(digit, NULL, 10);
    }
    return count;
}

/* 40 qubits are an answer, not a crash: so many bytes needed, so many free, so many missing. */
static void forty_qubits_say_what_is_missing(void **state)
{
    static const int sizes[] = {40, 50, 59};
    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
        struct battery_config config = {HAHN_BACKEND_REFERENCE, "", HAHN_F64};
        struct scene s;
        hahn_workspace *workspace = NULL;
        uint64_t numbers[8] = {0};
        open_scene(&s, &config, sizes[k]);
        for (hahn_purpose purpose = HAHN_FOR_STATE; purpose <= HAHN_FOR_TANGENT; purpose++) {
            uint64_t states = UINT64_C(16) << sizes[k];
            assert_true(hahn_workspace_bytes(s.engine, s.program, WORKSPACE(1, purpose)) >= states);
            assert_refused(
                s.engine, HAHN_ERR_MEMORY,
                hahn_workspace_create(s.engine, s.program, WORKSPACE(1, purpose), &workspace),
                "bytes", "missing", "fewer qubits");
            assert_true(numbers_of_bytes(hahn_engine_message(s.engine), numbers) >= 3);
            assert_true(numbers[0] >= states);
            assert_true(numbers[0] - numbers[1] == numbers[2]);
        }
        assert_null(workspace);
        close_scene(&s);
    }
}

static void sizes_beyond_64_bits_saturate(void **state)
{
    struct battery_config config = {HAHN_BACKEND_REFERENCE, "", HAHN_F64};
    struct scene s;
    hahn_workspace *workspace = NULL;
    (void)state;
    open_scene(&s, &config, 60);
    assert_true(hahn_workspace_bytes(s.engine, s.program, WORKSPACE(1, HAHN_FOR_GRADIENT)) ==
                UINT64_MAX);
    assert_true(hahn_workspace_bytes(s.engine, s.program,
                                     WORKSPACE(INT64_C(1) << 40, HAHN_FOR_STATE)) == UINT64_MAX);
    assert_refused(
        s.engine, HAHN_ERR_MEMORY,
        hahn_workspace_create(s.engine, s.program, WORKSPACE(1, HAHN_FOR_GRADIENT), &workspace),
        "more than", "missing");
    assert_null(workspace);
    close_scene(&s);
}

static void half_an_allocator_is_refused(void **state)
{
    struct support_memory memory = {.fail_at = -1};
    hahn_allocator allocator = support_allocator(&memory);
    hahn_engine *engine = NULL;
    (void)state;
    allocator.release = NULL;
    assert_int_equal(hahn_engine_create(&allocator, &engine), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_engine_create(NULL, NULL), HAHN_ERR_ARGUMENT);
    assert_null(engine);
    assert_int_equal(atomic_load(&memory.calls), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_known_beforehand),
        cmocka_unit_test(gradients_need_two_states),
        cmocka_unit_test(an_echo_tolerance_costs_its_states),
        cmocka_unit_test(running_allocates_nothing),
        cmocka_unit_test(a_start_costs_a_state),
        cmocka_unit_test(the_limit_is_kept),
        cmocka_unit_test(circuits_and_programs_keep_the_limit),
        cmocka_unit_test(forty_qubits_say_what_is_missing),
        cmocka_unit_test(sizes_beyond_64_bits_saturate),
        cmocka_unit_test(half_an_allocator_is_refused),
    };
    return support_result(cmocka_run_group_tests_name("memory", tests, NULL, NULL));
}
