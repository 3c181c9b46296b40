"""What a component does with forcing that cannot be right."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from ngen_bmi.config import Section
from ngen_bmi.errors import ForcingError
from ngen_bmi.variables import Variable


class Mending(Protocol):
    """A policy that has a value for a value outside its variable's range, or raises."""

    def mend(self, variable: Variable, value: float, kind: str, where: str) -> float:
        """Return the value to use instead, as :meth:`ForcingPolicy.mend`."""


def outside_range(variable: Variable, value: float, where: str, hint: str) -> ForcingError:
    """Error for a value outside its variable's range, with what can be done about it."""
    low, high = variable.valid
    return ForcingError(f"{where}: {variable.name} is {value:g} {variable.unit}; expected {low:g} to {high:g} ({hint})")


@dataclass(frozen=True)
class ForcingPolicy:
    """``error`` or ``zero`` for values that are missing or negative.

    Attributes
    ----------
    nan : str
        For values that are not numbers.
    negative_precipitation, negative_evaporation : str
        For negative rain and negative potential evaporation.
    """

    nan: str = "error"
    negative_precipitation: str = "error"
    negative_evaporation: str = "error"

    @classmethod
    def read(cls, section: Section) -> ForcingPolicy:
        """Read the section of a configuration."""
        policy = cls(**{key: section.choice(key, ("error", "zero"), "error") for key in cls.__dataclass_fields__})
        section.finish()
        return policy

    def mend(self, variable: Variable, value: float, kind: str, where: str) -> float:
        """Return the value to use instead of a value outside the variable's range.

        Parameters
        ----------
        variable : Variable
        value : float
        kind : {"precipitation", "evaporation", "other"}
        where : str
            Catchment and time, for the message.

        Raises
        ------
        ForcingError
            When the policy does not allow for it.
        """
        if math.isnan(value):
            if self.nan == "zero":
                return 0.0
            hint = "fill the gap, or set forcing.nan: zero in the configuration"
        elif -math.inf < value < 0.0 and kind != "other":
            if getattr(self, f"negative_{kind}") == "zero":
                return 0.0
            hint = f"mend the data, or set forcing.negative_{kind}: zero in the configuration"
        else:
            hint = "check the data and its unit"
        raise outside_range(variable, value, where, hint)
