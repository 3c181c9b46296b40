"""Dynamically dimensioned search (Tolson and Shoemaker 2007, doi 10.1029/2005WR004723), by spotpy.

The search runs in the unit cube of a space. spotpy seeds the random numbers of the whole process and prints; both
are kept from everybody else here. A search cannot be continued from where it stopped: it is the unit of resuming.
"""

from __future__ import annotations

import contextlib
import functools
import io
import random
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

MIN_EVALUATIONS = 10

SAMPLES = 100
"""Evaluated points that a search keeps, at most."""


class Search(NamedTuple):
    """What a search found.

    Attributes
    ----------
    shares : array, shape (parameters,)
        Best point, in the unit cube.
    best : float
        Its objective.
    trace : list of (int, float)
        Number of the evaluation and objective, each time that the best one became better.
    evaluations : int
        That were made.
    refused : int
        Points with which the model had no meaning.
    samples : list of list of float
        As :meth:`Recorder.samples` gives them.
    """

    shares: NDArray[np.float64]
    best: float
    trace: list[tuple[int, float]]
    evaluations: int
    refused: int
    samples: list[list[float]]


class Recorder:
    """Calls an objective, and keeps the best point and when it was found."""

    def __init__(self, objective: Callable[[NDArray[np.float64]], float], refused_below: float):
        self.objective, self.refused_below = objective, refused_below
        self.best, self.shares = -np.inf, np.empty(0)
        self.trace: list[tuple[int, float]] = []
        self.points: list[tuple[float, NDArray[np.float64]]] = []
        self.evaluations = self.refused = 0

    def __call__(self, shares: ArrayLike) -> float:
        """Evaluate one point."""
        point = np.array(shares, dtype=np.float64)
        value = self.objective(point)
        self.note(point, value)
        return value

    def note(self, point: NDArray[np.float64], value: float) -> None:
        """Enter a point that was evaluated."""
        self.evaluations += 1
        self.refused += int(value <= self.refused_below)
        self.points.append((value, point))
        if value > self.best:
            self.best, self.shares = value, point
            self.trace.append((self.evaluations, value))

    def result(self) -> Search:
        """What was found."""
        return Search(
            self.shares,
            float(self.best),
            self.trace,
            self.evaluations,
            self.refused,
            self.samples() if self.points else [],
        )

    def samples(self) -> list[list[float]]:
        """Every k-th point and the best one, in the order of evaluation, at most :data:`SAMPLES`.

        Returns
        -------
        list of list of float
            The objective with six digits, then the shares with four decimals.
        """
        every = -(-len(self.points) // (SAMPLES - 1))
        # of equal ones the first, which is the one that `shares` are of
        best = max(range(len(self.points)), key=lambda k: self.points[k][0])
        kept = sorted({*range(every - 1, len(self.points), every), best})
        return [
            [float(f"{value:.6g}"), *np.round(point, 4).tolist()] for value, point in (self.points[k] for k in kept)
        ]


def dds(
    objective: Callable[[NDArray[np.float64]], float],
    dimensions: int,
    evaluations: int,
    seed: int,
    start: ArrayLike | None = None,
    refused_below: float = -np.inf,
) -> Search:
    """Look for the largest objective in the unit cube.

    Parameters
    ----------
    objective : callable
        From shares, shape (dimensions,), to a number; never NaN.
    dimensions : int
    evaluations : int
        At least :data:`MIN_EVALUATIONS`.
    seed : int
    start : array, shape (dimensions,), optional
        First point; without it the best of a few random ones (half a per cent of the evaluations, at least five).
    refused_below : float
        Objective up to which a point counts as refused.

    Raises
    ------
    ValueError
        When there are too few evaluations.
    ImportError
        Without spotpy, saying how to get it.
    """
    if evaluations < MIN_EVALUATIONS:
        raise ValueError(f"{evaluations} evaluations; expected at least {MIN_EVALUATIONS}")
    try:
        import spotpy
    except ImportError as error:
        raise ImportError("DDS needs spotpy: pip install 'ngen-arid[study]'") from error
    recorder = Recorder(objective, refused_below)
    # spotpy seeds the generators of the process, and prints: one search at a time, whatever threads there are
    with _ONE_AT_A_TIME, _generators_kept(), contextlib.redirect_stdout(io.StringIO()):
        sampler = spotpy.algorithms.dds(
            _Setup(recorder, dimensions), dbname="dds", dbformat="ram", save_sim=False, random_state=seed
        )
        initial = np.array([]) if start is None else np.asarray(start, dtype=np.float64)
        sampler.sample(evaluations, trials=1, x_initial=initial)
    return recorder.result()


_ONE_AT_A_TIME = threading.Lock()


@contextlib.contextmanager
def _generators_kept() -> Iterator[None]:
    """Give the generators of the process back as they were."""
    own = np.random.get_state(), random.getstate()  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(own[0])  # noqa: NPY002
        random.setstate(own[1])


@functools.cache
def _parameters(dimensions: int) -> list[Any]:
    """Sides of the unit cube, kept: spotpy draws a sample for each, which takes it as long as an evaluation."""
    import spotpy

    # spotpy would take bounds that are not given from that sample, drawn before it sets the seed
    bounds = {"minbound": 0.0, "maxbound": 1.0}
    return [spotpy.parameter.Uniform(f"x{k}", 0.0, 1.0, **bounds) for k in range(dimensions)]


class _Setup:
    """What spotpy asks for."""

    def __init__(self, recorder: Recorder, dimensions: int):
        import spotpy

        self._recorder = recorder
        self._parameters = _parameters(dimensions)
        self._generate = spotpy.parameter.generate

    def parameters(self) -> Any:
        return self._generate(self._parameters)

    def simulation(self, vector: Any) -> list[float]:
        return [self._recorder(list(vector))]

    def evaluation(self) -> list[float]:
        return [0.0]

    def objectivefunction(self, simulation: list[float], evaluation: list[float], params: Any = None) -> float:
        return simulation[0]
