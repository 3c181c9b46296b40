"""What ngen does with a value on its way from one unit string to another."""

from __future__ import annotations

import math

from ngen_harness.errors import HarnessError, UnitConversionError
from ngen_harness.units import NO_UNIT, UnitConverter


def conversion_failure(convert: UnitConverter, source: str, target: str) -> str:
    """Say why a conversion fails, or "" if it does not.

    Examples
    --------
    >>> conversion_failure(UnitConverter(), "K", "K")
    ''
    """
    try:
        convert(1.0, source, target)
    except UnitConversionError as error:
        return str(error)
    return ""


def is_unknown(convert: UnitConverter, unit: str) -> bool:
    """Whether UDUNITS does not know a unit.

    Examples
    --------
    >>> is_unknown(UnitConverter(), "")
    False
    """
    return unit not in NO_UNIT and "does not know the unit" in conversion_failure(convert, unit, "1")


def is_skipped(source: str, target: str) -> bool:
    """Whether nothing is converted because the consumer names no unit although the provider does."""
    return target in NO_UNIT and source not in NO_UNIT and source != "1"


def is_same_water(convert: UnitConverter, source: str, target: str) -> bool:
    """Whether a failed conversion happens to leave the right number: 1 kg m-2 of water in an hour is 1 mm.

    Examples
    --------
    >>> is_same_water(UnitConverter(), "kg m^-2", "m s-1")
    False
    """
    if not _is_one(convert, source, "kg m-2"):
        return False
    return _is_one(convert, target, "mm") or _is_one(convert, target, "mm h-1")


def _is_one(convert: UnitConverter, source: str, target: str) -> bool:
    if source == "" or target == "":
        return False
    try:
        return math.isclose(convert(1.0, source, target), 1.0, rel_tol=1e-12)
    except HarnessError:
        return False
