"""Calibrations of a study: what a task does, and all of them."""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from basin_study.at_work import sweep, work_in
from basin_study.before_work import check_configs, check_periods, meant
from basin_study.cfe_model import CfeModel
from basin_study.dataset import DataError, Period
from basin_study.dds import dds
from basin_study.descent import CfeGradient, descend
from basin_study.execute import Progress, execute
from basin_study.failures import FAILURES_FILE, write_failures
from basin_study.lgar_model import LgarModel
from basin_study.objective import REFUSED
from basin_study.records import FOLDER, Task, delete_records, undone, write_record
from basin_study.richards_model import RichardsModel
from basin_study.selection import Selection, selected
from basin_study.sources import BasinSource, open_source
from basin_study.study_settings import ModelSettings, StudySettings
from cfe_bmi.config import load_config
from cfe_bmi.config_model import PARTITIONING, SOIL_SCHEMES, CfeConfig
from cfe_bmi.state import CfeOptions

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)

Model = CfeModel | LgarModel

COLUMNS = {"lgar": LgarModel, "richards": RichardsModel}
"""Models of a layered column, by their kind."""


class Study:
    """A study at work: its settings, its source of data, and models of its basins.

    Parameters
    ----------
    settings : StudySettings

    Raises
    ------
    DataError
        When the data are not there.
    """

    def __init__(self, settings: StudySettings):
        self.settings = settings
        data = settings.data
        self.source: BasinSource = open_source(data.kind, data.path, **data.options)

    def basins(self) -> tuple[str, ...]:
        """Basins of the study that its filters leave; see :attr:`selection`."""
        return self.selection.basins

    @functools.cached_property
    def selection(self) -> Selection:
        """Basins that are asked for, and what the filters of the study file leave out of them.

        Raises
        ------
        DataError
            Naming all basins that the data do not have, or saying why none is left.
        """
        asked, settings = self._asked(), self.settings
        try:
            return selected(settings.selection, self.source, asked, settings.periods)
        except DataError as error:
            raise DataError(f"{settings.source}: {error}") from error

    def _asked(self) -> tuple[str, ...]:
        there = self.source.basins()
        asked = self.settings.basins or there
        named = {name for model in self.settings.models for name in model.basins}
        missing = sorted((set(asked) | named) - set(there))
        if missing:
            more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
            raise DataError(
                f"{self.settings.source}: basins: the data have no basin {', '.join(map(repr, missing[:10]))}{more}"
                f"{meant(missing[0], there)}"
            )
        outside = sorted(named - set(asked))
        if outside:
            raise DataError(f"{self.settings.source}: basins of models are not among basins: {', '.join(outside)}")
        if not asked:
            raise DataError(f"{self.settings.source}: the data have no basins")
        return tuple(asked)

    @functools.lru_cache(maxsize=4)  # noqa: B019 - a study lives as long as its process
    def data(self, basin: str, period: str) -> xr.Dataset:
        """Data of a basin in a period, with the warm-up before it."""
        return self.source.read(basin, self.with_warmup(self.settings.periods[period]))

    def with_warmup(self, period: Period) -> Period:
        """Period with the warm-up before it."""
        return period.earlier(self.settings.warmup) if self.settings.warmup else period

    def config(self, basin: str) -> CfeConfig:
        """CFE's configuration of a basin: what is not calibrated.

        Raises
        ------
        DataError, ConfigError
            When there is none, or it cannot be used.
        """
        pattern = self.settings.data.catchments
        if pattern:
            return load_config(Path(pattern.replace("{id}", basin)))
        own = getattr(self.source, "cfe_config", None)
        if own is None:
            raise DataError(
                f"{self.settings.source}: data of kind {self.settings.data.kind} have no configurations of CFE: give "
                f"data.catchments, such as configs/{{id}}.yml"
            )
        found: CfeConfig = own(basin)
        return found

    def model(self, settings: ModelSettings, scheme: str, basin: str, period: str) -> Model:
        """Model of a basin in a period."""
        data, config = self.data(basin, period), self.config(basin)
        rest = (data, settings.space, self.settings.warmup, self.settings.objective)
        if settings.kind in COLUMNS:
            return COLUMNS[settings.kind](config, *rest)
        options = CfeOptions(soil_scheme=SOIL_SCHEMES[settings.soil], partitioning=PARTITIONING[scheme])
        return CfeModel(config, options, *rest)


@functools.lru_cache(maxsize=1)
def study_of(settings_path: str, fingerprint: str) -> Study:
    """Study of this process, read once; workers have their own."""
    from basin_study.study_file import load_study

    return Study(load_study(settings_path))


@dataclass(frozen=True)
class CalibrationWork:
    """Does calibrations of a study file and writes their records; picklable.

    Attributes
    ----------
    path : str
        The study file.
    output : Path
    fingerprint : str
        Of the settings that the records belong to.
    """

    path: str
    output: Path
    fingerprint: str

    def __call__(self, task: Task) -> None:
        """Calibrate one basin with one model, scheme and trial."""
        study = study_of(self.path, self.fingerprint)
        if study.settings.fingerprint != self.fingerprint:
            raise DataError(f"{self.path}: was changed while the study ran: run the command again")
        write_record(task, self.output, self.fingerprint, calibrate(study, task))


def calibrate(study: Study, task: Task) -> dict[str, object]:
    """Calibrate, and return what a record holds.

    Returns
    -------
    dict
        ``parameters`` by name, their ``shares`` of the space, ``objective``, ``trace`` of improvements,
        ``evaluations``, how many were ``refused``, the ``seed``, and ``samples`` of evaluated points.
    """
    settings = study.settings
    chosen = settings.model(task.model)
    model = study.model(chosen, task.scheme, task.basin, "calibration")
    seed = task.seed(settings.seed)
    given = (len(chosen.space), chosen.evaluations, seed)
    if chosen.algorithm == "gradient" and isinstance(model, CfeModel):
        found = descend(model.score, CfeGradient(model), *given, refused_below=REFUSED)
    else:
        found = dds(model.score, *given, refused_below=REFUSED)
    if found.best <= REFUSED:
        raise DataError(
            f"basin {task.basin}: none of {found.evaluations} sets of parameters gives {chosen.name} a score in the "
            f"calibration period: look at its configuration and its observations"
        )
    values = chosen.space.values(found.shares)
    return {
        "parameters": dict(zip(chosen.space.names, values.tolist(), strict=True)),
        "shares": found.shares.tolist(),
        "objective": found.best,
        "trace": [list(pair) for pair in found.trace],
        "evaluations": found.evaluations,
        "refused": found.refused,
        "seed": seed,
        "samples": found.samples,
    }


def calibrate_all(
    settings: StudySettings, workers: int | None = None, scheduler: str | None = None, restart: bool = False
) -> tuple[list[Task], Progress]:
    """Do every calibration of a study that has not been done, then the folds of its regional models.

    Parameters
    ----------
    settings : StudySettings
    workers, scheduler
        As in :func:`basin_study.execute.execute`.
    restart : bool
        Delete earlier calibrations first; not before the study has been found to be in order.

    Returns
    -------
    tasks : list of Task
        All of the study.
    progress : Progress
        Of those that were still to do.

    Raises
    ------
    DataError
        Before any work, when data or earlier results cannot be used, nothing can be written to the output folder, or
        another run works in it.
    """
    from basin_study.regional import plan_of

    study = Study(settings)
    basins = study.basins()
    check_periods(study, basins)
    check_configs(study, basins)
    for step in study.selection.steps:
        logger.log(logging.WARNING if step.removed else logging.INFO, "selection: %s", step.text)
    with work_in(settings.output):
        if restart:
            for model in settings.regional:
                plan_of(study, model, basins)
            delete_records(settings.output)
        if scheduler is None:
            # on a cluster the process may live on another machine
            sweep(settings.output, f"{FOLDER}/*/.*")
        return _calibrate_all(study, basins, workers, scheduler)


def _calibrate_all(
    study: Study, basins: tuple[str, ...], workers: int | None, scheduler: str | None
) -> tuple[list[Task], Progress]:
    from basin_study.regional_run import learn_all, undone_folds
    from basin_study.selection_report import write_selection
    from basin_study.validity import check_objectives

    settings = study.settings
    tasks = settings.tasks(basins)
    own = [task for task in tasks if settings.model(task.model).regional is None]
    todo = undone(own, settings.output, settings.fingerprint)
    check_objectives(study, own)
    folds = undone_folds(study, basins)
    # not before records were found to be of this study
    write_selection(study.selection, settings.output)
    if len(todo) < len(own):
        logger.info("%d of %d calibrations are done already", len(own) - len(todo), len(own))
    progress = Progress(0, [], 0.0)
    if todo:
        work = CalibrationWork(str(settings.source), settings.output, settings.fingerprint)
        progress = execute(todo, work, workers, scheduler)
    learned = learn_all(study, folds, workers, scheduler)
    progress = Progress(
        progress.done + learned.done, progress.failures + learned.failures, progress.seconds + learned.seconds
    )
    # also when nothing was left: a worker that outlived its killed parent may have done the last ones
    if todo or any(left for _, left in folds) or not (settings.output / FAILURES_FILE).exists():
        write_failures(settings.output, progress.failures)
    return tasks, progress


def shares_array(record: dict[str, object]) -> np.ndarray:
    """Shares of a record, as an array."""
    return np.array(record["shares"], dtype=np.float64)
