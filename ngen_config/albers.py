"""From the hydrofabric's coordinates, Albers' equal-area conic projection, to latitude and longitude."""

from __future__ import annotations

import math
from typing import NamedTuple


class Albers(NamedTuple):
    """A projection with two standard parallels, on an ellipsoid.

    Attributes
    ----------
    radius : float
        Equatorial radius [m].
    eccentricity2 : float
        Square of the eccentricity.
    parallels : tuple of float
        Standard parallels [degree].
    origin : tuple of float
        Latitude and longitude of x = y = 0 [degree].
    """

    radius: float
    eccentricity2: float
    parallels: tuple[float, float]
    origin: tuple[float, float]


_FLATTENING = 1.0 / 298.257222101

CONUS = Albers(6378137.0, _FLATTENING * (2.0 - _FLATTENING), (29.5, 45.5), (23.0, -96.0))
"""EPSG:5070: NAD83 (GRS 1980), contiguous United States."""

EPSG_CONUS = 5070


def _q(sine: float, e2: float) -> float:
    """Snyder's q (3-12)."""
    e = math.sqrt(e2)
    x = e * sine
    return (1.0 - e2) * (sine / (1.0 - x * x) + math.atanh(x) / e)


def latitude_longitude(x: float, y: float, projection: Albers = CONUS) -> tuple[float, float]:
    """Latitude and longitude of a point [degree].

    Parameters
    ----------
    x, y : float
        [m]
    projection : Albers

    Raises
    ------
    ValueError
        The point is not on the map.

    Notes
    -----
    Snyder (1987), Map projections: a working manual, USGS Professional Paper 1395, equations 14-8 to 14-20 and 3-16.
    """
    a, e2 = projection.radius, projection.eccentricity2
    first, second = (math.sin(math.radians(angle)) for angle in projection.parallels)
    m1, m2 = (math.sqrt((1.0 - s * s) / (1.0 - e2 * s * s)) for s in (first, second))
    n = (m1 * m1 - m2 * m2) / (_q(second, e2) - _q(first, e2))
    c = m1 * m1 + n * _q(first, e2)
    rho0 = a * math.sqrt(c - n * _q(math.sin(math.radians(projection.origin[0])), e2)) / n
    rho = math.hypot(x, rho0 - y)
    q = (c - (rho * n / a) ** 2) / n
    if not abs(q) < _q(1.0, e2):
        raise ValueError(f"({x:g}, {y:g}) m is not a point of the projection")
    phi = math.asin(q / 2.0)
    for _ in range(20):
        sine = math.sin(phi)
        slope = (1.0 - e2 * sine * sine) ** 2 / (2.0 * math.cos(phi))
        change = slope * (q - _q(sine, e2)) / (1.0 - e2)
        phi += change
        if abs(change) < 1e-13:
            break
    theta = math.atan2(x, rho0 - y)
    return math.degrees(phi), projection.origin[1] + math.degrees(theta / n)
