/* From gates to the arrays of a program. Lowering says what each primitive does to qubits
   (collect.c), the scheduler which stage it goes to; then everything is laid out stage by stage,
   rotations that act alike are joined to terms, and each term gets its masks within the tile of its
   sweep. */
#include "core/lowering.h"
#include "core/program.h"

#include <string.h>

static const char what[] = "the stages of a program";

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
static hahn_status lay_gates(hahn_program *program, const hahn_circuit *circuit,
                             const uint32_t *stage_of)
{
    hahn_stage *stages = program->stages.data;
    hahn_lowerer lowerer = {.circuit = circuit};
    hahn_lowering lowered;
    while (hahn_lower_next(&lowerer, &lowered)) {
        for (int k = 0; k < lowered.count; k++, stage_of++) {
            if (*stage_of == HAHN_NO_STAGE)
                continue;
            const hahn_status status = lay(program, &stages[*stage_of], &lowered.list[k]);
            if (status != HAHN_OK)
                return status;
        }
    }
    return HAHN_OK;
}

static hahn_local local_of(const hahn_term *t, uint64_t tile)
{
    const bool diagonal = t->kind != HAHN_RY;
    return (hahn_local){.outside = (diagonal ? t->mask : t->control) & ~tile,
                        .mask = (uint32_t)hahn_compress(t->mask, tile),
                        .control = (uint32_t)hahn_compress(t->control, tile),
                        .kind = (uint8_t)t->kind,
                        .trainable = t->members > 0};
}

/* The order of a stage's terms. D: low (inside a block), high (sparing it), mixed; R: those without
   a control first. Then by masks, higher bits first, so that mixed terms that see the same above
   their block are neighbours; equal ones by arrival, so that sums of angles do not depend on the
   sorting. */
typedef struct sort_key {
    uint64_t outside;
    uint32_t mask, control, arrival;
    uint8_t reach, kind;
} sort_key;

static uint8_t reach_of(const hahn_local *l)
{
    const uint32_t block = (1u << HAHN_BLOCK_QUBITS) - 1;
    if (l->kind == HAHN_RY)
        return l->control || l->outside;
    if (!(l->mask & ~block) && !l->outside && l->mask)
        return 0;
    return l->mask & block ? 2 : 1;
}

static int compare_acts(const sort_key *a, const sort_key *b)
{
    const uint64_t ka[] = {a->reach, a->kind, a->outside, a->mask, a->control};
    const uint64_t kb[] = {b->reach, b->kind, b->outside, b->mask, b->control};
    for (int k = 0; k < 5; k++)
        if (ka[k] != kb[k])
            return ka[k] < kb[k] ? -1 : 1;
    return 0;
}

/* Stable merge of two neighbouring sorted runs into `to`. */
static void merge(const sort_key *left, const sort_key *right, const sort_key *end, sort_key *to)
{
    const sort_key *a = left, *b = right;
    while (a < right || b < end)
        *to++ = b == end || (a < right && compare_acts(a, b) <= 0) ? *a++ : *b++;
}

/* Sort by merging, with room for as many keys in `spare`. Returns where the result stands. */
static sort_key *sort_keys(sort_key *keys, sort_key *spare, uint64_t count)
{
    for (uint64_t run = 1; run < count; run *= 2) {
        for (uint64_t k = 0; k < count; k += 2 * run) {
            const uint64_t middle = k + run < count ? k + run : count;
            const uint64_t end = middle + run < count ? middle + run : count;
            merge(keys + k, keys + middle, keys + end, spare + k);
        }
        sort_key *sorted = spare;
        spare = keys;
        keys = sorted;
    }
    return keys;
}

static void add_offset(hahn_term *term, const hahn_term *more)
{
    const hahn_angle angle = {term->offset, term->offset_rest + more->offset_rest};
    const hahn_angle sum = hahn_angle_add(angle, 1, more->offset);
    term->offset = sum.value;
    term->offset_rest = sum.rest;
}

/* Where joined terms go: arrays are compacted in place, and have gone no further than where the
   stage stands. The scratch arrays have room for the largest stage. */
typedef struct joining {
    hahn_program *program;
    uint64_t term_end, member_end;
    sort_key *keys, *spare;
    hahn_term *terms;
    hahn_member *members;
} joining;

/* Append a term, or add it to the last one where that acts alike. */
static void join_term(joining *j, hahn_stage *stage, const hahn_term *t, const hahn_member *member,
                      bool alike)
{
    hahn_term *terms = j->program->terms.data;
    hahn_member *members = j->program->members.data;
    if (alike)
        add_offset(&terms[j->term_end - 1], t);
    else {
        terms[j->term_end] = *t;
        terms[j->term_end].members = 0;
        terms[j->term_end++].first_member = j->member_end;
        stage->count++;
    }
    if (t->members) {
        members[j->member_end++] = *member;
        terms[j->term_end - 1].members++;
        stage->trainable = true;
    }
}

static void join_stage(joining *j, uint64_t tile, hahn_stage *stage)
{
    const uint64_t first = stage->first, count = stage->count;
    memcpy(j->terms, (hahn_term *)j->program->terms.data + first, count * sizeof(hahn_term));
    memcpy(j->members, (hahn_member *)j->program->members.data + first,
           count * sizeof(hahn_member));
    for (uint64_t k = 0; k < count; k++) {
        const hahn_local local = local_of(&j->terms[k], tile);
        j->keys[k] = (sort_key){local.outside, local.mask,       local.control,
                                (uint32_t)k,   reach_of(&local), local.kind};
    }
    const sort_key *sorted = sort_keys(j->keys, j->spare, count);
    stage->first = j->term_end;
    stage->count = 0;
    for (uint64_t k = 0; k < count; k++) {
        const bool alike = k > 0 && compare_acts(&sorted[k - 1], &sorted[k]) == 0;
        join_term(j, stage, &j->terms[sorted[k].arrival], &j->members[sorted[k].arrival], alike);
        stage->low += !alike && sorted[k].reach == 0;
        stage->high += !alike && sorted[k].reach == 1;
    }
}

static void join_sweep(joining *j, hahn_sweep *sweep)
{
    hahn_stage *stages = j->program->stages.data;
    sweep->first_term = j->term_end;
    for (uint64_t k = sweep->first; k < sweep->end; k++)
        if (stages[k].kind <= HAHN_STAGE_R)
            join_stage(j, sweep->tile, &stages[k]);
    sweep->terms = j->term_end - sweep->first_term;
    if (sweep->terms > j->program->largest_sweep)
        j->program->largest_sweep = sweep->terms;
}

static uint64_t largest_stage(const hahn_program *program)
{
    uint64_t most = 0;
    for (uint64_t k = 0; k < program->stages.count; k++) {
        const hahn_stage *stage = hahn_program_stage(program, k);
        if (stage->kind <= HAHN_STAGE_R && stage->count > most)
            most = stage->count;
    }
    return most;
}

static hahn_status join_terms(hahn_program *program)
{
    void *memory;
    const uint64_t most = largest_stage(program);
    const uint64_t size = 2 * sizeof(sort_key) + sizeof(hahn_term) + sizeof(hahn_member);
    hahn_status status = hahn_allocate(program->engine, most, size, what, &memory);
    if (status != HAHN_OK)
        return status;
    joining j = {.program = program, .terms = memory};
    j.members = (hahn_member *)(j.terms + most);
    j.keys = (sort_key *)(j.members + most);
    j.spare = j.keys + most;
    for (uint64_t k = 0; k < program->sweeps.count; k++)
        join_sweep(&j, (hahn_sweep *)program->sweeps.data + k);
    program->terms.count = j.term_end;
    program->members.count = j.member_end;
    hahn_release(program->engine, memory, most, size);
    return HAHN_OK;
}

static void localise_sweep(hahn_program *program, const hahn_sweep *sweep)
{
    hahn_local *terms = program->local_terms.data, *flips = program->local_flips.data;
    for (uint64_t k = sweep->first_term; k < sweep->first_term + sweep->terms; k++)
        terms[k] = local_of(hahn_program_term(program, k), sweep->tile);
    for (uint64_t k = sweep->first; k < sweep->end; k++) {
        const hahn_stage *stage = hahn_program_stage(program, k);
        if (stage->kind != HAHN_STAGE_P)
            continue;
        for (uint64_t f = stage->first; f < stage->first + stage->count; f++) {
            const hahn_flip *flip = (const hahn_flip *)program->flips.data + f;
            flips[f] = (hahn_local){.outside = flip->control & ~sweep->tile,
                                    .mask = (uint32_t)hahn_compress(flip->mask, sweep->tile),
                                    .control = (uint32_t)hahn_compress(flip->control, sweep->tile),
                                    .kind = HAHN_FLIP};
        }
    }
}

/* The local form of everything. */
static hahn_status localise(hahn_program *program)
{
    hahn_array *terms = &program->local_terms, *flips = &program->local_flips;
    hahn_status status =
        hahn_array_reserve(program->engine, terms, program->terms.count, sizeof(hahn_local), what);
    if (status == HAHN_OK)
        status = hahn_array_reserve(program->engine, flips, program->flips.count,
                                    sizeof(hahn_local), what);
    if (status != HAHN_OK)
        return status;
    terms->count = program->terms.count;
    flips->count = program->flips.count;
    for (uint64_t k = 0; k < program->sweeps.count; k++)
        localise_sweep(program, hahn_program_sweep(program, k));
    return HAHN_OK;
}

static hahn_status schedule_and_lay(hahn_program *program, const hahn_circuit *circuit,
                                    const hahn_array *touches)
{
    void *stage_of;
    hahn_status status =
        hahn_allocate(program->engine, touches->count, sizeof(uint32_t), what, &stage_of);
    if (status != HAHN_OK)
        return status;
    status = hahn_schedule(program, touches->data, touches->count, stage_of);
    if (status == HAHN_OK)
        status = lay_ranges(program);
    if (status == HAHN_OK)
        status = lay_gates(program, circuit, stage_of);
    hahn_release(program->engine, stage_of, touches->count, sizeof(uint32_t));
    return status;
}

hahn_status hahn_lay_out(hahn_program *program, const hahn_circuit *circuit)
{
    hahn_array touches = {0};
    hahn_status status = hahn_collect_touches(program, circuit, &touches);
    if (status == HAHN_OK)
        status = schedule_and_lay(program, circuit, &touches);
    hahn_array_release(program->engine, &touches, sizeof(hahn_touch));
    if (status != HAHN_OK)
        return status;
    hahn_merge_diagonals(program);
    status = join_terms(program);
    return status == HAHN_OK ? localise(program) : status;
}
