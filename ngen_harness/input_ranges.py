"""Forcing against the ranges that a component accepts: which hour is outside, and which unit it may be in.

The ranges are those of the component's own table of variables. They are wide, and catch wrong units: a component stops
at the first step that is outside. Looked at before a run, that costs a second instead of a run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ngen_bmi.variables import Variable
from ngen_harness.errors import HarnessError, UnitConversionError
from ngen_harness.units import UnitConverter

_OTHER_UNITS = {
    "K": ("degC", "degF"),
    "Pa": ("hPa", "kPa"),
    "kg kg-1": ("g kg-1",),
    "W m-2": ("kJ m-2 h-1", "J m-2 h-1"),
    "mm h-1": ("mm h-1", "mm s-1", "mm d-1"),
    "m s-1": ("mm h-1", "mm s-1", "mm d-1"),
}
"""Units that data come in, by the unit of a component's input; the likeliest first."""

_MARKS = (-99.0, -999.0, -9999.0, -99999.0)
"""Numbers that files have where they have none."""


@dataclass(frozen=True)
class Outside:
    """Hours of a variable that a component refuses.

    Attributes
    ----------
    index : int
        The first of them.
    count : int
    value : float
        In that hour, in the file's unit.
    low, high : float
        What is accepted, in the file's unit.
    unit : str
        The file's unit, as ngen takes it to be.
    likely : str
        Unit in which the value would be accepted; empty where there is none.
    """

    index: int
    count: int
    value: float
    low: float
    high: float
    unit: str
    likely: str

    @property
    def mendable(self) -> bool:
        """Whether it is a negative number where there are none: a component's policy may take it for 0."""
        return self.low == 0.0 and self.value < 0.0 and self.value not in _MARKS

    def why(self, name: str, when: str) -> str:
        """Say what is wrong.

        Parameters
        ----------
        name : str
            Of the column.
        when : str
            Time of the first hour.
        """
        return f"'{name}' is {self.value:g} {self.unit} at {when}; expected {self.low:g} to {self.high:g} {self.unit}"

    def fix(self, name: str, *, header: bool) -> str:
        """Say what to do.

        Parameters
        ----------
        name : str
            Of the column.
        header : bool
            Whether units stand in the header of a CSV file, or in an attribute of a NetCDF file.
        """
        if self.value in _MARKS:
            return "fill the gap: this number usually marks a missing value"
        if not self.likely:
            return "check the data and their unit"
        where = (
            f"write '{name}[{self.likely}]' into the header"
            if header
            else f"set its attribute units to '{self.likely}'"
        )
        return f"{where} if it is in {self.likely}, and ngen converts it; or convert the data"


def outside(values: NDArray[np.float64], source: str, variable: Variable, convert: UnitConverter) -> Outside | None:
    """Find the hours of a variable that a component would refuse.

    Parameters
    ----------
    values : array, shape (hours,)
        In the file's unit; what is not finite is passed over.
    source : str
        The file's unit.
    variable : Variable
        The component's input.
    convert : UnitConverter

    Returns
    -------
    Outside or None
        None if there is none, or nobody can tell: the units need cf-units, which is not installed.
    """
    try:
        low, high = (_converted(limit, variable.unit, source, convert) for limit in variable.valid)
    except HarnessError:
        return None
    with np.errstate(invalid="ignore"):
        bad = np.flatnonzero(np.isfinite(values) & ((values < low) | (values > high)))
    if not bad.size:
        return None
    value = float(values[bad[0]])
    likely = _likely_unit(value, low, high, source, variable.unit, convert)
    return Outside(int(bad[0]), int(bad.size), value, low, high, source or variable.unit, likely)


def _converted(value: float, source: str, target: str, convert: UnitConverter) -> float:
    """Convert a value as ngen does: where there is no conversion, the number is handed over as it is."""
    try:
        return convert(value, source, target)
    except UnitConversionError:
        return value


def _likely_unit(value: float, low: float, high: float, source: str, wanted: str, convert: UnitConverter) -> str:
    for candidate in _OTHER_UNITS.get(wanted, ()):
        try:
            there = convert(value, candidate, source or wanted)
            same = convert(1.0, candidate, source or wanted) == 1.0
        except HarnessError:
            continue
        if not same and low <= there <= high:
            return candidate
    return ""
