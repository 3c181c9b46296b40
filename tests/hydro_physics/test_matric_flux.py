"""Matric flux potentials from the table: scipy's integral, the direct quadrature, and smoothness."""

import numpy as np
import pytest

from hydro_physics.capillary_drive import exact_drive
from hydro_physics.matric_flux import (
    FIRST,
    OFFSET,
    PANELS,
    TABLE_SHAPE,
    WIDTH,
    fill_matric_flux_table,
    matric_flux_potential,
    tabulated_drive,
)
from hydro_physics.van_genuchten import VanGenuchtenSoil, conductivity
from tests.hydro_physics.test_van_genuchten import SOILS, integral, random_soils


def table_of(soil: VanGenuchtenSoil) -> np.ndarray:
    table = np.full(TABLE_SHAPE, np.nan)
    fill_matric_flux_table(soil, table)
    return table


@pytest.mark.parametrize("soil", SOILS)
@pytest.mark.parametrize(("dry", "wet"), [(1000.0, 0.0), (1000.0, 50.0), (200.0, 10.0), (1e6, 0.0), (3.0, 2.9)])
def test_drive_is_scipys_integral(soil: VanGenuchtenSoil, dry: float, wet: float) -> None:
    table = table_of(soil)
    drive = tabulated_drive(dry, wet, soil, table)
    scale = matric_flux_potential(0.0, soil, table)
    assert drive == pytest.approx(integral(dry, wet, soil), rel=1e-8, abs=1e-11 * scale)


def test_drive_is_scipys_integral_over_the_documented_range_of_soils() -> None:
    """n down to 1.01: within 1e-11 of the potential at saturation, as the table promises."""
    rng = np.random.default_rng(8)
    soils = [
        *random_soils(10),
        VanGenuchtenSoil(0.05, 0.45, 1e-4, 1.01, 1.0),
        VanGenuchtenSoil(0.05, 0.45, 1.0, 3, 9.0),
    ]
    for soil in soils:
        table = table_of(soil)
        full = matric_flux_potential(0.0, soil, table)
        for _ in range(5):
            wet, dry = np.sort(10 ** rng.uniform(-6, 5, 2)) / soil.alpha * 0.01
            expected = integral(dry, wet, soil)
            assert tabulated_drive(dry, wet, soil, table) == pytest.approx(expected, rel=0.0, abs=1e-10 * full)


def test_table_agrees_with_the_quadrature_for_many_soils() -> None:
    rng = np.random.default_rng(5)
    worst = 0.0
    for soil in random_soils(400, seed=9):
        table = table_of(soil)
        full = matric_flux_potential(0.0, soil, table)
        wet, dry = np.sort(10 ** rng.uniform(-3, 6, 2))
        worst = max(worst, abs(tabulated_drive(dry, wet, soil, table) - exact_drive(dry, wet, soil)) / full)
    assert worst < 1e-9


def test_potential_falls_to_nothing_and_is_continuous_at_every_panel() -> None:
    for soil in SOILS:
        table = table_of(soil)
        ends = (np.exp(FIRST + WIDTH * np.arange(1, PANELS + 1)) - OFFSET) / soil.alpha
        full = matric_flux_potential(0.0, soil, table)
        for end in ends:
            below = matric_flux_potential(end * (1.0 - 1e-12), soil, table)
            above = matric_flux_potential(end * (1.0 + 1e-12), soil, table)
            assert above == pytest.approx(below, rel=1e-9, abs=1e-12 * full)
        values = [matric_flux_potential(psi, soil, table) for psi in np.geomspace(1e-9, 1e18, 500)]
        assert np.all(np.diff(values) <= 1e-13 * full)
        assert 0.0 <= values[-1] < 1e-9 * full


def test_slope_is_the_conductivity() -> None:
    for soil in SOILS:
        table = table_of(soil)
        for psi in np.geomspace(0.01, 1e4, 30):
            h = 1e-4 * psi
            slope = matric_flux_potential(psi + h, soil, table) - matric_flux_potential(psi - h, soil, table)
            full = matric_flux_potential(0.0, soil, table)
            expected = -conductivity(psi, soil) / soil.ks
            assert slope / (2.0 * h) == pytest.approx(expected, rel=2e-6, abs=1e-14 * full / h)


def test_drive_is_none_without_a_drier_end() -> None:
    soil = SOILS[0]
    table = table_of(soil)
    assert tabulated_drive(50.0, 50.0, soil, table) == 0.0
    assert tabulated_drive(10.0, 50.0, soil, table) == 0.0
    assert tabulated_drive(1e20, 1e15, soil, table) >= 0.0
