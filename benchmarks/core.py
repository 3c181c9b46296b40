"""``python -m benchmarks.core``: the workloads that ``make bench-compare`` compares, as rows beside all others."""

from __future__ import annotations

import json

from benchmarks.common import ROOT, child, of_values, part, say_where, show
from benchmarks.workloads import WORKLOADS

PROGRAM = ROOT / "benchmarks" / "workloads.py"


def main(quick: bool = False) -> None:
    """Run each in a process of its own, as the comparison does."""
    with part("core", "core workloads, one thread", threads=1):
        for name in ("cfe_classic", "bmi_step") if quick else WORKLOADS:
            small = ("--small",) if quick else ()
            found = json.loads(child("-P", str(PROGRAM), name, *small).stdout)
            unit, _, per = found["unit"].partition(" ")
            show(name, of_values(found["values"]), unit, per)


if __name__ == "__main__":
    say_where()
    main()
