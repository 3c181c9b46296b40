"""What an ensemble starts from: columns of any number of layers and cells, one after the other in flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hydro_physics.routing import ordinates_for_step
from hydro_physics.van_genuchten import VanGenuchtenSoil
from ngen_bmi.column_config import FORCING_STEP, INITIAL_PSI, ROUNDING, THICKNESS
from ngen_bmi.ensemble import shares_of
from ngen_bmi.errors import ParameterError
from ngen_bmi.soil_parameters import problems_of_value
from richards_bmi.coefficients import RichardsParameters
from richards_bmi.config_model import BOTTOMS, RichardsConfig, problems_of_number
from richards_bmi.grid_settings import GridSettings, SolverSettings, problems_of_grid, problems_of_solver
from richards_bmi.kernel import FIRST_SUBSTEP
from richards_bmi.options import RichardsOptions
from richards_bmi.parameters import problems_of
from richards_bmi.roots import ROOT_DEPTH, ROOT_PROFILES, UNIFORM
from richards_bmi.setup import DEPTH, ColumnRows, derive, fill_water, make_rows, set_bottom

_Array = NDArray[Any]

_SECONDS_PER_HOUR = 3600.0


class EnsembleColumn(NamedTuple):
    """One column of an ensemble.

    Attributes
    ----------
    soils : sequence of VanGenuchtenSoil
        Top first.
    thickness : sequence of float
        Of the layers [cm].
    parameters : RichardsParameters
    root_depth : float
        [cm].
    root_profile : int
        One of :mod:`richards_bmi.roots`.
    grid : GridSettings
    """

    soils: Sequence[VanGenuchtenSoil]
    thickness: Sequence[float]
    parameters: RichardsParameters
    root_depth: float
    root_profile: int = UNIFORM
    grid: GridSettings = GridSettings()


class EnsembleTimes(NamedTuple):
    """Steps of an ensemble.

    Attributes
    ----------
    step : float
        Length of a forcing step [s].
    solver : SolverSettings
    """

    step: float = 3600.0
    solver: SolverSettings = SolverSettings()


class EnsembleState(NamedTuple):
    """State of many columns; it belongs to the columns and options that it was made for.

    Attributes
    ----------
    psi, water : array, shape (nodes of all columns,)
        Suctions and water of the cells [cm].
    surface : array, shape (columns, 2)
        Items of :class:`richards_bmi.step.Surface`.
    queue : array, shape (columns, ordinates)
        Water under way in the GIUH [m].
    """

    psi: _Array
    water: _Array
    surface: _Array
    queue: _Array


class StackedColumns(NamedTuple):
    """Columns as compiled code takes them.

    Attributes
    ----------
    rows : ColumnRows
        Those of all columns, side by side.
    coefficients : array, shape (columns, coefficients)
    starts : array of int, shape (columns + 1, 2)
        First node and first layer of each column; in `rows.places` each column has one more item than nodes.
    """

    rows: ColumnRows
    coefficients: _Array
    starts: _Array


def column_of(config: RichardsConfig) -> EnsembleColumn:
    """Return the column that a configuration describes."""
    return EnsembleColumn(
        config.soils, config.thickness, config.parameters, config.root_depth, config.root_profile, config.grid
    )


def check_columns(columns: Sequence[EnsembleColumn]) -> None:
    """Judge all columns.

    Raises
    ------
    ParameterError
        Naming columns by their index, and everything that is wrong.
    """
    problems = []
    for b, column in enumerate(columns):
        found = [line for value in column.thickness for line in problems_of_value("thickness", THICKNESS, value)]
        found += problems_of(tuple(column.soils), column.parameters) + problems_of_grid(column.grid)
        found += problems_of_value("root_depth", ROOT_DEPTH, column.root_depth)
        found += problems_of_number("root_profile", column.root_profile, ROOT_PROFILES)
        if len(column.soils) != len(column.thickness) or not column.soils:
            found.append(f"there are {len(column.soils)} soils and {len(column.thickness)} thicknesses")
        elif column.root_depth > sum(column.thickness) * ROUNDING:
            found.append(f"root_depth: {column.root_depth:g} cm is deeper than the column")
        problems += [f"catchment {b}: {line}" for line in found]
    if not columns:
        problems = ["there are no columns"]
    if problems:
        raise ParameterError("ensemble", problems)


def check_options(options: RichardsOptions) -> None:
    """Judge the choices.

    Raises
    ------
    ValueError
        When there is no such condition at the bottom.
    """
    problems = problems_of_number("bottom", options.bottom, BOTTOMS)
    if problems:
        raise ValueError(f"options: {problems[0]}")


def check_times(times: EnsembleTimes) -> None:
    """Judge the steps.

    Raises
    ------
    ValueError
        Listing what is wrong.
    """
    problems = problems_of_value("step", FORCING_STEP, times.step) + problems_of_solver(times.solver)
    if problems:
        raise ValueError(f"times: {'; '.join(problems)}")


def stack_columns(columns: Sequence[EnsembleColumn], bottom: int) -> StackedColumns:
    """Return columns as flat arrays; `bottom` is the condition at their bottoms."""
    all_rows = [make_rows(c.soils, c.thickness, c.root_profile, c.root_depth, c.grid, bottom) for c in columns]
    sizes = [(0, 0), *((rows.nodes.shape[1], rows.layers.shape[1]) for rows in all_rows)]
    return StackedColumns(
        ColumnRows(
            np.concatenate([rows.layers for rows in all_rows], axis=1),
            np.concatenate([rows.tables for rows in all_rows]),
            np.concatenate([rows.nodes for rows in all_rows], axis=1),
            np.concatenate([rows.places for rows in all_rows], axis=1),
        ),
        np.array([derive(c.parameters, c.soils[0]) for c in columns]),
        np.cumsum(sizes, axis=0),
    )


def rows_of_column(stacked: StackedColumns, b: int) -> ColumnRows:
    """Return the rows of one column (copies)."""
    (node, layer), (end, last) = stacked.starts[b : b + 2].tolist()
    rows = stacked.rows
    return ColumnRows(
        rows.layers[:, layer:last].copy(),
        rows.tables[layer:last],
        rows.nodes[:, node:end].copy(),
        rows.places[:, node + b : end + b + 1].copy(),
    )


def initial_state(
    columns: Sequence[EnsembleColumn],
    initial_psi: ArrayLike = 1000.0,
    options: RichardsOptions | None = None,
    hydrostatic: bool = False,
    ordinates: ArrayLike = (1.0,),
    step: float = 3600.0,
) -> EnsembleState:
    """Return the state of columns that have not run yet.

    Parameters
    ----------
    columns : sequence of EnsembleColumn
    initial_psi : float or array, shape (columns,)
        Suction of the whole column [cm].
    options : RichardsOptions
    hydrostatic : bool
        Begin at rest over the water table instead.
    ordinates : array, shape (n,) or (columns, n)
        Hourly GIUH shares.
    step : float
        Length of a forcing step [s].

    Raises
    ------
    ParameterError, ValueError
        When a column or a suction cannot be used.
    """
    check_columns(columns)
    options = options or RichardsOptions()
    check_options(options)
    bottom = options.bottom
    suctions = np.broadcast_to(np.asarray(initial_psi, dtype=np.float64), (len(columns),))
    problems = [line for value in suctions.tolist() for line in problems_of_value("initial_psi", INITIAL_PSI, value)]
    if problems:
        raise ValueError("; ".join(problems))
    stacked = stack_columns(columns, bottom)
    psi = np.empty(stacked.rows.nodes.shape[1])
    water = np.empty_like(psi)
    for b, column in enumerate(columns):
        rows = rows_of_column(stacked, b)
        begin, end = stacked.starts[b : b + 2, 0]
        table = column.parameters.water_table_depth
        psi[begin:end] = table - rows.nodes[DEPTH] if hydrostatic else suctions[b]
        set_bottom(psi[begin:end], float(sum(column.thickness)), column.parameters, bottom)
        fill_water(psi[begin:end], water[begin:end], *rows)
    surface = np.tile([0.0, FIRST_SUBSTEP], (len(columns), 1))
    count = ordinates_for_step(shares_of(ordinates)[0], step / _SECONDS_PER_HOUR).size
    return EnsembleState(psi, water, surface, np.zeros((len(columns), count)))
