"""What a study file says, judged and complete."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from basin_study.dataset import Period
from basin_study.objective import Objective
from basin_study.records import Task, fingerprint
from basin_study.screen import LIMITS, Limits
from basin_study.spaces import Space

KINDS = ("cfe", "lgar", "richards")
ALGORITHMS = ("dds", "gradient")

DEFAULT_PERIODS = {"calibration": Period("2000-10-01", "2008-10-01"), "test": Period("2009-10-01", "2010-10-01")}
"""Periods that are compared; the report's water years 2000 to 2008 and 2010, less a year of warm-up before each."""


@dataclass(frozen=True)
class RegionalSettings:
    """How a network of basin attributes gives parameters to basins that it has not seen.

    Attributes
    ----------
    folds : int
        Parts of the basins; the parameters of each part come from a network that learned from the others.
    epochs : int
        Passes over the training basins.
    attributes : tuple of str
        Empty: those of :data:`basin_study.regional_attributes.CANDIDATES` that the data have.
    hidden : tuple of int
        Sizes of the hidden layers; none: a linear model, before the bounds bend it.
    learning_rate : float
    batch : int
        Basins in a step of the training.
    """

    folds: int = 5
    epochs: int = 40
    attributes: tuple[str, ...] = ()
    hidden: tuple[int, ...] = (16,)
    learning_rate: float = 0.02
    batch: int = 16


@dataclass(frozen=True)
class ModelSettings:
    """One model of a study.

    Attributes
    ----------
    name : str
        In tables and figures.
    kind : {"cfe", "lgar", "richards"}
    soil : str
        Soil scheme of CFE, ``classic`` or ``ode``; empty for others.
    schemes : tuple of str
        Surface partitionings of CFE, calibrated one by one, of which the best in the calibration period is kept.
    space : Space
        What is calibrated.
    evaluations : int
        Budget of each calibration, in runs of the model; 0 for a regional model.
    algorithm : {"dds", "gradient", "regional"}
    basins : tuple of str
        Basins that this model is calibrated for; empty: all of the study.
    regional : RegionalSettings or None
        Of a model whose parameters come from a network; None for models that are calibrated basin by basin.
    """

    name: str
    kind: str
    soil: str
    schemes: tuple[str, ...]
    space: Space
    evaluations: int
    algorithm: str = "dds"
    basins: tuple[str, ...] = ()
    regional: RegionalSettings | None = None


@dataclass(frozen=True)
class DataSettings:
    """Where the data of the basins come from.

    Attributes
    ----------
    kind : str
        As in :func:`basin_study.sources.open_source`.
    path : Path or None
    options : dict
        Of the kind.
    catchments : str
        Pattern of CFE's configurations with ``{id}``; empty: those of the source.
    """

    kind: str
    path: Path | None
    options: dict[str, Any] = field(default_factory=dict)
    catchments: str = ""


@dataclass(frozen=True)
class SelectionSettings:
    """Which basins of those asked for are left out before any work; None and empty: no such filter.

    Attributes
    ----------
    area_discrepancy : float or None
        Largest difference of two areas, as a share.
    max_area : float or None
        [km2].
    source : str
        Path of a list of gauges, as the study file has it.
    listed : tuple of str or None
        The gauges in it.
    observed : dict of str to float
        Smallest observed share of each period.
    """

    area_discrepancy: float | None = None
    max_area: float | None = None
    source: str = ""
    listed: tuple[str, ...] | None = None
    observed: dict[str, float] = field(default_factory=dict)

    @property
    def given(self) -> bool:
        """Whether there is any filter."""
        return self != SelectionSettings()


@dataclass(frozen=True)
class StudySettings:
    """A study.

    Attributes
    ----------
    source : Path
        The study file.
    name : str
    data : DataSettings
    basins : tuple of str
        Empty: all that the data have.
    periods : dict of str to Period
        ``calibration`` and ``test``.
    warmup : int
        Steps that run before each period and are not compared [h].
    models : tuple of ModelSettings
    compare : tuple of (str, str)
        Pairs of models for the test of the hypothesis, the one with the more detailed soil first.
    trials : int
        Calibrations of each basin, model and scheme, with seeds of their own.
    seed : int
    objective : Objective
    output : Path
    selection : SelectionSettings
        Filters of basins.
    screen : Limits
        When the data of a basin are flagged; flagged basins stay, and comparisons are repeated without them.
    """

    source: Path
    name: str
    data: DataSettings
    basins: tuple[str, ...]
    periods: dict[str, Period]
    warmup: int
    models: tuple[ModelSettings, ...]
    compare: tuple[tuple[str, str], ...]
    trials: int
    seed: int
    objective: Objective
    output: Path
    selection: SelectionSettings = SelectionSettings()
    screen: Limits = LIMITS

    def model(self, name: str) -> ModelSettings:
        """Model of a name."""
        return next(model for model in self.models if model.name == name)

    def tasks(self, basins: tuple[str, ...]) -> list[Task]:
        """Every set of parameters of these basins: those of one basin together, then dear and regional models."""
        cheap = [model for model in self.models if model.kind == "cfe" and model.regional is None]
        dear = [model for model in self.models if model.kind != "cfe"]
        return [
            Task(basin, model.name, scheme, trial)
            for models in (cheap, dear, self.regional)
            for basin in basins
            for model in models
            if not model.basins or basin in model.basins
            for scheme in model.schemes or ("",)
            for trial in range(1 if model.regional else self.trials)
        ]

    def _near(self, path: str | Path | None) -> str:
        """Path as seen from the study file, wherever the command runs."""
        return os.path.relpath(path, self.source.parent) if path else ""

    @property
    def regional(self) -> tuple[ModelSettings, ...]:
        """Models whose parameters come from a network."""
        return tuple(model for model in self.models if model.regional is not None)

    @property
    def fingerprint(self) -> str:
        """Short text that changes with whatever changes a calibration's result; further basins do not.

        Nor do regional models, whose records have a fingerprint of their own.
        """
        return fingerprint(
            {
                **self._fingerprint_of_data,
                "models": [
                    [
                        m.name,
                        m.kind,
                        m.soil,
                        list(m.schemes),
                        m.evaluations,
                        m.algorithm,
                        [repr(r) for r in m.space.ranges],
                    ]
                    for m in self.models
                    if m.regional is None
                ],
                "calibration": [self.seed, self.trials, list(self.objective.weights)],
            }
        )

    @property
    def _fingerprint_of_data(self) -> dict[str, Any]:
        return {
            "data": [self.data.kind, self._near(self.data.path), self.data.options, self._near(self.data.catchments)],
            # a date may be written in several ways
            "period": [str(time) for time in self.periods["calibration"].bounds],
            "warmup": self.warmup,
        }

    def regional_fingerprint(self, model: ModelSettings, basins: Iterable[str]) -> str:
        """Short text that changes with whatever changes a regional model's parameters; every basin does."""
        return fingerprint(
            {
                **self._fingerprint_of_data,
                "regional": [model.name, model.soil, list(model.schemes), [repr(r) for r in model.space.ranges]],
                "learning": repr(model.regional),
                "basins": sorted(basins),
                "calibration": [self.seed, list(self.objective.weights)],
            }
        )
