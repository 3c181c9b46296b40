"""The BMI component beyond what every component has to do: outputs, ledger, forcing, time steps, failures."""

import math

import numpy as np
import pytest

from lgar_bmi import BmiLgar
from lgar_bmi.column import CAPACITY
from lgar_bmi.events import EVENTS, FULL, RESTLESS
from lgar_bmi.variables import PET, RAIN, TEMPERATURE
from ngen_bmi.errors import ForcingError
from tests.lgar_bmi import configs
from tests.lgar_bmi.running import component, give, imbalance, outputs, read, run, weather

LASAM_OUTPUTS = {
    *("soil_moisture_wetting_fronts", "soil_depth_layers", "soil_depth_wetting_fronts", "soil_num_wetting_fronts"),
    *("precipitation", "potential_evapotranspiration", "actual_evapotranspiration", "surface_runoff", "giuh_runoff"),
    *("soil_storage", "total_discharge", "infiltration", "percolation", "mass_balance"),
    "conceptual_reservoir_to_stream_discharge",
}

VARIANTS = {
    "plain": configs.column(),
    "adaptive": configs.column(substeps={"method": "adaptive"}),
    "ponds": configs.column(ponded_depth_max="0.5 cm"),
    "percolates": configs.column(free_drainage="percolation", initial_psi="50 cm"),
    "reservoirs": configs.column(reservoirs=configs.RESERVOIR | configs.SLOW_RESERVOIR, free_drainage="reservoir"),
    "evaporates rain": configs.column(pet_affects_precipitation=True),
    "talsma-parlange": configs.column(infiltration="talsma_parlange", ponded_depth_max="0.5 cm"),
    "lgar-c": configs.column(compatibility="lgar-c", ponded_depth_max="0.5 cm"),
}


def test_names_are_those_of_lasam(tmp_path):
    model = component(tmp_path, configs.column())
    assert model.get_input_var_names() == ("precipitation_rate", "potential_evapotranspiration_rate")
    assert set(model.get_output_var_names()) > LASAM_OUTPUTS
    assert model.get_value_ptr("land_surface_water__runoff_depth") is model.get_value_ptr("total_discharge")


@pytest.mark.parametrize("name", VARIANTS)
def test_every_step_balances_and_the_parts_are_the_whole(tmp_path, name):
    model = component(tmp_path, VARIANTS[name])
    before = outputs(model)
    assert before["ngen::mass_in"] == before["ngen::mass_stored"] == before["soil_storage"] > 0.0
    forcing = weather(400)
    results = run(model, forcing)
    for (rain, pet), now in zip(forcing, results, strict=True):
        assert now["precipitation"] == pytest.approx(rain / 1000.0, rel=1e-15)
        assert now["potential_evapotranspiration"] == pytest.approx(pet / 1000.0, rel=1e-15)
        if name != "lgar-c":
            assert 0.0 <= now["actual_evapotranspiration"] <= pet / 1000.0 * (1.0 + 1e-12)
        assert now["giuh_runoff"] == now["total_discharge"] == now["land_surface_water__runoff_depth"] >= 0.0
        assert abs(now["mass_balance"]) < 1e-12
        gain = sum(now[key] - before[key] for key in ("soil_storage", "ponded_depth", "conceptual_reservoir_storage"))
        out = sum(
            now[key]
            for key in (
                "actual_evapotranspiration",
                "surface_runoff",
                "percolation",
                "conceptual_reservoir_to_stream_discharge",
            )
        )
        assert now["precipitation"] - out - gain == pytest.approx(now["mass_balance"], abs=1e-15)
        before = now
    assert sum(now["total_discharge"] for now in results) > 0.003
    assert any(now["percolation"] > 0.0 for now in results) is (name in ("percolates", "lgar-c"))
    assert any(now["conceptual_reservoir_storage"] > 0.0 for now in results) is (name == "reservoirs")
    assert any(now["ponded_depth"] > 0.0 for now in results) is (name in ("ponds", "lgar-c", "talsma-parlange"))


def test_fronts_are_published_with_nan_behind_the_last(tmp_path):
    depths = {"value": [0.0, 5.0, 10.0, 25.0, 40.0], "unit": "cm"}
    model = component(tmp_path, configs.column(outputs={"moisture_depths": depths}))
    profiles = [model.get_value_ptr(f"soil_{what}_wetting_fronts") for what in ("moisture", "depth", "suction")]
    moistures = model.get_value_ptr("soil_moisture_at_depths")
    bottoms = model.get_value_ptr("soil_depth_layers")
    np.testing.assert_allclose(bottoms, [0.10, 0.40], rtol=1e-15)
    assert model.get_output_var_names().count("soil_moisture_at_depths") == 1
    assert profiles[2][0] == 20.0  # 2000 cm
    most = 0
    for rain, pet in weather(200):
        count = int(read(model, "soil_num_wetting_fronts"))
        most = max(most, count)
        for values in profiles:
            assert values.shape == (CAPACITY,)
            assert np.isfinite(values[:count]).all()
            assert np.isnan(values[count:]).all()
        theta, depth, _ = (values[:count] for values in profiles)
        assert (np.diff(depth) >= 0.0).all()
        assert depth[-1] == bottoms[-1]
        thickness = np.diff(depth, prepend=0.0)
        assert (theta * thickness).sum() == pytest.approx(read(model, "soil_storage"), rel=1e-12)
        for i, z in enumerate((0.0, 0.05, 0.1, 0.25, 0.4)):
            assert moistures[i] == theta[np.flatnonzero(z <= depth * (1 + 1e-15))[0]]
        give(model, rain, pet)
        model.update()
    assert most > 3


def test_moisture_at_depths_is_listed_only_when_asked_for(tmp_path):
    model = component(tmp_path, configs.column())
    assert "soil_moisture_at_depths" not in model.get_output_var_names()
    assert model.get_output_item_count() == len(model.get_output_var_names())
    assert math.isnan(read(model, "soil_moisture_at_depths"))


def test_events_are_counted_and_never_fall(tmp_path):
    model = component(tmp_path, configs.column())
    names = [f"front_{event}_count" for event in EVENTS]
    before = dict.fromkeys(names, 0.0)
    for now in run(model, weather(300)):
        assert all(now[name] >= before[name] for name in names)
        before = now
    assert before["front_creation_count"] > 10
    assert before["front_layer_crossing_count"] > 0


@pytest.mark.parametrize("seconds", [300.0, 1200.0, 7200.0])
def test_other_time_steps(tmp_path, seconds):
    """The same constant rain in steps of another length: the same water, and all of it discharged by the hour."""
    hour = component(tmp_path, configs.column())
    other = component(tmp_path, configs.column(forcing={"step": f"{seconds} s"}))
    assert other.get_time_step() == seconds
    totals = {}
    for model in (hour, other):
        for rain in (0.0, 80.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0):
            start = model.get_current_time()
            while model.get_current_time() < start + 7200.0:
                give(model, rain, 0.1)
                model.update()
                totals[model] = totals.get(model, 0.0) + read(model, "total_discharge")
                assert abs(imbalance(model)) < 1e-13
    assert totals[other] == pytest.approx(totals[hour], rel=1e-6)
    assert totals[other] > 0.02
    assert read(other, "soil_storage") == pytest.approx(read(hour, "soil_storage"), rel=1e-9)


def test_ngen_drives_short_steps_by_update_until(tmp_path):
    one = component(tmp_path, configs.column(forcing={"step": "300 s"}))
    many = component(tmp_path, configs.column(forcing={"step": "300 s"}))
    for model in (one, many):
        give(model, 5.0, 0.1)
    one.update_until(3600.0)
    for _ in range(12):
        many.update()
    assert outputs(one) == outputs(many)


def test_temperature_is_taken_and_not_used_without_nodes(tmp_path):
    """LASAM's realizations give it always."""
    plain, given = component(tmp_path, configs.column()), component(tmp_path, configs.column())
    assert TEMPERATURE not in given.get_input_var_names()
    assert given.get_var_units(TEMPERATURE) == "K"
    assert given.get_var_nbytes(TEMPERATURE) == 8
    for values in (np.array([200.0]), np.full(4, 250.0), np.array([np.nan])):
        given.set_value(TEMPERATURE, values)
    assert run(plain, weather(50)) == run(given, weather(50))


@pytest.mark.parametrize("bad", [math.nan, -1e-9, math.inf, 2e4])
@pytest.mark.parametrize("name", [RAIN, PET])
@pytest.mark.parametrize("policy", ["error", "zero"])
def test_bad_forcing_with_each_policy(tmp_path, policy, name, bad):
    keys = ("nan", "negative_precipitation", "negative_evaporation")
    model = component(tmp_path, configs.column(name="cat-27", forcing=dict.fromkeys(keys, policy)))
    give(model, 5.0, 0.1)
    model.update()
    before = outputs(model)
    model.set_value(name, np.array([bad]))
    if policy == "zero" and not bad > 0.0:
        model.update()
        assert read(model, "precipitation" if name == RAIN else "potential_evapotranspiration") == 0.0
        return
    with pytest.raises(ForcingError, match=name) as caught:
        model.update()
    for part in ("cat-27", "cat-1.yml", "step at 3600 s"):
        assert part in str(caught.value)
    assert outputs(model) == before


@pytest.mark.parametrize(
    ("failure", "message"), [(FULL, "more wetting fronts"), (RESTLESS, "did not come to an end"), (None, "finite")]
)
def test_a_failure_names_catchment_time_and_remedy_and_stays(tmp_path, failure, message):
    model = component(tmp_path, configs.column(name="cat-27"))
    give(model, 5.0, 0.1)
    model.update()
    if failure is None:
        model._column.fronts[1, 0] = np.nan
    else:
        model._column.events[failure] = 1
    for _ in range(2):
        with pytest.raises(RuntimeError, match=message) as caught:
            model.update()
        for part in ("cat-27", "step at 3600 s", "shorten the sub-steps"):
            assert part in str(caught.value)
        assert model.get_current_time() == 3600.0


def test_initialize_with_other_layers_changes_what_exists(tmp_path):
    model = BmiLgar()
    assert model.get_var_units("hydraulic_conductivity_3") == "cm h-1"
    model.initialize(str(configs.write(tmp_path, configs.column())))
    with pytest.raises(KeyError, match="hydraulic_conductivity_2"):
        model.get_var_nbytes("hydraulic_conductivity_3")
    layers = [{"soil": "loam", "thickness": "10 cm"}] * 4
    model.initialize(str(configs.write(tmp_path, configs.with_layers(*layers))))
    assert read(model, "hydraulic_conductivity_4") == 1.04
    assert model.get_value_ptr("soil_depth_layers").size == 4
