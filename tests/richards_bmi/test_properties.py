"""A thousand random columns under random storms: they finish, and no water is made or lost."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hydro_physics.soil_classes import CARSEL_PARRISH_1988
from hydro_physics.van_genuchten import VanGenuchtenSoil
from richards_bmi.grid_settings import GridSettings
from richards_bmi.newton import ACCEPTABLE
from richards_bmi.options import FREE_DRAINAGE, NO_FLOW, WATER_TABLE
from richards_bmi.roots import EXPONENTIAL, LINEAR, UNIFORM
from richards_bmi.system import SPECIFIC_STORAGE
from tests.richards_bmi.columns import Description, RunningColumn

COLUMNS = 1000
BLOCKS = 20
HOURS = 24

CLASSES = tuple(CARSEL_PARRISH_1988.values())


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number from low to high, its logarithm uniform."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def random_soil(rng: np.random.Generator) -> VanGenuchtenSoil:
    if rng.random() < 0.5:
        return CLASSES[rng.integers(len(CLASSES))]
    theta_r = rng.uniform(0.0, 0.1)
    return VanGenuchtenSoil(
        theta_r=theta_r,
        theta_e=rng.uniform(0.3, 0.55),
        alpha=between(rng, 1e-3, 0.2),
        n=1.0 + between(rng, 0.06, 2.0),
        ks=between(rng, 3e-3, 50.0),
    )


def random_column(rng: np.random.Generator) -> tuple[Description, NDArray[Any], NDArray[Any]]:
    """A column, and a day of rain and of potential evapotranspiration [mm/h]."""
    layers = int(rng.integers(1, 5))
    thickness = tuple(between(rng, 3.0, 60.0) for _ in range(layers))
    depth = sum(thickness)
    bottom = int(rng.choice([NO_FLOW, FREE_DRAINAGE, WATER_TABLE]))
    description = Description(
        soils=tuple(random_soil(rng) for _ in range(layers)),
        thickness=thickness,
        psi=between(rng, 3.0, 3e4),
        bottom=bottom,
        water_table_depth=depth * rng.uniform(0.5, 3.0),
        ponded_depth_max=float(rng.choice([0.0, between(rng, 0.01, 10.0)])),
        root_profile=int(rng.choice([UNIFORM, LINEAR, EXPONENTIAL])),
        root_depth=depth * rng.uniform(0.1, 1.0),
        grid=GridSettings(cell=2.0, surface_cell=0.2, growth=1.4),
        pet_affects_precipitation=int(rng.integers(2)),
    )
    rain = np.where(rng.random(HOURS) < 0.3, rng.uniform(0.0, between(rng, 1.0, 200.0), HOURS), 0.0)
    return description, rain, rng.uniform(0.0, 1.0, HOURS)


def theta(psi: NDArray[Any], soil: VanGenuchtenSoil) -> NDArray[Any]:
    """Van Genuchten's moisture, written for arrays."""
    wet = (1.0 + (soil.alpha * np.maximum(psi, 0.0)) ** soil.n) ** (1.0 / soil.n - 1.0)
    return soil.theta_r + (soil.theta_e - soil.theta_r) * wet


def check(d: Description, rain: NDArray[Any], pet: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Run a column and look at every hour of it."""
    c = RunningColumn(d)
    before = c.stored
    series = c.run(rain, pet, history=True)
    entered, ran_off, taken, out, ponded, stored = (
        series[name] for name in ("infiltration", "runoff", "evapotranspiration", "percolation", "ponded", "stored")
    )
    from_rain = np.minimum(rain, pet) * d.pet_affects_precipitation
    supply, demand = 0.1 * (rain - from_rain), 0.1 * (pet - from_rain)
    throughput = 1.0 + before + supply.sum()
    # at the surface, in the soil
    np.testing.assert_allclose(
        entered + ran_off + np.diff(ponded, prepend=0.0), supply, rtol=0.0, atol=1e-11 * throughput
    )
    np.testing.assert_allclose(
        np.diff(stored, prepend=before), entered - taken - out, rtol=0.0, atol=1e-11 * throughput
    )
    assert (ran_off >= 0.0).all()
    assert (taken >= 0.0).all()
    assert (taken <= demand * (1.0 + 1e-9)).all()
    assert (ponded >= 0.0).all()
    assert (ponded <= d.ponded_depth_max + 1e-14 * throughput).all()
    if d.bottom == NO_FLOW:
        assert (out == 0.0).all()
    elif d.bottom == FREE_DRAINAGE:
        assert (out >= -ACCEPTABLE).all(), "but for what Newton's iteration leaves at the bottom"
    # in the cells
    psi, water = c.history[:, 0], c.history[:, 1]
    assert np.isfinite(psi).all()
    for layer, soil in enumerate(d.soils):
        inside = c.cells & (c.layer == layer)
        at, size = psi[:, inside], c.size[inside]
        by_suction = theta(at, soil) - SPECIFIC_STORAGE * np.minimum(at, 0.0)
        # Newton's iteration may leave so much in a cell, and in the interface above it
        np.testing.assert_allclose(water[:, inside], size * by_suction, rtol=0.0, atol=2.01 * ACCEPTABLE)
        assert (water[:, inside] >= size * soil.theta_r - 2.01 * ACCEPTABLE).all()
        assert (at > -2.0 * sum(d.thickness) - d.ponded_depth_max).all(), "more pressure than all the water above"
    return series


@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_columns_finish_and_balance(block: int) -> None:
    rng = np.random.default_rng([6, block])
    seen = {"runoff": 0, "ponded": 0, "risen": 0, "repeated": 0}
    for i in range(COLUMNS // BLOCKS):
        description, rain, pet = random_column(rng)
        try:
            series = check(description, rain, pet)
        except AssertionError as error:
            raise AssertionError(f"column {i} of block {block}: {description}\n{error}") from error
        seen["runoff"] += int(series["runoff"].sum() > 0.1)
        seen["ponded"] += int(series["ponded"].max() > 0.01)
        seen["risen"] += int(series["percolation"].min() < -1e-3)
        seen["repeated"] += int(series["repeated"].sum() > 0)
    assert min(seen.values()) > 0, f"these columns are too gentle: {seen}"
