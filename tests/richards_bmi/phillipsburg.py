"""A year at Phillipsburg, Kansas: the forcing, and what LGAR-C makes of it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hydro_physics.van_genuchten import VanGenuchtenSoil
from tests.paths import shared


class Totals(NamedTuple):
    """Depths over 7500 h [cm]."""

    rain: float
    infiltration: float
    runoff: float
    evapotranspiration: float
    percolation: float
    storage_change: float


# The site's layers P-1..3 (NOAA-OWP/LGAR-C, vG_default_params.dat and config_lasam_Phillipsburg.txt)
SOILS = (
    VanGenuchtenSoil(0.0648, 0.4513, 0.0031297, 1.6858, 0.45),
    VanGenuchtenSoil(0.0831, 0.4773, 0.0083272, 1.299, 0.07),
    VanGenuchtenSoil(0.0668, 0.4617, 0.0037454, 1.6151, 0.45),
)
THICKNESS = (44.0, 131.0, 25.0)
INITIAL_SUCTION = 2000.0
HOURS = 7500

# LGAR-C 0baab41 (2026), run with this forcing; the first three may pond 2 cm and reach half of the demand for water
# at its own suction for it, the last two pond nothing and have that suction at 1093 cm.
LGAR_C = {
    "shipped: 3600 s, closed drive, cached": Totals(99.085, 86.1386, 12.9468, 85.4399, 0.0, 0.6987),
    "300 s, closed drive": Totals(99.085, 88.6720, 10.4134, 87.8215, 0.0, 0.8505),
    "300 s, summed drive": Totals(99.085, 88.8071, 10.2783, 88.1936, 0.0, 0.6135),
    "300 s, no pond, half demand at 1093 cm, closed drive": Totals(99.085, 80.4819, 18.6035, 79.7013, 0.0, 0.781),
    "300 s, no pond, half demand at 1093 cm, summed drive": Totals(99.085, 82.0174, 17.0680, 81.4451, 0.0, 0.572),
}

# An earlier finite-volume prototype of this project on the case without a pond, by how the roots lie. Not LGAR: a
# solver with other roots or another stress may well differ by centimetres. Storage change is 1.65 and 4.48 cm.
PROTOTYPE = {
    "roots linear to 2 m": Totals(99.085, 74.94, 24.14, 73.30, 0.0, 1.65),
    "roots uniform in 30 cm": Totals(99.085, 82.59, 16.50, 78.12, 0.0, 4.48),
}


class Year(NamedTuple):
    """Hourly rain and potential evapotranspiration, both shape (8760,) [mm/h]; the first hour is 2016-10-01 00:00."""

    rain: NDArray[np.float64]
    pet: NDArray[np.float64]


def load_year() -> Year:
    """Read the year; skips the test where the shared data are absent."""
    path = shared("data", "lgar", "forcing", "forcing_data_resampled_uniform_Phillipsburg.csv")
    columns = np.loadtxt(path, delimiter=",", skiprows=1, usecols=(1, 2))
    return Year(columns[:, 0], columns[:, 1])
