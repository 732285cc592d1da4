/* Appending gates: by table id, by name, strings of Paulis, dense matrices. */
#include "core/circuit.h"

#include <math.h>
#include <string.h>

/* Append a call whose targets, angles and data are set, with a row's own controls and more. */
static hahn_status append(hahn_circuit *circuit, hahn_gate_call *call, int own_controls,
                          const int *own, int controls, const int *control_qubits,
                          const int *control_values)
{
    uint64_t targets, own_mask, further;
    hahn_status status = hahn_circuit_mask(circuit, 0, call->target_count, call->targets, &targets);
    if (status == HAHN_OK)
        status = hahn_circuit_mask(circuit, targets, own_controls, own, &own_mask);
    if (status == HAHN_OK)
        status = hahn_circuit_controls(circuit, targets | own_mask, controls, control_qubits,
                                       control_values, &further, &call->control_zeros);
    if (status != HAHN_OK)
        return status;
    call->control = own_mask | further;
    return hahn_circuit_add(circuit, call);
}

hahn_status hahn_circuit_append_controlled(hahn_circuit *circuit, hahn_gate gate, const int *qubits,
                                           const hahn_param *params, int controls,
                                           const int *control_qubits, const int *control_values)
{
    const hahn_gate_row *row = hahn_gate_row_of(gate);
    if (!circuit)
        return HAHN_ERR_ARGUMENT;
    if (!row)
        return hahn_fail(circuit->engine, HAHN_ERR_GATE,
                         "gate %d does not exist: use 0 to %d, or hahn_gate_find", (int)gate,
                         HAHN_GATE_COUNT - 1);
    if (!row->matrix)
        return hahn_fail(circuit->engine, HAHN_ERR_GATE,
                         "%s has a shape of its own with each instance: use "
                         "hahn_circuit_pauli_rotation or hahn_circuit_unitary",
                         row->info.name);
    if (!qubits || (row->info.params && !params))
        return hahn_fail(circuit->engine, HAHN_ERR_ARGUMENT, "%s needs %d qubits and %d angles",
                         row->info.name, row->info.controls + row->info.targets, row->info.params);
    hahn_gate_call call = {.gate = gate,
                           .target_count = row->info.targets,
                           .param_count = row->info.params,
                           .targets = qubits + row->info.controls,
                           .params = params};
    return append(circuit, &call, row->info.controls, qubits, controls, control_qubits,
                  control_values);
}

hahn_status hahn_circuit_append(hahn_circuit *circuit, hahn_gate gate, const int *qubits,
                                const hahn_param *params)
{
    return hahn_circuit_append_controlled(circuit, gate, qubits, params, 0, NULL, NULL);
}

hahn_status hahn_circuit_pauli_rotation_controlled(hahn_circuit *circuit, const char *paulis,
                                                   const int *qubits, hahn_param angle,
                                                   int controls, const int *control_qubits,
                                                   const int *control_values)
{
    if (!circuit || !paulis || !qubits)
        return HAHN_ERR_ARGUMENT;
    const size_t length = strlen(paulis), good = strspn(paulis, "IXYZ");
    if (length < 1 || length > HAHN_MAX_QUBITS)
        return hahn_fail(circuit->engine, HAHN_ERR_ARGUMENT,
                         "a Pauli string of %zu letters is out of range: use 1 to %d", length,
                         HAHN_MAX_QUBITS);
    if (good < length)
        return hahn_fail(circuit->engine, HAHN_ERR_ARGUMENT,
                         "letter %zu of the Pauli string \"%s\" is '%c': use I, X, Y and Z", good,
                         paulis, paulis[good]);
    hahn_gate_call call = {.gate = HAHN_GATE_PAULI_ROTATION,
                           .target_count = (int)length,
                           .param_count = 1,
                           .targets = qubits,
                           .params = &angle,
                           .paulis = paulis};
    return append(circuit, &call, 0, NULL, controls, control_qubits, control_values);
}

hahn_status hahn_circuit_pauli_rotation(hahn_circuit *circuit, const char *paulis,
                                        const int *qubits, hahn_param angle)
{
    return hahn_circuit_pauli_rotation_controlled(circuit, paulis, qubits, angle, 0, NULL, NULL);
}

/* Largest |(U U^dagger - 1)_rc|; NaN where an entry is not finite. */
static double departure_from_unitarity(const double _Complex *u, int dimension)
{
    double worst = 0;
    for (int r = 0; r < dimension; r++)
        for (int c = 0; c < dimension; c++) {
            double _Complex sum = r == c ? -1 : 0;
            for (int k = 0; k < dimension; k++)
                sum += u[r * dimension + k] * conj(u[c * dimension + k]);
            const double off = cabs(sum);
            if (isnan(off))
                return off;
            worst = off > worst ? off : worst;
        }
    return worst;
}

hahn_status hahn_circuit_unitary_controlled(hahn_circuit *circuit, int targets, const int *qubits,
                                            const double *matrix, int controls,
                                            const int *control_qubits, const int *control_values)
{
    double _Complex entries[1 << (2 * HAHN_MAX_DENSE)];
    if (!circuit || !qubits || !matrix)
        return HAHN_ERR_ARGUMENT;
    if (targets < 1 || targets > HAHN_MAX_DENSE)
        return hahn_fail(circuit->engine, HAHN_ERR_ARGUMENT,
                         "a dense unitary on %d qubits is out of range: use 1 to %d", targets,
                         HAHN_MAX_DENSE);
    for (int k = 0; k < 1 << (2 * targets); k++)
        entries[k] = matrix[2 * k] + I * matrix[2 * k + 1];
    const double off = departure_from_unitarity(entries, 1 << targets);
    if (!(off <= 1e-10))
        return hahn_fail(
            circuit->engine, HAHN_ERR_GATE,
            "the matrix is not unitary: U U^dagger departs from 1 by %.3g, allowed are "
            "1e-10; rows are contiguous, real and imaginary parts interleaved",
            off);
    hahn_gate_call call = {
        .gate = HAHN_GATE_UNITARY, .target_count = targets, .targets = qubits, .matrix = entries};
    return append(circuit, &call, 0, NULL, controls, control_qubits, control_values);
}

hahn_status hahn_circuit_unitary(hahn_circuit *circuit, int targets, const int *qubits,
                                 const double *matrix)
{
    return hahn_circuit_unitary_controlled(circuit, targets, qubits, matrix, 0, NULL, NULL);
}

/* One function a gate, by the number of its qubits and angles. */
#define GATE_1(name, id)                                                                           \
    hahn_status hahn_circuit_##name(hahn_circuit *c, int qubit)                                    \
    {                                                                                              \
        return hahn_circuit_append(c, HAHN_GATE_##id, &qubit, NULL);                               \
    }
#define GATE_1_ANGLE(name, id)                                                                     \
    hahn_status hahn_circuit_##name(hahn_circuit *c, int qubit, hahn_param angle)                  \
    {                                                                                              \
        return hahn_circuit_append(c, HAHN_GATE_##id, &qubit, &angle);                             \
    }
#define GATE_2(name, id)                                                                           \
    hahn_status hahn_circuit_##name(hahn_circuit *c, int first, int second)                        \
    {                                                                                              \
        return hahn_circuit_append(c, HAHN_GATE_##id, (const int[]){first, second}, NULL);         \
    }
#define GATE_2_ANGLE(name, id)                                                                     \
    hahn_status hahn_circuit_##name(hahn_circuit *c, int first, int second, hahn_param angle)      \
    {                                                                                              \
        return hahn_circuit_append(c, HAHN_GATE_##id, (const int[]){first, second}, &angle);       \
    }
#define GATE_3(name, id)                                                                           \
    hahn_status hahn_circuit_##name(hahn_circuit *c, int first, int second, int third)             \
    {                                                                                              \
        return hahn_circuit_append(c, HAHN_GATE_##id, (const int[]){first, second, third}, NULL);  \
    }

GATE_1(i, I)
GATE_1(x, X)
GATE_1(y, Y)
GATE_1(z, Z)
GATE_1(h, H)
GATE_1(s, S)
GATE_1(sdg, SDG)
GATE_1(t, T)
GATE_1(tdg, TDG)
GATE_1(sx, SX)
GATE_1(sxdg, SXDG)
GATE_1_ANGLE(rx, RX)
GATE_1_ANGLE(ry, RY)
GATE_1_ANGLE(rz, RZ)
GATE_1_ANGLE(p, P)
GATE_2_ANGLE(rxx, RXX)
GATE_2_ANGLE(ryy, RYY)
GATE_2_ANGLE(rzz, RZZ)
GATE_2(swap, SWAP)
GATE_2(iswap, ISWAP)
GATE_2(cx, CX)
GATE_2(cy, CY)
GATE_2(cz, CZ)
GATE_2(ch, CH)
GATE_3(cswap, CSWAP)
GATE_3(ccx, CCX)
GATE_3(ccz, CCZ)
GATE_2_ANGLE(crx, CRX)
GATE_2_ANGLE(cry, CRY)
GATE_2_ANGLE(crz, CRZ)
GATE_2_ANGLE(cp, CP)
GATE_2_ANGLE(single_excitation, SINGLE_EXCITATION)

hahn_status hahn_circuit_u(hahn_circuit *c, int qubit, hahn_param theta, hahn_param phi,
                           hahn_param lambda)
{
    const hahn_param angles[] = {theta, phi, lambda};
    return hahn_circuit_append(c, HAHN_GATE_U, &qubit, angles);
}

hahn_status hahn_circuit_cu(hahn_circuit *c, int control, int target, hahn_param theta,
                            hahn_param phi, hahn_param lambda)
{
    const int qubits[] = {control, target};
    const hahn_param angles[] = {theta, phi, lambda};
    return hahn_circuit_append(c, HAHN_GATE_CU, qubits, angles);
}

hahn_status hahn_circuit_double_excitation(hahn_circuit *c, int from0, int from1, int to0, int to1,
                                           hahn_param angle)
{
    const int qubits[] = {from0, from1, to0, to1};
    return hahn_circuit_append(c, HAHN_GATE_DOUBLE_EXCITATION, qubits, &angle);
}

hahn_status hahn_circuit_fsim(hahn_circuit *c, int qubit0, int qubit1, hahn_param theta,
                              hahn_param phi)
{
    const int qubits[] = {qubit0, qubit1};
    const hahn_param angles[] = {theta, phi};
    return hahn_circuit_append(c, HAHN_GATE_FSIM, qubits, angles);
}
