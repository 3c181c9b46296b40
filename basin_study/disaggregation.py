"""Hours out of days: stated, deterministic rules that keep the water of every day.

Days are 24 hours from midnight of local standard time, solar noon is at 12. What happens within a day is not known
from daily data; these rules only say what is assumed, so that a study can be repeated with others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from basin_study.dataset import DataError

_Array = NDArray[np.float64]

DAY = 24
EVAPORATION_RULES = ("half_sine", "uniform")
RAIN_RULES = ("storm", "uniform")

STORM_HOURS, STORM_START = 6, 14
"""Length of a day's storm [h] and the hour of the day it begins at: afternoon, when most convective rain falls."""


def check_rules(evaporation: str, rain: str, storm_hours: int, storm_start: int) -> None:
    """Refuse rules that there are not.

    Raises
    ------
    DataError
        With all that is wrong.
    """
    problems = []
    if evaporation not in EVAPORATION_RULES:
        problems.append(f"evaporation_rule is {evaporation!r}; expected one of {', '.join(EVAPORATION_RULES)}")
    if rain not in RAIN_RULES:
        problems.append(f"rain_rule is {rain!r}; expected one of {', '.join(RAIN_RULES)}")
    if not 1 <= storm_hours <= DAY or not 0 <= storm_start <= DAY - storm_hours:
        problems.append(
            f"a storm of {storm_hours} h from {storm_start} h on does not fit into a day; expected storm_hours 1 to 24 "
            "and storm_start 0 to 24 - storm_hours"
        )
    if problems:
        raise DataError("disaggregation: " + "; ".join(problems))


def evaporation_by_hour(daily: ArrayLike, daylight: ArrayLike, rule: str = "half_sine") -> _Array:
    """Potential evapotranspiration of hours.

    Parameters
    ----------
    daily : array, shape (days,)
        [mm d-1].
    daylight : array, shape (days,)
        Time between sunrise and sunset, centred at noon [h].
    rule : {"half_sine", "uniform"}
        ``half_sine``: nothing at night, half a sine between sunrise and sunset, as clear-sky radiation has it nearly;
        each hour has its integral. ``uniform``: the same at all hours.

    Returns
    -------
    array, shape (24 * days,)
        [mm h-1].

    Examples
    --------
    >>> hours = evaporation_by_hour([4.8], [12.0])
    >>> float(hours[5]), round(float(hours.sum()), 12), bool(hours[12] == hours.max())
    (0.0, 4.8, True)
    """
    water = np.asarray(daily, dtype=np.float64)
    if rule == "uniform":
        return np.repeat(water / DAY, DAY)
    length = np.clip(np.asarray(daylight, dtype=np.float64), 1.0, float(DAY))[:, None]
    edges = np.arange(DAY + 1.0)[None, :]
    phase = np.clip((edges - (12.0 - 0.5 * length)) / length, 0.0, 1.0)
    shares = np.diff(0.5 * (1.0 - np.cos(np.pi * phase)), axis=1)
    return np.asarray((shares * water[:, None]).ravel(), dtype=np.float64)


def rain_by_hour(daily: ArrayLike, rule: str = "storm", hours: int = STORM_HOURS, start: int = STORM_START) -> _Array:
    """Rain of hours.

    Parameters
    ----------
    daily : array, shape (days,)
        [mm d-1].
    rule : {"storm", "uniform"}
        ``storm``: all rain of a day in one storm whose intensity rises and falls linearly, the same hours every day.
        ``uniform``: the same at all hours, which hardly any soil cannot take in.
    hours, start : int
        Length of the storm, and the hour of the day that it begins at.

    Returns
    -------
    array, shape (24 * days,)
        [mm h-1].

    Examples
    --------
    >>> rain_by_hour([12.0], hours=3, start=20).tolist()[19:]
    [0.0, 3.0, 6.0, 3.0, 0.0]
    """
    water = np.asarray(daily, dtype=np.float64)
    if rule == "uniform":
        return np.repeat(water / DAY, DAY)
    weights = np.minimum(np.arange(1.0, hours + 1.0), np.arange(hours, 0.0, -1.0))
    shares = np.zeros(DAY)
    shares[start : start + hours] = weights / weights.sum()
    return np.asarray(np.multiply.outer(water, shares).ravel(), dtype=np.float64)


def mean_by_hour(daily: ArrayLike) -> _Array:
    """Give every hour the mean of its day; the shape goes from (days,) to (24 * days,)."""
    return np.repeat(np.asarray(daily, dtype=np.float64), DAY)
