"""One forcing step of a column: sub-steps as long as the wanted accuracy allows for."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from numpy.typing import NDArray

from hydro_physics.jit import njit
from richards_bmi.column import Column, Work
from richards_bmi.newton import iterate
from richards_bmi.options import RichardsOptions
from richards_bmi.system import RichardsCoefficients, solve

_Array = NDArray[Any]


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
def book(water: _Array, dt: float, column: Column, work: Work) -> tuple[float, float]:
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
            water[i] += dt * (flux - work.flux[i + 1] - work.sink[i])
            taken += dt * work.sink[i]
            flux = work.flux[i + 1]
    return taken, dt * flux


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
    ponded = state.ponded
    length = state.length
    rest = duration
    while rest > 1e-12 * duration:
        dt = rest / math.ceil(rest / length * (1.0 - 1e-9)) if length < rest else rest
        supply = ponded + rain * dt
        shortest = dt <= solver.shortest * (1.0 + 1e-6)  # to the rounding of equal parts
        ended = iterate(psi, water, supply, pet, dt, column, c, options.bottom, work)
        iterations += ended.solved
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
        taken, out = book(water, dt, column, work)
        entered = dt * ended.surface.flux
        infiltration += entered
        evapotranspiration += taken
        percolation += out
        runoff += ended.surface.runoff
        # not that of the surface's own equation, to which the head was found in steps
        ponded = max(supply - entered - ended.surface.runoff, 0.0) if ended.surface.ponded > 0.0 else 0.0
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
