/* Vectors and tiles of the CPU kernels, for one instruction set and precision: the generic vectors
   of the compiler, as wide as the instruction set has them.

   HAHN_KERNEL_F32  0 or 1

   A state has at least one vector (the backend sees to it); qubits below LOG_V lie inside a vector
   and are exchanged by shuffles, the others across vectors. All of it is included once, by
   core/cpu/kernels.c. */
#ifndef HAHN_CORE_CPU_VECTOR_H
#define HAHN_CORE_CPU_VECTOR_H

#include "core/host.h"

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

#define V ((int)(VECTOR_BYTES / sizeof(real)))
#define LOG_V                                                                                      \
    (VECTOR_BYTES == 64   ? 3 + HAHN_KERNEL_F32                                                    \
     : VECTOR_BYTES == 32 ? 2 + HAHN_KERNEL_F32                                                    \
                          : 1 + HAHN_KERNEL_F32)

typedef real vec __attribute__((vector_size(VECTOR_BYTES)));

/* The element of x at position k ^ flip, flip a power of two below V and a constant where used. */
#if VECTOR_BYTES * 8 == 512 && HAHN_KERNEL_F32
#define EXCHANGE(x, f)                                                                             \
    ((vec){(x)[0 ^ (f)], (x)[1 ^ (f)], (x)[2 ^ (f)], (x)[3 ^ (f)], (x)[4 ^ (f)], (x)[5 ^ (f)],     \
           (x)[6 ^ (f)], (x)[7 ^ (f)], (x)[8 ^ (f)], (x)[9 ^ (f)], (x)[10 ^ (f)], (x)[11 ^ (f)],   \
           (x)[12 ^ (f)], (x)[13 ^ (f)], (x)[14 ^ (f)], (x)[15 ^ (f)]})
#elif VECTOR_BYTES * 8 == 512 || (VECTOR_BYTES * 8 == 256 && HAHN_KERNEL_F32)
#define EXCHANGE(x, f)                                                                             \
    ((vec){(x)[0 ^ (f)], (x)[1 ^ (f)], (x)[2 ^ (f)], (x)[3 ^ (f)], (x)[4 ^ (f)], (x)[5 ^ (f)],     \
           (x)[6 ^ (f)], (x)[7 ^ (f)]})
#elif VECTOR_BYTES * 8 == 256 || HAHN_KERNEL_F32
#define EXCHANGE(x, f) ((vec){(x)[0 ^ (f)], (x)[1 ^ (f)], (x)[2 ^ (f)], (x)[3 ^ (f)]})
#else
#define EXCHANGE(x, f) ((vec){(x)[0 ^ (f)], (x)[1 ^ (f)]})
#endif

#define BLOCK_MOST ((uint64_t)1 << HAHN_BLOCK_QUBITS)

typedef struct pair {
    vec *re, *im;
} pair;

static inline pair at(hahn_split s, uint64_t amplitude)
{
    return (pair){(vec *)((real *)s.re + amplitude), (vec *)((real *)s.im + amplitude)};
}

static inline const real *coefficients(const hahn_lane *lane, uint64_t term)
{
    return (const real *)lane->coefficients + 2 * term;
}

/* Sum in a fixed order. */
static double sum_of(vec x)
{
    double sum = 0;
    for (int k = 0; k < V; k++)
        sum += x[k];
    return sum;
}

static int tile_qubits(const hahn_program *program)
{
    return hahn_min(program->qubits, HAHN_TILE_QUBITS);
}

static uint64_t chunk_size(const hahn_program *program)
{
    return hahn_bit(program->qubits) / program->chunks;
}

/* Index of pair `number` of those that one bit tells apart, the bit being 0. */
static inline uint64_t lower_of(uint64_t number, int bit)
{
    const uint64_t below = hahn_bit(bit) - 1;
    return (number & below) | (number & ~below) << 1;
}

#endif
