"""The equations of a sub-step: what is amiss in every cell, and how that depends on the suctions."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from numpy.typing import NDArray

from hydro_physics.jit import njit
from hydro_physics.matric_flux import flux_potential_and_slopes
from hydro_physics.root_uptake import uptake, uptake_slope
from hydro_physics.van_genuchten import moisture_and_slope
from richards_bmi.column import Column, Work, soil_of
from richards_bmi.flux import gravity_conductivity, link_flux
from richards_bmi.options import FREE_DRAINAGE, WATER_TABLE
from richards_bmi.surface import Inflow, inflow

_Array = NDArray[Any]

SPECIFIC_STORAGE = 1e-8
"""Water that saturated soil takes per cell's volume and pressure [1/cm]; a full column has a definite pressure."""


class RichardsCoefficients(NamedTuple):
    """What the equations need besides the column.

    Attributes
    ----------
    psi_half : float
        Suction at which roots take half of what they could [cm].
    ponded_depth_max : float
        Depth of water that the surface holds back [cm].
    """

    psi_half: float
    ponded_depth_max: float


@njit(borrow=True)
def evaluate(psi: _Array, column: Column, work: Work) -> None:
    """Look up what the soils do at the suctions of all nodes.

    Parameters
    ----------
    psi : array, shape (nodes,)
        [cm].
    column : Column
    work : Work
        Receives moistures, capacities, potentials and conductivities.
    """
    for i in range(psi.size):
        above = column.link_layer[i]
        below = column.link_layer[i + 1]
        soil = soil_of(column, above)
        f, k, s = flux_potential_and_slopes(psi[i], soil, column.tables[above])
        work.f_above[i] = f
        g, s = gravity_conductivity(psi[i], k, s, soil.ks, column.k_smoothed[above], column.s_smoothed[above])
        work.k_above[i] = k
        work.g_above[i] = g
        work.s_above[i] = s
        if column.size[i] > 0.0:
            theta, slope = moisture_and_slope(psi[i], soil)
            work.theta[i] = theta - SPECIFIC_STORAGE * min(psi[i], 0.0)
            work.capacity[i] = slope if psi[i] > 0.0 else -SPECIFIC_STORAGE
        elif below != above:
            f, k, s = flux_potential_and_slopes(psi[i], soil_of(column, below), column.tables[below])
            g, s = gravity_conductivity(
                psi[i], k, s, column.ks[below], column.k_smoothed[below], column.s_smoothed[below]
            )
        work.f_below[i] = f
        work.k_below[i] = k
        work.g_below[i] = g
        work.s_below[i] = s


@njit(borrow=True)
def flows(
    psi: _Array, supply: float, pet: float, dt: float, column: Column, c: RichardsCoefficients, bottom: int, work: Work
) -> Inflow:
    """Flow along all links, through the surface and out of the bottom, and the uptake by roots.

    Parameters
    ----------
    psi : array, shape (nodes,)
        [cm].
    supply : float
        Rain of the sub-step and water ponded before [cm].
    pet : float
        Potential uptake [cm/h].
    dt : float
        [h].
    column : Column
    c : RichardsCoefficients
    bottom : int
        Condition at the bottom.
    work : Work
        After :func:`evaluate`.
    """
    last = psi.size - 1
    surface = inflow(
        supply,
        dt,
        c.ponded_depth_max,
        psi[0],
        work.f_above[0],
        work.k_above[0],
        work.g_above[0],
        work.s_above[0],
        column.ks[0] * column.tables[0, 0, 0] / column.alpha[0],
        column.ks[0],
        column.length[0],
    )
    work.flux[0] = surface.flux
    work.by_upper[0] = 0.0
    work.by_lower[0] = surface.slope
    for i in range(1, last + 1):
        work.flux[i], work.by_upper[i], work.by_lower[i] = link_flux(
            psi[i - 1],
            psi[i],
            work.f_below[i - 1],
            work.f_above[i],
            work.k_below[i - 1],
            work.k_above[i],
            work.g_below[i - 1],
            work.g_above[i],
            work.s_below[i - 1],
            work.s_above[i],
            column.length[i],
        )
    work.flux[last + 1] = 0.0
    work.by_upper[last + 1] = 0.0
    if bottom == FREE_DRAINAGE:
        work.flux[last + 1] = work.g_above[last]
        work.by_upper[last + 1] = work.s_above[last]
    for i in range(last + 1):
        work.sink[i] = 0.0
        if column.roots[i] > 0.0:
            work.sink[i] = uptake(psi[i], pet * column.roots[i], c.psi_half)
    return surface


@njit(borrow=True)
def assemble(
    psi: _Array,
    water: _Array,
    supply: float,
    pet: float,
    dt: float,
    column: Column,
    c: RichardsCoefficients,
    bottom: int,
    work: Work,
) -> tuple[float, int, Inflow]:
    """Write the equations of a sub-step at the suctions `psi`.

    Parameters
    ----------
    psi, water : array, shape (nodes,)
        Suctions now [cm], and water of the cells at the beginning [cm].
    supply, pet, dt, column, c, bottom, work
        As for :func:`flows`.

    Returns
    -------
    amiss : float
        Largest residual; infinite when one is not a number [cm].
    worst : int
        Node of it.
    surface : Inflow
    """
    surface = flows(psi, supply, pet, dt, column, c, bottom, work)
    last = psi.size - 1
    amiss = 0.0
    worst = 0
    for i in range(psi.size):
        residual = -dt * (work.flux[i] - work.flux[i + 1] - work.sink[i])
        diagonal = dt * (work.by_upper[i + 1] - work.by_lower[i])
        if column.size[i] > 0.0:
            residual += column.size[i] * work.theta[i] - water[i]
            diagonal += column.size[i] * work.capacity[i]
            if column.roots[i] > 0.0:
                diagonal += dt * uptake_slope(psi[i], pet * column.roots[i], c.psi_half)
        work.residual[i] = residual
        work.lower[i] = -dt * work.by_upper[i]
        work.diagonal[i] = diagonal
        work.upper[i] = dt * work.by_lower[i + 1]
        if i == last and bottom == WATER_TABLE:
            # a suction that is given; whatever flows there is right
            work.residual[i] = 0.0
            work.lower[i] = 0.0
            work.diagonal[i] = -1.0
        elif math.isnan(residual):
            amiss = math.inf
        elif abs(residual) > amiss:
            amiss = abs(residual)
            worst = i
    work.upper[last] = 0.0
    return amiss, worst, surface


@njit(borrow=True)
def solve(right: _Array, count: int, work: Work) -> None:
    """Solve the linear system for minus `right`, by Thomas's algorithm; the solution is `work.change`.

    A node that nothing flows to or from keeps its suction.
    """
    pivot = work.diagonal[0]
    work.scratch[0] = 0.0
    work.change[0] = 0.0
    if pivot != 0.0:
        work.scratch[0] = work.upper[0] / pivot
        work.change[0] = -right[0] / pivot
    for i in range(1, count):
        pivot = work.diagonal[i] - work.lower[i] * work.scratch[i - 1]
        work.scratch[i] = 0.0
        work.change[i] = 0.0
        if pivot != 0.0:
            work.scratch[i] = work.upper[i] / pivot
            work.change[i] = (-right[i] - work.lower[i] * work.change[i - 1]) / pivot
    for i in range(count - 2, -1, -1):
        work.change[i] -= work.scratch[i] * work.change[i + 1]
