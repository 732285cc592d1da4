/* Circuits: gates on qubits, with parameter expressions scale * theta[index] + offset.
   Qubit 0 is the least significant bit of the amplitude index. Angles are radians.
   Every function that adds something leaves the circuit as it was when it fails. */
#ifndef HAHN_CIRCUIT_HEADER
#define HAHN_CIRCUIT_HEADER

#include <hahn/engine.h>
#include <hahn/gate.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hahn_circuit hahn_circuit;

/** Most qubits a circuit may name. What can be run is a matter of memory. */
#define HAHN_MAX_QUBITS 60

/** An angle: scale * theta[index] + offset; index -1 makes it the constant `offset`. The same index
    may occur in any number of gates. */
typedef struct hahn_param {
    double scale;
    double offset;
    int64_t index;
} hahn_param;

/** theta[index]. */
static inline hahn_param hahn_theta(int64_t index)
{
    hahn_param p = {1.0, 0.0, index};
    return p;
}

/** A fixed angle. */
static inline hahn_param hahn_fixed(double angle)
{
    hahn_param p = {0.0, angle, -1};
    return p;
}

/** scale * theta[index] + offset. */
static inline hahn_param hahn_affine(double scale, int64_t index, double offset)
{
    hahn_param p = {scale, offset, index};
    return p;
}

/** Create an empty circuit on 1 to HAHN_MAX_QUBITS qubits. */
HAHN_API hahn_status hahn_circuit_create(hahn_engine *engine, int qubits, hahn_circuit **out);
/** Destroy a circuit. NULL is fine; programs made from it live on. */
HAHN_API void hahn_circuit_destroy(hahn_circuit *circuit);
/** A new circuit with the same gates. */
HAHN_API hahn_status hahn_circuit_copy(const hahn_circuit *circuit, hahn_circuit **out);
/** A new circuit that undoes this one: gates reversed and inverted, the same parameters. */
HAHN_API hahn_status hahn_circuit_inverse(const hahn_circuit *circuit, hahn_circuit **out);
/** A new circuit with `controls` more qubits, numbered from the old number of qubits up, all of
    which must be 1 for the old circuit to act. */
HAHN_API hahn_status hahn_circuit_controlled(const hahn_circuit *circuit, int controls,
                                             hahn_circuit **out);

/** Append another circuit: its qubit k becomes qubits[k] (NULL: k), its theta[k] becomes
    theta[k + first_param]. Both must be of one engine; appending a circuit to itself is fine. */
HAHN_API hahn_status hahn_circuit_append_circuit(hahn_circuit *circuit, const hahn_circuit *other,
                                                 const int *qubits, int64_t first_param);
/** The same where the control qubits have the given values (0 or 1; NULL: all 1). */
HAHN_API hahn_status hahn_circuit_append_circuit_controlled(hahn_circuit *circuit,
                                                            const hahn_circuit *other,
                                                            const int *qubits, int64_t first_param,
                                                            int controls, const int *control_qubits,
                                                            const int *control_values);
/** Repeat what the circuit holds until it stands there `times` times (at least 1). With
    fresh_params != 0 each repetition has parameters of its own, following the earlier ones. */
HAHN_API hahn_status hahn_circuit_repeat(hahn_circuit *circuit, int64_t times, int fresh_params);

/** Append a gate of the table: `qubits` holds its controls, then its targets; `params` its angles
    (both may be NULL where the row has none). Not for the two gates whose shape is given with each
    instance. */
HAHN_API hahn_status hahn_circuit_append(hahn_circuit *circuit, hahn_gate gate, const int *qubits,
                                         const hahn_param *params);
/** The same with further controls, which act where they have the given values (0 or 1; NULL: 1). */
HAHN_API hahn_status hahn_circuit_append_controlled(hahn_circuit *circuit, hahn_gate gate,
                                                    const int *qubits, const hahn_param *params,
                                                    int controls, const int *control_qubits,
                                                    const int *control_values);
/** exp(-i angle/2 P), P the Pauli string whose k-th letter (I, X, Y or Z) acts on qubits[k];
    1 to HAHN_MAX_QUBITS letters. */
HAHN_API hahn_status hahn_circuit_pauli_rotation(hahn_circuit *circuit, const char *paulis,
                                                 const int *qubits, hahn_param angle);
/** The same with controls. */
HAHN_API hahn_status hahn_circuit_pauli_rotation_controlled(hahn_circuit *circuit,
                                                            const char *paulis, const int *qubits,
                                                            hahn_param angle, int controls,
                                                            const int *control_qubits,
                                                            const int *control_values);
/** A dense unitary on 1 to 6 qubits: `matrix` holds 4^targets complex numbers, interleaved, row by
    row; bit k of an index is qubits[k]. HAHN_ERR_GATE if some |(U U^dagger - 1)_rc| > 1e-10. */
HAHN_API hahn_status hahn_circuit_unitary(hahn_circuit *circuit, int targets, const int *qubits,
                                          const double *matrix);
/** The same with controls. */
HAHN_API hahn_status hahn_circuit_unitary_controlled(hahn_circuit *circuit, int targets,
                                                     const int *qubits, const double *matrix,
                                                     int controls, const int *control_qubits,
                                                     const int *control_values);

/* One function a gate. Each returns HAHN_OK, HAHN_ERR_QUBIT (out of range or repeated),
   HAHN_ERR_PARAMETER (an angle that is not finite, an index below -1) or HAHN_ERR_MEMORY. The
   matrices stand in docs/gates.md, which is printed from the table. */
HAHN_API hahn_status hahn_circuit_i(hahn_circuit *c, int qubit);
HAHN_API hahn_status hahn_circuit_x(hahn_circuit *c, int qubit);
HAHN_API hahn_status hahn_circuit_y(hahn_circuit *c, int qubit);
HAHN_API hahn_status hahn_circuit_z(hahn_circuit *c, int qubit);
HAHN_API hahn_status hahn_circuit_h(hahn_circuit *c, int qubit);
HAHN_API hahn_status hahn_circuit_s(hahn_circuit *c, int qubit);
HAHN_API hahn_status hahn_circuit_sdg(hahn_circuit *c, int qubit);
HAHN_API hahn_status hahn_circuit_t(hahn_circuit *c, int qubit);
HAHN_API hahn_status hahn_circuit_tdg(hahn_circuit *c, int qubit);
HAHN_API hahn_status hahn_circuit_sx(hahn_circuit *c, int qubit);
HAHN_API hahn_status hahn_circuit_sxdg(hahn_circuit *c, int qubit);
HAHN_API hahn_status hahn_circuit_rx(hahn_circuit *c, int qubit, hahn_param angle);
HAHN_API hahn_status hahn_circuit_ry(hahn_circuit *c, int qubit, hahn_param angle);
HAHN_API hahn_status hahn_circuit_rz(hahn_circuit *c, int qubit, hahn_param angle);
HAHN_API hahn_status hahn_circuit_p(hahn_circuit *c, int qubit, hahn_param angle);
HAHN_API hahn_status hahn_circuit_u(hahn_circuit *c, int qubit, hahn_param theta, hahn_param phi,
                                    hahn_param lambda);
HAHN_API hahn_status hahn_circuit_rxx(hahn_circuit *c, int qubit0, int qubit1, hahn_param angle);
HAHN_API hahn_status hahn_circuit_ryy(hahn_circuit *c, int qubit0, int qubit1, hahn_param angle);
HAHN_API hahn_status hahn_circuit_rzz(hahn_circuit *c, int qubit0, int qubit1, hahn_param angle);
HAHN_API hahn_status hahn_circuit_swap(hahn_circuit *c, int qubit0, int qubit1);
HAHN_API hahn_status hahn_circuit_iswap(hahn_circuit *c, int qubit0, int qubit1);
HAHN_API hahn_status hahn_circuit_cx(hahn_circuit *c, int control, int target);
HAHN_API hahn_status hahn_circuit_cy(hahn_circuit *c, int control, int target);
HAHN_API hahn_status hahn_circuit_cz(hahn_circuit *c, int control, int target);
HAHN_API hahn_status hahn_circuit_ch(hahn_circuit *c, int control, int target);
HAHN_API hahn_status hahn_circuit_cswap(hahn_circuit *c, int control, int qubit0, int qubit1);
HAHN_API hahn_status hahn_circuit_ccx(hahn_circuit *c, int control0, int control1, int target);
HAHN_API hahn_status hahn_circuit_ccz(hahn_circuit *c, int control0, int control1, int target);
HAHN_API hahn_status hahn_circuit_crx(hahn_circuit *c, int control, int target, hahn_param angle);
HAHN_API hahn_status hahn_circuit_cry(hahn_circuit *c, int control, int target, hahn_param angle);
HAHN_API hahn_status hahn_circuit_crz(hahn_circuit *c, int control, int target, hahn_param angle);
HAHN_API hahn_status hahn_circuit_cp(hahn_circuit *c, int control, int target, hahn_param angle);
HAHN_API hahn_status hahn_circuit_cu(hahn_circuit *c, int control, int target, hahn_param theta,
                                     hahn_param phi, hahn_param lambda);
/** |from=1, to=0> becomes cos(angle/2) |from=1, to=0> + sin(angle/2) |from=0, to=1>. */
HAHN_API hahn_status hahn_circuit_single_excitation(hahn_circuit *c, int from, int to,
                                                    hahn_param angle);
/** |from0=from1=1, to0=to1=0> becomes cos(angle/2) of itself + sin(angle/2) of |from=0, to=1>. */
HAHN_API hahn_status hahn_circuit_double_excitation(hahn_circuit *c, int from0, int from1, int to0,
                                                    int to1, hahn_param angle);
HAHN_API hahn_status hahn_circuit_fsim(hahn_circuit *c, int qubit0, int qubit1, hahn_param theta,
                                       hahn_param phi);

HAHN_API int hahn_circuit_qubits(const hahn_circuit *circuit);
/** Number of gates. */
HAHN_API int64_t hahn_circuit_gates(const hahn_circuit *circuit);
/** One gate of a circuit. The pointers are valid until the circuit changes. */
typedef struct hahn_placed_gate {
    hahn_gate gate;
    int inverse;            /* nonzero: the inverse of that row's gate, which has no row itself */
    uint64_t controls;      /* mask of all control qubits, the row's own and further ones */
    uint64_t control_zeros; /* those of them that act where they are 0 */
    int target_count, param_count;
    const int *targets;
    const hahn_param *params; /* NULL without any */
    const char *paulis;       /* HAHN_GATE_PAULI_ROTATION: target_count letters, else NULL */
    const double *matrix;     /* HAHN_GATE_UNITARY: as hahn_circuit_unitary takes it, else NULL */
} hahn_placed_gate;

/** Fill *out with gate `index`, 0 to hahn_circuit_gates - 1, in the order of the circuit. */
HAHN_API hahn_status hahn_circuit_gate(const hahn_circuit *circuit, int64_t index,
                                       hahn_placed_gate *out);
/** Number of gates of one row, whatever further controls they have. */
HAHN_API int64_t hahn_circuit_count(const hahn_circuit *circuit, hahn_gate gate);
/** Length of the longest chain of gates that share a qubit. */
HAHN_API int64_t hahn_circuit_depth(const hahn_circuit *circuit);
/** Length of the parameter vector: one more than the largest index used, or what the named circuit
    that it was made from counts. */
HAHN_API int64_t hahn_circuit_parameters(const hahn_circuit *circuit);
/** The same circuit gives the same 64-bit number on every machine; other circuits other ones. */
HAHN_API uint64_t hahn_circuit_fingerprint(const hahn_circuit *circuit);

#ifdef __cplusplus
}
#endif
#endif
