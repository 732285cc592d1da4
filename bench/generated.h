/* Circuits and observables made for measuring: the same on every machine. */
#ifndef HAHN_BENCH_GENERATED_HEADER
#define HAHN_BENCH_GENERATED_HEADER

#include <hahn/hahn.h>

/** layers * qubits gates without layer structure, of one, two and three qubits, drawn from eleven
    rows of the table, each turning gate with a parameter of its own. At least 3 qubits. */
hahn_status generate_mixed(hahn_engine *engine, int qubits, int64_t layers, hahn_circuit **out);

/** layers times: an RX with a parameter of its own on each qubit, then a ring of CNOTs. */
hahn_status generate_rx(hahn_engine *engine, int qubits, int64_t layers, hahn_circuit **out);

/** 3000 Pauli strings, all 4^qubits equally likely, with coefficients uniform in [-1/2, 1/2). */
hahn_status generate_paulis(hahn_engine *engine, int qubits, hahn_observable **out);

#endif
