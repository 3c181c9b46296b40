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
"""By period, by output: the efficiency of each column."""

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
    parts = (slice(warmup, steps), slice(steps, None))
    return {
        period: {
            name: scores(
                values[:, max(part.start - warmup, 0) : None if part.stop is None else part.stop - warmup],
                torch.as_tensor(true[name])[:, part],
            )["nse"].numpy()
            for name, values in simulated.items()
        }
        for period, part in zip(PERIODS, parts, strict=True)
    }


def quantiles(values: _Array) -> dict[str, float | int]:
    """Quantiles of what is defined, and how many are not."""
    known = values[np.isfinite(values)]
    levels = {"5 %": 0.05, "25 %": 0.25, "50 %": 0.5}
    found = {name: float(np.quantile(known, level)) if len(known) else float("nan") for name, level in levels.items()}
    return {**found, "undefined": int(len(values) - len(known)), "columns": len(values)}
