"""What a calibration may change, within which bounds, and how it is spread over them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cfe_bmi.parameters import PARAMETERS
from ngen_bmi.variables import Variable

DECADES_FOR_LOG = 2.0
"""Bounds above 0 that span so many decades are searched in logarithms."""

REPORT_RANGES: dict[str, tuple[float, float]] = {
    "b": (0.5, 21.94),
    "maxsmc": (0.20554, 1.0),
    "satdk": (1e-7, 7.26e-4),
    "slope": (0.0, 1.0),
    "max_gw_storage": (0.01, 0.25),
    "expon": (1.0, 8.0),
    "Cgw": (1.8e-6, 1.8e-3),
    "Klf": (0.0, 1.0),
    "Kn": (0.0, 1.0),
}
"""The nine parameters of the report's Table S1, in the units of :data:`cfe_bmi.parameters.PARAMETERS`.

Two entries of the table are mended: it gives satdk in m h-1, but 0.000726 is the bound of NWM calibrations in m s-1;
and the exponent b starts at 0, with which the soil has no retention curve. Bounds of 0 of what is searched in
logarithms are the NWM ones.
"""

NWM_NAMES = ("b", "maxsmc", "satdk", "slope", "satpsi", "refkdt", "max_gw_storage", "expon", "Cgw", "Klf", "Kn")
"""What National Water Model calibrations change; their bounds are the calibration ranges of the parameter table."""


@dataclass(frozen=True)
class Range:
    """Bounds of one parameter.

    Attributes
    ----------
    name, unit : str
    low, high : float
    log : bool
        Whether equal shares of the range are equal factors.
    """

    name: str
    unit: str
    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class Space:
    """The box that a calibration searches, as the unit cube.

    Attributes
    ----------
    name : str
    ranges : tuple of Range
    """

    name: str
    ranges: tuple[Range, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(r.name for r in self.ranges)

    def __len__(self) -> int:
        return len(self.ranges)

    def values(self, shares: ArrayLike) -> NDArray[np.float64]:
        """Physical values of shares between 0 and 1, shape (..., parameters); never outside the bounds."""
        shares = np.asarray(shares, dtype=np.float64)
        values = np.empty_like(shares)
        for k, r in enumerate(self.ranges):
            x = shares[..., k]
            raw = np.exp(math.log(r.low) + x * math.log(r.high / r.low)) if r.log else r.low + x * (r.high - r.low)
            # a unit of the last place beyond the bound may already be invalid
            values[..., k] = np.clip(raw, r.low, r.high)
        return values

    def shares(self, values: ArrayLike) -> NDArray[np.float64]:
        """Shares of physical values, the inverse of :meth:`values`; what is outside the bounds comes to 0 or 1."""
        values = np.asarray(values, dtype=np.float64)
        shares = np.empty_like(values)
        for k, r in enumerate(self.ranges):
            x = np.clip(values[..., k], r.low, r.high)
            shares[..., k] = np.log(x / r.low) / math.log(r.high / r.low) if r.log else (x - r.low) / (r.high - r.low)
        return np.clip(shares, 0.0, 1.0)


def space_of(name: str, ranges: Mapping[str, tuple[float, float]], table: tuple[Variable, ...] = PARAMETERS) -> Space:
    """Space of parameters of a model's table.

    Parameters
    ----------
    name : str
        Of the space.
    ranges : mapping of str to (float, float)
        Bounds by parameter, by name or alias.
    table : tuple of Variable

    Raises
    ------
    ValueError
        Listing every name and bound that cannot be used.

    Examples
    --------
    >>> space = space_of("two", {"satdk": (1e-6, 1e-4), "slop": (0.0, 1.0)})
    >>> space.names, space.values([0.5, 0.5]).round(9).tolist()
    (('satdk', 'slope'), [1e-05, 0.5])
    """
    known = {key: variable for variable in table for key in (variable.name, *variable.aliases)}
    problems, found = [], []
    for key, (low, high) in ranges.items():
        variable = known.get(key)
        if variable is None:
            problems.append(f"{key} is no parameter; expected one of {', '.join(v.name for v in table)}")
            continue
        least, most = variable.valid
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            problems.append(f"{key}: bounds {low:g} to {high:g}; expected two numbers, the lower one first")
        elif low < least or high > most:
            problems.append(f"{key}: bounds {low:g} to {high:g} are not within its valid range {least:g} to {most:g}")
        else:
            log = low > 0.0 and high / low >= 10.0**DECADES_FOR_LOG
            found.append(Range(variable.name, variable.unit, low, high, log))
    names = [r.name for r in found]
    problems += [f"{twice} is there twice" for twice in sorted({n for n in names if names.count(n) > 1})]
    if not ranges:
        problems.append("nothing to calibrate")
    if problems:
        raise ValueError("\n  - ".join((f"calibration space {name}:", *problems)))
    return Space(name, tuple(found))


def report_space() -> Space:
    """Table S1 of the report."""
    return space_of("report", REPORT_RANGES)


def nwm_space() -> Space:
    """Bounds of National Water Model calibrations."""
    table = {variable.name: variable for variable in PARAMETERS}
    return space_of("nwm", {name: _bounds(table[name]) for name in NWM_NAMES})


def _bounds(variable: Variable) -> tuple[float, float]:
    assert variable.calibration is not None
    return variable.calibration


SPACES = {"report": report_space, "nwm": nwm_space}
"""Named spaces of CFE."""
