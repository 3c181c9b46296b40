"""Figures of the recovery experiments; they can be read in grey and by the colour-blind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcfe.combinations import COMBINATIONS
from dcfe.figure_style import BLACK, BLUE, GREY, ORANGE, STYLE, TEXTS, pyplot, save
from dcfe.recovery_field import FieldResult
from dcfe.recovery_report import ReportResult
from dcfe.recovery_single import SingleResult

_LINES = ("-", (0, (5, 1.5)), (0, (1, 1.2)), (0, (5, 1, 1, 1)))
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9", "#7A7A7A")


def draw_scatter(result: FieldResult, path: Path) -> None:
    """Draw learned against true values of every parameter and combination, as PNG."""
    plt = pyplot()
    names = [name for name in result.true if np.ptp(result.learned[name]) > 0.0]
    columns = 7
    rows = -(-len(names) // columns)
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(rows, columns, figsize=(14, 2.3 * rows + 0.6), layout="constrained")
        for axis in axes.flat[len(names) :]:
            axis.axis("off")
        for axis, name in zip(axes.flat, names, strict=False):
            _scatter(axis, result, name)
        handles, labels = axes.flat[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
        s = result.settings
        figure.suptitle(
            f"Learned against true parameters, {len(result.heldout)} held-out of {s.basins} basins "
            f"(CFE {s.learner}, noise {100 * s.noise:g} %); r: correlation on held-out basins",
            fontsize=10,
        )
        for axis in axes[-1]:
            axis.set_xlabel("true")
        for axis in axes[:, 0]:
            axis.set_ylabel("learned")
        save(plt, figure, path)


def _scatter(axis: Any, result: FieldResult, name: str) -> None:
    true, learned = result.true[name], result.learned[name]
    opened = set(result.open_basins(name, result.heldout).tolist())
    closed = np.array([k for k in result.heldout if k not in opened], dtype=np.int64)
    seen = np.array(sorted(opened), dtype=np.int64)
    axis.scatter(true[result.training], learned[result.training], s=5, color="#CFCFCF", lw=0, label="training basins")
    axis.scatter(true[seen], learned[seen], s=13, color=BLUE, lw=0, label="held-out basins", zorder=3)
    axis.scatter(
        true[closed], learned[closed], s=15, marker="x", color=ORANGE, lw=1.0, label="held-out, gates closed", zorder=3
    )
    low, high = (f(true.min(), learned.min()) if f is min else f(true.max(), learned.max()) for f in (min, max))
    axis.plot([low, high], [low, high], color=BLACK, lw=0.7, zorder=2)
    if result.log[name]:
        axis.set_xscale("log")
        axis.set_yscale("log")
        for line in (axis.xaxis, axis.yaxis):
            line.set_minor_formatter("")
    axis.set_title(f"{TEXTS.get(name, name)}\nr = {result.correlation(name, result.heldout):.2f}")
    axis.tick_params(labelsize=7)


def draw_prediction(result: FieldResult, path: Path) -> None:
    """Draw what was recovered beside what Fisher information predicts, for every parameter and combination, as PNG."""
    plt = pyplot()
    names = [name for name in result.true if name in result.predicted]
    names.sort(key=lambda name: float(np.median(result.predicted[name])))
    left = [float(np.median(result.predicted[name])) for name in names]
    found = [result.correlation(name, result.heldout) for name in names]
    rows = np.arange(len(names))[::-1]
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(1, 2, figsize=(9, 0.27 * len(names) + 1.4), sharey=True, layout="constrained")
        axes[0].barh(rows, left, height=0.6, color=[BLUE if n in COMBINATIONS else GREY for n in names])
        spread = np.array([np.quantile(result.predicted[name], (0.1, 0.9)) for name in names])
        axes[0].hlines(rows, spread[:, 0], spread[:, 1], color=BLACK, lw=0.9)
        axes[0].set_yticks(rows, [TEXTS.get(name, name) for name in names])
        axes[0].set_xlim(0.0, 1.0)
        axes[0].set_xlabel(
            "uncertainty that one basin's data leave\n(0: known, 1: as before; line: 10 to 90 % of basins)"
        )
        axes[0].set_title("predicted by Fisher information (blue: combinations)")
        axes[1].axvline(0.9, color=GREY, lw=0.8, ls=(0, (2, 2)))
        axes[1].hlines(rows, 0.0, found, color="#DDDDDD", lw=1.0)
        axes[1].plot(found, rows, "o", color=BLACK, ms=5)
        axes[1].set_xlim(min([0.0, *(x - 0.05 for x in found if np.isfinite(x))]), 1.02)
        axes[1].set_xlabel("correlation of learned with true values\n(held-out basins, learned across basins)")
        axes[1].set_title("recovered")
        save(plt, figure, path)


def draw_efficiencies(results: Mapping[str, FieldResult], path: Path) -> None:
    """Draw the distributions of NSE over held-out basins of several experiments, as PNG."""
    plt = pyplot()
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(1, 2, figsize=(9.5, 4.2), sharey=True, layout="constrained")
        lowest = 0.0
        for axis, year in zip(axes, ("year 1", "year 2"), strict=True):
            for k, (label, result) in enumerate(results.items()):
                nse = np.sort(result.nse[year][result.heldout])
                lowest = max(lowest, 1.0 - float(nse[int(0.02 * len(nse))]))
                axis.step(
                    1.0 - nse[::-1],
                    (np.arange(len(nse)) + 1) / len(nse),
                    where="post",
                    color=_COLOURS[k % len(_COLOURS)],
                    ls=_LINES[k % len(_LINES)],
                    lw=1.5,
                    label=f"{label}: {np.median(nse):.3f}",
                )
            axis.set_xscale("log")
            axis.axvline(0.02, color=GREY, lw=0.8, ls=(0, (2, 2)))
            axis.set_xlabel("1 - NSE (better to the left; dashed: NSE 0.98)")
            axis.set_title(
                "held-out basins, year of training" if year == "year 1" else "held-out basins, year held out"
            )
            axis.legend(title="median NSE", fontsize=8, loc="upper left")
        axes[0].set_ylabel("share of basins")
        axes[0].set_ylim(0.0, 1.0)
        save(plt, figure, path)


def draw_single(results: Sequence[SingleResult], path: Path) -> None:
    """Draw errors of single-basin recovery, start by start, over the deviations that are predicted, as PNG."""
    plt = pyplot()
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            len(results), 2, figsize=(10, 3.1 * len(results) + 0.5), sharex=True, sharey=True, layout="constrained",
            squeeze=False,
        )  # fmt: skip
        for row, result in zip(axes, results, strict=True):
            for axis, errors, predicted, what in (
                (row[0], result.alone, result.predicted_alone, "each alone"),
                (row[1], result.together, result.predicted_together, "all nine together"),
            ):
                _single(axis, result, np.abs(errors), predicted)
                kind = "dry basin" if result.settings.dry else "wet basin"
                axis.set_title(
                    f"{kind} (aridity {result.aridity:.1f}), {what}, noise {100 * result.settings.noise:g} %"
                )
            row[0].set_ylabel("error [share of the bounds]")
        handles, labels = axes[-1, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
        save(plt, figure, path)


def _single(axis: Any, result: SingleResult, errors: NDArray[np.float64], predicted: NDArray[np.float64]) -> None:
    places = np.arange(len(result.names))
    floor = 1e-6
    blind = ~np.isfinite(predicted) | (predicted > 1.0)
    heights = np.where(blind, 1.0, np.clip(predicted, floor, 1.0))
    tall = {"width": 0.7, "zorder": 1}
    axis.bar(places[~blind], heights[~blind], color="#D9D9D9", label="deviation predicted for errors of 5 %", **tall)
    style = {"color": "white", "edgecolor": GREY, "hatch": "///", "lw": 0.6}
    axis.bar(places[blind], heights[blind], label="predicted: no data can tell", **style, **tall)
    starts = errors.shape[1]
    spread = np.linspace(-0.24, 0.24, starts)
    for k in places:
        label = "error, each random start (1e-6: that or less)" if k == 0 else None
        axis.plot(k + spread, np.maximum(errors[k], floor), "o", ms=3.5, color=BLUE, mec="white", mew=0.3, label=label)
    axis.set_yscale("log")
    axis.set_ylim(floor * 0.7, 1.3)
    axis.set_xticks(places, [TEXTS[name].split(" (")[0] for name in result.names])


def draw_report(results: Sequence[ReportResult], path: Path) -> None:
    """Draw the surfaces of 1 - NSE over refkdt and satdk, the truth, and where training begins and ends, as PNG."""
    plt = pyplot()
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            1, len(results), figsize=(5.4 * len(results), 4.9), layout="constrained", squeeze=False
        )
        levels = np.geomspace(1e-5, 1.0, 11)
        for axis, result in zip(axes[0], results, strict=True):
            mesh = axis.contourf(
                result.refkdt, result.satdk, np.clip(result.surface, 1.01e-5, 0.99), levels=levels, cmap="cividis_r",
                norm="log",
            )  # fmt: skip
            k = result.truth["refkdt"] * result.truth["satdk"]
            axis.plot(result.refkdt, k / result.refkdt, color="white", lw=1.0, ls=(0, (4, 2)))
            for colour, marker, (name, paths) in zip((ORANGE, "#FFFFFF"), "sD", result.paths.items(), strict=True):
                for k, ends in enumerate(paths):
                    axis.annotate(
                        "", ends[-1], ends[0], arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.8, "alpha": 0.9}
                    )
                    label = f"learned, {name}: NSE {np.median(result.nse[name]):.3f}" if k == 0 else None
                    axis.plot(*ends[-1], marker, color=colour, mec=BLACK, ms=5.5, mew=0.7, ls="", label=label, zorder=4)
            axis.plot(result.truth["refkdt"], result.truth["satdk"], "*", color="#E8000B", mec="white", ms=13, label="truth", ls="", zorder=5)  # fmt: skip  # noqa: E501
            axis.set_xscale("log")
            axis.set_yscale("log")
            axis.set_ylim(result.satdk[0], result.satdk[-1])
            axis.set_xticks([0.1, 0.2, 0.5, 1.0, 2.0, 4.0], ["0.1", "0.2", "0.5", "1", "2", "4"])
            axis.xaxis.set_minor_formatter("")
            axis.set_xlabel("refkdt [-]")
            axis.set_ylabel("satdk [m s-1]")
            axis.set_title(
                f"aridity {result.aridity:.1f}, percolates in {100 * result.drains:.1f} % of the steps\n"
                f"condition number {_condition(result)}; dashed: refkdt * satdk of the truth"
            )
            axis.legend(loc="lower left", fontsize=8, frameon=True, framealpha=0.9)
        figure.colorbar(mesh, ax=axes[0].tolist(), label="1 - NSE", shrink=0.9, ticks=[1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1])
        save(plt, figure, path)


def _condition(result: ReportResult) -> str:
    value = float(result.information.condition[0])
    return f"{value:.3g}" if np.isfinite(value) else "infinite"
