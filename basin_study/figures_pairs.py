"""Two models compared basin by basin: which one is better, and the difference of their scores against aridity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from basin_study.figures_data import ARID_ABOVE, SCORE_TEXTS, attribute_of, medians_along, scores_of
from basin_study.figures_scores import CROWD, aridity_axis
from basin_study.figures_style import NothingToDraw, describe, new_figure
from dcfe.figure_style import BLACK, BLUE, GREY, ORANGE

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

FIRST, SECOND, UNDETERMINED = "first", "second", "undetermined"
LARGEST = 0.5
"""Differences of efficiencies beyond are drawn at the edge."""


def better_models(
    scores: pd.DataFrame, pair: tuple[str, str], period: str = "test", which: Sequence[str] = ("kge", "nse")
) -> pd.Series:
    """Which of two models is better in each basin that has all scores of both.

    Parameters
    ----------
    scores : DataFrame
        As :class:`basin_study.evaluate.Tables` has it.
    pair : (str, str)
        Models.
    period : str
    which : sequence of str
        Scores that have to agree.

    Returns
    -------
    Series
        By basin: ``first`` or ``second`` where all scores are larger for that one of the pair, ``undetermined`` where
        they disagree or are equal.
    """
    import pandas as pd

    gains = pd.concat([_differences(scores, pair, score, period) for score in which], axis=1).dropna()
    values = gains.to_numpy()
    verdicts = np.select([(values < 0.0).all(axis=1), (values > 0.0).all(axis=1)], [FIRST, SECOND], UNDETERMINED)
    return pd.Series(verdicts, index=gains.index, name="better", dtype=object)


def _differences(scores: pd.DataFrame, pair: tuple[str, str], score: str, period: str) -> pd.Series:
    """Score of the second model less that of the first, for basins that both were evaluated in; NaN if one has none."""
    first, second = (scores_of(scores, model, score, period) for model in pair)
    both = first.index.intersection(second.index, sort=False)
    return second.reindex(both) - first.reindex(both)


def differences(
    scores: pd.DataFrame,
    attributes: xr.Dataset,
    pair: tuple[str, str],
    which: Sequence[str] = ("kge", "nse"),
    period: str = "test",
    largest: float = LARGEST,
) -> Figure:
    """Gain of the second of two models against aridity, a point for each basin.

    Parameters
    ----------
    scores, attributes
        As for :func:`basin_study.figures_scores.against_aridity`.
    pair : (str, str)
        Models; the second one's score less the first one's is shown.
    which : sequence of str
        Scores, a panel for each.
    period : str
    largest : float
        Differences beyond, either way, are drawn at the edge.

    Raises
    ------
    NothingToDraw
        When no basin has a score of both and a known aridity.
    """
    aridity = attribute_of(attributes, "aridity")
    first, second = pair
    notes = []
    with new_figure(5.2 * len(which), 4.2) as figure:
        axes = figure.subplots(1, len(which), squeeze=False)[0]
        for axis, score in zip(axes, which, strict=True):
            short = SCORE_TEXTS[score].short
            gains = _differences(scores, pair, score, period)
            known = gains.dropna()
            shown = known[aridity.reindex(known.index).notna()]
            missing, unplaced = len(gains) - len(known), len(known) - len(shown)
            if shown.empty:
                raise NothingToDraw(
                    f"no difference of {short} of {first} and {second} in the {period} period: of {len(gains)} basins "
                    f"that both were evaluated in, {missing} lack a score and {unplaced} a known aridity"
                )
            x, y = aridity.reindex(shown.index).to_numpy(), shown.to_numpy()
            inside = np.abs(y) <= largest
            for better, colour in ((y < 0.0, BLUE), (y > 0.0, ORANGE), (y == 0.0, GREY)):
                dots = inside & better
                axis.scatter(
                    x[dots], y[dots], s=22 if y.size <= CROWD else 12, color=colour, alpha=0.7, lw=0, gid="gain"
                )
                for marker, beyond in (("v", y < -largest), ("^", y > largest)):
                    edge = better & beyond
                    axis.scatter(
                        x[edge],
                        np.sign(y[edge]) * largest,
                        s=32,
                        marker=marker,
                        facecolors="none",
                        edgecolors=colour,
                        gid="beyond",
                    )
            axis.plot(*medians_along(x, np.clip(y, -largest, largest)), color=BLACK, lw=1.8)
            aridity_axis(axis)
            axis.axhline(0.0, color=GREY, lw=1.0)
            axis.set_ylim(-1.08 * largest, 1.08 * largest)
            axis.set_ylabel(f"{short} of {second} less\n{short} of {first}, {period} [-]")
            axis.set_title(_shares(x, y, second), loc="left")
            words = f"{short}: n = {y.size}"
            words += f", {missing} without a score (NaN)" if missing else ""
            words += f", {unplaced} without known aridity" if unplaced else ""
            words += f", {int((~inside).sum())} beyond ±{largest:g}, drawn at the edge" if not inside.all() else ""
            notes.append(words)
        describe(
            figure,
            f"Gain of {second} over {first} in the {period} period, basin by basin; orange: {second} is better, blue: "
            f"{first} is better; black: medians of neighbouring basins",
            notes,
        )
    return figure


def _shares(x: np.ndarray, y: np.ndarray, second: str) -> str:
    """How often the second model is better in either group."""
    parts = []
    for name, members in (("humid", x <= ARID_ABOVE), ("arid", x > ARID_ABOVE)):
        better = int((y[members] > 0.0).sum())
        parts.append(f"{better} of {int(members.sum())} {name}")
    return f"{second} better in {', '.join(parts)}"
