"""Properties of air and water that evaporation depends on."""

from __future__ import annotations

import math

from hydro_physics.jit import njit

FREEZING = 273.15
"""Temperature of 0 degrees Celsius [K]."""

HEAT_CAPACITY = 1013.0
"""Specific heat of moist air at constant pressure [J kg-1 K-1] (Allen et al. 1998, eq. 8)."""

MASS_RATIO = 0.622
"""Mass of a molecule of water over that of dry air [-]."""

GAS_CONSTANT = 287.0
"""Of dry air [J kg-1 K-1]."""

LATENT_HEAT = 2.45e6
"""Latent heat of vaporisation at 20 degrees Celsius, the constant of FAO-56 [J kg-1]."""


@njit
def saturation_vapor_pressure(celsius: float) -> float:
    """Vapour pressure of saturated air over water [Pa].

    ``e = 610.8 exp(17.27 T / (T + 237.3))``, T in degrees Celsius (Tetens 1930; Allen et al. 1998, eq. 11).

    >>> round(saturation_vapor_pressure(24.5))
    3075
    """
    return 610.8 * math.exp(17.27 * celsius / (celsius + 237.3))


@njit
def saturation_slope(celsius: float) -> float:
    """Slope of :func:`saturation_vapor_pressure` [Pa K-1] (Allen et al. 1998, eq. 13).

    >>> round(saturation_slope(28.0))
    220
    """
    return 4098.0 * saturation_vapor_pressure(celsius) / (celsius + 237.3) ** 2


@njit
def vapor_pressure(humidity: float, pressure: float) -> float:
    """Vapour pressure [Pa] of air with a specific humidity [kg kg-1] at a pressure [Pa].

    ``e = q p / (0.622 + 0.378 q)``, the definition of specific humidity solved for e.
    """
    return humidity * pressure / (MASS_RATIO + (1.0 - MASS_RATIO) * humidity)


@njit
def specific_humidity(vapor: float, pressure: float) -> float:
    """Specific humidity [kg kg-1], the inverse of :func:`vapor_pressure`.

    >>> round(vapor_pressure(specific_humidity(1500.0, 9e4), 9e4), 9)
    1500.0
    """
    return MASS_RATIO * vapor / (pressure - (1.0 - MASS_RATIO) * vapor)


@njit
def latent_heat(celsius: float) -> float:
    """Latent heat of vaporisation of water [J kg-1] (Harrison 1963; Allen et al. 1998, annex 3)."""
    return 2.501e6 - 2361.0 * celsius


@njit
def psychrometric_constant(pressure: float, latent: float) -> float:
    """Psychrometric constant [Pa K-1] at a pressure [Pa] (Allen et al. 1998, eq. 8).

    ``gamma = c_p p / (0.622 lambda)``

    >>> round(psychrometric_constant(81.8e3, LATENT_HEAT))
    54
    """
    return HEAT_CAPACITY * pressure / (MASS_RATIO * latent)


@njit
def pressure_at(elevation: float) -> float:
    """Pressure of a standard atmosphere at 20 degrees Celsius [Pa] at an elevation [m] (Allen et al. 1998, eq. 7).

    >>> round(pressure_at(1800.0), -2)
    81800.0
    """
    return 101.3e3 * ((293.0 - 0.0065 * elevation) / 293.0) ** 5.26


@njit
def air_density(pressure: float, kelvin: float, humidity: float) -> float:
    """Density of moist air [kg m-3]: an ideal gas at its virtual temperature ``T (1 + 0.608 q)``."""
    return pressure / (GAS_CONSTANT * kelvin * (1.0 + 0.608 * humidity))


@njit
def water_density(celsius: float) -> float:
    """Density of liquid water [kg m-3] (McCutcheon, Martin and Barnwell 1993); below freezing that of 0 degrees.

    >>> round(water_density(25.0))
    997
    """
    t = max(celsius, 0.0 * celsius)
    return 1000.0 * (1.0 - (t + 288.9414) / (508929.2 * (t + 68.12963)) * (t - 3.9863) ** 2)
