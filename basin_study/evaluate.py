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
from basin_study.scoring import COLUMNS, all_scores
from basin_study.study_settings import ModelSettings, StudySettings
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
    """Records of the tasks that have been done.

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
    if not records:
        raise DataError(f"{settings.output}: nothing has been calibrated: run 'ngen-arid calibrate' first")
    return records


def evaluate(
    settings: StudySettings,
    tasks: Sequence[Task],
    study: Study | None = None,
    records: dict[Task, dict[str, Any]] | None = None,
) -> Tables:
    """Run every basin and model with its best parameters in both periods and score it.

    Calibrations that have not been done are left out, with a warning; a basin whose test period was not observed has
    scores of the calibration period only. `study` is the one at work, if there is one: its source has read data;
    `records` are those of :func:`read_records`, if they have been read.

    Raises
    ------
    DataError
        When nothing was calibrated, or records cannot be used.
    """
    import pandas as pd
    from tqdm import tqdm

    study = study or Study(settings)
    records = read_records(settings, tasks) if records is None else records
    if len(records) < len(tasks):
        logger.warning(
            "%d of %d calibrations have not been done; they are left out", len(tasks) - len(records), len(tasks)
        )
    best = best_of(records)
    scores = []
    for (basin, model), task in tqdm(sorted(best.items()), unit="basin", disable=None):
        for period in ("calibration", "test"):
            try:
                row = scores_of(study, settings.model(model), task, shares_array(records[task]), period)
            except DataError as error:
                logger.warning("%s, %s: %s", task.name, period, error)
                continue
            scores.append({"basin": basin, "model": model, "scheme": task.scheme, "period": period} | row)
    chosen = set(best.values())
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
    model = study.model(settings, task.scheme, task.basin, period)
    return all_scores(model.observations.means(model.flow(shares)), model.observations.values)


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
