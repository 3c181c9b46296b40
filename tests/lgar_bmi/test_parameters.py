"""Parameters of a column: their table, and what is wrong with their values alone and together."""

import math

import pytest

from hydro_physics.soil_classes import CARSEL_PARRISH_1988
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.parameters import PARAMETERS, problems_of, warnings_about
from ngen_bmi.soil_parameters import layer_parameters
from ngen_bmi.variables import VariableTable

DEFAULTS = LgarParameters(**{variable.name: variable.default or 0.0 for variable in PARAMETERS})
LOAM = CARSEL_PARRISH_1988["loam"]


def test_tables_of_parameters_agree_with_their_tuples() -> None:
    assert tuple(variable.name for variable in PARAMETERS) == LgarParameters._fields
    layers = [variable for layer in range(1, 5) for variable in layer_parameters(layer)]
    assert len(VariableTable((*PARAMETERS, *layers)).names("parameter")) == 10 + 4 * 5


@pytest.mark.parametrize("variable", PARAMETERS, ids=lambda v: v.name)
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
