"""``ngen-arid lumped-vs-divides``: one basin as hydrofabric divides and as one catchment."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ngen_arid.configure import MODELS, add_model_arguments, progress, request_of
from ngen_arid.tables import aligned

if TYPE_CHECKING:
    from ngen_arid.lumped_runs import Comparison

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_DESCRIPTION = """\
Run a basin twice: as the divides of its hydrofabric, whose flows are added up with a lag, and lumped into one catchment
with mean attributes and mean forcing, both weighted by area. A table and a figure compare the two.

The lag of a divide is its way along the flowpaths to the outlet at one speed. It is no routing, which is t-route's.
"""

_EPILOG = """\
example:
  ngen-arid lumped-vs-divides basin.gpkg --forcing forcing --model cfe_ode --output lumped

The output folder has divides/ and lumped/run/ (run directories with outputs), flows.csv, scores.csv and lumped.png.
"""


def add_parser(commands: Subparsers) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "lumped-vs-divides",
        help="compare a basin as divides and as one catchment",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("geopackage", metavar="GPKG", help="the hydrofabric")
    parser.add_argument("--output", metavar="DIR", required=True, help="folder for the results; has to be empty or new")
    parser.add_argument("--model", choices=MODELS, required=True, help="what runs in every catchment")
    add_model_arguments(parser)
    parser.add_argument(
        "--celerity", metavar="M/S", type=float, default=1.0, help="speed of the lag [m s-1] (default: %(default)s)"
    )
    parser.add_argument("--workers", metavar="N", type=int, default=1, help="processes that share the divides")
    parser.add_argument("--title", default="", help="title of the figure")
    parser.set_defaults(execute=execute, catchments=None, overwrite=False)


def execute(arguments: argparse.Namespace) -> int:
    """Carry out the command; returns the exit status."""
    from ngen_arid.hydrograph import require_matplotlib
    from ngen_arid.lumped_figure import draw_lumped
    from ngen_arid.lumped_runs import compare_lumped, write_tables
    from ngen_bmi.errors import ConfigError
    from ngen_config.folder import refuse_full
    from ngen_config.request import Request
    from ngen_harness import HarnessError

    output = Path(arguments.output)
    try:
        require_matplotlib()  # rather now than after the runs
        refuse_full(output, overwrite=False)
        comparison = compare_lumped(request_of(arguments, Request), arguments.celerity, progress(), arguments.workers)
        write_tables(comparison, output)
        title = arguments.title or f"{arguments.model}: {Path(arguments.geopackage).stem}, divides and lumped"
        draw_lumped(comparison, output / "lumped.png", title)
    except (ConfigError, HarnessError, OSError, ModuleNotFoundError) as error:
        print(f"ngen-arid lumped-vs-divides: {error}", file=sys.stderr)
        return 1
    print(_text(comparison))
    print(f"\nFigure: {output / 'lumped.png'}")
    return 0


def _text(comparison: Comparison) -> str:
    from ngen_arid.lumped_runs import REFERENCE, scores, why_no_scores

    rows = scores(comparison)
    names = list(rows[0])
    table = why_no_scores(comparison) or aligned(
        names, [[str(r["flow"]), *(f"{float(r[name]):.3f}" for name in names[1:])] for r in rows]
    )
    terms = list(comparison.totals["divides"])
    balance = aligned(
        ["mm", *terms], [[label, *(f"{row[term]:.2f}" for term in terms)] for label, row in comparison.totals.items()]
    )
    low, mean, high = comparison.lag
    return (
        f"{comparison.area:.1f} km2; lags {low:.2f} to {high:.2f} h, mean {mean:.2f} h\n\n"
        f"Against '{REFERENCE}':\n{table}\n\n{balance}"
    )
