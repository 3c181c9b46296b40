"""What CFE remembers between steps, what drives a step, and what a step gives: NamedTuples of depths in m."""

from __future__ import annotations

from typing import NamedTuple

CLASSIC, ODE = 0, 1
SCHAAKE, XINANJIANG = 1, 2
GIUH, NASH = 1, 2


class CfeOptions(NamedTuple):
    """Which of CFE's schemes are at work: small integers, fixed when a model is set up.

    Attributes
    ----------
    soil_scheme : int
        `CLASSIC`: outlets one after the other; `ODE`: all soil fluxes together, solved exactly.
    partitioning : int
        `SCHAAKE` or `XINANJIANG`.
    surface_runoff : int
        `GIUH` or `NASH`.
    rootzone_et : int
        1: evaporation is limited by the moisture of one soil layer, given from outside.
    frozen_soil : int
        1: ice given from outside reduces infiltration.
    linear_outlets : int
        1: both soil outlets have the exponent 1.
    nash_substeps : int
        Sub-steps of the surface Nash cascade.
    """

    soil_scheme: int = CLASSIC
    partitioning: int = SCHAAKE
    surface_runoff: int = GIUH
    rootzone_et: int = 0
    frozen_soil: int = 0
    linear_outlets: int = 1
    nash_substeps: int = 10


class CfeState(NamedTuple):
    """Storages [m]. The water under way in a GIUH is kept beside it (:mod:`hydro_physics.routing`).

    Attributes
    ----------
    soil, groundwater : float
    lateral : tuple of float
        Nash cascade of lateral flow.
    surface : tuple of float
        Nash cascade of surface runoff; stays 0 when a GIUH does the routing.
    """

    soil: float
    groundwater: float
    lateral: tuple[float, ...]
    surface: tuple[float, ...]


class CfeForcing(NamedTuple):
    """What drives one step.

    Attributes
    ----------
    rain : float
        Rain [m per step].
    pet : float
        Potential evapotranspiration [m per step].
    ice_depth : float
        Ice in the soil, for Schaake [m].
    ice_fraction : float
        Frozen share of the area, for Xinanjiang [-].
    rootzone_moisture : float
        Moisture of the layer that feeds evaporation, with root-zone evaporation [-].
    rootzone_thickness : float
        Thickness of that layer [m].
    """

    rain: float
    pet: float
    ice_depth: float
    ice_fraction: float
    rootzone_moisture: float
    rootzone_thickness: float


class CfeFluxes(NamedTuple):
    """What moved in one step [m]; never negative.

    Attributes
    ----------
    et_rain, et_retention, et_soil : float
        Evaporation from rain, from surface retention, and from the soil.
    excess : float
        Rain (and water above a soil maximum that was lowered) that does not infiltrate.
    infiltration : float
        Rain that infiltrates.
    percolation : float
        Soil to groundwater.
    lateral_inflow : float
        Soil to the lateral Nash cascade.
    lateral_runoff : float
        Lateral Nash cascade to the channel.
    base_flow : float
        Groundwater to the channel.
    surface_runoff : float
        Surface Nash cascade to the channel; 0 with a GIUH.
    runon : float
        Infiltration from the surface Nash cascade.
    """

    et_rain: float
    et_retention: float
    et_soil: float
    excess: float
    infiltration: float
    percolation: float
    lateral_inflow: float
    lateral_runoff: float
    base_flow: float
    surface_runoff: float
    runon: float


class SoilFluxes(NamedTuple):
    """What a soil scheme gives: the new storage and what moved in the step [m]."""

    storage: float
    evaporation: float
    excess: float
    infiltration: float
    percolation: float
    lateral: float
