"""``ngen-arid calibrate``, ``evaluate`` and ``report``: studies over many basins."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from basin_study.study_settings import StudySettings

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

PER_PROCESSOR = 16
"""Workers for each processor of this machine that a user may ask for."""

LISTED_FAILURES = 20

_CALIBRATE = """\
Calibrate models of a study in all of its basins. Every finished calibration leaves a small file in the study's output
folder; after an interruption, even by kill -9, the same command goes on with what is left, and the results are the
same, byte for byte. A basin that fails is reported and stops no other one.
"""

_EPILOG = """\
examples:
  ngen-arid calibrate STUDY.yaml
  ngen-arid calibrate STUDY.yaml --workers 8
  ngen-arid calibrate STUDY.yaml --scheduler tcp://head-node:8786     # a Dask cluster that sees the same files
  ngen-arid evaluate STUDY.yaml                                       # tables, and configs/MODEL for each model
  ngen-arid report STUDY.yaml                                         # the hypothesis test, figures, report.html

a study file (all but data may be left out; the values are the defaults):
  data:
    kind: camels_hourly               # camels_daily, camels_hourly, little_washita, ngen, synthetic
    path: DATA                        # a folder that you have filled; nothing is downloaded
    options: {}                       # of the kind, see docs/study_data.md
    catchments: configs/{id}.txt      # configurations of CFE, where the kind has none of its own
  basins: []                          # all
  selection: {}                       # filters: area_discrepancy, max_area, list, min_observed_share; see docs/study.md
  periods:                            # up to, but not including, end
    calibration: {start: 2000-10-01, end: 2008-10-01}
    test: {start: 2009-10-01, end: 2010-10-01}
  warmup_days: 365                    # run before each period, not compared
  models:
    cfe_classic: {soil: classic, partitioning: [schaake, xinanjiang]}
    cfe_ode: {soil: ode, partitioning: [schaake, xinanjiang]}
    # lgar: {kind: lgar, evaluations: 40, basins: ["..."]}, and likewise kind richards, which is far slower
  regional: {}                        # parameters from a network of attributes, see docs/study_regional.md
    # cfe_ode_regional: {soil: ode, partitioning: schaake, folds: 5, epochs: 40, attributes: [...]}
  compare: [[cfe_ode, cfe_classic]]   # for the hypothesis: the more detailed soil first
  calibration:
    algorithm: dds                    # or gradient: L-BFGS-B on the exact gradient of CFE's twin; models may have own
    evaluations: 500                  # runs of the model; a gradient counts for several
    trials: 1
    seed: 0
    objective: kge                    # nse, log_nse, or weights such as {kge: 1, log_nse: 1}
    space: report                     # Table S1 of the report; nwm; or {NAME: [LOWER, UPPER], ...}
  screen: {event_share: 0.1, fewest_events: 10, unanswered: 0.5, delay: 2}   # when data of a basin are in doubt
  output: results
"""


def add_parser(commands: Subparsers) -> None:
    """Add the commands to the command line."""
    for name, help_text, description, run in (
        ("calibrate", "calibrate models in many basins", _CALIBRATE, calibrate),
        (
            "evaluate",
            "score calibrated models in the calibration and the test period",
            "Run every basin of a study with its best parameters in both periods, and write tables of scores, and "
            "the best parameters as configurations of the models and as model_params for realizations of ngen.",
            evaluate,
        ),
        (
            "report",
            "test the hypothesis of a study, and make its figures and report",
            "Evaluate a study, test whether models differ in arid and in humid basins, and write figures and a report "
            "in one HTML file.",
            report,
        ),
    ):
        parser = commands.add_parser(
            name,
            help=help_text,
            description=description,
            epilog=_EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.add_argument("study", metavar="STUDY.yaml", help="the study file")
        if name == "calibrate":
            parser.add_argument("--workers", metavar="N", type=int, help="processes (default: one per processor)")
            parser.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster, in place of processes here")
            parser.add_argument(
                "--restart", action="store_true", help="delete earlier calibrations of this study first"
            )
        parser.set_defaults(execute=_guarded(name, run))


def _guarded(name: str, run):  # type: ignore[no-untyped-def]
    """Turn problems that a user can mend into a message."""

    def execute(arguments: argparse.Namespace) -> int:
        missing = [package for package in ("xarray", "pandas", "scipy", "spotpy") if find_spec(package) is None]
        if missing:
            print(
                f"ngen-arid {name}: needs {', '.join(missing)}: pip install 'ngen-arid[study]'",
                file=sys.stderr,
            )
            return 1
        from basin_study.dataset import DataError
        from basin_study.study_file import load_study
        from ngen_bmi.errors import ConfigError

        try:
            return int(run(load_study(arguments.study), arguments))
        except (ConfigError, DataError, ImportError, OSError, RuntimeError) as error:
            print(f"ngen-arid {name}: {error}", file=sys.stderr)
            return 1

    return execute


def calibrate(settings: StudySettings, arguments: argparse.Namespace) -> int:
    """Carry out ``calibrate``."""
    from basin_study.calibrate import calibrate_all

    most = PER_PROCESSOR * (os.cpu_count() or 1)
    if arguments.workers is not None and not 0 <= arguments.workers <= most:
        print(
            f"ngen-arid calibrate: --workers {arguments.workers}; expected 0 to {most} on this machine: more than one "
            f"for each processor make nothing faster, and each takes memory",
            file=sys.stderr,
        )
        return 2
    tasks, progress = calibrate_all(settings, arguments.workers, arguments.scheduler, arguments.restart)
    done = len(tasks) - len(progress.failures)
    print(
        f"{done} of {len(tasks)} calibrations done ({progress.done} now, {progress.seconds:.0f} s): {settings.output}"
    )
    if progress.failures:
        basins = sorted({failure.task.basin for failure in progress.failures})
        print(f"{len(progress.failures)} failed, in {len(basins)} basins; the reasons:", file=sys.stderr)
        reasons: dict[tuple[str, str], list[str]] = {}
        for failure in progress.failures:
            reasons.setdefault((failure.task.basin, failure.reason), []).append(failure.task.variant)
        for (basin, reason), variants in list(reasons.items())[:LISTED_FAILURES]:
            print(f"  {basin} ({', '.join(variants)}): {reason}", file=sys.stderr)
        if len(reasons) > LISTED_FAILURES:
            print(f"  and {len(reasons) - LISTED_FAILURES} more, all in the report", file=sys.stderr)
    return 0 if done else 1


def evaluate(settings: StudySettings, arguments: argparse.Namespace) -> int:
    """Carry out ``evaluate``."""
    from basin_study.at_work import sweep_results
    from basin_study.calibrate import Study
    from basin_study.evaluate import evaluate as evaluate_study
    from basin_study.evaluate import median_lines, read_records, write_tables
    from basin_study.export import MODEL_PARAMS, export

    study = Study(settings)
    tasks = settings.tasks(study.basins())
    records = read_records(settings, tasks)
    tables = evaluate_study(settings, tasks, study, records)
    sweep_results(settings.output)
    for path in write_tables(tables, settings.output):
        print(path)
    for folder in export(settings, tasks, study, records):
        print(f"{folder}: configurations with the best parameters, and {MODEL_PARAMS} for ngen")
    print("\n".join(median_lines(tables)))
    return 0


def report(settings: StudySettings, arguments: argparse.Namespace) -> int:
    """Carry out ``report``."""
    from basin_study.report import make_report

    for path in make_report(settings):
        print(path)
    return 0
