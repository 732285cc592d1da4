#!/usr/bin/env python3
"""Time energies and gradients of libhahn beside those of other simulators.

Each case is built by circuits.py for all of them. First energies and gradients must agree to 1e-10
relative; then the simulators take turns, so that what disturbs the machine disturbs all of them.
What is timed is the call of compiled code alone, with circuits and parameters built before. Prints
a table of medians and their ratios to Hahn's; exits 1 if numbers disagree.

    venv/bin/python measure.py --library PATH/TO/libhahn.so [--case NAME,...] [--json FILE]
"""

import argparse
import datetime
import importlib.metadata
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path

TOLERANCE = 1e-10
# They tell OpenBLAS, which Lightning calls, that the processor is another one than it is.
UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", dest="path", default="libhahn.so", help="the shared library")
    parser.add_argument("--case", help="names with commas between (default: all)")
    parser.add_argument("--peers", default="Lightning,Qulacs,Aer", help="whom to compare with")
    parser.add_argument("--threads", type=int, default=1, help="of every simulator (default 1)")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each (default 7)")
    parser.add_argument(
        "--budget", type=float, default=20, metavar="SECONDS",
        help="no further turn for who took this long in one case (default 20)",
    )  # fmt: skip
    parser.add_argument("--json", type=Path, help="write the results to this file too")
    return parser.parse_args()


def prepare_environment(threads):
    """Libraries read these when they are loaded, so that this comes before all imports of them."""
    for name in UNSET:
        os.environ.pop(name, None)
    os.environ["OMP_NUM_THREADS"] = str(threads)


def cases(library):
    """The cases of hahn-bench: a name, and a function that gives circuit and observable. The graph
    is one of the same kind, not the same."""
    import circuits
    import networkx

    def variational(n, layers):
        return lambda: (circuits.variational(n, layers), circuits.heisenberg(circuits.bonds(n)))

    def hardware():
        return circuits.hardware_efficient(20, 20, "ring", "cz"), chain

    def qaoa():
        graph = networkx.random_regular_graph(3, 20, seed=1)
        cost = circuits.maxcut([(a, b, 1.0) for a, b in graph.edges])
        return circuits.qaoa(20, cost, 20), cost

    def trotter():
        return circuits.trotter(20, chain, 20, 1, "layer", "neel", 0.0), chain

    def mixed():
        return circuits.mixed(20, 400, lambda k: library.uniform(20, 0, 4 * k, 4)), chain

    chain = circuits.heisenberg(circuits.bonds(20))
    return {
        "n4d1000": variational(4, 1000),
        "n10d10000": variational(10, 10000),
        "n16d100": variational(16, 100),
        "n20d20": variational(20, 20),
        "n24d4": variational(24, 4),
        "n20hardware": hardware,
        "n20qaoa": qaoa,
        "n20trotter": trotter,
        "n20mixed": mixed,
    }


def choose(names, known, what):
    chosen = names.split(",")
    for name in chosen:
        if name not in known:
            sys.exit(f'{what} "{name}" is not known: there are {", ".join(known)}')
    return chosen


class Runner:
    """One simulator on one case: its calls, and the times they took."""

    def __init__(self, simulator, theta):
        self.simulator, self.calls = simulator, simulator.calls(theta)
        self.times = {quantity: [] for quantity in self.calls}

    def run(self, quantity):
        """Call once, note the time, return the value."""
        begin = time.perf_counter()
        value = self.calls[quantity]()
        seconds = time.perf_counter() - begin
        self.times[quantity].append(getattr(self.simulator, "seconds", seconds))
        return value

    def check(self, quantity):
        """A value that can be compared. The time of a first call does not count."""
        value = self.run(quantity)
        self.times[quantity].clear()
        by_theta = getattr(self.simulator, "by_theta", None)
        return by_theta(value) if quantity == "gradient" and by_theta else value


def difference(ours, theirs):
    """Largest difference, relative to the largest entry."""
    import numpy as np

    ours, theirs = np.atleast_1d(ours), np.atleast_1d(theirs)
    return float(np.max(np.abs(ours - theirs)) / np.max(np.abs(theirs)))


def take_turns(runners, quantity, rounds, budget):
    for _ in range(rounds):
        for runner in runners:
            if sum(runner.times[quantity]) < budget:
                runner.run(quantity)


def compare(name, quantity, runners, options):
    """Time one quantity; returns a record for each simulator, Hahn's first."""
    runners = [r for r in runners if quantity in r.calls]
    ours, records = runners[0].check(quantity), []
    worst = [0.0] + [difference(ours, r.check(quantity)) for r in runners[1:]]
    take_turns(runners, quantity, options.rounds, options.budget)
    medians = [statistics.median(r.times[quantity]) for r in runners]
    for runner, median, error in zip(runners, medians, worst):
        times = runner.times[quantity]
        record = {
            "case": name, "quantity": quantity, "simulator": runner.simulator.name,
            "rounds": len(times), "median_s": median, "min_s": min(times), "max_s": max(times),
            "ratio": median / medians[0], "difference": error,
        }  # fmt: skip
        records.append(record)
        mark = "" if error <= TOLERANCE else f"  DISAGREES by {error:.1e}"
        print(
            f"{name:12s} {quantity:9s} {runner.simulator.name:10s} {1e3 * median:11.3f} "
            f"{1e3 * min(times):11.3f} {len(times):6d} {record['ratio']:8.1f}{mark}",
            flush=True,
        )
    return records


def run_case(name, build, library, peers, options):
    import numpy as np
    from library import Hahn

    circuit, observable = build()
    theta = np.random.default_rng(1).uniform(0, 2 * np.pi, circuit.parameters)
    hahn = Hahn(library, circuit, observable)
    runners = [Runner(hahn, theta)]
    runners += [Runner(peer(circuit, observable), theta) for peer in peers]
    records = []
    for quantity in ("energy", "gradient"):
        records += compare(name, quantity, runners, options)
    hahn.close()
    for record in records:
        record["fingerprint"] = hahn.fingerprint
    return records


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def describe(library, peers, options):
    """What the numbers depend on."""
    from pennylane_lightning import lightning_qubit_ops

    packages = {"Lightning": "pennylane-lightning", "Qulacs": "qulacs", "Aer": "qiskit-aer"}
    versions = {p.name: importlib.metadata.version(packages[p.name]) for p in peers}
    return {
        "hahn": library.shared.hahn_version().decode(),
        "isa": library.shared.hahn_engine_isa(library.engine).decode(),
        "peers": versions,
        "lightning_compiled": lightning_qubit_ops.compile_info(),
        "lightning_runtime": lightning_qubit_ops.runtime_info(),
        "python": platform.python_version(),
        "cpu": processor(),
        "threads": options.threads,
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    }


def write_json(path, header, records):
    """Whole or not at all."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(json.dumps(header | {"records": records}, indent=1) + "\n")
    temporary.replace(path)


def main():
    options = parse_arguments()
    prepare_environment(options.threads)
    import simulators
    from library import Library

    library = Library(options.path)
    library.call("hahn_engine_set_threads", library.engine, options.threads)
    known = cases(library)
    names = choose(options.case, known, "case") if options.case else list(known)
    classes = {c.name: c for c in (simulators.Lightning, simulators.Qulacs, simulators.Aer)}
    peers = [classes[name] for name in choose(options.peers, classes, "simulator")]
    header, records = describe(library, peers, options), []
    others = ", ".join(f"{name} {version}" for name, version in header["peers"].items())
    print(f"Hahn {header['hahn']} ({header['isa']}), {others}; {header['cpu']}, "
          f"{options.threads} thread(s), {header['date']}")  # fmt: skip
    print(f"{'case':12s} {'quantity':9s} {'simulator':10s} {'median ms':>11s} {'min ms':>11s} "
          f"{'rounds':>6s} {'x Hahn':>8s}")  # fmt: skip
    for name in names:
        records += run_case(name, known[name], library, peers, options)
    if options.json:
        write_json(options.json, header, records)
    bad = sum(not record["difference"] <= TOLERANCE for record in records)
    print(f"{len(records)} rows, {bad} disagree beyond {TOLERANCE:g}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
