"""One catchment in place of the divides of a basin: mean attributes and mean forcing, weighted by area."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydro_physics.soil_classes import STATSGO_ORDER
from ngen_bmi.errors import ConfigError
from ngen_config import giuh
from ngen_config.attributes import CENTROID, CFE_ATTRIBUTES, ELEVATION, SOIL_CLASS, cfe_values, soil_class, value_of
from ngen_config.example import write_geopackage
from ngen_config.forcing import Forcing
from ngen_config.geopackage import Divide, GeoPackage, shortened
from ngen_config.tally import Tally
from ngen_config.weather_files import write_csv_files
from ngen_harness.context import HOUR, to_epoch
from ngen_harness.forcing_file import WELL_KNOWN, ForcingFile
from ngen_harness.netcdf_file import NetcdfFile

LUMPED = "cat-1"
"""Id of the one catchment."""

_GEOMETRIC = ("satdk", "satpsi")
"""Parameters that spread over decades: the hydrofabric itself has their geometric means."""


@dataclass(frozen=True)
class Means:
    """What stands for a basin.

    Attributes
    ----------
    attributes : dict
        In the columns and units of the hydrofabric.
    area : float
        Of the basin [km2].
    """

    attributes: dict[str, Any]
    area: float


def mean_attributes(divides: Sequence[Divide], soil: str | None) -> Means:
    """Attributes of the basin.

    Means are weighted by area, of what each divide runs with (NULL replaced by its rule): geometric for satdk and
    satpsi, arithmetic for the rest, unit hydrographs included. The soil class is that with the largest area.

    Parameters
    ----------
    divides : sequence of Divide
        Not empty.
    soil : str or None
        Class for divides without one.
    """
    tally = Tally()
    weights = np.array([divide.area for divide in divides])
    weights /= weights.sum()
    values = [cfe_values(divide, soil, tally) for divide in divides]
    row: dict[str, Any] = {}
    for attribute in CFE_ATTRIBUTES:
        own = np.array([value[attribute.parameter] for value in values]) * attribute.divisor
        if attribute.parameter in _GEOMETRIC and (own > 0.0).all():
            mean = math.exp(weights @ np.log(own))
        else:
            mean = float(weights @ own)
        # round-off must not carry the mean of equal values out of a range that they are on the edge of
        row[attribute.column] = float(np.clip(mean, own.min(), own.max()))
    areas: dict[str, float] = {}
    for divide in divides:
        name = soil_class(divide, soil, tally, needed=False)
        if name is not None:
            areas[name] = areas.get(name, 0.0) + divide.area
    # of classes with the same area the first of the order
    largest = max(areas, key=lambda name: (areas[name], -STATSGO_ORDER.index(name)), default=None)
    row[SOIL_CLASS.column] = None if largest is None else STATSGO_ORDER.index(largest) + 1.0
    heights = [value_of(ELEVATION, divide, tally)[0] for divide in divides]
    row[ELEVATION.column] = _mean([None if z is None else ELEVATION.divisor * z for z in heights], weights)
    for k, name in enumerate(CENTROID):
        row[name] = _mean(
            [divide.attributes.get(name) or (divide.middle or (None, None))[k] for divide in divides], weights
        )
    row[giuh.COLUMN] = _mean_giuh(divides, weights)
    if tally.problems:
        raise ConfigError("lumped", shortened(tally.problems))
    return Means(row, float(sum(divide.area for divide in divides)))


def write_lumped(file: GeoPackage, ids: Sequence[str], soil: str | None, path: str | Path) -> Means:
    """Write a GeoPackage with one divide that stands for the basin; its id is `LUMPED`."""
    means = mean_attributes(list(file.divides(ids)), soil)
    write_geopackage(path, [means.attributes], areas=[means.area], lengths=[0.0], down=[2])
    return means


def write_mean_forcing(
    forcing: Forcing, weights: Mapping[str, float], start: str, end: str, folder: str | Path
) -> dict[str, NDArray[np.float64]]:
    """Write the mean of every variable, hour by hour, as the forcing of `LUMPED`.

    Parameters
    ----------
    forcing : Forcing
    weights : mapping of str to float
        Catchment -> area.
    start, end : str
        First and last hour.
    folder : str or Path

    Returns
    -------
    dict of str to array, shape (hours,)
        Means by column; wind by its components.
    """
    begin, stop = to_epoch(start), to_epoch(end)
    total = sum(weights.values())
    sums: dict[str, NDArray[np.float64]] = {}
    units: dict[str, str] = {}
    netcdf = None if forcing.pattern else NetcdfFile(str(forcing.path), forcing.path, begin, (stop - begin) // HOUR)
    files = None if netcdf is not None else {path.name: path for path in forcing.path.iterdir()}
    try:
        for name, area in weights.items():
            table = (
                _of_netcdf(netcdf, name, (stop - begin) // HOUR + 1)
                if netcdf is not None
                else _of_csv(_file_of(files or {}, name, forcing.pattern), begin, stop)
            )
            for column, (unit, values) in table.items():
                units[column] = unit
                sums[column] = sums.get(column, np.zeros(values.size)) + (area / total) * values
    finally:
        if netcdf is not None:
            netcdf.close()
    titled = {_title(column, units[column]): values[None, :] for column, values in sums.items()}
    write_csv_files(folder, [LUMPED], start, titled)
    return sums


def _file_of(files: Mapping[str, Path], name: str, pattern: str) -> Path:
    if f"{name}.csv" in files:
        return files[f"{name}.csv"]
    found = [path for file, path in files.items() if file.startswith(name) and not file[len(name)].isdigit()]
    if len(found) != 1:
        raise ConfigError(pattern, [f"{name}: {len(found)} forcing files"])
    return found[0]


def _of_csv(path: Path, begin: int, stop: int) -> dict[str, tuple[str, NDArray[np.float64]]]:
    file = ForcingFile(str(path), path, begin, stop)
    return {
        _column_of(canonical): (file.units[canonical], file.column(canonical)[: (stop - begin) // HOUR + 1])
        for canonical in file.columns
    }


def _of_netcdf(file: NetcdfFile, name: str, hours: int) -> dict[str, tuple[str, NDArray[np.float64]]]:
    columns = [column for column in file.units if column in WELL_KNOWN or "~" not in column and "__" not in column]
    return {column: (file.units[column], file.series(column, name)[:hours]) for column in columns}


def _column_of(canonical: str) -> str:
    """Name of a variable in AORC's files."""
    return next((name for name, (other, _) in WELL_KNOWN.items() if other == canonical), canonical)


def _title(column: str, unit: str) -> str:
    default = WELL_KNOWN.get(column, ("", ""))[1]
    return column if unit == default else f"{column}[{unit}]"


def _mean(values: Sequence[float | None], weights: NDArray[np.float64]) -> float | None:
    """Mean of the values that there are; None without any."""
    pairs = [(value, weight) for value, weight in zip(values, weights, strict=True) if value is not None]
    if not pairs:
        return None
    mean = sum(v * w for v, w in pairs) / sum(w for _, w in pairs)
    own = [value for value, _ in pairs]
    return float(min(max(mean, min(own)), max(own)))


def _mean_giuh(divides: Sequence[Divide], weights: NDArray[np.float64]) -> str:
    shares = []
    for divide in divides:
        text = divide.attributes.get(giuh.COLUMN)
        shares.append(giuh.DEFAULT if text is None else giuh.ordinates(text))
    mean = np.zeros(max(map(len, shares)))
    for weight, own in zip(weights, shares, strict=True):
        mean[: len(own)] += weight * np.array(own)
    return str([float(share) for share in mean / mean.sum()])
