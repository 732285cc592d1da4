/* Circuits on states of several tiles, in every way of running and with tiles of two sizes: states
   and energies against the dense reference, gradients, certificates and derivatives along a
   direction against the reference backend in f64 on tiles that hold the whole state, where there is
   but one sweep. */
#include "support.h"

#include "vqe/battery_gates.h"

enum { LEAST_TILE = 10, MOST_TILE = 11, WHOLE_TILE = 16, PARAMETERS = 5, TERMS = 6 };

struct problem {
    struct model model;
    struct model_sum sum;
    double theta[PARAMETERS];
    double *start; /* interleaved */
    dense_complex *final;
    double energy, gradient[PARAMETERS];
    double direction[PARAMETERS], steepness; /* sum of |v| scale over all uses of parameters */
    double derivative, hessian[PARAMETERS], fisher[PARAMETERS]; /* times the direction */
};

/* -- circuits --------------------------------------------------------------------------------- */

/* Half of the angles become expressions in the parameters. */
static void expressions(struct battery_random *random, struct model_gate *gate)
{
    for (int p = 0; p < textbook_gate(gate->gate)->params; p++)
        if (battery_below(random, 2)) {
            const double scale = battery_uniform(random, -2, 2);
            const int index = battery_below(random, PARAMETERS);
            gate->params[p] = hahn_affine(scale, index, battery_uniform(random, -3, 3));
        }
}

/* `count` more gates of the rows listed on random qubits, with up to `controls` further controls.
 */
static void add_gates(struct battery_random *random, const hahn_gate *rows, int row_count,
                      int controls, int count, struct model *model)
{
    const int end = model->gates + count;
    while (model->gates < end) {
        struct model_gate *gate = &model->gate[model->gates];
        const hahn_gate row = rows[battery_below(random, row_count)];
        if (!model_random_gate(random, row, model->qubits, battery_below(random, controls + 1),
                               gate))
            continue;
        expressions(random, gate);
        model->gates++;
    }
}

typedef void (*fill_model)(struct battery_random *random, struct model *model);

static void fill_any(struct battery_random *random, struct model *model)
{
    model_random(random, model->qubits, 48, PARAMETERS, model);
}

static void fill_diagonals(struct battery_random *random, struct model *model)
{
    static const hahn_gate rows[] = {HAHN_GATE_RZ, HAHN_GATE_P,   HAHN_GATE_RZZ, HAHN_GATE_CZ,
                                     HAHN_GATE_CP, HAHN_GATE_CRZ, HAHN_GATE_CCZ, HAHN_GATE_T};
    add_gates(random, rows, ARRAY_SIZE(rows), 3, 60, model);
}

static const hahn_gate affine_rows[] = {HAHN_GATE_X, HAHN_GATE_CX, HAHN_GATE_SWAP};

static void fill_affine(struct battery_random *random, struct model *model)
{
    add_gates(random, affine_rows, ARRAY_SIZE(affine_rows), 0, 64, model);
}

/* Permutations that the diagonals behind or before them do on the way. */
static void fill_affine_and_diagonals(struct battery_random *random, struct model *model)
{
    static const hahn_gate rows[] = {HAHN_GATE_RZ, HAHN_GATE_CP};
    for (int k = 0; k < 5; k++) {
        add_gates(random, affine_rows, ARRAY_SIZE(affine_rows), 0, 9, model);
        add_gates(random, rows, ARRAY_SIZE(rows), 0, 3, model);
    }
}

static void fill_toffolis(struct battery_random *random, struct model *model)
{
    static const hahn_gate rows[] = {HAHN_GATE_CCX, HAHN_GATE_CSWAP, HAHN_GATE_CX},
                           turns[] = {HAHN_GATE_P, HAHN_GATE_RY};
    for (int k = 0; k < 5; k++) {
        add_gates(random, rows, ARRAY_SIZE(rows), 2, 9, model);
        add_gates(random, turns, ARRAY_SIZE(turns), 0, 2, model);
    }
}

static void fill_pauli_rotations(struct battery_random *random, struct model *model)
{
    static const hahn_gate rows[] = {HAHN_GATE_PAULI_ROTATION};
    add_gates(random, rows, 1, 2, 30, model);
}

static void fill_controlled_rotations(struct battery_random *random, struct model *model)
{
    static const hahn_gate rows[] = {HAHN_GATE_CRX, HAHN_GATE_CRY, HAHN_GATE_CU, HAHN_GATE_RY,
                                     HAHN_GATE_SINGLE_EXCITATION};
    add_gates(random, rows, ARRAY_SIZE(rows), 3, 40, model);
}

/* One gate on the given qubits. */
static void put(struct battery_random *random, struct model *model, hahn_gate row, int a, int b)
{
    add_gates(random, &row, 1, 0, 1, model);
    model->gate[model->gates - 1].qubits[0] = a;
    model->gate[model->gates - 1].qubits[1] = b;
}

/* Rotation, phases, rotation: each alone in its stage, for the SWAP makes the next one wait. */
static void fill_lone_rotations(struct battery_random *random, struct model *model)
{
    for (int k = 0; k < 12; k++) {
        const int q = k % model->qubits, next = (k + 1) % model->qubits;
        put(random, model, HAHN_GATE_RY, q, next);
        if (model->qubits > 5)
            put(random, model, k % 3 ? HAHN_GATE_RZZ : HAHN_GATE_RZ, q,
                k % 2 ? next : (q + 5) % model->qubits);
        put(random, model, HAHN_GATE_RZ, q, next);
        put(random, model, HAHN_GATE_RY, q, next);
        if (model->qubits > 1)
            put(random, model, HAHN_GATE_SWAP, q, next);
    }
}

/* Matrices on the six highest qubits there are, in any order, controlled by lower ones. */
static void fill_matrices(struct battery_random *random, struct model *model)
{
    static const hahn_gate rows[] = {HAHN_GATE_UNITARY}, turns[] = {HAHN_GATE_RX};
    const int most = model->qubits < 6 ? model->qubits : 6, first = model->qubits - most;
    for (int k = 0; k < 4; k++) {
        add_gates(random, rows, 1, 0, 1, model);
        struct model_gate *gate = &model->gate[model->gates - 1];
        const int turn = battery_below(random, most);
        gate->targets = most;
        for (int q = 0; q < most; q++)
            gate->qubits[q] = first + (q + turn) % most;
        for (gate->controls = 0; gate->controls < k % 3 && gate->controls < first;
             gate->controls++) {
            gate->control[gate->controls] = first - 1 - 2 * gate->controls;
            gate->value[gate->controls] = battery_below(random, 2);
        }
        add_gates(random, turns, 1, 0, 4, model);
    }
}

/* Around multiples of pi, where a tangent is 0 or without end and a half turn is taken out. */
static void fill_turns(struct battery_random *random, struct model *model)
{
    static const double nudges[] = {0, 0x1p-50, -0x1p-50, 1e-9, -1e-5};
    const double pi = acos(-1);
    add_gates(random, (const hahn_gate[]){HAHN_GATE_H}, 1, 0, 4, model);
    fill_controlled_rotations(random, model);
    add_gates(random, (const hahn_gate[]){HAHN_GATE_RX, HAHN_GATE_RZ, HAHN_GATE_RYY}, 3, 1, 20,
              model);
    for (int g = 0; g < model->gates; g++)
        for (int p = 0; p < 3; p++) {
            hahn_param *angle = &model->gate[g].params[p];
            angle->scale = angle->index < 0 ? angle->scale : 1 - 2 * battery_below(random, 2);
            angle->offset = pi / 2 * (battery_below(random, 13) - 6);
            angle->offset += nudges[battery_below(random, ARRAY_SIZE(nudges))];
        }
}

/* -- what is expected ------------------------------------------------------------------------- */

static hahn_engine *tile_engine(const struct battery_config *config, int tile)
{
    hahn_engine *engine = support_engine(config);
    assert_ok(engine, hahn_engine_set_tile(engine, tile));
    return engine;
}

static void expect_gradient(struct problem *p)
{
    const struct battery_config plain = {HAHN_BACKEND_REFERENCE, "", HAHN_F64};
    hahn_engine *engine = tile_engine(&plain, WHOLE_TILE);
    struct model_objects objects;
    hahn_program_info info;
    assert_ok(engine,
              model_compile(&p->model, &p->sum, p->start, engine, 1, HAHN_FOR_TANGENT, &objects));
    assert_ok(engine, hahn_program_describe(objects.program, &info));
    assert_true(info.sweeps <= 1);
    assert_ok(engine, hahn_gradient(objects.workspace, NULL, 1, p->theta, NULL, p->gradient, NULL));
    assert_ok(engine, hahn_hvp(objects.workspace, 1, p->theta, p->direction, NULL, &p->derivative,
                               p->hessian, NULL));
    assert_ok(engine,
              hahn_fisher_product(objects.workspace, 1, p->theta, p->direction, p->fisher, NULL));
    model_release(&objects);
    hahn_engine_destroy(engine);
}

static void draw_direction(struct battery_random *random, struct problem *p)
{
    for (int k = 0; k < PARAMETERS; k++)
        p->direction[k] = battery_uniform(random, -1, 1);
    for (int g = 0; g < p->model.gates; g++)
        for (int angle = 0; angle < 3; angle++) {
            const hahn_param *param = &p->model.gate[g].params[angle];
            if (param->index >= 0)
                p->steepness += fabs(param->scale * p->direction[param->index]);
        }
}

static void open_problem(struct problem *p, struct battery_random *random, int qubits,
                         fill_model fill)
{
    const size_t size = (size_t)1 << qubits;
    long double theta[PARAMETERS];
    *p = (struct problem){.model.qubits = qubits};
    fill(random, &p->model);
    model_random_sum(random, qubits, TERMS, &p->sum);
    p->final = support_allocate(size * sizeof *p->final);
    p->start = support_allocate(2 * size * sizeof *p->start);
    model_random_state(random, qubits, p->final, p->start);
    for (int k = 0; k < PARAMETERS; k++)
        theta[k] = p->theta[k] = fill == fill_turns ? battery_below(random, 7) * acos(-1)
                                                    : battery_uniform(random, -7, 7);
    draw_direction(random, p);
    model_run(&p->model, theta, p->final);
    p->energy = (double)dense_expectation(qubits, p->sum.terms, p->sum.term, p->final);
    expect_gradient(p);
}

static void close_problem(struct problem *p)
{
    free(p->start);
    free(p->final);
}

/* -- what comes out --------------------------------------------------------------------------- */

static void check_state(hahn_engine *engine, const struct problem *p,
                        const struct model_objects *objects)
{
    double *final = support_allocate((2 * sizeof *final) << p->model.qubits);
    assert_ok(engine, hahn_final_state(objects->workspace, 1, p->theta, final));
    assert_within(dense_distance(p->model.qubits, p->final, final), 0,
                  battery_state_tolerance(hahn_engine_precision(engine), p->model.gates));
    free(final);
}

/* Both gradients may err, each by the bound of its precision. */
static void check_gradient(hahn_engine *engine, const struct problem *p,
                           const struct model_objects *objects)
{
    const hahn_precision precision = hahn_engine_precision(engine);
    const double norm = model_sum_norm(&p->sum);
    const double scale = model_largest_scale(&p->model, PARAMETERS);
    const double gates = p->model.gates;
    double energy, gradient[PARAMETERS];
    hahn_certificate certificate;
    assert_ok(engine, hahn_gradient(objects->workspace, NULL, 1, p->theta, &energy, gradient,
                                    &certificate));
    assert_within(energy, p->energy, battery_energy_tolerance(precision, gates, norm));
    assert_within(certificate.echo_error, 0, battery_state_tolerance(precision, 2 * gates));
    assert_within(certificate.start_energy, p->energy,
                  battery_energy_tolerance(precision, 2 * gates, norm));
    for (int64_t k = 0; k < hahn_circuit_parameters(objects->circuit); k++)
        assert_within(gradient[k], p->gradient[k],
                      battery_gradient_tolerance(precision, gates, norm, scale) +
                          battery_gradient_tolerance(HAHN_F64, gates, norm, scale));
}

/* A tangent is no longer than the steepness S and errs by the state's bound times S; products with
   it take S times the gradient's bound, for lambda's tangent and for psi's. */
static void check_tangent(hahn_engine *engine, const struct problem *p,
                          const struct model_objects *objects)
{
    const double norm = model_sum_norm(&p->sum), s = p->steepness;
    const double scale = model_largest_scale(&p->model, PARAMETERS), gates = p->model.gates;
    const double unit = battery_gradient_tolerance(hahn_engine_precision(engine), gates, 1, 1) +
                        battery_gradient_tolerance(HAHN_F64, gates, 1, 1);
    double derivative, hessian[PARAMETERS], fisher[PARAMETERS];
    assert_ok(engine, hahn_hvp(objects->workspace, 1, p->theta, p->direction, NULL, &derivative,
                               hessian, NULL));
    assert_ok(engine,
              hahn_fisher_product(objects->workspace, 1, p->theta, p->direction, fisher, NULL));
    assert_within(derivative, p->derivative, s * norm * unit);
    for (int64_t k = 0; k < hahn_circuit_parameters(objects->circuit); k++) {
        assert_within(hessian[k], p->hessian[k], 2 * s * scale * norm * unit);
        assert_within(fisher[k], p->fisher[k], 4 * s * scale * unit);
    }
}

static void check(const struct problem *p, const struct battery_config *config, int tile)
{
    hahn_engine *engine = tile_engine(config, tile);
    struct model_objects objects;
    assert_ok(engine,
              model_compile(&p->model, &p->sum, p->start, engine, 1, HAHN_FOR_TANGENT, &objects));
    check_state(engine, p, &objects);
    check_gradient(engine, p, &objects);
    check_tangent(engine, p, &objects);
    model_release(&objects);
    hahn_engine_destroy(engine);
}

/* In every way, and the reference backend too: it runs the stages one after another on the whole
   state, so that it shows what order the scheduler put them in. */
static void run_problem(struct battery_random *random, int qubits, fill_model fill, int least_tile,
                        int most_tile)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    struct problem p;
    open_problem(&p, random, qubits, fill);
    for (int tile = least_tile; tile <= most_tile; tile++)
        for (int k = 0; k < count; k++)
            check(&p, &configs[k], tile);
    close_problem(&p);
}

static void any_gates(void **state)
{
    struct battery_random random = support_random(__func__);
    (void)state;
    for (int qubits = 1; qubits <= LEAST_TILE + 3; qubits++)
        for (int repeat = 0; repeat < (qubits < LEAST_TILE ? 1 : 4); repeat++)
            run_problem(&random, qubits, fill_any, LEAST_TILE, MOST_TILE);
}

/* Tiles longer than the runs of amplitudes that a state has no gaps in, 2^12. */
static void large_tiles(void **state)
{
    struct battery_random random = support_random(__func__);
    (void)state;
    for (int repeat = 0; repeat < 2; repeat++)
        run_problem(&random, MODEL_MAX_QUBITS, fill_any, 12, WHOLE_TILE);
}

/* From where everything is in one tile to where three qubits, or two, are not. */
static void across_borders(const char *name, fill_model fill)
{
    struct battery_random random = support_random(name);
    for (int qubits = LEAST_TILE; qubits <= LEAST_TILE + 3; qubits++)
        run_problem(&random, qubits, fill, LEAST_TILE, MOST_TILE);
}

#define ACROSS_BORDERS(name, fill)                                                                 \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        across_borders(__func__, fill);                                                            \
    }
ACROSS_BORDERS(diagonals_alone, fill_diagonals)
ACROSS_BORDERS(affine_permutations_alone, fill_affine)
ACROSS_BORDERS(affine_permutations_and_diagonals, fill_affine_and_diagonals)
ACROSS_BORDERS(toffolis, fill_toffolis)
ACROSS_BORDERS(pauli_rotations, fill_pauli_rotations)
ACROSS_BORDERS(controlled_rotations, fill_controlled_rotations)
ACROSS_BORDERS(lone_rotations, fill_lone_rotations)
ACROSS_BORDERS(matrices_on_high_qubits, fill_matrices)
ACROSS_BORDERS(angles_around_multiples_of_pi, fill_turns)
#undef ACROSS_BORDERS

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_gates),
        cmocka_unit_test(large_tiles),
        cmocka_unit_test(diagonals_alone),
        cmocka_unit_test(affine_permutations_alone),
        cmocka_unit_test(affine_permutations_and_diagonals),
        cmocka_unit_test(toffolis),
        cmocka_unit_test(pauli_rotations),
        cmocka_unit_test(controlled_rotations),
        cmocka_unit_test(lone_rotations),
        cmocka_unit_test(matrices_on_high_qubits),
        cmocka_unit_test(angles_around_multiples_of_pi),
    };
    return support_result(cmocka_run_group_tests_name("sweeps", tests, NULL, NULL));
}
