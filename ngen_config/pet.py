"""PET's configuration of a divide."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ngen_config.attributes import ELEVATION, value_of
from ngen_config.geopackage import ATTRIBUTES, Divide
from ngen_config.place import geographic, point_of
from ngen_config.tally import Tally
from pet_bmi.coefficients import PetParameters
from pet_bmi.config_model import FORMS, LONGWAVE, METHODS, PRESSURE
from pet_bmi.parameters import PARAMETERS, needs_clock, parameters_without_effect
from pet_bmi.state import CALCULATED, PENMAN_MONTEITH, PetOptions

_PLACE = ("latitude", "longitude")


@dataclass(frozen=True)
class PetChoice:
    """What is the same for all divides.

    Attributes
    ----------
    method : str
        One of `pet_bmi.config_model.METHODS`.
    longwave, pressure : str
        ``given`` by the forcing, or ``fao56`` and ``elevation``: calculated.
    start_time : str
        Of the realization.
    """

    method: str
    longwave: str = "given"
    pressure: str = "given"
    start_time: str = ""

    @property
    def options(self) -> PetOptions:
        """The same for the component."""
        return PetOptions(
            method=METHODS[self.method],
            form=FORMS["fao56"],
            longwave=LONGWAVE[self.longwave],
            pressure=PRESSURE[self.pressure],
        )


def pet_text(divide: Divide, srs: int | None, choice: PetChoice, origin: str, tally: Tally) -> str:
    """YAML of PET.

    Parameters
    ----------
    divide : Divide
    srs : int or None
        Coordinate system of the file.
    choice : PetChoice
    origin : str
        For the comment at the head.
    tally : Tally
        Gets counts, and a problem where elevation or place are needed and are not there.
    """
    options = choice.options
    place = place_of(divide, srs, tally) if needs_clock(options) else None
    height = _elevation(divide, tally) if needs_clock(options) or options.pressure == CALCULATED else None
    defaults = PetParameters()
    known = {"elevation": height, "latitude": place and place[0], "longitude": place and place[1]}
    unused = parameters_without_effect(options)
    lines = [
        f"# {origin}; the rest is of ngen-arid configure's defaults.",
        "model: pet",
        f"name: {json.dumps(divide.id)}",
        f"method: {choice.method}",
        *(["form: fao56"] if options.method == PENMAN_MONTEITH else []),
        f"longwave: {choice.longwave}",
        f"pressure: {choice.pressure}",
        "soil_heat: fao56",
        *([f"start_time: {choice.start_time}"] if needs_clock(options) else []),
        "",
        "parameters:",
    ]
    for variable in PARAMETERS:
        if variable.name in unused:
            continue
        value = known.get(variable.name)
        if value is None:
            value = getattr(defaults, variable.name)
        unit = "" if variable.unit == "1" else f" {variable.unit}"
        lines.append(f"  {variable.name}: {float(value)!r}{unit}")
    lines += ["", "forcing: {nan: error, missing_wind: error, negative_radiation: error}"]
    return "\n".join(lines) + "\n"


def place_of(divide: Divide, srs: int | None, tally: Tally) -> tuple[float, float] | None:
    """Latitude and longitude of a divide's centroid, or of the middle of its box; a problem without either."""
    rule = "centroid_x, centroid_y in EPSG:5070, or the middle of the geometry's box"
    point = point_of(divide)
    how = "missing" if point is None else "given" if point.layer == ATTRIBUTES else "null"
    tally.count("latitude, longitude", "centroid_x, centroid_y [m]", rule, divide.id, how)
    if point is None:
        tally.problems.append(f"{divide.id}: no centroid_x, centroid_y and no box: PET needs the place of the divide")
        return None
    try:
        return geographic(divide, point, srs)
    except ValueError as error:
        tally.problems.append(str(error))
        return None


def _elevation(divide: Divide, tally: Tally) -> float | None:
    value, how = value_of(ELEVATION, divide, tally)
    tally.count("elevation", f"{ELEVATION.column} [{ELEVATION.unit}]", ELEVATION.rule, divide.id, how)
    if value is None and how != "given":
        tally.problems.append(f"{divide.id}: {ELEVATION.column} is {how}: PET needs the elevation")
    return value
