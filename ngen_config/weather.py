"""Weather in AORC's columns for the divides of a hydrofabric: generated, seeded; nothing here is data.

Storms have a centre, a width and a length; temperature and pressure follow the elevation; the sun moves as it does over
the basin's middle. For trying out a run directory where there is no forcing yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ngen_bmi.errors import ConfigError
from ngen_config.albers import EPSG_CONUS
from ngen_config.attributes import ELEVATION, value_of
from ngen_config.generated_air import air_and_sky, sunlight, wind
from ngen_config.geopackage import Divide, GeoPackage
from ngen_config.place import geographic, point_of
from ngen_config.tally import Tally
from pet_bmi.air import pressure_at
from pet_bmi.clock import days_and_hours

SEED = 20231001
_LATITUDE, _LONGITUDE, _ELEVATION = 35.0, -105.0, 1500.0
"""Where the hydrofabric does not say."""

_STORMS_PER_DAY = 0.35
_WIDTH = 8.0
"""Of a storm [km]."""


class Place(NamedTuple):
    """Where a catchment is.

    Attributes
    ----------
    id : str
    x, y : float
        [km]
    elevation : float
        [m]
    latitude, longitude : float
        [degree]
    """

    id: str
    x: float
    y: float
    elevation: float
    latitude: float
    longitude: float


def places(file: GeoPackage, ids: Sequence[str] | None = None) -> list[Place]:
    """Places of divides, as far as the file has them; one place for all where it has not.

    Raises
    ------
    ConfigError
        A divide is not where the file's coordinates are used.
    """
    try:
        return [_place(divide, file.srs) for divide in file.divides(ids)]
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError(file.path, [str(error)]) from error


def _place(divide: Divide, srs: int | None) -> Place:
    point = point_of(divide)
    height, _ = value_of(ELEVATION, divide, Tally())
    latitude, longitude = _LATITUDE, _LONGITUDE
    if srs == EPSG_CONUS and point is not None:
        latitude, longitude = geographic(divide, point, srs)
    x, y = (point.x, point.y) if point is not None else (0.0, 0.0)
    return Place(divide.id, 1e-3 * x, 1e-3 * y, _ELEVATION if height is None else height, latitude, longitude)


def weather(where: Sequence[Place], start: str, hours: int, seed: int = SEED) -> dict[str, NDArray[np.float64]]:
    """Hourly weather by AORC's column: shape (catchments, hours) each.

    Parameters
    ----------
    where : sequence of Place
    start : str
        First hour, UTC, such as ``2012-07-01 00:00:00``.
    hours : int
    seed : int
    """
    rng = np.random.default_rng(seed)
    begin = np.datetime64(start.replace(" ", "T"), "s")
    days, utc = days_and_hours(begin, 3600.0, hours)
    day = np.arange(hours) // 24
    count = int(day[-1]) + 1
    latitude = float(np.mean([place.latitude for place in where]))
    longitude = float(np.mean([place.longitude for place in where]))
    outside = sunlight(days, utc, latitude, longitude)
    cloud = rng.beta(0.7, 2.0, count)[day]
    drift = rng.normal(size=count)[day]
    fall = _storms(where, hours, rng)
    season = np.cos(2.0 * np.pi * (days - 200.0) / 365.25)
    # warmest three hours after solar noon
    daily = np.cos(2.0 * np.pi * (utc + longitude / 15.0 - 15.0) / 24.0)
    height = np.array([place.elevation for place in where])[:, None]
    lapse = -0.0065 * (height - 1400.0)
    kelvin = 288.0 + 10.0 * season + 2.0 * drift + (7.0 - 4.0 * cloud) * daily + lapse
    dew = np.minimum(274.0 + 7.0 * season + 5.0 * cloud + lapse, kelvin - 0.5) - 273.15
    pressure = np.array([pressure_at(float(z)) for z in height[:, 0]])[:, None] + 200.0 * drift
    return {
        "APCP_surface": fall,
        "precip_rate": fall / 3600.0,
        **air_and_sky(kelvin, dew, pressure, cloud, outside, height),
        **wind(rng, day, daily, height),
    }


def _storms(where: Sequence[Place], hours: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Rain of storms that come at random and hit what is near their centre [mm h-1]."""
    x = np.array([place.x for place in where])
    y = np.array([place.y for place in where])
    fall = np.zeros((len(where), hours))
    for begin in np.flatnonzero(rng.random(hours) < _STORMS_PER_DAY / 24.0).tolist():
        length = 2 + int(rng.geometric(0.4))
        peak = 3.0 + rng.gamma(1.2, 7.0)
        east = rng.uniform(x.min() - 1.0, x.max() + 1.0)
        north = rng.uniform(y.min() - 1.0, y.max() + 1.0)
        share = np.exp(-0.5 * ((x - east) ** 2 + (y - north) ** 2) / _WIDTH**2)
        stop = min(begin + length, hours)
        fall[:, begin:stop] += peak * share[:, None] * np.exp(-np.arange(stop - begin) / 1.5)
    fall[fall < 0.01] = 0.0
    return fall
