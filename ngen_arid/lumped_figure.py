"""A figure of one basin as divides and as one catchment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ngen_arid.hydrograph import require_matplotlib
from ngen_arid.lumped_runs import REFERENCE, UNLAGGED, Comparison, scores, why_no_scores
from ngen_bmi.files import whole_file

_LOOK: dict[str, dict[str, Any]] = {
    REFERENCE: {"color": "#000000", "ls": "-", "lw": 1.6},
    UNLAGGED: {"color": "#999999", "ls": "-", "lw": 1.0},
    "lumped, mean lag": {"color": "#D55E00", "ls": "-", "lw": 1.2},
    "lumped, no lag": {"color": "#E69F00", "ls": (0, (4, 1.5)), "lw": 1.0},
}
_RAIN = "#5A7D9A"
_BEFORE, _AFTER = 12, 60
"""Hours shown around the largest flood."""


def draw_lumped(comparison: Comparison, path: str | Path, title: str) -> None:
    """Draw rain, flow, flow added up and soil water, and the largest flood; save the figure.

    Parameters
    ----------
    comparison : Comparison
    path : str or Path
        The ending chooses the format.
    title : str
    """
    require_matplotlib()
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import dates
    from matplotlib import pyplot as plt

    times = comparison.times
    reference = comparison.flows[REFERENCE]
    # where nothing arrived, the flood that is on its way
    peak = int(np.argmax(reference if reference.any() else comparison.flows[UNLAGGED]))
    event = slice(max(peak - _BEFORE, 0), peak + _AFTER)
    style: Any = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
    with plt.rc_context(style):
        figure, axes = plt.subplots(
            3,
            2,
            figsize=(11, 7),
            height_ratios=(1, 2.2, 1.6),
            width_ratios=(1.7, 1),
            sharex="col",
            layout="constrained",
        )
        for axis, part in ((axes[0, 0], slice(None)), (axes[0, 1], event)):
            axis.bar(times[part], comparison.rain[part], width=1 / 24, color=_RAIN, align="edge", lw=0, label="mean")
            axis.step(times[part], comparison.rain_high[part], where="post", color="#999999", lw=0.7, label="largest")
            axis.invert_yaxis()
        axes[0, 0].set_ylabel("rain [mm h⁻¹]")
        axes[0, 0].legend(loc="lower left", ncols=2, fontsize=8, title="of the divides", title_fontsize=8)
        axes[0, 1].set_title("largest flood", fontsize=9)
        for label, flow in comparison.flows.items():
            axes[1, 0].plot(times, flow, label=label, **_LOOK[label])
            axes[1, 1].plot(times[event], flow[event], **_LOOK[label])
            axes[2, 1].plot(times[event], np.cumsum(flow[event]) * 3.6e-3, **_LOOK[label])
        axes[1, 0].set_ylabel("flow at the outlet [m³ s⁻¹]")
        axes[1, 1].set_ylabel("[m³ s⁻¹]")
        axes[2, 1].set_ylabel("added up [10⁶ m³]")
        for label, like in (("divides", REFERENCE), ("lumped", "lumped, mean lag")):
            axes[2, 0].plot(times, comparison.soil[label], **_LOOK[like])
        axes[2, 0].set_ylabel("soil water, mean [mm]")
        row = next(row for row in scores(comparison) if row["flow"] == "lumped, mean lag")
        said = "\n".join(
            f"{name} {float(row[key]):.2f}"
            for name, key in (("NSE", "NSE"), ("KGE", "KGE"), ("volume", "volume"), ("peak", "peak"))
        )
        if why_no_scores(comparison):
            said = "no scores: no water\narrived from the divides"
        axes[1, 1].text(0.98, 0.97, f"lumped, mean lag\n{said}", transform=axes[1, 1].transAxes, ha="right", va="top")
        figure.legend(*axes[1, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        locator = dates.AutoDateLocator(maxticks=8)
        axes[2, 0].xaxis.set_major_locator(locator)
        axes[2, 0].xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
        axes[2, 1].xaxis.set_major_locator(dates.DayLocator())
        axes[2, 1].xaxis.set_major_formatter(dates.DateFormatter("%d %b"))
        figure.suptitle(title, fontsize=11)
        with whole_file(path) as partial:
            figure.savefig(partial, dpi=150, format=Path(path).suffix.lstrip("."))
        plt.close(figure)
