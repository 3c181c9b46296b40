"""The outcome of a comparison in words: what the numbers allow to be said, and no more."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from basin_study.paired import LEAST, POWER, SIGNIFICANCE, Comparison

if TYPE_CHECKING:
    from basin_study.hypothesis import Hypothesis

HARDLY = 0.01
"""Median differences below are said to matter little, however significant."""


def verdict_of(outcome: Hypothesis, meaning: str = "") -> str:
    """Verdict on arid and humid basins.

    Parameters
    ----------
    outcome : Hypothesis
        Without its verdict.
    meaning : str
        What the score is, as a sentence.
    """
    detailed, reference, score = outcome.detailed, outcome.reference, outcome.score
    arid, humid = outcome.comparisons[1:3]
    trend, interaction = outcome.trend, outcome.interaction
    sentences = [_group(outcome, arid, "arid"), _group(outcome, humid, "humid")]
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
        answer += ", though by an amount that hardly matters" if arid.median < HARDLY else ""
    elif arid.p_holm < SIGNIFICANCE:
        answer = f"is answered with no for {score}: it does worse"
    else:
        answer = f"stays open for {score}: no difference is shown"
    described = "" if outcome.tested else " (a description, not the test)"
    sentences.append(f"Whether {detailed} does better than {reference} in arid basins {answer}{described}.")
    return " ".join([*sentences, *([meaning] if meaning else [])])


def beside(outcome: Hypothesis) -> str:
    """Sentence on a plain score, to stand beside the verdict on its bounded form; empty without basins."""
    medians = [
        f"{c.median:+.3f} in {c.n} {kind} basins"
        for c, kind in zip(outcome.comparisons[1:3], ("arid", "humid"), strict=True)
        if c.n
    ]
    if not medians:
        return ""
    return f"Described, not tested: the median difference of {outcome.score} itself is {' and '.join(medians)}."


def _group(outcome: Hypothesis, c: Comparison, kind: str) -> str:
    if c.n == 0:
        return f"There are no {kind} basins with scores of both models."
    detailed = outcome.detailed
    left_out = f" ({c.undefined} more without a score)" if c.undefined else ""
    text = (
        f"In {c.n} {kind} basins{left_out} the median difference of {outcome.score}, {detailed} less "
        f"{outcome.reference}, is {c.median:+.3f} ({c.ci_low:+.3f} to {c.ci_high:+.3f}); {detailed} is better in "
        f"{100.0 * c.improved:.0f} %"
    )
    if c.n < LEAST:
        return f"{text}; so few basins cannot show a difference of any size at 5 %."
    text += f", p = {c.p_holm:.2g} after correction."
    if c.p_holm >= SIGNIFICANCE and not math.isnan(c.detectable):
        text += f" A difference of {c.detectable:.3f} would have been found with a power of {100.0 * POWER:.0f} %."
    return text
