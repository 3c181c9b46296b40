"""Does a model with a more detailed soil do better in arid basins? Two models compared over groups of basins.

They are compared basin by basin, by the difference of a score (the detailed one's less the other's), within groups of
basins by aridity. A p-value alone says little: what a test would have been able to see is said beside it. The
statistics of a group are those of :mod:`basin_study.paired`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from basin_study.paired import GROUPS, Answer, Comparison, compare_pairs, holm
from basin_study.power import detectable_shifts
from basin_study.signed_ranks import CONFIDENCE, SIGNIFICANCE
from basin_study.verdict import verdict_of

if TYPE_CHECKING:
    import pandas as pd

_Array = NDArray[Any]

ARID = 1.0
"""Aridity above which a basin is called arid here, as in the report: potential evapotranspiration over rain."""

UNEP = (
    ("hyper-arid", 0.0, 0.05),
    ("arid", 0.05, 0.2),
    ("semi-arid", 0.2, 0.5),
    ("dry sub-humid", 0.5, 0.65),
    ("humid", 0.65, math.inf),
)
"""Classes of the United Nations Environment Programme (1997, World Atlas of Desertification): rain over PET."""


class Side(StrEnum):
    """Whether the difference is larger or smaller in arid than in humid basins.

    ``mixed``: the test is significant, and the median differences, or the slope on aridity, point elsewhere. ``open``:
    it is not significant. ``cannot``: it could not be made.
    """

    LARGER = "larger"
    SMALLER = "smaller"
    MIXED = "mixed"
    OPEN = "open"
    CANNOT = "cannot"


@dataclass(frozen=True)
class Trend:
    """Effect of aridity on the difference.

    Attributes
    ----------
    n : int
    slope, low, high : float
        Of the difference on the decadic logarithm of aridity (Theil and Sen), with its 95 % interval.
    rank_correlation, p_value : float
        Spearman's, two-sided.
    """

    n: int
    slope: float
    low: float
    high: float
    rank_correlation: float
    p_value: float


@dataclass(frozen=True)
class Hypothesis:
    """Outcome for one pair of models and one score.

    Attributes
    ----------
    detailed, reference, score : str
    tested : bool
        Whether this is the one comparison that tests the hypothesis; others describe.
    comparisons : tuple of Comparison
        All basins, arid and humid ones; then UNEP's classes, which are described, not tested again.
    trend : Trend
    interaction : float
        p-value of the difference in differences between arid and humid basins (Mann and Whitney, two-sided).
    interaction_share : float
        Share of pairs of an arid and a humid basin in which the arid one has the larger difference, ties half: the
        statistic of this test over its largest value.
    verdict : str
        In words, computed from the numbers.
    """

    detailed: str
    reference: str
    score: str
    tested: bool
    comparisons: tuple[Comparison, ...]
    trend: Trend
    interaction: float
    interaction_share: float
    verdict: str

    @property
    def answer(self) -> Answer:
        """Whether the detailed model does better in arid basins."""
        return self.comparisons[1].answer

    @property
    def side(self) -> Side:
        """Whether the difference is larger or smaller in arid basins."""
        if math.isnan(self.interaction):
            return Side.CANNOT
        if self.interaction >= SIGNIFICANCE:
            return Side.OPEN
        arid, humid = self.comparisons[1:3]
        signs = [np.sign(self.interaction_share - 0.5), np.sign(arid.median - humid.median)]
        if not math.isnan(self.trend.slope):
            signs.append(np.sign(self.trend.slope))
        sides = {float(sign) for sign in signs}
        return Side.LARGER if sides == {1.0} else Side.SMALLER if sides == {-1.0} else Side.MIXED

    def table(self) -> pd.DataFrame:
        """Comparisons as a table."""
        import pandas as pd

        return pd.DataFrame([vars(c) | {"answer": c.answer.value if c.tests else ""} for c in self.comparisons])

    @property
    def role(self) -> str:
        """``test`` or ``description``."""
        return "test" if self.tested else "description"


def unep_class(aridity: float) -> str:
    """Class of a basin by its aridity, PET over rain.

    >>> unep_class(0.8), unep_class(3.0), unep_class(float("nan"))
    ('humid', 'semi-arid', 'unknown')
    """
    if not aridity > 0.0:
        return "unknown"
    wetness = 1.0 / aridity
    return next(name for name, low, high in UNEP if low <= wetness < high)


def compare_models(
    detailed: _Array,
    reference: _Array,
    aridity: _Array,
    names: tuple[str, str] = ("detailed", "reference"),
    score: str = "KGE",
    seed: int = 0,
    meaning: str = "",
    tested: bool = True,
) -> Hypothesis:
    """Test whether one model scores higher than another, in arid and in humid basins.

    Parameters
    ----------
    detailed, reference : array, shape (basins,)
        Scores of the same basins; NaN where there is none.
    aridity : array, shape (basins,)
        NaN where unknown: such basins count among all, in no group.
    names : tuple of str
        Of the two models.
    score : str
        Its name in the verdict.
    seed : int
        Of the simulated studies that tell what could have been found.
    meaning : str
        What the score is, as a sentence for the verdict; none for scores that everybody knows.
    tested : bool
        Whether this comparison is the test of the hypothesis, or one that describes.

    Returns
    -------
    Hypothesis

    Raises
    ------
    ValueError
        When the shapes differ.
    """
    detailed, reference, aridity = (np.asarray(x, dtype=np.float64) for x in (detailed, reference, aridity))
    if not detailed.shape == reference.shape == aridity.shape or detailed.ndim != 1:
        raise ValueError(
            f"scores have the shapes {detailed.shape} and {reference.shape}, aridity {aridity.shape}; expected one "
            f"number of each for every basin"
        )
    difference = detailed - reference
    classes = np.array([unep_class(value) for value in aridity.tolist()])
    groups = {
        "all": np.ones(difference.shape, dtype=bool),
        f"arid (aridity > {ARID:g})": aridity > ARID,
        f"humid (aridity <= {ARID:g})": aridity <= ARID,
    }
    assert len(groups) == GROUPS
    shifts = detectable_shifts(difference, groups, np.random.default_rng([seed, 8]))
    main = list(groups)
    groups |= {f"UNEP: {name}": classes == name for name, _, _ in UNEP if (classes == name).any()}
    found = [compare_pairs(name, difference[rows]) for name, rows in groups.items()]
    corrected = holm([row["p_value"] for row in found[:GROUPS]])
    tests = sum(row["n"] > 0 for row in found[:GROUPS])
    comparisons = tuple(
        Comparison(**row, p_holm=p, tests=tests, detectable=shifts[name])
        for name, row, p in zip(main, found[:GROUPS], corrected, strict=True)
    )
    comparisons += tuple(Comparison(**row, p_holm=math.nan) for row in found[GROUPS:])
    trend = _trend(difference, aridity)
    outcome = Hypothesis(*names, score, tested, comparisons, trend, *_interaction(difference, aridity), "")
    return replace(outcome, verdict=verdict_of(outcome, meaning))


def _trend(difference: _Array, aridity: _Array) -> Trend:
    from scipy import stats

    known = np.isfinite(difference) & (aridity > 0.0)
    n = int(known.sum())
    if n < 3 or np.ptp(aridity[known]) == 0.0:
        return Trend(n, *(math.nan,) * 5)
    x, y = np.log10(aridity[known]), difference[known]
    if np.ptp(y) == 0.0:
        return Trend(n, *(0.0,) * 3, math.nan, math.nan)
    slope, _, low, high = stats.theilslopes(y, x, CONFIDENCE)
    correlation = stats.spearmanr(x, y)
    return Trend(n, float(slope), float(low), float(high), float(correlation.statistic), float(correlation.pvalue))


def _interaction(difference: _Array, aridity: _Array) -> tuple[float, float]:
    from scipy import stats

    known = np.isfinite(difference)
    arid, humid = difference[known & (aridity > ARID)], difference[known & (aridity <= ARID)]
    if arid.size < 2 or humid.size < 2:
        return math.nan, math.nan
    if np.ptp(difference[known & np.isfinite(aridity)]) == 0.0:
        return 1.0, 0.5
    found = stats.mannwhitneyu(arid, humid)
    return float(found.pvalue), float(found.statistic) / (arid.size * humid.size)
