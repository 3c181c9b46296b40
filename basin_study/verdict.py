"""The outcome of a comparison in words: what the numbers allow to be said, and no more. The answer comes first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from basin_study.paired import Answer, Comparison
from basin_study.power import POWER
from basin_study.signed_ranks import least_pairs, smallest_p

if TYPE_CHECKING:
    from basin_study.hypothesis import Hypothesis

HARDLY = 0.01
"""Median differences below, gains or losses, are said to matter little, however significant."""

_NO_INTERVAL = "no 95 % interval exists for so few"


def verdict_of(outcome: Hypothesis, meaning: str = "") -> str:
    """Verdict on arid and humid basins, the answer on arid ones first.

    Parameters
    ----------
    outcome : Hypothesis
        Without its verdict.
    meaning : str
        What the score is, as a sentence.
    """
    arid, humid = outcome.comparisons[1:3]
    trend = outcome.trend
    sentences = [_answer(outcome), _group(outcome, arid, "arid"), _group(outcome, humid, "humid"), _contrast(outcome)]
    if not math.isnan(trend.slope):
        sentences.append(
            f"Ten times the aridity goes with {_with_interval(trend.slope, trend.low, trend.high)} of difference over "
            f"{trend.n} basins."
        )
    return " ".join([*sentences, *([meaning] if meaning else [])])


def beside(outcome: Hypothesis) -> str:
    """Sentence on a plain score, to stand beside the verdict on its bounded form; empty without basins."""
    medians = [
        f"{_signed(c.median)} in {_basins(c.n, kind)}"
        for c, kind in zip(outcome.comparisons[1:3], ("arid", "humid"), strict=True)
        if c.n
    ]
    if not medians:
        return ""
    return f"Described, not tested: the median difference of {outcome.score} itself is {' and '.join(medians)}."


def _answer(outcome: Hypothesis) -> str:
    arid, score = outcome.comparisons[1], outcome.score
    words = {
        Answer.YES: f"is answered with yes for {score}",
        Answer.NO: f"is answered with no for {score}: it does worse",
        Answer.MIXED: f"has mixed evidence for {score}: {_mixed(outcome, arid)}",
        Answer.OPEN: f"stays open for {score}: no difference is shown",
        Answer.CANNOT: "cannot be answered with these basins",
    }[arid.answer]
    if arid.answer in (Answer.YES, Answer.NO) and abs(arid.median) < HARDLY:
        words += ", though by an amount that hardly matters"
    described = "" if outcome.tested else " (a description, not the test)"
    return f"Whether {outcome.detailed} does better than {outcome.reference} in arid basins {words}{described}."


def _mixed(outcome: Hypothesis, c: Comparison) -> str:
    """What is shown, and what does not agree with it."""
    outweigh = "gains outweigh losses" if c.lean > 0.0 else "losses outweigh gains"
    return (
        f"{outweigh} in rank (p = {c.p_holm:.2g}), but the median difference is {_signed(c.median)} and "
        f"{outcome.detailed} is better in {100.0 * c.improved:.0f} %"
    )


def _group(outcome: Hypothesis, c: Comparison, kind: str) -> str:
    if c.n == 0:
        return f"There are no {kind} basins with scores of both models."
    detailed = outcome.detailed
    left_out = f" ({c.undefined} more without a score)" if c.undefined else ""
    text = (
        f"In {_basins(c.n, kind)}{left_out} the median difference of {outcome.score}, {detailed} less "
        f"{outcome.reference}, is {_with_interval(c.median, c.ci_low, c.ci_high)}; {detailed} is better in "
        f"{100.0 * c.improved:.0f} %, p = {c.p_holm:.2g} after correction"
    )
    if c.answer is Answer.CANNOT:
        return (
            f"{text}. So few basins cannot show a difference of any size by themselves: p is "
            f"{smallest_p(c.n):.2g} at the least, and {smallest_p(c.n, c.tests):.2g} when corrected for {c.tests} "
            f"groups; it takes {least_pairs(c.tests)} basins."
        )
    if c.answer is Answer.MIXED and kind != "arid":
        return f"{text}: the evidence is mixed, as {_mixed(outcome, c)}."
    if c.answer is not Answer.OPEN:
        return f"{text}."
    if math.isnan(c.detectable):
        return f"{text}. What could have been found is not known, as half of the differences or more are the same."
    return (
        f"{text}. A shift of {c.detectable:.3f} in these basins alone would have been found with a power of "
        f"{100.0 * POWER:.0f} %."
    )


def _contrast(outcome: Hypothesis) -> str:
    arid, humid = outcome.comparisons[1:3]
    p, side = f"(p = {outcome.interaction:.2g})", outcome.side.value
    if side == "cannot":
        return "Arid and humid basins cannot be compared with each other."
    if side == "open":
        return f"It is not shown that arid and humid basins differ in this {p}."
    if side != "mixed":
        return f"The difference is {side} in arid than in humid basins {p}."
    ranks = "larger" if outcome.interaction_share > 0.5 else "smaller"
    slope = "" if math.isnan(outcome.trend.slope) else f", and the slope on aridity is {_signed(outcome.trend.slope)}"
    return (
        f"Whether the difference is larger in arid than in humid basins has mixed evidence: in rank it is {ranks} {p}, "
        f"but the medians are {_signed(arid.median)} and {_signed(humid.median)}{slope}."
    )


def _with_interval(value: float, low: float, high: float) -> str:
    interval = f"95 % interval {_signed(low)} to {_signed(high)}" if not math.isnan(low) else _NO_INTERVAL
    return f"{_signed(value)} ({interval})"


def _signed(value: float) -> str:
    """Number with a sign, to three decimals or two digits; 0 has no sign."""
    if value == 0.0:
        return "0"
    return f"{value:+.3f}" if abs(value) >= 0.01 else f"{value:+.2g}"


def _basins(n: int, kind: str) -> str:
    return f"{n} {kind} basin{'s' if n != 1 else ''}"
