/* Observables: real-weighted sums of Pauli strings. Pauli matrices, eigenvalues +-1. */
#ifndef HAHN_OBSERVABLE_HEADER
#define HAHN_OBSERVABLE_HEADER

#include <hahn/circuit.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hahn_observable hahn_observable;

/** Create an empty sum (the zero operator) on 1 to HAHN_MAX_QUBITS qubits. */
HAHN_API hahn_status hahn_observable_create(hahn_engine *engine, int qubits, hahn_observable **out);
/** Destroy an observable. NULL is fine; programs made from it live on. */
HAHN_API void hahn_observable_destroy(hahn_observable *observable);

/** Add coefficient * P: the k-th letter (I, X, Y, Z) acts on qubits[k]; "" is the identity. */
HAHN_API hahn_status hahn_observable_add(hahn_observable *observable, double coefficient,
                                         const char *paulis, const int *qubits);
/** Add coefficient * P given by bit masks: X where only x has the bit, Z where only z, Y where
    both. */
HAHN_API hahn_status hahn_observable_add_masks(hahn_observable *observable, double coefficient,
                                               uint64_t x, uint64_t z);

/** Read an observable from text, one term a line: `0.5 X0 X1`, `-1 Z3`, `2` (identity), or a dense
    string `0.5 XXII` of one letter for each qubit, whose leftmost letter is qubit 0; after a line
    `order right-to-left` the rightmost one is. `#` starts a comment. qubits 0 means: as many as the
    text needs. `name` stands before line and column in messages. HAHN_ERR_PARSE on bad text. */
HAHN_API hahn_status hahn_observable_parse(hahn_engine *engine, const char *text, size_t length,
                                           int qubits, const char *name, hahn_observable **out);

/** A chain (height 1) or square lattice of width x height sites, site (i, j) being qubit
    i + width * j; periodic closes both directions. Bonds go from each site to the next in each
    direction, so a periodic direction of 2 sites has its bond twice. */
typedef struct hahn_lattice {
    int width, height;
    int periodic;
} hahn_lattice;

/** sum over bonds of j (XX + YY + ZZ). */
HAHN_API hahn_status hahn_observable_heisenberg(hahn_engine *engine, hahn_lattice lattice, double j,
                                                hahn_observable **out);
/** sum over bonds of j (XX + YY + delta ZZ). */
HAHN_API hahn_status hahn_observable_xxz(hahn_engine *engine, hahn_lattice lattice, double j,
                                         double delta, hahn_observable **out);
/** Transverse-field Ising model: - j sum over bonds of ZZ - h sum over sites of X. */
HAHN_API hahn_status hahn_observable_ising(hahn_engine *engine, hahn_lattice lattice, double j,
                                           double h, hahn_observable **out);
/** Minus the weight of the cut: sum over edges (a, b) of weight (Z_a Z_b - 1) / 2. `ends` holds two
    vertices an edge; NULL weights are all 1. */
HAHN_API hahn_status hahn_observable_maxcut(hahn_engine *engine, int vertices, int64_t edges,
                                            const int *ends, const double *weights,
                                            hahn_observable **out);

HAHN_API int hahn_observable_qubits(const hahn_observable *observable);
/** Number of terms as they were added. */
HAHN_API int64_t hahn_observable_terms(const hahn_observable *observable);
/** Term `index` (0 to terms - 1). */
HAHN_API hahn_status hahn_observable_term(const hahn_observable *observable, int64_t index,
                                          double *coefficient, uint64_t *x, uint64_t *z);
/** 1 if all terms are products of Z and I, else 0. */
HAHN_API int hahn_observable_is_diagonal(const hahn_observable *observable);
/** output = O input; 2^qubits complex numbers each, interleaved; the arrays may not overlap. */
HAHN_API hahn_status hahn_observable_apply(const hahn_observable *observable, const double *input,
                                           double *output);
/** As hahn_circuit_fingerprint. */
HAHN_API uint64_t hahn_observable_fingerprint(const hahn_observable *observable);

#ifdef __cplusplus
}
#endif
#endif
