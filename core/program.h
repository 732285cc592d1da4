/* Inside of a program: stages of commuting primitives, the compiled form that backends run. */
#ifndef HAHN_CORE_PROGRAM_H
#define HAHN_CORE_PROGRAM_H

#include "core/observable_plan.h"
#include "core/term.h"
#include "gates/primitive.h"
#include <hahn/program.h>

typedef enum hahn_stage_kind {
    HAHN_STAGE_D, /* diagonal: zrot and phase terms */
    HAHN_STAGE_R, /* real rotations: ry terms on distinct targets, none a control of another */
    HAHN_STAGE_P, /* permutation: flips, in order */
    HAHN_STAGE_M  /* one dense matrix */
} hahn_stage_kind;
#define HAHN_STAGE_KINDS 4

typedef struct hahn_flip {
    uint64_t mask, control;
} hahn_flip;

typedef struct hahn_dense {
    uint64_t control;
    uint64_t first_entry; /* of 4^targets entries in program->entries */
    int targets;
    int target[HAHN_MAX_DENSE];
} hahn_dense;

/* No permutation table: the flips are done one by one. */
#define HAHN_NO_TABLE UINT64_MAX

typedef struct hahn_stage {
    uint8_t kind;
    bool trainable;        /* some term has a member: the backward pass has to look */
    bool affine;           /* P: with a table, and linear over GF(2) up to a constant */
    uint64_t first, count; /* range of terms (D, R), flips (P) or dense matrices (M) */
    uint64_t low, high;    /* D: number of terms inside a block, and of those that spare it; they
                              stand in this order, the mixed ones last.
                              R: low, number of terms without a control, which come first */
    uint64_t table;        /* P: index of the first entry in program->tables, or HAHN_NO_TABLE */
    uint8_t table_bits;    /* of an index, that the first part of the tables takes */
} hahn_stage;

/* One walk over the state, tile by tile: on each, all of its stages. A tile is the 2^t amplitudes
   that differ in t chosen qubits, among which are all that the stages move amplitudes along. */
typedef struct hahn_sweep {
    uint64_t first, end; /* stages */
    uint64_t first_term, terms;
    uint64_t tile; /* mask of the chosen qubits */
} hahn_sweep;

/* D stages are built from blocks of 2^HAHN_BLOCK_QUBITS amplitudes. */
#define HAHN_BLOCK_QUBITS 6

/* Mixed terms of a D stage are grouped by what they see above a block. Up to so many groups the
   tables are made once, one for each way the groups can stand. */
#define HAHN_MOST_GROUPS 4

/* Qubits of a tile. The lowest HAHN_LINE_QUBITS are in each, so that tiles are made of whole cache
   lines (a device may do with fewer); a dense matrix must find room beside them. */
#define HAHN_LINE_QUBITS       4
#define HAHN_LEAST_TILE_QUBITS 10
#define HAHN_MOST_TILE_QUBITS  21

/* Fewest entries of a permutation table: the widest vector of the narrowest numbers. */
#define HAHN_LEAST_TABLE UINT64_C(16)

/* Fewest qubits of a state that several threads work on together. Below, a chunk is over before a
   second thread has woken up, and threads take lanes instead. */
#define HAHN_THREADED_QUBITS 14

struct hahn_program {
    hahn_engine *engine;
    int qubits;
    int tile_qubits; /* of each sweep's tile: no more than qubits */
    int line_qubits; /* the lowest, which are in each tile where the state has them */
    int64_t parameters, gates, primitives;
    bool has_observable;
    hahn_array stages;      /* hahn_stage, in application order */
    hahn_array sweeps;      /* hahn_sweep, in application order */
    hahn_array terms;       /* hahn_term, stage by stage */
    hahn_array members;     /* hahn_member, term by term */
    hahn_array flips;       /* hahn_flip */
    hahn_array local_terms; /* hahn_local, as terms */
    hahn_array local_flips; /* hahn_local, as flips */
    hahn_array dense;       /* hahn_dense */
    hahn_array entries;     /* double _Complex, row by row */
    hahn_array tables; /* uint32_t: a tile's sources and destinations for each distinct P stage */
    hahn_pauli_sum sum;
    hahn_observable_plan plan;
    int64_t stages_of[HAHN_STAGE_KINDS];
    uint64_t largest_sweep; /* most terms in one sweep */
    uint64_t chunks;        /* parts of a state whose partial sums are folded in order */
    uint64_t bytes;
};

static inline const hahn_stage *hahn_program_stage(const hahn_program *program, uint64_t index)
{
    return (const hahn_stage *)program->stages.data + index;
}

/* A walk over tiles is cut into as many parts as there are chunks, or tiles. */
static inline uint64_t hahn_walk_chunks(const hahn_program *program)
{
    const uint64_t tiles = (uint64_t)1 << (program->qubits - program->tile_qubits);
    return program->chunks < tiles ? program->chunks : tiles;
}

static inline const hahn_sweep *hahn_program_sweep(const hahn_program *program, uint64_t index)
{
    return (const hahn_sweep *)program->sweeps.data + index;
}

static inline const hahn_local *hahn_local_term(const hahn_program *program, uint64_t index)
{
    return (const hahn_local *)program->local_terms.data + index;
}

static inline const hahn_local *hahn_local_flip(const hahn_program *program, uint64_t index)
{
    return (const hahn_local *)program->local_flips.data + index;
}

/* Indices that a permutation table maps. */
static inline uint64_t hahn_table_entries(const hahn_program *program)
{
    const uint64_t tile = hahn_bit(program->tile_qubits);
    return tile > HAHN_LEAST_TABLE ? tile : HAHN_LEAST_TABLE;
}

/* Numbers in a table of sources, or of destinations: one for each setting of the low bits, and one
   for each of the others, to be added (xor). */
static inline uint64_t hahn_table_size(const hahn_program *program, int low_bits)
{
    return hahn_bit(low_bits) + (hahn_table_entries(program) >> low_bits);
}

/* The `count` lowest bits of a mask. */
static inline uint64_t hahn_lowest(uint64_t mask, int count)
{
    uint64_t rest = mask;
    for (int k = 0; k < count; k++)
        rest &= rest - 1;
    return mask ^ rest;
}

static inline const hahn_term *hahn_program_term(const hahn_program *program, uint64_t index)
{
    return (const hahn_term *)program->terms.data + index;
}

static inline int hahn_min(int a, int b)
{
    return a < b ? a : b;
}

/* Angle of a term at a parameter vector, radians. */
static inline hahn_angle hahn_term_angle(const hahn_program *program, const hahn_term *term,
                                         const double *theta)
{
    const hahn_member *member = (const hahn_member *)program->members.data + term->first_member;
    hahn_angle angle = {term->offset, term->offset_rest};
    for (uint32_t k = 0; k < term->members; k++)
        angle = hahn_angle_add(angle, member[k].scale, theta[member[k].index]);
    return angle;
}

/* What a primitive does to qubits: moves amplitudes along some, and only reads others. */
typedef struct hahn_touch {
    uint64_t moved, read;
    hahn_stage_kind kind;
    bool idle; /* does nothing */
} hahn_touch;

/* Stage of a primitive that does nothing. */
#define HAHN_NO_STAGE UINT32_MAX

/* What each primitive of the circuit touches, in order; those that come to nothing, alone or with a
   neighbour, are idle. *touches must be empty, and is the caller's to release. */
hahn_status hahn_collect_touches(hahn_program *program, const hahn_circuit *circuit,
                                 hahn_array *touches);

/* Gather the primitives of a circuit into the program's sweeps and stages. The arrays must be
   empty. stage_of[k] gets the stage of primitive k in circuit order, or HAHN_NO_STAGE, and each
   stage its count of them. */
hahn_status hahn_schedule(hahn_program *program, const hahn_touch *touches, uint64_t count,
                          uint32_t *stage_of);

/* Compile the circuit into sweeps, stages, terms, flips and matrices. */
hahn_status hahn_lay_out(hahn_program *program, const hahn_circuit *circuit);

/* Merge D stages across permutations where that pays. Terms must not be joined yet. */
void hahn_merge_diagonals(hahn_program *program);

/* Build the permutation tables of P stages. */
hahn_status hahn_build_tables(hahn_program *program);

#endif
