"""What a calibration makes as large as it can: compiled scores of a simulation against observations.

An objective is a weighted mean of scores. Observations may be means over several hours, such as daily flows; the
simulation is averaged over the same hours before they are compared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydro_physics.jit import njit
from hydro_physics.skill import kge_of, log_nse, moments, nse_of

_Array = NDArray[Any]

SCORES = ("kge", "nse", "log_nse")
OFFSET_SHARE = 0.01
"""Share of the mean observed flow that logarithms have added."""

REFUSED = -1e9
"""Objective of parameters with which the model has no meaning; below every score that occurs."""


@dataclass(frozen=True)
class Objective:
    """Weighted mean of scores.

    Attributes
    ----------
    weights : tuple of float
        Of :data:`SCORES`; they sum to 1.
    """

    weights: tuple[float, float, float]

    @classmethod
    def of(cls, what: str | Mapping[str, float]) -> Objective:
        """Objective of one score, or of several with weights.

        Raises
        ------
        ValueError
            Saying what was expected.

        Examples
        --------
        >>> Objective.of({"kge": 1, "log_nse": 3}).weights
        (0.25, 0.0, 0.75)
        """
        given = {what: 1.0} if isinstance(what, str) else dict(what)
        unknown = [str(name) for name in given if name not in SCORES]
        if unknown or not given:
            raise ValueError(f"objective {', '.join(unknown) or 'without a score'}; expected of {', '.join(SCORES)}")
        wrong = [f"{name}: {w!r}" for name, w in given.items() if not _is_weight(w)]
        total = 0.0 if wrong else sum(given.values())
        if wrong or not total > 0.0:
            raise ValueError(
                f"objective weights {', '.join(wrong) or 'sum to 0'}; expected numbers not below 0, not all 0"
            )
        weights = tuple(float(given.get(name, 0.0)) / total for name in SCORES)
        return cls((weights[0], weights[1], weights[2]))

    @property
    def text(self) -> str:
        """Name in tables."""
        used = [(name, w) for name, w in zip(SCORES, self.weights, strict=True) if w > 0.0]
        return " + ".join(name if w == 1.0 else f"{w:g} {name}" for name, w in used)


def _is_weight(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0.0


@njit
def block_means(values: _Array, first: int, hours: int, means: _Array) -> None:
    """Means of `values` over blocks of `hours`, the first of which begins at `first`; one for each item of `means`."""
    for i in range(means.size):
        total = 0.0
        for t in range(first + i * hours, first + (i + 1) * hours):
            total += values[t]
        means[i] = total / hours


@njit
def weighted_score(simulated: _Array, observed: _Array, weights: _Array) -> float:
    """Weighted mean of scores, in the order of :data:`SCORES`; NaN where one that is asked for has no meaning."""
    m = moments(simulated, observed)
    total = 0.0
    if weights[0] > 0.0:
        total += weights[0] * kge_of(m).kge
    if weights[1] > 0.0:
        total += weights[1] * nse_of(m)
    if weights[2] > 0.0:
        offset = OFFSET_SHARE * m.observed_mean
        total += weights[2] * (log_nse(simulated, observed, offset) if offset > 0.0 else math.nan)
    return total


def observed_blocks(observed: _Array, hours: int, first: int) -> _Array:
    """Observations of blocks: the value that all of their hours have, NaN where one is missing or they differ.

    Parameters
    ----------
    observed : array, shape (steps,)
        Hourly; daily means are there in every hour of their day.
    hours : int
        Length of a block.
    first : int
        Step at which the first block begins; the rest of the last one is left out.

    Raises
    ------
    ValueError
        When hours of one block have different values, so that they were not observed as one.
    """
    count = max(0, (len(observed) - first) // hours)
    blocks = observed[first : first + count * hours].reshape(count, hours)
    known = np.isfinite(blocks).all(axis=1)
    spread = np.ptp(blocks[known], axis=1) if known.any() else np.zeros(0)
    if (spread > 1e-9 * np.abs(blocks[known]).max(axis=1, initial=0.0)).any():
        raise ValueError(f"observations differ within {hours} hours, over which they are said to be means")
    return np.where(known, blocks[:, 0], np.nan)
