"""``python -m cfe_bmi CONFIG FORCING``: CFE without a framework."""

from __future__ import annotations

import sys

from cfe_bmi.bmi import BmiCfe
from cfe_bmi.variables import PET, RAIN
from ngen_bmi.driver import main

SYNONYMS = {"P": RAIN, "rain": RAIN, "precip_rate": RAIN, "PET": PET, "pet": PET}

if __name__ == "__main__":
    sys.exit(main(BmiCfe(), "python -m cfe_bmi", SYNONYMS))
