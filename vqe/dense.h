/* The dense reference: gates and Pauli sums by their definitions, in long double and in plain index
   loops. It shares no code with the library, which is checked against it. Bit k of a matrix index
   belongs to the k-th target; qubit 0 is the least significant bit of an amplitude's index. */
#ifndef HAHN_VQE_DENSE_HEADER
#define HAHN_VQE_DENSE_HEADER

#include <complex.h>
#include <float.h>
#include <stdint.h>

_Static_assert(LDBL_MANT_DIG >= 64, "the dense reference must be better than double");
typedef long double complex dense_complex;

/** Most targets of one gate. */
#define DENSE_MAX_TARGETS 6
/** Complex numbers in the largest matrix. */
#define DENSE_MAX_MATRIX  4096

/** A matrix on some qubits, acting where the controls have their values. */
struct dense_gate {
    int targets; /* 1 to DENSE_MAX_TARGETS */
    const int *target;
    const dense_complex *matrix; /* 4^targets numbers, row by row */
    int controls;
    const int *control;
    const int *value; /* 0 or 1 for each control; NULL: all 1 */
};

/** coefficient * P; X where only x has the bit, Z where only z has it, Y where both have. */
struct dense_term {
    double coefficient;
    uint64_t x, z;
};

/** Set the state of 2^qubits amplitudes to |0...0>. */
void dense_zero_state(int qubits, dense_complex *state);

/** Apply a gate in place to 2^qubits amplitudes. */
void dense_apply(int qubits, dense_complex *state, const struct dense_gate *gate);

/** output = sum of the terms applied to input; 2^qubits amplitudes each, not overlapping. */
void dense_observable(int qubits, int terms, const struct dense_term *term,
                      const dense_complex *input, dense_complex *output);

/** Real part of <state| sum of the terms |state>. */
long double dense_expectation(int qubits, int terms, const struct dense_term *term,
                              const dense_complex *state);

/** <left|right>, the left one conjugated, over 2^qubits amplitudes. */
dense_complex dense_inner(int qubits, const dense_complex *left, const dense_complex *right);

/** Euclidean distance between the state and 2^qubits interleaved complex numbers. */
double dense_distance(int qubits, const dense_complex *state, const double *amplitudes);

#endif
