"""Routing keeps its water and does what it says, against independent formulations in numpy."""

import numpy as np
import pytest

from hydro_physics.routing import ordinates_for_step, route_giuh, route_nash, route_surface_nash


@pytest.mark.parametrize("ordinates", [(1.0,), (0.25, 0.75), (0.06, 0.51, 0.28, 0.12, 0.03), (0.0, 0.0, 1.0)])
def test_giuh_is_a_convolution(ordinates: tuple[float, ...]) -> None:
    rng = np.random.default_rng(1)
    inflow = rng.exponential(1e-3, 60) * (rng.random(60) < 0.4)
    queue = np.zeros(len(ordinates))
    outflow = np.array([route_giuh(x, np.array(ordinates), queue) for x in inflow])
    np.testing.assert_allclose(outflow, np.convolve(inflow, ordinates)[:60], rtol=0.0, atol=1e-18)
    assert queue[-1] == 0.0
    assert inflow.sum() - outflow.sum() == pytest.approx(queue.sum(), abs=1e-16)


def test_giuh_with_one_ordinate_passes_the_water_on() -> None:
    queue = np.zeros(1)
    assert route_giuh(0.3, np.array([1.0]), queue) == 0.3
    assert queue[0] == 0.0


@pytest.mark.parametrize("rate", [0.0, 0.03, 0.5, 1.0])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_nash_cascade_is_its_linear_map(size: int, rate: float) -> None:
    """Storages after a step: S - K S, plus what the reservoir above gave; as a matrix."""
    rng = np.random.default_rng(2)
    shift = np.eye(size) * (1.0 - rate) + np.eye(size, k=-1) * rate
    expected = rng.random(size)
    storages = tuple(expected.tolist())
    for inflow in rng.random(20):
        last = expected[-1]
        expected = shift @ expected
        expected[0] += inflow
        before = sum(storages)
        storages, outflow = route_nash(storages, float(inflow), rate)
        np.testing.assert_allclose(storages, expected, rtol=0.0, atol=1e-14)
        assert outflow == pytest.approx(rate * last, abs=1e-14)
        assert before + inflow - outflow - sum(storages) == pytest.approx(0.0, abs=1e-14)


def test_nash_water_takes_one_step_per_reservoir() -> None:
    storages: tuple[float, ...] = (0.0, 0.0)
    flows = []
    for inflow in (1.0, 0.0, 0.0, 0.0):
        storages, outflow = route_nash(storages, inflow, 0.5)
        flows.append(outflow)
    assert flows == [0.0, 0.0, 0.25, 0.25]


@pytest.mark.parametrize("substeps", [1, 3, 10])
@pytest.mark.parametrize("rate", [0.0, 0.83089, 2.0, 100.0])
@pytest.mark.parametrize("runon_rate", [0.0, 0.001, 0.9, 100.0])
@pytest.mark.parametrize("deficit", [-0.1, 0.0, 0.002, 10.0])
def test_surface_nash_conserves_and_takes_no_more_than_there_is(
    substeps: int, rate: float, runon_rate: float, deficit: float
) -> None:
    """Also at rates of 1 and more a sub-step, where the C model lets more water out than there is."""
    rng = np.random.default_rng(4)
    storages = (0.004, 0.0, 1e-9)
    for inflow in (0.0, *rng.exponential(0.01, 10), 0.0, 0.0):
        before = sum(storages) + inflow
        storages, outflow, infiltration = route_surface_nash(
            storages, float(inflow), rate, runon_rate, 0.001, deficit, substeps
        )
        assert min(storages) >= 0.0
        assert outflow >= 0.0
        assert 0.0 <= infiltration <= max(deficit, 0.0) + 1e-16
        assert before - outflow - infiltration - sum(storages) == pytest.approx(0.0, abs=1e-16)


def test_surface_nash_retention_holds_back_in_the_first_reservoir_only() -> None:
    storages, outflow, infiltration = route_surface_nash((0.0009, 0.0009), 0.0, 1.0, 0.0, 0.001, 1.0, 1)
    assert storages == (0.0009, 0.0)
    assert (outflow, infiltration) == (0.0009, 0.0)
    storages, outflow, _ = route_surface_nash((0.0, 0.0), 0.003, 1.0, 0.0, 0.001, 1.0, 1)
    assert storages == pytest.approx((0.001, 0.0), abs=1e-18)
    assert outflow == pytest.approx(0.002, abs=1e-18)


def test_surface_nash_substep_by_hand() -> None:
    """Two sub-steps of half an hour with run-on, in the order infiltrate, then flow, upstream first."""
    rate, runon, retention, h = 0.8, 0.2, 0.001, 0.5
    s0, s1 = 0.01 + 0.005, 0.002
    lost = flowed = 0.0
    for _ in range(2):
        w = runon * s0 * h
        s0, lost = s0 - w, lost + w
        move = rate * (s0 - retention) * h
        s0, s1 = s0 - move, s1 + move
        w = runon * s1 * h
        s1, lost = s1 - w, lost + w
        move = rate * s1 * h
        s1, flowed = s1 - move, flowed + move
    storages, outflow, infiltration = route_surface_nash((0.01, 0.002), 0.005, rate, runon, retention, 1.0, 2)
    assert storages == pytest.approx((s0, s1), abs=1e-17)
    assert (outflow, infiltration) == pytest.approx((flowed, lost), abs=1e-17)


HOURLY = (0.06, 0.51, 0.28, 0.12, 0.03)


@pytest.mark.parametrize("step_h", [1 / 60, 1 / 12, 0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 7.0, 24.0])
def test_ordinates_of_other_steps_conserve_water_and_the_mean_delay(step_h: float) -> None:
    """The centre of mass stays where it was within what steps can resolve."""
    ordinates = ordinates_for_step(HOURLY, step_h)
    assert ordinates.sum() == pytest.approx(1.0, abs=1e-15)
    assert (ordinates >= 0.0).all()
    hours = np.arange(len(HOURLY)) @ np.array(HOURLY)
    mean = np.arange(ordinates.size) @ ordinates * step_h
    expected = hours + 0.5 * (1.0 - step_h) if step_h < 1.0 else hours
    assert mean == pytest.approx(expected, abs=1e-12)
    if step_h == 1.0:
        assert ordinates.tolist() == list(HOURLY)


def test_steps_of_hours_are_hours_of_even_inflow() -> None:
    rng = np.random.default_rng(1)
    inflow = rng.random(8)
    for hours in (2, 3, 5):
        ordinates = ordinates_for_step(HOURLY, float(hours))
        queue = np.zeros(ordinates.size)
        ours = [route_giuh(float(value), ordinates, queue) for value in inflow]
        hourly_queue = np.zeros(len(HOURLY))
        shares = np.array(HOURLY)
        hourly = [route_giuh(float(v) / hours, shares, hourly_queue) for v in inflow for _ in range(hours)]
        np.testing.assert_allclose(ours, np.reshape(hourly, (-1, hours)).sum(axis=1), rtol=1e-13)


@pytest.mark.parametrize("step_h", [0.7, 1.5, 0.0, -1.0, np.nan, np.inf])
def test_steps_that_do_not_fit_hours_are_refused(step_h: float) -> None:
    with pytest.raises(ValueError, match="neither divide an hour"):
        ordinates_for_step(HOURLY, step_h)
