"""Blocks of one suction: their water by hand, and the suction at which they hold an amount, against scipy."""

import numpy as np
import pytest
from scipy.optimize import brentq

from hydro_physics.van_genuchten import VanGenuchtenSoil, moisture
from lgar_bmi.block import DRY, block_suction, block_water, thickness_in
from lgar_bmi.column import Column
from lgar_bmi.options import CLOSED_FORM
from lgar_bmi.setup import make_column
from tests.lgar_bmi.reference import SYNTH_1

COLUMN = make_column(SYNTH_1, (10.0, 30.0, 25.0))


def random_column(rng: np.random.Generator) -> Column:
    layers = int(rng.integers(1, 7))
    soils = [
        VanGenuchtenSoil(
            rng.uniform(0.01, 0.15),
            rng.uniform(0.3, 0.8),
            10 ** rng.uniform(-4, 0),
            1.01 + 1.99 * rng.uniform() ** 2,
            1.0,
        )
        for _ in range(layers)
    ]
    return make_column(soils, 10 ** rng.uniform(-0.5, 2.0, layers), CLOSED_FORM)


def test_thickness_between_two_depths() -> None:
    assert [thickness_in(COLUMN, layer, 0.0, 47.0, 2) for layer in range(3)] == [10.0, 30.0, 7.0]
    assert [thickness_in(COLUMN, layer, 15.0, 47.0, 2) for layer in range(3)] == [0.0, 25.0, 7.0]
    assert [thickness_in(COLUMN, layer, 2.0, 7.0, 0) for layer in range(1)] == [5.0]
    # the lowest layer has no end: fronts overshoot
    assert [thickness_in(COLUMN, layer, 2.0, 17.0, 0) for layer in range(1)] == [15.0]
    assert thickness_in(COLUMN, 1, 45.0, 47.0, 1) == 2.0


def test_water_of_a_block_is_the_sum_over_its_layers() -> None:
    by_hand = 8.0 * moisture(50.0, SYNTH_1[0]) + 30.0 * moisture(50.0, SYNTH_1[1]) + 7.0 * moisture(50.0, SYNTH_1[2])
    assert block_water(50.0, 2.0, 47.0, 2, COLUMN) == pytest.approx(by_hand, rel=1e-14)
    assert block_water(0.0, 0.0, 65.0, 2, COLUMN) == pytest.approx(4.3 + 30.0 * 0.41 + 25.0 * 0.43, rel=1e-14)


def test_suction_of_a_block_is_scipys_root_and_conserves_water() -> None:
    """20 000 random stacks, from 1e-3 cm to 1e6 cm, whatever the search begins with."""
    rng = np.random.default_rng(3)
    worst = 0.0
    for _ in range(2000):
        column = random_column(rng)
        last = column.thickness.size - 1
        top = rng.choice([0.0, rng.uniform(0.0, column.bottom[0])])
        bottom = column.bottom[last] - rng.choice([0.0, rng.uniform(0.0, 0.99 * column.thickness[last])])
        if bottom <= top:
            continue
        pores = block_water(0.0, top, bottom, last, column)
        for psi in 10 ** rng.uniform(-3, 6, 10):
            water = block_water(psi, top, bottom, last, column)
            if water >= pores:
                continue
            guess = rng.choice([0.0, 1e-9, psi * 10 ** rng.uniform(-6, 6), 1e7])
            found = block_suction(water, guess, top, bottom, last, column)
            worst = max(worst, abs(block_water(found, top, bottom, last, column) - water) / pores)
    assert worst <= 4e-16 * 10
    # scipy, on a few of them
    for _ in range(300):
        column = random_column(rng)
        last = column.thickness.size - 1
        bottom = column.bottom[last]
        psi = 10 ** rng.uniform(0, 4)
        water = block_water(psi, 0.0, bottom, last, column)
        if block_water(0.0, 0.0, bottom, last, column) - water < 1e-6:
            continue

        def residual(
            log_psi: float, water: float = water, last: int = last, bottom: float = bottom, column: Column = column
        ) -> float:
            return block_water(np.exp(log_psi), 0.0, bottom, last, column) - water

        root = np.exp(brentq(residual, np.log(1e-6), np.log(1e7), xtol=1e-13, rtol=1e-14))
        assert block_suction(water, 1.0, 0.0, bottom, last, column) == pytest.approx(root, rel=1e-6)


def test_search_that_newton_alone_never_ends() -> None:
    """Newton's steps went to and fro between 0.04 and 566 cm; the answer was wrong by 1.8 cm of water."""
    soils = (
        VanGenuchtenSoil(0.14776931388716064, 0.36183915102712266, 0.05161817253497205, 1.0567658636277584, 3.93),
        VanGenuchtenSoil(0.01886960836858342, 0.6457360651090382, 0.00030703395662489, 1.0465256231043865, 34.4),
        VanGenuchtenSoil(0.06255666620208906, 0.32179255886436214, 0.01779400941914802, 2.094783869627878, 0.13),
    )
    column = make_column(soils, (3.7230645930155344, 38.45956981800549, 25.44817328432894), CLOSED_FORM)
    bottom = column.bottom[2]
    psi = block_suction(32.55901807430648, 0.0, 0.0, bottom, 2, column)
    assert block_water(psi, 0.0, bottom, 2, column) == pytest.approx(32.55901807430648, abs=1e-13)
    assert psi == pytest.approx(50.49413048274, rel=1e-10)


def test_search_does_not_depend_on_where_it_begins() -> None:
    water = block_water(77.0, 0.0, 65.0, 2, COLUMN)
    found = [block_suction(water, guess, 0.0, 65.0, 2, COLUMN) for guess in (0.0, 1e-12, 1.0, 77.0, 1e5, 1e7, 1e20)]
    assert found == pytest.approx([77.0] * len(found), rel=1e-12)


def test_nearly_saturated_block() -> None:
    """Water short of saturation by 1e-13 cm has a suction, though its moisture rounds to saturation."""
    pores = block_water(0.0, 0.0, 65.0, 2, COLUMN)
    for short in (1e-6, 1e-9, 1e-12, 1e-13):
        psi = block_suction(pores - short, 10.0, 0.0, 65.0, 2, COLUMN)
        assert 0.0 <= psi < 0.1
        assert block_water(psi, 0.0, 65.0, 2, COLUMN) == pytest.approx(pores - short, abs=2e-14)


def test_block_gives_no_more_than_down_to_its_driest() -> None:
    driest = block_water(DRY, 0.0, 65.0, 2, COLUMN)
    assert block_suction(driest, 10.0, 0.0, 65.0, 2, COLUMN) == pytest.approx(DRY, rel=1e-9)
    assert block_suction(driest - 1.0, 10.0, 0.0, 65.0, 2, COLUMN) == DRY
    just_above = block_suction(driest + 1e-9, 10.0, 0.0, 65.0, 2, COLUMN)
    assert just_above < DRY
