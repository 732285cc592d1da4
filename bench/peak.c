/* Compiled once for each instruction set and precision, as core/cpu/kernels.c is:

   HAHN_ISA_NAME    baseline, avx2, avx512
   HAHN_KERNEL_F32  0 or 1 */
#include "peak.h"

#if HAHN_KERNEL_F32
typedef float real;
#define PRECISION HAHN_F32
#define SUFFIX    f32
#else
typedef double real;
#define PRECISION HAHN_F64
#define SUFFIX    f64
#endif

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

#define LANES ((int)(VECTOR_BYTES / sizeof(real)))

/* A multiply-add takes 4 or 5 cycles and two may begin in each, so 10 chains keep a core busy; with
   factor and term they fit the 16 registers that all but AVX-512 have. */
#define CHAINS 12

#define PASTE3(a, b, c)  a##_##b##_##c
#define EXPAND3(a, b, c) PASTE3(a, b, c)
#define TEXT(a)          #a
#define EXPAND_TEXT(a)   TEXT(a)

typedef real vec __attribute__((vector_size(VECTOR_BYTES)));

static double run_chains(uint64_t rounds, double factor, double term)
{
    const vec f = (vec){0} + (real)factor, t = (vec){0} + (real)term;
    vec x[CHAINS], sum = {0};
    double total = 0;
    for (int c = 0; c < CHAINS; c++)
        x[c] = (vec){0} + (real)c;
    for (uint64_t r = 0; r < rounds; r++)
#pragma GCC unroll 12
        for (int c = 0; c < CHAINS; c++)
            x[c] = x[c] * f + t;
    for (int c = 0; c < CHAINS; c++)
        sum += x[c];
    for (int k = 0; k < LANES; k++)
        total += sum[k];
    return total;
}

static void update_array(void *array, size_t bytes, uint64_t passes, double factor, double term)
{
    const vec f = (vec){0} + (real)factor, t = (vec){0} + (real)term;
    vec *x = array;
    const size_t count = bytes / sizeof *x;
    for (uint64_t pass = 0; pass < passes; pass++) {
#pragma GCC unroll 4
        for (size_t k = 0; k < count; k++)
            x[k] = x[k] * f + t;
        /* Without this, two passes could be made one. */
        __asm__ volatile("" : : "r"(x) : "memory");
    }
}

const struct peak_kernels EXPAND3(bench_peak, HAHN_ISA_NAME, SUFFIX) = {
    EXPAND_TEXT(HAHN_ISA_NAME), PRECISION, CHAINS *LANES, run_chains, update_array};
