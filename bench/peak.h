/* Two loops that show what a core can do, compiled for each instruction set and precision. */
#ifndef HAHN_BENCH_PEAK_HEADER
#define HAHN_BENCH_PEAK_HEADER

#include <hahn/engine.h>

struct peak_kernels {
    const char *isa;
    hahn_precision precision;
    /* Multiply-adds of one round. */
    int fma_round;
    /* `rounds` rounds of independent chains of x <- x * factor + term, all in registers. Returns a
       number that depends on all of them. */
    double (*fma)(uint64_t rounds, double factor, double term);
    /* x <- x * factor + term for every number of `bytes` bytes, `passes` times; 64-byte aligned and
       a multiple of 64 bytes. */
    void (*update)(void *array, size_t bytes, uint64_t passes, double factor, double term);
};

extern const struct peak_kernels bench_peak_baseline_f64, bench_peak_baseline_f32;
#if HAHN_HAVE_X86
extern const struct peak_kernels bench_peak_avx2_f64, bench_peak_avx2_f32;
extern const struct peak_kernels bench_peak_avx512_f64, bench_peak_avx512_f32;
#endif

#endif
