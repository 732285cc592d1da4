#include "core/observable_plan.h"

#include <stdlib.h>
#include <string.h>

static const char what[] = "the plan of an observable";

/* Tables stop at so many numbers of a plan: 24 MiB in both precisions. */
#define MOST_NUMBERS (UINT64_C(1) << 21)

/* Most numbers in one table. */
#define MOST_TABLE (1 << (HAHN_MOST_RANK + HAHN_OBSERVE_QUBITS))

static uint64_t unit_part(uint64_t mask)
{
    return mask & (hahn_bit(HAHN_UNIT_QUBITS) - 1);
}

static uint64_t block_part(uint64_t mask)
{
    return mask & (hahn_bit(HAHN_OBSERVE_QUBITS) - 1);
}

/* Where x stands in a Gray code, whose neighbours differ in one bit: from one source to the next
   the sum takes one exchange, where all x are there. */
static int gray_rank(uint64_t x)
{
    return (int)(x ^ x >> 1 ^ x >> 2 ^ x >> 3);
}

static int by_frame(const void *left, const void *right)
{
    const hahn_source *a = left, *b = right;
    const int rank = gray_rank(unit_part(a->x)) - gray_rank(unit_part(b->x));
    if (a->imaginary != b->imaginary)
        return a->imaginary ? -1 : 1;
    return rank ? rank : (a->x > b->x) - (a->x < b->x);
}

static int by_block_part(const void *left, const void *right)
{
    const hahn_factor_sign *a = left, *b = right;
    const uint64_t i = block_part(a->z), k = block_part(b->z);
    return i != k ? (i > k) - (i < k) : (a->z > b->z) - (a->z < b->z);
}

/* The real or the imaginary part of a group's factor. Seen from where its unit is added, amplitude
   k = j ^ x is at j ^ (x outside of the unit). */
static void add_source(const hahn_pauli_group *group, const hahn_pauli_sign *signs, bool imaginary,
                       hahn_observable_plan *plan)
{
    hahn_factor_sign *out = (hahn_factor_sign *)plan->signs.data + plan->signs.count;
    hahn_source source = {.x = group->x, .first_sign = plan->signs.count, .imaginary = imaginary};
    const uint64_t moved = group->x ^ unit_part(group->x);
    for (uint64_t k = group->first; k < group->first + group->count; k++) {
        const double value = imaginary ? signs[k].im : signs[k].re;
        if (value != 0)
            out[source.signs++] = (hahn_factor_sign){
                signs[k].z, __builtin_parityll(moved & signs[k].z) ? -value : value};
    }
    if (!source.signs)
        return;
    qsort(out, source.signs, sizeof *out, by_block_part);
    plan->signs.count += source.signs;
    ((hahn_source *)plan->sources.data)[plan->sources.count++] = source;
}

static hahn_status add_sources(hahn_engine *engine, const hahn_pauli_sum *sum,
                               hahn_observable_plan *plan)
{
    const hahn_pauli_group *groups = sum->groups.data;
    hahn_status status =
        hahn_array_reserve(engine, &plan->signs, sum->signs.count, sizeof(hahn_factor_sign), what);
    if (status == HAHN_OK)
        status = hahn_array_reserve(engine, &plan->sources, 2 * sum->groups.count,
                                    sizeof(hahn_source), what);
    for (uint64_t g = 0; g < sum->groups.count && status == HAHN_OK; g++)
        for (int imaginary = 0; imaginary < 2; imaginary++)
            add_source(&groups[g], sum->signs.data, imaginary, plan);
    if (status == HAHN_OK && plan->sources.count)
        qsort(plan->sources.data, plan->sources.count, sizeof(hahn_source), by_frame);
    return status;
}

/* The bits of a sign outside of a block, less the common summand, as a sum of the source's masks:
   their set, or -1 where it takes another mask. What is left of the bits goes to *rest. Each mask
   has a highest bit that no other mask has (add_mask sees to it), so one look at each will do. */
static int coordinates(const hahn_source *source, uint64_t z, uint64_t *rest)
{
    int set = 0;
    *rest = z ^ block_part(z) ^ source->outside;
    for (int k = 0; k < source->rank; k++) {
        const int top = 63 - __builtin_clzll(source->mask[k]);
        if (*rest >> top & 1) {
            *rest ^= source->mask[k];
            set |= 1 << k;
        }
    }
    return *rest ? -1 : set;
}

/* Take one more mask, independent of the others and without their highest bits. */
static bool add_mask(hahn_source *source, uint64_t mask)
{
    const int top = 63 - __builtin_clzll(mask);
    if (source->rank == HAHN_MOST_RANK)
        return false;
    for (int k = 0; k < source->rank; k++)
        if (source->mask[k] >> top & 1)
            source->mask[k] ^= mask;
    source->mask[source->rank++] = mask;
    return true;
}

/* Find masks, up to the most that a source may have. */
static bool find_masks(hahn_source *source, const hahn_factor_sign *signs)
{
    uint64_t rest;
    for (uint64_t k = 0; k < source->signs; k++)
        if (coordinates(source, signs[k].z, &rest) < 0 && !add_mask(source, rest))
            return false;
    return true;
}

/* The factors of all blocks but for the common sign, as a transform of the signs' values over
   parities and places in a block together. */
static uint64_t make_table(const hahn_source *source, const hahn_factor_sign *signs,
                           double *numbers)
{
    const uint64_t size = hahn_bit(source->rank + source->qubits);
    uint64_t rest;
    memset(numbers, 0, size * sizeof *numbers);
    for (uint64_t k = 0; k < source->signs; k++) {
        const uint64_t parities = (uint64_t)coordinates(source, signs[k].z, &rest);
        numbers[parities << source->qubits | block_part(signs[k].z)] += signs[k].value;
    }
    hahn_walsh_hadamard(numbers, size);
    return size;
}

static uint64_t take_numbers(hahn_observable_plan *plan, uint64_t count)
{
    plan->numbers += count;
    return plan->numbers - count;
}

/* A source by table, or where there is no room by signs. */
static void place_table(hahn_source *source, hahn_observable_plan *plan)
{
    const hahn_factor_sign *signs = hahn_source_signs(plan, source);
    double numbers[MOST_TABLE];
    source->way = HAHN_BY_SIGNS;
    source->outside = signs->z ^ block_part(signs->z);
    if (!find_masks(source, signs)) {
        source->rank = 0;
        source->live = 1;
        return;
    }
    const uint64_t size = make_table(source, signs, numbers);
    for (uint64_t j = 0; j < size; j++)
        source->live |= (uint32_t)(numbers[j] != 0) << (j >> source->qubits);
    if (plan->numbers + size > MOST_NUMBERS)
        return;
    source->way = HAHN_BY_TABLE;
    source->first = take_numbers(plan, size);
}

/* Where the pattern of each z inside a block is; 0: nowhere yet. */
typedef struct pattern_places {
    uint64_t first[1 << HAHN_OBSERVE_QUBITS];
} pattern_places;

/* There is always room for patterns, 2^(2 HAHN_OBSERVE_QUBITS) numbers at most. */
static void place_pattern(hahn_source *source, uint64_t z, pattern_places *patterns,
                          hahn_observable_plan *plan)
{
    uint64_t *first = &patterns->first[z];
    if (!*first && z >> HAHN_UNIT_QUBITS)
        *first = take_numbers(plan, hahn_bit(source->qubits));
    source->way = HAHN_BY_PATTERN;
    source->first = z >> HAHN_UNIT_QUBITS ? *first : z << HAHN_UNIT_QUBITS;
}

static void place_source(hahn_source *source, pattern_places *patterns, hahn_observable_plan *plan)
{
    const hahn_factor_sign *signs = hahn_source_signs(plan, source);
    const uint64_t least = block_part(signs[0].z), most = block_part(signs[source->signs - 1].z);
    source->qubits = HAHN_UNIT_QUBITS;
    while (most >> source->qubits)
        source->qubits++;
    if (least == most)
        place_pattern(source, most, patterns, plan);
    else
        place_table(source, plan);
}

static void store(hahn_observable_plan *plan, uint64_t at, double number)
{
    plan->wide[at] = number;
    plan->narrow[at] = (float)number;
}

static void store_pattern(hahn_observable_plan *plan, uint64_t first, int qubits, uint64_t z)
{
    for (uint64_t j = 0; j < hahn_bit(qubits); j++)
        store(plan, first + j, __builtin_parityll(j & z) ? -1 : 1);
}

static void store_numbers(const hahn_source *source, hahn_observable_plan *plan)
{
    const hahn_factor_sign *signs = hahn_source_signs(plan, source);
    double numbers[MOST_TABLE];
    if (source->way == HAHN_BY_PATTERN)
        store_pattern(plan, source->first, source->qubits, block_part(signs->z));
    if (source->way != HAHN_BY_TABLE)
        return;
    const uint64_t size = make_table(source, signs, numbers);
    for (uint64_t j = 0; j < size; j++)
        store(plan, source->first + j, numbers[j]);
}

static void fill_numbers(hahn_observable_plan *plan)
{
    for (uint64_t z = 0; z < hahn_bit(HAHN_UNIT_QUBITS); z++)
        store_pattern(plan, z << HAHN_UNIT_QUBITS, HAHN_UNIT_QUBITS, z);
    for (uint64_t s = 0; s < plan->sources.count; s++)
        store_numbers((const hahn_source *)plan->sources.data + s, plan);
}

static hahn_status build(hahn_engine *engine, const hahn_pauli_sum *sum, hahn_observable_plan *plan)
{
    void *wide = NULL, *narrow = NULL;
    pattern_places patterns = {{0}};
    hahn_status status = add_sources(engine, sum, plan);
    plan->numbers = HAHN_UNIT_PATTERNS;
    for (uint64_t s = 0; s < plan->sources.count && status == HAHN_OK; s++)
        place_source((hahn_source *)plan->sources.data + s, &patterns, plan);
    if (status == HAHN_OK)
        status = hahn_allocate(engine, plan->numbers, sizeof(double), what, &wide);
    if (status == HAHN_OK)
        status = hahn_allocate(engine, plan->numbers, sizeof(float), what, &narrow);
    plan->wide = wide;
    plan->narrow = narrow;
    if (status == HAHN_OK)
        fill_numbers(plan);
    return status;
}

hahn_status hahn_observable_plan_build(hahn_engine *engine, const hahn_pauli_sum *sum,
                                       hahn_observable_plan *plan)
{
    hahn_status status = build(engine, sum, plan);
    if (status != HAHN_OK)
        hahn_observable_plan_release(engine, plan);
    return status;
}

void hahn_observable_plan_release(hahn_engine *engine, hahn_observable_plan *plan)
{
    hahn_array_release(engine, &plan->sources, sizeof(hahn_source));
    hahn_array_release(engine, &plan->signs, sizeof(hahn_factor_sign));
    hahn_release(engine, plan->wide, plan->numbers, sizeof(double));
    hahn_release(engine, plan->narrow, plan->numbers, sizeof(float));
    *plan = (hahn_observable_plan){0};
}
