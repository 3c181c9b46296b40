"""Parameters set through BMI: before the first step as if configured, later with suctions kept."""

import numpy as np
import pytest

from lgar_bmi.parameters import PARAMETERS
from ngen_bmi.errors import ParameterError
from ngen_bmi.soil_parameters import layer_parameters
from tests.lgar_bmi import configs
from tests.lgar_bmi.running import component, give, imbalance, outputs, read, run, weather

RESERVOIRS = configs.RESERVOIR | configs.SLOW_RESERVOIR | {"spf_factor": 0.9}
FIRST = {"theta_r": 0.05, "theta_e": 0.44, "alpha": 0.03, "n": 1.6, "ks": 1.1}
SECOND = {"theta_r": 0.08, "theta_e": 0.42, "alpha": 0.02, "n": 1.4, "ks": 0.6}
UNITS = {"alpha": " cm-1", "ks": " cm h-1"} | dict.fromkeys(
    ("field_capacity", "wilting_point_psi", "ponded_depth_max"), " cm"
)

NEW_COLUMN = {
    "field_capacity": 150.0,
    "wilting_point_psi": 9000.0,
    "ponded_depth_max": 0.4,
    "spf_factor": 0.6,
    "frac_to_CR": 0.5,
    "a": 0.02,
    "b": 1.7,
    "a_slow": 0.005,
    "b_slow": 1.1,
    "frac_slow": 0.7,
}
NEW_SOIL = {"theta_r": 0.09, "theta_e": 0.47, "alpha": 0.05, "n": 1.8, "ks": 0.3}


def config(**changes):
    """A column of two soils with own values, everything at work; changes are ``layer_key`` or top-level keys."""
    values = {"field_capacity": 300.0, "wilting_point_psi": 15000.0, "ponded_depth_max": 0.1} | RESERVOIRS | changes
    soils = [dict(FIRST), dict(SECOND)]
    top = {}
    for key, value in values.items():
        name, _, layer = key.rpartition("_")
        if layer in ("1", "2"):
            soils[int(layer) - 1][name] = value
        elif key in RESERVOIRS:
            top.setdefault("reservoirs", {})[key] = value
        else:
            top[key] = f"{value!r}{UNITS.get(key, '')}"
    layers = [
        {"soil": {key: f"{value!r}{UNITS.get(key, '')}" if key in UNITS else value for key, value in soil.items()}}
        for soil in soils
    ]
    for layer, thickness in zip(layers, ("15 cm", "40 cm"), strict=True):
        layer["thickness"] = thickness
    return configs.column(without=("soil_table",), layers=layers, initial_psi="300 cm", **top)


CASES = [(name, name, value) for name, value in NEW_COLUMN.items()] + [
    (variable.name, f"{key}_{layer}", NEW_SOIL[key])
    for layer in (1, 2)
    for variable, key in zip(layer_parameters(layer), FIRST, strict=True)
]


def test_every_parameter_is_tested():
    names = {case[0] for case in CASES}
    assert names == {v.name for v in (*PARAMETERS, *layer_parameters(1), *layer_parameters(2))}


@pytest.mark.parametrize(("name", "key", "value"), CASES, ids=[case[0] for case in CASES])
def test_set_before_the_first_step_is_as_configured(tmp_path, name, key, value):
    forcing = weather(60) * (3.0, 1.0)  # heavy enough for water to pond
    plain = run(component(tmp_path, config()), forcing)
    configured = component(tmp_path, config(**{key: value}))
    model = component(tmp_path, config())
    aliases = next(v.aliases for v in model.table if v.name == name)
    for label in (name, *aliases):
        late = component(tmp_path, config())
        late.set_value(label, np.array([value]))
        assert outputs(late) == outputs(configured)
        assert run(late, forcing) == run(component(tmp_path, config(**{key: value})), forcing)
    assert run(configured, forcing) != plain


@pytest.mark.parametrize(("name", "key", "value"), CASES, ids=[case[0] for case in CASES])
def test_set_later_keeps_suctions_and_books_the_change_of_storage(tmp_path, name, key, value):
    model = component(tmp_path, config())
    run(model, weather(40))
    give(model, 0.0, 0.0)
    before = outputs(model)
    suctions = model.get_value_ptr("soil_suction_wetting_fronts").copy()
    model.set_value(name, np.array([value]))
    assert outputs(model) == before
    model.update()
    assert abs(imbalance(model)) < 1e-13
    booked = (read(model, "ngen::mass_in") - before["ngen::mass_in"]) - (
        read(model, "ngen::mass_out")
        - before["ngen::mass_out"]
        - sum(read(model, n) for n in ("total_discharge", "percolation", "actual_evapotranspiration"))
    )
    soil = name in {v.name for layer in (1, 2) for v in layer_parameters(layer)}
    assert (abs(booked) > 1e-6) is (soil and not key.startswith("ks"))
    if not soil:
        assert booked == pytest.approx(0.0, abs=1e-15)
    assert suctions[0] > 0.0
    run(model, weather(100, seed=5))


def test_later_moistures_follow_the_suctions(tmp_path):
    model = component(tmp_path, config())
    give(model, 0.0, 0.0)
    model.update()
    model.set_value("smcmax_2", np.array([0.5]))
    model.update()
    fresh = component(tmp_path, config(theta_e_2=0.5))
    give(fresh, 0.0, 0.0)
    fresh.update()
    assert read(model, "soil_storage") == pytest.approx(read(fresh, "soil_storage"), rel=1e-14)


@pytest.mark.parametrize("steps", [0, 3])
def test_values_are_judged_together_at_the_next_update(tmp_path, steps):
    model = component(tmp_path, config(name="cat-27"))
    run(model, weather(steps))
    model.set_value("smcmin_2", np.array([0.45]))  # above smcmax_2
    model.set_value("van_genuchten_n_1", np.array([0.9]))
    model.set_value("field_capacity", np.array([np.nan]))
    give(model, 1.0, 0.1)
    before = outputs(model)
    with pytest.raises(ParameterError) as caught:
        model.update()
    for part in ("cat-27", "layer 2", "smcmin_2", "layer 1", "van_genuchten_n_1", "field_capacity is not a number"):
        assert part in str(caught.value)
    assert outputs(model) == before
    model.set_value("smcmax_2", np.array([0.6]))
    model.set_value("van_genuchten_n_1", np.array([1.9]))
    model.set_value("field_capacity", np.array([200.0]))
    model.update()
    assert abs(imbalance(model)) < 1e-13


def test_log_mode_takes_logarithms(tmp_path):
    table = configs.SOILS.splitlines()
    logarithms = [table[0]]
    for line in table[1:]:
        *name, theta_r, theta_e, alpha, n, ks = line.split()
        logarithms.append(
            " ".join(
                (*name, theta_r, theta_e, repr(np.log10(float(alpha)).item()), n, repr(np.log10(float(ks)).item()))
            )
        )
    text = configs.lasam(log_mode="true", a="-2.0", b="1.5", frac_to_CR="0.3")
    configs.write_text(tmp_path, text, "\n".join(logarithms) + "\n")
    from lgar_bmi import BmiLgar

    model, same = BmiLgar(), BmiLgar()
    for m in (model, same):
        m.initialize(str(tmp_path / "cat-1.txt"))
    assert read(model, "a") == -2.0
    assert model.get_var_units("van_genuchten_alpha_1") == "1"
    assert read(model, "van_genuchten_alpha_1") == pytest.approx(np.log10(0.03), rel=1e-14)
    assert read(model, "hydraulic_conductivity_2") == -1.0
    for name in ("a", "hydraulic_conductivity_2"):
        same.set_value(name, np.array([read(same, name)]))
    assert run(model, weather(40)) == run(same, weather(40))

    plain = component(tmp_path, configs.lasam(a="0.1", b="1.5", frac_to_CR="0.3"))
    plain.set_value("hydraulic_conductivity_1", np.array([10.0]))
    changed = BmiLgar()
    configs.write_text(tmp_path, text, "\n".join(logarithms) + "\n")
    changed.initialize(str(tmp_path / "cat-1.txt"))
    changed.set_value("a", np.array([-1.0]))
    changed.set_value("hydraulic_conductivity", np.array([1.0]))
    for ours, theirs in zip(run(changed, weather(40)), run(plain, weather(40)), strict=True):
        for key, value in theirs.items():
            assert ours[key] == pytest.approx(value, rel=1e-9, abs=1e-12), key
    changed.set_value("a", np.array([400.0]))
    with pytest.raises(ParameterError, match="a = inf"):
        changed.update()
