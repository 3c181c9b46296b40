"""What generated weather has in common: sunlight, air and sky, and wind, in AORC's columns; nothing here is data."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pet_bmi.air import specific_humidity, vapor_pressure
from pet_bmi.radiation import STEFAN_BOLTZMANN
from pet_bmi.sun import clear_sky_radiation, extraterrestrial_radiation, hour_angle

_Array = NDArray[np.float64]

COLUMNS = (
    "APCP_surface",
    "DLWRF_surface",
    "DSWRF_surface",
    "PRES_surface",
    "SPFH_2maboveground",
    "TMP_2maboveground",
    "UGRD_10maboveground",
    "VGRD_10maboveground",
    "precip_rate",
)


def sunlight(days: _Array, utc: _Array, latitude: float, longitude: float) -> _Array:
    """Radiation outside the atmosphere of hours [W m-2], shape (hours,).

    Parameters
    ----------
    days, utc : array, shape (hours,)
        Day of the year and hour, as :func:`pet_bmi.clock.days_and_hours` gives them.
    latitude, longitude : float
        [degree].
    """
    return np.array(
        [
            extraterrestrial_radiation(math.radians(latitude), d, hour_angle(h, longitude, d), math.pi / 24.0)
            for d, h in zip(days, utc, strict=True)
        ]
    )


def air_and_sky(
    kelvin: _Array, dew: _Array, pressure: _Array, cloud: _Array, outside: _Array, elevation: _Array
) -> dict[str, _Array]:
    """Columns of air and radiation, shape (catchments, hours) each.

    Parameters
    ----------
    kelvin : array, shape (catchments, hours)
        Temperature of the air [K].
    dew : array, shape (catchments, hours)
        Dew point [degree Celsius].
    pressure : array, shape (catchments, hours)
        [Pa].
    cloud, outside : array, shape (hours,)
        Share of the sky, and :func:`sunlight`.
    elevation : array, shape (catchments, 1)
        [m].
    """
    humidity = specific_humidity(610.8 * np.exp(17.27 * dew / (dew + 237.3)), pressure)
    vapor = vapor_pressure(humidity, pressure)
    # clear sky of Brutsaert (1975), and clouds that fill what it leaves open
    clear = 1.24 * (0.01 * vapor / kelvin) ** (1.0 / 7.0)
    return {
        "DLWRF_surface": (clear + (1.0 - clear) * cloud) * STEFAN_BOLTZMANN * kelvin**4,
        "DSWRF_surface": clear_sky_radiation(outside, elevation) * (1.0 - 0.7 * cloud),
        "PRES_surface": pressure,
        "SPFH_2maboveground": humidity,
        "TMP_2maboveground": kelvin,
    }


def wind(rng: np.random.Generator, day: NDArray[np.int64], daily: _Array, like: _Array) -> dict[str, _Array]:
    """Columns of wind, the same for all catchments; direction and strength change from day to day.

    Parameters
    ----------
    rng : Generator
    day : array of int, shape (hours,)
        Days since the first.
    daily : array, shape (hours,)
        Course of the day, from -1 to 1.
    like : array, shape (catchments, 1)
        As many rows as there are catchments.
    """
    count = int(day[-1]) + 1
    speed = rng.weibull(2.0, count)[day] * (2.5 + 1.5 * daily) + 0.3
    direction = rng.uniform(0.0, 2.0 * np.pi, count)[day]
    same = np.ones_like(like)
    return {
        "UGRD_10maboveground": same * speed * np.cos(direction),
        "VGRD_10maboveground": same * speed * np.sin(direction),
    }
