"""Climate and weather of synthetic basins: an aridity gradient, with storms to match.

Basin k has random numbers of its own, so nothing depends on how many basins there are. Its aridity is the k-th number
of a sequence that fills the gradient evenly on a logarithmic scale, whatever the number of basins.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dcfe.lgar_synthetic_weather import poured
from dcfe.synthetic_forcing import generate_weather

_Array = NDArray[np.float64]

DRIEST, WETTEST = 5.0, 0.2
"""Ends of the gradient of potential evapotranspiration over precipitation."""

PET_MEAN, PET_POWER = 3.0, 0.25
"""Potential evapotranspiration [mm d-1] of a basin with an aridity of 1, and how it grows with aridity: 2.0 to 4.5."""

LONGEST_CORE = 6
"""Hours of rain that fall in one where it is dry: storms of dry country pour rather than drizzle."""

CORE_PER_ARIDITY = 1.5
MM_PER_HOUR = 3.6e6
"""Of one m/s."""

_CLIMATE, _WEATHER = 101, 102
"""Streams of random numbers."""


class Climate(NamedTuple):
    """Long-term climate of a basin.

    Attributes
    ----------
    aridity : float
        Potential evapotranspiration over precipitation.
    rain, pet : float
        Means [mm d-1].
    seasonality : float
        As CAMELS has it: positive with most rain in summer, -1 to 1.
    """

    aridity: float
    rain: float
    pet: float
    seasonality: float


def place_in_gradient(basin: int) -> float:
    """The binary number of a basin mirrored at the point (van der Corput 1935): 1/2, 1/4, 3/4, 1/8, ...

    Examples
    --------
    >>> [place_in_gradient(k) for k in range(4)]
    [0.5, 0.25, 0.75, 0.125]
    """
    return int(f"{basin + 1:b}"[::-1], 2) / 2 ** (basin + 1).bit_length()


def climate_of(basin: int, seed: int) -> Climate:
    """Climate of basin number `basin`, from 0.

    Potential evapotranspiration follows aridity with a scatter of 10 %, and precipitation is their quotient.
    """
    rng = np.random.default_rng([seed, _CLIMATE, basin])
    aridity = WETTEST * (DRIEST / WETTEST) ** place_in_gradient(basin)
    pet = PET_MEAN * aridity**PET_POWER * float(np.exp(0.1 * rng.standard_normal()))
    return Climate(aridity, pet / aridity, pet, float(rng.uniform(-0.8, 0.8)))


def weather_of(basin: int, seed: int, climate: Climate, steps: int) -> tuple[_Array, _Array]:
    """Hourly precipitation and potential evapotranspiration from the beginning of October on.

    Storms are those of :func:`dcfe.synthetic_forcing.generate_weather`, rarer where it is dry; there the rain of up to
    six hours falls in one, more of them the drier it is.

    Parameters
    ----------
    basin, seed : int
    climate : Climate
    steps : int

    Returns
    -------
    rain, pet : array, shape (steps,)
        [mm h-1].
    """
    own = int(np.random.SeedSequence([seed, _WEATHER, basin]).generate_state(1)[0])
    rain, pet = generate_weather(
        np.array([climate.rain]), np.array([climate.pet]), np.array([climate.seasonality]), steps, own
    )
    core = int(np.clip(round(CORE_PER_ARIDITY * climate.aridity), 1, LONGEST_CORE))
    return poured(rain, core)[0], MM_PER_HOUR * pet[0]
