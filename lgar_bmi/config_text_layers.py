"""Layers and their soils in LASAM's text configurations."""

from __future__ import annotations

import math
import os
from pathlib import Path

from hydro_physics.van_genuchten import VanGenuchtenSoil
from ngen_bmi.column_config import UNREADABLE
from ngen_bmi.errors import ConfigError
from ngen_bmi.soil_table import SoilTable, read_soil_table
from ngen_bmi.text_config import TextConfig

MOST_SOIL_TYPES = 25
"""LASAM takes no more, whatever max_valid_soil_types says."""


def read_layers(
    text: TextConfig, path: str | Path, log_mode: bool
) -> tuple[tuple[str, ...], tuple[VanGenuchtenSoil, ...], tuple[float, ...]]:
    """Read ``layer_thickness``, ``layer_soil_type``, ``max_valid_soil_types`` and the soil file.

    Parameters
    ----------
    text : TextConfig
        NaN stands for what cannot be read, once that is among its problems.
    path : str or Path
        The configuration file. The soil file's path is relative to it or, as in LGAR-C, to the working directory.
    log_mode : bool
        Whether alpha and Ks of the soil file are logarithms.

    Returns
    -------
    names : tuple of str
        What the soils of the layers are called.
    soils : tuple of VanGenuchtenSoil
    thickness : tuple of float
        [cm]
    """
    most = min(text.integer("max_valid_soil_types", MOST_SOIL_TYPES, 1, 10**9), MOST_SOIL_TYPES)
    thickness = required_numbers(text, "layer_thickness", "cm")
    types = required_numbers(text, "layer_soil_type", "1")
    table = _table(text, path)
    if types and thickness and len(types) != len(thickness):
        text.problems.append(f"layer_soil_type: has {len(types)} types for {len(thickness)} layers of layer_thickness")
    names: list[str] = []
    soils: list[VanGenuchtenSoil] = []
    rows: list[int] = []
    for layer, number in enumerate(types, start=1):
        name, soil = "", UNREADABLE
        if number != int(number) or number < 1:
            text.problems.append(f"layer_soil_type: layer {layer} has {number:g}; expected a row of the soil file")
        elif number > most:
            text.problems.append(
                f"layer_soil_type: layer {layer} has {number:g}, more than max_valid_soil_types = {most}: there is no "
                f"soil model for it"
            )
        elif table is not None:
            try:
                name, soil = table.row(int(number))
                rows.append(int(number))
            except ValueError as error:
                text.problems.append(f"layer_soil_type: layer {layer}: {error}")
        names.append(name)
        soils.append(_from_logarithms(soil) if log_mode else soil)
    if table is not None and len(rows) == len(types):
        doubts = (*table.doubts_about_order(tuple(rows)), *table.doubts_about_names(tuple(rows)))
        text.doubts.extend(f"layer_soil_type: {doubt}" for doubt in doubts)
    return tuple(names), tuple(soils), thickness


def _from_logarithms(soil: VanGenuchtenSoil) -> VanGenuchtenSoil:
    return soil._replace(alpha=_power_of_ten(soil.alpha), ks=_power_of_ten(soil.ks))


def _power_of_ten(exponent: float) -> float:
    return math.inf if exponent > 300.0 else 10.0**exponent


def _table(text: TextConfig, path: str | Path) -> SoilTable | None:
    taken = text.take("soil_params_file")
    if taken is None or not taken[1]:
        text.problems.append("soil_params_file: missing; the file with the soils' van Genuchten parameters")
        return None
    places = (Path(path).parent / taken[1], Path(taken[1]))
    file = next((place for place in places if os.path.isfile(place)), None)
    if file is None:
        text.problems.append(
            f"soil_params_file: there is no {taken[1]}, neither beside the configuration ({places[0]}) nor from the "
            f"working directory ({places[1].absolute()})"
        )
        return None
    try:
        return read_soil_table(file)
    except ConfigError as error:
        text.problems.extend(f"soil_params_file: {error.source}: {problem}" for problem in error.problems)
        return None


def required_numbers(text: TextConfig, name: str, unit: str) -> tuple[float, ...]:
    """Return a list of numbers; it is a problem when the file does not have it."""
    if name not in text.pairs:
        text.problems.append(f"{name}: missing; numbers with commas between them [{unit}]")
    return text.numbers(name, unit)
