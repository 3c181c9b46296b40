"""Read weather in AORC's columns from a CSV file, onto an even axis of time, by stated rules.

- Times are UTC, as ``2009-06-14 20:00:00`` or ``2009/06/14 20:00:00``.
- A row that is not later than all rows before it is left out.
- The axis begins at the first full step of the file. Values between two rows are interpolated linearly; where rows are
  further apart than `longest_gap_s` the file is refused.
- Temperature, humidity and shortwave radiation have to be there. Without a column of the wind the wind is missing;
  without pressure or longwave radiation the options have to calculate it.

What was left out or filled is told in `notes`.
"""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ngen_bmi.errors import ForcingError
from pet_bmi.clock import utc
from pet_bmi.ensemble import EnsembleForcing

COLUMNS = {
    "temperature": "TMP_2maboveground",
    "humidity": "SPFH_2maboveground",
    "pressure": "PRES_surface",
    "shortwave": "DSWRF_surface",
    "longwave": "DLWRF_surface",
    "wind_x": "UGRD_10maboveground",
    "wind_y": "VGRD_10maboveground",
}
"""AORC's column of each field of :class:`EnsembleForcing`."""

_NEEDED = ("temperature", "humidity", "shortwave")


class AorcWeather(NamedTuple):
    """What :func:`read_aorc` returns.

    Attributes
    ----------
    start : datetime64
        Start of the first step, UTC.
    step_s : float
        Length of a step [s].
    forcing : EnsembleForcing
        Of one catchment: arrays of shape (1, steps), None for columns that are absent.
    notes : tuple of str
        What was left out, filled or absent, a line each.
    """

    start: np.datetime64
    step_s: float
    forcing: EnsembleForcing
    notes: tuple[str, ...]


def read_aorc(path: str | Path, step_s: float = 3600.0, longest_gap_s: float = 10800.0) -> AorcWeather:
    """Read a file by the rules at the head of this module.

    Parameters
    ----------
    path : str or Path
        May end in ``.gz``.
    step_s : float
        Length of a step [s].
    longest_gap_s : float
        Longest time between two rows that is filled [s].

    Raises
    ------
    ForcingError
        Naming the file and, where there is one, the line.
    """
    header, rows = _rows(path)
    places = {name: header.index(name) for name in ("time", *COLUMNS.values()) if name in header}
    missing = [name for name in ("time", *(COLUMNS[field] for field in _NEEDED)) if name not in places]
    if missing:
        raise ForcingError(f"{path}: no column {', '.join(missing)}; found {', '.join(header)}")
    times = np.array([_time(path, line, row, places["time"], len(header)) for line, row in rows])
    seconds = (times - times[0]).astype("timedelta64[ms]").astype(np.float64) / 1e3
    latest = np.maximum.accumulate(seconds)
    kept = np.concatenate(([True], seconds[1:] > latest[:-1]))
    notes = []
    if not kept.all():
        lines = [rows[i][0] for i in np.flatnonzero(~kept)]
        notes.append(f"{len(lines)} row(s) not later than those before left out, such as line {lines[0]}")
    seconds = seconds[kept]
    gaps = np.diff(seconds)
    if gaps.size and gaps.max() > longest_gap_s:
        before = times[kept][int(gaps.argmax())]
        raise ForcingError(
            f"{path}: no row for {gaps.max() / 3600.0:g} hours after {before}; expected at most "
            f"{longest_gap_s / 3600.0:g}: fill the gap, or allow a longer one"
        )
    midnight = times[0].astype("datetime64[D]")
    since_midnight = (times[0] - midnight).astype("timedelta64[ms]").astype(np.float64) / 1e3
    first = np.ceil(since_midnight / step_s) * step_s - since_midnight
    axis = np.arange(first, seconds[-1] + 1e-6, step_s)
    filled = int((~np.isin(axis, seconds)).sum())
    if filled:
        notes.append(f"{filled} of {axis.size} steps interpolated between the rows around them")
    used = [rows[i] for i in np.flatnonzero(kept)]
    fields: dict[str, NDArray[np.float64] | None] = dict.fromkeys(EnsembleForcing._fields)
    for field, name in COLUMNS.items():
        if name in places:
            values = np.array([_number(path, line, name, row[places[name]]) for line, row in used])
            fields[field] = np.interp(axis, seconds, values)[np.newaxis]
        elif field.startswith("wind"):
            fields[field] = np.full((1, axis.size), np.nan)
            notes.append(f"no column {name}: the wind is missing")
        else:
            notes.append(f"no column {name}: it has to be calculated")
    start = times[0] + np.timedelta64(round(1e3 * float(first)), "ms")
    return AorcWeather(start, step_s, EnsembleForcing(**fields), tuple(notes))  # type: ignore[arg-type]


def _rows(path: str | Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    try:
        opened = gzip.open if Path(path).suffix == ".gz" else open
        with opened(path, "rt", newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            numbered = [(reader.line_num, row) for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error, EOFError) as error:
        raise ForcingError(f"{path}: the forcing file cannot be read: {error}") from error
    if len(numbered) < 2:
        raise ForcingError(f"{path}: expected a header and a row for each step")
    return [name.strip() for name in numbered[0][1]], numbered[1:]


def _time(path: str | Path, line: int, row: list[str], place: int, count: int) -> np.datetime64:
    if len(row) != count:
        raise ForcingError(f"{path}: line {line} has {len(row)} cells; expected {count} as in the header")
    try:
        return np.datetime64(utc(row[place].strip().replace("/", "-")), "ms")
    except ValueError:
        raise ForcingError(f"{path}: line {line}: {row[place]!r} is not a time like 2016-10-01 00:00:00") from None


def _number(path: str | Path, line: int, name: str, cell: str) -> float:
    try:
        return float(cell) if cell.strip() else np.nan
    except ValueError:
        raise ForcingError(f"{path}: line {line}, column {name!r}: {cell!r} is not a number") from None
