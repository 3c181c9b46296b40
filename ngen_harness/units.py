"""Unit conversion as ngen does it, through UDUNITS.

ngen compares the two strings first, knows a few words for "no unit", and asks UDUNITS for the rest. When
UDUNITS cannot convert, the raw value is passed on and one warning is logged; that decision is the caller's,
here an exception carries the raw value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ngen_harness.errors import HarnessError, UnitConversionError

NO_UNIT = frozenset({"", "none", "unitless", "dimensionless", "-"})

# Words that cf-units accepts although UDUNITS knows nothing of them.
_NOT_UDUNITS = frozenset({"unknown", "no_unit", "no-unit", "no unit", "nounit"})

Conversion = Callable[[float], float]


class UnitConverter:
    """Converts values between unit strings and remembers the conversions.

    Examples
    --------
    >>> convert = UnitConverter()
    >>> convert(1.0, "mm s^-1", "mm h-1")
    3600.0000000000005
    >>> convert(5.0, "mm s^-1", "-")
    5.0
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Conversion | str | None] = {}

    def __call__(self, value: float, source: str, target: str) -> float:
        """Convert one value.

        Parameters
        ----------
        value : float
            A number in unit `source`.
        source, target : str
            Unit strings.

        Returns
        -------
        float
            The number in unit `target`; the same number if ngen would not convert.

        Raises
        ------
        UnitConversionError
            The units are unknown or incompatible.
        """
        if source == target:
            return value
        try:
            conversion = self._known[source, target]
        except KeyError:
            conversion = self._known[source, target] = self._find(source, target)
        if conversion is None:
            return value
        if isinstance(conversion, str):
            raise UnitConversionError(conversion, value, source, target)
        return conversion(value)

    @staticmethod
    def _find(source: str, target: str) -> Conversion | str | None:
        """Look up a conversion: a function, the reason why there is none, or None for 'leave it alone'."""
        if source in NO_UNIT:
            source = "1"
        if target in NO_UNIT:
            # Nothing was asked for, unless both sides say "dimensionless", which is the same thing.
            return None
        if source == target:
            return None
        unit = _udunits()
        parsed = []
        for text in (source, target):
            try:
                if text.lower() in _NOT_UDUNITS:
                    raise ValueError(text)
                parsed.append(unit(text))
            except ValueError:
                return f"UDUNITS does not know the unit '{text}'"
        first, second = parsed
        if first.is_time_reference() or second.is_time_reference() or not first.is_convertible(second):
            return "the units are not compatible"

        def convert(value: float) -> float:
            return float(first.convert(value, second))

        return convert


def seconds_per_unit(convert: UnitConverter, units: str) -> float:
    """Length of a model's time unit.

    Parameters
    ----------
    convert : UnitConverter
        The converter of the run.
    units : str
        What the model's ``get_time_units`` returns.

    Returns
    -------
    float
        Seconds in one unit.

    Raises
    ------
    UnitConversionError
        The string is not a unit of time.
    """
    if units in NO_UNIT:
        raise UnitConversionError("this is not a unit of time", 1.0, units, "s")
    return convert(1.0, units, "s")


def _udunits() -> Any:
    """Import cf-units on first use: a run that converts nothing does not need it."""
    try:
        from cf_units import Unit
    except ImportError as error:
        raise HarnessError(
            "converting units needs the package cf-units (UDUNITS, as in ngen), which is not installed: "
            "pip install 'ngen-arid[harness]' or pip install cf-units"
        ) from error
    return Unit
