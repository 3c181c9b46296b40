"""Figures of calibrations: how objectives rose, and where in their bounds parameters ended up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from basin_study.figures_data import LOWEST, models_of, spread
from basin_study.figures_style import NothingToDraw, describe, looks, new_figure
from basin_study.objective import REFUSED
from dcfe.figure_style import GREY, TEXTS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_Array = NDArray[Any]

FEW = 40
"""Up to so many calibrations of a model are drawn one by one."""

AT_BOUND = 0.01
"""Share of the range next to a bound that counts as at the bound."""


class Trace(NamedTuple):
    """Improvements of one calibration.

    Attributes
    ----------
    model : str
    steps : sequence of (int, float)
        Evaluation, from 1, and the objective that was best then; ``trace`` of a record.
    evaluations : int
        How many there were.
    """

    model: str
    steps: Sequence[Sequence[float]]
    evaluations: int

    def best(self) -> _Array:
        """Best objective after each evaluation, shape (evaluations,); NaN while none had a meaning."""
        best = np.full(self.evaluations, np.nan)
        for evaluation, value in self.steps:
            if value > REFUSED:
                best[int(evaluation) - 1 :] = value
        return best


def objective_traces(
    traces: Sequence[Trace], objective: str, models: Sequence[str] = (), lowest: float = LOWEST
) -> Figure:
    """Best objective against evaluations: medians and quartiles over calibrations, and each of them when they are few.

    Parameters
    ----------
    traces : sequence of Trace
        Calibrations of one basin or many.
    objective : str
        Its name.
    models : sequence of str
        All of the study, which fixes their colours.
    lowest : float
        Lower end of the axis.

    Raises
    ------
    NothingToDraw
        When there is none.
    """
    if not traces:
        raise NothingToDraw("objective traces: no calibration")
    names = tuple(models) or tuple(dict.fromkeys(trace.model for trace in traces))
    notes = []
    with new_figure(6.4, 4.2) as figure:
        axis = figure.subplots()
        for name, look in looks(names).items():
            runs = [trace.best() for trace in traces if trace.model == name]
            if not runs:
                continue
            length = max(run.size for run in runs)
            # a search that ended earlier keeps its best
            table = np.array([np.pad(run, (0, length - run.size), mode="edge") for run in runs])
            x = np.arange(1, length + 1)
            # an objective without a meaning is worse than any other: quartiles wait until they have a value
            low, middle, high = np.quantile(np.nan_to_num(table, nan=REFUSED), (0.25, 0.5, 0.75), axis=0)
            if len(runs) <= FEW:
                for run in table:
                    axis.step(x, run, where="post", color=look.colour, lw=0.5, alpha=0.35)
            if len(runs) > 1:
                axis.fill_between(x, low, high, step="post", color=look.colour, alpha=0.18, lw=0)
            drawn = np.where(middle > REFUSED / 2.0, middle, np.nan)
            axis.step(x, drawn, where="post", color=look.colour, ls=look.line, lw=2.0, label=name)
            under = int((~(table[:, -1] >= lowest)).sum())
            notes.append(f"{name} n = {len(runs)}" + (f", {under} end below {lowest:g}, out of sight" if under else ""))
        axis.set_xscale("log")
        axis.xaxis.set_major_formatter("{x:g}")
        axis.set(ylim=(lowest, 1.0), xlim=(1.0, max(trace.evaluations for trace in traces)))
        axis.set(xlabel="evaluations [-]", ylabel=f"best objective so far, {objective} [-]")
        axis.grid(color="#EEEEEE", lw=0.8)
        axis.legend(loc="lower right")
        describe(
            figure,
            "Objectives in the course of calibrations; lines: medians, bands: quartiles, thin lines: each calibration "
            f"where a model has at most {FEW}",
            ["Calibrations: " + "; ".join(notes)],
        )
    return figure


def parameter_shares(parameters: pd.DataFrame, models: Sequence[str] = ()) -> Figure:
    """Where in its bounds each calibrated parameter is, a point for each basin.

    Parameters
    ----------
    parameters : DataFrame
        ``basin``, ``model``, ``parameter``, ``share`` of the range between the bounds, of logarithms where these were
        searched.
    models : sequence of str
        All of the study, which fixes their colours.

    Raises
    ------
    NothingToDraw
        When there is no parameter.
    """
    known = parameters[np.isfinite(parameters["share"].to_numpy(dtype=np.float64))]
    if known.empty:
        raise NothingToDraw(f"parameters: none of {len(parameters)} values has a share of its bounds")
    appearance = looks(models_of(parameters, models))
    sets = _same_parameters(known, appearance)
    sizes = [len(names) * (0.28 + 0.14 * len(group)) for names, group in sets]
    with new_figure(7.6, 1.3 + sum(sizes)) as figure:
        axes = figure.subplots(len(sets), 1, squeeze=False, height_ratios=sizes)[:, 0]
        for axis, (names, group) in zip(axes, sets, strict=True):
            _dots(axis, known, names, {model: appearance[model] for model in group})
            axis.legend(
                loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=len(group), borderaxespad=0.2, markerscale=1.6
            )
        axes[-1].set_xlabel("share of the range between bounds [-]")
        lost = len(parameters) - len(known)
        counts = known.groupby("model", sort=False)["basin"].nunique()
        describe(
            figure,
            f"Calibrated parameters within their bounds; bars: medians; right: share of basins at the lower and upper "
            f"bound (within {100.0 * AT_BOUND:g} % of the range)",
            [
                "Basins: "
                + "; ".join(f"{model} n = {counts[model]}" for model in appearance if model in counts.index)
                + (f"; {lost} values unknown (NaN)" if lost else "")
            ],
        )
    return figure


def _same_parameters(known: pd.DataFrame, models: Sequence[str] | dict[str, Any]) -> list[tuple[list[str], list[str]]]:
    """Models that have the same parameters, which share a panel."""
    sets: dict[tuple[str, ...], list[str]] = {}
    for model in models:
        names = tuple(dict.fromkeys(known.loc[known["model"] == model, "parameter"].astype(str)))
        if names:
            sets.setdefault(names, []).append(model)
    return [(list(names), group) for names, group in sets.items()]


def _dots(axis: Any, known: pd.DataFrame, names: list[str], appearance: dict[str, Any]) -> None:
    height = 0.8 / len(appearance)
    for i, (model, look) in enumerate(appearance.items()):
        rows = known[known["model"] == model]
        first = True
        for k, name in enumerate(names):
            shares = np.sort(rows.loc[rows["parameter"] == name, "share"].to_numpy(dtype=np.float64))
            place = k + (i - (len(appearance) - 1) / 2.0) * height
            axis.scatter(
                shares,
                place + 0.32 * height * spread(shares.size),
                s=9,
                color=look.colour,
                marker=look.marker,
                alpha=0.55,
                lw=0,
                gid=f"{model} {name}",
                label=model if first else None,
            )
            first = False
            middle = float(np.median(shares))
            axis.plot([middle, middle], [place - 0.48 * height, place + 0.48 * height], color=look.colour, lw=2.4)
            low, high = np.mean(shares <= AT_BOUND), np.mean(shares >= 1.0 - AT_BOUND)
            axis.text(
                1.02,
                place,
                f"{100.0 * low:.0f} / {100.0 * high:.0f} %",
                va="center",
                fontsize=7,
                color=look.colour,
                transform=axis.get_yaxis_transform(),
            )
    axis.set_yticks(range(len(names)), [TEXTS.get(name, name) for name in names])
    axis.set(xlim=(-0.01, 1.01), ylim=(len(names) - 0.5, -0.5))
    for k in range(1, len(names)):
        axis.axhline(k - 0.5, color="#E5E5E5", lw=0.8, zorder=0)
    for bound in (0.0, 1.0):
        axis.axvline(bound, color=GREY, lw=0.8, zorder=0)
