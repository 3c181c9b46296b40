"""What a configuration says, in whichever format, and the judgement of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ngen_bmi.errors import ConfigError
from pet_bmi.coefficients import PetParameters
from pet_bmi.forcing_policy import WeatherPolicy
from pet_bmi.parameters import needs_clock, problems_of, warnings_about
from pet_bmi.state import (
    AERODYNAMIC,
    CALCULATED,
    COMBINATION,
    ENERGY_BALANCE,
    FAO56,
    GIVEN,
    PENMAN_MONTEITH,
    PRIESTLEY_TAYLOR,
    RESISTANCES,
    PetOptions,
)

METHODS = {
    "penman_monteith": PENMAN_MONTEITH,
    "priestley_taylor": PRIESTLEY_TAYLOR,
    "combination": COMBINATION,
    "aerodynamic": AERODYNAMIC,
    "energy_balance": ENERGY_BALANCE,
}
FORMS = {"fao56": FAO56, "resistances": RESISTANCES}
LONGWAVE = {"given": GIVEN, "fao56": CALCULATED}
PRESSURE = {"given": GIVEN, "elevation": CALCULATED}
SOIL_HEAT = {"fao56": 1, "none": 0}

SHORTEST_STEP_S = 60
LONGEST_STEP_S = 3600


@dataclass(frozen=True)
class PetConfig:
    """Everything that sets up one catchment.

    Attributes
    ----------
    source : str
        File it comes from.
    name : str
        Name of the catchment in messages.
    options : PetOptions
    parameters : PetParameters
        Raw values.
    start_time : datetime or None
        Of the first step, UTC; None where the equations need no clock and the file gives none.
    time_step_s : float
        Length of a step [s].
    forcing : WeatherPolicy
    restore_clock : bool
        Whether restoring a saved state also sets the clock.
    ignored : tuple of str
        What the file says that has no effect, a line each.
    doubts : tuple of str
        What the file says that may be a mistake, a line each.
    """

    source: str
    name: str
    options: PetOptions
    parameters: PetParameters
    start_time: datetime | None = None
    time_step_s: float = 3600.0
    forcing: WeatherPolicy = field(default_factory=WeatherPolicy)
    restore_clock: bool = False
    ignored: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    def warnings(self) -> list[str]:
        """List what is allowed but seldom meant."""
        return [*self.doubts, *warnings_about(self.parameters, self.options)]


def checked(config: PetConfig) -> PetConfig:
    """Return a configuration that the component can run with.

    Raises
    ------
    ConfigError
        When it cannot.
    """
    problems = problems_of(config.parameters, config.options)
    if needs_clock(config.options) and config.start_time is None:
        problems.append(
            "start_time: missing; the UTC time at which the first step begins, as in the realization: "
            "longwave radiation that is calculated needs the position of the sun"
        )
    if problems:
        raise ConfigError(config.source, problems)
    return config
