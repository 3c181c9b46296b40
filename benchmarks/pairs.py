"""Is the new code slower? The rule of ``make bench-compare``, apart from anything that takes time.

Old and new run alternately; each pair of neighbours has one ratio, new over old. What slows the machine for a minute
slows both halves of a pair, and its ratio hardly moves. A row is slower when the median of its ratios exceeds 1.2 *and*
their lower quartile exceeds 1.1: one disturbed pair cannot do that alone.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import NamedTuple

SLOWER = 1.2
QUARTILE = 1.1
LEAST_PAIRS = 5


class Verdict(NamedTuple):
    """Ratios of new to old times: median, lower quartile, least and most; and what they say."""

    median: float
    lower: float
    least: float
    most: float
    pairs: int

    @property
    def slower(self) -> bool:
        """Whether the rule calls it a slowdown."""
        return self.median > SLOWER and self.lower > QUARTILE

    @property
    def words(self) -> str:
        """The verdict in a word or two."""
        if self.slower:
            return "SLOWER"
        if self.median > SLOWER:
            return "unsure: ratios scatter"
        return "faster" if self.median < 1.0 / SLOWER else "same"


def judge(old: Sequence[float], new: Sequence[float]) -> Verdict:
    """Judge times that were taken alternately.

    Parameters
    ----------
    old, new : sequence of float
        Of the same length; ``old[i]`` and ``new[i]`` were taken one right after the other.

    Raises
    ------
    ValueError
        When there are fewer than two pairs, lengths differ, or a time is not positive.

    Examples
    --------
    A machine that gets twice as slow half-way does not matter, since it does so for both:

    >>> verdict = judge([1.0, 1.0, 2.0, 2.0, 2.0], [1.3, 1.3, 2.6, 2.5, 2.7])
    >>> round(verdict.median, 2), verdict.slower
    (1.3, True)

    One pair in which something else ran:

    >>> judge([1.0] * 5, [1.0, 1.0, 3.0, 1.0, 1.0]).slower
    False
    """
    if len(old) != len(new) or len(old) < 2:
        raise ValueError(f"{len(old)} old and {len(new)} new times; expected two pairs or more")
    if min(*old, *new) <= 0.0:
        raise ValueError("times have to be positive")
    ratios = [b / a for a, b in zip(old, new, strict=True)]
    lower = statistics.quantiles(ratios, n=4, method="inclusive")[0]
    return Verdict(statistics.median(ratios), lower, min(ratios), max(ratios), len(ratios))


def normalised(recorded: float, yardstick_then: float, now: Sequence[float], yardsticks: Sequence[float]) -> Verdict:
    """Judge times against a recorded one, each in units of how long a yardstick took in its run.

    Weaker than pairs: caches, memory and clocks of two machines do not scale alike. Used where there is no old code
    to run.

    >>> normalised(10.0, 1.0, [20.0, 20.0], [2.0, 2.0]).median
    1.0
    """
    old = [recorded / yardstick_then] * len(now)
    return judge(old, [value / yardstick for value, yardstick in zip(now, yardsticks, strict=True)])
