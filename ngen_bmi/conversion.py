"""A configuration in another format, and what that format cannot say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from ngen_bmi.variables import Variable


@dataclass(frozen=True)
class Converted:
    """A configuration, written in another format.

    Attributes
    ----------
    text : str
        What the configuration file holds.
    lost : tuple of str
        What the format cannot express, a line each; a run with the converted file would be another run.
    notes : tuple of str
        What is not carried over but changes nothing here, or is read differently elsewhere, a line each.
    companions : tuple of (str, str)
        Name and content of the files that the configuration refers to, beside it.
    """

    text: str
    lost: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    companions: tuple[tuple[str, str], ...] = ()


def yaml_quantity(variable: Variable, value: float) -> float | str:
    """Write a value, in full precision, as YAML configurations have it.

    >>> yaml_quantity(Variable("satdk", "m s-1", "parameter", "conductivity"), 3.38e-6)
    '3.38e-06 m s-1'
    """
    return value if variable.unit == "1" else f"{value!r} {variable.unit}"


def text_line(key: str, values: float | tuple[float, ...], unit: str = "1") -> str:
    """Write a line of NOAA-OWP's text, in full precision.

    >>> text_line("layer_thickness", (10.0, 0.1), "cm")
    'layer_thickness=10.0,0.1[cm]'
    """
    numbers = values if isinstance(values, tuple) else (values,)
    return f"{key}={','.join(map(repr, numbers))}" + ("" if unit == "1" else f"[{unit}]")


def yaml_text(comments: tuple[str, ...], document: dict[str, Any]) -> str:
    """Write a YAML configuration with comments at its head."""
    body = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110)
    return "".join(f"# {line}\n" for line in comments) + body


def lost_policies(config: Any) -> list[str]:
    """Say what both NOAA-OWP formats lack: the policy for forcing and the clock of saved states.

    Parameters
    ----------
    config : Any
        With `forcing`, a :class:`ngen_bmi.forcing_policy.ForcingPolicy`, and `restore_clock`.
    """
    lost = [
        f"forcing.{key}: {getattr(config.forcing, key)}; there it is error"
        for key in config.forcing.__dataclass_fields__
        if getattr(config.forcing, key) != "error"
    ]
    if config.restore_clock:
        lost.append("restore_clock: true; there it is false")
    return lost


def note_on_name(name: str, file_name: str) -> list[str]:
    """Say that a text configuration's name is that of its file, where the two differ."""
    return [] if name == file_name else [f"name: {name!r}; in text it is the file's name, {file_name!r}"]
