"""What a step of CFE reports: routing of the excess, and the published numbers."""

from __future__ import annotations

from typing import NamedTuple

from numpy.typing import NDArray

from cfe_bmi.coefficients import STEP_S, CfeCoefficients
from cfe_bmi.state import GIUH, CfeFluxes, CfeForcing, CfeOptions, CfeState
from cfe_bmi.step import step
from hydro_physics.jit import njit
from hydro_physics.routing import route_giuh


class CfeOutputs(NamedTuple):
    """Results of one step [m]; the names are those of CFE's BMI in lower case, then what CFE does not publish.

    Attributes
    ----------
    rain_rate, potential_et : float
        The forcing of the step.
    infiltration_excess : float
        Water handed to surface routing.
    direct_runoff, nash_lateral_runoff, deep_gw_to_channel_flux : float
        The three paths to the channel: surface, lateral flow, base flow.
    q_out : float
        Their sum.
    soil_to_gw_flux : float
        Percolation.
    actual_et : float
        Evaporation from rain, retention and soil.
    gw_storage, soil_storage : float
        At the end of the step.
    soil_storage_change : float
        Over the step, without run-on infiltration (as in CFE, which reports it before surface routing).
    nwm_ponded_depth : float
        Water under way on the surface.
    et_from_rain, et_from_retention, et_from_soil : float
        The parts of `actual_et`.
    infiltration, lateral_flow, runon_infiltration : float
        Rain into the soil, soil into the lateral cascade, surface water into the soil.
    storage : float
        All water in the catchment.
    """

    rain_rate: float
    infiltration_excess: float
    direct_runoff: float
    nash_lateral_runoff: float
    deep_gw_to_channel_flux: float
    soil_to_gw_flux: float
    q_out: float
    potential_et: float
    actual_et: float
    gw_storage: float
    soil_storage: float
    soil_storage_change: float
    nwm_ponded_depth: float
    et_from_rain: float
    et_from_retention: float
    et_from_soil: float
    infiltration: float
    lateral_flow: float
    runon_infiltration: float
    storage: float


@njit
def hourly_forcing(
    rain_mm_h: float,
    pet_m_s: float,
    ice_depth: float,
    ice_fraction: float,
    rootzone_moisture: float,
    rootzone_thickness: float,
) -> CfeForcing:
    """Depths per step from the rates that BMI gives: rain in mm h-1, potential evaporation in m s-1."""
    return CfeForcing(
        rain_mm_h / 1000.0, pet_m_s * STEP_S, ice_depth, ice_fraction, rootzone_moisture, rootzone_thickness
    )


@njit
def surface_water(state: CfeState, queue: NDArray, options: CfeOptions) -> float:  # type: ignore[type-arg]
    """Water under way on the surface [m]."""
    total = 0.0 * state.soil
    if options.surface_runoff == GIUH:
        for i in range(queue.size):
            total = total + queue[i]
    else:
        for i in range(len(state.surface)):
            total = total + state.surface[i]
    return total


@njit
def total_storage(state: CfeState, surface: float) -> float:
    """All water in the catchment [m]; `surface` is the water under way on it."""
    total = state.soil + state.groundwater + surface
    for i in range(len(state.lateral)):
        total = total + state.lateral[i]
    return total


@njit
def report(
    state: CfeState, fluxes: CfeFluxes, forcing: CfeForcing, before: float, direct: float, surface: float
) -> CfeOutputs:
    """Put a step's results together: sums and differences of what is given.

    Parameters
    ----------
    state : CfeState
        At the end of the step.
    fluxes : CfeFluxes
    forcing : CfeForcing
    before : float
        Soil storage at the start of the step [m].
    direct : float
        Surface runoff that reaches the channel [m].
    surface : float
        Water under way on the surface at the end of the step [m].
    """
    return CfeOutputs(
        rain_rate=forcing.rain,
        infiltration_excess=fluxes.excess,
        direct_runoff=direct,
        nash_lateral_runoff=fluxes.lateral_runoff,
        deep_gw_to_channel_flux=fluxes.base_flow,
        soil_to_gw_flux=fluxes.percolation,
        q_out=direct + fluxes.lateral_runoff + fluxes.base_flow,
        potential_et=forcing.pet,
        # the sum of the parts can round to more than the whole
        actual_et=min(fluxes.et_rain + fluxes.et_retention + fluxes.et_soil, forcing.pet),
        gw_storage=state.groundwater,
        soil_storage=state.soil,
        soil_storage_change=state.soil - fluxes.runon - before,
        nwm_ponded_depth=surface,
        et_from_rain=fluxes.et_rain,
        et_from_retention=fluxes.et_retention,
        et_from_soil=fluxes.et_soil,
        infiltration=fluxes.infiltration,
        lateral_flow=fluxes.lateral_inflow,
        runon_infiltration=fluxes.runon,
        storage=total_storage(state, surface),
    )


@njit
def advance(
    state: CfeState,
    queue: NDArray,  # type: ignore[type-arg]
    ordinates: NDArray,  # type: ignore[type-arg]
    forcing: CfeForcing,
    c: CfeCoefficients,
    options: CfeOptions,
) -> tuple[CfeState, CfeOutputs]:
    """Advance a catchment by one step, surface routing included.

    Parameters
    ----------
    state : CfeState
    queue, ordinates : array, shape (n,)
        GIUH: water under way (changed in place) and shares; not used with a surface Nash cascade.
    forcing : CfeForcing
    c : CfeCoefficients
    options : CfeOptions
    """
    before = state.soil
    state, fluxes = step(state, forcing, c, options)
    direct = fluxes.surface_runoff
    if options.surface_runoff == GIUH:
        direct = route_giuh(fluxes.excess, ordinates, queue)
    return state, report(state, fluxes, forcing, before, direct, surface_water(state, queue, options))
