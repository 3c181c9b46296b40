"""Which attribute of the hydrofabric gives which parameter, in which unit, and what stands in for NULL."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hydro_physics.soil_classes import STATSGO_CLASSES, STATSGO_ORDER, STATSGO_WITHOUT_SOIL, class_of_number
from ngen_config.geopackage import Divide, plain
from ngen_config.tally import Tally


@dataclass(frozen=True)
class Attribute:
    """One column and the parameter that it gives.

    Attributes
    ----------
    parameter : str
        Of the component.
    column : str
        In hydrofabric v2.2.
    unit : str
        Of the column.
    divisor : float
        Column over divisor is the parameter.
    limits : tuple of float
        What the column can hold in its unit: anything else is probably in another one.
    default : float or None
        Of the parameter, where the column is NULL; None: there is another rule.
    rule : str
        The same in words.
    expected : str
        What the column can hold, in words; empty: the limits say it.
    """

    parameter: str
    column: str
    unit: str
    limits: tuple[float, float]
    default: float | None
    rule: str
    divisor: float = 1.0
    expected: str = ""


_CLASS = "NULL: the value of Noah's table for the divide's soil class, or loam's"

CFE_ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("b", "mode.bexp_soil_layers_stag=2", "1", (0.5, 50.0), None, _CLASS),
    Attribute("satdk", "geom_mean.dksat_soil_layers_stag=2", "m s-1", (0.0, 1e-3), None, _CLASS),
    Attribute("satpsi", "geom_mean.psisat_soil_layers_stag=2", "m", (1e-3, 20.0), None, _CLASS),
    Attribute("slope", "mean.slope_1km", "1", (0.0, 1.0), 0.1, "NULL: 0.1, Noah's first slope class"),
    Attribute("maxsmc", "mean.smcmax_soil_layers_stag=2", "1", (0.01, 1.0), None, _CLASS),
    Attribute("wltsmc", "mean.smcwlt_soil_layers_stag=2", "1", (0.0, 0.99), None, _CLASS),
    Attribute("refkdt", "mean.refkdt", "1", (0.0, 100.0), 3.0, "NULL: 3, Noah's and the component's default"),
    Attribute(
        "max_gw_storage", "mean.Zmax", "mm", (1.0, 1e5), 0.011, "mm / 1000; NULL: 0.011 m, as NGIAB has it", 1000.0
    ),
    Attribute("Cgw", "mean.Coeff", "m h-1", (0.0, 10.0), 0.0018, "NULL: 0.0018 m h-1, as NGIAB has it"),
    Attribute("expon", "mode.Expon", "1", (0.0, 100.0), 1.0, "NULL: 1, the simplest outflow"),
)
"""CFE's parameters that the hydrofabric has. Soil values are those of layer 2, as in NGIAB.

The limit of satdk is more than NOAA's calibrations allow (7.26e-4) and than any soil of a table has (sand 1.76e-4 in
Clapp and Hornberger 1978); the least of `NOAH_SOILS` in m h-1 would be 3.5e-3."""

SOIL_CLASS = Attribute(
    "soil class",
    "mode.ISLTYP",
    "STATSGO class",
    (1.0, 16.0),
    None,
    "by name, STATSGO order",
    expected="the number of a class: " + ", ".join(f"{number} {name}" for number, name in STATSGO_CLASSES.items()),
)

ELEVATION = Attribute("elevation", "mean.elevation", "cm", (-5e4, 9e5), None, "cm / 100; NULL: an error", 100.0)
CENTROID = ("centroid_x", "centroid_y")

NOAH_SOILS: Mapping[str, tuple[float, float, float, float, float]] = dict(
    zip(
        STATSGO_ORDER,
        (
            (2.79, 4.66e-5, 0.069, 0.339, 0.010),
            (4.26, 1.41e-5, 0.036, 0.421, 0.028),
            (4.74, 5.23e-6, 0.141, 0.434, 0.047),
            (5.33, 2.81e-6, 0.759, 0.476, 0.084),
            (5.33, 2.81e-6, 0.759, 0.476, 0.084),
            (5.25, 3.38e-6, 0.355, 0.439, 0.066),
            (6.66, 4.45e-6, 0.135, 0.404, 0.067),
            (8.72, 2.04e-6, 0.617, 0.464, 0.120),
            (8.17, 2.45e-6, 0.263, 0.465, 0.103),
            (10.73, 7.22e-6, 0.098, 0.406, 0.100),
            (10.39, 1.34e-6, 0.324, 0.468, 0.126),
            (11.55, 9.74e-7, 0.468, 0.468, 0.138),
        ),
        strict=True,
    )
)
"""b, satdk [m s-1], satpsi [m], maxsmc, wltsmc by class: the STAS table of the Noah land surface model, which rests on
Cosby et al. (1984, Water Resour. Res. 20, 682-690)."""

_NOAH_ORDER = ("b", "satdk", "satpsi", "maxsmc", "wltsmc")


def value_of(attribute: Attribute, divide: Divide, tally: Tally) -> tuple[float | None, str]:
    """Value of a parameter, in its own unit, and how it was had: ``given``, ``null`` or ``missing``.

    The tally gets a problem for text, for what is not finite, and for what is out of the column's limits.
    """
    name = plain(attribute.column)
    if not divide.has_attributes or name not in divide.attributes:
        return None, "missing"
    raw = divide.attributes[name]
    if raw is None or (isinstance(raw, float) and math.isnan(raw)):
        return None, "null"
    value = _as_number(raw)
    low, high = attribute.limits
    if value is None or not low <= value <= high:
        limits = f"{low:g} to {high:g} [{attribute.unit}]: is it in another unit?"
        tally.problems.append(f"{divide.id}: {attribute.column} is {raw!r}; expected {attribute.expected or limits}")
        return None, "given"
    tally.saw(attribute.column, value)
    return value / attribute.divisor, "given"


def soil_class(divide: Divide, fallback: str | None, tally: Tally, *, needed: bool) -> str | None:
    """Name of a divide's soil class.

    Parameters
    ----------
    divide : Divide
    fallback : str or None
        Class that stands in for NULL, organic material, water, bedrock and land ice.
    tally : Tally
    needed : bool
        Whether it is a problem that there is none.

    Returns
    -------
    str or None
        One of `STATSGO_ORDER`.
    """
    value, how = value_of(SOIL_CLASS, divide, tally)
    number = None if value is None else int(value)
    name = other = None
    if number is not None and value == number:
        other = STATSGO_WITHOUT_SOIL.get(number)
        name = None if other else class_of_number(number, "statsgo")
    elif value is not None:
        tally.problems.append(f"{divide.id}: {SOIL_CLASS.column} is {value:g}; expected {SOIL_CLASS.expected}")
        return None
    if name is None and fallback is None and needed and not (how == "given" and value is None):
        why = other or {"null": "NULL", "missing": "missing"}.get(how, "unknown")
        tally.problems.append(
            f"{divide.id}: soil class {why}: no van Genuchten soil stands for it; name one with --soil"
        )
    if needed:
        rule = SOIL_CLASS.rule + (f"; where there is no soil: {fallback}" if fallback else "")
        tally.count("soil", SOIL_CLASS.column, rule, divide.id, how if name or how != "given" else "null")
        key = name or f"{other or how} -> {fallback}"
        tally.classes[key] = tally.classes.get(key, 0) + 1
    return name or fallback


def cfe_values(divide: Divide, fallback: str | None, tally: Tally) -> dict[str, float]:
    """CFE's parameters that the hydrofabric has, in the component's units.

    Parameters
    ----------
    divide : Divide
    fallback : str or None
        Soil class that stands in where there is none.
    tally : Tally
        Gets counts and problems.
    """
    values: dict[str, float] = {}
    # read also where nothing is NULL: a class that is none makes the other attributes doubtful
    own = soil_class(divide, fallback, tally, needed=False) or "loam"
    noah = dict(zip(_NOAH_ORDER, NOAH_SOILS[own], strict=True))
    for attribute in CFE_ATTRIBUTES:
        value, how = value_of(attribute, divide, tally)
        label = f"{attribute.column} [{attribute.unit}]"
        tally.count(attribute.parameter, label, attribute.rule, divide.id, how)
        if value is None:
            value = attribute.default
        if value is None:
            value = noah[attribute.parameter]
        values[attribute.parameter] = value
    return values


def _as_number(raw: Any) -> float | None:
    if isinstance(raw, (bool, bytes)):
        return None
    try:
        value = float(raw)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None
