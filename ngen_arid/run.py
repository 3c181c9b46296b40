"""``ngen-arid run``: run an ngen realization without ngen."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ngen_arid import run_ensemble
from ngen_arid.ids import ids_of

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_IDS = "all, ids separated by commas, or a file with them, such as configure's catchments.txt (default: all)"

_DESCRIPTION = """\
Run an ngen realization with Python models and write the files that ngen would write:
one cat-<id>.csv per catchment and one nex-<id>_output.csv per nexus.
"""

_EPILOG = """\
examples:
  all catchments of a hydrofabric, nexuses as the catchments' toid says
    ngen-arid run realization.json --catchments catchments.geojson
  two catchments of a GeoPackage, results in ./results
    ngen-arid run realization.json --catchments basin.gpkg --catchment-ids cat-27,cat-52 \\
        --nexus basin.gpkg --output results
  only the catchments listed in the realization; areas are unknown, so no nexus files
    ngen-arid run realization.json
  what ngen itself would make of it, quirks included
    ngen-arid run realization.json --catchments catchments.geojson --faithful
  a hundred thousand catchments in compiled loops, into one Zarr store, going on after a kill (docs/scale.md)
    ngen-arid run realization.json --ensemble --output results

Paths on the command line are relative to the current folder. Paths in the realization are relative to the
current folder too, as in ngen, or to --cwd. If something fails, also with --faithful where ngen aborts, no output
file is written, and the exit status is 1; with --ensemble the catchments that were done stay in the store.
"""


def add_parser(commands: Subparsers) -> None:
    """Add the command to the command line.

    Parameters
    ----------
    commands : argparse action
        What ``add_subparsers`` returned.
    """
    parser = commands.add_parser(
        "run",
        help="run an ngen realization",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("realization", metavar="REALIZATION", help="the realization JSON")
    add_basin_arguments(parser)
    parser.add_argument("--output", metavar="DIR", help="folder for the results (default: output.root)")
    parser.add_argument(
        "--fast",
        action="store_true",
        help="leave out BMI calls that ngen repeats in every step; same results",
    )
    parser.add_argument(
        "--faithful",
        action="store_true",
        help="do what ngen does even where it silently computes something wrong (default: refuse such a run)",
    )
    add_ngen_argument(parser)
    parser.add_argument(
        "--workers",
        metavar="N",
        type=int,
        default=1,
        help="processes that share the catchments; 0: one for each core; same files (default: 1)",
    )
    add_substitute_argument(parser)
    run_ensemble.add_arguments(parser)
    parser.set_defaults(execute=execute)


def add_basin_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which catchments and nexuses run, and where a realization's paths begin."""
    parser.add_argument("--catchments", metavar="FILE", help="catchments, GeoJSON or GeoPackage (layer divides)")
    parser.add_argument("--catchment-ids", metavar="IDS", type=ids_of, default="all", help=_IDS)
    parser.add_argument("--nexus", metavar="FILE", help="nexuses, GeoJSON or GeoPackage (layer nexus)")
    parser.add_argument("--nexus-ids", metavar="IDS", type=ids_of, default="all", help=_IDS)
    parser.add_argument("--cwd", metavar="DIR", help="folder that paths in a realization are relative to")


def add_ngen_argument(parser: argparse.ArgumentParser) -> None:
    """Add the argument that says which version of ngen is meant."""
    parser.add_argument(
        "--ngen",
        metavar="YEAR",
        choices=("2026", "2025"),
        default="2026",
        help="which ngen: 2026 (default), or 2025 for what the older one does differently",
    )


def add_substitute_argument(parser: argparse.ArgumentParser) -> None:
    """Add the argument that lets Python components replace compiled modules."""
    parser.add_argument(
        "--substitute",
        action="store_true",
        help="run this project's Python components in place of compiled modules (CFE, LASAM), where there are any",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Carry out the command.

    Parameters
    ----------
    arguments : argparse.Namespace
        The parsed command line.

    Returns
    -------
    int
        Exit status.
    """
    mistake = run_ensemble.mistake_in(arguments)
    if mistake:
        print(f"ngen-arid run: {mistake}", file=sys.stderr)
        return 2
    if arguments.ensemble:
        return run_ensemble.execute(arguments)
    from ngen_harness import HarnessError, run  # imports numpy and more: not needed for --help

    try:
        result = run(
            arguments.realization,
            catchments=arguments.catchments,
            catchment_ids=arguments.catchment_ids,
            nexus=arguments.nexus,
            nexus_ids=arguments.nexus_ids,
            output=arguments.output,
            cwd=arguments.cwd,
            faithful_calls=not arguments.fast,
            faithful=arguments.faithful,
            version=arguments.ngen,
            workers=arguments.workers,
            substitute=arguments.substitute,
        )
    except HarnessError as error:
        print(f"ngen-arid run: {error}", file=sys.stderr)
        return 1
    folder = result.paths[0].parent if result.paths else "-"
    print(
        f"{len(result.catchments)} catchments, {len(result.nexuses)} nexuses, {len(result.times)} hourly steps: "
        f"{len(result.paths)} files in {folder}"
    )
    return 0
