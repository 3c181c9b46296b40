"""What a report says besides the attributes: choices and constants."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cfe_bmi.parameters import PARAMETERS as CFE_PARAMETERS
from ngen_config import cfe, lgar
from ngen_config.forcing import Forcing
from ngen_config.pet import PetChoice
from ngen_config.realization import MODELS
from ngen_config.report import in_one_line

if TYPE_CHECKING:
    from ngen_config.request import Request


def constants_of(request: Request, choice: PetChoice | None) -> dict[str, str]:
    """Parameters and choices that are the same for every divide."""
    found: dict[str, str] = {}
    if MODELS[request.model] == "cfe":
        units = {variable.name: variable.unit for variable in CFE_PARAMETERS}
        found |= {name: f"{value:g} {units[name]}".removesuffix(" 1") for name, value in cfe.CONSTANTS.items()}
        found |= {"initial.soil_storage": f"{request.soil_storage:g}", "initial.gw_storage": f"{request.gw_storage:g}"}
        found |= {"partitioning": "schaake", "surface_runoff": "giuh", "nash_subsurface.reservoirs": "2"}
    else:
        found["layers"] = "as the textures say" if request.textures is not None else f"one, {lgar.DEPTH:g} cm"
        found |= {name: f"{value:g} cm" for name, value in lgar.COLUMN.items()}
        found |= {"initial_psi": f"{request.initial_psi:g} cm", "free_drainage": "none", "substeps": "adaptive, 300 s"}
        found["reservoirs"] = "none"
    if choice is not None:
        found |= {"pet.albedo": "0.23", "pet.wind_height": "10 m", "pet (others)": "the component's defaults"}
    return found


def facts_of(
    request: Request,
    forcing: Forcing | None,
    choice: PetChoice | None,
    evaporation: str | None,
    rain: str,
    start: str,
    end: str,
) -> list[str]:
    """What was asked for and what was found in the forcing, a line each."""
    facts = [f"{request.model} for the divides of {in_one_line(Path(request.geopackage).name)}, {start} to {end}"]
    if MODELS[request.model] == "lgar" and request.textures is None:
        facts.append(f"One soil for each divide: its commonest class, with the mean of {request.soil_table}")
    facts.append(f"Rain: {rain}" + ("" if forcing else " (no forcing was given: its name is assumed)"))
    if choice is None:
        facts.append(f"Potential evapotranspiration: {evaporation} of the forcing")
        return facts
    facts.append(f"Potential evapotranspiration: PET, {choice.method}")
    for name, how in (("longwave", choice.longwave), ("pressure", choice.pressure)):
        facts.append(f"  {name}: {how}" + ("" if how == "given" else ", since the forcing has none"))
    return facts
