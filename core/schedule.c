/* From gates to stages. Each primitive goes to the earliest stage of its kind that the qubits it
   shares with earlier ones allow; what commutes meets in one stage. One pass over the gates, a
   binary search for each primitive; a second pass lays them out, stage by stage. */
#include "core/circuit.h"
#include "core/program.h"

#include <stdlib.h>
#include <string.h>

static const char what[] = "the stages of a program";

/* Stage of a primitive that does nothing. */
#define NO_STAGE UINT32_MAX

typedef struct scheduler {
    hahn_program *program;
    hahn_engine *engine;
    hahn_array stage_of;                  /* uint32_t: stage of each primitive, in circuit order */
    hahn_array of_kind[HAHN_STAGE_KINDS]; /* uint32_t: stage numbers of one kind, ascending */
    /* One more than the last stage that acts on a qubit: as a target (moves amplitudes along it),
       or diagonally (its phase or a control depends on it). 0: none. */
    uint64_t target_end[HAHN_MAX_QUBITS], diagonal_end[HAHN_MAX_QUBITS];
} scheduler;

static hahn_stage_kind kind_of(const hahn_primitive *p)
{
    static const hahn_stage_kind kinds[] = {[HAHN_ZROT] = HAHN_STAGE_D,
                                            [HAHN_PHASE] = HAHN_STAGE_D,
                                            [HAHN_RY] = HAHN_STAGE_R,
                                            [HAHN_FLIP] = HAHN_STAGE_P,
                                            [HAHN_MATRIX] = HAHN_STAGE_M};
    return kinds[p->kind];
}

/* Qubits along which a primitive moves amplitudes, and those it only reads. */
static uint64_t moved(const hahn_primitive *p)
{
    return p->kind == HAHN_ZROT || p->kind == HAHN_PHASE ? 0 : p->mask;
}

static uint64_t read_only(const hahn_primitive *p)
{
    return p->kind == HAHN_ZROT || p->kind == HAHN_PHASE ? p->mask : p->control;
}

/* First stage number a primitive may go to, were it not for its kind: one after the last that does
   not commute with it. */
static uint64_t earliest(const scheduler *s, const hahn_primitive *p)
{
    uint64_t end = 0;
    for (uint64_t rest = moved(p) | read_only(p); rest; rest &= rest - 1) {
        const int q = __builtin_ctzll(rest);
        end = s->target_end[q] > end ? s->target_end[q] : end;
        if ((moved(p) & hahn_bit(q)) && s->diagonal_end[q] > end)
            end = s->diagonal_end[q];
    }
    return end;
}

/* First of the ascending numbers that is at least `least`, or NO_STAGE. */
static uint32_t first_from(const hahn_array *numbers, uint64_t least)
{
    const uint32_t *data = numbers->data;
    uint64_t low = 0, high = numbers->count;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (data[middle] < least)
            low = middle + 1;
        else
            high = middle;
    }
    return low < numbers->count ? data[low] : NO_STAGE;
}

static hahn_status open_stage(scheduler *s, hahn_stage_kind kind, uint32_t *stage)
{
    hahn_array *numbers = &s->of_kind[kind], *stages = &s->program->stages;
    if (stages->count >= NO_STAGE)
        return hahn_fail(s->engine, HAHN_ERR_ARGUMENT, "more than %u stages: use a shorter circuit",
                         NO_STAGE - 1);
    hahn_status status = hahn_array_reserve(s->engine, numbers, 1, sizeof(uint32_t), what);
    if (status == HAHN_OK)
        status = hahn_array_reserve(s->engine, stages, 1, sizeof(hahn_stage), what);
    if (status != HAHN_OK)
        return status;
    *stage = (uint32_t)stages->count;
    ((uint32_t *)numbers->data)[numbers->count++] = *stage;
    ((hahn_stage *)stages->data)[stages->count++] =
        (hahn_stage){.kind = (uint8_t)kind, .table = HAHN_NO_TABLE};
    s->program->stages_of[kind]++;
    return HAHN_OK;
}

/* A flip may join the very P stage that bounds it: its flips are done in order. A matrix stage
   holds one matrix. */
static hahn_status choose_stage(scheduler *s, const hahn_primitive *p, uint32_t *stage)
{
    const hahn_stage_kind kind = kind_of(p);
    uint64_t least = earliest(s, p);
    if (kind == HAHN_STAGE_P && least > 0 &&
        hahn_program_stage(s->program, least - 1)->kind == HAHN_STAGE_P)
        least--;
    *stage = kind == HAHN_STAGE_M ? NO_STAGE : first_from(&s->of_kind[kind], least);
    return *stage == NO_STAGE ? open_stage(s, kind, stage) : HAHN_OK;
}

/* Raise the ends of the qubits in mask to one past `stage`. */
static void raise_ends(uint64_t *ends, uint64_t mask, uint32_t stage)
{
    for (; mask; mask &= mask - 1) {
        uint64_t *end = &ends[__builtin_ctzll(mask)];
        *end = stage + UINT64_C(1) > *end ? stage + UINT64_C(1) : *end;
    }
}

/* A rotation by a constant 0 does nothing. */
static bool is_idle(const hahn_primitive *p)
{
    return kind_of(p) <= HAHN_STAGE_R && p->angle.index < 0 && p->angle.offset == 0;
}

static hahn_status place(scheduler *s, const hahn_primitive *p)
{
    uint32_t stage = NO_STAGE;
    hahn_status status = hahn_array_reserve(s->engine, &s->stage_of, 1, sizeof(uint32_t), what);
    if (status == HAHN_OK && !is_idle(p))
        status = choose_stage(s, p, &stage);
    if (status != HAHN_OK)
        return status;
    ((uint32_t *)s->stage_of.data)[s->stage_of.count++] = stage;
    if (stage == NO_STAGE)
        return HAHN_OK;
    raise_ends(s->target_end, moved(p), stage);
    raise_ends(s->diagonal_end, read_only(p), stage);
    ((hahn_stage *)s->program->stages.data)[stage].count++;
    return HAHN_OK;
}

/* First walk over the circuit: which stage each primitive goes to. */
static hahn_status place_gates(scheduler *s, const hahn_circuit *circuit)
{
    hahn_lowering lowered;
    for (int64_t g = 0; g < hahn_circuit_gates(circuit); g++) {
        const hahn_gate_call call = hahn_circuit_call(circuit, g);
        hahn_gate_lower(&call, &lowered);
        HAHN_VERIFY_ASSERT(lowered.count <= HAHN_MAX_LOWERED);
        for (int k = 0; k < lowered.count; k++) {
            const hahn_status status = place(s, &lowered.list[k]);
            if (status != HAHN_OK)
                return status;
        }
    }
    s->program->primitives = (int64_t)s->stage_of.count;
    return HAHN_OK;
}

/* Give each stage its range, and the arrays their room. Counts become 0 again, to be filled. */
static hahn_status lay_ranges(hahn_program *program)
{
    hahn_stage *stages = program->stages.data;
    uint64_t ends[HAHN_STAGE_KINDS] = {0};
    for (uint64_t k = 0; k < program->stages.count; k++) {
        uint64_t *end = &ends[stages[k].kind == HAHN_STAGE_R ? HAHN_STAGE_D : stages[k].kind];
        stages[k].first = *end;
        *end += stages[k].count;
        stages[k].count = 0;
    }
    const struct {
        hahn_array *array;
        uint64_t count, size;
    } rooms[] = {
        {&program->terms, ends[HAHN_STAGE_D], sizeof(hahn_term)},
        {&program->members, ends[HAHN_STAGE_D], sizeof(hahn_member)},
        {&program->flips, ends[HAHN_STAGE_P], sizeof(hahn_flip)},
        {&program->dense, ends[HAHN_STAGE_M], sizeof(hahn_dense)},
    };
    hahn_status status = HAHN_OK;
    for (size_t k = 0; k < sizeof rooms / sizeof *rooms && status == HAHN_OK; k++) {
        status = hahn_array_reserve(program->engine, rooms[k].array, rooms[k].count, rooms[k].size,
                                    what);
        if (status == HAHN_OK)
            rooms[k].array->count = rooms[k].count;
    }
    return status;
}

static hahn_status lay_dense(hahn_program *program, hahn_dense *dense, const hahn_primitive *p)
{
    const int dimension = 1 << p->target_count;
    const uint64_t size = (uint64_t)dimension * (uint64_t)dimension;
    hahn_status status =
        hahn_array_reserve(program->engine, &program->entries, size, sizeof(double _Complex), what);
    if (status != HAHN_OK)
        return status;
    *dense = (hahn_dense){
        .control = p->control, .first_entry = program->entries.count, .targets = p->target_count};
    double _Complex *entries = (double _Complex *)program->entries.data + dense->first_entry;
    memcpy(dense->target, p->targets, sizeof(int) * (size_t)p->target_count);
    for (int r = 0; r < dimension; r++)
        for (int c = 0; c < dimension; c++)
            entries[r * dimension + c] =
                p->dagger ? conj(p->matrix[c * dimension + r]) : p->matrix[r * dimension + c];
    program->entries.count += size;
    return HAHN_OK;
}

/* Put a primitive at the end of its stage's range. Each rotation is a term of its own as yet, with
   room for one member at the same place. */
static hahn_status lay(hahn_program *program, hahn_stage *stage, const hahn_primitive *p)
{
    const uint64_t at = stage->first + stage->count++;
    if (stage->kind == HAHN_STAGE_M)
        return lay_dense(program, (hahn_dense *)program->dense.data + at, p);
    if (stage->kind == HAHN_STAGE_P) {
        ((hahn_flip *)program->flips.data)[at] = (hahn_flip){p->mask, p->control};
        return HAHN_OK;
    }
    ((hahn_term *)program->terms.data)[at] = (hahn_term){.mask = p->mask,
                                                         .control = p->control,
                                                         .offset = p->angle.offset,
                                                         .offset_rest = p->rest,
                                                         .first_member = at,
                                                         .members = p->angle.index >= 0,
                                                         .kind = p->kind};
    ((hahn_member *)program->members.data)[at] = (hahn_member){p->angle.scale, p->angle.index};
    return HAHN_OK;
}

/* Second walk: everything to its place. */
static hahn_status lay_gates(scheduler *s, const hahn_circuit *circuit)
{
    const uint32_t *stage_of = s->stage_of.data;
    hahn_stage *stages = s->program->stages.data;
    hahn_lowering lowered;
    for (int64_t g = 0; g < hahn_circuit_gates(circuit); g++) {
        const hahn_gate_call call = hahn_circuit_call(circuit, g);
        hahn_gate_lower(&call, &lowered);
        for (int k = 0; k < lowered.count; k++, stage_of++) {
            if (*stage_of == NO_STAGE)
                continue;
            const hahn_status status = lay(s->program, &stages[*stage_of], &lowered.list[k]);
            if (status != HAHN_OK)
                return status;
        }
    }
    return HAHN_OK;
}

/* D terms stand in the order low (inside a block), high (sparing it), mixed. */
static int reach(const hahn_term *t)
{
    const uint64_t block = hahn_bit(HAHN_BLOCK_QUBITS) - 1;
    if (t->kind == HAHN_RY || !(t->mask & ~block))
        return 0;
    return t->mask & block ? 2 : 1;
}

static int compare_masks(const hahn_term *a, const hahn_term *b)
{
    const uint64_t ka[] = {(uint64_t)reach(a), a->kind, a->mask, a->control};
    const uint64_t kb[] = {(uint64_t)reach(b), b->kind, b->mask, b->control};
    for (int k = 0; k < 4; k++)
        if (ka[k] != kb[k])
            return ka[k] < kb[k] ? -1 : 1;
    return 0;
}

/* Equal masks by arrival, so that sums of angles do not depend on the sorting. */
static int by_masks(const void *left, const void *right)
{
    const hahn_term *a = left, *b = right;
    const int order = compare_masks(a, b);
    return order ? order
                 : (a->first_member > b->first_member) - (a->first_member < b->first_member);
}

static void add_offset(hahn_term *term, const hahn_term *more)
{
    const hahn_angle angle = {term->offset, term->offset_rest + more->offset_rest};
    const hahn_angle sum = hahn_angle_add(angle, 1, more->offset);
    term->offset = sum.value;
    term->offset_rest = sum.rest;
}

/* Sort a stage's terms, join those of one mask, and move them down to *end of the arrays, which has
   gone no further than where they stand. `scratch` has room for the stage's members. */
static void join_terms(hahn_program *program, hahn_stage *stage, hahn_member *scratch,
                       uint64_t *term_end, uint64_t *member_end)
{
    hahn_term *terms = program->terms.data;
    hahn_member *members = program->members.data;
    const uint64_t first = stage->first, count = stage->count;
    qsort(terms + first, count, sizeof *terms, by_masks);
    memcpy(scratch, members + first, count * sizeof *members);
    stage->first = *term_end;
    stage->count = 0;
    for (uint64_t k = first; k < first + count; k++) {
        const hahn_term t = terms[k];
        if (stage->count && compare_masks(&terms[*term_end - 1], &t) == 0)
            add_offset(&terms[*term_end - 1], &t);
        else {
            terms[*term_end] = t;
            terms[*term_end].members = 0;
            terms[(*term_end)++].first_member = *member_end;
            stage->count++;
            stage->low += reach(&t) == 0;
            stage->high += reach(&t) == 1;
        }
        if (t.members) {
            members[(*member_end)++] = scratch[t.first_member - first];
            terms[*term_end - 1].members++;
            stage->trainable = true;
        }
    }
}

static hahn_status join_stages(hahn_program *program)
{
    hahn_stage *stages = program->stages.data;
    uint64_t most = 0, term_end = 0, member_end = 0;
    void *scratch;
    for (uint64_t k = 0; k < program->stages.count; k++)
        if (stages[k].kind <= HAHN_STAGE_R && stages[k].count > most)
            most = stages[k].count;
    hahn_status status = hahn_allocate(program->engine, most, sizeof(hahn_member), what, &scratch);
    if (status != HAHN_OK)
        return status;
    for (uint64_t k = 0; k < program->stages.count; k++) {
        if (stages[k].kind > HAHN_STAGE_R)
            continue;
        join_terms(program, &stages[k], scratch, &term_end, &member_end);
        if (stages[k].count > program->largest_stage)
            program->largest_stage = stages[k].count;
    }
    program->terms.count = term_end;
    program->members.count = member_end;
    hahn_release(program->engine, scratch, most, sizeof(hahn_member));
    return HAHN_OK;
}

hahn_status hahn_schedule(hahn_program *program, const hahn_circuit *circuit)
{
    hahn_engine *engine = program->engine;
    scheduler s = {.program = program, .engine = engine};
    hahn_status status = place_gates(&s, circuit);
    if (status == HAHN_OK)
        status = lay_ranges(program);
    if (status == HAHN_OK)
        status = lay_gates(&s, circuit);
    if (status == HAHN_OK)
        status = join_stages(program);
    hahn_array_release(engine, &s.stage_of, sizeof(uint32_t));
    for (int k = 0; k < HAHN_STAGE_KINDS; k++)
        hahn_array_release(engine, &s.of_kind[k], sizeof(uint32_t));
    return status;
}
