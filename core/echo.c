#include "core/echo.h"

#include <math.h>

uint64_t hahn_stage_roundings(const hahn_stage *stage)
{
    return stage->kind == HAHN_STAGE_P ? 0 : stage->count;
}

double hahn_echo_bound(hahn_precision precision, uint64_t roundings)
{
    const double roundoff = precision == HAHN_F64 ? 0x1p-53 : 0x1p-24;
    return 8 * roundoff * sqrt(2 * (double)roundings);
}
