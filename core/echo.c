#include "core/echo.h"

#include <math.h>

double hahn_echo_bound(hahn_precision precision, uint64_t operations)
{
    const double roundoff = precision == HAHN_F64 ? 0x1p-53 : 0x1p-24;
    return 8 * roundoff * sqrt(2 * (double)operations);
}

/* Permutations are exact. */
static uint64_t roundings(const hahn_stage *stage)
{
    return stage->kind == HAHN_STAGE_P ? 0 : stage->count;
}

hahn_segments hahn_cut_segments(const hahn_program *program, hahn_precision precision,
                                double tolerance, uint64_t *ends)
{
    hahn_segments cut = {1, 0};
    uint64_t here = 0; /* operations in the last segment so far */
    for (uint64_t k = 0; k < program->stages.count; k++) {
        const uint64_t more = roundings(hahn_program_stage(program, k));
        if (tolerance > 0 && hahn_echo_bound(precision, here + more) > tolerance) {
            if (ends)
                ends[cut.count - 1] = k;
            cut.count++;
            here = 0;
        }
        here += more;
        cut.largest = here > cut.largest ? here : cut.largest;
    }
    if (ends)
        ends[cut.count - 1] = program->stages.count;
    return cut;
}
