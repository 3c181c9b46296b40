"""Statistics of pairs: two models in one group of basins, by the difference of their scores, and what they answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from basin_study.signed_ranks import CONFIDENCE, SIGNIFICANCE, least_pairs, pseudomedian, rank_lean, signed_rank

_Array = NDArray[Any]

GROUPS = 3
"""Groups that are tested, and corrected for each other: all basins, arid and humid ones."""

LEAST = least_pairs(GROUPS)
"""Basins of a group from which on it can alone show a difference; with fewer no difference is large enough."""


class Answer(StrEnum):
    """Whether the detailed model does better in a group of basins.

    ``yes`` and ``no``: the corrected test, the pseudomedian, the median and the share of basins improved all say so.
    ``mixed``: the test is significant, and they do not agree. ``cannot``: not significant, and there are too few
    basins for anything to be. ``open``: not significant.
    """

    YES = "yes"
    NO = "no"
    MIXED = "mixed"
    OPEN = "open"
    CANNOT = "cannot"


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
        Median difference, and its interval by order statistics; NaN with fewer than six basins.
    coverage : float
        Of the interval: 0.95 or more.
    pseudomedian : float
        Of the differences (Hodges and Lehmann): the location that the test is about.
    lean : float
        Rank sum of gains less that of losses, over both.
    p_value, p_holm : float
        Wilcoxon's signed-rank test, two-sided; after Holm's correction for the groups tested.
    improved, improved_low, improved_high : float
        Share of basins in which the detailed model is better (ties count half), and Wilson's interval.
    tests : int
        Groups that are corrected for each other; 0 for a group that is described and not tested.
    detectable : float
        Shift of this group alone that the corrected test would find with a power of 80 %, as
        :func:`basin_study.power.detectable_shifts` has it.
    """

    group: str
    n: int
    undefined: int
    median: float
    ci_low: float
    ci_high: float
    coverage: float
    pseudomedian: float
    lean: float
    p_value: float
    p_holm: float
    improved: float
    improved_low: float
    improved_high: float
    tests: int = 0
    detectable: float = math.nan

    @property
    def answer(self) -> Answer:
        """What the numbers say."""
        if self.p_holm < SIGNIFICANCE:
            sides = set(np.sign([self.lean, self.pseudomedian, self.median, self.improved - 0.5]).tolist())
            return Answer.YES if sides == {1.0} else Answer.NO if sides == {-1.0} else Answer.MIXED
        if self.n == 0 or self.tests == 0 or self.n < least_pairs(self.tests):
            return Answer.CANNOT
        return Answer.OPEN


def compare_pairs(group: str, difference: _Array) -> dict[str, Any]:
    """Fields of a :class:`Comparison` but those that need the other groups.

    Parameters
    ----------
    group : str
    difference : array, shape (basins,)
        Of scores; NaN where a model has none.
    """
    from scipy import stats

    known = difference[np.isfinite(difference)]
    n = known.size
    row: dict[str, Any] = {"group": group, "n": n, "undefined": difference.size - n}
    names = ["median", "ci_low", "ci_high", "coverage", "pseudomedian", "lean", "p_value"]
    names += ["improved", "improved_low", "improved_high"]
    if n == 0:
        return row | dict.fromkeys(names, math.nan)
    wins = float((known > 0.0).sum() + 0.5 * (known == 0.0).sum())
    interval = stats.binomtest(round(wins), n).proportion_ci(CONFIDENCE, method="wilson")
    values = (
        float(np.median(known)),
        *median_interval(known),
        pseudomedian(known),
        rank_lean(known),
        signed_rank(known),
        wins / n,
        float(interval.low),
        float(interval.high),
    )
    return row | dict(zip(names, values, strict=True))


def median_interval(values: _Array) -> tuple[float, float, float]:
    """Interval of the median by order statistics, and its coverage, from the binomial distribution.

    The narrowest pair of order statistics, equally far from both ends, that covers the median with 95 % or more,
    whatever the distribution; all NaN with fewer than six values, which have none.

    >>> median_interval(np.array([3.0, 1.0, 2.0, 4.0, 6.0, 5.0]))
    (1.0, 6.0, 0.96875)
    """
    from scipy import stats

    n = values.size
    outside = 2.0 * stats.binom.cdf(np.arange(n // 2), n, 0.5)
    usable = np.flatnonzero(outside <= SIGNIFICANCE)
    if not usable.size:
        return math.nan, math.nan, math.nan
    k = int(usable[-1])
    ordered = np.sort(values)
    return float(ordered[k]), float(ordered[n - 1 - k]), float(1.0 - outside[k])


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
