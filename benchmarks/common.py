"""What the benchmarks share: repeated timings, and what every component is measured for.

Every figure is the median of several repetitions, with the least and the most beside it: machines are noisy, and only
ratios within one run are worth comparing. Timings are printed, never asserted.
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ngen_bmi.base import ComponentBmi

ROOT = Path(__file__).resolve().parents[1]
REPETITIONS = 7

_FIRST_STEP = """
import time
begin = time.perf_counter()
import numpy as np
from {package} import {name}
imported = time.perf_counter()
model = {name}()
model.initialize({config!r})
for name in model.get_input_var_names():
    model.set_value(name, np.zeros(1))
model.update()
print(imported - begin, time.perf_counter() - begin)
"""


def say_where() -> None:
    print(f"{platform.platform()}, Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} CPUs")
    print("median (least to most) of repetitions")


def repeat(work: Callable[[], object], scale: float = 1.0, repetitions: int = REPETITIONS) -> tuple[float, ...]:
    """Median, least and most of the wall time of `work`, times `scale`."""
    times = []
    for _ in range(repetitions):
        begin = time.perf_counter()
        work()
        times.append((time.perf_counter() - begin) * scale)
    return statistics.median(times), min(times), max(times)


def show(label: str, figures: tuple[float, ...], unit: str, note: str = "") -> None:
    median, least, most = figures
    print(f"  {label:<46}{median:>9.3g} {unit:<14}({least:.3g} to {most:.3g}){'  ' + note if note else ''}")


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


def start_up(component: type[ComponentBmi], config: Path) -> None:
    package = component.__module__.partition(".")[0]
    code = _FIRST_STEP.format(package=package, name=component.__name__, config=str(config))
    print("\nstart-up in a new process [s]")
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache, "PYTHONPATH": str(ROOT)}

        def times() -> list[float]:
            done = subprocess.run(
                [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
            )
            return [float(word) for word in done.stdout.split()]

        cold = times()
        warm = [times() for _ in range(REPETITIONS)]
    show("import and first step, nothing compiled", (cold[1],) * 3, "s")
    for i, label in enumerate(("import, cached", "import and first step, cached")):
        values = [pair[i] for pair in warm]
        show(label, (statistics.median(values), min(values), max(values)), "s")


def bmi_speed(component: type[ComponentBmi], config: Path, output: str) -> None:
    """Time single calls, in a step without rain."""
    print("\nBMI, one catchment, no rain [us per call]")
    model = component()
    model.initialize(str(config))
    show("initialize", repeat(lambda: model.initialize(str(config)), 1e6), "us")
    inputs = [(name, np.zeros(1)) for name in model.get_input_var_names()]
    dest = np.zeros(1)
    indices = np.zeros(1, dtype=np.int32)
    calls = 20_000

    def loop(call: Callable[[], object]) -> tuple[float, ...]:
        def work() -> None:
            for _ in range(calls):
                call()

        return repeat(work, 1e6 / calls)

    def step() -> None:
        for name, values in inputs:
            model.set_value(name, values)
        model.update()
        model.get_value(output, dest)

    step()
    show("set_value", loop(lambda: model.set_value(*inputs[0])), "us")
    show("update", loop(model.update), "us")
    show("get_value", loop(lambda: model.get_value(output, dest)), "us")
    show("get_value_at_indices", loop(lambda: model.get_value_at_indices(output, dest, indices)), "us")
    show("two set_value, update, get_value", loop(step), "us")


def memory(component: type[ComponentBmi], config: Path) -> None:
    def resident() -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    first = component()
    first.initialize(str(config))  # loads the compiled code
    before = resident()
    models = []
    for _ in range(1000):
        model = component()
        model.initialize(str(config))
        models.append(model)
    after = resident()
    print("\nmemory")
    print(f"  {'peak of this process before':<46}{before / 1024:>9.0f} MiB")
    print(f"  {'one of 1000 components':<46}{(after - before) / 1000:>9.1f} KiB")
