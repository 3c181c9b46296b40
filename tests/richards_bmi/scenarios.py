"""Runs of the Richards component whose numbers must not depend on how the code is executed."""

import json
import sys
from pathlib import Path

from tests.richards_bmi import configs
from tests.richards_bmi.running import component, run, weather

COARSE = {"grid": {"cell": "4 cm", "surface_cell": "1 cm", "growth": 1.5}, "solver": {"tolerance": "0.01 cm"}}

SCENARIOS = {
    "closed": configs.column(ponded_depth_max="0.5 cm", **COARSE),
    "drains": configs.column(bottom="free_drainage", initial_psi="50 cm", pet_affects_precipitation=True, **COARSE),
    "rises": configs.column(
        bottom="water_table", water_table_depth="60 cm", outputs={"depths": ["5 cm", "20 cm"]}, **COARSE
    ),
}

STEPS = 12


def run_all(folder: Path) -> dict[str, list[dict[str, float]]]:
    """Outputs of all steps of all scenarios."""
    return {name: run(component(folder, config), weather(STEPS)) for name, config in SCENARIOS.items()}


if __name__ == "__main__":
    target = Path(sys.argv[1])
    (target / "results.json").write_text(json.dumps(run_all(target)))
