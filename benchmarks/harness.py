"""``python -m benchmarks.harness``: what the harness costs beside the models, and what further processes save."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.common import ROOT, of_values, part, repeat, say_where, show
from benchmarks.machine import cores
from benchmarks.workloads import PET, RAIN, write_basin

CONFIG = ROOT / "realizations" / "example_basin" / "cfe_classic" / "cat-1.yml"
CATCHMENTS = 60
HOURS = 24 * 30
LONG = 24 * 120
"""Hours of the runs in several processes: starting one takes a second or two, which only a long run pays back."""
COLUMNS = ("RAIN_RATE", "POTENTIAL_ET", "ACTUAL_ET", "DIRECT_RUNOFF", "SOIL_STORAGE", "Q_OUT")


def _model_alone() -> float:
    """Seconds for the calls that the run cannot do without: set the inputs, update, read the outputs."""
    from cfe_bmi import BmiCfe

    models = []
    for _ in range(CATCHMENTS):
        model = BmiCfe()
        model.initialize(str(CONFIG))
        models.append(model)
    rain, pet, target, first = np.zeros(1), np.full(1, 2e-8), np.zeros(1), np.zeros(1, np.int32)
    begin = time.perf_counter()
    for _ in range(HOURS):
        for model in models:
            model.set_value(RAIN, rain)
            model.set_value(PET, pet)
            model.update()
            for name in COLUMNS:
                model.get_value_at_indices(name, target, first)
    return time.perf_counter() - begin


def main(quick: bool = False) -> None:
    from ngen_harness import run

    print(f"\nHarness, {CATCHMENTS} catchments with CFE, {HOURS} hours, {len(COLUMNS)} columns\n=======")
    per_step = 1e6 / CATCHMENTS / HOURS
    with tempfile.TemporaryDirectory() as name, part("harness", catchments=CATCHMENTS):
        realization, catchments = write_basin(Path(name), CATCHMENTS, HOURS, COLUMNS)

        def go(**options: object) -> None:
            run(realization, catchments=catchments, progress=False, **options)  # type: ignore[arg-type]

        go()  # compiles
        own = of_values([_model_alone() * per_step for _ in range(3)])
        print("\none process [us per catchment-step, everything included: reading, models, files]")
        show("inputs, update and outputs of the model alone", own, "us", name="model alone", steps=HOURS)
        for label, work in ways(realization, catchments).items():
            work()
            figures = repeat(work, per_step, 3)
            show(label, figures, "us", f"framework {figures.median - own.median:.3g} us", steps=HOURS)
        if quick:
            return
        write_basin(Path(name), CATCHMENTS, LONG, COLUMNS)
        print(f"\nprocesses, all of ngen's calls, {LONG} hours, {cores()} cores [s for the run]")
        alone = 0.0
        for workers in sorted({1, 2, cores()}):
            figures = repeat(lambda workers=workers: go(workers=workers), repetitions=3)
            alone = alone or figures.median
            note = f"{alone / figures.median:.2f} x"
            show(f"--workers {workers}", figures, "s", note, name="workers", workers=workers, steps=LONG)


def ways(realization: Path, catchments: Path) -> dict[str, Callable[[], object]]:
    """Ways to run a realization; one of a streaming run, with a realization of its own, would be one more here."""
    from ngen_harness import run

    return {
        "run, all of ngen's calls": lambda: run(realization, catchments=catchments, progress=False),
        "run, --fast": lambda: run(realization, catchments=catchments, progress=False, faithful_calls=False),
    }


if __name__ == "__main__":
    say_where()
    main()
