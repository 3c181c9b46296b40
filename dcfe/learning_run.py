"""A whole run of learning: read, train, judge, and write what was learned."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from cfe_bmi.config_model import parameters_without_effect
from cfe_bmi.state import XINANJIANG, CfeOptions
from dcfe.bounds import Bounds
from dcfe.checkpoint import FILE as CHECKPOINT
from dcfe.combination_bounds import combination_bounds
from dcfe.combinations import COMBINATIONS, CombinationMap, identifiable
from dcfe.data import LearningData
from dcfe.dynamic import DynamicParameterNetwork
from dcfe.evaluation import Evaluation, evaluate_set, medians, write_scores
from dcfe.export import learned_names, write_configurations, write_model_params, write_table
from dcfe.learner import Learner, seeded
from dcfe.learning_config import load_learning_config
from dcfe.learning_data import LearningSet, read_learning_set
from dcfe.learning_settings import IDENTIFIABLE, LearningConfig, LearnSettings
from dcfe.networks import ParameterNetwork, PointParameters
from dcfe.training import TrainingResult, train
from ngen_bmi.errors import ConfigError
from ngen_bmi.files import whole_file

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LearningRun:
    """What :func:`run_learning` returns.

    Attributes
    ----------
    config : LearningConfig
    learning : LearningSet
    learner : Learner
    training : TrainingResult
    evaluation : Evaluation
    names : tuple of str
        Raw parameters that were learned.
    files : dict of str to Path
        What was written, by what it is.
    """

    config: LearningConfig
    learning: LearningSet
    learner: Learner
    training: TrainingResult
    evaluation: Evaluation
    names: tuple[str, ...]
    files: dict[str, Path]


def run_learning(path: str | Path, restart: bool = False) -> LearningRun:
    """Learn as a configuration says, going on from a checkpoint where there is one.

    Parameters
    ----------
    path : str or Path
        The configuration.
    restart : bool
        Begin anew, whatever checkpoint there is.

    Raises
    ------
    ConfigError, ValueError, ParameterError, ArithmeticError, OSError
        When files, settings or data cannot be used, or training breaks down. Checkpoints stay.
    """
    config = load_learning_config(path)
    learning = read_learning_set(config)
    generator = seeded(config.training.seed)
    learner = build_learner(config, learning, generator)
    folder = config.output / "training"
    if restart:
        (folder / CHECKPOINT).unlink(missing_ok=True)
    training_data = learning.part("train", "train")
    log.info("%s", describe(learning))
    result = train(
        training_data,
        learner,
        config.training,
        folder,
        validation=validation_sets(learning),
        generator=generator,
        tensorboard=config.tensorboard,
    )
    evaluation = evaluate_set(learner, learning)
    with torch.no_grad():
        names = learned_names(learner(training_data), training_data)
    combined = tuple(name for name in learner.bounds.names if name in COMBINATIONS)
    files = _write(config, learning, evaluation, result, names, combined)
    return LearningRun(config, learning, learner, result, evaluation, names, files)


def describe(learning: LearningSet) -> str:
    """One line about the data."""
    groups = ", ".join(f"{len(basins)} {group}" for group, basins in learning.basins.items())
    times = learning.data.times
    periods = ", ".join(f"{name} {times[a]} to {times[b - 1]}" for name, (a, b) in learning.periods.items())
    return f"basins: {groups}; periods: {periods}"


def validation_sets(learning: LearningSet) -> dict[str, LearningData]:
    """What early stopping and the choice of the best weights go by: held-out basins, a held-out period, or both."""
    period = "validate" if "validate" in learning.periods else "train"
    sets = {}
    if "validate" in learning.basins:
        sets["basins"] = learning.part("validate", period)
    if period == "validate":
        sets["period"] = learning.part("train", period)
    return sets


def default_parameters(options: CfeOptions) -> tuple[str, ...]:
    """Parameters that discharge can tell apart while the rest is held, in every set of which CFE has a meaning."""
    partitioning = "x_Xinanjiang_shape_parameter" if options.partitioning == XINANJIANG else "refkdt"
    return (partitioning, "slope", "Klf", "Kn", "max_gw_storage", "Cgw")


def build_learner(config: LearningConfig, learning: LearningSet, generator: torch.Generator) -> Learner:
    """Make the learner of a configuration.

    Raises
    ------
    ConfigError
        When it cannot learn from the data.
    """
    settings = config.learn
    data = learning.part("train", "train")
    names = settings.parameters or default_parameters(data.options)
    if names == (IDENTIFIABLE,):
        names = identifiable(data.options)
    # combinations have to be possible in every basin, learned from or not
    bounds = combination_bounds(names, learning.data.parameters, settings.ranges, settings.scales)
    without_effect = parameters_without_effect(data.options)
    carriers = {name: COMBINATIONS[name].carrier if name in COMBINATIONS else name for name in bounds.names}
    useless = sorted(name for name, carrier in carriers.items() if carrier in without_effect)
    if useless:
        raise ConfigError(
            config.source,
            [f"learn.parameters: {', '.join(useless)} has no effect with the schemes of the basins: leave it out"],
        )
    combine = CombinationMap(bounds.names) if set(bounds.names) & set(COMBINATIONS) else None
    learner = _learner(settings, data, bounds, {"start": settings.start, "combine": combine, "generator": generator})
    if isinstance(learner, DynamicParameterNetwork):
        # what is exported are means over the period of training: early stopping has to judge the same
        learner.average_over(learning.data.period(*learning.periods["train"]))
    return learner


def _learner(settings: LearnSettings, data: LearningData, bounds: Bounds, common: dict[str, Any]) -> Learner:
    """Make the learner of the chosen kind."""
    if settings.kind == "point":
        return PointParameters(bounds, data, **common)
    if settings.kind == "lstm":
        return DynamicParameterNetwork(
            bounds, data, settings.mode, settings.hidden[0], dropout=settings.dropout, **common
        )
    activation: Any = settings.activation
    return ParameterNetwork(bounds, data, settings.hidden, activation, dropout=settings.dropout, **common)


def _write(
    config: LearningConfig,
    learning: LearningSet,
    evaluation: Evaluation,
    result: TrainingResult,
    names: tuple[str, ...],
    combined: tuple[str, ...],
) -> dict[str, Path]:
    """Write all results; returns the files and folders by what they are."""
    data, configs, parameters, output = learning.data, learning.configs, evaluation.parameters, config.output
    files = {
        "learned parameters": output / "parameters.csv",
        "scores of each basin": output / "scores.csv",
        "configurations of CFE": output / "configs",
        "realization's model_params": output / "model_params.json",
        "summary": output / "summary.json",
    }
    write_table(files["learned parameters"], data, parameters, (*combined, *names))
    write_scores(files["scores of each basin"], evaluation.scores)
    write_configurations(files["configurations of CFE"], data, configs, parameters)
    write_model_params(files["realization's model_params"], config, data, configs, parameters, names)
    _write_summary(files["summary"], config, learning, evaluation, result, (*combined, *names))
    if find_spec("matplotlib") is None:
        log.warning("no figures: they need matplotlib, pip install 'ngen-arid[plot]'")
    else:
        from dcfe.learning_figures import draw_all

        files["figures"] = output / "figures"
        draw_all(files["figures"], learning, evaluation, result, (*combined, *names))
    return files


def _write_summary(
    path: Path,
    config: LearningConfig,
    learning: LearningSet,
    evaluation: Evaluation,
    result: TrainingResult,
    names: tuple[str, ...],
) -> None:
    """Write what was done and how well it went as JSON."""
    times = learning.data.times
    summary = {
        "configuration": str(config.source),
        "basins": {group: [learning.data.ids[row] for row in rows] for group, rows in learning.basins.items()},
        "periods": {
            name: [str(times[first]), str(times[last - 1])] for name, (first, last) in learning.periods.items()
        },
        "learn": asdict(config.learn),
        "training": asdict(config.training),
        "learned": names,
        "epochs": len(result.history),
        "best_epoch": result.best_epoch,
        "stopped_early": result.stopped_early,
        "medians": [
            {key: None if value != value else value for key, value in row.items()} for row in medians(evaluation.scores)
        ],
    }
    with whole_file(path) as partial:
        partial.write_text(json.dumps(summary, indent=2, allow_nan=False) + "\n", encoding="utf-8")
