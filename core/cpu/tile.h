/* A tile: copied from the state to the memory of a thread, run through all stages of its sweep,
   copied back. A state that is one tile stays where it is. */
#ifndef HAHN_CORE_CPU_TILE_H
#define HAHN_CORE_CPU_TILE_H

#include "core/cpu/vector.h"

#include <string.h>

/* A state's part of the tile; `spare` is where permutations gather to. */
typedef struct tile_state {
    pair now, spare;
} tile_state;

/* Amplitudes of a row that one touch brings nearer: two cache lines in double precision. */
#define TOUCH_BITS HAHN_LINE_QUBITS

/* The next tile, on its way from memory while this one is worked on: its rows lie too far apart for
   the processor to guess. */
typedef struct ahead {
    hahn_split state[2]; /* psi, and lambda on the way back */
    int states;
    uint64_t base, setting, strides;
    uint64_t left; /* touches to go */
} ahead;

/* The tile as rows of the state: 2^run amplitudes without a gap, one row for each setting
   of the tile's other qubits, `strides`. */
typedef struct rows {
    uint64_t strides;
    uint64_t vectors; /* of a row */
} rows;

static rows rows_of(uint64_t mask)
{
    const int run = hahn_min(__builtin_ctzll(~mask), HAHN_RUN_QUBITS);
    return (rows){mask & ~(hahn_bit(run) - 1), hahn_bit(run) / V};
}

typedef struct tile {
    const hahn_program *program;
    const hahn_lane *lane;
    tile_state psi, lambda;
    uint64_t mask; /* its qubits */
    uint64_t base; /* index in the state of amplitude 0 */
    int bits;
    uint64_t vectors;
    bool whole;     /* the state is one tile */
    uint64_t inner; /* vectors of an inner tile */
    rows rows;
    int parts, threads; /* the parts of a tile that threads share, and how many of them */
    hahn_run run;
    real *high_re, *high_im; /* memory of D stages, see layout */
    vec *totals, *inside;
    ahead next;
    double pending;  /* see below */
    double *moments; /* of the sweep's terms, beginning with first_term */
    uint64_t first_term;
} tile;

/* An inner tile is a run of vectors that a core's caches hold with ease: what fits it is done
   there, one after another, before the next. */
#define INNER_BYTES (256 << 10)

/* Threads share a state that is one tile in parts, one or more whole inner tiles each. */
#define MOST_PARTS 16

static uint64_t vectors_of_tile(int bits)
{
    return bits < LOG_V ? 1 : hahn_bit(bits - LOG_V);
}

static uint64_t inner_vectors(int bits)
{
    const uint64_t most = INNER_BYTES / 4 / VECTOR_BYTES, own = vectors_of_tile(bits);
    return own < most ? own : most;
}

/* A state within one tile stands where it is, and is not copied. */
static bool is_whole(const hahn_program *program)
{
    return program->qubits == program->tile_qubits;
}

static int parts_of(const hahn_program *program)
{
    const int bits = program->tile_qubits;
    const uint64_t most = is_whole(program) ? vectors_of_tile(bits) / inner_vectors(bits) : 1;
    return most < MOST_PARTS ? (int)most : MOST_PARTS;
}

static uint64_t blocks_of(int bits)
{
    return hahn_bit(bits - hahn_min(bits, HAHN_BLOCK_QUBITS));
}

/* Bytes of a tile's scratch memory. */
typedef struct layout {
    uint64_t array;   /* real or imaginary parts of a state's part of the tile */
    uint64_t numbers; /* one for each block */
    uint64_t totals;  /* a vector for each block */
    uint64_t inside;  /* sums over blocks, for each part and each standing of groups */
} layout;

static layout layout_of(const hahn_program *program)
{
    const int bits = program->tile_qubits;
    const uint64_t numbers = blocks_of(bits) * sizeof(real);
    return (layout){.array = hahn_skewed(vectors_of_tile(bits) * VECTOR_BYTES),
                    .numbers = numbers < VECTOR_BYTES ? VECTOR_BYTES : numbers,
                    .totals = blocks_of(bits) * VECTOR_BYTES,
                    .inside = (uint64_t)parts_of(program) * (sizeof(real) << HAHN_BLOCK_QUBITS)
                              << HAHN_MOST_GROUPS};
}

/* psi and lambda of a tile, each with its spare; of a whole state only the spares. */
static uint64_t scratch_bytes(const hahn_program *program)
{
    const layout l = layout_of(program);
    return (is_whole(program) ? 4 : 8) * l.array + 2 * l.numbers + l.totals + l.inside;
}

static vec *take(char **at, uint64_t bytes)
{
    char *start = *at;
    *at += bytes;
    return (vec *)start;
}

static pair take_pair(char **at, uint64_t bytes)
{
    pair p;
    p.re = take(at, bytes);
    p.im = take(at, bytes);
    return p;
}

static tile_state lay_state(char **scratch, const layout *l, bool whole, hahn_split state)
{
    const pair now = whole ? at(state, 0) : take_pair(scratch, l->array);
    return (tile_state){now, take_pair(scratch, l->array)};
}

static tile open_tile(const hahn_program *program, const hahn_lane *lane, const hahn_span *span,
                      void *scratch)
{
    const layout l = layout_of(program);
    const bool whole = is_whole(program);
    const uint64_t mask = span->sweep->tile;
    char *memory = scratch;
    tile t = {.program = program,
              .lane = lane,
              .mask = mask,
              .bits = program->tile_qubits,
              .whole = whole,
              .vectors = vectors_of_tile(program->tile_qubits),
              .inner = inner_vectors(program->tile_qubits),
              .rows = rows_of(mask),
              .parts = parts_of(program),
              .threads = span->threads,
              .run = span->run};
    t.psi = lay_state(&memory, &l, whole, lane->psi);
    t.lambda = lay_state(&memory, &l, whole, lane->lambda);
    t.high_re = (real *)take(&memory, l.numbers);
    t.high_im = (real *)take(&memory, l.numbers);
    t.totals = take(&memory, l.totals);
    t.inside = take(&memory, l.inside);
    return t;
}

/* Vectors of a part: [*first, *end). */
static void part_range(const tile *t, int part, uint64_t *first, uint64_t *end)
{
    *first = t->vectors / (uint64_t)t->parts * (uint64_t)part;
    *end = *first + t->vectors / (uint64_t)t->parts;
}

/* Threads may share the parts. */
static void for_parts(const tile *t, hahn_task task, void *context)
{
    t->run(t->threads, t->parts, task, context);
}

static void swap_spare(tile_state *s)
{
    const pair old = s->now;
    s->now = s->spare;
    s->spare = old;
}

/* The next setting of the bits in `mask`, in ascending order. */
INLINE uint64_t next_in(uint64_t setting, uint64_t mask)
{
    return (setting - mask) & mask;
}

/* Index of amplitude 0 of tile `number`. */
static uint64_t base_of(const hahn_program *program, uint64_t mask, uint64_t number)
{
    return hahn_deposit(number, (hahn_bit(program->qubits) - 1) & ~mask);
}

/* Tiles are brought nearer several at a time, those side by side in memory, as long pieces of
   memory come faster than short ones: as many as leave room in a level-2 cache for what is worked
   on. */
#define AHEAD_BYTES (256 << 10)

static int tiles_ahead(const tile *t, uint64_t tiles, int states)
{
    int bits = 0;
    while (hahn_bit(bits + 1) <= tiles &&
           (hahn_bit(t->bits + bits + 1) * 2 * sizeof(real) * (uint64_t)states) <= AHEAD_BYTES)
        bits++;
    return bits;
}

/* Before tile `number` of [first, end), a power of two of them: begin to bring those nearer that
   come after its own group, if it is the first of a group. */
static void look_ahead(tile *t, uint64_t number, uint64_t first, uint64_t end, int states)
{
    const int bits = tiles_ahead(t, end - first, states);
    const uint64_t next = number + hahn_bit(bits), outside = hahn_bit(t->program->qubits) - 1;
    const uint64_t bytes = hahn_bit(t->bits + bits) * 2 * sizeof(real) * (uint64_t)states;
    if (number % hahn_bit(bits) || next >= end || bytes > AHEAD_BYTES)
        return;
    const uint64_t group = hahn_lowest(outside & ~t->mask, bits);
    t->next = (ahead){.state = {t->lane->psi, t->lane->lambda},
                      .states = states,
                      .base = base_of(t->program, t->mask, next),
                      .strides = (t->mask | group) & ~(hahn_bit(TOUCH_BITS) - 1),
                      .left = hahn_bit(t->bits + bits - TOUCH_BITS)};
}

/* Touch the next piece of the next tile. */
INLINE void touch_ahead(tile *t)
{
    ahead *a = &t->next;
    if (!a->left)
        return;
    a->left--;
    for (int k = 0; k < a->states; k++) {
        const pair p = at(a->state[k], a->base | a->setting);
        for (uint64_t byte = 0; byte < sizeof(real) << TOUCH_BITS; byte += 64) {
            __builtin_prefetch((const char *)p.re + byte, 1, 2);
            __builtin_prefetch((const char *)p.im + byte, 1, 2);
        }
    }
    a->setting = next_in(a->setting, a->strides);
}

/* Vectors [first, first + count) of the tile from the state: whole rows, or a part of one. */
static void load_range(const tile *t, hahn_split state, pair to, uint64_t first, uint64_t count)
{
    const rows *r = &t->rows;
    if (t->whole)
        return;
    const uint64_t part = count < r->vectors ? count : r->vectors, offset = first % r->vectors;
    uint64_t setting = hahn_deposit(first / r->vectors, r->strides);
    for (uint64_t k = first; k < first + count; k += part, setting = next_in(setting, r->strides)) {
        const pair from = at(state, t->base | setting);
        for (uint64_t j = 0; j < part; j++) {
            to.re[k + j] = from.re[offset + j];
            to.im[k + j] = from.im[offset + j];
        }
    }
}

static void copy_vectors(vec *to, const vec *from, uint64_t count)
{
    if (to != from)
        memcpy(to, from, count * sizeof *to);
}

static void store_range(const tile *t, pair from, hahn_split state, uint64_t first, uint64_t count)
{
    const rows *r = &t->rows;
    if (t->whole) {
        const pair to = at(state, 0);
        copy_vectors(to.re + first, from.re + first, count);
        copy_vectors(to.im + first, from.im + first, count);
        return;
    }
    const uint64_t part = count < r->vectors ? count : r->vectors, offset = first % r->vectors;
    uint64_t setting = hahn_deposit(first / r->vectors, r->strides);
    for (uint64_t k = first; k < first + count; k += part, setting = next_in(setting, r->strides)) {
        const pair to = at(state, t->base | setting);
        for (uint64_t j = 0; j < part; j++) {
            to.re[offset + j] = from.re[k + j];
            to.im[offset + j] = from.im[k + j];
        }
    }
}

/* R stages leave the factor of their cosines to others: psi and lambda stand here as 1/pending of
   what they are, until a D stage or the way back to memory multiplies by it. Where too much would
   pile up, it is made up for at once. */
#define LEAST_PENDING (HAHN_KERNEL_F32 ? 0x1p-45 : 0x1p-450)

/* What a stage of rotations leaves. */
static double scale_of(const tile *t, const hahn_stage *r)
{
    const hahn_stage *stages = t->program->stages.data;
    return t->lane->scales[r - stages];
}

static void scale_range(pair s, uint64_t first, uint64_t count, real scale)
{
    for (uint64_t k = first; k < first + count && scale != 1; k++) {
        s.re[k] *= scale;
        s.im[k] *= scale;
    }
}

/* Make room for a stage's scale. */
static void lack(tile *t, double scale, bool backward)
{
    if (fabs(t->pending * scale) >= LEAST_PENDING)
        return;
    scale_range(t->psi.now, 0, t->vectors, (real)t->pending);
    if (backward)
        scale_range(t->lambda.now, 0, t->vectors, (real)t->pending);
    t->pending = 1;
}

#endif
