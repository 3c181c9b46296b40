"""What a data set says about its observations, whatever format they come from."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np

from basin_study.dataset import STREAMFLOW

if TYPE_CHECKING:
    import xarray as xr

log = logging.getLogger(__name__)


def add_observation_attributes(data: xr.Dataset, hours: int, offset: int = 0) -> xr.Dataset:
    """Say in `attrs` how observations are to be compared, and how many there are.

    Parameters
    ----------
    data : xarray.Dataset
        Of one basin; changed.
    hours : int
        Hours that an observed value is the mean of: 1, or 24 with the day's mean in every hour.
    offset : int
        Hour of the day at which such a span begins.

    Returns
    -------
    xarray.Dataset
        The same, with ``observation_hours``, ``observation_offset`` and ``observed_share``. No observation at all is
        no error, for a model can still run: it is logged, and the share is 0.
    """
    share = float(np.mean(np.isfinite(data[STREAMFLOW].values)))
    data.attrs |= {"observation_hours": hours, "observation_offset": offset, "observed_share": share}
    if share == 0.0:
        log.warning(
            "%s: basin %s has no observed streamflow from %s to %s",
            *(data.attrs.get("source"), data["basin"].values[0]),
            *data["time"].values[[0, -1]].astype("datetime64[h]"),
        )
    return data


def set_negative_to_zero(data: np.ndarray) -> tuple[np.ndarray, int]:
    """Values below 0 as 0, and how many there were; NaN stays.

    Examples
    --------
    >>> values, count = set_negative_to_zero(np.array([-0.1, 0.0, np.nan, 2.0]))
    >>> values.tolist(), count
    ([0.0, 0.0, nan, 2.0], 1)
    """
    below = data < 0.0
    return np.where(below, 0.0, data), int(below.sum())
