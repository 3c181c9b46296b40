"""Configurations of Richards columns for tests."""

import copy
from pathlib import Path
from typing import Any

import yaml

OWN_SOIL = {"theta_r": 0.078, "theta_e": 0.43, "alpha": "0.036 cm-1", "n": 1.56, "ks": "3.12 cm h-1"}

COLUMN: dict[str, Any] = {
    "model": "richards",
    "name": "cat-1",
    "soil_table": "carsel_parrish_1988",
    "layers": [{"soil": "sandy loam", "thickness": "10 cm"}, {"soil": OWN_SOIL, "thickness": "30 cm"}],
    "initial_psi": "2000 cm",
    "roots": {"profile": "uniform", "depth": "30 cm"},
    "giuh_ordinates": [0.06, 0.51, 0.28, 0.12, 0.03],
}


def column(without: tuple[str, ...] = (), **top: Any) -> dict[str, Any]:
    """Return `COLUMN` with other or more top-level keys, and some left out."""
    config = copy.deepcopy(COLUMN) | copy.deepcopy(top)
    return {key: value for key, value in config.items() if key not in without}


def write(folder: Path, config: dict[str, Any], name: str = "cat-1.yml") -> Path:
    """Write a configuration."""
    path = folder / name
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return path
