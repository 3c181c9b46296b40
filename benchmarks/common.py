"""What the benchmarks share: repeated timings, and how figures are shown and recorded.

Every figure is the median of several repetitions, with the least and the most beside it: machines are noisy, and only
ratios within one run are worth comparing. Timings are printed and recorded (:mod:`benchmarks.record`), never asserted.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.machine import ROOT, machine
from benchmarks.record import REGISTRY, Condition, Timing

REPETITIONS = 7
LABEL = 46


def say_where() -> None:
    facts = machine()
    gib = f", {facts['memory_gib']} GiB" if facts["memory_gib"] else ""
    print(f"{facts['processor']}, {facts['cores']} cores{gib}, {facts['system']}, {facts['architecture']}")
    print(f"Python {facts['python']}, numpy {facts['numpy']}, numba {facts['numba']}, torch {facts['torch']}")
    print("median (least to most) of repetitions")


def of_values(values: Sequence[float]) -> Timing:
    """Put repetitions together.

    >>> of_values([3.0, 1.0, 2.0])
    Timing(median=2.0, least=1.0, most=3.0, repetitions=3)
    """
    return Timing(statistics.median(values), min(values), max(values), len(values))


def repeat(
    work: Callable[[], object], scale: float = 1.0, repetitions: int = REPETITIONS, shortest: float = 0.0
) -> Timing:
    """Wall time of `work`, times `scale`; work that takes less than `shortest` [s] is done several times in each."""
    rounds = 1
    if shortest:
        begin = time.perf_counter()
        work()
        rounds = max(1, round(shortest / max(time.perf_counter() - begin, 1e-7)))
    times = []
    for _ in range(repetitions):
        begin = time.perf_counter()
        for _ in range(rounds):
            work()
        times.append((time.perf_counter() - begin) * scale / rounds)
    return of_values(times)


@contextmanager
def part(name: str, title: str = "", **conditions: Condition) -> Iterator[None]:
    """Print a heading, and record what follows under a name and conditions."""
    if title:
        print(f"\n{title}")
    with REGISTRY.group(name, **conditions):
        yield


def record(name: str, figures: Timing | float, unit: str, **conditions: Condition) -> None:
    """Record a figure without printing it, such as one of a table."""
    timing = figures if isinstance(figures, Timing) else Timing(figures, figures, figures)
    REGISTRY.add(name, unit, timing, **conditions)


def show(
    label: str, figures: Timing | float, unit: str, note: str = "", name: str = "", **conditions: Condition
) -> None:
    """Print a figure and record it, under its label unless it has another name."""
    timing = figures if isinstance(figures, Timing) else Timing(figures, figures, figures)
    record(name or label, timing, unit, **conditions)
    spread = f"({number(timing.least)} to {number(timing.most)})" if timing.repetitions > 1 else ""
    print(f"  {label:<{LABEL}}{number(timing.median):>8} {unit:<6}{spread:<18}{'  ' + note if note else ''}".rstrip())


def number(value: float) -> str:
    """Three digits, without an exponent where a reader can do without.

    >>> number(0.01234), number(12.34), number(123456.0)
    ('0.0123', '12.3', '123456')
    """
    return f"{value:.0f}" if abs(value) >= 100.0 else f"{value:.3g}"


def show_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns aligned: words of the first one to the left, all else to the right.

    >>> show_table(("run", "mm"), [("a", "1.00"), ("longer", "10.00")])
      run        mm
      ------  -----
      a        1.00
      longer  10.00
    """
    widths = [max(map(len, column)) for column in zip(headers, *rows, strict=True)]
    for row in (headers, ["-" * width for width in widths], *rows):
        first, *others = zip(row, widths, strict=True)
        cells = (first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others))
        print("  " + "  ".join(cells).rstrip())


def child(*arguments: str, path: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a new process that takes the packages from a tree, and wait for it.

    Raises
    ------
    RuntimeError
        When it fails, with the last line of what it says.
    """
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(path), **environment},
        cwd=path,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode} and no word"]
        raise RuntimeError(said[-1])
    return done
