"""What is done with forcing that cannot be right: an error that says where, or zero when the user asked for it."""

import math

import pytest

from ngen_bmi.config import Section
from ngen_bmi.errors import ForcingError
from ngen_bmi.forcing_policy import ForcingPolicy
from ngen_bmi.variables import Variable

RAIN = Variable("rain", "mm h-1", "input", "rain", valid=(0.0, 1e4))
WHERE = "cat-1, step at 3600 s"


def read(content: object) -> tuple[ForcingPolicy, list[str]]:
    problems: list[str] = []
    return ForcingPolicy.read(Section(content, problems, "forcing.")), problems


def test_everything_is_an_error_unless_asked_for() -> None:
    assert read({}) == (ForcingPolicy("error", "error", "error"), [])


def test_policies_are_read_one_by_one() -> None:
    assert read({"negative_precipitation": "zero"}) == (ForcingPolicy("error", "zero", "error"), [])
    assert read({"nan": "zero", "negative_evaporation": "zero"}) == (ForcingPolicy("zero", "error", "zero"), [])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"nan": "skip"}, "forcing.nan: 'skip' is not known; expected one of error, zero"),
        ({"NaN": "zero"}, "forcing.NaN: unknown key"),
        ({"nan": 0}, "forcing.nan: 0 is not known"),
        ("zero", "forcing: expected a mapping"),
    ],
)
def test_mistakes_in_the_policy_are_problems(content: object, problem: str) -> None:
    _, problems = read(content)
    assert len(problems) == 1
    assert problems[0].startswith(problem)


@pytest.mark.parametrize(
    ("policy", "value", "kind", "result"),
    [
        (ForcingPolicy(nan="zero"), math.nan, "precipitation", 0.0),
        (ForcingPolicy(nan="zero"), math.nan, "evaporation", 0.0),
        (ForcingPolicy(negative_precipitation="zero"), -0.1, "precipitation", 0.0),
        (ForcingPolicy(negative_evaporation="zero"), -0.1, "evaporation", 0.0),
    ],
)
def test_zero_where_asked_for(policy: ForcingPolicy, value: float, kind: str, result: float) -> None:
    assert policy.mend(RAIN, value, kind, WHERE) == result


@pytest.mark.parametrize(
    ("policy", "value", "kind", "hint"),
    [
        (ForcingPolicy(), math.nan, "precipitation", "forcing.nan: zero"),
        (ForcingPolicy(nan="zero"), -0.1, "precipitation", "forcing.negative_precipitation: zero"),
        (ForcingPolicy(negative_precipitation="zero"), -0.1, "evaporation", "forcing.negative_evaporation: zero"),
        (ForcingPolicy("zero", "zero", "zero"), math.inf, "precipitation", "check the data and its unit"),
        (ForcingPolicy("zero", "zero", "zero"), 2e4, "precipitation", "check the data and its unit"),
        (ForcingPolicy("zero", "zero", "zero"), -0.1, "other", "check the data and its unit"),
    ],
)
def test_errors_say_where_what_and_how_to_mend_it(policy: ForcingPolicy, value: float, kind: str, hint: str) -> None:
    with pytest.raises(ForcingError) as caught:
        policy.mend(RAIN, value, kind, WHERE)
    message = str(caught.value)
    assert message.startswith(WHERE)
    for part in (f"rain is {value:g} mm h-1", "expected 0 to 10000", hint):
        assert part in message
