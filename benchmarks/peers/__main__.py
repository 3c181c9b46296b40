"""``make bench-peers``: other people's models, where they are, timed in turn with ours; ratios within one run."""

from __future__ import annotations

import argparse
import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.common import ROOT, child, number, record, say_where, show_table
from benchmarks.machine import machine, project
from benchmarks.peers.pairing import Pair, taken_over
from benchmarks.record import REGISTRY, document, write

OUTPUT = ROOT / "output" / "bench_peers.json"


class Peer(NamedTuple):
    """A model of others: the module that measures it, what it needs, and how to get that."""

    module: str
    missing: Callable[[], str]


def _path(variable: str, what: str) -> Callable[[], str]:
    def missing() -> str:
        value = os.environ.get(variable, "")
        if not value:
            return f"{variable} is not set; set it to {what}"
        return "" if Path(value).exists() else f"{variable}={value}: not there; expected {what}"

    return missing


def _package(name: str) -> Callable[[], str]:
    return lambda: "" if importlib.util.find_spec(name) else f"{name} is not installed; pip install {name}"


PEERS = {
    "CFE in C": Peer("cfe_c", _path("CFE_LIB", "libcfebmi.so, built from NOAA-OWP/cfe with -DNGEN=ON")),
    "LGAR-C": Peer("lgar_c", _path("LGAR_LIB", "liblasambmi.so, built from NOAA-OWP/LGAR-C")),
    "cfe_py": Peer("cfe_python", _path("CFE_PY", "the folder of NWC-CUAHSI-Summer-Institute/cfe_py")),
    "hydrodl2, HBV": Peer("hydrodl2_hbv", _package("hydrodl2")),
}


def show(pairs: list[Pair]) -> None:
    """Print pairs of a peer, and record them."""
    rows = []
    for pair in pairs:
        enough = "" if pair.wanted is None else f"{pair.wanted:g}"
        times = f"{number(pair.theirs.median)} {pair.unit}", f"{number(pair.ours.median)} {pair.unit}"
        spread = f"{number(pair.ratio.least)} to {number(pair.ratio.most)}"
        rows.append((pair.label, *times, number(pair.ratio.median), spread, enough))
        record(f"{pair.label}/theirs", pair.theirs, pair.unit)
        record(f"{pair.label}/ours", pair.ours, pair.unit)
        record(f"{pair.label}/times ours", pair.ratio, "1")
    show_table(("a step", "theirs", "ours", "times ours", "least to most", "wanted"), rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--output", type=Path, default=OUTPUT, help="the JSON file (default: %(default)s)")
    arguments = parser.parse_args()
    say_where()
    of_project = project()
    for name, peer in PEERS.items():
        why = peer.missing()
        if why:
            print(f"\n{name}: not measured: {why}")
            continue
        # in a process of its own: what a library breaks or prints does not matter here
        try:
            pairs, notes = taken_over(child("-m", f"benchmarks.peers.{peer.module}").stdout)
        except RuntimeError as error:
            print(f"\n{name}: failed: {error}")
            continue
        print(f"\n{name}, one thread, in turn with ours")
        with REGISTRY.group(f"peers/{peer.module.replace('_', '-')}", threads=1):
            show(pairs)
        for note in notes:
            print(f"  {note}")
    if REGISTRY.rows:
        write(arguments.output, document(machine(), of_project, "peers", REGISTRY.rows))


if __name__ == "__main__":
    main()
