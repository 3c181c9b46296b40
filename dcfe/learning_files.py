"""Files that parameters are learned from: attributes and observations of basins, as CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngen_bmi.config import same_unit

STEP = np.timedelta64(60, "m")
"""Length of a step."""

FLUX_UNITS = {"mm h-1": 1e-3, "m": 1.0, "mm": 1e-3, "m3 s-1": 3600.0}
"""Factors to m per hour, the last still to be divided by the area [m2]."""

STORAGE_UNITS = {"m": 1.0, "mm": 1e-3}
"""Factors to m."""

STORAGES = ("gw_storage", "soil_storage", "nwm_ponded_depth", "storage")
"""Outputs of CFE that are storages; the others are m per step."""

SIGNED = ("soil_storage_change",)
"""Outputs that may be negative."""

_SPELLINGS = {
    "mm h-1": ("mm/h", "mm/hr", "mm h^-1", "mm hr-1"),
    "m3 s-1": ("m3/s", "m^3/s", "m^3 s^-1", "m^3 s-1", "cms"),
}
_MISSING = ("", "nan", "na", "null")
_HEADER = re.compile(r"\s*(?P<name>.*?)\s*(?:[\[(](?P<unit>[^\])]*)[\])])?\s*")


@dataclass(frozen=True)
class Table:
    """A CSV file with a row for each basin.

    Attributes
    ----------
    source : str
    columns : tuple of str
    rows : dict of str to dict of str to str
        Cells by basin and column.
    """

    source: str
    columns: tuple[str, ...]
    rows: dict[str, dict[str, str]]

    def numbers(self, basin: str, names: Sequence[str], problems: list[str]) -> list[float]:
        """Cells of a basin as numbers; NaN, with a problem noted, for what is none.

        A basin without a row is one problem.
        """
        row = self.rows.get(basin)
        if row is None:
            problems.append(f"{self.source}: has no row for basin {basin}")
            return [np.nan] * len(names)
        values = []
        for name in names:
            value = _number(row[name])
            if not np.isfinite(value):
                problems.append(f"{self.source}: {name} of basin {basin} is {row[name]!r}; expected a number")
            values.append(value)
        return values

    def wordy(self, basins: Sequence[str], names: Sequence[str]) -> list[str]:
        """Columns that hold no number in any of several basins."""
        rows = [self.rows[basin] for basin in basins if basin in self.rows]
        return [name for name in names if len(rows) > 1 and all(np.isnan(_number(row[name])) for row in rows)]


def unit_factor(text: str, output: str) -> tuple[str, float] | None:
    """Canonical unit of observations of an output, and the factor that makes them m; None when it is not known.

    >>> unit_factor("mm/h", "q_out"), unit_factor("m3 s-1", "soil_storage")
    (('mm h-1', 0.001), None)
    """
    units = STORAGE_UNITS if output in STORAGES else FLUX_UNITS
    for unit, factor in units.items():
        if same_unit(text, unit) or text.strip() in _SPELLINGS.get(unit, ()):
            return unit, factor
    return None


def read_table(path: Path, id_column: str) -> Table:
    """Read a CSV file with a row for each basin, its cells separated by commas or semicolons.

    Parameters
    ----------
    path : Path
    id_column : str
        Column with the basins' names; empty: the first.

    Raises
    ------
    ValueError
        Naming the file.
    """
    header, lines = _read_cells(path)
    name = id_column or header[0]
    if name not in header:
        raise ValueError(f"{path}: has no column {name!r} with the basins' names; found {', '.join(header)}")
    rows: dict[str, dict[str, str]] = {}
    for number, cells in lines:
        row = dict(zip(header, cells, strict=True))
        if row[name] in rows:
            raise ValueError(f"{path}: line {number}: basin {row[name]} has a row already")
        rows[row[name]] = row
    return Table(str(path), tuple(column for column in header if column != name), rows)


def merge_tables(tables: Sequence[Table]) -> Table:
    """One table of several: the basins that are in all of them.

    Raises
    ------
    ValueError
        When a column is in two of them.
    """
    columns = [column for table in tables for column in table.columns]
    twice = sorted({column for column in columns if columns.count(column) > 1})
    sources = ", ".join(table.source for table in tables)
    if twice:
        raise ValueError(f"{sources}: more than one of them has the column(s) {', '.join(twice)}")
    rows: dict[str, dict[str, str]] = {
        basin: {column: cell for table in tables for column, cell in table.rows[basin].items()}
        for basin in tables[0].rows
        if all(basin in table.rows for table in tables)
    }
    return Table(sources, tuple(columns), rows)


def read_observed(
    path: Path, column: str, unit: str, output: str, start: np.datetime64, steps: int, area_km2: float | None
) -> NDArray[np.float64]:
    """Read observations of one variable in one basin.

    Parameters
    ----------
    path : Path
        CSV file with a column ``time``, the beginning of each hour, and one with values. Hours may be missing, and
        cells empty. Hours outside of the period are passed over.
    column : str
        Name of the column of values; empty: the only one beside the time.
    unit : str
        Its unit; empty: as the header says in brackets.
    output : str
        Output of the model that was observed.
    start : datetime64
    steps : int
        The period.
    area_km2 : float or None
        Of the basin, for discharge in m3 s-1.

    Returns
    -------
    array, shape (steps,)
        In m; NaN where nothing was observed.

    Raises
    ------
    ValueError
        Naming the file, and the line or column.
    """
    header, lines = _read_cells(path)
    matches = [_HEADER.fullmatch(cell) for cell in header]
    names = [match["name"] if match else "" for match in matches]
    units = [(match["unit"] or "") if match else "" for match in matches]
    times = [i for i, name in enumerate(names) if name.lstrip("# ").lower() == "time"]
    if len(times) != 1:
        raise ValueError(f"{path}: expected one column 'time', found {len(times)} in {', '.join(names)}")
    others = [i for i in range(len(names)) if i != times[0]]
    chosen = [i for i in others if names[i] == column] if column else others
    if len(chosen) != 1:
        wanted = f"one column {column!r}" if column else "one column beside the time (else say which: column)"
        raise ValueError(f"{path}: expected {wanted}, found {', '.join(names)}")
    name, header_unit = names[chosen[0]], units[chosen[0]]
    factor = _factor(path, name, unit, header_unit, output, area_km2)
    values = np.array([_number(cells[chosen[0]]) for _, cells in lines])
    bad = np.isnan(values) & np.array([cells[chosen[0]].lower() not in _MISSING for _, cells in lines], dtype=bool)
    if output not in SIGNED:
        bad |= values < 0.0
    if (bad | np.isinf(values)).any():
        line, cells = lines[int(np.argmax(bad | np.isinf(values)))]
        raise ValueError(
            f"{path}: line {line}, column {name!r}: {cells[chosen[0]]!r} cannot be {output}; leave the cell empty "
            f"where nothing was observed"
        )
    index = _step_of(path, [(line, cells[times[0]]) for line, cells in lines], start)
    inside = (index >= 0) & (index < steps)
    observed = np.full(steps, np.nan)
    observed[index[inside]] = factor * values[inside]
    return observed


def _factor(path: Path, name: str, unit: str, header_unit: str, output: str, area_km2: float | None) -> float:
    """Factor that makes values m per step or m."""
    known = ", ".join(STORAGE_UNITS if output in STORAGES else FLUX_UNITS)
    text = unit or header_unit
    if not text:
        raise ValueError(f"{path}: column {name!r} has no unit; write it in the header, such as {name}[mm h-1]")
    found = unit_factor(text, output)
    if found is None:
        raise ValueError(f"{path}: column {name!r} is in {text!r}; {output} can be in {known}")
    if unit and header_unit and unit_factor(header_unit, output) != found:
        raise ValueError(f"{path}: column {name!r} is in {header_unit!r}, but the configuration says {unit!r}")
    if found[0] != "m3 s-1":
        return found[1]
    if area_km2 is None:
        raise ValueError(f"{path}: column {name!r} is in m3 s-1, which needs areas: say data.attributes.area")
    return found[1] / (area_km2 * 1e6)


def _step_of(path: Path, times: list[tuple[int, str]], start: np.datetime64) -> NDArray[Any]:
    """Index of the step of each time; problems with times are errors."""
    try:
        found = np.array([text for _, text in times], dtype="datetime64[s]")
    except ValueError:
        for line, text in times:
            try:
                np.datetime64(text, "s")
            except ValueError:
                raise ValueError(f"{path}: line {line}: {text!r} is not a time like 2016-10-01 00:00:00") from None
        raise
    if np.isnat(found).any():
        raise ValueError(f"{path}: line {times[int(np.argmax(np.isnat(found)))][0]}: there is no time")
    since = found - start
    index = since // STEP
    odd = since % STEP != np.timedelta64(0, "s")
    if odd.any():
        line, text = times[int(np.argmax(odd))]
        raise ValueError(
            f"{path}: line {line}: {text} is not the beginning of a step; steps are hours that begin at "
            f"{str(start).replace('T', ' ')}"
        )
    late = np.flatnonzero(np.diff(index) <= 0)
    if late.size:
        line, text = times[int(late[0]) + 1]
        raise ValueError(f"{path}: line {line}: {text} does not come after the time before it")
    return np.asarray(index)


def _read_cells(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header and numbered rows of a CSV file."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            first = file.readline()
            file.seek(0)
            reader = csv.reader(file, delimiter=";" if ";" in first and "," not in first else ",")
            numbered = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"{path}: the file cannot be read: {reason}") from error
    if len(numbered) < 2:
        raise ValueError(f"{path}: expected a header and rows, found {len(numbered)} line(s)")
    header = numbered[0][1]
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise ValueError(f"{path}: the column(s) {', '.join(twice)} are there twice")
    for line, row in numbered[1:]:
        if len(row) != len(header):
            raise ValueError(f"{path}: line {line} has {len(row)} cells; expected {len(header)} as in the header")
    return header, numbered[1:]


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")
