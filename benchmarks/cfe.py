"""``python -m benchmarks.cfe``: speed and memory of CFE."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np

from benchmarks import limits
from benchmarks.common import ROOT, part, repeat, say_where, show
from benchmarks.component import bmi_speed, memory, start_up
from benchmarks.machine import cores
from benchmarks.workloads import ORDINATES, rain_and_pet
from cfe_bmi.ensemble import EnsembleForcing, initial_state, simulate
from cfe_bmi.examples import CAT_87
from cfe_bmi.state import CLASSIC, GIUH, NASH, ODE, SCHAAKE, XINANJIANG, CfeOptions
from hydro_physics.threads import set_threads, thread_count

CONFIG = ROOT / "realizations" / "example_basin" / "cfe_classic" / "cat-1.yml"
SOILS = {"classic": CLASSIC, "ODE": ODE}
PARTITIONINGS = {"Schaake": SCHAAKE, "Xinanjiang": XINANJIANG}
RUNOFFS = {"GIUH": GIUH, "Nash": NASH}
SIZES = ((1, 8760), (100, 8760), (10_000, 240))
"""Basins and steps; forcing and one output of the last take 38 MB."""

SHORTEST = 0.03
"""Seconds of a repetition: so short a disturbance would otherwise be all of it."""

QUICK_SIZES = ((1, 1000), (100, 1000))
BASINS = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000)
STEPS = (24, 240, 2400, 8760, 87_600)


def plain_work(
    catchments: int, steps: int, options: CfeOptions | None = None, **changes: float
) -> Callable[[], object]:
    """Return a run of an ensemble with seeded weather, one output."""
    options = options or CfeOptions()
    rng = np.random.default_rng(7)
    parameters = CAT_87._replace(satdk=CAT_87.satdk * rng.uniform(0.5, 2.0, catchments), **changes)
    giuh = options.surface_runoff == GIUH
    shares = ORDINATES if giuh else (1.0,)
    state = initial_state(parameters, 0.6, 0.1, ordinates=len(shares), surface=1 if giuh else 2)
    forcing = EnsembleForcing(*rain_and_pet(catchments, steps))
    return lambda: simulate(parameters, state, forcing, options, ordinates=shares)


def timed(name: str, catchments: int, steps: int, threads: int, work: Callable[[], object], base: float = 0.0) -> float:
    """Show and record the time of a basin-step; return its median [ns]."""
    set_threads(threads)
    work()
    figures = repeat(work, 1e9 / catchments / steps, shortest=SHORTEST)
    note = f"{figures.median / base:.2f} x classic" if base else ""
    show(name, figures, "ns", note, catchments=catchments, steps=steps, threads=threads)
    return figures.median


def ensemble_speed(quick: bool = False) -> None:
    """Time all schemes, one basin and many, one thread and two."""
    runoffs = {"GIUH": GIUH} if quick else RUNOFFS
    with part("cfe/ensemble", "ensemble, hourly steps, one output [ns per basin-step, wall]"):
        for catchments, steps in QUICK_SIZES if quick else SIZES:
            for threads in (1,) if catchments == 1 else range(1, min(2, cores()) + 1):
                print(f" {catchments} basin(s), {steps} steps, {threads} thread(s)")
                classic = 0.0
                for soil, partitioning, runoff in product(SOILS, PARTITIONINGS, runoffs):
                    options = CfeOptions(SOILS[soil], PARTITIONINGS[partitioning], runoffs[runoff])
                    name = f"{soil}, {partitioning}, {runoff}"
                    median = timed(name, catchments, steps, threads, plain_work(catchments, steps, options), classic)
                    classic = classic or median
                if catchments == 1 and not quick:
                    work = plain_work(1, steps, CfeOptions(ODE), soil_expon=2.0, soil_expon_secondary=1.5)
                    timed("ODE, exponents 2 and 1.5 (no closed form)", 1, steps, 1, work, classic)
    limits.show_fractions()


def scaling(quick: bool = False) -> None:
    """Time the classic scheme for more and more basins, and for more and more steps."""
    with part("cfe/scaling/basins", "classic, Schaake, GIUH, more and more basins x 240 steps [ns per basin-step]"):
        for count, threads in product(BASINS[:5] if quick else BASINS, range(1, min(2, cores()) + 1)):
            timed(f"{count} basins, {threads} thread(s)", count, 240, threads, plain_work(count, 240))
    with part("cfe/scaling/steps", "10 basins, more and more steps, one thread [ns per basin-step]"):
        for steps in STEPS[:3] if quick else STEPS:
            timed(f"{steps} steps", 10, steps, 1, plain_work(10, steps))


def main(quick: bool = False) -> None:
    from cfe_bmi import BmiCfe

    print("\nCFE\n===")
    before = thread_count()
    with part("cfe"):
        if not quick:
            start_up(BmiCfe, CONFIG)
            memory(BmiCfe, CONFIG)
        bmi_speed(BmiCfe, CONFIG, "Q_OUT", calls=2000 if quick else 20_000)
    ensemble_speed(quick)
    scaling(quick)
    set_threads(before)


if __name__ == "__main__":
    say_where()
    limits.measure()
    main()
