/* What holds for every circuit, without a reference: norm, inverse, linearity, commuting,
   relabelling, idle controls; and what composed circuits must be. Each in every way of running. */
#include "support.h"

#include "vqe/battery_gates.h"

enum { ROUNDS = 6, QUBITS = 6, STATE = 1 << QUBITS, PARAMETERS = 5 };

struct property {
    const char *name;
    void (*check)(hahn_engine *engine, struct battery_random *random);
};

/* Checks a property in each way of running, with the same random numbers in each. */
static void in_every_way(void **state)
{
    const struct property *property = *state;
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    for (int k = 0; k < count; k++) {
        hahn_engine *engine = support_engine(&configs[k]);
        struct battery_random random = support_random(property->name);
        for (int round = 0; round < ROUNDS; round++)
            property->check(engine, &random);
        hahn_engine_destroy(engine);
    }
}

static double distance(int numbers, const double *left, const double *right)
{
    double sum = 0;
    for (int k = 0; k < numbers; k++)
        sum += (left[k] - right[k]) * (left[k] - right[k]);
    return sqrt(sum);
}

/* The final state of a circuit from a given start; both 2^qubits interleaved numbers. A start that
   comes from an earlier run is as far from norm 1 as rounding brought it, which is put right. */
static void run(hahn_engine *engine, const hahn_circuit *circuit, const double *theta,
                const double *start, double *final)
{
    hahn_program *program;
    hahn_workspace *workspace;
    double unit[2 * STATE];
    const double zero[2 * STATE] = {0};
    int numbers = 2 << hahn_circuit_qubits(circuit);
    for (int k = 0; k < numbers; k++)
        unit[k] = start[k] / distance(numbers, start, zero);
    assert_ok(engine, hahn_program_create(engine, circuit, NULL, &program));
    assert_ok(engine,
              hahn_workspace_create(engine, program, WORKSPACE(1, HAHN_FOR_STATE), &workspace));
    assert_ok(engine, hahn_workspace_set_start(workspace, unit));
    assert_ok(engine, hahn_final_state(workspace, 1, theta, final));
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
}

/* Each of two states may err by the bound. */
static double both_tolerance(const hahn_engine *engine, double gates)
{
    return 2 * battery_state_tolerance(hahn_engine_precision(engine), gates);
}

/* A random circuit, its parameters and a random start. */
struct scene {
    struct model model;
    hahn_circuit *circuit;
    double theta[4 * PARAMETERS], start[2 * STATE];
};

static void open_scene(struct scene *s, hahn_engine *engine, struct battery_random *random,
                       int qubits, int gates)
{
    dense_complex unused[STATE];
    model_random(random, qubits, gates, PARAMETERS, &s->model);
    model_random_state(random, qubits, unused, s->start);
    for (int k = 0; k < 4 * PARAMETERS; k++)
        s->theta[k] = battery_uniform(random, -7, 7);
    assert_ok(engine, model_circuit(&s->model, engine, &s->circuit));
}

static void check_norm_is_kept(hahn_engine *engine, struct battery_random *random)
{
    struct scene s;
    double final[2 * STATE], zero[2 * STATE] = {0};
    open_scene(&s, engine, random, QUBITS, 40);
    run(engine, s.circuit, s.theta, s.start, final);
    assert_within(distance(2 * STATE, final, zero), 1,
                  battery_state_tolerance(hahn_engine_precision(engine), 40));
    hahn_circuit_destroy(s.circuit);
}

static void check_inverse_undoes(hahn_engine *engine, struct battery_random *random)
{
    struct scene s;
    hahn_circuit *inverse;
    double final[2 * STATE];
    open_scene(&s, engine, random, QUBITS, 40);
    assert_ok(engine, hahn_circuit_inverse(s.circuit, &inverse));
    run(engine, s.circuit, s.theta, s.start, final);
    assert_true(distance(2 * STATE, final, s.start) > 0.01);
    run(engine, inverse, s.theta, final, final);
    assert_within(distance(2 * STATE, final, s.start), 0,
                  battery_state_tolerance(hahn_engine_precision(engine), 80));
    hahn_circuit_destroy(inverse);
    hahn_circuit_destroy(s.circuit);
}

/* Compiled as one program, a circuit and its inverse must cancel too. */
static void check_appended_inverse_cancels(hahn_engine *engine, struct battery_random *random)
{
    struct scene s;
    hahn_circuit *inverse;
    double final[2 * STATE];
    open_scene(&s, engine, random, QUBITS, 40);
    assert_ok(engine, hahn_circuit_inverse(s.circuit, &inverse));
    assert_ok(engine, hahn_circuit_append_circuit(s.circuit, inverse, NULL, 0));
    run(engine, s.circuit, s.theta, s.start, final);
    assert_within(distance(2 * STATE, final, s.start), 0,
                  battery_state_tolerance(hahn_engine_precision(engine), 80));
    hahn_circuit_destroy(inverse);
    hahn_circuit_destroy(s.circuit);
}

/* U (a x + b y) = a U x + b U y for complex a and b, with |a|^2 + |b|^2 = 1 and orthogonal x, y. */
static void check_linearity(hahn_engine *engine, struct battery_random *random)
{
    struct scene s;
    dense_complex unused[STATE];
    double y[2 * STATE], mixed[2 * STATE], final_x[2 * STATE], final_y[2 * STATE];
    open_scene(&s, engine, random, QUBITS, 20);
    double angle = battery_uniform(random, 0.2, 1.3), norm = 0;
    double _Complex *vx = (double _Complex *)s.start, *vy = (double _Complex *)y;
    double _Complex *vm = (double _Complex *)mixed, overlap = 0, a = cos(angle), b = I * sin(angle);
    model_random_state(random, QUBITS, unused, y);
    for (int j = 0; j < STATE; j++)
        overlap += conj(vx[j]) * vy[j];
    for (int j = 0; j < STATE; j++) {
        vy[j] -= overlap * vx[j];
        norm += creal(vy[j] * conj(vy[j]));
    }
    for (int j = 0; j < STATE; j++) {
        vy[j] /= sqrt(norm);
        vm[j] = a * vx[j] + b * vy[j];
    }
    run(engine, s.circuit, s.theta, s.start, final_x);
    run(engine, s.circuit, s.theta, y, final_y);
    run(engine, s.circuit, s.theta, mixed, mixed);
    for (int j = 0; j < STATE; j++)
        vm[j] -= a * ((double _Complex *)final_x)[j] + b * ((double _Complex *)final_y)[j];
    assert_within(distance(2 * STATE, mixed, (double[2 * STATE]){0}), 0,
                  1.5 * both_tolerance(engine, 20));
    hahn_circuit_destroy(s.circuit);
}

/* Two circuits on qubits of their own can be appended in either order, or gate by gate in turn. */
static void check_disjoint_circuits_commute(hahn_engine *engine, struct battery_random *random)
{
    const int low[] = {4, 0, 2}, high[] = {1, 5, 3};
    struct scene left, right;
    hahn_circuit *one, *other;
    double start[2 * STATE], first[2 * STATE], second[2 * STATE];
    dense_complex unused[STATE];
    open_scene(&left, engine, random, 3, 15);
    open_scene(&right, engine, random, 3, 15);
    model_random_state(random, QUBITS, unused, start);
    assert_ok(engine, hahn_circuit_create(engine, QUBITS, &one));
    assert_ok(engine, hahn_circuit_create(engine, QUBITS, &other));
    assert_ok(engine, hahn_circuit_append_circuit(one, left.circuit, low, 0));
    assert_ok(engine, hahn_circuit_append_circuit(one, right.circuit, high, PARAMETERS));
    assert_ok(engine, hahn_circuit_append_circuit(other, right.circuit, high, PARAMETERS));
    assert_ok(engine, hahn_circuit_append_circuit(other, left.circuit, low, 0));
    run(engine, one, left.theta, start, first);
    run(engine, other, left.theta, start, second);
    assert_within(distance(2 * STATE, first, second), 0, both_tolerance(engine, 30));
    hahn_circuit_destroy(other);
    hahn_circuit_destroy(one);
    hahn_circuit_destroy(right.circuit);
    hahn_circuit_destroy(left.circuit);
}

static void random_order(struct battery_random *random, int order[QUBITS])
{
    for (int q = 0; q < QUBITS; q++)
        order[q] = q;
    for (int q = QUBITS - 1; q > 0; q--) {
        int other = battery_below(random, q + 1), held = order[q];
        order[q] = order[other];
        order[other] = held;
    }
}

/* The index whose bit order[q] is bit q of `index`. */
static int relabelled(const int order[QUBITS], int index)
{
    int out = 0;
    for (int q = 0; q < QUBITS; q++)
        out |= (index >> q & 1) << order[q];
    return out;
}

static void permute_state(const int order[QUBITS], const double *in, double *out)
{
    for (int j = 0; j < STATE; j++) {
        out[2 * relabelled(order, j)] = in[2 * j];
        out[2 * relabelled(order, j) + 1] = in[2 * j + 1];
    }
}

static void check_relabelling_permutes_amplitudes(hahn_engine *engine,
                                                  struct battery_random *random)
{
    struct scene s;
    hahn_circuit *moved;
    int order[QUBITS];
    double final[2 * STATE], expected[2 * STATE], start[2 * STATE];
    open_scene(&s, engine, random, QUBITS, 40);
    random_order(random, order);
    assert_ok(engine, hahn_circuit_create(engine, QUBITS, &moved));
    assert_ok(engine, hahn_circuit_append_circuit(moved, s.circuit, order, 0));
    run(engine, s.circuit, s.theta, s.start, final);
    permute_state(order, final, expected);
    permute_state(order, s.start, start);
    run(engine, moved, s.theta, start, final);
    assert_within(distance(2 * STATE, final, expected), 0, both_tolerance(engine, 40));
    hahn_circuit_destroy(moved);
    hahn_circuit_destroy(s.circuit);
}

/* A controlled circuit acts on the half of the states whose control is 1, and leaves the other. */
static void check_controls_switch(hahn_engine *engine, struct battery_random *random)
{
    struct scene s;
    hahn_circuit *controlled;
    double plain[STATE], start[2 * STATE], final[2 * STATE];
    const double amplitude[2] = {0.6, 0.8};
    open_scene(&s, engine, random, QUBITS - 1, 40);
    assert_ok(engine, hahn_circuit_controlled(s.circuit, 1, &controlled));
    assert_int_equal(hahn_circuit_qubits(controlled), QUBITS);
    for (int k = 0; k < 2 * STATE; k++)
        start[k] = amplitude[k / STATE] * s.start[k % STATE];
    run(engine, s.circuit, s.theta, s.start, plain);
    run(engine, controlled, s.theta, start, final);
    for (int k = 0; k < STATE; k++)
        plain[k] *= amplitude[1];
    assert_within(distance(STATE, final, start), 0,
                  battery_state_tolerance(hahn_engine_precision(engine), 40));
    assert_within(distance(STATE, final + STATE, plain), 0, both_tolerance(engine, 40));
    hahn_circuit_destroy(controlled);
    hahn_circuit_destroy(s.circuit);
}

/* Appending under controls is the same as giving each single gate these controls. */
static void check_controlled_append(hahn_engine *engine, struct battery_random *random)
{
    const int qubits[] = {5, 1, 3, 2}, control[] = {4, 0};
    const int values = battery_below(random, 4), value[] = {values & 1, values >> 1};
    struct scene s;
    hahn_circuit *made;
    double start[2 * STATE], final[2 * STATE];
    dense_complex exact[STATE];
    long double theta[PARAMETERS];
    open_scene(&s, engine, random, ARRAY_SIZE(qubits), 10);
    model_random_state(random, QUBITS, exact, start);
    assert_ok(engine, hahn_circuit_create(engine, QUBITS, &made));
    assert_ok(engine, hahn_circuit_append_circuit_controlled(made, s.circuit, qubits, 0, 2, control,
                                                             value));
    run(engine, made, s.theta, start, final);
    for (int k = 0; k < PARAMETERS; k++)
        theta[k] = s.theta[k];
    for (int g = 0; g < s.model.gates; g++) {
        struct model_gate gate = s.model.gate[g];
        for (int q = 0; q < gate.targets + textbook_gate(gate.gate)->controls; q++)
            gate.qubits[q] = qubits[gate.qubits[q]];
        for (int c = 0; c < gate.controls; c++)
            gate.control[c] = qubits[gate.control[c]];
        for (int c = 0; c < 2; c++, gate.controls++) {
            gate.control[gate.controls] = control[c];
            gate.value[gate.controls] = value[c];
        }
        model_apply(&gate, theta, QUBITS, exact);
    }
    assert_within(dense_distance(QUBITS, exact, final), 0,
                  battery_state_tolerance(hahn_engine_precision(engine), 10));
    hahn_circuit_destroy(made);
    hahn_circuit_destroy(s.circuit);
}

/* Repeated with parameters of their own, three turns are three runs with three parts of theta;
   without, three runs with the first part. */
static void check_repetition(hahn_engine *engine, struct battery_random *random)
{
    for (int fresh = 0; fresh < 2; fresh++) {
        struct scene s;
        double stepwise[2 * STATE], final[2 * STATE];
        open_scene(&s, engine, random, QUBITS, 10);
        int64_t parameters = hahn_circuit_parameters(s.circuit);
        memcpy(stepwise, s.start, sizeof stepwise);
        for (int turn = 0; turn < 3; turn++)
            run(engine, s.circuit, s.theta + (fresh ? turn * parameters : 0), stepwise, stepwise);
        assert_ok(engine, hahn_circuit_repeat(s.circuit, 3, fresh));
        assert_int_equal(hahn_circuit_gates(s.circuit), 30);
        assert_int_equal(hahn_circuit_parameters(s.circuit), fresh ? 3 * parameters : parameters);
        run(engine, s.circuit, s.theta, s.start, final);
        assert_within(distance(2 * STATE, final, stepwise), 0, both_tolerance(engine, 30));
        hahn_circuit_destroy(s.circuit);
    }
}

/* A copy runs to the same bits, and stays what it was when the original grows. */
static void check_copies(hahn_engine *engine, struct battery_random *random)
{
    struct scene s;
    hahn_circuit *copy;
    double first[2 * STATE], second[2 * STATE];
    open_scene(&s, engine, random, QUBITS, 20);
    assert_ok(engine, hahn_circuit_copy(s.circuit, &copy));
    assert_true(hahn_circuit_fingerprint(copy) == hahn_circuit_fingerprint(s.circuit));
    run(engine, s.circuit, s.theta, s.start, first);
    assert_ok(engine, hahn_circuit_x(s.circuit, 0));
    assert_true(hahn_circuit_fingerprint(copy) != hahn_circuit_fingerprint(s.circuit));
    run(engine, copy, s.theta, s.start, second);
    assert_memory_equal(first, second, sizeof first);
    hahn_circuit_destroy(copy);
    hahn_circuit_destroy(s.circuit);
}

/* A circuit appended to itself acts twice. */
static void check_self_append(hahn_engine *engine, struct battery_random *random)
{
    struct scene s;
    double stepwise[2 * STATE], final[2 * STATE];
    open_scene(&s, engine, random, QUBITS, 15);
    run(engine, s.circuit, s.theta, s.start, stepwise);
    run(engine, s.circuit, s.theta, stepwise, stepwise);
    assert_ok(engine, hahn_circuit_append_circuit(s.circuit, s.circuit, NULL, 0));
    assert_int_equal(hahn_circuit_gates(s.circuit), 30);
    run(engine, s.circuit, s.theta, s.start, final);
    assert_within(distance(2 * STATE, final, stepwise), 0, both_tolerance(engine, 30));
    hahn_circuit_destroy(s.circuit);
}

/* Compiling a circuit whole or in pieces of one gate gives the same state. */
static void check_fused_equals_unfused(hahn_engine *engine, struct battery_random *random)
{
    struct scene s;
    double stepwise[2 * STATE], final[2 * STATE];
    open_scene(&s, engine, random, QUBITS, MODEL_MAX_GATES);
    memcpy(stepwise, s.start, sizeof stepwise);
    for (int g = 0; g < s.model.gates; g++) {
        hahn_circuit *single;
        assert_ok(engine, hahn_circuit_create(engine, QUBITS, &single));
        assert_ok(engine, model_append(&s.model.gate[g], single));
        run(engine, single, s.theta, stepwise, stepwise);
        hahn_circuit_destroy(single);
    }
    run(engine, s.circuit, s.theta, s.start, final);
    /* Each single step rounds its start. */
    assert_within(distance(2 * STATE, final, stepwise), 0,
                  both_tolerance(engine, 2 * MODEL_MAX_GATES));
    hahn_circuit_destroy(s.circuit);
}

/* Rotations by a constant 0 are left out of the program, and nothing else moves for it. */
static void check_rotations_by_zero(hahn_engine *engine, struct battery_random *random)
{
    struct scene s;
    dense_complex exact[STATE];
    long double theta[PARAMETERS];
    double final[2 * STATE];
    open_scene(&s, engine, random, QUBITS, 40);
    hahn_circuit_destroy(s.circuit);
    for (int g = 0; g < s.model.gates; g++)
        for (int p = 0; p < 3 && battery_below(random, 2); p++)
            s.model.gate[g].params[p] = hahn_fixed(0);
    assert_ok(engine, model_circuit(&s.model, engine, &s.circuit));
    run(engine, s.circuit, s.theta, s.start, final);
    for (int k = 0; k < PARAMETERS; k++)
        theta[k] = s.theta[k];
    for (int j = 0; j < STATE; j++)
        exact[j] = s.start[2 * j] + (long double)s.start[2 * j + 1] * I;
    model_run(&s.model, theta, exact);
    assert_within(dense_distance(QUBITS, exact, final), 0,
                  battery_state_tolerance(hahn_engine_precision(engine), 40));
    hahn_circuit_destroy(s.circuit);
}

static struct property properties[] = {
    {"norm is kept", check_norm_is_kept},
    {"inverse undoes", check_inverse_undoes},
    {"appended inverse cancels", check_appended_inverse_cancels},
    {"linearity", check_linearity},
    {"disjoint circuits commute", check_disjoint_circuits_commute},
    {"relabelling permutes amplitudes", check_relabelling_permutes_amplitudes},
    {"controls switch", check_controls_switch},
    {"controlled append", check_controlled_append},
    {"repetition", check_repetition},
    {"copies", check_copies},
    {"self append", check_self_append},
    {"fused equals unfused", check_fused_equals_unfused},
    {"rotations by zero", check_rotations_by_zero},
};

int main(void)
{
    struct CMUnitTest tests[ARRAY_SIZE(properties)];
    for (size_t k = 0; k < ARRAY_SIZE(properties); k++)
        tests[k] = (struct CMUnitTest){
            .name = properties[k].name, .test_func = in_every_way, .initial_state = &properties[k]};
    return support_result(cmocka_run_group_tests_name("properties", tests, NULL, NULL));
}
