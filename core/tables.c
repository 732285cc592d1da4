/* Permutation tables: on a tile a whole P stage is one gather. Circuits repeat their entangling
   layers, so equal stages share a table. */
#include "core/program.h"

#include "core/circuit.h"

#include <string.h>

/* Bound on all tables of a program, bytes. Stages beyond it are done flip by flip. */
#define MOST_TABLE_BYTES (UINT64_C(16) << 20)

/* An affine map of an index is that of its low bits, xor that of its high ones: two short tables.
 */
#define MOST_LOW_BITS 10

/* Most bits of a table of all indices, for maps that are not affine. */
#define MOST_WHOLE_BITS 14

/* Fewer flips that are not affine are done one by one: each moves a quarter of the amplitudes or
   less, in place. */
#define LEAST_FLIPS 4

typedef struct seen {
    uint64_t fingerprint;
    uint64_t stage; /* one more than the stage whose table it is; 0: free slot */
} seen;

static const hahn_local *flips_of(const hahn_program *program, const hahn_stage *stage)
{
    return hahn_local_flip(program, stage->first);
}

static uint64_t fingerprint_of(const hahn_program *program, const hahn_stage *stage)
{
    uint64_t f = HAHN_FINGERPRINT_START;
    for (uint64_t k = 0; k < stage->count; k++) {
        const hahn_local *flip = flips_of(program, stage) + k;
        f = hahn_mix(hahn_mix(hahn_mix(f, flip->mask), flip->control), flip->outside);
    }
    return f;
}

static bool same_flips(const hahn_program *program, const hahn_stage *a, const hahn_stage *b)
{
    const hahn_local *x = flips_of(program, a), *y = flips_of(program, b);
    if (a->count != b->count)
        return false;
    for (uint64_t k = 0; k < a->count; k++)
        if (x[k].mask != y[k].mask || x[k].control != y[k].control || x[k].outside != y[k].outside)
            return false;
    return true;
}

/* Where amplitude j of a tile goes, the outside controls being off. */
static uint64_t carry_index(const hahn_program *program, const hahn_stage *stage, uint64_t j)
{
    for (uint64_t k = 0; k < stage->count; k++) {
        const hahn_local *flip = flips_of(program, stage) + k;
        if (hahn_holds(flip, 0, j))
            j ^= flip->mask;
    }
    return j;
}

/* X, CNOT and SWAP are affine over GF(2): their sources are too, and an outside control that is on
   adds a constant. With more controls they are not; then a table serves if it is the same for all
   tiles. */
static bool is_affine(const hahn_program *program, const hahn_stage *stage)
{
    for (uint64_t k = 0; k < stage->count; k++) {
        const hahn_local *flip = flips_of(program, stage) + k;
        if (__builtin_popcountll(flip->outside) + __builtin_popcount(flip->control) > 1)
            return false;
    }
    return true;
}

/* Where the bits below `low_bits` go, and what the bits above add. */
static void fill_destinations(const hahn_program *program, const hahn_stage *stage, int low_bits,
                              uint32_t *to)
{
    const uint64_t low = hahn_bit(low_bits), high = hahn_table_entries(program) / low;
    for (uint64_t j = 0; j < low; j++)
        to[j] = (uint32_t)carry_index(program, stage, j);
    for (uint64_t h = 0; h < high; h++)
        to[low + h] = (uint32_t)carry_index(program, stage, h * low) ^ to[0];
}

/* The same for an affine map, known by where 0 and the single bits go. */
static void fill_affine(const uint32_t *columns, uint32_t zero, int bits, int low_bits,
                        uint32_t *to)
{
    uint32_t *high = to + hahn_bit(low_bits);
    to[0] = zero;
    high[0] = 0;
    for (int b = 0; b < bits; b++) {
        uint32_t *part = b < low_bits ? to : high;
        const uint64_t half = hahn_bit(b < low_bits ? b : b - low_bits);
        for (uint64_t j = 0; j < half; j++)
            part[half + j] = part[j] ^ columns[b];
    }
}

/* Columns of the inverse of a matrix over GF(2), by Gauss and Jordan. */
static void invert_columns(uint32_t *columns, int bits, uint32_t *inverse)
{
    for (int b = 0; b < bits; b++)
        inverse[b] = 1u << b;
    for (int b = 0; b < bits; b++) {
        int pivot = b;
        while (!(columns[pivot] >> b & 1))
            pivot++;
        const uint32_t column = columns[pivot], own = inverse[pivot];
        columns[pivot] = columns[b];
        inverse[pivot] = inverse[b];
        columns[b] = column;
        inverse[b] = own;
        for (int k = 0; k < bits; k++)
            if (k != b && columns[k] >> b & 1) {
                columns[k] ^= column;
                inverse[k] ^= own;
            }
    }
}

static uint32_t map_by(const uint32_t *columns, uint32_t j)
{
    uint32_t sum = 0;
    for (; j; j &= j - 1)
        sum ^= columns[__builtin_ctz(j)];
    return sum;
}

/* Sources (new[j] = old[source[j]]), then destinations, which serve the way back. */
static void fill_tables(const hahn_program *program, const hahn_stage *stage, uint32_t *source)
{
    uint32_t columns[32], inverse[32];
    const int bits = __builtin_ctzll(hahn_table_entries(program)), low_bits = stage->table_bits;
    uint32_t *to = source + hahn_table_size(program, low_bits);
    const uint32_t zero = (uint32_t)carry_index(program, stage, 0);
    if (!stage->affine) {
        fill_destinations(program, stage, low_bits, to);
        for (uint64_t j = 0; j < hahn_bit(low_bits); j++)
            source[to[j]] = (uint32_t)j;
        source[hahn_bit(low_bits)] = 0;
        return;
    }
    for (int b = 0; b < bits; b++)
        columns[b] = (uint32_t)carry_index(program, stage, hahn_bit(b)) ^ zero;
    fill_affine(columns, zero, bits, low_bits, to);
    invert_columns(columns, bits, inverse);
    fill_affine(inverse, map_by(inverse, zero), bits, low_bits, source);
}

static bool looks_outside(const hahn_program *program, const hahn_stage *stage)
{
    for (uint64_t k = 0; k < stage->count; k++)
        if (flips_of(program, stage)[k].outside)
            return true;
    return false;
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

/* Bits of an index that the first part of the tables takes, 0 if the stage gets none: all where it
   is not affine, and then only on small tiles and for many flips. */
static int table_bits(const hahn_program *program, const hahn_stage *stage)
{
    const int bits = __builtin_ctzll(hahn_table_entries(program));
    if (stage->affine)
        return hahn_min(bits, MOST_LOW_BITS);
    if (stage->count < LEAST_FLIPS || bits > MOST_WHOLE_BITS || looks_outside(program, stage))
        return 0;
    return bits;
}

static hahn_status give_table(hahn_program *program, hahn_stage *stage)
{
    stage->affine = is_affine(program, stage);
    stage->table_bits = (uint8_t)table_bits(program, stage);
    const uint64_t entries = 2 * hahn_table_size(program, stage->table_bits);
    if (!stage->table_bits ||
        (program->tables.count + entries) * sizeof(uint32_t) > MOST_TABLE_BYTES)
        return HAHN_OK;
    hahn_status status = hahn_array_reserve(program->engine, &program->tables, entries,
                                            sizeof(uint32_t), "the permutations of a program");
    if (status != HAHN_OK)
        return status;
    stage->table = program->tables.count;
    program->tables.count += entries;
    fill_tables(program, stage, (uint32_t *)program->tables.data + stage->table);
    return HAHN_OK;
}

hahn_status hahn_build_tables(hahn_program *program)
{
    void *memory;
    hahn_stage *stages = program->stages.data;
    uint64_t size = 16;
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
            stages[k].table_bits = stages[slot->stage - 1].table_bits;
            stages[k].affine = stages[slot->stage - 1].affine;
            continue;
        }
        *slot = (seen){fingerprint, k + 1};
        status = give_table(program, &stages[k]);
    }
    hahn_release(program->engine, memory, size, sizeof(seen));
    return status;
}
