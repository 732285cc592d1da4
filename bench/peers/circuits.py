"""Circuits and Pauli sums, written down from the papers and not from Hahn's sources.

A gate is (name, qubits, angle): "h", "x", "cx", "cz", "ccx" with angle None; "rx", "ry", "rz",
"crx", "cry", "crz" (controls first), "single" (which turns |1> on the first and |0> on the second
qubit towards the reverse), and any string over X, Y, Z, which is exp(-i angle/2 P). Qubit 0 is the
least significant bit of an amplitude's index. A Pauli sum is a list of
(coefficient, {qubit: letter}).
"""

from typing import NamedTuple


class Angle(NamedTuple):
    """scale * theta[index] + offset; index None makes it the constant offset."""

    scale: float
    index: int | None
    offset: float = 0.0

    def value(self, theta):
        return self.offset if self.index is None else self.scale * theta[self.index] + self.offset


    def times(self, factor):
        return Angle(factor * self.scale, self.index, factor * self.offset)


class Circuit:
    def __init__(self, qubits):
        self.qubits = qubits
        self.gates = []
        self.parameters = 0

    def add(self, name, *qubits, angle=None):
        self.gates.append((name, qubits, angle))

    def turn(self, name, *qubits):
        """Add a rotation by the next parameter."""
        self.add(name, *qubits, angle=Angle(1.0, self.parameters))
        self.parameters += 1


def variational(n, layers):
    """Yao's variational_circuit; Luo et al., arXiv:1912.10877."""
    c = Circuit(n)
    for layer in range(layers + 1):
        if layer > 0:
            for q in range(n):
                c.add("cx", q, (q + 1) % n)
        names = ["rz", "rx", "rz"]
        if layer == 0:
            names = names[1:]
        if layer == layers:
            names = names[:2]
        for q in range(n):
            for name in names:
                c.turn(name, q)
    return c


def entangled_pairs(n, pattern):
    if pattern == "full":
        return [(a, b) for a in range(n) for b in range(a + 1, n)]
    pairs = [(q, q + 1) for q in range(n - 1)]
    return pairs + [(n - 1, 0)] if pattern == "ring" and n > 2 else pairs


def hardware_efficient(n, layers, pattern, gate):
    """Kandala et al., arXiv:1704.05018, with RY RZ as the rotations."""
    c = Circuit(n)
    for layer in range(layers + 1):
        if layer > 0:
            for a, b in entangled_pairs(n, pattern):
                c.add(gate, a, b)
        for q in range(n):
            c.turn("ry", q)
            c.turn("rz", q)
    return c


def evolve(c, term, scale, index):
    """exp(-i (scale theta[index]) coefficient P); the identity, a global phase, is left out."""
    coefficient, letters = term
    if letters:
        qubits = sorted(letters)
        name = "".join(letters[q] for q in qubits)
        c.add(name, *qubits, angle=Angle(2.0 * coefficient * scale, index))


def qaoa(n, cost, layers):
    """Farhi, Goldstone, Gutmann, arXiv:1411.4028: exp(-i gamma C), then exp(-i beta X) each."""
    c = Circuit(n)
    for q in range(n):
        c.add("h", q)
    for layer in range(layers):
        for term in cost:
            evolve(c, term, 1.0, 2 * layer)
        for q in range(n):
            c.add("rx", q, angle=Angle(2.0, 2 * layer + 1))
    c.parameters = 2 * layers
    return c


def trotter(n, terms, layers, order, params, start, dt):
    """Product formulas; Suzuki, Commun. Math. Phys. 51 (1976) 183."""
    c = Circuit(n)
    for q in range(n):
        if start == "plus":
            c.add("h", q)
        if start == "neel" and q % 2 == 1:
            c.add("x", q)
    numbered = list(enumerate(terms))
    passes = [(numbered, 1.0)] if order == 1 else [(numbered, 0.5), (numbered[::-1], 0.5)]
    for layer in range(layers):
        for sequence, fraction in passes:
            for k, term in sequence:
                if params == "fixed":
                    letters_angle = Angle(0.0, None, 2.0 * term[0] * fraction * dt)
                    if term[1]:
                        qubits = sorted(term[1])
                        name = "".join(term[1][q] for q in qubits)
                        c.add(name, *qubits, angle=letters_angle)
                else:
                    index = layer if params == "layer" else layer * len(terms) + k
                    evolve(c, term, fraction, index)
    c.parameters = {"fixed": 0, "layer": layers, "term": layers * len(terms)}[params]
    return c


MIXED = ["rx", "ry", "rz", "crx", "cry", "crz", "ZZ", "single", "h", "cx", "ccx"]


def mixed(n, count, uniform):
    """Gates without layer structure; uniform(k) gives four numbers of [0, 1) for gate k: its kind,
    and the places of three qubits among those left."""
    c = Circuit(n)
    for k in range(count):
        kind, *places = uniform(k)
        left, qubits = list(range(n)), []
        for place in places:
            qubits.append(left.pop(int(place * len(left))))
        name = MIXED[int(kind * len(MIXED))]
        size = {"rx": 1, "ry": 1, "rz": 1, "h": 1, "ccx": 3}.get(name, 2)
        add = c.add if name in ("h", "cx", "ccx") else c.turn
        add(name, *qubits[:size])
    return c


def expand(gate):
    """Controlled rotations and excitations as rotations about Pauli strings that commute."""
    name, qubits, angle = gate
    if name in ("crx", "cry", "crz"):
        letter = name[-1].upper()
        return [
            (name[1:], qubits[1:], angle.times(0.5)),
            ("Z" + letter, qubits, angle.times(-0.5)),
        ]
    if name == "single":
        return [("XY", qubits, angle.times(0.5)), ("YX", qubits, angle.times(-0.5))]
    return [gate]


def bonds(width, height=1, periodic=True):
    """Nearest neighbours of a chain or square lattice, in each direction."""
    found = []
    for y in range(height):
        for x in range(width):
            for dx, dy, length in ((1, 0, width), (0, 1, height)):
                if length == 1:
                    continue
                inside = (x + 1 < width) if dx else (y + 1 < height)
                if inside or periodic:
                    to = ((x + dx) % width) + width * ((y + dy) % height)
                    found.append((x + width * y, to))
    return found


def pair(coefficient, a, b, letter):
    return coefficient, {a: letter, b: letter}


def heisenberg(lattice, j=1.0):
    return [pair(j, a, b, p) for a, b in lattice for p in "XYZ"]


def xxz(lattice, j, delta):
    return [pair(j * w, a, b, p) for a, b in lattice for p, w in zip("XYZ", (1, 1, delta))]


def ising(n, lattice, j, h):
    return [pair(-j, a, b, "Z") for a, b in lattice] + [(-h, {q: "X"}) for q in range(n)]


def maxcut(edges):
    """Minus the weight of the cut; edges are (a, b, weight)."""
    constant = [(-sum(w for _, _, w in edges) / 2, {})]
    return constant + [pair(w / 2, a, b, "Z") for a, b, w in edges]
