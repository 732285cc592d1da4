/* The table of gates: what there is, and what each one is as a matrix. */
#ifndef HAHN_GATE_HEADER
#define HAHN_GATE_HEADER

#include <hahn/status.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Gate identifiers, stable within a major version: new ones are added at the end. */
typedef enum hahn_gate {
    HAHN_GATE_I = 0,
    HAHN_GATE_X,
    HAHN_GATE_Y,
    HAHN_GATE_Z,
    HAHN_GATE_H,
    HAHN_GATE_S,
    HAHN_GATE_SDG,
    HAHN_GATE_T,
    HAHN_GATE_TDG,
    HAHN_GATE_SX,
    HAHN_GATE_SXDG,
    HAHN_GATE_RX,
    HAHN_GATE_RY,
    HAHN_GATE_RZ,
    HAHN_GATE_P,
    HAHN_GATE_U,
    HAHN_GATE_RXX,
    HAHN_GATE_RYY,
    HAHN_GATE_RZZ,
    HAHN_GATE_SWAP,
    HAHN_GATE_ISWAP,
    HAHN_GATE_CX,
    HAHN_GATE_CY,
    HAHN_GATE_CZ,
    HAHN_GATE_CH,
    HAHN_GATE_CSWAP,
    HAHN_GATE_CCX,
    HAHN_GATE_CCZ,
    HAHN_GATE_CRX,
    HAHN_GATE_CRY,
    HAHN_GATE_CRZ,
    HAHN_GATE_CP,
    HAHN_GATE_CU,
    HAHN_GATE_SINGLE_EXCITATION,
    HAHN_GATE_DOUBLE_EXCITATION,
    HAHN_GATE_FSIM,
    HAHN_GATE_PAULI_ROTATION, /* any Pauli string: hahn_circuit_pauli_rotation */
    HAHN_GATE_UNITARY,        /* a dense matrix: hahn_circuit_unitary */
    HAHN_GATE_COUNT
} hahn_gate;

/** One row of the table. Counts of -1 mean "given with each instance". */
typedef struct hahn_gate_info {
    const char *name;    /* "RX" */
    const char *qasm;    /* OpenQASM 3 spelling, or NULL where it has none */
    const char *summary; /* one line, with the formula */
    int controls;        /* control qubits that belong to the gate (named first) */
    int targets;
    int params;
} hahn_gate_info;

/** Fill *info with a gate's row. HAHN_ERR_GATE if there is no such gate. */
HAHN_API hahn_status hahn_gate_describe(hahn_gate gate, hahn_gate_info *info);

/** Find a gate by name or OpenQASM name, in any case. HAHN_ERR_GATE if there is none. */
HAHN_API hahn_status hahn_gate_find(const char *name, hahn_gate *gate);

/** Matrix of a gate with a fixed shape, without its controls: 2^targets squared complex numbers,
    interleaved, row by row; bit k of a row or column index is target k. HAHN_ERR_GATE for gates
    whose matrix is given with each instance. `params` holds the row's number of angles, radians. */
HAHN_API hahn_status hahn_gate_matrix(hahn_gate gate, const double *params, double *matrix);

#ifdef __cplusplus
}
#endif
#endif
