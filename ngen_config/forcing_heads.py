"""The first hours of every catchment's forcing: the same columns everywhere, and values that a component accepts.

What a run would refuse at its first steps costs little to see before: a header and a day of each file. The rest of the
hours is read by `ngen-arid check`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ngen_bmi.errors import ConfigError
from ngen_bmi.variables import Variable
from ngen_config.forcing import Column, Forcing, columns_of
from ngen_config.geopackage import shortened
from ngen_harness.context import HOUR, to_epoch, to_text
from ngen_harness.forcing_file import WELL_KNOWN
from ngen_harness.input_ranges import Outside, outside
from ngen_harness.units import UnitConverter

HOURS = 24
"""A day: there is no sunlight in some of its hours, and most units show by noon."""

_MISSING = 1e30
"""NetCDF marks missing values by numbers beyond it."""


def check_heads(forcing: Forcing, ids: Sequence[str], inputs: Mapping[str, Variable]) -> None:
    """Look at the first hours of all catchments.

    Parameters
    ----------
    forcing : Forcing
    ids : sequence of str
        Catchments.
    inputs : mapping
        Name in the forcing -> input of a component that it becomes.

    Raises
    ------
    ConfigError
        A file has other columns or units than the first one, or a value is outside what the component accepts.
    """
    problems = _of_files(forcing, ids, inputs) if forcing.pattern else _of_netcdf(forcing, ids, inputs)
    if problems:
        raise ConfigError(forcing.path, shortened(problems))


def _of_files(forcing: Forcing, ids: Sequence[str], inputs: Mapping[str, Variable]) -> list[str]:
    convert = UnitConverter()
    first: dict[str, Column] = {}
    problems: list[str] = []
    for name in ids:
        file = forcing.path / forcing.files[name]
        every, times, values = _head(file)
        here = {column.canonical: column for column in every}
        columns = [column for column in every if not column.is_time]
        first = first or here
        different = _difference(first, here)
        if len(every) - len(columns) > 1:
            different = "several columns of time"
        if different:
            problems.append(f"{file.name}: {different} (all files have to have the columns of {forcing.files[ids[0]]})")
            continue
        for wanted, variable in inputs.items():
            place = next((k for k, column in enumerate(columns) if wanted in (column.name, column.canonical)), None)
            if place is None:
                continue
            found = outside(values[:, place], columns[place].unit, variable, convert)
            if found is not None and not found.mendable:
                problems.append(_said(file.name, columns[place].name, times[found.index], found, header=True))
    return problems


def _of_netcdf(forcing: Forcing, ids: Sequence[str], inputs: Mapping[str, Variable]) -> list[str]:
    import netCDF4

    convert = UnitConverter()
    problems: list[str] = []
    with netCDF4.Dataset(str(forcing.path)) as dataset:
        dataset.set_auto_maskandscale(False)  # ngen takes the numbers as they are stored
        rows = {str(name): row for row, name in enumerate(dataset["ids"][:])}
        for wanted, variable in inputs.items():
            canonical = WELL_KNOWN.get(wanted, (wanted, ""))[0]
            name = next((n for n in dataset.variables if canonical == WELL_KNOWN.get(n, (n, ""))[0]), None)
            if name is None:
                continue
            block = np.asarray(dataset[name][:, :HOURS], dtype=np.float64)
            block[np.abs(block) > _MISSING] = np.nan
            if outside(block.ravel(), forcing.units[name], variable, convert) is None:
                continue
            for catchment in ids:
                found = outside(block[rows[catchment]], forcing.units[name], variable, convert)
                if found is not None and not found.mendable:
                    when = to_text(to_epoch(forcing.start) + found.index * HOUR)
                    problems.append(_said(catchment, name, when, found, header=False))
    return problems


def _head(file: Path) -> tuple[tuple[Column, ...], list[str], NDArray[np.float64]]:
    """Columns, times, and numbers of the first hours, shape (hours, columns but time); NaN for what is no number."""
    try:
        with file.open(encoding="utf-8-sig") as stream:
            lines = [line.rstrip("\n") for line in islice(stream, 1 + HOURS)]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(file, [f"cannot be read: {error}"]) from error
    columns = columns_of(lines[0]) if lines else ()
    times: list[str] = []
    numbers: list[list[float]] = []
    places = [place for place, column in enumerate(columns) if column.is_time]
    for line in lines[1:] if len(places) == 1 else ():
        cells = line.split(",")
        if len(cells) == len(columns):
            times.append(cells.pop(places[0]).strip())
            numbers.append([_number(cell) for cell in cells])
    width = sum(not column.is_time for column in columns)
    return columns, times, np.array(numbers, dtype=np.float64).reshape(len(numbers), width)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def _difference(first: Mapping[str, Column], here: Mapping[str, Column]) -> str:
    """What a file has otherwise than the first one; the order of the columns does not matter."""
    parts = [f"no column {column.name}" for key, column in first.items() if key not in here]
    parts += [f"a column {column.name}" for key, column in here.items() if key not in first]
    parts += [
        f"{column.name} in '{here[key].unit}' where others have '{column.unit}'"
        for key, column in first.items()
        if key in here and here[key].unit != column.unit
    ]
    return ", ".join(parts)


def _said(place: str, name: str, when: str, found: Outside, *, header: bool) -> str:
    return f"{place}: {found.why(name, when)}: {found.fix(name, header=header)}"
