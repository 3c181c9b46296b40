"""Attributes of synthetic basins: generated like those of the CAMELS basins, or read from the CAMELS tables."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ATTRIBUTES = (
    "p_mean",
    "aridity",
    "p_seasonality",
    "high_prec_freq",
    "slope_mean",
    "lai_max",
    "soil_conductivity",
    "soil_porosity",
    "clay_frac",
    "geol_permeability",
)
"""Attributes of synthetic basins, by their CAMELS names: rain [mm d-1], aridity [-], seasonality of rain [-], days of
heavy rain [1/year], slope [m/km], largest leaf area index [-], soil conductivity [cm/h], soil porosity [-], clay [%],
permeability of the subsurface [log10 m2]."""

_LEVELS = (0.0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0)
_QUANTILES = {
    "p_mean": (0.6446, 1.09, 1.551, 2.373, 3.229, 3.784, 4.65, 7.932, 8.937),
    "aridity": (0.2203, 0.2634, 0.5437, 0.6957, 0.8551, 1.267, 1.873, 2.986, 5.208),
    "p_seasonality": (-1.435, -1.371, -0.8362, -0.2635, 0.08093, 0.224, 0.6215, 0.8518, 0.922),
    "high_prec_freq": (7.9, 9.735, 13.75, 18.5, 22.0, 24.23, 25.85, 28.92, 32.7),
    "slope_mean": (0.8222, 1.368, 4.387, 7.427, 28.8, 73.17, 116.4, 173.2, 255.7),
    "lai_max": (0.3671, 0.5933, 1.164, 1.814, 3.371, 4.696, 5.042, 5.438, 5.582),
    "soil_conductivity": (0.4469, 0.496, 0.6533, 0.9321, 1.348, 1.932, 2.916, 8.822, 13.96),
    "soil_porosity": (0.3733, 0.3828, 0.4166, 0.4309, 0.4422, 0.4554, 0.4677, 0.4827, 0.68),
    "clay_frac": (1.846, 2.972, 8.163, 14.0, 18.66, 25.42, 32.76, 44.99, 50.35),
    "geol_permeability": (-16.5, -16.49, -15.42, -14.77, -13.96, -13.0, -12.32, -11.59, -10.9),
}
"""Quantiles, at `_LEVELS`, of the 671 CAMELS basins (Addor et al. 2017, doi 10.5194/hess-21-5293-2017)."""

_CORRELATIONS = (
    (1.00,),
    (-0.91, 1.00),
    (-0.34, 0.24, 1.00),
    (-0.56, 0.67, 0.24, 1.00),
    (0.12, -0.18, -0.61, -0.34, 1.00),
    (0.64, -0.69, -0.05, -0.37, -0.08, 1.00),
    (0.15, -0.09, -0.19, -0.25, 0.12, 0.07, 1.00),
    (-0.06, -0.05, 0.22, 0.05, -0.17, 0.08, -0.76, 1.00),
    (-0.12, 0.17, 0.11, 0.37, -0.20, -0.04, -0.81, 0.47, 1.00),
    (-0.01, 0.13, 0.02, 0.11, -0.13, -0.17, 0.10, -0.12, -0.02, 1.00),
)
"""Correlations between the normal scores of the same basins' attributes, in the order of `ATTRIBUTES`."""

_TABLES = ("clim", "geol", "soil", "topo", "vege")


class AttributeTable(NamedTuple):
    """Attributes of basins.

    Attributes
    ----------
    ids : tuple of str
    names : tuple of str
    values : array, shape (basins, attributes)
        In their own units.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    values: NDArray[np.float64]


def generate_attributes(basins: int, seed: int = 0) -> AttributeTable:
    """Attributes with the distributions and correlations of the CAMELS basins (a Gaussian copula).

    Parameters
    ----------
    basins : int
    seed : int
        The same seed gives the same first basins, however many there are.
    """
    size = len(ATTRIBUTES)
    correlation = np.zeros((size, size))
    for row, part in enumerate(_CORRELATIONS):
        correlation[row, : row + 1] = part
        correlation[: row + 1, row] = part
    normal = np.random.default_rng([seed, 1]).standard_normal((basins, size))
    # column by column: a matrix product rounds otherwise for another number of rows
    scores = np.zeros((basins, size))
    for k, weights in enumerate(np.linalg.cholesky(correlation).T):
        scores += normal[:, k : k + 1] * weights
    levels = _normal_cdf(scores)
    values = np.column_stack([np.interp(levels[:, k], _LEVELS, _QUANTILES[name]) for k, name in enumerate(ATTRIBUTES)])
    return AttributeTable(tuple(f"synthetic-{row + 1:04d}" for row in range(basins)), ATTRIBUTES, values)


def _normal_cdf(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(0.5 * (1.0 + np.vectorize(math.erf)(scores / math.sqrt(2.0))), dtype=np.float64)


def camels_attributes(folder: str | Path, basins: int | None = None, seed: int = 0) -> AttributeTable:
    """Attributes of real basins from the CAMELS tables (``camels_clim.txt``, ``camels_geol.txt``, ...).

    Parameters
    ----------
    folder : path
        Where the semicolon-separated tables are.
    basins : int, optional
        How many to draw at random; all of them when not given.
    seed : int
        Of the draw.

    Raises
    ------
    FileNotFoundError, ValueError
        Naming the table, the column, or the basin.
    """
    rows: dict[str, dict[str, str]] = {}
    for table in _TABLES:
        path = Path(folder) / f"camels_{table}.txt"
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, delimiter=";")
            if "gauge_id" not in (reader.fieldnames or ()):
                raise ValueError(f"{path} has no column gauge_id; expected a CAMELS table separated by semicolons")
            for row in reader:
                rows.setdefault(row["gauge_id"], {}).update(row)
    missing = [name for name in ATTRIBUTES if not any(name in row for row in rows.values())]
    if missing:
        raise ValueError(f"the CAMELS tables in {folder} have no column {', '.join(missing)}")
    ids = sorted(rows)
    if basins is not None:
        if basins > len(ids):
            raise ValueError(f"{basins} basins were asked for; the CAMELS tables in {folder} have {len(ids)}")
        drawn = np.random.default_rng([seed, 1]).choice(len(ids), basins, replace=False)
        ids = [ids[k] for k in np.sort(drawn)]
    values = np.empty((len(ids), len(ATTRIBUTES)))
    for k, basin in enumerate(ids):
        for j, name in enumerate(ATTRIBUTES):
            text = rows[basin].get(name, "")
            try:
                values[k, j] = float(text)
            except ValueError:
                raise ValueError(f"{folder}: {name} of basin {basin} is {text!r}; expected a number") from None
    return AttributeTable(tuple(ids), ATTRIBUTES, values)
