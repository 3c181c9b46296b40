"""LGAR's configuration of a divide."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from hydro_physics.soil_classes import soil_of_class
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.parameters import PARAMETERS, problems_of

DEPTH = 200.0
"""Depth of a column of one soil [cm], as LASAM's generators have it."""

COLUMN = {"ponded_depth_max": 1.1, "field_capacity": 340.9, "wilting_point_psi": 15495.0}
INITIAL_PSI = 2000.0
"""[cm], as LASAM's generators have them."""

_UNITS = (("theta_r", ""), ("theta_e", ""), ("alpha", " cm-1"), ("n", ""), ("ks", " cm h-1"))


class Layer(NamedTuple):
    """A layer: a class of a table, or a soil of its own.

    Attributes
    ----------
    thickness : float
        [cm]
    soil : VanGenuchtenSoil
    name : str
        Of the class; empty for a soil of its own.
    """

    thickness: float
    soil: VanGenuchtenSoil
    name: str = ""


def layer_of_class(name: str, table: str) -> Layer:
    """The column that a divide's soil class stands for: one layer of the class's mean soil, 2 m deep.

    Parameters
    ----------
    name : str
    table : str
        One of `hydro_physics.soil_classes.SOIL_TABLES`.
    """
    return Layer(DEPTH, soil_of_class(name, table), name)


def lgar_text(
    name: str,
    layers: Sequence[Layer],
    table: str,
    initial_psi: float,
    giuh: tuple[float, ...],
    origin: str,
    problems: list[str],
) -> str:
    """YAML of LGAR.

    Parameters
    ----------
    name : str
        The catchment.
    layers : sequence of Layer
        From the top.
    table : str
        That the classes are of.
    initial_psi : float
        Suction at the start [cm].
    giuh : tuple of float
    origin : str
        Where the soils are from, for the comment at the head.
    problems : list of str
        Gets what LGAR would refuse.
    """
    values = {v.name: v.default for v in PARAMETERS} | COLUMN
    parameters = LgarParameters(**values)  # type: ignore[arg-type]
    problems.extend(f"{name}: {problem}" for problem in problems_of(tuple(layer.soil for layer in layers), parameters))
    lines = [f"# {origin}; the rest is of ngen-arid configure's defaults.", "model: lgar", f"name: {json.dumps(name)}"]
    if any(layer.name for layer in layers):
        lines.append(f"soil_table: {table}")
    lines += ["", "layers:  # from the top"]
    for layer in layers:
        soil = layer.name or "{" + _fields(layer.soil) + "}"
        lines.append(f"  - {{soil: {soil}, thickness: {layer.thickness!r} cm}}")
    lines += [
        "",
        f"initial_psi: {initial_psi!r} cm",
        *(f"{key}: {value!r} cm" for key, value in COLUMN.items()),
        "free_drainage: none",
        f"giuh_ordinates: [{', '.join(repr(float(share)) for share in giuh)}]",
        "substeps: {method: adaptive, length: 300.0 s, tolerance: 0.001 cm}",
        "forcing: {step: 3600.0 s, nan: error, negative_precipitation: error, negative_evaporation: error}",
    ]
    return "\n".join(lines) + "\n"


def _fields(soil: VanGenuchtenSoil) -> str:
    return ", ".join(f"{field}: {float(getattr(soil, field))!r}{unit}" for field, unit in _UNITS)
