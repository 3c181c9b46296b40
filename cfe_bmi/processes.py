"""CFE's processes, one function each.

All depths are m over the catchment, all fluxes m per step. The equations are those of CFE 2.x (NOAA-OWP/cfe,
F. Ogden et al.), in the form that conserves water; the documentation lists the differences. Functions are generic in
the number type, so the same source gives values and derivatives.
"""

from __future__ import annotations

import math

from cfe_bmi.coefficients import CfeCoefficients
from cfe_bmi.one_piece import in_one_piece
from cfe_bmi.state import XINANJIANG, CfeForcing, CfeOptions
from hydro_physics.exponential import exp
from hydro_physics.jit import carries_tangent, njit

ICE_CUTOFF = 1e-2
"""Ice content below which Schaake's scheme takes the soil as unfrozen [m]."""


@njit
def evaporate_rain(rain: float, pet: float) -> tuple[float, float, float]:
    """Evaporate falling rain first.

    Returns
    -------
    evaporation, rain left, pet left : float

    Examples
    --------
    >>> evaporate_rain(3.0, 1.0)
    (1.0, 2.0, 0.0)
    """
    evaporation = 0.0 * rain
    # where both are 0, more of one does not evaporate: the tie of `min` has no side to take
    if rain > 0.0 or pet > 0.0:
        evaporation = min(rain, pet)
    return evaporation, rain - evaporation, pet - evaporation


@njit
def soil_stress(storage: float, c: CfeCoefficients) -> float:
    """Share of potential evaporation that the soil can meet: 0 at the wilting point, 1 from the threshold on."""
    if storage >= c.soil_threshold:
        return 1.0 + 0.0 * storage
    if storage > c.soil_wilting:
        return (storage - c.soil_wilting) * c.evaporation_slope
    return 0.0 * storage


@njit
def evaporate_soil(storage: float, pet: float, c: CfeCoefficients) -> float:
    """Evaporate from the soil as a whole, limited by its storage."""
    if storage <= c.soil_wilting:
        return 0.0 * pet
    return min(soil_stress(storage, c) * pet, storage)


@njit
def evaporate_rootzone(storage: float, pet: float, forcing: CfeForcing, c: CfeCoefficients) -> float:
    """Evaporate from one soil layer whose moisture is known, limited by the water in it."""
    if storage <= c.soil_wilting:
        return 0.0 * pet
    moisture = forcing.rootzone_moisture
    if moisture <= c.moisture_wilting:
        return 0.0 * pet
    demand = pet
    if moisture < c.moisture_field_capacity:
        demand = (moisture - c.moisture_wilting) / (c.moisture_field_capacity - c.moisture_wilting) * pet
    return min(min(demand, moisture * forcing.rootzone_thickness), storage)


@njit
def frozen_soil_factor(ice_depth: float, c: CfeCoefficients) -> float:
    r"""Share of infiltration that ice in the soil lets through.

    Ice content is gamma distributed over the area; water enters where it is below a threshold: the share is
    :math:`1 - e^{-a} (1 + a + a^2/2)`, written as a series where that difference would cancel. Source: Koren et al.
    (1999), as in Noah and CFE.
    """
    if ice_depth <= ICE_CUTOFF:
        return 1.0 + 0.0 * ice_depth
    a = c.frozen_scale / ice_depth
    if a < 0.2:
        tail = 1.0 + a / 4 * (
            1.0 + a / 5 * (1.0 + a / 6 * (1.0 + a / 7 * (1.0 + a / 8 * (1.0 + a / 9 * (1.0 + a / 10)))))
        )
        return exp(-a) * a * a * a / 6.0 * tail
    return 1.0 - exp(-a) * (1.0 + a + 0.5 * a * a)


@njit
def schaake_infiltration(
    rain: float, deficit: float, forcing: CfeForcing, c: CfeCoefficients, options: CfeOptions
) -> float:
    r"""Rain that infiltrates, after Schaake et al. (1996).

    The soil offers :math:`I_c = d (1 - e^{-m \Delta t})` of its free space d; infiltration is
    :math:`P I_c / (P + I_c)`.
    """
    capacity = deficit * c.schaake_share
    if rain + capacity <= 0.0:
        return 0.0 * rain
    infiltration = rain * capacity / (rain + capacity)
    if options.frozen_soil == 1:
        infiltration = infiltration * frozen_soil_factor(forcing.ice_depth, c)
    return infiltration


@njit
def xinanjiang_infiltration(
    rain: float, storage: float, forcing: CfeForcing, c: CfeCoefficients, options: CfeOptions
) -> float:
    r"""Rain that infiltrates, after Jayawardena and Zhou (2000).

    Rain on impervious ground runs off. Of the rest, the share :math:`(1 - f/F)^x` infiltrates, where f is the free
    water above the soil's threshold and F its maximum.

    The scheme multiplies the other share, of runoff, with that of a tension water curve (parameters a and b). CFE has
    one soil store, whose tension water is full before free water exists: wherever there is free water, the tension
    water curve gives exactly 1. So a and b have no effect, here as in CFE.
    """
    free_max = c.soil_max - c.soil_threshold
    if free_max <= 0.0:
        return 0.0 * rain
    blocked = c.impervious
    if options.frozen_soil == 1:
        blocked = blocked + (1.0 - c.urban) * forcing.ice_fraction
    pervious_rain = rain - blocked * rain
    free = storage - c.soil_threshold
    if free <= 0.0:
        return pervious_rain
    room = max(1.0 - free / free_max, 0.0 * free)
    if room <= 0.0 and c.free_water_exponent < 1.0:
        return 0.0 * rain  # the power falls to 0 with an infinite slope
    if in_one_piece(options):
        return math.nan + 0.0 * rain
    return pervious_rain * room**c.free_water_exponent


@njit
def partition_rain(
    rain: float, storage: float, forcing: CfeForcing, c: CfeCoefficients, options: CfeOptions
) -> tuple[float, float]:
    """Divide rain into excess and infiltration; the soil takes no more than it has room for.

    Parameters
    ----------
    rain : float
        Rain left after evaporation [m].
    storage : float
        Soil storage, at most its maximum but for round-off [m].

    Returns
    -------
    excess, infiltration : float
    """
    if rain <= 0.0 and not carries_tangent(rain):
        return 0.0 * rain, 0.0 * rain  # most hours
    deficit = max(c.soil_max - storage, 0.0 * storage)
    if options.partitioning == XINANJIANG:
        infiltration = xinanjiang_infiltration(rain, storage, forcing, c, options)
    else:
        infiltration = schaake_infiltration(rain, deficit, forcing, c, options)
    if in_one_piece(options) and infiltration != infiltration:
        return infiltration, infiltration  # that `min` would lose
    infiltration = min(infiltration, min(rain, deficit))
    return rain - infiltration, infiltration


@njit
def groundwater_outflow(storage: float, c: CfeCoefficients) -> float:
    """Outflow of the exponential groundwater reservoir, at most its storage."""
    outflow = c.groundwater_coefficient * (exp(c.groundwater_exponent * storage) - 1.0)
    return min(outflow, storage)
