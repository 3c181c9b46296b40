"""Efficiencies of columns in the period that is learned from and in the one after it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dcfe.scores import scores

_Array = NDArray[np.float64]
Efficiencies = dict[str, dict[str, _Array]]
"""By period, by output: the efficiency, or root mean squared error, of each column."""

PERIODS = ("learned", "never seen")
"""The first part of the steps, which observations are learned from, and the rest."""


def efficiencies(simulated: Mapping[str, Tensor], true: Mapping[str, _Array], warmup: int, steps: int) -> Efficiencies:
    """Nash-Sutcliffe efficiencies of outputs in both periods.

    Parameters
    ----------
    simulated : mapping of str to tensor, shape (columns, 2 * steps - warmup)
    true : mapping of str to array, shape (columns, 2 * steps)
        Outputs without errors.
    warmup, steps : int

    Returns
    -------
    dict of str to dict of str to array, shape (columns,)
        By period and output; NaN where the truth never changes.
    """
    return {
        period: {name: scores(a, b)["nse"].numpy() for name, (a, b) in pairs.items()}
        for period, pairs in _periods(simulated, true, warmup, steps).items()
    }


def errors(simulated: Mapping[str, Tensor], true: Mapping[str, _Array], warmup: int, steps: int) -> Efficiencies:
    """Root mean squared errors of outputs, in their units, with arguments as those of :func:`efficiencies`.

    Contents that hardly change have no efficiency to speak of, whatever is learned: their errors say more.
    """
    return {
        period: {name: (a - b).square().mean(dim=1).sqrt().numpy() for name, (a, b) in pairs.items()}
        for period, pairs in _periods(simulated, true, warmup, steps).items()
    }


def _periods(
    simulated: Mapping[str, Tensor], true: Mapping[str, _Array], warmup: int, steps: int
) -> dict[str, dict[str, tuple[Tensor, Tensor]]]:
    """Simulated and true outputs of both periods."""
    learned = {
        name: (v[:, : steps - warmup], torch.as_tensor(true[name])[:, warmup:steps]) for name, v in simulated.items()
    }
    rest = {name: (v[:, steps - warmup :], torch.as_tensor(true[name])[:, steps:]) for name, v in simulated.items()}
    return dict(zip(PERIODS, (learned, rest), strict=True))


def quantiles(values: _Array) -> dict[str, float | int]:
    """Quantiles of what is defined, and how many are not."""
    known = values[np.isfinite(values)]
    levels = {"5 %": 0.05, "25 %": 0.25, "50 %": 0.5}
    found = {name: float(np.quantile(known, level)) if len(known) else float("nan") for name, level in levels.items()}
    return {**found, "undefined": int(len(values) - len(known)), "columns": len(values)}
