"""A figure of several columns over the same forcing: sums of fluxes, and soil moisture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ngen_arid.columns_run import ColumnSeries
from ngen_arid.soil_figures import STYLE, date_axis, pyplot

# Okabe and Ito's colours, which colour-blind readers can tell apart
_COLOURS = ("#0072B2", "#56B4E9", "#009E73", "#E69F00", "#CC79A7", "#D55E00", "#000000")
_LINES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1, 1.2)), (0, (5, 1, 1, 1)))


def draw(series: Sequence[ColumnSeries], depths: Sequence[float], path: Path, title: str) -> None:
    """Draw runoff and evapotranspiration since the beginning, and soil moisture at depths, as PNG.

    Parameters
    ----------
    series : sequence of ColumnSeries
    depths : sequence of float
        Of their moisture [cm].
    path : Path
        File to write, whatever its ending.
    title : str
    """
    plt = pyplot()
    times = series[0].times
    days = slice(None, None, max(len(times) // 4000, 1))
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            2 + len(depths), 1, figsize=(10, 4.6 + 1.3 * len(depths)), sharex=True, layout="constrained",
            height_ratios=(2.2, 1.8, *(1.0 for _ in depths)),
        )  # fmt: skip
        for k, one in enumerate(series):
            line = {"color": _COLOURS[k % len(_COLOURS)], "ls": _LINES[k % len(_LINES)], "lw": 1.5}
            for axis, name in zip(axes, ("surface_runoff", "actual_evapotranspiration"), strict=False):
                axis.plot(times[days], np.cumsum(one.fluxes[name])[days], label=one.label, **line)
            for axis, theta in zip(axes[2:], one.moisture.T, strict=True):
                axis.plot(times[days], theta[days], **(line | {"lw": 1.0}))
        axes[0].set_ylabel("runoff since the\nbeginning [mm]")
        axes[1].set_ylabel("actual\nevapotranspiration\nsince the\nbeginning [mm]")
        for axis, depth in zip(axes[2:], depths, strict=True):
            axis.set_ylabel(f"moisture at\n{depth:g} cm [-]")
        for axis in axes:
            axis.margins(x=0.01)
        for axis in axes[:2]:
            axis.set_ylim(bottom=0.0)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, handlelength=3.5)
        figure.align_ylabels(axes)
        date_axis(axes[-1])
        figure.suptitle(title)
        figure.savefig(path, dpi=110, format="png")
        plt.close(figure)
