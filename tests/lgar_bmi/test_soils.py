"""Texture classes: their published values, their names and their numbers."""

import math

import pytest

from hydro_physics.van_genuchten import moisture
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.parameters import LAYER_PARAMETERS, PARAMETERS, layer_parameters, problems_of, warnings_about
from lgar_bmi.soil_table import read_soil_table
from lgar_bmi.soils import (
    ALPHABETICAL_ORDER,
    CARSEL_PARRISH_1988,
    LASAM,
    ROSETTA_2001,
    SOIL_TABLES,
    STATSGO_ORDER,
    class_of_number,
    did_you_mean,
    plain_name,
    soil_of_class,
)
from ngen_bmi.variables import VariableTable
from tests.paths import shared

DEFAULTS = LgarParameters(**{variable.name: variable.default or 0.0 for variable in PARAMETERS})
LOAM = CARSEL_PARRISH_1988["loam"]


# --- tables ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", SOIL_TABLES)
def test_every_table_has_the_twelve_classes_with_values_that_the_model_takes(table: str) -> None:
    assert set(SOIL_TABLES[table]) == set(STATSGO_ORDER) == set(ALPHABETICAL_ORDER)
    assert problems_of(tuple(SOIL_TABLES[table].values()), DEFAULTS) == []


@pytest.mark.parametrize("table", SOIL_TABLES)
def test_tables_tell_coarse_from_fine(table: str) -> None:
    """Sand conducts best and holds least at the wilting point; a mistyped row would break the order."""
    soils = SOIL_TABLES[table]
    assert max(soils, key=lambda name: soils[name].ks) == "sand"
    dry = {name: moisture(15000.0, soil) for name, soil in soils.items()}
    assert sorted(dry, key=lambda name: dry[name])[:2] in (["sand", "loamy sand"], ["loamy sand", "sand"])
    assert all(dry[name] > 0.1 for name in ("clay", "silty clay", "sandy clay"))


def test_carsel_and_parrish_are_the_values_that_lasam_ships_for_hydrus() -> None:
    table = read_soil_table(shared("data", "lgar", "vG", "vG_default_params_HYDRUS.dat"))
    assert len(table) == 12
    for name, soil in zip(table.names, table.soils, strict=True):
        assert soil_of_class(name, "carsel_parrish_1988") == pytest.approx(soil, rel=2e-4)


@pytest.mark.parametrize(
    ("file", "order"),
    [("vG_params_stat_nom_ordered.dat", STATSGO_ORDER), ("vG_default_params.dat", ALPHABETICAL_ORDER)],
)
def test_lasam_classes_and_their_two_orders(file: str, order: tuple[str, ...]) -> None:
    table = read_soil_table(shared("data", "lgar", "vG", file))
    assert tuple(plain_name(name) for name in table.names[:12]) == order
    for name, soil in zip(order, table.soils, strict=False):
        assert LASAM[name] == soil


def test_lasam_classes_are_rosettas_with_two_decimals() -> None:
    """So the source of LASAM's numbers is known, and what their rounding costs."""
    for name, soil in LASAM.items():
        full = ROSETTA_2001[name]
        for rounded, value in zip(soil[:4], full[:4], strict=True):
            assert abs(rounded - value) <= 0.005 * (1.0 + 1e-9), name
        assert soil.ks == pytest.approx(full.ks, rel=0.08)
    assert LASAM["silt loam"].alpha / ROSETTA_2001["silt loam"].alpha == pytest.approx(1.98, abs=0.01)


def test_rosetta_in_the_units_of_the_model() -> None:
    """Against 14.75 cm/d and 1.496 1/m, as others quote the clay of USDA-ARS's page."""
    clay = ROSETTA_2001["clay"]
    assert clay.ks * 24.0 == pytest.approx(14.757, abs=1e-3)
    assert clay.alpha * 100.0 == pytest.approx(1.496, abs=1e-3)
    assert clay.n == pytest.approx(1.253, abs=1e-3)


# --- names and numbers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["silty clay loam", "Silty-clay loam", "SILTY_CLAY_LOAM", "  silty   clay\tloam ", '"Silty-Clay-Loam"']
)
def test_spellings_of_a_class(name: str) -> None:
    assert soil_of_class(name, "carsel_parrish_1988") is CARSEL_PARRISH_1988["silty clay loam"]


@pytest.mark.parametrize(("name", "meant"), [("sandy laom", "sandy loam"), ("silty loam", "silt loam"), ("mud", None)])
def test_unknown_class_lists_the_classes(name: str, meant: str | None) -> None:
    with pytest.raises(ValueError, match="is not a soil of carsel_parrish_1988; known: sand, loamy sand") as caught:
        soil_of_class(name, "carsel_parrish_1988")
    for known in STATSGO_ORDER:
        assert known in str(caught.value)
    assert str(caught.value).endswith(f"; did you mean {meant}?" if meant else "clay")


def test_unknown_table_lists_the_tables() -> None:
    with pytest.raises(ValueError, match=r"known: carsel_parrish_1988, .*; did you mean carsel_parrish_1988\?"):
        soil_of_class("sand", "carsel_parish")
    assert did_you_mean("zzz", SOIL_TABLES) == ""


def test_class_numbers_mean_other_soils_in_other_orders() -> None:
    assert [class_of_number(k, "statsgo") for k in (1, 7, 12)] == ["sand", "sandy clay loam", "clay"]
    assert [class_of_number(k, "alphabetical") for k in (1, 7, 12)] == ["clay", "sandy clay loam", "silt loam"]
    same = [k for k in range(1, 13) if class_of_number(k, "statsgo") == class_of_number(k, "alphabetical")]
    assert same == [7]


@pytest.mark.parametrize(
    ("number", "order", "reason"),
    [
        (0, "statsgo", "0 is not a soil class of the statsgo order, 1 to 12"),
        (-1, "alphabetical", "-1 is not a soil class"),
        (13, "alphabetical", "1 to 12$"),
        (14, "statsgo", "14 is water, for which there is no soil model"),
        (1, "usda", "'usda' is not an order of soil classes; known: statsgo, alphabetical"),
    ],
)
def test_numbers_that_are_no_class(number: int, order: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        class_of_number(number, order)


# --- parameters ------------------------------------------------------------------------------------------------------


def test_tables_of_parameters_agree_with_their_tuples() -> None:
    assert tuple(variable.name for variable in PARAMETERS) == LgarParameters._fields
    assert len(LAYER_PARAMETERS) == len(LOAM)
    layers = [variable for layer in range(1, 5) for variable in layer_parameters(layer)]
    table = VariableTable((*PARAMETERS, *layers))
    assert len(table.names("parameter")) == 10 + 4 * 5
    assert table.by_name["smcmax"] is table.by_name["smcmax_1"]
    assert [v.name for v in layer_parameters(3)] == [
        "smcmin_3",
        "smcmax_3",
        "van_genuchten_alpha_3",
        "van_genuchten_n_3",
        "hydraulic_conductivity_3",
    ]
    assert [v.unit for v in layer_parameters(3)] == ["1", "1", "cm-1", "1", "cm h-1"]
    with pytest.raises(ValueError, match="count from 1"):
        layer_parameters(0)


@pytest.mark.parametrize("variable", [*PARAMETERS, *LAYER_PARAMETERS], ids=lambda v: v.name)
def test_ranges_enclose_defaults_and_calibrations(variable: object) -> None:
    low, high = variable.valid  # type: ignore[attr-defined]
    inner = variable.calibration or variable.valid  # type: ignore[attr-defined]
    assert low <= inner[0] < inner[1] <= high
    default = variable.default  # type: ignore[attr-defined]
    assert default is None or low <= default <= high


def test_defaults_give_neither_problems_nor_warnings() -> None:
    assert problems_of((LOAM, LOAM), DEFAULTS) == []
    assert warnings_about((LOAM, LOAM), DEFAULTS) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"theta_r": 0.43}, ["layer 2: theta_r = 0.43 (smcmin_2) is not below theta_e = 0.43 (smcmax_2)"]),
        ({"n": 1.0}, ["layer 2: n: van_genuchten_n_2 = 1 is outside its valid range 1.005 to 20 [1]"]),
        (
            {"ks": 0.0},
            ["layer 2: ks: hydraulic_conductivity_2 = 0 is outside its valid range 1e-09 to 100000 [cm h-1]"],
        ),
        ({"alpha": math.nan}, ["layer 2: alpha: van_genuchten_alpha_2 is not a number (expected 1e-06 to 10 [cm-1])"]),
        ({"theta_e": 1.2}, ["layer 2: theta_e: smcmax_2 = 1.2 is outside its valid range 0.01 to 1 [1]"]),
    ],
)
def test_problems_of_soils_name_layer_and_parameter(change: dict[str, float], expected: list[str]) -> None:
    assert problems_of((LOAM, LOAM._replace(**change)), DEFAULTS) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"field_capacity": 2e4}, "field_capacity = 20000 cm is not below wilting_point_psi = 15495 cm"),
        ({"spf_factor": 1.5}, "spf_factor: spf_factor = 1.5 is outside its valid range 0 to 1 [1]"),
        ({"frac_to_CR": 0.2, "b": 1.0}, "frac_to_CR = 0.2 sends water to a reservoir without its outflow: a has to"),
        ({"frac_slow": 0.2}, "frac_slow = 0.2 sends water to a reservoir without its outflow: a_slow and b_slow have"),
        ({"ponded_depth_max": -1.0}, "ponded_depth_max: ponded_depth_max = -1 is outside"),
    ],
)
def test_problems_of_scalars(change: dict[str, float], expected: str) -> None:
    (problem,) = problems_of((LOAM,), DEFAULTS._replace(**change))
    assert problem.startswith(expected)


def test_all_problems_at_once_and_reported_ones_only_once() -> None:
    bad = LOAM._replace(theta_r=math.nan, n=0.5)
    found = problems_of((bad, bad), DEFAULTS._replace(a=-1.0, field_capacity=math.nan))
    assert len(found) == 6
    assert len(problems_of((bad, bad), DEFAULTS._replace(a=-1.0, field_capacity=math.nan), nan_is_reported=True)) == 3


def test_warnings() -> None:
    assert warnings_about((LOAM._replace(ks=500.0),), DEFAULTS) == [
        "hydraulic_conductivity_1 = 500 is outside the usual range 0.0001 to 100 [cm h-1]"
    ]
    odd = DEFAULTS._replace(a=0.5, b=1.0, frac_to_CR=0.1, b_slow=1.0, a_slow=0.001, field_capacity=600.0)
    found = warnings_about((LOAM,), odd)
    assert [line.split()[0] for line in found] == ["field_capacity", "a", "a_slow,"]
