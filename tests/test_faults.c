/* Every allocation that can fail is made to: the k-th one alone, and the k-th one and all later
   ones, for k = 0, 1, ... until the call needs no more. Each time the call must say
   HAHN_ERR_MEMORY, leave its objects as they were and usable, and keep nothing. */
#include "support.h"

enum { QUBITS = 4, PARAMETERS = 8 };

struct scene {
    struct support_memory memory;
    hahn_engine *engine;
    hahn_circuit *circuit;
    hahn_observable *observable, *diagonal;
    hahn_program *program;
    hahn_workspace *workspace;
};

/* An operation. What it makes it destroys, so that memory in use is the same before and after;
   operations that change the circuit or the observable say so. */
struct operation {
    const char *name;
    hahn_status (*run)(struct scene *scene);
    int changes;
};

static const struct model_sum sum = {4, {{0.5, 3, 0}, {-1, 6, 2}, {2, 0, 0}, {1.5, 0, 13}}};
static const struct model_sum diagonal = {2, {{0.5, 0, 3}, {-1, 0, 6}}};

static void open_scene(struct scene *s, const struct battery_config *config)
{
    *s = (struct scene){.memory = {.fail_at = -1}};
    hahn_allocator allocator = support_allocator(&s->memory);
    assert_int_equal(battery_engine(config, &allocator, &s->engine), HAHN_OK);
    struct battery_random random = support_random("faults");
    struct model model;
    model_random(&random, QUBITS, 12, PARAMETERS, &model);
    assert_ok(s->engine, model_circuit(&model, s->engine, &s->circuit));
    assert_ok(s->engine, hahn_circuit_rz(s->circuit, 0, hahn_theta(PARAMETERS - 1)));
    assert_ok(s->engine, model_observable(&sum, QUBITS, s->engine, &s->observable));
    assert_ok(s->engine, model_observable(&diagonal, QUBITS, s->engine, &s->diagonal));
    assert_ok(s->engine, hahn_program_create(s->engine, s->circuit, s->observable, &s->program));
    assert_ok(s->engine, hahn_workspace_create(s->engine, s->program,
                                               WORKSPACE(2, HAHN_FOR_GRADIENT), &s->workspace));
}

static void close_scene(struct scene *s)
{
    hahn_workspace_destroy(s->workspace);
    hahn_program_destroy(s->program);
    hahn_observable_destroy(s->diagonal);
    hahn_observable_destroy(s->observable);
    hahn_circuit_destroy(s->circuit);
    hahn_engine_destroy(s->engine);
    assert_int_equal(atomic_load(&s->memory.live), 0);
    assert_int_equal(atomic_load(&s->memory.wrong), 0);
}

/* What must be the same after a failure. */
struct imprint {
    uint64_t circuit, observable, used;
    int64_t gates, parameters, depth, terms;
    double energy;
};

static struct imprint imprint_of(struct scene *s)
{
    struct imprint i = {0};
    double theta[PARAMETERS];
    for (int k = 0; k < PARAMETERS; k++)
        theta[k] = 0.3 * k - 1;
    i.circuit = hahn_circuit_fingerprint(s->circuit);
    i.observable = hahn_observable_fingerprint(s->observable);
    i.used = hahn_engine_memory_used(s->engine);
    i.gates = hahn_circuit_gates(s->circuit);
    i.parameters = hahn_circuit_parameters(s->circuit);
    i.depth = hahn_circuit_depth(s->circuit);
    i.terms = hahn_observable_terms(s->observable);
    assert_ok(s->engine, hahn_energy(s->workspace, 1, theta, &i.energy));
    return i;
}

static void assert_same_imprint(const struct imprint *left, const struct imprint *right,
                                int pools_may_grow)
{
    assert_true(left->circuit == right->circuit);
    assert_true(left->observable == right->observable);
    assert_int_equal(left->gates, right->gates);
    assert_int_equal(left->parameters, right->parameters);
    assert_int_equal(left->depth, right->depth);
    assert_int_equal(left->terms, right->terms);
    assert_true(left->energy == right->energy);
    if (!pools_may_grow)
        assert_true(left->used == right->used);
}

/* One try: returns 1 when the operation got through without a refusal. */
static int try_operation(const struct battery_config *config, const struct operation *operation,
                         long long k, int fail_on)
{
    struct scene s;
    open_scene(&s, config);
    struct imprint before = imprint_of(&s);
    support_memory_arm(&s.memory, k, fail_on);
    hahn_status status = operation->run(&s);
    long long refused = atomic_load(&s.memory.refused);
    support_memory_arm(&s.memory, -1, 0);
    if (refused) {
        if (status != HAHN_ERR_MEMORY)
            print_error("%s, allocation %lld%s: %s\n", operation->name, k,
                        fail_on ? " and later" : "", hahn_status_name(status));
        assert_int_equal(status, HAHN_ERR_MEMORY);
        assert_non_null(strstr(hahn_engine_message(s.engine), "bytes"));
        struct imprint after = imprint_of(&s);
        assert_same_imprint(&before, &after, operation->changes);
        assert_ok(s.engine, operation->run(&s));
    } else {
        assert_ok(s.engine, status);
    }
    close_scene(&s);
    return refused == 0;
}

static void fail_each(const struct battery_config *config, const struct operation *operation,
                      int least)
{
    for (int fail_on = 0; fail_on < 2; fail_on++) {
        long long k = 0;
        while (!try_operation(config, operation, k, fail_on))
            assert_true(++k < 10000);
        if (k < least)
            print_error("%s: only %lld allocations\n", operation->name, k);
        assert_true(k >= least);
    }
}

/* Destroys what an operation made, if it made it; passes its status on. By address, so that it may
   stand in one expression with the call that makes it. */
static hahn_status drop_circuit(hahn_status status, hahn_circuit **circuit)
{
    hahn_circuit_destroy(*circuit);
    return status;
}

static hahn_status drop_observable(hahn_status status, hahn_observable **observable)
{
    hahn_observable_destroy(*observable);
    return status;
}

static hahn_status run_circuit_create(struct scene *s)
{
    hahn_circuit *c = NULL;
    return drop_circuit(hahn_circuit_create(s->engine, 3, &c), &c);
}

static hahn_status run_circuit_copy(struct scene *s)
{
    hahn_circuit *c = NULL;
    return drop_circuit(hahn_circuit_copy(s->circuit, &c), &c);
}

static hahn_status run_circuit_inverse(struct scene *s)
{
    hahn_circuit *c = NULL;
    return drop_circuit(hahn_circuit_inverse(s->circuit, &c), &c);
}

static hahn_status run_circuit_controlled(struct scene *s)
{
    hahn_circuit *c = NULL;
    return drop_circuit(hahn_circuit_controlled(s->circuit, 2, &c), &c);
}

static hahn_status run_append_circuit(struct scene *s)
{
    return hahn_circuit_append_circuit(s->circuit, s->circuit, NULL, 3);
}

static hahn_status run_repeat(struct scene *s)
{
    return hahn_circuit_repeat(s->circuit, 20, 1);
}

/* As many as the pools surely have no room for. */
static hahn_status run_pauli_rotation(struct scene *s)
{
    hahn_circuit *many = NULL;
    hahn_status status = hahn_circuit_create(s->engine, QUBITS, &many);
    for (int k = 0; k < 20 && status == HAHN_OK; k++)
        status = hahn_circuit_pauli_rotation(many, "XYZ", (const int[]){0, 1, 2}, hahn_theta(k));
    if (status == HAHN_OK)
        status = hahn_circuit_append_circuit(s->circuit, many, NULL, 0);
    return drop_circuit(status, &many);
}

static hahn_status run_unitary(struct scene *s)
{
    static const double y[] = {0, 0, 0, -1, 0, 1, 0, 0};
    hahn_circuit *many = NULL;
    hahn_status status = hahn_circuit_create(s->engine, QUBITS, &many);
    for (int k = 0; k < 20 && status == HAHN_OK; k++)
        status = hahn_circuit_unitary(many, 1, (const int[]){1}, y);
    if (status == HAHN_OK)
        status = hahn_circuit_append_circuit(s->circuit, many, NULL, 0);
    return drop_circuit(status, &many);
}

static hahn_status run_observable_create(struct scene *s)
{
    hahn_observable *o = NULL;
    return drop_observable(hahn_observable_create(s->engine, 3, &o), &o);
}

static hahn_status run_observable_add(struct scene *s)
{
    hahn_observable *o = NULL;
    hahn_status status = hahn_observable_create(s->engine, QUBITS, &o);
    for (int term = 0; term < 20 && status == HAHN_OK; term++)
        status = hahn_observable_add(o, 1, "XZ", (const int[]){1, 2});
    return drop_observable(status, &o);
}

static hahn_status run_observable_parse(struct scene *s)
{
    static const char text[] = "1 X0\n2 Y1\n3 Z2\n4 X0 X1\n5 Y1 Y2\n6\n7 Z0\n8 Z1\n9 X2\n10 Y0\n";
    hahn_observable *o = NULL;
    hahn_status status = hahn_observable_parse(s->engine, text, sizeof text - 1, 0, "t", &o);
    return drop_observable(status, &o);
}

static hahn_status run_heisenberg(struct scene *s)
{
    hahn_observable *o = NULL;
    hahn_lattice square = {3, 3, 1};
    return drop_observable(hahn_observable_heisenberg(s->engine, square, 1, &o), &o);
}

static hahn_status run_maxcut(struct scene *s)
{
    static const int ends[] = {0, 1, 1, 2, 2, 3, 3, 4, 4, 0};
    hahn_observable *o = NULL;
    return drop_observable(hahn_observable_maxcut(s->engine, 5, 5, ends, NULL, &o), &o);
}

static hahn_status run_apply(struct scene *s)
{
    double in[2 << QUBITS] = {1}, out[2 << QUBITS];
    return hahn_observable_apply(s->observable, in, out);
}

static hahn_status run_variational(struct scene *s)
{
    hahn_circuit *c = NULL;
    return drop_circuit(hahn_ansatz_variational(s->engine, 4, 3, &c), &c);
}

static hahn_status run_hardware_efficient(struct scene *s)
{
    hahn_circuit *c = NULL;
    hahn_status status =
        hahn_ansatz_hardware_efficient(s->engine, 4, 3, HAHN_ENTANGLE_FULL, HAHN_GATE_CZ, &c);
    return drop_circuit(status, &c);
}

static hahn_status run_qaoa(struct scene *s)
{
    hahn_circuit *c = NULL;
    return drop_circuit(hahn_ansatz_qaoa(s->diagonal, 3, &c), &c);
}

static hahn_status run_trotter(struct scene *s)
{
    hahn_circuit *c = NULL;
    hahn_status status =
        hahn_ansatz_trotter(s->observable, 3, 2, HAHN_TROTTER_PER_TERM, 1, HAHN_START_NEEL, &c);
    return drop_circuit(status, &c);
}

static hahn_status run_program(struct scene *s)
{
    hahn_program *p = NULL;
    hahn_status status = hahn_program_create(s->engine, s->circuit, s->observable, &p);
    hahn_program_destroy(p);
    return status;
}

static hahn_status run_workspace(struct scene *s)
{
    hahn_workspace *w = NULL;
    hahn_status status =
        hahn_workspace_create(s->engine, s->program, WORKSPACE(3, HAHN_FOR_GRADIENT), &w);
    hahn_workspace_destroy(w);
    return status;
}

static hahn_status run_kept_states(struct scene *s)
{
    const hahn_workspace_options options = {
        .lanes = 3, .echo_tolerance = support_least_tolerance(s->engine, s->program)};
    hahn_workspace *w = NULL;
    hahn_status status = hahn_workspace_create(s->engine, s->program, &options, &w);
    hahn_workspace_destroy(w);
    return status;
}

static hahn_status run_tangents(struct scene *s)
{
    hahn_workspace *w = NULL;
    hahn_status status =
        hahn_workspace_create(s->engine, s->program, WORKSPACE(2, HAHN_FOR_TANGENT), &w);
    hahn_workspace_destroy(w);
    return status;
}

static hahn_status run_sampler(struct scene *s)
{
    hahn_sampler *sampler = NULL;
    hahn_status status = hahn_sampler_create(s->workspace, &sampler);
    hahn_sampler_destroy(sampler);
    return status;
}

static hahn_status run_every_state(struct scene *s)
{
    const hahn_workspace_options options = {
        .lanes = 3, .kept_states = HAHN_EVERY_STATE, .probes = 1};
    hahn_workspace *w = NULL;
    hahn_status status = hahn_workspace_create(s->engine, s->program, &options, &w);
    hahn_workspace_destroy(w);
    return status;
}

/* It compiles the observables while it runs. */
static hahn_status run_jacobian(struct scene *s)
{
    const hahn_observable *both[] = {s->observable, s->diagonal};
    double theta[PARAMETERS] = {0.5}, jacobian[2 * PARAMETERS];
    hahn_workspace *w = NULL;
    hahn_status status =
        hahn_workspace_create(s->engine, s->program, WORKSPACE(1, HAHN_FOR_TANGENT), &w);
    if (status == HAHN_OK)
        status = hahn_jacobian(w, theta, 2, both, NULL, jacobian, NULL);
    hahn_workspace_destroy(w);
    return status;
}

/* Sets starts and goes back to |0...0>, so that the imprint is the same; with room for one start
   the second call leaves that. */
static hahn_status run_set_start(struct scene *s)
{
    double start[2 << QUBITS] = {0, 0, 1}, two[4 << QUBITS] = {0, 0, 1};
    two[2 << QUBITS] = 1;
    hahn_status status = hahn_workspace_set_start(s->workspace, start);
    if (status == HAHN_OK)
        status = hahn_workspace_set_starts(s->workspace, 2, two);
    if (status == HAHN_OK)
        status = hahn_workspace_random_starts(s->workspace, 3, 1);
    const hahn_status undone = hahn_workspace_set_start(s->workspace, NULL);
    return status == HAHN_OK ? undone : status;
}

static hahn_status run_set_observables(struct scene *s)
{
    const hahn_observable *both[] = {s->observable, s->diagonal};
    hahn_status status = hahn_workspace_set_observables(s->workspace, 2, both);
    const hahn_status undone = hahn_workspace_set_observables(s->workspace, 0, NULL);
    return status == HAHN_OK ? undone : status;
}

static void compound_operations(void **state)
{
    static const struct {
        struct operation operation;
        int least; /* allocations, at the least, or the operation would not have been tested */
    } rows[] = {
        {{"circuit create", run_circuit_create, 0}, 1},
        {{"circuit copy", run_circuit_copy, 0}, 3},
        {{"circuit inverse", run_circuit_inverse, 0}, 3},
        {{"circuit controlled", run_circuit_controlled, 0}, 3},
        {{"append circuit", run_append_circuit, 1}, 2},
        {{"repeat", run_repeat, 1}, 3},
        {{"Pauli rotations", run_pauli_rotation, 1}, 5},
        {{"unitaries", run_unitary, 1}, 4},
        {{"observable create", run_observable_create, 0}, 1},
        {{"observable add", run_observable_add, 0}, 2},
        {{"observable parse", run_observable_parse, 0}, 2},
        {{"heisenberg", run_heisenberg, 0}, 2},
        {{"maxcut", run_maxcut, 0}, 2},
        {{"observable apply", run_apply, 0}, 2},
        {{"variational", run_variational, 0}, 4},
        {{"hardware efficient", run_hardware_efficient, 0}, 4},
        {{"qaoa", run_qaoa, 0}, 4},
        {{"trotter", run_trotter, 0}, 4},
    };
    struct battery_config config = {HAHN_BACKEND_REFERENCE, "", HAHN_F64};
    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(rows); k++)
        fail_each(&config, &rows[k].operation, rows[k].least);
}

static void programs_and_workspaces(void **state)
{
    static const struct {
        struct operation operation;
        int least;
        /* No tangents there, and a start state that is not the allocator's: test_cuda has it. */
        int not_on_devices;
    } rows[] = {
        {{"program", run_program, 0}, 5, 0},
        {{"workspace", run_workspace, 0}, 2, 0},
        {{"workspace with kept states", run_kept_states, 0}, 2, 0},
        {{"workspace for tangents", run_tangents, 0}, 2, 1},
        {{"jacobian", run_jacobian, 0}, 8, 1},
        {{"workspace with every state", run_every_state, 0}, 2, 0},
        {{"sampler", run_sampler, 0}, 4, 0},
        {{"start states", run_set_start, 0}, 3, 1},
        {{"observables", run_set_observables, 0}, 8, 0},
    };
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    (void)state;
    for (int c = 0; c < count; c++)
        for (size_t k = 0; k < ARRAY_SIZE(rows); k++)
            if (configs[c].backend != HAHN_BACKEND_CUDA || !rows[k].not_on_devices)
                fail_each(&configs[c], &rows[k].operation, rows[k].least);
}

static void engine_create(void **state)
{
    struct support_memory memory = {.fail_at = -1};
    hahn_allocator allocator = support_allocator(&memory);
    hahn_engine *engine = NULL;
    (void)state;
    long long k = 0;
    for (;; k++) {
        support_memory_arm(&memory, k, 0);
        hahn_status status = hahn_engine_create(&allocator, &engine);
        if (atomic_load(&memory.refused) == 0)
            break;
        assert_int_equal(status, HAHN_ERR_MEMORY);
        assert_null(engine);
        assert_int_equal(atomic_load(&memory.live), 0);
    }
    assert_true(k >= 1);
    assert_non_null(engine);
    hahn_engine_destroy(engine);
    assert_int_equal(atomic_load(&memory.live), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engine_create),
        cmocka_unit_test(compound_operations),
        cmocka_unit_test(programs_and_workspaces),
    };
    return support_result(cmocka_run_group_tests_name("allocation faults", tests, NULL, NULL));
}
