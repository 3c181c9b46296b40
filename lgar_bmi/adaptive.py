"""Sub-steps whose length follows the error that they make.

Euler's rule moves fronts with the velocity, and evaporates at the rate, of the sub-step's beginning. Half of what these
change by over the sub-step is, to first order, the error; it costs nothing to know. It is kept below a tolerance by
repeating a sub-step that was too long, and by choosing the next one accordingly. A choice of length has no derivative.
"""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import NDArray

from hydro_physics.jit import njit
from lgar_bmi.column import Column, Fronts, copy_fronts, inside_layer, storage, top_of
from lgar_bmi.exchange import infiltrate
from lgar_bmi.options import LgarOptions
from lgar_bmi.processes import LgarCoefficients, evaporation, release
from lgar_bmi.state import Fluxes, Surface, Work, add_fluxes, no_fluxes, with_length, with_repeated
from lgar_bmi.substep import substep

SAFETY = 0.9
LONGEST_GROWTH = 4.0
LONGEST_CUT = 0.2

FINEST = 0.1
"""Shortest sub-step in terms of the configured length."""


@njit(borrow=True)
def substep_error(
    fronts: Fronts,
    old: Fronts,
    before: Surface,
    state: Surface,
    fluxes: Fluxes,
    rain: float,
    pet: float,
    dt: float,
    column: Column,
    c: LgarCoefficients,
    options: LgarOptions,
) -> float:
    """Water that a sub-step misplaced by taking rates as constant [cm].

    Parameters
    ----------
    fronts, old : Fronts
        After and before.
    before, state : Surface
        Before and after.
    fluxes : Fluxes
    rain, pet : float
        Of the sub-step [cm].
    dt : float
        [h].
    column : Column
    c : LgarCoefficients
    options : LgarOptions
    """
    error = 0.0
    if pet > 0.0:
        error += 0.5 * abs(float(evaporation(fronts.psi[0], pet, c) - evaporation(old.psi[0], pet, c)))
    if options.free_drainage == 1:
        error += 0.5 * dt * abs(float(fronts.k[fronts.size[0] - 1] - old.k[old.size[0] - 1]))
    if c.frac_to_reservoir > 0.0 or options.drainage_to_reservoir == 1:
        nothing = 0.0 * rain
        for a, b, full, drained in (
            (c.a, c.b, before.fast, state.fast),
            (c.a_slow, c.b_slow, before.slow, state.slow),
        ):
            change = release(drained, nothing, dt, a, b)[1] - release(full, nothing, dt, a, b)[1]
            error += 0.5 * abs(float(change))
    if fronts.size[0] == old.size[0]:
        for i in range(fronts.size[0] - 1):
            if not inside_layer(fronts, i):
                continue
            contrast = fronts.theta[i] - fronts.theta[i + 1]
            if fronts.layer[i] != old.layer[i] or not inside_layer(old, i):
                # it arrived with the velocity of the layer above
                error += 0.5 * abs(float((fronts.depth[i] - top_of(column, fronts.layer[i])) * contrast))
            elif old.speed[i] > 0.0:
                error += 0.5 * dt * abs(float((fronts.speed[i] - old.speed[i]) * contrast))
    supply = rain + before.ponded
    if supply > 0.0:
        # also where all rain went in: the front may have come to a soil that takes less
        more = infiltrate(fronts, supply, rain, 0.0 * rain, storage(fronts, column), dt, column, options)
        error += 0.5 * abs(float(more - fluxes.infiltration))
    return error


@njit(part_of_caller=True, borrow=True)
def adaptive_substeps(
    fronts: Fronts,
    work: Work,
    state: Surface,
    rain: float,
    pet: float,
    duration: float,
    length: float,
    tolerance: float,
    column: Column,
    c: LgarCoefficients,
    options: LgarOptions,
    events: NDArray[Any],
) -> tuple[Surface, Fluxes]:
    """Advance a column over a forcing step by sub-steps whose error stays below a tolerance.

    Parameters
    ----------
    rain, pet : float
        [cm/h].
    duration : float
        Of the forcing step [h].
    length : float
        Of the first sub-step when it begins to rain [h]; the shortest is `FINEST` of it.
    tolerance : float
        Water that a sub-step may misplace [cm].
    """
    total = no_fluxes(0.0 * (state.ponded + rain))
    done = 0.0
    repeated = 0
    dt = state.length
    if rain > 0.0 and state.raining == 0:
        dt = min(dt, length)
    while done < duration * (1.0 - 1e-12):
        left = duration - done
        # no crumbs at the end
        if dt >= left:
            dt = left
        elif 2.0 * dt > left:
            dt = 0.5 * left
        for i in range(events.size):
            work.counts[i] = events[i]
        new, fluxes = substep(fronts, work, state, rain, pet, dt, column, c, options, events)
        error = substep_error(fronts, work.old, state, new, fluxes, rain * dt, pet * dt, dt, column, c, options)
        factor = LONGEST_GROWTH
        if error > 0.0:
            factor = min(SAFETY * math.sqrt(tolerance / error), LONGEST_GROWTH)
        if error > tolerance and dt > FINEST * length * (1.0 + 1e-9):
            copy_fronts(work.old, fronts)
            for i in range(events.size):
                events[i] = work.counts[i]
            repeated += 1
            dt = max(dt * max(factor, LONGEST_CUT), FINEST * length)
            continue
        state = new
        total = add_fluxes(total, fluxes)
        done += dt
        dt = max(dt * factor, FINEST * length)
    return with_length(state, dt), with_repeated(total, repeated)
