"""Energies, gradients and states of the same circuit by other simulators."""

import numpy as np
import pennylane as qml
import qulacs


def chain_rule(circuit, by_gate):
    """From derivatives by each turning gate's angle to derivatives by theta."""
    gradient = np.zeros(circuit.parameters)
    turning = [a for _, _, a in circuit.gates if a is not None]
    for angle, derivative in zip(turning, by_gate, strict=True):
        if angle.index is not None:
            gradient[angle.index] += angle.scale * derivative
    return gradient


class Qulacs:
    """Qulacs: rotations are exp(+i angle/2 P), so every angle changes its sign."""

    name = "Qulacs"
    letters = {"X": 1, "Y": 2, "Z": 3}
    fixed = {"h": "add_H_gate", "x": "add_X_gate", "cx": "add_CNOT_gate", "cz": "add_CZ_gate"}
    turns = {name: f"add_parametric_{name.upper()}_gate" for name in ("rx", "ry", "rz")}

    def __init__(self, circuit, observable):
        self.circuit = circuit
        self.angles = [angle for _, _, angle in circuit.gates if angle is not None]
        self.operator = qulacs.Observable(circuit.qubits)
        for coefficient, letters in observable:
            text = " ".join(f"{p} {q}" for q, p in letters.items())
            self.operator.add_operator(coefficient, text)
        self.program = qulacs.ParametricQuantumCircuit(circuit.qubits)
        for name, qubits, angle in circuit.gates:
            if angle is None:
                getattr(self.program, self.fixed[name])(*qubits)
            elif name in self.turns:
                getattr(self.program, self.turns[name])(*qubits, 0.0)
            else:
                paulis = [self.letters[p] for p in name]
                self.program.add_parametric_multi_Pauli_rotation_gate(list(qubits), paulis, 0.0)

    def bind(self, theta):
        for k, angle in enumerate(self.angles):
            self.program.set_parameter(k, -angle.value(theta))

    def state(self, theta):
        self.bind(theta)
        state = qulacs.QuantumState(self.circuit.qubits)
        self.program.update_quantum_state(state)
        return state.get_vector()

    def energy(self, theta):
        self.bind(theta)
        state = qulacs.QuantumState(self.circuit.qubits)
        self.program.update_quantum_state(state)
        return self.operator.get_expectation_value(state)

    def gradient(self, theta):
        self.bind(theta)
        by_gate = -np.array(self.program.backprop(self.operator))
        return chain_rule(self.circuit, by_gate)


class Lightning:
    """PennyLane Lightning: wire 0 is the most significant bit, so qubit q is wire n - 1 - q."""

    name = "Lightning"
    fixed = {"h": qml.Hadamard, "x": qml.PauliX, "cx": qml.CNOT, "cz": qml.CZ}
    turns = {"rx": qml.RX, "ry": qml.RY, "rz": qml.RZ}
    paulis = {"X": qml.PauliX, "Y": qml.PauliY, "Z": qml.PauliZ}

    def __init__(self, circuit, observable):
        self.circuit = circuit
        n = circuit.qubits
        self.device = qml.device("lightning.qubit", wires=n)
        strings = [
            qml.prod(*[self.paulis[p](n - 1 - q) for q, p in letters.items()])
            if letters
            else qml.Identity(0)
            for _, letters in observable
        ]
        self.operator = qml.Hamiltonian([c for c, _ in observable], strings)

    @staticmethod
    def pauli_rotation(value, name, wires):
        """A MultiRZ between basis changes: PauliRot itself, handed to the device as it is, gets
        the derivative 0 from version 0.45."""
        enter = []
        for letter, wire in zip(name, wires):
            if letter == "Y":
                enter.append(qml.adjoint(qml.S(wire)))
            if letter != "Z":
                enter.append(qml.Hadamard(wire))
        leave = [qml.adjoint(gate) for gate in reversed(enter)]
        return [*enter, qml.MultiRZ(value, wires=wires), *leave]

    def tape(self, theta, measurement):
        n = self.circuit.qubits
        operations, turning = [], 0
        for name, qubits, angle in self.circuit.gates:
            wires = [n - 1 - q for q in qubits]
            if angle is None:
                operations.append(self.fixed[name](wires=wires))
                continue
            turning += 1
            value = angle.value(theta)
            if name in self.turns:
                operations.append(self.turns[name](value, wires=wires))
            else:
                operations += self.pauli_rotation(value, name, wires)
        trainable = list(range(turning))
        return qml.tape.QuantumScript(operations, [measurement], trainable_params=trainable)

    def execute(self, theta, measurement):
        return self.device.execute(self.tape(theta, measurement))

    def state(self, theta):
        return np.asarray(self.execute(theta, qml.state()))

    def energy(self, theta):
        return float(self.execute(theta, qml.expval(self.operator)))

    def gradient(self, theta):
        tape = self.tape(theta, qml.expval(self.operator))
        by_gate = self.device.compute_derivatives(tape) if tape.trainable_params else []
        return chain_rule(self.circuit, np.atleast_1d(np.squeeze(by_gate)))


PEERS = (Qulacs, Lightning)
