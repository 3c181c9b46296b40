"""Runs of the component that must not depend on how the code is executed; prints them, so that another process can.

``python -m tests.cfe_bmi.scenarios FOLDER`` writes the results of all of them to FOLDER/results.json.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.cfe_bmi.configs import XINANJIANG, cat_87, component, give, nash_87, outputs

LAYERS = {"value": [0.1, 0.4, 1.0, 2.0], "unit": "m"}
POWERS = {"soil_expon": 2.5, "soil_expon_secondary": 1.5}
WET = {"soil_storage": 0.9, "gw_storage": 0.5}


def configurations() -> Iterator[tuple[str, dict[str, Any]]]:
    """All schemes, each with some steps in every regime."""
    for soil in ("classic", "ode"):
        yield f"{soil} giuh", cat_87(soil_scheme=soil)
        yield f"{soil} nash xinanjiang", nash_87(XINANJIANG, soil_scheme=soil, partitioning="xinanjiang", initial=WET)
        yield f"{soil} powers", cat_87(POWERS, soil_scheme=soil, initial=WET)
        yield (
            f"{soil} rootzone frozen",
            cat_87(
                {"ice_content_threshold": "0.15 m"},
                soil_scheme=soil,
                frozen_soil=True,
                rootzone_et=True,
                rootzone={"layer_bottoms": LAYERS, "supply_layer": 2},
            ),
        )
        yield f"{soil} b=1", cat_87({"b": 1.0, "satpsi": "1.5 m"}, soil_scheme=soil)
        yield f"{soil} dry", cat_87(soil_scheme=soil, initial={"soil_storage": 0.1503, "gw_storage": 0.0})
        yield f"{soil} nothing drains", cat_87({"satpsi": "15 m"}, soil_scheme=soil, initial=WET)


def run(folder: Path, content: dict[str, Any], steps: int = 60) -> list[dict[str, float]]:
    model = component(folder, content)
    rng = np.random.default_rng(12)
    result = []
    for i in range(steps):
        give(model, float(rng.choice([0.0, 0.3, 8.0, 60.0])), float(rng.choice([0.0, 1e-8, 2e-7])))
        if "ice_fraction_schaake" in model.get_input_var_names():
            model.set_value("ice_fraction_schaake", np.array([0.2 * (i % 3)]))
        if "soil_moisture_profile" in model.get_input_var_names():
            model.set_value("soil_moisture_profile", np.full(4, 0.05 + 0.005 * i))
        if i == 40:
            model.set_value("maxsmc", np.array([0.35]))
        model.update()
        result.append(outputs(model))
    return result


def run_all(folder: Path) -> dict[str, list[dict[str, float]]]:
    return {name: run(folder, content) for name, content in configurations()}


if __name__ == "__main__":
    target = Path(sys.argv[1])
    (target / "results.json").write_text(json.dumps(run_all(target)))
