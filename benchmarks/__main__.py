"""``python -m benchmarks``: speed, memory and accuracy of all components, as tables and as a JSON file."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from benchmarks import (
    calibration,
    cfe,
    core,
    dcfe,
    harness,
    lgar,
    lgar_memory,
    lgar_scaling,
    lgar_tangents,
    limits,
    memory,
    pet,
    richards,
)
from benchmarks.common import ROOT, say_where
from benchmarks.machine import file_name, machine, project
from benchmarks.record import REGISTRY, document, write

PARTS = {
    "limits": limits.measure,
    "core": core.main,
    "cfe": cfe.main,
    "lgar": lgar.main,
    "lgar_scaling": lgar_scaling.main,
    "lgar_tangents": lgar_tangents.main,
    "lgar_memory": lgar_memory.show,
    "richards": richards.main,
    "pet": pet.main,
    "dcfe": dcfe.main,
    "memory": memory.main,
    "calibration": calibration.main,
    "harness": harness.main,
}
QUICK = ("limits", "core", "cfe", "lgar_scaling", "dcfe", "harness")
"""These have a small size, too."""

OUTPUT = ROOT / "output" / "bench.json"
KEPT = ROOT / "benchmarks" / "results"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes of some parts: to see that all works")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="these parts only")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="the JSON file (default: %(default)s)")
    parser.add_argument("--keep", action="store_true", help="write to benchmarks/results, under version and machine")
    arguments = parser.parse_args()
    if arguments.keep and (arguments.quick or arguments.only):
        parser.error("--keep: only whole results are kept, without --quick and --only")
    chosen = arguments.only or (QUICK if arguments.quick else tuple(PARTS))
    if arguments.quick and set(chosen) - set(QUICK):
        parser.error(f"--quick: only {', '.join(QUICK)} have a small size")
    say_where()
    # judged now: results of what was edited meanwhile would be nobody's
    of_project = project()
    begin = time.perf_counter()
    for name in chosen:
        PARTS[name](quick=True) if arguments.quick else PARTS[name]()  # type: ignore[operator]
    effort = "quick" if arguments.quick else "some" if arguments.only else "full"
    results = document(machine(), of_project, effort, REGISTRY.rows)
    places = [arguments.output, *([KEPT / file_name()] if arguments.keep else [])]
    for place in places:
        write(place, results)
        shown = place.relative_to(ROOT) if place.is_relative_to(ROOT) else place
        print(f"\n{len(REGISTRY.rows)} figures in {shown}, {time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
