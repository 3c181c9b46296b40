"""Learn parameters: the training loop, for any learner and any model."""

from __future__ import annotations

import copy
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from dcfe import checkpoint
from dcfe.batches import Batch, Batches
from dcfe.data import BasinData, LearningData
from dcfe.diagnosis import NonFiniteError, diagnose, with_names
from dcfe.learner import Learner, seeded
from dcfe.losses import Loss, LossTarget
from dcfe.scores import scores
from dcfe.simulate import Simulate, evaluate
from dcfe.training_log import TrainingLog
from dcfe.training_settings import TrainingSettings, make_optimiser
from ngen_bmi.errors import ParameterError

log = logging.getLogger(__name__)
Row = dict[str, float]
SCORES = ("nse", "kge")


@dataclass(frozen=True)
class TrainingResult:
    """What :func:`train` returns; the learner itself holds the learned weights.

    Attributes
    ----------
    history : list of dict
        Metrics of each epoch, as in ``metrics.csv``: ``epoch`` (from 1), ``learning_rate``, ``loss`` (mean over the
        batches, before each step), ``gradient_norm`` (mean, before clipping), and for each validation set
        ``validation_<set>_loss`` and medians over basins ``validation_<set>_<output>_nse`` and ``..._kge``; NaN in
        epochs without validation.
    best_epoch : int
        The epoch whose weights the learner has.
    best_loss : float
        Its validation loss (mean over the sets), or its training loss without validation.
    stopped_early : bool
    """

    history: list[Row]
    best_epoch: int
    best_loss: float
    stopped_early: bool


def train(
    data: BasinData,
    learner: Learner,
    settings: TrainingSettings | None = None,
    folder: str | Path | None = None,
    *,
    simulate: Simulate | None = None,
    validation: Mapping[str, BasinData] | None = None,
    generator: torch.Generator | None = None,
    tensorboard: bool = False,
) -> TrainingResult:
    """Learn parameters of basins from their observations.

    Two trainings with the same arguments give the same numbers, also when one of them was killed and goes on from its
    checkpoint (with the same versions and number of threads of torch).

    Parameters
    ----------
    data : BasinData
        Training basins over the training period, which begins with ``settings.warmup`` steps of warm-up.
    learner : Learner
        Changed in place: at the end it holds the weights of the best validation, or without validation the last ones,
        and is in evaluation mode.
    settings : TrainingSettings
    folder : path, optional
        For ``metrics.csv`` and ``checkpoint.pt``. A checkpoint found there is gone on from: build the learner with the
        same seed as at first.
    simulate : callable, optional
        The model; CFE's twin by default, with CFE's data. See :class:`dcfe.simulate.Simulate`.
    validation : mapping of str to BasinData, optional
        Held-out basins, held-out periods or both, by any names; each begins with ``settings.warmup`` steps of warm-up.
    generator : torch.Generator, optional
        Source of all random numbers in training; by default a new one from ``settings.seed``. Give the one that the
        learner was built with to have a single source.
    tensorboard : bool
        Also write events for TensorBoard into the folder.

    Raises
    ------
    ValueError
        When data and settings do not fit, or nothing was observed.
    NonFiniteError
        When a loss or gradient is not finite: names basins and steps.
    ParameterError
        When learned parameters leave the region where the model has a meaning.
    CheckpointError
        When the folder holds the checkpoint of another training.
    """
    settings = settings or TrainingSettings()
    loss = Loss(settings.loss)
    if simulate is None:
        if not isinstance(data, LearningData):
            raise ValueError(f"the data are {type(data).__name__}, which CFE cannot run: give the model as `simulate`")
        from dcfe.cfe_runner import CfeRunner

        simulate = CfeRunner(loss.outputs)
    if settings.patience is not None and not validation:
        raise ValueError("patience needs validation data: hold basins or a period out, or leave patience out")
    if tensorboard and folder is None:
        raise ValueError("tensorboard needs a folder to write into")
    run = _Training(data, learner, settings, loss, simulate, dict(validation or {}), generator or seeded(settings.seed))
    learner.generator = run.generator
    return run.run(None if folder is None else Path(folder), tensorboard)


class _Training:
    """State of one training and its steps."""

    def __init__(
        self,
        data: BasinData,
        learner: Learner,
        settings: TrainingSettings,
        loss: Loss,
        simulate: Simulate,
        validation: dict[str, BasinData],
        generator: torch.Generator,
    ):
        self.data, self.learner, self.settings, self.simulate = data, learner, settings, simulate
        self.validation, self.generator, self.outputs = validation, generator, loss.outputs
        self.weights = [weight for weight in learner.parameters() if weight.requires_grad]
        if not self.weights:
            raise ValueError("the learner has no weights to learn")
        self.batches = Batches(data, loss, settings.warmup, settings.basins_per_batch, settings.window)
        self.targets: dict[str, LossTarget] = {}
        for name, part in validation.items():
            try:
                self.targets[name] = Batches(part, loss, settings.warmup).target
            except ValueError as error:
                raise ValueError(f"validation {name}: {error}") from error
        self.optimiser = make_optimiser(self.weights, settings)
        self.history: list[Row] = []
        self.best: dict[str, Any] = {"loss": math.inf, "epoch": 0, "weights": {}}
        self.stopped_early = False

    @property
    def columns(self) -> list[str]:
        found = ["epoch", "learning_rate", "loss", "gradient_norm"]
        for name in self.validation:
            found.append(f"validation_{name}_loss")
            found += [f"validation_{name}_{output}_{score}" for output in self.outputs for score in SCORES]
        return found

    def run(self, folder: Path | None, tensorboard: bool) -> TrainingResult:
        """Train to the end, from the folder's checkpoint on if there is one."""
        mark: dict[str, str] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            mark = checkpoint.fingerprint(
                self.data, self.learner, self.settings, self.validation, self.simulate, self.generator
            )
            self._restore(checkpoint.load(folder, mark))
        metrics = TrainingLog(folder, self.columns, self.history, tensorboard) if folder is not None else None
        epochs, every = self.settings.epochs, self.settings.checkpoint_every
        bar = tqdm(total=epochs, initial=len(self.history), desc="learning", unit="epoch", disable=None)
        try:
            while len(self.history) < epochs and not self.stopped_early:
                row = self._epoch(len(self.history))
                self.history.append(row)
                if metrics is not None:
                    metrics.add(row)
                done = len(self.history) == epochs or self.stopped_early
                if folder is not None and (done or len(self.history) % every == 0):
                    checkpoint.save(folder, self._contents(), mark)
                bar.set_postfix(loss=f"{row['loss']:.4g}", refresh=False)
                bar.update()
        finally:
            bar.close()
            if metrics is not None:
                metrics.close()
        if self.validation:
            self.learner.load_state_dict(self.best["weights"])
        self.learner.eval()
        return TrainingResult(self.history, self.best["epoch"], self.best["loss"], self.stopped_early)

    def _epoch(self, index: int) -> Row:
        self.learner.train()
        rate = self.settings.rate(index)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        losses, norms = [], []
        for batch in self.batches.epoch(self.generator):
            loss, norm = self._step(batch, index)
            losses.append(loss)
            norms.append(norm)
        row = {"epoch": index + 1, "learning_rate": rate}
        row |= {"loss": sum(losses) / len(losses), "gradient_norm": sum(norms) / len(norms)}
        row |= self._validate(index, row["loss"])
        return row

    def _step(self, batch: Batch, epoch: int) -> tuple[float, float]:
        """One step of the optimiser: the loss and the norm of the gradient before it."""
        first: list[tuple[float, float]] = []

        def closure() -> Tensor:
            self.optimiser.zero_grad()
            loss, norm = self._gradient(batch, epoch)
            first.append((float(loss.detach()), norm))
            return loss

        self.optimiser.step(closure)  # type: ignore[arg-type]
        return first[0]

    def _gradient(self, batch: Batch, epoch: int) -> tuple[Tensor, float]:
        """Loss of a batch, and the norm of its gradient, which is left in the weights."""
        settings = self.settings
        warmup, through = settings.warmup, settings.gradient_through_warmup
        parameters: dict[str, Tensor] = {}
        where = f"epoch {epoch + 1}, steps {batch.first} to {batch.first + batch.data.rain.shape[1] - 1}"
        try:
            parameters = self.learner(batch.data)
            outputs = self.simulate(parameters, batch.data, warmup, through)
            loss = batch.target(outputs)
        except ParameterError as error:
            if not all(bool(torch.isfinite(value).all()) for value in parameters.values()):
                raise NonFiniteError(f"{where}: {diagnose(batch, parameters, self.simulate, warmup)}") from error
            raise ParameterError(where, [with_names(problem, batch.data.ids) for problem in error.problems]) from error
        if not loss.requires_grad:
            raise ValueError("the loss does not depend on what is learned: nothing of it reaches the compared outputs")
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.get_total_norm([w.grad for w in self.weights if w.grad is not None])
        if not bool(torch.isfinite(loss) & torch.isfinite(norm)):
            what = "loss" if not bool(torch.isfinite(loss)) else "gradient"
            found = diagnose(batch, parameters, self.simulate, warmup, through)
            raise NonFiniteError(
                f"{where}: the {what} is {float(loss.detach() if what == 'loss' else norm):g}: {found}"
            )
        if settings.clip is not None and settings.optimiser == "adam":
            torch.nn.utils.clip_grads_with_norm_(self.weights, settings.clip, norm)
        return loss, float(norm)

    def _validate(self, index: int, training_loss: float) -> Row:
        """Metrics of the validation sets; keeps the best weights and notices when nothing improves any more."""
        settings, row = self.settings, dict.fromkeys(self.columns[4:], math.nan)
        if not self.validation:
            self.best |= {"loss": training_loss, "epoch": index + 1}
            return row
        if (index + 1) % settings.validate_every and index + 1 < settings.epochs:
            return row
        for name, part in self.validation.items():
            outputs = evaluate(self.learner, part, self.simulate, settings.warmup)
            row[f"validation_{name}_loss"] = value = float(self.targets[name](outputs))
            if not math.isfinite(value):
                whole = Batch(part, self.targets[name], 0)
                found = diagnose(whole, self.learner.eval()(part), self.simulate, settings.warmup)
                raise NonFiniteError(f"epoch {index + 1}: validation {name}: {found}")
            for output in self.outputs:
                fit = scores(outputs[output], part.observed[output][:, settings.warmup :])
                for score in SCORES:
                    row[f"validation_{name}_{output}_{score}"] = float(fit[score].nanquantile(0.5))
        loss = sum(row[f"validation_{name}_loss"] for name in self.validation) / len(self.validation)
        if loss < self.best["loss"]:
            self.best = {"loss": loss, "epoch": index + 1, "weights": copy.deepcopy(self.learner.state_dict())}
        elif settings.patience is not None and index + 1 - self.best["epoch"] >= settings.patience:
            self.stopped_early = True
        return row

    def _contents(self) -> dict[str, Any]:
        return {
            "learner": self.learner.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "generator": self.generator.get_state(),
            "best": self.best,
            "history": self.history,
            "stopped_early": self.stopped_early,
        }

    def _restore(self, contents: dict[str, Any] | None) -> None:
        if contents is None:
            return
        self.learner.load_state_dict(contents["learner"])
        self.optimiser.load_state_dict(contents["optimiser"])
        self.generator.set_state(contents["generator"])
        self.best, self.history = contents["best"], contents["history"]
        self.stopped_early = contents["stopped_early"]
        log.info("going on after epoch %d of %d", len(self.history), self.settings.epochs)
