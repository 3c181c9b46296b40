"""Figures of the recovery of LGAR's soils from properties at points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcfe.figure_style import BLACK, BLUE, GREY, ORANGE, STYLE, pyplot, save
from dcfe.lgar_bounds import PONDED, layer_of
from dcfe.lgar_data import moisture_depth
from dcfe.lgar_efficiencies import PERIODS
from dcfe.lgar_recovery_field import FieldResult
from dcfe.lgar_recovery_polaris import PolarisResult

_COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#7A7A7A")
_LINES = ("-", (0, (5, 1.5)), (0, (1, 1.2)), (0, (5, 1, 1, 1)))
_SYMBOLS = {
    "alpha": (r"$\alpha$", "cm$^{-1}$"),
    "n": ("$n$", ""),
    "ks": ("$K_s$", "cm h$^{-1}$"),
    "theta_e": (r"$\theta_e$", ""),
    "theta_r": (r"$\theta_r$", ""),
    PONDED: ("ponded depth", "cm"),
}
_OUTPUTS = {"surface_runoff": "runoff", "actual_evapotranspiration": "evapotranspiration", "storage": "storage"}


def parameter_text(name: str, unit: bool = False) -> str:
    """Name of a parameter of a layer or column in figures."""
    place = layer_of(name)
    field, layer = place or (name, None)
    symbol, own = _SYMBOLS.get(field, (field, ""))
    text = symbol if layer is None else f"{symbol}, layer {layer}"
    return f"{text} [{own}]" if unit and own else text


def output_text(name: str) -> str:
    """Name of an output in figures."""
    depth = moisture_depth(name)
    return _OUTPUTS.get(name, name) if depth is None else f"moisture at {depth:g} cm"


def _period(name: str) -> str:
    return "learned period" if name == PERIODS[0] else f"period {name}"


def draw_field(result: FieldResult, path: Path) -> None:
    """Draw learned against true values of every parameter, as PNG."""
    plt = pyplot()
    names = list(result.learned)
    columns = min(5, len(names))
    rows = -(-len(names) // columns)
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            rows, columns, figsize=(2.3 * columns + 0.3, 2.3 * rows + 0.7), layout="constrained", squeeze=False
        )
        for axis in axes.flat[len(names) :]:
            axis.axis("off")
        for axis, name in zip(axes.flat, names, strict=False):
            _scatter(axis, result, name)
        for row in axes:
            row[0].set_ylabel("learned")
        for k in range(columns):
            axes[(len(names) - 1 - k) // columns, k].set_xlabel("true")
        handles, labels = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2)
        s = result.settings
        figure.suptitle(
            f"Soils learned from properties at points: {s.columns} columns, errors {100.0 * s.noise:g} %; "
            "r on held-out columns",
            fontsize=10,
        )
        save(plt, figure, path)


def _scatter(axis: Any, result: FieldResult, name: str) -> None:
    true, learned = result.true[name], result.learned[name]
    bound = result.bounds.by_name[name]
    axis.plot([bound.low, bound.high], [bound.low, bound.high], color=BLACK, lw=0.7, zorder=2)
    for rows, size, colour, label, order in (
        (result.training, 9, "#BDBDBD", "training columns", 1),
        (result.heldout, 16, BLUE, "held-out columns", 3),
    ):
        axis.scatter(true[rows], learned[rows], s=size, color=colour, lw=0, label=label, zorder=order)
    if bound.scale == "log":
        axis.set_xscale("log")
        axis.set_yscale("log")
        for line in (axis.xaxis, axis.yaxis):
            line.set_minor_formatter("")
    axis.set_box_aspect(1.0)
    left = float(np.median(result.remaining[name]))
    r = result.correlation(name, result.heldout)
    axis.set_title(f"{parameter_text(name, unit=True)}\nr = {r:.2f}, prior left {left:.2f}")
    axis.tick_params(labelsize=7)


def draw_field_scores(results: Mapping[str, FieldResult], path: Path) -> None:
    """Draw the distributions of NSE of each output over held-out columns, in both periods, as PNG.

    Parameters
    ----------
    results : mapping of str to FieldResult
        By what the legend says, such as ``errors 5 %``; with the same outputs.
    path : path
    """
    plt = pyplot()
    outputs = next(iter(results.values())).settings.observed
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            len(PERIODS), len(outputs), figsize=(2.5 * len(outputs) + 0.4, 5.3), sharex="col", sharey=True,
            layout="constrained", squeeze=False,
        )  # fmt: skip
        for row, period in zip(axes, PERIODS, strict=True):
            for axis, output in zip(row, outputs, strict=True):
                for k, (label, result) in enumerate(results.items()):
                    style = {"color": _COLOURS[k % len(_COLOURS)], "ls": _LINES[k % len(_LINES)]}
                    _distribution(axis, result.nse[period][output][result.heldout], label=label, lw=1.5, **style)
                centre = next(iter(results.values()))
                values = centre.baseline[period][output][centre.heldout]
                _distribution(axis, values, label="centre of the bounds", color=GREY, lw=0.9)
                axis.set_xscale("log")
                axis.set_ylim(0.0, 1.02)
            row[0].set_ylabel(f"share of held-out columns\n{_period(period)}")
        for axis, output in zip(axes[0], outputs, strict=True):
            axis.set_title(output_text(output))
        for axis in axes[-1]:
            axis.set_xlabel("1 - NSE (better to the left)")
        handles, labels = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
        save(plt, figure, path)


def _distribution(axis: Any, nse: NDArray[np.float64], **style: Any) -> None:
    """Share of columns with at most so large an error, of those for which NSE is defined."""
    errors = np.maximum(np.sort(1.0 - nse[np.isfinite(nse)]), 1e-8)
    if len(errors):
        axis.step(errors, (np.arange(len(errors)) + 1) / len(errors), where="post", **style)


def draw_polaris(result: PolarisResult, path: Path) -> None:
    """Draw true and learned soils of a real basin's points, and NSE of each output, as PNG."""
    plt = pyplot()
    names = result.bounds.names
    rows = np.arange(len(names))[::-1]
    with plt.rc_context(STYLE):
        figure, (left, right) = plt.subplots(
            1, 2, figsize=(10.5, 0.27 * len(names) + 1.2), layout="constrained", width_ratios=(1.25, 1.0)
        )
        _places(left, result, rows)
        left.set_yticks(rows, [parameter_text(name) for name in names])
        _scores(right, result, result.settings.observed)
        save(plt, figure, path)


def _places(axis: Any, result: PolarisResult, rows: NDArray[np.int64]) -> None:
    axis.hlines(rows, 0.0, 1.0, color="#EEEEEE", lw=0.8)
    for case, colour, marker, shift in zip(result.cases, (BLUE, ORANGE), "os", (0.18, -0.18), strict=False):
        places = result.places(case.learned)
        # a uniform prior has a deviation of 0.29 of the bounds
        spread = np.array([case.remaining[name] for name in result.bounds.names]) / np.sqrt(12.0)
        true = result.places(case.true)
        low, high = np.clip(true - spread, 0.0, 1.0), np.clip(true + spread, 0.0, 1.0)
        axis.hlines(rows + shift, low, high, color=colour, lw=5.0, alpha=0.25)
        axis.plot(places, rows + shift, marker, color=colour, ms=4.5, ls="", label=f"learned, {case.weather}")
    axis.plot(result.places(result.cases[0].true), rows, "|", color=BLACK, ms=13, mew=1.6, ls="", label="truth")
    axis.set_xlim(0.0, 1.0)
    axis.set_ylim(-0.6, len(rows) - 0.4)
    axis.set_xlabel("place in the bounds (bands: deviation predicted by Fisher information)")
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, fontsize=8, borderaxespad=0.2)


def _scores(axis: Any, result: PolarisResult, outputs: Sequence[str]) -> None:
    rows = np.arange(len(outputs))[::-1]
    drawn = [
        (case, period, colour, marker)
        for case, colour in zip(result.cases, (BLUE, ORANGE), strict=False)
        for period, marker in zip(PERIODS, "oD", strict=True)
    ]
    for k, (case, period, colour, marker) in enumerate(drawn):
        heights = rows + 0.3 - 0.6 * k / max(len(drawn) - 1, 1)
        nse = np.array([case.nse[period][name][0] for name in outputs])
        base = np.array([case.baseline[period][name][0] for name in outputs])
        axis.hlines(heights, 1.0 - nse, 1.0 - base, color="#DDDDDD", lw=1.0, zorder=1)
        axis.plot(1.0 - base, heights, marker, mfc="white", mec=GREY, ms=4.0, ls="")
        fill = {"mfc": colour if period == PERIODS[0] else "white", "mec": colour}
        axis.plot(1.0 - nse, heights, marker, ms=5.5, ls="", label=f"{case.weather}, {_period(period)}", **fill)
    axis.plot([], [], "o", mfc="white", mec=GREY, ms=4.0, ls="", label="centre of the bounds")
    axis.set_xscale("log")
    axis.set_yticks(rows, [output_text(name) for name in outputs])
    axis.set_xlabel("1 - NSE (better to the left)")
    axis.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=2, fontsize=7, borderaxespad=0.2)
