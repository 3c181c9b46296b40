"""``ngen-arid run --ensemble``: a realization over very many catchments."""

from __future__ import annotations

import argparse
import sys

_ONLY = {"scheduler": None, "block": None, "memory": None, "float32": False}
"""Options that only count with --ensemble, and their values when not given."""

_WITHOUT = {"faithful": False, "nexus": None, "nexus_ids": "all", "ngen": "2026"}
"""Options that do not count with it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ensembles to the parser of ``run``."""
    group = parser.add_argument_group("many catchments (docs/scale.md)")
    group.add_argument(
        "--ensemble",
        action="store_true",
        help="run CFE in compiled loops over blocks of catchments, results in DIR/catchments.zarr; the same command "
        "goes on after a kill. Forcing: one NetCDF file or Zarr store; parameters: files, or one table",
    )
    group.add_argument("--block", metavar="N", type=int, help="catchments that run together (default: up to 1024)")
    group.add_argument("--memory", metavar="GB", type=float, help="memory that may be used (default: 4)")
    group.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster, in place of processes here")
    group.add_argument(
        "--float32", action="store_true", help="store results in single precision, relative error up to 6e-8"
    )


def mistake_in(arguments: argparse.Namespace) -> str:
    """Say which options do not go together; empty if all do."""
    names, why = (_WITHOUT, "does not go with") if arguments.ensemble else (_ONLY, "needs")
    given = [f"--{name.replace('_', '-')}" for name, value in names.items() if getattr(arguments, name) != value]
    return f"{', '.join(given)} {why} --ensemble" if given else ""


def execute(arguments: argparse.Namespace) -> int:
    """Carry out the command; returns the exit status."""
    from ngen_ensemble import Settings, run_ensemble
    from ngen_harness import HarnessError

    settings = Settings(
        workers=arguments.workers,
        scheduler=arguments.scheduler,
        block=arguments.block,
        memory=4.0 if arguments.memory is None else arguments.memory,
    )
    try:
        result = run_ensemble(
            arguments.realization,
            catchments=arguments.catchments,
            catchment_ids=arguments.catchment_ids,
            output=arguments.output,
            cwd=arguments.cwd,
            settings=settings,
            float32=arguments.float32,
            substitute=arguments.substitute,
        )
    except HarnessError as error:
        print(f"ngen-arid run: {error}", file=sys.stderr)
        return 1
    print(f"{result.catchments} catchments x {result.hours} hours: {result.path}")
    if result.done_before:
        print(f"{result.done_before} catchments had been done before")
    if result.steps:
        print(
            f"{result.steps:.4g} catchment-steps in {result.seconds:.1f} s, "
            f"{1e9 * result.seconds / result.steps:.0f} ns each; "
            f"{result.read / 1e9:.2f} GB read, {result.written / 1e9:.2f} GB written, "
            f"{result.memory / 1e9:.2f} GB of memory at most"
        )
    print(f"largest imbalance of water over the run: {result.imbalance:.1e} m, in {result.catchment}")
    return 0
