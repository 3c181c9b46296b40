"""The compiled run of CFE and its adjoint sweep as one operation of PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.ensemble_inputs import EnsembleInputs, run
from dcfe.adjoint_block import N_FORCING
from dcfe.cfe_adjoint import adjoint_ensemble
from dcfe.seeds import plan_seeds, terms_of_outputs
from hydro_physics.threads import run_rows


class Call(NamedTuple):
    """What the backward sweep needs beside tensors."""

    inputs: EnsembleInputs
    wanted: tuple[str, ...]
    varying: tuple[str, ...]
    every: int
    record: bool


class CfeFunction(torch.autograd.Function):
    """The run forward, and the adjoint sweep backward."""

    @staticmethod
    def forward(ctx: Any, call: Call, *tensors: Tensor | None) -> tuple[Tensor, ...]:
        """Run; the tensors only tell autograd what the results depend on."""
        inputs, every = call.inputs, call.every
        steps = inputs.fields[0].shape[1]
        marks = -(-steps // every) if call.record and any(ctx.needs_input_grad) else 0
        trails = np.empty((len(inputs.parameters), marks, inputs.storages.shape[1]))
        values, state, _ = run(inputs, every=every, trails=trails)
        ctx.call, ctx.trails = call, trails
        # inputs may share their memory: saved, they make autograd notice when they are overwritten before the sweep
        ctx.save_for_backward(*tensors[2 : 2 + N_FORCING], tensors[-1])
        ctx.set_materialize_grads(False)
        return (*map(torch.from_numpy, values), *(torch.from_numpy(np.ascontiguousarray(part)) for part in state))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Any, ...]:
        """Go backwards through the steps."""
        if torch.is_grad_enabled():
            raise RuntimeError("the twin of CFE has gradients of first order only: do without create_graph=True")
        _ = ctx.saved_tensors  # raises where an input was overwritten since
        return (None, *_gradients(ctx.call, ctx.trails, gradients, ctx.needs_input_grad[1:]))


def _gradients(
    call: Call, trails: np.ndarray, gradients: Sequence[Tensor | None], needed: Sequence[bool]
) -> list[Tensor | None]:
    """Gradients to static and varying parameters, forcing, initial state and ordinates, where they are needed."""
    inputs = call.inputs
    count, steps = len(inputs.parameters), inputs.fields[0].shape[1]
    outputs, state = gradients[: len(inputs.chosen)], gradients[len(inputs.chosen) :]
    given = [k for k, gradient in enumerate(outputs) if gradient is not None]
    series = [np.ascontiguousarray(outputs[k].detach().numpy()) for k in given]  # type: ignore[union-attr]
    along = series[0][None] if len(series) == 1 else np.array(series).reshape(len(series), count, steps)
    matrix = np.ascontiguousarray(terms_of_outputs(inputs.options)[inputs.chosen[given]])

    def part(index: int, shape: tuple[int, ...]) -> np.ndarray:
        gradient = state[index]
        return np.zeros(shape) if gradient is None else gradient.detach().numpy().reshape(shape)

    sizes = (1, 1, inputs.lateral, inputs.surface)
    columns = [part(index, (count, size)) for index, size in enumerate(sizes)]
    # in one order of memory: code is compiled for each
    storages = np.ascontiguousarray(np.column_stack(columns))
    queue = np.array(part(4, inputs.queue.shape), order="C")

    static_needed, varying_needed, *rest = needed
    forcing_needed, ordinates_needed = tuple(rest[:N_FORCING]), rest[-1]
    static = call.wanted if static_needed else ()
    # with parameters that vary, their gradients come along whether needed or not
    wanted = (*static, *call.varying)
    seeds = plan_seeds(inputs.options, inputs.surface, wanted, forcing_needed)
    raw = np.zeros((count, len(static)))
    raw_varying = np.zeros((len(call.varying), count, steps))
    forcing = np.zeros((N_FORCING, count, steps if any(forcing_needed) else 0))
    shares = np.zeros((count, inputs.shares.shape[1] if ordinates_needed else 0))
    run_rows(
        adjoint_ensemble,
        count,
        inputs.parameters,
        inputs.varying,
        inputs.places,
        np.array(inputs.options, dtype=np.int64),
        np.array(seeds.general, dtype=np.int64),
        (0.0,) * inputs.lateral,
        (0.0,) * inputs.surface,
        trails,
        call.every,
        inputs.shares,
        *inputs.fields,
        inputs.thickness,
        matrix,
        along,
        seeds.like,
        seeds.forcing_like,
        seeds.coefficients,
        seeds.forcing,
        np.array([CfeParameters._fields.index(name) for name in wanted], dtype=np.int64),
        raw,
        raw_varying,
        forcing,
        shares,
        storages,
        queue,
    )
    stacked = np.zeros_like(inputs.parameters)
    stacked[:, [CfeParameters._fields.index(name) for name in static]] = raw
    behind = 2 + inputs.lateral
    found = [
        stacked,
        raw_varying,
        *forcing,
        storages[:, 0],
        storages[:, 1],
        storages[:, 2:behind],
        storages[:, behind:],
        queue,
        shares,
    ]
    return [torch.from_numpy(np.ascontiguousarray(g)) if need else None for g, need in zip(found, needed, strict=True)]
