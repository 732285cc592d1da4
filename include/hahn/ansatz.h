/* Named circuits. Each tells its number of parameters beforehand, as the *_parameters function;
   a negative answer means that the arguments are out of range. */
#ifndef HAHN_ANSATZ_HEADER
#define HAHN_ANSATZ_HEADER

#include <hahn/observable.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Yao's variational_circuit: layers + 1 rotor layers with a CNOT ring before each but the first.
    First layer RX RZ on each qubit, middle ones RZ RX RZ, last one RZ RX; n (3 layers + 1)
    parameters in application order. layers >= 1, qubits >= 2.
    Source: Luo et al., arXiv:1912.10877. */
HAHN_API hahn_status hahn_ansatz_variational(hahn_engine *engine, int qubits, int64_t layers,
                                             hahn_circuit **out);
HAHN_API int64_t hahn_ansatz_variational_parameters(int qubits, int64_t layers);

typedef enum hahn_entangler {
    HAHN_ENTANGLE_LINEAR = 0, /* (0,1) (1,2) ... */
    HAHN_ENTANGLE_RING,       /* linear, and (n-1,0) where n > 2 */
    HAHN_ENTANGLE_FULL        /* all pairs (a,b), a < b, in lexical order */
} hahn_entangler;

/** RY RZ on each qubit, then for each layer the entangler (gate HAHN_GATE_CX or HAHN_GATE_CZ) and
    RY RZ on each qubit again: 2 n (layers + 1) parameters in application order. layers >= 0.
    Source: Kandala et al., arXiv:1704.05018. */
HAHN_API hahn_status hahn_ansatz_hardware_efficient(hahn_engine *engine, int qubits, int64_t layers,
                                                    hahn_entangler pattern, hahn_gate gate,
                                                    hahn_circuit **out);
HAHN_API int64_t hahn_ansatz_hardware_efficient_parameters(int qubits, int64_t layers);

/** QAOA for a diagonal observable C: H on each qubit, then for each layer l exp(-i gamma_l C) and
    RX(2 beta_l) on each qubit; gamma_l = theta[2l], beta_l = theta[2l + 1]. HAHN_ERR_ARGUMENT if C
    is not diagonal. Source: Farhi, Goldstone, Gutmann, arXiv:1411.4028. */
HAHN_API hahn_status hahn_ansatz_qaoa(const hahn_observable *cost, int64_t layers,
                                      hahn_circuit **out);
HAHN_API int64_t hahn_ansatz_qaoa_parameters(int64_t layers);

typedef enum hahn_trotter_parameters {
    HAHN_TROTTER_FIXED = 0, /* none: each layer advances by the time step given */
    HAHN_TROTTER_PER_LAYER, /* theta[l] is the time step of layer l */
    HAHN_TROTTER_PER_TERM   /* theta[l K + k] is the time of term k (of K) in layer l */
} hahn_trotter_parameters;

typedef enum hahn_start {
    HAHN_START_ZERO = 0, /* |0...0> */
    HAHN_START_PLUS,     /* H on each qubit */
    HAHN_START_NEEL      /* X on each odd qubit */
} hahn_start;

/** Trotterised evolution: each layer is the product of exp(-i t c_k P_k) over the terms in the
   order they were added (order 1), or half of that and the other half reversed (order 2). With
    parameters this is the Hamiltonian variational ansatz. Identity terms are skipped: they turn the
    global phase only. They are counted in K all the same.
    Source: Suzuki, Commun. Math. Phys. 51 (1976) 183; Wecker et al., arXiv:1507.08969. */
HAHN_API hahn_status hahn_ansatz_trotter(const hahn_observable *hamiltonian, int64_t layers,
                                         int order, hahn_trotter_parameters parameters,
                                         double time_step, hahn_start start, hahn_circuit **out);
HAHN_API int64_t hahn_ansatz_trotter_parameters(const hahn_observable *hamiltonian, int64_t layers,
                                                hahn_trotter_parameters parameters);

#ifdef __cplusplus
}
#endif
#endif
