/* Distances, overlaps and sums of states, chunk by chunk. Sums over a run are of `real`, their
   total is of double. */
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

/* The real part of <left|right>, or the imaginary one. */
INLINE double product_part(const hahn_program *program, hahn_split left, hahn_split right,
                           uint64_t chunk, bool imaginary)
{
    const uint64_t size = padded_chunk(program), step = (uint64_t)V * COMPARE_VECTORS;
    double sum = 0;
    for (uint64_t j = chunk * size; j < (chunk + 1) * size; j += step) {
        const pair a = at(left, j), b = at(right, j);
        const uint64_t rest = (chunk + 1) * size - j, count = (rest < step ? rest : step) / V;
        vec part = {0};
        for (uint64_t k = 0; k < count; k++)
            part += imaginary ? a.re[k] * b.im[k] - a.im[k] * b.re[k]
                              : a.re[k] * b.re[k] + a.im[k] * b.im[k];
        sum += sum_of(part);
    }
    return sum;
}

static double overlap(const hahn_program *program, hahn_split left, hahn_split right,
                      uint64_t chunk)
{
    return product_part(program, left, right, chunk, false);
}

static double overlap_im(const hahn_program *program, hahn_split left, hahn_split right,
                         uint64_t chunk)
{
    return product_part(program, left, right, chunk, true);
}

/* to <- to + (re + i im) from */
static void combine(const hahn_program *program, hahn_split to, hahn_split from, double re,
                    double im, uint64_t chunk)
{
    const uint64_t size = padded_chunk(program), step = (uint64_t)V * COMPARE_VECTORS;
    const real x = (real)re, y = (real)im;
    for (uint64_t j = chunk * size; j < (chunk + 1) * size; j += step) {
        const pair a = at(to, j), b = at(from, j);
        const uint64_t rest = (chunk + 1) * size - j, count = (rest < step ? rest : step) / V;
        for (uint64_t k = 0; k < count; k++) {
            a.re[k] += x * b.re[k] - y * b.im[k];
            a.im[k] += x * b.im[k] + y * b.re[k];
        }
    }
}

/* <psi|P|psi> = sum over j of conj(psi_(j ^ x)) i^|x & z| (-1)^parity(j & z) psi_j, which is real;
   vector by vector, whose elements are told apart by their own bits of x and z. */
static double expect(const hahn_program *program, hahn_split psi, uint64_t x, uint64_t z,
                     uint64_t chunk)
{
    const uint64_t size = padded_chunk(program), far = x & ~(uint64_t)(V - 1);
    const lanes order = lane_numbers() ^ (lane_index)(x & (uint64_t)(V - 1));
    const int quarter = __builtin_popcountll(x & z) % 4;
    vec signs = all_of(quarter == 1 || quarter == 2 ? -1 : 1);
    double sum = 0;
    for (int bit = 0; bit < LOG_V; bit++)
        signs *= z >> bit & 1 ? -signs_of(bit) : all_of(1);
    for (uint64_t j = chunk * size; j < (chunk + 1) * size; j += (uint64_t)V) {
        const pair a = at(psi, j), b = at(psi, j ^ far);
        const vec re = pick(b.re[0], b.re[0], order), im = pick(b.im[0], b.im[0], order);
        const vec part = quarter % 2 ? re * a.im[0] - im * a.re[0] : re * a.re[0] + im * a.im[0];
        const double some = sum_of(signs * part);
        sum += __builtin_parityll(j & z) ? -some : some;
    }
    return sum;
}

#endif
