"""Write CFE's configuration: as YAML, and as the block of an ngen realization that runs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cfe_bmi.config_model import (
    PARTITIONING,
    SOIL_SCHEMES,
    SURFACE_RUNOFF,
    CfeConfig,
    parameters_without_effect,
)
from cfe_bmi.parameters import PARAMETERS
from cfe_bmi.state import GIUH, NASH


def configuration_text(basin: str, config: CfeConfig, values: Mapping[str, float], origin: str) -> str:
    """YAML configuration of a basin, with the given values of raw parameters, in full precision.

    Nash cascades begin empty. Parameters that the schemes do not use are left out.

    Parameters
    ----------
    basin : str
        Its name.
    config : CfeConfig
        All that is not a parameter.
    values : mapping of str to float
        Every raw parameter that the schemes use, under its name in :data:`cfe_bmi.parameters.PARAMETERS`.
    origin : str
        What the values are, for the comment at the head, such as ``Learned parameters``.
    """
    options = config.options
    lines = [
        f"# {origin}; the rest is of {Path(config.source).name}.",
        "model: cfe",
        f"name: {json.dumps(basin)}",
        f"soil_scheme: {_word(SOIL_SCHEMES, options.soil_scheme)}",
        f"partitioning: {_word(PARTITIONING, options.partitioning)}",
        f"surface_runoff: {_word(SURFACE_RUNOFF, options.surface_runoff)}",
        "",
        "parameters:",
    ]
    unused = parameters_without_effect(options)
    for variable in PARAMETERS:
        if variable.name not in unused:
            unit = "" if variable.unit == "1" else f" {variable.unit}"
            lines.append(f"  {variable.name}: {values[variable.name]!r}{unit}")
    lines += [
        "",
        "initial:  # shares of the maximum storages",
        f"  soil_storage: {config.soil_storage!r}",
        f"  gw_storage: {config.gw_storage!r}",
        "",
        f"nash_subsurface: {{reservoirs: {len(config.lateral)}}}",
    ]
    if options.surface_runoff == NASH:
        lines.append(f"nash_surface: {{reservoirs: {len(config.surface)}, substeps: {options.nash_substeps}}}")
    if options.surface_runoff == GIUH:
        lines.append(f"giuh_ordinates: [{', '.join(repr(float(share)) for share in config.giuh_ordinates)}]")
    policy = config.forcing
    lines += ["", "forcing:", *(f"  {key}: {getattr(policy, key)}" for key in policy.__dataclass_fields__)]
    return "\n".join(lines) + "\n"


def formulation(init_config: str | Path, model_params: Mapping[str, float]) -> dict[str, Any]:
    """Entry of ``formulations`` in an ngen realization: CFE with parameters that are set after initialization.

    Parameters
    ----------
    init_config : str or Path
        The configuration; ngen takes a relative path from the folder that it runs in.
    model_params : mapping of str to float
        Raw values by name.
    """
    return {
        "name": "bmi_python",
        "params": {
            "model_type_name": "CFE",
            "python_type": "cfe_bmi.BmiCfe",
            "init_config": str(init_config),
            "main_output_variable": "Q_OUT",
            "uses_forcing_file": False,
            "allow_exceed_end_time": True,
            "variables_names_map": {"water_potential_evaporation_flux": "PET"},
            "model_params": dict(model_params),
        },
    }


def _word(words: Mapping[str, int], number: int) -> str:
    return next(word for word, value in words.items() if value == number)
