"""Signatures of a hydrograph: its flow duration curve, peaks and low flows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[Any]

HIGH = 0.02
"""Share of time in which high flows are exceeded at most (Yilmaz et al. 2008, doi 10.1029/2007WR006716)."""

LOW = 0.7
"""Share of time that low flows are exceeded at least."""

MIDDLE = (0.2, 0.7)
"""Ends of the middle segment of the flow duration curve, as exceedance."""

FLOOR_SHARE = 1e-3
"""Of the mean observed flow: the flow that logarithms take for less."""


def signature_errors(simulated: _Array, observed: _Array) -> dict[str, float]:
    """Relative errors of a simulated flow duration curve, and of the largest flow.

    Parameters
    ----------
    simulated, observed : array, shape (observations,)
        The same steps; NaN observations are left out.

    Returns
    -------
    dict of str to float
        ``peak_error``: of the largest flow; ``high_flow_error``: of the water above an exceedance of 2 %;
        ``slope_error``: of the slope of the logarithms between exceedances of 20 and 70 %; ``low_flow_error``: of the
        water, in logarithms above the least flow, below 70 % (Yilmaz et al. 2008, FHV, FMS, FLV). NaN where the
        observed one is 0.
    """
    there = np.isfinite(observed)
    a, b = np.sort(simulated[there])[::-1], np.sort(observed[there])[::-1]
    names = ("peak_error", "high_flow_error", "slope_error", "low_flow_error")
    if b.size == 0 or not b[0] > 0.0:
        return dict.fromkeys(names, math.nan)
    count = max(1, round(HIGH * b.size))
    floor = FLOOR_SHARE * float(b.mean())
    log_a, log_b = np.log(np.maximum(a, floor)), np.log(np.maximum(b, floor))
    first, last = (min(b.size - 1, int(share * b.size)) for share in MIDDLE)
    tail = slice(min(b.size - 1, int(LOW * b.size)), None)
    low_a, low_b = (float((x[tail] - x[-1]).sum()) for x in (log_a, log_b))
    return dict(
        zip(
            names,
            (
                float(a[0] / b[0] - 1.0),
                _relative(float(a[:count].sum()), float(b[:count].sum())),
                _relative(float(log_a[first] - log_a[last]), float(log_b[first] - log_b[last])),
                _relative(low_a, low_b),
            ),
            strict=True,
        )
    )


def _relative(value: float, reference: float) -> float:
    return value / reference - 1.0 if reference != 0.0 else math.nan


def flow_duration_curve(flow: _Array, exceedances: _Array) -> _Array:
    """Flows that are exceeded in shares of the time.

    Parameters
    ----------
    flow : array, shape (n,)
        NaN is left out.
    exceedances : array, shape (m,)
        Between 0 and 1.

    Examples
    --------
    >>> flow_duration_curve(np.array([1.0, 2.0, 3.0, np.nan]), np.array([0.0, 0.5, 1.0])).tolist()
    [3.0, 2.0, 1.0]
    """
    known = flow[np.isfinite(flow)]
    return np.quantile(known, 1.0 - exceedances) if known.size else np.full(np.shape(exceedances), np.nan)
