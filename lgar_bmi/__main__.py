"""``python -m lgar_bmi CONFIG FORCING``: LGAR without a framework."""

from __future__ import annotations

import sys

from lgar_bmi.bmi import BmiLgar
from lgar_bmi.variables import PET, RAIN
from ngen_bmi.driver import Synonyms, main

SYNONYMS: Synonyms = {
    "P": (RAIN, None),
    "rain": (RAIN, None),
    "precip_rate": (RAIN, "mm s-1"),  # the unit that ngen takes it in
    "PET": (PET, None),
    "pet": (PET, None),
}

if __name__ == "__main__":
    sys.exit(main(BmiLgar(), "python -m lgar_bmi", SYNONYMS))
