#!/usr/bin/env python3
"""Compare every gate of libhahn, and its derivatives, with PennyLane's own definitions.

Circuits hold each gate of the table on random qubits with random angles, shared, scaled and shifted
parameters, further controls on 0 and on 1, Pauli rotations and dense unitaries. State, energy and
gradient must agree to 1e-11 relative. PennyLane differentiates by backpropagation, so nothing is
shared but the conventions. The matrices of docs/gates.md are compared with the library's as well.
Prints a table; exits 1 if anything disagrees.

    venv/bin/python check_gates.py --library PATH/TO/libhahn.so [--seed N]
"""

import argparse
import cmath
import ctypes
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pennylane as qml
from pennylane import numpy as differentiable

from library import Library, Param, ints

TOLERANCE = 1e-11
# Autograd warns where it takes the real part of a real energy computed in complex numbers.
warnings.filterwarnings("ignore", category=np.exceptions.ComplexWarning)


def fsim(angles, wires):
    """Two of PennyLane's gates: exp(-i theta (XX + YY)/2), then exp(-i phi) on |11>."""
    qml.IsingXY(-2 * angles[0], wires=wires)
    qml.ControlledPhaseShift(-angles[1], wires=wires)


def single_excitation(angles, wires):
    qml.SingleExcitation(angles[0], wires=[wires[1], wires[0]])


def double_excitation(angles, wires):
    qml.DoubleExcitation(angles[0], wires=[wires[2], wires[3], wires[0], wires[1]])


def plain(operation):
    return lambda angles, wires: operation(*angles, wires=wires)


def dagger(operation):
    return lambda angles, wires: qml.adjoint(operation(wires=wires))


# PennyLane's gate for each row of the table that has a fixed shape. Wires: controls, then targets.
GATES = {
    "I": plain(qml.Identity),
    "X": plain(qml.PauliX),
    "Y": plain(qml.PauliY),
    "Z": plain(qml.PauliZ),
    "H": plain(qml.Hadamard),
    "S": plain(qml.S),
    "Sdg": dagger(qml.S),
    "T": plain(qml.T),
    "Tdg": dagger(qml.T),
    "SX": plain(qml.SX),
    "SXdg": dagger(qml.SX),
    "RX": plain(qml.RX),
    "RY": plain(qml.RY),
    "RZ": plain(qml.RZ),
    "P": plain(qml.PhaseShift),
    "U": plain(qml.U3),
    "RXX": plain(qml.IsingXX),
    "RYY": plain(qml.IsingYY),
    "RZZ": plain(qml.IsingZZ),
    "SWAP": plain(qml.SWAP),
    "iSWAP": plain(qml.ISWAP),
    "CX": plain(qml.CNOT),
    "CY": plain(qml.CY),
    "CZ": plain(qml.CZ),
    "CH": plain(qml.CH),
    "CSWAP": plain(qml.CSWAP),
    "CCX": plain(qml.Toffoli),
    "CCZ": plain(qml.CCZ),
    "CRX": plain(qml.CRX),
    "CRY": plain(qml.CRY),
    "CRZ": plain(qml.CRZ),
    "CP": plain(qml.ControlledPhaseShift),
    "CU": lambda a, w: qml.ctrl(qml.U3(*a, wires=w[1:]), control=w[:1]),
    "SingleExcitation": single_excitation,
    "DoubleExcitation": double_excitation,
    "fSim": fsim,
}


class Pair:
    """One circuit in both systems, gate by gate."""

    def __init__(self, library, qubits, rng, parameters):
        self.hahn, self.qubits, self.rng, self.parameters = library, qubits, rng, parameters
        self.circuit = library.make("hahn_circuit_create", library.engine, qubits)
        self.operations = []  # functions of theta

    def angles(self, count):
        """Random expressions scale * theta[index] + offset; indices repeat."""
        rng = self.rng
        index = [int(k) for k in rng.integers(-1, self.parameters, count)]
        return [
            (0.0 if k < 0 else rng.uniform(-2, 2), rng.uniform(-3, 3), k) for k in index
        ]

    def choose(self, count):
        """Distinct random qubits for a gate, and up to two control qubits with their values."""
        extra = int(self.rng.integers(0, min(2, self.qubits - count) + 1))
        chosen = [int(q) for q in self.rng.permutation(self.qubits)[: count + extra]]
        values = [int(v) for v in self.rng.integers(0, 2, extra)]
        return chosen[:count], chosen[count:], values

    def record(self, build, expressions, controls, values):
        wires = [self.qubits - 1 - q for q in controls]

        def operation(theta):
            angles = [s * theta[k] + o if k >= 0 else o for s, o, k in expressions]
            if wires:
                qml.ctrl(build, control=wires, control_values=values)(angles)
            else:
                build(angles)

        self.operations.append(operation)

    def wires(self, qubits):
        return [self.qubits - 1 - q for q in qubits]

    def add_row(self, gate, name, count, params):
        qubits, controls, values = self.choose(count)
        expressions = self.angles(params)
        self.hahn.call(
            "hahn_circuit_append_controlled", self.circuit, gate, ints(qubits),
            (Param * max(1, params))(*[Param(*e) for e in expressions]),
            len(controls), ints(controls), ints(values),
        )  # fmt: skip
        wires = self.wires(qubits)
        self.record(lambda a: GATES[name](a, wires), expressions, controls, values)

    def add_pauli_rotation(self):
        # PennyLane multiplies out the matrix of a string: short ones only.
        qubits, controls, values = self.choose(int(self.rng.integers(1, min(5, self.qubits) + 1)))
        letters = "".join("XYZ"[k] for k in self.rng.integers(0, 3, len(qubits)))
        expressions = self.angles(1)
        self.hahn.call(
            "hahn_circuit_pauli_rotation_controlled", self.circuit, letters.encode(),
            ints(qubits), Param(*expressions[0]), len(controls), ints(controls), ints(values),
        )  # fmt: skip
        wires = self.wires(qubits)
        rotation = lambda a: qml.PauliRot(a[0], letters, wires=wires)  # noqa: E731
        self.record(rotation, expressions, controls, values)

    def add_unitary(self):
        qubits, controls, values = self.choose(int(self.rng.integers(1, min(4, self.qubits) + 1)))
        size = 2 ** len(qubits)
        random = self.rng.normal(size=(size, size)) + 1j * self.rng.normal(size=(size, size))
        matrix = np.linalg.qr(random)[0]
        flat = np.ascontiguousarray(matrix).view(float).ravel()
        self.hahn.call(
            "hahn_circuit_unitary_controlled", self.circuit, len(qubits), ints(qubits),
            (ctypes.c_double * len(flat))(*flat), len(controls), ints(controls), ints(values),
        )  # fmt: skip
        # Bit k of an index is qubits[k]; PennyLane's first wire is the highest bit.
        wires = self.wires(qubits)[::-1]
        self.record(lambda a: qml.QubitUnitary(matrix, wires=wires), [], controls, values)

    def set_observable(self):
        """Random strings of all letters on both sides."""
        self.observable = self.hahn.make(
            "hahn_observable_create", self.hahn.engine, self.qubits
        )
        coefficients, strings = [], []
        for _ in range(2 * self.qubits):
            letters = "".join("IXYZ"[k] for k in self.rng.integers(0, 4, self.qubits))
            coefficients.append(self.rng.normal())
            strings.append(qml.pauli.string_to_pauli_word(letters, self.wire_map()))
            self.hahn.call(
                "hahn_observable_add", self.observable, ctypes.c_double(coefficients[-1]),
                letters.encode(), ints(range(self.qubits)),
            )  # fmt: skip
        self.operator = qml.Hamiltonian(coefficients, strings)

    def wire_map(self):
        return {self.qubits - 1 - q: q for q in range(self.qubits)}

    def ours(self, theta):
        """State, energy, gradient of libhahn."""
        library = self.hahn
        program = library.make("hahn_program_create", library.engine, self.circuit, self.observable)
        space = library.make("hahn_workspace_create", library.engine, program, None)
        theta_c = (ctypes.c_double * len(theta))(*theta)
        state = (ctypes.c_double * (2 << self.qubits))()
        energy, gradient = ctypes.c_double(), (ctypes.c_double * len(theta))()
        one = ctypes.c_int64(1)
        library.call("hahn_final_state", space, one, theta_c, state)
        library.call(
            "hahn_gradient", space, None, one, theta_c, ctypes.byref(energy), gradient, None
        )
        library.shared.hahn_workspace_destroy(space)
        library.shared.hahn_program_destroy(program)
        return np.array(state).view(complex), energy.value, np.array(gradient)

    def theirs(self, theta):
        device = qml.device("default.qubit", wires=self.qubits)

        def play(theta):
            for operation in self.operations:
                operation(theta)

        @qml.qnode(device)
        def state(theta):
            play(theta)
            return qml.state()

        @qml.qnode(device, diff_method="backprop")
        def energy(theta):
            play(theta)
            return qml.expval(self.operator)

        theta = differentiable.array(theta, requires_grad=True)
        return state(theta), float(energy(theta)), qml.grad(energy)(theta)

    def close(self):
        self.hahn.shared.hahn_circuit_destroy(self.circuit)
        self.hahn.shared.hahn_observable_destroy(self.observable)


def build(library, qubits, names, rng):
    """A circuit that holds each named gate once, in random order, after a layer of rotations."""
    pair = Pair(library, qubits, rng, parameters=6)
    table = {row[1]: row for row in library.rows()}
    for _ in range(2 * qubits):
        pair.add_pauli_rotation()
    for name in rng.permutation(names):
        gate, _, controls, targets, params = table[name]
        if name == "PauliRotation":
            pair.add_pauli_rotation()
        elif name == "Unitary":
            pair.add_unitary()
        else:
            pair.add_row(gate, str(name), controls + targets, params)
    for _ in range(2 * qubits):
        pair.add_pauli_rotation()
    pair.set_observable()
    return pair


def compare(pair, rng):
    """Relative differences of state, energy and gradient."""
    parameters = pair.hahn.shared.hahn_circuit_parameters
    parameters.restype = ctypes.c_int64
    theta = rng.uniform(0, 2 * np.pi, parameters(pair.circuit))
    ours, theirs = pair.ours(theta), pair.theirs(theta)
    return [
        float(np.max(np.abs(a - b)) / np.max(np.abs(b)))
        for a, b in zip(map(np.atleast_1d, ours), map(np.atleast_1d, theirs))
    ]


PAGE = Path(__file__).parents[2] / "docs" / "gates.md"


def evaluate(formula, angles):
    """A formula of the page, `[[c, -i s], ...], c = cos(a/2), s = sin(a/2)`, as a matrix."""
    names = {"exp": cmath.exp, "cos": cmath.cos, "sin": cmath.sin, "sqrt": cmath.sqrt}
    names |= {"i": 1j, "pi": cmath.pi, "a": angles[0], "theta": angles[0], "lambda_": angles[-1]}
    names["phi"] = angles[1]
    text = re.sub(r"\blambda\b", "lambda_", formula)
    text = re.sub(r"(?<=[\w)]) (?=[\w(])", "*", text)
    matrix, *where = re.split(r"(?<=\]\]), |, (?=\w = )", text)
    for definition in where:
        name, value = definition.split(" = ")
        names[name] = eval(value, {}, names)
    return np.array(eval(matrix, {}, names))


def check_page(library, rng):
    """Compare the page's matrices with the library's; returns how many rows disagree."""
    page = dict(re.findall(r"^\| (\w+) \| (\[\[.*\]\].*) \|$", PAGE.read_text(), re.MULTILINE))
    bad = []
    for gate, name, controls, targets, params in library.rows():
        if controls or targets < 1 or targets > 2:
            continue
        angles = rng.uniform(-3, 3, 3)[: max(2, params)]
        matrix = (ctypes.c_double * (2 << 2 * targets))()
        library.call("hahn_gate_matrix", gate, (ctypes.c_double * len(angles))(*angles), matrix)
        ours = np.array(matrix).view(complex).reshape(1 << targets, -1)
        if name not in page or np.max(np.abs(ours - evaluate(page[name], angles))) > 1e-15:
            bad.append(name)
    print(f"docs/gates.md: {len(page)} matrices" + "".join(f", {n} DISAGREES" for n in bad))
    return len(bad)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", dest="path", default="libhahn.so", help="the shared library")
    parser.add_argument("--seed", type=int, default=1, help="of all random numbers (default 1)")
    options = parser.parse_args()
    library, rng = Library(options.path), np.random.default_rng(options.seed)
    names = [row[1] for row in library.rows()]
    missing = set(names) - set(GATES) - {"PauliRotation", "Unitary"}
    if missing:
        sys.exit(f"no counterpart for {', '.join(sorted(missing))}: add it to GATES")
    plans = [(name, 5, [name] * 4) for name in names]
    plans += [(f"all gates, n={n}", n, names) for n in (4, 5, 6, 8, 13)]
    failures = check_page(library, rng)
    print(f"{'circuit':20s} {'state':>10s} {'energy':>10s} {'gradient':>10s}")
    for title, qubits, chosen in plans:
        pair = build(library, qubits, chosen, rng)
        found = compare(pair, rng)
        good = all(value <= TOLERANCE for value in found)
        failures += not good
        numbers = " ".join(f"{value:10.1e}" for value in found)
        print(f"{title:20s} {numbers}{'' if good else '  DISAGREES'}", flush=True)
        pair.close()
    print(f"{len(plans)} circuits, {failures} beyond {TOLERANCE:g} (seed {options.seed})")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
