"""What the component does with weather that is missing or cannot be right."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ngen_bmi.config import Section
from ngen_bmi.forcing_policy import outside_range
from ngen_bmi.variables import Variable


@dataclass(frozen=True)
class WeatherPolicy:
    """``error``, or what to put in the place of a value.

    Attributes
    ----------
    nan : str
        ``zero``: shortwave radiation that is not a number is 0. For longwave radiation, temperature, humidity and
        pressure no value stands for nothing: there it is always an error.
    missing_wind : str
        ``default``: wind of which a component is not a number is the parameter ``default_wind``.
    negative_radiation : str
        ``zero``: negative shortwave radiation is 0.
    """

    nan: str = "error"
    missing_wind: str = "error"
    negative_radiation: str = "error"

    @classmethod
    def read(cls, section: Section) -> WeatherPolicy:
        """Read the section of a configuration."""
        words = {"missing_wind": ("error", "default")}
        policy = cls(
            **{key: section.choice(key, words.get(key, ("error", "zero")), "error") for key in cls.__dataclass_fields__}
        )
        section.finish()
        return policy

    def mend(self, variable: Variable, value: float, kind: str, where: str) -> float:
        """Return the value to use instead of a value outside the variable's range.

        Parameters
        ----------
        variable : Variable
        value : float
        kind : {"shortwave", "wind", "other"}
        where : str
            Catchment and time, for the message.

        Raises
        ------
        ForcingError
            When the policy does not allow for it.
        """
        if math.isnan(value):
            if kind == "wind":
                if self.missing_wind == "default":
                    return value  # the equations see that it is missing
                hint = "fill the gap, or set forcing.missing_wind: default in the configuration"
            elif kind == "shortwave":
                if self.nan == "zero":
                    return 0.0
                hint = "fill the gap, or set forcing.nan: zero in the configuration"
            else:
                hint = "fill the gap: no value stands for nothing here"
        elif -math.inf < value < 0.0 and kind == "shortwave":
            if self.negative_radiation == "zero":
                return 0.0
            hint = "mend the data, or set forcing.negative_radiation: zero in the configuration"
        else:
            hint = "check the data and its unit"
        raise outside_range(variable, value, where, hint)
