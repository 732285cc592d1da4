/* Diagonal stages merged across permutations. A Z-string before flips is another Z-string after
   them,

       P zrot(m) = zrot(m') P,

   where a CNOT whose target is in m adds its control to m', and an X whose target is turns the
   angle around. So a D stage that a P stage follows can move behind it, to the D stage that comes
   next, and a whole multiplication of the state is saved. Terms of D and R stages stand in one
   array, stage by stage: those of the two D stages are neighbours there. */
#include "core/program.h"

/* A rotation by a phase stays what it is only where the flips spare its qubits: an AND of parities
   is no mask. */
static bool carries(const hahn_flip *flips, uint64_t count, const hahn_term *t)
{
    for (uint64_t k = 0; k < count && t->kind == HAHN_PHASE; k++)
        if (flips[k].mask & t->mask)
            return false;
    return true;
}

static bool is_affine(const hahn_flip *flips, uint64_t count)
{
    for (uint64_t k = 0; k < count; k++)
        if (flips[k].control & (flips[k].control - 1))
            return false;
    return true;
}

/* Carry a mask behind the flips; true if the angle turns around. */
static bool carry_mask(const hahn_flip *flips, uint64_t count, uint64_t *mask)
{
    bool turned = false;
    for (uint64_t k = 0; k < count; k++) {
        if (!__builtin_parityll(flips[k].mask & *mask))
            continue;
        *mask ^= flips[k].control;
        turned ^= flips[k].control == 0;
    }
    return turned;
}

static void carry_term(hahn_program *program, const hahn_flip *flips, uint64_t count, hahn_term *t)
{
    hahn_member *members = program->members.data;
    if (t->kind != HAHN_ZROT || !carry_mask(flips, count, &t->mask))
        return;
    t->offset = -t->offset;
    t->offset_rest = -t->offset_rest;
    for (uint64_t m = t->first_member; m < t->first_member + t->members; m++)
        members[m].scale = -members[m].scale;
}

/* What a term costs the tables of a tile (reach_of): multiplications of an amplitude, and the part
   of its mask that a block has no say in, where it has one in another. */
typedef struct burden {
    uint64_t products;
    uint64_t groups[HAHN_MOST_GROUPS];
    int group_count;
} burden;

/* Whether the term can join, with its mask within the tile split at the end of a block. */
static bool bear(burden *b, const hahn_term *t, uint64_t mask, uint64_t tile)
{
    const uint64_t block = hahn_bit(HAHN_BLOCK_QUBITS) - 1, within = hahn_compress(mask, tile);
    const uint64_t inside = within & block, upper = mask & ~hahn_lowest(tile, HAHN_BLOCK_QUBITS);
    if (inside && (inside & (inside - 1) || upper))
        b->products += block + 1;
    if (!inside || !upper)
        return true;
    for (int k = 0; k < b->group_count; k++)
        if (b->groups[k] == (upper << 1 | (t->kind == HAHN_PHASE)))
            return true;
    if (b->group_count == HAHN_MOST_GROUPS)
        return false;
    b->groups[b->group_count++] = upper << 1 | (t->kind == HAHN_PHASE);
    b->products += (block + 1) << b->group_count;
    return true;
}

/* Forward and back, a table is multiplied twice where the states are three times, and more is saved
   besides: 22 multiply-adds an amplitude, of which a product takes 4. */
static bool pays(const burden *b, int tile_qubits)
{
    return 2 * 4 * b->products < 22 * hahn_bit(tile_qubits);
}

/* Bounds on what is carried at once: with them, merging takes time in proportion to the circuit. */
#define MOST_TERMS 1024
#define MOST_STEPS 65536

/* Would the D stage `late` bear the terms of `early` too, carried behind the flips? */
static bool worth_merging(const hahn_program *program, const hahn_stage *early,
                          const hahn_stage *late, const hahn_flip *flips, uint64_t flip_count,
                          uint64_t tile)
{
    burden b = {0};
    if (early->count + late->count > MOST_TERMS || early->count * flip_count > MOST_STEPS)
        return false;
    for (uint64_t k = 0; k < late->count; k++) {
        const hahn_term *t = hahn_program_term(program, late->first + k);
        if (!bear(&b, t, t->mask, tile))
            return false;
    }
    b.products = 0;
    for (uint64_t k = 0; k < early->count; k++) {
        const hahn_term *t = hahn_program_term(program, early->first + k);
        uint64_t mask = t->mask;
        if (!carries(flips, flip_count, t))
            return false;
        if (t->kind == HAHN_ZROT)
            (void)carry_mask(flips, flip_count, &mask);
        if (!bear(&b, t, mask, tile))
            return false;
    }
    return pays(&b, program->tile_qubits);
}

/* Merge stage `early` into stage `late`, `flips` between them. */
static void merge(hahn_program *program, hahn_stage *early, hahn_stage *late,
                  const hahn_flip *flips, uint64_t flip_count)
{
    hahn_term *terms = program->terms.data;
    for (uint64_t k = early->first; k < early->first + early->count; k++)
        carry_term(program, flips, flip_count, &terms[k]);
    HAHN_ASSERT(early->first + early->count == late->first);
    late->first = early->first;
    late->count += early->count;
    early->count = 0;
}

/* The next D stage that nothing but one affine P stage separates from stage k; 0: none. */
static uint64_t partner_of(const hahn_program *program, uint64_t k, const hahn_flip **flips,
                           uint64_t *flip_count)
{
    const uint64_t end = program->stages.count;
    *flip_count = 0;
    *flips = NULL;
    if (k + 1 < end && hahn_program_stage(program, k + 1)->kind == HAHN_STAGE_D)
        return k + 1;
    if (k + 2 >= end || hahn_program_stage(program, k + 1)->kind != HAHN_STAGE_P ||
        hahn_program_stage(program, k + 2)->kind != HAHN_STAGE_D)
        return 0;
    const hahn_stage *p = hahn_program_stage(program, k + 1);
    *flips = (const hahn_flip *)program->flips.data + p->first;
    *flip_count = p->count;
    return is_affine(*flips, *flip_count) ? k + 2 : 0;
}

/* P stages that a D stage no longer separates are one. */
static bool joins_flips(const hahn_stage *before, const hahn_stage *stage)
{
    return before->kind == HAHN_STAGE_P && stage->kind == HAHN_STAGE_P &&
           before->first + before->count == stage->first;
}

/* Close the gaps that empty stages leave. */
static void drop_empty(hahn_program *program)
{
    hahn_stage *stages = program->stages.data;
    hahn_sweep *sweeps = program->sweeps.data;
    uint64_t end = 0, sweep_end = 0;
    for (uint64_t s = 0; s < program->sweeps.count; s++) {
        hahn_sweep sweep = sweeps[s];
        const uint64_t first = end;
        for (uint64_t k = sweep.first; k < sweep.end; k++) {
            const bool joins = end > first && joins_flips(&stages[end - 1], &stages[k]);
            if (stages[k].count > 0 && !joins) {
                stages[end++] = stages[k];
                continue;
            }
            if (joins)
                stages[end - 1].count += stages[k].count;
            program->stages_of[stages[k].kind]--;
        }
        sweep.first = first;
        sweep.end = end;
        if (end > first)
            sweeps[sweep_end++] = sweep;
    }
    program->stages.count = end;
    program->sweeps.count = sweep_end;
}

void hahn_merge_diagonals(hahn_program *program)
{
    hahn_stage *stages = program->stages.data;
    const hahn_sweep *sweep = program->sweeps.data;
    for (uint64_t k = 0; k < program->stages.count; k++) {
        const hahn_flip *flips;
        uint64_t flip_count;
        if (stages[k].kind != HAHN_STAGE_D)
            continue;
        const uint64_t late = partner_of(program, k, &flips, &flip_count);
        while (late >= sweep->end)
            sweep++;
        if (late &&
            worth_merging(program, &stages[k], &stages[late], flips, flip_count, sweep->tile))
            merge(program, &stages[k], &stages[late], flips, flip_count);
    }
    drop_empty(program);
}
