/* Which sweep and stage each primitive goes to.

   Sweeps: a state larger than a tile is walked over in sweeps, each with a tile of its own. A sweep
   looks through the primitives that are still waiting, in circuit order, and takes each that finds
   its qubits in the tile, or room for them, and commutes with all that were left behind.

   Stages: within a sweep each primitive goes to the earliest stage of its kind that the qubits it
   shares with earlier ones allow; what commutes meets in one stage. A binary search each. */
#include "core/program.h"

static const char what[] = "the stages of a program";

/* Most primitives a sweep leaves behind before it is closed: with it, compiling takes time in
   proportion to the number of gates, whatever they are. */
#define MOST_LEFT_BEHIND 4096

/* End of the list of waiting primitives. */
#define NONE UINT64_MAX

typedef struct scheduler {
    hahn_program *program;
    hahn_engine *engine;
    const hahn_touch *touches;
    uint32_t *stage_of;
    uint64_t *next;                       /* of the waiting primitives, in circuit order */
    uint64_t head;                        /* the first of them */
    uint64_t first_stage;                 /* of this sweep */
    hahn_array of_kind[HAHN_STAGE_KINDS]; /* uint32_t: stage numbers of one kind, ascending */
    /* One more than the last stage that acts on a qubit: as a target (moves amplitudes along it),
       or diagonally (its phase or a control depends on it). 0: none. */
    uint64_t target_end[HAHN_MAX_QUBITS], diagonal_end[HAHN_MAX_QUBITS];
} scheduler;

/* First stage number a primitive may go to, were it not for its kind: one after the last that does
   not commute with it, and not before this sweep. */
static uint64_t earliest(const scheduler *s, const hahn_touch *t)
{
    uint64_t end = s->first_stage;
    for (uint64_t rest = t->moved | t->read; rest; rest &= rest - 1) {
        const int q = __builtin_ctzll(rest);
        end = s->target_end[q] > end ? s->target_end[q] : end;
        if ((t->moved & hahn_bit(q)) && s->diagonal_end[q] > end)
            end = s->diagonal_end[q];
    }
    return end;
}

/* First of the ascending numbers that is at least `least`, or HAHN_NO_STAGE. */
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
    return low < numbers->count ? data[low] : HAHN_NO_STAGE;
}

static hahn_status open_stage(scheduler *s, hahn_stage_kind kind, uint32_t *stage)
{
    hahn_array *numbers = &s->of_kind[kind], *stages = &s->program->stages;
    if (stages->count >= HAHN_NO_STAGE)
        return hahn_fail(s->engine, HAHN_ERR_ARGUMENT, "more than %u stages: use a shorter circuit",
                         HAHN_NO_STAGE - 1);
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

/* A rotation commutes with those about the same qubit: where nothing but such a one bounds it, it
   joins their stage. */
static bool joins_rotations(const scheduler *s, const hahn_touch *t, uint64_t least)
{
    if (t->kind != HAHN_STAGE_R || t->read || least == s->first_stage ||
        hahn_program_stage(s->program, least - 1)->kind != HAHN_STAGE_R)
        return false;
    return s->diagonal_end[__builtin_ctzll(t->moved)] < least;
}

/* A flip may join the very P stage that bounds it: its flips are done in order. A matrix stage
   holds one matrix. */
static hahn_status choose_stage(scheduler *s, const hahn_touch *t, uint32_t *stage)
{
    uint64_t least = earliest(s, t);
    if (t->kind == HAHN_STAGE_P && least > s->first_stage &&
        hahn_program_stage(s->program, least - 1)->kind == HAHN_STAGE_P)
        least--;
    if (joins_rotations(s, t, least))
        least--;
    *stage = t->kind == HAHN_STAGE_M ? HAHN_NO_STAGE : first_from(&s->of_kind[t->kind], least);
    return *stage == HAHN_NO_STAGE ? open_stage(s, t->kind, stage) : HAHN_OK;
}

/* Raise the ends of the qubits in mask to one past `stage`. */
static void raise_ends(uint64_t *ends, uint64_t mask, uint32_t stage)
{
    for (; mask; mask &= mask - 1) {
        uint64_t *end = &ends[__builtin_ctzll(mask)];
        *end = stage + UINT64_C(1) > *end ? stage + UINT64_C(1) : *end;
    }
}

static hahn_status place(scheduler *s, uint64_t primitive)
{
    const hahn_touch *t = &s->touches[primitive];
    uint32_t stage = HAHN_NO_STAGE;
    s->stage_of[primitive] = stage;
    if (t->idle)
        return HAHN_OK;
    const hahn_status status = choose_stage(s, t, &stage);
    if (status != HAHN_OK)
        return status;
    s->stage_of[primitive] = stage;
    raise_ends(s->target_end, t->moved, stage);
    raise_ends(s->diagonal_end, t->read, stage);
    ((hahn_stage *)s->program->stages.data)[stage].count++;
    return HAHN_OK;
}

/* The tile with the lowest qubits that are not in it yet, up to its size: rows that are longer. */
static uint64_t fill_tile(const hahn_program *program, uint64_t tile)
{
    while (__builtin_popcountll(tile) < program->tile_qubits)
        tile |= ~tile & (tile + 1);
    return tile;
}

/* Lowest qubits that are in each tile: beside them a dense matrix must find room. */
static int line_qubits(const hahn_program *program)
{
    const int left = program->tile_qubits - HAHN_MAX_DENSE;
    return left < 1 ? 1 : hahn_min(program->line_qubits, left);
}

/* Tiles that were set too small for some primitive are as large as it needs, beside qubit 0. */
static void fit_tile(hahn_program *program, const hahn_touch *touches, uint64_t count)
{
    for (uint64_t k = 0; k < count; k++) {
        const int moved = touches[k].idle ? 0 : __builtin_popcountll(touches[k].moved | 1);
        if (moved > program->tile_qubits)
            program->tile_qubits = moved;
    }
}

/* One sweep: through the waiting primitives. What is left behind blocks what does not commute with
   it; when every qubit is blocked nothing more can be taken. */
static hahn_status run_sweep(scheduler *s, hahn_sweep *sweep)
{
    const int size = s->program->tile_qubits;
    const uint64_t all = hahn_bit(s->program->qubits - 1) * 2 - 1;
    uint64_t tile = hahn_bit(line_qubits(s->program)) - 1, moved = 0, read = 0;
    uint64_t *link = &s->head, left = 0, taken = 0;
    sweep->first = s->first_stage = s->program->stages.count;
    while (*link != NONE && moved != all && left < MOST_LEFT_BEHIND) {
        const hahn_touch *t = &s->touches[*link];
        const bool free = !(t->moved & (moved | read)) && !(t->read & moved);
        if (free && __builtin_popcountll(tile | t->moved) <= size) {
            const hahn_status status = place(s, *link);
            if (status != HAHN_OK)
                return status;
            tile |= t->moved;
            taken++;
            *link = s->next[*link];
        } else {
            moved |= t->moved;
            read |= t->read;
            left++;
            link = &s->next[*link];
        }
    }
    /* Whatever is alone fits: else this would have no end. */
    HAHN_ASSERT(taken > 0);
    sweep->end = s->program->stages.count;
    sweep->tile = fill_tile(s->program, tile);
    return HAHN_OK;
}

static hahn_status run_sweeps(scheduler *s)
{
    hahn_program *program = s->program;
    while (s->head != NONE) {
        hahn_sweep sweep = {0};
        hahn_status status =
            hahn_array_reserve(s->engine, &program->sweeps, 1, sizeof(hahn_sweep), what);
        if (status == HAHN_OK)
            status = run_sweep(s, &sweep);
        if (status != HAHN_OK)
            return status;
        if (sweep.first < sweep.end)
            ((hahn_sweep *)program->sweeps.data)[program->sweeps.count++] = sweep;
    }
    return HAHN_OK;
}

hahn_status hahn_schedule(hahn_program *program, const hahn_touch *touches, uint64_t count,
                          uint32_t *stage_of)
{
    void *memory;
    hahn_engine *engine = program->engine;
    fit_tile(program, touches, count);
    hahn_status status = hahn_allocate(engine, count, sizeof(uint64_t), what, &memory);
    if (status != HAHN_OK)
        return status;
    scheduler s = {.program = program,
                   .engine = engine,
                   .touches = touches,
                   .stage_of = stage_of,
                   .next = memory,
                   .head = count ? 0 : NONE};
    for (uint64_t k = 0; k < count; k++)
        s.next[k] = k + 1 < count ? k + 1 : NONE;
    status = run_sweeps(&s);
    hahn_release(engine, memory, count, sizeof(uint64_t));
    for (int k = 0; k < HAHN_STAGE_KINDS; k++)
        hahn_array_release(engine, &s.of_kind[k], sizeof(uint32_t));
    return status;
}
