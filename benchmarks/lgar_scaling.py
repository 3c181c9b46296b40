"""``python -m benchmarks.lgar_scaling``: LGAR's cost against columns, hours, layers and wetting fronts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.common import part, repeat, say_where, show
from benchmarks.lgar import DEFAULTS, STACKS, TABLE, TOLERANCE, Case, run, stack_of, weather
from benchmarks.machine import cores
from hydro_physics.soil_classes import soil_of_class
from hydro_physics.threads import set_threads, thread_count
from lgar_bmi.ensemble import EnsembleColumns, EnsembleForcing, EnsembleTimes, initial_state, simulate
from lgar_bmi.options import ADAPTIVE, LgarOptions

SIZES = ((1, 2000), (100, 500), (10_000, 24))
"""Columns and hours."""

QUICK_SIZES = ((1, 200), (20, 100))
COLUMNS = (1, 3, 10, 30, 100, 300, 1000)
HOURS = (24, 240, 2400, 8760)
LAYERS = (1, 2, 3, 4, 6, 8)
CLASSES = ("sandy loam", "loam", "silt loam", "clay loam")
EVERY = (200, 100, 50, 25, 12)
"""Hours from one storm to the next: the nearer they are, the more fronts are on their way at a time."""

MANY = 10_000

WEATHERS = 50
"""Series that are made; more columns than that share them."""


def plain_work(count: int, hours: int, layers: int = 3, climate: str = "arid") -> Callable[[], object]:
    """Return a run of an ensemble of columns, exact drive, adaptive sub-steps, one output."""
    soils, thickness = stack_of(layers)
    rng = np.random.default_rng(7)
    rows = np.repeat(np.array(soils)[np.newaxis], count, axis=0)
    rows[:, :, 4] *= rng.uniform(0.5, 2.0, (count, layers))
    columns = EnsembleColumns(rows, thickness[np.newaxis], DEFAULTS)
    # the storms begin early, so that short runs have some too
    made = [weather(climate, hours + 100, seed) for seed in range(min(count, WEATHERS))]
    series = [np.array([made[b % len(made)][k][-hours:] for b in range(count)]) for k in (0, 1)]
    forcing = EnsembleForcing(*series)
    state, times = initial_state(columns, 2000.0), EnsembleTimes(tolerance=TOLERANCE)
    options = LgarOptions(substeps=ADAPTIVE)
    return lambda: simulate(columns, state, forcing, options, times=times)


def timed(label: str, count: int, hours: int, threads: int, work: Callable[[], object], name: str, **also: int) -> None:
    """Show and record the time of a column-hour."""
    set_threads(threads)
    work()
    figures = repeat(work, 1e6 / count / hours, 5 if count < MANY else 3, shortest=0.03)
    show(label, figures, "us", name=name, catchments=count, steps=hours, threads=threads, **also)


def ensembles(quick: bool = False) -> None:
    """Time 1, 2 and 3 layers, humid and arid, one column and many, one thread and two."""
    title = "LGAR, ensemble, exact drive, adaptive sub-steps, one output [us per column-hour, wall]"
    with part("lgar/ensemble/layers", title):
        for count, hours in QUICK_SIZES if quick else SIZES:
            for threads in (1,) if count == 1 else range(1, min(2, cores()) + 1):
                print(f" {count} column(s), {hours} hours, {threads} thread(s)")
                for layers in (3,) if quick else STACKS:
                    for climate in ("arid", "humid"):
                        work = plain_work(count, hours, layers, climate)
                        label = f"{layers} layer{'s' * (layers > 1)}, {climate}"
                        timed(label, count, hours, threads, work, climate, layers=layers)


def sizes(quick: bool = False) -> None:
    """Time more and more columns, and more and more hours."""
    with part("lgar/scaling/columns", "LGAR, 3 layers, more and more columns x 240 hours [us per column-hour]"):
        for count in COLUMNS[:3] if quick else COLUMNS:
            for threads in range(1, min(2, cores()) + 1):
                label = f"{count} columns, {threads} thread(s)"
                timed(label, count, 240, threads, plain_work(count, 240), "columns")
    with part("lgar/scaling/hours", "10 columns, more and more hours, one thread [us per column-hour]"):
        for hours in HOURS[:2] if quick else HOURS:
            timed(f"{hours} hours", 10, hours, 1, plain_work(10, hours), "hours")


def storms(hours: int, every: int) -> tuple[np.ndarray, np.ndarray]:
    """Rain of 3 mm/h for 2 h, as often as asked for, and no evaporation, which would use fronts up."""
    rain = np.where(np.arange(hours) % every < 2, 3.0, 0.0)
    return rain, np.zeros(hours)


def depth(quick: bool = False) -> None:
    """Time more and more layers, and more and more fronts in one layer, fixed sub-steps of 300 s."""
    hours = 200 if quick else 1000
    options = LgarOptions()
    with part("lgar/scaling/layers", "layers of 200 cm in all, arid weather, fixed 300 s [us per sub-step]"):
        for layers in LAYERS[:2] if quick else LAYERS:
            soils = [soil_of_class(CLASSES[k % len(CLASSES)], TABLE) for k in range(layers)]
            case = Case(soils, np.full(layers, 200.0 / layers), 2000.0, DEFAULTS, *weather("arid", hours, 7))
            _substep(f"{layers} layer{'s' * (layers > 1)}", case, options, "layers", layers=layers)
    with part("lgar/scaling/fronts", "fronts in one layer of loam, 2000 cm, fixed 300 s [us per sub-step]"):
        for every in EVERY[:2] if quick else EVERY:
            soils = [soil_of_class("loam", TABLE)]
            case = Case(soils, np.array([2000.0]), 2000.0, DEFAULTS, *storms(hours, every))
            _substep(f"a storm every {every} h", case, options, "fronts", every=every)


def _substep(label: str, case: Case, options: LgarOptions, name: str, **conditions: int) -> None:
    result = run(case, options)
    figures = repeat(lambda: run(case, options), 1e6 / result.substeps, 5)
    fronts = round(result.fronts, 2)
    note = f"{fronts:.1f} fronts on average"
    show(label, figures, "us", note, name=name, fronts=fronts, steps=case.rain.size, threads=1, **conditions)


def main(quick: bool = False) -> None:
    before = thread_count()
    ensembles(quick)
    sizes(quick)
    depth(quick)
    set_threads(before)


if __name__ == "__main__":
    say_where()
    main()
