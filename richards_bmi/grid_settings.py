"""How finely a column is divided, and how exactly its equation is solved in time."""

from __future__ import annotations

from typing import NamedTuple

from ngen_bmi.soil_parameters import problems_of_value
from ngen_bmi.variables import Variable


class GridSettings(NamedTuple):
    """Cells of a column.

    Attributes
    ----------
    cell : float
        Largest thickness of a cell [cm].
    surface_cell : float
        Thickness of the cells at the surface and next to interfaces of layers [cm].
    growth : float
        Largest ratio of the thicknesses of neighbours [-].
    """

    cell: float = 1.0
    surface_cell: float = 0.1
    growth: float = 1.3


class SolverSettings(NamedTuple):
    """Sub-steps.

    Attributes
    ----------
    tolerance : float
        Error of time-stepping that a sub-step may make [cm of water].
    shortest, longest : float
        Limits of the length of a sub-step [s].
    """

    tolerance: float = 1e-3
    shortest: float = 1e-5
    longest: float = 3600.0


_GRID, _SOLVER = GridSettings(), SolverSettings()

GRID_VARIABLES: tuple[Variable, ...] = (
    Variable("cell", "cm", "parameter", "largest thickness of a cell", _GRID.cell, (0.01, 100.0)),
    Variable(
        "surface_cell",
        "cm",
        "parameter",
        "thickness of the cells at the surface and next to interfaces of layers",
        _GRID.surface_cell,
        (0.001, 10.0),
    ),
    Variable("growth", "1", "parameter", "largest ratio of the thicknesses of neighbours", _GRID.growth, (1.0, 3.0)),
)
"""In the order of `GridSettings`."""

SOLVER_VARIABLES: tuple[Variable, ...] = (
    Variable("tolerance", "cm", "parameter", "error that a sub-step may make", _SOLVER.tolerance, (1e-12, 10.0)),
    Variable("shortest", "s", "parameter", "length of the shortest sub-step", _SOLVER.shortest, (1e-9, 3600.0)),
    Variable("longest", "s", "parameter", "length of the longest sub-step", _SOLVER.longest, (1e-3, 86400.0)),
)
"""In the order of `SolverSettings`."""


def problems_of_grid(grid: GridSettings, *, nan_is_reported: bool = False) -> list[str]:
    """Everything that is wrong with the cells of a configuration; see `problems_of_value`."""
    problems = []
    for variable, value in zip(GRID_VARIABLES, grid, strict=True):
        problems += problems_of_value(f"grid.{variable.name}", variable, value, nan_is_reported=nan_is_reported)
    if grid.surface_cell > grid.cell:
        problems.append(
            f"grid: surface_cell = {grid.surface_cell:g} cm is thicker than cell = {grid.cell:g} cm, the thickest "
            f"that a cell may be"
        )
    return problems


def problems_of_solver(solver: SolverSettings, *, nan_is_reported: bool = False) -> list[str]:
    """Everything that is wrong with the sub-steps of a configuration; see `problems_of_value`."""
    problems = []
    for variable, value in zip(SOLVER_VARIABLES, solver, strict=True):
        problems += problems_of_value(f"solver.{variable.name}", variable, value, nan_is_reported=nan_is_reported)
    if solver.shortest > solver.longest:
        problems.append(
            f"solver: the shortest sub-step, {solver.shortest:g} s, is longer than the longest, {solver.longest:g} s"
        )
    return problems
