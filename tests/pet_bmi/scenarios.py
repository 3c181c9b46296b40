"""Runs whose numbers must not depend on how the code is executed."""

import json
import math
import sys
from pathlib import Path

from pet_bmi.variables import SHORTWAVE, TEMPERATURE, WIND_X
from tests.pet_bmi.configs import NIGHT, NOAA, by_clock, component, give, outputs, pet

SCENARIOS = {
    "grass": pet(),
    "resistances": pet({"vegetation_height": "0.5 m"}, form="resistances"),
    "priestley_taylor": pet(method="priestley_taylor"),
    "combination": by_clock(method="combination", pressure="elevation"),
    "aerodynamic": pet(method="aerodynamic", forcing={"missing_wind": "default"}),
    "text": NOAA.replace("pet_method=5", "pet_method=1"),
}


def weather(hour: int) -> dict[str, float]:
    sun = max(math.sin(math.pi * ((hour + 0.5 - 7.4) % 24.0 - 6.0) / 12.0), 0.0)
    return NIGHT | {SHORTWAVE: 900.0 * sun, TEMPERATURE: 285.0 + 12.0 * sun, WIND_X: 1.0 + 3.0 * sun}


def run_all(folder: Path) -> dict[str, list[dict[str, float]]]:
    """Outputs of all steps of all scenarios."""
    results = {}
    for name, config in SCENARIOS.items():
        model = component(folder, config, "pet.ini" if isinstance(config, str) else "pet.yml")
        results[name] = []
        for hour in range(48):
            give(model, weather(hour) | ({WIND_X: math.nan} if name == "aerodynamic" and hour == 20 else {}))
            model.update()
            results[name].append(outputs(model))
    return results


if __name__ == "__main__":
    target = Path(sys.argv[1])
    (target / "results.json").write_text(json.dumps(run_all(target)))
