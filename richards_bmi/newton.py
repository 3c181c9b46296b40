"""Newton's iteration for the suctions at the end of a sub-step."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from numpy.typing import NDArray

from hydro_physics.jit import njit
from hydro_physics.van_genuchten import VanGenuchtenSoil, suction
from richards_bmi.column import Column, Work, soil_of
from richards_bmi.options import WATER_TABLE
from richards_bmi.surface import Inflow
from richards_bmi.system import RichardsCoefficients, assemble, evaluate, solve

_Array = NDArray[Any]

PRECISE = 1e-9
"""Residual of a cell that is left [cm]. None is lost: books are kept by the flows, and the next sub-step has it."""

ACCEPTABLE = 1e-7
"""Residual that is put up with once undamped changes have gone to and fro [cm]."""

BARELY = 1e-6
"""Residual that is put up with after `MOST_ITERATIONS` of the shortest sub-step [cm]."""

UNDAMPED = 10
"""Changes that are made in full; later ones by half, which ends cycles of two at the edge of saturation."""

MOST_ITERATIONS = 30

VERY_DRY = 1e3
"""Suction from which on a cell's own slopes do not decide what it takes, over the air-entry suction [-]."""

DRIEST = 1e8
"""Largest suction [cm]: ten times the driest start. Next to residual moisture rounding asks for any suction."""


class Iteration(NamedTuple):
    """How Newton's iteration ended.

    Attributes
    ----------
    stuck : int
        Node where most is amiss when it did not come to an end, else -1.
    solved : int
        Linear systems solved.
    surface : Inflow
    """

    stuck: int
    solved: int
    surface: Inflow


@njit
def changed_suction(
    psi: float, change: float, theta: float, capacity: float, size: float, lacking: float, soil: VanGenuchtenSoil
) -> float:
    """Suction after a change that a linear system asks for [cm].

    Parameters
    ----------
    psi, change : float
        Suction and the change [cm].
    theta, capacity : float
        Moisture [-] and its slope [1/cm].
    size : float
        Of the cell, 0 where there is none [cm].
    lacking : float
        Water that the cell lacks, its residual with the other sign [cm].
    soil : VanGenuchtenSoil

    Notes
    -----
    In a cell the change is one of suction or of moisture, whichever is the smaller one: the retention curve is convex
    in dry soil and concave in wet soil, and the tangent overshoots on one side only. From dry to wet a place passes
    saturation by the air-entry suction at most, and it leaves saturation by a tenth of it. In soil so dry that slopes
    are rounding a cell takes what flows to it.
    """
    if size > 0.0 and lacking > 0.0 and soil.alpha * psi > VERY_DRY:
        wetter = (theta + lacking / size - soil.theta_r) / (soil.theta_e - soil.theta_r)
        return max(min(suction(wetter, soil), psi), 0.1 / soil.alpha)
    new = psi + change
    wet = 0.1 / soil.alpha
    if psi > wet and abs(change) > 0.1 * psi:
        if size > 0.0:
            reached = (theta + capacity * change - soil.theta_r) / (soil.theta_e - soil.theta_r)
            if change < 0.0:
                if reached < 1.0:
                    new = max(new, suction(reached, soil))
                new = max(new, -1.0 / soil.alpha)
            elif reached > 0.0:
                new = min(new, suction(reached, soil))
        elif change < 0.0:
            new = max(new, 0.1 * psi)
    return min(new, max(10.0 * psi, wet), DRIEST)


@njit(inline=False, borrow=True)
def iterate(
    psi: _Array,
    water: _Array,
    supply: float,
    pet: float,
    dt: float,
    column: Column,
    c: RichardsCoefficients,
    bottom: int,
    known: bool,
    lenient: bool,
    work: Work,
) -> Iteration:
    """Find the suctions at the end of a sub-step.

    Parameters
    ----------
    psi : array, shape (nodes,)
        Suctions, changed in place; when it does not come to an end they are what they were [cm].
    water : array, shape (nodes,)
        Water of the cells at the beginning [cm].
    supply, pet, dt, column, c, bottom
        As for :func:`richards_bmi.system.flows`.
    known : bool
        Whether `work` holds what the soils do at these suctions already.
    lenient : bool
        Whether residuals up to `BARELY` are put up with in the end.
    work : Work
        Holds the system at the end, and the residual at the beginning.
    """
    count = psi.size
    for i in range(count):
        work.old_psi[i] = psi[i]
    if not known:
        evaluate(psi, column, work)
    amiss, worst, surface = assemble(psi, water, supply, pet, dt, column, c, bottom, work)
    for i in range(count):
        work.first[i] = work.residual[i]
    solved = 0
    while amiss > PRECISE or solved == 0:
        if solved > UNDAMPED and amiss <= ACCEPTABLE:
            break
        if lenient and solved == MOST_ITERATIONS and amiss <= BARELY:
            break
        if solved == MOST_ITERATIONS or math.isinf(amiss):
            for i in range(count):
                psi[i] = work.old_psi[i]
            return Iteration(worst, solved, surface)
        solve(work.residual, count, work)
        solved += 1
        share = 1.0 if solved <= UNDAMPED else 0.5
        for i in range(count):
            if i == count - 1 and bottom == WATER_TABLE:
                continue
            soil = soil_of(column, column.layer[i])
            new = changed_suction(
                psi[i], work.change[i], work.theta[i], work.capacity[i], column.size[i], -work.residual[i], soil
            )
            psi[i] += share * (new - psi[i])
        evaluate(psi, column, work)
        amiss, worst, surface = assemble(psi, water, supply, pet, dt, column, c, bottom, work)
    return Iteration(-1, solved, surface)
