/* Inside of a circuit: a list of gates with pools for what differs in size. */
#ifndef HAHN_CORE_CIRCUIT_H
#define HAHN_CORE_CIRCUIT_H

#include "core/engine.h"
#include "gates/table.h"

typedef struct hahn_op {
    uint64_t control, control_zeros;
    uint64_t first_target; /* in the pool of qubits */
    uint64_t first_param;  /* in the pool of parameter expressions */
    uint64_t first_data;   /* in the pool of letters or of matrix entries */
    uint8_t gate, dagger, target_count, param_count;
} hahn_op;

struct hahn_circuit {
    hahn_engine *engine;
    int qubits;
    int64_t parameters;
    int64_t depth_of[HAHN_MAX_QUBITS];
    int64_t count_of[HAHN_GATE_COUNT];
    hahn_array ops;     /* hahn_op */
    hahn_array targets; /* int */
    hahn_array params;  /* hahn_param */
    hahn_array letters; /* char */
    hahn_array entries; /* double _Complex */
};

/* Gate `index` as lowering sees it; pointers are valid until the circuit changes. */
hahn_gate_call hahn_circuit_call(const hahn_circuit *circuit, int64_t index);

/* Check the angles of a call, whose shape and qubits are right, and append a copy of it. */
hahn_status hahn_circuit_add(hahn_circuit *circuit, const hahn_gate_call *call);

/* Mask of distinct control qubits into *control and of those with value 0 into *zeros; `used` are
   bits already taken by targets. */
hahn_status hahn_circuit_controls(hahn_circuit *circuit, uint64_t used, int count,
                                  const int *qubits, const int *values, uint64_t *control,
                                  uint64_t *zeros);

/* Mask of distinct qubits in range, none of them in `used`. */
hahn_status hahn_circuit_mask(hahn_circuit *circuit, uint64_t used, int count, const int *qubits,
                              uint64_t *mask);

/* Mix `value` into a 64-bit fingerprint (FNV-1a over its bytes, least significant first). */
uint64_t hahn_mix(uint64_t fingerprint, uint64_t value);
#define HAHN_FINGERPRINT_START 0xcbf29ce484222325u

/* The 64 bits of a double; -0 counts as 0. */
uint64_t hahn_double_bits(double value);

#endif
