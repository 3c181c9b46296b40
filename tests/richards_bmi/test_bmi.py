"""The BMI component beyond what every component has to do: outputs, ledger, forcing, parameters, failures."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hydro_physics.van_genuchten import VanGenuchtenSoil, moisture
from ngen_bmi.errors import ForcingError, ParameterError
from ngen_bmi.soil_parameters import layer_parameters
from richards_bmi.parameters import PARAMETERS
from richards_bmi.variables import PET, RAIN
from tests.richards_bmi import configs
from tests.richards_bmi.running import component, give, imbalance, outputs, read, run, weather

TABLE = {"bottom": "water_table", "water_table_depth": "60 cm"}

VARIANTS = {
    "plain": configs.column(),
    "ponds": configs.column(ponded_depth_max="0.5 cm"),
    "drains": configs.column(bottom="free_drainage", initial_psi="50 cm"),
    "rises": configs.column(**TABLE),
    "evaporates rain": configs.column(pet_affects_precipitation=True),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_step_balances_and_the_parts_are_the_whole(tmp_path: Path, name: str) -> None:
    model = component(tmp_path, VARIANTS[name])
    before = outputs(model)
    assert before["ngen::mass_in"] == before["ngen::mass_stored"] == before["soil_storage"] > 0.0
    forcing = weather(300)
    results = run(model, forcing)
    for (rain, pet), now in zip(forcing, results, strict=True):
        assert now["precipitation"] == pytest.approx(rain / 1000.0, rel=1e-15)
        assert now["potential_evapotranspiration"] == pytest.approx(pet / 1000.0, rel=1e-15)
        assert 0.0 <= now["actual_evapotranspiration"] <= pet / 1000.0 * (1.0 + 1e-9)
        assert now["giuh_runoff"] == now["total_discharge"] == now["land_surface_water__runoff_depth"] >= 0.0
        assert abs(now["mass_balance"]) < 1e-12
        gain = sum(now[key] - before[key] for key in ("soil_storage", "ponded_depth"))
        out = sum(now[key] for key in ("actual_evapotranspiration", "surface_runoff", "percolation"))
        assert now["precipitation"] - out - gain == pytest.approx(now["mass_balance"], abs=1e-15)
        risen = max(-now["percolation"], 0.0)
        assert now["ngen::mass_in"] - before["ngen::mass_in"] == pytest.approx(now["precipitation"] + risen, abs=1e-15)
        before = now
    assert sum(now["total_discharge"] for now in results) > 0.003
    assert any(now["percolation"] > 0.0 for now in results) is (name in ("drains", "rises"))
    assert any(now["percolation"] < 0.0 for now in results) is (name == "rises")
    assert any(now["ponded_depth"] > 0.0 for now in results) is (name == "ponds")
    counts = [[now[f"{what}_count"] for now in results] for what in ("substep", "repeated_substep", "linear_system")]
    assert (np.diff(counts) >= 0.0).all()
    assert counts[2][-1] > counts[0][-1] > counts[1][-1] > 0.0
    assert counts[0][-1] > 300.0


def test_profiles_are_those_of_the_cells(tmp_path: Path) -> None:
    depths = ["0 cm", "5 cm", "10 cm", "25 cm", "40 cm"]
    model = component(tmp_path, configs.column(outputs={"depths": depths}))
    theta, psi, z = (model.get_value_ptr(f"soil_{what}_profile") for what in ("moisture", "suction", "depth"))
    np.testing.assert_allclose(model.get_value_ptr("soil_depth_layers"), [0.10, 0.40], rtol=1e-15)
    assert theta.shape == psi.shape == z.shape
    assert (psi == 20.0).all()
    assert (np.diff(z) > 0.0).all()
    # cells meet half-way only where they are equal: their edges follow from the surface on
    edges = [0.0]
    for middle in z:
        edges.append(2.0 * middle - edges[-1])
    assert edges[-1] == pytest.approx(0.4, rel=1e-9)
    run(model, weather(50))
    assert float((theta * np.diff(edges)).sum()) == pytest.approx(read(model, "soil_storage"), rel=1e-9)
    at, suctions = (model.get_value_ptr(f"soil_{what}_at_depths") for what in ("moisture", "suction"))
    assert suctions[0] == psi[0]
    assert suctions[4] == psi[-1]
    assert suctions[1] == pytest.approx(np.interp(0.05, z, psi), rel=1e-12)
    assert suctions[3] == pytest.approx(np.interp(0.25, z, psi), rel=1e-12)
    soil = VanGenuchtenSoil(0.078, 0.43, 0.036, 1.56, 3.12)
    assert at[3] == pytest.approx(moisture(100.0 * suctions[3], soil), rel=1e-12)


def test_values_at_depths_are_listed_only_when_asked_for(tmp_path: Path) -> None:
    model = component(tmp_path, configs.column())
    for name in ("soil_moisture_at_depths", "soil_suction_at_depths"):
        assert name not in model.get_output_var_names()
        assert math.isnan(read(model, name))
    assert model.get_output_item_count() == len(model.get_output_var_names())


@pytest.mark.parametrize("seconds", [300.0, 1200.0, 7200.0])
def test_other_time_steps(tmp_path: Path, seconds: float) -> None:
    """The same rain in steps of another length: all of it, and within the solver's tolerance the same discharge."""
    solver = {"tolerance": "1e-5 cm"}
    hour = component(tmp_path, configs.column(solver=solver))
    other = component(tmp_path, configs.column(solver=solver, forcing={"step": f"{seconds} s"}))
    assert other.get_time_step() == seconds
    totals = dict.fromkeys((hour, other), 0.0)
    for model in totals:
        for rain in (0.0, 80.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0):
            start = model.get_current_time()
            while model.get_current_time() < start + 7200.0:
                give(model, rain, 0.1)
                model.update()
                totals[model] += read(model, "total_discharge")
                assert abs(imbalance(model)) < 1e-13
    assert totals[hour] > 0.02
    assert totals[other] == pytest.approx(totals[hour], rel=1e-4)
    assert read(other, "soil_storage") == pytest.approx(read(hour, "soil_storage"), rel=1e-4)


# --- forcing and failures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [math.nan, -1e-9, math.inf, 2e4])
@pytest.mark.parametrize("name", [RAIN, PET])
@pytest.mark.parametrize("policy", ["error", "zero"])
def test_bad_forcing_with_each_policy(tmp_path: Path, policy: str, name: str, bad: float) -> None:
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


HOPELESS: dict[str, Any] = {
    "soil_table": "carsel_parrish_1988",
    "layers": [{"soil": "sand", "thickness": "10 cm"}, {"soil": "clay", "thickness": "30 cm"}],
    "initial_psi": "30000 cm",
    "solver": {"shortest": "3600 s", "longest": "3600 s"},
}
"""Sub-steps of an hour only, and a storm on dry sand: Newton's iteration does not come to an end."""


def test_a_step_without_solution_names_time_and_depth_and_changes_nothing(tmp_path: Path) -> None:
    model = component(tmp_path, configs.column(name="cat-27", **HOPELESS))
    give(model, 0.0, 0.0)
    model.update()
    before = outputs(model)
    profile = model.get_value_ptr("soil_suction_profile").copy()
    give(model, 200.0, 0.0)
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"shortest, 3600 s, solved the equation .* cm deep") as caught:
            model.update()
        for part in ("cat-27", "step at 3600 s", "0 s into the step", "solver.shortest", "grid"):
            assert part in str(caught.value)
        assert outputs(model) == before
        np.testing.assert_array_equal(model.get_value_ptr("soil_suction_profile"), profile)
        assert model.get_current_time() == 3600.0
    # the same state goes on with less, as one that was never stuck
    never = component(tmp_path, configs.column(name="cat-27", **HOPELESS))
    give(never, 0.0, 0.0)
    never.update()
    for each in (model, never):
        give(each, 0.001, 0.0)
        each.update()
    assert outputs(model) == outputs(never)


def test_sub_steps_that_do_not_come_to_an_end_are_repeated_by_shorter_ones(tmp_path: Path) -> None:
    """The same storm on dry sand, with an error allowed for that repeats none: only failures of the iteration do."""
    solver = {"tolerance": "10 cm", "shortest": "1e-5 s", "longest": "3600 s"}
    model = component(tmp_path, configs.column(**HOPELESS | {"solver": solver}))
    for rain in (0.0, 200.0):
        give(model, rain, 0.0)
        model.update()
    assert float(model.get_value_ptr("repeated_substep_count")[0]) >= 3.0
    assert float(model.get_value_ptr("infiltration")[0]) > 0.01
    assert abs(imbalance(model)) < 1e-12


def test_a_flux_that_is_not_a_number_is_reported(tmp_path: Path) -> None:
    model = component(tmp_path, configs.column(name="cat-27"))
    give(model, 5.0, 0.1)
    model.update()
    model._column.state[1, 0] = np.nan
    with pytest.raises(RuntimeError, match="cat-27.*step at 3600 s"):
        model.update()
    assert model.get_current_time() == 3600.0


# --- parameters ------------------------------------------------------------------------------------------------------

FIRST = {"theta_r": 0.05, "theta_e": 0.44, "alpha": 0.03, "n": 1.6, "ks": 1.1}
SECOND = {"theta_r": 0.08, "theta_e": 0.42, "alpha": 0.02, "n": 1.4, "ks": 0.6}
NEW_SOIL = {"theta_r": 0.09, "theta_e": 0.47, "alpha": 0.05, "n": 1.8, "ks": 0.3}
NEW_COLUMN = {
    "field_capacity": 150.0,
    "wilting_point_psi": 9000.0,
    "ponded_depth_max": 0.4,
    "water_table_depth": 80.0,
}
UNITS = {"alpha": " cm-1", "ks": " cm h-1"} | dict.fromkeys(NEW_COLUMN, " cm")


def config(**changes: float) -> dict[str, Any]:
    """Two soils with own values over a water table; changes are ``key_layer`` or top-level keys."""
    top: dict[str, float] = {"field_capacity": 300.0, "wilting_point_psi": 15000.0, "ponded_depth_max": 0.1}
    top["water_table_depth"] = 70.0
    soils = [dict(FIRST), dict(SECOND)]
    for key, value in changes.items():
        name, _, layer = key.rpartition("_")
        (soils[int(layer) - 1] if layer in ("1", "2") else top)[name if layer in ("1", "2") else key] = value
    layers = [
        {"soil": {k: f"{v!r}{UNITS[k]}" if k in UNITS else v for k, v in soil.items()}, "thickness": thickness}
        for soil, thickness in zip(soils, ("15 cm", "40 cm"), strict=True)
    ]
    suctions = {key: f"{value!r} cm" for key, value in top.items()}
    return configs.column(("soil_table",), layers=layers, initial_psi="300 cm", bottom="water_table", **suctions)


CASES = [(name, name, value) for name, value in NEW_COLUMN.items()] + [
    (variable.name, f"{key}_{layer}", NEW_SOIL[key])
    for layer in (1, 2)
    for variable, key in zip(layer_parameters(layer), FIRST, strict=True)
]
each_parameter = pytest.mark.parametrize(("name", "key", "value"), CASES, ids=[case[0] for case in CASES])


def test_every_parameter_is_tested() -> None:
    assert {case[0] for case in CASES} == {v.name for v in (*PARAMETERS, *layer_parameters(1), *layer_parameters(2))}


@each_parameter
def test_set_before_the_first_step_is_as_configured(tmp_path: Path, name: str, key: str, value: float) -> None:
    forcing = weather(40) * (3.0, 1.0)  # heavy enough for water to pond
    plain = run(component(tmp_path, config()), forcing)
    late = component(tmp_path, config())
    late.set_value(name, np.array([value]))
    configured = component(tmp_path, config(**{key: value}))
    assert outputs(late) == outputs(configured)
    expected = run(configured, forcing)
    assert run(late, forcing) == expected
    assert expected != plain


def test_a_hydrostatic_start_follows_a_water_table_set_before_the_first_step(tmp_path: Path) -> None:
    start = {"initial": "hydrostatic", "bottom": "water_table"}
    late, configured = (
        component(tmp_path, configs.column(("initial_psi",), **start, water_table_depth=f"{depth} cm"))
        for depth in (300, 50)
    )
    late.set_value("water_table_depth", np.array([50.0]))
    assert outputs(late) == outputs(configured)
    assert run(late, weather(20)) == run(configured, weather(20))


@each_parameter
def test_set_later_keeps_suctions_and_books_the_change_of_storage(
    tmp_path: Path, name: str, key: str, value: float
) -> None:
    model = component(tmp_path, config())
    run(model, weather(40))
    give(model, 0.0, 0.0)
    before = outputs(model)
    suctions = model.get_value_ptr("soil_suction_profile").copy()
    model.set_value(name, np.array([value]))
    assert outputs(model) == before
    np.testing.assert_array_equal(model.get_value_ptr("soil_suction_profile"), suctions)
    model.update()
    now = outputs(model)
    assert abs(imbalance(model)) < 1e-13
    risen = max(-now["percolation"], 0.0)
    into = now["ngen::mass_in"] - before["ngen::mass_in"] - risen
    out = now["ngen::mass_out"] - before["ngen::mass_out"] - max(now["percolation"], 0.0)
    booked = into - (out - now["total_discharge"] - now["actual_evapotranspiration"])
    soil = name not in NEW_COLUMN
    assert (abs(booked) > 1e-6) is (soil and not key.startswith("ks"))
    if not soil:
        assert booked == pytest.approx(0.0, abs=1e-14)
    run(model, weather(60, seed=5))


def test_the_change_of_storage_is_that_of_the_curves(tmp_path: Path) -> None:
    model = component(tmp_path, config())
    run(model, weather(40))
    psi, z = (model.get_value_ptr(f"soil_{what}_profile").copy() for what in ("suction", "depth"))
    theta = model.get_value_ptr("soil_moisture_profile").copy()
    give(model, 0.0, 0.0)
    before = read(model, "soil_storage")
    model.set_value("smcmax_2", np.array([0.5]))
    model.update()
    size = model._rows.nodes[0][model._rows.nodes[0] > 0.0] / 100.0
    lower = z > 0.15
    drier, wetter = (VanGenuchtenSoil(**(SECOND | {"theta_e": value})) for value in (0.42, 0.5))
    gain = sum(
        s * (moisture(100.0 * p, wetter) - moisture(100.0 * p, drier))
        for p, s in zip(psi[lower], size[lower], strict=True)
    )
    flows = read(model, "percolation") + read(model, "actual_evapotranspiration")
    assert gain > 1e-3
    assert read(model, "soil_storage") - before + flows == pytest.approx(gain, rel=1e-9)
    assert theta[lower].max() < 0.42 + 1e-9


def test_a_water_table_can_be_moved_at_run_time(tmp_path: Path) -> None:
    """Raised into the column it fills the soil below it from beneath; lowered again the water leaves."""
    model = component(tmp_path, configs.column(bottom="water_table", water_table_depth="100 cm", initial_psi="60 cm"))
    bottom = []
    for table in (100.0, 20.0, 100.0):
        model.set_value("water_table_depth", np.array([table]))
        moved = 0.0
        for _ in range(400):
            give(model)
            model.update()
            assert abs(imbalance(model)) < 1e-12
            moved += read(model, "percolation")
        psi, z = (model.get_value_ptr(f"soil_{what}_profile") for what in ("suction", "depth"))
        assert psi[-1] == pytest.approx(table / 100.0 - z[-1], abs=0.02)
        bottom.append(moved)
    assert bottom[1] < -0.02
    assert bottom[2] > 0.02


@pytest.mark.parametrize("steps", [0, 3])
def test_values_are_judged_together_at_the_next_update(tmp_path: Path, steps: int) -> None:
    model = component(tmp_path, config() | {"name": "cat-27"})
    run(model, weather(steps))
    for name, value in (("smcmin_2", 0.45), ("van_genuchten_n_1", 0.9), ("water_table_depth", np.nan)):
        model.set_value(name, np.array([value]))
    give(model, 1.0, 0.1)
    before = outputs(model)
    with pytest.raises(ParameterError) as caught:
        model.update()
    for part in ("cat-27", "layer 2", "smcmin_2", "layer 1", "van_genuchten_n_1", "water_table_depth"):
        assert part in str(caught.value)
    assert outputs(model) == before
    for name, value in (("smcmax_2", 0.6), ("van_genuchten_n_1", 1.9), ("water_table_depth", 90.0)):
        model.set_value(name, np.array([value]))
    model.update()
    assert abs(imbalance(model)) < 1e-13
