"""What twins ask of tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor


def check_tensor(name: str, tensor: Tensor, shapes: Sequence[tuple[int, ...]] | None = None, since: str = "") -> Tensor:
    """Return a tensor that the compiled model can use.

    Parameters
    ----------
    name : str
        For the message.
    tensor : tensor
    shapes : sequence of tuple, optional
        Shapes that are accepted.
    since : str
        Why they are, for the message.

    Raises
    ------
    TypeError
        When it is not float64 or not on the CPU.
    ValueError
        When it has another shape.
    """
    if tensor.dtype != torch.float64:
        raise TypeError(f"{name} is {tensor.dtype}; the twin computes in float64: convert it with .double()")
    if tensor.device.type != "cpu":
        raise TypeError(f"{name} is on {tensor.device}; the twin computes on the CPU: move it with .cpu()")
    if shapes is not None and tuple(tensor.shape) not in shapes:
        expected = " or ".join(str(shape) for shape in dict.fromkeys(shapes))
        raise ValueError(f"{name} has shape {tuple(tensor.shape)}; expected {expected}{since}")
    return tensor


def as_rows(name: str, values: Any, shape: tuple[int, int]) -> Tensor | None:
    """Forcing as a tensor with one row for each catchment or one for all; None stays None.

    Raises
    ------
    TypeError, ValueError
        When type or shape do not fit.
    """
    if values is None:
        return None
    # arrays are copied: nobody would notice if they were overwritten before the gradient is taken
    tensor = values if torch.is_tensor(values) else torch.tensor(np.asarray(values, dtype=np.float64))
    if tensor.ndim == 1:
        tensor = tensor[None]
    return check_tensor(name, tensor, (shape, (1, shape[1])))
