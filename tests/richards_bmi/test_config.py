"""Configurations of Richards columns: what is read, and what is refused with file, key and what was expected."""

import math
from pathlib import Path
from typing import Any

import pytest

import lgar_bmi.config
from hydro_physics.soil_classes import ALPHABETICAL_ORDER, CARSEL_PARRISH_1988, LASAM
from ngen_bmi.errors import ConfigError
from ngen_bmi.forcing_policy import ForcingPolicy
from ngen_bmi.variables import Variable
from richards_bmi.coefficients import RichardsParameters
from richards_bmi.config import RichardsConfig, load_config
from richards_bmi.config_model import checked, problems_with
from richards_bmi.grid_settings import GRID_VARIABLES, SOLVER_VARIABLES, GridSettings, SolverSettings
from richards_bmi.options import FREE_DRAINAGE, NO_FLOW, WATER_TABLE, RichardsOptions
from richards_bmi.parameters import PARAMETERS, problems_of, warnings_about
from richards_bmi.roots import EXPONENTIAL, LINEAR, ROOT_DEPTH, UNIFORM
from tests.lgar_bmi import configs as lgar
from tests.paths import REALIZATIONS
from tests.richards_bmi.configs import OWN_SOIL, column, write

LOAM = CARSEL_PARRISH_1988["loam"]
DEFAULTS = RichardsParameters(340.9, 15495.0, 0.0, 1e4)


def load(folder: Path, config: dict[str, Any]) -> RichardsConfig:
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
    assert (config.thickness, config.layer_bottoms) == ((10.0, 30.0), (10.0, 40.0))
    assert (config.initial_psi, config.hydrostatic, config.forcing_step) == (2000.0, False, 3600.0)
    assert (config.root_profile, config.root_depth) == (UNIFORM, 30.0)
    assert config.parameters == DEFAULTS
    assert config.options == RichardsOptions(bottom=NO_FLOW, pet_affects_precipitation=0)
    assert config.grid == (1.0, 0.1, 1.3)
    assert config.solver == (1e-3, 1e-5, 3600.0)
    assert config.giuh_ordinates == (0.06, 0.51, 0.28, 0.12, 0.03)
    assert config.forcing == ForcingPolicy()
    assert (config.moisture_depths, config.restore_clock) == ((), False)
    assert (config.name, config.ignored, config.doubts, config.warnings()) == ("cat-1", (), (), [])


def test_everything_at_once(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        column(
            without=("name",),
            field_capacity_psi="103.3 cm",
            wilting_point_psi="15000 cm",
            ponded_depth_max="1.1 cm",
            bottom="water_table",
            water_table_depth="300 cm",
            roots={"profile": "exponential", "depth": "40 cm"},
            pet_affects_precipitation=True,
            grid={"cell": "2 cm", "surface_cell": "0.05 cm", "growth": 1.5},
            solver={"tolerance": "1e-4 cm", "shortest": "1e-6 s", "longest": {"value": 900, "unit": "s"}},
            outputs={"depths": ["5 cm", "25 cm", "40 cm"]},
            forcing={"nan": "zero", "step": "900 s"},
            restore_clock=True,
        ),
    )
    assert config.parameters == (103.3, 15000.0, 1.1, 300.0)
    assert config.options == RichardsOptions(WATER_TABLE, 1)
    assert (config.root_profile, config.root_depth) == (EXPONENTIAL, 40.0)
    assert config.grid == GridSettings(cell=2.0, surface_cell=0.05, growth=1.5)
    assert config.solver == SolverSettings(tolerance=1e-4, shortest=1e-6, longest=900.0)
    assert config.moisture_depths == (5.0, 25.0, 40.0)
    assert (config.forcing, config.forcing_step, config.restore_clock) == (ForcingPolicy(nan="zero"), 900.0, True)
    assert (config.ignored, config.warnings(), config.name) == ((), [], "cat-1")


def test_what_lgar_has_too_means_the_same(tmp_path: Path) -> None:
    """A file of each, the same but for the model and the roots."""
    shared: dict[str, Any] = {
        "soil_table": "lasam",
        "soil_order": "statsgo",
        "layers": [{"soil": 3, "bottom": "12 cm"}, {"soil": "clay", "bottom": "40 cm"}],
        "initial_psi": "700 cm",
        "field_capacity": "100 cm",
        "ponded_depth_max": "0.5 cm",
        "giuh_ordinates": [0.3333, 0.3333, 0.3333],
        "outputs": {"moisture_depths": {"value": [5, 20], "unit": "cm"}},
        "forcing": {"step": "300 s", "negative_evaporation": "zero"},
    }
    ours = load(tmp_path, column(**shared))
    theirs = lgar_bmi.config.load_config(lgar.write(tmp_path, lgar.column(**shared)))
    for name in ("soils", "soil_names", "thickness", "initial_psi", "giuh_ordinates", "moisture_depths", "forcing"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert (ours.forcing_step, ours.ignored) == (theirs.forcing_step, theirs.ignored) == (300.0, ())
    assert ours.parameters[:3] == theirs.parameters[:3] == (100.0, 15495.0, 0.5)
    assert ours.parameters._fields[:3] == theirs.parameters._fields[:3]


def test_soils_of_a_file_are_relative_to_the_configuration(tmp_path: Path) -> None:
    rows = (f"{name.replace(' ', '_')} " + " ".join(map(str, LASAM[name])) for name in ALPHABETICAL_ORDER)
    (tmp_path / "soils.dat").write_text("header\n" + "\n".join(rows))
    config = load(tmp_path, column(layers=[{"soil": 1, "thickness": "40 cm"}], soil_table="soils.dat"))
    assert config.soils == (LASAM["clay"],)
    (doubt,) = config.warnings()
    assert doubt.startswith("layer 1.soil: type 1 is row 1 = clay in this table; ISLTYP")


@pytest.mark.parametrize(("word", "bottom"), [("no_flow", NO_FLOW), ("free_drainage", FREE_DRAINAGE)])
def test_bottoms_without_a_water_table(tmp_path: Path, word: str, bottom: int) -> None:
    assert load(tmp_path, column(bottom=word)).options.bottom == bottom
    config = load(tmp_path, column(bottom=word, water_table_depth="90 cm"))
    (line,) = config.ignored
    assert line.startswith("water_table_depth: has no effect")


@pytest.mark.parametrize(("word", "profile"), [("uniform", UNIFORM), ("linear", LINEAR), ("exponential", EXPONENTIAL)])
def test_root_profiles(tmp_path: Path, word: str, profile: int) -> None:
    assert load(tmp_path, column(roots={"profile": word, "depth": "10 cm"})).root_profile == profile


@pytest.mark.parametrize("bottom", ["no_flow", "free_drainage", "water_table"])
def test_hydrostatic_start(tmp_path: Path, bottom: str) -> None:
    """The suction at a depth is its height above the water table, be that in the column or below it."""
    content = column(without=("initial_psi",), initial="hydrostatic", bottom=bottom)
    config = load(tmp_path, content | {"water_table_depth": "25 cm"})
    assert config.ignored == ()
    assert config.initial_suctions([0.0, 10.0, 25.0, 40.0]).tolist() == [25.0, 15.0, 0.0, -15.0]
    deep = load(tmp_path, content | {"water_table_depth": "300 cm"})
    assert deep.initial_suctions([40.0]).tolist() == [260.0]


def test_uniform_start(tmp_path: Path) -> None:
    for change in ({}, {"initial": "uniform"}):
        assert load(tmp_path, column(**change)).initial_suctions([0.0, 39.0]).tolist() == [2000.0, 2000.0]


@pytest.mark.parametrize(
    ("outputs", "depths"),
    [
        ({"depths": ["5 cm", "25 cm"]}, (5.0, 25.0)),
        ({"depths": {"value": [5, 25], "unit": "cm"}}, (5.0, 25.0)),
        ({"moisture_depths": ["0 cm"]}, (0.0,)),
        ({}, ()),
    ],
)
def test_output_depths(tmp_path: Path, outputs: dict[str, Any], depths: tuple[float, ...]) -> None:
    assert load(tmp_path, column(outputs=outputs)).moisture_depths == depths


def test_keys_without_effect_are_reported(tmp_path: Path) -> None:
    config = load(tmp_path, column(layers=[{"soil": OWN_SOIL, "thickness": "40 cm"}]))
    assert config.ignored == ("soil_table: has no effect, no layer needs it",)


# --- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["layers", "initial_psi", "roots", "giuh_ordinates"])
def test_missing_keys(tmp_path: Path, key: str) -> None:
    found = problems(tmp_path, column(without=(key, "soil_table")))
    assert any(problem.startswith(f"{key}: ") and "missing" in problem for problem in found)
    assert one_problem(tmp_path, column() | {key: None}) == f"{key}: has no value"


@pytest.mark.parametrize(
    ("key", "value", "instead"),
    [
        ("substeps", {"method": "adaptive", "length": "300 s"}, "sub-steps always follow the error; use solver: "),
        ("capillary_drive", "exact", "suction and conductivity of the soils say it all"),
        ("compatibility", "lgar-c", "there is no other program to agree with"),
        ("free_drainage", "percolation", "use bottom: free_drainage, or bottom: no_flow"),
        ("free_drainage", False, "use bottom: free_drainage"),
        ("reservoirs", {"a": 0.01, "b": 1.5, "frac_to_CR": 0.2}, "all water goes through the soil"),
        ("frozen_soil", {"temperature_nodes": [1]}, "soils are not frozen here"),
    ],
)
def test_keys_of_lgar_say_what_to_use_instead(tmp_path: Path, key: str, value: Any, instead: str) -> None:
    problem = one_problem(tmp_path, column(**{key: value}))
    assert problem.startswith(f"{key}: is of LGAR and has no meaning here: {instead}")


def test_unknown_keys_are_not_told_of_those_of_lgar(tmp_path: Path) -> None:
    problem = one_problem(tmp_path, column(cells=3))
    assert problem.startswith("cells: unknown key; known here: bottom,")
    for key in ("grid", "initial", "layers", "outputs", "roots", "solver"):
        assert f" {key}," in problem
    assert "substeps" not in problem


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"model": "lgar"}, "model: 'lgar' is not known; expected one of richards"),
        ({"initial_psi": 2000}, "initial_psi: has no unit; write '2000 cm'"),
        ({"initial_psi": "20 m"}, "initial_psi: is in 'm'; expected 'cm'"),
        ({"initial_psi": "-1 cm"}, "initial_psi: initial_psi = -1 is outside its valid range 0 to 1e+07 [cm]"),
        ({"initial": "dry"}, "initial: 'dry' is not known; expected one of uniform, hydrostatic"),
        ({"initial": "hydrostatic", "water_table_depth": "90 cm"}, "initial_psi: given with initial: hydrostatic"),
        ({"bottom": "seepage"}, "bottom: 'seepage' is not known; expected one of no_flow, free_drainage, water_table"),
        ({"bottom": "water_table"}, "water_table_depth: missing; bottom: water_table needs the depth of the water"),
        ({"bottom": "water_table", "water_table_depth": "-5 cm"}, "water_table_depth: water_table_depth = -5 is out"),
        ({"bottom": "water_table", "water_table_depth": "3 m"}, "water_table_depth: is in 'm'; expected 'cm'"),
        ({"bottom": "water_table", "water_table_depth": None}, "water_table_depth: has no value"),
        ({"pet_affects_precipitation": "yes"}, "pet_affects_precipitation: expected true or false"),
        ({"roots": "none"}, "roots: expected profile and depth, found 'none'; write roots: {profile: uniform | linear"),
        ({"roots": {"depth": "30 cm"}}, "roots.profile: missing; expected one of uniform, linear, exponential"),
        ({"roots": {"profile": "uniform"}}, "roots.depth: missing; depth that roots reach [cm]"),
        ({"roots": {"profile": "uniform", "depth": 30}}, "roots.depth: has no unit; write '30 cm'"),
        ({"roots": {"profile": "cubic", "depth": "30 cm"}}, "roots.profile: 'cubic' is not known"),
        ({"roots": {"profile": "linear", "depth": "0 cm"}}, "roots.depth: depth = 0 is outside its valid range"),
        ({"roots": {"profile": "linear", "depth": "41 cm"}}, "roots.depth: 41 cm is deeper than the column, 40 cm"),
        ({"roots": {"profile": "linear", "depth": "9 cm", "n": 1}}, "roots.n: unknown key; known here: depth, profile"),
        ({"grid": {"cell": "0.001 cm"}}, "grid.cell: cell = 0.001 is outside its valid range 0.01 to 100 [cm]"),
        ({"grid": {"surface_cell": "11 cm"}}, "grid.surface_cell: surface_cell = 11 is outside its valid range"),
        ({"grid": {"surface_cell": "2 cm"}}, "grid: surface_cell = 2 cm is thicker than cell = 1 cm"),
        ({"grid": {"cell": "0.05 cm"}}, "grid: surface_cell = 0.1 cm is thicker than cell = 0.05 cm"),
        ({"grid": {"growth": 0.9}}, "grid.growth: growth = 0.9 is outside its valid range 1 to 3 [1]"),
        ({"grid": {"cells": 100}}, "grid.cells: unknown key; known here: cell, growth, surface_cell"),
        ({"solver": {"tolerance": 1e-3}}, "solver.tolerance: has no unit"),
        ({"solver": {"tolerance": "0 cm"}}, "solver.tolerance: tolerance = 0 is outside its valid range"),
        ({"solver": {"shortest": "10 s", "longest": "1 s"}}, "solver: the shortest sub-step, 10 s, is longer than"),
        ({"solver": {"longest": "1 h"}}, "solver.longest: is in 'h'; expected 's'"),
        ({"solver": {"newton": 3}}, "solver.newton: unknown key"),
        ({"outputs": {"depths": [5]}}, "outputs.depths: has no unit; write {value: [...], unit: cm}"),
        ({"outputs": {"depths": ["5 cm", 25]}}, "outputs.depths: has no unit; write '25 cm'"),
        ({"outputs": {"depths": ["5 cm", "25 m"]}}, "outputs.depths: is in 'm'; expected 'cm'"),
        ({"outputs": {"depths": ["5 cm", "x cm"]}}, "outputs.depths: expected a number, found 'x'"),
        ({"outputs": {"depths": ["-5 cm"]}}, "outputs.depths: has a value below 0: -5"),
        ({"outputs": {"depths": ["41 cm"]}}, "outputs.depths: 41 cm is not in the column, 0 to 40 cm"),
        (
            {"outputs": {"depths": ["5 cm"], "moisture_depths": ["5 cm"]}},
            "outputs: depths and moisture_depths are names of the same list",
        ),
        ({"field_capacity": "2e4 cm"}, "field_capacity = 20000 cm is not below wilting_point_psi = 15495 cm"),
        ({"ponded_depth_max": "-1 cm"}, "ponded_depth_max: ponded_depth_max = -1 is outside"),
        ({"giuh_ordinates": [0.5, 0.4]}, "giuh_ordinates: they sum to 0.9"),
        ({"forcing": {"step": "1000 s"}}, "forcing step: 1000 s (forcing.step) neither divides an hour nor is"),
        ({"forcing": {"nan": "skip"}}, "forcing.nan: 'skip' is not known"),
        ({"layers": [{"soil": "lome", "thickness": "40 cm"}]}, "layer 1.soil: 'lome' is not a soil of carsel_parrish"),
        (
            {"layers": [{"soil": OWN_SOIL | {"theta_r": 0.5}, "thickness": "40 cm"}], "soil_table": "lasam"},
            "layer 1: theta_r = 0.5 (smcmin_1) is not below theta_e = 0.43 (smcmax_1)",
        ),
    ],
    ids=lambda value: value[:50] if isinstance(value, str) else "",
)
def test_mistakes_are_named(tmp_path: Path, change: dict[str, Any], problem: str) -> None:
    assert one_problem(tmp_path, column(**change)).startswith(problem)


def test_hydrostatic_start_needs_a_water_table(tmp_path: Path) -> None:
    content = column(without=("initial_psi",), initial="hydrostatic")
    assert one_problem(tmp_path, content).startswith("water_table_depth: missing; initial: hydrostatic needs")


def test_all_problems_are_found_at_once(tmp_path: Path) -> None:
    """Those of single values, and those of values together, at once."""
    content = column(
        layers=[{"soil": "loam", "thickness": "20"}, {"soil": "lome", "thickness": "20 cm"}],
        initial_psi="-3 cm",
        field_capacity="2e4 cm",
        bottom="water_table",
        roots={"profile": "deep", "depth": "30"},
        grid={"surface_cell": "5 cm"},
        solver={"longest": "1e-6 s"},
        outputs={"depths": [1]},
        giuh_ordinates=[0.5],
        forcing={"step": "1000 s", "nan": "no"},
        substeps={"method": "fixed"},
        oops=1,
    )
    heads = sorted(problem.split(":")[0].split(" = ")[0] for problem in problems(tmp_path, content))
    assert heads == sorted(
        [
            "layer 1.thickness",
            "layer 2.soil",
            "initial_psi",
            "field_capacity",
            "water_table_depth",
            "roots.profile",
            "roots.depth",
            "grid",
            "solver.longest",
            "outputs.depths",
            "giuh_ordinates",
            "forcing step",
            "forcing.nan",
            "substeps",
            "oops",
        ]
    )


@pytest.mark.parametrize(
    "text",
    ["", "[1, 2]", "layers: [[1]]", "layers: [null]", "layers: 3", "1: 2", "roots: 1", "roots: [1]", "outputs: [1]"]
    + ["outputs: {depths: [[1 cm]]}", "outputs: {depths: [1 cm, null]}", "outputs: {depths: 5 cm}", "grid: 1"]
    + ["grid: {cell: {}}", "solver: true", "substeps: null", "initial: {}", "bottom: [1]", "water_table_depth: [1]"],
)
def test_odd_files_give_a_config_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.yml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"odd\.yml: \d+ problem"):
        load_config(path)


def test_there_is_no_text_format(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cat-1\.txt: 1 problem\n  - the file does not end in \.yml or \.yaml"):
        load_config(write(tmp_path, column(), "cat-1.txt"))
    assert load_config(write(tmp_path, column(), "cat-1.YAML")).name == "cat-1"
    with pytest.raises(ConfigError, match="the file cannot be read"):
        load_config(tmp_path / "none.yml")


# --- tables, and configurations made by programs ---------------------------------------------------------------------


def test_tables_agree_with_their_tuples() -> None:
    assert tuple(v.name for v in PARAMETERS) == RichardsParameters._fields
    assert tuple(v.default for v in PARAMETERS) == DEFAULTS
    assert tuple(v.name for v in GRID_VARIABLES) == GridSettings._fields
    assert tuple(v.name for v in SOLVER_VARIABLES) == SolverSettings._fields


@pytest.mark.parametrize(
    "variable", [*PARAMETERS, *GRID_VARIABLES, *SOLVER_VARIABLES, ROOT_DEPTH], ids=lambda v: v.name
)
def test_defaults_are_in_range(variable: Variable) -> None:
    low, high = variable.valid
    assert low < high
    assert variable.default is None or low <= variable.default <= high


def test_problems_and_warnings_of_parameters() -> None:
    assert problems_of((LOAM, LOAM), DEFAULTS) == warnings_about((LOAM, LOAM), DEFAULTS) == []
    bad = DEFAULTS._replace(field_capacity=math.nan, water_table_depth=-1.0)
    found = problems_of((LOAM, LOAM._replace(n=0.5)), bad)
    assert [problem.split(":")[0] for problem in found] == ["layer 2", "field_capacity", "water_table_depth"]
    assert len(problems_of((LOAM, LOAM._replace(n=0.5)), bad, nan_is_reported=True)) == 2
    odd = warnings_about((LOAM._replace(ks=500.0),), DEFAULTS._replace(ponded_depth_max=9.0, field_capacity=600.0))
    assert [line.split()[0] for line in odd] == ["hydraulic_conductivity_1", "field_capacity", "ponded_depth_max"]


def a_config(**change: Any) -> RichardsConfig:
    content = {
        "source": "a program",
        "name": "cat-1",
        "options": RichardsOptions(),
        "parameters": DEFAULTS,
        "soils": (LOAM,),
        "soil_names": ("loam",),
        "thickness": (100.0,),
        "root_profile": UNIFORM,
        "root_depth": 100.0,
        "initial_psi": 100.0,
    }
    return RichardsConfig(**(content | change))


def test_checked_returns_what_can_run() -> None:
    config = a_config()
    assert checked(config) is config
    assert problems_with(a_config(thickness=(30.0 + 70.0 * (1.0 - 1e-12),))) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"thickness": (0.0,), "root_depth": 0.1}, "layer 1: thickness = 0 is outside its valid range"),
        ({"thickness": (math.nan,)}, "layer 1: thickness is not a number"),
        ({"thickness": (100.0, 2.0)}, "layers: there are 1 soils, 1 names of soils and 2 thicknesses"),
        ({"soils": (), "soil_names": (), "thickness": ()}, "layers: there are 0 soils"),
        ({"initial_psi": math.nan}, "initial_psi: initial_psi is not a number"),
        ({"root_depth": math.nan}, "roots.depth: depth is not a number"),
        ({"root_depth": 100.1}, "roots.depth: 100.1 cm is deeper than the column, 100 cm"),
        ({"root_profile": 7}, "roots.profile: 7 is not known; expected one of 0 (uniform), 1 (linear), 2 ("),
        ({"options": RichardsOptions(bottom=3)}, "bottom: 3 is not known; expected one of 0 (no_flow), 1 (free_"),
        ({"parameters": DEFAULTS._replace(water_table_depth=math.nan)}, "water_table_depth: water_table_depth is not"),
        ({"grid": GridSettings(cell=math.nan)}, "grid.cell: cell is not a number"),
        ({"solver": SolverSettings(shortest=0.0)}, "solver.shortest: shortest = 0 is outside"),
        ({"forcing_step": math.inf}, "forcing step: step = inf is outside"),
        ({"moisture_depths": (math.nan,)}, "outputs.depths: nan cm is not in the column"),
    ],
)
def test_checked_refuses_with_the_source(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match="a program: ") as caught:
        checked(a_config(**change))
    assert caught.value.problems[0].startswith(problem)


# --- the project's own realizations ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["example_basin/{}/cat-1", "example_basin/{}/cat-2", "example_basin/{}/cat-3", "phillipsburg/{}"]
)
def test_realizations_have_the_columns_of_those_of_lgar(name: str) -> None:
    """So that what differs between their results is the models and the roots."""
    ours = load_config(REALIZATIONS / f"{name.format('richards')}.yml")
    theirs = lgar_bmi.config.load_config(REALIZATIONS / f"{name.format('lgar')}.yml")
    for attribute in ("name", "soils", "soil_names", "thickness", "initial_psi", "giuh_ordinates", "forcing"):
        assert getattr(ours, attribute) == getattr(theirs, attribute), attribute
    assert ours.parameters[:3] == theirs.parameters[:3]
    assert ours.options.bottom == (FREE_DRAINAGE if theirs.options.free_drainage else NO_FLOW)
    assert (ours.ignored, ours.warnings()) == ((), theirs.warnings())
