"""A table with a row for each catchment, from CSV, NetCDF or Zarr: columns of numbers and words."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngen_ensemble.settings import EnsembleError

ID = "catchment"
SUFFIXES = (".csv", ".nc", ".zarr")

_NUMBERED = re.compile(r"(.+)_([1-9]\d*)")


@dataclass
class Table:
    """A table as it is in its file.

    Attributes
    ----------
    path : str
        For messages.
    ids : list of str
    numbers : dict
        Column -> float64 of shape (catchments,) or (catchments, n); blanks are NaN.
    words : dict
        Column that is not numbers -> a word for each catchment.
    attributes : dict
        Words of the file that are meant for all catchments.
    units : dict
        Column -> unit, where the file says one.
    """

    path: str
    ids: list[str]
    numbers: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)


def read_table(path: str, resolved: Path) -> Table:
    """Read a table.

    Parameters
    ----------
    path : str
        The file, as it should appear in messages.
    resolved : Path
        The file, as it can be opened.

    Raises
    ------
    EnsembleError
        The file cannot be read, has no column of ids, or an id twice.
    """
    if not resolved.exists():
        raise EnsembleError(f"{path}: no such table of parameters")
    try:
        table = {".csv": _read_csv, ".nc": _read_netcdf, ".zarr": _read_zarr}[resolved.suffix](path, resolved)
    except (OSError, RuntimeError, ValueError, KeyError, UnicodeDecodeError) as error:
        raise EnsembleError(f"{path}: cannot be read as a table of parameters: {error}") from error
    seen: set[str] = set()
    twice = [name for name in table.ids if name in seen or seen.add(name)]  # type: ignore[func-returns-value]
    if twice:
        raise EnsembleError(f"{path}: {ID} {twice[0]} has two rows ({len(twice)} such rows); remove one")
    return table


def _read_csv(path: str, resolved: Path) -> Table:
    with resolved.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    if not rows or ID not in rows[0]:
        raise ValueError(f"expected a line of column names with '{ID}' among them, then a row for each catchment")
    head = [name.strip() for name in rows[0]]
    rows = [row for row in rows[1:] if row]
    wrong = next((i for i, row in enumerate(rows) if len(row) != len(head)), None)
    if wrong is not None:
        raise ValueError(f"row {wrong + 2} has {len(rows[wrong])} cells; expected {len(head)}, as in the first line")
    columns = {name: [row[i].strip() for row in rows] for i, name in enumerate(head)}
    if len(columns) < len(head):
        raise ValueError("a column name appears twice")
    table = Table(path, columns.pop(ID))
    series: dict[str, dict[int, NDArray[np.float64]]] = {}
    for name, cells in columns.items():
        try:
            values = np.array([float(cell) if cell else np.nan for cell in cells])
        except ValueError:
            table.words[name] = cells
            continue
        match = _NUMBERED.fullmatch(name)
        if match:
            series.setdefault(match[1], {})[int(match[2])] = values
        else:
            table.numbers[name] = values
    for name, parts in series.items():
        missing = set(range(1, len(parts) + 1)) - set(parts)
        if missing:
            raise ValueError(f"column {name}_{min(missing)} is missing; expected {name}_1, {name}_2 and so on")
        table.numbers[name] = np.column_stack([parts[i] for i in sorted(parts)])
    return table


def _read_netcdf(path: str, resolved: Path) -> Table:
    import netCDF4

    with netCDF4.Dataset(str(resolved)) as file:
        file.set_auto_maskandscale(False)
        arrays = {}
        for name, variable in file.variables.items():
            marker = getattr(variable, "_FillValue", None)
            values = np.asarray(variable[:])
            if marker is not None and values.dtype.kind == "f":
                values[values == marker] = np.nan
            arrays[name] = (values, str(getattr(variable, "units", "")))
        attributes = {name: file.getncattr(name) for name in file.ncattrs()}
    return _from_arrays(path, arrays, attributes)


def _read_zarr(path: str, resolved: Path) -> Table:
    import zarr

    group: Any = zarr.open_group(str(resolved), mode="r")
    arrays = {name: (np.asarray(array[...]), str(array.attrs.get("units", ""))) for name, array in group.arrays()}
    return _from_arrays(path, arrays, dict(group.attrs))


def _from_arrays(path: str, arrays: dict[str, tuple[NDArray[Any], str]], attributes: dict[str, Any]) -> Table:
    if ID not in arrays:
        raise ValueError(f"expected a variable '{ID}' with the ids; it has {', '.join(arrays)}")
    ids = [str(name) for name in arrays.pop(ID)[0].ravel()]
    table = Table(path, ids, attributes={name: value for name, value in attributes.items() if isinstance(value, str)})
    for name, (values, unit) in arrays.items():
        if values.ndim == 0 or values.shape[0] != len(ids):
            raise ValueError(f"'{name}' has the shape {values.shape}; expected {len(ids)} rows, one for each catchment")
        if values.dtype.kind in "fiub":
            table.numbers[name] = values.astype(np.float64)
            if unit:
                table.units[name] = unit
        else:
            table.words[name] = [str(word) for word in values]
    return table
