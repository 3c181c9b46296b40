"""Train a regional network: steps of Adam on the objective over the whole period, bounded for each basin.

One basin in which hardly any water flows has a KGE of minus thousands as long as the network gives it too much, and
would have all of the gradient. The loss of a basin is therefore 1 less the bounded form of its score
(:func:`basin_study.bounded.bounded`), which is 2 l / (1 + l) with the plain loss l = 1 - E.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from basin_study.bounded import bounded
from basin_study.dataset import DataError
from basin_study.study_settings import RegionalSettings
from dcfe.batches import Batch, Batches
from dcfe.data import BasinData
from dcfe.diagnosis import with_names
from dcfe.learner import Learner
from dcfe.losses import Loss, LossTarget, Term
from dcfe.simulate import Simulate
from dcfe.torch_threads import torch_threads
from dcfe.training_settings import TrainingSettings, make_optimiser
from ngen_bmi.errors import ParameterError


def train_regional(
    data: BasinData,
    learner: Learner,
    terms: Sequence[Term],
    settings: RegionalSettings,
    warmup: int,
    simulate: Simulate,
    generator: torch.Generator,
) -> list[float]:
    """Let a network learn; the same arguments give the same numbers, whatever the number of threads.

    Parameters
    ----------
    data : BasinData
        Training basins; their first `warmup` steps are not compared.
    learner : Learner
        Changed in place.
    terms : sequence of Term
        Of the loss, as :func:`basin_study.regional_data.terms_of` gives them.
    settings : RegionalSettings
    warmup : int
        Steps.
    simulate : callable
    generator : torch.Generator
        Of the order of basins.

    Returns
    -------
    list of float
        Mean bounded loss of each epoch, before its steps.

    Raises
    ------
    DataError
        When a loss or gradient is not finite, or nothing was observed.
    """
    plan = TrainingSettings(
        loss=tuple(terms),
        learning_rate=settings.learning_rate,
        schedule="cosine",
        epochs=settings.epochs,
        basins_per_batch=settings.batch,
        warmup=warmup,
    )
    weights = list(learner.parameters())
    optimiser = make_optimiser(weights, plan)
    history = []
    with torch_threads(1):
        try:
            batches = Batches(data, Loss(plan.loss), warmup, settings.batch)
        except ValueError as error:
            raise DataError(f"training basins: {error}") from error
        learner.train()
        for epoch in range(settings.epochs):
            for group in optimiser.param_groups:
                group["lr"] = plan.rate(epoch)
            total, count = 0.0, 0
            for batch in batches.epoch(generator):
                loss = _step(batch, learner, optimiser, simulate, plan, f"epoch {epoch + 1}")
                total, count = total + loss * len(batch.data.ids), count + len(batch.data.ids)
            history.append(total / count)
        learner.eval()
    return history


def _step(
    batch: Batch,
    learner: Learner,
    optimiser: torch.optim.Optimizer,
    simulate: Simulate,
    plan: TrainingSettings,
    where: str,
) -> float:
    """One step of the optimiser: the loss before it."""
    optimiser.zero_grad()
    try:
        # the warm-up only sets the state: its gradient would cost as much as that of a compared year
        outputs = simulate(learner(batch.data), batch.data, plan.warmup, False)
    except ParameterError as error:
        problems = "; ".join(with_names(problem, batch.data.ids) for problem in error.problems)
        raise DataError(f"regional network, {where}: {problems}") from error
    loss = bounded_loss(batch.target, outputs)
    loss.backward()  # type: ignore[no-untyped-call]
    weights = [weight for group in optimiser.param_groups for weight in group["params"]]
    norm = torch.nn.utils.clip_grad_norm_(weights, plan.clip or 1.0)
    if not bool(torch.isfinite(loss) & torch.isfinite(norm)):
        raise DataError(
            f"regional network, {where}: loss {float(loss.detach()):g}, gradient {float(norm):g} with the basins "
            f"{', '.join(batch.data.ids)}: lower the learning_rate, or look at their observations"
        )
    optimiser.step()
    return float(loss.detach())


def bounded_loss(target: LossTarget, outputs: dict[str, Tensor]) -> Tensor:
    """Mean of bounded losses over basins in which all terms have a meaning, a scalar between 0 and 2."""
    usable = torch.stack([part.usable for part in target.targets]).all(dim=0)
    total = torch.zeros(len(usable), dtype=torch.float64)
    for part in target.targets:
        total = total + part.term.weight * part.losses(outputs[part.term.output])
    chosen = total[usable]
    return (1.0 - bounded(1.0 - chosen)).sum() / max(1, len(chosen))
