"""A figure of LGAR's errors: soils and layerings against storms, and their spread by layering."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngen_arid.lgar_error_cases import GROUPS, STORMS
from ngen_arid.lgar_error_runs import VARIANTS, Result
from ngen_arid.soil_figures import STYLE, pyplot

_COLOURS = ("#0072B2", "#E69F00", "#009E73")
_MOST = 40.0
"""Errors beyond have the last colour [%]."""

_TITLE = "LGAR's error of infiltration against the Richards equation"

_TICKS = (-20, -10, -5, 0, 5, 10, 20, 50, 100, 200)


def _median(results: Sequence[Result], variant: str, row: str, storm: str) -> float:
    """Median error of a row of the map [%]."""
    found = [r.error(variant) for r in results if row in (r.case.column, r.case.group) and r.case.storm.name == storm]
    return 100.0 * float(np.nanmedian(found)) if found else np.nan


def draw(results: Sequence[Result], path: Path, title: str = "") -> None:
    """Draw the errors of infiltration, as PNG.

    Parameters
    ----------
    results : sequence of Result
    path : Path
        File to write, whatever its ending.
    title : str
        Default: what is shown.
    """
    plt = pyplot()
    storms = [storm.name for storm in STORMS if any(r.case.storm.name == storm.name for r in results)]
    singles = list(dict.fromkeys(r.case.column for r in results if r.case.group == GROUPS[0]))
    with plt.rc_context(STYLE | {"font.size": 9}):
        figure = plt.figure(figsize=(12, 9.4), layout="constrained")
        grid = figure.add_gridspec(2, len(VARIANTS), height_ratios=(2.1, 1.0))
        for k, variant in enumerate(VARIANTS):
            axis = figure.add_subplot(grid[0, k])
            image = _draw_map(axis, results, variant, singles, storms)
            axis.set_title(f"({'abc'[k]}) {variant}", fontsize=10)
            if k > 0:
                axis.set_yticklabels([])
        figure.colorbar(
            image,
            ax=figure.axes,
            label="median error of infiltration [%]",
            extend="both",
            shrink=0.8,
            aspect=35,
            pad=0.01,
        )
        _draw_spread(figure.add_subplot(grid[1, :]), results)
        suctions = ", ".join(f"{psi:g}" for psi in sorted({r.case.psi for r in results}))
        figure.suptitle(
            f"{title or _TITLE}\n(a) to (c): medians over initial suctions of {suctions} cm, and over columns where "
            "layered; blue: LGAR takes in too much",
            fontsize=11,
        )
        figure.savefig(path, dpi=120, format="png")
        plt.close(figure)


def _draw_map(axis: Any, results: Sequence[Result], variant: str, singles: Sequence[str], storms: Sequence[str]) -> Any:
    """One map: single soils above, layered columns below a gap."""
    rows = [*singles, None, *GROUPS[1:]]
    values: NDArray[Any] = np.full((len(rows), len(storms)), np.nan)
    for i, row in enumerate(rows):
        if row is not None:
            values[i] = [_median(results, variant, row, storm) for storm in storms]
    image = axis.imshow(values, cmap="RdBu", vmin=-_MOST, vmax=_MOST, aspect="auto")
    for (i, j), value in np.ndenumerate(values):
        if np.isfinite(value):
            text = f"{value:+.0f}" if abs(value) >= 0.5 else "0"
            colour = "white" if abs(value) > 0.6 * _MOST else "black"
            axis.text(j, i, text, ha="center", va="center", fontsize=9, color=colour)
    axis.set_xticks(range(len(storms)), [name.replace(" ", "\n") for name in storms])
    axis.set_yticks([i for i, row in enumerate(rows) if row], [row for row in rows if row])
    axis.tick_params(length=0)
    for side in axis.spines.values():
        side.set_visible(False)
    return image


def _draw_spread(axis: Any, results: Sequence[Result]) -> None:
    """Boxes of all cases by layering and variant."""
    width = 0.24
    handles = []
    for k, variant in enumerate(VARIANTS):
        columns = [[100.0 * r.error(variant) for r in results if r.case.group == group] for group in GROUPS]
        boxes = axis.boxplot(
            [[value for value in column if np.isfinite(value)] for column in columns],
            positions=np.arange(len(GROUPS)) + (k - 1) * (width + 0.03),
            widths=width,
            whis=(5.0, 95.0),
            patch_artist=True,
            medianprops={"color": "black", "lw": 1.6},
            boxprops={"facecolor": _COLOURS[k], "alpha": 0.75, "lw": 0.8},
            whiskerprops={"lw": 0.9},
            flierprops={"marker": ".", "markersize": 3, "markeredgecolor": _COLOURS[k]},
        )
        handles.append(boxes["boxes"][0])
    axis.axhline(0.0, color="black", lw=0.8)
    axis.set_yscale("symlog", linthresh=10.0, linscale=0.8)
    axis.set_yticks(_TICKS, [f"{tick:+d}" if tick else "0" for tick in _TICKS])
    axis.minorticks_off()
    axis.set_ylim(-25.0, 350.0)
    axis.grid(axis="y", color="#DDDDDD", lw=0.6)
    axis.set_axisbelow(True)
    labels = [f"{group}\n({sum(r.case.group == group for r in results)} cases)" for group in GROUPS]
    axis.set_xticks(range(len(GROUPS)), labels)
    axis.tick_params(axis="x", length=0)
    axis.set_ylabel("error of infiltration [%]")
    axis.set_title("(d) all storms and initial suctions: median, quartiles, 5 to 95 %, and what is beyond", fontsize=10)
    axis.legend(handles, list(VARIANTS), loc="upper center", bbox_to_anchor=(0.61, 1.0))
