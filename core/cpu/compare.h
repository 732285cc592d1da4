/* Distances and overlaps of states, chunk by chunk. Sums over a run are of `real`, their total is
   of double. */
#ifndef HAHN_CORE_CPU_COMPARE_H
#define HAHN_CORE_CPU_COMPARE_H

#include "core/cpu/vector.h"

/* Vectors whose sum is made in `real`. */
#define COMPARE_VECTORS 64

/* Amplitudes of a chunk; a state smaller than a vector is padded with zeros. */
static uint64_t padded_chunk(const hahn_program *program)
{
    const uint64_t size = hahn_bit(program->qubits) / program->chunks;
    return size < (uint64_t)V ? (uint64_t)V : size;
}

/* |a - b|^2 of one vector. */
INLINE vec square_of(vec are, vec aim, vec bre, vec bim)
{
    const vec re = are - bre, im = aim - bim;
    return re * re + im * im;
}

/* |a|^2 summed over vectors [first, count) of a run, and |a - b|^2. */
INLINE vec squares(pair a, uint64_t first, uint64_t count)
{
    vec part = {0};
    for (uint64_t k = first; k < count; k++)
        part += square_of(a.re[k], a.im[k], (vec){0}, (vec){0});
    return part;
}

INLINE vec square_distances(pair a, pair b, uint64_t count)
{
    vec part = {0};
    for (uint64_t k = 0; k < count; k++)
        part += square_of(a.re[k], a.im[k], b.re[k], b.im[k]);
    return part;
}

static double distance(const hahn_program *program, hahn_split left, hahn_split right,
                       uint64_t chunk)
{
    const uint64_t size = padded_chunk(program), step = (uint64_t)V * COMPARE_VECTORS;
    double sum = 0;
    for (uint64_t j = chunk * size; j < (chunk + 1) * size; j += step) {
        const pair a = at(left, j);
        const uint64_t rest = (chunk + 1) * size - j, count = (rest < step ? rest : step) / V;
        /* The first vector of |0...0> is the one that is not zero. */
        const bool start = !right.re && j == 0;
        vec part = start ? square_of(a.re[0], a.im[0], (vec){1}, (vec){0}) : (vec){0};
        part += right.re ? square_distances(a, at(right, j), count) : squares(a, start, count);
        sum += sum_of(part);
    }
    return sum;
}

static double overlap(const hahn_program *program, hahn_split left, hahn_split right,
                      uint64_t chunk)
{
    const uint64_t size = padded_chunk(program), step = (uint64_t)V * COMPARE_VECTORS;
    double sum = 0;
    for (uint64_t j = chunk * size; j < (chunk + 1) * size; j += step) {
        const pair a = at(left, j), b = at(right, j);
        const uint64_t rest = (chunk + 1) * size - j, count = (rest < step ? rest : step) / V;
        vec part = {0};
        for (uint64_t k = 0; k < count; k++)
            part += a.re[k] * b.re[k] + a.im[k] * b.im[k];
        sum += sum_of(part);
    }
    return sum;
}

#endif
