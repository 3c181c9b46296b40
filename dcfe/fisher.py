r"""Which parameters, and which combinations of them, can be learned from observations: Fisher information.

With independent errors of standard deviation :math:`\sigma_t` in the observations, the information about parameters is

.. math:: F_{jk} = \sum_t \frac{1}{\sigma_t^2} \frac{\partial q_t}{\partial u_j} \frac{\partial q_t}{\partial u_k},

and no unbiased estimate has a smaller covariance than :math:`F^{-1}` (Cramer-Rao). The derivatives are the exact
tangents of the model. The coordinates u are the parameters' places in their bounds, 0 to 1, logarithmic where the
bounds are (:class:`dcfe.bounds.Bounds`), so that parameters of different units compare. Errors of real observations
are correlated in time: deviations are then larger by a factor that is much the same for all parameters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dcfe.bounds import Bounds
from dcfe.combinations import COMBINATIONS, combination_values

_Array = NDArray[np.float64]

SINGULAR = 1e-13
"""Eigenvalues below this share of the largest are round-off."""

PRIOR_VARIANCE = 1.0 / 12.0
"""Variance of a place in the bounds before there are any data: uniform."""

WELL, PARTLY = 0.1, 0.5
"""Shares of the prior deviation up to which a parameter is well, and partly, identified."""

_SHOWN = 0.25
"""Parameters with less than this share of the largest one's part in a direction are left out of its text."""


@dataclass(frozen=True)
class Noise:
    """Standard deviation of the errors of observations.

    Attributes
    ----------
    relative : float
        As a share of the value [-].
    absolute : float
        Added to it [unit of the output].
    """

    relative: float = 0.05
    absolute: float = 0.0

    def __post_init__(self) -> None:
        # written so that NaN is refused too
        if not (self.relative >= 0.0 and self.absolute >= 0.0 and 0.0 < self.relative + self.absolute < math.inf):
            raise ValueError(
                f"noise is {self.relative} of the value plus {self.absolute}; expected finite deviations, not both 0"
            )


def fisher_information(values: _Array, tangents: _Array, noise: Noise) -> _Array:
    """Fisher information of one series.

    Parameters
    ----------
    values : array, shape (basins, steps)
    tangents : array, shape (basins, steps, parameters)
        Derivatives of the values.
    noise : Noise
        Steps without any error to expect (nothing flows, errors are relative) tell nothing.

    Returns
    -------
    array, shape (basins, parameters, parameters)
    """
    deviation = noise.relative * np.abs(values) + noise.absolute
    weights = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 0.0)
    scaled = tangents * weights[:, :, None]
    return np.asarray(np.matmul(scaled.transpose(0, 2, 1), scaled))


@dataclass(frozen=True)
class Identifiability:
    """Fisher information of basins and what follows from it.

    Attributes
    ----------
    ids : tuple of str
    bounds : Bounds
        The parameters, in their order.
    parameters : dict of str to array, shape (basins,)
        Every raw parameter, where the derivatives were taken.
    information : array, shape (basins, parameters, parameters)
        In places in the bounds.
    """

    ids: tuple[str, ...]
    bounds: Bounds
    parameters: dict[str, _Array]
    information: _Array

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return self.bounds.names

    @property
    def eigen(self) -> tuple[_Array, _Array]:
        """Eigenvalues, rising, of shape (basins, parameters), and their directions in the columns."""
        values, vectors = np.linalg.eigh(self.information)
        return np.maximum(values, 0.0), vectors

    @property
    def condition(self) -> _Array:
        """Largest over least eigenvalue, shape (basins,); infinite where a direction cannot be seen at all."""
        values, _ = self.eigen
        singular = values[:, 0] <= SINGULAR * values[:, -1]
        return np.divide(values[:, -1], values[:, 0], out=np.full(len(values), np.inf), where=~singular)

    @property
    def alone(self) -> _Array:
        """Deviation of each parameter with all others known, shape (basins, parameters) [share of the bounds]."""
        diagonal = np.diagonal(self.information, axis1=1, axis2=2)
        return np.divide(1.0, np.sqrt(diagonal), out=np.full(diagonal.shape, np.inf), where=diagonal > 0.0)

    @property
    def together(self) -> _Array:
        """Deviation of each parameter with all of them unknown, shape (basins, parameters) [share of the bounds].

        Infinite where another parameter can take over its effect.
        """
        return self._deviation(np.broadcast_to(np.eye(len(self.names)), self.information.shape))

    @property
    def remaining(self) -> _Array:
        """Deviation that data leave of a uniform prior, shape (basins, parameters): 0 known, 1 nothing learned."""
        covariance = np.linalg.inv(self.information + np.eye(len(self.names)) / PRIOR_VARIANCE)
        return np.asarray(np.sqrt(np.diagonal(covariance, axis1=1, axis2=2) / PRIOR_VARIANCE))

    def flags(self) -> list[dict[str, str]]:
        """Judgement of each parameter in each basin: no gradient, well, partly or not identified."""
        remaining, blind = self.remaining, np.diagonal(self.information, axis1=1, axis2=2) == 0.0
        return [
            {name: judge(remaining[b, k], bool(blind[b, k])) for k, name in enumerate(self.names)}
            for b in range(len(self.ids))
        ]

    def combination_deviation(self, name: str) -> _Array:
        """Relative deviation of a combination with all parameters unknown, shape (basins,) [-]."""
        return self._deviation(self.gradient(name)[:, None, :])[:, 0]

    def combination_remaining(self, name: str) -> _Array:
        """Deviation that data leave of a combination's prior, shape (basins,): 0 known, 1 nothing learned."""
        gradient = self.gradient(name)
        covariance = np.linalg.inv(self.information + np.eye(len(self.names)) / PRIOR_VARIANCE)
        left = np.einsum("bj,bjk,bk->b", gradient, covariance, gradient)
        return np.asarray(np.sqrt(left / (PRIOR_VARIANCE * (gradient**2).sum(axis=1))))

    def gradient(self, name: str) -> _Array:
        """Derivative of a combination's logarithm to the places of the parameters, shape (basins, parameters)."""
        steps = self._log_steps()
        if name in self.names:
            return np.asarray(steps * (np.array(self.names) == name))
        combination = COMBINATIONS[name]
        found = np.zeros_like(steps)
        if combination.others:
            for k, raw in enumerate(self.names):
                found[:, k] = combination.others.get(raw, int(raw == combination.carrier)) * steps[:, k]
            return found
        for k, raw in enumerate(self.names):
            # a storage: no product, so central differences, exact to 1e-9
            ends = []
            for factor in (1.0 + 1e-5, 1.0 - 1e-5):
                moved = {n: torch.as_tensor(x * (factor if n == raw else 1.0)) for n, x in self.parameters.items()}
                ends.append(torch.log(combination_values([name], moved)[name]).numpy())
            found[:, k] = (ends[0] - ends[1]) / (math.log1p(1e-5) - math.log1p(-1e-5)) * steps[:, k]
        return found

    def _log_steps(self) -> _Array:
        """Change of each parameter's logarithm with its place in its bounds, shape (basins, parameters)."""
        slopes = slopes_of(self.bounds, self.parameters)
        return np.asarray(slopes / np.column_stack([self.parameters[name] for name in self.names]))

    def _deviation(self, rows: _Array) -> _Array:
        """Cramer-Rao deviation of linear functions of the places, rows of shape (basins, functions, parameters)."""
        values, vectors = self.eigen
        parts = np.matmul(rows, vectors)
        seen = values > SINGULAR * values[:, -1:]
        inverse = np.divide(1.0, values, out=np.zeros_like(values), where=seen)
        size = np.linalg.norm(rows, axis=2, keepdims=True)
        unseen = ((np.abs(parts) > 1e-4 * size) & ~seen[:, None, :]).any(axis=2)
        return np.where(unseen, np.inf, np.sqrt((parts**2 * inverse[:, None, :]).sum(axis=2)))

    def direction(self, basin: int, rank: int) -> str:
        """What a direction means: the product that data see best (rank 0, 1, ...), or what they cannot see (-1, ...).

        Strong directions are local products of powers. Weak ones tell which parameters can be moved against each other
        without changing the output; the numbers are relative changes, the largest 1.
        """
        values, vectors = self.eigen
        column = vectors[basin][:, ::-1][:, rank]
        steps = self._log_steps()[basin]
        parts = column / steps if rank >= 0 else column * steps
        parts = parts / parts[np.argmax(np.abs(parts))]
        chosen = [k for k in np.argsort(-np.abs(parts)) if abs(parts[k]) >= _SHOWN]
        if rank >= 0:
            over = [_power(self.names[k], parts[k]) for k in chosen if parts[k] > 0.0]
            under = [_power(self.names[k], -parts[k]) for k in chosen if parts[k] < 0.0]
            return " * ".join(over) + "".join(f" / {factor}" for factor in under)
        return ", ".join(f"{self.names[k]} {parts[k]:+.2g}" for k in chosen)

    def summary(self, combinations: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
        """Medians over basins of deviations and shares of basins that are well identified, by name, for tables."""
        alone, together, remaining = self.alone, self.together, self.remaining
        blind = np.diagonal(self.information, axis1=1, axis2=2) == 0.0
        found: dict[str, dict[str, Any]] = {}
        for k, name in enumerate(self.names):
            found[name] = {
                "alone": float(np.median(alone[:, k])),
                "together": float(np.median(together[:, k])),
                "remaining": float(np.median(remaining[:, k])),
                "well_identified": float((remaining[:, k] <= WELL).mean()),
                "no_gradient": float(blind[:, k].mean()),
            }
        for name in combinations:
            left = self.combination_remaining(name)
            found[name] = {"remaining": float(np.median(left)), "well_identified": float((left <= WELL).mean())}
        return found

    def text(self, basin: int = 0, combinations: Sequence[str] = ()) -> str:
        """Table of one basin: deviations, judgement, and the directions that data see best and least."""
        flags, alone, together = self.flags()[basin], self.alone[basin], self.together[basin]
        lines = [f"{self.ids[basin]}: condition number {self.condition[basin]:.3g}"]
        lines.append(f"{'parameter':28} deviation alone  together  of prior   [share of bounds]")
        for k, name in enumerate(self.names):
            left = self.remaining[basin, k]
            lines.append(f"{name:28} {alone[k]:15.2g} {together[k]:9.2g} {left:9.2f}   {flags[name]}")
        for name in combinations:
            left = self.combination_remaining(name)[basin]
            lines.append(f"{name:28} {'':15} {'':9} {left:9.2f}   {judge(left, False)}")
        lines += [f"seen best:  {self.direction(basin, 0)}", f"seen least: {self.direction(basin, -1)}"]
        return "\n".join(lines)


def judge(remaining: float, blind: bool) -> str:
    """Judgement of the share of prior deviation that is left."""
    if blind:
        return "no gradient"
    return "well identified" if remaining <= WELL else "partly identified" if remaining <= PARTLY else "not identified"


def _power(name: str, exponent: float) -> str:
    return name if abs(exponent - 1.0) < 0.05 else f"{name}^{exponent:.1f}"


def slopes_of(bounds: Bounds, parameters: Mapping[str, _Array]) -> _Array:
    """Change of each parameter with its place in its bounds, shape (basins, parameters)."""
    columns = [
        parameters[name] * math.log(bound.high / bound.low)
        if bound.scale == "log"
        else np.full(np.shape(parameters[name]), bound.high - bound.low)
        for name, bound in bounds.by_name.items()
    ]
    return np.column_stack(columns)
