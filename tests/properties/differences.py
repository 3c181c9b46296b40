"""Derivatives by differences, from either side, to compare tangents with."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.properties.dual import Dual, slope

Function = Callable[[Sequence[Any]], Sequence[Any]]
Array = NDArray[np.float64]


def one_sided(function: Function, x: Sequence[float], seed: int, step: float) -> Array:
    """Derivative towards `step` (its sign is the side): differences over step, step/2, step/4, extrapolated to 0."""
    here = np.array(function(x))

    def difference(h: float) -> Array:
        y = list(x)
        y[seed] += h
        return (np.array(function(y)) - here) / (y[seed] - x[seed])

    coarse, middle, fine = difference(step), difference(0.5 * step), difference(0.25 * step)
    return (4.0 * (2.0 * fine - middle) - (2.0 * middle - coarse)) / 3.0


def tangent(function: Function, x: Sequence[float], seed: int) -> Array:
    """Derivative with respect to one argument, by dual numbers."""
    return np.array([slope(r) for r in function([Dual(v, float(j == seed)) for j, v in enumerate(x)])])


def deviation(value: Array, sides: Sequence[Array]) -> float:
    """Smallest difference, absolute or relative, between a tangent and the derivatives from the two sides."""
    return min(float(np.max(np.abs(value - side) / (1.0 + np.abs(side)))) for side in sides)
