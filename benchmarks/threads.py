"""``python -m benchmarks.threads``: two threads against one, in turn, for CFE's ensembles of several shapes."""

from __future__ import annotations

import statistics
import time

from benchmarks.cfe import plain_work
from benchmarks.common import say_where, show_table
from cfe_bmi.state import CLASSIC, ODE, CfeOptions
from hydro_physics.threads import using_threads

SHAPES = ((100, 8760), (500, 8760), (2000, 2000), (2000, 8760), (10_000, 240))
PAIRS = 9


def main() -> None:
    """Time pairs of runs and print their ratios."""
    say_where()
    rows = []
    for basins, steps in SHAPES:
        for name, scheme in (("classic", CLASSIC), ("ODE", ODE)):
            work = plain_work(basins, steps, CfeOptions(scheme))
            work()
            times: tuple[list[float], list[float]] = ([], [])
            for _ in range(PAIRS):
                for threads in (1, 2):
                    with using_threads(threads):
                        begin = time.perf_counter()
                        work()
                        times[threads - 1].append((time.perf_counter() - begin) * 1e9 / basins / steps)
            ratios = sorted(one / two for one, two in zip(*times, strict=True))
            one, two = (statistics.median(values) for values in times)
            rows.append(
                (f"{name}, {basins} basins x {steps}", f"{one:.1f}", f"{two:.1f}")
                + (f"{statistics.median(ratios):.2f}", f"{ratios[0]:.2f} to {ratios[-1]:.2f}")
            )
    show_table(("CFE", "one [ns]", "two [ns]", "one/two", "least to most"), rows)


if __name__ == "__main__":
    main()
