"""The two text formats of daily CAMELS: basin mean forcing, and flow of the USGS."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from basin_study.dataset import LISTED, DataError

_Array = NDArray[np.float64]
_Days = NDArray[np.datetime64]

COLUMNS = {
    "dayl": "s",
    "prcp": "mm/day",
    "srad": "w/m2",
    "swe": "mm",
    "tmax": "c",
    "tmin": "c",
    "vp": "pa",
}
"""Columns of forcing after year, month, day and hour, and their units as the header gives them, in lower case."""

RANGES = {
    "dayl": (0.0, 86400.0),
    "prcp": (0.0, 5000.0),
    "srad": (0.0, 1500.0),
    "tmax": (-100.0, 70.0),
    "tmin": (-100.0, 70.0),
    "vp": (0.0, 20000.0),
}
"""Columns that are used, and what they can be on Earth."""
MISSING_FLAG, ESTIMATED_FLAG = "M", "A:e"
_DAY = np.timedelta64(1, "D")


class DailyForcing(NamedTuple):
    """A forcing file.

    Attributes
    ----------
    latitude, elevation, area : float
        Of the three lines at the top [degrees], [m], [km2].
    days : array of datetime64[D], shape (days,)
    precipitation : array
        [mm d-1].
    daylight, radiation : array
        [s], and the mean over it of short-wave radiation [W m-2].
    highest, lowest : array
        Temperature [C].
    vapour_pressure : array
        [Pa].
    """

    latitude: float
    elevation: float
    area: float
    days: _Days
    precipitation: _Array
    daylight: _Array
    radiation: _Array
    highest: _Array
    lowest: _Array
    vapour_pressure: _Array


def read_daily_forcing(path: Path, header_only: bool = False) -> DailyForcing:
    """Read a forcing file.

    Three lines with latitude, mean elevation [m] and area [m2], a header such as
    ``Year Mnth Day Hr Dayl(s) PRCP(mm/day) SRAD(W/m2) SWE(mm) Tmax(C) Tmin(C) Vp(Pa)``, and a row for every day.

    Parameters
    ----------
    path : path
    header_only : bool
        Leave the days out.

    Raises
    ------
    DataError
        When the layout, a unit, a day or a value is not what it has to be, with all that is wrong.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            top = [file.readline() for _ in range(4)]
            rows = [] if header_only else [line.split() for line in file if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    try:
        latitude, elevation, area = (float(line) for line in top[:3])
    except ValueError:
        raise DataError(
            f"{path}: the file begins with {[line.strip()[:30] for line in top[:3]]}; expected a line each with "
            "latitude, elevation in m, area in m2"
        ) from None
    head = [
        f"the {name} is {value:g} {unit}; expected {expected}"
        for name, value, unit, fine, expected in (
            ("latitude", latitude, "degrees", -90.0 <= latitude <= 90.0, "-90 to 90"),
            ("elevation", elevation, "m", -500.0 <= elevation <= 9000.0, "-500 to 9000"),
            ("area", area, "m2", 0.0 < area < 1e14, "one above 0, and none larger than a continent"),
        )
        if not fine
    ]
    if head:
        raise DataError("\n  - ".join((f"{path}, lines 1 to 3: {len(head)} problems", *head)))
    places = _columns(path, top[3])
    if header_only:
        none = np.empty(0)
        return DailyForcing(latitude, elevation, area / 1e6, np.empty(0, "datetime64[D]"), *[none] * 6)
    days, values = _table(path, rows, len(COLUMNS) + 4, 5)
    problems = day_problems(days)
    series = {name: values[:, places[name] - 4] for name in RANGES}
    for name, (low, high) in RANGES.items():
        bad = np.flatnonzero(~((series[name] >= low) & (series[name] <= high)))
        if bad.size:
            first = f"{name} on {days[bad[0]]} is {series[name][bad[0]]:g}"
            problems.append(f"{first} ({bad.size} such days); expected {low:g} to {high:g} {COLUMNS[name]}")
    if problems:
        raise DataError("\n  - ".join((f"{path}: {len(problems)} problems", *problems)))
    wanted = ("prcp", "dayl", "srad", "tmax", "tmin", "vp")
    return DailyForcing(latitude, elevation, area / 1e6, days, *(series[name] for name in wanted))


def _columns(path: Path, header: str) -> dict[str, int]:
    """Places of columns, after a look at their units."""
    names = header.split()
    places, problems = {}, []
    for place, name in enumerate(names[4:], start=4):
        found = re.fullmatch(r"(\w+)\((.*)\)", name.lower())
        if not found or found[1] not in COLUMNS:
            problems.append(f"column {name!r} is not one of {', '.join(COLUMNS)} with its unit in brackets")
        elif found[2] != COLUMNS[found[1]]:
            problems.append(f"{found[1]} is in {found[2]}; expected {COLUMNS[found[1]]}: convert the file")
        else:
            places[found[1]] = place
    missing = [name for name in COLUMNS if name not in places]
    if missing and not problems:
        problems.append(f"no column {', '.join(missing)}; the header is {header.strip()!r}")
    if problems:
        raise DataError("\n  - ".join((f"{path}, line 4: {len(problems)} problems", *problems[:LISTED])))
    return places


def _table(path: Path, rows: list[list[str]], width: int, first_line: int) -> tuple[_Days, _Array]:
    """Days, and what comes after their four columns."""
    for number, row in enumerate(rows, start=first_line):
        if len(row) != width:
            raise DataError(f"{path}, line {number}: {len(row)} values; expected {width}")
    if not rows:
        raise DataError(f"{path}: no days")
    try:
        days = np.array([f"{row[0]}-{row[1].zfill(2)}-{row[2].zfill(2)}" for row in rows], dtype="datetime64[D]")
        return days, np.array([row[4:] for row in rows], dtype=np.float64)
    except ValueError as error:
        raise DataError(f"{path}: {error}; expected year, month, day, hour and numbers in every row") from None


def day_problems(days: _Days) -> list[str]:
    """Say where days do not follow each other."""
    steps = np.diff(days)
    wrong = np.flatnonzero(steps != _DAY)
    if not wrong.size:
        return []
    k = int(wrong[0])
    what = "is there twice" if steps[k] == np.timedelta64(0, "D") else f"follows {days[k]}"
    return [f"{days[k + 1]} {what} ({wrong.size} such places); expected every day once, in order"]


def read_daily_flow(path: Path, gauge: str, days: _Days, drop_estimated: bool = False) -> _Array:
    """Read flow, rows ``GAUGE YYYY MM DD FLOW FLAG`` [ft3 s-1].

    Parameters
    ----------
    path : path
    gauge : str
    days : array of datetime64[D], shape (days,)
        Days that are wanted.
    drop_estimated : bool
        Take flow with the flag ``A:e`` as missing.

    Returns
    -------
    array, shape (days,)
        NaN where the flag is M, the flow is below 0 (-999), or the file has no such day.

    Raises
    ------
    DataError
        When rows, days or gauge are not what they have to be.
    """
    try:
        rows = [line.split() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    for number, row in enumerate(rows, start=1):
        if len(row) not in (5, 6) or row[0] != gauge:
            raise DataError(f"{path}, line {number}: {' '.join(row)!r}; expected {gauge} YEAR MONTH DAY FLOW FLAG")
    if not rows:
        raise DataError(f"{path}: no days")
    try:
        found = np.array([f"{row[1]}-{row[2].zfill(2)}-{row[3].zfill(2)}" for row in rows], dtype="datetime64[D]")
        flow = np.array([row[4] for row in rows], dtype=np.float64)
    except ValueError as error:
        raise DataError(f"{path}: {error}; expected {gauge} YEAR MONTH DAY FLOW FLAG in every row") from None
    if np.any(np.diff(found) <= np.timedelta64(0, "D")):
        raise DataError("\n  - ".join((f"{path}: days are not in order", *day_problems(found))))
    flags = np.array([row[5] if len(row) == 6 else "" for row in rows])
    missing = (flags == MISSING_FLAG) | (flow < 0.0)
    if drop_estimated:
        missing |= flags == ESTIMATED_FLAG
    flow[missing] = np.nan
    result = np.full(len(days), np.nan)
    place = (found - days[0]) // _DAY
    inside = (place >= 0) & (place < len(days))
    result[place[inside]] = flow[inside]
    return result
