"""``python -m pet_bmi CONFIG FORCING``: potential evapotranspiration without a framework."""

from __future__ import annotations

import sys

from ngen_bmi.driver import Synonyms, main
from pet_bmi.bmi import BmiPet
from pet_bmi.variables import HUMIDITY, LONGWAVE, PRESSURE, SHORTWAVE, TEMPERATURE, WIND_X, WIND_Y

SYNONYMS: Synonyms = {
    "DLWRF_surface": (LONGWAVE, "W m-2"),
    "PRES_surface": (PRESSURE, "Pa"),
    "SPFH_2maboveground": (HUMIDITY, "kg kg-1"),
    "DSWRF_surface": (SHORTWAVE, "W m-2"),
    "TMP_2maboveground": (TEMPERATURE, "K"),
    "UGRD_10maboveground": (WIND_X, "m s-1"),
    "VGRD_10maboveground": (WIND_Y, "m s-1"),
}

if __name__ == "__main__":
    sys.exit(main(BmiPet(), "python -m pet_bmi", SYNONYMS))
