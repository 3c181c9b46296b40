"""Can the sun evaporate it: potential evapotranspiration against radiation outside the atmosphere."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pet_bmi.sun import extraterrestrial_radiation

_Array = NDArray[np.float64]

LATENT_HEAT = 2.45e6
"""Of water [J kg-1], as in FAO-56."""

FEWEST_DAYS = 25
"""Days of a calendar month from which on it counts."""

MIDDLE = (17, 47, 75, 105, 135, 162, 198, 228, 258, 288, 318, 344)
"""Day of the year that stands for a month in radiation (Klein 1977, doi 10.1016/0038-092X(77)90001-9)."""


def solar_limit(latitude: float) -> _Array:
    """Water that radiation outside the atmosphere could evaporate, in each calendar month [mm h-1], shape (12,).

    Parameters
    ----------
    latitude : float
        [degree].

    Examples
    --------
    In mm d-1, at 35 degrees north, in January and June:

    >>> (24.0 * solar_limit(35.0)[[0, 5]]).round(1)
    array([ 7.5, 17. ])
    """
    rate = [extraterrestrial_radiation(math.radians(latitude), float(day), 0.0, math.pi) for day in MIDDLE]
    return np.array(rate) / LATENT_HEAT * 3600.0


def evaporation_over_limit(times: NDArray[np.datetime64], pet: _Array, latitude: float) -> float:
    """Largest ratio of potential evapotranspiration to :func:`solar_limit`, among means of calendar months.

    No surface gets that much for a month: the atmosphere takes a quarter at least, and the surface reflects some. Above
    1 the data are wrong, or their clock or season is.

    Parameters
    ----------
    times, pet : array, shape (steps,)
        Of hours [mm h-1].
    latitude : float
        [degree]; NaN where unknown.

    Returns
    -------
    float
        NaN where the latitude is unknown or no month has enough days.
    """
    month = times.astype("datetime64[M]").astype(np.int64) % 12
    hours = np.bincount(month, minlength=12)
    counts = hours >= 24 * FEWEST_DAYS
    if math.isnan(latitude) or not counts.any():
        return math.nan
    mean = np.bincount(month, pet, minlength=12)[counts] / hours[counts]
    limit = solar_limit(latitude)[counts]
    # in polar night there is no limit above 0
    return float(
        np.where(limit > 0.0, mean / np.where(limit > 0.0, limit, 1.0), np.where(mean > 0.0, np.inf, 0.0)).max()
    )
