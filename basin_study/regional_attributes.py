"""Attributes that a regional network learns from: which ones, of which basins, and in which scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from basin_study.attribute_tables import require_attributes
from basin_study.dataset import DataError
from hydro_physics.soil_classes import did_you_mean

if TYPE_CHECKING:
    import xarray as xr

_Array = NDArray[Any]

CANDIDATES = (
    ("aridity",),
    ("p_mean",),
    ("pet_mean",),
    ("p_seasonality",),
    ("frac_snow",),
    ("soil_porosity",),
    ("soil_conductivity",),
    ("sand_frac",),
    ("clay_frac",),
    ("soil_depth", "soil_depth_statsgo"),
    ("slope_mean",),
    ("elevation",),
)
"""What is taken of a source that has it, and names that it has elsewhere; the first one counts."""

DECADE = 10.0
"""Largest over smallest value from which on a positive attribute is taken in logarithms."""


class RegionalAttributes(NamedTuple):
    """Attributes of the basins that a regional model is for.

    Attributes
    ----------
    names : tuple of str
    basins : tuple of str
        Those that have all of them.
    values : array, shape (basins, attributes)
    without : dict of str to str
        Other basins, and what they lack.
    """

    names: tuple[str, ...]
    basins: tuple[str, ...]
    values: _Array
    without: dict[str, str]


def regional_attributes(table: xr.Dataset, basins: Sequence[str], asked: Sequence[str] = ()) -> RegionalAttributes:
    """Choose attributes, and basins that have them.

    Parameters
    ----------
    table : Dataset
        Over ``basin``.
    basins : sequence of str
        Of the study.
    asked : sequence of str
        Attributes; those of :data:`CANDIDATES` that vary, and that all basins with any of them have, when none are
        given.

    Raises
    ------
    DataError
        When one that is asked for is not there, is no number or does not vary; all of them at once.
    """
    source = table.attrs.get("source") or "attributes"
    rows = table.reindex(basin=np.array(list(basins), dtype=object))
    numbers = [str(name) for name in rows.data_vars if rows[name].dtype.kind in "fiub"]
    columns = {name: rows[name].values.astype(np.float64) for name in numbers}
    if asked:
        problems = [
            f"{name} {'is no number' if name in rows else 'is not there' + did_you_mean(name, numbers)}"
            for name in asked
            if name not in columns
        ]
        problems += [f"{name} does not vary" for name in asked if name in columns and not _varies(columns[name])]
        if problems:
            raise DataError(
                f"{source}: attributes of a regional model: {'; '.join(problems)}; there are "
                f"{', '.join(name for name in numbers if _varies(columns[name]))}"
            )
        names = tuple(asked)
    else:
        names = _default(columns)
        if not names:
            raise DataError(
                f"{source}: no attribute that varies for a regional model; looked for "
                f"{', '.join(group[0] for group in CANDIDATES)}: name others under attributes"
            )
    values = np.stack([columns[name] for name in names], axis=1)
    known = np.array([bool(np.isfinite(row).all()) for row in values])
    without = {}
    for basin in np.array(list(basins), dtype=object)[~known]:
        try:
            require_attributes(rows.sel(basin=[basin]), names, [basin])
            without[str(basin)] = f"{source}: an attribute of basin {basin} is not finite"
        except DataError as error:
            without[str(basin)] = str(error).replace("\n  - ", "; ")
    kept = tuple(basin for basin, fine in zip(basins, known.tolist(), strict=True) if fine)
    return RegionalAttributes(names, kept, values[known], without)


def _varies(values: _Array) -> bool:
    finite = values[np.isfinite(values)]
    return bool(finite.size and np.ptp(finite) > 1e-12 * np.abs(finite).max())


def _default(columns: dict[str, _Array]) -> tuple[str, ...]:
    found = [next((name for name in group if name in columns), None) for group in CANDIDATES]
    varying = [name for name in found if name is not None and _varies(columns[name])]
    if not varying:
        return ()
    finite = np.stack([np.isfinite(columns[name]) for name in varying], axis=1)
    listed = finite.any(axis=1)
    whole = np.all(finite[listed], axis=0).tolist()
    return tuple(name for name, fine in zip(varying, whole, strict=True) if fine)


class Scale:
    """Scale of attributes, set by training basins alone.

    Positive attributes that span a decade become logarithms. Basins beyond the range of the training basins are taken
    at its end: a network knows nothing out there.

    Parameters
    ----------
    training : array, shape (basins, attributes)
    """

    def __init__(self, training: _Array):
        self.low, self.high = training.min(axis=0), training.max(axis=0)
        self.log = (self.low > 0.0) & (self.high >= DECADE * self.low)

    def __call__(self, values: _Array) -> _Array:
        """Scaled values, shape (basins, attributes)."""
        inside = np.clip(values, self.low, self.high)
        return np.where(self.log, np.log(np.where(self.log, inside, 1.0)), inside)
