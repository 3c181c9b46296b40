"""Whether calibrations still hold: parameters have to give the objective that they gave when they were found.

Records know the settings of their study, not the content of data and configurations, nor of the program. What of these
was changed since, and matters, shows here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from basin_study.dataset import DataError
from basin_study.objective import weighted_score
from basin_study.record_check import record_problem
from basin_study.records import Task, read_record
from basin_study.scoring import all_scores
from basin_study.study_settings import ModelSettings, StudySettings

if TYPE_CHECKING:
    from basin_study.calibrate import Study

SAME = 1e-3
"""Difference of objectives that rounding may make on another machine, where a threshold is crossed a step later."""

SHOWN = 10


def judge(
    study: Study, settings: ModelSettings, task: Task, shares: NDArray[np.float64], period: str
) -> tuple[dict[str, float], float]:
    """Scores, and the study's objective, of a model with shares of its space in the basin and scheme of a task."""
    model = study.model(settings, task.scheme, task.basin, period)
    simulated, observed = model.observations.means(model.flow(shares)), model.observations.values
    objective = weighted_score(simulated, observed, np.array(study.settings.objective.weights))
    return all_scores(simulated, observed), float(objective)


def changed(task: Task, record: Mapping[str, Any], objective: float) -> str:
    """Say that a calibration's parameters do not give its objective any more; empty when they do."""
    kept = record["objective"]
    if math.isnan(kept) or abs(objective - kept) <= SAME * max(1.0, abs(kept)):
        return ""
    return f"{task.name}: {kept:.6g} when it was calibrated, {objective:.6g} now"


def stale_text(stale: Sequence[str], settings: StudySettings) -> str:
    """Message for what :func:`changed` found."""
    more = f" and {len(stale) - SHOWN} more" if len(stale) > SHOWN else ""
    head = (
        f"{settings.output}: parameters do not give the objective of their calibration any more{more}: data, "
        f"configurations or the program were changed since. Undo that, or calibrate anew with --restart, or into "
        f"another output folder"
    )
    return "\n  - ".join((head, *stale[:SHOWN]))


def check_objectives(study: Study, tasks: Sequence[Task]) -> None:
    """Refuse to go on with a study of which calibrations do not hold any more; looks at the first basin that has any.

    Raises
    ------
    DataError
        Naming its calibrations that do not give their objective, or whose records cannot be used.
    """
    settings = study.settings
    for _, group in itertools.groupby(tasks, key=lambda task: task.basin):
        found = {task: read_record(task, settings.output, settings.fingerprint) for task in group}
        done = {task: record for task, record in found.items() if record is not None}
        stale = []
        for task, record in done.items():
            model = settings.model(task.model)
            if not record_problem(model, record):
                shares = np.array(record["shares"], dtype=np.float64)
                _, objective = judge(study, model, task, shares, "calibration")
                if problem := changed(task, record, objective):
                    stale.append(problem)
        if stale:
            raise DataError(stale_text(stale, settings))
        if done:
            return
