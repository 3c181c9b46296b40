"""``python -m benchmarks.lgar``: speed and memory of LGAR, and accuracy of its adaptive sub-steps."""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import ROOT, part, record, repeat, say_where, show, show_table
from benchmarks.component import bmi_speed, memory, start_up
from hydro_physics.jit import njit
from hydro_physics.soil_classes import soil_of_class
from hydro_physics.threads import set_threads, thread_count
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.column import begin_column, storage
from lgar_bmi.options import ADAPTIVE, CLOSED_FORM, EXACT, FIXED, LgarOptions
from lgar_bmi.parameters import PARAMETERS
from lgar_bmi.processes import derive
from lgar_bmi.setup import initial_surface, make_column, make_events, make_fronts, make_work
from lgar_bmi.step import advance_column

CONFIG = ROOT / "realizations" / "example_basin" / "lgar" / "cat-1.yml"
DEFAULTS = LgarParameters(*(variable.default or 0.0 for variable in PARAMETERS))
TABLE = "carsel_parrish_1988"
CLASSES = ("sand", "loamy sand", "sandy loam", "loam", "silt loam", "clay loam", "sandy clay loam", "silty clay loam")
STACKS = {1: ("loam",), 2: ("sandy loam", "clay loam"), 3: ("sandy loam", "loam", "clay loam")}
DRIVES = {"closed form": CLOSED_FORM, "exact": EXACT}
SUBSTEPS = {"fixed 300 s": FIXED, "adaptive": ADAPTIVE}
TOLERANCE = 1e-3
YEAR = 8760
ACCURACY_HOURS = 2000
ACCURACY_COLUMNS = 10

_Array = NDArray[Any]


class Case(NamedTuple):
    """A column and its weather: soils, thicknesses [cm], suction at the start [cm], rain and PET [mm h-1]."""

    soils: list[VanGenuchtenSoil]
    thickness: _Array
    psi: float
    parameters: LgarParameters
    rain: _Array
    pet: _Array


class Result(NamedTuple):
    """Sub-steps, and hourly infiltration, runoff, evapotranspiration and storage [cm], shape (4, hours)."""

    substeps: int
    fronts: float
    series: _Array


def weather(climate: str, hours: int, seed: int) -> tuple[_Array, _Array]:
    """Return hourly rain and potential evapotranspiration [mm h-1]: few heavy storms, or many light ones."""
    rng = np.random.default_rng(seed)
    chance, strongest, demand = {"arid": (0.008, 1.6, 0.8), "humid": (0.03, 1.0, 0.3)}[climate]
    rain = np.zeros(hours)
    for begin in np.flatnonzero(rng.random(hours) < chance):
        storm = rain[begin : begin + int(rng.integers(1, 8))]
        storm += 10.0 ** rng.uniform(-0.5, strongest) * rng.random(storm.size)
    return rain, demand * np.maximum(np.sin((np.arange(hours) % 24 - 6) / 12 * np.pi), 0.0)


@njit(inline=False)
def run_hours(fronts, work, surface, rain, pet, length, tolerance, column, c, options, events, series):  # type: ignore[no-untyped-def]
    substeps = 0
    count = 0
    for t in range(rain.size):
        surface, fluxes = advance_column(
            fronts, work, surface, rain[t], pet[t], 1.0, length, tolerance, column, c, options, events
        )
        substeps += fluxes.substeps
        count += fronts.size[0]
        series[0, t] = fluxes.infiltration
        series[1, t] = fluxes.runoff
        series[2, t] = fluxes.evapotranspiration
        series[3, t] = storage(fronts, column)
    return substeps, count / rain.size


def run(case: Case, options: LgarOptions, length_s: float = 300.0, tolerance: float = TOLERANCE) -> Result:
    column = make_column(case.soils, case.thickness, options.capillary_drive)
    fronts = make_fronts()
    begin_column(fronts, case.psi, column)
    series = np.empty((4, case.rain.size))
    length = length_s / 3600.0
    c = derive(case.parameters, column)
    substeps, count = run_hours(
        fronts, make_work(), initial_surface(length), case.rain, case.pet, length, tolerance, column, c, options,
        make_events(), series,
    )  # fmt: skip
    return Result(substeps, count, series)


def stack_of(layers: int) -> tuple[list[VanGenuchtenSoil], _Array]:
    return [soil_of_class(name, TABLE) for name in STACKS[layers]], np.full(layers, 150.0 / layers)


def column_speed() -> None:
    print(f"\none column, {YEAR} hours of seeded weather; adaptive: tolerance {TOLERANCE:g} cm, from 300 s")
    rows = []
    for layers, climate in product(STACKS, ("arid", "humid")):
        case = Case(*stack_of(layers), 2000.0, DEFAULTS, *weather(climate, YEAR, seed=7))
        fixed = 0
        for (drive, drive_option), (how, substeps) in product(DRIVES.items(), SUBSTEPS.items()):
            options = LgarOptions(capillary_drive=drive_option, substeps=substeps)
            result = run(case, options)
            fixed = result.substeps if substeps == FIXED else fixed
            figures = repeat(lambda c=case, o=options: run(c, o), 1e6 / YEAR)
            count = {"layers": layers, "fronts": round(result.fronts, 2), "substeps": round(result.substeps / YEAR, 2)}
            name = f"{climate}, {drive}, {how}"
            record(name, figures, "us", catchments=1, steps=YEAR, threads=1, **count)
            median, least, most, _ = figures.scaled(YEAR)
            rows.append(
                (
                    f"{layers} layer{'s' * (layers > 1)}, {climate}, {drive}, {how}",
                    f"{median / result.substeps:.2f}",
                    f"{least / result.substeps:.2f} to {most / result.substeps:.2f}",
                    f"{result.substeps / YEAR:.2f}",
                    f"{fixed / result.substeps:.1f}",
                    f"{median / YEAR:.2f}",
                    f"{result.fronts:.1f}",
                )
            )
    show_table(
        ("column", "us/sub-step", "least to most", "sub-steps/h", "300 s/these", "us/h", "fronts"),
        rows,
    )


def ensemble_speed() -> None:
    from lgar_bmi.ensemble import EnsembleColumns, EnsembleForcing, EnsembleTimes, initial_state, simulate

    count, steps, cores = 100, 2000, thread_count()
    rng = np.random.default_rng(7)
    soils, thickness = stack_of(3)
    rows = np.repeat(np.array(soils)[np.newaxis], count, axis=0)
    rows[:, :, 4] *= rng.uniform(0.5, 2.0, (count, 3))
    columns = EnsembleColumns(rows, thickness[np.newaxis], DEFAULTS)
    print(f"\nensemble, {count} columns of 3 layers, {steps} hours, exact drive, one output [us per column-hour, wall]")
    for climate, (how, substeps) in product(("arid", "humid"), SUBSTEPS.items()):
        weathers = [weather(climate, steps, seed) for seed in range(count)]
        forcing = EnsembleForcing(*(np.array(values) for values in zip(*weathers, strict=True)))
        one = 0.0
        for threads in sorted({1, min(2, cores)}):
            set_threads(threads)
            state = initial_state(columns, 2000.0)

            def work(s=state, f=forcing, o=LgarOptions(substeps=substeps)):  # noqa: B008
                simulate(columns, s, f, o, times=EnsembleTimes(tolerance=TOLERANCE))

            work()
            figures = repeat(work, 1e6 / count / steps, repetitions=3)
            one = figures.median if threads == 1 else one
            note = f"{one / figures.median:.2f} x one thread"
            size = {"catchments": count, "steps": steps, "threads": threads}
            show(f"{climate}, {how}, {threads} thread(s)", figures, "us", note, name=f"{climate}, {how}", **size)
    set_threads(cores)


def bmi_year() -> None:
    from lgar_bmi import BmiLgar
    from lgar_bmi.variables import PET, RAIN

    print("\nBMI, one catchment of 3 layers, adaptive sub-steps [us per hour]")
    dest, value = np.zeros(1), np.zeros(1)
    for climate in ("arid", "humid"):
        rain, pet = weather(climate, YEAR, seed=7)
        model = BmiLgar()

        def work(model=model, rain=rain, pet=pet):
            model.initialize(str(CONFIG))
            for t in range(YEAR):
                value[0] = rain[t]
                model.set_value(RAIN, value)
                value[0] = pet[t]
                model.set_value(PET, value)
                model.update()
                model.get_value("total_discharge", dest)

        work()
        show(f"a year, {climate}: two set_value, update, get_value", repeat(work, 1e6 / YEAR), "us")


def accuracy_case(seed: int) -> Case:
    """Return a random column of 1 to 3 texture classes under arid weather."""
    rng = np.random.default_rng(seed)
    layers = int(rng.integers(1, 4))
    soils = [soil_of_class(CLASSES[k], TABLE) for k in rng.integers(0, len(CLASSES), layers)]
    parameters = DEFAULTS._replace(ponded_depth_max=float(rng.choice([0.0, 1.0])))
    thickness = rng.uniform(10.0, 100.0, layers)
    psi = float(10.0 ** rng.uniform(2.0, 4.0))
    return Case(soils, thickness, psi, parameters, *weather("arid", ACCURACY_HOURS, seed + 10_000))


def misfit(result: Result, reference: Result) -> tuple[float, float, float]:
    """Return the largest differences of cumulative infiltration and AET, and the rms of that of storage [mm]."""
    difference = 10.0 * (result.series - reference.series)
    sums = np.abs(np.cumsum(difference, axis=1)).max(axis=1)
    return float(sums[0]), float(sums[2]), float(np.sqrt(np.mean(difference[3] ** 2)))


def accuracy() -> None:
    """Compare adaptive and 300 s sub-steps with fixed ones of 30 s."""
    rows = []
    numbers = []
    for seed in range(ACCURACY_COLUMNS):
        case = accuracy_case(seed)
        reference = run(case, LgarOptions(), length_s=30.0)
        fixed = run(case, LgarOptions())
        adaptive = run(case, LgarOptions(substeps=ADAPTIVE))
        errors = [e for pair in zip(misfit(fixed, reference), misfit(adaptive, reference), strict=True) for e in pair]
        rain, infiltrated = case.rain.sum(), 10.0 * reference.series[0].sum()
        numbers.append(
            (rain, infiltrated, fixed.substeps, adaptive.substeps, fixed.substeps / adaptive.substeps, *errors)
        )
        rows.append((f"{seed}: {', '.join(name_of(soil) for soil in case.soils)}", *formatted(numbers[-1])))
    columns = np.array(numbers)
    rows.append(("median", *formatted(np.median(columns, axis=0))))
    worst = [columns[:, 4].min(), *columns[:, 5:].max(axis=0)]
    rows.append(("worst", "", "", "", "", f"{worst[0]:.1f}", *(f"{error:.3f}" for error in worst[1:])))
    print(
        f"\naccuracy against fixed sub-steps of 30 s: {ACCURACY_COLUMNS} seeded arid columns, {ACCURACY_HOURS} hours, "
        f"exact drive, tolerance {TOLERANCE:g} cm;\nn: sub-steps, repeated ones included; errors [mm]: largest of "
        f"cumulative infiltration I and of cumulative AET, rms of storage S;\n300: fixed 300 s, ad: adaptive"
    )
    headers = ("column", "rain", "infilt.", "n 300", "n ad", "300/ad")
    show_table((*headers, "I 300", "I ad", "AET 300", "AET ad", "S 300", "S ad"), rows)


def name_of(soil: VanGenuchtenSoil) -> str:
    return next(name for name in CLASSES if soil_of_class(name, TABLE) == soil)


def formatted(numbers: Any) -> tuple[str, ...]:
    rain, infiltrated, fixed, adaptive, ratio, *errors = numbers
    totals = (f"{rain:.0f}", f"{infiltrated:.0f}", f"{fixed:.0f}", f"{adaptive:.0f}", f"{ratio:.1f}")
    return (*totals, *(f"{error:.3f}" for error in errors))


def main() -> None:
    from lgar_bmi import BmiLgar

    print("\nLGAR\n====")
    with part("lgar"):
        start_up(BmiLgar, CONFIG)
        memory(BmiLgar, CONFIG)
        bmi_speed(BmiLgar, CONFIG, "total_discharge")
        with part("bmi"):
            bmi_year()
        with part("column"):
            column_speed()
        with part("ensemble"):
            ensemble_speed()
        accuracy()


if __name__ == "__main__":
    say_where()
    main()
