"""What of a basin's data is compared, and when: observations, perhaps of days, after a warm-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from basin_study.dataset import STREAMFLOW, DataError
from basin_study.objective import observed_blocks

if TYPE_CHECKING:
    import xarray as xr

_Array = NDArray[Any]


class Observations(NamedTuple):
    """Observed flow of one basin.

    Attributes
    ----------
    values : array, shape (observations,)
        [mm h-1], NaN where missing.
    first : int
        Step at which the first one begins.
    hours : int
        That each is the mean of.
    """

    values: _Array
    first: int
    hours: int

    def means(self, flow: _Array) -> _Array:
        """Means of a simulated hourly flow, shape (steps,), over the same hours."""
        end = self.first + self.values.size * self.hours
        return flow[self.first : end].reshape(-1, self.hours).mean(axis=1)


def observations_of(data: xr.Dataset, warmup: int) -> Observations:
    """Observations of a data set of one basin after a warm-up.

    Parameters
    ----------
    data : Dataset
        Its attributes ``observation_hours`` and ``observation_offset`` say how long an observation is and at which
        hour of the day it begins; without them it is an hour.
    warmup : int
        Steps.

    Raises
    ------
    DataError
        When there is not exactly one basin, or nothing was observed.
    """
    basin = only_basin(data)
    hours = int(data.attrs.get("observation_hours", 1))
    first = first_block(data["time"].values, warmup, hours, int(data.attrs.get("observation_offset", 0)))
    try:
        values = observed_blocks(data[STREAMFLOW].values[0].astype(np.float64), hours, first)
    except ValueError as error:
        raise DataError(f"{data.attrs.get('source')}: basin {basin}: {error}") from error
    if not np.isfinite(values).any():
        raise DataError(
            f"{data.attrs.get('source')}: basin {basin} has no observed streamflow after the warm-up of {warmup} h: "
            f"leave it out, or choose another period"
        )
    return Observations(values, first, hours)


def only_basin(data: xr.Dataset) -> str:
    """Name of the one basin of a data set."""
    names = data["basin"].values
    if len(names) != 1:
        raise DataError(f"{data.attrs.get('source')}: {len(names)} basins; expected one")
    return str(names[0])


def first_block(times: NDArray[np.datetime64], warmup: int, hours: int, offset: int) -> int:
    """First step after the warm-up at which an observation begins.

    Parameters
    ----------
    times : array of datetime64, shape (steps,)
    warmup : int
        Steps.
    hours : int
        Length of an observation; 24 for daily means.
    offset : int
        Hour of the day at which an observation begins.
    """
    since_midnight = int((times[0] - times[0].astype("datetime64[D]")) / np.timedelta64(1, "h"))
    return warmup + (offset - since_midnight - warmup) % hours
