"""Forcing that cannot be right, through the component: refused with catchment, file and time, or zero if asked for."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from cfe_bmi import BmiCfe
from ngen_bmi.errors import ForcingError
from tests.cfe_bmi.configs import PET, RAIN, cat_87, component, give, imbalance, outputs, read

NAMES = {"rain": RAIN, "pet": PET}
KINDS = {"rain": "negative_precipitation", "pet": "negative_evaporation"}
FINE = {"rain": 3.0, "pet": 5e-8}

LAYERS = {"value": [0.1, 0.4, 1.0, 2.0], "unit": "m"}
ROOTZONE = {"rootzone_et": True, "rootzone": {"layer_bottoms": LAYERS, "supply_layer": 2}}
PROFILE = "soil_moisture_profile"


def bad_value(kind: str, variable: str) -> float:
    too_much = {"rain": 2e4, "pet": 2e-3}[variable]
    return {"nan": math.nan, "negative": -1e-9, "infinite": math.inf, "too much": too_much}[kind]


@pytest.mark.parametrize("kind", ["nan", "negative", "infinite", "too much"])
@pytest.mark.parametrize("variable", ["rain", "pet"])
@pytest.mark.parametrize("policy", ["error", "zero"])
def test_bad_forcing_with_each_policy(tmp_path: Path, policy: str, variable: str, kind: str) -> None:
    """`zero` mends what it names, and nothing else: never an infinite or impossibly large value."""
    keys = ("nan", "negative_precipitation", "negative_evaporation")
    model = component(tmp_path, cat_87(name="cat-27", forcing=dict.fromkeys(keys, policy)))
    give(model, **FINE)
    model.update()
    before = outputs(model)
    give(model, **FINE | {variable: bad_value(kind, variable)})
    if policy == "zero" and kind in ("nan", "negative"):
        model.update()
        right = component(tmp_path, cat_87(name="cat-27"))
        give(right, **FINE)
        right.update()
        give(right, **FINE | {variable: 0.0})
        right.update()
        assert outputs(model) == outputs(right)
        assert read(model, "RAIN_RATE" if variable == "rain" else "POTENTIAL_ET") == 0.0
        return
    with pytest.raises(ForcingError) as caught:
        model.update()
    message = str(caught.value)
    for part in ("cat-27", str(tmp_path / "cat-87.yml"), "3600 s", NAMES[variable]):
        assert part in message
    assert outputs(model) == before
    assert model.get_current_time() == 3600.0
    give(model, **FINE)
    model.update()
    assert model.get_current_time() == 7200.0


@pytest.mark.parametrize("variable", ["rain", "pet"])
def test_each_policy_mends_only_what_it_names(tmp_path: Path, variable: str) -> None:
    other = "pet" if variable == "rain" else "rain"
    model = component(tmp_path, cat_87(forcing={KINDS[other]: "zero"}))
    give(model, **FINE | {variable: -1e-9})
    with pytest.raises(ForcingError, match=f"forcing.{KINDS[variable]}: zero"):
        model.update()
    give(model, **FINE | {variable: math.nan})
    with pytest.raises(ForcingError, match="forcing.nan: zero"):
        model.update()


@pytest.mark.parametrize("both", list(itertools.product(["nan", "negative"], ["infinite", "too much"])))
def test_a_mended_value_does_not_hide_one_that_is_refused(tmp_path: Path, both: tuple[str, str]) -> None:
    keys = ("nan", "negative_precipitation", "negative_evaporation")
    model = component(tmp_path, cat_87(forcing=dict.fromkeys(keys, "zero")))
    for order in (("rain", "pet"), ("pet", "rain")):
        give(model, **{order[0]: bad_value(both[0], order[0]), order[1]: bad_value(both[1], order[1])})
        with pytest.raises(ForcingError, match=NAMES[order[1]]):
            model.update()


def test_values_just_inside_the_ranges_are_taken(tmp_path: Path) -> None:
    model = component(tmp_path, cat_87())
    for rain, pet in ((0.0, 0.0), (1e4, 0.0), (1e-300, 1e-300), (0.0, 1e-3), (5e-324, 5e-324)):
        give(model, rain, pet)
        model.update()
        assert np.isfinite(list(outputs(model).values())).all()
        assert abs(imbalance(model)) <= 1e-13 * max(1.0, read(model, "ngen::mass_in"))


@pytest.mark.parametrize("value", [math.nan, -0.1, 1.1, math.inf])
@pytest.mark.parametrize("layer", [0, 1, 2, 3])
def test_moisture_of_the_supplying_layer_has_to_be_a_moisture(tmp_path: Path, layer: int, value: float) -> None:
    """Of the others nothing is asked: they are not used."""
    model = component(tmp_path, cat_87(name="cat-27", **ROOTZONE))
    give(model, **FINE)
    profile = np.full(4, 0.3)
    profile[layer] = value
    model.set_value(PROFILE, profile)
    if layer != 1:
        model.update()
        return
    with pytest.raises(ForcingError, match=PROFILE) as caught:
        model.update()
    assert "cat-27" in str(caught.value)
    assert "step at 0 s" in str(caught.value)


@pytest.mark.parametrize(
    ("partitioning", "name", "bad"),
    [("schaake", "ice_fraction_schaake", -0.1), ("xinanjiang", "ice_fraction_xinanjiang", 1.1)],
)
def test_ice_has_to_be_possible(tmp_path: Path, partitioning: str, name: str, bad: float) -> None:
    parameters = {"ice_content_threshold": "0.15 m", "x_Xinanjiang_shape_parameter": 0.5}
    model = component(tmp_path, cat_87(parameters, partitioning=partitioning, frozen_soil=True))
    assert model.get_input_var_names() == (RAIN, PET, name)
    for value in (bad, math.nan):
        give(model, **FINE)
        model.set_value(name, np.array([value]))
        with pytest.raises(ForcingError, match=name):
            model.update()


def test_inputs_are_those_that_the_configuration_uses(tmp_path: Path) -> None:
    assert component(tmp_path, cat_87()).get_input_var_names() == (RAIN, PET)
    assert component(tmp_path, cat_87(**ROOTZONE)).get_input_var_names() == (RAIN, PET, PROFILE)
    assert set(BmiCfe().get_input_var_names()) >= {RAIN, PET, PROFILE, "ice_fraction_schaake"}


def test_forcing_stays_until_the_next_is_given(tmp_path: Path) -> None:
    """As in CFE: an input that is not set again keeps its value."""
    kept, given = component(tmp_path, cat_87()), component(tmp_path, cat_87())
    give(kept, **FINE)
    for _ in range(3):
        kept.update()
        give(given, **FINE)
        given.update()
    assert outputs(kept) == outputs(given)
