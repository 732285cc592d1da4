/* The small world, all of it: every gate on every ordered tuple of distinct qubits, with every set
   of 0 to 2 further controls on every value, up to 5 qubits (6 for the gates on 4), from random
   states without symmetry, against the dense reference, in every way of running. */
#include "support.h"

#include "vqe/battery_gates.h"

enum { MAX_QUBITS = 6, MAX_TUPLE = 4, MAX_EXTRA = 2, STATE = 1 << MAX_QUBITS };

struct world {
    int configs;
    struct battery_config config[BATTERY_MAX_CONFIGS];
    hahn_engine *engine[BATTERY_MAX_CONFIGS];
    struct battery_random random;
    int64_t cases;
};

static void open_world(struct world *world, const char *name)
{
    *world = (struct world){.random = support_random(name)};
    world->configs = support_configs(world->config);
    for (int k = 0; k < world->configs; k++) {
        world->engine[k] = support_engine(&world->config[k]);
        assert_ok(world->engine[k], hahn_engine_set_threads(world->engine[k], 1));
    }
}

static void close_world(struct world *world)
{
    for (int k = 0; k < world->configs; k++)
        hahn_engine_destroy(world->engine[k]);
}

static void show_case(const struct world *world, int config, const struct model *model)
{
    const struct model_gate *gate = &model->gate[0];
    hahn_gate_info info;
    hahn_gate_describe(gate->gate, &info);
    print_error("%s %s %s on", support_config_name(&world->config[config]), info.name,
                gate->gate == HAHN_GATE_PAULI_ROTATION ? gate->paulis : "");
    for (int k = 0; k < gate->targets + textbook_gate(gate->gate)->controls; k++)
        print_error(" %d", gate->qubits[k]);
    for (int c = 0; c < gate->controls; c++)
        print_error(" control %d = %d", gate->control[c], gate->value[c]);
    print_error(" of %d qubits\n", model->qubits);
}

static void run_config(const struct world *world, int config, const struct model *model,
                       const double *start, const dense_complex *exact)
{
    hahn_engine *engine = world->engine[config];
    struct model_objects objects;
    double amplitudes[2 * STATE];
    const double no_angles[1] = {0};
    assert_ok(engine, model_compile(model, NULL, start, engine, 1, HAHN_FOR_STATE, &objects));
    assert_ok(engine, hahn_final_state(objects.workspace, 1, no_angles, amplitudes));
    model_release(&objects);
    double error = dense_distance(model->qubits, exact, amplitudes);
    double tolerance = battery_state_tolerance(world->config[config].precision, 1);
    if (!(error <= tolerance))
        show_case(world, config, model);
    assert_within(error, 0, tolerance);
}

static void run_case(struct world *world, const struct model *model)
{
    dense_complex state[STATE];
    double start[2 * STATE];
    model_random_state(&world->random, model->qubits, state, start);
    model_run(model, NULL, state);
    for (int config = 0; config < world->configs; config++)
        run_config(world, config, model, start, state);
    world->cases++;
}

/* Each subset of at most MAX_EXTRA of the qubits that `used` leaves, on each value. */
static void each_control(struct world *world, struct model *model, unsigned used, int first)
{
    struct model_gate *gate = &model->gate[0];
    run_case(world, model);
    if (gate->controls == MAX_EXTRA)
        return;
    for (int q = first; q < model->qubits; q++) {
        if (used >> q & 1)
            continue;
        gate->control[gate->controls++] = q;
        for (int value = 0; value < 2; value++) {
            gate->value[gate->controls - 1] = value;
            each_control(world, model, used, q + 1);
        }
        gate->controls--;
    }
}

/* Each ordered tuple of `length` distinct qubits, of which `chosen` are there. */
static void each_tuple(struct world *world, struct model *model, int length, int chosen,
                       unsigned used)
{
    if (chosen == length) {
        each_control(world, model, used, 0);
        return;
    }
    for (int q = 0; q < model->qubits; q++) {
        if (used >> q & 1)
            continue;
        model->gate[0].qubits[chosen] = q;
        each_tuple(world, model, length, chosen + 1, used | 1u << q);
    }
}

static int64_t power(int64_t base, int exponent)
{
    return exponent ? base * power(base, exponent - 1) : 1;
}

/* How many cases there are: n!/(n-k)! tuples times the sums over control sets of 2^controls. */
static int64_t cases_of(int qubits, int length)
{
    int64_t tuples = 1, rest = qubits - length;
    for (int k = 0; k < length; k++)
        tuples *= qubits - k;
    return tuples * (1 + 2 * rest + 4 * (rest * (rest - 1) / 2));
}

static int64_t explore(struct world *world, struct model_gate gate)
{
    int length = gate.targets + textbook_gate(gate.gate)->controls;
    int64_t expected = 0;
    for (int qubits = length; qubits <= (length == MAX_TUPLE ? MAX_QUBITS : 5); qubits++) {
        struct model model = {.qubits = qubits, .gates = 1, .gate = {gate}};
        each_tuple(world, &model, length, 0, 0);
        expected += cases_of(qubits, length);
    }
    return expected;
}

static void every_gate_of_the_table(void **state)
{
    (void)state;
    struct world world;
    int64_t expected = 0;
    open_world(&world, __func__);
    for (int row = 0; row < HAHN_GATE_PAULI_ROTATION; row++) {
        struct model_gate gate = {.gate = (hahn_gate)row,
                                  .targets = textbook_gate((hahn_gate)row)->targets};
        for (int p = 0; p < 3; p++)
            gate.params[p] = hahn_fixed(battery_uniform(&world.random, -7, 7));
        expected += explore(&world, gate);
    }
    assert_int_equal(world.cases, expected);
    close_world(&world);
}

static void every_pauli_string(void **state)
{
    (void)state;
    struct world world;
    int64_t expected = 0;
    open_world(&world, __func__);
    for (int letters = 1; letters <= 3; letters++) {
        for (int64_t code = 0; code < power(4, letters); code++) {
            struct model_gate gate = {.gate = HAHN_GATE_PAULI_ROTATION, .targets = letters};
            for (int k = 0; k < letters; k++)
                gate.paulis[k] = "IXYZ"[code >> 2 * k & 3];
            gate.params[0] = hahn_fixed(battery_uniform(&world.random, -7, 7));
            expected += explore(&world, gate);
        }
    }
    assert_int_equal(world.cases, expected);
    close_world(&world);
}

static void dense_unitaries(void **state)
{
    (void)state;
    struct world world;
    int64_t expected = 0;
    open_world(&world, __func__);
    for (int targets = 1; targets <= MAX_TUPLE; targets++)
        expected +=
            explore(&world, (struct model_gate){.gate = HAHN_GATE_UNITARY,
                                                .targets = targets,
                                                .unitary_seed = battery_bits(&world.random)});
    assert_int_equal(world.cases, expected);
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_gate_of_the_table),
        cmocka_unit_test(every_pauli_string),
        cmocka_unit_test(dense_unitaries),
    };
    return support_result(cmocka_run_group_tests_name("exhaustive", tests, NULL, NULL));
}
