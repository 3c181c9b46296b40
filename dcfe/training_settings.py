"""How parameters are learned."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from dcfe.losses import Term

Optimiser = Literal["adam", "lbfgs"]
Schedule = Literal["constant", "cosine"]


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of :func:`dcfe.training.train`.

    Attributes
    ----------
    loss : tuple of Term
    optimiser : {"adam", "lbfgs"}
        ``lbfgs``: with a line search of strong Wolfe conditions, full batches only.
    learning_rate : float or None
        None: 0.004 for Adam, 1 for L-BFGS.
    schedule : {"constant", "cosine"}
        ``cosine``: the learning rate falls to 0 over all epochs along half a cosine.
    epochs : int
        Passes over all training data; for L-BFGS groups of `lbfgs_iterations`.
    lbfgs_iterations : int
        Iterations of L-BFGS in an epoch.
    basins_per_batch : int or None
        None: all of them.
    window : int or None
        Steps of a batch that are compared [h]; None: the whole period.
    warmup : int
        Steps that run before each window and are not compared [h]. The first `warmup` steps of the data are never
        compared.
    gradient_through_warmup : bool
        Whether gradients also come from the warm-up; without them a step is quicker.
    clip : float or None
        Largest norm of the gradient of all weights; longer ones are shortened. Not used by L-BFGS, whose line search
        needs the gradient as it is.
    weight_decay : float
        Decay of the weights per step, decoupled from the gradient (AdamW); 0: none.
    validate_every : int
        Epochs between validations.
    patience : int or None
        Stop when the validation loss has not become better for so many epochs.
    checkpoint_every : int
        Epochs between checkpoints.
    seed : int
        Of the random numbers of batches and dropout, when no generator is given.
    """

    loss: tuple[Term, ...] = (Term(),)
    optimiser: Optimiser = "adam"
    learning_rate: float | None = None
    schedule: Schedule = "constant"
    epochs: int = 300
    lbfgs_iterations: int = 5
    basins_per_batch: int | None = None
    window: int | None = None
    warmup: int = 0
    gradient_through_warmup: bool = True
    clip: float | None = 1.0
    weight_decay: float = 0.0
    validate_every: int = 1
    patience: int | None = None
    checkpoint_every: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        problems = [
            f"{name} is {getattr(self, name)!r}; expected one of {', '.join(allowed)}"
            for name, allowed in (("optimiser", ("adam", "lbfgs")), ("schedule", ("constant", "cosine")))
            if getattr(self, name) not in allowed
        ]
        for name, lowest in (
            ("epochs", 1),
            ("lbfgs_iterations", 1),
            ("basins_per_batch", 1),
            ("window", 1),
            ("warmup", 0),
            ("validate_every", 1),
            ("patience", 1),
            ("checkpoint_every", 1),
        ):
            value = getattr(self, name)
            optional = name in ("basins_per_batch", "window", "patience")
            if not (value is None and optional) and (not isinstance(value, int) or value < lowest):
                problems.append(f"{name} is {value!r}; expected a whole number from {lowest} on")
        for name, optional in (("learning_rate", True), ("clip", True)):
            value = getattr(self, name)
            if not (value is None and optional) and not (0.0 < value < math.inf):
                problems.append(f"{name} is {value!r}; expected above 0")
        if not 0.0 <= self.weight_decay < math.inf:
            problems.append(f"weight_decay is {self.weight_decay!r}; expected 0 or above")
        if self.optimiser == "lbfgs":
            if self.basins_per_batch is not None or self.window is not None:
                problems.append("lbfgs needs full batches: leave basins_per_batch and window out, or use adam")
            if self.weight_decay:
                problems.append("lbfgs has no weight_decay: leave it out, or use adam")
        if not self.loss:
            problems.append("loss has no terms")
        if problems:
            raise ValueError("training settings cannot be used:\n  - " + "\n  - ".join(problems))

    def rate(self, epoch: int) -> float:
        """Learning rate of an epoch, counted from 0."""
        start = self.learning_rate or (1.0 if self.optimiser == "lbfgs" else 4e-3)
        if self.schedule == "constant":
            return start
        return start * 0.5 * (1.0 + math.cos(math.pi * epoch / self.epochs))


def make_optimiser(weights: Sequence[torch.nn.Parameter], settings: TrainingSettings) -> torch.optim.Optimizer:
    """Optimiser of the settings for the weights of a learner."""
    rate = settings.rate(0)
    if settings.optimiser == "lbfgs":
        return torch.optim.LBFGS(
            weights,
            lr=rate,
            max_iter=settings.lbfgs_iterations,
            max_eval=25 * settings.lbfgs_iterations,  # the default ends an epoch early when a line search is long
            tolerance_grad=1e-12,
            tolerance_change=1e-15,
            history_size=20,
            line_search_fn="strong_wolfe",
        )
    return torch.optim.AdamW(weights, lr=rate, weight_decay=settings.weight_decay)
