/* Making the image of a program: passes.h, in one block of memory that is copied to the device. */
#ifndef HAHN_CUDA_IMAGE_H
#define HAHN_CUDA_IMAGE_H

#include "core/program.h"
#include "cuda/passes.h"

/* Room for an array in a block, at a multiple of 16 bytes. */
static inline uint64_t hahn_image_take(uint64_t *end, uint64_t count, uint64_t size)
{
    const uint64_t at = *end;
    *end = (at + count * size + 15) / 16 * 16;
    return at;
}

/* Where the arrays of a Pauli sum stand in a block, bytes. */
typedef struct hahn_sum_plan {
    uint64_t sources, signs, numbers, count;
} hahn_sum_plan;

hahn_sum_plan hahn_sum_measure(const hahn_observable_plan *plan, hahn_precision precision,
                               uint64_t *end);
void hahn_sum_fill(const hahn_observable_plan *plan, hahn_precision precision,
                   const hahn_sum_plan *sum, char *block);
hahn_sum hahn_sum_at(const hahn_sum_plan *sum, const char *block);

/* Where the parts of an image stand in its block, bytes. */
typedef struct hahn_image_plan {
    uint64_t passes, slots; /* passes at most, and slots */
    uint64_t at[9];         /* parts of hahn_image, in its order */
    hahn_sum_plan sum;
    uint64_t device_bytes; /* the parts above: what the device gets */
    uint64_t first_pass;   /* uint32_t: of each stage, and the end */
    uint64_t slot_of;      /* uint32_t: of each term */
    uint64_t bytes;
} hahn_image_plan;

hahn_image_plan hahn_image_measure(const hahn_program *program, hahn_precision precision);

/* Fill a block of plan->bytes bytes. With `fused`, a pass may belong to several stages, and only
   whole sweeps can be run; else each stage has passes of its own. */
void hahn_image_fill(const hahn_program *program, hahn_precision precision, bool fused,
                     const hahn_image_plan *plan, char *block);

/* The image in a block, on the host or on the device. */
hahn_image hahn_image_at(const hahn_image_plan *plan, const char *block);

/* Bits of an index within a tile of the program's, padding included. */
int hahn_image_span(const hahn_program *program);

#endif
