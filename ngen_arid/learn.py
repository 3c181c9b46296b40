"""``ngen-arid learn``: learn parameters of CFE from attributes, forcing and observations of many basins."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_DESCRIPTION = """\
Learn parameters of CFE: a network from attributes of basins to parameters, trained through the differentiable twin of
CFE on observed discharge (or other outputs), or the parameters of each basin by themselves. The output folder then
holds
  parameters.csv       learned parameters of every basin, beside the values that were given
  configs/<basin>.yml  configurations of CFE with them, ready to run
  model_params.json    section "catchments" of an ngen realization, with them as model_params
  scores.csv           NSE, KGE, bias and correlation of every basin in every period
  summary.json         what was done, and medians of the scores
  figures/             course of training, scores, hydrographs, and learned against true parameters where known
  training/            metrics of every epoch, and the checkpoint
"""

_EPILOG = """\
examples:
  make a small example with synthetic basins, and learn from it
    ngen-arid learn --example output/example
    ngen-arid learn output/example/LEARNING.yaml
  go on where a run was interrupted, even by kill -9: the same command again; the results are the same, bit for bit
    ngen-arid learn LEARNING.yaml
  begin anew, such as after a change of the configuration
    ngen-arid learn LEARNING.yaml --restart

a configuration needs no more than this (the example explains every key):
  data:
    catchments: configs/{id}.yml      # configurations of CFE: schemes, unit hydrograph, values to hold
    forcing: forcing/{id}.csv         # hourly, as 'python -m cfe_bmi' reads it
    attributes: attributes.csv        # a row for each basin, its name in the first column
    observed:
      q_out:
        file: observed/{id}.csv       # time and discharge; hours may be missing
        unit: mm h-1
  periods:                            # up to, but not including, end
    train: {start: 2000-10-01, end: 2005-10-01}
    test: {start: 2005-10-01, end: 2010-10-01}
  basins: {train: 0.8, test: 0.2}
  learn:
    parameters: [refkdt, slope, Klf, Kn, max_gw_storage, Cgw]

{id} stands for a basin's name. Times are the beginnings of hours. Learning needs PyTorch: pip install
'ngen-arid[learn]'; figures need matplotlib: pip install 'ngen-arid[plot]'.
"""


def add_parser(commands: Subparsers) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "learn",
        help="learn parameters of CFE from many basins",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("configuration", metavar="LEARNING.yaml", nargs="?", help="what to learn, and from what")
    parser.add_argument("--restart", action="store_true", help="begin anew, whatever checkpoint there is")
    parser.add_argument("--example", metavar="DIR", help="write an example into a new folder, and do nothing else")
    parser.add_argument(
        "--basins", metavar="N", type=int, help="basins of the example, at least 4 (default: 40)", default=None
    )
    parser.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Carry out the command; returns the exit status."""
    if (arguments.configuration is None) == (arguments.example is None):
        print("ngen-arid learn: give either a configuration or --example DIR (see --help)", file=sys.stderr)
        return 2
    if arguments.example is None and arguments.basins is not None:
        print("ngen-arid learn: --basins goes with --example", file=sys.stderr)
        return 2
    if find_spec("torch") is None:
        print("ngen-arid learn: learning needs PyTorch: pip install 'ngen-arid[learn]'", file=sys.stderr)
        return 1
    try:
        if arguments.example is not None:
            return _example(Path(arguments.example), 40 if arguments.basins is None else arguments.basins)
        return _learn(arguments.configuration, arguments.restart)
    except KeyboardInterrupt:
        print("ngen-arid learn: interrupted; the same command goes on from the last checkpoint", file=sys.stderr)
        return 130
    except (ValueError, ArithmeticError, OSError, RuntimeError, ModuleNotFoundError) as error:
        notes = "".join(f"\n  {note}" for note in getattr(error, "__notes__", ()))
        print(f"ngen-arid learn: {error}{notes}", file=sys.stderr)
        return 1


def _example(folder: Path, basins: int) -> int:
    from dcfe.learning_example import write_example

    path = write_example(folder, basins)
    print(f"{basins} synthetic basins in {folder}; learn from them with\n  ngen-arid learn {path}")
    return 0


def _learn(configuration: str, restart: bool) -> int:
    from dcfe.evaluation import as_table, medians
    from dcfe.learning_run import describe, run_learning

    run = run_learning(configuration, restart)
    training = run.training
    end = f"stopped early after {len(training.history)}" if training.stopped_early else f"{len(training.history)}"
    print(describe(run.learning))
    print(f"learned {', '.join(run.names)} in {end} epochs; weights of epoch {training.best_epoch}\n")
    print(f"medians over basins:\n{as_table(medians(run.evaluation.scores))}\n")
    width = max(map(len, run.files))
    for what, path in run.files.items():
        print(f"{what.ljust(width)}  {path}")
    return 0
