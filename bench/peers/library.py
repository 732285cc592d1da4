"""libhahn by ctypes: the shared library, and one circuit compiled by it."""

import ctypes
import sys

import numpy as np


class Param(ctypes.Structure):
    _fields_ = [("scale", ctypes.c_double), ("offset", ctypes.c_double), ("index", ctypes.c_int64)]


class Info(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("qasm", ctypes.c_char_p),
        ("summary", ctypes.c_char_p),
        ("controls", ctypes.c_int),
        ("targets", ctypes.c_int),
        ("params", ctypes.c_int),
    ]


class Library:
    """The shared library, with every status checked."""

    def __init__(self, path):
        self.shared = ctypes.CDLL(path)
        for name in ("hahn_engine_message", "hahn_engine_isa", "hahn_version"):
            getattr(self.shared, name).restype = ctypes.c_char_p
        self.shared.hahn_circuit_fingerprint.restype = ctypes.c_uint64
        self.engine = ctypes.c_void_p()
        self.call("hahn_engine_create", None, ctypes.byref(self.engine))

    def call(self, name, *arguments):
        status = getattr(self.shared, name)(*arguments)
        if status != 0:
            message = self.shared.hahn_engine_message(self.engine).decode()
            sys.exit(f"{name} failed with status {status}: {message}")

    def rows(self):
        """(id, name, controls, targets, params) of the whole table."""
        found, info = [], Info()
        while self.shared.hahn_gate_describe(len(found), ctypes.byref(info)) == 0:
            row = (len(found), info.name.decode(), info.controls, info.targets, info.params)
            found.append(row)
        return found

    def find(self, name):
        """The gate called so, in any case."""
        gate = ctypes.c_int()
        self.call("hahn_gate_find", name.encode(), ctypes.byref(gate))
        return gate

    def fingerprint(self, circuit):
        return f"{self.shared.hahn_circuit_fingerprint(circuit):016x}"

    def uniform(self, seed, stream, first, count):
        """Numbers of the library's generator."""
        out = np.zeros(count)
        self.shared.hahn_random_uniform(
            ctypes.c_uint64(seed), ctypes.c_uint64(stream), ctypes.c_uint64(first),
            ctypes.c_int64(count), numbers(out),
        )  # fmt: skip
        return out

    def make(self, name, *arguments):
        handle = ctypes.c_void_p()
        self.call(name, *arguments, ctypes.byref(handle))
        return handle


def numbers(values):
    """An array of double that C may read, without a copy where there is one already."""
    return np.ascontiguousarray(values, dtype=float).ctypes.data_as(ctypes.c_void_p)


def ints(values):
    return (ctypes.c_int * max(1, len(values)))(*values)


class Hahn:
    """One circuit and observable of circuits.py, gate by gate through the C interface."""

    name = "Hahn"
    rows = {"single": "SingleExcitation", "XX": "RXX", "YY": "RYY", "ZZ": "RZZ"}

    def __init__(self, library, circuit, observable):
        self.hahn, self.circuit = library, circuit
        built = library.make("hahn_circuit_create", library.engine, circuit.qubits)
        for gate in circuit.gates:
            self.append(built, *gate)
        self.fingerprint = library.fingerprint(built)
        terms = library.make("hahn_observable_create", library.engine, circuit.qubits)
        for coefficient, letters in observable:
            library.call(
                "hahn_observable_add", terms, ctypes.c_double(coefficient),
                "".join(letters.values()).encode(), ints(list(letters)),
            )  # fmt: skip
        self.program = library.make("hahn_program_create", library.engine, built, terms)
        self.space = library.make(
            "hahn_workspace_create", library.engine, self.program, None
        )
        library.shared.hahn_observable_destroy(terms)
        library.shared.hahn_circuit_destroy(built)

    def append(self, built, name, qubits, angle):
        params = None
        if angle is not None:
            params = Param(angle.scale, angle.offset, -1 if angle.index is None else angle.index)
        if name.isupper() and name not in self.rows:
            self.hahn.call(
                "hahn_circuit_pauli_rotation", built, name.encode(), ints(qubits), params
            )
            return
        row = self.hahn.find(self.rows.get(name, name))
        given = None if params is None else ctypes.byref(params)
        self.hahn.call("hahn_circuit_append", built, row, ints(qubits), given)

    def close(self):
        self.hahn.shared.hahn_workspace_destroy(self.space)
        self.hahn.shared.hahn_program_destroy(self.program)

    def calls(self, theta):
        """Functions that do nothing but call the library: energy, and energy with gradient."""
        call, one, space = self.hahn.call, ctypes.c_int64(1), self.space
        self.theta, self.gradient = np.array(theta, dtype=float), np.zeros(len(theta))
        energy = ctypes.c_double()
        given, out = numbers(self.theta), numbers(self.gradient)

        def run_energy():
            call("hahn_energy", space, one, given, ctypes.byref(energy))
            return energy.value

        def run_gradient():
            call("hahn_gradient", space, None, one, given, ctypes.byref(energy), out, None)
            return self.gradient

        return {"energy": run_energy, "gradient": run_gradient}
