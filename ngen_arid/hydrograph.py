"""A figure of one or several runs over the same basin: rain, flow, soil water, and the largest flood."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngen_arid.water_balance import column_of
from ngen_bmi.files import whole_file
from ngen_harness import RunResult

# Okabe and Ito's colours, which colour-blind readers can tell apart
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#000000", "#56B4E9")
_STYLES = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)))
_RAIN = "#5A7D9A"
_DECADES = 1e-5
"""The least flow shown, as a share of the largest."""
_EVENT_BEFORE, _EVENT_AFTER = 24, 96
"""Hours shown around the largest flood."""


def require_matplotlib() -> None:
    """Raise ModuleNotFoundError, saying what to install, when matplotlib is missing."""
    if find_spec("matplotlib") is None:
        raise ModuleNotFoundError("figures need matplotlib: pip install 'ngen-arid[plot]'")


def draw_hydrograph(results: Mapping[str, RunResult], path: str | Path, title: str) -> None:
    """Draw the runs and save the figure.

    Parameters
    ----------
    results : dict
        Label -> result of `ngen_harness.run`; the same catchments and period.
    path : str or Path
        File to write; the ending chooses the format.
    title : str

    Raises
    ------
    ModuleNotFoundError
        When matplotlib is missing.
    ValueError
        When the runs cover different periods.
    """
    require_matplotlib()
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import dates
    from matplotlib import pyplot as plt

    first = next(iter(results.values()))
    if any(not np.array_equal(result.times, first.times) for result in results.values()):
        raise ValueError("the runs cover different periods: one figure cannot show them")
    times = first.times
    rain = _mean(first, "RAIN_RATE")
    flows = {label: _flow(result) for label, result in results.items()}
    unit = "m³ s⁻¹" if first.nexuses else "mm h⁻¹"

    style: Any = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
    with plt.rc_context(style):
        figure, axes = plt.subplots(
            3,
            2,
            figsize=(11, 6.2),
            height_ratios=(1, 2.2, 1.6),
            width_ratios=(2.4, 1),
            sharex="col",
            layout="constrained",
        )
        days, daily_rain = _daily(times, rain, np.sum)
        _draw_rain(axes[0, 0], days, daily_rain, 1.0, "rain\n[mm d⁻¹]")
        peak = int(np.argmax(np.max(list(flows.values()), axis=0)))
        event = slice(max(peak - _EVENT_BEFORE, 0), peak + _EVENT_AFTER)
        _draw_rain(axes[0, 1], times[event], rain[event], 1 / 24, "[mm h⁻¹]")
        axes[0, 1].set_title("largest flood, hourly", fontsize=9)
        for i, (label, flow) in enumerate(flows.items()):
            line: Any = {"color": _COLOURS[i % len(_COLOURS)], "ls": _STYLES[i % len(_STYLES)]}
            soil = _mean(results[label], "SOIL_STORAGE")
            axes[1, 0].plot(*_daily(times, flow, np.mean), lw=1.0, label=label, **line)
            axes[2, 0].plot(*_daily(times, soil, np.mean), lw=1.0, **line)
            axes[1, 1].plot(times[event], flow[event], lw=1.4, **line)
            axes[2, 1].plot(times[event], soil[event], lw=1.4, **line)
        top = max(flow.max() for flow in flows.values())
        if top > 0.0:
            axes[1, 0].set_yscale("log")
            axes[1, 0].set_ylim(_DECADES * top, 2.0 * top)
        axes[1, 0].set_ylabel(f"flow to the channel,\ndaily mean [{unit}]")
        figure.legend(*axes[1, 0].get_legend_handles_labels(), loc="outside lower center", ncols=len(flows))
        axes[1, 1].set_ylabel(f"[{unit}]")
        axes[2, 0].set_ylabel("soil water [mm]")
        axes[2, 1].set_ylabel("[mm]")
        locator = dates.AutoDateLocator(maxticks=8)
        axes[2, 0].xaxis.set_major_locator(locator)
        axes[2, 0].xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
        axes[2, 1].xaxis.set_major_locator(dates.DayLocator())
        axes[2, 1].xaxis.set_major_formatter(dates.DateFormatter("%d %b\n%Y"))
        figure.suptitle(title, fontsize=11)
        with whole_file(path) as partial:
            figure.savefig(partial, dpi=150, format=Path(path).suffix.lstrip("."))
        plt.close(figure)


def _draw_rain(axis: Any, times: NDArray[Any], values: NDArray[np.float64], width: float, label: str) -> None:
    axis.bar(times, values, width=width, color=_RAIN, align="edge", linewidth=0)
    axis.invert_yaxis()
    axis.set_ylabel(label)


def _column(result: RunResult, name: str, column: str) -> NDArray[np.float64]:
    values = column_of(result.catchments[name], column)
    return np.full(len(result.times), np.nan) if values is None else values


def _mean(result: RunResult, column: str) -> NDArray[np.float64]:
    """Mean over the catchments [mm]."""
    return 1000.0 * np.mean([_column(result, name, column) for name in result.catchments], axis=0)


def _flow(result: RunResult) -> NDArray[np.float64]:
    """Sum over the nexuses [m3 s-1], or without areas the mean over the catchments [mm h-1]."""
    if result.nexuses:
        return np.sum(list(result.nexuses.values()), axis=0)
    return _mean(result, "Q_OUT")


def _daily(times: NDArray[Any], values: NDArray[np.float64], combine: Any) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Combine the hours of whole days."""
    count = len(times) // 24
    return times[: 24 * count : 24], combine(values[: 24 * count].reshape(count, 24), axis=1)
