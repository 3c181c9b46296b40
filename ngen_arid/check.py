"""``ngen-arid check``: say what ngen would make of a realization."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ngen_arid.run import add_basin_arguments, add_ngen_argument, add_substitute_argument

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_DESCRIPTION = """\
Look for everything at which ngen would abort or silently go wrong: in the realization, the hydrofabric, the forcing
files and the models. The models are created and initialized as ngen does it; no time step is made.
"""

_EPILOG = """\
examples:
  everything that a run needs
    ngen-arid check realization.json --catchments catchments.geojson --nexus nexuses.geojson
  one catchment, for a program to read
    ngen-arid check realization.json --catchments basin.gpkg --catchment-ids cat-27 --json

Each finding says where, why and what to change. Exit status: 0 nothing found; 1 ngen would run, but silently go wrong
somewhere, or there is something worth a look; 2 ngen would abort.
"""


def add_parser(commands: Subparsers) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "check",
        help="find what ngen would abort on or silently get wrong",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("realization", metavar="REALIZATION", help="the realization JSON")
    add_basin_arguments(parser)
    add_ngen_argument(parser)
    add_substitute_argument(parser)
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Carry out the command; returns the exit status."""
    from ngen_harness import HarnessError, check  # imports numpy and more: not needed for --help
    from ngen_harness.checking.findings import worst
    from ngen_harness.checking.report import as_json, as_text

    try:
        with _stdout_to_stderr():
            findings = check(
                arguments.realization,
                catchments=arguments.catchments,
                catchment_ids=arguments.catchment_ids,
                nexus=arguments.nexus,
                nexus_ids=arguments.nexus_ids,
                cwd=arguments.cwd,
                version=arguments.ngen,
                substitute=arguments.substitute,
            )
    except HarnessError as error:
        print(f"ngen-arid check: {error}", file=sys.stderr)
        return 2
    print(as_json(findings) if arguments.json else as_text(findings))
    return worst(findings)


@contextlib.contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """Send what compiled code in a model prints to stderr too, so that the report has stdout for itself."""
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        os.dup2(2, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
