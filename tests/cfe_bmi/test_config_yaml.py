"""YAML configurations: what is read, and what is refused with the file, the key and what was expected."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from cfe_bmi import BmiCfe
from cfe_bmi.config import CfeConfig, load_config
from cfe_bmi.parameters import PARAMETERS
from cfe_bmi.state import NASH, ODE, SCHAAKE, XINANJIANG
from ngen_bmi.errors import ConfigError
from tests.cfe_bmi.configs import SURFACE_NASH, cat_87, component, give, imbalance, nash_87, write
from tests.cfe_bmi.configs import XINANJIANG as CURVE

LAYERS = {"value": [0.1, 0.4, 1.0, 2.0], "unit": "m"}


def load(folder: Path, config: dict[str, Any] | str) -> CfeConfig:
    return load_config(write(folder, config))


def problems(folder: Path, config: dict[str, Any] | str, name: str = "cat-87.yml") -> tuple[str, ...]:
    path = write(folder, config, name)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    for problem in caught.value.problems:
        assert problem in message
    return caught.value.problems


def one_problem(folder: Path, config: dict[str, Any] | str) -> str:
    found = problems(folder, config)
    assert len(found) == 1, found
    return found[0]


# --- what is read ----------------------------------------------------------------------------------------------------


def test_values_and_defaults(tmp_path: Path) -> None:
    config = load(tmp_path, cat_87())
    p = config.parameters
    assert (p.depth, p.satdk, p.Klf, p.Kn, p.Cgw, p.b) == (2.0, 3.38e-6, 0.01, 0.03, 1.8e-5, 4.05)
    assert (p.soil_expon, p.soil_expon_secondary, p.urban_decimal_fraction) == (1.0, 1.0, 0.0)
    assert config.giuh_ordinates == (0.06, 0.51, 0.28, 0.12, 0.03)
    assert config.lateral == (0.0, 0.0)
    assert (config.soil_storage, config.gw_storage) == (0.585626, 0.125)
    assert config.name == "cat-87"
    assert config.ignored == ()


def test_schemes_and_cascades(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        nash_87(
            CURVE,
            soil_scheme="ode",
            partitioning="xinanjiang",
            name="cat-27",
            nash_subsurface={"reservoirs": 3},
            nash_surface={"reservoirs": 2, "substeps": 4},
            initial={
                "soil_storage": 0.5,
                "gw_storage": 0.5,
                "nash_storage_surface": {"value": [0.001, 0.002], "unit": "m"},
            },
        ),
    )
    assert (config.options.soil_scheme, config.options.partitioning) == (ODE, XINANJIANG)
    assert (config.options.surface_runoff, config.options.nash_substeps) == (NASH, 4)
    assert config.lateral == (0.0, 0.0, 0.0)
    assert config.surface == (0.001, 0.002)
    assert config.name == "cat-27"


@pytest.mark.parametrize("name", ["D", "bb", "smcmax", "slop", "K_lf", "K_nash"])
def test_aliases_of_parameters(tmp_path: Path, name: str) -> None:
    variable = next(v for v in PARAMETERS if name in v.aliases)
    content = cat_87()
    content["parameters"][name] = content["parameters"].pop(variable.name)
    assert load(tmp_path, content).parameters == load(tmp_path, cat_87()).parameters


@pytest.mark.parametrize(
    "depth",
    ["2.0 m", "2 m", "  2.0   metres ", {"value": 2.0, "unit": "m"}, {"value": 2, "unit": "m", "source": "a survey"}],
)
def test_spellings_of_a_quantity(tmp_path: Path, depth: Any) -> None:
    assert load(tmp_path, cat_87({"depth": depth})).parameters.depth == 2.0


def test_a_number_without_a_point_is_a_number(tmp_path: Path) -> None:
    """YAML 1.1 takes 1e-7 for a word."""
    text = yaml.safe_dump(cat_87()).replace("satdk: 3.38e-6 m s-1", "satdk: {value: 1e-7, unit: m s-1}")
    assert "1e-7" in text
    assert load(tmp_path, text).parameters.satdk == 1e-7


def test_printed_ordinates_are_scaled_to_sum_to_one(tmp_path: Path) -> None:
    ordinates = load(tmp_path, cat_87(giuh_ordinates=[0.3333, 0.3333, 0.3333])).giuh_ordinates
    assert ordinates == pytest.approx((1 / 3, 1 / 3, 1 / 3), abs=1e-16)


def test_parameters_without_effect_are_reported(tmp_path: Path) -> None:
    config = load(tmp_path, cat_87(CURVE | {"K_nash_surface": "0.1 h-1", "ice_content_threshold": "0.1 m"}))
    reported = {line.split(":")[0] for line in config.ignored}
    assert reported == {f"parameters.{name}" for name in (*CURVE, "K_nash_surface", "ice_content_threshold")}
    config = load(tmp_path, cat_87(CURVE, partitioning="xinanjiang"))
    assert {line.split(":")[0] for line in config.ignored} == {
        "parameters.refkdt",
        "parameters.a_Xinanjiang_inflection_point_parameter",
        "parameters.b_Xinanjiang_shape_parameter",
    }


# --- files that cannot be read ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["missing.yml", "missing.yaml", "missing.txt"])
def test_missing_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="No such file") as caught:
        load_config(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)


def test_a_folder_is_not_a_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)


@pytest.mark.parametrize("text", ["", "  \n\t\n", "\n\n"])
def test_empty_file(tmp_path: Path, text: str) -> None:
    assert one_problem(tmp_path, text) == "the file is empty"


@pytest.mark.parametrize(
    "text",
    [
        "parameters: [1, 2",
        "a: b: c",
        "\tparameters: 1",
        "parameters: *nobody",
        "[1, 2]: 3",
        "name: 2020-13-45\n",
        "!x y",
    ],
)
def test_text_that_is_not_yaml(tmp_path: Path, text: str) -> None:
    assert one_problem(tmp_path, text).startswith("not valid YAML")


@pytest.mark.parametrize("text", ["- 1\n- 2", "just a word", "42", "null"])
def test_yaml_that_is_no_mapping(tmp_path: Path, text: str) -> None:
    assert one_problem(tmp_path, text).startswith("expected a mapping")


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "bytes.yml"
    path.write_bytes(b"name: caf\xe9\n")
    with pytest.raises(ConfigError, match="cannot be read") as caught:
        load_config(path)
    assert str(path) in str(caught.value)


# --- keys and values -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [v.name for v in PARAMETERS if v.default is None])
def test_missing_parameter_is_named_with_meaning_and_unit(tmp_path: Path, name: str) -> None:
    problem = one_problem(tmp_path, cat_87(without=(name,)))
    variable = next(v for v in PARAMETERS if v.name == name)
    assert problem == f"parameters.{name}: missing; {variable.meaning} [{variable.unit}]"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (cat_87(partitioning="xinanjiang"), "x_Xinanjiang_shape_parameter"),
        (cat_87(frozen_soil=True), "ice_content_threshold"),
    ],
)
def test_parameters_that_a_scheme_needs(tmp_path: Path, content: dict[str, Any], name: str) -> None:
    assert one_problem(tmp_path, content).startswith(f"parameters.{name}: missing")


def test_surface_nash_needs_its_rate(tmp_path: Path) -> None:
    content = nash_87()
    del content["parameters"]["K_nash_surface"]
    assert one_problem(tmp_path, content).startswith("parameters.K_nash_surface: missing")


@pytest.mark.parametrize(
    "key", ["soil_scheme", "partitioning", "surface_runoff", "parameters", "initial", "giuh_ordinates"]
)
def test_missing_key_is_named(tmp_path: Path, key: str) -> None:
    found = problems(tmp_path, cat_87(without=(key,)))
    assert found[0].startswith(f"{key}: missing")


@pytest.mark.parametrize("key", ["soil_storage", "gw_storage"])
def test_missing_initial_storage_is_named(tmp_path: Path, key: str) -> None:
    content = cat_87()
    del content["initial"][key]
    assert one_problem(tmp_path, content).startswith(f"initial.{key}: missing")


@pytest.mark.parametrize("name", [v.name for v in PARAMETERS])
def test_a_key_without_a_value_is_not_a_zero(tmp_path: Path, name: str) -> None:
    """`slope:` with nothing behind it is a mistake, though 0 would be a valid slope."""
    content = nash_87(CURVE | {name: None}, partitioning="xinanjiang")
    assert one_problem(tmp_path, content).startswith(f"parameters.{name}:")


@pytest.mark.parametrize("key", ["soil_storage", "gw_storage"])
def test_an_initial_storage_without_a_value_is_not_a_zero(tmp_path: Path, key: str) -> None:
    content = cat_87()
    content["initial"][key] = None
    assert one_problem(tmp_path, content).startswith(f"initial.{key}:")


def test_ordinates_without_a_value_are_not_one_hour(tmp_path: Path) -> None:
    assert one_problem(tmp_path, cat_87(giuh_ordinates=None)).startswith("giuh_ordinates:")


@pytest.mark.parametrize("name", [v.name for v in PARAMETERS])
def test_values_out_of_range_are_named_with_the_range(tmp_path: Path, name: str) -> None:
    variable = next(v for v in PARAMETERS if v.name == name)
    for bad in (variable.valid[0] - 1.0, variable.valid[1] * 1.01 + 1e-9):
        value = bad if variable.unit == "1" else f"{bad} {variable.unit}"
        content = nash_87(CURVE | {name: value}, partitioning="xinanjiang")
        problem = one_problem(tmp_path, content)
        assert problem.startswith(f"parameters.{name}: {name} = {bad:g} is outside its valid range")
        assert f"{variable.valid[0]:g} to {variable.valid[1]:g}" in problem


@pytest.mark.parametrize("bad", ["abc", True, [1.0], ".nan", ".inf", "-.inf", "nan", "1,5", ""])
@pytest.mark.parametrize("name", ["b", "slope"])
def test_values_that_are_no_numbers(tmp_path: Path, name: str, bad: Any) -> None:
    text = yaml.safe_dump(cat_87({name: "HERE"})).replace("HERE", str(bad) if isinstance(bad, list) else repr(bad))
    if isinstance(bad, str) and bad.startswith((".", "-")):
        text = yaml.safe_dump(cat_87({name: "HERE"})).replace("HERE", bad)
    assert one_problem(tmp_path, text).startswith(f"parameters.{name}: expected a number")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (2.0, "has no unit; write '2.0 m' or {value: 2.0, unit: m}"),
        ("200 cm", "is in 'cm'; expected 'm'"),
        ({"value": 200.0, "unit": "cm"}, "is in 'cm'; expected 'm'"),
        ({"value": 2.0}, "has no unit; expected 'm'"),
        ({"value": None, "unit": "m"}, "has no value"),
        ({"unit": "m"}, "expected the keys value, unit"),
        ({"value": 2.0, "units": "m"}, "expected the keys value, unit"),
        ("2.0 m deep", "is in 'm deep'; expected 'm'"),
        ("two m", "expected a number, found 'two'"),
    ],
)
def test_units_have_to_be_given_and_right(tmp_path: Path, value: Any, problem: str) -> None:
    assert one_problem(tmp_path, cat_87({"depth": value})).startswith(f"parameters.depth: {problem}")


@pytest.mark.parametrize(("name", "unit"), [("satdk", "cm h-1"), ("Klf", "m s-1"), ("Kn", "s-1"), ("Cgw", "mm h-1")])
def test_units_that_others_use_are_refused(tmp_path: Path, name: str, unit: str) -> None:
    problem = one_problem(tmp_path, cat_87({name: f"0.01 {unit}"}))
    assert problem.startswith(f"parameters.{name}: is in '{unit}'")


def test_a_dimensionless_value_with_a_unit_is_refused(tmp_path: Path) -> None:
    assert one_problem(tmp_path, cat_87({"b": "4.05 m"})) == "parameters.b: is in 'm'; expected '1'"


@pytest.mark.parametrize("where", ["", "parameters.", "initial.", "nash_subsurface.", "forcing."])
def test_unknown_keys_are_named_with_the_known_ones(tmp_path: Path, where: str) -> None:
    content = cat_87(nash_subsurface={"reservoirs": 2}, forcing={"nan": "zero"})
    (content[where.rstrip(".")] if where else content)["sloop"] = 0.5
    problem = one_problem(tmp_path, content)
    assert problem.startswith(f"{where}sloop: unknown key; known here: ")


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (cat_87(nash_surface={"reservoirs": 2}), "nash_surface"),
        (nash_87(giuh_ordinates=[1.0]), "giuh_ordinates"),
        (cat_87(rootzone={"layer_bottoms": LAYERS, "supply_layer": 1}), "rootzone"),
    ],
)
def test_sections_of_schemes_that_are_not_chosen_are_refused(tmp_path: Path, content: dict[str, Any], key: str) -> None:
    assert one_problem(tmp_path, content).startswith(f"{key}: unknown key")


def test_surface_storage_without_a_surface_cascade_is_refused_or_kept_in_the_balance(tmp_path: Path) -> None:
    """With a unit hydrograph there is no surface reservoir that such water could leave from."""
    content = cat_87()
    content["initial"]["nash_storage_surface"] = {"value": [0.01], "unit": "m"}
    try:
        model = component(tmp_path, content)
    except ConfigError as error:
        assert "nash_storage_surface" in str(error)  # noqa: PT017 - either is right
        return
    for _ in range(3):
        give(model, 5.0, 1e-8)
        model.update()
        assert abs(imbalance(model)) <= 1e-15


def test_duplicate_keys(tmp_path: Path) -> None:
    text = yaml.safe_dump(cat_87())
    assert "'slope' is given twice" in one_problem(
        tmp_path, text.replace("  slope: 0.01", "  slope: 0.01\n  slope: 0.02")
    )
    assert "'partitioning' is given twice" in one_problem(tmp_path, text + "partitioning: xinanjiang\n")


def test_a_parameter_under_two_of_its_names(tmp_path: Path) -> None:
    problem = one_problem(tmp_path, cat_87({"slop": 0.01}))
    assert problem == "parameters.slope: given more than once: slope, slop are names of the same parameter"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("soil_scheme", "exact", "expected one of classic, ode"),
        ("partitioning", "Schaake", "expected one of schaake, xinanjiang"),
        ("surface_runoff", 1, "expected one of giuh, nash"),
        ("model", "lgar", "expected one of cfe"),
        ("frozen_soil", "yes please", "expected true or false"),
        ("rootzone_et", 1, "expected true or false"),
        ("name", ["a"], "expected a word"),
        ("parameters", 3, "expected a mapping"),
        ("initial", ["a"], "expected a mapping"),
        ("forcing", "zero", "expected a mapping"),
        ("nash_subsurface", 2, "expected a mapping"),
    ],
)
def test_words_and_sections(tmp_path: Path, key: str, value: Any, expected: str) -> None:
    found = problems(tmp_path, cat_87() | {key: value})
    assert found[0].startswith(f"{key}: ")
    assert expected in found[0]


@pytest.mark.parametrize(
    "ordinates",
    [[0.5, 0.4], [0.6, 0.6], [1.5, -0.5], [0.0], [0.06, 0.51, 0.28, 0.12, 0.02]],
    ids=str,
)
def test_ordinates_that_create_or_lose_water(tmp_path: Path, ordinates: list[float]) -> None:
    problem = one_problem(tmp_path, cat_87(giuh_ordinates=ordinates))
    assert problem.startswith("giuh_ordinates: they sum to")
    assert "expected shares" in problem


@pytest.mark.parametrize("ordinates", [[], 0.5, "1.0", {"a": 1.0}, ["x"], [float("nan"), 1.0], [True]], ids=str)
def test_ordinates_that_are_no_list_of_numbers(tmp_path: Path, ordinates: Any) -> None:
    assert one_problem(tmp_path, cat_87(giuh_ordinates=ordinates)).startswith("giuh_ordinates: expected")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ([0.1, 0.1], "has no unit"),
        ({"value": [0.1, 0.1], "unit": "mm"}, "is in 'mm'; expected 'm'"),
        ({"value": [-0.1, 0.1], "unit": "m"}, "has a value below 0: -0.1"),
        ({"value": [0.1, 0.1, 0.1], "unit": "m"}, "has 3 values for 2 reservoir(s)"),
        ({"value": [0.1, float("nan")], "unit": "m"}, "expected a number"),
        ({"value": 0.1, "unit": "m"}, "expected a list of numbers"),
    ],
    ids=str,
)
def test_initial_storages_of_the_cascade(tmp_path: Path, value: Any, problem: str) -> None:
    content = cat_87(nash_subsurface={"reservoirs": 2})
    content["initial"]["nash_storage_subsurface"] = value
    found = one_problem(tmp_path, content)
    assert found.startswith("initial.nash_storage_subsurface: ")
    assert problem in found


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("nash_subsurface", "reservoirs", 0),
        ("nash_subsurface", "reservoirs", 2.0),
        ("nash_subsurface", "reservoirs", True),
        ("nash_surface", "reservoirs", -1),
        ("nash_surface", "substeps", 0),
        ("nash_surface", "substeps", "ten"),
    ],
)
def test_counts(tmp_path: Path, section: str, key: str, value: Any) -> None:
    problem = one_problem(tmp_path, nash_87(**{section: {key: value}}))
    assert problem.startswith(f"{section}.{key}: expected a whole number from 1 to")
    assert repr(value) in problem


@pytest.mark.parametrize("key", ["soil_storage", "gw_storage"])
@pytest.mark.parametrize("value", [-0.1, 1.5, 60])
def test_initial_shares_between_nothing_and_full(tmp_path: Path, key: str, value: float) -> None:
    content = cat_87()
    content["initial"][key] = value
    problem = one_problem(tmp_path, content)
    assert problem.startswith(f"initial.{key}: ")
    assert "0 to 1" in problem


@pytest.mark.parametrize(
    ("rootzone", "problem"),
    [
        (None, "rootzone: missing"),
        ({"supply_layer": 1}, "root-zone evaporation needs the depths"),
        ({"layer_bottoms": LAYERS}, "rootzone.supply_layer: expected a whole number from 1 to 4, missing"),
        ({"layer_bottoms": LAYERS, "supply_layer": 0}, "rootzone.supply_layer: expected a whole number from 1 to 4"),
        ({"layer_bottoms": LAYERS, "supply_layer": 5}, "rootzone.supply_layer: expected a whole number from 1 to 4"),
        (
            {"layer_bottoms": {"value": [0.4, 0.1, 2.0], "unit": "m"}, "supply_layer": 1},
            "the bottoms of the soil layers",
        ),
        ({"layer_bottoms": {"value": [0.0, 2.0], "unit": "m"}, "supply_layer": 1}, "the bottoms of the soil layers"),
        ({"layer_bottoms": {"value": [0.1, 1.9], "unit": "m"}, "supply_layer": 1}, "the bottom of the last soil layer"),
    ],
)
def test_soil_layers(tmp_path: Path, rootzone: Any, problem: str) -> None:
    content = cat_87(rootzone_et=True) if rootzone is None else cat_87(rootzone_et=True, rootzone=rootzone)
    assert problems(tmp_path, content)[0].startswith(problem)


def test_combinations_without_meaning_are_refused(tmp_path: Path) -> None:
    assert "the storage threshold" in one_problem(tmp_path, cat_87({"wltsmc": 0.4}))
    found = problems(tmp_path, cat_87({"wltsmc": 0.45}))
    assert any("wltsmc = 0.45 is not below maxsmc = 0.439" in problem for problem in found)


def test_all_problems_are_found_at_once(tmp_path: Path) -> None:
    content = cat_87(
        {"depth": 2.0, "satdk": "1e-6 cm h-1", "slope": 2.0, "sloop": 1.0},
        without=("b",),
        partitioning="none",
        giuh_ordinates=[0.5],
    )
    content["initial"]["soil_storage"] = 60
    found = problems(tmp_path, content)
    keys = {problem.split(":")[0] for problem in found}
    assert keys == {
        "partitioning",
        "parameters.depth",
        "parameters.satdk",
        "parameters.slope",
        "parameters.sloop",
        "parameters.b",
        "giuh_ordinates",
        "initial.soil_storage",
    }


def test_a_component_refuses_what_its_configuration_says(tmp_path: Path) -> None:
    path = write(tmp_path, cat_87({"slope": 2.0}))
    model = BmiCfe()
    with pytest.raises(ConfigError, match="slope") as caught:
        model.initialize(path)
    assert path in str(caught.value)
    with pytest.raises(RuntimeError):
        model.update()


def test_what_is_tested_here_is_accepted_without_its_mistakes(tmp_path: Path) -> None:
    """So that no test above passes because something else is wrong."""
    for content in (
        cat_87(),
        cat_87(CURVE, partitioning="xinanjiang"),
        cat_87({"ice_content_threshold": "0.1 m"}, frozen_soil=True),
        nash_87(CURVE, partitioning="xinanjiang"),
        cat_87(SURFACE_NASH),
        cat_87(nash_subsurface={"reservoirs": 2}, forcing={"nan": "zero"}, name="a", model="cfe", frozen_soil=False),
        cat_87(rootzone_et=True, rootzone={"layer_bottoms": LAYERS, "supply_layer": 4}),
    ):
        assert load(tmp_path, content).options.partitioning in (SCHAAKE, XINANJIANG)
