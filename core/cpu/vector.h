/* Vectors and numbers of one ISA and precision, for the kernels: real and imaginary parts are split
   into arrays of `real`, cut into vectors. All of it is included once, by core/cpu/kernels.c. */
#ifndef HAHN_CORE_CPU_VECTOR_H
#define HAHN_CORE_CPU_VECTOR_H

#include "core/host.h"

#if HAHN_KERNEL_F32
typedef float real;
typedef int32_t lane_index;
#define PRECISION HAHN_F32
#define SUFFIX    f32
#else
typedef double real;
typedef int64_t lane_index;
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

/* AVX-512 has 32 vector registers, the others 16: how many rotations are done while 2^count vectors
   are in registers, forward on one array and backward on two. */
#define MOST_FORWARD  (VECTOR_BYTES == 64 ? 4 : 3)
#define MOST_BACKWARD (VECTOR_BYTES == 64 ? 3 : 2)

typedef real vec __attribute__((vector_size(VECTOR_BYTES)));
typedef lane_index lanes __attribute__((vector_size(VECTOR_BYTES)));

#define INLINE static inline __attribute__((always_inline))

/* Loops over vectors in registers: their indices must be constants. A build that is not for speed
   does without; GCC would complain of what it cannot unroll. */
#if !defined(__OPTIMIZE__) || defined(__SANITIZE_ADDRESS__)
#define UNROLL
#elif defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

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

/* Each element changes places with the one whose bit `bit` of the position differs. */
INLINE vec exchange(vec x, int bit)
{
    switch (bit) {
#if LOG_V > 1
    case 1:
        return EXCHANGE(x, 2);
#endif
#if LOG_V > 2
    case 2:
        return EXCHANGE(x, 4);
#endif
#if LOG_V > 3
    case 3:
        return EXCHANGE(x, 8);
#endif
    default:
        return EXCHANGE(x, 1);
    }
}

/* Element `index[k]` of a, or from V on of b. */
INLINE vec pick(vec a, vec b, lanes index)
{
#if defined(__clang__)
    vec out;
    for (int k = 0; k < V; k++)
        out[k] = index[k] & V ? b[index[k] & (V - 1)] : a[index[k] & (V - 1)];
    return out;
#else
    return __builtin_shuffle(a, b, index);
#endif
}

INLINE lanes lane_numbers(void)
{
    lanes numbers;
    for (int k = 0; k < V; k++)
        numbers[k] = k;
    return numbers;
}

/* -1 where bit `bit` of the position is 0, 1 where it is set. */
INLINE vec signs_of(int bit)
{
    vec signs;
    for (int k = 0; k < V; k++)
        signs[k] = k >> bit & 1 ? 1 : -1;
    return signs;
}

INLINE vec all_of(real x)
{
    vec out;
    for (int k = 0; k < V; k++)
        out[k] = x;
    return out;
}

/* Sum in a fixed order: halves onto each other. */
INLINE double sum_of(vec x)
{
    double half[V];
    for (int k = 0; k < V; k++)
        half[k] = x[k];
    for (int count = V / 2; count; count /= 2)
        for (int k = 0; k < count; k++)
            half[k] += half[k + count];
    return half[0];
}

typedef struct pair {
    vec *re, *im;
} pair;

/* Vectors of a state from an amplitude on, as far as its run goes. */
INLINE pair at(hahn_split s, uint64_t amplitude)
{
    const uint64_t place = hahn_place(s.run_qubits, amplitude);
    return (pair){(vec *)((real *)s.re + place), (vec *)((real *)s.im + place)};
}

INLINE const real *coefficients(const hahn_lane *lane, uint64_t term)
{
    return (const real *)lane->coefficients + 2 * term;
}

/* Index of group `number` of those that one bit tells apart, the bit being 0. */
INLINE uint64_t lower_of(uint64_t number, int bit)
{
    const uint64_t below = hahn_bit(bit) - 1;
    return (number & below) | (number & ~below) << 1;
}

#endif
