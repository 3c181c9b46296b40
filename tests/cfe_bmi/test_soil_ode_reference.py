"""The exact ODE soil scheme against scipy's DOP853 at rtol 3e-14, integrated piece by piece between the kinks."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from cfe_bmi.soil_ode import integrate_soil
from cfe_bmi.state import ODE, CfeOptions
from tests.cfe_bmi.soil_column import column
from tests.cfe_bmi.soil_reference import Steps, reference

TOLERANCE = 1e-12  # m
BALANCE = 1e-13  # m

Array = NDArray[np.float64]


def random_steps(rng: np.random.Generator, n: int, exponents: tuple[Array, Array], fastest: float) -> Steps:
    """Draw steps of all kinds: a third of them start within some mm of a kink, so that many cross one or two."""
    wilting = rng.uniform(0.005, 0.25, n)
    threshold = wilting + 10.0 ** rng.uniform(-3.0, -0.2, n)
    maximum = threshold + 10.0 ** rng.uniform(-2.0, -0.2, n)
    kink = np.choose(rng.integers(0, 3, n), (wilting, threshold, maximum))
    near = kink + rng.choice([-1.0, 1.0], n) * 10.0 ** rng.uniform(-8.0, -2.0, n)
    anywhere = rng.uniform(0.5 * wilting, maximum)
    start = np.clip(np.where(rng.random(n) < 0.4, near, anywhere), 0.0, maximum)
    room = maximum - start
    infiltration = room * np.where(rng.random(n) < 0.6, 10.0 ** rng.uniform(-6.0, 0.0, n), rng.random(n))
    infiltration *= rng.random(n) < 0.6
    demand = 10.0 ** rng.uniform(-7.0, -1.5, n) * (rng.random(n) < 0.8)
    demand = np.where(rng.random(n) < 0.02, 30.0 * demand, demand)
    speed = (maximum - threshold) * 10.0 ** rng.uniform(-6.0, np.log10(fastest), (2, n)) * (rng.random((2, n)) < 0.9)
    return Steps(wilting, threshold, maximum, *speed, *exponents, start, infiltration, demand)


def ours(steps: Steps, *, linear: bool) -> Array:
    options = CfeOptions(soil_scheme=ODE, linear_outlets=int(linear))
    result = np.empty((4, steps.start.size))
    for i, (w, t, m, p, q, n1, n2, start, infiltration, demand) in enumerate(
        zip(*(getattr(steps, name) for name in steps.__dataclass_fields__), strict=True)
    ):
        fluxes = integrate_soil(start, infiltration, demand, column(w, t, m, p, q, (n1, n2)), options)
        result[:, i] = (start + (infiltration - fluxes[0] - fluxes[1] - fluxes[2]), *fluxes)
    return result


def kinks_crossed(steps: Steps, end: Array) -> Array:
    low, high = np.minimum(steps.start, end), np.maximum(steps.start, end)
    return sum(((low < k) & (high > k)).astype(int) for k in (steps.wilting, steps.threshold, steps.maximum))


def compare(steps: Steps, result: Array, expected: Array) -> None:
    for name, value, right in zip(("storage", "evaporation", "percolation", "lateral"), result, expected, strict=True):
        error = np.abs(value - right)
        i = int(np.argmax(error))
        assert error[i] <= TOLERANCE, f"{name} is off by {error[i]:.3g} in {steps.pick(np.array([i]))}"
    assert (result[1] <= steps.demand).all()
    assert (result[1:] >= 0.0).all()
    assert (result[0] <= steps.maximum + TOLERANCE).all()
    # that the volumes and the storage, which the reference integrates on its own, agree
    balance = steps.start + steps.infiltration - expected[1:].sum(axis=0) - expected[0]
    assert np.max(np.abs(balance)) <= BALANCE


ONES = np.ones(12_000)


@pytest.mark.slow
def test_twelve_thousand_random_steps_equal_dop853() -> None:
    steps = random_steps(np.random.default_rng(20230612), ONES.size, (ONES, ONES), fastest=30.0)
    expected = reference(steps)
    crossings = kinks_crossed(steps, expected[0])
    assert (crossings >= 1).sum() > 2000
    assert (crossings >= 2).sum() > 100
    compare(steps, ours(steps, linear=True), expected)


@pytest.mark.slow
def test_two_thousand_random_steps_with_exponents_equal_dop853() -> None:
    n = 2000
    rng = np.random.default_rng(20230613)
    exponents = (rng.uniform(1.0, 8.0, n), np.where(rng.random(n) < 0.3, 1.0, rng.uniform(1.0, 8.0, n)))
    steps = random_steps(rng, n, exponents, fastest=10.0)
    expected = reference(steps)
    assert (kinks_crossed(steps, expected[0]) >= 1).sum() > 200
    compare(steps, ours(steps, linear=False), expected)


def test_numerical_fallback_with_exponents_of_one_equals_the_closed_form() -> None:
    n = 3000
    steps = random_steps(np.random.default_rng(7), n, (np.ones(n), np.ones(n)), fastest=30.0)
    compare(steps, ours(steps, linear=False), ours(steps, linear=True))


def boundary_steps() -> Iterator[tuple[float, ...]]:
    """Every combination of a start exactly on a boundary, and of nothing, something, or just as much flowing."""
    w, t, m = 0.13, 0.48, 0.88
    for start, infiltration, demand, kp, kl in itertools.product(
        (0.0, w, t, m), (0.0, 1e-300, 0.0003, 0.01, 0.35), (0.0, 1e-300, 0.0003, 0.02), (0.0, 0.0122, 2.0), (0.0, 0.01)
    ):
        if infiltration <= m - start:
            yield w, t, m, kp, kl, 1.0, 1.0, start, infiltration, demand


@pytest.mark.parametrize("linear", [True, False], ids=["closed form", "numerical"])
def test_steps_from_exactly_a_boundary_equal_dop853(linear: bool) -> None:
    steps = Steps(*np.array(list(boundary_steps())).T)
    assert steps.start.size > 300
    compare(steps, ours(steps, linear=linear), reference(steps))


@pytest.mark.parametrize("linear", [True, False], ids=["closed form", "numerical"])
def test_balanced_inflow_keeps_the_storage(linear: bool) -> None:
    """Where infiltration equals what leaves, exactly at a kink, nothing moves."""
    options = CfeOptions(soil_scheme=ODE, linear_outlets=int(linear))
    c = column(0.125, 0.5, 1.0, 0.0625, 0.03125)
    assert integrate_soil(0.5, 0.25, 0.25, c, options) == (0.25, 0.0, 0.0)
    assert integrate_soil(0.125, 0.0, 0.25, c, options) == (0.0, 0.0, 0.0)
    et, percolation, lateral = integrate_soil(1.0, 0.0, 0.0, column(0.125, 0.5, 1.0, 0.0, 0.0), options)
    assert (et, percolation, lateral) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("linear", [True, False], ids=["closed form", "numerical"])
@pytest.mark.parametrize("threshold", [0.88, 0.9])
def test_threshold_not_below_saturation_drains_nothing(linear: bool, threshold: float) -> None:
    c = column(0.13, threshold, 0.88, 0.0122, 0.01)
    options = CfeOptions(soil_scheme=ODE, linear_outlets=int(linear))
    for start, infiltration in ((0.88, 0.0), (0.8, 0.08), (0.5, 0.01), (0.05, 0.0)):
        et, percolation, lateral = integrate_soil(start, infiltration, 0.001, c, options)
        assert (percolation, lateral) == (0.0, 0.0)
        assert 0.0 <= et <= 0.001
        assert start + infiltration - et <= 0.88
