"""Weights of squared errors: those of a loss, and those that the errors of a first fit call for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dcfe.losses import LossTarget

_Array = NDArray[np.float64]

LOWEST = 1e-12
"""Least relative variance of errors: a fit without any leaves nothing to divide by."""


class Weighted(NamedTuple):
    """Observations, and the weights of squared errors in them.

    Attributes
    ----------
    observed, weights : dict of str to array, shape (columns, steps)
        After the warm-up; weights are 0 where nothing was observed.
    """

    observed: dict[str, _Array]
    weights: dict[str, _Array]

    def cost(self, simulated: Mapping[str, _Array]) -> float:
        """Sum of squared errors times their weights."""
        return sum(float((w * (simulated[n] - self.observed[n]) ** 2).sum()) for n, w in self.weights.items())


def check_weighted(weighted: Weighted, ids: Sequence[str], steps: int) -> None:
    """Refuse observations and weights of which no least sum of squares can be found.

    Parameters
    ----------
    weighted : Weighted
    ids : sequence of str
        Names of the columns.
    steps : int
        After the warm-up.

    Raises
    ------
    ValueError
        Naming all outputs without a partner or of another shape, and the first column and step with a weight below 0 or
        a value that is not finite; or when all weights are 0.
    """
    lonely = sorted(set(weighted.observed) ^ set(weighted.weights))
    problems = [f"{name} has observations or weights alone; expected both" for name in lonely]
    shape, used = (len(ids), steps), False
    for name in (name for name in weighted.observed if name in weighted.weights):
        for kind, values in (("observed", weighted.observed[name]), ("weights", weighted.weights[name])):
            if np.shape(values) != shape:
                problems.append(
                    f"{kind} of {name} have shape {np.shape(values)}; expected {shape}, columns and steps after the "
                    f"warm-up"
                )
                continue
            bad = ~np.isfinite(values)
            if kind == "weights":
                bad |= values < 0.0
                used |= bool((values > 0.0).any())
            if bad.any():
                column, step = np.argwhere(bad)[0].tolist()
                expected = "0 or more" if kind == "weights" else "a number, with weight 0 where nothing was observed"
                problems.append(
                    f"{kind} of {name} are {values[column, step]} in column {ids[column]}, step {step} after the "
                    f"warm-up ({int(bad.sum())} such values); expected {expected}"
                )
    if not problems and not used:
        problems.append("every weight is 0, so that nothing is compared; expected some above 0")
    if problems:
        raise ValueError("least squares cannot use these observations:\n  - " + "\n  - ".join(problems))


def weights_of_loss(target: LossTarget) -> Weighted:
    """Weights with which the sum of squared errors is a loss.

    Parameters
    ----------
    target : LossTarget
        Terms of the kind ``nse`` without a transform, each of another output.

    Raises
    ------
    ValueError
        For other terms, which are no sums of squared errors of outputs.
    """
    problems = [
        f"{t.term.output}: kind {t.term.kind}, transform {t.term.transform}"
        for t in target.targets
        if t.term.kind != "nse" or t.term.transform != "none"
    ]
    names = [t.term.output for t in target.targets]
    problems += [f"{name}: several terms" for name in sorted({name for name in names if names.count(name) > 1})]
    if problems:
        raise ValueError(
            "least squares need one term of kind nse without a transform for each output:\n  - "
            + "\n  - ".join(problems)
        )
    weights = {}
    for part in target.targets:
        usable = part.usable.numpy()
        known = np.ones(part.observed.shape, dtype=bool) if part.mask is None else part.mask.numpy()
        scale, count = np.where(usable, part.scale.numpy(), 1.0), np.maximum(part.count.numpy(), 1.0)
        of_column = part.term.weight * usable / (max(usable.sum(), 1) * count * scale**2)
        weights[part.term.output] = known * of_column[:, None]
    return Weighted({part.term.output: part.observed.numpy() for part in target.targets}, weights)


def reweighted(weighted: Weighted, simulated: Mapping[str, _Array], floors: Mapping[str, _Array]) -> Weighted:
    """Weights by the inverse variance of errors that grow with the simulated value: quasi-likelihood.

    The deviation of an output's errors is taken as a multiple of its simulated value plus a floor; the multiple is what
    the errors of the first fit have, over all columns. Simulated values are used because observed ones would favour
    what came out too low (McCullagh and Nelder 1989, chapter 9, on estimation of this kind).

    Parameters
    ----------
    weighted : Weighted
    simulated : mapping of str to array, shape (columns, steps)
        Of the first fit.
    floors : mapping of str to array, shape (columns,)
        0 where an output has none [unit of the output].

    Returns
    -------
    Weighted
        With a cost near 1 at the first fit: each output's part is its share of all observations.

    Examples
    --------
    >>> first = Weighted({"q": np.array([[1.1, 4.0]])}, {"q": np.ones((1, 2))})
    >>> reweighted(first, {"q": np.array([[1.0, 4.0]])}, {"q": np.zeros(1)}).weights["q"].round(2).tolist()
    [[100.0, 6.25]]
    """
    total = sum(int((w > 0.0).sum()) for w in weighted.weights.values())
    weights = {}
    for name, before in weighted.weights.items():
        used = before > 0.0
        size = np.abs(simulated[name]) + floors[name][:, None]
        used &= size > 0.0
        squares = ((simulated[name] - weighted.observed[name])[used] / size[used]) ** 2
        variance = max(float(squares.mean()), LOWEST) if squares.size else 1.0
        weights[name] = np.divide(1.0, total * variance * size**2, out=np.zeros_like(size), where=used)
    return Weighted(weighted.observed, weights)
