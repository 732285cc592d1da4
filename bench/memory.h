/* What the process holds, as the system sees it: not what anyone counted. */
#ifndef HAHN_BENCH_MEMORY_HEADER
#define HAHN_BENCH_MEMORY_HEADER

#include <stdint.h>

/** Largest resident memory so far, in bytes. The system keeps count by the way, and may be a
    quarter of a MiB off. */
uint64_t memory_peak(void);
/** Resident memory now, page by page where the system can tell. What was freed is given back
    first. */
uint64_t memory_resident(void);

#endif
