"""Fluxes between the cells of a column and the rates they give: the compiled part of the method of lines."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hydro_physics.jit import njit
from hydro_physics.matric_flux import matric_flux_potential
from hydro_physics.van_genuchten import VanGenuchtenSoil, conductivity, moisture, moisture_slope

NO_FLOW, FREE_DRAINAGE, FIXED_SUCTION = 0, 1, 2
"""Lower boundaries."""

NEARLY_EQUAL = 1e-4
"""Below this relative difference of two suctions their mean conductivity is that of the middle (error 1e-9)."""


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
