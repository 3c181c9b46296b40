"""Dotty plots: sampled values of every parameter against the objective that they gave (Beven and Binley 1992).

A cloud with a peak tells a parameter that the observations determine; one that is flat at the top, a parameter of which
nearly every value can do as well (doi 10.1002/hyp.3360060305).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from basin_study.figures_data import LOWEST
from basin_study.figures_style import NothingToDraw, describe, looks, new_figure
from basin_study.objective import REFUSED
from basin_study.records import Task
from basin_study.spaces import Space
from dcfe.figure_style import TEXTS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_Array = NDArray[Any]

COLUMNS = 3
"""Panels beside each other."""

LOW_SHARE = 0.1
"""Share of the points that may lie below the axis, which would else show the worst ones more than the best."""

MIN_SPAN = 0.2
"""Least height of the axis."""


class Dots(NamedTuple):
    """Sampled points of one calibration.

    Attributes
    ----------
    task : Task
    objectives : array, shape (points,)
        Those not above :data:`basin_study.objective.REFUSED` are of points without a meaning.
    shares : array, shape (points, parameters)
        Of the range between bounds.
    """

    task: Task
    objectives: _Array
    shares: _Array


def dots_of(records: Mapping[Task, Mapping[str, Any]], basins: Collection[str]) -> list[Dots]:
    """Sampled points of records of some basins, in the order of tasks; nothing of records that have none."""
    found = []
    for task in sorted(records):
        samples = records[task].get("samples")
        if task.basin in basins and samples:
            table = np.array(samples, dtype=np.float64)
            found.append(Dots(task, table[:, 0], table[:, 1:]))
    return found


def dotty(
    dots: Sequence[Dots],
    model: str,
    space: Space,
    objective: str,
    basins: Sequence[str] = (),
    lowest: float = LOWEST,
) -> Figure:
    """Objective against each parameter, a point for each sampled evaluation; the best one of each basin is marked.

    Parameters
    ----------
    dots : sequence of Dots
    model : str
        The one to draw.
    space : Space
        Its bounds; parameters that are searched in logarithms have such an axis.
    objective : str
        Its name.
    basins : sequence of str
        All that may be drawn, which fixes their colours.
    lowest : float
        The axis begins here, or above where nine tenths of the points are; points below are marked at the edge.

    Raises
    ------
    NothingToDraw
        When no calibration of the model kept points with a meaning.
    """
    names = tuple(basins) or tuple(dict.fromkeys(d.task.basin for d in dots))
    by_basin: dict[str, list[Dots]] = {}
    for d in dots:
        if d.task.model == model and (d.objectives > REFUSED).any():
            by_basin.setdefault(d.task.basin, []).append(d)
    if not by_basin:
        raise NothingToDraw(f"dotty plots of {model}: its records keep no sampled points of basins that are shown here")
    clouds = {basin: _cloud(by_basin[basin]) for basin in names if basin in by_basin}
    everything = np.concatenate([values for values, _ in clouds.values()])
    top = float(everything.max())
    low = max(lowest, min(float(np.quantile(everything, LOW_SHARE)), top - MIN_SPAN))
    low = min(low, top - MIN_SPAN)
    look = looks(names)
    rows = -(-len(space) // COLUMNS)
    with new_figure(8.0, 0.9 + 2.0 * rows) as figure:
        axes = figure.subplots(rows, COLUMNS, sharey=True, squeeze=False)
        for k, axis in enumerate(axes.flat):
            if k >= len(space):
                axis.set_visible(False)
                continue
            _panel(axis, clouds, {b: look[b] for b in clouds}, space, k, low)
        span = top - low
        axes[0, 0].set_ylim(low - 0.04 * span, top + 0.06 * span)
        figure.supylabel(f"objective, {objective} [-]", fontsize=9)
        handles, labels = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=4, markerscale=1.8)
        describe(
            figure,
            f"Dotty plots of {model}: sampled parameter values and the objective that they gave; stars: the best of "
            "each basin; triangles: points below the axis",
            [_counts(by_basin, clouds, low)],
        )
    return figure


def _cloud(dots: Sequence[Dots]) -> tuple[_Array, _Array]:
    """Objectives and shares of the points with a meaning, of all schemes and trials."""
    objectives = np.concatenate([d.objectives for d in dots])
    shares = np.concatenate([d.shares for d in dots])
    meant = objectives > REFUSED
    return objectives[meant], shares[meant]


def _panel(
    axis: Any, clouds: dict[str, tuple[_Array, _Array]], look: dict[str, Any], space: Space, k: int, low: float
) -> None:
    r = space.ranges[k]
    for basin, (objectives, shares) in clouds.items():
        x = r.low * (r.high / r.low) ** shares[:, k] if r.log else r.low + shares[:, k] * (r.high - r.low)
        seen = objectives >= low
        colour = look[basin].colour
        axis.scatter(
            x[seen], objectives[seen], s=7, color=colour, alpha=0.5, lw=0, label=basin, gid=f"{basin} {r.name}"
        )
        under = {"s": 10, "color": colour, "alpha": 0.5, "lw": 0, "marker": "v", "clip_on": False}
        axis.scatter(x[~seen], np.full(int((~seen).sum()), low), **under, gid=f"{basin} {r.name} below")
        best = int(np.argmax(objectives))
        star = {"s": 90, "color": colour, "marker": "*", "edgecolor": "black", "lw": 0.7, "zorder": 4, "clip_on": False}
        axis.scatter(x[best : best + 1], objectives[best : best + 1], **star, gid=f"{basin} {r.name} best")
    if r.log:
        axis.set_xscale("log")
        axis.set_xlim(r.low / (r.high / r.low) ** 0.02, r.high * (r.high / r.low) ** 0.02)
    else:
        margin = 0.02 * (r.high - r.low)
        axis.set_xlim(r.low - margin, r.high + margin)
    axis.set_xlabel(f"{TEXTS.get(r.name, r.name)} [{'-' if r.unit == '1' else r.unit}]", labelpad=2)
    axis.grid(color="#EEEEEE", lw=0.8)
    axis.set_axisbelow(True)


def _counts(dots: dict[str, list[Dots]], clouds: dict[str, tuple[_Array, _Array]], low: float) -> str:
    parts = []
    for basin, (objectives, _) in clouds.items():
        words = [f"n = {objectives.size}"]
        below = int((objectives < low).sum())
        refused = sum(d.objectives.size for d in dots[basin]) - objectives.size
        words += [f"{below} below {low:.2g}, drawn at the edge"] if below else []
        words += [f"{refused} refused, not drawn"] if refused else []
        parts.append(f"{basin} {', '.join(words)}")
    return f"Points of all schemes and trials: {'; '.join(parts)}"
