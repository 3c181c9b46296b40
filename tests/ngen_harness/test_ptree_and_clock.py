import math

import pytest

from ngen_harness.clock import count_steps
from ngen_harness.context import to_epoch, to_text
from ngen_harness.ptree import kind, typed


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2.5", 2.5),
        ("1e-7", 1e-7),
        ("-3", -3),
        ("+3", 3),
        (".5", 0.5),
        ("inf", math.inf),
        ("true", True),
        ("1_000", "1_000"),
        (" 1", " 1"),
        ("", ""),
        (None, ""),
        ({}, ""),
        ([], ""),
        ([1, "2", "x"], [1, 2, "x"]),
        ({"a": "1"}, {"a": 1}),
        (2**70, float(2**70)),
        ("99999999999999999999", 1e20),
    ],
)
def test_json_values_get_the_types_that_ngen_gives_them(value, expected):
    result = typed(value)
    assert result == expected
    assert type(result) is type(expected)


def test_nan_in_quotes_is_a_number():
    assert math.isnan(typed("NaN"))


def test_kinds_are_named_like_in_ngen():
    assert [kind(typed(value)) for value in ("true", "1", "1.0", None, [1], {"a": 1})] == [
        "Boolean",
        "Natural",
        "Real",
        "String",
        "List",
        "Object",
    ]


@pytest.mark.parametrize(
    ("hours", "interval", "steps"),
    [(0, 3600, 1), (23, 3600, 24), (2, 1800, 3), (4, 7200, 4), (4, 14400, 4), (6, 10800, 6)],
)
def test_steps_are_hourly_whatever_the_output_interval(hours, interval, steps):
    assert count_steps(hours * 3600, interval) == steps


@pytest.mark.parametrize(("period", "interval"), [(1200, 300), (9000, 1800)])
def test_output_interval_that_makes_ngen_abort(period, interval):
    with pytest.raises(ValueError, match="does not fit"):
        count_steps(period, interval)


def test_times_round_trip():
    assert to_text(to_epoch("2016-02-29 23:00:00")) == "2016-02-29 23:00:00"


@pytest.mark.parametrize(
    "text",
    [
        "2015-12-01T00:00:00",
        "2015-12-01 00:00",
        "2015/12/01 00:00:00",
        "2015-12-01 00:00:00Z",
        "2015-02-30 00:00:00",
        "",
    ],
)
def test_other_spellings_of_a_time_are_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        to_epoch(text)
