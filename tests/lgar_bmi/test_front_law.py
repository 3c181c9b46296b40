"""The flux behind a front: Green and Ampt's, and Talsma and Parlange's where that is asked for."""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq

from hydro_physics.soil_classes import CARSEL_PARRISH_1988
from hydro_physics.van_genuchten import conductivity, moisture
from lgar_bmi.front_law import front_flux, saturated_depth, tail
from lgar_bmi.options import ADAPTIVE, GREEN_AMPT, TALSMA_PARLANGE
from lgar_bmi.processes import capillary_drive, infiltration_capacity
from lgar_bmi.setup import make_column
from lgar_bmi.velocity import update_velocities
from ngen_bmi.errors import ConfigError
from tests.lgar_bmi import configs
from tests.lgar_bmi.reference import SYNTH_2, model, place
from tests.lgar_bmi.test_config_yaml import load


def test_green_ampt_is_bit_for_bit_what_it_was() -> None:
    rng = np.random.default_rng(0)
    for depth, drive, head, mean, k, ks in 10.0 ** rng.uniform(-3, 3, (200, 6)):
        assert front_flux(depth, drive, head, mean, k, ks, GREEN_AMPT) == mean + ks * (drive + head) / depth


def test_tail_is_one_at_the_surface_nothing_far_down_and_smooth() -> None:
    assert tail(0.0) == 1.0
    assert tail(1.0) == pytest.approx(1.0 / (math.e - 1.0), rel=1e-15)
    for x in (1e-4, 700.0):
        below, above = tail(x * (1.0 - 1e-15)), tail(x * (1.0 + 1e-15))
        assert abs(above - below) < 1e-15
    assert tail(1e300) == tail(math.inf) == 0.0
    x = np.linspace(0.0, 5.0, 200)
    assert (np.diff([tail(value) for value in x]) < 0.0).all()


@pytest.mark.parametrize("share", [0.02, 0.5, 2.0, 8.0])
def test_flux_of_one_soil_is_the_rate_of_talsma_and_parlanges_infiltration(share: float) -> None:
    """Their time as a function of infiltration, t = [I - S^2 / 2K (1 - exp(-2 K I / S^2))] / K, by differences."""
    ks, drive, pores = 1.04, 8.0, 0.31
    scale = drive * pores

    def time(water: float) -> float:
        return (water + scale * math.expm1(-water / scale)) / ks

    water, h = share * scale, 1e-4 * scale
    rate = 2.0 * h / (time(water + h) - time(water - h))
    assert front_flux(water / pores, drive, 0.0, ks, ks, ks, TALSMA_PARLANGE) == pytest.approx(rate, rel=1e-6)


def test_near_the_surface_the_laws_differ_by_half_the_conductivity() -> None:
    """The first term of the exponential that Green and Ampt lack."""
    law = [front_flux(0.01, 20.0, 0.3, 2.0, 2.0, 2.0, which) for which in (GREEN_AMPT, TALSMA_PARLANGE)]
    assert law[0] - law[1] == pytest.approx(0.5 * 2.0, rel=1e-3)
    assert law[0] > 1000.0


def test_front_without_drive_or_conductivity_moves_by_gravity_and_head() -> None:
    assert front_flux(10.0, 0.0, 2.0, 0.5, 0.5, 1.0, TALSMA_PARLANGE) == 0.5 * 1.2
    assert front_flux(10.0, 3.0, 2.0, 0.0, 0.0, 1.0, TALSMA_PARLANGE) == 0.0
    assert front_flux(10.0, 1e-310, 0.0, 0.5, 0.5, 1.0, TALSMA_PARLANGE) == 0.5


def test_capillary_flux_of_a_coarse_layer_has_to_come_through_the_fine_one_above() -> None:
    """Its drive over the resistance above, where LGAR's law lets several times as much in."""
    fine, coarse = CARSEL_PARRISH_1988["silt loam"], CARSEL_PARRISH_1988["sandy loam"]
    column = make_column([fine, coarse], (15.0, 100.0))
    drive = capillary_drive(1000.0, 0.0, 1, column, 0)
    resistance = 15.0 / fine.ks + 0.1 / coarse.ks
    flux = infiltration_capacity(15.1, 1, drive, 2.0, column, TALSMA_PARLANGE)
    # water that enters the coarse soil at its suction G is Childs and Bybordi's upper limit, gravity alone the lower
    assert (15.1 + 2.0) / resistance < flux < (15.1 + 2.0 + drive) / resistance
    assert infiltration_capacity(15.1, 1, drive, 2.0, column, GREEN_AMPT) > 3.0 * flux
    thin = make_column([fine, coarse], (0.01, 100.0))
    resistance = 0.01 / fine.ks + 0.01 / coarse.ks
    flux = infiltration_capacity(0.02, 1, drive, 0.0, thin, TALSMA_PARLANGE)
    assert flux == pytest.approx((0.02 + drive) / resistance, rel=0.02)


@pytest.mark.parametrize("drive", [1e-9, 0.3, 8.0, 500.0])
@pytest.mark.parametrize("tau", [1e-6, 0.05, 3.0, 100.0])
def test_depth_of_a_new_front_solves_its_equation(tau: float, drive: float) -> None:
    def residual(depth: float) -> float:
        capillary = 1.0 / math.expm1(depth / drive) if depth < 700.0 * drive else 0.0
        return depth - tau * (1.0 + capillary)

    green_ampt = saturated_depth(tau, drive, GREEN_AMPT)
    assert green_ampt**2 == pytest.approx(tau * (green_ampt + drive), rel=1e-12)
    expected = brentq(residual, 0.5 * tau, 2.0 * green_ampt, xtol=1e-300, rtol=1e-15)
    assert saturated_depth(tau, drive, TALSMA_PARLANGE) == pytest.approx(expected, rel=1e-12)
    assert expected <= green_ampt


@pytest.mark.parametrize("name", ["sandy loam", "loam", "clay loam"])
def test_long_ponding_infiltrates_as_talsma_and_parlange_and_less_than_green_ampt(name: str) -> None:
    """Against their implicit equation with the same sorptivity; 30 s sub-steps."""
    soil = CARSEL_PARRISH_1988[name]
    hours = 3.0
    total = {}
    for law in (GREEN_AMPT, TALSMA_PARLANGE):
        m = model([soil], (400.0,), 1000.0, length=1.0 / 120.0, infiltration=law)
        before = m.storage
        pores = soil.theta_e - m.rows()[0][3]
        total[law] = m.run(np.full(int(hours), 500.0 * soil.ks))["infiltration"].sum()
        assert m.storage - before == pytest.approx(total[law], abs=1e-11)
    scale = capillary_drive(1000.0, 0.0, 0, m.column, 0) * pores

    def late(water: float) -> float:
        return water + scale * math.expm1(-water / scale) - soil.ks * hours

    expected = brentq(late, 1e-6, 100.0)
    assert total[TALSMA_PARLANGE] == pytest.approx(expected, rel=0.01)
    assert total[GREEN_AMPT] > 1.1 * expected


def test_soil_that_is_cut_into_layers_infiltrates_the_same() -> None:
    soil = CARSEL_PARRISH_1988["loam"]
    rain = np.array([60.0, 5.0, 0.0, 0.0, 40.0, 40.0])
    whole, cut = (
        model([soil] * len(thickness), thickness, 500.0, substeps=ADAPTIVE, tolerance=1e-5, infiltration=1).run(rain)
        for thickness in ((120.0,), (7.0, 13.0, 100.0))
    )
    assert cut["infiltration"].sum() == pytest.approx(whole["infiltration"].sum(), rel=1e-3)
    assert whole["runoff"].sum() > 1.0


def test_deeper_fronts_follow_the_same_law() -> None:
    m = model(SYNTH_2, (10.0, 30.0, 25.0), 500.0, infiltration=TALSMA_PARLANGE)
    place(m, (0, 10.0, 90.0), (1, 40.0, 90.0), (2, 50.0, 90.0), (2, 65.0, 500.0))
    update_velocities(m.fronts, 0.0, 1.0 / 12.0, m.column, m.options)
    k = [conductivity(90.0, soil) for soil in SYNTH_2]
    resistance = 10.0 / k[0] + 30.0 / k[1] + 10.0 / k[2]
    drive = capillary_drive(500.0, 90.0, 2, m.column, 0) * SYNTH_2[2].ks
    flux = 50.0 / resistance + k[2] / math.expm1(k[2] ** 2 * resistance / drive)
    step = moisture(90.0, SYNTH_2[2]) - moisture(500.0, SYNTH_2[2])
    assert m.fronts.speed[2] == pytest.approx(flux / step, rel=1e-12)


def test_configuration_says_which_law(tmp_path: Path) -> None:
    assert load(tmp_path, configs.column()).options.infiltration == GREEN_AMPT
    assert load(tmp_path, configs.column(infiltration="green_ampt")).options.infiltration == GREEN_AMPT
    found = load(tmp_path, configs.column(infiltration="talsma_parlange")).options
    assert found.infiltration == TALSMA_PARLANGE
    with pytest.raises(ConfigError, match="infiltration: 'philip' is not known; expected one of green_ampt, talsma_p"):
        load(tmp_path, configs.column(infiltration="philip"))
    with pytest.raises(ConfigError, match="infiltration: compatibility: lgar-c knows green_ampt alone"):
        load(tmp_path, configs.column(infiltration="talsma_parlange", compatibility="lgar-c"))
