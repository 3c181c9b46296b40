"""A small hydrofabric that is generated, for those without data: format-exact, invented."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from ngen_bmi.files import whole_file
from ngen_config.attributes import CFE_ATTRIBUTES, NOAH_SOILS
from ngen_config.folder import refuse_full
from ngen_config.geopackage import GeoPackage
from ngen_config.weather import places, weather
from ngen_config.weather_files import write_csv_files

START = "2012-07-01 00:00:00"
DAYS = 31

_CLASSES = (3, 3, 6, 4, 9, 3)
_AREAS = (12.5, 8.2, 15.1, 6.4, 9.9, 18.3)
_LENGTHS = (4.1, 3.0, 5.2, 2.2, 3.3, 6.0)
_DOWN = (3, 3, 6, 6, 6, 7)
"""Nexus that each divide drains into; nexus n lies at the head of flowpath n, the last at the outlet."""


def example_rows() -> list[dict[str, Any]]:
    """Attributes of six divides of a dry basin, one NULL among them."""
    rows = []
    for k, number in enumerate(_CLASSES):
        name = tuple(NOAH_SOILS)[number - 1]
        soil = dict(zip(("b", "satdk", "satpsi", "maxsmc", "wltsmc"), NOAH_SOILS[name], strict=True))
        other = {
            "slope": 0.05 + 0.05 * k,
            "refkdt": 3.0,
            "max_gw_storage": None if k == 4 else 40.0 + 10.0 * k,
            "Cgw": 0.0018,
            "expon": 1.0 + k % 2,
        }
        values = soil | other
        row: dict[str, Any] = {attribute.column: values[attribute.parameter] for attribute in CFE_ATTRIBUTES}
        row |= {
            "mode.ISLTYP": float(number),
            "centroid_x": -1_200_000.0 + 4000.0 * (k % 3),
            "centroid_y": 1_100_000.0 + 5000.0 * (k // 3),
            "mean.elevation": 100.0 * (1900.0 - 90.0 * k),
            "giuh": '[{"v": 1, "frequency": 0.3}, {"v": 2, "frequency": 0.5}, {"v": 3, "frequency": 0.2}]'
            if k % 2
            else None,
        }
        rows.append(row)
    return rows


def write_geopackage(
    path: str | Path,
    attributes: Sequence[Mapping[str, Any]],
    *,
    areas: Sequence[float] = _AREAS,
    lengths: Sequence[float] = _LENGTHS,
    down: Sequence[int] = _DOWN,
) -> Path:
    """Write a hydrofabric with the layers and columns that are read here.

    Parameters
    ----------
    path : str or Path
    attributes : sequence of mapping
        By divide; the columns are those of the first.
    areas, lengths : sequence of float
        [km2], [km]
    down : sequence of int
        Number of each divide's nexus.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as partial, closing(sqlite3.connect(partial)) as db:
        db.execute("PRAGMA application_id = 0x47504B47")
        db.execute("CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, srs_id INTEGER)")
        db.execute("CREATE TABLE gpkg_geometry_columns (table_name TEXT PRIMARY KEY, column_name TEXT, srs_id INTEGER)")
        for layer in ("divides", "nexus"):
            db.execute("INSERT INTO gpkg_contents VALUES (?, 'features', 5070)", (layer,))
            db.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 5070)", (layer,))
        db.execute("INSERT INTO gpkg_contents VALUES ('divide-attributes', 'attributes', 0)")
        db.execute(
            "CREATE TABLE divides (fid INTEGER PRIMARY KEY, geom POLYGON, divide_id TEXT, toid TEXT, areasqkm REAL, "
            "id TEXT, lengthkm REAL)"
        )
        db.execute("CREATE TABLE nexus (fid INTEGER PRIMARY KEY, geom POINT, id TEXT, toid TEXT)")
        names = list(attributes[0]) if attributes else []
        listed = "".join(f', "{name}" {"TEXT" if name == "giuh" else "REAL"}' for name in names)
        db.execute(f'CREATE TABLE "divide-attributes" (fid INTEGER PRIMARY KEY, divide_id TEXT{listed})')
        for k, row in enumerate(attributes, start=1):
            box = _box(row.get("centroid_x"), row.get("centroid_y"))
            values = (k, box, f"cat-{k}", f"nex-{down[k - 1]}", areas[k - 1], f"wb-{k}", lengths[k - 1])
            db.execute("INSERT INTO divides VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            marks = ", ".join("?" * (2 + len(names)))
            db.execute(
                f'INSERT INTO "divide-attributes" VALUES ({marks})', (k, f"cat-{k}", *(row[name] for name in names))
            )
        for number in sorted(set(down[: len(attributes)])):
            target = f"wb-{number}" if number <= len(attributes) else None
            db.execute("INSERT INTO nexus (id, toid) VALUES (?, ?)", (f"nex-{number}", target))
        db.commit()
    return path


def write_example(folder: str | Path, *, overwrite: bool = False) -> tuple[Path, Path]:
    """Write ``basin.gpkg`` and a month of generated weather in ``forcing/``.

    Parameters
    ----------
    folder : str or Path
        Empty or new, since a basin of one's own may have the same file names.
    overwrite : bool
        Replace files of these names that are there; others stay.

    Returns
    -------
    tuple of Path
        The GeoPackage and the folder.

    Raises
    ------
    ConfigError
        The folder is not empty, or is none.
    """
    folder = Path(folder)
    refuse_full(folder, overwrite=overwrite, option="--example")
    path = write_geopackage(folder / "basin.gpkg", example_rows())
    with GeoPackage(path) as file:
        where = places(file)
    table = weather(where, START, 24 * DAYS)
    write_csv_files(folder / "forcing", [place.id for place in where], START, table)
    return path, folder / "forcing"


def _box(x: float | None, y: float | None) -> bytes | None:
    """Geometry with a box around a point and no content (OGC 12-128r18, 2.1.3)."""
    if x is None or y is None:
        return None
    header = b"GP\x00" + bytes([0b00010011]) + struct.pack("<i", 5070)
    empty_polygon = struct.pack("<BII", 1, 3, 0)
    return header + struct.pack("<4d", x - 1e3, x + 1e3, y - 1e3, y + 1e3) + empty_polygon
