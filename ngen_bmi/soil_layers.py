"""Layers and their soils in YAML configurations."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from hydro_physics.soil_classes import (
    SOIL_ORDERS,
    SOIL_TABLES,
    class_of_number,
    did_you_mean,
    plain_name,
    soil_of_class,
)
from hydro_physics.van_genuchten import VanGenuchtenSoil
from ngen_bmi.column_config import THICKNESS, UNREADABLE
from ngen_bmi.config import Section
from ngen_bmi.errors import ConfigError
from ngen_bmi.soil_parameters import LAYER_PARAMETERS
from ngen_bmi.soil_table import SoilTable, read_soil_table
from ngen_bmi.variables import Variable

BOTTOM = Variable("bottom", "cm", "parameter", "depth of the layer's bottom", valid=(1e-3, 1e6))

OWN_VALUES = "own values"
"""What a soil is called that a configuration gives by its parameters."""

_SOIL_VALUES = tuple(
    replace(variable, name=name) for name, variable in zip(VanGenuchtenSoil._fields, LAYER_PARAMETERS, strict=True)
)


class Layers(NamedTuple):
    """The layers of a column, from the top.

    Attributes
    ----------
    soils : tuple of VanGenuchtenSoil
    names : tuple of str
        What the soils are called.
    thickness : tuple of float
        [cm]
    ignored, doubts : tuple of str
        What has no effect, and what may be a mistake, a line each.
    """

    soils: tuple[VanGenuchtenSoil, ...]
    names: tuple[str, ...]
    thickness: tuple[float, ...]
    ignored: tuple[str, ...]
    doubts: tuple[str, ...]


def read_layers(top: Section, path: str | Path) -> Layers:
    """Read ``layers``, ``soil_table`` and ``soil_order``.

    Parameters
    ----------
    top : Section
        The whole configuration. NaN stands for what cannot be read, once that is among its problems.
    path : str or Path
        The configuration file; a soil table's path is relative to it.
    """
    source = _SoilSource(top, path)
    top.used.add("layers")
    content = top.content.get("layers")
    if not isinstance(content, list) or not content:
        if "layers" not in top.empty:
            found = "missing" if content is None else f"found {content!r}"
            top.problems.append(f"layers: expected a list of layers from the top, {found}")
        return Layers((), (), (), (), ())
    sections = [Section(item, top.problems, f"layer {k}.") for k, item in enumerate(content, start=1)]
    soils = tuple(source.soil(section) for section in sections)
    thickness = _thickness(sections)
    for section in sections:
        section.finish()
    doubts = source.file.doubts_about_order(tuple(source.rows)) if source.file and len(content) == 1 else []
    return Layers(
        soils=tuple(soil for _, soil in soils),
        names=tuple(name for name, _ in soils),
        thickness=thickness,
        ignored=tuple(source.unused()),
        doubts=tuple(f"layer 1.soil: {doubt}" for doubt in doubts),
    )


def _thickness(sections: list[Section]) -> tuple[float, ...]:
    problems = sections[0].problems
    with_bottom = [section for section in sections if section.has("bottom")]
    if not with_bottom:
        read = [section.quantity(THICKNESS, required=True) for section in sections]
        return tuple(math.nan if value is None else value for value in read)
    bottoms = [section.quantity(BOTTOM, required=True) for section in sections]
    mixed = [section.path.rstrip(".") for section in sections if section.has("thickness")]
    if mixed:
        problems.append(f"layers: give the thickness of all layers or the bottom of all; {mixed[0]} has a thickness")
        for section in sections:
            section.used.add("thickness")
    thickness = []
    above: float | None = 0.0
    for layer, bottom in enumerate(bottoms, start=1):
        if bottom is None or above is None:
            thickness.append(math.nan)
        elif bottom <= above:
            problems.append(
                f"layer {layer}.bottom: {bottom:g} cm is not below the bottom of layer {layer - 1}, {above:g} cm: the "
                f"layers overlap"
            )
            thickness.append(math.nan)
        else:
            thickness.append(bottom - above)
        above = bottom
    return tuple(thickness)


class _SoilSource:
    """Where names and numbers of soils are looked up."""

    def __init__(self, top: Section, path: str | Path):
        self.problems = top.problems
        self.given = top.has("soil_table")
        self.table = ""
        self.file: SoilTable | None = None
        self.rows: list[int] = []
        self.used: set[str] = set()
        self.order = top.choice("soil_order", tuple(SOIL_ORDERS)) if top.has("soil_order") else ""
        table = top.text("soil_table", "")
        if not table:
            return
        name = plain_name(table).replace(" ", "_")
        if name in SOIL_TABLES:
            self.table = name
            return
        file = Path(path).parent / table
        if not os.path.isfile(file):
            self.problems.append(
                f"soil_table: {table!r} is neither a known table ({', '.join(SOIL_TABLES)}) nor a file: there is no "
                f"{file}{did_you_mean(name, SOIL_TABLES)}"
            )
            return
        try:
            self.file = read_soil_table(file)
        except ConfigError as error:
            self.problems.extend(f"soil_table: {error.source}: {problem}" for problem in error.problems)

    def soil(self, layer: Section) -> tuple[str, VanGenuchtenSoil]:
        """Return name and soil of a layer."""
        layer.used.add("soil")
        value = layer.content.get("soil")
        where = f"{layer.path}soil"
        if isinstance(value, Mapping):
            return OWN_VALUES, _own_soil(Section(value, self.problems, f"{where}."))
        try:
            if isinstance(value, str):
                return value, self._of_class(value)
            if isinstance(value, int) and not isinstance(value, bool):
                return self._of_number(value)
        except ValueError as error:
            self.problems.append(f"{where}: {error}")
        else:
            if "soil" not in layer.empty:
                found = "missing" if value is None else f"found {value!r}"
                self.problems.append(
                    f"{where}: expected the name of a class, or a mapping of {', '.join(VanGenuchtenSoil._fields)}, "
                    f"{found}"
                )
        return "", UNREADABLE

    def unused(self) -> list[str]:
        """Say which keys no layer needed."""
        given = {"soil_table": self.given, "soil_order": bool(self.order)}
        return [f"{key}: has no effect, no layer needs it" for key in given if given[key] and key not in self.used]

    def _of_class(self, name: str) -> VanGenuchtenSoil:
        self.used.add("soil_table")
        if self.file is not None:
            return self.file.named(name)
        if self.table:
            return soil_of_class(name, self.table)
        if not self.given:
            raise ValueError(f"{name!r} needs a soil_table: one of {', '.join(SOIL_TABLES)}, or a file")
        return UNREADABLE

    def _of_number(self, number: int) -> tuple[str, VanGenuchtenSoil]:
        if self.order:
            self.used.add("soil_order")
            name = class_of_number(number, self.order)
            return name, self._of_class(name)
        self.used.add("soil_table")
        if self.file is not None:
            row = self.file.row(number)
            self.rows.append(number)
            return row
        if self.given and not self.table:
            return "", UNREADABLE
        raise ValueError(
            f"class number {number} means different soils in different orders: name the class, or give soil_order: "
            f"{' or '.join(SOIL_ORDERS)}, or a soil_table that is a file, whose row it then is"
        )


def _own_soil(given: Section) -> VanGenuchtenSoil:
    values = [given.quantity(variable, required=True) for variable in _SOIL_VALUES]
    given.finish()
    return VanGenuchtenSoil(*(math.nan if value is None else value for value in values))
