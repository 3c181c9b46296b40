"""What a step of a Richards column reports: routing of the runoff, and the published numbers."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from numpy.typing import NDArray

from hydro_physics.jit import njit
from hydro_physics.routing import route_giuh
from hydro_physics.van_genuchten import moisture
from richards_bmi.column import Column, Work, soil_of, storage
from richards_bmi.options import RichardsOptions
from richards_bmi.step import Fluxes, Solver, Surface, advance_column
from richards_bmi.system import RichardsCoefficients

CM_PER_M = 100.0

FINE, REFUSED, STUCK, NOT_FINITE = range(4)
"""How a step can end; after the last two the column is where it was before it."""

REMEDY = (
    "give solver.tolerance or solver.shortest smaller values or the grid finer cells, and look at the soils and the "
    "forcing for values far from any real one; if that does not help, report it with configuration and forcing"
)

_Array = NDArray[Any]


class RichardsOutputs(NamedTuple):
    """Results of one step [m].

    Attributes
    ----------
    precipitation, potential_evapotranspiration : float
        The forcing of the step.
    actual_evapotranspiration : float
        By roots, and from rain where the configuration lets evaporation reduce it.
    surface_runoff : float
        Water that the soil does not take, before routing.
    giuh_runoff : float
        Surface runoff, routed.
    soil_storage : float
        At the end of the step.
    total_discharge : float
        Discharge to the channel: the same as `giuh_runoff`.
    infiltration : float
        Into the soil.
    percolation : float
        Out of it at the bottom; negative where water rises from a water table.
    mass_balance : float
        Water in less out less change of storage, without routing.
    ponded_depth : float
        At the end of the step.
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
    mass_balance: float
    ponded_depth: float
    storage: float


PUBLISHED = RichardsOutputs._fields[:-1]
"""Outputs that the BMI component has, too."""

COUNTS = ("substep_count", "repeated_substep_count", "linear_system_count")
"""Counts of a run: sub-steps, those of them that were repeated with a shorter length, and linear systems solved."""


@njit(borrow=True)
def total_storage(water: _Array, ponded: float, queue: _Array) -> float:
    """All water in the catchment [m].

    Parameters
    ----------
    water : array, shape (nodes,)
        Of the cells [cm].
    ponded : float
        [cm].
    queue : array
        Under way in the GIUH [m].
    """
    total = (storage(water) + ponded) / CM_PER_M
    for i in range(queue.size):
        total = total + queue[i]
    return total


@njit(part_of_caller=True, borrow=True)
def advance(
    psi: _Array,
    water: _Array,
    surface: Surface,
    queue: _Array,
    ordinates: _Array,
    rain: float,
    pet: float,
    duration: float,
    solver: Solver,
    column: Column,
    c: RichardsCoefficients,
    options: RichardsOptions,
    work: Work,
) -> tuple[Surface, RichardsOutputs, Fluxes]:
    """Advance a catchment by one forcing step, routing included.

    Parameters
    ----------
    queue, ordinates : array, shape (n,)
        GIUH: water under way [m], changed in place unless the column is stuck, and shares for the length of a step.
    psi, water, surface, rain, pet, duration, solver, column, c, options, work
        As for :func:`richards_bmi.step.advance_column`.
    """
    stored = storage(water) + surface.ponded
    surface, fluxes = advance_column(psi, water, surface, rain, pet, duration, solver, column, c, options, work)
    from_rain = min(rain, pet) if options.pet_affects_precipitation == 1 else 0.0
    routed = 0.0
    if fluxes.stuck < 0:
        routed = route_giuh(fluxes.runoff / CM_PER_M, ordinates, queue)
    mm_to_m = 0.001 * duration
    lost = fluxes.runoff + fluxes.evapotranspiration + fluxes.percolation
    entered = (rain - from_rain) * duration / 10.0
    return (
        surface,
        RichardsOutputs(
            precipitation=mm_to_m * rain,
            potential_evapotranspiration=mm_to_m * pet,
            actual_evapotranspiration=mm_to_m * from_rain + fluxes.evapotranspiration / CM_PER_M,
            surface_runoff=fluxes.runoff / CM_PER_M,
            giuh_runoff=routed,
            soil_storage=storage(water) / CM_PER_M,
            total_discharge=routed,
            infiltration=fluxes.infiltration / CM_PER_M,
            percolation=fluxes.percolation / CM_PER_M,
            mass_balance=(stored + entered - lost - storage(water) - surface.ponded) / CM_PER_M,
            ponded_depth=surface.ponded / CM_PER_M,
            storage=total_storage(water, surface.ponded, queue),
        ),
        fluxes,
    )


@njit(borrow=True)
def outcome(results: RichardsOutputs, fluxes: Fluxes) -> int:
    """Say how a step ended."""
    if fluxes.stuck >= 0:
        return STUCK
    total = results.actual_evapotranspiration + results.infiltration + results.surface_runoff + results.percolation
    return FINE if math.isfinite(total + results.storage) else NOT_FINITE


@njit(borrow=True)
def suction_at(depth: float, psi: _Array, depths: _Array) -> float:
    """Suction at a depth, linear between nodes [cm].

    Parameters
    ----------
    depth : float
        [cm].
    psi, depths : array, shape (nodes,)
        Suctions and depths of the nodes [cm].
    """
    last = psi.size - 1
    if depth <= depths[0]:
        return psi[0]
    for i in range(1, last + 1):
        if depth <= depths[i]:
            share = (depth - depths[i - 1]) / (depths[i] - depths[i - 1])
            return psi[i - 1] + share * (psi[i] - psi[i - 1])
    return psi[last]


@njit(borrow=True)
def layer_at(depth: float, column: Column, depths: _Array) -> int:
    """Layer that a depth is in; at an interface the upper one."""
    for i in range(depths.size):
        # the link above a node lies in one layer
        if depth <= depths[i]:
            return column.link_layer[i]
    return column.layer[depths.size - 1]


@njit(borrow=True)
def observe_at(
    wanted: _Array, psi: _Array, column: Column, depths: _Array, moistures: _Array, suctions: _Array
) -> None:
    """Write moistures [-] and suctions [m] at the depths `wanted` [cm]."""
    for i in range(wanted.size):
        at = suction_at(wanted[i], psi, depths)
        moistures[i] = moisture(at, soil_of(column, layer_at(wanted[i], column, depths)))
        suctions[i] = at / CM_PER_M
