"""``ngen-arid generate-domain``: a generated domain of any size, to try out and to measure."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_DESCRIPTION = """\
Write forcing, a table of parameters and a realization of a generated domain: catchments from arid to humid with soils
of all classes. Nothing in it is data. The same numbers give the same files.
"""

_EPILOG = """\
examples:
  a thousand catchments and ten days, and their run
    ngen-arid generate-domain --catchments 1000 --hours 240 --output domain
    ngen-arid run domain/realization.json --cwd domain --ensemble --output results
"""


def add_parser(commands: Subparsers) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "generate-domain",
        help="write a generated domain of many catchments",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--catchments", metavar="N", type=int, default=1000, help="(default: %(default)s)")
    parser.add_argument("--hours", metavar="H", type=int, default=8760, help="(default: %(default)s)")
    parser.add_argument("--seed", metavar="S", type=int, default=1, help="(default: %(default)s)")
    parser.add_argument(
        "--layout", choices=("netcdf", "zarr"), default="netcdf", help="of the forcing (default: %(default)s)"
    )
    parser.add_argument("--workers", metavar="N", type=int, default=1, help="processes; same files (default: 1)")
    parser.add_argument("--output", metavar="DIR", required=True, help="folder for the files")
    parser.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Carry out the command; returns the exit status."""
    from ngen_arid.generated_domain import generate

    begin = time.perf_counter()
    try:
        paths = generate(
            arguments.output,
            arguments.catchments,
            arguments.hours,
            arguments.seed,
            arguments.layout,
            arguments.workers,
        )
    except ModuleNotFoundError as error:
        print(f"ngen-arid generate-domain: {error}: pip install 'ngen-arid[scale]'", file=sys.stderr)
        return 1
    except (OSError, ValueError) as error:
        print(f"ngen-arid generate-domain: {error}", file=sys.stderr)
        return 1
    seconds = time.perf_counter() - begin
    print(f"{arguments.catchments} catchments x {arguments.hours} hours in {seconds:.0f} s: {paths[-1].parent}")
    print(f"run them: ngen-arid run {paths[-1]} --cwd {paths[-1].parent} --ensemble --output {paths[-1].parent}/output")
    return 0
