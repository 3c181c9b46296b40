"""Entry point of the command ``ngen-arid``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ngen_arid import (
    __version__,
    check,
    columns,
    compare,
    config_convert,
    configure,
    demo,
    describe,
    generate_domain,
    learn,
    lgar_error,
    lumped,
    profile,
    run,
    study,
)
from ngen_arid.console import configure_logging
from ngen_arid.termination import TERMINATED, Terminated, terminated_as_interrupted

_DESCRIPTION = """\
Hydrologic model components with detailed soil processes for NOAA's NextGen framework (ngen).

Type 'ngen-arid COMMAND --help' for what a command needs, with examples.
"""


def build_parser() -> argparse.ArgumentParser:
    """Describe the command line.

    Returns
    -------
    argparse.ArgumentParser
        With one subparser for each command; each sets ``execute``.
    """
    parser = argparse.ArgumentParser(
        prog="ngen-arid",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"ngen-arid {__version__}")
    parser.add_argument("-v", "--verbose", action="store_true", help="say more about what is done")
    parser.add_argument("-q", "--quiet", action="store_true", help="no warnings, only errors")
    commands = parser.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")
    to_run = (configure, config_convert, run, check, compare, lumped)
    for command in (*to_run, columns, profile, lgar_error, learn, study, describe, generate_domain, demo):
        command.add_parser(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; default: those of the process.

    Returns
    -------
    int
        Exit status: 0 success, 1 failure, 2 wrong usage, 130 interrupted, 143 terminated.
    """
    try:
        arguments = build_parser().parse_args(argv)
    except SystemExit as exit_request:  # argparse has printed help or the mistake
        return int(exit_request.code or 0)
    console = configure_logging(verbose=arguments.verbose, quiet=arguments.quiet)
    try:
        with terminated_as_interrupted():
            return int(arguments.execute(arguments))
    except Terminated:
        print("ngen-arid: terminated; what was not finished was not written", file=sys.stderr)
        return TERMINATED
    except KeyboardInterrupt:
        print("ngen-arid: interrupted; what was not finished was not written", file=sys.stderr)
        return 130
    finally:
        console.finish()


if __name__ == "__main__":
    sys.exit(main())
