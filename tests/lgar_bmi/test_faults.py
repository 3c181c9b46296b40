"""Faults of LGAR-C that the default physics does not have (specification, section 18), and those in its history."""

from typing import Any

import numpy as np
import pytest

from hydro_physics.van_genuchten import VanGenuchtenSoil, conductivity, moisture
from lgar_bmi.column import capacity, surface_front
from lgar_bmi.events import CREATION, DRY_OVER_WET, FULL, LAYER_CROSSING
from lgar_bmi.exchange import must_create
from lgar_bmi.options import ADAPTIVE, EXACT, LGAR_C_SUM
from lgar_bmi.velocity import update_velocities
from tests.lgar_bmi.reference import PHILLIPSBURG, PLAIN, SYNTH_1, SYNTH_2, Model, model, place

THREE = (10.0, 30.0, 25.0)
DT = 1.0 / 12.0
RESERVOIR = PLAIN._replace(frac_to_CR=0.4, a=0.05, b=1.2, frac_slow=0.3, a_slow=0.01, b_slow=1.1, spf_factor=0.9)


def one_step(m: Model, rain: float = 0.0, pet: float = 0.0) -> dict[str, float]:
    """Advance by one forcing step [mm/h]."""
    return {name: float(values[0]) for name, values in m.run([rain], [pet]).items()}


def balance(m: Model, before: float, rain: float, series: dict[str, np.ndarray]) -> float:
    """In less out less change of storage over a run, from the totals alone [cm]."""
    left = sum(series[name].sum() for name in ("runoff", "evapotranspiration", "percolation", "outflow"))
    return before + rain - left - m.storage - m.state.ponded - m.state.fast - m.state.slow


# --- section 18 ---


def test_q1_velocity_in_the_third_layer_pairs_each_thickness_with_its_own_soil() -> None:
    speeds = []
    for lgar_c in (0, 1):
        m = model(SYNTH_2, THREE, 500.0, lgar_c=lgar_c, capillary_drive=EXACT)
        place(m, (0, 10.0, 30.0), (1, 40.0, 30.0), (2, 50.0, 30.0), (2, 65.0, 500.0))
        update_velocities(m.fronts, 0.0, DT, m.column, m.options)
        speeds.append(float(m.fronts.speed[2]))
    k = [conductivity(30.0, soil) for soil in SYNTH_2]
    step = moisture(30.0, SYNTH_2[2]) - moisture(500.0, SYNTH_2[2])
    flux = speeds[0] * step - speeds[1] * step
    right, wrong = 10.0 / k[0] + 30.0 / k[1], 30.0 / k[0] + 10.0 / k[1]
    expected = 50.0 / (right + 10.0 / k[2]) - 50.0 / (wrong + 10.0 / k[2])
    assert flux == pytest.approx(expected, rel=1e-9)
    assert abs(speeds[0] - speeds[1]) > 0.05 * speeds[0]


def test_q1_pairing_does_not_matter_where_thicknesses_are_equal_or_layers_two() -> None:
    for thickness, front in (((20.0, 20.0, 25.0), 2), (THREE, 1)):
        speeds = []
        for lgar_c in (0, 1):
            m = model(SYNTH_2, thickness, 500.0, lgar_c=lgar_c, capillary_drive=EXACT)
            bottoms = m.column.bottom
            if front == 2:
                place(m, (0, 20.0, 30.0), (1, 40.0, 30.0), (2, 50.0, 30.0), (2, 65.0, 500.0))
            else:
                place(m, (0, 10.0, 30.0), (1, 20.0, 30.0), (1, bottoms[1], 500.0), (2, bottoms[2], 500.0))
            update_velocities(m.fronts, 0.0, DT, m.column, m.options)
            speeds.append(float(m.fronts.speed[front]))
        assert speeds[0] == pytest.approx(speeds[1], rel=1e-14)


def test_q3_dry_surface_joins_only_the_next_block() -> None:
    """A front in the layer below keeps its block; LGAR-C empties one into the other."""
    rows = {}
    for lgar_c in (0, 1):
        m = model(SYNTH_1[:2], (10.0, 40.0), 5000.0, duration=DT, lgar_c=lgar_c, capillary_drive=EXACT)
        place(m, (0, 1.0, 70.0), (0, 7.0, 60.0), (0, 10.0, 900.0), (1, 25.0, 900.0), (1, 50.0, 5000.0))
        one_step(m)
        assert m.events[DRY_OVER_WET] >= 1
        rows[lgar_c] = m.rows()
    assert [row[2] for row in rows[0]] == [7.0, 10.0, 25.0, 50.0]
    assert rows[0][1][4] == pytest.approx(900.0, rel=1e-12)
    assert [row[2] for row in rows[1]] == [10.0, 25.0, 50.0]


@pytest.mark.parametrize("substeps", [0, ADAPTIVE])
@pytest.mark.parametrize("seconds", [400.0, 1000.0, 7.0, 3599.0])
def test_q5_substep_that_does_not_divide_the_forcing_step_loses_no_rain(seconds: float, substeps: int) -> None:
    m = model(PHILLIPSBURG, (44.0, 131.0, 25.0), 2000.0, RESERVOIR, length=seconds / 3600.0, substeps=substeps)
    before = m.storage
    rain = np.array([0.0, 10.0, 25.0, 3.0, 0.0, 12.0, 0.1])
    series = m.run(rain, 0.3)
    assert balance(m, before, rain.sum() / 10.0, series) == pytest.approx(0.0, abs=1e-11)
    assert abs(series["imbalance"]).max() <= 1e-11
    # evaporation and drainage go on for the whole hour too
    wet = model(SYNTH_1[:1], (50.0,), 10.0, length=seconds / 3600.0, substeps=substeps, tolerance=1e-9)
    reference = model(SYNTH_1[:1], (50.0,), 10.0, length=1.0 / 360.0)
    pet = np.full(5, 0.2)
    assert wet.run(0.0 * pet, pet)["evapotranspiration"].sum() == pytest.approx(
        reference.run(0.0 * pet, pet)["evapotranspiration"].sum(), rel=1e-4
    )


def test_q5_lgar_c_loses_none_either() -> None:
    m = model(PHILLIPSBURG, (44.0, 131.0, 25.0), 2000.0, length=1000.0 / 3600.0, lgar_c=1, capillary_drive=LGAR_C_SUM)
    before = m.storage
    series = m.run([0.0, 10.0, 25.0, 0.0])
    assert balance(m, before, 3.5, series) == pytest.approx(0.0, abs=1e-8)


def test_q8_balance_counts_the_ponded_water_that_goes_to_the_reservoir() -> None:
    m = model(SYNTH_1[2:], (50.0,), 500.0, RESERVOIR._replace(ponded_depth_max=4.0), duration=DT)
    before = m.storage
    rain = [100.0, 100.0, 100.0, 0.0, 0.0, 5.0]
    series = m.run(rain)
    assert series["ponded"].max() > 0.5
    assert series["fast"][-1] > 0.1
    assert abs(series["imbalance"]).max() <= 1e-12
    assert balance(m, before, sum(rain) / 120.0, series) == pytest.approx(0.0, abs=1e-12)


def test_q9_saturated_column_evaporates_at_most_the_potential() -> None:
    """LGAR-C books what a saturated column cannot hold as evapotranspiration, whatever the potential."""
    parameters = PLAIN._replace(ponded_depth_max=1.0)
    m = model(SYNTH_1, (5.0, 10.0, 5.0), 20.0, parameters, length=DT)
    rng = np.random.default_rng(4)
    rain = 10 ** rng.uniform(0.5, 2.0, 200)
    pet = np.where(rng.random(200) < 0.5, 0.0, 0.7)
    series = m.run(rain, pet)
    assert series["storage"].max() == pytest.approx(capacity(m.column), abs=1e-9)
    assert np.all(series["evapotranspiration"][pet == 0.0] == 0.0)
    assert np.all(series["evapotranspiration"] <= pet / 10.0 * (1.0 + 1e-14))
    assert np.all(series["evapotranspiration"] >= 0.0)


def test_q9_water_that_a_saturated_column_cannot_hold_runs_off() -> None:
    """A front that arrives with more than the pores have left: the rest goes back to the surface."""
    m = model(SYNTH_2[:1], (5.0,), 8.0, length=1.0)
    before = m.storage
    series = m.run([0.0, 300.0, 300.0, 300.0])
    assert m.storage == pytest.approx(5.0 * 0.41, abs=1e-12)
    assert series["runoff"].sum() == pytest.approx(90.0 - (m.storage - before), abs=1e-11)
    assert series["infiltration"].sum() == pytest.approx(m.storage - before, abs=1e-11)
    assert series["evapotranspiration"].sum() == series["percolation"].sum() == 0.0


@pytest.mark.parametrize(("short", "created"), [(1e-6, (1, 1)), (1e-10, (0, 1)), (1e-13, (0, 0)), (0.0, (0, 0))])
def test_q10_rain_on_a_nearly_saturated_surface_asks_beyond_the_solvers_noise(
    short: float, created: tuple[int, int]
) -> None:
    m = model(SYNTH_1, THREE, 0.0)
    m.fronts.theta[0] = SYNTH_1[0].theta_e - short
    got = [must_create(m.fronts, 0.0, 0.1, 0, m.column, m.options._replace(lgar_c=lgar_c)) for lgar_c in (0, 1)]
    assert tuple(map(int, got)) == created


def test_q11_default_drive_is_the_integral() -> None:
    """S1-1 from 1000 to 0 cm: 6.9200662 cm; the sum makes it 7.1175."""
    m = model(SYNTH_1[:1], (1000.0,), 1000.0, duration=DT)
    one_step(m, 2000.0)
    step = 0.43 - moisture(1000.0, SYNTH_1[0])
    tau = DT * 3.12 / step
    depth = float(m.fronts.depth[0])
    # the depth of a new saturated front, solved for its drive
    assert ((2.0 * depth - tau) ** 2 - tau**2) / (4.0 * tau) == pytest.approx(6.92006618, rel=1e-6)


def test_q16_frozen_layers_conduct_less_and_nothing_else_changes() -> None:
    """A factor of a layer is its saturated conductivity times that: once, everywhere, and of its own layer only.

    Powers of two, so that nothing rounds and both runs are the same to the bit.
    """
    factor = np.array([0.25, 0.5, 0.125])
    parameters = PLAIN._replace(ponded_depth_max=0.5)
    rain = np.tile([0.0, 20.0, 30.0, 0.0, 5.0, 40.0, 0.0, 0.0], 6)
    series = []
    for soils, frozen in (
        (SYNTH_2, factor),
        ([soil._replace(ks=soil.ks * f) for soil, f in zip(SYNTH_2, factor, strict=True)], 1.0),
    ):
        m = model(soils, THREE, 300.0, parameters, frozen=frozen, free_drainage=1)
        series.append(m.run(rain, 0.3))
    for name in ("storage", "infiltration", "runoff", "evapotranspiration", "percolation", "ponded", "fronts"):
        np.testing.assert_array_equal(series[0][name], series[1][name], err_msg=name)
    thawed = model(SYNTH_2, THREE, 300.0, parameters, free_drainage=1).run(rain, 0.3)
    assert thawed["infiltration"].sum() > 1.2 * series[0]["infiltration"].sum()


def test_share_of_ponded_water_does_not_depend_on_the_substep() -> None:
    """LGAR-C sends it to the reservoirs in each sub-step: short ones leave no runoff. At 300 s both are the same."""
    parameters = PLAIN._replace(ponded_depth_max=0.5, frac_to_CR=0.2, a=1e-3, b=1.0)
    rain = np.array([0.0, 30.0, 60.0, 20.0, 0.0, 0.0])

    def runoff(length: float, lgar_c: int) -> float:
        m = model(SYNTH_1, THREE, 100.0, parameters, length=length, lgar_c=lgar_c, capillary_drive=EXACT)
        return float(m.run(rain)["runoff"].sum())

    coarse, fine = (runoff(1.0 / steps, 0) for steps in (12, 120))
    assert fine == pytest.approx(coarse, rel=0.1)
    assert runoff(1.0 / 12.0, 1) == pytest.approx(coarse, rel=0.01)
    assert runoff(1.0 / 120.0, 1) < 0.5 * coarse


def test_q16_new_front_has_its_frozen_conductivity_once() -> None:
    m = model(SYNTH_1[:1], (100.0,), 500.0, frozen=0.25, duration=DT)
    one_step(m, 500.0)
    assert m.fronts.k[0] == pytest.approx(0.25 * 3.12, rel=1e-14)


def test_q19_surface_ponded_exactly_to_its_maximum_infiltrates() -> None:
    parameters = PLAIN._replace(ponded_depth_max=0.5)
    m = model(SYNTH_1[2:], (100.0,), 500.0, parameters, duration=DT)
    one_step(m, 600.0)
    assert m.state.ponded == 0.5
    # as much rain as infiltrates: it stays exactly at the maximum
    twin = model(SYNTH_1[2:], (100.0,), 500.0, parameters, duration=DT)
    one_step(twin, 600.0)
    infiltrated = one_step(twin)["infiltration"]
    assert 0.0 < infiltrated < 0.5
    step = one_step(m, infiltrated * 120.0)
    assert step["infiltration"] == pytest.approx(infiltrated, rel=1e-12)
    assert step["ponded"] == pytest.approx(0.5, abs=1e-15)
    assert step["runoff"] == pytest.approx(0.0, abs=1e-15)
    step = one_step(m)
    assert step["infiltration"] > 0.0
    assert step["runoff"] == 0.0


# --- fixed in LGAR-C's history ---


def test_history_no_depth_is_negative_and_no_front_redundant() -> None:
    rng = np.random.default_rng(0)
    m = model(SYNTH_2, THREE, 400.0, duration=DT)
    weather = np.where(rng.random(3000) < 0.3, 10 ** rng.uniform(-2, 2, 3000), 0.0), rng.uniform(0, 2, 3000)
    for rain, pet in zip(*weather, strict=True):
        one_step(m, float(rain), float(pet))
        rows = m.rows()
        assert rows[0][2] > 0.0
        assert all(a[0] != b[0] or a[3] > b[3] for a, b in zip(rows, rows[1:], strict=False))


def test_history_saturated_surface_gets_no_new_front() -> None:
    m = model(SYNTH_1, THREE, 0.0, PLAIN._replace(ponded_depth_max=0.2), duration=DT)
    for rain in (0.0, 10.0, 0.0, 200.0, 0.0, 1.0):
        one_step(m, rain)
    assert m.events[CREATION] == 0
    assert m.size == 3


def test_history_what_leaves_the_bottom_is_percolation() -> None:
    m = model(SYNTH_1, THREE, 30.0, free_drainage=1, duration=DT)
    before = m.storage
    step = one_step(m)
    assert step["percolation"] == pytest.approx(DT * conductivity(30.0, SYNTH_1[2]), rel=1e-12)
    assert m.storage == pytest.approx(before - step["percolation"], abs=1e-13)


@pytest.mark.parametrize("psi", [1e4, 1e6, 5e6])
def test_history_rain_on_very_dry_soil_wets_it(psi: float) -> None:
    m = model(SYNTH_2, THREE, psi, duration=DT)
    before = m.storage
    suctions = [psi]
    for _ in range(6):
        one_step(m, 0.6)
        suctions.append(float(m.fronts.psi[0]))
    # it only falls while no drier front is beside: rain wets, step after step
    assert suctions[1] < psi
    assert m.fronts.psi[0] < psi
    assert m.storage == pytest.approx(before + 6 * 0.06 / 12.0, abs=1e-12)
    assert m.fronts.theta[0] > moisture(psi, SYNTH_2[0])


def test_history_evaporation_never_dries_below_residual_moisture() -> None:
    """Thin wet fronts on dry soil under 10 mm/h; n near 1 and steep."""
    for soil in (SYNTH_2[0], VanGenuchtenSoil(0.1, 0.4, 0.5, 3.0, 50.0), VanGenuchtenSoil(0.1, 0.4, 0.01, 1.02, 0.5)):
        for psi in (1e3, 1e6):
            m = model((soil, SYNTH_1[1]), (10.0, 40.0), psi, duration=DT)
            for i in range(400):
                step = one_step(m, 2.0 if i % 40 == 0 else 0.0, 10.0)
                assert 0.0 <= step["evapotranspiration"] <= 1.0 * DT * (1.0 + 1e-14)
                assert m.fronts.theta[: m.size].min() >= min(soil.theta_r, SYNTH_1[1].theta_r)
                assert abs(step["imbalance"]) <= 1e-13
            assert m.failures() == 0


def test_history_several_dry_blocks_in_one_substep_evaporate_once() -> None:
    m = model(SYNTH_1[:1], (100.0,), 3000.0, duration=DT)
    place(m, (0, 2.0, 60.0), (0, 4.0, 59.0), (0, 7.0, 58.0), (0, 100.0, 3000.0))
    before = m.storage
    expected = 0.05 * DT / (1.0 + (60.0 / m.c.psi_half) ** 3)
    step = one_step(m, 0.0, 0.5)
    assert m.events[DRY_OVER_WET] == 2
    assert step["evapotranspiration"] == pytest.approx(expected, rel=1e-12)
    assert m.storage == pytest.approx(before - expected, abs=1e-13)


@pytest.mark.parametrize("upper", [0, 1, 2])
@pytest.mark.parametrize("lower", [0, 1, 2])
def test_history_crossing_into_the_next_layer_keeps_the_water(upper: int, lower: int) -> None:
    m = model((SYNTH_2[upper], SYNTH_1[lower]), (10.0, 60.0), 800.0, duration=DT)
    before = m.storage
    fell = 0.0
    ran_off = 0.0
    for i in range(600):
        rain = 30.0 if i < 40 else 0.0
        ran_off += one_step(m, rain)["runoff"]
        fell += rain / 120.0
        assert m.storage + ran_off == pytest.approx(before + fell, abs=1e-11)
    assert m.events[LAYER_CROSSING] >= 1


@pytest.mark.parametrize("ponded_max", [0.0, 3.0])
def test_history_no_more_infiltrates_than_the_column_holds(ponded_max: float) -> None:
    m = model(SYNTH_2[:2], (5.0, 5.0), 20.0, PLAIN._replace(ponded_depth_max=ponded_max), duration=DT)
    room = capacity(m.column) - m.storage
    series = m.run(np.full(60, 200.0))
    assert series["storage"].max() <= capacity(m.column) + 1e-12
    assert series["infiltration"].sum() == pytest.approx(room, abs=1e-11)
    assert series["runoff"].sum() == pytest.approx(100.0 - room - ponded_max, abs=1e-11)


def test_history_saturated_column_takes_the_same_in_every_substep() -> None:
    """What drains and evaporates is replaced, without going up and down."""
    m = model(SYNTH_1, THREE, 0.0, PLAIN._replace(ponded_depth_max=1.0), free_drainage=1, duration=DT)
    series = m.run(np.full(50, 30.0), 0.6)
    taken = series["infiltration"][2:]
    assert taken == pytest.approx([(0.07 + 0.06) * DT] * 48, rel=1e-9)
    assert series["percolation"] == pytest.approx([0.07 * DT] * 50, rel=1e-9)
    assert series["storage"] == pytest.approx([capacity(m.column)] * 50, abs=(0.07 + 0.06) * DT + 1e-12)


def test_history_drainage_follows_the_suction_at_the_bottom() -> None:
    m = model(SYNTH_1[:1], (30.0,), 60.0, free_drainage=1, duration=DT)
    checked = 0
    for i in range(200):
        last = float(m.fronts.psi[m.size - 1])
        step = one_step(m, 20.0 if i < 80 else 0.0)
        assert step["percolation"] == pytest.approx(DT * conductivity(last, SYNTH_1[0]), rel=1e-9, abs=1e-15)
        checked += last < 30.0
    assert checked > 50


def test_history_soil_is_that_of_the_fronts_layer_not_of_its_number() -> None:
    """Three fronts in the top layer: the lower layer's soil, the second in number, has no say."""
    results: list[Any] = []
    for lower in (SYNTH_1[1], VanGenuchtenSoil(0.01, 0.8, 0.9, 3.0, 3.12)):
        m = model((SYNTH_1[0], lower), (50.0, 50.0), 500.0, duration=DT)
        place(m, (0, 3.0, 20.0), (0, 6.0, 50.0), (0, 9.0, 100.0), (0, 50.0, 500.0), (1, 100.0, 500.0))
        update_velocities(m.fronts, 0.0, DT, m.column, m.options)
        step = one_step(m, 300.0)
        assert surface_front(m.fronts) == 0
        results.append((step["infiltration"], *m.fronts.depth[:4], *m.fronts.speed[:4], *m.fronts.theta[:4]))
    assert results[0] == results[1]


def test_history_reservoir_gets_amounts_not_rates() -> None:
    """The same inflow and outflow whatever the length of the sub-steps."""
    stores = []
    for length in (1.0, 0.25, DT):
        m = model(
            SYNTH_1[2:], (50.0,), 0.0, PLAIN._replace(frac_to_CR=0.5, a=1e-9, b=1.0, spf_factor=0.5), length=length
        )
        m.run([0.0])
        m.run([8.0, 8.0])
        stores.append(m.state.fast)
    assert stores == pytest.approx([0.8] * 3, rel=1e-6)


def test_history_nothing_depends_on_what_was_in_memory() -> None:
    rain = np.tile([0.0, 20.0, 0.0, 3.0], 10)
    results = []
    for rubbish in (0.0, 1e30, np.nan):
        m = model(SYNTH_2, THREE, 400.0, PLAIN._replace(ponded_depth_max=0.5))
        for values in m.work.old[:5]:
            values[:] = rubbish
        m.work.books[:] = rubbish
        for values in m.fronts[:5]:
            values[m.size :] = rubbish
        results.append(m.run(rain, 0.4)["storage"])
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


def test_adaptive_repeats_count_no_event_twice() -> None:
    """A sub-step that is thrown away leaves no trace."""
    rain = np.array([0.0, 600.0, 0.0, 0.0, 30.0, 0.0])
    for tolerance in (1e-4, 1e-9):
        m = model(SYNTH_1, THREE, 9000.0, substeps=ADAPTIVE, tolerance=tolerance)
        before = m.storage
        series = m.run(rain, 1.0)  # evaporation changes as it begins to rain: repeated
        assert series["substeps"][1] > 3
        assert m.events[CREATION] == 2
        assert m.events[FULL:].sum() == 0
        assert balance(m, before, 63.0, series) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(("room", "back"), [(0.0, 0.0), (0.1, 0.1), (0.5, 0.3)])
def test_water_sent_back_by_a_full_column_did_not_infiltrate_and_runs_off(room: float, back: float) -> None:
    """What was owed to the column, 0.3 cm, does not fit in beside the rain: it is on the surface again."""
    m = model(SYNTH_2[:1], (50.0,), 0.0, duration=DT)
    if room > 0.0:
        psi = 1.0
        while 50.0 * (0.41 - moisture(psi, SYNTH_2[0])) < room:
            psi *= 1.0001
        place(m, (0, 50.0, psi))
    room = 50.0 * 0.41 - m.storage
    # with a film of water on the surface rain creates no front
    m.state = m.state._replace(owed=0.3, raining=1, ponded=1e-6)
    step = one_step(m, 600.0)
    assert m.storage == pytest.approx(20.5, abs=1e-12)
    assert step["infiltration"] == pytest.approx(room - back if room > 0.0 else 0.0, abs=2e-4)
    assert step["runoff"] == pytest.approx(5.0 + 1e-6 - room + 0.3, abs=1e-9)


@pytest.mark.parametrize("owed", [0.01, -0.01])
def test_round_off_of_a_substep_is_made_good_in_the_next(owed: float) -> None:
    m = model(SYNTH_2, THREE, 50.0, duration=DT)
    before = m.storage
    m.state = m.state._replace(owed=owed)
    one_step(m)
    assert m.storage == pytest.approx(before + owed, abs=1e-13)
    assert abs(m.state.owed) <= 1e-13
