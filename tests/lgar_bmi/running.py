"""The component in tests: set up, driven and read."""

from pathlib import Path
from typing import Any

import numpy as np

from lgar_bmi import BmiLgar
from lgar_bmi.variables import PET, RAIN, TEMPERATURE
from tests.lgar_bmi import configs

LEDGER = ("ngen::mass_in", "ngen::mass_out", "ngen::mass_stored", "ngen::mass_leaked")


def component(folder: Path, config: dict[str, Any] | str) -> BmiLgar:
    """Return an initialized component, configured by YAML or text."""
    path = configs.write_text(folder, config) if isinstance(config, str) else configs.write(folder, config)
    model = BmiLgar()
    model.initialize(str(path))
    return model


def give(model: BmiLgar, rain: float = 0.0, pet: float = 0.0, temperatures: Any = None) -> None:
    """Set the forcing of a step: mm/h, K."""
    model.set_value(RAIN, np.array([rain]))
    model.set_value(PET, np.array([pet]))
    if temperatures is not None:
        model.set_value(TEMPERATURE, np.asarray(temperatures, dtype=np.float64))


def read(model: BmiLgar, name: str) -> float:
    """Return the first item of a variable through get_value_at_indices."""
    return float(model.get_value_at_indices(name, np.full(1, np.nan), np.array([0]))[0])


def outputs(model: BmiLgar) -> dict[str, float]:
    """Return the first items of all outputs, and the ledger."""
    return {name: read(model, name) for name in (*model.get_output_var_names(), *LEDGER)}


def imbalance(model: BmiLgar) -> float:
    """Return the ledger's residual [m]."""
    into, out, stored, leaked = (read(model, name) for name in LEDGER)
    return into - out - stored - leaked


def weather(steps: int, seed: int = 4) -> np.ndarray:
    """Rain and PET [mm/h] of some stormy weeks, shape (steps, 2)."""
    rng = np.random.default_rng(seed)
    rain = np.where(rng.random(steps) < 0.15, rng.gamma(0.7, 12.0, steps), 0.0)
    return np.stack([rain, rng.uniform(0.0, 0.5, steps)], axis=1)


def run(model: BmiLgar, forcing: np.ndarray) -> list[dict[str, float]]:
    """Drive a component; the balance has to close at every step."""
    results = []
    for rain, pet in forcing:
        give(model, float(rain), float(pet))
        model.update()
        assert abs(imbalance(model)) <= 1e-12
        results.append(outputs(model))
    return results
