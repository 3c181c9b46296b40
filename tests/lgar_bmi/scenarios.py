"""Runs of the component that must not depend on how the code is executed; prints them, so that another process can.

``python -m tests.lgar_bmi.scenarios FOLDER`` writes the results of all of them to FOLDER/results.json.
"""

import json
import sys
from pathlib import Path

import numpy as np

from lgar_bmi.ensemble import EnsembleColumns, EnsembleForcing, initial_state, simulate
from lgar_bmi.examples import CRUST, LOAM, PARAMETERS
from tests.lgar_bmi import configs, running
from tests.lgar_bmi.test_bmi import VARIANTS
from tests.lgar_bmi.test_frozen import NODES

CONFIGS = VARIANTS | {
    "closed form": configs.column(capillary_drive="closed_form"),
    "frozen": configs.column(**NODES),
    "adaptive reservoirs": VARIANTS["reservoirs"] | {"substeps": {"method": "adaptive"}},
}


def run_all(folder: Path) -> dict[str, list[dict[str, float]]]:
    results = {}
    for name, content in CONFIGS.items():
        model = running.component(folder, content)
        steps = []
        for i, (rain, pet) in enumerate(running.weather(40, seed=8)):
            temperatures = np.full(4, 273.0 + 0.01 * i) if name == "frozen" else None
            running.give(model, 12.0 * float(rain), float(pet), temperatures)
            if i == 30:
                model.set_value("smcmax_1", np.array([0.44]))
            model.update()
            steps.append(running.outputs(model))
        results[name] = steps
    return results


def ensemble_total() -> float:
    """Discharge of two catchments, one crusted, in a cloudburst [m]."""
    columns = EnsembleColumns(np.array([[LOAM, LOAM], [CRUST, LOAM]]), np.array([[5.0, 60.0]]), PARAMETERS)
    weather = EnsembleForcing(np.full((1, 4), 8.0), np.full((1, 4), 0.1))
    return float(simulate(columns, initial_state(columns, 2000.0), weather).outputs["total_discharge"].sum())


if __name__ == "__main__":
    target = Path(sys.argv[1])
    (target / "results.json").write_text(json.dumps(run_all(target)))
