"""One forcing step of a column: sub-steps of a fixed or a chosen length."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from hydro_physics.jit import njit
from lgar_bmi.column import Column, Fronts
from lgar_bmi.options import ADAPTIVE, LgarOptions
from lgar_bmi.processes import LgarCoefficients
from lgar_bmi.substep import Fluxes, Surface, substep

LGAR_C_HEAVY_RAIN = 10.0
"""Rain from which on LGAR-C's adaptive sub-steps are shortest [mm/h]."""


@njit
def add(a: Fluxes, b: Fluxes) -> Fluxes:
    """Sum of what moved in two sub-steps; the imbalance is the larger one."""
    return Fluxes(
        infiltration=a.infiltration + b.infiltration,
        runoff=a.runoff + b.runoff,
        evapotranspiration=a.evapotranspiration + b.evapotranspiration,
        percolation=a.percolation + b.percolation,
        reservoir_outflow=a.reservoir_outflow + b.reservoir_outflow,
        imbalance=a.imbalance + b.imbalance,
    )


@njit
def lgar_c_length(rain: float, ponded: float, shortest: float, whole: float) -> float:
    """Length of LGAR-C's adaptive sub-steps [h]."""
    length = whole
    if rain > LGAR_C_HEAVY_RAIN or ponded > 0.0:
        length = shortest
    elif rain > 0.0:
        length = 2.0 * shortest
    return min(length, whole)


@njit(inline=False)
def fixed_substeps(
    fronts: Fronts,
    old: Fronts,
    state: Surface,
    rain: float,
    pet: float,
    duration: float,
    length: float,
    column: Column,
    c: LgarCoefficients,
    options: LgarOptions,
    events: NDArray[Any],
    books: NDArray[Any],
) -> tuple[Surface, Fluxes]:
    """Advance a column over a forcing step by sub-steps of one length; the last one is shortened to fit.

    Parameters
    ----------
    rain, pet : float
        [mm/h].
    duration, length : float
        Of the forcing step and of a sub-step [h].
    """
    zero = 0.0 * (state.ponded + rain)
    total = Fluxes(zero, zero, zero, zero, zero, zero)
    if options.pet_affects_precipitation == 1:
        taken = min(rain, pet)
        rain = rain - taken
        pet = pet - taken
    if options.lgar_c == 1 and options.substeps == ADAPTIVE:
        length = lgar_c_length(rain, state.ponded, length, duration)
    count = int(duration / length + 1e-8)
    rest = duration - count * length
    for _ in range(count):
        state, fluxes = substep(fronts, old, state, rain / 10.0, pet / 10.0, length, column, c, options, events, books)
        total = add(total, fluxes)
    if rest > 1e-8 * duration:
        state, fluxes = substep(fronts, old, state, rain / 10.0, pet / 10.0, rest, column, c, options, events, books)
        total = add(total, fluxes)
    return state, total
