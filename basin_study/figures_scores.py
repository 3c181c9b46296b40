"""Figures of scores over basins: against aridity, as cumulative distributions, and by arid and humid group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from basin_study.figures_data import (
    ARID_ABOVE,
    LOWEST,
    MEDIAN_BASINS,
    SCORE_TEXTS,
    Points,
    attribute_of,
    medians_along,
    models_of,
    points_of,
    require_points,
    spread,
    tally,
)
from basin_study.figures_style import Look, describe, looks, new_figure
from dcfe.figure_style import BLACK, GREY

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

_Array = NDArray[Any]

ARIDITY_LABEL = "aridity, PET / P [-]"
CROWD = 150
"""Number of points from which on they are small and pale."""

GROUPS = (f"humid\n(aridity ≤ {ARID_ABOVE:g})", f"arid\n(aridity > {ARID_ABOVE:g})")


def against_aridity(
    scores: pd.DataFrame,
    attributes: xr.Dataset,
    which: Sequence[str] = ("kge", "nse"),
    period: str = "test",
    models: Sequence[str] = (),
    lowest: float = LOWEST,
) -> Figure:
    """Scores against aridity, with medians, the line of aridity 1 and the score of the mean flow.

    Parameters
    ----------
    scores : DataFrame
        As :class:`basin_study.evaluate.Tables` has it.
    attributes : Dataset
        Over ``basin``, with ``aridity``.
    which : sequence of str
        Scores, a panel for each, of :data:`basin_study.figures_data.SCORE_TEXTS`.
    period : str
    models : sequence of str
        All of the study, which fixes their colours; default: in the order of the table.
    lowest : float
        Scores below are drawn at the edge.

    Raises
    ------
    NothingToDraw
        When a panel would be empty.
    """
    aridity = attribute_of(attributes, "aridity")
    appearance = looks(models_of(scores, models))
    notes = []
    with new_figure(5.2 * len(which), 4.4) as figure:
        axes = figure.subplots(1, len(which), squeeze=False)[0]
        for axis, score in zip(axes, which, strict=True):
            points = [points_of(scores, model, score, period, lowest, aridity) for model in appearance]
            points = _evaluated(points)
            require_points(points, SCORE_TEXTS[score].short, period, "known aridity")
            for p in points:
                x = aridity.reindex(p.values.index).to_numpy()
                _scatter(axis, x, p.values.to_numpy(), lowest, p.model, appearance[p.model])
                axis.plot(*medians_along(x, p.values.to_numpy(), lowest), color=appearance[p.model].colour, lw=1.8)
            aridity_axis(axis)
            axis.axhline(SCORE_TEXTS[score].benchmark, color=GREY, ls=":", lw=1.2, gid="benchmark")
            axis.set(ylabel=f"{SCORE_TEXTS[score].short}, {period} [-]", ylim=(lowest - 0.05, 1.02))
            axis.set_title(_benchmark_text(score), loc="left", color="#555555")
            notes.append(tally(points, SCORE_TEXTS[score].short, lowest, "known aridity"))
        _legend(figure, axes)
        describe(
            figure,
            f"Scores of the {period} period against aridity; dashed: aridity {ARID_ABOVE:g}; dotted: score of the mean "
            f"flow; solid lines: medians of neighbouring basins, where there are at least {2 * MEDIAN_BASINS}",
            notes,
        )
    return figure


def cumulative(
    scores: pd.DataFrame,
    which: Sequence[str] = ("kge", "nse"),
    period: str = "test",
    models: Sequence[str] = (),
    lowest: float = LOWEST,
) -> Figure:
    """Share of basins with scores up to a value, for each model.

    Parameters
    ----------
    scores, which, period, models, lowest
        As for :func:`against_aridity`.

    Raises
    ------
    NothingToDraw
        When a panel would be empty.
    """
    appearance = looks(models_of(scores, models))
    notes = []
    with new_figure(5.2 * len(which), 4.2) as figure:
        axes = figure.subplots(1, len(which), squeeze=False)[0]
        for axis, score in zip(axes, which, strict=True):
            points = _evaluated([points_of(scores, model, score, period, lowest) for model in appearance])
            require_points(points, SCORE_TEXTS[score].short, period)
            for p in points:
                if not p.number:
                    continue
                look = appearance[p.model]
                x = np.sort(p.values.to_numpy())
                share = np.arange(1, x.size + 1) / x.size
                axis.step(x, share, where="post", color=look.colour, ls=look.line, lw=1.8, label=p.model)
                if p.below:
                    axis.plot(
                        lowest,
                        p.below / x.size,
                        marker="<",
                        ms=look.edge,
                        color=look.colour,
                        mfc="none",
                        ls="",
                        clip_on=False,
                    )
            axis.axvline(SCORE_TEXTS[score].benchmark, color=GREY, ls=":", lw=1.2, gid="benchmark")
            axis.set(xlabel=f"{SCORE_TEXTS[score].short}, {period} [-]", ylabel="share of basins [-]")
            axis.set(xlim=(lowest, 1.0), ylim=(0.0, 1.0))
            axis.grid(color="#EEEEEE", lw=0.8)
            axis.set_title(_benchmark_text(score), loc="left", color="#555555")
            notes.append(tally(points, SCORE_TEXTS[score].short, lowest) + _other_basins(points))
        _legend(figure, axes)
        describe(
            figure,
            f"Cumulative distributions of scores of the {period} period; dotted: score of the mean flow; a curve to "
            f"the right is better; a triangle at the left edge: share of basins below it",
            notes,
        )
    return figure


def distributions(
    scores: pd.DataFrame,
    attributes: xr.Dataset,
    which: Sequence[str] = ("kge", "nse"),
    period: str = "test",
    models: Sequence[str] = (),
    lowest: float = LOWEST,
) -> Figure:
    """Scores of humid and arid basins: every basin, and boxes of quartiles.

    Parameters
    ----------
    scores, attributes, which, period, models, lowest
        As for :func:`against_aridity`.

    Raises
    ------
    NothingToDraw
        When a panel would be empty.
    """
    aridity = attribute_of(attributes, "aridity")
    appearance = looks(models_of(scores, models))
    notes = []
    with new_figure(5.2 * len(which), 4.4) as figure:
        axes = figure.subplots(1, len(which), squeeze=False)[0]
        for axis, score in zip(axes, which, strict=True):
            points = _evaluated([points_of(scores, model, score, period, lowest, aridity) for model in appearance])
            require_points(points, SCORE_TEXTS[score].short, period, "known aridity")
            width = 0.8 / len(points)
            for i, p in enumerate(points):
                arid = aridity.reindex(p.values.index).to_numpy() > ARID_ABOVE
                for group, members in enumerate((~arid, arid)):
                    place = group + (i - (len(points) - 1) / 2.0) * width
                    values = p.values.to_numpy()[members]
                    _box(axis, place, width, values, lowest, p.model, appearance[p.model])
            axis.axhline(SCORE_TEXTS[score].benchmark, color=GREY, ls=":", lw=1.2, gid="benchmark")
            axis.set_xticks((0, 1), GROUPS)
            axis.set(xlim=(-0.55, 1.55), ylim=(lowest - 0.22, 1.02))
            axis.set_ylabel(f"{SCORE_TEXTS[score].short}, {period} [-]")
            axis.set_title(_benchmark_text(score), loc="left", color="#555555")
            notes.append(tally(points, SCORE_TEXTS[score].short, lowest, "known aridity"))
        _legend(figure, axes)
        describe(
            figure,
            f"Scores of the {period} period in humid and arid basins; boxes: quartiles and median, whiskers: 5 and "
            f"95 %; numbers below: basins; dotted: score of the mean flow",
            notes,
        )
    return figure


def _evaluated(points: list[Points]) -> list[Points]:
    """Models that have anything in this period: those without rows are no part of the figure."""
    return [p for p in points if p.number or p.missing or p.unplaced]


def _scatter(axis: Any, x: _Array, y: _Array, lowest: float, label: str, look: Look) -> None:
    inside = y >= lowest
    size, alpha = (22, 0.65) if y.size <= CROWD else (11, 0.45)
    axis.scatter(
        x[inside], y[inside], s=size, marker=look.marker, color=look.colour, alpha=alpha, lw=0, label=label, gid=label
    )
    if not inside.all():
        edge = np.full(int((~inside).sum()), lowest)
        axis.scatter(
            x[~inside],
            edge,
            s=look.edge**2,
            marker="v",
            facecolors="none",
            edgecolors=look.colour,
            gid=f"{label} below",
        )


def _box(axis: Any, place: float, width: float, values: _Array, lowest: float, label: str, look: Look) -> None:
    axis.text(place, lowest - 0.2, f"{values.size}", ha="center", fontsize=7.5, color=look.colour)
    if not values.size:
        return
    low, q1, median, q3, high = np.maximum(np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95)), lowest)
    # matplotlib's own boxes import pyplot, which may look for a screen
    half, line = 0.375 * width, {"color": BLACK, "lw": 1.2}
    left, right = place - half, place + half
    axis.plot([left, right, right, left, left], [q1, q1, q3, q3, q1], **line)
    for end, quartile in ((low, q1), (high, q3)):
        axis.plot([place, place], [quartile, end], **line)
        axis.plot([place - half / 2.0, place + half / 2.0], [end, end], **line)
    axis.plot([left, right], [median, median], **line | {"lw": 2.6}, solid_capstyle="butt", gid=f"{label} median")
    x = place + 0.3 * width * spread(values.size)
    _scatter(axis, x, np.sort(values), lowest, label, look)


def aridity_axis(axis: Any) -> None:
    """Make an axis of aridity: logarithmic, with the line between humid and arid."""
    from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

    axis.set_xscale("log")
    axis.xaxis.set_major_locator(FixedLocator([0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0]))
    axis.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.xaxis.set_minor_locator(NullLocator())
    low, high = axis.dataLim.intervalx
    axis.set_xlim(0.9 * min(low, 0.5 * ARID_ABOVE), 1.1 * max(high, 2.0 * ARID_ABOVE))
    axis.axvline(ARID_ABOVE, color=BLACK, ls="--", lw=1.0, gid="arid")
    axis.set_xlabel(ARIDITY_LABEL)


def _benchmark_text(score: str) -> str:
    return f"{SCORE_TEXTS[score].long}; mean flow: {SCORE_TEXTS[score].benchmark:.2f}"


def _other_basins(points: Sequence[Points]) -> str:
    sets = {frozenset(p.values.index) for p in points}
    return "; the models' basins differ" if len(sets) > 1 else ""


def _legend(figure: Figure, axes: Sequence[Any]) -> None:
    """One legend of all models in any panel."""
    found: dict[str, Any] = {}
    for axis in axes:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    figure.legend(found.values(), found.keys(), loc="outside upper center", ncols=min(6, len(found)), markerscale=1.3)
