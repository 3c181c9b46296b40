"""Calibrate by gradients: the twin of CFE gives the exact slope of the objective, and L-BFGS-B follows it.

The interface and the accounts are those of :mod:`basin_study.dds`: points of the unit cube, and a budget in runs of
the model, of which a gradient costs :data:`GRADIENT_COST`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from basin_study.dds import MIN_EVALUATIONS, Recorder, Search
from basin_study.objective import OFFSET_SHARE

if TYPE_CHECKING:
    from basin_study.cfe_model import CfeModel
    from basin_study.spaces import Space
    from dcfe.bounds import Bounds

_Array = NDArray[Any]

GRADIENT_COST = 6
"""Runs of the model that a run with its gradient counts for; measured in ``benchmarks/calibration.py``."""

RANDOM_SHARE = 0.1
"""Share of the budget for random points, the best of which are started from, in turn."""

MARGIN = 1e-3
"""Starts keep this distance from the faces of the cube, where the slope to one side is not seen."""

LEAST_DESCENT = 5
"""Gradients that a further start has to have left."""


class _SpentError(Exception):
    """The budget is used up in the middle of a descent."""


def descend(
    objective: Callable[[_Array], float],
    gradient: Callable[[_Array], tuple[float, _Array]],
    dimensions: int,
    evaluations: int,
    seed: int,
    refused_below: float = -np.inf,
) -> Search:
    """Look for the largest objective in the unit cube with gradients, from several starts.

    Parameters
    ----------
    objective : callable
        From shares, shape (dimensions,), to a number; never NaN.
    gradient : callable
        To the number and its slopes, shape (dimensions,).
    dimensions : int
    evaluations : int
        Budget in runs of the model, at least :data:`basin_study.dds.MIN_EVALUATIONS`.
    seed : int
        Of the random points.
    refused_below : float
        Objective up to which a point counts as refused; no descent starts there.

    Returns
    -------
    Search
        Its `evaluations` and the places in its `trace` are runs of the model.
    """
    from scipy.optimize import minimize

    if evaluations < MIN_EVALUATIONS:
        raise ValueError(f"{evaluations} evaluations; expected at least {MIN_EVALUATIONS}")
    recorder = Recorder(objective, refused_below)
    rng = np.random.default_rng(seed)
    points = rng.uniform(MARGIN, 1.0 - MARGIN, (max(5, round(RANDOM_SHARE * evaluations)), dimensions))
    values = np.array([recorder(point) for point in points])
    starts = [points[k] for k in np.argsort(-values, kind="stable") if values[k] > refused_below]

    def fall(shares: _Array) -> tuple[float, _Array]:
        if recorder.evaluations + GRADIENT_COST > evaluations:
            raise _SpentError
        # L-BFGS-B goes on with the same array
        point = shares.copy()
        value, slopes = gradient(point)
        recorder.note(point, value)
        recorder.evaluations += GRADIENT_COST - 1
        return -value, -np.nan_to_num(slopes, nan=0.0, posinf=0.0, neginf=0.0)

    for start in starts:
        if recorder.evaluations + LEAST_DESCENT * GRADIENT_COST > evaluations:
            break
        try:
            minimize(fall, start, jac=True, method="L-BFGS-B", bounds=[(0.0, 1.0)] * dimensions, options={"ftol": 1e-6})
        except _SpentError:
            break
    return recorder.result()


def bounds_of_space(space: Space) -> Bounds:
    """Bounds of a space, as learners and gradients take them."""
    from dcfe.bounds import Bound, Bounds

    return Bounds({r.name: Bound(r.low, r.high, "log" if r.log else "linear") for r in space.ranges})


class CfeGradient:
    """Objective of CFE over one basin with its exact gradient to the shares of a space.

    Parameters
    ----------
    model : CfeModel

    Raises
    ------
    ImportError
        Without PyTorch, saying how to get it.
    """

    def __init__(self, model: CfeModel):
        from dcfe import DifferentiableCfe

        self.model = model
        self._twin = DifferentiableCfe(model.options)
        self._bounds = bounds_of_space(model.space)

    def __call__(self, shares: _Array) -> tuple[float, _Array]:
        """Objective and its slopes, shape (parameters,); slopes of 0 where the model has no meaning."""
        import torch

        from basin_study.objective import REFUSED
        from ngen_bmi.errors import ParameterError

        model = self.model
        x = torch.tensor(np.asarray(shares, dtype=np.float64), requires_grad=True)
        fixed = {name: torch.tensor(value, dtype=torch.float64) for name, value in model.fixed().items()}
        parameters = fixed | {name: value.reshape(1) for name, value in self._bounds.values(x).items()}
        try:
            state = self._twin.initial_state(
                parameters, *model.start_shares, model.ordinates.size, lateral=model.lateral, surface=1
            )
            run = self._twin(parameters, model.forcing, state, ordinates=model.ordinates)
        except ParameterError:
            return REFUSED, np.zeros(len(model.space))
        observations = model.observations
        end = observations.first + observations.values.size * observations.hours
        flow = 1000.0 * run.outputs["q_out"][:, observations.first : end]
        means = flow.reshape(1, -1, observations.hours).mean(dim=2)
        score = _score(means, torch.tensor(observations.values[None]), model.objective.weights)
        if not bool(torch.isfinite(score)):
            return REFUSED, np.zeros(len(model.space))
        score.backward()
        assert x.grad is not None
        return float(score.detach()), x.grad.numpy().copy()


def _score(simulated: Any, observed: Any, weights: tuple[float, float, float]) -> Any:
    """Weighted score as tensor; as :func:`basin_study.objective.weighted_score`."""
    import torch

    from dcfe.scores import centred, efficiency

    mask = torch.isfinite(observed)
    count = mask.sum(dim=1).to(observed.dtype)

    def parts(a: Any, b: Any) -> tuple[Any, ...]:
        anomaly, variance, mean = centred(torch.where(mask, b, 0.0), mask, count)
        own, own_variance, own_mean = centred(torch.where(mask, a, 0.0), mask, count)
        return own_mean, own_variance, torch.linalg.vecdot(own, anomaly, dim=1) / count, mean, variance

    def nse(a: Any, b: Any) -> Any:
        error = torch.where(mask, a - b, 0.0).square().sum(dim=1) / count
        return 1.0 - error / parts(a, b)[4]

    total = torch.zeros((), dtype=torch.float64)
    if weights[0] > 0.0:
        mean, variance, covariance, observed_mean, observed_variance = parts(simulated, observed)
        kge = efficiency(mean, variance, covariance, observed_mean, observed_variance, "kge")
        total = total + weights[0] * kge[0]
    if weights[1] > 0.0:
        total = total + weights[1] * nse(simulated, observed)[0]
    if weights[2] > 0.0:
        offset = OFFSET_SHARE * torch.where(mask, observed, 0.0).sum() / count[0]
        logs = (torch.log(simulated.clamp(min=0.0) + offset), torch.log(torch.where(mask, observed, 1.0) + offset))
        total = total + weights[2] * nse(*logs)[0]
    return total
