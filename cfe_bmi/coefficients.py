"""From raw parameters to the coefficients of an hourly step.

Raw values (:class:`CfeParameters`) are in the units that users and calibrations know. :func:`derive` turns them into
:class:`CfeCoefficients`, what the equations of a step need.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from hydro_physics.jit import njit
from hydro_physics.linear import exponential_means

STEP_S = 3600.0
"""Length of a step [s]."""

WATER_WEIGHT = 9810.0
"""Specific weight of water [N m-3]."""

ATMOSPHERE = 101325.0
"""Standard atmosphere [Pa]."""

REFERENCE_DEPTH = 0.5
"""Height above the column's bottom at which field capacity is defined [m]."""

SCHAAKE_REFERENCE_CONDUCTIVITY = 2.0e-6
"""Conductivity that refkdt belongs to, Schaake et al. (1996) [m s-1]."""

FROZEN_FIELD_CAPACITY_RATIO = 0.412 / 0.468
"""Reference field capacity over porosity of Noah's frozen-soil runoff, Koren et al. (1999) [-]."""

FROZEN_SHAPE = 3.0
"""Shape of the gamma distribution of ice content, CVFRZ of Noah [-]."""


class CfeParameters(NamedTuple):
    """Raw parameter values; names and units as in :data:`cfe_bmi.parameters.PARAMETERS`."""

    depth: float
    b: float
    satdk: float
    satpsi: float
    slope: float
    maxsmc: float
    wltsmc: float
    alpha_fc: float
    refkdt: float
    soil_expon: float
    soil_expon_secondary: float
    Klf: float
    Kn: float
    max_gw_storage: float
    Cgw: float
    expon: float
    a_Xinanjiang_inflection_point_parameter: float
    b_Xinanjiang_shape_parameter: float
    x_Xinanjiang_shape_parameter: float
    urban_decimal_fraction: float
    ice_content_threshold: float
    K_nash_surface: float
    Kinf_nash_surface: float
    retention_depth_nash_surface: float


class CfeCoefficients(NamedTuple):
    """What the equations of one hourly step need; storages in m, rates per step.

    Attributes
    ----------
    soil_max, soil_wilting, soil_threshold : float
        Soil storage when saturated, at the wilting point, and where percolation and lateral flow begin [m].
    evaporation_slope, drainage_slope : float
        Rise of evaporation's share between wilting point and threshold, and of drainage's between threshold and
        saturation [1/m]; drainage has none, 0, where the threshold is not below saturation.
    percolation_max, lateral_max : float
        Outflow of the saturated soil [m per step].
    percolation_exponent, lateral_exponent : float
        Exponents of the outlets [-].
    schaake_share : float
        Share of the soil's free space that Schaake's scheme offers to infiltration in a step [-].
    frozen_scale : float
        Shape times ice threshold of the frozen-soil factor [m].
    free_water_exponent : float
        Xinanjiang's x [-].
    impervious : float
        Impervious share of the area [-].
    urban : float
        Urban share of the area [-].
    moisture_wilting, moisture_field_capacity : float
        Soil moistures between which root-zone evaporation is reduced [-].
    groundwater_max : float
        Capacity of the groundwater reservoir [m].
    groundwater_coefficient : float
        Coefficient of its outflow [m per step].
    groundwater_exponent : float
        Exponent of its outflow over its capacity [1/m].
    lateral_rate, surface_rate, runon_rate : float
        Outflow of lateral and surface Nash reservoirs and run-on infiltration [1 per step].
    retention : float
        Depth that the first surface reservoir holds back [m].
    """

    soil_max: float
    soil_wilting: float
    soil_threshold: float
    evaporation_slope: float
    drainage_slope: float
    percolation_max: float
    lateral_max: float
    percolation_exponent: float
    lateral_exponent: float
    schaake_share: float
    frozen_scale: float
    free_water_exponent: float
    impervious: float
    urban: float
    moisture_wilting: float
    moisture_field_capacity: float
    groundwater_max: float
    groundwater_coefficient: float
    groundwater_exponent: float
    lateral_rate: float
    surface_rate: float
    runon_rate: float
    retention: float


@njit
def suction_at_reference(p: CfeParameters) -> float:
    """Suction head at the reference level when the soil is at field capacity [m]."""
    return p.alpha_fc * ATMOSPHERE / WATER_WEIGHT - REFERENCE_DEPTH


@njit
def storage_threshold(p: CfeParameters) -> float:
    r"""Soil storage above which percolation and lateral flow begin [m].

    The storage of a column of depth D in hydrostatic equilibrium with the suction head :math:`\Omega` at its bottom,

    .. math:: T = \int_\Omega^{\Omega + D} \theta_s (\psi_s / h)^{1/b} \, dh
                = \theta_s \psi_s^{1/b} \frac{(\Omega + D)^e - \Omega^e}{e}, \quad e = 1 - 1/b.

    Source: CFE (Ogden et al.), ``SOIL_STORAGE`` threshold. The difference of powers is written so that it stays
    accurate, and differentiable, where b comes to 1 and e to 0. The curve is not cut off at saturation, so a large
    satpsi can put the threshold above the maximum storage.

    Examples
    --------
    >>> from cfe_bmi.examples import CAT_87
    >>> round(storage_threshold(CAT_87), 14)
    0.48725596305483
    """
    omega = suction_at_reference(p)
    e = 1.0 - 1.0 / p.b
    span = math.log((omega + p.depth) / omega)
    mean, _ = exponential_means(-e * span)  # (exp(e span) - 1) / (e span)
    return p.maxsmc * p.satpsi ** (1.0 / p.b) * omega**e * span * mean


@njit(inline=False)
def derive(p: CfeParameters) -> CfeCoefficients:
    """Turn raw parameters into the coefficients of an hourly step.

    Parameters
    ----------
    p : CfeParameters
        Within their valid ranges.

    Returns
    -------
    CfeCoefficients
    """
    hours = STEP_S / 3600.0
    threshold = storage_threshold(p)
    soil_max = p.maxsmc * p.depth
    wilting = p.wltsmc * p.depth
    evaporation_slope = 0.0 * soil_max
    if threshold > wilting:
        evaporation_slope = 1.0 / (threshold - wilting)
    drainage_slope = 0.0 * soil_max
    if soil_max > threshold:
        drainage_slope = 1.0 / (soil_max - threshold)
    magic = p.refkdt * p.satdk / SCHAAKE_REFERENCE_CONDUCTIVITY  # 1 per day
    field_capacity = p.maxsmc * (p.alpha_fc * ATMOSPHERE / (WATER_WEIGHT * p.satpsi)) ** (-1.0 / p.b)
    ice_scale = p.ice_content_threshold * (p.maxsmc * p.depth / threshold) * FROZEN_FIELD_CAPACITY_RATIO
    return CfeCoefficients(
        soil_max=soil_max,
        soil_wilting=wilting,
        soil_threshold=threshold,
        evaporation_slope=evaporation_slope,
        drainage_slope=drainage_slope,
        percolation_max=p.satdk * p.slope * STEP_S,
        lateral_max=p.Klf * hours,
        percolation_exponent=p.soil_expon,
        lateral_exponent=p.soil_expon_secondary,
        schaake_share=1.0 - math.exp(-magic * hours / 24.0),
        frozen_scale=FROZEN_SHAPE * ice_scale,
        free_water_exponent=p.x_Xinanjiang_shape_parameter,
        impervious=0.95 * p.urban_decimal_fraction,
        urban=p.urban_decimal_fraction,
        moisture_wilting=p.wltsmc,
        moisture_field_capacity=field_capacity,
        groundwater_max=p.max_gw_storage,
        groundwater_coefficient=p.Cgw * hours,
        groundwater_exponent=p.expon / p.max_gw_storage,
        lateral_rate=p.Kn * hours,
        surface_rate=p.K_nash_surface * hours,
        runon_rate=p.Kinf_nash_surface * hours,
        retention=p.retention_depth_nash_surface,
    )
