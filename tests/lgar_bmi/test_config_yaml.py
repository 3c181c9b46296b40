"""YAML configurations of LGAR: what is read, and what is refused with the file, the key and what was expected."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hydro_physics.soil_classes import ALPHABETICAL_ORDER, CARSEL_PARRISH_1988, LASAM
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.config import LgarConfig, load_config
from lgar_bmi.config_model import checked, problems_with
from lgar_bmi.options import ADAPTIVE, CLOSED_FORM, EXACT, FIXED, LGAR_C_SUM, LgarOptions
from ngen_bmi.errors import ConfigError
from ngen_bmi.forcing_policy import ForcingPolicy
from tests.lgar_bmi.configs import (
    OWN_SOIL,
    RESERVOIR,
    SLOW_RESERVOIR,
    SOILS,
    as_text,
    as_yaml,
    column,
    random_column,
    with_layers,
    write,
    write_text,
)

LOAM = {"soil": "loam", "thickness": "10 cm"}


def load(folder: Path, config: dict[str, Any]) -> LgarConfig:
    return load_config(write(folder, config))


def problems(folder: Path, config: dict[str, Any]) -> tuple[str, ...]:
    path = write(folder, config)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(caught.value).startswith(f"{path}: ")
    return caught.value.problems


def one_problem(folder: Path, config: dict[str, Any]) -> str:
    found = problems(folder, config)
    assert len(found) == 1, found
    return found[0]


# --- what is read ----------------------------------------------------------------------------------------------------


def test_values_and_defaults(tmp_path: Path) -> None:
    config = load(tmp_path, column())
    assert config.soils == (CARSEL_PARRISH_1988["sandy loam"], (0.078, 0.43, 0.036, 1.56, 3.12))
    assert config.soil_names == ("sandy loam", "own values")
    assert config.thickness == (10.0, 30.0)
    assert config.layer_bottoms == (10.0, 40.0)
    assert (config.initial_psi, config.substep, config.tolerance, config.forcing_step) == (2000.0, 300.0, 1e-3, 3600.0)
    assert config.parameters == LgarParameters(340.9, 15495.0, 0.0, 0.98, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert config.giuh_ordinates == (0.06, 0.51, 0.28, 0.12, 0.03)
    assert config.options == LgarOptions()
    assert config.forcing == ForcingPolicy()
    assert (config.moisture_depths, config.temperature_nodes, config.log_mode) == ((), (), False)
    assert (config.name, config.ignored, config.doubts, config.warnings()) == ("cat-1", (), (), [])


def test_everything_at_once(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        column(
            ponded_depth_max="1.1 cm",
            field_capacity_psi="103.3 cm",
            wilting_point_psi="15000 cm",
            capillary_drive="closed_form",
            compatibility="lgar-c",
            free_drainage="reservoir",
            pet_affects_precipitation=True,
            substeps={"method": "adaptive", "length": "60 s", "tolerance": "1e-4 cm"},
            reservoirs={"spf_factor": 0.9} | RESERVOIR | SLOW_RESERVOIR,
            outputs={"moisture_depths": {"value": [5, 20, 40], "unit": "cm"}},
            frozen_soil={"temperature_nodes": {"value": [0, 10, 20, 40], "unit": "cm"}},
            forcing={"nan": "zero", "step": "900 s"},
        ),
    )
    assert config.parameters == (103.3, 15000.0, 1.1, 0.9, 0.2, 0.001, 2.5, 1e-4, 1.5, 0.3)
    assert config.options == LgarOptions(CLOSED_FORM, 1, 1, 1, 1, ADAPTIVE)
    assert (config.substep, config.tolerance, config.forcing_step) == (60.0, 1e-4, 900.0)
    assert config.moisture_depths == (5.0, 20.0, 40.0)
    assert config.temperature_nodes == (0.0, 10.0, 20.0, 40.0)
    assert config.forcing == ForcingPolicy(nan="zero")
    assert (config.ignored, config.warnings()) == ((), [])


@pytest.mark.parametrize(
    ("keys", "drive", "lgar_c"),
    [
        ({}, EXACT, 0),
        ({"compatibility": "none"}, EXACT, 0),
        ({"compatibility": "lgar-c"}, LGAR_C_SUM, 1),
        ({"compatibility": "lgar-c", "capillary_drive": "exact"}, EXACT, 1),
        ({"capillary_drive": "lgar-c"}, LGAR_C_SUM, 0),
        ({"capillary_drive": "closed_form"}, CLOSED_FORM, 0),
    ],
)
def test_capillary_drive_and_compatibility(tmp_path: Path, keys: dict[str, str], drive: int, lgar_c: int) -> None:
    options = load(tmp_path, column(**keys)).options
    assert (options.capillary_drive, options.lgar_c) == (drive, lgar_c)


@pytest.mark.parametrize(("word", "both"), [("none", (0, 0)), ("percolation", (1, 0)), ("reservoir", (1, 1))])
def test_free_drainage(tmp_path: Path, word: str, both: tuple[int, int]) -> None:
    options = load(tmp_path, column(free_drainage=word, reservoirs=RESERVOIR)).options
    assert (options.free_drainage, options.drainage_to_reservoir) == both


def test_bottoms_in_place_of_thickness(tmp_path: Path) -> None:
    config = load(tmp_path, with_layers(*({"soil": "loam", "bottom": f"{z} cm"} for z in (10, 40, 100))))
    assert config.thickness == (10.0, 30.0, 60.0)


def test_numbers_of_classes_need_an_order(tmp_path: Path) -> None:
    layers = ({"soil": 1, "thickness": "10 cm"}, {"soil": 12, "thickness": "10 cm"})
    statsgo = load(tmp_path, with_layers(*layers, soil_order="statsgo"))
    assert statsgo.soil_names == ("sand", "clay")
    alphabetical = load(tmp_path, with_layers(*layers, soil_order="alphabetical", soil_table="lasam"))
    assert alphabetical.soils == (LASAM["clay"], LASAM["silt loam"])
    assert one_problem(tmp_path, with_layers(layers[0])).startswith(
        "layer 1.soil: class number 1 means different soils in different orders: name the class, or give soil_order"
    )


def test_soils_of_a_file(tmp_path: Path) -> None:
    """By name, however spelled, or by row; the path is relative to the configuration."""
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "soils.dat").write_text(SOILS)
    layers = ({"soil": "Middle-One", "thickness": "10 cm"}, {"soil": 3, "thickness": "10 cm"})
    for table in ("tables/soils.dat", str(tmp_path / "tables" / "soils.dat")):
        config = load(tmp_path, with_layers(*layers, soil_table=table))
        assert config.soils == ((0.07, 0.43, 0.02, 1.4, 0.5), (0.09, 0.45, 0.01, 1.3, 0.1))
        assert config.soil_names == ("Middle-One", "lower-most")
        assert config.doubts == ()


def test_a_class_number_with_an_order_is_looked_up_by_name_in_a_file(tmp_path: Path) -> None:
    rows = (f"{name.replace(' ', '_')} " + " ".join(map(str, LASAM[name])) for name in ALPHABETICAL_ORDER)
    (tmp_path / "soils.dat").write_text("header\n" + "\n".join(rows))
    sand = with_layers({"soil": 1, "thickness": "200 cm"}, soil_table="soils.dat", soil_order="statsgo")
    config = load(tmp_path, sand)
    assert (config.soils, config.doubts) == ((LASAM["sand"],), ())

    by_row = load(tmp_path, with_layers({"soil": 1, "thickness": "200 cm"}, soil_table="soils.dat"))
    assert by_row.soils == (LASAM["clay"],)
    (doubt,) = by_row.doubts
    assert doubt.startswith("layer 1.soil: type 1 is row 1 = clay in this table; ISLTYP")
    assert by_row.warnings() == [doubt]


def test_seeded_columns_mean_the_same_in_both_formats(tmp_path: Path) -> None:
    rng = np.random.default_rng(17)
    for _ in range(30):
        soils, thickness, psi = random_column(rng)
        yml = load(tmp_path, as_yaml(soils, thickness, psi))
        txt = load_config(write_text(tmp_path, *as_text(soils, thickness, psi)))
        assert yml.soils == txt.soils == soils
        assert yml.thickness == txt.thickness == thickness
        assert yml.initial_psi == txt.initial_psi == psi
        assert yml.giuh_ordinates == txt.giuh_ordinates


def test_printed_ordinates_are_scaled_to_sum_to_one(tmp_path: Path) -> None:
    ordinates = load(tmp_path, column(giuh_ordinates=[0.3333, 0.3333, 0.3333])).giuh_ordinates
    assert ordinates == pytest.approx((1 / 3, 1 / 3, 1 / 3), abs=1e-16)


@pytest.mark.parametrize("step", [1, 300, 900, 1800, 3600, 7200, 86400])
def test_forcing_steps_that_go_with_hours(tmp_path: Path, step: int) -> None:
    config = load(tmp_path, column(forcing={"step": f"{step} s"}, substeps={"length": "1 s"}))
    assert config.forcing_step == step
    assert config.options.substeps == FIXED


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"soil_order": "statsgo"}, "soil_order"),
        ({"layers": [{"soil": OWN_SOIL, "thickness": "10 cm"}]}, "soil_table"),
        ({"substeps": {"tolerance": "0.01 cm"}}, "substeps.tolerance"),
        ({"reservoirs": {"spf_factor": 0.9}}, "reservoirs.spf_factor"),
        ({"reservoirs": SLOW_RESERVOIR}, "reservoirs.frac_slow"),
    ],
)
def test_keys_without_effect_are_reported(tmp_path: Path, change: dict[str, Any], key: str) -> None:
    (line,) = load(tmp_path, column(**change)).ignored
    assert line.startswith(f"{key}: has no effect")


# --- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["layers", "initial_psi", "giuh_ordinates"])
def test_missing_keys(tmp_path: Path, key: str) -> None:
    (first, *rest) = problems(tmp_path, column(without=(key, "soil_table")))
    assert any(problem.startswith(f"{key}: ") and "missing" in problem for problem in (first, *rest))
    assert one_problem(tmp_path, column() | {key: None}) == f"{key}: has no value"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"initial_psi": 2000}, "initial_psi: has no unit; write '2000 cm'"),
        ({"initial_psi": "20 m"}, "initial_psi: is in 'm'; expected 'cm'"),
        ({"initial_psi": "-1 cm"}, "initial_psi: initial_psi = -1 is outside its valid range 0 to 1e+07 [cm]"),
        ({"initial_psi": "2e7 cm"}, "initial_psi: initial_psi = 2e+07 is outside"),
        ({"ponded_depth_max": "11 mm"}, "ponded_depth_max: is in 'mm'; expected 'cm'"),
        ({"model": "cfe"}, "model: 'cfe' is not known; expected one of lgar"),
        ({"capillary_drive": "numeric"}, "capillary_drive: 'numeric' is not known; expected one of exact, closed_form"),
        ({"compatibility": True}, "compatibility: True is not known; expected one of none, lgar-c"),
        ({"free_drainage": True}, "free_drainage: True is not known; expected one of none, percolation, reservoir"),
        ({"pet_affects_precipitation": "yes"}, "pet_affects_precipitation: expected true or false"),
        ({"soil_order": "usda"}, "soil_order: 'usda' is not known; expected one of statsgo, alphabetical"),
        ({"substeps": {"method": "variable"}}, "substeps.method: 'variable' is not known"),
        ({"substeps": {"length": "0 s"}}, "substeps.length: length = 0 is outside its valid range"),
        ({"substeps": {"length": "5 min"}}, "substeps.length: is in 'min'; expected 's'"),
        ({"substeps": {"tolerance": "0 cm"}}, "substeps.tolerance: tolerance = 0 is outside its valid range"),
        ({"substeps": {"length": "7200 s"}}, "substep: 7200 s (substeps.length, timestep) is longer than the forcing"),
        ({"forcing": {"step": "1000 s"}}, "forcing step: 1000 s (forcing.step, forcing_resolution) neither divides"),
        ({"forcing": {"step": "5400 s"}}, "forcing step: 5400 s (forcing.step, forcing_resolution) neither divides"),
        ({"forcing": {"nan": "skip"}}, "forcing.nan: 'skip' is not known"),
        ({"layerz": 1}, "layerz: unknown key; known here: "),
        ({"forcing": {"stepp": 1}}, "forcing.stepp: unknown key"),
        ({"reservoirs": {"A": 1}}, "reservoirs.A: unknown key"),
        ({"layers": []}, "layers: expected a list of layers from the top, found []"),
        ({"layers": {"soil": "loam"}}, "layers: expected a list of layers from the top, found {"),
        ({"giuh_ordinates": [0.0]}, "giuh_ordinates: they sum to 0"),
        ({"giuh_ordinates": [0.5, 0.4]}, "giuh_ordinates: they sum to 0.9"),
        ({"reservoirs": {"a": 0.1, "b": 1.0}}, "reservoirs.frac_to_CR: missing; a, b, frac_to_CR go together"),
        ({"reservoirs": {"b_slow": 1.0, "a_slow": 0.1}}, "reservoirs.frac_slow: missing; a_slow, b_slow, frac_slow"),
        ({"reservoirs": RESERVOIR | {"a": "0.1 cm"}}, "reservoirs.a: is in 'cm'; expected '1'"),
        ({"reservoirs": RESERVOIR | {"a": 0.0}}, "frac_to_CR = 0.2 sends water to a reservoir without its outflow"),
        ({"free_drainage": "reservoir"}, "free drainage to the reservoir: the reservoir has no outflow"),
        ({"flux_caching": True}, "flux_caching: unknown key"),
        ({"field_capacity": "2e4 cm"}, "field_capacity = 20000 cm is not below wilting_point_psi = 15495 cm"),
        ({"outputs": {"moisture_depths": [5]}}, "outputs.moisture_depths: has no unit"),
        ({"outputs": {"depths": [5]}}, "outputs.depths: unknown key"),
        (
            {"outputs": {"moisture_depths": {"value": [5, 41], "unit": "cm"}}},
            "moisture_depths: 41 cm is not in the column, 0 to 40 cm",
        ),
        ({"frozen_soil": {}}, "frozen_soil.temperature_nodes: missing"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_mistakes_are_named(tmp_path: Path, change: dict[str, Any], problem: str) -> None:
    assert one_problem(tmp_path, column(**change)).startswith(problem)


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ([10, 20, 20], ["their depths have to increase from 0 or more, found 10, 20, 20"]),
        ([20, 5], ["their depths have to increase"]),
        ([5, 41], ["41 cm is deeper than the column, 40 cm", "none is in layer 2, 10 to 40 cm"]),
        ([10.5, 20], ["none is in layer 1, 0 to 10 cm"]),
        ([1, 10], ["none is in layer 2, 10 to 40 cm"]),
    ],
)
def test_temperature_nodes(tmp_path: Path, nodes: list[float], expected: list[str]) -> None:
    content = column(frozen_soil={"temperature_nodes": {"value": nodes, "unit": "cm"}})
    found = problems(tmp_path, content)
    assert len(found) == len(expected)
    for problem, text in zip(found, expected, strict=True):
        assert problem.startswith(f"temperature_nodes (soil_z): {text}")


@pytest.mark.parametrize(
    ("layer", "problem"),
    [
        ({"soil": "sandy laom", "thickness": "10 cm"}, "layer 2.soil: 'sandy laom' is not a soil of carsel_parrish"),
        ({"soil": None, "thickness": "10 cm"}, "layer 2.soil: has no value"),
        ({"thickness": "10 cm"}, "layer 2.soil: expected the name of a class, or a mapping of theta_r, theta_e, alpha"),
        ({"soil": True, "thickness": "10 cm"}, "layer 2.soil: expected the name of a class"),
        ({"soil": 1.5, "thickness": "10 cm"}, "layer 2.soil: expected the name of a class"),
        ({"soil": "loam"}, "layer 2.thickness: missing; thickness of the layer [cm]"),
        ({"soil": "loam", "thickness": 10}, "layer 2.thickness: has no unit; write '10 cm'"),
        ({"soil": "loam", "thickness": "0 cm"}, "layer 2.thickness: thickness = 0 is outside its valid range"),
        ({"soil": "loam", "thickness": "-5 cm"}, "layer 2.thickness: thickness = -5 is outside its valid range"),
        ({"soil": "loam", "thickness": "0.1 m"}, "layer 2.thickness: is in 'm'; expected 'cm'"),
        ({"soil": "loam", "thickness": "10 cm", "depth": 1}, "layer 2.depth: unknown key"),
        ({"soil": OWN_SOIL | {"n": 0.9}, "thickness": "1 cm"}, "layer 2.soil.n: n = 0.9 is outside its valid range"),
        ({"soil": OWN_SOIL | {"n": 1}, "thickness": "1 cm"}, "layer 2.soil.n: n = 1 is outside its valid range"),
        ({"soil": OWN_SOIL | {"m": 0.9}, "thickness": "1 cm"}, "layer 2.soil.m: unknown key"),
        ({"soil": OWN_SOIL | {"ks": "1 cm d-1"}, "thickness": "1 cm"}, "layer 2.soil.ks: is in 'cm d-1'"),
        ({"soil": OWN_SOIL | {"alpha": 0.1}, "thickness": "1 cm"}, "layer 2.soil.alpha: has no unit"),
        (
            {"soil": OWN_SOIL | {"theta_r": 0.43}, "thickness": "1 cm"},
            "layer 2: theta_r = 0.43 (smcmin_2) is not below",
        ),
    ],
    ids=lambda value: value[:50] if isinstance(value, str) else "",
)
def test_mistakes_in_a_layer_name_it(tmp_path: Path, layer: dict[str, Any], problem: str) -> None:
    assert one_problem(tmp_path, with_layers(LOAM, layer)).startswith(problem)


def test_a_layer_that_is_no_mapping(tmp_path: Path) -> None:
    assert problems(tmp_path, with_layers(LOAM, "loam"))[0].startswith("layer 2: expected a mapping of keys to values")


def test_overlapping_layers_are_named(tmp_path: Path) -> None:
    layers = ({"soil": "loam", "bottom": f"{z} cm"} for z in (10, 40, 30, 50))
    assert one_problem(tmp_path, with_layers(*layers)) == (
        "layer 3.bottom: 30 cm is not below the bottom of layer 2, 40 cm: the layers overlap"
    )


def test_thickness_and_bottom_are_not_mixed(tmp_path: Path) -> None:
    found = problems(tmp_path, with_layers(LOAM, {"soil": "loam", "bottom": "30 cm"}))
    assert found[-1] == "layers: give the thickness of all layers or the bottom of all; layer 1 has a thickness"


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (None, "layer 1.soil: 'loam' needs a soil_table: one of carsel_parrish_1988, rosetta_2001, lasam, or a file"),
        ("carsel_parish_1988", "soil_table: 'carsel_parish_1988' is neither a known table (carsel_parrish_1988, "),
        ("none.dat", "soil_table: 'none.dat' is neither a known table"),
        ("x" * 5000, "soil_table: 'xxx"),
        ("nul\0.dat", "soil_table: 'nul\\x00.dat' is neither"),
        (".", "soil_table: '.' is neither a known table"),
    ],
)
def test_tables_that_are_not_there(tmp_path: Path, table: str | None, problem: str) -> None:
    content = with_layers(LOAM, soil_table=table) if table else column(without=("soil_table",), layers=[LOAM])
    found = one_problem(tmp_path, content)
    assert found.startswith(problem)
    assert found.endswith("did you mean carsel_parrish_1988?") is (table == "carsel_parish_1988")


def test_bad_lines_of_a_table_are_among_the_problems(tmp_path: Path) -> None:
    (tmp_path / "soils.dat").write_text("header\nloam 1 2\nclay 0.1 0.4 x 1.2 0.1\n")
    found = problems(tmp_path, with_layers(LOAM, {"soil": 7}, soil_table="soils.dat"))
    source = f"soil_table: {tmp_path / 'soils.dat'}: "
    assert [problem.removeprefix(source)[:6] for problem in found[:2]] == ["line 2", "line 3"]
    assert found[2:] == ("layer 2.thickness: missing; thickness of the layer [cm]",)


@pytest.mark.parametrize(("number", "order"), [(14, "statsgo"), (0, "alphabetical"), (13, "alphabetical")])
def test_numbers_that_are_no_class(tmp_path: Path, number: int, order: str) -> None:
    content = with_layers(LOAM, {"soil": number, "thickness": "1 cm"}, soil_order=order)
    assert one_problem(tmp_path, content).startswith(f"layer 2.soil: {number} is not a soil class of the {order} order")


def test_all_problems_are_found_at_once(tmp_path: Path) -> None:
    """Those of single values, and those of values together, at once."""
    content = with_layers(
        {"soil": "lome", "thickness": "10 cm"},
        {"soil": OWN_SOIL | {"theta_r": 0.5}, "thickness": "30"},
        model="lasam",
        initial_psi="-3 cm",
        field_capacity="2e4 cm",
        reservoirs={"a": 0.1},
        giuh_ordinates=[0.5],
        forcing={"step": "1000 s", "nan": "no"},
        oops=1,
    )
    found = problems(tmp_path, content)
    heads = sorted(problem.split(":")[0].split(" = ")[0] for problem in found)
    assert heads == sorted(
        [
            "model",
            "layer 1.soil",
            "layer 2",
            "layer 2.thickness",
            "initial_psi",
            "field_capacity",
            "reservoirs.b",
            "reservoirs.frac_to_CR",
            "giuh_ordinates",
            "forcing step",
            "forcing.nan",
            "oops",
        ]
    )


@pytest.mark.parametrize(
    "text",
    ["", "[1, 2]", "layers: [[1]]", "layers: [null]", "layers: [{soil: {theta_r: [1]}}]", "soil_table: {a: 1}", "1: 2"]
    + ["layers: [{soil: {1: 2}}]", "layers: 3", "reservoirs: 1", "outputs: [1]", "a: !!python/object:os.system x"]
    + ["layers: [{soil: 99999999999999999999999, thickness: 1e400 cm}]", "frozen_soil: true", "substeps: {length: {}}"],
)
def test_odd_files_give_a_config_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.yml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"odd\.yml: \d+ problem"):
        load_config(path)


# --- configurations made by programs ---------------------------------------------------------------------------------


def a_config(**change: Any) -> LgarConfig:
    content = {
        "source": "a program",
        "name": "cat-1",
        "options": LgarOptions(),
        "parameters": LgarParameters(340.9, 15495.0, 0.0, 0.98, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        "soils": (CARSEL_PARRISH_1988["loam"],),
        "soil_names": ("loam",),
        "thickness": (100.0,),
        "initial_psi": 100.0,
    }
    return LgarConfig(**(content | change))


def test_checked_returns_what_can_run() -> None:
    config = a_config()
    assert checked(config) is config


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"thickness": (0.0,)}, "layer 1: thickness = 0 is outside its valid range"),
        ({"thickness": (math.nan,)}, "layer 1: thickness is not a number"),
        ({"thickness": (1.0, 2.0)}, "layers: there are 1 soils, 1 names of soils and 2 thicknesses"),
        ({"soils": (), "soil_names": (), "thickness": ()}, "layers: there are 0 soils"),
        ({"initial_psi": math.nan}, "initial_psi: initial_psi is not a number"),
        ({"tolerance": 0.0}, "tolerance: tolerance = 0 is outside"),
        ({"substep": -1.0}, "substep: substep = -1 is outside"),
        ({"forcing_step": math.inf}, "forcing step: step = inf is outside"),
        ({"moisture_depths": (math.nan,)}, "moisture_depths: nan cm is not in the column"),
    ],
)
def test_checked_refuses_with_the_source(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match="a program: 1 problem") as caught:
        checked(a_config(**change))
    assert caught.value.problems[0].startswith(problem)


def test_drainage_to_the_reservoir_needs_drainage_and_a_reservoir() -> None:
    found = problems_with(a_config(options=LgarOptions(drainage_to_reservoir=1)))
    assert found[0] == "free_drainage_to_CR: needs free_drainage_enabled"
    assert found[1].startswith("free drainage to the reservoir: the reservoir has no outflow")
