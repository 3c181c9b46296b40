"""``python -m benchmarks.figure FILE.json``: how cost grows with basins, steps, layers, fronts and parameters."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

import matplotlib

from benchmarks.machine import ROOT
from benchmarks.record import Row, read, rows_of

OUTPUT = ROOT / "docs" / "figures" / "bench_scaling.png"
COLOURS = ("#1b6ca8", "#d1611f", "#4c8c4a")
MARKERS = ("o", "s", "^")


def curves(rows: Iterable[Row], split: str = "") -> list[tuple[Any, list[Row]]]:
    """Rows by a condition, such as ``threads``; one curve without."""
    found = list(rows)
    if not split:
        return [("", found)] if found else []
    ordered = sorted(found, key=lambda row: float(row.conditions[split]))
    return [(value, list(group)) for value, group in groupby(ordered, key=lambda row: row.conditions[split])]


def draw(
    axes: Any, rows: Iterable[Row], along: str, name: Callable[[Any], str], split: str = "", first: int = 0
) -> None:
    """Draw medians with bars from least to most, against a condition."""
    for k, (value, members) in enumerate(curves(rows, split), first):
        members = sorted(members, key=lambda row: float(row.conditions[along]))
        x = [float(row.conditions[along]) for row in members]
        y = [row.timing.median for row in members]
        bars = [
            [row.timing.median - row.timing.least for row in members],
            [row.timing.most - row.timing.median for row in members],
        ]
        axes.errorbar(
            x, y, yerr=bars, color=COLOURS[k % 3], marker=MARKERS[k % 3], markersize=4.5, linewidth=1.4,
            elinewidth=0.8, capsize=2, label=name(value),
        )  # fmt: skip


def threads(value: Any) -> str:
    """Name of a curve."""
    return f"{value} thread{'s' * (int(value) > 1)}"


def figure(results: dict[str, Any]) -> Any:
    """Draw six panels.

    Raises
    ------
    ValueError
        When there are no rows of scaling among the results.
    """
    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

    rows = {key: rows_of(results, key) for key in PANELS}
    missing = [key for key, found in rows.items() if not found]
    if missing:
        raise ValueError(f"no rows {', '.join(missing)} among the results; expected those of a whole run of make bench")
    with pyplot.rc_context(
        {"font.size": 9, "axes.titlesize": 10, "axes.spines.top": False, "axes.spines.right": False}
    ):
        sheet, grid = pyplot.subplots(2, 3, figsize=(10.5, 6.2), layout="constrained")
        for axes, (key, (title, x_label, y_label, along, split)) in zip(grid.flat, PANELS.items(), strict=True):
            draw(axes, rows[key], along, threads if split else lambda value: "", split)
            axes.set(title=title, xlabel=x_label, ylabel=y_label, xscale="log", yscale="log")
            low, high = axes.get_ylim()
            if high / low < 20.0:
                # less than a decade or so has too few labels of its own
                digits = (1, 2, 3, 5) if high / low > 4.0 else (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
                ticks = [m * 10.0**k for k in range(-3, 5) for m in digits]
                axes.set_yticks([tick for tick in ticks if low <= tick <= high])
            values = sorted({float(row.conditions[along]) for row in rows[key]})
            if all(value.is_integer() for value in values) and values[-1] / values[0] < 20.0:
                axes.set_xticks(values)
            elif values[-1] / values[0] < 5.0:
                axes.set_xticks([0.5 * k for k in range(1, 40) if values[0] - 0.3 <= 0.5 * k <= values[-1] + 0.3])
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_formatter(FuncFormatter(plain))
                axis.set_minor_formatter(NullFormatter())
                axis.set_minor_locator(NullLocator())
            axes.grid(True, which="major", color="0.88", linewidth=0.6)
            if split:
                axes.legend(frameon=False)
    machine, project = results["machine"], results["project"]
    sheet.suptitle(
        f"ngen-arid {project['version']}, {machine['processor']}, {machine['cores']} cores; "
        "medians, bars from least to most",
        fontsize=9, color="0.35",
    )  # fmt: skip
    return sheet


PANELS = {
    "cfe/scaling/basins": ("CFE: basins (240 steps)", "basins", "ns per basin-step", "catchments", "threads"),
    "cfe/scaling/steps": ("CFE: steps (10 basins)", "hourly steps", "ns per basin-step", "steps", ""),
    "dcfe/scaling/parameters": (
        "CFE: run and gradient", "parameters of the gradient", "ns per basin-step", "parameters", "",
    ),
    "lgar/scaling/columns": ("LGAR: columns (240 hours)", "columns", "µs per column-hour", "catchments", "threads"),
    "lgar/scaling/layers": ("LGAR: soil layers", "layers", "µs per sub-step", "layers", ""),
    "lgar/scaling/fronts": ("LGAR: fronts in one layer", "wetting fronts, mean", "µs per sub-step", "fronts", ""),
}  # fmt: skip
"""By name of rows: title, labels, the condition that is drawn against, and that of curves."""


def plain(value: float, _: int) -> str:
    """Label of a tick.

    >>> plain(10000.0, 0), plain(0.5, 0)
    ('10 000', '0.5')
    """
    return f"{value:,.0f}".replace(",", " ") if value >= 10.0 else f"{value:g}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.figure", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--output", type=Path, default=OUTPUT, help="the PNG (default: %(default)s)")
    arguments = parser.parse_args()
    try:
        sheet = figure(read(arguments.file))
    except (OSError, ValueError) as error:
        parser.error(str(error))
    temporary = arguments.output.with_suffix(".part.png")
    sheet.savefig(temporary, dpi=160)
    temporary.replace(arguments.output)


if __name__ == "__main__":
    main()
