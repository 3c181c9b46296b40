"""What every component is measured for: its start, its calls and its memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.common import REPETITIONS, Timing, child, of_values, part, repeat, show
from ngen_bmi.base import ComponentBmi
from ngen_ensemble.process_memory import resident_memory

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


def start_up(component: type[ComponentBmi], config: Path) -> None:
    """Time import and first step in new processes: with nothing compiled, and with everything."""
    package = component.__module__.partition(".")[0]
    code = _FIRST_STEP.format(package=package, name=component.__name__, config=str(config))
    with part("start", "start-up in a new process [s]"), tempfile.TemporaryDirectory() as cache:

        def times() -> list[float]:
            return [float(word) for word in child("-c", code, NUMBA_CACHE_DIR=cache).stdout.split()]

        cold = times()
        warm = [times() for _ in range(REPETITIONS)]
        show("import and first step, nothing compiled", cold[1], "s")
        for i, label in enumerate(("import, cached", "import and first step, cached")):
            show(label, of_values([pair[i] for pair in warm]), "s")


def bmi_speed(component: type[ComponentBmi], config: Path, output: str, calls: int = 20_000) -> None:
    """Time single calls, in a step without rain."""
    model = component()
    model.initialize(str(config))
    inputs = [(name, np.zeros(1)) for name in model.get_input_var_names()]
    dest = np.zeros(1)
    indices = np.zeros(1, dtype=np.int32)

    def loop(call: Callable[[], object]) -> Timing:
        def work() -> None:
            for _ in range(calls):
                call()

        return repeat(work, 1e6 / calls)

    def step() -> None:
        for name, values in inputs:
            model.set_value(name, values)
        model.update()
        model.get_value(output, dest)

    with part("bmi", "BMI, one catchment, no rain [us per call]", catchments=1, threads=1):
        show("initialize", repeat(lambda: model.initialize(str(config)), 1e6), "us")
        step()
        show("set_value", loop(lambda: model.set_value(*inputs[0])), "us")
        show("update", loop(model.update), "us")
        show("get_value", loop(lambda: model.get_value(output, dest)), "us")
        show("get_value_at_indices", loop(lambda: model.get_value_at_indices(output, dest, indices)), "us")
        show("two set_value, update, get_value", loop(step), "us", name="step")


def memory(component: type[ComponentBmi], config: Path) -> None:
    """What one of many components takes."""
    first = component()
    first.initialize(str(config))  # loads the compiled code
    before = resident_memory()
    models = []
    for _ in range(1000):
        model = component()
        model.initialize(str(config))
        models.append(model)
    with part("memory", "memory"):
        show("one of 1000 components", (resident_memory() - before) / 1024 / 1000, "KiB")
