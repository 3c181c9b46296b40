"""The signed-rank test: p-value, the side it points to, the pseudomedian, and the fewest pairs that can show anything.

The p-value is exact for up to :data:`EXACT` differences other than 0, with ties too: the distribution of the rank sum
over all choices of signs. So what few pairs can show at most is what they show, and nothing rests on an approximation.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[Any]

CONFIDENCE = 0.95
SIGNIFICANCE = 0.05
EXACT = 50
"""Differences other than 0 up to which the distribution is exact; beyond, the normal approximation is good."""


def least_pairs(tests: int) -> int:
    """Fewest pairs with which one of some tests can alone be significant after Holm's correction.

    The smallest p-value of n pairs, when all have one sign, is 2 / 2**n, and is multiplied by the number of tests.

    >>> least_pairs(1), least_pairs(3)
    (6, 7)
    """
    n = 1
    while smallest_p(n, tests) >= SIGNIFICANCE:
        n += 1
    return n


def smallest_p(n: int, tests: int = 1) -> float:
    """Smallest p-value that n pairs can have in one of some tests, corrected for their number."""
    return min(1.0, tests * 2.0 / 2.0**n)


def signed_rank(difference: _Array) -> float:
    """Two-sided p-value of Wilcoxon's signed-rank test (1945); 1 when all differences are 0.

    Zeros are ranked, and left out afterwards (Pratt 1959); ties share their mean rank.
    """
    if not (difference != 0.0).any():
        return 1.0
    doubled = _doubled_ranks(difference)
    used = doubled[difference != 0.0]
    if used.size > EXACT:
        from scipy import stats

        return float(stats.wilcoxon(difference, zero_method="pratt", method="approx").pvalue)
    imbalance = abs(int((np.sign(difference) * doubled).sum()))
    return float(_tail(tuple(sorted(used.tolist())))[imbalance])


def rank_lean(difference: _Array) -> float:
    """Rank sum of gains less that of losses, over both: from -1 to 1, and 0 without any; what the test is about."""
    ranks = _doubled_ranks(difference)[difference != 0.0]
    if not ranks.size:
        return 0.0
    return float((np.sign(difference[difference != 0.0]) * ranks).sum() / ranks.sum())


def pseudomedian(values: _Array) -> float:
    """Median of the means of all pairs, each value with itself too (Hodges and Lehmann 1963).

    >>> pseudomedian(np.array([0.0, 1.0, 5.0]))
    1.75
    """
    first, second = np.triu_indices(values.size)
    return float(np.median(0.5 * (values[first] + values[second])))


def imbalance_p(imbalance: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """P-values of the size of the difference of both rank sums, for n differences without ties and zeros."""
    if n <= EXACT:
        return _tail(tuple(range(2, 2 * n + 1, 2)))[2 * imbalance]
    from scipy import special

    deviation = np.sqrt(n * (n + 1.0) * (2.0 * n + 1.0) / 6.0)
    return np.asarray(2.0 * special.ndtr(-imbalance / deviation))


def _doubled_ranks(difference: _Array) -> NDArray[np.int64]:
    """Twice the ranks of the sizes: whole numbers, though ties share a rank."""
    from scipy import stats

    return np.rint(2.0 * stats.rankdata(np.abs(difference))).astype(np.int64)


@lru_cache(maxsize=256)
def _tail(doubled: tuple[int, ...]) -> NDArray[np.float64]:
    """Probability that the ranks' sum with random signs is k or more in size, for k from 0 to their sum."""
    total = sum(doubled)
    chance = np.zeros(total + 1)
    chance[0] = 1.0
    for rank in doubled:
        chance *= 0.5
        chance[rank:] += chance[:-rank].copy()
    # rank sum s of gains makes an imbalance of 2 s less the total
    sizes = np.abs(2 * np.arange(total + 1) - total)
    at = np.bincount(sizes, weights=chance, minlength=total + 1)
    return np.asarray(np.minimum(1.0, np.cumsum(at[::-1])[::-1]))
