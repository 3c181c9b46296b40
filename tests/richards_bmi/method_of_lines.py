"""The Richards equation by the method of lines: a second solution to compare a solver with.

It shares no scheme with a solver that marches in implicit Euler steps of the moisture: the suctions of the cells are
the unknowns of a system of ordinary differential equations, which scipy integrates with its own order and steps. The
soils' functions are those of `hydro_physics`, which have tests of their own.

Between two cells the conductivity is the integral mean of K over their suctions (Kirchhoff's transformation), so a
wetting front a few cells wide is already close to the limit of small cells, and water at rest stays at rest. Between
layers the suction of the interface is found that lets the same flux through both half cells.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp
from scipy.sparse import csc_array, diags_array

from hydro_physics.matric_flux import TABLE_SHAPE, fill_matric_flux_table
from hydro_physics.van_genuchten import VanGenuchtenSoil
from tests.richards_bmi.cell_fluxes import NO_FLOW, Lines, diagonals, rates, stored_water

PONDED = math.inf
"""Rate of rain that keeps the surface ponded; the pond has no depth."""


class Column(NamedTuple):
    """Layers from the top, and what happens at the bottom.

    Attributes
    ----------
    soils : tuple of VanGenuchtenSoil
    thickness : tuple of float
        [cm].
    psi : float or array of the cells' suctions
        At the beginning [cm].
    bottom : int
        `NO_FLOW`, `FREE_DRAINAGE` (unit gradient) or `FIXED_SUCTION`.
    psi_bottom : float
        Suction at the bottom, for `FIXED_SUCTION` [cm].
    gravity : float
        1; 0 for a horizontal column.
    elastic : float
        Storage per cm of pressure [1/cm]: it lets saturated cells have an equation in time. A column of 70 cm with
        30 cm of pressure stores 2e-5 cm more for 1e-8.
    """

    soils: tuple[VanGenuchtenSoil, ...]
    thickness: tuple[float, ...]
    psi: Any
    bottom: int = NO_FLOW
    psi_bottom: float = 0.0
    gravity: float = 1.0
    elastic: float = 1e-8


class Solution(NamedTuple):
    """What comes out: at the times asked for [cm], and the last profile.

    `balance_error` is the largest difference between the water that came in and the water stored; the method of lines
    in suctions does not conserve by itself, so this is a measure of the error in time.
    """

    times: NDArray[np.float64]
    infiltration: NDArray[np.float64]
    drainage: NDArray[np.float64]
    stored: NDArray[np.float64]
    depth: NDArray[np.float64]
    psi: NDArray[np.float64]
    balance_error: float


def cut(column: Column, cells: Sequence[int]) -> Lines:
    """Cut every layer into its number of equal cells."""
    tables = np.empty((len(column.soils), *TABLE_SHAPE))
    for soil, table in zip(column.soils, tables, strict=True):
        fill_matric_flux_table(soil, table)
    return Lines(
        column.soils,
        tables,
        np.repeat(np.arange(len(cells)), cells),
        np.repeat(np.asarray(column.thickness) / np.asarray(cells), cells),
        column.bottom,
        column.psi_bottom,
        column.gravity,
        column.elastic,
    )


def solve(
    column: Column,
    cells: Sequence[int],
    times: ArrayLike,
    rain: Sequence[tuple[float, float]] = ((math.inf, PONDED),),
    tolerance: float = 1e-7,
    method: str = "BDF",
) -> Solution:
    """Integrate a column.

    Parameters
    ----------
    column : Column
    cells : sequence of int
        Cells of every layer.
    times : array
        When results are wanted, ascending, from above 0 [h].
    rain : sequence of (end, rate)
        Periods of constant rain [h, cm/h], or `PONDED`. Rain above the soil's capacity at zero suction runs off. The
        integration starts afresh in every period.
    tolerance : float
        Relative, and absolute in cm.
    method : str
        ``"BDF"`` or ``"Radau"`` of `scipy.integrate.solve_ivp`.
    """
    lines = cut(column, cells)

    def jacobian(y: NDArray[Any], rate: float) -> csc_array:
        above, own, below = diagonals(y, rate, lines)
        return diags_array([above[1:], own, below[:-1]], offsets=[-1, 0, 1], format="csc")

    wanted = np.asarray(times, dtype=float)
    y = np.concatenate([[0.0], np.broadcast_to(np.asarray(column.psi, dtype=float), lines.dz.shape), [0.0]])
    before = stored_water(y[1:-1], lines)
    results, begin = [], 0.0
    for end, rate in rain:
        end = min(end, float(wanted[-1]))
        if end <= begin:
            continue
        inside = wanted[(wanted > begin) & (wanted <= end)]
        # scipy's BDF computes once with a row that it has not filled yet, and overwrites the result
        with np.errstate(invalid="ignore", over="ignore"):
            run = solve_ivp(
                lambda _, y, rate=rate: rates(y, rate, lines),
                (begin, end),
                y,
                method=method,
                t_eval=np.union1d(inside, [end]),
                rtol=tolerance,
                atol=tolerance,
                jac=lambda _, y, rate=rate: jacobian(y, rate),
            )
        if not run.success:
            raise RuntimeError(f"the method of lines stopped between {begin} and {end} h: {run.message}")
        results += list(run.y.T[: inside.size])
        y, begin = run.y[:, -1], end
    series = np.array(results)
    stored = np.array([stored_water(psi, lines) - before for psi in series[:, 1:-1]])
    error = np.abs(series[:, 0] - series[:, -1] - stored).max()
    depth = np.cumsum(lines.dz) - 0.5 * lines.dz
    return Solution(wanted, series[:, 0], series[:, -1], stored, depth, series[-1, 1:-1], float(error))


def limit(values: Sequence[float]) -> tuple[float, float]:
    """Limit of small cells and its error, from values at cells halved twice.

    The order of convergence comes from the values themselves (Richardson); the error is what the last step to the
    limit added, or half the last change when the values show no order.
    """
    first, second, third = values[-3:]
    ratio = (second - first) / (third - second) if third != second else math.inf
    if not 1.5 < ratio < 40.0:
        return third, max(abs(third - second), abs(second - first)) * 0.5
    step = (third - second) / (ratio - 1.0)
    return third + step, abs(step)
