"""Does a model with a more detailed soil do better in arid basins? Two models compared over groups of basins.

They are compared basin by basin, by the difference of a score (the detailed one's less the other's), within groups of
basins by aridity. A p-value alone says little: what a test would have been able to see is said beside it. The
statistics of a group are those of :mod:`basin_study.paired`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from basin_study.paired import CONFIDENCE, Comparison, compare_pairs, holm
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
    verdict: str

    def table(self) -> pd.DataFrame:
        """Comparisons as a table."""
        import pandas as pd

        return pd.DataFrame([vars(comparison) for comparison in self.comparisons])

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
        Of bootstrap and power.
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
    corrected = len(groups)
    groups |= {f"UNEP: {name}": classes == name for name, _, _ in UNEP if (classes == name).any()}
    rng = np.random.default_rng([seed, 8])
    found = [compare_pairs(name, difference[rows], rng) for name, rows in groups.items()]
    p_holm = [*holm([row["p_value"] for row in found[:corrected]]), *(math.nan for _ in found[corrected:])]
    comparisons = tuple(Comparison(**row, p_holm=p) for row, p in zip(found, p_holm, strict=True))
    trend = _trend(difference, aridity)
    interaction = _interaction(difference, aridity)
    outcome = Hypothesis(*names, score, tested, comparisons, trend, interaction, "")
    return replace(outcome, verdict=verdict_of(outcome, meaning))


def _trend(difference: _Array, aridity: _Array) -> Trend:
    from scipy import stats

    known = np.isfinite(difference) & (aridity > 0.0)
    n = int(known.sum())
    if n < 3 or np.ptp(aridity[known]) == 0.0:
        return Trend(n, *(math.nan,) * 5)
    x, y = np.log10(aridity[known]), difference[known]
    slope, _, low, high = stats.theilslopes(y, x, CONFIDENCE)
    if np.ptp(y) == 0.0:
        return Trend(n, float(slope), float(low), float(high), math.nan, math.nan)
    correlation = stats.spearmanr(x, y)
    return Trend(n, float(slope), float(low), float(high), float(correlation.statistic), float(correlation.pvalue))


def _interaction(difference: _Array, aridity: _Array) -> float:
    from scipy import stats

    known = np.isfinite(difference)
    arid, humid = difference[known & (aridity > ARID)], difference[known & (aridity <= ARID)]
    if arid.size < 2 or humid.size < 2:
        return math.nan
    return float(stats.mannwhitneyu(arid, humid).pvalue)
