"""One forcing step of a column: sub-steps of a fixed or a chosen length."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from hydro_physics.jit import njit
from lgar_bmi.adaptive import adaptive_substeps
from lgar_bmi.column import Column, Fronts
from lgar_bmi.options import ADAPTIVE, LgarOptions
from lgar_bmi.processes import LgarCoefficients
from lgar_bmi.state import Fluxes, Surface, Work, add_fluxes, no_fluxes
from lgar_bmi.substep import substep

LGAR_C_HEAVY_RAIN = 1.0
"""Rain from which on LGAR-C's adaptive sub-steps are shortest [cm/h]."""


@njit(borrow=True)
def lgar_c_length(rain: float, ponded: float, shortest: float, whole: float) -> float:
    """Length of LGAR-C's adaptive sub-steps [h]."""
    length = whole
    if rain > LGAR_C_HEAVY_RAIN or ponded > 0.0:
        length = shortest
    elif rain > 0.0:
        length = 2.0 * shortest
    return min(length, whole)


@njit(part_of_caller=True, borrow=True)
def fixed_substeps(
    fronts: Fronts,
    work: Work,
    state: Surface,
    rain: float,
    pet: float,
    duration: float,
    length: float,
    column: Column,
    c: LgarCoefficients,
    options: LgarOptions,
    events: NDArray[Any],
) -> tuple[Surface, Fluxes]:
    """Advance a column over a forcing step by sub-steps of one length; the last one is shortened to fit.

    Parameters
    ----------
    rain, pet : float
        [cm/h].
    duration, length : float
        Of the forcing step and of a sub-step [h].
    """
    total = no_fluxes(0.0 * (state.ponded + rain))
    count = int(duration / length + 1e-8)
    rest = duration - count * length
    for i in range(count + int(rest > 1e-8 * duration)):
        dt = length if i < count else rest
        state, fluxes = substep(fronts, work, state, rain, pet, dt, column, c, options, events)
        total = add_fluxes(total, fluxes)
    return state, total


@njit(part_of_caller=True, borrow=True)
def advance_column(
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
    """Advance a column by one forcing step.

    Parameters
    ----------
    fronts : Fronts
        Changed in place.
    work : Work
        Room to work in.
    state : Surface
    rain, pet : float
        Not negative [mm/h].
    duration, length : float
        Of the forcing step and of a sub-step [h].
    tolerance : float
        Of adaptive sub-steps [cm].
    column : Column
    c : LgarCoefficients
    options : LgarOptions
    events : array of int, shape (`lgar_bmi.events.COUNTERS`,)
        Counts, added to in place.

    Returns
    -------
    state : Surface
    fluxes : Fluxes
        Totals of the step [cm].
    """
    if options.pet_affects_precipitation == 1:
        taken = min(rain, pet)
        rain = rain - taken
        pet = pet - taken
    rain = rain / 10.0
    pet = pet / 10.0
    if options.substeps == ADAPTIVE:
        if options.lgar_c == 0:
            return adaptive_substeps(
                fronts, work, state, rain, pet, duration, length, tolerance, column, c, options, events
            )
        length = lgar_c_length(rain, state.ponded, length, duration)
    return fixed_substeps(fronts, work, state, rain, pet, duration, length, column, c, options, events)
