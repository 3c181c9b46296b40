"""The classic soil scheme: evaporation, infiltration, percolation and lateral flow one after the other."""

from __future__ import annotations

from cfe_bmi.coefficients import CfeCoefficients
from cfe_bmi.processes import evaporate_rootzone, evaporate_soil, partition_rain
from cfe_bmi.state import CfeForcing, CfeOptions, SoilFluxes
from hydro_physics.jit import njit


@njit
def drain(storage: float, c: CfeCoefficients, options: CfeOptions) -> tuple[float, float]:
    """Percolation and lateral flow of the water above the threshold; percolation takes its share first.

    Returns
    -------
    percolation, lateral : float
    """
    zero = 0.0 * storage
    above = storage - c.soil_threshold
    if above <= 0.0:
        return zero, zero
    fullness = above * c.drainage_slope
    if options.linear_outlets == 1:
        percolation = c.percolation_max * fullness
        lateral = c.lateral_max * fullness
    else:
        percolation = c.percolation_max * fullness**c.percolation_exponent
        lateral = c.lateral_max * fullness**c.lateral_exponent
    percolation = min(percolation, above)
    return percolation, min(lateral, above - percolation)


@njit
def classic_soil(
    storage: float,
    rain: float,
    pet: float,
    groundwater_room: float,
    forcing: CfeForcing,
    c: CfeCoefficients,
    options: CfeOptions,
) -> SoilFluxes:
    """One step of the soil.

    Parameters
    ----------
    storage : float
        Soil storage, at most its maximum [m].
    rain, pet : float
        Rain and potential evaporation that are left for the soil [m].
    groundwater_room : float
        Water that the groundwater can still take; percolation beyond it stays in the soil [m].

    Returns
    -------
    SoilFluxes
    """
    if options.rootzone_et == 1:
        evaporation = evaporate_rootzone(storage, pet, forcing, c)
    else:
        evaporation = evaporate_soil(storage, pet, c)
    storage = storage - evaporation
    excess, infiltration = partition_rain(rain, storage, forcing, c, options)
    storage = storage + infiltration
    percolation, lateral = drain(storage, c, options)
    percolation = min(percolation, groundwater_room)
    storage = storage - percolation
    storage = storage - lateral
    return SoilFluxes(storage, evaporation, excess, infiltration, percolation, lateral)
