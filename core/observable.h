/* Inside of an observable, and the compiled form in which it is applied. */
#ifndef HAHN_CORE_OBSERVABLE_H
#define HAHN_CORE_OBSERVABLE_H

#include "core/engine.h"
#include "gates/primitive.h"
#include <hahn/observable.h>

typedef struct hahn_pauli_term {
    double coefficient;
    uint64_t x, z; /* X where only x has the bit, Z where only z, Y where both */
} hahn_pauli_term;

/* Put a letter I, X, Y or Z on a qubit of the term. */
static inline void hahn_pauli_letter(hahn_pauli_term *term, char letter, int qubit)
{
    term->x |= letter == 'X' || letter == 'Y' ? hahn_bit(qubit) : 0;
    term->z |= letter == 'Z' || letter == 'Y' ? hahn_bit(qubit) : 0;
}

struct hahn_observable {
    hahn_engine *engine;
    int qubits;
    hahn_array terms; /* hahn_pauli_term, as added */
};

/* P |k> = i^|x & z| (-1)^parity(k & z) |k ^ x>: all terms with one x mask move amplitudes alike, so
   they are applied together. */
typedef struct hahn_pauli_group {
    uint64_t x;
    uint64_t first, count; /* range of signs */
} hahn_pauli_group;

typedef struct hahn_pauli_sign {
    uint64_t z;
    double re, im; /* coefficient times i^|x & z| */
} hahn_pauli_sign;

/* A string as it was added, whatever its coefficient, and the first one that is equal to it. */
typedef struct hahn_added_string {
    uint64_t x, z, same;
} hahn_added_string;

typedef struct hahn_pauli_sum {
    hahn_array groups;  /* hahn_pauli_group, by x; the diagonal one first where there is one */
    hahn_array signs;   /* hahn_pauli_sign; equal strings joined, zeros dropped */
    hahn_array strings; /* hahn_added_string, as added */
} hahn_pauli_sum;

/* Sort and join the terms. *sum must be all zero; on failure it is again. */
hahn_status hahn_pauli_sum_build(const hahn_observable *observable, hahn_engine *engine,
                                 hahn_pauli_sum *sum);
void hahn_pauli_sum_release(hahn_engine *engine, hahn_pauli_sum *sum);

/* The factor of amplitude k in a group: sum of coefficients with their signs. */
static inline double _Complex hahn_pauli_factor(const hahn_pauli_sign *signs, uint64_t count,
                                                uint64_t k)
{
    double re = 0, im = 0;
    for (uint64_t t = 0; t < count; t++) {
        const double sign = __builtin_parityll(k & signs[t].z) ? -1 : 1;
        re += sign * signs[t].re;
        im += sign * signs[t].im;
    }
    return CMPLX(re, im);
}

#endif
