"""Gauss-Legendre constants: published values, exactness for polynomials, and independence of the version of numpy."""

import numpy as np
import pytest
from numpy.polynomial import Polynomial

from hydro_physics.quadrature import gauss_legendre, integrals_from_points

# Abramowitz and Stegun 1964, table 25.4: n = 8, abscissas and weights
EIGHT = (
    (0.183434642495650, 0.362683783378362),
    (0.525532409916329, 0.313706645877887),
    (0.796666477413627, 0.222381034453374),
    (0.960289856497536, 0.101228536290376),
)


def test_published_values() -> None:
    points, weights = gauss_legendre(8)
    for k, (point, weight) in enumerate(EIGHT):
        assert float(points[4 + k]) == pytest.approx(point, abs=6e-16)
        assert float(points[3 - k]) == pytest.approx(-point, abs=6e-16)
        assert float(weights[4 + k]) == float(weights[3 - k]) == pytest.approx(weight, abs=6e-16)


@pytest.mark.parametrize("n", [2, 5, 8, 20])
def test_exact_for_polynomials_of_degree_2n_minus_1(n: int) -> None:
    points, weights = gauss_legendre(n)
    assert points == sorted(points)
    for degree in range(2 * n):
        found = sum(weight * point**degree for point, weight in zip(points, weights, strict=True))
        assert abs(float(found) - (2.0 / (degree + 1) if degree % 2 == 0 else 0.0)) < 1e-17


def test_close_to_numpys() -> None:
    points, weights = np.polynomial.legendre.leggauss(20)
    ours = [np.array(constants, dtype=np.float64) for constants in gauss_legendre(20)]
    np.testing.assert_allclose(ours[0], points, rtol=0, atol=3e-15)
    np.testing.assert_allclose(ours[1], weights, rtol=0, atol=3e-15)


@pytest.mark.parametrize("n", [3, 8])
def test_integrals_of_polynomials_from_their_values_at_the_points(n: int) -> None:
    points, matrix = (np.array(constants, dtype=np.float64) for constants in integrals_from_points(n))
    # coefficients reach 2e3 for 8 points: rounding alone gives some 1e-12
    polynomial = Polynomial(np.random.default_rng(n).normal(size=n))
    upward = polynomial.integ()
    found = Polynomial(matrix @ polynomial(points))
    places = np.linspace(0.0, 1.0, 11)
    np.testing.assert_allclose(found(places), upward(1.0) - upward(places), rtol=0, atol=2e-11)
