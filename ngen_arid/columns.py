"""``ngen-arid columns``: LGAR and Richards columns over one forcing file, with a table and a figure."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from ngen_arid.columns_run import FLUXES, Asked, ColumnSeries, parse_run, run_asked
from ngen_arid.tables import aligned
from ngen_bmi.files import whole_file

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_DESCRIPTION = """\
Run soil columns, LGAR or Richards, over the same forcing file. The output folder then holds
  columns.csv  where the water went in each run [mm]
  columns.png  sums of runoff and evapotranspiration over time, and soil moisture at some depths
or, if something fails, neither.
"""

_EPILOG = """\
example: LGAR as configured, LGAR that ponds nothing, and the Richards equation with deeper roots
  ngen-arid columns FORCING.csv --output output/columns \\
      --run "LGAR" lgar.yml \\
      --run "LGAR, no pond" lgar.yml ponded_depth_max="0 cm" \\
      --run "Richards, roots to 2 m" richards.yml roots.profile=linear roots.depth="200 cm"

LABEL names the run, CONFIG is YAML with 'model: lgar' or 'model: richards'. KEY=VALUE changes a key for this run; keys
of sections are joined by points, values are as in the file. FORCING is read as by 'python -m lgar_bmi'. Seconds are
wall time of the steps, without compilation. The figure needs matplotlib: pip install
'ngen-arid[plot]'.
"""

_HEADERS = ("run", "rain", "infiltration", "runoff", "AET", "percolation", "storage", "ponded", "imbalance", "seconds")


def add_parser(commands: Subparsers) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "columns",
        help="run LGAR and Richards columns over one forcing file, with a table and a figure",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("forcing", metavar="FORCING", help="CSV file with a row for each step")
    parser.add_argument(
        "--run",
        metavar="WORD",
        nargs="+",
        action="append",
        required=True,
        help="LABEL CONFIG [KEY=VALUE ...]; once for each run",
    )
    parser.add_argument("--output", metavar="DIR", required=True, help="folder for the results")
    parser.add_argument("--hours", metavar="N", type=float, help="run only the first hours (default: all)")
    parser.add_argument(
        "--depths",
        metavar="LIST",
        type=parse_depths,
        default=(5.0, 25.0, 60.0),
        help="depths of the soil moisture in the figure [cm] (default: 5,25,60)",
    )
    parser.add_argument("--title", default="", help="title of the figure")
    parser.set_defaults(execute=execute)


def parse_depths(text: str) -> tuple[float, ...]:
    """Read depths separated by commas.

    >>> parse_depths("5, 25")
    (5.0, 25.0)
    """
    try:
        depths = tuple(sorted({float(word) for word in text.split(",")}))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of depths such as 5,25,60") from None
    if len(depths) > 4:
        raise argparse.ArgumentTypeError(f"{len(depths)} depths do not fit into the figure; give at most 4")
    return depths


def execute(arguments: argparse.Namespace) -> int:
    """Carry out the command; returns the exit status."""
    try:
        runs = [parse_run(words) for words in arguments.run]
        series = columns(
            runs,
            arguments.forcing,
            arguments.output,
            hours=arguments.hours,
            depths=arguments.depths,
            title=arguments.title,
        )
    except (ValueError, OSError, RuntimeError, ModuleNotFoundError) as error:
        print(f"ngen-arid columns: {error}", file=sys.stderr)
        return 1
    print(f"{len(series[0].times)} steps from {str(series[0].times[0]).replace('T', ' ')}; sums [mm]\n")
    print(as_text(series))
    print(f"\ncolumns.csv and columns.png: {arguments.output}")
    return 0


def columns(
    runs: Sequence[Asked],
    forcing: str | Path,
    output: str | Path,
    *,
    hours: float | None = None,
    depths: Sequence[float] = (5.0, 25.0, 60.0),
    title: str = "",
) -> list[ColumnSeries]:
    """Run columns, write the table and draw the figure.

    Parameters
    ----------
    runs : sequence of Asked
        With different labels.
    forcing, output : str or Path
    hours : float, optional
        How much of the forcing; default: all.
    depths : sequence of float
        Of the soil moisture in the figure [cm].
    title : str
        Of the figure.

    Raises
    ------
    ConfigError, ForcingError, ParameterError, ValueError, RuntimeError, OSError, ModuleNotFoundError
        Nothing is written then.
    """
    from ngen_arid.columns_figure import draw
    from ngen_arid.hydrograph import require_matplotlib

    require_matplotlib()  # rather now than after the runs
    output = Path(output)
    if output.exists() and not output.is_dir():
        raise NotADirectoryError(f"{output} is a file; --output takes a folder")
    labels = [run.label for run in runs]
    repeated = sorted({label for label in labels if labels.count(label) > 1})
    if repeated:
        raise ValueError(f"several runs are called {', '.join(repeated)}; give each a label of its own")
    series = [run_asked(run, forcing, hours, depths) for run in runs]
    output.mkdir(parents=True, exist_ok=True)
    with ExitStack() as files:
        # they take their names together, at the end
        table, figure = (files.enter_context(whole_file(output / name)) for name in ("columns.csv", "columns.png"))
        table.write_text(as_csv(series), encoding="utf-8")
        draw(series, depths, figure, title)
    return series


def _numbers(series: ColumnSeries) -> tuple[float, ...]:
    """All numbers of a row of the table."""
    sums = (float(series.fluxes[name].sum()) for name in FLUXES)
    return (*sums, series.storage_change, series.ponded, series.imbalance, series.seconds)


def as_text(series: Sequence[ColumnSeries]) -> str:
    """Table for people, in mm."""
    rows = []
    for one in series:
        *water, imbalance, seconds = _numbers(one)
        rows.append((one.label, *(f"{value:.1f}" for value in water), f"{imbalance:.0e}", f"{seconds:.2f}"))
    return aligned(_HEADERS, rows)


def as_csv(series: Sequence[ColumnSeries]) -> str:
    """Table as CSV, in mm and s."""
    units = ("", *("[mm]" for _ in _HEADERS[1:-1]), "[s]")
    lines = [",".join(name + unit for name, unit in zip(_HEADERS, units, strict=True))]
    for one in series:
        label = '"' + one.label.replace('"', '""') + '"'
        lines.append(",".join((label, *(f"{value:.9g}" for value in _numbers(one)))))
    return "\n".join(lines) + "\n"
