"""Regional models of a study: CFE with parameters from a network of basin attributes, cross-validated over basins.

Basins are dealt into folds. For each fold a network learns from the basins of the others, in the calibration period,
and says the parameters of its own, of which it has seen nothing but attributes. A fold is a task with a record; which
basins are in it follows from the seed and from who has attributes, never from observations.
"""

from __future__ import annotations

import functools
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from basin_study.calibrate import Study
from basin_study.cfe_model import CfeModel
from basin_study.dataset import DataError
from basin_study.descent import bounds_of_space
from basin_study.objective import REFUSED
from basin_study.records import Task
from basin_study.regional_attributes import RegionalAttributes, Scale, regional_attributes
from basin_study.study_settings import ModelSettings, StudySettings
from ngen_bmi.errors import ConfigError

if TYPE_CHECKING:
    from cfe_bmi.coefficients import CfeParameters

_Array = NDArray[Any]

logger = logging.getLogger(__name__)

LEAST_IN_FOLD = 2
"""Basins of a fold, and of a training: with fewer nothing can be normalised, or compared."""


@dataclass(frozen=True)
class Plan:
    """A regional model over the basins of a study.

    Attributes
    ----------
    model : ModelSettings
    attributes : RegionalAttributes
    place : array of int, shape (basins,)
        Fold of each basin of `attributes`, from 0.
    fingerprint : str
    """

    model: ModelSettings
    attributes: RegionalAttributes
    place: NDArray[np.int64]
    fingerprint: str

    def tasks(self) -> list[Task]:
        """Folds, as tasks whose basin is ``fold-1`` and so on."""
        return fold_tasks(self.model)

    def basins(self, fold: int) -> tuple[str, ...]:
        """Basins whose parameters a fold gives."""
        return tuple(b for b, k in zip(self.attributes.basins, self.place.tolist(), strict=True) if k == fold)


def fold_tasks(model: ModelSettings) -> list[Task]:
    """Folds of a regional model as tasks."""
    assert model.regional is not None
    return [Task(f"fold-{k + 1}", model.name, model.schemes[0], 0) for k in range(model.regional.folds)]


def plan_of(study: Study, model: ModelSettings, basins: Sequence[str]) -> Plan:
    """Plan of a regional model.

    Raises
    ------
    DataError
        When attributes cannot be used, or there are too few basins for the folds.
    """
    assert model.regional is not None
    table, settings = study.source.attributes(), study.settings
    try:
        chosen = regional_attributes(table, sorted(basins), model.regional.attributes)
    except DataError as error:
        raise DataError(f"{settings.source}: regional.{model.name}: {error}") from error
    folds, count = model.regional.folds, len(chosen.basins)
    if count < LEAST_IN_FOLD * folds:
        raise DataError(
            f"{settings.source}: regional.{model.name}: {count} basins with attributes for {folds} folds; expected at "
            f"least {LEAST_IN_FOLD} in each: choose fewer folds, or more basins"
        )
    # the same folds for all regional models of a study, whose scores are then compared pair by pair
    seed = int.from_bytes(hashlib.sha256(f"{settings.seed}/folds".encode()).digest()[:4], "little")
    place = np.random.default_rng(seed).permutation(count) % folds
    return Plan(model, chosen, place, settings.regional_fingerprint(model, basins))


@functools.lru_cache(maxsize=1)
def _prepared(
    study: Study, model: ModelSettings, basins: tuple[str, ...]
) -> tuple[dict[str, CfeModel], dict[str, str]]:
    """CFE over each basin in the calibration period, and why others have none; read once in a process."""
    models, left_out = {}, {}
    for basin in basins:
        try:
            found = study.model(model, model.schemes[0], basin, "calibration")
        except (DataError, ConfigError, ValueError, OSError) as error:
            left_out[basin] = str(error)
            logger.warning("%s: basin %s is not learned from: %s", model.name, basin, error)
        else:
            assert isinstance(found, CfeModel)
            models[basin] = found
    return models, left_out


def learn_fold(study: Study, plan: Plan, task: Task) -> dict[str, Any]:
    """Train the network of a fold and let it say the parameters of the fold's basins.

    Returns
    -------
    dict
        What a record holds: ``basins`` with the ``shares`` of the space, ``parameters`` and ``objective`` of each (null
        where nothing was observed in the calibration period), ``attributes``, ``trained_on``, why others were
        ``left_out``, the ``loss`` of each epoch, the ``seed``.

    Raises
    ------
    DataError
        When there is nothing to learn from, or no basin whose parameters could be said.
    ImportError
        Without PyTorch.
    """
    chosen, everyone = plan.model, plan.attributes.basins
    models, left_out = _prepared(study, chosen, everyone)
    mine = set(plan.basins(plan.tasks().index(task)))
    training = [basin for basin in everyone if basin in models and basin not in mine]
    if len(training) < LEAST_IN_FOLD:
        reasons = "; ".join(left_out.values()) or "there are no other basins"
        raise DataError(f"{task.name}: {len(training)} basins to learn from: {reasons}")
    configs, missing = {}, {}
    for basin in {*training, *mine}:
        try:
            configs[basin] = study.config(basin).parameters
        except (ConfigError, DataError) as error:
            missing[basin] = str(error)
    targets = sorted(mine - set(missing))
    if not targets:
        raise DataError(f"{task.name}: no basin has a configuration of CFE: {'; '.join(missing.values())}")
    seed = task.seed(study.settings.seed)
    losses, shares = _learn(study.settings, plan, models, configs, training, targets, seed)
    found = {}
    for basin, row in zip(targets, shares, strict=True):
        values = chosen.space.values(row)
        score = models[basin].score(row) if basin in models else REFUSED
        found[basin] = {
            "shares": row.tolist(),
            "parameters": dict(zip(chosen.space.names, values.tolist(), strict=True)),
            "objective": score if score > REFUSED else None,
        }
    return {
        "basins": found,
        "attributes": list(plan.attributes.names),
        "trained_on": training,
        "left_out": {**left_out, **missing},
        "loss": losses,
        "seed": seed,
    }


def _learn(
    settings: StudySettings,
    plan: Plan,
    models: dict[str, CfeModel],
    configs: dict[str, CfeParameters],
    training: list[str],
    targets: list[str],
    seed: int,
) -> tuple[list[float], _Array]:
    """Losses of the training, and shares of the space of the target basins, shape (basins, parameters)."""
    import torch

    from basin_study.regional_data import BlockRunner, attributes_only, learning_data, terms_of
    from basin_study.regional_training import train_regional
    from basin_study.regional_valid import ValidParameters
    from dcfe.networks import ParameterNetwork

    chosen, regional = plan.model, plan.model.regional
    assert regional is not None
    names, order = plan.attributes.names, {basin: k for k, basin in enumerate(plan.attributes.basins)}
    known = plan.attributes.values[[order[basin] for basin in training]]
    scale = Scale(known)
    held = {basin: configs[basin] for basin in training}
    data, hours = learning_data({basin: models[basin] for basin in training}, held, settings.warmup)
    data = replace(data, attribute_names=names, attributes=torch.tensor(scale(known)))
    generator = torch.Generator().manual_seed(seed)
    network = ParameterNetwork(
        bounds_of_space(chosen.space),
        data,
        regional.hidden,
        combine=ValidParameters({r.name: r.high for r in chosen.space.ranges}),
        generator=generator,
    )
    terms = terms_of(settings.objective)
    losses = train_regional(data, network, terms, regional, settings.warmup, BlockRunner(hours), generator)
    unseen = scale(plan.attributes.values[[order[basin] for basin in targets]])
    with torch.no_grad():
        values = network(attributes_only(targets, names, unseen, [configs[basin] for basin in targets]))
    return losses, chosen.space.shares(np.stack([values[name].numpy() for name in chosen.space.names], axis=1))
