"""The one form that data of basins have in memory: hourly series in mm, and attributes.

An `xarray.Dataset` with the dimensions ``basin`` and ``time``. ``basin`` holds names as text (gauges keep their
leading zeros), ``time`` the beginnings of the steps, equally long, without gaps. Every variable has the attribute
``units``. Readers give one basin or many; what is put together or cut out keeps the form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import xarray as xr

PRECIPITATION = "precipitation"
PET = "potential_evapotranspiration"
STREAMFLOW = "streamflow"

SERIES = {
    PRECIPITATION: ("mm h-1", "precipitation, mean over the step"),
    PET: ("mm h-1", "potential evapotranspiration, mean over the step"),
    STREAMFLOW: ("mm h-1", "observed streamflow over the area of the basin, mean over the step; NaN where missing"),
}
"""Series of every data set: unit and meaning. Precipitation and evapotranspiration have a value at every step."""

ATTRIBUTES = {
    "area": ("km2", "drainage area"),
    "latitude": ("degrees_north", "of the gauge"),
    "longitude": ("degrees_east", "of the gauge"),
    "elevation": ("m", "mean elevation"),
    "aridity": ("1", "long-term potential evapotranspiration over precipitation"),
    "frac_snow": ("1", "share of precipitation on days below 0 C"),
}
"""Attributes that the study itself uses; NaN where unknown. Data sets may have more."""

HOUR = np.timedelta64(3600, "s")
LISTED = 10


class DataError(ValueError):
    """Data of basins that cannot be used: says file, basin, time, what was expected and what to do."""


@dataclass(frozen=True)
class Period:
    """From the beginning of one day up to, but not including, the beginning of another.

    Attributes
    ----------
    start, end : str
        ISO dates, or date and time to the hour: ``1999-10-01``, ``1999-10-01T06``.
    """

    start: str
    end: str

    def __post_init__(self) -> None:
        try:
            first, last = self.bounds
        except ValueError as error:
            raise DataError(f"period {self.start} to {self.end}: {error}; expected dates such as 1999-10-01") from error
        if not first < last:
            raise DataError(f"period {self.start} to {self.end}: the end is not after the start")

    @property
    def bounds(self) -> tuple[np.datetime64, np.datetime64]:
        """Start and end."""
        return np.datetime64(self.start, "s"), np.datetime64(self.end, "s")

    @property
    def hours(self) -> int:
        """Length [h]."""
        first, last = self.bounds
        return int((last - first) / HOUR)

    def earlier(self, hours: int) -> Period:
        """Period that starts `hours` before, such as one with a warm-up."""
        first, _ = self.bounds
        return Period(str(first - hours * HOUR), self.end)

    def __str__(self) -> str:
        return " to ".join(text.removesuffix(":00").removesuffix("T00") for text in (self.start, self.end))


def make_dataset(
    basins: Sequence[str],
    times: ArrayLike,
    series: Mapping[str, ArrayLike],
    attributes: Mapping[str, ArrayLike] | None = None,
    source: str = "",
    time_zone: str = "UTC",
    units: Mapping[str, tuple[str, str]] | None = None,
) -> xr.Dataset:
    """Put series and attributes into the form of this module.

    Parameters
    ----------
    basins : sequence of str
    times : array of datetime64, shape (steps,)
        Beginnings of the steps.
    series : mapping of str to array, shape (basins, steps)
        At least precipitation and evapotranspiration; streamflow that is not given is missing everywhere.
    attributes : mapping of str to array, shape (basins,)
        What is not given of :data:`ATTRIBUTES` is NaN.
    source : str
        Where the data come from, for messages and reports.
    time_zone : str
        Of `times`: ``UTC``, ``local standard time`` or ``unknown``.
    units : mapping of str to (str, str), optional
        Unit and meaning of further series and attributes.

    Raises
    ------
    DataError
        As :func:`check_dataset`.
    """
    import xarray as xr

    known = SERIES | ATTRIBUTES | dict(units or {})
    shape = (len(basins), np.size(times))
    values = {STREAMFLOW: np.full(shape, np.nan)} | dict(series)
    given = {name: np.full(len(basins), np.nan) for name in ATTRIBUTES} | dict(attributes or {})
    unknown = [name for name in (*values, *given) if name not in known]
    if unknown:
        raise DataError(f"{source}: no unit is known of {', '.join(unknown)}; give `units`")
    variables: dict[str, Any] = {}
    for dims, group in ((("basin", "time"), values), (("basin",), given)):
        for name, array in group.items():
            unit, meaning = known[name]
            content = np.asarray(array)
            content = content.astype(np.float64) if content.dtype.kind in "fiub" else content
            variables[name] = (dims, content, {"units": unit, "long_name": meaning})
    data = xr.Dataset(
        variables,
        coords={"basin": np.array(basins, dtype=object), "time": np.asarray(times, dtype="datetime64[ns]")},
        attrs={"source": source, "time_zone": time_zone},
    )
    check_dataset(data)
    return data


def check_dataset(data: xr.Dataset) -> None:
    """Refuse data that are not in this module's form, with all that is wrong.

    Raises
    ------
    DataError
        Naming basin and time of the first values that cannot be used.
    """
    source = data.attrs.get("source") or "data of basins"
    problems = [f"no {name}; expected {what}" for name, (_, what) in SERIES.items() if name not in data]
    for name, (unit, _) in (SERIES | ATTRIBUTES).items():
        found = data[name].attrs.get("units") if name in data else unit
        if found != unit:
            problems.append(f"{name} is in {found!r}; expected {unit!r}: convert it")
    if not problems:
        problems += _time_problems(data["time"].values)
        names = [str(name) for name in data["basin"].values]
        repeated = sorted({name for name in names if names.count(name) > 1})
        problems += [f"basin {name} occurs more than once" for name in repeated[:LISTED]]
        for name in (PRECIPITATION, PET):
            problems += _value_problems(data, name, np.isfinite(data[name].values), "a number at every step")
        for name in (PRECIPITATION, PET, STREAMFLOW):
            problems += _value_problems(data, name, ~(data[name].values < 0.0), "values not below 0")
        flow = data[STREAMFLOW].values
        problems += _value_problems(data, STREAMFLOW, ~np.isinf(flow), "a number, or NaN where it is missing")
    if problems:
        raise DataError("\n  - ".join((f"{source}: {len(problems)} problems", *problems[:LISTED])))


def _time_problems(times: NDArray[np.datetime64]) -> list[str]:
    if times.size == 0:
        return ["no time steps"]
    steps = np.diff(times)
    wrong = np.flatnonzero(steps != HOUR)
    if wrong.size:
        k = int(wrong[0])
        what = "is there twice" if steps[k] == np.timedelta64(0) else f"follows {times[k]}"
        return [f"time {times[k + 1]} {what} ({wrong.size} such places); expected every hour once, in order"]
    return []


def _value_problems(data: xr.Dataset, name: str, fine: NDArray[np.bool_], expected: str) -> list[str]:
    bad = np.argwhere(~fine)
    if not bad.size:
        return []
    row, step = bad[0]
    value = data[name].values[row, step]
    return [
        f"{name} of basin {data['basin'].values[row]} at {data['time'].values[step].astype('datetime64[s]')} is "
        f"{value:g} ({len(bad)} such values); expected {expected}"
    ]


def cut(data: xr.Dataset, period: Period) -> xr.Dataset:
    """Hours of a period.

    Raises
    ------
    DataError
        When the data do not cover it, with what they cover.
    """
    first, last = period.bounds
    # seconds, for nanoseconds end in the year 2262
    times = data["time"].values.astype("datetime64[s]")
    if times[0] > first or times[-1] + HOUR < last:
        raise DataError(
            f"{data.attrs.get('source') or 'data of basins'}: the period {period} is not covered; the data have "
            f"{times[0].astype('datetime64[s]')} to {(times[-1] + HOUR).astype('datetime64[s]')}"
        )
    return data.isel(time=slice(int((first - times[0]) / HOUR), int((last - times[0]) / HOUR)))
