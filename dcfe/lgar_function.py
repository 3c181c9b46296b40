"""The compiled run of LGAR, and its run in dual numbers, as one operation of PyTorch."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from dcfe.lgar_chaos import MM_PER_M, without_chaos
from dcfe.lgar_run import LANES, Weights, results_for, run_seeds
from lgar_bmi.ensemble import EnsembleRun, simulate
from lgar_bmi.ensemble_inputs import EnsembleForcing, prepare
from lgar_bmi.ensemble_setup import EnsembleColumns, EnsembleState, EnsembleTimes, stack_columns
from lgar_bmi.options import LgarOptions
from lgar_bmi.variables import MOISTURES

SECONDS_PER_HOUR = 3600.0


class LgarCall:
    """A run of LGAR: what it needs beside tensors, and what it gives beside tensors.

    Attributes
    ----------
    arguments : tuple
        Of :func:`lgar_bmi.ensemble_inputs.prepare`, without the last.
    names : tuple of str
        Parameters in the columns of the tensor of their values.
    wanted : tuple of str
        Those with gradients.
    run : EnsembleRun
        What the run gave.
    """

    run: EnsembleRun

    def __init__(self, arguments: Arguments, names: tuple[str, ...], wanted: tuple[str, ...]):
        self.arguments, self.names, self.wanted = arguments, names, wanted


class Arguments(NamedTuple):
    """Arguments of a run, as :func:`lgar_bmi.ensemble_inputs.prepare` takes them."""

    columns: EnsembleColumns
    state: EnsembleState
    forcing: EnsembleForcing
    options: LgarOptions
    outputs: tuple[str, ...]
    ordinates: np.ndarray
    times: EnsembleTimes
    moisture_depths: tuple[float, ...]


class LgarFunction(torch.autograd.Function):
    """The plain run forward; backward the run in dual numbers, which sums up the gradient as it goes."""

    @staticmethod
    def forward(ctx: Any, call: LgarCall, stack: Tensor, rain: Tensor, pet: Tensor) -> tuple[Tensor, ...]:
        """Run; `stack` holds the values of all parameters, shape (catchments, parameters)."""
        given = call.arguments
        call.run = simulate(*given[:7], moisture_depths=given.moisture_depths)
        ctx.call = call
        # inputs may share their memory: saved, they make autograd notice when they are overwritten before the sweep
        ctx.save_for_backward(stack, rain, pet)
        ctx.set_materialize_grads(False)
        names = (*given.outputs, *((MOISTURES.name,) if given.moisture_depths else ()))
        return tuple(torch.from_numpy(call.run.outputs[name]) for name in names)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Any, ...]:
        """Run again with the derivatives to every wanted parameter."""
        if torch.is_grad_enabled():
            raise RuntimeError("the twin of LGAR has gradients of first order only: do without create_graph=True")
        stack, _, _ = ctx.saved_tensors  # raises where an input was overwritten since
        found = torch.zeros_like(stack)
        for first in range(0, len(ctx.call.wanted), LANES):
            wanted = ctx.call.wanted[first : first + LANES]
            columns = [ctx.call.names.index(name) for name in wanted]
            found[:, columns] = torch.from_numpy(_gradient(ctx.call.arguments, wanted, gradients))
        return None, found, None, None


def _gradient(arguments: Arguments, wanted: tuple[str, ...], gradients: tuple[Tensor | None, ...]) -> np.ndarray:
    """Gradient to up to `LANES` parameters, shape (catchments, wanted)."""
    inputs = prepare(*arguments, check=False)
    results = results_for(inputs, 0)
    weights = Weights(
        np.zeros_like(results.outputs), np.zeros_like(results.moistures), np.zeros((len(inputs.parameters), LANES))
    )
    for k, gradient in enumerate(gradients):
        if gradient is not None:
            place = weights.outputs[k] if k < len(arguments.outputs) else weights.moistures
            place[:] = gradient.detach().numpy()
    run_seeds(inputs, wanted, None, results, weights)
    # in place: nothing of the size of the period is to be added here
    sizes = [np.abs(part, out=part) for part in (weights.outputs, weights.moistures)]
    return without_chaos(
        weights.sums[:, : len(wanted)],
        wanted,
        *stack_columns(arguments.columns),
        inputs.rain.sum(axis=1) * (arguments.times.step / SECONDS_PER_HOUR / MM_PER_M),
        sizes[0].sum(axis=(0, 2)) + sizes[1].sum(axis=(1, 2)),
    )
