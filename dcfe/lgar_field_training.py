"""Train the network of a field recovery, by least squares or by Adam."""

from __future__ import annotations

from typing import NamedTuple

from dcfe.learner import Learner
from dcfe.lgar_data import LgarLearningData
from dcfe.lgar_field_settings import FieldSettings
from dcfe.lgar_least_squares import search
from dcfe.lgar_runner import LgarRunner
from dcfe.lgar_weights import reweighted, weights_of_loss
from dcfe.losses import Loss
from dcfe.simulate import evaluate
from dcfe.training import train

FLOOR_SHARE = 0.1
"""Of an output's scale in the loss: the floor of its errors' deviations, since outputs may be 0."""

LATER_DAMPING = 0.01
"""At the start of the rounds after the first, which begin near their end."""


class FieldTraining(NamedTuple):
    """How a training went.

    Attributes
    ----------
    history : list of dict
        ``round`` (0 for Adam), ``epoch`` (or step of the round, from 0) and ``loss``; the losses of rounds with
        different weights do not compare.
    steps : int
        Steps that were taken: epochs of Adam.
    first, last : float
        Loss of the settings before and after the training, with the weights that it began with.
    """

    history: list[dict[str, float]]
    steps: int
    first: float
    last: float


def train_field(learner: Learner, data: LgarLearningData, settings: FieldSettings) -> FieldTraining:
    """Train a network on the training columns and period.

    Least squares go in rounds: the first has the weights of the loss, the others those that the errors left by the
    round before call for (:func:`dcfe.lgar_weights.reweighted`).

    Parameters
    ----------
    learner : Learner
        Changed in place.
    data : LgarLearningData
    settings : FieldSettings

    Raises
    ------
    ValueError, ParameterError
        As in :func:`dcfe.lgar_least_squares.search` and :func:`dcfe.training.train`.
    """
    training = settings.training(data)
    target = Loss(training.loss).target(data, settings.warmup)
    runner = LgarRunner(settings.compared)

    def loss() -> float:
        return float(target(evaluate(learner, data, runner, settings.warmup)))

    first = loss()
    if settings.method == "adam":
        found = train(data, learner, training, simulate=runner).history
        history = [{"round": 0.0, "epoch": row["epoch"], "loss": row["loss"]} for row in found]
        return FieldTraining(history, len(history), first, loss())
    weighted = weights_of_loss(target)
    floors = {part.term.output: FLOOR_SHARE * part.scale.numpy() for part in target.targets}
    history = []
    for k, steps in enumerate(settings.rounds):
        done = search(learner, data, weighted, settings.warmup, steps, LATER_DAMPING if k else 1.0)
        history += [{"round": k + 1.0, "epoch": float(step), "loss": cost} for step, cost in enumerate(done.costs)]
        weighted = reweighted(weighted, done.simulated, floors)
    return FieldTraining(history, len(history) - len(settings.rounds), first, loss())
