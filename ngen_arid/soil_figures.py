"""Figures of a soil column: profiles of moisture and suction, and wetting fronts over time and depth.

All of them can be read in grey and by the colour-blind: colours run from light to dark, and lines differ in more than
colour.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngen_arid.column_run import ColumnRun, front_paths, moisture_grid

STYLE: Any = {"font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
_BAND = "#ECECEC"
_RAIN = "#5A7D9A"
_LEAST_SUCTION = 1.0
"""Suctions below are drawn as this [cm]; a logarithmic axis has no zero."""

_ROWS = 500
"""Depths at which moisture is drawn."""

_FLUXES = (
    ("rain", "#7A7A7A", ":"),
    ("infiltration", "#0072B2", "-"),
    ("runoff", "#D55E00", (0, (5, 1.5))),
    ("evapotranspiration", "#000000", (0, (5, 1, 1, 1))),
)

_FRAMES = 120
_GIF_BYTES = 5_000_000

_Array = NDArray[Any]


def pyplot() -> Any:
    """Return matplotlib without a screen."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def draw_profiles(run: ColumnRun, states: Sequence[int], path: Path, title: str) -> None:
    """Draw moisture and suction against depth at a few times, as PNG.

    Parameters
    ----------
    run : ColumnRun
    states : sequence of int
        Which states to draw, early ones first.
    path : Path
        File to write, whatever its ending.
    title : str
    """
    plt = pyplot()
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(1, 2, figsize=(10, 6), sharey=True, layout="constrained")
        _prepare_profiles(axes, run, states)
        for k, state in enumerate(states):
            share = k / max(len(states) - 1, 1)
            # early ones light and wide, late ones dark and narrow: where they agree all are seen
            line = {"color": plt.get_cmap("cividis_r")(0.08 + 0.92 * share), "lw": 5.0 - 3.8 * share}
            hours = (state - states[0]) * run.step_h
            label = f"{k + 1}:  {_when(run.times[state])}" + (f"  (+{hours:g} h)" if k else "")
            _draw_profile(axes, run, state, label=label, zorder=3 + k, solid_capstyle="butt", **line)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, handlelength=3)
        figure.suptitle(title)
        figure.savefig(path, dpi=150, format="png")
        plt.close(figure)


def _when(time: np.datetime64) -> str:
    return time.astype(datetime).strftime("%d %b %Y %H:%M")


def _prepare_profiles(axes: Any, run: ColumnRun, states: Sequence[int]) -> None:
    """Layers, axes and labels of the two profiles, with room for some states."""
    moisture, suction = axes
    deepest = run.bottoms[-1]
    moisture.set_ylim(deepest, 0.0)
    moisture.set_ylabel("depth [cm]")
    tops = np.concatenate(([0.0], run.bottoms[:-1]))
    for k, (top, bottom) in enumerate(zip(tops, run.bottoms, strict=True)):
        for axis in axes:
            if k % 2 == 1:
                axis.axhspan(top, bottom, color=_BAND, lw=0, zorder=0)
            if k > 0:
                axis.axhline(top, color="#888888", lw=0.8, zorder=1)
        for limit in (run.theta_r[k], run.theta_e[k]):
            moisture.plot([limit, limit], [top, bottom], color="#555555", lw=1.0, ls=(0, (1, 2)), zorder=1)
    low, high = run.theta_r.min(), run.theta_e.max()
    margin = 0.06 * (high - low)
    moisture.set_xlim(max(low - margin, 0.0), high + margin)
    moisture.set_xlabel("moisture [cm³ cm⁻³]\n(dotted: residual, saturated)")
    shown = run.psi[list(states)]
    # two decades at least, and whole ones
    greatest = max(10.0 ** np.ceil(np.log10(np.nanmax(shown) * 1.2 + 1e-9)), 100.0 * _LEAST_SUCTION)
    suction.set_xscale("log")
    suction.set_xlim(0.7 * _LEAST_SUCTION, greatest)
    suction.set_xlabel(f"suction [cm]\n(less than {_LEAST_SUCTION:g} drawn as {_LEAST_SUCTION:g})")
    for y, text in _layer_labels(run, tops):
        suction.text(1.02, y, text, transform=suction.get_yaxis_transform(), va="center", fontsize=9)


def _layer_labels(run: ColumnRun, tops: _Array) -> list[tuple[float, str]]:
    """Depths and texts of the layers' names, moved down where they would overlap."""
    labels: list[tuple[float, str]] = []
    line = 0.038 * run.bottoms[-1]
    free = 0.0
    for name, top, bottom in zip(run.layers, tops, run.bottoms, strict=True):
        text = "\n".join((*textwrap.wrap(name, 18), f"{top:.4g} to {bottom:.4g} cm"))
        half = 0.5 * line * (text.count("\n") + 1)
        y = max(0.5 * (top + bottom), free + half)
        free = y + half
        labels.append((y, text))
    return labels


def _draw_profile(axes: Any, run: ColumnRun, state: int, **line: Any) -> list[Any]:
    """Draw the blocks of a state as steps; returns the two lines."""
    depth, theta, psi = _steps(run, state)
    return [*axes[0].plot(theta, depth, **line), *axes[1].plot(np.maximum(psi, _LEAST_SUCTION), depth, **line)]


def _steps(run: ColumnRun, state: int) -> tuple[_Array, _Array, _Array]:
    """Corners of the step profiles of a state: depth, moisture, suction."""
    size = run.size[state]
    depth = run.depth[state, :size]
    edges = np.repeat(np.concatenate(([0.0], depth)), 2)[1:-1]
    return edges, np.repeat(run.theta[state, :size], 2), np.repeat(run.psi[state, :size], 2)


def draw_fronts(run: ColumnRun, states: Sequence[int], window: tuple[int, int], path: Path, title: str) -> None:
    """Draw moisture over time and depth with the paths of the fronts; rain hangs above, sums of fluxes are below.

    Parameters
    ----------
    run : ColumnRun
    states : sequence of int
        Those whose profiles are drawn elsewhere: marked with their numbers.
    window : (int, int)
        First and last state to show.
    path : Path
        File to write, as PNG whatever its ending.
    title : str
    """
    plt = pyplot()
    from matplotlib import dates
    from matplotlib.collections import LineCollection
    from matplotlib.colors import ListedColormap
    from matplotlib.patheffects import Normal, Stroke

    first, last = window
    steps = slice(first, last)
    days = dates.date2num(run.times[first : last + 1])
    with plt.rc_context(STYLE):
        figure, (above, soil, below) = plt.subplots(
            3, 1, figsize=(10, 7.5), height_ratios=(1, 3.2, 1.3), sharex=True, layout="constrained"
        )
        _hang_rain(above, days, run.rain[steps] / run.step_h)

        colours = ListedColormap(plt.get_cmap("YlGnBu")(np.linspace(0.0, 0.92, 256)))
        deepest = run.bottoms[-1]
        image = soil.imshow(
            moisture_grid(run, first, last, _ROWS),
            aspect="auto",
            interpolation="nearest",
            extent=(days[0], days[-1], deepest, 0.0),
            cmap=colours,
            vmin=run.theta_r.min(),
            vmax=run.theta_e.max(),
        )
        figure.colorbar(image, ax=(above, soil, below), label="moisture [cm³ cm⁻³]", shrink=0.6, aspect=30, pad=0.02)
        halo = [Stroke(linewidth=2.6, foreground="white"), Normal()]
        for bottom in run.bottoms[:-1]:
            soil.axhline(bottom, color="black", lw=0.9, ls=(0, (6, 3)))
        paths = [np.column_stack((days[[a - first for a, _ in path]], [z for _, z in path])) for path in
                 front_paths(run, first, last)]  # fmt: skip
        soil.add_collection(LineCollection(paths, colors="black", linewidths=1.1, path_effects=halo, zorder=3))
        tops = np.concatenate(([0.0], run.bottoms[:-1]))
        for name, top, bottom in zip(run.layers, tops, run.bottoms, strict=True):
            if bottom - top > 0.05 * deepest:
                box = {"facecolor": "white", "alpha": 0.8, "lw": 0, "pad": 1.5}
                soil.text(0.992, bottom - 0.015 * deepest, name, transform=soil.get_yaxis_transform(), fontsize=9,
                          ha="right", va="bottom", bbox=box)  # fmt: skip
        soil.set_ylim(deepest, 0.0)
        soil.set_ylabel("depth [cm]")
        for day in days[[state - first for state in states]]:
            soil.axvline(day, color="black", lw=0.8, ls=(0, (1, 2)))
        for day, text in _numbers(days[[state - first for state in states]], 0.02 * (days[-1] - days[0])):
            soil.annotate(text, (day, 1.0), (0, 2), xycoords=soil.get_xaxis_transform(),
                          textcoords="offset points", ha="center", fontsize=9)  # fmt: skip

        for name, colour, style in _FLUXES:
            total = np.concatenate(([0.0], np.cumsum(getattr(run, name)[steps])))
            below.plot(days, total, color=colour, ls=style, lw=1.6, label=name)
        below.set_ylabel("sum since the\nbeginning [mm]")
        below.set_ylim(bottom=0.0)
        figure.legend(*below.get_legend_handles_labels(), loc="outside lower center", ncols=4, handlelength=3)
        below.set_xlim(days[0], days[-1])
        date_axis(below)
        figure.suptitle(title)
        figure.savefig(path, dpi=150, format="png")
        plt.close(figure)


def _hang_rain(axis: Any, days: _Array, rain: _Array) -> None:
    """Bars from the top [mm h-1]; their edges keep single hours visible in a year."""
    wet = rain > 0.0
    axis.bar(days[:-1][wet], rain[wet], np.diff(days)[wet], align="edge", facecolor=_RAIN, edgecolor=_RAIN, lw=0.7)
    axis.set_ylim(max(1.05 * rain.max(initial=0.0), 1.0), 0.0)
    axis.set_ylabel("rain\n[mm h⁻¹]")


def date_axis(axis: Any) -> None:
    """Label an axis of times."""
    from matplotlib import dates

    locator = dates.AutoDateLocator(minticks=3, maxticks=8)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))


def _numbers(places: _Array, nearest: float) -> list[tuple[float, str]]:
    """Number places from 1; those nearer to each other than `nearest` get one text.

    >>> _numbers(np.array([0.0, 0.1, 5.0]), 1.0)
    [(0.05, '1, 2'), (5.0, '3')]
    """
    groups = np.split(np.arange(len(places)), np.flatnonzero(np.diff(places) >= nearest) + 1)
    return [(float(places[group].mean()), ", ".join(str(k + 1) for k in group)) for group in groups]


def animate(run: ColumnRun, window: tuple[int, int], path: Path, title: str) -> None:
    """Draw the profiles step by step, as an animated GIF of 5 MB at most.

    Parameters
    ----------
    run : ColumnRun
    window : (int, int)
        First and last state to show.
    path : Path
        File to write, whatever its ending.
    title : str
    """
    count = _FRAMES
    while True:
        states = np.unique(np.linspace(*window, count).round().astype(int)).tolist()
        content = _gif(_frames(run, states, title), milliseconds=120)
        if len(content) <= _GIF_BYTES or count <= 2:
            break
        count = max(int(0.9 * count * _GIF_BYTES / len(content)), 2)
    path.write_bytes(content)


def _frames(run: ColumnRun, states: Sequence[int], title: str) -> list[_Array]:
    """Images of shape (height, width, 3)."""
    plt = pyplot()
    from matplotlib import dates

    images = []
    days = dates.date2num(run.times[states[0] : states[-1] + 1])
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(8.4, 6), dpi=90, layout="constrained")
        grid = figure.add_gridspec(2, 2, height_ratios=(1, 4.5))
        above = figure.add_subplot(grid[0, :])
        moisture = figure.add_subplot(grid[1, 0])
        axes = (moisture, figure.add_subplot(grid[1, 1], sharey=moisture))
        axes[1].tick_params(labelleft=False)
        _hang_rain(above, days, run.rain[states[0] : states[-1]] / run.step_h)
        above.set_xlim(days[0], days[-1])
        date_axis(above)
        cursor = above.axvline(days[0], color="black", lw=1.2)
        _prepare_profiles(axes, run, states)
        _draw_profile(axes, run, states[0], color="#AAAAAA", lw=4.0, solid_capstyle="butt")
        lines = _draw_profile(axes, run, states[0], color="black", lw=1.6)
        heading = figure.suptitle(f"{title}, {_when(run.times[states[0]])}")
        figure.canvas.draw()
        figure.set_layout_engine("none")  # nothing moves from frame to frame
        for state in states:
            depth, theta, psi = _steps(run, state)
            lines[0].set_data(theta, depth)
            lines[1].set_data(np.maximum(psi, _LEAST_SUCTION), depth)
            cursor.set_xdata([dates.date2num(run.times[state])] * 2)
            heading.set_text(f"{title}, {_when(run.times[state])}")
            figure.canvas.draw()
            images.append(np.array(figure.canvas.buffer_rgba())[:, :, :3])
        plt.close(figure)
    return images


def _gif(images: Sequence[_Array], milliseconds: int) -> bytes:
    from PIL import Image

    frames = [Image.fromarray(image).quantize(32) for image in images]
    buffer = BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=milliseconds, loop=0, optimize=True)
    return buffer.getvalue()
