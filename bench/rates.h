/* What this machine can do, measured: multiply-adds, and updates of memory. */
#ifndef HAHN_BENCH_RATES_HEADER
#define HAHN_BENCH_RATES_HEADER

#include "vqe/failure.h"

#include <hahn/engine.h>

/** Rates of one instruction set, precision and number of threads. Start with rates_begin. */
struct rates {
    const char *isa; /* of the loops measured */
    hahn_precision precision;
    int threads;
    double seconds; /* spent on each number */
    double fma;     /* multiply-adds a second */
    struct {
        uint64_t bytes;
        double rate;
    } updates[16]; /* what was measured, by size */
    int update_count;
};

/** Measure multiply-adds with the instruction set and threads of the engine. */
void rates_begin(struct rates *rates, const hahn_engine *engine, double seconds);

/** Bytes a second that a loop over `bytes` bytes, shared out over the threads, reads and writes
    again; measured at the power of two that is nearest, 16 KiB to 256 MiB, once for each. */
bool rates_update(struct rates *rates, uint64_t bytes, double *rate, struct failure *f);

/** What the processor calls itself; "unknown" where the system does not tell. Returns buffer. */
const char *processor_name(char *buffer, size_t size);

#endif
