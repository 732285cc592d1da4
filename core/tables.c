/* Permutation tables: for states that fit a tile, a whole P stage is one gather. Circuits repeat
   their entangling layers, so equal stages share a table. */
#include "core/program.h"

#include "core/circuit.h"

#include <string.h>

/* Bound on all tables of a program, bytes. Stages beyond it are done flip by flip. */
#define MOST_TABLE_BYTES (UINT64_C(16) << 20)

typedef struct seen {
    uint64_t fingerprint;
    uint64_t stage; /* one more than the stage whose table it is; 0: free slot */
} seen;

static const hahn_flip *flips_of(const hahn_program *program, const hahn_stage *stage)
{
    return (const hahn_flip *)program->flips.data + stage->first;
}

static uint64_t fingerprint_of(const hahn_program *program, const hahn_stage *stage)
{
    uint64_t f = HAHN_FINGERPRINT_START;
    for (uint64_t k = 0; k < stage->count; k++)
        f = hahn_mix(hahn_mix(f, flips_of(program, stage)[k].mask),
                     flips_of(program, stage)[k].control);
    return f;
}

static bool same_flips(const hahn_program *program, const hahn_stage *a, const hahn_stage *b)
{
    return a->count == b->count &&
           memcmp(flips_of(program, a), flips_of(program, b), a->count * sizeof(hahn_flip)) == 0;
}

/* Where amplitude j goes. */
static uint64_t carry_index(const hahn_program *program, const hahn_stage *stage, uint64_t j)
{
    const hahn_flip *flip = flips_of(program, stage);
    for (uint64_t k = 0; k < stage->count; k++)
        if ((j & flip[k].control) == flip[k].control)
            j ^= flip[k].mask;
    return j;
}

/* Sources (new[j] = old[source[j]]), then destinations, which serve the way back. */
static void fill_table(const hahn_program *program, const hahn_stage *stage, uint16_t *table)
{
    const uint64_t dimension = hahn_bit(program->qubits);
    for (uint64_t j = 0; j < dimension; j++) {
        const uint64_t to = carry_index(program, stage, j);
        table[to] = (uint16_t)j;
        table[dimension + j] = (uint16_t)to;
    }
}

/* Slot of an equal stage seen before, or a free one. The hash table is never full. */
static seen *find_slot(const hahn_program *program, seen *slots, uint64_t size,
                       const hahn_stage *stage, uint64_t fingerprint)
{
    uint64_t k = fingerprint & (size - 1);
    for (; slots[k].stage; k = (k + 1) & (size - 1))
        if (slots[k].fingerprint == fingerprint &&
            same_flips(program, hahn_program_stage(program, slots[k].stage - 1), stage))
            break;
    return &slots[k];
}

static hahn_status give_table(hahn_program *program, hahn_stage *stage)
{
    const uint64_t entries = 2 * hahn_bit(program->qubits);
    if ((program->tables.count + entries) * sizeof(uint16_t) > MOST_TABLE_BYTES)
        return HAHN_OK;
    hahn_status status = hahn_array_reserve(program->engine, &program->tables, entries,
                                            sizeof(uint16_t), "the permutations of a program");
    if (status != HAHN_OK)
        return status;
    stage->table = program->tables.count;
    program->tables.count += entries;
    fill_table(program, stage, (uint16_t *)program->tables.data + stage->table);
    return HAHN_OK;
}

hahn_status hahn_build_tables(hahn_program *program)
{
    void *memory;
    hahn_stage *stages = program->stages.data;
    uint64_t size = 16;
    if (program->qubits > HAHN_TILE_QUBITS)
        return HAHN_OK;
    while (size < 2 * (uint64_t)program->stages_of[HAHN_STAGE_P])
        size *= 2;
    hahn_status status = hahn_allocate(program->engine, size, sizeof(seen),
                                       "the permutations of a program", &memory);
    if (status != HAHN_OK)
        return status;
    seen *slots = memset(memory, 0, size * sizeof(seen));
    for (uint64_t k = 0; k < program->stages.count && status == HAHN_OK; k++) {
        if (stages[k].kind != HAHN_STAGE_P)
            continue;
        const uint64_t fingerprint = fingerprint_of(program, &stages[k]);
        seen *slot = find_slot(program, slots, size, &stages[k], fingerprint);
        if (slot->stage) {
            stages[k].table = stages[slot->stage - 1].table;
            continue;
        }
        *slot = (seen){fingerprint, k + 1};
        status = give_table(program, &stages[k]);
    }
    hahn_release(program->engine, memory, size, sizeof(seen));
    return status;
}
