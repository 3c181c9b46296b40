"""Potential evapotranspiration of days after Priestley and Taylor (1972), by the library pyet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[np.float64]

JOULES_PER_MEGAJOULE = 1e6


def saturation_vapour_pressure(celsius: _Array) -> _Array:
    """Tetens' formula as FAO-56 has it (Allen et al. 1998, eq. 11) [Pa].

    Examples
    --------
    >>> round(float(saturation_vapour_pressure(np.array(20.0))))
    2338
    """
    return np.asarray(610.8 * np.exp(17.27 * celsius / (celsius + 237.3)), dtype=np.float64)


def priestley_taylor(
    days: NDArray[np.datetime64],
    lowest: _Array,
    highest: _Array,
    vapour_pressure: _Array,
    radiation: _Array,
    daylight: _Array,
    elevation: float,
    latitude: float,
) -> _Array:
    """Potential evapotranspiration of days.

    The library's defaults: alpha 1.26, albedo 0.23, net long-wave radiation after FAO-56, nothing below 0.

    Parameters
    ----------
    days : array of datetime64, shape (days,)
    lowest, highest : array, shape (days,)
        Temperature [C]; both may be the day's mean.
    vapour_pressure : array, shape (days,)
        [Pa].
    radiation : array, shape (days,)
        Short-wave, mean over daylight [W m-2]: a day has radiation times daylight, not times 86400 s.
    daylight : array, shape (days,)
        [s].
    elevation, latitude : float
        [m], [degrees].

    Returns
    -------
    array, shape (days,)
        [mm d-1].
    """
    import pandas as pd
    import pyet

    index = pd.DatetimeIndex(days.astype("datetime64[ns]"))
    mean = 0.5 * (lowest + highest)
    humidity = np.clip(100.0 * vapour_pressure / saturation_vapour_pressure(mean), 0.0, 100.0)
    found = pyet.priestley_taylor(
        pd.Series(mean, index),
        rs=pd.Series(radiation * daylight / JOULES_PER_MEGAJOULE, index),
        tmax=pd.Series(highest, index),
        tmin=pd.Series(lowest, index),
        rh=pd.Series(humidity, index),
        elevation=elevation,
        lat=float(np.deg2rad(latitude)),
    )
    return np.asarray(found, dtype=np.float64)
