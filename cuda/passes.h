/* A program as a device runs it: a list of passes over a tile.

   A block of threads keeps a tile in shared memory. In a pass each thread holds the 2^3 amplitudes
   that differ in three chosen bits of the index within the tile, the held bits: it loads them,
   which may permute the tile, multiplies them by the phases of a D stage, rotates them along
   the held bits, and stores them. Backward a pass does the same in the opposite order on psi and
   lambda, and looks at both before it undoes each part.

   Terms get slots, in the order in which passes use them; all that is known of a term or made of it
   stands at its slot: coefficients, moments. */
#ifndef HAHN_CUDA_PASSES_H
#define HAHN_CUDA_PASSES_H

#include "core/source.h"
#include "core/term.h"

#define HAHN_HELD_QUBITS 3
#define HAHN_HELD        (1 << HAHN_HELD_QUBITS)

/* Most slots of a pass: one for each thread of a warp, which fetch them together. */
#define HAHN_PASS_SLOTS 32

/* Bits of an index within a tile. Smaller tiles are padded with zeros, so that there is at least a
   warp of threads; larger ones would not leave each thread registers enough. */
#define HAHN_LEAST_SPAN 8
#define HAHN_MOST_SPAN  12

/* Numbers that the looks of a pass leave, of each warp: a transform and the sums of rotations. */
#define HAHN_LOOKS_OF_WARP (32 * HAHN_HELD + HAHN_HELD)

/* What a pass does. */
enum {
    HAHN_PASS_MOVES = 1,    /* permutes by zero and column */
    HAHN_PASS_SHIFTS = 2,   /* some flip of it has a control outside of the tile */
    HAHN_PASS_FLIPS = 4,    /* does flips, one by one, and nothing else, as they are not affine */
    HAHN_PASS_TURNS = 8,    /* multiplies by phases */
    HAHN_PASS_CORNERS = 16, /* some of them of terms of kind PHASE */
    HAHN_PASS_DENSE = 32,   /* is a dense matrix and nothing else */
    HAHN_PASS_LOOKS = 64    /* some slot has a parameter */
};

/* A diagonal term's class: its bits among the held ones, and for kind PHASE those of 8 to 15. */
#define HAHN_CLASSES (2 * HAHN_HELD)

typedef struct hahn_pass {
    uint32_t first_slot;
    uint8_t slots;   /* those of the diagonal, class by class, then those of rotations */
    uint8_t parts;   /* HAHN_PASS_ */
    uint8_t rotated; /* bit k: held[k] is rotated */
    uint8_t held[HAHN_HELD_QUBITS]; /* ascending */
    uint8_t end[HAHN_CLASSES];      /* of each class, counted from the first slot */
    /* Permutation: amplitude j comes from zero ^ sum of column[b] over the bits b of j. */
    uint16_t zero, column[HAHN_MOST_SPAN];
    uint32_t first_flip, flips; /* or the dense matrix, and none */
    /* Products of phases round the same way each time the same angles are multiplied: a deep
       circuit that repeats its layers would drift in proportion to its depth. So they begin with a
       number from 1 to 2, another for each pass, and every second time with its inverse; the state
       is given it back in the end. */
    float start;
} hahn_pass;

/* A term as the tiles of its sweep see it. */
typedef struct hahn_turn {
    uint64_t outside; /* of a diagonal term's mask, of a rotation's control */
    uint32_t mask;    /* the same inside */
    uint32_t looks;   /* has a parameter */
} hahn_turn;

typedef struct hahn_cuda_dense {
    uint64_t outside; /* controls */
    uint32_t control;
    uint32_t targets;
    uint64_t first_entry;
    uint8_t target[8];
} hahn_cuda_dense;

/* A Pauli sum as it is applied; core/observable_plan.h. */
typedef struct hahn_sum {
    const hahn_source *sources;
    const hahn_factor_sign *signs;
    const void *numbers; /* of the plan, in the precision of the workspace */
    uint64_t count;      /* sources */
} hahn_sum;

/* Arrays of the image of a program; the same offsets on host and device. */
typedef struct hahn_image {
    const hahn_pass *passes;
    const hahn_turn *turns;     /* of each slot */
    const hahn_term *terms;     /* of each slot */
    const hahn_member *members; /* of terms */
    const uint64_t *first_use;  /* of each parameter, and the end */
    const hahn_member *uses;    /* of parameters: scale and slot, in the order of terms */
    const hahn_local *flips;
    const hahn_cuda_dense *dense;
    const double *entries; /* interleaved */
    hahn_sum sum;
} hahn_image;

#endif
