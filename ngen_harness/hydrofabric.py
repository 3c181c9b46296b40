"""Catchments and nexuses from GeoJSON or GeoPackage: ids, properties and how they drain into each other.

Geometry is not read. A GeoPackage is an SQLite file; the layers ``divides`` and ``nexus`` are plain tables of
it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ngen_harness.errors import HydrofabricError
from ngen_harness.ptree import typed

_CATCHMENT_PREFIXES = ("cat-", "agg-", "wb-")
_NEXUS_PREFIXES = ("nex-", "tnx-", "cnx-", "inx-")
_AREA_KEYS = ("areasqkm", "area_sqkm")


@dataclass(frozen=True)
class Feature:
    """One catchment or nexus.

    Attributes
    ----------
    id : str
        ``cat-27``, ``nex-26``.
    properties : mapping
        Its attributes, typed as ngen types them.
    """

    id: str
    properties: Mapping[str, Any]

    @property
    def downstream(self) -> str | None:
        """Id of what it drains into (``toid``)."""
        target = self.properties.get("toid")
        return target if isinstance(target, str) and target else None


def area_km2(feature: Feature, path: str, *, any_number: bool = False) -> float:
    """Area of a catchment in km2.

    Parameters
    ----------
    feature : Feature
        The catchment.
    path : str
        Its file, for messages.
    any_number : bool
        Accept 0 and negative numbers, as ngen does.

    Returns
    -------
    float

    Raises
    ------
    HydrofabricError
        The property is missing or no positive number.
    """
    for key in _AREA_KEYS:
        if key in feature.properties:
            value = feature.properties[key]
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not (value > 0 or any_number):
                raise HydrofabricError(
                    f"{path}: catchment {feature.id}: {key} is {value!r}; expected an area in km2 greater than 0"
                )
            return float(value)
    raise HydrofabricError(
        f"{path}: catchment {feature.id} has neither the property 'areasqkm' nor 'area_sqkm'; "
        "its area in km2 is needed to turn runoff into nexus flow"
    )


def read_catchments(path: str | Path, ids: Iterable[str] | None = None) -> list[Feature]:
    """Read catchments in file order.

    Parameters
    ----------
    path : str or Path
        GeoJSON, or GeoPackage (``.gpkg``) with a layer ``divides``.
    ids : iterable of str, optional
        Only these; None: all.

    Returns
    -------
    list of Feature

    Raises
    ------
    HydrofabricError
        The file cannot be used, or an id is not in it.
    """
    return _select(read_features(path, "divides"), path, ids, "divides")


def read_nexuses(path: str | Path, ids: Iterable[str] | None = None) -> list[Feature]:
    """Read nexuses in file order; see `read_catchments`."""
    return _select(read_features(path, "nexus"), path, ids, "nexus")


def drainage_order(catchments: list[Feature], nexuses: list[Feature]) -> list[str]:
    """Order catchments as ngen runs them within a time step: upstream before downstream.

    ngen sorts with a depth-first search over nexuses, then catchments, and reads the result backwards; where
    the network leaves a choice, catchments that come later in the file therefore run earlier.

    Parameters
    ----------
    catchments, nexuses : list of Feature
        In file order.

    Returns
    -------
    list of str
        Catchment ids.

    Raises
    ------
    HydrofabricError
        The network has a loop.

    Examples
    --------
    >>> a = Feature("cat-1", {"toid": "nex-1"})
    >>> b = Feature("cat-2", {"toid": "nex-2"})
    >>> drainage_order([a, b], [Feature("nex-1", {"toid": "cat-2"}), Feature("nex-2", {})])
    ['cat-1', 'cat-2']
    """
    features = [*nexuses, *catchments]
    known = {feature.id: feature.id for feature in features}
    for feature in features:
        # In a GeoPackage nexuses drain into flowpaths (wb-...), which divides name in their column "id".
        other = feature.properties.get("id")
        if isinstance(other, str):
            known.setdefault(other, feature.id)
    down: dict[str, str] = {}
    vertices: dict[str, None] = {}
    for feature in features:
        vertices.setdefault(feature.id)
        target = known.get(feature.downstream or "")
        if target is not None:
            down[feature.id] = target
            vertices.setdefault(target)
    finished: dict[str, None] = {}
    for vertex in vertices:
        # Every feature drains into one other at most, so the search is a walk downstream.
        walk: dict[str, None] = {}
        current: str | None = vertex
        while current is not None and current not in finished:
            if current in walk:
                raise HydrofabricError(f"the drainage network has a loop through {', '.join(walk)}")
            walk[current] = None
            current = down.get(current)
        finished.update(dict.fromkeys(reversed(walk)))
    wanted = {catchment.id for catchment in catchments}
    return [vertex for vertex in reversed(finished) if vertex in wanted]


def _select(features: list[Feature], path: str | Path, ids: Iterable[str] | None, layer: str) -> list[Feature]:
    """Keep the wanted features; the first problem is an error."""
    selected, problems = select_features(features, ids, layer)
    for _, message in problems:
        raise HydrofabricError(f"{path}: {message}")
    return selected


def select_features(
    features: list[Feature], ids: Iterable[str] | None, layer: str
) -> tuple[list[Feature], list[tuple[str, str]]]:
    """Keep the wanted features and check their ids.

    Parameters
    ----------
    features : list of Feature
        All of the file.
    ids : iterable of str or None
        The wanted ones; None: all.
    layer : str
        "divides" or "nexus".

    Returns
    -------
    selected : list of Feature
        In file order, each once.
    problems : list of (str, str)
        Code and message.
    """
    what, prefixes = ("nexus", _NEXUS_PREFIXES) if layer == "nexus" else ("catchment", _CATCHMENT_PREFIXES)
    problems: list[tuple[str, str]] = []
    seen: dict[str, Feature] = {}
    for feature in features:
        if feature.id in seen:
            problems.append(("duplicate-id", f"{what} {feature.id} appears twice"))
        seen.setdefault(feature.id, feature)
    selected = list(seen.values())
    if ids is not None:
        wanted = dict.fromkeys(ids)
        missing = [name for name in wanted if name not in seen]
        if missing:
            example = ", ".join(list(seen)[:3]) or "none at all"
            problems.append(
                (
                    "unknown-id",
                    f"{what} id{'s' if len(missing) > 1 else ''} not in the file: {', '.join(missing)} "
                    f"(it has {len(seen)}, for example {example})",
                )
            )
        selected = [feature for feature in selected if feature.id in wanted]
    for feature in selected:
        if not feature.id.startswith(prefixes):
            expected = ", ".join(prefixes)
            problems.append(("id", f"'{feature.id}' is no {what} id for ngen; expected {expected} and a number"))
    if not selected:
        problems.append(("empty", f"no {what} in the file"))
    return selected, problems


def read_features(path: str | Path, layer: str) -> list[Feature]:
    """Read all features of a file as they are.

    Parameters
    ----------
    path : str or Path
        GeoJSON or GeoPackage.
    layer : str
        "divides" or "nexus", for a GeoPackage.

    Returns
    -------
    list of Feature

    Raises
    ------
    HydrofabricError
        The file cannot be used.
    """
    if not Path(path).is_file():
        raise HydrofabricError(f"{path}: no such file (expected a GeoJSON or GeoPackage file)")
    return _read_gpkg(path, layer) if str(path).endswith("gpkg") else _read_geojson(path)


def _read_geojson(path: str | Path) -> list[Feature]:
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise HydrofabricError(f"{path}: cannot read it as GeoJSON: {error}") from error
    entries = document.get("features") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise HydrofabricError(f"{path}: no GeoJSON FeatureCollection (a list 'features' is missing)")
    features = []
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise HydrofabricError(f"{path}: features[{index}] is not an object")
        properties = entry.get("properties") or {}
        name = entry.get("id", properties.get("id"))
        if not isinstance(name, str) or not name:
            raise HydrofabricError(f"{path}: features[{index}] has no 'id' such as \"cat-27\"")
        features.append(Feature(name, {key: typed(value) for key, value in properties.items()}))
    return features


def _require_layer(path: str | Path, connection: sqlite3.Connection, layer: str) -> None:
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
    if layer not in tables:
        own = [name for name in tables if not name.startswith(("gpkg_", "rtree_", "sqlite_"))]
        advice = "" if layer == "divides" else "; without a file of nexuses (--nexus) the catchments' toid names them"
        raise HydrofabricError(
            f"{path}: this GeoPackage has no layer '{layer}', but {', '.join(own) or 'none'}{advice}"
        )


def _read_gpkg(path: str | Path, layer: str) -> list[Feature]:
    try:
        connection = sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True)
        try:
            connection.row_factory = sqlite3.Row
            _require_layer(path, connection, layer)
            rows = connection.execute(f'SELECT * FROM "{layer}"').fetchall()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise HydrofabricError(f"{path}: cannot read the layer '{layer}' of this GeoPackage: {error}") from error
    features = []
    for row in rows:
        # NULL is a missing property; a blob is the geometry.
        values = {key: row[key] for key in row.keys() if not isinstance(row[key], (bytes, type(None)))}
        name = values.get("divide_id", values.get("id")) if layer == "divides" else values.get("id")
        if not isinstance(name, str):
            raise HydrofabricError(f"{path}: a row of the layer '{layer}' has no id")
        features.append(Feature(name, values))
    return features
