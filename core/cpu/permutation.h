/* P stages on a tile. Most are affine over GF(2): the sources of a vector are then one or two
   vectors and a shuffle. Others go element by element through a table, or flip by flip. */
#ifndef HAHN_CORE_CPU_PERMUTATION_H
#define HAHN_CORE_CPU_PERMUTATION_H

#include "core/cpu/tile.h"

/* How the vectors of a tile are fetched by the D stage that follows a permutation. */
typedef enum fetch_mode {
    FETCH_PLAIN, /* no permutation */
    FETCH_ONE,   /* from one vector, shuffled */
    FETCH_TWO,   /* from two */
    FETCH_EACH   /* element by element */
} fetch_mode;

typedef struct fetch {
    fetch_mode mode;
    const uint32_t *low, *high; /* sources: of the index's low bits, xor of the others */
    int low_bits;
    uint64_t shift; /* xor of the sources, which this tile's outside controls bring */
    uint64_t other; /* xor of the second vector's index */
    lanes order;    /* of the shuffle, for a source whose position in its vector is 0 */
} fetch;

/* What the controls outside the tile add to its sources (backward: destinations). */
static uint64_t shift_of(const tile *t, const hahn_stage *stage, bool backward)
{
    const hahn_local *flips = hahn_local_flip(t->program, stage->first);
    uint64_t on = 0, off = 0;
    if (t->base == 0)
        return 0;
    for (uint64_t k = 0; k < stage->count; k++) {
        const hahn_local *flip = flips + (backward ? k : stage->count - 1 - k);
        on ^= hahn_holds(flip, t->base, on) ? flip->mask : 0;
        off ^= hahn_holds(flip, 0, off) ? flip->mask : 0;
    }
    return on ^ off;
}

/* Positions within a vector are bits of the index: each contributes its own to the source. Those
   that reach other vectors must all reach the same one. */
static fetch_mode order_of(const uint32_t *source, lanes *order, uint64_t *other)
{
    const lanes number = lane_numbers();
    *order = (lanes){0};
    *other = 0;
    for (int bit = 0; bit < LOG_V; bit++) {
        const uint64_t column = source[hahn_bit(bit)] ^ source[0];
        const uint64_t far = column >> LOG_V;
        const lane_index turned = (lane_index)(column & (uint64_t)(V - 1)) | (far ? V : 0);
        if (far && *other && far != *other)
            return FETCH_EACH;
        *other = far ? far : *other;
        *order ^= -(number >> bit & 1) & turned;
    }
    return *other ? FETCH_TWO : FETCH_ONE;
}

static fetch no_fetch(void)
{
    return (fetch){.mode = FETCH_PLAIN};
}

static fetch fetch_of(const tile *t, const hahn_stage *stage, bool backward)
{
    fetch f = {.mode = FETCH_EACH};
    f.low_bits = stage->table_bits;
    f.low = (const uint32_t *)t->program->tables.data + stage->table +
            (backward ? hahn_table_size(t->program, f.low_bits) : 0);
    f.high = f.low + hahn_bit(f.low_bits);
    if (!stage->affine)
        return f;
    f.shift = shift_of(t, stage, backward);
    f.mode = order_of(f.low, &f.order, &f.other);
    return f;
}

/* Vector `number` of an array as the permutation makes it. */
INLINE vec fetch_vector(const fetch *f, fetch_mode mode, const vec *array, uint64_t number)
{
    if (mode == FETCH_PLAIN)
        return array[number];
    const uint64_t first_index = number * (uint64_t)V;
    const uint32_t *source = f->low + (first_index & (hahn_bit(f->low_bits) - 1));
    const uint64_t shift = f->high[first_index >> f->low_bits] ^ f->shift;
    if (mode == FETCH_EACH) {
        vec out;
        for (int k = 0; k < V; k++)
            out[k] = ((const real *)array)[source[k] ^ shift];
        return out;
    }
    const uint64_t first = source[0] ^ shift, from = first >> LOG_V;
    const lanes order = f->order ^ (lane_index)(first & (uint64_t)(V - 1));
    return pick(array[from], array[mode == FETCH_TWO ? from ^ f->other : from], order);
}

INLINE void gather_array(const fetch *f, fetch_mode mode, const vec *from, vec *to, uint64_t first,
                         uint64_t end)
{
    for (uint64_t k = first; k < end; k++)
        to[k] = fetch_vector(f, mode, from, k);
}

static void gather_one(const fetch *f, const vec *from, vec *to, uint64_t first, uint64_t end)
{
    if (f->mode == FETCH_ONE)
        gather_array(f, FETCH_ONE, from, to, first, end);
    else if (f->mode == FETCH_TWO)
        gather_array(f, FETCH_TWO, from, to, first, end);
    else
        gather_array(f, FETCH_EACH, from, to, first, end);
}

/* Vectors [first, end) of a state to its spare. */
static void gather_state(const fetch *f, const tile_state *s, uint64_t first, uint64_t end)
{
    gather_one(f, s->now.re, s->spare.re, first, end);
    gather_one(f, s->now.im, s->spare.im, first, end);
}

/* One flip, in place: vectors where the controls hold change places with those that the mask leads
   to, element by element as `order` says. */
typedef struct flipping {
    const tile *t;
    const tile_state *state;
    uint64_t mask, fixed; /* among vector indices; fixed: controls, and one bit of the mask */
    lanes order;
} flipping;

static flipping flipping_of(const tile *t, const tile_state *state, const hahn_local *flip)
{
    const uint64_t mask = flip->mask >> LOG_V, control = flip->control >> LOG_V;
    const lane_index near = (lane_index)(flip->mask & (uint32_t)(V - 1));
    const lane_index own = (lane_index)(flip->control & (uint32_t)(V - 1));
    const uint64_t top = mask ? hahn_bit(63 - __builtin_clzll(mask)) : 0;
    flipping f = {.t = t, .state = state, .mask = mask, .fixed = control | top};
    for (int k = 0; k < V; k++)
        f.order[k] = (k & own) == own ? (k ^ near) | V : k;
    return f;
}

static void flip_array(const flipping *f, vec *x, uint64_t first, uint64_t end)
{
    for (uint64_t k = first | f->fixed; k < end; k = (k + 1) | f->fixed) {
        const vec a = x[k], b = x[k ^ f->mask];
        x[k] = pick(a, b, f->order);
        if (f->mask)
            x[k ^ f->mask] = pick(b, a, f->order);
    }
}

/* A pair of vectors belongs to the part of the one that has the bit. */
static void flip_part(void *context, int part)
{
    const flipping *f = context;
    uint64_t first, end;
    part_range(f->t, part, &first, &end);
    flip_array(f, f->state->now.re, first, end);
    flip_array(f, f->state->now.im, first, end);
}

static void flip_one_by_one(const tile *t, const hahn_stage *stage, const tile_state *s,
                            bool backward)
{
    for (uint64_t k = 0; k < stage->count; k++) {
        const hahn_local *flip = hahn_local_flip(
            t->program, backward ? stage->first + stage->count - 1 - k : stage->first + k);
        if ((t->base & flip->outside) != flip->outside)
            continue;
        flipping f = flipping_of(t, s, flip);
        for_parts(t, flip_part, &f);
    }
}

#endif
