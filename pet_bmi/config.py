"""Configurations: a catchment's file, in either of its formats."""

from __future__ import annotations

from pathlib import Path

from pet_bmi.config_model import PetConfig
from pet_bmi.config_text import load_text_config
from pet_bmi.config_yaml import load_yaml_config

__all__ = ["PetConfig", "load_config"]


def load_config(path: str | Path) -> PetConfig:
    """Read a configuration: YAML when the file ends in .yml or .yaml, else NOAA-OWP's ``key=value`` text.

    Raises
    ------
    ConfigError
        Naming the file and every problem in it.
    """
    if Path(path).suffix.lower() in (".yml", ".yaml"):
        return load_yaml_config(path)
    return load_text_config(path)
