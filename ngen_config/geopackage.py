"""Read the divides of a hydrofabric GeoPackage, with their attributes, one after the other.

A GeoPackage is an SQLite file whose layers are tables. Geometry is not needed, but for the box that its header holds.
"""

from __future__ import annotations

import re
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ngen_bmi.errors import ConfigError

DIVIDES = "divides"
ATTRIBUTES = "divide-attributes"
NEXUS = "nexus"
_GEOMETRY_LAYERS = (DIVIDES, NEXUS, "flowpaths")
_AREA = ("areasqkm", "area_sqkm")
_MAGIC = b"SQLite format 3\0"
_ID = re.compile(r"cat-[0-9]+")
"""An id becomes the name of a file, so nothing else is let through."""
_ENVELOPES = {1: 4, 2: 6, 3: 6, 4: 8}
"""Doubles in the header of a geometry by its kind of envelope (OGC 12-128r18, 2.1.3)."""


@dataclass(frozen=True)
class Divide:
    """One catchment of the hydrofabric.

    Attributes
    ----------
    id : str
        ``cat-27``.
    area : float
        [km2]
    flowpath, nexus : str or None
        Its flowpath (``wb-27``), and the nexus that it drains into.
    length : float or None
        Of its flowpath [km].
    middle : tuple of float or None
        Middle of its box, in the layer's coordinates, where the geometry has one.
    attributes : mapping of str to value
        By plain name (see `plain`); None where NULL.
    has_attributes : bool
        Whether the attribute layer has a row for it.
    """

    id: str
    area: float
    flowpath: str | None
    nexus: str | None
    length: float | None
    middle: tuple[float, float] | None
    attributes: Mapping[str, Any]
    has_attributes: bool


def plain(column: str) -> str:
    """Name of an attribute as every edition of the hydrofabric spells it: R writes dots for ``=``.

    Examples
    --------
    >>> plain("mean.smcmax_soil_layers_stag=2")
    'mean.smcmax_soil_layers_stag.2'
    """
    return column.replace("=", ".").strip().lower()


class GeoPackage:
    """A hydrofabric file, open for reading; use it in a ``with``.

    Parameters
    ----------
    path : str or Path

    Attributes
    ----------
    path : Path
    srs : int or None
        EPSG number of the coordinates.
    layers : frozenset of str
    attributes : frozenset of str
        Plain names of the attribute columns; empty without the layer.

    Raises
    ------
    ConfigError
        No GeoPackage, no layer ``divides`` or none of its columns, or layers in different coordinates.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        _require_sqlite(self.path)
        self._connection = sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            self._look_around()
        except sqlite3.Error as error:
            self._connection.close()
            raise ConfigError(path, [f"cannot be read as a GeoPackage: {error}"]) from error
        except ConfigError:
            self._connection.close()
            raise

    def __enter__(self) -> GeoPackage:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _look_around(self) -> None:
        rows = self._connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        self.layers = frozenset(name for (name,) in rows)
        if "gpkg_contents" not in self.layers:
            raise ConfigError(self.path, ["is an SQLite file but no GeoPackage: it has no table gpkg_contents"])
        if DIVIDES not in self.layers:
            own = sorted(name for name in self.layers if not name.startswith(("gpkg_", "rtree_", "sqlite_")))
            raise ConfigError(
                self.path, [f"has no layer '{DIVIDES}', which holds the catchments; it has {', '.join(own) or 'none'}"]
            )
        self.srs = self._one_srs()
        columns = self._columns(DIVIDES)
        problems = []
        if "divide_id" not in columns:
            problems.append(f"layer '{DIVIDES}': no column divide_id; it has {', '.join(columns)}")
        if not set(_AREA) & set(columns):
            problems.append(f"layer '{DIVIDES}': no column areasqkm, the area in km2; it has {', '.join(columns)}")
        self._attribute_columns: dict[str, str] = {}
        if ATTRIBUTES in self.layers:
            names = self._columns(ATTRIBUTES)
            if "divide_id" not in names:
                problems.append(f"layer '{ATTRIBUTES}': no column divide_id; it has {', '.join(names)}")
            self._attribute_columns = {plain(name): name for name in names if name not in ("divide_id", "fid")}
        if problems:
            raise ConfigError(self.path, problems)
        self._divide_columns = columns
        self.attributes = frozenset(self._attribute_columns)

    def _columns(self, layer: str) -> list[str]:
        return [row[1] for row in self._connection.execute(f'PRAGMA table_info("{layer}")')]

    def _one_srs(self) -> int | None:
        """Coordinate system of the layers, which has to be one: lengths and middles of several cannot be compared."""
        found = self._srs_of("SELECT table_name, srs_id FROM gpkg_contents WHERE data_type = 'features'")
        if "gpkg_geometry_columns" in self.layers:
            columns = self._srs_of("SELECT table_name, srs_id FROM gpkg_geometry_columns")
            problems = [
                f"layer '{name}' is in EPSG:{srs} by gpkg_geometry_columns, but in EPSG:{found[name]} by "
                "gpkg_contents: write the right one into both, or export the file anew"
                for name, srs in sorted(columns.items())
                if found.get(name) not in (None, srs)
            ]
            if problems:
                raise ConfigError(self.path, problems)
            found |= columns
        if len(set(found.values())) > 1:
            said = ", ".join(f"{name} in EPSG:{srs}" for name, srs in sorted(found.items()))
            raise ConfigError(
                self.path, [f"the layers have different coordinate systems ({said}): reproject them to one, EPSG:5070"]
            )
        return found.get(DIVIDES)

    def _srs_of(self, query: str) -> dict[str, int]:
        """Coordinate systems by layer, where there are any: the standard lets gpkg_contents leave them out."""
        rows = self._connection.execute(query)
        return {name: srs for name, srs in rows if name in _GEOMETRY_LAYERS and name in self.layers and srs is not None}

    def ids(self) -> list[str]:
        """Ids of all divides, in the file's order.

        Raises
        ------
        ConfigError
            There is none, a row has no id, or an id appears twice or is none for ngen.
        """
        with closing(self._connection.execute(f'SELECT "divide_id" FROM "{DIVIDES}" ORDER BY rowid')) as rows:
            ids = [name for (name,) in rows]
        if not ids:
            raise ConfigError(self.path, [f"layer '{DIVIDES}' is empty: there is no catchment to configure"])
        problems = []
        seen: set[str] = set()
        for number, name in enumerate(ids, start=1):
            if not isinstance(name, str) or not _ID.fullmatch(name):
                problems.append(f"layer '{DIVIDES}', row {number}: divide_id is {name!r}; expected cat- and a number")
            elif name in seen:
                problems.append(f"layer '{DIVIDES}', row {number}: {name} appears twice")
            else:
                seen.add(name)
        if problems:
            raise ConfigError(self.path, shortened(problems))
        return ids

    def divides(self, ids: Iterable[str] | None = None) -> Iterator[Divide]:
        """Read divides in the file's order, one at a time.

        Parameters
        ----------
        ids : iterable of str, optional
            Only these; None: all. They are in the file.

        Raises
        ------
        ConfigError
            A divide has no area, or two rows of attributes.
        """
        wanted = None if ids is None else frozenset(ids)
        own = [name for name in ("id", "toid", "lengthkm") if name in self._divide_columns]
        area = next(name for name in _AREA if name in self._divide_columns)
        geometry = "geom" if "geom" in self._divide_columns else "NULL"
        parts = ["d.divide_id", f"d.{area}", f"d.{geometry}" if geometry == "geom" else "NULL"]
        parts += [f'd."{name}"' for name in own]
        names = list(self._attribute_columns)
        join = ""
        if ATTRIBUTES in self.layers:
            parts += ["a.divide_id", *(f'a."{self._attribute_columns[name]}"' for name in names)]
            join = f'LEFT JOIN "{ATTRIBUTES}" a ON a.divide_id = d.divide_id'
        else:
            parts.append("NULL")
        query = f'SELECT {", ".join(parts)} FROM "{DIVIDES}" d {join} ORDER BY d.rowid'
        last = None
        try:
            with closing(self._connection.execute(query)) as rows:
                for name, size, geom, *rest in rows:
                    if wanted is not None and name not in wanted:
                        continue
                    if name == last:
                        raise ConfigError(self.path, [f"layer '{ATTRIBUTES}': two rows for {name}; expected one"])
                    last = name
                    values = dict(zip(own, rest, strict=False))
                    yield Divide(
                        id=name,
                        area=_area(self.path, name, area, size),
                        flowpath=values.get("id"),
                        nexus=values.get("toid"),
                        length=values.get("lengthkm"),
                        middle=middle_of_box(geom),
                        attributes=dict(zip(names, rest[len(own) + 1 :], strict=False)),
                        has_attributes=rest[len(own)] is not None,
                    )
        except sqlite3.Error as error:
            raise ConfigError(self.path, [f"cannot be read: {error}"]) from error


def shortened(problems: list[str], shown: int = 20) -> list[str]:
    """The first of many problems, and how many more there are."""
    more = len(problems) - shown
    return problems if more <= 0 else [*problems[:shown], f"... and {more} more"]


def middle_of_box(geometry: bytes | None) -> tuple[float, float] | None:
    """Middle of the box in a geometry's header; None without a box.

    Parameters
    ----------
    geometry : bytes or None
        GeoPackage binary: magic ``GP``, version, flags, coordinate system, envelope, geometry.
    """
    if geometry is None or len(geometry) < 40 or geometry[:2] != b"GP":
        return None
    flags = geometry[3]
    if (flags >> 1) & 7 not in _ENVELOPES:
        return None
    west, east, south, north = struct.unpack_from("<4d" if flags & 1 else ">4d", geometry, 8)
    return 0.5 * (west + east), 0.5 * (south + north)


def _area(path: Path, name: str, column: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.0 < value < 1e7:
        raise ConfigError(path, [f"layer '{DIVIDES}', {name}: {column} is {value!r}; expected km2, greater than 0"])
    return float(value)


def _require_sqlite(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except OSError as error:
        raise ConfigError(path, [f"cannot be opened: {error.strerror or error}"]) from error
    if head != _MAGIC:
        raise ConfigError(path, ["is no GeoPackage: it does not begin as an SQLite file does"])
