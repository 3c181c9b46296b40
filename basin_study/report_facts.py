"""What a report says about how it came about: data, periods, models, seeds, and versions of packages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from basin_study.records import FOLDER, versions_of
from basin_study.study_settings import ModelSettings, StudySettings
from basin_study.versions import versions

if TYPE_CHECKING:
    import pandas as pd

PACKAGES = (
    "ngen-arid",
    "numpy",
    "numba",
    "scipy",
    "pandas",
    "xarray",
    "netCDF4",
    "pyet",
    "spotpy",
    "torch",
    "matplotlib",
)
"""Whose versions may change a number or a figure."""


def study_facts(
    settings: StudySettings, basins: Sequence[str], calibrations: pd.DataFrame, failures: int, source: str = ""
) -> list[tuple[str, str]]:
    """Names and texts for a report.

    Parameters
    ----------
    settings : StudySettings
    basins : sequence of str
        Of the study.
    calibrations : DataFrame
        As :class:`basin_study.evaluate.Tables` has it.
    failures : int
        Calibrations that did not succeed.
    source : str
        What the data say about themselves.
    """
    made = versions_of((settings.output / FOLDER).glob("*/*.json"))
    planned = len(settings.tasks(tuple(basins)))
    done = len(calibrations)
    facts = [
        ("Study", f"{settings.name} ({settings.source.name})"),
        ("Data", _data(settings) + (f"; {source}" if source else "")),
        ("Basins", f"{len(basins)}, of which {calibrations['basin'].nunique() if done else 0} were calibrated"),
        ("Calibrations", _done(planned, done, failures)),
    ]
    facts += [(f"{name.capitalize()} period", str(period)) for name, period in settings.periods.items()]
    facts.append(("Warm-up before each period", f"{settings.warmup / 24.0:g} days, not compared"))
    facts += [(f"Model {model.name}", _model(model)) for model in settings.models]
    facts += [
        ("Objective", settings.objective.text),
        ("Trials", f"{settings.trials} of each basin, model and scheme"),
        ("Seed", f"{settings.seed}; that of each calibration follows from it and the names"),
        ("Fingerprint of the settings", settings.fingerprint),
        ("Versions of the calibrations", "; ".join(made) or "not recorded"),
        (
            "Versions when this report was made",
            ", ".join(f"{name} {text}" for name, text in versions(PACKAGES).items()),
        ),
    ]
    return facts


def _done(planned: int, done: int, failures: int) -> str:
    text = f"{planned} planned, {done} evaluated, {failures} failed"
    if done < planned:
        text += "; a model is left out in basins of which one of its schemes or trials has not been done"
    return text


def _data(settings: StudySettings) -> str:
    data = settings.data
    parts = [data.kind]
    if data.path is not None:
        # the report is the same wherever the study file and its data are
        near = data.path.is_relative_to(settings.source.parent)
        parts.append((data.path.relative_to(settings.source.parent) if near else data.path).as_posix())
    return ", ".join([*parts, *(f"{key} {value}" for key, value in sorted(data.options.items()))])


def _model(model: ModelSettings) -> str:
    parts = [model.kind + (f" with {model.soil} soil" if model.soil else "")]
    if model.schemes:
        parts.append("partitioning " + " or ".join(model.schemes) + (", best kept" if len(model.schemes) > 1 else ""))
    parts.append(f"{_count(len(model.space), 'parameter')} within bounds '{model.space.name}'")
    if model.regional is not None:
        own = model.regional
        parts.append(f"from a network of attributes, {own.epochs} epochs, cross-validated over {own.folds} folds")
    else:
        parts.append(f"{model.algorithm}, {_count(model.evaluations, 'evaluation')}")
    parts.append(f"{_count(len(model.basins), 'basin')} only" if model.basins else "all basins")
    return "; ".join(parts)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
