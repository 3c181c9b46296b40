"""LGAR configurations: a column's file, in either of its formats."""

from __future__ import annotations

from pathlib import Path

from lgar_bmi.config_model import LgarConfig
from lgar_bmi.config_text import load_text_config
from lgar_bmi.config_yaml import load_yaml_config

__all__ = ["LgarConfig", "load_config"]


def load_config(path: str | Path) -> LgarConfig:
    """Read a configuration: YAML when the file ends in .yml or .yaml, else LASAM's ``key=value`` text.

    Raises
    ------
    ConfigError
        Naming the file and every problem in it.
    """
    if Path(path).suffix.lower() in (".yml", ".yaml"):
        return load_yaml_config(path)
    return load_text_config(path)
