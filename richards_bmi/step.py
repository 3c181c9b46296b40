"""One forcing step of a column: sub-steps as long as the wanted accuracy allows for."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from numpy.typing import NDArray

from hydro_physics.jit import njit
from hydro_physics.van_genuchten import suction
from richards_bmi.column import Column, Work, soil_of
from richards_bmi.newton import DRIEST, iterate
from richards_bmi.options import FREE_DRAINAGE, RichardsOptions
from richards_bmi.system import RichardsCoefficients, solve

_Array = NDArray[Any]

NEARLY_EMPTY = 1e-5
"""Share of its water above residual moisture below which a cell's suction follows its water."""


class Surface(NamedTuple):
    """What a column remembers besides its suctions and water.

    Attributes
    ----------
    ponded : float
        Water on the surface [cm].
    length : float
        Of the next sub-step [h].
    """

    ponded: float
    length: float


class Solver(NamedTuple):
    """Limits of the sub-steps.

    Attributes
    ----------
    tolerance : float
        Error of a sub-step that is allowed for, as water [cm].
    shortest, longest : float
        [h].
    """

    tolerance: float
    shortest: float
    longest: float


class Fluxes(NamedTuple):
    """Water that moved in a step [cm].

    Attributes
    ----------
    infiltration, runoff, evapotranspiration : float
    percolation : float
        Out of the column at the bottom; negative when water rises into it.
    substeps, repeated, iterations : int
        Sub-steps, those that were too long among them, and linear systems solved.
    stuck : int
        Node where no sub-step, however short, came to an end; else -1.
    reached : float
        Time that was reached [h].
    """

    infiltration: float
    runoff: float
    evapotranspiration: float
    percolation: float
    substeps: int
    repeated: int
    iterations: int
    stuck: int
    reached: float


@njit(borrow=True)
def book(water: _Array, dt: float, column: Column, bottom: int, work: Work) -> tuple[float, float]:
    """Move the water of a sub-step; what leaves a cell arrives in the next one to the last bit.

    Returns
    -------
    uptake, percolation : float
        [cm].
    """
    taken = 0.0
    flux = work.flux[0]
    for i in range(water.size):
        if column.size[i] > 0.0:
            out = work.flux[i + 1]
            if bottom == FREE_DRAINAGE and i == water.size - 2:
                # that of the link to the bottom may be below zero by a residual
                out = work.flux[i + 2]
            held = water[i] + dt * (flux - out)
            # a residual of the equation may be more than there is: roots leave residual moisture
            uptake = min(dt * work.sink[i], max(held - column.size[i] * column.theta_r[column.layer[i]], 0.0))
            water[i] = held - uptake
            taken += uptake
            flux = out
    return taken, dt * flux


@njit(borrow=True)
def settle(psi: _Array, water: _Array, column: Column) -> bool:
    """Mend cells that are next to residual moisture, where a residual is more water than there is.

    What a cell lacks of its residual moisture (below 1e-6 cm) the cell with most water lends it; suctions follow water.

    Returns
    -------
    bool
        Whether a suction was changed.
    """
    changed = False
    lender = -1
    for i in range(water.size):
        if column.size[i] == 0.0:
            continue
        soil = soil_of(column, column.layer[i])
        most = column.size[i] * (soil.theta_e - soil.theta_r)
        left = water[i] - column.size[i] * soil.theta_r
        if left > NEARLY_EMPTY * most:
            continue
        if left < 0.0:
            if lender < 0:
                for j in range(water.size):
                    if column.size[j] > 0.0 and (lender < 0 or water[j] > water[lender]):
                        lender = j
            water[lender] += left
            water[i] -= left
            left = 0.0
        psi[i] = min(suction(left / most, soil), DRIEST)
        changed = True
    return changed


@njit(borrow=True)
def error_of(water: _Array, dt: float, column: Column, work: Work) -> float:
    """Estimate the error of a sub-step as water in the wrong cells [cm].

    Half of the difference between the gains by the flows at the end and at the beginning, of which the linear system
    of the sub-step takes what a stiff system damps (Shampine, 1982).
    """
    count = water.size
    for i in range(count):
        gain = dt * (work.flux[i] - work.flux[i + 1] - work.sink[i])
        work.first[i] = 0.5 * (gain + work.first[i]) if column.size[i] > 0.0 else 0.0
    solve(work.first, count, work)
    error = 0.0
    for i in range(count):
        if column.size[i] > 0.0:
            error += abs(column.size[i] * work.capacity[i] * work.change[i])
    return 0.5 * error


@njit(part_of_caller=True, borrow=True)
def advance_column(
    psi: _Array,
    water: _Array,
    state: Surface,
    rain: float,
    pet: float,
    duration: float,
    solver: Solver,
    column: Column,
    c: RichardsCoefficients,
    options: RichardsOptions,
    work: Work,
) -> tuple[Surface, Fluxes]:
    """Advance a column by one forcing step.

    Parameters
    ----------
    psi, water : array, shape (nodes,)
        Suctions and water of the cells [cm]; changed in place.
    state : Surface
    rain, pet : float
        Not negative [mm/h].
    duration : float
        [h].
    solver : Solver
    column : Column
    c : RichardsCoefficients
    options : RichardsOptions
    work : Work
    """
    if options.pet_affects_precipitation == 1:
        taken = min(rain, pet)
        rain = rain - taken
        pet = pet - taken
    rain = rain / 10.0
    pet = pet / 10.0
    infiltration = 0.0
    runoff = 0.0
    evapotranspiration = 0.0
    percolation = 0.0
    substeps = 0
    repeated = 0
    iterations = 0
    stuck = -1
    known = False
    ponded = state.ponded
    length = min(max(state.length, solver.shortest), solver.longest)
    rest = duration
    while rest > 1e-12 * duration:
        dt = rest / math.ceil(rest / length * (1.0 - 1e-9)) if length < rest else rest
        supply = ponded + rain * dt
        shortest = dt <= solver.shortest * (1.0 + 1e-6)  # to the rounding of equal parts
        ended = iterate(psi, water, supply, pet, dt, column, c, options.bottom, known, shortest, work)
        iterations += ended.solved
        known = False
        substeps += 1
        if ended.stuck >= 0:
            repeated += 1
            if shortest:
                stuck = ended.stuck
                break
            length = max(0.25 * dt, solver.shortest)
            continue
        error = error_of(water, dt, column, work)
        factor = 0.9 * math.sqrt(solver.tolerance / max(error, 1e-30))
        if error > solver.tolerance and not shortest:
            repeated += 1
            for i in range(psi.size):
                psi[i] = work.old_psi[i]
            length = max(dt * min(max(factor, 0.1), 0.9), solver.shortest)
            continue
        taken, out = book(water, dt, column, options.bottom, work)
        known = not settle(psi, water, column)
        entered = dt * ended.surface.flux
        infiltration += entered
        evapotranspiration += taken
        percolation += out
        runoff += ended.surface.runoff
        # not that of the surface's own equation, to which the head was found in steps
        left = min(max(supply - entered - ended.surface.runoff, 0.0), c.ponded_depth_max)
        ponded = left if ended.surface.ponded > 0.0 else 0.0
        rest -= dt
        grown = dt * min(max(factor, 0.5), 3.0)
        if dt < length:  # cut to fit
            grown = max(grown, length) if factor >= 1.0 else grown
        length = min(max(grown, solver.shortest), solver.longest)
    return Surface(ponded, length), Fluxes(
        infiltration,
        runoff,
        evapotranspiration,
        percolation,
        substeps,
        repeated,
        iterations,
        stuck,
        duration - rest,
    )
