"""Parameters set through BMI: before the first step as if configured, later with the storages kept in m."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cfe_bmi import BmiCfe
from cfe_bmi.coefficients import CfeParameters, derive, storage_threshold
from cfe_bmi.examples import CAT_87
from cfe_bmi.parameters import PARAMETERS, problems_of, warnings_about
from cfe_bmi.state import CfeOptions
from ngen_bmi.errors import ParameterError
from ngen_bmi.variables import Variable
from tests.cfe_bmi.configs import (
    SURFACE_NASH,
    XINANJIANG,
    cat_87,
    component,
    give,
    imbalance,
    nash_87,
    outputs,
    quantity,
    read,
)
from tests.cfe_bmi.stepping import simulate

STEPS = 50

# Values that differ from those of catchment 87, inside the ranges of calibrations.
NEW_VALUES = {
    "depth": 1.5,
    "b": 6.0,
    "satdk": 2e-5,
    "satpsi": 0.2,
    "slope": 0.3,
    "maxsmc": 0.5,
    "wltsmc": 0.1,
    "alpha_fc": 0.25,
    "refkdt": 1.5,
    "soil_expon": 1.7,
    "soil_expon_secondary": 2.5,
    "Klf": 0.2,
    "Kn": 0.2,
    "max_gw_storage": 0.1,
    "Cgw": 2e-4,
    "expon": 3.0,
    "a_Xinanjiang_inflection_point_parameter": -0.2,
    "b_Xinanjiang_shape_parameter": 1.4,
    "x_Xinanjiang_shape_parameter": 1.6,
    "urban_decimal_fraction": 0.3,
    "ice_content_threshold": 0.3,
    "K_nash_surface": 0.2,
    "Kinf_nash_surface": 0.2,
    "retention_depth_nash_surface": 0.01,
}

# CFE has one soil store, whose tension water is full before free water exists: these have no effect, here as in C.
WITHOUT_EFFECT = {"a_Xinanjiang_inflection_point_parameter", "b_Xinanjiang_shape_parameter"}


def scheme_for(name: str, soil_scheme: str) -> dict[str, Any]:
    """A configuration in which the parameter is at work."""
    if "Xinanjiang" in name or name == "urban_decimal_fraction":
        return cat_87(XINANJIANG, soil_scheme=soil_scheme, partitioning="xinanjiang")
    if name.endswith("nash_surface"):
        return nash_87(soil_scheme=soil_scheme)
    if name == "ice_content_threshold":
        return cat_87({name: "0.15 m"}, soil_scheme=soil_scheme, frozen_soil=True)
    if name == "wltsmc":  # the soil has to be dry enough for it
        return cat_87(soil_scheme=soil_scheme, initial={"soil_storage": 0.4, "gw_storage": 0.125})
    return cat_87(soil_scheme=soil_scheme)


def forcing(steps: int, seed: int = 6) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rain = rng.exponential(8.0, steps) * (rng.random(steps) < 0.4)
    return np.stack([rain, rng.uniform(0.0, 2e-7, steps)], axis=1)


def step(model: BmiCfe, rain: float, pet: float) -> dict[str, float]:
    give(model, rain, pet)
    if "ice_fraction_schaake" in model.get_input_var_names():
        model.set_value("ice_fraction_schaake", np.array([0.2]))
    model.update()
    assert abs(imbalance(model)) <= 1e-13
    return outputs(model)


def run(model: BmiCfe) -> list[dict[str, float]]:
    return [step(model, *row) for row in forcing(STEPS)]


@pytest.mark.parametrize("soil_scheme", ["classic", "ode"])
@pytest.mark.parametrize("variable", PARAMETERS, ids=lambda v: v.name)
def test_set_before_the_first_step_is_as_configured(tmp_path: Path, variable: Variable, soil_scheme: str) -> None:
    """Bit by bit, initial storages and ledger included; and the parameter does something."""
    name, value = variable.name, NEW_VALUES[variable.name]
    content = scheme_for(name, soil_scheme)
    plain = run(component(tmp_path, content))
    content["parameters"][name] = quantity(name, value)
    configured = component(tmp_path, content)
    for label in (name, *variable.aliases):
        late = component(tmp_path, scheme_for(name, soil_scheme))
        late.set_value(label, np.array([value]))
        assert outputs(late) == outputs(configured)
        assert run(late) == run(component(tmp_path, content))
    assert (run(configured) != plain) is (name not in WITHOUT_EFFECT)


def test_new_values_cover_the_table() -> None:
    assert set(NEW_VALUES) == {v.name for v in PARAMETERS} == set(CfeParameters._fields)
    for variable in PARAMETERS:
        assert variable.problem_with(NEW_VALUES[variable.name]) is None
        assert variable.default != NEW_VALUES[variable.name]
        assert variable.meaning
        if variable.calibration is not None:
            assert variable.valid[0] <= variable.calibration[0] < variable.calibration[1] <= variable.valid[1]
        if variable.default is not None:
            assert variable.problem_with(variable.default) is None


def test_set_value_at_indices_has_the_same_effects(tmp_path: Path) -> None:
    """The C model recomputes nothing when a parameter comes this way."""
    one, other = component(tmp_path, cat_87()), component(tmp_path, cat_87())
    one.set_value("maxsmc", np.array([0.5]))
    other.set_value_at_indices("maxsmc", np.array([0], dtype=np.int32), np.array([0.5]))
    assert run(one) == run(other)


@pytest.mark.parametrize("soil_scheme", ["classic", "ode"])
def test_all_at_once_in_alphabetical_order_as_ngen_does(tmp_path: Path, soil_scheme: str) -> None:
    """On the way the combination may have no meaning: it is judged when it is complete."""
    values = NEW_VALUES | {"maxsmc": 0.2, "wltsmc": 0.02, "depth": 1.0}
    content = nash_87(XINANJIANG, soil_scheme=soil_scheme, partitioning="xinanjiang")
    late = component(tmp_path, content)
    late.set_value("wltsmc", np.array([0.43]))
    late.set_value("maxsmc", np.array([0.2]))
    for name in sorted(values):
        late.set_value(name, np.array([values[name]]))
    content["parameters"] |= {name: quantity(name, value) for name, value in values.items()}
    assert run(late) == run(component(tmp_path, content))


@pytest.mark.parametrize("soil_scheme", ["classic", "ode"])
@pytest.mark.parametrize("name", sorted(NEW_VALUES))
def test_set_after_steps_goes_on_as_a_fresh_model_with_these_storages(
    tmp_path: Path, name: str, soil_scheme: str
) -> None:
    """Storages stay in m; no new maximum of NEW_VALUES is below them at that time."""
    content = scheme_for(name, soil_scheme)
    model = component(tmp_path, content)
    first, second = forcing(20), forcing(30, seed=7)
    for row in first:
        step(model, *row)
    stored = {key: read(model, key) for key in ("SOIL_STORAGE", "GW_STORAGE", "ngen::mass_stored")}
    model.set_value(name, np.array([NEW_VALUES[name]]))
    assert {key: read(model, key) for key in stored} == stored
    states, queue = model._storages.copy(), model._queue.copy()
    config = model._config
    p = config.parameters._replace(**{name: NEW_VALUES[name]})
    rows = np.zeros((30, 6))
    rows[:, 0], rows[:, 1], rows[:, 2] = second[:, 0] / 1000.0, second[:, 1] * 3600.0, 0.2
    n_lateral = len(config.lateral)
    fresh = simulate(
        p,
        config.options,
        rows,
        soil=states[0],
        groundwater=states[1],
        lateral=tuple(states[2 : 2 + n_lateral].tolist()),
        surface=tuple(states[2 + n_lateral :].tolist()),
        ordinates=config.giuh_ordinates,
        queue=queue,
    )
    assert derive(p).soil_max >= states[0]
    assert p.max_gw_storage >= states[1]
    for i, row in enumerate(second):
        given = step(model, *row)
        for key, column in fresh.outputs.items():
            if key.upper() in given:
                assert given[key.upper()] == column[i], (key, i)


@pytest.mark.parametrize("surface", ["giuh", "nash"])
@pytest.mark.parametrize("soil_scheme", ["classic", "ode"])
def test_water_above_a_new_soil_maximum_runs_off_and_is_booked(tmp_path: Path, soil_scheme: str, surface: str) -> None:
    content = cat_87(soil_scheme=soil_scheme) if surface == "giuh" else nash_87(soil_scheme=soil_scheme)
    model = component(tmp_path, content)
    for row in forcing(20):
        step(model, *row)
    soil = read(model, "SOIL_STORAGE")
    stored = read(model, "ngen::mass_stored")
    model.set_value("depth", np.array([1.0]))
    lost = soil - 0.439
    assert lost > 0.05
    assert read(model, "SOIL_STORAGE") == soil
    after = step(model, 0.0, 0.0)
    assert after["INFILTRATION_EXCESS"] == pytest.approx(lost, abs=1e-15)
    assert after["SOIL_STORAGE"] <= 0.439
    assert after["ngen::mass_leaked"] == 0.0
    assert after["ngen::mass_stored"] + after["Q_OUT"] + after["ACTUAL_ET"] == pytest.approx(stored, abs=1e-15)
    assert after["NWM_PONDED_DEPTH"] > 0.5 * lost
    again = step(model, 0.0, 0.0)
    assert again["INFILTRATION_EXCESS"] == 0.0


@pytest.mark.parametrize("soil_scheme", ["classic", "ode"])
def test_water_above_a_new_groundwater_maximum_is_base_flow_and_is_booked(tmp_path: Path, soil_scheme: str) -> None:
    model = component(tmp_path, cat_87(soil_scheme=soil_scheme))
    for row in forcing(20):
        step(model, *row)
    groundwater = read(model, "GW_STORAGE")
    model.set_value("max_gw_storage", np.array([0.01]))
    assert read(model, "GW_STORAGE") == groundwater > 0.02
    after = step(model, 0.0, 0.0)
    assert after["GW_STORAGE"] <= 0.01
    outflow = 1.8e-5 * math.expm1(6.0)
    assert after["DEEP_GW_TO_CHANNEL_FLUX"] == pytest.approx(groundwater - 0.01 + outflow, rel=1e-12)


# --- values without meaning ------------------------------------------------------------------------------------------

REFUSED = [
    (v.name, bad)
    for v in PARAMETERS
    for bad in (v.valid[0] - 1e-3, v.valid[1] * 1.001 + 1e-9, math.nan, math.inf, -math.inf)
]


@pytest.mark.parametrize("started", [False, True], ids=["first step", "later"])
@pytest.mark.parametrize(("name", "bad"), REFUSED)
def test_values_out_of_range_are_refused_by_name_at_the_next_update(
    tmp_path: Path, name: str, bad: float, started: bool
) -> None:
    """Not in set_value, whose errors ngen only prints; and a better value mends it, as if nothing had been."""
    content = nash_87(XINANJIANG, partitioning="xinanjiang", name="cat-27")
    model, right = component(tmp_path, content), component(tmp_path, content)
    if started:
        step(model, 5.0, 1e-8)
        step(right, 5.0, 1e-8)
    good = read(model, name)
    time = model.get_current_time()
    model.set_value(name, np.array([bad]))
    give(model, 2.0, 1e-8)
    for _ in range(2):
        with pytest.raises(ParameterError) as caught:
            model.update()
        assert name in str(caught.value)
        assert "cat-27" in str(caught.value)
        assert model.get_current_time() == time
    model.set_value(name, np.array([good]))
    assert step(model, 2.0, 1e-8) == step(right, 2.0, 1e-8)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"wltsmc": 0.3}, ("storage threshold", "wltsmc", "wilting point")),
        ({"wltsmc": 0.5}, ("wltsmc = 0.5 is not below maxsmc = 0.439",)),
        ({"maxsmc": 0.06}, ("wltsmc = 0.066 is not below maxsmc = 0.06",)),
        ({"wltsmc": 0.439}, ("wltsmc = 0.439 is not below maxsmc = 0.439",)),
        ({"satpsi": 0.001, "b": 1.0}, ("storage threshold", "satpsi")),
        ({"wltsmc": 0.5, "satpsi": 20.0}, ("wltsmc = 0.5 is not below maxsmc = 0.439",)),
    ],
    ids=str,
)
@pytest.mark.parametrize("soil_scheme", ["classic", "ode"])
def test_combinations_without_meaning_are_refused_by_name_at_the_next_update(
    tmp_path: Path, soil_scheme: str, values: dict[str, float], words: tuple[str, ...]
) -> None:
    model = component(tmp_path, cat_87(soil_scheme=soil_scheme))
    for name, value in values.items():
        model.set_value(name, np.array([value]))
    give(model, 1.0, 0.0)
    with pytest.raises(ParameterError) as caught:
        model.update()
    for word in words:
        assert word in str(caught.value)
    assert problems_of(CAT_87._replace(**values))


def test_a_wilting_point_exactly_at_the_threshold_is_refused() -> None:
    p = CAT_87._replace(depth=1.0)
    p = p._replace(wltsmc=float(storage_threshold(p)))
    assert derive(p).soil_threshold == derive(p).soil_wilting
    assert "storage threshold" in problems_of(p)[0]


def test_a_depth_that_the_soil_layers_do_not_reach_is_refused(tmp_path: Path) -> None:
    """The configuration is refused when the last layer does not end at the depth; so is the parameter."""
    layers = {"value": [0.1, 0.4, 1.0, 2.0], "unit": "m"}
    model = component(tmp_path, cat_87(rootzone_et=True, rootzone={"layer_bottoms": layers, "supply_layer": 4}))
    model.set_value("soil_moisture_profile", np.full(4, 0.3))
    model.set_value("depth", np.array([1.5]))
    give(model, 1.0, 0.0)
    with pytest.raises(ParameterError, match="depth"):
        model.update()


def test_warnings_name_what_few_people_want() -> None:
    assert warnings_about(CAT_87) == []
    assert any("never percolates" in line for line in warnings_about(CAT_87._replace(satpsi=15.0)))
    assert any("no lateral flow" in line for line in warnings_about(CAT_87._replace(satdk=7e-4, slope=1.0)))
    assert any(line.startswith("b = 1.5 is outside the usual range") for line in warnings_about(CAT_87._replace(b=1.5)))


# --- derived quantities ----------------------------------------------------------------------------------------------


def test_derived_quantities_of_catchment_87() -> None:
    """C library: S_max .878, S_wp .132, T .48725596305482816, k_p 1.2168e-4, magic 5.07 (specification, part A2)."""
    c = derive(CAT_87)
    assert (c.soil_max, c.soil_wilting) == (0.878, 0.132)
    assert c.soil_threshold == pytest.approx(0.48725596305482816, abs=1e-15)
    assert c.percolation_max == pytest.approx(1.2168e-4, rel=1e-15)
    assert c.schaake_share == pytest.approx(-math.expm1(-5.07 / 24.0), rel=1e-14)


@pytest.mark.parametrize("b", [0.5, 0.7, 0.999, 0.9999999, 1.0, 1.0000001, 1.001, 2.0, 4.05, 21.94, 50.0])
@pytest.mark.parametrize("alpha_fc", [0.0485, 0.15, 0.33, 1.0])
def test_threshold_is_the_integral_of_the_retention_curve(b: float, alpha_fc: float) -> None:
    """Also where the usual formula is 0/0: by quadrature of theta(h) over the column (scipy)."""
    from scipy.integrate import quad

    p = CAT_87._replace(b=b, alpha_fc=alpha_fc)
    bottom = alpha_fc * 101325.0 / 9810.0 - 0.5

    def moisture(log_h: float) -> float:
        h = math.exp(log_h)
        return h * p.maxsmc * (p.satpsi / h) ** (1.0 / b)

    expected, _ = quad(moisture, math.log(bottom), math.log(bottom + p.depth), epsabs=0.0, epsrel=1e-13, limit=200)
    assert storage_threshold(p) == pytest.approx(expected, rel=1e-12)


def test_frozen_soil_factor_is_a_share_for_all_ice() -> None:
    """1 - exp(-a) (1 + a + a^2/2) loses all digits for small a: it has to stay between 0 and 1, and rise with a."""
    from cfe_bmi.processes import frozen_soil_factor

    c = derive(CAT_87)
    scales = np.logspace(-12, 3, 400)
    factors = np.array([frozen_soil_factor(1.0, c._replace(frozen_scale=float(s))) for s in scales])
    assert (factors >= 0.0).all()
    assert (factors <= 1.0).all()
    assert (np.diff(factors) >= 0.0).all()


def test_the_schemes_tested_here_are_the_ones_meant(tmp_path: Path) -> None:
    model = component(tmp_path, nash_87(XINANJIANG, soil_scheme="ode", partitioning="xinanjiang"))
    assert model._config.options == CfeOptions(1, 2, 2, 0, 0, 1, 10)
    assert set(SURFACE_NASH) <= set(NEW_VALUES)
