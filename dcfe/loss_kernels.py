"""Reductions over time that losses are made of, with their gradients, in few passes over memory.

Autograd would keep and write a matrix of (basins, steps) for every operation; over years of hours that costs as much
as the model itself. Here the only such matrix is the gradient.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from dcfe.row_blocks import row_blocks
from dcfe.torch_threads import torch_threads


def transformed(values: Tensor, transform: str, offset: Tensor) -> Tensor:
    """Values of shape (basins, steps) as they are, or the root or logarithm of values plus `offset` (basins,)."""
    if transform == "none":
        return values
    shifted = values + offset[:, None]
    return shifted.sqrt_() if transform == "sqrt" else shifted.log_()


def _chain_(gradient: Tensor, values: Tensor, transformed_values: Tensor, transform: str, offset: Tensor) -> None:
    """Change a gradient to transformed values into that to the values."""
    if transform == "sqrt":
        gradient.div_(transformed_values).mul_(0.5)
    elif transform == "log":
        gradient.div_(values + offset[:, None])


class SquaredErrors(torch.autograd.Function):
    """Sum over time of the squared errors of each basin."""

    @staticmethod
    @torch_threads(1)
    def forward(  # type: ignore[override]
        ctx: Any, simulated: Tensor, observed: Tensor, mask: Tensor | None, transform: str, offset: Tensor
    ) -> Tensor:
        """Sums, shape (basins,).

        Parameters
        ----------
        simulated : tensor, shape (basins, steps)
        observed : tensor, shape (basins, steps)
            Transformed; any number where nothing was observed.
        mask : tensor of bool, shape (basins, steps), or None
            Where something was observed; None: everywhere.
        transform : {"none", "sqrt", "log"}
        offset : tensor, shape (basins,)
            Added before the transformation.
        """
        ctx.save_for_backward(simulated, observed, mask, offset)
        ctx.transform = transform
        sums = torch.empty_like(offset)
        for rows in row_blocks(simulated):
            error = transformed(simulated[rows], transform, offset[rows]) - observed[rows]
            if mask is not None:
                error *= mask[rows]
            sums[rows] = error.square_().sum(dim=1)
        return sums

    @staticmethod
    @once_differentiable
    @torch_threads(1)
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        """Gradient to the simulated values."""
        simulated, observed, mask, offset = ctx.saved_tensors
        twice = 2.0 * gradients[0]
        gradient = torch.empty(simulated.shape, dtype=simulated.dtype)
        for rows in row_blocks(simulated):
            values = transformed(simulated[rows], ctx.transform, offset[rows])
            part = torch.sub(values, observed[rows], out=gradient[rows])
            if mask is not None:
                part *= mask[rows]
            part *= twice[rows, None]
            _chain_(part, simulated[rows], values, ctx.transform, offset[rows])
        return gradient, None, None, None, None


class Moments(torch.autograd.Function):
    """Mean and variance over time of each basin, and covariance with the observations."""

    @staticmethod
    @torch_threads(1)
    def forward(  # type: ignore[override]
        ctx: Any,
        simulated: Tensor,
        centred: Tensor,
        mask: Tensor | None,
        count: Tensor,
        transform: str,
        offset: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Mean, variance and covariance, each of shape (basins,).

        Parameters
        ----------
        simulated : tensor, shape (basins, steps)
        centred : tensor, shape (basins, steps)
            Transformed observations less their mean; 0 where nothing was observed.
        mask, transform, offset
            As in :class:`SquaredErrors`.
        count : tensor, shape (basins,)
            Number of observations; at least 1.
        """
        mean, variance, covariance = (torch.empty_like(count) for _ in range(3))
        for rows in row_blocks(simulated):
            values = transformed(simulated[rows], transform, offset[rows])
            if mask is not None:
                values = values * mask[rows]
            mean[rows] = values.sum(dim=1) / count[rows]
            anomaly = values - mean[rows, None]
            if mask is not None:
                anomaly *= mask[rows]
            covariance[rows] = (anomaly * centred[rows]).sum(dim=1) / count[rows]
            variance[rows] = anomaly.square_().sum(dim=1) / count[rows]
        ctx.save_for_backward(simulated, centred, mask, count, offset, mean)
        ctx.transform = transform
        return mean, variance, covariance

    @staticmethod
    @once_differentiable
    @torch_threads(1)
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        """Gradient to the simulated values."""
        simulated, centred, mask, count, offset, mean = ctx.saved_tensors
        of_mean, of_variance, of_covariance = (g / count for g in gradients)
        gradient = torch.empty(simulated.shape, dtype=simulated.dtype)
        for rows in row_blocks(simulated):
            values = transformed(simulated[rows], ctx.transform, offset[rows])
            part = torch.sub(values, mean[rows, None], out=gradient[rows])
            part *= 2.0 * of_variance[rows, None]
            # the mean inside the anomalies adds nothing: anomalies and centred observations sum to 0
            part += centred[rows] * of_covariance[rows, None]
            part += of_mean[rows, None]
            if mask is not None:
                part *= mask[rows]
            _chain_(part, simulated[rows], values, ctx.transform, offset[rows])
        return gradient, None, None, None, None, None
