"""Hourly series from CSV files, plain or compressed: columns by name, times checked."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from basin_study.dataset import LISTED, DataError

if TYPE_CHECKING:
    import pandas as pd

HOUR = np.timedelta64(3600, "s")


def read_series(path: Path, time: str, columns: Sequence[str], gaps: bool = False) -> pd.DataFrame:
    """Read columns of numbers at hours.

    Parameters
    ----------
    path : path
    time : str
        Column of the times; where they have an offset from UTC, they become UTC.
    columns : sequence of str
        Names with their units, as in the header.
    gaps : bool
        Whether hours may be left out. They may never be there twice, out of order, or between hours.

    Returns
    -------
    pandas.DataFrame
        Indexed by time without a zone; NaN where a cell is empty.

    Raises
    ------
    DataError
        When the file, a column, a time or a number is not what it has to be.
    """
    import pandas as pd

    try:
        # all columns: only so does a row with a cell too many, such as '0,5', not pass for another one
        whole = pd.read_csv(path, dtype={time: str}, low_memory=False)
    except (OSError, ValueError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read as a table separated by commas: {_first_line(error)}") from error
    header = list(whole.columns)
    missing = [name for name in (time, *columns) if name not in header]
    if missing:
        raise DataError(
            f"{path}: no column {', '.join(missing)}; the header is {', '.join(map(str, header))}; names and "
            "units have to be these: convert the file"
        )
    # pandas calls the second of two columns of one name NAME.1
    twice = [name for name in (time, *columns) if f"{name}.1" in header]
    if twice:
        raise DataError(f"{path}: column {', '.join(twice)} is there twice: leave one out")
    table = whole[[time, *columns]]
    if not len(table):
        raise DataError(f"{path}: no rows")
    try:
        times = pd.to_datetime(table[time], utc=True, format="ISO8601").dt.tz_localize(None)
    except ValueError as error:
        raise DataError(f"{path}: {time}: {_first_line(error)}; expected times such as 2006-09-19 00:00:00") from None
    if times.isna().any():
        k = int(np.flatnonzero(times.isna())[0])
        raise DataError(f"{path}, line {k + 2}: {time} is empty; expected a time such as 2006-09-19 00:00:00")
    for name in columns:
        if table[name].dtype.kind not in "fiu":
            numbers = pd.to_numeric(table[name], errors="coerce")
            bad = numbers.isna() & table[name].notna()
            k = int(np.flatnonzero(bad)[0])
            raise DataError(f"{path}, line {k + 2} ({times[k]}): {name} is {table[name][k]!r}; expected a number")
        endless = np.flatnonzero(np.isinf(table[name].to_numpy(dtype=np.float64)))
        if endless.size:
            k = int(endless[0])
            raise DataError(f"{path}, line {k + 2} ({times[k]}): {name} is {table[name][k]}; expected a number")
    problems = _time_problems(times.to_numpy(dtype="datetime64[s]"), gaps)
    if problems:
        raise DataError("\n  - ".join((f"{path}: {len(problems)} problems", *problems[:LISTED])))
    return pd.DataFrame(table[list(columns)].to_numpy(dtype=np.float64), pd.DatetimeIndex(times), list(columns))


def _first_line(error: BaseException) -> str:
    """What a library says before its advice."""
    return (str(error) or type(error).__name__).strip().split("\n")[0]


def _time_problems(times: np.ndarray, gaps: bool) -> list[str]:
    problems = []
    if times[0].astype("datetime64[h]") != times[0]:
        problems.append(f"time {times[0]}, the first, is not a whole hour")
    steps = np.diff(times)
    for wrong, what in (
        (steps == np.timedelta64(0, "s"), "is there twice"),
        (steps < np.timedelta64(0, "s"), "is out of order"),
        ((steps > HOUR) & (not gaps), "comes after a gap"),
        ((steps > np.timedelta64(0, "s")) & (steps % HOUR != np.timedelta64(0, "s")), "is not a whole hour later"),
    ):
        places = np.flatnonzero(wrong)
        if places.size:
            problems.append(f"time {times[places[0] + 1]} {what} ({places.size} such rows)")
    return problems
