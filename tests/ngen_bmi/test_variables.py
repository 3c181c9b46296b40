"""The variable table finds its variables by name and alias, and refuses what is declared twice."""

import math

import pytest

from ngen_bmi.config import same_unit
from ngen_bmi.variables import Variable, VariableTable

SLOPE = Variable("slope", "1", "parameter", "gradient", valid=(0.0, 1.0), calibration=(0.1, 0.9), aliases=("slop",))
RAIN = Variable("rain", "mm h-1", "input", "rain")


def test_by_name_and_alias() -> None:
    table = VariableTable((SLOPE, RAIN))
    assert table.by_name["slope"] is table.by_name["slop"] is SLOPE
    assert table.names("parameter") == ("slope",)
    assert table.names("input") == ("rain",)
    assert table.names("output") == ()
    assert tuple(table) == (SLOPE, RAIN)


@pytest.mark.parametrize("other", ["slope", "slop"])
def test_the_same_name_twice_is_refused(other: str) -> None:
    with pytest.raises(ValueError, match=f"two variables are called '{other}'"):
        VariableTable((SLOPE, Variable(other, "1", "parameter", "again")))


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_ends_of_the_valid_range_are_valid(value: float) -> None:
    assert SLOPE.problem_with(value) is None


@pytest.mark.parametrize("value", [-1e-300, 1.0000000001, math.inf, -math.inf, math.nan])
def test_values_outside_are_named_with_the_range(value: float) -> None:
    problem = SLOPE.problem_with(value)
    assert problem is not None
    assert problem.startswith("slope ")
    assert "0 to 1 [1]" in problem


def test_warning_outside_the_calibration_range_only() -> None:
    assert SLOPE.warning_about(0.1) is None
    assert RAIN.warning_about(1e9) is None
    assert "0.1 to 0.9" in str(SLOPE.warning_about(0.05))


@pytest.mark.parametrize(
    ("text", "unit", "same"),
    [
        ("m/s", "m s-1", True),
        ("m  s-1", "m s-1", True),
        (" m s-1 ", "m s-1", True),
        ("1/h", "h-1", True),
        ("none", "1", True),
        ("m/m", "1", True),
        ("m/h", "m s-1", False),
        ("mm", "m", False),
        ("M", "m", False),
        ("", "m", False),
        ("mm h-1", "mm h-1", True),
    ],
)
def test_units_are_compared_and_never_converted(text: str, unit: str, same: bool) -> None:
    assert same_unit(text, unit) is same
