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

from hydro_physics.jit import njit
from hydro_physics.matric_flux import TABLE_SHAPE, fill_matric_flux_table, matric_flux_potential
from hydro_physics.van_genuchten import VanGenuchtenSoil, conductivity, moisture, moisture_slope

PONDED = math.inf
"""Rate of rain that keeps the surface ponded; the pond has no depth."""

NO_FLOW, FREE_DRAINAGE, FIXED_SUCTION = 0, 1, 2
"""Lower boundaries."""

NEARLY_EQUAL = 1e-4
"""Below this relative difference of two suctions their mean conductivity is that of the middle (error 1e-9)."""


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


class Lines(NamedTuple):
    """A column cut into cells, for the compiled functions."""

    soils: tuple[VanGenuchtenSoil, ...]
    tables: NDArray[np.float64]  # layer, panel, coefficient
    layer: NDArray[np.int64]
    dz: NDArray[np.float64]
    bottom: int
    psi_bottom: float
    gravity: float
    elastic: float


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


@njit
def potential(psi: float, soil: VanGenuchtenSoil, table: NDArray[Any]) -> float:
    """Integral of K / Ks from a suction up; the suction may be negative [cm]."""
    if psi <= 0.0:
        return matric_flux_potential(0.0, soil, table) - psi
    return matric_flux_potential(psi, soil, table)


@njit
def mean_conductivity(a: float, b: float, soil: VanGenuchtenSoil, table: NDArray[Any]) -> float:
    """Integral mean of the conductivity between two suctions [cm/h]."""
    if abs(b - a) <= NEARLY_EQUAL * max(abs(a), abs(b)):
        return conductivity(0.5 * (a + b), soil)
    return soil.ks * (potential(a, soil, table) - potential(b, soil, table)) / (b - a)


class Flux(NamedTuple):
    """A downward flux [cm/h] and its slopes by the suctions above and below [1/h]."""

    value: float
    above: float
    below: float


@njit
def flux(a: float, b: float, distance: float, gravity: float, soil: VanGenuchtenSoil, table: NDArray[Any]) -> Flux:
    """Flux between two suctions in one soil, `b` lying `distance` below `a`."""
    mean = mean_conductivity(a, b, soil, table)
    gradient = gravity + (b - a) / distance
    difference = b - a
    if abs(difference) > NEARLY_EQUAL * max(abs(a), abs(b)):
        by_a = (mean - conductivity(a, soil)) / difference
        by_b = (conductivity(b, soil) - mean) / difference
    else:
        by_a = by_b = 0.5 * conductivity_slope(0.5 * (a + b), soil)
    return Flux(mean * gradient, by_a * gradient - mean / distance, by_b * gradient + mean / distance)


@njit
def conductivity_slope(psi: float, soil: VanGenuchtenSoil) -> float:
    """Slope of the conductivity by a difference: it only has to lead the integration's own iteration."""
    if psi <= 0.0:
        return 0.0
    return (conductivity(1.0001 * psi, soil) - conductivity(0.9999 * psi, soil)) / (2e-4 * psi)


@njit
def capacity_slope(psi: float, soil: VanGenuchtenSoil) -> float:
    """Slope of the moisture's slope, by a difference [1/cm2]."""
    if psi <= 0.0:
        return 0.0
    return (moisture_slope(1.0001 * psi, soil) - moisture_slope(0.9999 * psi, soil)) / (2e-4 * psi)


@njit
def flux_between_layers(i: int, psi: NDArray[Any], lines: Lines) -> Flux:
    """Flux from the last cell of a layer to the next layer, by Ridders' method for the suction of the interface."""
    upper, lower = lines.layer[i], lines.layer[i + 1]
    a, b = psi[i], psi[i + 1]
    da, db, g = 0.5 * lines.dz[i], 0.5 * lines.dz[i + 1], lines.gravity
    soil_a, table_a = lines.soils[upper], lines.tables[upper]
    soil_b, table_b = lines.soils[lower], lines.tables[lower]
    low, high = min(a, b) - da - db, max(a, b) + da + db  # the fluxes point apart, and towards each other
    excess_low = flux(a, low, da, g, soil_a, table_a).value - flux(low, b, db, g, soil_b, table_b).value
    excess_high = flux(a, high, da, g, soil_a, table_a).value - flux(high, b, db, g, soil_b, table_b).value
    x = 0.5 * (low + high)
    for _ in range(100):
        middle = 0.5 * (low + high)
        excess = flux(a, middle, da, g, soil_a, table_a).value - flux(middle, b, db, g, soil_b, table_b).value
        root = math.sqrt(excess * excess - excess_low * excess_high)
        x = middle if root == 0.0 else middle - (middle - low) * excess / root
        out = flux(a, x, da, g, soil_a, table_a).value
        into = flux(x, b, db, g, soil_b, table_b).value
        if abs(out - into) <= 1e-14 * (abs(out) + abs(into)) or high - low <= 1e-13 * (1.0 + abs(x)):
            break
        # the neighbours with a change of sign between them
        if excess < 0.0:
            low, excess_low = middle, excess
        else:
            high, excess_high = middle, excess
        if low < x < high:
            if out < into:
                low, excess_low = x, out - into
            else:
                high, excess_high = x, out - into
    f = flux(a, x, da, g, soil_a, table_a)
    h = flux(x, b, db, g, soil_b, table_b)
    slope = h.above - f.below
    return Flux(h.value, h.above * f.above / slope, -h.below * f.below / slope)


@njit(inline=False)
def fluxes(psi: NDArray[Any], rain: float, lines: Lines) -> NDArray[Any]:
    """Flux through every face from the surface down, with its slopes; shape (cells + 1, 3) [cm/h, 1/h]."""
    cells = lines.dz.size
    out = np.zeros((cells + 1, 3))
    for face in range(cells + 1):
        i = min(face, cells - 1)
        soil, table = lines.soils[lines.layer[i]], lines.tables[lines.layer[i]]
        half = 0.5 * lines.dz[i]
        q = Flux(0.0, 0.0, 0.0)
        if face == 0:
            q = flux(0.0, psi[0], half, lines.gravity, soil, table)
            if q.value > rain:  # the surface is not ponded
                q = Flux(rain, 0.0, 0.0)
        elif face < cells:
            if lines.layer[face - 1] == lines.layer[face]:
                q = flux(psi[face - 1], psi[face], 0.5 * lines.dz[face - 1] + half, lines.gravity, soil, table)
            else:
                q = flux_between_layers(face - 1, psi, lines)
        elif lines.bottom == FREE_DRAINAGE:
            q = Flux(conductivity(psi[i], soil), conductivity_slope(psi[i], soil), 0.0)
        elif lines.bottom == FIXED_SUCTION:
            q = flux(psi[i], lines.psi_bottom, half, lines.gravity, soil, table)
        out[face, 0], out[face, 1], out[face, 2] = q.value, q.above, q.below
    return out


@njit(inline=False)
def rates(y: NDArray[Any], rain: float, lines: Lines) -> NDArray[Any]:
    """Rates of infiltration, of the suctions and of drainage [cm/h]."""
    psi = y[1:-1]
    q = fluxes(psi, rain, lines)
    out = np.empty(y.size)
    out[0], out[-1] = q[0, 0], q[-1, 0]
    for i in range(psi.size):
        capacity = lines.elastic - moisture_slope(psi[i], lines.soils[lines.layer[i]])
        out[i + 1] = (q[i + 1, 0] - q[i, 0]) / (lines.dz[i] * capacity)
    return out


@njit(inline=False)
def diagonals(y: NDArray[Any], rain: float, lines: Lines) -> NDArray[Any]:
    """Slopes of the rates by the cell above, by the cell itself and by the cell below; shape (3, size) [1/h]."""
    psi = y[1:-1]
    q = fluxes(psi, rain, lines)
    out = np.zeros((3, y.size))
    out[2, 0], out[0, -1] = q[0, 2], q[-1, 1]
    for i in range(psi.size):
        soil = lines.soils[lines.layer[i]]
        capacity = lines.elastic - moisture_slope(psi[i], soil)
        scale = 1.0 / (lines.dz[i] * capacity)
        change = (q[i + 1, 0] - q[i, 0]) * scale * capacity_slope(psi[i], soil) / capacity
        out[0, i + 1] = -q[i, 1] * scale if i > 0 else 0.0
        out[1, i + 1] = (q[i + 1, 1] - q[i, 2]) * scale + change
        out[2, i + 1] = q[i + 1, 2] * scale if i + 1 < psi.size else 0.0
    return out


@njit(inline=False)
def stored_water(psi: NDArray[Any], lines: Lines) -> float:
    """Water in the column, with what the pressure stores [cm]."""
    total = 0.0
    for i in range(psi.size):
        total += lines.dz[i] * (moisture(psi[i], lines.soils[lines.layer[i]]) - lines.elastic * psi[i])
    return total


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
