"""Does a model with a more detailed soil do better in arid basins? Paired tests over basins, with their power.

Two models are compared basin by basin, by the difference of a score (the detailed one's less the other's), within
groups of basins by aridity. A p-value alone says little: what a test would have been able to see is said beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

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
    comparisons: tuple[Comparison, ...]
    trend: Trend
    interaction: float
    verdict: str

    def table(self) -> pd.DataFrame:
        """Comparisons as a table."""
        import pandas as pd

        return pd.DataFrame([vars(comparison) for comparison in self.comparisons])


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
    tested = len(groups)
    groups |= {f"UNEP: {name}": classes == name for name, _, _ in UNEP if (classes == name).any()}
    rng = np.random.default_rng([seed, 8])
    found = [_compare(name, difference[rows], rng) for name, rows in groups.items()]
    corrected = holm([comparison["p_value"] for comparison in found[:tested]])
    p_holm = [*corrected, *(math.nan for _ in found[tested:])]
    comparisons = tuple(Comparison(**row, p_holm=p) for row, p in zip(found, p_holm, strict=True))
    trend = _trend(difference, aridity)
    interaction = _interaction(difference, aridity)
    verdict = _verdict(names, score, comparisons[1], comparisons[2], trend, interaction)
    return Hypothesis(*names, score, comparisons, trend, interaction, verdict)


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


def _compare(group: str, difference: _Array, rng: np.random.Generator) -> dict[str, Any]:
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


def detectable_shift(difference: _Array, rng: np.random.Generator) -> float:
    """Shift that the test would find with a power of :data:`POWER`, by simulation.

    Differences without their median are drawn with replacement and shifted; the smallest shift, to 1 % of itself, with
    which enough of the simulated samples have p below 5 %. NaN when there are too few basins for any p below 5 %.
    """
    n = difference.size
    if n < LEAST:
        return math.nan
    centred = difference - np.median(difference)
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


def _verdict(
    names: tuple[str, str], score: str, arid: Comparison, humid: Comparison, trend: Trend, interaction: float
) -> str:
    """Say in words what the numbers allow to be said, and no more."""
    detailed, reference = names
    sentences = [_group_verdict(detailed, reference, score, arid, "arid")]
    sentences.append(_group_verdict(detailed, reference, score, humid, "humid"))
    if math.isnan(interaction):
        sentences.append("Arid and humid basins cannot be compared with each other.")
    elif interaction < SIGNIFICANCE:
        side = "larger" if arid.median > humid.median else "smaller"
        sentences.append(f"The difference is {side} in arid than in humid basins (p = {interaction:.2g}).")
    else:
        sentences.append(f"It is not shown that arid and humid basins differ in this (p = {interaction:.2g}).")
    if not math.isnan(trend.slope):
        sentences.append(
            f"Ten times the aridity goes with {trend.slope:+.3f} ({trend.low:+.3f} to {trend.high:+.3f}) of difference "
            f"over {trend.n} basins."
        )
    if arid.n < LEAST:
        answer = "cannot be answered with these basins"
    elif arid.p_holm < SIGNIFICANCE and arid.median > 0.0:
        answer = f"is answered with yes for {score}"
        answer += ", though by an amount that hardly matters" if arid.median < 0.01 else ""
    elif arid.p_holm < SIGNIFICANCE:
        answer = f"is answered with no for {score}: it does worse"
    else:
        answer = f"stays open for {score}: no difference is shown"
    sentences.append(f"Whether {detailed} does better than {reference} in arid basins {answer}.")
    return " ".join(sentences)


def _group_verdict(detailed: str, reference: str, score: str, c: Comparison, kind: str) -> str:
    if c.n == 0:
        return f"There are no {kind} basins with scores of both models."
    left_out = f" ({c.undefined} more without a score)" if c.undefined else ""
    text = (
        f"In {c.n} {kind} basins{left_out} the median difference of {score}, {detailed} less {reference}, is "
        f"{c.median:+.3f} ({c.ci_low:+.3f} to {c.ci_high:+.3f}); {detailed} is better in {100.0 * c.improved:.0f} %"
    )
    if c.n < LEAST:
        return f"{text}; so few basins cannot show a difference of any size at 5 %."
    text += f", p = {c.p_holm:.2g} after correction."
    if c.p_holm >= SIGNIFICANCE and not math.isnan(c.detectable):
        text += f" A difference of {c.detectable:.3f} would have been found with a power of {100.0 * POWER:.0f} %."
    return text
