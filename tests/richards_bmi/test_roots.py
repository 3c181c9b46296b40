"""Root profiles: shares worked out by hand, and what they add up to."""

import math

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray

from richards_bmi.roots import EXPONENTIAL, LINEAR, ROOT_PROFILES, UNIFORM, root_shares

DENSITIES = {UNIFORM: lambda x: 1.0, LINEAR: lambda x: 1.0 - x, EXPONENTIAL: lambda x: mpmath.exp(-3.0 * x)}


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (UNIFORM, [1 / 4, 1 / 4, 1 / 2, 0.0]),
        # 2x - x^2 at 1/4, 1/2 and 1 is 7/16, 12/16 and 16/16
        (LINEAR, [7 / 16, 5 / 16, 4 / 16, 0.0]),
        # (1 - e^-0.75, e^-0.75 - e^-1.5, e^-1.5 - e^-3) / (1 - e^-3), e^-0.75 = 0.472367, e^-1.5 = 0.223130,
        # e^-3 = 0.049787
        (EXPONENTIAL, [0.555279, 0.262296, 0.182425, 0.0]),
    ],
)
def test_shares_by_hand(profile: int, expected: list[float]) -> None:
    """Roots to 20 cm: the third cell is half below them, the last all."""
    shares = root_shares(profile, 20.0, [0.0, 5.0, 10.0, 30.0, 50.0])
    assert shares == pytest.approx(expected, abs=1e-6 if profile == EXPONENTIAL else 1e-15)


def uneven(cells: int, bottom: float) -> NDArray[np.float64]:
    rng = np.random.default_rng(5)
    edges = np.concatenate([[0.0], np.cumsum(rng.uniform(0.05, 1.0, cells))])
    return edges / edges[-1] * bottom


@pytest.mark.parametrize("profile", DENSITIES)
@pytest.mark.parametrize("depth", [0.3, 17.0, 99.9, 100.0])
def test_shares_are_the_integrals_of_the_density(profile: int, depth: float) -> None:
    edges = uneven(60, 100.0)
    shares = root_shares(profile, depth, edges)
    density = DENSITIES[profile]
    whole = mpmath.quad(density, [0, 1])
    for share, top, bottom in zip(shares, edges[:-1], edges[1:], strict=True):
        x = [mpmath.mpf(min(z / depth, 1.0)) for z in (top, bottom)]
        assert share == pytest.approx(float(mpmath.quad(density, x) / whole), rel=1e-11, abs=1e-15)


@pytest.mark.parametrize("profile", DENSITIES)
def test_all_water_is_taken_from_somewhere_and_none_below_the_roots(profile: int) -> None:
    for depth in (0.01, 1.0, 33.3, 250.0, 400.0):
        edges = uneven(200, 400.0)
        shares = root_shares(profile, depth, edges)
        assert abs(shares.sum() - 1.0) <= 4e-16 * len(shares)
        assert (shares >= 0.0).all()
        assert (shares[edges[:-1] >= depth] == 0.0).all()
        assert (shares[edges[:-1] < depth * (1.0 - 1e-12)] > 0.0).all()


def test_finer_cells_share_what_their_coarse_cell_had() -> None:
    coarse = uneven(20, 80.0)
    fine = np.sort(np.concatenate([coarse, 0.3 * coarse[:-1] + 0.7 * coarse[1:]]))
    for profile in DENSITIES:
        pairs = root_shares(profile, 55.0, fine).reshape(-1, 2).sum(axis=1)
        np.testing.assert_allclose(pairs, root_shares(profile, 55.0, coarse), rtol=1e-13, atol=1e-16)


def test_profiles_differ_in_how_much_they_take_from_the_top() -> None:
    top = [root_shares(profile, 90.0, [0.0, 30.0, 90.0])[0] for profile in (UNIFORM, LINEAR, EXPONENTIAL)]
    assert top == pytest.approx([1 / 3, 5 / 9, (1 - math.exp(-1)) / (1 - math.exp(-3))], rel=1e-14)


@pytest.mark.parametrize("depth", [50.1, 0.0, -1.0, math.nan, math.inf])
def test_roots_that_no_column_has(depth: float) -> None:
    with pytest.raises(ValueError, match="expected more than 0 and at most the column's 50 cm"):
        root_shares(UNIFORM, depth, [0.0, 20.0, 50.0])


def test_a_column_whose_edges_add_up_a_little_short_is_deep_enough() -> None:
    edges = [0.0, 0.1 + 0.2, 30.0 * (1.0 - 1e-15)]
    for profile in DENSITIES:
        assert root_shares(profile, 30.0, edges).sum() == pytest.approx(1.0, abs=1e-15)


def test_unknown_profile() -> None:
    assert set(ROOT_PROFILES.values()) == set(DENSITIES)
    with pytest.raises(ValueError, match="3 is not a root profile; known: 0, 1, 2"):
        root_shares(3, 10.0, [0.0, 20.0])
