"""Data screen: basins whose rain and flow can hardly belong together, by the signs that the report names (section 5.1).

A flag says that the data contradict what a model of rainfall and runoff can do, not why: gauges, weights of the grid,
snow, inflow from elsewhere, or losses to the ground. So every verdict of a study is given with and without the flagged
basins. On disinformative data see Beven and Westerberg (2011, doi 10.1002/hyp.7963).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from basin_study.dataset import PET, PRECIPITATION, STREAMFLOW, DataError, Period
from basin_study.screen_evaporation import evaporation_over_limit
from basin_study.screen_events import find_events
from basin_study.sources import BasinSource

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

_Array = NDArray[np.float64]


class Limits(NamedTuple):
    """When a sign becomes a flag.

    Attributes
    ----------
    observed_year, observed_month : float
        Observed share from which on a water year or month counts.
    event_share : float
        Share of events with a coefficient above 1 from which on a basin is flagged.
    fewest_events : int
        Events that a judgement of events needs.
    large_event : float
        Quantile of depth from which on an event is large.
    unanswered : float
        Share of large events without response above which a basin is flagged.
    delay : int
        Months.
    correlation, advantage : float
        Least correlation at the delay, and by how much it exceeds that of the same and the next month.
    """

    observed_year: float = 0.9
    observed_month: float = 0.8
    event_share: float = 0.1
    fewest_events: int = 10
    large_event: float = 0.75
    unanswered: float = 0.5
    delay: int = 2
    correlation: float = 0.3
    advantage: float = 0.1


LIMITS = Limits()
LONGEST_DELAY = 8
"""Months."""

FEWEST_MONTHS = 36
HOURS_PER_YEAR = 8766.0

FLAGS = {
    "no observations": "streamflow is missing everywhere",
    "annual runoff": "more flow than precipitation in a water year",
    "event runoff": "more flow than rain after too many events",
    "no response": "flow does not rise after most of the large events",
    "delay": "flow follows precipitation by months",
    "evaporation": "more evapotranspiration than the sun above the atmosphere could make in some month",
}


def limits_text(limits: Limits) -> str:
    """Limits that differ from the usual ones, in words."""
    return ", ".join(f"{name} {value:g}" for name, value in limits._asdict().items() if value != getattr(LIMITS, name))


class Screen(NamedTuple):
    """What the screen found of a basin.

    Attributes
    ----------
    basin : str
    flags : tuple of str
        Of :data:`FLAGS`; empty when nothing was found.
    observed_share : float
    runoff_ratio : float
        Of the whole time: mean flow over mean precipitation; NaN without observations.
    years, years_above_1 : int
        Water years that count, and those with more flow than precipitation.
    highest_year : float
        Largest annual coefficient; NaN without years.
    events, events_above_1 : int
        Fully observed events, and those with a coefficient above 1.
    large_events, unanswered : int
        Of the events the large ones, and those without response.
    delay : int
        Months by which anomalies of flow follow those of precipitation with the highest correlation; -1 when there are
        too few months.
    delay_correlation, prompt_correlation : float
        That correlation, and the higher one of the same and the next month.
    evaporation_over_limit : float
        See :func:`basin_study.screen_evaporation.evaporation_over_limit`.
    """

    basin: str
    flags: tuple[str, ...]
    observed_share: float
    runoff_ratio: float
    years: int
    years_above_1: int
    highest_year: float
    events: int
    events_above_1: int
    large_events: int
    unanswered: int
    delay: int
    delay_correlation: float
    prompt_correlation: float
    evaporation_over_limit: float


def screen_basin(data: xr.Dataset, limits: Limits = LIMITS) -> Screen:
    """Screen one basin.

    Parameters
    ----------
    data : xarray.Dataset
        Of one basin, in the form of :mod:`basin_study.dataset`.
    limits : Limits

    Raises
    ------
    DataError
        When there is more than one basin.
    """
    if data.sizes["basin"] != 1:
        raise DataError(f"the screen takes one basin at a time; expected 1, found {data.sizes['basin']}")
    hours = int(data.attrs.get("observation_hours", 1))
    # daily means are looked at in whole days
    hour = int(data["time"].values[0].astype("datetime64[h]").astype(np.int64))
    data = data.isel(time=slice((int(data.attrs.get("observation_offset", 0)) - hour) % hours, None))
    rain, flow = data[PRECIPITATION].values[0], data[STREAMFLOW].values[0]
    seen = np.isfinite(flow)
    annual = annual_coefficients(data["time"].values, rain, flow, limits.observed_year)
    events = find_events(rain, flow, hours)
    count = events.depth.size
    large = events.depth >= np.quantile(events.depth, limits.large_event) if count else np.zeros(0, np.bool_)
    unanswered = int((large & ~events.responded).sum())
    above = int((events.coefficient > 1.0).sum())
    delay, late, prompt = _delay(data["time"].values, rain, flow, limits)
    enough = count >= limits.fewest_events
    over = evaporation_over_limit(data["time"].values, data[PET].values[0], float(data["latitude"].values[0]))
    found = {
        "no observations": not seen.any(),
        "annual runoff": bool((annual > 1.0).any()),
        "event runoff": enough and above > limits.event_share * count,
        "no response": enough and unanswered > limits.unanswered * int(large.sum()),
        "delay": delay >= limits.delay and late >= max(limits.correlation, prompt + limits.advantage),
        "evaporation": over > 1.0,
    }
    # the mean of flow where it is observed, against all precipitation
    wet = float(rain.mean())
    return Screen(
        basin=str(data["basin"].values[0]),
        flags=tuple(name for name in FLAGS if found[name]),
        observed_share=float(seen.mean()),
        runoff_ratio=float(flow[seen].mean()) / wet if seen.any() and wet > 0.0 else float("nan"),
        years=int(annual.size),
        years_above_1=int((annual > 1.0).sum()),
        highest_year=float(annual.max()) if annual.size else float("nan"),
        events=count,
        events_above_1=above,
        large_events=int(large.sum()),
        unanswered=unanswered,
        delay=delay,
        delay_correlation=late,
        prompt_correlation=prompt,
        evaporation_over_limit=over,
    )


def annual_coefficients(times: NDArray[np.datetime64], rain: _Array, flow: _Array, observed: float) -> _Array:
    """Flow over precipitation of water years (from October on) that are complete and observed often enough.

    Flow of the hours without observation is taken as the mean of the year's others. A year without precipitation has
    the coefficient infinity if there is flow, else 0.
    """
    months = times.astype("datetime64[M]").astype(np.int64)
    year = (months + 3) // 12
    found = []
    for one in np.unique(year):
        rows = year == one
        hours, seen = int(rows.sum()), np.isfinite(flow[rows])
        if hours < 365 * 24 or seen.mean() < observed:
            continue
        runoff, water = float(flow[rows][seen].mean()) * hours, float(rain[rows].sum())
        found.append(runoff / water if water > 0.0 else (np.inf if runoff > 0.0 else 0.0))
    return np.array(found)


def _delay(times: NDArray[np.datetime64], rain: _Array, flow: _Array, limits: Limits) -> tuple[int, float, float]:
    """Delay of flow in months, its correlation, and that without delay.

    Of monthly means the mean of each calendar month is taken off: the course of the year, in which evaporation makes
    rivers low when it rains most, is no delay.
    """
    months = times.astype("datetime64[M]").astype(np.int64)
    place = months - months[0]
    seen = np.isfinite(flow)
    hours = np.bincount(place)
    counts = np.bincount(place, seen)
    wet = np.bincount(place, rain) / hours
    sums = np.bincount(place, np.where(seen, flow, 0.0))
    mean = np.where(counts >= limits.observed_month * hours, sums / np.maximum(counts, 1.0), np.nan)
    calendar = (months[0] + np.arange(hours.size)) % 12
    if np.isfinite(mean).sum() < FEWEST_MONTHS:
        return -1, float("nan"), float("nan")
    a, b = _anomalies(wet, calendar), _anomalies(mean, calendar)
    correlations = np.array([_correlation(a[: a.size - lag], b[lag:]) for lag in range(LONGEST_DELAY + 1)])
    best = int(np.argmax(correlations))
    return best, float(correlations[best]), float(correlations[:2].max())


def _anomalies(values: _Array, calendar: NDArray[np.int64]) -> _Array:
    result = values.copy()
    for month in range(12):
        rows = (calendar == month) & np.isfinite(values)
        if rows.any():
            result[rows] -= values[rows].mean()
    return result


def _correlation(a: _Array, b: _Array) -> float:
    both = np.isfinite(a) & np.isfinite(b)
    x, y = a[both], b[both]
    spread = float(x.std() * y.std()) if x.size > 2 else 0.0
    return float(((x - x.mean()) * (y - y.mean())).mean()) / spread if spread > 0.0 else 0.0


def screen_basins(
    source: BasinSource, basins: Sequence[str] | None = None, period: Period | None = None, limits: Limits = LIMITS
) -> pd.DataFrame:
    """Screen basins of a source.

    Returns
    -------
    pandas.DataFrame
        A row for each basin, by name, with the fields of :class:`Screen`; ``flags`` separated by commas.

    Raises
    ------
    DataError
        When a basin cannot be read.
    """
    import pandas as pd

    rows = [screen_basin(source.read(b, period), limits) for b in (source.basins() if basins is None else basins)]
    table = pd.DataFrame(rows, columns=Screen._fields)
    table["flags"] = [", ".join(row.flags) for row in rows]
    return table.set_index("basin")
