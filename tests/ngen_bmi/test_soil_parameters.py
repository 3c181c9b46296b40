"""Parameters of layers: their table, and what is wrong with their values."""

import math

import pytest

from hydro_physics.soil_classes import CARSEL_PARRISH_1988
from ngen_bmi.soil_parameters import (
    COLUMN_PARAMETERS,
    LAYER_PARAMETERS,
    layer_parameters,
    problems_of_soils,
    problems_of_suctions,
    warnings_about_soils,
)
from ngen_bmi.variables import Variable, VariableTable

LOAM = CARSEL_PARRISH_1988["loam"]


def test_table_agrees_with_the_soils() -> None:
    assert len(LAYER_PARAMETERS) == len(LOAM)
    table = VariableTable(tuple(variable for layer in range(1, 5) for variable in layer_parameters(layer)))
    assert len(table.names("parameter")) == 4 * 5
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


@pytest.mark.parametrize("variable", [*COLUMN_PARAMETERS, *LAYER_PARAMETERS], ids=lambda v: v.name)
def test_ranges_enclose_defaults_and_calibrations(variable: Variable) -> None:
    low, high = variable.valid
    inner = variable.calibration or variable.valid
    assert low <= inner[0] < inner[1] <= high
    assert variable.default is None or low <= variable.default <= high


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
    assert problems_of_soils((LOAM, LOAM._replace(**change))) == expected


def test_all_problems_at_once_and_reported_ones_only_once() -> None:
    bad = LOAM._replace(theta_r=math.nan, n=0.5)
    assert len(problems_of_soils((bad, bad))) == 4
    assert len(problems_of_soils((bad, bad), nan_is_reported=True)) == 2


def test_field_capacity_is_wetter_than_the_wilting_point() -> None:
    assert problems_of_suctions(340.9, 15495.0) == problems_of_suctions(math.nan, 15495.0) == []
    for field_capacity in (15495.0, 2e4):
        (problem,) = problems_of_suctions(field_capacity, 15495.0)
        assert problem.endswith("cm is not below wilting_point_psi = 15495 cm")


def test_unusual_soils_are_warned_about() -> None:
    assert warnings_about_soils((LOAM, LOAM)) == []
    assert warnings_about_soils((LOAM, LOAM._replace(ks=500.0))) == [
        "hydraulic_conductivity_2 = 500 is outside the usual range 0.0001 to 100 [cm h-1]"
    ]
