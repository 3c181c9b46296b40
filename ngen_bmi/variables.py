"""The variable table: every variable of a component is declared once, here is how.

Configuration files, BMI metadata, calibration and documentation all read the table.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["input", "output", "parameter"]


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of a component.

    Attributes
    ----------
    name : str
        The published name; also the name in configuration files.
    unit : str
        UDUNITS string; dimensionless is ``"1"``.
    role : {"input", "output", "parameter"}
    meaning : str
        One line for people.
    default : float or None
        Value when a configuration does not give one; ``None``: it has to.
    valid : (float, float)
        Closed range outside which the equations have no meaning: an error.
    calibration : (float, float) or None
        Range that calibrations use; outside it a configuration is warned about.
    aliases : tuple of str
        Other, unpublished names for the same array.
    shares : str
        Name of another variable whose array this published name answers with; empty: it has its own.
    source : str
        Where the variable or its range comes from.
    """

    name: str
    unit: str
    role: Role
    meaning: str
    default: float | None = None
    valid: tuple[float, float] = (-math.inf, math.inf)
    calibration: tuple[float, float] | None = None
    aliases: tuple[str, ...] = ()
    shares: str = ""
    source: str = ""

    def problem_with(self, value: float) -> str | None:
        """Say what is wrong with `value`, or None.

        >>> slope = Variable("slope", "1", "parameter", "gradient", valid=(0.0, 1.0))
        >>> slope.problem_with(2.0)
        'slope = 2 is outside its valid range 0 to 1 [1]'
        """
        if math.isnan(value):
            return f"{self.name} is not a number (expected {self.valid[0]:g} to {self.valid[1]:g} [{self.unit}])"
        if not self.valid[0] <= value <= self.valid[1]:
            low, high = self.valid
            return f"{self.name} = {value:g} is outside its valid range {low:g} to {high:g} [{self.unit}]"
        return None

    def warning_about(self, value: float) -> str | None:
        """Say that `value` is valid but outside the calibration range, or None."""
        if self.calibration is None or self.calibration[0] <= value <= self.calibration[1]:
            return None
        low, high = self.calibration
        return f"{self.name} = {value:g} is outside the usual range {low:g} to {high:g} [{self.unit}]"


@dataclass(frozen=True)
class VariableTable:
    """All variables of a component, found by name or alias.

    Raises
    ------
    ValueError
        When two variables share a name or alias.
    """

    variables: tuple[Variable, ...]
    by_name: dict[str, Variable] = field(init=False, repr=False)
    units: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        found: dict[str, Variable] = {}
        for variable in self.variables:
            for name in (variable.name, *variable.aliases):
                if name in found:
                    raise ValueError(f"two variables are called {name!r}")
                found[name] = variable
        object.__setattr__(self, "by_name", found)
        object.__setattr__(self, "units", {name: variable.unit for name, variable in found.items()})

    def __iter__(self) -> Iterator[Variable]:
        return iter(self.variables)

    def names(self, role: Role) -> tuple[str, ...]:
        """Names (without aliases) of the variables in a role, in table order."""
        return tuple(v.name for v in self.variables if v.role == role)

    def all_names(self, role: Role) -> frozenset[str]:
        """Names and aliases of the variables in a role."""
        return frozenset(name for name, v in self.by_name.items() if v.role == role)
