"""What the trainer asks of a model, whichever it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import torch
from torch import Tensor

from dcfe.data import BasinData
from dcfe.learner import Learner


class Simulate(Protocol):
    """What the trainer asks of a model."""

    def __call__(
        self, parameters: Mapping[str, Tensor], data: Any, warmup: int = 0, through_warmup: bool = True
    ) -> dict[str, Tensor]:
        """Outputs after the warm-up.

        Parameters
        ----------
        parameters : mapping of str to tensor, shape (basins,) or (basins, steps)
        data : BasinData
            Of the model's own class, such as :class:`dcfe.data.LearningData` for CFE.
        warmup : int
            Steps to run first, whose outputs are left out.
        through_warmup : bool
            Whether gradients also flow through the warm-up.

        Returns
        -------
        dict of str to tensor, shape (basins, steps - warmup)
        """


def check_warmup(warmup: int, steps: int) -> None:
    """Refuse a warm-up that leaves nothing of a period, or is none.

    Raises
    ------
    ValueError
    """
    if not 0 <= warmup < steps:
        raise ValueError(f"the warm-up is {warmup} steps; expected 0 to {steps - 1}, as the period has {steps} steps")


def evaluate(learner: Learner, data: BasinData, simulate: Simulate, warmup: int = 0) -> dict[str, Tensor]:
    """Outputs with learned parameters, without gradients and with the learner in evaluation mode.

    Returns
    -------
    dict of str to tensor, shape (basins, steps - warmup)
    """
    training = learner.training
    learner.eval()
    try:
        with torch.no_grad():
            return simulate(learner(data), data, warmup)
    finally:
        learner.train(training)
