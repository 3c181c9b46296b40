"""Judge calibrated models: scores of every basin, model and period, in tables."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from basin_study.calibrate import Study, shares_array
from basin_study.dataset import DataError
from basin_study.record_check import record_problem
from basin_study.records import Task, read_record
from basin_study.regional_run import regional_records
from basin_study.scoring import COLUMNS
from basin_study.study_settings import ModelSettings, StudySettings
from basin_study.validity import changed, judge, stale_text
from ngen_bmi.files import whole_file

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)

SCORES_FILE, PARAMETERS_FILE, CALIBRATIONS_FILE = "scores.csv", "parameters.csv", "calibrations.csv"


class Tables(NamedTuple):
    """Results of a study.

    Attributes
    ----------
    scores : DataFrame
        A row for each basin, model and period, with :data:`basin_study.scoring.COLUMNS`.
    parameters : DataFrame
        A row for each basin, model and parameter: value, share of its bounds.
    calibrations : DataFrame
        A row for each calibration: objective, evaluations, refused, and whether it was chosen.
    """

    scores: pd.DataFrame
    parameters: pd.DataFrame
    calibrations: pd.DataFrame


def best_of(records: dict[Task, dict[str, Any]]) -> dict[tuple[str, str], Task]:
    """Calibration with the largest objective for each basin and model; of equal ones the first scheme and trial."""
    best: dict[tuple[str, str], Task] = {}
    for task in sorted(records):
        key = (task.basin, task.model)
        if key not in best or records[task]["objective"] > records[best[key]]["objective"]:
            best[key] = task
    return best


def read_records(settings: StudySettings, tasks: Sequence[Task]) -> dict[Task, dict[str, Any]]:
    """Records of the tasks that have been done, for basins and models of which every scheme and trial has been.

    The best of fewer schemes or trials would be compared with the best of all; what is left out is logged.

    Raises
    ------
    DataError
        When there are none, or some cannot be used.
    """
    own = [task for task in tasks if settings.model(task.model).regional is None]
    found = {task: read_record(task, settings.output, settings.fingerprint) for task in own}
    records = {task: record for task, record in found.items() if record is not None}
    for task, record in records.items():
        if problem := record_problem(settings.model(task.model), record):
            raise DataError(
                f"{task.path(settings.output)}: {problem}: delete the file and run 'ngen-arid calibrate' again"
            )
    records |= regional_records(settings, tasks)
    if len(records) < len(tasks):
        logger.warning("%d of %d calibrations have not been done", len(tasks) - len(records), len(tasks))
    records = complete(records, tasks)
    if not records:
        raise DataError(
            f"{settings.output}: nothing has been calibrated, or in no basin all schemes and trials of a model: run "
            f"'ngen-arid calibrate' first"
        )
    return records


def evaluate(
    settings: StudySettings,
    tasks: Sequence[Task],
    study: Study | None = None,
    records: dict[Task, dict[str, Any]] | None = None,
) -> Tables:
    """Run every basin and model with its best parameters in both periods and score it.

    A model is left out in basins of which a scheme or trial has not been done. A basin whose test period was not
    observed has scores of the calibration period only. `study` is the one at work, if there is one: its source has read
    data; `records` are those of :func:`read_records`, if they have been read.

    Raises
    ------
    DataError
        When nothing was calibrated, or records cannot be used; also when parameters do not give the objective of their
        calibration any more, since data, configurations or the program were changed.
    """
    import pandas as pd
    from tqdm import tqdm

    study = study or Study(settings)
    records = read_records(settings, tasks) if records is None else records
    best = best_of(records)
    chosen = set(best.values())
    scores, stale = [], []
    for task in tqdm(sorted(records), unit="calibration", disable=None):
        model, record = settings.model(task.model), records[task]
        for period in ("calibration", "test") if task in chosen else ("calibration",):
            try:
                row, objective = judge(study, model, task, shares_array(record), period)
            except DataError as error:
                logger.warning("%s, %s: %s", task.name, period, error)
                continue
            if period == "calibration" and (problem := changed(task, record, objective)):
                stale.append(problem)
            if task in chosen:
                scores.append({"basin": task.basin, "model": task.model, "scheme": task.scheme, "period": period} | row)
    if stale:
        raise DataError(stale_text(stale, settings))
    calibrations = [
        {
            "basin": task.basin,
            "model": task.model,
            "scheme": task.scheme,
            "trial": task.trial,
            "objective": record["objective"],
            "evaluations": record["evaluations"],
            "refused": record["refused"],
            "chosen": task in chosen,
        }
        for task, record in sorted(records.items())
    ]
    parameters = [
        {"basin": basin, "model": model, "scheme": task.scheme, "parameter": name}
        | {"value": records[task]["parameters"][name], "share": share}
        for (basin, model), task in sorted(best.items())
        for name, share in zip(settings.model(model).space.names, records[task]["shares"], strict=True)
    ]
    head = ["basin", "model", "scheme", "period", *COLUMNS]
    return Tables(pd.DataFrame(scores, columns=head), pd.DataFrame(parameters), pd.DataFrame(calibrations))


def scores_of(
    study: Study, settings: ModelSettings, task: Task, shares: NDArray[np.float64], period: str
) -> dict[str, float]:
    """Scores of a model with shares of its space, in the basin and with the scheme of a task."""
    return judge(study, settings, task, shares, period)[0]


def complete(records: dict[Task, dict[str, Any]], tasks: Sequence[Task]) -> dict[Task, dict[str, Any]]:
    """Records of the basins and models of which every scheme and trial has been done."""
    lacking = {(task.basin, task.model) for task in tasks if task not in records}
    partial = sorted({(task.basin, task.model) for task in records} & lacking)
    if partial:
        logger.warning(
            "%d basins have a model of which some schemes or trials have not been done; it is left out there: %s",
            len({basin for basin, _ in partial}),
            ", ".join(f"{basin} {model}" for basin, model in partial[:5]) + (", ..." if len(partial) > 5 else ""),
        )
    return {task: record for task, record in records.items() if (task.basin, task.model) not in lacking}


def write_table(table: pd.DataFrame, path: Path, index: bool = False) -> Path:
    """Write a table as CSV with every digit; the file appears whole or not at all."""
    with whole_file(path) as partial:
        table.to_csv(partial, index=index, lineterminator="\n")
    return path


def write_tables(tables: Tables, output: Path) -> list[Path]:
    """Write all tables; see :func:`write_table`."""
    output.mkdir(parents=True, exist_ok=True)
    names = (SCORES_FILE, PARAMETERS_FILE, CALIBRATIONS_FILE)
    return [write_table(table, output / name) for table, name in zip(tables, names, strict=True)]


def median_lines(tables: Tables) -> list[str]:
    """Medians over basins of the main scores, by model and period, as lines that align."""
    lines = [f"{'model':16} {'period':12} {'basins':>6} {'KGE':>7} {'NSE':>7} {'log-NSE':>8} {'no KGE':>7}"]
    for (model, period), rows in tables.scores.groupby(["model", "period"]):
        lines.append(
            f"{model:16} {period:12} {len(rows):6d} {rows['kge'].median():7.3f} {rows['nse'].median():7.3f} "
            f"{rows['log_nse'].median():8.3f} {int(rows['kge'].isna().sum()):7d}"
        )
    return lines
