"""Statistics of pairs: two models in one group of basins, by the difference of their scores, and its power."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[Any]

CONFIDENCE = 0.95
SIGNIFICANCE = 1.0 - CONFIDENCE
POWER = 0.8
RESAMPLES = 4000
SIMULATIONS = 400
LEAST = 6
"""Pairs from which on a two-sided signed-rank test can fall below 5 % at all (2 / 2**6 = 3.1 %)."""


@dataclass(frozen=True)
class Comparison:
    """One model against another in one group of basins.

    Attributes
    ----------
    group : str
    n : int
        Basins with both scores.
    undefined : int
        Basins left out, since one has no score.
    median, ci_low, ci_high : float
        Median difference, and its bootstrap interval (percentiles).
    p_value, p_holm : float
        Wilcoxon's signed-rank test, two-sided; after Holm's correction for the groups tested.
    improved, improved_low, improved_high : float
        Share of basins in which the detailed model is better (ties count half), and Wilson's interval.
    detectable : float
        Shift of all differences that the test would find with a power of 80 % in so many basins of this spread; NaN
        where none would.
    """

    group: str
    n: int
    undefined: int
    median: float
    ci_low: float
    ci_high: float
    p_value: float
    p_holm: float
    improved: float
    improved_low: float
    improved_high: float
    detectable: float


def compare_pairs(group: str, difference: _Array, rng: np.random.Generator) -> dict[str, Any]:
    """Fields of a :class:`Comparison` but the corrected p-value, which needs the other groups.

    Parameters
    ----------
    group : str
    difference : array, shape (basins,)
        Of scores; NaN where a model has none.
    rng : numpy.random.Generator
        Of bootstrap and power.
    """
    from scipy import stats

    known = difference[np.isfinite(difference)]
    n = known.size
    row: dict[str, Any] = {"group": group, "n": n, "undefined": difference.size - n}
    names = ("median", "ci_low", "ci_high", "p_value", "improved", "improved_low", "improved_high", "detectable")
    if n == 0:
        return row | dict.fromkeys(names, math.nan)
    medians = np.median(known[rng.integers(0, n, (RESAMPLES, n))], axis=1)
    low, high = np.quantile(medians, [SIGNIFICANCE / 2.0, 1.0 - SIGNIFICANCE / 2.0])
    wins = float((known > 0.0).sum() + 0.5 * (known == 0.0).sum())
    interval = stats.binomtest(round(wins), n).proportion_ci(CONFIDENCE, method="wilson")
    values = (
        float(np.median(known)),
        float(low),
        float(high),
        signed_rank(known),
        wins / n,
        float(interval.low),
        float(interval.high),
        detectable_shift(known, rng),
    )
    return row | dict(zip(names, values, strict=True))


def signed_rank(difference: _Array) -> float:
    """Two-sided p-value of Wilcoxon's signed-rank test (1945); 1 when all differences are 0."""
    from scipy import stats

    if not (difference != 0.0).any():
        return 1.0
    # ranks of ties need the approximation that scipy then takes by itself; zeros count on both sides (Pratt 1959)
    return float(stats.wilcoxon(difference, zero_method="pratt").pvalue)


def pseudomedian(values: _Array) -> float:
    """Median of the means of all pairs, each value with itself too (Hodges and Lehmann 1963).

    >>> pseudomedian(np.array([0.0, 1.0, 5.0]))
    1.75
    """
    first, second = np.triu_indices(values.size)
    return float(np.median(0.5 * (values[first] + values[second])))


def detectable_shift(difference: _Array, rng: np.random.Generator) -> float:
    """Shift that the test would find with a power of :data:`POWER`, by simulation.

    Differences without their location are drawn with replacement and shifted; the smallest shift, to 1 % of itself,
    with which enough of the simulated samples have p below 5 %. NaN when there are too few basins for any p below 5 %.
    """
    n = difference.size
    if n < LEAST:
        return math.nan
    # the location that this test is about; around the median, chance alone would be taken for a shift
    centred = difference - pseudomedian(difference)
    spread = float(np.quantile(np.abs(centred), 0.9))
    if spread == 0.0:
        return 0.0
    samples = centred[rng.integers(0, n, (SIMULATIONS, n))]
    low, high = 0.0, spread
    while _power(samples, high) < POWER:
        low, high = high, 2.0 * high
        if high > 1e6 * spread:
            return math.nan
    while high - low > 0.01 * high:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if _power(samples, middle) >= POWER else (middle, high)
    return high


def _power(samples: _Array, shift: float) -> float:
    from scipy import stats

    p = stats.wilcoxon(samples + shift, axis=1, zero_method="pratt", method="approx").pvalue
    return float((p < SIGNIFICANCE).mean())


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for their number (Holm 1979); NaN, a test that could not be made, does not count.

    >>> holm([0.01, 0.04, float("nan"), 0.03])
    [0.03, 0.06, nan, 0.06]
    """
    order = [k for k in np.argsort(p_values).tolist() if not math.isnan(p_values[k])]
    corrected = [math.nan] * len(p_values)
    largest = 0.0
    for rank, k in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p_values[k]))
        corrected[k] = largest
    return corrected
