"""Columns for tests of LGAR's physics: built from configurations or soils, run in one compiled loop, and LGAR-C's own
results to compare them with."""

import csv
import gzip
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hydro_physics.jit import njit
from hydro_physics.routing import route_giuh
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.column import CAPACITY, Column, Fronts, begin_column, storage
from lgar_bmi.config import load_config
from lgar_bmi.events import FULL
from lgar_bmi.options import EXACT, LgarOptions
from lgar_bmi.processes import LgarCoefficients, derive
from lgar_bmi.setup import initial_surface, make_column, make_events, make_fronts, make_work
from lgar_bmi.state import Surface, Work
from lgar_bmi.step import advance_column

# Soils of LGAR-C's test cases (NOAA-OWP/LGAR-C, vG_default_params*.dat)
PHILLIPSBURG = (
    VanGenuchtenSoil(0.0648, 0.4513, 0.0031297, 1.6858, 0.45),
    VanGenuchtenSoil(0.0831, 0.4773, 0.0083272, 1.299, 0.07),
    VanGenuchtenSoil(0.0668, 0.4617, 0.0037454, 1.6151, 0.45),
)
SYNTH_1 = (
    VanGenuchtenSoil(0.078, 0.43, 0.036, 1.56, 3.12),
    VanGenuchtenSoil(0.095, 0.41, 0.019, 1.31, 0.26),
    VanGenuchtenSoil(0.089, 0.43, 0.010, 1.23, 0.07),
)
SYNTH_2 = (
    VanGenuchtenSoil(0.057, 0.41, 0.124, 2.28, 14.59),
    VanGenuchtenSoil(0.078, 0.43, 0.036, 1.56, 1.04),
    VanGenuchtenSoil(0.067, 0.45, 0.020, 1.41, 0.45),
)

PLAIN = LgarParameters(340.9, 15495.0, 0.0, 0.98, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""No ponding, no reservoirs."""

SERIES = (
    *("storage", "fronts", "infiltration", "runoff", "evapotranspiration", "percolation", "outflow", "ponded"),
    *("fast", "slow", "imbalance", "owed", "substeps"),
)
FRONT_VALUES = ("layer", "at_bottom", "depth", "theta", "psi", "k", "speed")


@njit(inline=False)
def run_steps(
    fronts: Fronts,
    work: Work,
    state: Surface,
    rain: NDArray[Any],
    pet: NDArray[Any],
    duration: float,
    length: float,
    tolerance: float,
    column: Column,
    c: LgarCoefficients,
    options: LgarOptions,
    events: NDArray[Any],
    series: NDArray[Any],
    history: NDArray[Any],
) -> Surface:
    """Advance a column over many forcing steps; `history` may have no rows."""
    for i in range(rain.size):
        state, f = advance_column(
            fronts, work, state, rain[i], pet[i], duration, length, tolerance, column, c, options, events
        )
        n = fronts.size[0]
        series[i, 0] = storage(fronts, column)
        series[i, 1] = n
        series[i, 2] = f.infiltration
        series[i, 3] = f.runoff
        series[i, 4] = f.evapotranspiration
        series[i, 5] = f.percolation
        series[i, 6] = f.reservoir_outflow
        series[i, 7] = state.ponded
        series[i, 8] = state.fast
        series[i, 9] = state.slow
        series[i, 10] = f.imbalance
        series[i, 11] = state.owed
        series[i, 12] = f.substeps
        if history.shape[0] > 0:
            for j in range(n):
                history[i, j, 0] = fronts.layer[j]
                history[i, j, 1] = fronts.at_bottom[j]
                history[i, j, 2] = fronts.depth[j]
                history[i, j, 3] = fronts.theta[j]
                history[i, j, 4] = fronts.psi[j]
                history[i, j, 5] = fronts.k[j]
                history[i, j, 6] = fronts.speed[j]
    return state


@dataclass
class Model:
    """A column with everything it needs to run."""

    column: Column
    parameters: LgarParameters = PLAIN
    options: LgarOptions = LgarOptions()
    psi: float = 1000.0
    duration: float = 1.0
    length: float = 1.0 / 12.0
    tolerance: float = 1e-3
    c: LgarCoefficients = field(init=False)
    fronts: Fronts = field(init=False)
    state: Surface = field(init=False)
    work: Work = field(init=False)
    events: NDArray[Any] = field(init=False)
    history: NDArray[Any] = field(init=False)

    def __post_init__(self) -> None:
        self.c = derive(self.parameters, self.column)
        self.fronts = make_fronts()
        begin_column(self.fronts, self.psi, self.column)
        self.state = initial_surface(self.length)
        self.work = make_work()
        self.events = make_events()

    def run(self, rain: ArrayLike, pet: ArrayLike = 0.0, *, history: bool = False) -> dict[str, NDArray[Any]]:
        """Run over forcing steps [mm/h]; return every step's `SERIES`, and keep every front in `history`."""
        rain = np.atleast_1d(np.asarray(rain, dtype=np.float64))
        pet = np.broadcast_to(np.asarray(pet, dtype=np.float64), rain.shape).copy()
        series = np.zeros((rain.size, len(SERIES)))
        self.history = np.full((rain.size if history else 0, CAPACITY, len(FRONT_VALUES)), np.nan)
        self.state = run_steps(
            *(self.fronts, self.work, self.state, rain, pet, self.duration, self.length, self.tolerance),
            *(self.column, self.c, self.options, self.events, series, self.history),
        )
        return dict(zip(SERIES, series.T, strict=True))

    @property
    def storage(self) -> float:
        return float(storage(self.fronts, self.column))

    @property
    def size(self) -> int:
        return int(self.fronts.size[0])

    def rows(self) -> list[tuple[float, ...]]:
        """Layer, at_bottom, depth, theta, psi of every front."""
        f = self.fronts
        return [(int(f.layer[i]), int(f.at_bottom[i]), f.depth[i], f.theta[i], f.psi[i]) for i in range(self.size)]

    def failures(self) -> int:
        return int(self.events[FULL:].sum())


def model(
    soils: Sequence[VanGenuchtenSoil],
    thickness: ArrayLike,
    psi: float = 1000.0,
    parameters: LgarParameters = PLAIN,
    duration: float = 1.0,
    length: float = 1.0 / 12.0,
    frozen: ArrayLike = 1.0,
    tolerance: float = 1e-3,
    **options: int,
) -> Model:
    """Return a column of soils at one suction."""
    chosen = LgarOptions(**options)
    column = make_column(soils, thickness, EXACT if chosen.capillary_drive == EXACT else chosen.capillary_drive, frozen)
    return Model(column, parameters, chosen, psi, duration, length, tolerance)


def place(m: Model, *rows: tuple[int, float, float]) -> None:
    """Put fronts into a column: layer, depth, suction of each; those at their layer's bottom stand there."""
    from lgar_bmi.column import refresh

    m.fronts.size[0] = len(rows)
    for i, (layer, depth, psi) in enumerate(rows):
        m.fronts.layer[i] = layer
        m.fronts.depth[i] = depth
        m.fronts.psi[i] = psi
        m.fronts.speed[i] = 0.0
        m.fronts.at_bottom[i] = int(depth == m.column.bottom[layer])
        refresh(m.fronts, i, m.column)


@dataclass(frozen=True)
class Case:
    """One of LGAR-C's runs."""

    model: Model
    rain: NDArray[Any]
    pet: NDArray[Any]
    ordinates: tuple[float, ...]
    expected: dict[str, NDArray[Any]]
    fronts: list[list[list[float]]]
    """Of every step: layer from 0, at_bottom, depth, theta, psi, K, velocity of each front."""


def forcing_of(path: Path, steps: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """First steps of a forcing file of LGAR-C [mm/h]."""
    with path.open(newline="") as file:
        rows = [row for row in csv.reader(file) if row][1:][:steps]
    return np.array([float(row[1]) for row in rows]), np.array([float(row[2]) for row in rows])


def expected_of(path: Path) -> dict[str, NDArray[Any]]:
    """Columns of an expected.csv, in cm."""
    opened = gzip.open(path, "rt") if path.suffix == ".gz" else path.open()
    with opened as file:
        rows = list(csv.DictReader(file))
    keep = {
        "soil_storage": 100.0,
        "infiltration": 100.0,
        "surface_runoff": 100.0,
        "actual_evapotranspiration": 100.0,
        "percolation": 100.0,
        "conceptual_reservoir_to_stream_discharge": 100.0,
        "giuh_runoff": 100.0,
        "ponded_cm": 1.0,
        "num_fronts": 1.0,
    }
    return {key: np.array([float(row[key]) for row in rows]) * scale for key, scale in keep.items()}


def fronts_of(path: Path) -> list[list[list[float]]]:
    """Fronts of every step."""
    steps: dict[int, list[list[float]]] = {}
    with path.open() as file:
        for row in csv.DictReader(file):
            values = [float(row[key]) for key in ("depth_cm", "theta", "psi_cm", "K_cm_per_h", "dzdt_cm_per_h")]
            layer = int(row["layer"]) - 1
            steps.setdefault(int(row["step"]), []).append([layer, int(row["to_bottom"]), *values])
    return [steps[i] for i in range(len(steps))]


def load_case(tmp_path: Path, config: Path, soils: Path, forcing: Path, expected: Path, fronts: Path | None) -> Case:
    """Read a run of LGAR-C; its configuration is copied with `compatibility=lgar-c` and the place of its soils."""
    text = config.read_text()
    text = re.sub(r"(?m)^soil_params_file=.*$", f"soil_params_file={soils}", text)
    copy = tmp_path / config.name
    copy.write_text(text + "\ncompatibility=lgar-c\n")
    read = load_config(copy)
    hours = re.search(r"(?m)^endtime=([\d.]+)\[(?:h|hr)\]", text)
    assert hours is not None
    steps = round(float(hours[1]) * 3600.0 / read.forcing_step)
    options = read.options
    column = make_column(read.soils, read.thickness, options.capillary_drive)
    m = Model(column, read.parameters, options, read.initial_psi, read.forcing_step / 3600.0, read.substep / 3600.0)
    rain, pet = forcing_of(forcing, steps)
    known = {key: values[: rain.size] for key, values in expected_of(expected).items()}
    return Case(m, rain, pet, read.giuh_ordinates, known, fronts_of(fronts) if fronts else [])


def routed(inflow: NDArray[Any], ordinates: Sequence[float]) -> NDArray[Any]:
    """Discharge of a unit hydrograph over hourly steps."""
    weights = np.array(ordinates)
    queue = np.zeros(weights.size)
    return np.array([route_giuh(water, weights, queue) for water in inflow])


COMPARED = {
    "infiltration": "infiltration",
    "runoff": "surface_runoff",
    "evapotranspiration": "actual_evapotranspiration",
    "percolation": "percolation",
    "outflow": "conceptual_reservoir_to_stream_discharge",
}


def differences(series: dict[str, NDArray[Any]], expected: dict[str, NDArray[Any]]) -> dict[str, float]:
    """Largest difference from LGAR-C over a run: storage, ponded water, and cumulative fluxes [cm]; front counts."""
    assert all(values.size == series["storage"].size for values in expected.values())
    result = {
        "fronts": float(np.count_nonzero(series["fronts"] != expected["num_fronts"])),
        "storage": float(np.abs(series["storage"] - expected["soil_storage"]).max()),
        "ponded": float(np.abs(series["ponded"] - expected["ponded_cm"]).max()),
    }
    for ours, theirs in COMPARED.items():
        result[ours] = float(np.abs(np.cumsum(series[ours]) - np.cumsum(expected[theirs])).max())
    return result


def front_differences(history: NDArray[Any], expected: list[list[list[float]]]) -> dict[str, float]:
    """Largest difference of any front from LGAR-C's at any step; suction and velocity relative to 1 cm or theirs."""
    worst = dict.fromkeys(FRONT_VALUES, 0.0)
    assert len(expected) == len(history)
    for ours, theirs in zip(history, expected, strict=True):
        reference = np.array(theirs)
        mine = ours[: len(reference)]
        gap = np.abs(mine - reference)
        gap[:, 4] /= 1.0 + np.abs(reference[:, 4])
        gap[:, 6] /= 1.0 + np.abs(reference[:, 6])
        for name, value in zip(FRONT_VALUES, gap.max(axis=0), strict=True):
            worst[name] = max(worst[name], float(value))
    return worst


def small_runs() -> dict[str, list[list[float]]]:
    """Half a day of storms in every mode: all `SERIES` and the state of the fronts at the end, as plain numbers."""
    storms = [0.0, 4.0, 30.0, 0.0, 0.0, 60.0, 2.0, 0.0, 0.0, 0.1, 0.0, 0.0]
    # LGAR-C's test for saturation reads the last digits: with its physics the column must not fill up
    drizzle = [0.0, 4.0, 6.0, 0.0, 0.0, 3.0, 2.0, 0.0, 0.0, 0.1, 0.0, 0.0]
    parameters = PLAIN._replace(
        ponded_depth_max=0.4, frac_to_CR=0.3, a=0.05, b=1.5, a_slow=0.01, b_slow=0.7, frac_slow=0.4, spf_factor=0.8
    )
    results = {}
    for drive in range(3):
        for lgar_c in range(2):
            for substeps in range(2):
                options = {"capillary_drive": drive, "lgar_c": lgar_c, "substeps": substeps, "free_drainage": 1}
                m = model(SYNTH_2, (3.0, 6.0, 10.0), 300.0, parameters, length=0.25, **options)
                series = m.run(drizzle if lgar_c else storms, 0.5)
                rows = [[float(x) for x in row] for row in m.rows()]
                events = [float(count) for count in m.events]
                results[f"{drive}{lgar_c}{substeps}"] = [series[name].tolist() for name in SERIES] + rows + [events]
    return results
