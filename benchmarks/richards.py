"""``python -m benchmarks.richards``: speed of the Richards equation, its accuracy, and LGAR on the same columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from benchmarks.common import ROOT, part, record, repeat, say_where, show_table
from benchmarks.component import bmi_speed, memory, start_up
from benchmarks.lgar import CLASSES, DEFAULTS, STACKS, TABLE, YEAR, weather
from hydro_physics.jit import HAVE_NUMBA
from hydro_physics.soil_classes import soil_of_class
from hydro_physics.threads import set_threads, thread_count
from lgar_bmi import ensemble as lgar
from lgar_bmi.options import ADAPTIVE, LgarOptions
from richards_bmi import BmiRichards
from richards_bmi.coefficients import RichardsParameters
from richards_bmi.ensemble import (
    EnsembleColumn,
    EnsembleForcing,
    EnsembleRun,
    EnsembleTimes,
    initial_state,
    simulate,
)
from richards_bmi.grid_settings import GridSettings, SolverSettings
from richards_bmi.parameters import PARAMETERS

CONFIG = ROOT / "realizations" / "example_basin" / "richards" / "cat-1.yml"
DEPTH = 200.0
PSI = 2000.0
ROOTS = 60.0
WITH_RUNOFF = {
    "clay loam": (("clay loam",), (DEPTH,)),
    "crust on loam": (("silty clay loam", "loam"), (10.0, DEPTH - 10.0)),
}
FINEST = GridSettings(cell=0.25, surface_cell=0.05), SolverSettings(tolerance=1e-5)
OUTPUTS = ("infiltration", "surface_runoff", "actual_evapotranspiration")

_PARAMETERS = RichardsParameters(*(variable.default or 0.0 for variable in PARAMETERS))


class Case(NamedTuple):
    """A column cut into cells, and its forcing."""

    column: EnsembleColumn
    forcing: EnsembleForcing


def case(names: Sequence[str], thickness: Sequence[float], climate: str, grid: GridSettings, hours: int) -> Case:
    soils = [soil_of_class(name, TABLE) for name in names]
    rain, pet = weather(climate, hours, seed=7)
    column = EnsembleColumn(soils, thickness, _PARAMETERS, ROOTS, grid=grid)
    return Case(column, EnsembleForcing(rain[np.newaxis], pet[np.newaxis]))


def run(chosen: Case, solver: SolverSettings | None = None) -> EnsembleRun:
    columns = [chosen.column]
    times = EnsembleTimes(solver=solver or SolverSettings())
    return simulate(columns, initial_state(columns, PSI), chosen.forcing, outputs=OUTPUTS, times=times)


def run_lgar(chosen: Case) -> None:
    soils = np.array(chosen.column.soils)[np.newaxis]
    columns = lgar.EnsembleColumns(soils, np.array([chosen.column.thickness]), DEFAULTS)
    forcing = lgar.EnsembleForcing(*chosen.forcing)
    lgar.simulate(columns, lgar.initial_state(columns, PSI), forcing, LgarOptions(substeps=ADAPTIVE), OUTPUTS)


def year() -> None:
    print(
        f"\none column, {DEPTH:g} cm, {YEAR} hours of seeded weather, one core; tolerance 1e-3 cm, surface cells 0.1 cm"
    )
    rows = []
    for layers, climate, cell in product(STACKS, ("arid", "humid"), (1.0, 0.5)):
        names, thickness = STACKS[layers], [DEPTH / layers] * layers
        chosen = case(names, thickness, climate, GridSettings(cell=cell), YEAR)
        result = run(chosen)
        run_lgar(chosen)
        nodes = result.state.psi.size
        substeps, repeated, systems = result.counts[0].tolist()
        figures = repeat(lambda c=chosen: run(c), repetitions=5)
        median, least, most, _ = figures
        of_lgar = repeat(lambda c=chosen: run_lgar(c), repetitions=5).median
        case_of = f"{layers} layers, {climate}, cells {cell:g} cm"
        record(case_of, figures, "s", catchments=1, steps=YEAR, threads=1, layers=layers, nodes=nodes)
        rows.append(
            (
                f"{layers} layer{'s' * (layers > 1)}, {climate}, cells {cell:g} cm ({nodes})",
                f"{median:.2f}",
                f"{least:.2f} to {most:.2f}",
                f"{substeps / YEAR:.2f}",
                f"{100 * repeated / substeps:.0f}",
                f"{systems / substeps:.2f}",
                f"{median / systems / nodes * 1e9:.0f}",
                f"{median / of_lgar:.0f}",
            )
        )
    show_table(
        (
            "column (nodes)",
            "s a year",
            "least to most",
            "sub-steps/h",
            "repeated %",
            "systems/sub-step",
            "ns/node and system",
            "times LGAR",
        ),
        rows,
    )


def accuracy() -> None:
    hours = 2000
    print(f"\nerror of the sums of {hours} hours against cells of 0.25 cm and a tolerance of 1e-5 cm [% of rain]")
    rows = []
    for (label, (names, thickness)), climate in product(WITH_RUNOFF.items(), ("arid", "humid")):
        exact = run(case(names, thickness, climate, FINEST[0], hours), FINEST[1])
        for cell, tolerance in product((2.0, 1.0, 0.5), (1e-2, 1e-3, 1e-4)):
            chosen = case(names, thickness, climate, GridSettings(cell=cell), hours)
            result = run(chosen, SolverSettings(tolerance=tolerance))
            rain = chosen.forcing.rain.sum() / 1000.0
            errors = [100.0 * (result.outputs[name].sum() - exact.outputs[name].sum()) / rain for name in OUTPUTS]
            row = f"{label}, {climate}, cells {cell:g} cm, tolerance {tolerance:g} cm"
            rows.append((row, *(f"{error:+.3f}" for error in errors), f"{result.counts[0, 0] / hours:.2f}"))
    show_table(("column", "infiltration", "runoff", "evapotranspiration", "sub-steps/h"), rows)


def ensemble() -> None:
    if not HAVE_NUMBA:
        return
    count, hours = 16, 2000
    print(f"\n{count} columns of one soil class each, {hours} hours, arid")
    columns = [
        EnsembleColumn([soil_of_class(CLASSES[b % len(CLASSES)], TABLE)], [DEPTH], _PARAMETERS, ROOTS)
        for b in range(count)
    ]
    forcing = EnsembleForcing(*(series[np.newaxis] for series in weather("arid", hours, seed=11)))
    state = initial_state(columns, PSI)
    most = thread_count()
    rows = []
    alone = 0.0
    for threads in sorted({1, most}):
        set_threads(threads)
        figures = repeat(lambda: simulate(columns, state, forcing), repetitions=3)
        median, least, slowest, _ = figures
        alone = alone or median
        record("ensemble", figures, "s", catchments=count, steps=hours, threads=threads)
        scale = YEAR / hours / count
        rows.append((f"{threads} threads", f"{median * scale:.2f}", f"{least * scale:.2f} to {slowest * scale:.2f}",
                     f"{alone / median:.2f}"))  # fmt: skip
    set_threads(most)
    show_table(("", "s a column-year", "least to most", "times one"), rows)


def main() -> None:
    print("\nRichards\n========")
    with part("richards"):
        with part("year"):
            year()
        accuracy()
        ensemble()
        bmi_speed(BmiRichards, CONFIG, "total_discharge")
        memory(BmiRichards, CONFIG)
        start_up(BmiRichards, CONFIG)


if __name__ == "__main__":
    say_where()
    main()
