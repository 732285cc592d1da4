/* What the cpu backend does to each amplitude, stage by stage. Where its kernels change, these
   numbers do. */
#include "core/cost.h"

#include "core/host.h"

/* Operations on real numbers for one amplitude: multiplications, additions, and multiply-adds, of
   which each is one. */
typedef struct cost {
    double forward, backward;
} cost;

static void add(cost *sum, cost more, double share)
{
    sum->forward += share * more.forward;
    sum->backward += share * more.backward;
}

/* By tangents: a multiply-add for each real number. Backward psi and lambda, and 2 for the look. */
static const cost rotation = {2, 4 + 2};

/* By cosine and sine: two. */
static const cost controlled_rotation = {4, 8 + 2};

/* A complex product for the phase, of the block's number and its table, and one to apply it.
   Backward it is applied twice; 2 to look, and 2 to add up what was seen. */
static const cost diagonal = {4 + 4, 4 + 8 + 2 + 2};

/* With more groups of mixed terms than there are tables for (core/cpu/phases.h) each block gets a
   table of its own: the product of its bits' phases, twice as many products as in the last step,
   and the product with the table of the other terms. */
static const cost mixed_table = {8 + 4, 8 + 4};

/* And a product for each mixed term of several bits inside the block. */
static const cost mixed_term = {4, 4};

/* Transform of what was seen on a block. */
static const cost mixed_look = {0, HAHN_BLOCK_QUBITS};

/* Part of the amplitudes where controls hold. */
static double share_of(uint64_t control)
{
    return ldexp(1, -__builtin_popcountll(control));
}

/* Neighbours among the mixed terms of a stage that see the same above a block are one group. */
static int count_groups(const hahn_program *program, const hahn_stage *stage)
{
    const uint64_t first = stage->first + stage->low + stage->high;
    int groups = 0;
    for (uint64_t k = first; k < stage->first + stage->count; k++) {
        const hahn_local *a = hahn_local_term(program, k), *b = k > first ? a - 1 : a;
        groups += k == first || a->kind != b->kind || a->outside != b->outside ||
                  (a->mask ^ b->mask) >> HAHN_BLOCK_QUBITS;
    }
    return groups;
}

static cost cost_of_diagonal(const hahn_program *program, const hahn_stage *stage)
{
    const uint32_t block = (1u << HAHN_BLOCK_QUBITS) - 1;
    const uint64_t first = stage->low + stage->high;
    cost sum = diagonal;
    if (count_groups(program, stage) <= HAHN_MOST_GROUPS)
        return sum;
    add(&sum, mixed_table, 1);
    add(&sum, mixed_look, stage->trainable);
    for (uint64_t k = first; k < stage->count; k++) {
        const uint32_t inside = hahn_local_term(program, stage->first + k)->mask & block;
        add(&sum, mixed_term, (inside & (inside - 1)) != 0);
    }
    return sum;
}

static cost cost_of_rotations(const hahn_program *program, const hahn_stage *stage)
{
    cost sum = {0, 0};
    add(&sum, rotation, (double)stage->low);
    for (uint64_t k = stage->first + stage->low; k < stage->first + stage->count; k++)
        add(&sum, controlled_rotation, share_of(hahn_program_term(program, k)->control));
    return sum;
}

/* 2^targets complex products for each amplitude. */
static cost cost_of_matrix(const hahn_program *program, const hahn_stage *stage)
{
    const hahn_dense *m = (const hahn_dense *)program->dense.data + stage->first;
    const double forward = 4 * ldexp(share_of(m->control), m->targets);
    return (cost){forward, 2 * forward};
}

static cost cost_of_stage(const hahn_program *program, const hahn_stage *stage)
{
    switch ((hahn_stage_kind)stage->kind) {
    case HAHN_STAGE_D:
        return cost_of_diagonal(program, stage);
    case HAHN_STAGE_R:
        return cost_of_rotations(program, stage);
    case HAHN_STAGE_M:
        return cost_of_matrix(program, stage);
    case HAHN_STAGE_P:
        break;
    }
    return (cost){0, 0};
}

/* A multiply-add for each real number and source, and one for its part of the energy. */
static double cost_of_observable(const hahn_program *program)
{
    return program->has_observable ? 2 * (double)program->plan.sources.count + 2 : 0;
}

/* Times that psi is read: once for all sources that are near, and once for each of the others. */
static int64_t observable_reads(const hahn_program *program)
{
    const hahn_source *sources = program->plan.sources.data;
    int64_t reads = program->has_observable;
    for (uint64_t k = 0; k < program->plan.sources.count; k++)
        reads += sources[k].x >> HAHN_RUN_QUBITS != 0;
    return reads;
}

void hahn_count_cost(const hahn_program *program, hahn_program_info *info)
{
    const int64_t sweeps = (int64_t)program->sweeps.count;
    const double amplitudes = ldexp(1, program->qubits);
    cost sum = {0, 0};
    for (uint64_t k = 0; k < program->stages.count; k++)
        add(&sum, cost_of_stage(program, hahn_program_stage(program, k)), 1);
    info->energy_operations = amplitudes * (sum.forward + cost_of_observable(program));
    /* The start is written, and each sweep reads and writes. */
    info->energy_passes = 1 + 2 * sweeps + observable_reads(program);
    if (!program->has_observable)
        return;
    /* Then lambda is written, the sweeps go back on two states, and the certificate reads both. */
    info->gradient_operations = info->energy_operations + amplitudes * sum.backward;
    info->gradient_passes = info->energy_passes + 1 + 4 * sweeps + 2;
}

/* Qubits of what is done in one walk: those of an inner tile, and so many above it at a time
   (core/cpu/tile.h, core/cpu/vector.h). */
#define INNER_QUBITS     13
#define ROTATIONS_A_WALK 4

/* Rotations above an inner tile by groups, those with controls one by one; the others go with the D
   stage before them. */
static uint64_t walks_of_rotations(const hahn_program *program, const hahn_stage *stage, bool after)
{
    uint64_t above = 0;
    for (uint64_t k = stage->first; k < stage->first + stage->low; k++)
        above += hahn_program_term(program, k)->mask >> INNER_QUBITS != 0;
    return !after + (above + ROTATIONS_A_WALK - 1) / ROTATIONS_A_WALK + stage->count - stage->low;
}

/* R D R with one rotation each, of the same qubit, is one walk (core/cpu/sandwich.h). */
static uint64_t lone_target(const hahn_program *program, const hahn_stage *stage)
{
    const bool lone = stage->kind == HAHN_STAGE_R && stage->low == 1 && stage->count == 1;
    return lone ? hahn_program_term(program, stage->first)->mask : 0;
}

static bool is_sandwich(const hahn_program *program, uint64_t k)
{
    if (k + 2 >= program->stages.count)
        return false;
    const hahn_stage *r = hahn_program_stage(program, k);
    const uint64_t target = lone_target(program, r);
    return target && r[1].kind == HAHN_STAGE_D && lone_target(program, r + 2) == target;
}

/* A permutation with a table goes with what comes after it, if that begins with a D stage or is a
   sandwich. */
static uint64_t walks_of_flips(const hahn_stage *stage, bool before)
{
    if (stage->table == HAHN_NO_TABLE)
        return stage->count;
    return before ? 0 : 1;
}

uint64_t hahn_count_walks(const hahn_program *program)
{
    const uint64_t count = program->stages.count;
    uint64_t walks = 0;
    for (uint64_t k = 0; k < count; k++) {
        const hahn_stage *stage = hahn_program_stage(program, k);
        const bool after = k > 0 && (stage - 1)->kind == HAHN_STAGE_D;
        const bool before =
            (k + 1 < count && (stage + 1)->kind == HAHN_STAGE_D) || is_sandwich(program, k + 1);
        if (is_sandwich(program, k)) {
            walks++;
            k += 2;
        } else if (stage->kind == HAHN_STAGE_R)
            walks += walks_of_rotations(program, stage, after);
        else if (stage->kind == HAHN_STAGE_P)
            walks += walks_of_flips(stage, before);
        else
            walks++;
    }
    return walks;
}
