"""Rain events and what the river did: the numbers that the data screen judges.

An event is rain between dry spells of at least a day. The response is looked for from its first hour to three days
after its last, but not into the next event; where observations are daily means, in whole days. Flow before the event,
its mean over the day before, is taken as what would have gone on without it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[np.float64]

DRY_HOURS = 24
"""Hours without rain that end an event."""

WINDOW_HOURS = 72
"""Hours after the end of rain in which a response is looked for."""

SMALLEST_EVENT = 10.0
"""Depth from which on events are looked at [mm]."""

RISE, TRACE = 0.1, 1e-3
"""A response is a peak above the flow before by more than a share of it plus a trace [mm h-1]."""


class Events(NamedTuple):
    """Rain events whose window is fully observed, arrays of shape (events,).

    Attributes
    ----------
    start : array of int
        Step of the first rain.
    depth : array
        Rain [mm].
    coefficient : array
        Flow above that before the event, summed over the window, as a share of the depth.
    responded : array of bool
        Whether flow rose.
    """

    start: NDArray[np.int64]
    depth: _Array
    coefficient: _Array
    responded: NDArray[np.bool_]


def find_events(
    rain: _Array, flow: _Array, observation_hours: int = 1, smallest: float = SMALLEST_EVENT, window: int = WINDOW_HOURS
) -> Events:
    """Find the events of a basin.

    Parameters
    ----------
    rain, flow : array, shape (steps,)
        [mm h-1], hourly; flow is NaN where missing.
    observation_hours : int
        Hours that an observation is the mean of; spans begin at step 0.
    smallest : float
        [mm].
    window : int
        [h].

    Examples
    --------
    >>> rain, flow = np.zeros(200), np.full(200, 0.1)
    >>> rain[50:55], flow[52:62] = 4.0, 1.1
    >>> events = find_events(rain, flow)
    >>> events.start.tolist(), events.depth.tolist(), events.coefficient.round(12).tolist()
    ([50], [20.0], [0.5])
    """
    wet = np.flatnonzero(rain > 0.0)
    if not wet.size:
        return Events(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0, np.bool_))
    breaks = np.flatnonzero(np.diff(wet) > DRY_HOURS)
    firsts = wet[np.concatenate([[0], breaks + 1])]
    lasts = wet[np.concatenate([breaks, [wet.size - 1]])]
    total = np.concatenate([[0.0], np.cumsum(rain)])
    found = []
    span = observation_hours
    for k in range(firsts.size):
        depth = total[lasts[k] + 1] - total[firsts[k]]
        after = firsts[k + 1] if k + 1 < firsts.size else flow.size
        begin = firsts[k] // span * span
        end = -(-min(lasts[k] + 1 + window, after) // span) * span
        base = flow[max(begin - max(span, DRY_HOURS), 0) : begin]
        response = flow[begin:end]
        if depth < smallest or not base.size or np.isnan(base).any() or np.isnan(response).any() or end > flow.size:
            continue
        before = float(base.mean())
        quick = float(np.maximum(response - before, 0.0).sum())
        found.append((firsts[k], depth, quick / depth, response.max() > before * (1.0 + RISE) + TRACE))
    start, depth_of, coefficient, responded = zip(*found, strict=True) if found else ((), (), (), ())
    return Events(
        np.array(start, dtype=np.int64),
        np.array(depth_of, dtype=np.float64),
        np.array(coefficient, dtype=np.float64),
        np.array(responded, dtype=np.bool_),
    )
