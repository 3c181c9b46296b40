"""Where a divide is: its centroid, or the middle of its box, and whether that can be in the file's coordinates.

A file says in which coordinate system its geometry is. That its columns of numbers are in the same one, nothing
guarantees: degrees read as metres are a place off Yucatan, the origin of the projection, for every divide.
"""

from __future__ import annotations

from typing import NamedTuple

from ngen_config.albers import EPSG_CONUS, latitude_longitude
from ngen_config.attributes import CENTROID
from ngen_config.geopackage import ATTRIBUTES, DIVIDES, Divide

EXTENT = ((-2.6e6, 2.6e6), (0.1e6, 3.6e6))
"""Least and largest x and y [m] of what is believed in EPSG:5070. The contiguous United States go from -2 356 000 to
2 258 000 and from 272 000 to 3 173 000; basins reach over the borders."""


class Point(NamedTuple):
    """A place in the file's coordinates.

    Attributes
    ----------
    x, y : float
        [m] in EPSG:5070.
    layer, source : str
        Layer and what in it the place was taken from, for messages.
    """

    x: float
    y: float
    layer: str
    source: str


def point_of(divide: Divide) -> Point | None:
    """Centroid of a divide, or the middle of its box; None without either."""
    x, y = (divide.attributes.get(name) for name in CENTROID)
    if isinstance(x, float) and isinstance(y, float):
        return Point(x, y, ATTRIBUTES, ", ".join(CENTROID))
    if divide.middle is not None:
        return Point(*divide.middle, DIVIDES, "middle of the geometry's box")
    return None


def geographic(divide: Divide, point: Point, srs: int | None) -> tuple[float, float]:
    """Latitude and longitude [degree] of a point.

    Parameters
    ----------
    divide : Divide
        For messages.
    point : Point
    srs : int or None
        EPSG number of the file's coordinates.

    Raises
    ------
    ValueError
        The coordinates are not EPSG:5070, or the point is not where EPSG:5070 is used; naming layer, divide and values.
    """
    if srs != EPSG_CONUS:
        raise ValueError(
            f"{divide.id}: its place is in EPSG:{srs}; only EPSG:5070 can be turned into latitude and longitude"
        )
    if not _within(point.x, point.y):
        (west, east), (south, north) = EXTENT
        raise ValueError(
            f"layer '{point.layer}', {divide.id}: {point.source} is {point.x:.10g}, {point.y:.10g}; expected metres in "
            f"EPSG:5070, which the file says it is in: x {west:.0f} to {east:.0f}, y {south:.0f} to {north:.0f}; "
            f"{_likely(point.x, point.y)}"
        )
    return latitude_longitude(point.x, point.y)


def _within(x: float, y: float) -> bool:
    (west, east), (south, north) = EXTENT
    return west <= x <= east and south <= y <= north


def _likely(x: float, y: float) -> str:
    """Say what such numbers usually are."""
    if abs(x) <= 180.0 and abs(y) <= 90.0:
        return "these are probably degrees: reproject them to EPSG:5070"
    if _within(1e3 * x, 1e3 * y):
        return "these are probably kilometres: multiply them by 1000"
    if _within(y, x):
        return "x and y are probably exchanged"
    return "are they in another coordinate system, or outside the contiguous United States?"
