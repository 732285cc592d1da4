"""Energies, gradients and states of the same circuit by other simulators.

Each class has calls(theta), for timing: functions that do nothing but call the compiled code of the
simulator on what was prepared before. "energy" gives a number, "gradient" what by_theta(...) turns
into the gradient.
"""

import os

import numpy as np
import pennylane as qml
import qulacs
from pennylane_lightning.lightning_qubit._adjoint_jacobian import LightningAdjointJacobian
from pennylane_lightning.lightning_qubit._measurements import LightningMeasurements
from pennylane_lightning.lightning_qubit._state_vector import LightningStateVector

import circuits


def chain_rule(gates, parameters, by_gate):
    """From derivatives by each turning gate's angle to derivatives by theta."""
    gradient = np.zeros(parameters)
    turning = [a for _, _, a in gates if a is not None]
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
        self.gates = [part for gate in circuit.gates for part in circuits.expand(gate)]
        self.angles = [angle for _, _, angle in self.gates if angle is not None]
        self.operator = qulacs.Observable(circuit.qubits)
        for coefficient, letters in observable:
            text = " ".join(f"{p} {q}" for q, p in letters.items())
            self.operator.add_operator(coefficient, text)
        self.program = qulacs.ParametricQuantumCircuit(circuit.qubits)
        for name, qubits, angle in self.gates:
            if name == "ccx":
                self.program.add_gate(qulacs.gate.TOFFOLI(*qubits))
            elif angle is None:
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

    def by_theta(self, by_gate):
        return chain_rule(self.gates, self.circuit.parameters, -np.array(by_gate))

    def gradient(self, theta):
        self.bind(theta)
        return self.by_theta(self.program.backprop(self.operator))

    def calls(self, theta):
        self.bind(theta)
        state = qulacs.QuantumState(self.circuit.qubits)

        def energy():
            state.set_zero_state()
            self.program.update_quantum_state(state)
            return self.operator.get_expectation_value(state)

        return {"energy": energy, "gradient": lambda: self.program.backprop(self.operator)}


class Lightning:
    """PennyLane Lightning: wire 0 is the most significant bit, so qubit q is wire n - 1 - q."""

    name = "Lightning"
    fixed = {"h": qml.Hadamard, "x": qml.PauliX, "cx": qml.CNOT, "cz": qml.CZ, "ccx": qml.Toffoli}
    turns = {"rx": qml.RX, "ry": qml.RY, "rz": qml.RZ, "crx": qml.CRX, "cry": qml.CRY}
    turns |= {"crz": qml.CRZ, "XX": qml.IsingXX, "YY": qml.IsingYY, "ZZ": qml.IsingZZ}
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
            elif name == "single":
                operations.append(qml.SingleExcitation(value, wires=wires[::-1]))
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

    def by_theta(self, by_gate):
        by_gate = np.atleast_1d(np.squeeze(by_gate))
        return chain_rule(self.circuit.gates, self.circuit.parameters, by_gate)

    def gradient(self, theta):
        tape = self.tape(theta, qml.expval(self.operator))
        return self.by_theta(self.device.compute_derivatives(tape) if tape.trainable_params else [])

    def methods(self, operations, state):
        """The gates as methods of the C++ state with their arguments."""
        found = []
        for operation in operations:
            inverse = isinstance(operation, qml.ops.op_math.Adjoint)
            base = operation.base if inverse else operation
            arguments = (list(operation.wires), inverse, [float(a) for a in base.parameters])
            found.append((getattr(state, base.name), arguments))
        return found

    def calls(self, theta):
        """The gradient is the backward pass alone: the C++ call is given the final state. The
        forward pass calls a method for each gate, for there is no C++ call for all of them."""
        tape = self.tape(theta, qml.expval(self.operator))
        vector = LightningStateVector(self.circuit.qubits)
        state = vector.state_vector
        methods = self.methods(tape.operations, state)
        measure = LightningMeasurements(vector)._measurement_lightning

        def forward():
            state.resetStateVector()
            for method, arguments in methods:
                method(*arguments)

        forward()
        adjoint = LightningAdjointJacobian(vector)
        data = adjoint._process_jacobian_tape(tape)
        operator, operations = data["obs_serialized"], data["ops_serialized"]
        run, chosen = adjoint._jacobian_lightning, data["tp_shift"]

        def energy():
            forward()
            return measure.expval(operator[0])

        return {"energy": energy, "gradient": lambda: run(state, operator, operations, chosen)}


class Aer:
    """Qiskit Aer, gates fused: energies alone, for it has no adjoint gradient. The time is what its
    C++ code says it took (self.seconds), for the call converts the circuit each time."""

    name = "Aer"

    def __init__(self, circuit, observable):
        from qiskit.quantum_info import SparsePauliOp
        from qiskit_aer import AerSimulator

        self.circuit = circuit
        threads = int(os.environ.get("OMP_NUM_THREADS", "1"))
        self.simulator = AerSimulator(method="statevector", max_parallel_threads=threads)
        terms = [("".join(t.values()), list(t), c) for c, t in observable]
        self.operator = SparsePauliOp.from_sparse_list(terms, circuit.qubits)

    def build(self, theta):
        from qiskit import QuantumCircuit
        from qiskit_aer import library  # noqa: F401: adds the save instructions

        built = QuantumCircuit(self.circuit.qubits)
        for name, qubits, angle in self.circuit.gates:
            given = [] if angle is None else [angle.value(theta)]
            if name == "single":
                for part, _, turn in circuits.expand((name, qubits, angle)):
                    self.pauli_rotation(built, part, qubits, turn.value(theta))
            elif name.isupper():
                self.pauli_rotation(built, name, qubits, *given)
            else:
                getattr(built, name)(*given, *qubits)
        built.save_expectation_value(self.operator, list(range(self.circuit.qubits)))
        return built

    @staticmethod
    def pauli_rotation(built, name, qubits, value):
        """An RZZ, or RZ, between basis changes."""
        for letter, q in zip(name, qubits):
            if letter == "Y":
                built.sdg(q)
            if letter != "Z":
                built.h(q)
        if len(qubits) == 1:
            built.rz(value, *qubits)
        elif len(qubits) == 2:
            built.rzz(value, *qubits)
        else:
            raise ValueError(f"no rotation about {name}: strings of one and two letters alone")
        for letter, q in zip(name, qubits):
            if letter != "Z":
                built.h(q)
            if letter == "Y":
                built.s(q)

    def calls(self, theta):
        built = self.build(theta)

        def energy():
            result = self.simulator.run(built, shots=1).result()
            self.seconds = result.results[0].time_taken
            return result.data()["expectation_value"]

        return {"energy": energy}


PEERS = (Qulacs, Lightning)
