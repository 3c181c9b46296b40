"""Soils of real basins by texture class, from the tables that number them in alphabetical order."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from basin_study.attribute_tables import read_text_table
from basin_study.dataset import LISTED, DataError
from hydro_physics.soil_classes import class_of_number, plain_name

UNKNOWN = "unknown"


class SoilLayer(NamedTuple):
    """A layer of soil: texture class, and depths of its top and bottom [cm]."""

    soil_class: str
    top: float
    bottom: float


def read_soil_classes(path: str | Path) -> dict[str, str]:
    """Texture classes of gauges (``camels_soil_class.txt``: ``gauge_id;...;soil_texture_class;soil_index``).

    Gauges whose class is ``unknown`` are left out.

    Raises
    ------
    DataError
        When a column is not there, or name and number of a class do not agree.
    """
    file = Path(path)
    table = read_text_table(file, ";")
    missing = [name for name in ("soil_texture_class", "soil_index") if name not in table.columns]
    if missing:
        raise DataError(f"{file}: no column {', '.join(missing)}; the columns are {', '.join(table.columns)}")
    found, problems = {}, []
    for gauge, text, number in zip(table.index, table["soil_texture_class"], table["soil_index"], strict=True):
        name = plain_name(text)
        if name == UNKNOWN:
            continue
        try:
            expected = class_of_number(int(number), "alphabetical")
        except ValueError as error:
            problems.append(f"gauge {gauge}: soil_index {number!r}: {error}")
            continue
        if name != expected:
            problems.append(f"gauge {gauge}: soil_index {number} is {expected}, soil_texture_class is {text!r}")
        found[gauge] = name
    if problems:
        raise DataError("\n  - ".join((f"{file}: {len(problems)} problems", *problems[:LISTED])))
    return found


def read_soil_layers(path: str | Path) -> dict[str, tuple[SoilLayer, ...]]:
    """Layers of places (``soil_texture_index.csv``: rows ``soil_index_0_5`` and so on, a column for each place).

    Neighbouring layers of one class are put together.

    Raises
    ------
    DataError
        When rows or numbers are not what they have to be.
    """
    import pandas as pd

    file = Path(path)
    try:
        table = pd.read_csv(file, index_col=0, dtype=str)
    except (OSError, ValueError) as error:
        raise DataError(f"{file}: cannot be read as a table separated by commas: {error}") from error
    places: dict[str, list[SoilLayer]] = {str(name): [] for name in table.columns}
    for key, row in table.iterrows():
        depths = re.fullmatch(r"soil_index_(\d+)_(\d+)", str(key))
        for name, layers in places.items():
            bottom = layers[-1].bottom if layers else 0.0
            if not depths or float(depths[1]) != bottom or float(depths[2]) <= bottom:
                raise DataError(f"{file}: row {key!r}; expected soil_index_{bottom:g}_BOTTOM, depths in cm")
            try:
                soil = class_of_number(int(row[name]), "alphabetical")
            except ValueError as error:
                raise DataError(f"{file}: row {key}, {name}: {error}") from None
            if layers and layers[-1].soil_class == soil:
                layers[-1] = layers[-1]._replace(bottom=float(depths[2]))
            else:
                layers.append(SoilLayer(soil, bottom, float(depths[2])))
    if not places or not len(table):
        raise DataError(f"{file}: no layers")
    return {name: tuple(layers) for name, layers in places.items()}
