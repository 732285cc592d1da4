#!/usr/bin/env python3
"""Compare the `hahn` program with Qulacs and PennyLane Lightning.

Each problem is built twice: by hahn from its command line, and by circuits.py for the other
simulators. Energies, gradients and states must agree to 1e-11 relative, and so must the energies of
100 steps of gradient descent, where the descent itself does not enlarge differences. Prints a
table; exits 1 if anything disagrees.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python check.py --hahn PATH/TO/hahn [--seed N] [--demo STEPS] [-- OPTIONS]

OPTIONS go to hahn as they are: `-- --backend reference`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

import circuits
from simulators import PEERS, Qulacs

TOLERANCE = 1e-11


class Problem(NamedTuple):
    name: str
    arguments: list  # of the command line
    circuit: circuits.Circuit
    observable: list
    phase_free: bool = False  # states are compared up to a global phase


def write_terms(path, n, terms, style):
    """Write a Pauli sum in one of the styles that hahn reads."""
    lines = ["# " + style]
    if style == "right-to-left":
        lines.append("order right-to-left")
    for coefficient, letters in terms:
        if style == "sparse":
            text = " ".join(f"{p}{q}" for q, p in letters.items())
        else:
            text = "".join(letters.get(q, "I") for q in range(n))
            text = text[::-1] if style == "right-to-left" else text
        lines.append(f"{coefficient:.17g} {text}".rstrip())
    path.write_text("\n".join(lines) + "\n")


def random_terms(rng, n, count):
    """Pauli strings of all letters, Y included, and an identity term."""
    terms = [(rng.normal(), {})]
    for _ in range(count):
        letters = {q: "IXYZ"[k] for q, k in enumerate(rng.integers(0, 4, n))}
        terms.append((rng.normal(), {q: p for q, p in letters.items() if p != "I"} or {0: "Y"}))
    return terms


def random_edges(rng, n):
    pairs = [(a, b) for a in range(n) for b in range(a + 1, n) if rng.random() < 0.6]
    return [(a, b, rng.uniform(0.5, 2)) for a, b in pairs] or [(0, 1, 1.0)]


def named_problems():
    chain = circuits.bonds
    for n, layers in ((2, 3), (3, 2), (5, 4), (8, 6), (12, 3), (14, 2)):
        yield Problem(
            f"variational n={n}",
            ["--ansatz", "variational", "--qubits", n, "--layers", layers],
            circuits.variational(n, layers),
            circuits.heisenberg(chain(n)),
        )
    shapes = ((4, "linear", "cx"), (6, "ring", "cz"), (7, "full", "cx"), (13, "ring", "cz"))
    for n, pattern, gate in shapes:
        yield Problem(
            f"hardware-efficient {pattern} {gate} n={n}",
            ["--ansatz", f"hardware-efficient:entangler={pattern},gate={gate}", "--qubits", n]
            + ["--layers", 3, "--hamiltonian", "xxz:j=0.7,delta=-0.4,boundary=open"],
            circuits.hardware_efficient(n, 3, pattern, gate),
            circuits.xxz(chain(n, periodic=False), 0.7, -0.4),
        )
    for width, height, boundary in ((3, 2, "open"), (3, 3, "periodic"), (2, 2, "periodic")):
        n = width * height
        yield Problem(
            f"ising {width}x{height} {boundary}",
            ["--ansatz", "hardware-efficient:entangler=ring,gate=cx", "--layers", 2]
            + ["--qubits", n, "--hamiltonian"]
            + [f"ising:j=1.3,h=0.6,width={width},height={height},boundary={boundary}"],
            circuits.hardware_efficient(n, 2, "ring", "cx"),
            circuits.ising(n, chain(width, height, boundary == "periodic"), 1.3, 0.6),
        )
    for n, order, params, start in ((6, 2, "layer", "plus"), (5, 1, "term", "neel")):
        terms = circuits.xxz(chain(n), 1.0, 0.5)
        yield Problem(
            f"trotter order {order} {params} {start} n={n}",
            ["--ansatz", f"trotter:order={order},params={params},start={start}", "--qubits", n]
            + ["--layers", 3, "--hamiltonian", "xxz:delta=0.5"],
            circuits.trotter(n, terms, 3, order, params, start, 0.0),
            terms,
        )


def file_problems(rng, folder):
    for n, layers in ((4, 2), (7, 3), (10, 2)):
        edges, path = random_edges(rng, n), folder / f"edges{n}.txt"
        path.write_text("".join(f"{a} {b} {w:.17g}\n" for a, b, w in edges))
        cost = circuits.maxcut(edges)
        yield Problem(
            f"qaoa maxcut n={n}",
            ["--ansatz", "qaoa", "--layers", layers, "--qubits", n]
            + ["--hamiltonian", f"maxcut:file={path}"],
            circuits.qaoa(n, cost, layers),
            cost,
            phase_free=True,
        )
    written = {3: "sparse", 5: "left-to-right", 6: "right-to-left", 11: "sparse", 13: "sparse"}
    for n, style in written.items():
        terms, path = random_terms(rng, n, 3 * n), folder / f"terms{n}.txt"
        write_terms(path, n, terms, style)
        given = ["--qubits", n, "--hamiltonian-file", path]
        yield Problem(
            f"variational, {style} file n={n}",
            ["--ansatz", "variational", "--layers", 4] + given,
            circuits.variational(n, 4),
            terms,
        )
        if n > 6:
            continue
        yield Problem(
            f"trotter order 2 term, {style} file n={n}",
            ["--ansatz", "trotter:order=2,params=term,start=neel", "--layers", 2] + given,
            circuits.trotter(n, terms, 2, 2, "term", "neel", 0.0),
            terms,
        )


class Hahn:
    """The program under test, run on one problem."""

    def __init__(self, binary, folder, options):
        self.binary, self.folder, self.options = binary, folder, options

    def run(self, command, problem, theta, *options):
        path = self.folder / "theta.npy"
        np.save(path, theta)
        words = [self.binary, command, *problem.arguments]
        words += ["--params", path, "--quiet", *self.options, *options]
        done = subprocess.run([str(w) for w in words], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, words))}\nfailed ({done.returncode}): {done.stderr}")
        return done.stdout

    def energy(self, problem, theta):
        return float(self.run("energy", problem, theta))

    def gradient(self, problem, theta, method="adjoint"):
        path = self.folder / "gradient.npy"
        self.run("grad", problem, theta, "--method", method, "--output", path)
        return np.load(path)

    def state(self, problem, theta):
        path = self.folder / "state.npy"
        self.run("state", problem, theta, "--output", path)
        return np.load(path)

    def training_energies(self, problem, theta, steps):
        path = self.folder / "log.jsonl"
        options = ["--optimizer", "gd", "--lr", "1e-3", "--steps", steps, "--log", path]
        self.run("train", problem, theta, *options)
        records = map(json.loads, path.read_text().splitlines())
        return [r["energy"] for r in records if "step" in r and "grad_norm" in r]


def difference(ours, theirs):
    """Largest difference, relative to the largest entry."""
    ours, theirs = np.atleast_1d(ours), np.atleast_1d(theirs)
    if ours.shape != theirs.shape:
        return np.inf
    return float(np.max(np.abs(ours - theirs)) / np.max(np.abs(theirs)))


def align(state, other):
    """Turn `state` by the phase that brings it nearest to `other`."""
    overlap = np.vdot(state, other)
    return state * overlap / abs(overlap)


class Table:
    """Prints rows of relative differences and remembers whether one was too large."""

    def __init__(self):
        self.failures = self.rows = 0
        print(f"{'problem':44s} {'against':10s} {'quantity':9s} {'difference':>10s}")

    def add(self, problem, peer, quantity, value, tolerance=TOLERANCE):
        self.rows += 1
        good = value <= tolerance  # false for NaN
        self.failures += not good
        mark = "" if good else "  DISAGREES"
        if tolerance != TOLERANCE:
            mark = f" of {tolerance:.1e}" + mark
        print(f"{problem:44s} {peer:10s} {quantity:9s} {value:10.1e}{mark}", flush=True)


def check_problem(hahn, problem, rng, table):
    theta = rng.uniform(0, 2 * np.pi, problem.circuit.parameters)
    energy, state = hahn.energy(problem, theta), hahn.state(problem, theta)
    gradient = hahn.gradient(problem, theta)
    for peer_class in PEERS:
        peer = peer_class(problem.circuit, problem.observable)
        other = peer.state(theta)
        mine = align(state, other) if problem.phase_free else state
        table.add(problem.name, peer.name, "energy", difference(energy, peer.energy(theta)))
        table.add(problem.name, peer.name, "gradient", difference(gradient, peer.gradient(theta)))
        table.add(problem.name, peer.name, "state", difference(mine, other))
    shift = hahn.gradient(problem, theta, "shift")
    table.add(problem.name, "itself", "shift", difference(gradient, shift))


def descend(peer, theta, steps):
    """Energies and gradient norms at the parameters after 0, 1, ..., steps updates."""
    theta = theta.copy()
    energies, norms = [], []
    for _ in range(steps + 1):
        gradient = peer.gradient(theta)
        energies.append(peer.energy(theta))
        norms.append(np.linalg.norm(gradient))
        theta -= 1e-3 * gradient
    return np.array(energies), np.array(norms)


def growth(norms):
    """How much larger a gradient becomes than an earlier one, at least 1. Where steps are too long
    for the steepest direction, gradient and rounding errors grow along it by the same factor."""
    return float(np.max(norms / np.minimum.accumulate(norms)))


def check_training(hahn, problem, theta, steps, table):
    ours = np.array(hahn.training_energies(problem, theta, steps))
    theirs, norms = descend(Qulacs(problem.circuit, problem.observable), theta, steps)
    if len(ours) != steps + 1 or not theirs[-1] < theirs[0]:
        table.add(problem.name, "Qulacs", "training", np.inf)
        return
    worst = float(np.max(np.abs(ours - theirs) / np.abs(theirs)))
    table.add(problem.name, "Qulacs", f"{steps} steps", worst, TOLERANCE * growth(norms))


def variational_chain(n, layers):
    return Problem(
        f"variational n={n}, {layers} layers",
        ["--ansatz", "variational", "--qubits", n, "--layers", layers],
        circuits.variational(n, layers),
        circuits.heisenberg(circuits.bonds(n)),
    )


def check_demo(hahn, rng, steps, table):
    """The 300,010-parameter demo: one gradient in every component, then its training."""
    demo = variational_chain(10, 10000)
    theta = rng.uniform(0, 1, demo.circuit.parameters)
    peer = Qulacs(demo.circuit, demo.observable)
    energy = hahn.energy(demo, theta)
    table.add(demo.name, "Qulacs", "energy", difference(energy, peer.energy(theta)))
    gradient = hahn.gradient(demo, theta)
    table.add(demo.name, "Qulacs", "gradient", difference(gradient, peer.gradient(theta)))
    if steps > 0:
        check_training(hahn, demo, theta, steps, table)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hahn", default="hahn", help="the program (default: the one in PATH)")
    parser.add_argument("--seed", type=int, default=1, help="of all random numbers (default 1)")
    parser.add_argument("--demo", type=int, metavar="STEPS", help="the 10,000-layer demo as well")
    parser.add_argument("engine", nargs="*", metavar="OPTION", help="for hahn, after --")
    options = parser.parse_args()
    rng, table = np.random.default_rng(options.seed), Table()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hahn = Hahn(options.hahn, folder, options.engine)
        for problem in [*named_problems(), *file_problems(rng, folder)]:
            check_problem(hahn, problem, rng, table)
        for n, layers in ((4, 10), (6, 30)):
            problem = variational_chain(n, layers)
            theta = rng.uniform(0, 1, problem.circuit.parameters)
            check_training(hahn, problem, theta, 100, table)
        if options.demo is not None:
            check_demo(hahn, rng, options.demo, table)
    print(f"{table.rows} comparisons, {table.failures} disagree (seed {options.seed})")
    return 1 if table.failures else 0


if __name__ == "__main__":
    sys.exit(main())
