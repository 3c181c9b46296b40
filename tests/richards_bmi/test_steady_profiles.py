"""Steady profiles: Darcy's law is recovered by differences, and the method of lines comes to the same profile."""

import numpy as np
import pytest

from hydro_physics.soil_classes import CARSEL_PARRISH_1988
from hydro_physics.van_genuchten import conductivity
from tests.richards_bmi.cell_fluxes import FIXED_SUCTION, FREE_DRAINAGE
from tests.richards_bmi.method_of_lines import Column, solve
from tests.richards_bmi.steady_profiles import largest_height, suction_at_heights, unit_gradient_suction

LOAM = CARSEL_PARRISH_1988["loam"]
SANDY_LOAM = CARSEL_PARRISH_1988["sandy loam"]
CLAY_LOAM = CARSEL_PARRISH_1988["clay loam"]
SAND = CARSEL_PARRISH_1988["sand"]


@pytest.mark.parametrize("soil", [SAND, SANDY_LOAM, LOAM, CLAY_LOAM])
@pytest.mark.parametrize("part", [0.9, 0.3, 0.001, -1e-4, -1e-6])
def test_flux_is_recovered_from_the_profile_by_differences(soil, part: float) -> None:
    """K (1 - dpsi/dz) with a five-point difference, which knows nothing of the quadrature, within 1e-6 of Ks."""
    flux = part * soil.ks
    top = 200.0 if flux > 0.0 else 0.9 * largest_height(flux, soil)
    step = 1e-3 * top
    for height in np.array([0.05, 0.2, 0.5, 0.8]) * top:
        psi = suction_at_heights(height + step * np.arange(-2, 3), flux, [soil], [1.1 * height + 3.0 * step])
        rise = (psi[0] - 8.0 * psi[1] + 8.0 * psi[3] - psi[4]) / (12.0 * step)
        k = conductivity(psi[2], soil)
        # close to unit gradient the flux is K and the suction must only be right
        assert k * (1.0 - rise) == pytest.approx(flux, rel=1e-5, abs=1e-9 * soil.ks)


def test_profile_at_rest_is_hydrostatic_whatever_the_layers() -> None:
    heights = np.linspace(0.0, 100.0, 11)
    np.testing.assert_array_equal(suction_at_heights(heights, 0.0, [LOAM, SAND], [40.0, 60.0]), heights)


def test_profile_tends_to_the_hydrostatic_one_and_to_unit_gradient() -> None:
    heights = np.array([10.0, 50.0])
    for flux in (1e-9, -1e-9):
        np.testing.assert_allclose(suction_at_heights(heights, flux, [LOAM], [60.0]), heights, rtol=1e-4)
    far = suction_at_heights([2000.0], 0.1, [LOAM], [2000.0])[0]
    assert far == pytest.approx(unit_gradient_suction(0.1, LOAM), rel=1e-9)
    assert conductivity(far, LOAM) == pytest.approx(0.1, rel=1e-8)


def test_upward_flux_ends_at_a_largest_height() -> None:
    """The suction has no bound there; half the flux goes higher."""
    top = largest_height(-1e-3, LOAM)
    assert suction_at_heights([0.999 * top], -1e-3, [LOAM], [0.999 * top])[0] > 1000.0
    with pytest.raises(ValueError, match="does not reach"):
        suction_at_heights([1.001 * top], -1e-3, [LOAM], [1.001 * top])
    assert largest_height(-5e-4, LOAM) > 1.2 * top


def steady_by_lines(column: Column, cells: list[int], flux: float) -> np.ndarray:
    return solve(column, cells, [1500.0], [(1500.0, flux)], tolerance=1e-7).psi


@pytest.mark.parametrize("bottom", [FREE_DRAINAGE, FIXED_SUCTION])
def test_method_of_lines_comes_to_rest_in_the_profile_of_two_layers(bottom: int) -> None:
    """Loam over sandy loam and a downward flux: an interface with a jump of moisture, by two unrelated ways."""
    flux = 0.05
    soils, thickness = (LOAM, SANDY_LOAM), (25.0, 25.0)
    start = unit_gradient_suction(flux, SANDY_LOAM) if bottom == FREE_DRAINAGE else 0.0
    worst = []
    for n in (10, 20, 40):
        column = Column(soils, thickness, 100.0, bottom)
        psi = steady_by_lines(column, [n, n], flux)
        heights = 50.0 - (np.arange(2 * n) + 0.5) * 25.0 / n
        exact = suction_at_heights(heights[::-1], flux, soils[::-1], thickness[::-1], start)[::-1]
        worst.append(np.abs(psi / exact - 1.0).max())
    assert worst[2] < 1e-3
    assert worst[1] < 0.5 * worst[0] or worst[0] < 1e-6
    assert worst[2] < 0.5 * worst[1] or worst[1] < 1e-6


def test_rise_from_a_table_into_two_layers_joins_at_the_interface() -> None:
    """Upward flux through sandy loam into loam: one suction and one flux on both sides."""
    flux, base = -2e-3, 30.0
    step = 1e-3
    below = suction_at_heights([base - 2 * step, base - step, base], flux, [SANDY_LOAM, LOAM], [base, 20.0])
    above = suction_at_heights([base + step, base + 2 * step], flux, [SANDY_LOAM, LOAM], [base, 20.0])
    rise_below = (3.0 * below[2] - 4.0 * below[1] + below[0]) / (2.0 * step)
    rise_above = (-3.0 * below[2] + 4.0 * above[0] - above[1]) / (2.0 * step)
    assert conductivity(below[2], SANDY_LOAM) * (1.0 - rise_below) == pytest.approx(flux, rel=1e-4)
    assert conductivity(below[2], LOAM) * (1.0 - rise_above) == pytest.approx(flux, rel=1e-4)


def test_a_flux_above_ks_is_refused() -> None:
    with pytest.raises(ValueError, match="Ks 1.04"):
        unit_gradient_suction(2.0, LOAM)
