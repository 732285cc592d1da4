/* What must hold of every compiled program: each primitive of the circuit is in it once, each sweep
   finds what it moves within its tile, and the tile's view of it is right. */
#include "support.h"

#include "core/lowering.h"
#include "core/program.h"

enum { PARAMETERS = 4 };

/* A primitive, as far as a program keeps it apart from others. */
struct act {
    uint64_t mask, control;
    int kind;
    int64_t uses; /* of parameters; of flips and matrices, how many */
    double angle; /* of fixed parts and scales, added up; 0 for flips and matrices */
};

static int compare_acts(const void *left, const void *right)
{
    const struct act *a = left, *b = right;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->mask != b->mask)
        return a->mask < b->mask ? -1 : 1;
    return a->control == b->control ? 0 : a->control < b->control ? -1 : 1;
}

/* Sort, and join those that act alike. Returns how many are left. */
static size_t join(struct act *acts, size_t count)
{
    size_t end = 0;
    qsort(acts, count, sizeof *acts, compare_acts);
    for (size_t k = 0; k < count; k++)
        if (end && compare_acts(&acts[end - 1], &acts[k]) == 0) {
            acts[end - 1].uses += acts[k].uses;
            acts[end - 1].angle += acts[k].angle;
        } else
            acts[end++] = acts[k];
    return end;
}

static uint64_t bits_of(const int *qubits, int count)
{
    uint64_t bits = 0;
    for (int k = 0; k < count; k++)
        bits |= UINT64_C(1) << qubits[k];
    return bits;
}

static struct act act_of(const hahn_primitive *p)
{
    const bool turns = p->kind <= HAHN_RY, used = turns && p->angle.index >= 0;
    return (struct act){.mask =
                            p->kind == HAHN_MATRIX ? bits_of(p->targets, p->target_count) : p->mask,
                        .control = p->control,
                        .kind = p->kind,
                        .uses = turns ? used : 1,
                        .angle = used ? p->angle.scale : 0};
}

/* What the circuit lowers to, without rotations by a constant 0, and without diagonal ones: those
   may have become others behind a permutation. */
static size_t acts_of_circuit(const hahn_circuit *circuit, struct act *acts)
{
    size_t count = 0;
    hahn_lowerer lowerer = {.circuit = circuit};
    hahn_lowering lowered;
    while (hahn_lower_next(&lowerer, &lowered)) {
        for (int k = 0; k < lowered.count; k++) {
            const hahn_primitive *p = &lowered.list[k];
            const bool fixed = p->kind == HAHN_RY && p->angle.index < 0;
            if (!fixed && p->kind >= HAHN_RY)
                acts[count++] = act_of(p);
        }
    }
    return join(acts, count);
}

static struct act act_of_term(const hahn_program *program, uint64_t index)
{
    const hahn_term *t = hahn_program_term(program, index);
    struct act act = {t->mask, t->control, (int)t->kind, t->members, 0};
    for (uint64_t m = t->first_member; m < t->first_member + t->members; m++)
        act.angle += ((const hahn_member *)program->members.data)[m].scale;
    return act;
}

static struct act act_in_stage(const hahn_program *program, const hahn_stage *stage, uint64_t index)
{
    if (stage->kind == HAHN_STAGE_P) {
        const hahn_flip *flip = (const hahn_flip *)program->flips.data + index;
        return (struct act){flip->mask, flip->control, HAHN_FLIP, 1, 0};
    }
    if (stage->kind == HAHN_STAGE_M) {
        const hahn_dense *m = (const hahn_dense *)program->dense.data + index;
        return (struct act){bits_of(m->target, m->targets), m->control, HAHN_MATRIX, 1, 0};
    }
    return act_of_term(program, index);
}

static size_t acts_of_program(const hahn_program *program, struct act *acts)
{
    size_t count = 0;
    for (uint64_t s = 0; s < program->stages.count; s++) {
        const hahn_stage *stage = hahn_program_stage(program, s);
        for (uint64_t k = stage->first; k < stage->first + stage->count; k++)
            if (stage->kind > HAHN_STAGE_R ||
                (stage->kind == HAHN_STAGE_R && hahn_program_term(program, k)->members))
                acts[count++] = act_in_stage(program, stage, k);
    }
    return join(acts, count);
}

static void check_primitives(const hahn_circuit *circuit, const hahn_program *program)
{
    struct act *wanted = support_allocate((size_t)program->primitives * sizeof *wanted + 1);
    struct act *found = support_allocate((size_t)program->primitives * sizeof *found + 1);
    const size_t count = acts_of_circuit(circuit, wanted);
    assert_int_equal(acts_of_program(program, found), count);
    for (size_t k = 0; k < count; k++) {
        assert_int_equal(compare_acts(&wanted[k], &found[k]), 0);
        assert_int_equal(wanted[k].uses, found[k].uses);
        /* Angles of up to 10, some of them added up in another order. */
        assert_within(found[k].angle, wanted[k].angle, 1e-12);
    }
    free(found);
    free(wanted);
}

/* Bits of `within` put where `tile` has bits. */
static uint64_t spread(uint64_t within, uint64_t tile)
{
    uint64_t index = 0;
    for (int q = 0, k = 0; q < 64; q++)
        if (tile >> q & 1)
            index |= (within >> k++ & 1) << q;
    return index;
}

static void check_local(const hahn_local *local, const struct act *act, uint64_t tile)
{
    const bool diagonal = act->kind < HAHN_RY;
    assert_int_equal(local->kind, act->kind);
    assert_true((spread(local->mask, tile) | (diagonal ? local->outside : 0)) == act->mask);
    assert_true((spread(local->control, tile) | (diagonal ? 0 : local->outside)) == act->control);
    assert_true((local->outside & tile) == 0);
}

/* Terms of a stage stand in the order that the kernels rely on. */
static void check_order(const hahn_program *program, const hahn_stage *stage, uint64_t index)
{
    const hahn_local *l = hahn_local_term(program, index);
    const uint32_t block = (1u << HAHN_BLOCK_QUBITS) - 1;
    const uint64_t place = index - stage->first;
    assert_int_equal(l->trainable, hahn_program_term(program, index)->members > 0);
    if (stage->kind == HAHN_STAGE_R)
        assert_int_equal(place < stage->low, !l->control && !l->outside);
    else if (place < stage->low)
        assert_true(l->mask && !(l->mask & ~block) && !l->outside);
    else
        assert_int_equal(place < stage->low + stage->high, !(l->mask & block));
}

/* One primitive of a stage; what those before it moved and read is in *moved and *read. */
static void check_act(const hahn_program *program, const hahn_stage *stage, uint64_t tile,
                      uint64_t index, uint64_t *moved, uint64_t *read)
{
    const struct act act = act_in_stage(program, stage, index);
    const bool term = stage->kind <= HAHN_STAGE_R, diagonal = stage->kind == HAHN_STAGE_D;
    assert_int_equal(diagonal ? HAHN_STAGE_D : (int)stage->kind,
                     act.kind < HAHN_RY      ? HAHN_STAGE_D
                     : act.kind == HAHN_RY   ? HAHN_STAGE_R
                     : act.kind == HAHN_FLIP ? HAHN_STAGE_P
                                             : HAHN_STAGE_M);
    assert_true((act.mask & act.control) == 0);
    if (!diagonal)
        assert_true(act.mask != 0 && (act.mask & ~tile) == 0);
    if (stage->kind == HAHN_STAGE_R) {
        assert_int_equal(__builtin_popcountll(act.mask), 1);
        /* Rotations of one qubit commute, with controls or without. */
        assert_true(!(act.mask & *read) && !(act.control & *moved));
        *moved |= act.mask;
        *read |= act.control;
    }
    if (term) {
        check_local(hahn_local_term(program, index), &act, tile);
        check_order(program, stage, index);
    } else if (stage->kind == HAHN_STAGE_P)
        check_local(hahn_local_flip(program, index), &act, tile);
}

static void check_sweep(const hahn_program *program, const hahn_sweep *sweep,
                        uint64_t ends[HAHN_STAGE_KINDS])
{
    const int line =
        program->qubits < program->line_qubits ? program->qubits : program->line_qubits;
    uint64_t terms = 0;
    assert_true(sweep->first < sweep->end);
    assert_int_equal(__builtin_popcountll(sweep->tile), program->tile_qubits);
    assert_int_equal(sweep->tile & ((1u << line) - 1), (1u << line) - 1);
    assert_true(sweep->tile >> program->qubits == 0);
    assert_int_equal(sweep->first_term, ends[HAHN_STAGE_D]);
    for (uint64_t s = sweep->first; s < sweep->end; s++) {
        const hahn_stage *stage = hahn_program_stage(program, s);
        uint64_t *end = &ends[stage->kind == HAHN_STAGE_R ? HAHN_STAGE_D : stage->kind];
        uint64_t moved = 0, read = 0, members = 0;
        assert_true(stage->count > 0);
        assert_true(stage->kind != HAHN_STAGE_M || stage->count == 1);
        assert_int_equal(stage->first, *end);
        *end += stage->count;
        for (uint64_t k = stage->first; k < *end; k++) {
            check_act(program, stage, sweep->tile, k, &moved, &read);
            members += stage->kind <= HAHN_STAGE_R ? hahn_program_term(program, k)->members : 0;
        }
        assert_int_equal(stage->trainable, members > 0);
        terms += stage->kind <= HAHN_STAGE_R ? stage->count : 0;
    }
    assert_int_equal(sweep->terms, terms);
    assert_true(terms <= program->largest_sweep);
}

static void check_program(const hahn_circuit *circuit, const hahn_program *program)
{
    uint64_t ends[HAHN_STAGE_KINDS] = {0}, stages = 0, kinds = 0;
    for (uint64_t k = 0; k < program->sweeps.count; k++) {
        const hahn_sweep *sweep = hahn_program_sweep(program, k);
        assert_int_equal(sweep->first, stages);
        stages = sweep->end;
        check_sweep(program, sweep, ends);
    }
    for (int k = 0; k < HAHN_STAGE_KINDS; k++)
        kinds += (uint64_t)program->stages_of[k];
    assert_int_equal(stages, program->stages.count);
    assert_int_equal(kinds, program->stages.count);
    assert_int_equal(ends[HAHN_STAGE_D], program->terms.count);
    assert_int_equal(ends[HAHN_STAGE_P], program->flips.count);
    assert_int_equal(ends[HAHN_STAGE_M], program->dense.count);
    if (program->qubits == program->tile_qubits)
        assert_true(program->sweeps.count <= 1);
    check_primitives(circuit, program);
}

/* Random gates among 14 qubits, spread over all of a larger circuit. */
static hahn_circuit *random_circuit(hahn_engine *engine, struct battery_random *random, int qubits,
                                    int gates)
{
    static struct model model;
    hahn_circuit *circuit;
    model_random(random, qubits < MODEL_MAX_QUBITS ? qubits : MODEL_MAX_QUBITS, gates, PARAMETERS,
                 &model);
    assert_ok(engine, hahn_circuit_create(engine, qubits, &circuit));
    for (int g = 0; g < gates; g++) {
        const int shift = battery_below(random, qubits - model.qubits + 1);
        for (int q = 0; q < MODEL_MAX_QUBITS; q++)
            model.gate[g].qubits[q] += shift;
        for (int c = 0; c < model.gate[g].controls; c++)
            model.gate[g].control[c] += shift;
        assert_ok(engine, model_append(&model.gate[g], circuit));
    }
    return circuit;
}

static void compile_and_check(hahn_engine *engine, hahn_circuit *circuit)
{
    hahn_program *program;
    assert_ok(engine, hahn_program_create(engine, circuit, NULL, &program));
    check_program(circuit, program);
    hahn_program_destroy(program);
    hahn_circuit_destroy(circuit);
}

static void random_circuits(void **state)
{
    struct battery_random random = support_random(__func__);
    hahn_engine *engine = support_reference_engine();
    (void)state;
    for (int tile = HAHN_LEAST_TILE_QUBITS; tile <= HAHN_MOST_TILE_QUBITS; tile++) {
        assert_ok(engine, hahn_engine_set_tile(engine, tile));
        for (int qubits = 1; qubits <= HAHN_MAX_QUBITS; qubits += qubits < 20 ? 1 : 10)
            for (int gates = 0; gates <= MODEL_MAX_GATES; gates += 16)
                compile_and_check(engine, random_circuit(engine, &random, qubits, gates));
    }
    hahn_engine_destroy(engine);
}

/* Deep and regular: many sweeps, long stages, and more left behind than a sweep looks through. */
static void named_circuits(void **state)
{
    hahn_engine *engine = support_reference_engine();
    (void)state;
    for (int tile = HAHN_LEAST_TILE_QUBITS; tile <= HAHN_MOST_TILE_QUBITS; tile += 3)
        for (int qubits = 9; qubits <= 24; qubits += 5) {
            hahn_circuit *circuit;
            assert_ok(engine, hahn_engine_set_tile(engine, tile));
            assert_ok(engine, hahn_ansatz_variational(engine, qubits, 100, &circuit));
            compile_and_check(engine, circuit);
            assert_ok(engine, hahn_ansatz_hardware_efficient(
                                  engine, qubits, 100, HAHN_ENTANGLE_FULL, HAHN_GATE_CZ, &circuit));
            compile_and_check(engine, circuit);
        }
    hahn_engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_circuits),
        cmocka_unit_test(named_circuits),
    };
    return support_result(cmocka_run_group_tests_name("sweep plan", tests, NULL, NULL));
}
