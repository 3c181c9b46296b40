"""``python -m benchmarks.calibration``: evaluations, searches and gradients, and what the report's study would take.

Everything runs on one thread over ten years of generated hourly weather, at the points that a search visits: how long a
step takes depends on the parameters. Times are those of the processor, not of the clock: tasks run side by side without
knowing of each other, and what else the machine does should not count.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from basin_study.calibrate import Study
from basin_study.cfe_model import CfeModel
from basin_study.dataset import Period
from basin_study.dds import dds
from basin_study.lgar_space import lgar_space
from basin_study.objective import REFUSED, Objective
from basin_study.study_settings import DataSettings, ModelSettings, StudySettings
from benchmarks.common import ROOT, Timing, of_values, part, record, say_where, show, show_table
from cfe_bmi.config_model import PARTITIONING, SOIL_SCHEMES

YEARS = 10
"""A year of warm-up and nine that are compared, as in the report's calibration."""

BASINS = {"humid": "synthetic-0002", "arid": "synthetic-0003"}
EVALUATIONS = 500
POINTS = 8
REPETITIONS = 5
LGAR_POINTS = 5
TRIVIAL_EVALUATIONS = 2000

FULL = {"basins": 498, "evaluations": 500, "soils": 2, "partitionings": 2}
"""The report's experiment, each evaluation of which takes :data:`YEARS`."""

BAR_HOURS, BAR_CORES = 1.0, 2

_Array = NDArray[np.float64]
_Schemes = list[tuple[str, str]]


class Search(NamedTuple):
    """A search and some of its points: seconds in all and points that the model took."""

    seconds: float
    points: list[_Array]
    refused: int


def cpu(work: Callable[[], object], repetitions: int = REPETITIONS) -> Timing:
    """Median, least and most of the processor time of `work` [s]."""
    times = []
    for _ in range(repetitions):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return of_values(times)


def make_study() -> Study:
    """Return two generated basins, humid and arid, and all models."""
    from basin_study.spaces import report_space

    cfe = [ModelSettings(soil, "cfe", soil, tuple(PARTITIONING), report_space(), 500) for soil in SOIL_SCHEMES]
    lgar = ModelSettings("lgar", "lgar", "", (), lgar_space(), 40)
    return Study(
        StudySettings(
            source=ROOT / "benchmark.yaml",
            name="benchmark",
            data=DataSettings("synthetic", None, {"basins": 4, "years": YEARS, "start": "1999-10-01"}),
            basins=tuple(BASINS.values()),
            periods={"calibration": Period("2000-10-01", "2009-10-01"), "test": Period("2009-10-01", "2010-10-01")},
            warmup=366 * 24,
            models=(*cfe, lgar),
            compare=(),
            trials=1,
            seed=0,
            objective=Objective.of("kge"),
            output=ROOT / "benchmark",
        )
    )


def search(model: CfeModel) -> Search:
    """Search as a study does, and keep points of the whole search that the model took."""
    visited: list[_Array] = []

    def score(shares: _Array) -> float:
        value = model.score(shares)
        if value > REFUSED:
            visited.append(shares)
        return value

    begin = time.process_time()
    found = dds(score, len(model.space), EVALUATIONS, 1, refused_below=REFUSED)
    seconds = time.process_time() - begin
    return Search(seconds, visited[:: max(1, len(visited) // POINTS)][:POINTS], found.refused)


def plain_run(model: CfeModel, points: Sequence[_Array]) -> Callable[[], None]:
    """Return the same runs by the ensemble, one by one, without a score."""
    from cfe_bmi.ensemble import initial_state, simulate

    parameters = [model.parameters(point) for point in points]
    states = [
        initial_state(p, *model.start_shares, ordinates=model.ordinates.size, lateral=model.lateral, surface=1)
        for p in parameters
    ]

    def work() -> None:
        for p, state in zip(parameters, states, strict=True):
            simulate(p, state, model.forcing, model.options, ordinates=model.ordinates)

    return work


def cfe_speed(study: Study, gradients: bool = True) -> dict[tuple[str, str], float]:
    """Time evaluations, plain runs, searches and gradients; seconds of an evaluation in a search by scheme."""
    print(f"\nCFE, {YEARS} years hourly, KGE, points of a search; per step [ns], and evaluations per second of a core")
    rows = []
    each: dict[tuple[str, str], list[float]] = {}
    costs = []
    schemes: _Schemes = list(product(SOIL_SCHEMES, PARTITIONING))
    for (soil, partitioning), (climate, basin) in product(schemes, BASINS.items()):
        model = study.model(study.settings.model(soil), partitioning, basin, "calibration")
        assert isinstance(model, CfeModel)
        model.score(model.start())
        found = search(model)
        points = found.points
        size = {"catchments": 1, "steps": model.steps, "threads": 1}
        to_step = 1e9 / model.steps / len(points)
        plain = plain_run(model, points)
        plain()
        score = cpu(lambda m=model, p=points: [m.score(x) for x in p]).scaled(to_step)  # type: ignore[misc]
        ensemble = cpu(plain).scaled(to_step)
        in_search = found.seconds / EVALUATIONS
        name = f"CFE, {soil}, {partitioning}, {climate}"
        record(f"score/{name}", score, "ns", **size)
        record(f"evaluations/{name}", 1e9 / score.median / model.steps, "1/s", **size)
        record(f"search/{name}", 1.0 / in_search, "1/s", evaluations=EVALUATIONS, **size)
        each.setdefault((soil, partitioning), []).append(in_search)
        cost = ""
        if gradients:
            costs.append(gradient_cost(model, points))
            record(f"gradient, times run/{name}", costs[-1], "1", **size)
            cost = f"{costs[-1]:.2f}"
        rows.append(
            (
                f"{soil}, {partitioning}, {climate}",
                f"{score[0]:.1f}",
                f"{score[1]:.1f} to {score[2]:.1f}",
                f"{ensemble[0]:.1f}",
                f"{score[0] / ensemble[0]:.2f}",
                f"{1e9 / score[0] / model.steps:.0f}",
                f"{in_search * 1e9 / model.steps:.1f}",
                str(found.refused),
                cost,
            )
        )
    headers = ("run", "score", "least to most", "ensemble", "ratio", "eval/s", "in DDS", "refused", "gradient")
    show_table(headers, rows)
    print(f"  in DDS: {EVALUATIONS} evaluations with spotpy, of which some are refused at once")
    if costs:
        print(f"  gradient: cost in runs of the model; the dearest, rounded up, is {math.ceil(max(costs))}")
    return {key: statistics.fmean(values) for key, values in each.items()}


def gradient_cost(model: CfeModel, points: Sequence[_Array]) -> float:
    """Time of a run with its gradient over that of a run."""
    import torch

    from basin_study.descent import CfeGradient

    torch.set_num_threads(1)
    gradient = CfeGradient(model)
    some = points[:: max(1, len(points) // 4)]
    gradient(some[0])
    with_it = cpu(lambda: [gradient(point) for point in some], 3)
    without = cpu(lambda: [model.score(point) for point in some], 3)
    return with_it[0] / without[0]


def dry_hours(study: Study) -> None:
    """Time models with their weather, without rain, and without rain and evaporation."""
    print("\nwhere the time of a CFE step goes: weather of one basin, changed, at the same points [ns]")
    for climate, basin in BASINS.items():
        data = study.data(basin, "calibration")
        wet = float((data["precipitation"].values > 0.0).mean())
        print(f" {climate}: {100.0 * wet:.0f} % of hours have rain")
        for soil in SOIL_SCHEMES:
            model = study.model(study.settings.model(soil), "schaake", basin, "calibration")
            assert isinstance(model, CfeModel)
            points = search(model).points
            # the model's own, not copies
            rain, pet = model.forcing.rain[0], model.forcing.pet[0]
            kept = rain.copy(), pet.copy()
            for label, change in (("as it is", ()), ("no rain", (rain,)), ("no rain and no evaporation", (rain, pet))):
                for field in change:
                    field[:] = 0.0
                figures = cpu(lambda m=model, p=points: [m.score(x) for x in p])  # type: ignore[misc]
                show(f"{soil}, {climate}, {label}", figures.scaled(1e9 / model.steps / len(points)), "ns")
            rain[:], pet[:] = kept


def spotpy_cost() -> float:
    """Seconds that the search itself takes for an evaluation."""
    target = np.linspace(0.2, 0.8, 9)

    def objective(shares: _Array) -> float:
        return -float(np.square(shares - target).sum())

    dds(objective, 9, 20, 0)
    print("\nDDS by spotpy, 9 parameters, an objective that costs next to nothing [us per evaluation]")
    figures = cpu(lambda: dds(objective, 9, TRIVIAL_EVALUATIONS, 0), 3)
    show(f"{TRIVIAL_EVALUATIONS} evaluations", figures.scaled(1e6 / TRIVIAL_EVALUATIONS), "us")
    few = cpu(lambda: dds(objective, 9, EVALUATIONS, 0), 3)
    show(f"{EVALUATIONS} evaluations", few.scaled(1e6 / EVALUATIONS), "us")
    return few[0] / EVALUATIONS


def lgar_speed(study: Study) -> None:
    print(f"\nLGAR, 3 layers, adaptive sub-steps, {YEARS} years hourly, points drawn at random")
    for climate, basin in BASINS.items():
        model: Any = study.model(study.settings.model("lgar"), "", basin, "calibration")
        rng = np.random.default_rng(3)
        points = [rng.uniform(size=len(model.space)) for _ in range(LGAR_POINTS)]
        model.score(points[0])
        times = [cpu(lambda m=model, p=point: m.score(p), 1)[0] for point in points]  # type: ignore[misc]
        figures = of_values(times)
        show(f"LGAR, {climate}, an evaluation", figures, "s", f"{1.0 / figures.median:.2f} evaluations/s")
        show(f"LGAR, {climate}, an hour", figures.scaled(1e6 / model.steps), "us")


def full_study(seconds: dict[tuple[str, str], float], spotpy: float, steps: int) -> None:
    """Scale the searches to the report's experiment."""
    per_scheme = FULL["basins"] * FULL["evaluations"]
    evaluations = per_scheme * FULL["soils"] * FULL["partitionings"]
    hours = sum(seconds.values()) * per_scheme / 3600.0
    print(
        f"\nthe report's study: {FULL['basins']} basins x {FULL['evaluations']} evaluations x {YEARS} years hourly x "
        f"{FULL['soils']} soils x {FULL['partitionings']} partitionings = {evaluations * steps:.2e} basin-steps"
    )
    for (soil, partitioning), value in seconds.items():
        print(f"  {f'{soil}, {partitioning}':<46}{value * per_scheme / 3600.0:>9.2f} core-hours")
    print(f"  {'all':<46}{hours:>9.2f} core-hours, {hours / BAR_CORES:.2f} h on {BAR_CORES} cores")
    print(f"  {'of these spotpy':<46}{spotpy * evaluations / 3600.0:>9.2f} core-hours")
    bar = BAR_HOURS * BAR_CORES * 3600.0 * 1e9 / (evaluations * steps)
    mean = statistics.fmean(seconds.values()) * 1e9 / steps
    print(f"  {'a step in a search':<46}{mean:>9.1f} ns; the bar is {bar:.1f} ns")


def main() -> None:
    print("\ncalibration\n===========")
    with part("calibration", threads=1):
        _measure()


def _measure() -> None:
    study = make_study()
    steps = study.data(BASINS["arid"], "calibration").sizes["time"]
    spotpy = spotpy_cost()
    seconds = cfe_speed(study)
    full_study(seconds, spotpy, steps)
    dry_hours(study)
    lgar_speed(study)


if __name__ == "__main__":
    say_where()
    main()
