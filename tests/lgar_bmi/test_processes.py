"""Every process of a column against numbers worked out by hand or recorded with LGAR-C."""

import math

import numpy as np
import pytest

from hydro_physics.capillary_drive import exact_drive
from hydro_physics.van_genuchten import VanGenuchtenSoil, conductivity, moisture, suction
from lgar_bmi.column import capacity, copy_fronts, storage, surface_front
from lgar_bmi.events import CREATION, EVENTS
from lgar_bmi.exchange import block_margin, column_margin, halved, infiltrate, losses, must_create
from lgar_bmi.movement import fill_block, move_fronts
from lgar_bmi.options import CLOSED_FORM, EXACT, LGAR_C_SUM, LgarOptions
from lgar_bmi.processes import capillary_drive, derive, evaporation, infiltration_capacity, new_front_depth, release
from lgar_bmi.setup import make_column
from lgar_bmi.step import lgar_c_length
from lgar_bmi.velocity import mean_conductivity, update_velocities
from tests.lgar_bmi.reference import PHILLIPSBURG, PLAIN, SYNTH_1, SYNTH_2, model, place

THREE = (10.0, 30.0, 25.0)
DT = 1.0 / 12.0


# psi dry, wet, LGAR-C's sum, closed form: recorded, S1-1
@pytest.mark.parametrize(
    ("dry", "wet", "lgar_c", "closed"),
    [
        (1000.0, 0.0, 7.11754992981, 6.93352915692),
        (1000.0, 50.0, 0.279171012113, 0.804825663732),
        (200.0, 10.0, 2.74049396144, 5.03735823398),
    ],
)
def test_capillary_drive_is_taken_in_the_soil_of_the_layer(
    dry: float, wet: float, lgar_c: float, closed: float
) -> None:
    column = make_column((SYNTH_1[2], SYNTH_1[0]), (10.0, 10.0))
    assert capillary_drive(dry, wet, 1, column, LGAR_C_SUM) == pytest.approx(lgar_c, rel=1e-11)
    assert capillary_drive(dry, wet, 1, column, CLOSED_FORM) == pytest.approx(closed, rel=1e-11)
    exact = exact_drive(dry, wet, SYNTH_1[0])
    assert capillary_drive(dry, wet, 1, column, EXACT) == pytest.approx(exact, rel=1e-9)
    assert capillary_drive(wet, dry, 1, column, EXACT) == 0.0


@pytest.mark.parametrize(
    ("drive", "depth"), [(LGAR_C_SUM, 3.9511828038), (CLOSED_FORM, 3.86600628996), (EXACT, 3.84975715)]
)
def test_new_front_is_as_deep_as_recorded(drive: int, depth: float) -> None:
    """5 minutes on S1-1 at 100 cm."""
    column = make_column(SYNTH_1[:1], (100.0,), EXACT)
    g = capillary_drive(100.0, 0.0, 0, column, drive)
    theta = moisture(100.0, SYNTH_1[0])
    assert new_front_depth(theta, g, DT, column) == pytest.approx(depth, rel=2e-8)
    assert new_front_depth(theta, g, DT, make_column(SYNTH_1[:1], (2.0,))) == 2.0


def test_evaporation_is_as_recorded() -> None:
    """P-1 between 340.9 and 15495 cm: half at 1121.8 cm."""
    c = derive(PLAIN, make_column(PHILLIPSBURG, THREE))
    assert c.psi_half == pytest.approx(1121.8039303516, rel=1e-12)
    assert evaporation(2000.0, 1.0, c) == pytest.approx(0.149996638978169, rel=1e-12)
    assert evaporation(c.psi_half, 0.3, c) == 0.15
    assert evaporation(0.0, 0.3, c) == 0.3
    assert evaporation(1e6, 0.3, c) == 0.0
    assert evaporation(0.999e6, 0.3, c) > 0.0


def test_half_evaporation_is_between_field_capacity_and_wilting_point_of_the_top_layer() -> None:
    soil = PHILLIPSBURG[0]
    c = derive(PLAIN, make_column(PHILLIPSBURG, THREE))
    middle = 0.5 * (moisture(340.9, soil) + moisture(15495.0, soil))
    assert moisture(c.psi_half, soil) == pytest.approx(middle, abs=1e-15)
    assert c.preferential_theta == 0.98 * soil.theta_e


def test_infiltration_capacity_in_the_third_layer_is_the_sum_worked_out_by_hand() -> None:
    column = make_column(SYNTH_1, THREE)
    z = 47.0
    through = z / (10.0 / 3.12 + 30.0 / 0.26 + 7.0 / 0.07)
    assert infiltration_capacity(z, 2, 5.0, 1.5, column) == pytest.approx(through + 0.07 * 6.5 / z, rel=1e-14)
    assert infiltration_capacity(4.0, 0, 5.0, 1.5, column) == pytest.approx(3.12 * (1.0 + 6.5 / 4.0), rel=1e-14)


def test_infiltration_takes_the_drive_below_the_surface_block_and_the_water_that_was_ponded_before() -> None:
    m = model(SYNTH_1, THREE, 500.0)
    place(m, (0, 4.0, 20.0), (0, 7.0, 60.0), (0, 10.0, 500.0), (1, 40.0, 500.0), (2, 65.0, 500.0))
    assert surface_front(m.fronts) == 0
    drive = capillary_drive(60.0, 0.0, 0, m.column, EXACT)
    stored = m.storage
    rate = 3.12 * (1.0 + (drive + 0.4) / 4.0)
    args = (0.1, stored, DT, m.column, m.options)
    assert infiltrate(m.fronts, 5.0, 4.6, *args) == pytest.approx(rate * DT, rel=1e-13)
    assert infiltrate(m.fronts, 0.2, 0.2, *args) == 0.2
    # no more than there is room for, what leaves included
    full = capacity(m.column)
    args = (0.1, full - 0.02, DT, m.column, m.options)
    assert infiltrate(m.fronts, 5.0, 4.6, *args) == pytest.approx(0.12, abs=1e-13)
    args = (0.0, full + 0.02, DT, m.column, m.options)
    assert infiltrate(m.fronts, 5.0, 4.6, *args) == 0.0


def test_column_of_one_suction_has_no_capillary_drive_for_infiltration() -> None:
    m = model(SYNTH_1, THREE, 500.0)
    stored = m.storage
    through = 65.0 / (10.0 / 3.12 + 30.0 / 0.26 + 25.0 / 0.07)
    rate = through + 0.3 * 0.07 / 65.0
    assert infiltrate(m.fronts, 5.0, 4.7, 0.0, stored, DT, m.column, m.options) == pytest.approx(rate * DT, rel=1e-13)


def test_mean_conductivity_is_harmonic_and_lgar_c_reverses_the_thicknesses() -> None:
    m = model(SYNTH_2, THREE, 500.0)
    place(m, (0, 10.0, 30.0), (1, 40.0, 30.0), (2, 50.0, 30.0), (2, 65.0, 500.0))
    k = [conductivity(30.0, soil) for soil in SYNTH_2]
    right = 50.0 / (10.0 / k[0] + 30.0 / k[1] + 10.0 / k[2])
    reversed_ = 50.0 / (30.0 / k[0] + 10.0 / k[1] + 10.0 / k[2])
    assert mean_conductivity(m.fronts, 2, m.column, m.options) == pytest.approx(right, rel=1e-13)
    assert mean_conductivity(m.fronts, 2, m.column, LgarOptions(lgar_c=1)) == pytest.approx(reversed_, rel=1e-13)
    assert mean_conductivity(m.fronts, 0, m.column, m.options) == k[0]


def test_velocities_are_the_flux_over_the_step_in_moisture() -> None:
    m = model(SYNTH_2, THREE, 500.0)
    place(m, (0, 6.0, 20.0), (0, 10.0, 90.0), (1, 40.0, 90.0), (2, 50.0, 90.0), (2, 65.0, 500.0))
    update_velocities(m.fronts, 0.7, DT, m.column, m.options)
    top, _, bottom = SYNTH_2
    g = capillary_drive(90.0, 20.0, 0, m.column, EXACT)
    step = moisture(20.0, top) - moisture(90.0, top)
    first = (conductivity(20.0, top) + top.ks * (g + 0.7) / 6.0) / step
    assert m.fronts.speed[0] == pytest.approx(first, rel=1e-13)
    k = [conductivity(90.0, soil) for soil in SYNTH_2]
    g = capillary_drive(500.0, 90.0, 2, m.column, EXACT)
    step = moisture(90.0, bottom) - moisture(500.0, bottom)
    third = (50.0 / (10.0 / k[0] + 30.0 / k[1] + 10.0 / k[2]) + bottom.ks * (g + 0.7) / 50.0) / step
    assert m.fronts.speed[3] == pytest.approx(third, rel=1e-13)
    assert m.fronts.speed[[1, 2, 4]].tolist() == [0.0, 0.0, 0.0]


def test_velocity_has_its_limits() -> None:
    # a front that separates nothing would stand still
    m = model(SYNTH_1[:1], (100.0,), 500.0)
    place(m, (0, 50.0, 500.0), (0, 100.0, 500.0))
    update_velocities(m.fronts, 0.0, DT, m.column, m.options)
    assert m.fronts.speed[:2].tolist() == [1e-9, 0.0]
    # 100 times the largest saturated conductivity of the column, which is the lower layer's here
    m = model((SYNTH_1[2], SYNTH_1[0]), (10000.0, 10.0), 500.0)
    place(m, (0, 1e-7, 0.0), (0, 10000.0, 500.0), (1, 10010.0, 500.0))
    update_velocities(m.fronts, 0.0, DT, m.column, m.options)
    assert m.fronts.speed[0] == 100.0 * 3.12
    # 10 000 cm/h whatever the conductivity
    coarse = SYNTH_1[0]._replace(ks=1000.0)
    m = model((coarse, SYNTH_1[0]), (10000.0, 10.0), 500.0)
    place(m, (0, 1e-7, 0.0), (0, 10000.0, 500.0), (1, 10010.0, 500.0))
    update_velocities(m.fronts, 0.0, DT, m.column, m.options)
    assert m.fronts.speed[0] == 1e4


def test_fronts_that_would_leave_their_layer_far_behind_stop_at_twice_its_depth_one_after_the_other() -> None:
    thin = VanGenuchtenSoil(0.05, 0.45, 0.1, 2.5, 100.0)
    m = model((thin, thin), (1.0, 50.0), 500.0)
    place(m, (0, 0.5, 0.5), (0, 1.0, 500.0), (1, 1.2, 500.0 - 1e-3), (1, 51.0, 500.0))
    m.fronts.at_bottom[1] = 1
    update_velocities(m.fronts, 0.0, 1.0, m.column, m.options)
    assert m.fronts.speed[0] == pytest.approx(1.5 + 1e-6, rel=1e-12)
    # the second such front in one call is let a little further
    place(m, (0, 0.5, 0.5), (0, 1.0, 20.0), (1, 1.2, 20.0), (1, 51.0, 500.0))
    column = m.column._replace(bottom=np.array([1.0, 1.5]))
    update_velocities(m.fronts, 0.0, 1.0, column, m.options)
    assert m.fronts.speed[2] == pytest.approx(1.8 + 2e-6, rel=1e-12)


@pytest.mark.parametrize(
    ("stored", "inflow", "after", "outflow"),
    [
        (2.0, 0.5, 2.5 - 0.5 * 0.1 * 2.0**1.5, 0.5 * 0.1 * 2.0**1.5),
        (0.01, 0.0, 0.01 - 0.5 * 0.1 * 0.01**1.5, 0.5 * 0.1 * 0.01**1.5),
        (0.00999, 0.5, 0.50999, 0.0),
        (0.0, 0.0, 0.0, 0.0),
    ],
)
def test_reservoir_releases_by_a_power_of_what_it_held_before(
    stored: float, inflow: float, after: float, outflow: float
) -> None:
    got = release(stored, inflow, 0.5, 0.1, 1.5)
    assert got == pytest.approx((after, outflow), abs=1e-15)


def test_reservoir_releases_no_more_than_it_has() -> None:
    assert release(2.0, 0.5, 10.0, 5.0, 1.5) == (0.0, 2.5)


def test_lgar_c_halves_seven_times_then_gives_up() -> None:
    assert halved(1.0, 0.5, 2.0) == 1.0
    assert halved(1.0, 0.5, 1.2) == 0.5
    assert halved(1.0, 0.0, 0.3) == 0.25
    assert halved(1.0, 0.0, 1.0 / 64.0) == 1.0 / 64.0
    assert halved(1.0, 0.0, 1.0 / 128.0) in (0.0, 1.0 / 128.0)  # nor does it matter whether the 7th halving is tried
    assert halved(1.0, 0.0, 1e-3) == 0.0


def nearly_dry(pet: float, lgar_c: int) -> tuple[float, float, float]:
    """Evaporation, drainage and margin of a block with little left."""
    soils = (VanGenuchtenSoil(0.05, 0.45, 0.1, 2.5, 5.0), SYNTH_1[0])
    m = model(soils, (10.0, 30.0), 20.0, free_drainage=1, lgar_c=lgar_c)
    place(m, (0, 0.05, 30.0), (0, 10.0, 2000.0), (1, 40.0, 2000.0))
    m.fronts.k[2] = 1.0
    margin = block_margin(m.fronts, 0, m.column)
    assert margin == pytest.approx(0.05 * (moisture(30.0, soils[0]) - moisture(1e7, soils[0])), rel=1e-12)
    evaporated, drainage = losses(m.fronts, m.storage, pet, 0.001, m.column, m.c, m.options)
    return evaporated, drainage, margin


def test_losses_are_cut_to_what_the_block_holds() -> None:
    evaporated, drainage, margin = nearly_dry(1.0, 0)
    assert drainage == pytest.approx(0.001, rel=1e-12)
    assert evaporated == pytest.approx(margin - 0.001, rel=1e-12)


def test_lgar_c_halves_evaporation_then_both_losses() -> None:
    evaporated, drainage, margin = nearly_dry(margin_of_halving := 0.012, 1)
    alone = margin_of_halving / (
        1.0
        + (30.0 / derive(PLAIN, make_column(((VanGenuchtenSoil(0.05, 0.45, 0.1, 2.5, 5.0)),), (10.0,))).psi_half) ** 3
    )
    while alone > margin:
        alone *= 0.5
    together = 0.001
    while alone + together > margin:
        alone, together = 0.5 * alone, 0.5 * together
    assert together < 0.001
    assert evaporated == pytest.approx(alone, rel=1e-12)
    assert drainage == pytest.approx(together, rel=1e-12)


def test_drainage_needs_water_and_a_bottom_that_is_not_dry() -> None:
    m = model(SYNTH_1[:1], (10.0,), 50.0, free_drainage=1)
    expected = 0.1 * conductivity(50.0, SYNTH_1[0])
    assert losses(m.fronts, m.storage, 0.0, 0.1, m.column, m.c, m.options) == (0.0, pytest.approx(expected, rel=1e-14))
    assert losses(m.fronts, m.storage, 0.0, 0.1, m.column, m.c, m.options._replace(free_drainage=0)) == (0.0, 0.0)
    dry = model(SYNTH_1[:1], (10.0,), 1.1e6, free_drainage=1)
    dry.fronts.k[0] = 1.0
    assert losses(dry.fronts, dry.storage, 0.0, 1e-6, dry.column, dry.c, dry.options) == (0.0, 0.0)


def test_column_margin_is_the_water_above_residual_moisture() -> None:
    m = model(SYNTH_1, THREE, 500.0)
    residual = 0.078 * 10.0 + 0.095 * 30.0 + 0.089 * 25.0
    assert column_margin(m.storage, m.column) == pytest.approx(m.storage - residual, rel=1e-13)


@pytest.mark.parametrize(
    ("ponded", "rain", "raining", "moving", "created"),
    [
        (0.0, 0.1, 0, True, True),
        (0.0, 0.1, 0, False, True),
        (0.0, 0.1, 1, True, False),
        (0.0, 0.1, 1, False, True),
        (0.1, 0.1, 0, True, False),
        (0.1, 0.0, 0, False, False),
        (0.0, 0.0, 0, False, False),
    ],
)
def test_front_is_created_by_rain_that_begins_or_finds_none(
    ponded: float, rain: float, raining: int, moving: bool, created: bool
) -> None:
    m = model(SYNTH_1[:1], (10.0,), 500.0)
    if moving:
        place(m, (0, 4.0, 50.0), (0, 10.0, 500.0))
    for lgar_c in (0, 1):
        options = LgarOptions(lgar_c=lgar_c)
        assert bool(must_create(m.fronts, ponded, rain, raining, m.column, options)) is created


def test_light_rain_fills_a_new_front_to_less_than_saturation() -> None:
    """All of 0.1 mm enters a front as deep as saturation could have come."""
    m = model(SYNTH_1[:1], (100.0,), 100.0, duration=DT)
    before = m.storage
    series = m.run([1.2])
    depth = new_front_depth(moisture(100.0, SYNTH_1[0]), capillary_drive(100.0, 0.0, 0, m.column, EXACT), DT, m.column)
    assert m.rows()[0][2] == pytest.approx(depth, rel=1e-13)
    theta = moisture(100.0, SYNTH_1[0]) + 0.01 / depth
    assert m.rows()[0][3] == pytest.approx(theta, rel=1e-13)
    saturation = (theta - 0.078) / (0.43 - 0.078)
    assert m.rows()[0][4] == pytest.approx(suction(saturation, SYNTH_1[0]), rel=1e-9)
    assert m.fronts.k[0] == pytest.approx(conductivity(m.rows()[0][4], SYNTH_1[0]), rel=1e-13)
    assert series["infiltration"][0] == pytest.approx(0.01, abs=1e-16)
    assert m.storage - before == pytest.approx(0.01, abs=1e-13)
    assert m.events[CREATION] == 1
    assert EVENTS[CREATION] == "creation"


def test_heavy_rain_saturates_a_new_front_and_the_rest_ponds_or_runs_off() -> None:
    m = model(SYNTH_1[:1], (100.0,), 100.0, PLAIN._replace(ponded_depth_max=0.5), duration=DT)
    series = m.run([600.0])
    depth = new_front_depth(moisture(100.0, SYNTH_1[0]), capillary_drive(100.0, 0.0, 0, m.column, EXACT), DT, m.column)
    entered = depth * (0.43 - moisture(100.0, SYNTH_1[0]))
    assert series["infiltration"][0] == pytest.approx(entered, rel=1e-13)
    assert series["ponded"][0] == 0.5
    assert series["runoff"][0] == pytest.approx(5.0 - entered - 0.5, rel=1e-13)
    assert m.rows()[0][3:] == (0.43, 0.0)
    # the water on the surface pushes the front only when some ran off, as LGAR-C has it
    step = 0.43 - moisture(100.0, SYNTH_1[0])
    drive = capillary_drive(100.0, 0.0, 0, m.column, EXACT)
    assert m.fronts.speed[0] == pytest.approx((3.12 + 3.12 * (drive + 0.5) / depth) / step, rel=1e-12)


def test_water_that_a_new_front_leaves_on_the_surface_does_not_push_it_yet() -> None:
    """Unless some ran off (above): LGAR's rule."""
    m = model(SYNTH_1[:1], (100.0,), 100.0, PLAIN._replace(ponded_depth_max=9.0), duration=DT)
    series = m.run([600.0])
    assert series["ponded"][0] > 3.0
    assert series["runoff"][0] == 0.0
    step = 0.43 - moisture(100.0, SYNTH_1[0])
    drive = capillary_drive(100.0, 0.0, 0, m.column, EXACT)
    assert m.fronts.speed[0] == pytest.approx((3.12 + 3.12 * drive / m.fronts.depth[0]) / step, rel=1e-12)


@pytest.mark.parametrize(
    ("rain", "ponded", "length"),
    [(1.01, 0.0, DT), (1.0, 0.0, 2 * DT), (0.5, 0.0, 2 * DT), (0.0, 0.1, DT), (0.0, 0.0, 1.0)],
)
def test_lgar_c_chooses_one_of_three_lengths(rain: float, ponded: float, length: float) -> None:
    assert lgar_c_length(rain, ponded, DT, 1.0) == length
    assert lgar_c_length(rain, ponded, 0.7, 1.0) <= 1.0


def test_storage_counts_every_block_in_its_layer() -> None:
    m = model(SYNTH_1[:2], (10.0, 30.0), 500.0)
    place(m, (0, 10.0, 20.0), (1, 25.0, 20.0), (1, 40.0, 500.0))
    by_hand = 10.0 * moisture(20.0, SYNTH_1[0])
    by_hand += 15.0 * moisture(20.0, SYNTH_1[1]) + 15.0 * moisture(500.0, SYNTH_1[1])
    assert storage(m.fronts, m.column) == pytest.approx(by_hand, rel=1e-14)
    assert capacity(m.column) == pytest.approx(10.0 * 0.43 + 30.0 * 0.41, rel=1e-14)
    assert surface_front(m.fronts) == 1
    assert math.isfinite(by_hand)


def test_preferential_flow_follows_runoff_and_a_wet_surface() -> None:
    """Rain and ponded water of the next sub-step are shared out; with a_slow = a and b_slow = b all is in order."""
    parameters = PLAIN._replace(
        ponded_depth_max=2.0, frac_to_CR=0.25, a=0.1, b=1.0, frac_slow=0.4, a_slow=0.01, b_slow=2.0
    )
    m = model(SYNTH_1[2:], (100.0,), 100.0, parameters, duration=DT)
    first = m.run([600.0])
    assert first["fast"][0] == first["slow"][0] == 0.0
    assert m.state.preferential == 1
    ponded = m.state.ponded
    second = m.run([12.0])
    inflow = 0.25 * (ponded + 0.1)
    assert second["fast"][0] == pytest.approx(0.6 * inflow, rel=1e-13)
    assert second["slow"][0] == pytest.approx(0.4 * inflow, rel=1e-13)
    third = m.run([0.0])
    inflow = 0.25 * second["ponded"][0]
    fast, slow = second["fast"][0], second["slow"][0]
    out = DT * (0.1 * fast + 0.01 * slow**2)
    assert third["outflow"][0] == pytest.approx(out, rel=1e-12)
    assert third["fast"][0] == pytest.approx(fast + 0.6 * inflow - DT * 0.1 * fast, rel=1e-12)


@pytest.mark.parametrize(("rain", "pet", "left", "demand"), [(6.0, 2.0, 4.0, 0.0), (2.0, 6.0, 0.0, 4.0)])
def test_potential_evapotranspiration_may_take_the_rain_first(
    rain: float, pet: float, left: float, demand: float
) -> None:
    """Then the same as with what is left of both."""
    m = model(SYNTH_1[:2], (20.0, 30.0), 300.0, pet_affects_precipitation=1)
    twin = model(SYNTH_1[:2], (20.0, 30.0), 300.0)
    series, expected = m.run([rain], [pet]), twin.run([left], [demand])
    assert series["infiltration"][0] == expected["infiltration"][0] == pytest.approx(left / 10.0, abs=1e-14)
    assert series["evapotranspiration"][0] == expected["evapotranspiration"][0]
    assert (series["evapotranspiration"][0] > 0.0) == (demand > 0.0)
    assert m.rows() == twin.rows()


def test_lgar_c_goes_a_nanometre_below_the_column_and_no_further() -> None:
    for lgar_c, depth in ((0, 20.0), (1, 20.0 + 1e-9)):
        m = model(SYNTH_1[:1], (20.0,), 300.0, lgar_c=lgar_c)
        place(m, (0, 19.0, 50.0), (0, 20.0, 300.0))
        m.fronts.speed[0] = 500.0
        copy_fronts(m.fronts, m.work.old)
        move_fronts(m.fronts, m.work.old, 0, 0.0, 1.0, m.column, m.options)
        assert m.fronts.depth[0] == depth


def test_block_that_cannot_give_its_losses_says_how_much_it_is_short_of() -> None:
    """Only the block at the surface loses water; the front below keeps its own."""
    m = model(SYNTH_1[:2], (20.0, 30.0), 300.0)
    place(m, (0, 4.0, 50.0), (0, 9.0, 90.0), (0, 20.0, 3000.0), (1, 50.0, 3000.0))
    margin = block_margin(m.fronts, 0, m.column)
    copy_fronts(m.fronts, m.work.old)
    short = move_fronts(m.fronts, m.work.old, 0, -margin - 0.125, 1.0, m.column, m.options)
    assert short == pytest.approx(0.125, abs=1e-13)
    assert m.fronts.psi[0] == 1e7
    assert m.fronts.psi[1] == pytest.approx(90.0, rel=1e-12)


@pytest.mark.parametrize(("short", "saturated"), [(1e-10, True), (1e-8, False)])
def test_lgar_c_takes_a_block_for_saturated_that_is_so_but_for_its_solvers_noise(short: float, saturated: bool) -> None:
    """2e-10 cm; the default physics finds the suction."""
    for lgar_c in (0, 1):
        m = model(SYNTH_1[:2], (20.0, 30.0), 300.0, lgar_c=lgar_c)
        assert fill_block(m.fronts, 1, capacity(m.column) - short, m.column, m.options) == 0.0
        assert (m.fronts.psi[1] == 0.0) == (saturated and lgar_c == 1)
