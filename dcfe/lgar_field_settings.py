"""Settings of the field recovery of LGAR's soils."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dcfe.lgar_bounds import table_s2
from dcfe.lgar_data import LgarLearningData, moisture_depth
from dcfe.lgar_synthetic import LAYERS, ColumnSettings
from dcfe.losses import Term
from dcfe.networks import hidden_problem
from dcfe.training_settings import TrainingSettings

FLUXES = ("surface_runoff", "actual_evapotranspiration")

CONTENTS = ("storage", "soil_storage", "ponded_depth")
"""Outputs that are water that is there, as moistures are, rather than water that moves."""

Method = Literal["least-squares", "adam"]
METHODS = ("least-squares", "adam")

CONTENT_SHARE = 0.2
"""Of the deviation of contents over columns and steps: what an error in their level is compared with."""

_SPLIT = 6
"""Stream of random numbers: which columns are held out."""


@dataclass(frozen=True)
class FieldSettings:
    """A field recovery experiment.

    Attributes
    ----------
    columns, points, seed : int
        As in :class:`dcfe.lgar_synthetic.ColumnSettings`.
    steps : int
        Of each of the two periods [h]; the second is never learned from.
    warmup : int
        First steps of the learned period, which are not compared.
    noise : float
        Relative standard deviation of the errors of observations [-].
    storage_noise : float or None
        That of storage and moistures; None: as `noise`. Storage changes by a few per cent of itself.
    unexplained : float
        Share of the variance of the truth that soil properties do not explain [-].
    observed : tuple of str
        Outputs that are judged: LGAR's, and moistures such as ``soil_moisture_5``.
    compared : tuple of str
        Those of them that are learned from. Moisture at a depth jumps when a front passes, which no derivative tells
        of: learning from it stops far from the truth.
    learn : tuple of str
        Parameters that are learned; the others are known.
    share : float
        Of the columns that are learned from.
    method : {"least-squares", "adam"}
        Least squares with the exact derivatives (:mod:`dcfe.lgar_least_squares`), or the gradient of the loss.
    rounds : tuple of int
        Of least squares: most steps of each; the weights of errors are found anew between them.
    epochs, learning_rate, weight_decay
        Of Adam, as in :class:`dcfe.training_settings.TrainingSettings`; the learning rate falls along a cosine.
    hidden : tuple of int
        As in :class:`dcfe.point_network.PointNetwork`.
    """

    columns: int = 60
    points: int = 10
    seed: int = 0
    steps: int = 2000
    warmup: int = 100
    noise: float = 0.05
    storage_noise: float | None = None
    unexplained: float = 0.0
    observed: tuple[str, ...] = (*FLUXES, "storage", "soil_moisture_5", "soil_moisture_30")
    compared: tuple[str, ...] = (*FLUXES, "storage")
    learn: tuple[str, ...] = table_s2(LAYERS)
    share: float = 0.8
    method: Method = "least-squares"
    rounds: tuple[int, ...] = (15, 15, 15)
    epochs: int = 160
    learning_rate: float = 0.01
    weight_decay: float = 0.0
    hidden: tuple[int, ...] = (24,)

    def __post_init__(self) -> None:
        problems = []
        if not 0 <= self.warmup < self.steps:
            problems.append(f"warmup is {self.warmup}; expected 0 to below the steps of a period, {self.steps}")
        if not 0.0 < self.share < 1.0 or not 0 < round(self.share * self.columns) < self.columns:
            problems.append(
                f"share is {self.share} of {self.columns} columns; expected a share that leaves some on both sides"
            )
        unknown = [name for name in self.learn if name not in table_s2(LAYERS)]
        if unknown or not self.learn:
            problems.append(f"learn has {', '.join(unknown) or 'nothing'}; expected names of {', '.join(table_s2(1))}")
        unseen = [name for name in self.compared if name not in self.observed]
        if unseen or not self.compared:
            problems.append(
                f"compared has {', '.join(unseen) or 'nothing'}; expected some of observed, {', '.join(self.observed)}"
            )
        for key in ("learn", "observed", "compared"):
            names = getattr(self, key)
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                problems.append(f"{key} has {', '.join(twice)} more than once; expected each name once")
        if problem := hidden_problem(self.hidden):
            problems.append(problem)
        if self.method not in METHODS:
            problems.append(f"method is {self.method!r}; expected one of {', '.join(METHODS)}")
        if not self.rounds or any(steps < 1 for steps in self.rounds):
            problems.append(f"rounds is {self.rounds}; expected steps of at least one round, 1 or more each")
        if self.storage_noise is not None and not 0.0 <= self.storage_noise < 10.0:
            problems.append(f"storage_noise is {self.storage_noise}; expected a relative deviation, 0 to below 10")
        if problems:
            raise ValueError("field recovery:\n  - " + "\n  - ".join(problems))

    def synthetic(self) -> ColumnSettings:
        """Settings of the columns, over both periods."""
        return ColumnSettings(
            columns=self.columns,
            points=self.points,
            steps=2 * self.steps,
            seed=self.seed,
            noise=self.noise,
            unexplained=self.unexplained,
            observed=self.observed,
        )

    def training(self, data: LgarLearningData) -> TrainingSettings:
        """Settings of the training with these observations."""
        return TrainingSettings(
            loss=loss_terms(data, self.compared, self.warmup),
            learning_rate=self.learning_rate,
            schedule="cosine",
            epochs=self.epochs,
            warmup=self.warmup,
            weight_decay=self.weight_decay,
            seed=self.seed,
        )

    def noises(self) -> dict[str, float]:
        """Relative errors of each output."""
        contents = self.noise if self.storage_noise is None else self.storage_noise
        return {name: contents if is_content(name) else self.noise for name in self.observed}


def split(settings: FieldSettings) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Columns to learn from and columns held out."""
    order = np.random.default_rng([settings.seed, _SPLIT]).permutation(settings.columns)
    count = round(settings.share * settings.columns)
    return np.sort(order[:count]), np.sort(order[count:])


def loss_terms(data: LgarLearningData, outputs: Sequence[str], warmup: int) -> tuple[Term, ...]:
    """A term of the loss for each output, with scales that columns in which hardly anything happens do not rule.

    Squared errors over a column's own deviation fail with LGAR: storage and moisture stay the same for months below the
    wetting front, and half of the columns have no runoff, so that errors in their level, or a little runoff too many,
    would be thousands of deviations. Fluxes have the columns' median deviation added to their own; contents have a
    share (:data:`CONTENT_SHARE`) of the deviation over all columns and steps.

    Parameters
    ----------
    data : LgarLearningData
        The training columns and period.
    outputs : sequence of str
    warmup : int
    """
    return tuple(
        Term(name, epsilon=_epsilon(data.observed[name][:, warmup:]) if is_content(name) else 1.0) for name in outputs
    )


def _epsilon(observed: Tensor) -> float:
    known = torch.isfinite(observed)
    # a column without observations has no deviation; the loss leaves it out, too
    rows = [values[there] for values, there in zip(observed, known, strict=True) if bool(there.any())]
    if not rows:
        return 1.0
    own = torch.stack([values.std(correction=0) for values in rows]).quantile(0.5)
    return float(CONTENT_SHARE * torch.cat(rows).std(correction=0) / own) if float(own) > 0.0 else 1.0


def is_content(name: str) -> bool:
    """Whether an output is water that is there, rather than water that moves."""
    return name in CONTENTS or moisture_depth(name) is not None
