"""What a step of LGAR reports: routing of the runoff, and the published numbers."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from numpy.typing import NDArray

from hydro_physics.jit import njit
from hydro_physics.routing import route_giuh
from lgar_bmi.column import Column, Fronts, storage
from lgar_bmi.events import FULL, RESTLESS
from lgar_bmi.options import LgarOptions
from lgar_bmi.processes import LgarCoefficients
from lgar_bmi.state import Surface, Work
from lgar_bmi.step import advance_column

CM_PER_M = 100.0

FINE, REFUSED, TOO_MANY_FRONTS, NO_END, NOT_FINITE = range(5)
"""How a step can end; after the last three the column is not to be used any more."""

FAILURES = {
    TOO_MANY_FRONTS: "there are more wetting fronts than a column holds",
    NO_END: "the corrections of the wetting fronts did not come to an end",
    NOT_FINITE: "a flux is not a finite number",
}
"""What has happened."""

REMEDY = (
    "shorten the sub-steps or make them adaptive, and look at the soils for values far from any real one; if that does "
    "not help, report it with configuration and forcing"
)

_Array = NDArray[Any]


class LgarOutputs(NamedTuple):
    """Results of one step under the names of LASAM's BMI [m]; then what LASAM does not publish.

    Attributes
    ----------
    precipitation, potential_evapotranspiration : float
        The forcing of the step.
    actual_evapotranspiration : float
        From the soil, and from rain where the configuration lets evaporation reduce it.
    surface_runoff : float
        Water that the soil does not take, before routing.
    giuh_runoff : float
        Surface runoff and outflow of the reservoirs, routed.
    soil_storage : float
        At the end of the step.
    total_discharge : float
        Discharge to the channel: the same as `giuh_runoff`.
    infiltration, percolation : float
        Into the soil; out of it at the bottom.
    conceptual_reservoir_to_stream_discharge : float
        Before routing.
    mass_balance : float
        Water in less out less change of storage, without routing.
    conceptual_reservoir_storage, ponded_depth : float
        At the end of the step.
    soil_num_wetting_fronts : float
        At the end of the step [-].
    storage : float
        All water in the catchment.
    """

    precipitation: float
    potential_evapotranspiration: float
    actual_evapotranspiration: float
    surface_runoff: float
    giuh_runoff: float
    soil_storage: float
    total_discharge: float
    infiltration: float
    percolation: float
    conceptual_reservoir_to_stream_discharge: float
    mass_balance: float
    conceptual_reservoir_storage: float
    ponded_depth: float
    soil_num_wetting_fronts: float
    storage: float


PUBLISHED = LgarOutputs._fields[:-1]
"""Outputs that the BMI component has, too."""


@njit(borrow=True)
def total_storage(fronts: Fronts, surface: Surface, queue: _Array, column: Column) -> float:
    """All water in the catchment [m]."""
    total = (storage(fronts, column) + surface.ponded + surface.fast + surface.slow) / CM_PER_M
    for i in range(queue.size):
        total = total + queue[i]
    return total


@njit(part_of_caller=True, borrow=True)
def advance(
    fronts: Fronts,
    work: Work,
    surface: Surface,
    queue: _Array,
    ordinates: _Array,
    rain: float,
    pet: float,
    duration: float,
    length: float,
    tolerance: float,
    column: Column,
    c: LgarCoefficients,
    options: LgarOptions,
    events: _Array,
) -> tuple[Surface, LgarOutputs]:
    """Advance a catchment by one forcing step, routing included.

    Parameters
    ----------
    queue, ordinates : array, shape (n,)
        GIUH: water under way [m], changed in place, and shares for the length of a step.
    rain, pet : float
        [mm/h].
    fronts, work, surface, duration, length, tolerance, column, c, options, events
        As for :func:`lgar_bmi.step.advance_column`.
    """
    surface, fluxes = advance_column(
        fronts, work, surface, rain, pet, duration, length, tolerance, column, c, options, events
    )
    from_rain = min(rain, pet) if options.pet_affects_precipitation == 1 else 0.0 * rain
    routed = route_giuh((fluxes.runoff + fluxes.reservoir_outflow) / CM_PER_M, ordinates, queue)
    mm_to_m = 0.001 * duration
    return surface, LgarOutputs(
        precipitation=mm_to_m * rain,
        potential_evapotranspiration=mm_to_m * pet,
        actual_evapotranspiration=mm_to_m * from_rain + fluxes.evapotranspiration / CM_PER_M,
        surface_runoff=fluxes.runoff / CM_PER_M,
        giuh_runoff=routed,
        soil_storage=storage(fronts, column) / CM_PER_M,
        total_discharge=routed,
        infiltration=fluxes.infiltration / CM_PER_M,
        percolation=fluxes.percolation / CM_PER_M,
        conceptual_reservoir_to_stream_discharge=fluxes.reservoir_outflow / CM_PER_M,
        mass_balance=fluxes.imbalance / CM_PER_M,
        conceptual_reservoir_storage=(surface.fast + surface.slow) / CM_PER_M,
        ponded_depth=surface.ponded / CM_PER_M,
        soil_num_wetting_fronts=float(fronts.size[0]),
        storage=total_storage(fronts, surface, queue, column),
    )


@njit(borrow=True)
def outcome(results: LgarOutputs, events: _Array) -> int:
    """Say how a step ended."""
    if events[FULL] > 0:
        return TOO_MANY_FRONTS
    if events[RESTLESS] > 0:
        return NO_END
    fluxes = results.actual_evapotranspiration + results.infiltration + results.surface_runoff + results.percolation
    if not math.isfinite(fluxes + results.conceptual_reservoir_to_stream_discharge + results.storage):
        return NOT_FINITE
    return FINE


@njit(borrow=True)
def moisture_at(depth: float, fronts: Fronts) -> float:
    """Moisture at a depth [-]; at a front, that of the block above it.

    Parameters
    ----------
    depth : float
        [cm].
    fronts : Fronts
    """
    for i in range(fronts.size[0]):
        if depth <= fronts.depth[i]:
            return fronts.theta[i]
    return fronts.theta[fronts.size[0] - 1]


@njit(borrow=True)
def moistures_at(depths: _Array, fronts: Fronts, moistures: _Array) -> None:
    """Write the moistures at all `depths` [cm]."""
    for i in range(depths.size):
        moistures[i] = moisture_at(depths[i], fronts)
