"""The Richards component in tests: set up, driven and read."""

from pathlib import Path
from typing import Any

from richards_bmi import BmiRichards
from tests.lgar_bmi.running import give, imbalance, outputs, read, run, weather
from tests.richards_bmi import configs

__all__ = ["component", "give", "imbalance", "outputs", "read", "run", "weather"]


def component(folder: Path, config: dict[str, Any]) -> BmiRichards:
    """Return an initialized component."""
    model = BmiRichards()
    model.initialize(str(configs.write(folder, config)))
    return model
