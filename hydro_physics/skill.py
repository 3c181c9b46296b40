"""How well a simulated series fits an observed one: compiled, for one pair of series, gaps left out.

Every function has a defined result for every input: NaN where a score has no meaning (no observation, or
observations that never vary), which a caller has to count rather than to average.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from numpy.typing import NDArray

from hydro_physics.jit import njit

_Array = NDArray[Any]

ROUND_OFF = 1e-24
"""Variance, as a share of the squared mean, of a series whose numbers are all the same."""

KGE_OF_MEAN_FLOW = 1.0 - math.sqrt(2.0)
"""Kling-Gupta efficiency of the observed mean as a simulation (Knoben et al. 2019, doi 10.5194/hess-23-4323-2019)."""


class Moments(NamedTuple):
    """Moments of two series over the steps that were observed; population variances.

    Attributes
    ----------
    number : float
        Of observed steps.
    mean, observed_mean : float
    variance, observed_variance, covariance : float
    error : float
        Mean squared difference.
    """

    number: float
    mean: float
    observed_mean: float
    variance: float
    observed_variance: float
    covariance: float
    error: float


class Kge(NamedTuple):
    """Kling-Gupta efficiency and its three terms (Gupta et al. 2009, doi 10.1016/j.jhydrol.2009.08.003).

    Attributes
    ----------
    kge : float
    correlation, variability, bias : float
        r, alpha = ratio of standard deviations, beta = ratio of means; each 1 at best.
    """

    kge: float
    correlation: float
    variability: float
    bias: float


@njit
def moments(simulated: _Array, observed: _Array) -> Moments:
    """Moments of series, shape (steps,); steps whose observation is NaN are left out.

    Two passes, so that a large mean takes no digits from a small variance.
    """
    count = 0
    total = 0.0
    observed_total = 0.0
    for t in range(observed.size):
        if not math.isnan(observed[t]):
            count += 1
            total += simulated[t]
            observed_total += observed[t]
    if count == 0:
        return Moments(0.0, math.nan, math.nan, math.nan, math.nan, math.nan, math.nan)
    n = float(count)
    mean, observed_mean = total / n, observed_total / n
    variance = 0.0
    observed_variance = 0.0
    covariance = 0.0
    error = 0.0
    for t in range(observed.size):
        if not math.isnan(observed[t]):
            a, b = simulated[t] - mean, observed[t] - observed_mean
            variance += a * a
            observed_variance += b * b
            covariance += a * b
            difference = simulated[t] - observed[t]
            error += difference * difference
    return Moments(n, mean, observed_mean, variance / n, observed_variance / n, covariance / n, error / n)


@njit
def observations_vary(m: Moments) -> bool:
    """Say whether there is something to explain: observations that are not all the same."""
    return m.number > 0.0 and m.observed_variance > ROUND_OFF * m.observed_mean * m.observed_mean


@njit
def nse_of(m: Moments) -> float:
    """Nash-Sutcliffe efficiency (Nash and Sutcliffe 1970, doi 10.1016/0022-1694(70)90255-6)."""
    return 1.0 - m.error / m.observed_variance if observations_vary(m) else math.nan


@njit
def kge_of(m: Moments) -> Kge:
    """Kling-Gupta efficiency; a simulation that never varies has a correlation of 0."""
    if not observations_vary(m) or m.observed_mean == 0.0:
        return Kge(math.nan, math.nan, math.nan, math.nan)
    varies = m.variance > ROUND_OFF * m.mean * m.mean
    correlation = m.covariance / math.sqrt(m.variance * m.observed_variance) if varies else 0.0
    variability = math.sqrt(m.variance / m.observed_variance) if varies else 0.0
    bias = m.mean / m.observed_mean
    distance = (correlation - 1.0) ** 2 + (variability - 1.0) ** 2 + (bias - 1.0) ** 2
    return Kge(1.0 - math.sqrt(distance), correlation, variability, bias)


@njit
def nse(simulated: _Array, observed: _Array) -> float:
    """Nash-Sutcliffe efficiency of series, shape (steps,).

    Examples
    --------
    >>> import numpy as np
    >>> round(nse(np.array([1.0, 2.0, 4.0, 0.0]), np.array([1.0, 2.0, 3.0, np.nan])), 6)
    0.5
    """
    return nse_of(moments(simulated, observed))


@njit
def kge(simulated: _Array, observed: _Array) -> Kge:
    """Kling-Gupta efficiency of series, shape (steps,)."""
    return kge_of(moments(simulated, observed))


@njit
def nnse(simulated: _Array, observed: _Array) -> float:
    """Normalised Nash-Sutcliffe efficiency, 1 / (2 - NSE): 0 to 1, 0.5 for the mean flow (Nossent and Bauwens 2012)."""
    return 1.0 / (2.0 - nse(simulated, observed))


@njit
def log_nse(simulated: _Array, observed: _Array, offset: float) -> float:
    """Nash-Sutcliffe efficiency of logarithms of series plus an offset.

    Parameters
    ----------
    simulated, observed : array, shape (steps,)
        Not below 0.
    offset : float
        Above 0, in the unit of the series; a hundredth of the observed mean is usual (Pushpalatha et al. 2012,
        doi 10.1016/j.jhydrol.2011.11.055).
    """
    a, b = simulated.copy(), observed.copy()
    for t in range(observed.size):
        # a simulation that is below 0 by rounding has no logarithm
        a[t] = math.log(max(simulated[t], 0.0) + offset)
        b[t] = math.log(observed[t] + offset)
    return nse(a, b)
