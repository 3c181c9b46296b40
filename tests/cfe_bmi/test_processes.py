"""Processes one by one, where rounding or an edge could make a flux negative or a storage overdrawn."""

import itertools

import numpy as np
import pytest

from cfe_bmi.coefficients import derive
from cfe_bmi.examples import CAT_87
from cfe_bmi.processes import evaporate_rain, evaporate_rootzone, evaporate_soil, groundwater_outflow, partition_rain
from cfe_bmi.soil_classic import classic_soil, drain
from cfe_bmi.soil_ode import ode_soil
from cfe_bmi.state import CLASSIC, ODE, SCHAAKE, XINANJIANG, CfeForcing, CfeOptions
from tests.cfe_bmi.soil_column import column

C = derive(CAT_87)
NO_ICE = CfeForcing(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("partitioning", [SCHAAKE, XINANJIANG])
@pytest.mark.parametrize("frozen", [0, 1])
def test_partition_divides_rain_into_two_parts_that_are_not_negative(partitioning: int, frozen: int) -> None:
    rng = np.random.default_rng(31)
    options = CfeOptions(partitioning=partitioning, frozen_soil=frozen)
    worst = 0.0
    for _ in range(20_000):
        urban = rng.choice([0.0, 1.0, rng.random()])
        c = C._replace(
            impervious=0.95 * urban,
            urban=urban,
            free_water_exponent=rng.choice([0.0, 0.5, 1.0, 3.0]),
            frozen_scale=10.0 ** rng.uniform(-6.0, 0.0),
        )
        rain = 10.0 ** rng.uniform(-9.0, -0.5)
        full = c.soil_max * (1.0 - rng.choice([0.0, 1e-16, 1e-15, 1e-9]))
        storage = rng.choice([full, rng.uniform(0.0, c.soil_max)])
        forcing = NO_ICE._replace(ice_depth=10.0 ** rng.uniform(-3.0, 2.0), ice_fraction=rng.choice([0.0, 1.0, 0.3]))
        excess, infiltration = partition_rain(rain, storage, forcing, c, options)
        assert excess + infiltration == pytest.approx(rain, rel=1e-15, abs=0.0)
        worst = min(worst, excess, infiltration)
    assert worst == 0.0


@pytest.mark.parametrize("partitioning", [SCHAAKE, XINANJIANG])
@pytest.mark.parametrize("rain", [1e-300, 1e-9, 1e-8, 0.01, 0.5])
def test_a_soil_that_is_full_but_for_rounding_takes_nothing_and_gives_nothing(partitioning: int, rain: float) -> None:
    """A storage may be one place above its maximum, as (maximum - s) + s is."""
    for storage in (C.soil_max, np.nextafter(C.soil_max, 9.0)):
        excess, infiltration = partition_rain(rain, storage, NO_ICE, C, CfeOptions(partitioning=partitioning))
        assert infiltration == 0.0
        assert excess == rain


def test_drizzle_is_not_lost() -> None:
    """The C model loses rain below 1e-8 m with Xinanjiang."""
    for rain in (1e-300, 1e-9, 0.99999e-8):
        parts = partition_rain(rain, 0.3, NO_ICE, C, CfeOptions(partitioning=XINANJIANG))
        assert sum(parts) == rain


def test_impervious_rain_is_not_lost() -> None:
    """C model at u = 0.3: 10 mm become 3.15 + 4.00 mm, at u = 0.7 infiltration is -3.44 mm (specification, A6-3)."""
    for urban in (0.3, 0.7, 1.0):
        c = derive(CAT_87._replace(urban_decimal_fraction=urban))
        excess, infiltration = partition_rain(0.01, 0.55, NO_ICE, c, CfeOptions(partitioning=XINANJIANG))
        free = (0.55 - c.soil_threshold) / (c.soil_max - c.soil_threshold)
        pervious = 0.01 * (1.0 - 0.95 * urban)
        assert excess == pytest.approx(0.01 * 0.95 * urban + pervious * (1.0 - (1.0 - free) ** 0.6), rel=1e-14)
        assert infiltration == pytest.approx(0.01 - excess, rel=1e-14)


@pytest.mark.parametrize("scheme", [CLASSIC, ODE])
@pytest.mark.parametrize("partitioning", [SCHAAKE, XINANJIANG])
def test_a_soil_is_never_filled_beyond_its_maximum(scheme: int, partitioning: int) -> None:
    """The C model fills a soil twice (specification, A6-1)."""
    soil = classic_soil if scheme == CLASSIC else ode_soil
    options = CfeOptions(scheme, partitioning)
    c = C._replace(percolation_max=0.0, lateral_max=0.0)
    for storage, rain in itertools.product((0.5, 0.8, 0.8779999, 0.878), (0.0, 0.01, 0.1, 5.0)):
        after = soil(storage, rain, 0.0, 1.0, NO_ICE, c, options)
        assert after.storage <= 0.878 + 1e-15
        assert after.storage + after.excess == pytest.approx(storage + rain, abs=1e-15)


@pytest.mark.parametrize("linear", [0, 1])
def test_a_soil_without_wilting_point_is_never_overdrawn(linear: int) -> None:
    """Where all water can evaporate, rounding must not leave less than none."""
    rng = np.random.default_rng(32)
    options = CfeOptions(ODE, linear_outlets=linear)
    worst = 0.0
    for _ in range(20_000):
        threshold = 10.0 ** rng.uniform(-5.0, -1.0)
        maximum = threshold * (1.0 + 10.0 ** rng.uniform(-3.0, 1.0))
        k = 10.0 ** rng.uniform(-3.0, 0.5, 2)
        c = column(0.0, threshold, maximum, k[0], k[1], (1.0, 1.0) if linear else (2.0, 1.5))
        storage = maximum * rng.random()
        demand = 10.0 ** rng.uniform(-4.0, 1.0)
        after = ode_soil(storage, 0.0, demand, 1.0, NO_ICE, c, options)
        worst = min(worst, after.storage)
    assert worst == 0.0


@pytest.mark.parametrize("scheme", [CLASSIC, ODE])
def test_percolation_beyond_the_groundwaters_room_stays_in_the_soil(scheme: int) -> None:
    soil = classic_soil if scheme == CLASSIC else ode_soil
    c = C._replace(percolation_max=0.1)
    free = soil(0.8, 0.02, 1e-4, 1.0, NO_ICE, c, CfeOptions(scheme))
    for room in (0.0, 1e-300, 0.01):
        held = soil(0.8, 0.02, 1e-4, room, NO_ICE, c, CfeOptions(scheme))
        assert held.percolation == room
        assert held.lateral == free.lateral
        assert held.storage == pytest.approx(free.storage + free.percolation - room, abs=1e-15)
        assert held.storage <= c.soil_max


def test_rain_evaporates_first() -> None:
    for rain, pet in itertools.product((0.0, 1e-300, 1e-4, 0.01), (0.0, 1e-300, 1e-4, 2e-4)):
        evaporated, rain_left, pet_left = evaporate_rain(rain, pet)
        assert evaporated == min(rain, pet)
        assert (rain_left, pet_left) == (rain - evaporated, pet - evaporated)


def test_soil_evaporation_at_its_kinks() -> None:
    pet = 3e-4
    assert evaporate_soil(0.132, pet, C) == 0.0
    assert evaporate_soil(0.0, pet, C) == 0.0
    assert evaporate_soil(C.soil_threshold, pet, C) == pet
    assert evaporate_soil(C.soil_max, pet, C) == pet
    middle = 0.5 * (C.soil_wilting + C.soil_threshold)
    assert evaporate_soil(middle, pet, C) == pytest.approx(0.5 * pet, rel=1e-14)
    assert evaporate_soil(middle, 10.0, C) == middle  # no more than there is


@pytest.mark.parametrize("moisture", [0.0, 0.066, 0.1, 0.2511, 0.26, 0.439])
def test_root_zone_evaporation(moisture: float) -> None:
    pet, thickness = 3e-4, 0.6
    forcing = NO_ICE._replace(rootzone_moisture=moisture, rootzone_thickness=thickness)
    stress = np.clip((moisture - 0.066) / (C.moisture_field_capacity - 0.066), 0.0, 1.0)
    assert evaporate_rootzone(0.5, pet, forcing, C) == pytest.approx(stress * pet, rel=1e-13)
    assert evaporate_rootzone(0.132, pet, forcing, C) == 0.0
    assert evaporate_rootzone(0.5, 9.0, forcing, C) <= min(0.5, moisture * thickness)


def test_groundwater_gives_no_more_than_it_has() -> None:
    for storage in (0.0, 1e-300, 1e-9, 0.1, 0.25):
        outflow = groundwater_outflow(storage, C)
        assert outflow == pytest.approx(1.8e-5 * np.expm1(6.0 * storage / 0.25), rel=1e-14, abs=1e-20)
        assert 0.0 <= groundwater_outflow(storage, C._replace(groundwater_coefficient=10.0)) <= storage
    assert groundwater_outflow(0.25, C._replace(groundwater_coefficient=10.0)) == 0.25


def test_classic_percolation_takes_its_share_before_lateral_flow():
    """With k_p at or above the drainable water nothing is left for lateral flow; below, lateral flow has its own."""
    c = derive(CAT_87)
    above = 0.1 * (c.soil_max - c.soil_threshold)
    start = c.soil_threshold + above
    greedy = c._replace(percolation_max=c.soil_max, lateral_max=c.soil_max)
    assert drain(start, greedy, CfeOptions()) == (start - c.soil_threshold, 0.0)
    modest = c._replace(percolation_max=0.02, lateral_max=c.soil_max)
    percolation, lateral = drain(start, modest, CfeOptions())
    assert percolation == pytest.approx(0.002, rel=1e-12)
    assert lateral == pytest.approx(above - 0.002, rel=1e-12)
