"""Columns for tests of the Richards solver: built from soils, run in one compiled loop over forcing steps."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hydro_physics.jit import njit
from hydro_physics.van_genuchten import VanGenuchtenSoil
from richards_bmi.coefficients import RichardsParameters
from richards_bmi.column import work_over
from richards_bmi.grid_settings import GridSettings
from richards_bmi.kernel import FIRST_SUBSTEP, make_arrays
from richards_bmi.options import NO_FLOW, RichardsOptions
from richards_bmi.roots import UNIFORM
from richards_bmi.setup import (
    DEPTH,
    LAYER,
    SIZE,
    ColumnRows,
    column_over,
    derive,
    fill_water,
    make_rows,
    set_bottom,
)
from richards_bmi.step import Solver, Surface, advance_column
from richards_bmi.system import RichardsCoefficients

SERIES = (
    *("infiltration", "runoff", "evapotranspiration", "percolation", "ponded", "stored"),
    *("substeps", "repeated", "iterations", "stuck", "reached"),
)
"""Of every forcing step: fluxes and water [cm], counts, node where the solver was stuck or -1, time reached [h]."""


@njit(inline=False, borrow=True)
def run_steps(
    psi: NDArray[Any],
    water: NDArray[Any],
    state: Surface,
    rain: NDArray[Any],
    pet: NDArray[Any],
    duration: float,
    solver: Solver,
    layers: NDArray[Any],
    tables: NDArray[Any],
    nodes: NDArray[Any],
    places: NDArray[Any],
    c: RichardsCoefficients,
    options: RichardsOptions,
    work_rows: NDArray[Any],
    series: NDArray[Any],
    history: NDArray[Any],
) -> Surface:
    """Advance a column over many forcing steps or until the solver is stuck; `history` may have no rows."""
    column = column_over(layers, tables, nodes, places)
    work = work_over(work_rows)
    for i in range(rain.size):
        state, f = advance_column(psi, water, state, rain[i], pet[i], duration, solver, column, c, options, work)
        series[i, 0] = f.infiltration
        series[i, 1] = f.runoff
        series[i, 2] = f.evapotranspiration
        series[i, 3] = f.percolation
        series[i, 4] = state.ponded
        total = 0.0
        for j in range(water.size):
            total += water[j]
        series[i, 5] = total
        series[i, 6] = f.substeps
        series[i, 7] = f.repeated
        series[i, 8] = f.iterations
        series[i, 9] = f.stuck
        series[i, 10] = f.reached
        if history.shape[0] > 0:
            for j in range(psi.size):
                history[i, 0, j] = psi[j]
                history[i, 1, j] = water[j]
        if f.stuck >= 0:
            break
    return state


class Description(NamedTuple):
    """A column in the units of soil tables.

    Attributes
    ----------
    soils : tuple of VanGenuchtenSoil
        From the top.
    thickness : tuple of float
        [cm].
    psi : float or array, shape (nodes,)
        At the start [cm].
    bottom, water_table_depth, ponded_depth_max, field_capacity, wilting_point, root_profile, root_depth, grid
        As in configurations; the roots reach the bottom when `root_depth` is 0 [cm].
    tolerance, shortest, longest : float
        Of the solver [cm, h, h].
    duration : float
        Of forcing steps [h].
    pet_affects_precipitation : int
    """

    soils: tuple[VanGenuchtenSoil, ...]
    thickness: tuple[float, ...]
    psi: Any = 1000.0
    bottom: int = NO_FLOW
    water_table_depth: float = 1e4
    ponded_depth_max: float = 0.0
    field_capacity: float = 340.9
    wilting_point: float = 15495.0
    root_profile: int = UNIFORM
    root_depth: float = 0.0
    grid: GridSettings = GridSettings()
    tolerance: float = 1e-3
    shortest: float = 1e-5 / 3600.0
    longest: float = 1.0
    duration: float = 1.0
    pet_affects_precipitation: int = 0


class RunningColumn:
    """A column with everything it needs to run.

    Attributes
    ----------
    depth, size : array, shape (nodes,)
        Depths of the nodes and thickness of their cells, 0 where there is none [cm].
    psi, water : array, shape (nodes,)
        State [cm].
    history : array, shape (steps, 2, nodes)
        Suctions and water after every step of the last run, when asked for [cm].
    """

    def __init__(self, d: Description) -> None:
        self.description = d
        self.rows: ColumnRows = make_rows(
            d.soils, d.thickness, d.root_profile, d.root_depth or sum(d.thickness), d.grid, d.bottom
        )
        self.depth, self.size = self.rows.nodes[DEPTH], self.rows.nodes[SIZE]
        self.layer = self.rows.places[LAYER, :-1]
        arrays = make_arrays(self.size.size)
        self.psi, self.water = arrays.state
        self.work = arrays.work
        self.psi[:] = d.psi
        parameters = RichardsParameters(d.field_capacity, d.wilting_point, d.ponded_depth_max, d.water_table_depth)
        set_bottom(self.psi, float(sum(d.thickness)), parameters, d.bottom)
        fill_water(self.psi, self.water, *self.rows)
        self.c = derive(parameters, d.soils[0])
        self.options = RichardsOptions(d.bottom, d.pet_affects_precipitation)
        self.surface = Surface(0.0, FIRST_SUBSTEP)
        self.history: NDArray[np.float64] = np.zeros((0, 2, self.size.size))

    @property
    def cells(self) -> NDArray[np.bool_]:
        """Which nodes are cells."""
        return self.size > 0.0

    @property
    def stored(self) -> float:
        """Water in the soil [cm]."""
        return float(self.water.sum())

    def run(self, rain: ArrayLike, pet: ArrayLike = 0.0, *, history: bool = False) -> dict[str, NDArray[np.float64]]:
        """Run over forcing steps [mm/h] and return every step's `SERIES`; fails where the solver is stuck."""
        series = self.try_to_run(rain, pet, history=history)
        assert (series["stuck"] < 0.0).all(), f"stuck after {series['reached'][series['stuck'] >= 0.0]} h of a step"
        return series

    def try_to_run(
        self, rain: ArrayLike, pet: ArrayLike = 0.0, *, history: bool = False
    ) -> dict[str, NDArray[np.float64]]:
        """Run until the end or until the solver is stuck, which `stuck` says; steps that were not done are NaN."""
        d = self.description
        rain = np.atleast_1d(np.asarray(rain, dtype=np.float64))
        pet = np.broadcast_to(np.asarray(pet, dtype=np.float64), rain.shape).copy()
        series = np.full((rain.size, len(SERIES)), np.nan)
        self.history = np.full((rain.size if history else 0, 2, self.size.size), np.nan)
        self.surface = run_steps(
            *(self.psi, self.water, self.surface, rain, pet, d.duration, Solver(d.tolerance, d.shortest, d.longest)),
            *(*self.rows, self.c, self.options, self.work, series, self.history),
        )
        series[:, SERIES.index("stuck")] = np.nan_to_num(series[:, SERIES.index("stuck")], nan=-1.0)
        return dict(zip(SERIES, series.T, strict=True))


def column(
    soils: Sequence[VanGenuchtenSoil], thickness: Sequence[float], psi: Any = 1000.0, **rest: Any
) -> RunningColumn:
    """Return a column; `rest` are the other items of :class:`Description`."""
    return RunningColumn(Description(tuple(soils), tuple(thickness), psi, **rest))


def uniform(cell: float) -> GridSettings:
    """Cells of one size [cm]."""
    return GridSettings(cell, cell, 1.0)
