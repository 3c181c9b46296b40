"""``python -m cfe_bmi CONFIG FORCING``: CFE without a framework."""

from __future__ import annotations

import sys

from cfe_bmi.bmi import BmiCfe
from cfe_bmi.variables import PET, RAIN
from ngen_bmi.driver import Synonyms, main

SYNONYMS: Synonyms = {
    "P": (RAIN, None),
    "rain": (RAIN, None),
    "precip_rate": (RAIN, "mm s-1"),  # the unit that ngen takes it in
    "PET": (PET, None),
    "pet": (PET, None),
}

if __name__ == "__main__":
    sys.exit(main(BmiCfe(), "python -m cfe_bmi", SYNONYMS))
