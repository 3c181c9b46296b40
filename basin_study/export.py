"""Best parameters of a study as other programs read them: configurations of the models, and ngen realizations.

For every model there is a folder ``configs/MODEL`` with

- ``BASIN.yml``: the configuration with the calibrated parameters;
- ``uncalibrated/BASIN.yml``: the same with the parameters that the basin had before;
- ``model_params.json``: the section ``catchments`` of an ngen realization, in which every basin has its uncalibrated
  configuration, and the calibrated parameters as ``model_params``.

Paths in the realization are relative to the folder, for ngen to be run in, so that it can be moved as a whole.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from basin_study.calibrate import Study
from basin_study.dataset import DataError
from basin_study.evaluate import best_of, read_records
from basin_study.lgar_model import base_of, changed
from basin_study.lgar_write import component_names, lgar_formulation, lgar_text
from basin_study.records import Task
from basin_study.study_settings import ModelSettings, StudySettings
from cfe_bmi.config import load_config as load_cfe
from cfe_bmi.config_model import PARTITIONING, SOIL_SCHEMES, CfeConfig, parameters_without_effect
from cfe_bmi.config_write import configuration_text, formulation
from cfe_bmi.state import CfeOptions
from lgar_bmi.config import load_config as load_lgar
from ngen_bmi.files import whole_file

logger = logging.getLogger(__name__)

FOLDER, UNCALIBRATED, MODEL_PARAMS = "configs", "uncalibrated", "model_params.json"

CALIBRATED, BEFORE = "Calibrated parameters", "Parameters before calibration"


class Exported(NamedTuple):
    """One basin and model as text.

    Attributes
    ----------
    calibrated, before : str
        YAML configurations.
    model_params : dict of str to float
        Calibrated values by the names of the component.
    """

    calibrated: str
    before: str
    model_params: dict[str, float]


def export(
    settings: StudySettings,
    tasks: Sequence[Task],
    study: Study | None = None,
    records: dict[Task, dict[str, Any]] | None = None,
) -> list[Path]:
    """Write the best parameters of every basin and model.

    Parameters
    ----------
    settings : StudySettings
    tasks : sequence of Task
        Calibrations; see :func:`basin_study.evaluate.read_records` for what is left out.
    study : Study, optional
        The one at work, if there is one.
    records : dict, optional
        Those of the tasks, if they have been read.

    Returns
    -------
    list of Path
        Folder of each model.

    Raises
    ------
    DataError
        When nothing was calibrated, records cannot be used, or the name of a basin cannot be that of a file.
    ConfigError
        When a model refuses what was written, naming the file and every problem.
    """
    records = read_records(settings, tasks) if records is None else records
    best = sorted(best_of(records).items())
    study = study or Study(settings)
    folders = []
    for model in settings.models:
        chosen = {basin: task for (basin, name), task in best if name == model.name}
        if chosen and model.kind not in _KINDS:
            logger.warning("%s: no configurations are written for models of kind %s", model.name, model.kind)
        elif chosen:
            folder = settings.output / FOLDER / model.name
            _export_model(study, model, {task: records[task] for task in chosen.values()}, folder)
            folders.append(folder)
    return folders


def _export_model(study: Study, model: ModelSettings, records: Mapping[Task, Mapping[str, Any]], folder: Path) -> None:
    (folder / UNCALIBRATED).mkdir(parents=True, exist_ok=True)
    of_kind, block, load = _KINDS[model.kind]
    catchments = {}
    for task, record in records.items():
        basin = task.basin
        _check_name(basin)
        found = of_kind(model, task, study.config(basin), record["parameters"])
        for path, text in (
            (folder / f"{basin}.yml", found.calibrated),
            (folder / UNCALIBRATED / f"{basin}.yml", found.before),
        ):
            with whole_file(path) as partial:
                partial.write_text(text, encoding="utf-8")
            load(path)  # the model's own judgement of what was written
        catchments[basin] = {
            "formulations": [block(f"{UNCALIBRATED}/{basin}.yml", found.model_params)],
            "forcing": {"provider": "CsvPerFeature", "path": f"forcing/{basin}.csv"},
        }
    with whole_file(folder / MODEL_PARAMS) as partial:
        partial.write_text(json.dumps({"catchments": catchments}, indent=2) + "\n", encoding="utf-8")


def _cfe(model: ModelSettings, task: Task, config: CfeConfig, parameters: Mapping[str, float]) -> Exported:
    options = CfeOptions(soil_scheme=SOIL_SCHEMES[model.soil], partitioning=PARTITIONING[task.scheme])
    config = replace(config, options=options)
    before = config.parameters._asdict()
    unused = parameters_without_effect(options)
    return Exported(
        configuration_text(task.basin, config, {**before, **parameters}, CALIBRATED),
        configuration_text(task.basin, config, before, BEFORE),
        {name: parameters[name] for name in model.space.names if name not in unused},
    )


def _lgar(model: ModelSettings, task: Task, config: CfeConfig, parameters: Mapping[str, float]) -> Exported:
    base = base_of(config)
    names = component_names(model.space.names)
    return Exported(
        lgar_text(task.basin, changed(base, parameters), config, CALIBRATED),
        lgar_text(task.basin, base, config, BEFORE),
        {names[name]: parameters[name] for name in model.space.names},
    )


_Export = Callable[[ModelSettings, Task, CfeConfig, Mapping[str, float]], Exported]
_Block = Callable[[str, Mapping[str, float]], dict[str, Any]]

_KINDS: dict[str, tuple[_Export, _Block, Callable[[Path], object]]] = {
    "cfe": (_cfe, formulation, load_cfe),
    "lgar": (_lgar, lgar_formulation, load_lgar),
}
"""What writes each kind of model, and what reads it."""


def _check_name(basin: str) -> None:
    if not basin or Path(basin).name != basin:
        raise DataError(f"basin {basin!r}: is no name of a file, and its configuration cannot be written: rename it")
