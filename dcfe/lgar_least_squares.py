"""Levenberg-Marquardt for the weights of a network that gives columns their parameters.

With few learned parameters of a column, the products of derivatives of all its outputs are a small matrix, which the
network's own derivatives turn into that of its weights: one step costs two runs of LGAR, as a step of Adam does, and
goes as far as many of them.
"""

from __future__ import annotations

import logging
import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.func import functional_call, jacrev

from dcfe.learner import Learner
from dcfe.lgar_data import LgarLearningData
from dcfe.lgar_normal import Normal, normal_equations
from dcfe.lgar_runner import LgarRunner
from dcfe.lgar_weights import Weighted, check_weighted
from dcfe.simulate import check_warmup

log = logging.getLogger(__name__)

_Array = NDArray[np.float64]
_Weights = dict[str, Tensor]

MEMORY = 5
"""Steps whose largest cost a new one must stay below. Events make LGAR's outputs jump a little as parameters change;
a search that may never go up stops at the first such jump (Grippo et al. 1986 on searches with a memory)."""

CHUNK = 16
"""Values of columns whose derivatives to the weights are taken at a time: more need more memory, and gain no time."""

TRIES = 12
_LONGER, _SHORTER, _AFTER_POOR = 1.0 / 3.0, 4.0, 2.0
_GOOD, _POOR = 0.75, 0.25
"""Of the decrease that was predicted: the damping falls above the first, and rises below the second."""


class Search(NamedTuple):
    """A search that has ended.

    Attributes
    ----------
    costs : list of float
        Sum of weighted squares before the first step and after each.
    best : int
        The step whose weights the learner has; 0: the start.
    simulated : dict of str to array, shape (columns, steps)
        Outputs there, after the warm-up.
    """

    costs: list[float]
    best: int
    simulated: dict[str, _Array]


def search(
    learner: Learner,
    data: LgarLearningData,
    weighted: Weighted,
    warmup: int = 0,
    steps: int = 30,
    damping: float = 1.0,
) -> Search:
    """Least squares by damped Gauss-Newton steps (Levenberg 1944, Marquardt 1963); the learner keeps the best weights.

    Parameters
    ----------
    learner : Learner
        Of raw parameters that are constant in time, in float64; changed in place. It is run in evaluation mode, and
        returned in the mode that it had.
    data : LgarLearningData
        Training columns and period.
    weighted : Weighted
        Their observations after the warm-up.
    warmup : int
        Steps of the data that are not compared.
    steps : int
        Most steps of the search, 1 or more; it ends before when none of some tries is taken.
    damping : float
        At the start, above 0; added to the diagonal of the matrix of the squares.

    Raises
    ------
    ValueError
        When the learner has no weights, other than float64 ones, or combines parameters; when steps, damping, warm-up,
        observations or their weights cannot be used; or when the cost is not finite at the start.
    ParameterError, ForcingError, RuntimeError
        As in :func:`dcfe.lgar_tangents.tangents_of_lgar`.
    """
    problems = []
    if steps < 1:
        problems.append(f"steps is {steps}; expected 1 or more")
    if not 0.0 < damping < math.inf:
        problems.append(f"damping is {damping}; expected a number above 0")
    if learner.combine is not None:
        problems.append("the learner combines parameters: do without `combine`, or use Adam")
    weights = {name: w.detach().clone() for name, w in learner.named_parameters() if w.requires_grad}
    if not weights:
        problems.append("the learner has no weights to learn")
    others = [f"{name} is {w.dtype}" for name, w in weights.items() if w.dtype != torch.float64]
    if others:
        problems.append(f"{', '.join(others)}; expected torch.float64: use learner.double()")
    if problems:
        raise ValueError("least squares:\n  - " + "\n  - ".join(problems))
    problem = NetworkSquares(learner, data, weighted, warmup)
    training = learner.training
    learner.eval()
    try:
        return _search(problem, weights, steps, damping)
    finally:
        learner.train(training)


def _search(problem: NetworkSquares, weights: _Weights, steps: int, damping: float) -> Search:
    slope, matrix, now = problem.linearised(weights)
    if not math.isfinite(now.cost):
        raise ValueError(f"the sum of squares is {now.cost} at the start: look for observations that are not finite")
    costs, best = [now.cost], (now.cost, 0, weights, now.simulated)
    for step in range(1, steps + 1):
        ceiling = max(costs[-MEMORY:])
        for _ in range(TRIES):
            change = -np.asarray(np.linalg.solve(matrix + damping * np.eye(len(slope)), slope), dtype=np.float64)
            tried = _moved(weights, change)
            cost = problem.cost(tried)
            if cost < ceiling:
                break
            damping *= _SHORTER
        else:
            break
        predicted = -float(2.0 * slope @ change + change @ matrix @ change)
        share = (costs[-1] - cost) / predicted if predicted > 0.0 else 0.0
        damping *= _LONGER if share > _GOOD else _AFTER_POOR if share < _POOR else 1.0
        weights = tried
        slope, matrix, now = problem.linearised(weights)
        costs.append(now.cost)
        log.debug("step %d: cost %.5g, damping %.2g", step, now.cost, damping)
        if now.cost < best[0]:
            best = (now.cost, step, weights, now.simulated)
    with torch.no_grad():
        for name, weight in problem.learner.named_parameters():
            if name in best[2]:
                weight.copy_(best[2][name])
    return Search(costs, best[1], best[3])


class NetworkSquares:
    """Cost of a network's weights, with and without derivatives.

    Parameters
    ----------
    learner : Learner
    data : LgarLearningData
    weighted : Weighted
        Observations after the warm-up.
    warmup : int

    Raises
    ------
    ValueError
        When the warm-up, or observations and their weights do not fit the data.
    """

    def __init__(self, learner: Learner, data: LgarLearningData, weighted: Weighted, warmup: int):
        check_warmup(warmup, data.rain.shape[1])
        check_weighted(weighted, data.ids, data.rain.shape[1] - warmup)
        self.learner, self.data, self.weighted, self.warmup = learner, data, weighted, warmup
        self.names = learner.bounds.names
        self.runner = LgarRunner(tuple(weighted.observed))

    def cost(self, weights: _Weights) -> float:
        """Infinite where it is not a number."""
        with torch.no_grad():
            found = self.runner(functional_call(self.learner, weights, (self.data,)), self.data, self.warmup)
        cost = self.weighted.cost({name: values.numpy() for name, values in found.items()})
        return cost if math.isfinite(cost) else math.inf

    def linearised(self, weights: _Weights) -> tuple[_Array, _Array, Normal]:
        """Half the slope of the cost to the weights, the matrix of its squares, and what they were made of.

        Returns
        -------
        slope : array, shape (weights,)
        matrix : array, shape (weights, weights)
        found : Normal
        """
        with torch.no_grad():
            parameters = functional_call(self.learner, weights, (self.data,))
        along = self.slopes(weights)
        values = {name: value.numpy() for name, value in parameters.items()}
        found = normal_equations(values, self.names, self.data, self.weighted, self.warmup)
        half = np.tensordot(found.slope, along, 2)
        matrix = np.tensordot(along, found.curvature @ along, ((0, 1), (0, 1)))
        return half, matrix, found

    def slopes(self, weights: _Weights) -> _Array:
        """Derivatives of the learned parameters to the weights, shape (columns, learned, weights)."""

        def learned(given: _Weights) -> Tensor:
            values = functional_call(self.learner, given, (self.data,))
            return torch.stack([values[name] for name in self.names], dim=-1)

        with torch.no_grad():
            found = jacrev(learned, chunk_size=CHUNK)(weights)
        return np.asarray(torch.cat([found[name].flatten(2) for name in weights], dim=-1).numpy())


def _moved(weights: _Weights, change: _Array) -> _Weights:
    """Weights with a change, given as one row of all of them."""
    moved, first = {}, 0
    for name, weight in weights.items():
        part = torch.from_numpy(change[first : first + weight.numel()].reshape(weight.shape))
        moved[name] = weight + part.to(weight.dtype)
        first += weight.numel()
    return moved
