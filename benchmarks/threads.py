"""``python -m benchmarks.threads``: two threads against one, in turn, for CFE's ensembles of several shapes.

What the machine gives is measured beside it: two cores of a shared host are not always two. A thread each that does
nothing but numpy's exponential, in its core's cache, has nothing to wait for.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable

import numpy as np

from benchmarks.cfe import plain_work
from benchmarks.common import say_where, show_table
from cfe_bmi.state import CLASSIC, ODE, CfeOptions
from hydro_physics.threads import using_threads

SHAPES = ((100, 8760), (500, 8760), (2000, 2000), (2000, 8760), (10_000, 240))
PAIRS = 9
_NUMBERS, _TIMES = 2000, 10_000


def _exponentials() -> None:
    values = np.linspace(-1.0, 1.0, _NUMBERS)
    results = np.empty_like(values)
    for _ in range(_TIMES):
        np.exp(values, out=results)


def _machine(threads: int) -> float:
    """Time of an exponential where every thread does as many [ns]."""
    others = [threading.Thread(target=_exponentials) for _ in range(threads - 1)]
    begin = time.perf_counter()
    for other in others:
        other.start()
    _exponentials()
    for other in others:
        other.join()
    return (time.perf_counter() - begin) * 1e9 / _NUMBERS / _TIMES / threads


def _ensemble(work: Callable[[], object], items: int, threads: int) -> float:
    """Time of a basin-step [ns]."""
    with using_threads(threads):
        begin = time.perf_counter()
        work()
        return (time.perf_counter() - begin) * 1e9 / items


def _row(name: str, measure: Callable[[int], float]) -> tuple[str, ...]:
    """One and two threads in turn."""
    pairs = [(measure(1), measure(2)) for _ in range(PAIRS)]
    one, two = (statistics.median(values) for values in zip(*pairs, strict=True))
    ratios = sorted(a / b for a, b in pairs)
    middle = statistics.median(ratios)
    return name, f"{one:.3g}", f"{two:.3g}", f"{middle:.2f}", f"{ratios[0]:.2f} to {ratios[-1]:.2f}"


def main() -> None:
    """Time pairs of runs and print their ratios."""
    say_where()
    rows = [_row("numpy's exp", _machine)]
    for basins, steps in SHAPES:
        for name, scheme in (("classic", CLASSIC), ("ODE", ODE)):
            work = plain_work(basins, steps, CfeOptions(scheme))
            work()
            label = f"{name}, {basins} basins x {steps}"
            rows.append(_row(label, lambda n, work=work, items=basins * steps: _ensemble(work, items, n)))  # type: ignore[misc]
    rows.append(_row("numpy's exp", _machine))
    show_table(("one step, or one exponential", "one [ns]", "two [ns]", "one/two", "least to most"), rows)


if __name__ == "__main__":
    main()
