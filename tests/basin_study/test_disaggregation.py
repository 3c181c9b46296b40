"""Hours out of days keep the water of every day."""

import numpy as np
import pytest

from basin_study.dataset import DataError
from basin_study.disaggregation import check_rules, evaporation_by_hour, rain_by_hour


@pytest.mark.parametrize("rule", ["half_sine", "uniform"])
@pytest.mark.parametrize("daylight", [0.0, 8.3, 15.9, 24.0])
def test_evaporation_of_a_day_is_kept_whatever_its_length(rule, daylight):
    hours = evaporation_by_hour([3.7, 0.0], [daylight, 12.0], rule).reshape(2, 24)
    np.testing.assert_allclose(hours.sum(axis=1), [3.7, 0.0], atol=1e-14)
    np.testing.assert_allclose(hours, hours[:, ::-1], atol=1e-14)
    assert (hours >= 0.0).all()


def test_the_half_sine_is_integrated_over_each_hour():
    hours = evaporation_by_hour([1.0], [10.0])
    assert (hours[:7] == 0.0).all()
    fine = np.linspace(7.0, 17.0, 200001)
    sine = 0.5 * np.pi / 10.0 * np.sin(np.pi * (fine - 7.0) / 10.0)
    inside = (fine >= 9.0) & (fine <= 10.0)
    np.testing.assert_allclose(hours[9], np.mean(sine[inside]), rtol=1e-4)


@pytest.mark.parametrize("hours", range(1, 25))
def test_rain_of_a_day_is_kept_and_falls_within_its_storm(hours):
    rng = np.random.default_rng(hours)
    daily = rng.gamma(0.5, 10.0, 200)
    start = int(rng.integers(0, 25 - hours))
    found = rain_by_hour(daily, hours=hours, start=start).reshape(-1, 24)
    np.testing.assert_allclose(found.sum(axis=1), daily, rtol=1e-14)
    assert (found[:, start : start + hours] > 0.0).all()
    assert np.count_nonzero(found) == 200 * hours


def test_rules_that_there_are_not():
    with pytest.raises(DataError, match="evaporation_rule is 'x'.*rain_rule is 'y'.*storm of 5 h from 20 h"):
        check_rules("x", "y", 5, 20)
