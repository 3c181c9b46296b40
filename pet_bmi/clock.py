"""Time of the year and of the day in the middle of steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

_DAY_S = 86400.0


def day_and_hour(start: datetime, seconds: float) -> tuple[float, float]:
    """Day of the year (from 1) and hours since midnight, UTC.

    Parameters
    ----------
    start : datetime
        UTC.
    seconds : float
        Since the start.

    >>> day_and_hour(datetime(2015, 12, 31, 23), 5400.0)
    (1.0, 0.5)
    """
    time = start + timedelta(seconds=seconds)
    since_midnight = time - time.replace(hour=0, minute=0, second=0, microsecond=0)
    return float(time.timetuple().tm_yday), since_midnight.total_seconds() / 3600.0


def days_and_hours(start: np.datetime64, step_s: float, steps: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Days of the year and hours since midnight in the middle of steps, UTC: shape (steps,) each.

    >>> days_and_hours(np.datetime64("2015-12-31T23:00"), 3600.0, 2)
    (array([365.,   1.]), array([23.5,  0.5]))
    """
    middles = (np.arange(steps) + 0.5) * step_s
    times = start.astype("datetime64[ms]") + np.round(1e3 * middles).astype("timedelta64[ms]")
    dates = times.astype("datetime64[D]")
    days = (dates - dates.astype("datetime64[Y]")).astype(np.float64) + 1.0
    hours = (times - dates).astype("timedelta64[ms]").astype(np.float64) / 3.6e6
    return days, hours


def utc(text: str) -> datetime:
    """Time from its ISO 8601 text; without a zone it is UTC.

    Raises
    ------
    ValueError

    >>> utc("2015-12-01 00:00:00") == utc("2015-12-01T01:00+01:00")
    True
    """
    time = datetime.fromisoformat(text)
    return time if time.tzinfo is None else time.astimezone(UTC).replace(tzinfo=None)
