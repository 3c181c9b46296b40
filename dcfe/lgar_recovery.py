"""Recovery experiments with LGAR: can learning find soils that are known? Run as ``python -m dcfe.lgar_recovery``."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from dcfe.recovery import write

_DESCRIPTION = """\
Recovery experiments with LGAR: the soils are known, observations are made with them, learning has to find them again.

  single           alpha, n and Ksat of the top layer of columns, by least squares with exact tangents: from runoff
                   alone, and with evapotranspiration and storage; wet and dry columns; errors of observations
  wrong-structure  nine parameters of three layers, where the truth is LGAR, and where it is the Richards equation

Each writes a table (.txt) and numbers (.json) into a folder. Examples:

  python -m dcfe.lgar_recovery single --output results --noise 0 0.05 0.2
  python -m dcfe.lgar_recovery wrong-structure --output results
"""


def build_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m dcfe.lgar_recovery",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="EXPERIMENT")
    for name, run, help_text in (
        ("single", _single, "the top layer of single columns"),
        ("wrong-structure", _structure, "three layers, truth LGAR or Richards"),
    ):
        command = commands.add_parser(name, help=help_text, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        command.add_argument("--output", type=Path, required=True, help="folder for tables and numbers")
        command.add_argument("--seed", type=int, default=0, help="of everything random")
        command.add_argument("--wet", type=int, default=6, help="columns with most runoff")
        command.add_argument("--dry", type=int, default=4, help="columns without any")
        command.add_argument("--starts", type=int, default=5, help="random starts of each column")
        command.add_argument("--steps", type=int, default=2000, help="hours that are learned from")
        command.set_defaults(run=run)
    commands.choices["single"].add_argument(
        "--noise", type=float, nargs="+", default=[0.0, 0.05, 0.2], help="relative errors of observations"
    )
    commands.choices["wrong-structure"].add_argument(
        "--noise", type=float, default=0.05, help="relative error of observations"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run an experiment; returns the exit status."""
    arguments = build_parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    arguments.output.mkdir(parents=True, exist_ok=True)
    arguments.run(arguments)
    return 0


def _single(arguments: argparse.Namespace) -> None:
    from dcfe.lgar_recovery_single import OBSERVED, SingleSettings, run_single

    results = [
        run_single(
            SingleSettings(
                wet=arguments.wet,
                dry=arguments.dry,
                starts=arguments.starts,
                noise=noise,
                observed=observed,
                steps=arguments.steps,
                seed=arguments.seed,
            )
        )
        for noise in arguments.noise
        for observed in OBSERVED
    ]
    write(arguments.output, "lgar_single", [r.text() for r in results], [r.summary() for r in results])


def _structure(arguments: argparse.Namespace) -> None:
    from dcfe.lgar_recovery_structure import StructureSettings, run_structure

    result = run_structure(
        StructureSettings(
            wet=arguments.wet,
            dry=arguments.dry,
            starts=arguments.starts,
            noise=arguments.noise,
            steps=arguments.steps,
            seed=arguments.seed,
        )
    )
    write(arguments.output, "lgar_structure", [result.text()], result.summary())


if __name__ == "__main__":
    sys.exit(main())
