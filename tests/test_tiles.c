/* States larger than the pieces in which backends work on them (blocks of 8 qubits, tiles of 12):
   whatever crosses a border, against the dense reference, in every way of running. */
#include "support.h"

#include "vqe/battery_gates.h"

enum { MOST_QUBITS = 14, PARAMETERS = 4 };

struct problem {
    struct model model;
    struct model_sum sum;
    double theta[PARAMETERS];
    dense_complex *start, *final;
    double *amplitudes;
    double energy, gradient[PARAMETERS];
};

static void open_problem(struct problem *p, struct battery_random *random, int qubits, int gates)
{
    size_t size = (size_t)1 << qubits;
    long double theta[PARAMETERS];
    model_random(random, qubits, gates, PARAMETERS, &p->model);
    model_random_sum(random, qubits, 8, &p->sum);
    p->start = support_allocate(size * sizeof *p->start);
    p->final = support_allocate(size * sizeof *p->final);
    p->amplitudes = support_allocate(2 * size * sizeof *p->amplitudes);
    model_random_state(random, qubits, p->start, p->amplitudes);
    memcpy(p->final, p->start, size * sizeof *p->final);
    for (int k = 0; k < PARAMETERS; k++)
        theta[k] = p->theta[k] = battery_uniform(random, -7, 7);
    model_run(&p->model, theta, p->final);
    p->energy = (double)dense_expectation(qubits, p->sum.terms, p->sum.term, p->final);
}

static void close_problem(struct problem *p)
{
    free(p->amplitudes);
    free(p->final);
    free(p->start);
}

static void check_state(hahn_engine *engine, const struct problem *p)
{
    struct model_objects objects;
    hahn_precision precision = hahn_engine_precision(engine);
    double *final = support_allocate((sizeof *final * 2) << p->model.qubits), energy;
    assert_ok(engine, model_compile(&p->model, &p->sum, p->amplitudes, engine, 1, HAHN_FOR_STATE,
                                    &objects));
    assert_ok(engine, hahn_final_state(objects.workspace, 1, p->theta, final));
    assert_within(dense_distance(p->model.qubits, p->final, final), 0,
                  battery_state_tolerance(precision, p->model.gates));
    assert_ok(engine, hahn_energy(objects.workspace, 1, p->theta, &energy));
    assert_within(energy, p->energy,
                  battery_energy_tolerance(precision, p->model.gates, model_sum_norm(&p->sum)));
    model_release(&objects);
    free(final);
}

static void check_gradient(hahn_engine *engine, const struct problem *p)
{
    struct model_objects objects;
    hahn_certificate certificate;
    hahn_precision precision = hahn_engine_precision(engine);
    double gradient[PARAMETERS], norm = model_sum_norm(&p->sum);
    assert_ok(engine, model_compile(&p->model, &p->sum, p->amplitudes, engine, 1, HAHN_FOR_GRADIENT,
                                    &objects));
    int64_t parameters = hahn_circuit_parameters(objects.circuit);
    for (hahn_method method = HAHN_METHOD_ADJOINT; method <= HAHN_METHOD_SHIFT; method++) {
        assert_ok(engine, hahn_gradient(objects.workspace, METHOD(method), 1, p->theta, NULL,
                                        gradient, &certificate));
        for (int64_t k = 0; k < parameters; k++)
            assert_within(gradient[k], p->gradient[k],
                          battery_gradient_tolerance(precision, p->model.gates, norm,
                                                     model_largest_scale(&p->model, PARAMETERS)));
        if (method == HAHN_METHOD_ADJOINT)
            assert_within(certificate.echo_error, 0,
                          battery_state_tolerance(precision, 2 * p->model.gates));
        else
            assert_true(isnan(certificate.echo_error));
        assert_within(certificate.start_energy, p->energy,
                      battery_energy_tolerance(precision, 2 * p->model.gates, norm));
    }
    model_release(&objects);
}

static void in_every_way(void (*check)(hahn_engine *, const struct problem *),
                         const struct problem *p)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    for (int k = 0; k < count; k++) {
        hahn_engine *engine = support_engine(&configs[k]);
        check(engine, p);
        hahn_engine_destroy(engine);
    }
}

static void states_and_energies(void **state)
{
    struct battery_random random = support_random(__func__);
    (void)state;
    for (int qubits = 7; qubits <= MOST_QUBITS; qubits++) {
        struct problem p;
        open_problem(&p, &random, qubits, 40);
        in_every_way(check_state, &p);
        close_problem(&p);
    }
}

static void gradients(void **state)
{
    struct battery_random random = support_random(__func__);
    (void)state;
    for (int qubits = 7; qubits <= MOST_QUBITS; qubits++) {
        struct problem p;
        int gates = qubits <= 10 ? 20 : 12;
        open_problem(&p, &random, qubits, gates);
        model_gradient(&p.model, &p.sum, p.start, PARAMETERS, p.theta, p.gradient);
        in_every_way(check_gradient, &p);
        close_problem(&p);
    }
}

/* One gate at a time, its qubits on either side of the borders: the highest, the lowest, and those
   next to a border. */
static void single_gates_across_borders(void **state)
{
    static const int corners[] = {12, 0, 11, 8, 7, 3};
    struct battery_random random = support_random(__func__);
    (void)state;
    for (int gate = 0; gate < HAHN_GATE_COUNT; gate++) {
        struct problem p;
        open_problem(&p, &random, 13, 0);
        struct model_gate *g = &p.model.gate[0];
        do {
            assert_true(
                model_random_gate(&random, (hahn_gate)gate, ARRAY_SIZE(corners), gate % 2, g));
        } while (g->targets > 4);
        for (int q = 0; q < (int)ARRAY_SIZE(corners); q++)
            g->qubits[q] = corners[g->qubits[q]];
        g->control[0] = corners[g->control[0]];
        p.model.gates = 1;
        model_run(&p.model, NULL, p.final);
        p.energy = (double)dense_expectation(13, p.sum.terms, p.sum.term, p.final);
        in_every_way(check_state, &p);
        close_problem(&p);
    }
}

/* A parametrised gate on the given places, and the dense reference's derivatives by its angles. */
static void derivative_problem(struct problem *p, struct battery_random *random, hahn_gate gate,
                               int controls, const int *places, int count)
{
    open_problem(p, random, 13, 0);
    struct model_gate *g = &p->model.gate[0];
    do {
        assert_true(model_random_gate(random, gate, count, controls, g));
    } while (g->targets > 4);
    for (int q = 0; q < count; q++)
        g->qubits[q] = places[g->qubits[q]];
    for (int c = 0; c < controls; c++)
        g->control[c] = places[g->control[c]];
    for (int angle = 0; angle < textbook_gate(gate)->params; angle++)
        g->params[angle] = hahn_affine(1, angle, 0.1);
    p->model.gates = 1;
    p->sum.terms = 3;
    model_gradient(&p->model, &p->sum, p->start, PARAMETERS, p->theta, p->gradient);
    long double theta[PARAMETERS];
    for (int k = 0; k < PARAMETERS; k++)
        theta[k] = p->theta[k];
    model_run(&p->model, theta, p->final);
    p->energy = (double)dense_expectation(13, p->sum.terms, p->sum.term, p->final);
}

/* Every parametrised gate on qubits that lie all above the lowest block, and on both sides. */
static void derivatives_across_borders(void **state)
{
    static const int above[] = {9, 12, 8, 10, 11}, both[] = {12, 2, 8, 0, 7};
    struct battery_random random = support_random(__func__);
    (void)state;
    for (int gate = 0; gate < HAHN_GATE_COUNT; gate++) {
        if (textbook_gate((hahn_gate)gate)->params == 0)
            continue;
        for (int variant = 0; variant < 3; variant++) {
            struct problem p;
            derivative_problem(&p, &random, (hahn_gate)gate, variant == 2 ? 1 : 0,
                               variant ? both : above, ARRAY_SIZE(above));
            in_every_way(check_gradient, &p);
            close_problem(&p);
        }
    }
}

/* The same rotation on every qubit, so that one stage holds several that cross tiles, and then
   phases on all neighbours, with two parameters that all of them share. */
static void full_layers(void **state)
{
    struct battery_random random = support_random(__func__);
    struct problem p;
    long double theta[PARAMETERS];
    (void)state;
    open_problem(&p, &random, MOST_QUBITS, 0);
    for (int q = 0; q < MOST_QUBITS; q++) {
        p.model.gate[q] = (struct model_gate){.gate = HAHN_GATE_RY, .targets = 1, .qubits = {q}};
        p.model.gate[q].params[0] = hahn_affine(1 + 0.1 * q, q % 2, 0.2 * q);
        p.model.gate[MOST_QUBITS + q] = (struct model_gate){
            .gate = HAHN_GATE_CP, .targets = 1, .qubits = {q, (q + 1) % MOST_QUBITS}};
        p.model.gate[MOST_QUBITS + q].params[0] = hahn_fixed(0.3 + q);
    }
    p.model.gates = 2 * MOST_QUBITS;
    p.sum.terms = 3;
    for (int k = 0; k < PARAMETERS; k++)
        theta[k] = p.theta[k];
    model_gradient(&p.model, &p.sum, p.start, 2, p.theta, p.gradient);
    model_run(&p.model, theta, p.final);
    p.energy = (double)dense_expectation(MOST_QUBITS, p.sum.terms, p.sum.term, p.final);
    in_every_way(check_state, &p);
    in_every_way(check_gradient, &p);
    close_problem(&p);
}

enum { LADDER_QUBITS = 12, LADDER_GATES = 2400 };

/* Rotations and controlled flips in turn: each flip's target was rotated just before it, and is a
   control of the flip before that, so that no two flips meet in one stage. */
static void ladder(struct battery_random *random, struct model_gate *gates)
{
    int rung = 0;
    for (int g = 0; g < LADDER_GATES; g += 2) {
        struct model_gate *turn = &gates[g], *flip = &gates[g + 1];
        assert_true(model_random_gate(random, HAHN_GATE_RY, LADDER_QUBITS, 0, turn));
        do {
            assert_true(model_random_gate(random, HAHN_GATE_CCX, LADDER_QUBITS, 0, flip));
        } while (flip->qubits[2] != rung);
        turn->qubits[0] = rung;
        rung = flip->qubits[0];
    }
}

static void check_ladder(hahn_engine *engine, const struct model_gate *gates,
                         const dense_complex *exact)
{
    hahn_circuit *circuit;
    hahn_program *program;
    hahn_program_info info;
    hahn_workspace *workspace;
    const double no_angles[1] = {0};
    double *final = support_allocate((2 * sizeof *final) << LADDER_QUBITS);
    assert_ok(engine, hahn_circuit_create(engine, LADDER_QUBITS, &circuit));
    for (int g = 0; g < LADDER_GATES; g++)
        assert_ok(engine, model_append(&gates[g], circuit));
    assert_ok(engine, hahn_program_create(engine, circuit, NULL, &program));
    assert_ok(engine, hahn_program_describe(program, &info));
    /* A table has 2 * 2^12 entries of 2 bytes, and all of them together at most 16 MiB. */
    assert_true(info.permutation_stages > 1024);
    assert_true(info.program_bytes < UINT64_C(24) << 20);
    assert_ok(engine,
              hahn_workspace_create(engine, program, WORKSPACE(1, HAHN_FOR_STATE), &workspace));
    assert_ok(engine, hahn_final_state(workspace, 1, no_angles, final));
    assert_within(dense_distance(LADDER_QUBITS, exact, final), 0,
                  battery_state_tolerance(hahn_engine_precision(engine), LADDER_GATES));
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_circuit_destroy(circuit);
    free(final);
}

/* Permutations within a tile are done by tables as long as these stay small: here are more than
   that. */
static void more_permutations_than_tables(void **state)
{
    struct battery_random random = support_random(__func__);
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    struct model_gate *gates = support_allocate(LADDER_GATES * sizeof *gates);
    dense_complex *exact = support_allocate(sizeof *exact << LADDER_QUBITS);
    (void)state;
    ladder(&random, gates);
    dense_zero_state(LADDER_QUBITS, exact);
    for (int g = 0; g < LADDER_GATES; g++)
        model_apply(&gates[g], NULL, LADDER_QUBITS, exact);
    for (int k = 0; k < count; k++) {
        hahn_engine *engine = support_engine(&configs[k]);
        check_ladder(engine, gates, exact);
        hahn_engine_destroy(engine);
    }
    free(exact);
    free(gates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_and_energies),
        cmocka_unit_test(gradients),
        cmocka_unit_test(single_gates_across_borders),
        cmocka_unit_test(derivatives_across_borders),
        cmocka_unit_test(full_layers),
        cmocka_unit_test(more_permutations_than_tables),
    };
    return support_result(cmocka_run_group_tests_name("tiles", tests, NULL, NULL));
}
