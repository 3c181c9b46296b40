"""Raw parameters, and what the equations need of them."""

from __future__ import annotations

import math
from typing import NamedTuple

from hydro_physics.jit import njit
from pet_bmi.air import pressure_at
from pet_bmi.wind import DISPLACEMENT, MOMENTUM_ROUGHNESS, VON_KARMAN, conductance, open_conductance, share_at_2m


class PetParameters(NamedTuple):
    """Parameters as configurations give them: see :data:`pet_bmi.parameters.PARAMETERS`."""

    albedo: float = 0.23
    emissivity: float = 1.0
    wind_height: float = 10.0
    humidity_height: float = 2.0
    vegetation_height: float = 0.12
    roughness_height: float = 0.0003
    surface_resistance: float = 70.0
    priestley_taylor_alpha: float = 1.26
    default_wind: float = 2.0
    elevation: float = 0.0
    latitude: float = 0.0
    longitude: float = 0.0
    initial_clearness: float = 0.75


class PetCoefficients(NamedTuple):
    """What the equations need.

    Attributes
    ----------
    albedo, emissivity : float
        [-].
    at_2m : float
        Wind 2 m above grass as a share of the wind measured [-].
    grass, smooth : float
        Conductance of the vegetation, and of the smooth surface, for each m s-1 of wind measured [-].
    resistance : float
        Of the surface [s m-1].
    alpha : float
        Of Priestley and Taylor [-].
    default_wind : float
        At the height of the measurement [m s-1].
    elevation, pressure : float
        Elevation [m], and the pressure there [Pa].
    latitude : float
        [rad].
    longitude : float
        [degree].
    half_step : float
        Half a step as an hour angle [rad].
    """

    albedo: float
    emissivity: float
    at_2m: float
    grass: float
    smooth: float
    resistance: float
    alpha: float
    default_wind: float
    elevation: float
    pressure: float
    latitude: float
    longitude: float
    half_step: float


@njit
def derive(p: PetParameters, step_s: float) -> PetCoefficients:
    """Derive what the equations need from parameters and the length of a step [s]."""
    at_2m = share_at_2m(p.wind_height)
    # heights that the chosen method does not use need not fit one another
    lowest = min(p.wind_height, p.humidity_height)
    grass = 0.0 * lowest
    if lowest > (DISPLACEMENT + MOMENTUM_ROUGHNESS) * p.vegetation_height:
        grass = conductance(p.wind_height, p.humidity_height, p.vegetation_height)
    smooth = 0.0 * lowest
    if lowest > p.roughness_height:
        smooth = open_conductance(p.wind_height, p.humidity_height, p.roughness_height, VON_KARMAN)
    return PetCoefficients(
        albedo=p.albedo,
        emissivity=p.emissivity,
        at_2m=at_2m,
        grass=grass,
        smooth=smooth,
        resistance=p.surface_resistance,
        alpha=p.priestley_taylor_alpha,
        default_wind=p.default_wind / at_2m,
        elevation=p.elevation,
        pressure=pressure_at(p.elevation),
        latitude=p.latitude * math.pi / 180.0,
        longitude=p.longitude,
        half_step=math.pi * step_s / 86400.0,
    )
