"""``make bench``: speed and memory of CFE. Timings are printed, never asserted.

Every figure is the median of several repetitions, with the least and the most beside it: machines are noisy, and only
ratios within one run are worth comparing.
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
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "realizations" / "example_basin" / "cfe_classic" / "cat-1.yml"
REPETITIONS = 7

_FIRST_STEP = """
import time
begin = time.perf_counter()
import numpy as np
from cfe_bmi import BmiCfe
imported = time.perf_counter()
model = BmiCfe()
model.initialize({config!r})
for name in model.get_input_var_names():
    model.set_value(name, np.zeros(1))
model.update()
print(imported - begin, time.perf_counter() - begin)
"""


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


def ensemble_speed() -> None:
    import numba

    from cfe_bmi.ensemble import EnsembleForcing, initial_state, simulate
    from cfe_bmi.examples import CAT_87
    from cfe_bmi.state import GIUH, NASH, ODE, SCHAAKE, XINANJIANG, CfeOptions

    steps = 8760
    rng = np.random.default_rng(7)
    rain = np.where(rng.random((1, steps)) < 0.06, rng.gamma(0.8, 3.0, (1, steps)), 0.0)
    pet = np.clip(1.2e-7 * np.sin(2 * np.pi * (np.arange(steps) % 24 - 6) / 24), 0.0, None)[None]
    ordinates = (0.06, 0.51, 0.28, 0.12, 0.03)
    cores = numba.config.NUMBA_NUM_THREADS
    cases = {
        "classic, Schaake, GIUH": CfeOptions(),
        "ODE, Schaake, GIUH": CfeOptions(soil_scheme=ODE),
        "classic, Xinanjiang, GIUH": CfeOptions(partitioning=XINANJIANG),
        "ODE, Xinanjiang, GIUH": CfeOptions(soil_scheme=ODE, partitioning=XINANJIANG),
        "classic, Schaake, surface Nash (10 sub-steps)": CfeOptions(partitioning=SCHAAKE, surface_runoff=NASH),
    }
    print(f"\nensemble, {steps} steps, one output [ns per catchment-step, wall]")
    powers = {"soil_expon": 2.0, "soil_expon_secondary": 1.5}
    classic = 0.0
    for catchments, threads in ((1, 1), (100, 1), (100, cores)):
        numba.set_num_threads(threads)
        print(f" {catchments} catchment(s), {threads} thread(s)")
        forcing = EnsembleForcing(np.repeat(rain, catchments, axis=0), pet)
        group = {label: (options, {}) for label, options in cases.items()}
        if catchments == 1:
            group["ODE, exponents 2 and 1.5 (no closed form)"] = (CfeOptions(soil_scheme=ODE), powers)
        for label, (options, changes) in group.items():
            giuh = options.surface_runoff == GIUH
            parameters = CAT_87._replace(satdk=CAT_87.satdk * rng.uniform(0.5, 2.0, catchments), **changes)
            state = initial_state(parameters, 0.6, 0.1, ordinates=5 if giuh else 1, surface=1 if giuh else 2)
            shares = ordinates if giuh else (1.0,)

            def work(p=parameters, s=state, f=forcing, o=options, g=shares):
                simulate(p, s, f, o, ordinates=g)

            work()
            figures = repeat(work, 1e9 / catchments / steps)
            if label.startswith("classic, Schaake, GIUH"):
                classic = figures[0]
            show(label, figures, "ns", f"{figures[0] / classic:.2f} x classic")


def bmi_speed() -> None:
    from cfe_bmi import BmiCfe

    print("\nBMI, one catchment [us per call]")
    model = BmiCfe()
    model.initialize(str(CONFIG))
    show("initialize", repeat(lambda: model.initialize(str(CONFIG)), 1e6), "us")
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
        model.get_value("Q_OUT", dest)

    step()
    show("set_value", loop(lambda: model.set_value(*inputs[0])), "us")
    show("update", loop(model.update), "us")
    show("get_value", loop(lambda: model.get_value("Q_OUT", dest)), "us")
    show("get_value_at_indices", loop(lambda: model.get_value_at_indices("Q_OUT", dest, indices)), "us")
    show("two set_value, update, get_value", loop(step), "us")


def start_up() -> None:
    code = _FIRST_STEP.format(config=str(CONFIG))
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


def memory() -> None:
    from cfe_bmi import BmiCfe

    def resident() -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    first = BmiCfe()
    first.initialize(str(CONFIG))  # loads the compiled code
    before = resident()
    models = []
    for _ in range(1000):
        model = BmiCfe()
        model.initialize(str(CONFIG))
        models.append(model)
    after = resident()
    print("\nmemory")
    print(f"  {'peak of this process before':<46}{before / 1024:>9.0f} MiB")
    print(f"  {'one of 1000 components':<46}{(after - before) / 1000:>9.1f} KiB")


def main() -> None:
    print(f"{platform.platform()}, Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} CPUs")
    print("median (least to most) of repetitions")
    start_up()
    memory()
    bmi_speed()
    ensemble_speed()


if __name__ == "__main__":
    main()
