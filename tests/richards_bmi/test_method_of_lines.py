"""The method of lines against exact properties and limits, so that a solver can be compared with it."""

import functools

import numpy as np
import pytest

from hydro_physics.soil_classes import CARSEL_PARRISH_1988
from tests.richards_bmi.cell_fluxes import FIXED_SUCTION, FREE_DRAINAGE, diagonals, fluxes, rates, stored_water
from tests.richards_bmi.method_of_lines import PONDED, Column, cut, limit, solve

LOAM = CARSEL_PARRISH_1988["loam"]
SANDY_LOAM = CARSEL_PARRISH_1988["sandy loam"]
CLAY_LOAM = CARSEL_PARRISH_1988["clay loam"]

PONDED_CASES = {"sandy loam": (60.0, 11.5728), "loam": (30.0, 3.87436), "clay loam": (20.0, 1.29542)}
"""Depth [cm], and infiltration after 2.25 h [cm] in the limit of small cells.

The limits are those of 100, 200 and 400 cells by this method (Radau, tolerance 1e-7), the last extrapolation of which
adds 7.4e-4, 1.2e-4 and 4.9e-5 cm. Initial suction 1000 cm, pond without depth."""


@functools.cache
def ponded_totals(name: str) -> tuple[float, ...]:
    """Infiltration after 2.25 h with 40, 80 and 160 cells [cm]."""
    column = Column((CARSEL_PARRISH_1988[name],), (PONDED_CASES[name][0],), 1000.0)
    return tuple(solve(column, [n], [2.25], tolerance=1e-6).infiltration[-1] for n in (40, 80, 160))


@pytest.mark.parametrize("name", PONDED_CASES)
def test_ponded_infiltration_converges_in_the_size_of_cells(name: str) -> None:
    """Limits of finer cells, found once; the order is that of a smooth scheme, not the first order of upstream K."""
    expected = PONDED_CASES[name][1]
    totals = ponded_totals(name)
    value, error = limit(totals)
    assert abs(value - expected) < error
    assert value == pytest.approx(expected, rel=5e-5)
    assert (totals[1] - totals[0]) / (totals[2] - totals[1]) > 2.4


def test_the_orders_of_the_integration_in_time_agree() -> None:
    """BDF and Radau (orders 1 to 5, and 5) on the same cells, and water is conserved to the tolerance."""
    column = Column((LOAM,), (30.0,), 1000.0)
    times = [0.1, 1.0, 2.25]
    bdf, radau = (solve(column, [60], times, method=method) for method in ("BDF", "Radau"))
    np.testing.assert_allclose(bdf.infiltration, radau.infiltration, rtol=2e-6)
    assert bdf.balance_error < 1e-5
    assert radau.balance_error < 1e-7


def test_water_at_rest_above_a_table_stays_at_rest() -> None:
    """Hydrostatic suction through three layers, one of them saturated: no flux through any face."""
    column = Column((SANDY_LOAM, CLAY_LOAM, LOAM), (10.0, 12.0, 20.0), 0.0, FIXED_SUCTION, -15.0)
    lines = cut(column, [20, 12, 25])
    psi = 42.0 - 15.0 - (np.cumsum(lines.dz) - 0.5 * lines.dz)
    scale = max(soil.ks for soil in column.soils)
    assert np.abs(fluxes(psi, 0.0, lines)[:, 0]).max() <= 1e-12 * scale
    moved = fluxes(psi + 0.01 * np.arange(psi.size), 0.0, lines)[:, 0]
    assert np.abs(moved[1:-1]).min() > 1e-7 * scale


def test_slopes_are_those_of_the_rates() -> None:
    """Complex layering, wet and dry, ponded and not: the three diagonals against central differences."""
    lines = cut(Column((LOAM, SANDY_LOAM), (5.0, 5.0), 0.0, FREE_DRAINAGE), [6, 6])
    rng = np.random.default_rng(3)
    y = np.concatenate([[0.0], rng.uniform(1.0, 300.0, 12), [0.0]])
    for rain in (PONDED, 0.1):
        banded = diagonals(y, rain, lines)
        full = np.diag(banded[1]) + np.diag(banded[0, 1:], -1) + np.diag(banded[2, :-1], 1)
        for j in range(1, 13):
            step = np.zeros(14)
            step[j] = 1e-4 * y[j]
            by_difference = (rates(y + step, rain, lines) - rates(y - step, rain, lines)) / (2.0 * step[j])
            scale = np.abs(by_difference).max()
            np.testing.assert_allclose(full[:, j], by_difference, rtol=1e-4, atol=1e-5 * scale)


def test_flux_through_an_interface_is_one_of_a_column_whose_layers_are_the_same_soil() -> None:
    """A cut within one soil changes nothing but the place where the suction is known."""
    one = solve(Column((LOAM,), (20.0,), 500.0), [80], [1.0])
    two = solve(Column((LOAM, LOAM), (8.0, 12.0), 500.0), [32, 48], [1.0])
    assert two.infiltration[-1] == pytest.approx(one.infiltration[-1], rel=1e-4)
    np.testing.assert_allclose(two.psi, one.psi, rtol=5e-3)


def test_rain_below_the_capacity_infiltrates_entirely_and_what_stands_runs_off() -> None:
    column = Column((LOAM,), (40.0,), 500.0, FREE_DRAINAGE)
    gentle = solve(column, [80], [1.0, 3.0], [(1.0, 0.3), (3.0, 0.0)])
    np.testing.assert_allclose(gentle.infiltration, 0.3, rtol=1e-7)
    heavy = solve(column, [80], [3.0], [(3.0, 10.0)])
    ponded = solve(column, [80], [3.0])
    assert heavy.infiltration[-1] < ponded.infiltration[-1]
    assert heavy.infiltration[-1] == pytest.approx(ponded.infiltration[-1], rel=0.01)


def test_a_closed_column_fills_to_its_pores() -> None:
    """Ponded until full: saturated cells bear pressure up to the hydrostatic one, and the intake is the empty pores."""
    column = Column((SANDY_LOAM, LOAM), (6.0, 6.0), 100.0, elastic=1e-6)
    end = solve(column, [12, 12], [20.0], tolerance=1e-6, method="Radau")
    lines = cut(column, [12, 12])
    pores = 6.0 * (SANDY_LOAM.theta_e + LOAM.theta_e) - stored_water(np.full(24, 100.0), lines)
    assert end.infiltration[-1] == pytest.approx(pores, rel=1e-4)
    np.testing.assert_allclose(end.psi, -end.depth, atol=0.02)


def test_a_limit_is_exact_for_values_of_one_order() -> None:
    assert limit([1.0 + 2.0 * h**2 for h in (1.0, 0.5, 0.25)])[0] == pytest.approx(1.0, abs=1e-14)
    value, error = limit([1.0, 1.1, 1.0])
    assert value == 1.0
    assert error == pytest.approx(0.05)
