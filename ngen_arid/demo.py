"""``ngen-arid demo``: CFE with the classic and the ODE soil, LGAR and Richards over the example basin."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_DESCRIPTION = """\
Make the weather of the example basin (seeded, so always the same), then run CFE, LGAR and the Richards equation over it
through six ngen realizations: CFE with the classic and the ODE soil scheme, alone and behind a provider of constant
evaporative demand, LGAR, and Richards.
"""

_RUNS = ("cfe_classic", "cfe_ode", "cfe_classic_multi", "cfe_ode_multi", "lgar", "richards")


def add_parser(commands: Subparsers) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("demo", help="run the example basin", description=_DESCRIPTION)
    parser.add_argument("--output", metavar="DIR", default="output/demo", help="folder for the results")
    parser.add_argument(
        "--realizations",
        metavar="DIR",
        default="realizations/example_basin",
        help="folder of the example basin in a checkout of the project (default: %(default)s)",
    )
    parser.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Carry out the command; returns the exit status."""
    from ngen_arid.compare import compare
    from ngen_arid.example_basin import write_forcing

    basin = Path(arguments.realizations).resolve()
    if not (basin / f"{_RUNS[0]}.json").is_file():
        print(
            f"ngen-arid demo: {basin} does not hold the example basin; run it from a checkout of the project, "
            f"or say where one is with --realizations",
            file=sys.stderr,
        )
        return 1
    try:
        write_forcing(basin / "forcing")
    except OSError as error:
        print(f"ngen-arid demo: the weather of the example basin cannot be written: {error}", file=sys.stderr)
        return 1
    return compare(
        [basin / f"{name}.json" for name in _RUNS],
        arguments.output,
        catchments=basin / "catchments.geojson",
        nexus=basin / "nexuses.geojson",
        # the realizations' paths begin at the checkout's root, where ngen would be started
        cwd=basin.parents[1],
        title="The example basin: CFE with the classic and the ODE soil scheme, LGAR, Richards",
    )
