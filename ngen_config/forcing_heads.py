"""The run's first day in every catchment's forcing: same columns, rows that ngen reads, values that components accept.

What a run would refuse at its first steps costs little to see before: a header and a day of each file. The rest of the
hours is read by `ngen-arid check`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from ngen_bmi.errors import ConfigError
from ngen_bmi.variables import Variable
from ngen_config.forcing import BYTE_ORDER_MARK_SAID, Column, Forcing, columns_of
from ngen_config.geopackage import shortened
from ngen_harness.context import HOUR, to_epoch, to_text
from ngen_harness.forcing_file import WELL_KNOWN, Excerpt, ForcingFile
from ngen_harness.input_ranges import Outside, outside
from ngen_harness.units import UnitConverter

HOURS = 24
"""A day: there is no sunlight in some of its hours, and most units show by noon."""

_BYTE_ORDER_MARK = "\ufeff"

_MISSING = 1e30
"""NetCDF marks missing values by numbers beyond it."""


def check_heads(forcing: Forcing, ids: Sequence[str], inputs: Mapping[str, Variable], period: tuple[str, str]) -> None:
    """Look at the first day of the run in the forcing of all catchments.

    Parameters
    ----------
    forcing : Forcing
    ids : sequence of str
        Catchments.
    inputs : mapping
        Name in the forcing -> input of a component that it becomes.
    period : tuple of str
        First and last hour of the run.

    Raises
    ------
    ConfigError
        A file has other columns or units than the first one, rows that ngen refuses, or a value outside of what the
        component accepts.
    """
    start = to_epoch(period[0])
    end = min(to_epoch(period[1]), start + (HOURS - 1) * HOUR)
    look = _of_files if forcing.pattern else _of_netcdf
    problems = look(forcing, ids, inputs, start, end)
    if problems:
        raise ConfigError(forcing.path, shortened(problems))


def _of_files(forcing: Forcing, ids: Sequence[str], inputs: Mapping[str, Variable], start: int, end: int) -> list[str]:
    convert = UnitConverter()
    first: dict[str, Column] = {}
    problems: list[str] = []
    for name in ids:
        file = forcing.path / forcing.files[name]
        day = _first_day(file, start)
        lines = day.lines
        if lines and lines[0].startswith(_BYTE_ORDER_MARK):
            problems.append(f"{file.name}: {BYTE_ORDER_MARK_SAID}")
            continue
        every = columns_of(lines[0]) if lines else ()
        here = {column.canonical: column for column in every}
        first = first or here
        different = _difference(first, here)
        if sum(column.is_time for column in every) > 1:
            different = "several columns of time"
        if different:
            problems.append(f"{file.name}: {different} (all files have to have the columns of {forcing.files[ids[0]]})")
            continue
        read = _Rows(file, start, end, day)
        if read.problem:
            problems.append(f"{file.name}: {read.problem}")
            continue
        for wanted, variable in inputs.items():
            canonical = WELL_KNOWN.get(wanted, (wanted, ""))[0]
            if canonical not in read.columns:
                continue
            found = outside(read.column(canonical), read.units[canonical], variable, convert)
            if found is not None and not found.mendable:
                when = to_text(start + found.index * HOUR)
                problems.append(_said(file.name, here[canonical].name, when, found, header=True))
    return problems


class _Rows(ForcingFile):
    """Rows of the run's first day, as ngen takes them, and the first thing that it would refuse."""

    def __init__(self, file: Path, start: int, end: int, day: Excerpt) -> None:
        self.problem = ""
        self._first_day = f"{to_text(start)} to {to_text(end)}"
        super().__init__(file.name, file, start, end, report=self._note, excerpt=day)

    def _note(self, code: str, message: str) -> None:
        if code == "ends-early":  # the end that it knows is not that of the run
            message = f"ends within the first hours of the run ({self._first_day})"
        self.problem = self.problem or message


def _of_netcdf(forcing: Forcing, ids: Sequence[str], inputs: Mapping[str, Variable], start: int, end: int) -> list[str]:
    import netCDF4

    convert = UnitConverter()
    problems: list[str] = []
    with netCDF4.Dataset(str(forcing.path)) as dataset:
        dataset.set_auto_maskandscale(False)  # ngen takes the numbers as they are stored
        first, hours = (start - to_epoch(forcing.start)) // HOUR, (end - start) // HOUR + 1
        rows = {str(name): row for row, name in enumerate(dataset["ids"][:])}
        for wanted, variable in inputs.items():
            canonical = WELL_KNOWN.get(wanted, (wanted, ""))[0]
            name = next((n for n in dataset.variables if canonical == WELL_KNOWN.get(n, (n, ""))[0]), None)
            if name is None:
                continue
            block = np.asarray(dataset[name][:, first : first + hours], dtype=np.float64)
            block[np.abs(block) > _MISSING] = np.nan
            if outside(block.ravel(), forcing.units[name], variable, convert) is None:
                continue
            for catchment in ids:
                found = outside(block[rows[catchment]], forcing.units[name], variable, convert)
                if found is not None and not found.mendable:
                    when = to_text(start + found.index * HOUR)
                    problems.append(_said(catchment, name, when, found, header=False))
    return problems


def _first_day(file: Path, start: int) -> Excerpt:
    """The header and the first day of the run; all rows up to there where that is not where it should be."""
    try:
        with file.open(encoding="utf-8") as stream:
            lines = [line.rstrip("\n") for line in islice(stream, 2)]
            before = max(0, (start - _time_of(*lines)) // HOUR) if len(lines) == 2 else 0
            lines += [line.rstrip("\n") for line in islice(stream, before + HOURS - 1)]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(file, [f"cannot be read: {error}"]) from error
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) > before + 1 and _time_of(lines[0], lines[before + 1]) == start:
        return Excerpt([lines[0], *lines[before + 1 :]], before + 2)
    return Excerpt(lines)


def _time_of(header: str, row: str) -> int:
    """Time of a row; far ahead where nobody can tell, so that no rows are passed over."""
    for column, cell in zip(columns_of(header), row.split(","), strict=False):
        if column.is_time:
            try:
                return to_epoch(cell.strip())
            except ValueError:
                break
    return sys.maxsize


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
