"""What goes into a step of potential evapotranspiration, and what comes out."""

from __future__ import annotations

from typing import NamedTuple

ENERGY_BALANCE = 1
AERODYNAMIC = 2
COMBINATION = 3
PRIESTLEY_TAYLOR = 4
PENMAN_MONTEITH = 5
"""Methods, numbered as NOAA-OWP's evapotranspiration module numbers them."""

FAO56 = 0
RESISTANCES = 1
"""Forms of Penman-Monteith: the reference grass of FAO-56, or any vegetation."""

GIVEN = 0
CALCULATED = 1
"""Where longwave radiation or pressure come from: an input, or FAO-56."""


class PetOptions(NamedTuple):
    """Choices that are made once, at set-up.

    Attributes
    ----------
    method : int
        1 energy balance, 2 aerodynamic, 3 combination, 4 Priestley-Taylor, 5 Penman-Monteith.
    form : int
        Of Penman-Monteith: `FAO56` or `RESISTANCES`.
    longwave : int
        `GIVEN`, or `CALCULATED` from temperature, humidity and the clearness of the sky: needs the clock.
    pressure : int
        `GIVEN`, or `CALCULATED` from the elevation.
    soil_heat : int
        1: heat goes into the soil as in FAO-56; 0: it is neglected.
    missing_wind : int
        1: a wind that is not a number is the default wind; 0: it is refused.
    """

    method: int = PENMAN_MONTEITH
    form: int = FAO56
    longwave: int = GIVEN
    pressure: int = GIVEN
    soil_heat: int = 1
    missing_wind: int = 0


class PetState(NamedTuple):
    """What a step hands to the next.

    Attributes
    ----------
    clearness : float
        Shortwave radiation as a share of a clear sky's, when the sun last stood high [-]; it serves at night, and only
        where longwave radiation is calculated.
    """

    clearness: float


class PetForcing(NamedTuple):
    """Weather, the mean of a step.

    Attributes
    ----------
    longwave : float
        Downward longwave radiation [W m-2].
    pressure : float
        [Pa].
    humidity : float
        Specific humidity of the air [kg kg-1].
    shortwave : float
        Downward shortwave radiation [W m-2].
    temperature : float
        Of the air [K].
    wind : float
        Speed at the height of its measurement [m s-1]; NaN when it is missing.
    day : float
        Day of the year in the middle of the step, UTC, 1 to 366.
    hour : float
        Hours since midnight, UTC, in the middle of the step.
    """

    longwave: float
    pressure: float
    humidity: float
    shortwave: float
    temperature: float
    wind: float
    day: float
    hour: float


class PetFluxes(NamedTuple):
    """Results of a step.

    Attributes
    ----------
    potential_evaporation : float
        Never negative [m s-1].
    net_radiation : float
        Downward [W m-2]; 0 with the aerodynamic method, which needs none.
    soil_heat_flux : float
        Into the soil [W m-2].
    vapor_pressure_deficit : float
        [Pa].
    wind_speed_2m : float
        Wind over grass, 2 m above the ground [m s-1]; 0 with methods that need none.
    """

    potential_evaporation: float
    net_radiation: float
    soil_heat_flux: float
    vapor_pressure_deficit: float
    wind_speed_2m: float
