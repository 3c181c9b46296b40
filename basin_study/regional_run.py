"""Carry out the folds of regional models, and read what they left behind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from basin_study.calibrate import Study, study_of
from basin_study.dataset import DataError
from basin_study.execute import Failure, Progress, execute
from basin_study.record_check import parameter_problem
from basin_study.records import Task, read_record, undone, write_record
from basin_study.regional import Plan, fold_tasks, learn_fold, plan_of
from basin_study.study_settings import StudySettings


@dataclass(frozen=True)
class RegionalWork:
    """Does folds of a regional model of a study file and writes their records; picklable.

    Attributes
    ----------
    path : str
        The study file.
    output : Path
    study, model : str
        Fingerprint of the study, name of the model.
    basins : tuple of str
    fingerprint : str
        Of the model, that the records belong to.
    """

    path: str
    output: Path
    study: str
    model: str
    basins: tuple[str, ...]
    fingerprint: str

    def __call__(self, task: Task) -> None:
        """Learn one fold."""
        study = study_of(self.path, self.study + self.fingerprint)
        plan = plan_of(study, study.settings.model(self.model), self.basins)
        if plan.fingerprint != self.fingerprint:
            raise DataError(f"{self.path}: was changed while the study ran: run the command again")
        write_record(task, self.output, self.fingerprint, learn_fold(study, plan, task))


def undone_folds(study: Study, basins: tuple[str, ...]) -> list[tuple[Plan, list[Task]]]:
    """Plans of the regional models of a study, each with the folds that have no record.

    Raises
    ------
    DataError
        When a plan cannot be made, or records cannot be used.
    ImportError
        Without PyTorch, if there is something to learn.
    """
    found = []
    for model in study.settings.regional:
        plan = plan_of(study, model, basins)
        found.append((plan, undone(plan.tasks(), study.settings.output, plan.fingerprint)))
    if any(todo for _, todo in found):
        from dcfe import DifferentiableCfe  # noqa: F401 - says how to get PyTorch, before any work
    return found


def learn_all(
    study: Study, folds: Iterable[tuple[Plan, list[Task]]], workers: int | None = None, scheduler: str | None = None
) -> Progress:
    """Do what :func:`undone_folds` found; of a fold that fails, and of basins without attributes, every basin fails."""
    settings = study.settings
    done, failures, seconds = 0, [], 0.0
    for plan, todo in folds:
        reasons: dict[Task, str] = {}
        if todo:
            basins = (*plan.attributes.basins, *plan.attributes.without)
            work = RegionalWork(
                str(settings.source), settings.output, settings.fingerprint, plan.model.name, basins, plan.fingerprint
            )
            progress = execute(todo, work, workers, scheduler)
            seconds += progress.seconds
            reasons = {failure.task: failure.reason for failure in progress.failures}
        failures += [_failure(plan, basin, reason) for basin, reason in sorted(plan.attributes.without.items())]
        for fold, task in enumerate(plan.tasks()):
            record = read_record(task, settings.output, plan.fingerprint) or {"basins": {}, "left_out": {}}
            for basin in plan.basins(fold):
                if basin not in record["basins"]:
                    reason = record["left_out"].get(basin, f"{task.basin}: {reasons.get(task, 'was not learned')}")
                    failures.append(_failure(plan, basin, reason))
            done += len(record["basins"]) if task in todo else 0
    return Progress(done, failures, seconds)


def _failure(plan: Plan, basin: str, reason: str) -> Failure:
    return Failure(Task(basin, plan.model.name, plan.model.schemes[0], 0), reason)


def regional_records(settings: StudySettings, tasks: Sequence[Task]) -> dict[Task, dict[str, Any]]:
    """Parameters of basins from the records of folds, in the form of records of calibrations.

    Parameters
    ----------
    settings : StudySettings
    tasks : sequence of Task
        Of all basins of the study, as :meth:`basin_study.study_settings.StudySettings.tasks` gives them.

    Raises
    ------
    DataError
        When records cannot be used.
    """
    found: dict[Task, dict[str, Any]] = {}
    for model in settings.regional:
        mine = {task.basin: task for task in tasks if task.model == model.name}
        mark = settings.regional_fingerprint(model, mine)
        for fold in fold_tasks(model):
            record = read_record(fold, settings.output, mark)
            for basin, entry in (record or {"basins": {}})["basins"].items():
                if problem := parameter_problem(model, entry):
                    raise DataError(
                        f"{fold.path(settings.output)}: basin {basin}: {problem}: delete the file and run 'ngen-arid "
                        f"calibrate' again"
                    )
                objective = np.nan if entry["objective"] is None else entry["objective"]
                found[mine[basin]] = {**entry, "objective": objective, "evaluations": 0, "refused": 0}
    return found
