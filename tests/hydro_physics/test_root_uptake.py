"""The stress on root uptake: values worked out by hand, its derivative, and its ends."""

import math

import mpmath
import numpy as np
import pytest

from hydro_physics.root_uptake import suction_of_half_uptake, uptake, uptake_slope
from hydro_physics.soil_classes import CARSEL_PARRISH_1988
from hydro_physics.van_genuchten import VanGenuchtenSoil, moisture

HALF = 1000.0


@pytest.mark.parametrize("name", CARSEL_PARRISH_1988)
def test_half_is_taken_at_the_moisture_midway_between_field_capacity_and_wilting_point(name: str) -> None:
    soil = CARSEL_PARRISH_1988[name]
    psi_half = suction_of_half_uptake(340.9, 15495.0, soil)
    assert 340.9 < psi_half < 15495.0
    assert moisture(psi_half, soil) == pytest.approx(0.5 * (moisture(340.9, soil) + moisture(15495.0, soil)), abs=1e-15)


@pytest.mark.parametrize(
    ("psi", "share"), [(0.0, 1.0), (500.0, 8.0 / 9.0), (1000.0, 0.5), (2000.0, 1.0 / 9.0), (3000.0, 1.0 / 28.0)]
)
def test_uptake_by_hand(psi: float, share: float) -> None:
    assert uptake(psi, 0.3, HALF) == pytest.approx(0.3 * share, rel=1e-15)


def test_below_a_water_table_roots_take_the_potential() -> None:
    """Not more, as the cube of a negative ratio would have it."""
    for psi in (-1e-3, -999.0, -HALF, -1e5):
        assert uptake(psi, 0.3, HALF) == 0.3
        assert uptake_slope(psi, 0.3, HALF) == 0.0


@pytest.mark.parametrize("psi", [1e-3, 1.0, 300.0, 1000.0, 1500.0, 2e4, 1e7])
def test_slope_is_the_derivative(psi: float) -> None:
    """Against the derivative to 40 digits."""
    with mpmath.workdps(40):
        exact = float(mpmath.diff(lambda x: mpmath.mpf(0.3) / (1 + (x / HALF) ** 3), mpmath.mpf(psi)))
    assert uptake_slope(psi, 0.3, HALF) == pytest.approx(exact, rel=1e-13)


def test_uptake_falls_with_suction_all_the_way() -> None:
    psi = np.concatenate([[-10.0, 0.0], 10.0 ** np.linspace(-6.0, 20.0, 400)])
    taken = np.array([uptake(float(value), 1.0, HALF) for value in psi])
    slopes = np.array([uptake_slope(float(value), 1.0, HALF) for value in psi])
    assert (np.diff(taken) <= 0.0).all()
    assert (slopes <= 0.0).all()
    assert (taken[0], taken[-1]) == (1.0, pytest.approx(1e-51, rel=1e-9))
    assert uptake(500.0, 0.0, HALF) == uptake_slope(500.0, 0.0, HALF) == 0.0


def test_dry_ends_stay_in_the_range_of_floats() -> None:
    """With the driest suction there is, in the coarsest soil that the model takes."""
    psi_half = suction_of_half_uptake(0.1, 1.0, VanGenuchtenSoil(0.0, 0.5, 10.0, 20.0, 1.0))
    assert psi_half < 0.2
    for function in (uptake, uptake_slope):
        value = function(1e60, 1.0, psi_half)
        assert math.isfinite(value)
        assert abs(value) < 1e-100


def test_a_soil_that_is_saturated_at_the_wilting_point_has_no_suction_of_half_uptake() -> None:
    clay = VanGenuchtenSoil(0.0, 0.5, 1e-6, 20.0, 1.0)
    assert suction_of_half_uptake(340.9, 15495.0, clay) == 0.0
    assert uptake(0.0, 0.3, 0.0) == 0.3
    assert uptake(1.0, 0.3, 0.0) == uptake_slope(1.0, 0.3, 0.0) == 0.0
