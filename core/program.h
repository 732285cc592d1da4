/* Inside of a program: stages of commuting primitives, the compiled form that backends run. */
#ifndef HAHN_CORE_PROGRAM_H
#define HAHN_CORE_PROGRAM_H

#include "core/observable_plan.h"
#include "gates/primitive.h"
#include <hahn/program.h>
#include <math.h>

typedef enum hahn_stage_kind {
    HAHN_STAGE_D, /* diagonal: zrot and phase terms */
    HAHN_STAGE_R, /* real rotations: ry terms on distinct targets, none a control of another */
    HAHN_STAGE_P, /* permutation: flips, in order */
    HAHN_STAGE_M  /* one dense matrix */
} hahn_stage_kind;
#define HAHN_STAGE_KINDS 4

/* Angle expressions of primitives that act alike (one mask, one control) are joined to one term:
   its angle is offset + sum of scale * theta[index] over its members, and the derivative by the
   angle serves them all. */
typedef struct hahn_term {
    uint64_t mask;
    uint64_t control;           /* of ry; 0 for the diagonal kinds, whose mask holds the controls */
    double offset, offset_rest; /* a sum of two doubles, see hahn_angle */
    uint64_t first_member;
    uint32_t members;
    uint32_t kind; /* hahn_primitive_kind: ZROT, PHASE or RY */
} hahn_term;

typedef struct hahn_member {
    double scale;
    int64_t index;
} hahn_member;

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
    uint64_t first, count; /* range of terms (D, R), flips (P) or dense matrices (M) */
    uint64_t low, high;    /* D: number of terms inside a block, and of those that spare it; they
                              stand in this order, the mixed ones last */
    uint64_t table;        /* P: index of the first entry in program->tables, or HAHN_NO_TABLE */
} hahn_stage;

/* D stages are run in blocks of 2^HAHN_BLOCK_QUBITS amplitudes, and everything in tiles of
   2^HAHN_TILE_QUBITS: psi and lambda of one tile take 128 KiB in f64, which a level-2 cache holds.
 */
#define HAHN_BLOCK_QUBITS 8
#define HAHN_TILE_QUBITS  12

/* Fewest qubits of a state that several threads work on together. Below, a chunk is over before a
   second thread has woken up, and threads take lanes instead. */
#define HAHN_THREADED_QUBITS 14

struct hahn_program {
    hahn_engine *engine;
    int qubits;
    int64_t parameters, gates, primitives;
    bool has_observable;
    hahn_array stages;  /* hahn_stage, in application order */
    hahn_array terms;   /* hahn_term, stage by stage */
    hahn_array members; /* hahn_member, term by term */
    hahn_array flips;   /* hahn_flip */
    hahn_array dense;   /* hahn_dense */
    hahn_array entries; /* double _Complex, row by row */
    hahn_array tables;  /* uint16_t: 2^n sources and 2^n destinations for each distinct P stage */
    hahn_pauli_sum sum;
    hahn_observable_plan plan;
    int64_t stages_of[HAHN_STAGE_KINDS];
    int64_t sweeps;
    uint64_t largest_stage; /* most terms in one stage */
    uint64_t chunks;        /* parts of a state whose partial sums are folded in order */
    uint64_t bytes;
};

static inline const hahn_stage *hahn_program_stage(const hahn_program *program, uint64_t index)
{
    return (const hahn_stage *)program->stages.data + index;
}

static inline const hahn_term *hahn_program_term(const hahn_program *program, uint64_t index)
{
    return (const hahn_term *)program->terms.data + index;
}

static inline int hahn_min(int a, int b)
{
    return a < b ? a : b;
}

/* An angle as an unevaluated sum of two doubles: terms may join any number of rotations, and in
   plain doubles the rounding of the sum would grow with their number. */
typedef struct hahn_angle {
    double value, rest;
} hahn_angle;

/* angle + scale * number. Sum and product are exact up to the rest's own rounding: Knuth's two-sum,
   and a product's error by fused multiply-add. */
static inline hahn_angle hahn_angle_add(hahn_angle angle, double scale, double number)
{
    const double product = scale * number, sum = angle.value + product;
    const double part = sum - angle.value;
    const double lost = (angle.value - (sum - part)) + (product - part);
    return (hahn_angle){sum, angle.rest + (lost + fma(scale, number, -product))};
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

/* Gather the primitives of a circuit into the program's stages. The arrays must be empty. */
hahn_status hahn_schedule(hahn_program *program, const hahn_circuit *circuit);

/* Build the permutation tables of P stages, for states of at most HAHN_TILE_QUBITS qubits. */
hahn_status hahn_build_tables(hahn_program *program);

#endif
