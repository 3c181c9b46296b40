"""Single-basin recovery: each calibrated parameter alone, and all of them together, from random starts.

Every start is a row of one batch, so all of them are learned at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dcfe.bounds import Bounds
from dcfe.cfe_runner import CfeRunner
from dcfe.coverage import Coverage
from dcfe.data import BasinData, LearningData
from dcfe.identifiability import Noise, analyse
from dcfe.learner import MARGIN, Learner
from dcfe.losses import Loss, Term
from dcfe.recovery_field import coverage_of
from dcfe.recovery_settings import WARMUP, options_of
from dcfe.simulate import evaluate
from dcfe.synthetic import YEAR, SyntheticBasins, SyntheticSettings, generate
from dcfe.training import train
from dcfe.training_settings import TrainingSettings

_Array = NDArray[np.float64]

NINE = ("b", "maxsmc", "satdk", "slope", "max_gw_storage", "expon", "Cgw", "Klf", "Kn")
"""The nine parameters that the 2023 report calibrated (its Table S1)."""

TRIES = 4
"""Random starts of all parameters together, for each that is followed to its end."""

FOUND = 0.02
"""Error, as a share of the bounds, up to which a parameter counts as recovered."""


@dataclass(frozen=True)
class SingleSettings:
    """A single-basin recovery.

    Attributes
    ----------
    starts, seed, epochs : int
        All parameters together begin from `TRIES` times as many starts, of which as many go on as promise most.
    noise : float
        As in :class:`dcfe.synthetic.SyntheticSettings`.
    scheme : {"classic", "ode"}
        Soil scheme of truth and learner.
    dry : bool
        A dry basin in which gates stay closed, rather than a wet one in which all are open.
    candidates : int
        Generated basins among which the wettest or driest suitable one is chosen.
    """

    starts: int = 8
    seed: int = 0
    epochs: int = 400
    noise: float = 0.0
    scheme: str = "classic"
    dry: bool = False
    candidates: int = 60


@dataclass(frozen=True)
class SingleResult:
    """What came out of a single-basin recovery; all errors are shares of the bounds.

    Attributes
    ----------
    settings : SingleSettings
    basin : str
    aridity : float
    names : tuple of str
    alone, together : array, shape (parameters, starts)
        Errors of parameters learned alone and all together.
    predicted_alone, predicted_together : array, shape (parameters,)
        Deviations by Fisher information, with errors of 5 % where the data have none.
    open_share : array, shape (parameters,)
        Share of the steps in which a parameter's gates are open.
    losses : array, shape (starts,)
        At the end, of all parameters together.
    """

    settings: SingleSettings
    basin: str
    aridity: float
    names: tuple[str, ...]
    alone: _Array
    together: _Array
    predicted_alone: _Array
    predicted_together: _Array
    open_share: _Array
    losses: _Array

    def summary(self) -> dict[str, Any]:
        """Numbers for tables and JSON, by parameter."""
        return {
            name: {
                "gates_open": float(self.open_share[k]),
                "predicted_alone": float(self.predicted_alone[k]),
                "predicted_together": float(self.predicted_together[k]),
                "error_alone": float(np.median(np.abs(self.alone[k]))),
                "error_together": float(np.median(np.abs(self.together[k]))),
                "recovered_alone": float((np.abs(self.alone[k]) <= FOUND).mean()),
                "recovered_together": float((np.abs(self.together[k]) <= FOUND).mean()),
                "error_of_best": float(abs(self.together[k, np.argmin(self.losses)])),
            }
            for k, name in enumerate(self.names)
        }

    def text(self) -> str:
        """Summary as a table."""
        s = self.settings
        lines = [
            f"{self.basin} (aridity {self.aridity:.2f}), {s.scheme}, noise {s.noise:g}, {s.starts} random starts; "
            f"errors are shares of the bounds, recovered: within {FOUND:g}",
            f"{'parameter':16} gates open   predicted: alone  together   error: alone  together   "
            f"recovered: alone  together   error of the best together",
        ]
        for name, x in self.summary().items():
            lines.append(
                f"{name:16} {100 * x['gates_open']:8.1f} % {x['predicted_alone']:17.2g} {x['predicted_together']:9.2g} "
                f"{x['error_alone']:14.2g} {x['error_together']:9.2g} {100 * x['recovered_alone']:16.0f} % "
                f"{100 * x['recovered_together']:7.0f} % {x['error_of_best']:12.2g}"
            )
        return "\n".join(lines)


class MaskedPoints(Learner):
    """Free parameters of each row, where a mask says so; the truth elsewhere.

    Parameters
    ----------
    bounds : Bounds
    true_shares : tensor, shape (rows, parameters)
    free : tensor of bool, shape (rows, parameters)
    generator : torch.Generator
        Of the random starts, uniform in the bounds.
    """

    free: Tensor
    true_shares: Tensor

    def __init__(self, bounds: Bounds, true_shares: Tensor, free: Tensor, generator: torch.Generator):
        super().__init__(bounds)
        self.register_buffer("free", free)
        self.register_buffer("true_shares", true_shares)
        start = torch.rand(free.shape, generator=generator, dtype=torch.float64)
        self.values = nn.Parameter(torch.logit(start.clamp(MARGIN, 1.0 - MARGIN)))

    def shares(self, data: BasinData) -> Tensor:
        """Where in its bounds each value is: shape (rows, parameters)."""
        return torch.where(self.free, torch.sigmoid(self.values), self.true_shares)


def choose_basin(basins: SyntheticBasins, names: Sequence[str], dry: bool) -> tuple[int, Coverage]:
    """The basin whose data tell most about each of some parameters; or a dry one whose soil never drains.

    Of the dry ones it is that whose data tell most about satdk, one of the parameters: it has some surface runoff.

    Returns
    -------
    index : int
    coverage : Coverage
        Of all basins.

    Raises
    ------
    ValueError
        When a dry one is wanted and every gate opens in every basin.
    """
    coverage = coverage_of(basins.data, basins.truth, basins.data.options)
    bounds = Bounds({name: basins.bounds.by_name[name] for name in names})
    found = analyse(basins.data, bounds, basins.truth, Noise(0.05, 1e-7), warmup=WARMUP)
    if not dry:
        return int(np.argmin(found.remaining.max(axis=1))), coverage
    aridity = basins.data.attributes[:, basins.data.attribute_names.index("aridity")].numpy()
    closed = (aridity > 1.0) & (coverage.shares["above threshold"] == 0.0)
    if not closed.any():
        raise ValueError(f"the soil drains in all of the {len(aridity)} basins: take more of them, or another seed")
    satdk = found.names.index("satdk")
    return int(np.argmax(np.where(closed, found.information[:, satdk, satdk], -1.0))), coverage


def run_single(settings: SingleSettings) -> SingleResult:
    """Learn the nine parameters of one basin alone and together, from random starts."""
    basins = generate(
        SyntheticSettings(
            basins=settings.candidates,
            steps=YEAR,
            seed=settings.seed,
            noise=settings.noise,
            options=options_of(settings.scheme),
        )
    )
    chosen, coverage = choose_basin(basins, NINE, settings.dry)
    bounds = Bounds({name: basins.bounds.by_name[name] for name in NINE})
    truth = {name: value[chosen : chosen + 1] for name, value in basins.truth.items()}
    one = basins.data.basins([chosen])
    one = replace(one, parameters={name: torch.as_tensor(value.copy()) for name, value in truth.items()})
    # errors of 5 % are what the prediction is made for where there are none
    predicted = analyse(one, bounds, truth, Noise(settings.noise or 0.05, 1e-7), warmup=WARMUP)

    shares = bounds.shares({name: torch.as_tensor(truth[name]) for name in NINE})
    generator = torch.Generator().manual_seed(settings.seed)
    alone = _learn_alone(one, bounds, shares, settings, generator)
    together, losses = _learn_together(one, bounds, shares, settings, generator)
    column = one.attribute_names.index("aridity")
    return SingleResult(
        settings=settings,
        basin=one.ids[0],
        aridity=float(one.attributes[0, column]),
        names=NINE,
        alone=alone,
        together=together,
        predicted_alone=predicted.alone[0],
        predicted_together=predicted.together[0],
        open_share=np.array([coverage.open_share(name)[chosen] for name in NINE]),
        losses=losses,
    )


_LOSS = (Term(), Term(transform="sqrt"), Term(transform="log"))


def _learn_alone(
    one: LearningData, bounds: Bounds, shares: Tensor, settings: SingleSettings, generator: torch.Generator
) -> _Array:
    """Errors of each parameter learned with the others known, shape (parameters, starts): rows of one batch."""
    size, starts = len(bounds), settings.starts
    rows = one.basins([0] * (size * starts))
    rows = replace(rows, ids=tuple(f"{one.ids[0]} start {k}" for k in range(size * starts)))
    free = torch.eye(size, dtype=torch.bool).repeat_interleave(starts, dim=0)
    learner = MaskedPoints(bounds, shares.expand(size * starts, -1).clone(), free, generator)
    adam = TrainingSettings(
        loss=_LOSS, learning_rate=0.1, schedule="cosine", epochs=settings.epochs, warmup=WARMUP, clip=None
    )
    train(rows, learner, adam)
    errors = _errors(learner, rows, shares).reshape(size, starts, size)
    return np.stack([errors[k, :, k] for k in range(size)])


def _learn_together(
    one: LearningData, bounds: Bounds, shares: Tensor, settings: SingleSettings, generator: torch.Generator
) -> tuple[_Array, _Array]:
    """Errors of all parameters learned at once, shape (parameters, starts), and losses, shape (starts,).

    Far from the truth the loss has other minima: many starts go a part of the way, the best of them to the end.
    """
    count = TRIES * settings.starts
    rows = replace(one.basins([0] * count), ids=tuple(f"{one.ids[0]} start {k}" for k in range(count)))
    free = torch.ones(count, len(bounds), dtype=torch.bool)
    learner = MaskedPoints(bounds, shares.expand(count, -1).clone(), free, generator)
    smooth = (Term(), Term(transform="sqrt"))
    adam = TrainingSettings(
        loss=smooth, learning_rate=0.05, schedule="cosine", epochs=settings.epochs // 2, warmup=WARMUP, clip=None
    )
    train(rows, learner, adam)
    target = Loss(smooth).target(rows, WARMUP)
    simulated = evaluate(learner, rows, CfeRunner(), WARMUP)
    reached = sum(term.losses(simulated["q_out"]) for term in target.targets)
    best = torch.argsort(torch.as_tensor(reached))[: settings.starts].tolist()
    lbfgs = TrainingSettings(
        loss=_LOSS, optimiser="lbfgs", epochs=max(settings.epochs // 8, 1), lbfgs_iterations=5, warmup=WARMUP
    )
    errors, losses = [], []
    for row in best:
        last = MaskedPoints(bounds, shares, free[:1], generator)
        with torch.no_grad():
            last.values.copy_(learner.values[row : row + 1])
        result = train(one, last, lbfgs)
        errors.append(_errors(last, one, shares)[0])
        losses.append(result.history[-1]["loss"])
    return np.stack(errors, axis=1), np.array(losses)


def _errors(learner: MaskedPoints, data: LearningData, shares: Tensor) -> _Array:
    with torch.no_grad():
        return np.asarray((learner.shares(data) - shares).numpy())
