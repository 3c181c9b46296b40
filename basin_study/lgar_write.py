"""Columns of LGAR as its YAML configuration, and as the block of an ngen realization that runs it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from basin_study.lgar_model import INITIAL_PSI, OPTIONS, TIMES, LgarBase
from basin_study.lgar_space import THICKNESS, layer_of
from cfe_bmi.config_model import CfeConfig
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.config_model import FREE_DRAINAGE, SUBSTEP_METHODS
from lgar_bmi.parameters import FAST_RESERVOIR, PARAMETERS, SLOW_RESERVOIR
from ngen_bmi.soil_parameters import LAYER_PARAMETERS, layer_parameters

_OF_RESERVOIRS = (*FAST_RESERVOIR, *SLOW_RESERVOIR)


def lgar_text(basin: str, column: LgarBase, config: CfeConfig, origin: str) -> str:
    """YAML configuration of a study's column, in full precision.

    Parameters
    ----------
    basin : str
    column : LgarBase
    config : CfeConfig
        Whose unit hydrograph the column has.
    origin : str
        What the values are, for the comment at the head.
    """
    values = column.parameters._asdict()
    units = {v.name: "" if v.unit == "1" else f" {v.unit}" for v in PARAMETERS}
    # preferential flow is not part of a study's column
    top = [name for name in values if name not in (*_OF_RESERVOIRS, "spf_factor")]
    drainage = (OPTIONS.free_drainage, OPTIONS.drainage_to_reservoir)
    lines = [
        f"# {origin}; the unit hydrograph is of {Path(config.source).name}.",
        "model: lgar",
        f"name: {json.dumps(basin)}",
        "",
        "layers:  # from the top",
    ]
    for soil, thickness in zip(column.soils.tolist(), THICKNESS, strict=True):
        fields = ", ".join(
            f"{field}: {value!r}" + ("" if variable.unit == "1" else f" {variable.unit}")
            for field, value, variable in zip(VanGenuchtenSoil._fields, soil, LAYER_PARAMETERS, strict=True)
        )
        lines.append(f"  - {{thickness: {thickness!r} cm, soil: {{{fields}}}}}")
    lines += [
        "",
        f"initial_psi: {INITIAL_PSI!r} cm",
        *(f"{name}: {values[name]!r}{units[name]}" for name in top),
        f"free_drainage: {_word(FREE_DRAINAGE, drainage)}",
        f"giuh_ordinates: [{', '.join(repr(float(share)) for share in config.giuh_ordinates)}]",
        "",
        "reservoirs:",
        *(f"  {name}: {values[name]!r}{units[name]}" for name in _OF_RESERVOIRS),
        "",
        f"substeps: {{method: {_word(SUBSTEP_METHODS, OPTIONS.substeps)}, length: {TIMES.substep!r} s, "
        f"tolerance: {TIMES.tolerance!r} cm}}",
        f"forcing: {{step: {TIMES.step!r} s}}",
    ]
    return "\n".join(lines) + "\n"


def lgar_formulation(init_config: str | Path, model_params: Mapping[str, float]) -> dict[str, Any]:
    """Entry of ``formulations`` in an ngen realization: LGAR with parameters that are set after initialization.

    Parameters
    ----------
    init_config : str or Path
        The configuration; ngen takes a relative path from the folder that it runs in.
    model_params : mapping of str to float
        Values by the names of the component.
    """
    return {
        "name": "bmi_python",
        "params": {
            "model_type_name": "LGAR",
            "python_type": "lgar_bmi.BmiLgar",
            "init_config": str(init_config),
            "main_output_variable": "total_discharge",
            "uses_forcing_file": False,
            "allow_exceed_end_time": True,
            "variables_names_map": {
                "precipitation_rate": "precip_rate",
                "potential_evapotranspiration_rate": "PET",
            },
            "model_params": dict(model_params),
        },
    }


def component_names(names: Iterable[str]) -> dict[str, str]:
    """Names of the component's parameters for those of a space.

    Examples
    --------
    >>> component_names(["ks_2", "frac_slow"])
    {'ks_2': 'hydraulic_conductivity_2', 'frac_slow': 'frac_slow'}
    """
    found = {}
    for name in names:
        place = layer_of(name)
        found[name] = layer_parameters(place[1])[VanGenuchtenSoil._fields.index(place[0])].name if place else name
    return found


def _word(words: Mapping[str, Any], value: Any) -> str:
    return next(word for word, own in words.items() if own == value)
