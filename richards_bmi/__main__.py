"""``python -m richards_bmi CONFIG FORCING``: the Richards equation without a framework."""

from __future__ import annotations

import sys

from ngen_bmi.driver import Synonyms, main
from richards_bmi.bmi import BmiRichards
from richards_bmi.variables import PET, RAIN

SYNONYMS: Synonyms = {
    "P": (RAIN, None),
    "rain": (RAIN, None),
    "precip_rate": (RAIN, "mm s-1"),  # the unit that ngen takes it in
    "PET": (PET, None),
    "pet": (PET, None),
}

if __name__ == "__main__":
    sys.exit(main(BmiRichards(), "python -m richards_bmi", SYNONYMS))
