"""Where the sun stands, and what it gives outside the atmosphere (Allen et al. 1998, eq. 21 to 33)."""

from __future__ import annotations

import math

from hydro_physics.jit import njit

SOLAR_CONSTANT = 0.0820e6 / 60.0
"""0.0820 MJ m-2 min-1 in W m-2."""


@njit
def inverse_distance(day: float) -> float:
    """Inverse relative distance of earth and sun, squared [-], on a day of the year (eq. 23)."""
    return 1.0 + 0.033 * math.cos(2.0 * math.pi / 365.0 * day)


@njit
def declination(day: float) -> float:
    """Declination of the sun [rad] on a day of the year (eq. 24)."""
    return 0.409 * math.sin(2.0 * math.pi / 365.0 * day - 1.39)


@njit
def sunset_hour_angle(latitude: float, decl: float) -> float:
    """Hour angle of sunset [rad]: 0 in polar night, pi on a polar day (eq. 25).

    Parameters
    ----------
    latitude, decl : float
        Latitude and declination [rad].
    """
    cosine = -math.tan(latitude) * math.tan(decl)
    if cosine >= 1.0:
        return 0.0 * cosine
    if cosine <= -1.0:
        return math.pi + 0.0 * cosine
    return math.acos(cosine)


@njit
def seasonal_correction(day: float) -> float:
    """What solar time is ahead of mean time [h] (eq. 32, 33)."""
    b = 2.0 * math.pi * (day - 81.0) / 364.0
    return 0.1645 * math.sin(2.0 * b) - 0.1255 * math.cos(b) - 0.025 * math.sin(b)


@njit
def hour_angle(hour: float, longitude: float, day: float) -> float:
    """Hour angle of the sun [rad], -pi to pi, 0 at solar noon (eq. 31, with UTC for the zone's time).

    Parameters
    ----------
    hour : float
        Hours since midnight, UTC.
    longitude : float
        Positive east [degree].
    day : float
        Of the year.
    """
    solar = hour + longitude / 15.0 + seasonal_correction(day)
    turned = (solar - 12.0) / 24.0
    return 2.0 * math.pi * (turned - math.floor(turned + 0.5))


@njit
def extraterrestrial_radiation(latitude: float, day: float, angle: float, half: float) -> float:
    """Mean shortwave radiation on a horizontal plane outside the atmosphere [W m-2] (eq. 28, and 21 for a day).

    Parameters
    ----------
    latitude : float
        [rad].
    day : float
        Of the year.
    angle : float
        Hour angle in the middle of the period [rad].
    half : float
        Half the period as an angle [rad]: pi/24 for an hour, pi for a day.

    Notes
    -----
    The parts of a period before sunrise and after sunset count as dark.
    """
    decl = declination(day)
    sunset = sunset_hour_angle(latitude, decl)
    first = angle - half
    last = angle + half
    if sunset < math.pi:
        first = min(max(first, -sunset), sunset)
        last = min(max(last, -sunset), sunset)
    lit = (last - first) * math.sin(latitude) * math.sin(decl) + math.cos(latitude) * math.cos(decl) * (
        math.sin(last) - math.sin(first)
    )
    return SOLAR_CONSTANT * inverse_distance(day) * max(lit, 0.0 * lit) / (2.0 * half)


@njit
def clear_sky_radiation(extraterrestrial: float, elevation: float) -> float:
    """Shortwave radiation under a clear sky [W m-2] at an elevation [m] (eq. 37)."""
    return (0.75 + 2e-5 * elevation) * extraterrestrial
