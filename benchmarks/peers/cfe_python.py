"""The Summer Institute's cfe_py, from the folder in ``CFE_PY``: a step through its BMI against ours, both in Python."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.common import ROOT
from benchmarks.peers.ours import calls_of_bmi
from benchmarks.peers.pairing import Pair, hand_over, in_turn
from benchmarks.workloads import ORDINATES, PET, rain_and_pet
from cfe_bmi.examples import CAT_87

VARIABLE = "CFE_PY"
STEPS = 500
CONFIG = ROOT / "realizations" / "example_basin" / "cfe_classic" / "cat-1.yml"
THEIR_RAIN = "atmosphere_water__time_integral_of_precipitation_mass_flux"


def config(folder: Path) -> Path:
    """Write the column of ``CAT_87`` for cfe_py."""
    p = CAT_87
    soil = {"bb": p.b, "satdk": p.satdk, "satpsi": p.satpsi, "slop": p.slope, "smcmax": p.maxsmc, "wltsmc": p.wltsmc}
    text = {
        "forcing_file": "none", "catchment_area_km2": 1.0, "alpha_fc": p.alpha_fc, "partition_scheme": "Schaake",
        "soil_params": {**soil, "D": p.depth}, "max_gw_storage": p.max_gw_storage, "Cgw": p.Cgw, "expon": p.expon,
        "gw_storage": 0.1, "soil_storage": 0.6, "K_lf": p.Klf, "K_nash": p.Kn, "nash_storage": [0.0, 0.0],
        "giuh_ordinates": list(ORDINATES), "stand_alone": 0, "unit_test": 0, "soil_scheme": "classic",
        "compare_results_file": "",
    }  # fmt: skip
    path = folder / "cfe.json"
    path.write_text(json.dumps(text))
    return path


def measure() -> tuple[list[Pair], list[str]]:
    """Time both: set rain and PET, update, read the discharge."""
    sys.path.insert(0, os.environ[VARIABLE])
    their = importlib.import_module("bmi_cfe")
    rain, pet = rain_and_pet(1, STEPS)
    ours = calls_of_bmi(CONFIG, rain[0], pet[0])
    quiet = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(quiet):
        model = their.BMI_CFE(str(config(Path(folder))))
        model.initialize()

        def theirs() -> None:
            for t in range(STEPS):
                model.set_value(THEIR_RAIN, rain[0, t])
                model.set_value(PET, pet[0, t])
                model.update()
                model.get_value("land_surface_water__runoff_depth")

        pair = in_turn("BMI, two set_value, update, get_value", "us", theirs, ours, (1e6 / STEPS, 1e6 / STEPS))
    return [pair], []


if __name__ == "__main__":
    hand_over(*measure())
