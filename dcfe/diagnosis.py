"""Find out which basin and which step made a loss or gradient that is not a number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from dcfe.batches import Batch
from dcfe.simulate import Simulate

LISTED = 5


class NonFiniteError(ArithmeticError):
    """A loss or gradient that is infinite or not a number; names basins and steps."""


def diagnose(
    batch: Batch, parameters: Mapping[str, Tensor], simulate: Simulate, warmup: int, through_warmup: bool = True
) -> str:
    """Say where numbers stop being finite, by running a batch again with the parameters that it had.

    Parameters
    ----------
    batch : Batch
    parameters : mapping of str to tensor, shape (basins,) or (basins, steps)
        As the learner gave them.
    simulate, warmup, through_warmup
        As in training.

    Returns
    -------
    str
        The first of: parameters, outputs, gradients of the loss to outputs, gradients to parameters (their step is
        found by giving the parameters of each step apart), or else the network.
    """
    for name, values in parameters.items():
        if not bool(torch.isfinite(values).all()):
            return f"the learner gives {name} that is not finite to {_places(batch, values, 0)}"
    leaves = {name: values.detach().requires_grad_(values.requires_grad) for name, values in parameters.items()}
    with torch.enable_grad():
        outputs = simulate(leaves, batch.data, warmup, through_warmup)
        for name, values in outputs.items():
            if not bool(torch.isfinite(values).all()):
                return f"the model's {name} is not finite in {_places(batch, values, warmup)}"
        named = [(name, values) for name, values in outputs.items() if values.requires_grad]
        loss = batch.target(outputs)
        learned = [(name, values) for name, values in leaves.items() if values.requires_grad]
        wanted = [values for _, values in (*named, *learned)]
        gradients = torch.autograd.grad(loss, wanted, allow_unused=True)
    for (name, _), gradient in zip(named, gradients, strict=False):
        if gradient is not None and not bool(torch.isfinite(gradient).all()):
            return f"the gradient of the loss to {name} is not finite in {_places(batch, gradient, warmup)}"
    bad = torch.zeros(len(batch.data.ids), dtype=torch.bool)
    names = []
    for (name, _), gradient in zip(learned, gradients[len(named) :], strict=True):
        if gradient is not None and not bool(torch.isfinite(gradient).all()):
            bad |= ~torch.isfinite(gradient).reshape(len(bad), -1).all(dim=1)
            names.append(name)
    if names:
        return f"the gradient to {', '.join(names)} is not finite in {_origin(batch, leaves, bad, simulate, warmup)}"
    if not bool(torch.isfinite(loss)):
        return "the loss is not finite though outputs and observations are"
    return "parameters and their gradients are finite: the gradient is lost inside the learner"


def _when(batch: Batch, step: int) -> str:
    return f"step {batch.first + step} ({batch.data.times[step]})"


def _window(batch: Batch) -> str:
    return f"steps {batch.first} to {batch.first + batch.data.rain.shape[1] - 1}, from {batch.data.start}"


def _places(batch: Batch, values: Tensor, skipped: int) -> str:
    """Basins and their first steps with numbers that are not finite."""
    bad = ~torch.isfinite(values)
    rows = (bad.any(dim=1) if bad.dim() == 2 else bad).nonzero()[:, 0].tolist()
    if bad.dim() == 2:
        places = [f"{batch.data.ids[r]} at {_when(batch, skipped + int(bad[r].nonzero()[0]))}" for r in rows[:LISTED]]
    else:
        places = [f"{batch.data.ids[r]} ({_window(batch)})" for r in rows[:LISTED]]
    return _basins(len(rows), len(batch.data.ids), places)


def _basins(count: int, of: int, places: list[str]) -> str:
    more = "" if count <= LISTED else f" and {count - LISTED} more"
    return f"{count} of {of} basins: {'; '.join(places)}{more}"


def _origin(batch: Batch, leaves: Mapping[str, Tensor], bad: Tensor, simulate: Simulate, warmup: int) -> str:
    """Basins and the steps where their gradients are lost.

    The adjoint runs backward in time: the last step whose parameters have no finite gradient is where it went wrong.
    """
    rows = bad.nonzero()[:, 0]
    data = batch.data.basins(rows[:LISTED])
    steps = data.rain.shape[1]
    hourly = {}
    for name, values in leaves.items():
        part = values.detach()[rows[:LISTED]]
        if values.requires_grad:
            part = (part if part.dim() == 2 else part[:, None].expand(-1, steps)).clone().requires_grad_()
        hourly[name] = part
    learned = [values for values in hourly.values() if values.requires_grad]
    with torch.enable_grad():
        outputs = simulate(hourly, data, warmup, True)
        loss = batch.target.part(rows[:LISTED], 0, steps - warmup)(outputs)
        gradients = torch.autograd.grad(loss, learned, allow_unused=True)
    lost = torch.stack([~torch.isfinite(g) for g in gradients if g is not None]).any(dim=0)
    places = []
    for row, name in enumerate(data.ids):
        found = lost[row].nonzero()
        places.append(f"{name} at {_when(batch, int(found[-1]))}" if len(found) else f"{name} ({_window(batch)})")
    return _basins(len(rows), len(bad), places)


def with_names(problem: str, ids: Sequence[str]) -> str:
    """Text of a problem with names of basins instead of their places in the batch."""
    return re.sub(r"^catchment (\d+)", lambda found: f"basin {ids[int(found[1])]}", problem)
