import sys

import pytest

from ngen_harness.errors import HarnessError, UnitConversionError
from ngen_harness.units import UnitConverter, seconds_per_unit

pytest.importorskip("cf_units")


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("mm s^-1", "mm h-1", 7200.0),
        ("mm s^-1", "m s-1", 0.002),
        ("m", "mm", 2000.0),
        ("K", "degC", -271.15),
        ("K", "degF", -456.07),
        ("K", "kelvin", 2.0),
        ("none", "1", 2.0),
        ("m", "-", 2.0),
        ("m", "", 2.0),
        ("", "unitless", 2.0),
        ("anything", "anything", 2.0),
        ("W m-2", "W/m^2", 2.0),
    ],
)
def test_conversions(source, target, expected):
    assert UnitConverter()(2.0, source, target) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("mm s^-1", "mm"),
        ("mm s^-1", "1"),
        ("", "mm"),
        ("K", "C"),
        ("kg m^-2", "mm"),
        ("m", "foo"),
        ("foo", "m"),
        ("unknown", "m"),
        ("no_unit", "m"),
        ("s", "hours since 2000-01-01 00:00:00"),
    ],
)
def test_a_failure_carries_the_raw_value(source, target):
    convert = UnitConverter()
    for _ in range(2):  # the second time from the cache
        with pytest.raises(UnitConversionError) as caught:
            convert(2.0, source, target)
        assert caught.value.value == 2.0
        assert (caught.value.source, caught.value.target) == (source, target)


@pytest.mark.parametrize(
    ("units", "seconds"), [("s", 1.0), ("min", 60.0), ("hours", 3600.0), ("d", 86400.0), ("ms", 0.001)]
)
def test_time_units(units, seconds):
    assert seconds_per_unit(UnitConverter(), units) == pytest.approx(seconds)


@pytest.mark.parametrize("units", ["", "1", "-", "none", "m", "foo", "hours since 2000-01-01"])
def test_what_is_not_a_time_unit(units):
    with pytest.raises(UnitConversionError):
        seconds_per_unit(UnitConverter(), units)


def test_without_cf_units_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cf_units", None)
    with pytest.raises(HarnessError, match="pip install"):
        UnitConverter()(1.0, "m", "mm")


def test_without_cf_units_equal_units_still_work(monkeypatch):
    monkeypatch.setitem(sys.modules, "cf_units", None)
    assert UnitConverter()(1.5, "m", "m") == 1.5
    assert UnitConverter()(1.5, "m", "none") == 1.5
