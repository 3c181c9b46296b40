"""Soil properties of model layers at points, from a table of POLARIS.

POLARIS (Chaney et al. 2019, Water Resour. Res. 55, doi 10.1029/2018WR022797) maps soils of the contiguous United States
in six intervals of depth.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ngen_bmi.errors import ConfigError

INTERVALS = ((0, 5), (5, 15), (15, 30), (30, 60), (60, 100), (100, 200))
"""Depths that POLARIS tells apart [cm]."""

PROPERTIES = ("clay", "silt", "sand", "ph", "om")
"""Clay, silt and sand [%], pH [-], and organic matter [log10 of %], in the order of the report's Figure 3."""

_PLAUSIBLE = {"clay": (0.0, 100.0), "silt": (0.0, 100.0), "sand": (0.0, 100.0), "ph": (0.0, 14.0), "om": (-6.0, 2.0)}


class PointProperties(NamedTuple):
    """Soil properties at points.

    Attributes
    ----------
    values : array, shape (points, layers, properties)
    names : tuple of str
        Of the properties.
    """

    values: NDArray[np.float64]
    names: tuple[str, ...]


def read_polaris(path: str | Path, bottoms: Sequence[float]) -> PointProperties:
    """Read properties of the layers of a model at the points of a table.

    The table is a CSV file with a row for each point and columns such as ``clay_0_5``, in any order; other columns do
    not matter. A layer has the mean of the intervals that it overlaps, weighted by the thickness that they share; below
    200 cm the last interval holds. Organic matter is averaged as the file has it, in logarithms.

    Parameters
    ----------
    path : path
    bottoms : sequence of float
        Depths of the layers' bottoms, from the top [cm].

    Raises
    ------
    ConfigError
        Naming the file and every column that is missing and every row and column without a number that a soil can have.
    ValueError
        When `bottoms` are not depths that increase.
    OSError
        When the file cannot be opened.
    """
    weights = overlaps(bottoms)
    columns = [f"{name}_{top}_{bottom}" for name in PROPERTIES for top, bottom in INTERVALS]
    rows: list[list[float]] = []
    problems: list[str] = []
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        try:
            header = reader.fieldnames or ()
            missing = [column for column in columns if column not in header]
            if missing:
                raise ConfigError(path, [f"column {column} is missing" for column in missing])
            for row in reader:
                rows.append([_number(row[column], column, reader.line_num, problems) for column in columns])
        except (csv.Error, UnicodeDecodeError) as error:
            raise ConfigError(path, [f"this is no CSV file in UTF-8: {error}"]) from error
    if not rows:
        problems.append("there are no rows: expected one for each point")
    if problems:
        raise ConfigError(path, problems)
    values = np.array(rows).reshape(len(rows), len(PROPERTIES), len(INTERVALS))
    return PointProperties(np.ascontiguousarray(np.einsum("pki,li->plk", values, weights)), PROPERTIES)


def overlaps(bottoms: Sequence[float]) -> NDArray[np.float64]:
    """Shares of a layer's thickness that lie in each interval of POLARIS, shape (layers, intervals).

    >>> overlaps([10.0, 40.0])[1].round(3).tolist()
    [0.0, 0.167, 0.5, 0.333, 0.0, 0.0]
    """
    lower = np.asarray(bottoms, dtype=np.float64)
    if (
        lower.ndim != 1
        or lower.size == 0
        or not np.isfinite(lower).all()
        or not (np.diff(lower, prepend=0.0) > 0.0).all()
    ):
        raise ValueError(f"bottoms of layers are {list(bottoms)} cm; expected depths above 0 that increase")
    upper = np.concatenate([[0.0], lower[:-1]])
    tops = np.array([top for top, _ in INTERVALS], dtype=np.float64)
    ends = np.array([*(bottom for _, bottom in INTERVALS[:-1]), math.inf])
    shared = np.minimum(lower[:, None], ends) - np.maximum(upper[:, None], tops)
    return np.asarray(np.maximum(shared, 0.0) / (lower - upper)[:, None], dtype=np.float64)


def _number(text: str | None, column: str, line: int, problems: list[str]) -> float:
    """Value of a field; adds what is wrong with it to the problems."""
    low, high = _PLAUSIBLE[column.split("_", 1)[0]]
    try:
        value = float(text or "")
    except ValueError:
        problems.append(f"line {line}, column {column}: {repr(text) if text else 'nothing'} is not a number")
        return math.nan
    if not low <= value <= high:
        problems.append(f"line {line}, column {column}: {value:g} is outside {low:g} to {high:g}")
    return value
