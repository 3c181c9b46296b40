"""One hourly step of CFE: a pure function of state, forcing and coefficients."""

from __future__ import annotations

from cfe_bmi.coefficients import CfeCoefficients
from cfe_bmi.processes import evaporate_rain, groundwater_outflow
from cfe_bmi.soil_classic import classic_soil
from cfe_bmi.soil_ode import ode_soil
from cfe_bmi.state import NASH, ODE, CfeFluxes, CfeForcing, CfeOptions, CfeState
from hydro_physics.jit import njit, replace_item
from hydro_physics.routing import route_nash, route_surface_nash


@njit
def step(state: CfeState, forcing: CfeForcing, c: CfeCoefficients, options: CfeOptions) -> tuple[CfeState, CfeFluxes]:
    """Advance CFE by one step.

    Water above a maximum that was lowered since the last step leaves at once: from the soil as excess, from the
    groundwater as base flow. With a GIUH the excess still has to be routed (:func:`hydro_physics.routing.route_giuh`).

    Parameters
    ----------
    state : CfeState
        Storages at the start of the step [m].
    forcing : CfeForcing
        Not negative [m per step].
    c : CfeCoefficients
    options : CfeOptions

    Returns
    -------
    state : CfeState
    fluxes : CfeFluxes
        They and the change of the storages balance to round-off.
    """
    zero = 0.0 * state.soil
    soil_surplus = max(state.soil - c.soil_max, zero)
    groundwater_surplus = max(state.groundwater - c.groundwater_max, zero)
    soil = state.soil - soil_surplus
    groundwater = state.groundwater - groundwater_surplus
    surface = state.surface

    et_rain, rain, pet = evaporate_rain(forcing.rain, forcing.pet)
    et_retention = zero
    if options.surface_runoff == NASH:
        # water that waits on the surface evaporates as falling rain does
        et_retention, left, pet = evaporate_rain(surface[0], pet)
        surface = replace_item(surface, 0, left)

    room = c.groundwater_max - groundwater
    if options.soil_scheme == ODE:
        column = ode_soil(soil, rain, pet, room, forcing, c, options)
    else:
        column = classic_soil(soil, rain, pet, room, forcing, c, options)
    soil = column.storage
    excess = column.excess + soil_surplus

    groundwater = groundwater + column.percolation
    base_flow = groundwater_outflow(groundwater, c)
    groundwater = groundwater - base_flow
    base_flow = base_flow + groundwater_surplus

    surface_runoff = zero
    runon = zero
    if options.surface_runoff == NASH:
        surface, surface_runoff, runon = route_surface_nash(
            surface,
            excess,
            c.surface_rate,
            c.runon_rate,
            c.retention,
            c.soil_max - soil,
            options.nash_substeps,
        )
        soil = soil + runon
    lateral, lateral_runoff = route_nash(state.lateral, column.lateral, c.lateral_rate)

    return CfeState(soil, groundwater, lateral, surface), CfeFluxes(
        et_rain=et_rain,
        et_retention=et_retention,
        et_soil=column.evaporation,
        excess=excess,
        infiltration=column.infiltration,
        percolation=column.percolation,
        lateral_inflow=column.lateral,
        lateral_runoff=lateral_runoff,
        base_flow=base_flow,
        surface_runoff=surface_runoff,
        runon=runon,
    )
