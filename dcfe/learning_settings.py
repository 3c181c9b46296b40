"""What a learning configuration says."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from dcfe.bounds import Scale
from dcfe.dynamic import Mode
from dcfe.training_settings import TrainingSettings

KINDS = ("mlp", "linear", "lstm", "point")
GROUPS = ("train", "validate", "test")
UNGAUGED = "ungauged"
"""Basins whose parameters are wanted but that have no observations."""


IDENTIFIABLE = "identifiable"
"""In place of names: what :func:`dcfe.combinations.identifiable` names."""


@dataclass(frozen=True)
class ObservedFiles:
    """Where observations of one output of the model are.

    Attributes
    ----------
    output : str
        Field of :class:`cfe_bmi.outputs.CfeOutputs`.
    pattern : str
        Path of the CSV file of a basin, with ``{id}``.
    column : str
        Of the values; empty: the only one beside the time.
    unit : str
        Empty: as the header says.
    """

    output: str
    pattern: str
    column: str = ""
    unit: str = ""


@dataclass(frozen=True)
class DataFiles:
    """Where the data are.

    Attributes
    ----------
    catchments : tuple of str
        Paths of CFE configurations: with ``{id}``, with wildcards, or plain.
    forcing : str
        Path of the forcing of a basin, with ``{id}``.
    observed : tuple of ObservedFiles
    attributes : tuple of str
        CSV files with a row for each basin; empty: none.
    id_column : str
        Column with the basins' names; empty: the first.
    columns : tuple of str
        Attributes to learn from; empty: all.
    area : str
        Column with the area [km2]; empty: none.
    truth : str
        CSV file with true parameters, where they are known; empty: none.
    """

    catchments: tuple[str, ...]
    forcing: str
    observed: tuple[ObservedFiles, ...]
    attributes: tuple[str, ...] = ()
    id_column: str = ""
    columns: tuple[str, ...] = ()
    area: str = ""
    truth: str = ""


@dataclass(frozen=True)
class BasinGroups:
    """Which basins are learned from, validated with and tested on.

    Attributes
    ----------
    shares : dict of str to float
        Of basins drawn at random, by group; not used with lists.
    lists : dict of str to tuple of str
        Names of the basins, by group; basins that are in none are left out.
    seed : int
        Of the draw.
    ungauged : tuple of str
        Basins without observations whose parameters are wanted.
    """

    shares: dict[str, float] = field(default_factory=lambda: {"train": 1.0})
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    seed: int = 0
    ungauged: tuple[str, ...] = ()


@dataclass(frozen=True)
class LearnSettings:
    """What is learned, and by what.

    Attributes
    ----------
    parameters : tuple of str
        Raw parameters or combinations (:mod:`dcfe.combinations`), or the one word ``identifiable``; empty: raw
        parameters that are safe to learn (:func:`dcfe.learning_run.default_parameters`).
    ranges : dict of str to (float, float)
        Bounds that replace the calibration ranges.
    scales : dict of str to {"linear", "log"}
    mode : {"static", "dynamic", "operational_average"}
    kind : {"mlp", "linear", "lstm", "point"}
    hidden : tuple of int
        Sizes of the hidden layers; of an LSTM one.
    activation : str
    dropout : float
    start : {"centre", "priors"}
        Where learning starts.
    """

    parameters: tuple[str, ...] = ()
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    scales: dict[str, Scale] = field(default_factory=dict)
    mode: Mode = "static"
    kind: str = "mlp"
    hidden: tuple[int, ...] = (64, 64)
    activation: str = "tanh"
    dropout: float = 0.0
    start: Literal["centre", "priors"] = "centre"


@dataclass(frozen=True)
class LearningConfig:
    """Everything that a learning configuration says.

    Attributes
    ----------
    source : Path
        The file; relative paths begin in its folder.
    data : DataFiles
    periods : dict of str to (datetime64, datetime64)
        First hour of each period, and the hour after its last; empty: all that the forcing files hold is for training.
    basins : BasinGroups
    learn : LearnSettings
    training : TrainingSettings
    output : Path
        Folder for the results.
    tensorboard : bool
        Whether to write events for TensorBoard, too.
    """

    source: Path
    data: DataFiles
    periods: dict[str, tuple[np.datetime64, np.datetime64]]
    basins: BasinGroups
    learn: LearnSettings
    training: TrainingSettings
    output: Path
    tensorboard: bool = False

    @property
    def folder(self) -> Path:
        """Folder in which relative paths begin."""
        return self.source.parent
