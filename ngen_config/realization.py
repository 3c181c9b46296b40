"""The realization that runs what was configured."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cfe_bmi.variables
import lgar_bmi.variables
import pet_bmi.variables
from ngen_bmi.variables import Variable
from ngen_config.forcing import Forcing
from ngen_config.pet import PetChoice

MODELS = {"cfe_classic": "cfe", "cfe_ode": "cfe", "lgar": "lgar"}
"""Models by name -> folder of their configurations."""

PET_OUTPUT = "water_potential_evaporation_flux"
MAIN = {"cfe": "Q_OUT", "lgar": "total_discharge"}
_CLASSES = {"cfe": "cfe_bmi.BmiCfe", "lgar": "lgar_bmi.BmiLgar"}
_RAIN = {"cfe": "atmosphere_water__liquid_equivalent_precipitation_rate", "lgar": "precipitation_rate"}
_PET = {"cfe": PET_OUTPUT, "lgar": "potential_evapotranspiration_rate"}
_OUTPUTS = {
    "cfe": (
        "RAIN_RATE",
        "POTENTIAL_ET",
        "ACTUAL_ET",
        "INFILTRATION_EXCESS",
        "DIRECT_RUNOFF",
        "NASH_LATERAL_RUNOFF",
        "DEEP_GW_TO_CHANNEL_FLUX",
        "SOIL_TO_GW_FLUX",
        "SOIL_STORAGE",
        "GW_STORAGE",
        "Q_OUT",
    ),
    "lgar": (
        "precipitation",
        "potential_evapotranspiration",
        "actual_evapotranspiration",
        "infiltration",
        "surface_runoff",
        "giuh_runoff",
        "percolation",
        "soil_storage",
        "ponded_depth",
        "soil_num_wetting_fronts",
        "total_discharge",
    ),
}


def realization(
    model: str, rain: str, evaporation: str | None, forcing: Forcing | None, folder: Path, start: str, end: str
) -> dict[str, Any]:
    """Document of a realization; its paths begin at the folder that it is in.

    Parameters
    ----------
    model : str
        One of `MODELS`.
    rain : str
        Its name in the forcing.
    evaporation : str or None
        Name of potential evapotranspiration in the forcing; None: PET calculates it.
    forcing : Forcing or None
        None: CSV files in ``./forcing``.
    folder : Path
        Where the realization will be.
    start, end : str
        First and last hour.
    """
    kind = MODELS[model]
    names = {_RAIN[kind]: rain}
    if (evaporation or PET_OUTPUT) != _PET[kind]:
        names[_PET[kind]] = evaporation or PET_OUTPUT
    outputs = list(_OUTPUTS[kind])
    component = _module(model.upper(), _CLASSES[kind], f"./{kind}/{{{{id}}}}.yml", MAIN[kind])
    component["params"]["variables_names_map"] = names
    component["params"]["mass_balance"] = {"check": True, "tolerance": 1e-9, "fatal": True, "frequency": 1}
    if evaporation is None:
        pet = _module("PET", "pet_bmi.BmiPet", "./pet/{{id}}.yml", PET_OUTPUT)
        outputs.insert(1, PET_OUTPUT)
        formulation = {
            "name": "bmi_multi",
            "params": {
                "model_type_name": f"PET_{model.upper()}",
                "init_config": "",
                "main_output_variable": MAIN[kind],
                "uses_forcing_file": False,
                "allow_exceed_end_time": True,
                "output_variables": outputs,
                "modules": [pet, component],
            },
        }
    else:
        component["params"]["output_variables"] = outputs
        formulation = component
    return {
        "global": {"formulations": [formulation], "forcing": _forcing(forcing, folder)},
        "time": {"start_time": start, "end_time": end, "output_interval": 3600},
        "output": {"root": "./outputs/"},
    }


def inputs_of(model: str, rain: str, evaporation: str | None, choice: PetChoice | None) -> dict[str, Variable]:
    """Which input of a component every variable of the forcing becomes.

    Parameters
    ----------
    model : str
        One of `MODELS`.
    rain : str
        Its name in the forcing.
    evaporation : str or None
        Name of potential evapotranspiration in the forcing; None: PET calculates it.
    choice : PetChoice or None

    Returns
    -------
    dict
        Name in the forcing -> input, with the range that the component accepts.
    """
    kind = MODELS[model]
    table = {"cfe": cfe_bmi.variables.INPUTS, "lgar": lgar_bmi.variables.INPUTS}[kind]
    known = {variable.name: variable for variable in table}
    found = {rain: known[_RAIN[kind]]}
    if evaporation is not None:
        found[evaporation] = known[_PET[kind]]
    if choice is not None:
        used = pet_bmi.variables.used_inputs(choice.options)
        found |= {variable.name: variable for variable in pet_bmi.variables.INPUTS if variable.name in used}
    return found


def _module(name: str, python_type: str, init_config: str, main: str) -> dict[str, Any]:
    return {
        "name": "bmi_python",
        "params": {
            "model_type_name": name,
            "python_type": python_type,
            "init_config": init_config,
            "main_output_variable": main,
            "uses_forcing_file": False,
            "allow_exceed_end_time": True,
        },
    }


def _forcing(forcing: Forcing | None, folder: Path) -> dict[str, str]:
    if forcing is None:
        return {"file_pattern": "{{id}}.csv", "path": "./forcing/", "provider": "CsvPerFeature"}
    try:
        path = Path(os.path.relpath(forcing.path.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        path = forcing.path.resolve().as_posix()
    if not forcing.pattern:
        return {"path": path, "provider": "NetCDF"}
    return {"file_pattern": forcing.pattern, "path": f"{path}/", "provider": "CsvPerFeature"}
