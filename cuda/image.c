#include "cuda/image.h"

#include <string.h>

/* Passes and slots as they are emitted; without a block they are only counted. */
typedef struct emitter {
    const hahn_program *program;
    bool fused;
    hahn_pass *passes;
    hahn_turn *turns;
    hahn_term *terms;
    uint32_t *slot_of;
    uint64_t pass_count, slot_count, turning_passes;
    const hahn_stage *moving; /* a permutation that waits for the next pass, or NULL */
    uint64_t tile;
    int span;
} emitter;

int hahn_image_span(const hahn_program *program)
{
    return program->tile_qubits < HAHN_LEAST_SPAN ? HAHN_LEAST_SPAN : program->tile_qubits;
}

/* -- permutations ----------------------------------------------------------------------------- */

/* Where amplitude j of a tile comes from, all outside controls being off. */
static uint32_t source_of(const hahn_program *program, const hahn_stage *stage, uint32_t j)
{
    for (uint64_t k = stage->first + stage->count; k-- > stage->first;) {
        const hahn_local *flip = hahn_local_flip(program, k);
        j ^= hahn_holds(flip, 0, j) ? flip->mask : 0;
    }
    return j;
}

static void add_permutation(const emitter *e, const hahn_stage *stage, hahn_pass *pass)
{
    pass->first_flip = (uint32_t)stage->first;
    pass->flips = (uint32_t)stage->count;
    if (!stage->affine) {
        pass->parts |= HAHN_PASS_FLIPS;
        return;
    }
    pass->parts |= HAHN_PASS_MOVES;
    for (uint64_t k = stage->first; k < stage->first + stage->count; k++)
        pass->parts |= hahn_local_flip(e->program, k)->outside ? HAHN_PASS_SHIFTS : 0;
    pass->zero = (uint16_t)source_of(e->program, stage, 0);
    for (int b = 0; b < e->span; b++)
        pass->column[b] = (uint16_t)(source_of(e->program, stage, 1u << b) ^ pass->zero);
}

/* -- slots ------------------------------------------------------------------------------------ */

static void add_slot(emitter *e, hahn_pass *pass, uint64_t term)
{
    const hahn_local *local = hahn_local_term(e->program, term);
    const uint64_t slot = e->slot_count++;
    pass->slots++;
    if (local->trainable)
        pass->parts |= HAHN_PASS_LOOKS;
    if (!e->passes)
        return;
    e->turns[slot] = (hahn_turn){.outside = local->outside,
                                 .mask = local->kind == HAHN_RY ? local->control : local->mask,
                                 .looks = local->trainable};
    e->terms[slot] = *hahn_program_term(e->program, term);
    e->slot_of[term] = (uint32_t)slot;
}

static int class_of(const hahn_local *local, const hahn_pass *pass)
{
    int class = local->kind == HAHN_PHASE ? HAHN_HELD : 0;
    for (int k = 0; k < HAHN_HELD_QUBITS; k++)
        class |= (int)(local->mask >> pass->held[k] & 1) << k;
    return class;
}

/* Short circuits do without, and keep what is exact. */
#define FIRST_JITTERED 256

static float start_of(uint64_t pass)
{
    if (pass < FIRST_JITTERED)
        return 1;
    const uint64_t pair = pass / 2, hash = pair * UINT64_C(0x9e3779b97f4a7c15) ^ pair << 40;
    const double jitter = 1 + 0x1p-32 * (double)(hash * UINT64_C(0xd1342543de82ef95) >> 32);
    return (float)(pass % 2 ? 1 / jitter : jitter);
}

/* Diagonal terms, at most HAHN_PASS_SLOTS of them. */
static void add_diagonal(emitter *e, hahn_pass *pass, uint64_t first, uint64_t count)
{
    if (!e->passes) {
        e->slot_count += count;
        return;
    }
    if (count) {
        pass->parts |= HAHN_PASS_TURNS;
        pass->start = start_of(e->turning_passes++);
    }
    for (int class = 0; class < HAHN_CLASSES; class ++) {
        for (uint64_t k = first; k < first + count; k++)
            if (class_of(hahn_local_term(e->program, k), pass) == class) {
                add_slot(e, pass, k);
                pass->parts |= class >= HAHN_HELD ? HAHN_PASS_CORNERS : 0;
            }
        pass->end[class] = pass->slots;
    }
}

/* -- passes ----------------------------------------------------------------------------------- */

/* Hold the bits of `wanted`, and the highest others. */
static void hold(const emitter *e, uint32_t wanted, hahn_pass *pass)
{
    for (int b = e->span - 1; __builtin_popcount(wanted) < HAHN_HELD_QUBITS; b--)
        wanted |= 1u << b;
    for (int k = 0; k < HAHN_HELD_QUBITS; k++, wanted &= wanted - 1)
        pass->held[k] = (uint8_t)__builtin_ctz(wanted);
}

static hahn_pass begin_pass(emitter *e, uint32_t wanted)
{
    hahn_pass pass = {.first_slot = (uint32_t)e->slot_count, .start = 1};
    hold(e, wanted, &pass);
    if (e->moving)
        add_permutation(e, e->moving, &pass);
    e->moving = NULL;
    return pass;
}

static void end_pass(emitter *e, const hahn_pass *pass)
{
    if (e->passes)
        e->passes[e->pass_count] = *pass;
    e->pass_count++;
}

/* The next rotations of a stage, up to as many as can be held: their targets. A target may come
   again, with other controls, and then waits for the next pass. */
static uint32_t take_targets(const emitter *e, const hahn_stage *r, uint64_t from, uint64_t *count)
{
    uint32_t targets = 0;
    for (*count = 0; r && from + *count < r->count && *count < HAHN_HELD_QUBITS; ++*count) {
        const uint32_t target = hahn_local_term(e->program, r->first + from + *count)->mask;
        if (targets & target)
            break;
        targets |= target;
    }
    return targets;
}

/* Slots of rotations stand in the order of the bits they turn. */
static void add_rotations(emitter *e, hahn_pass *pass, const hahn_stage *r, uint64_t from,
                          uint64_t count)
{
    for (int b = 0; b < HAHN_HELD_QUBITS; b++)
        for (uint64_t k = r ? r->first + from : 0, end = k + count; k < end; k++)
            if (hahn_local_term(e->program, k)->mask == 1u << pass->held[b]) {
                add_slot(e, pass, k);
                pass->rotated |= (uint8_t)(1 << b);
            }
}

/* A D stage and the R stage after it, or one of them alone. */
static void emit_couple(emitter *e, const hahn_stage *d, const hahn_stage *r)
{
    uint64_t term = d ? d->first : 0, left = d ? d->count : 0, from = 0, count;
    uint32_t targets = take_targets(e, r, 0, &count);
    while (left > HAHN_PASS_SLOTS - count) {
        const uint64_t part = left < HAHN_PASS_SLOTS ? left : HAHN_PASS_SLOTS;
        hahn_pass pass = begin_pass(e, targets);
        add_diagonal(e, &pass, term, part);
        end_pass(e, &pass);
        term += part;
        left -= part;
    }
    while (left || count) {
        hahn_pass pass = begin_pass(e, targets);
        add_diagonal(e, &pass, term, left);
        add_rotations(e, &pass, r, from, count);
        end_pass(e, &pass);
        left = 0;
        from += count;
        targets = take_targets(e, r, from, &count);
    }
}

static void emit_dense(emitter *e, const hahn_stage *stage)
{
    hahn_pass pass = begin_pass(e, 0);
    pass.parts |= HAHN_PASS_DENSE;
    pass.first_flip = (uint32_t)stage->first;
    end_pass(e, &pass);
}

static void emit_permutation(emitter *e)
{
    const hahn_pass pass = begin_pass(e, 0);
    end_pass(e, &pass);
}

static const hahn_stage *stage_if(const emitter *e, bool there, uint64_t k, hahn_stage_kind kind)
{
    const hahn_stage *stage = there ? hahn_program_stage(e->program, k) : NULL;
    return stage && stage->kind == kind ? stage : NULL;
}

/* Emit stage k, and what is fused with it; returns the next one. */
static uint64_t emit_stage(emitter *e, uint64_t k, uint64_t end)
{
    const hahn_stage *stage = hahn_program_stage(e->program, k);
    const bool more = e->fused && k + 1 < end;
    if (stage->kind == HAHN_STAGE_M)
        emit_dense(e, stage);
    else if (stage->kind == HAHN_STAGE_P) {
        e->moving = stage;
        if (!more || !stage->affine || hahn_program_stage(e->program, k + 1)->kind > HAHN_STAGE_R)
            emit_permutation(e);
    } else if (stage->kind == HAHN_STAGE_R)
        emit_couple(e, NULL, stage);
    else {
        const hahn_stage *r = stage_if(e, more, k + 1, HAHN_STAGE_R);
        emit_couple(e, stage, r);
        return k + (r ? 2 : 1);
    }
    return k + 1;
}

static void emit_program(emitter *e, uint32_t *first_pass)
{
    for (uint64_t s = 0; s < e->program->sweeps.count; s++) {
        const hahn_sweep *sweep = hahn_program_sweep(e->program, s);
        e->tile = sweep->tile;
        for (uint64_t k = sweep->first; k < sweep->end;) {
            const uint64_t pass = e->pass_count, next = emit_stage(e, k, sweep->end);
            for (; k < next; k++)
                if (first_pass)
                    first_pass[k] = (uint32_t)pass;
        }
    }
    if (first_pass)
        first_pass[e->program->stages.count] = (uint32_t)e->pass_count;
}

/* -- the image -------------------------------------------------------------------------------- */

enum { PASSES, TURNS, TERMS, MEMBERS, FIRST_USE, USES, FLIPS, DENSE, ENTRIES };

hahn_image_plan hahn_image_measure(const hahn_program *program, hahn_precision precision)
{
    emitter e = {.program = program, .span = hahn_image_span(program)};
    hahn_image_plan plan = {0};
    uint64_t end = 0;
    emit_program(&e, NULL);
    plan.passes = e.pass_count;
    plan.slots = e.slot_count;
    HAHN_ASSERT(plan.slots == program->terms.count);
    plan.at[PASSES] = hahn_image_take(&end, plan.passes, sizeof(hahn_pass));
    plan.at[TURNS] = hahn_image_take(&end, plan.slots, sizeof(hahn_turn));
    plan.at[TERMS] = hahn_image_take(&end, plan.slots, sizeof(hahn_term));
    plan.at[MEMBERS] = hahn_image_take(&end, program->members.count, sizeof(hahn_member));
    plan.at[FIRST_USE] = hahn_image_take(&end, (uint64_t)program->parameters + 1, sizeof(uint64_t));
    plan.at[USES] = hahn_image_take(&end, program->members.count, sizeof(hahn_member));
    plan.at[FLIPS] = hahn_image_take(&end, program->flips.count, sizeof(hahn_local));
    plan.at[DENSE] = hahn_image_take(&end, program->dense.count, sizeof(hahn_cuda_dense));
    plan.at[ENTRIES] = hahn_image_take(&end, program->entries.count, sizeof(double _Complex));
    plan.sum = hahn_sum_measure(&program->plan, precision, &end);
    plan.device_bytes = end;
    plan.first_pass = hahn_image_take(&end, program->stages.count + 1, sizeof(uint32_t));
    plan.slot_of = hahn_image_take(&end, program->terms.count, sizeof(uint32_t));
    plan.bytes = end;
    return plan;
}

hahn_image hahn_image_at(const hahn_image_plan *plan, const char *block)
{
    const void *at[ENTRIES + 1];
    for (int k = 0; k <= ENTRIES; k++)
        at[k] = block + plan->at[k];
    return (hahn_image){.passes = at[PASSES],
                        .turns = at[TURNS],
                        .terms = at[TERMS],
                        .members = at[MEMBERS],
                        .first_use = at[FIRST_USE],
                        .uses = at[USES],
                        .flips = at[FLIPS],
                        .dense = at[DENSE],
                        .entries = at[ENTRIES],
                        .sum = hahn_sum_at(&plan->sum, block)};
}

/* Where parameters are used: counted, then filled in the order of terms. */
static void fill_uses(const hahn_program *program, const uint32_t *slot_of, uint64_t *first_use,
                      hahn_member *uses)
{
    const hahn_member *members = program->members.data;
    memset(first_use, 0, ((uint64_t)program->parameters + 1) * sizeof *first_use);
    for (uint64_t k = 0; k < program->members.count; k++)
        first_use[members[k].index + 1]++;
    for (int64_t p = 0; p < program->parameters; p++)
        first_use[p + 1] += first_use[p];
    for (uint64_t t = 0; t < program->terms.count; t++) {
        const hahn_term *term = hahn_program_term(program, t);
        for (uint64_t k = term->first_member; k < term->first_member + term->members; k++)
            uses[first_use[members[k].index]++] = (hahn_member){members[k].scale, slot_of[t]};
    }
    /* Each stands at its end now, which is where the next one began. */
    memmove(first_use + 1, first_use, (uint64_t)program->parameters * sizeof *first_use);
    first_use[0] = 0;
}

static void fill_dense(const hahn_program *program, hahn_cuda_dense *out)
{
    for (uint64_t s = 0; s < program->sweeps.count; s++) {
        const hahn_sweep *sweep = hahn_program_sweep(program, s);
        for (uint64_t k = sweep->first; k < sweep->end; k++) {
            const hahn_stage *stage = hahn_program_stage(program, k);
            if (stage->kind != HAHN_STAGE_M)
                continue;
            const hahn_dense *m = (const hahn_dense *)program->dense.data + stage->first;
            hahn_cuda_dense own = {.outside = m->control & ~sweep->tile,
                                   .control = (uint32_t)hahn_compress(m->control, sweep->tile),
                                   .targets = (uint32_t)m->targets,
                                   .first_entry = m->first_entry};
            for (int t = 0; t < m->targets; t++)
                own.target[t] =
                    (uint8_t)__builtin_ctzll(hahn_compress(hahn_bit(m->target[t]), sweep->tile));
            out[stage->first] = own;
        }
    }
}

static void copy(char *to, const void *from, uint64_t bytes)
{
    if (bytes)
        memcpy(to, from, bytes);
}

void hahn_image_fill(const hahn_program *program, hahn_precision precision, bool fused,
                     const hahn_image_plan *plan, char *block)
{
    emitter e = {.program = program, .fused = fused, .span = hahn_image_span(program)};
    memset(block, 0, plan->bytes);
    e.passes = (hahn_pass *)(void *)(block + plan->at[PASSES]);
    e.turns = (hahn_turn *)(void *)(block + plan->at[TURNS]);
    e.terms = (hahn_term *)(void *)(block + plan->at[TERMS]);
    e.slot_of = (uint32_t *)(void *)(block + plan->slot_of);
    emit_program(&e, (uint32_t *)(void *)(block + plan->first_pass));
    HAHN_ASSERT(e.pass_count <= plan->passes && e.slot_count == plan->slots);
    fill_uses(program, e.slot_of, (uint64_t *)(void *)(block + plan->at[FIRST_USE]),
              (hahn_member *)(void *)(block + plan->at[USES]));
    fill_dense(program, (hahn_cuda_dense *)(void *)(block + plan->at[DENSE]));
    copy(block + plan->at[MEMBERS], program->members.data,
         program->members.count * sizeof(hahn_member));
    copy(block + plan->at[FLIPS], program->local_flips.data,
         program->local_flips.count * sizeof(hahn_local));
    copy(block + plan->at[ENTRIES], program->entries.data,
         program->entries.count * sizeof(double _Complex));
    hahn_sum_fill(&program->plan, precision, &plan->sum, block);
}
