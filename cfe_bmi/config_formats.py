"""Write CFE's configuration as YAML and as NOAA-OWP's text, to the last bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cfe_bmi.config_model import PARTITIONING, SOIL_SCHEMES, SURFACE_RUNOFF, CfeConfig, required_parameters
from cfe_bmi.config_text import _HOUSEKEEPING, _TEXT_NAMES
from cfe_bmi.parameters import PARAMETERS
from cfe_bmi.state import NASH, ODE, SCHAAKE
from ngen_bmi.conversion import Converted, lost_policies, note_on_name, text_line, yaml_quantity, yaml_text
from ngen_bmi.variables import Variable

HOUSEKEEPING = frozenset(_HOUSEKEEPING)
"""Keys of the text that CFE's driver reads and a BMI component has no use for."""

_TEXT_PARTITIONING = {SCHAAKE: "Schaake"}


def as_yaml(config: CfeConfig) -> Converted:
    """Write a configuration as YAML; nothing of it is lost."""
    options = config.options
    document: dict[str, Any] = {
        "model": "cfe",
        "name": config.name,
        "soil_scheme": _word(SOIL_SCHEMES, options.soil_scheme),
        "partitioning": _word(PARTITIONING, options.partitioning),
        "surface_runoff": _word(SURFACE_RUNOFF, options.surface_runoff),
        "rootzone_et": bool(options.rootzone_et),
        "frozen_soil": bool(options.frozen_soil),
        "parameters": {variable.name: yaml_quantity(variable, value) for variable, value in _given(config)},
        "initial": {"soil_storage": config.soil_storage, "gw_storage": config.gw_storage},
        "nash_subsurface": {"reservoirs": len(config.lateral)},
    }
    if any(config.lateral):
        document["initial"]["nash_storage_subsurface"] = {"value": list(config.lateral), "unit": "m"}
    if options.surface_runoff == NASH:
        document["nash_surface"] = {"reservoirs": len(config.surface), "substeps": options.nash_substeps}
        if any(config.surface):
            document["initial"]["nash_storage_surface"] = {"value": list(config.surface), "unit": "m"}
    else:
        document["giuh_ordinates"] = list(config.giuh_ordinates)
    if options.rootzone_et:
        bottoms = {"value": list(config.layer_bottoms), "unit": "m"}
        document["rootzone"] = {"layer_bottoms": bottoms, "supply_layer": config.supply_layer + 1}
    document["forcing"] = {key: getattr(config.forcing, key) for key in config.forcing.__dataclass_fields__}
    document["restore_clock"] = config.restore_clock
    return Converted(yaml_text(("CFE; initial storages are shares of the maxima.",), document))


def as_text(config: CfeConfig, name: str) -> Converted:
    """Write a configuration as text; the order of its lines is one that CFE in C reads.

    Parameters
    ----------
    config : CfeConfig
    name : str
        Name of the file, without its ending.
    """
    options = config.options
    lost = lost_policies(config)
    notes = note_on_name(config.name, name)
    scheme = _TEXT_PARTITIONING.get(options.partitioning, "Xinanjiang")
    lines = ["forcing_file=BMI", f"surface_water_partitioning_scheme={scheme}"]
    if options.soil_scheme == ODE:
        lines.append("soil_scheme=ode")
        notes.append("soil_scheme=ode: CFE in C passes over this line and runs its own scheme")
    if options.surface_runoff == NASH:
        lines.append("surface_runoff_scheme=NASH_CASCADE")
    else:
        lines += ["surface_runoff_scheme=GIUH", text_line("giuh_ordinates", config.giuh_ordinates)]
    lines += [f"is_sft_coupled={options.frozen_soil}", f"is_aet_rootzone={options.rootzone_et}"]
    for variable, value in _given(config):
        lines.append(text_line(_TEXT_NAMES.get(variable.name, (variable.name,))[0], value, variable.unit))
    lines.append(text_line("soil_storage", config.soil_storage))
    lines.append(text_line("gw_storage", config.gw_storage))  # CFE in C wants max_gw_storage before it
    lines.append(f"N_nash_subsurface={len(config.lateral)}")
    if len(config.lateral) > 1:
        lines.append(text_line("nash_storage_subsurface", config.lateral, "m"))
    elif config.lateral[0]:
        lost.append(f"initial.nash_storage_subsurface: {config.lateral[0]!r} m; the text takes no list of one value")
    if options.surface_runoff == NASH:
        lines.append(f"N_nash_surface={len(config.surface)}")
        lines.append(text_line("nash_storage_surface", config.surface, "m"))
        lines.append(f"nsubsteps_nash_surface={options.nash_substeps}")
        if len(config.surface) <= 2 and any(config.surface):
            notes.append("nash_storage_surface: CFE in C takes up to two values for zeros")
    if options.rootzone_et:
        lines.append(text_line("soil_layer_depths", config.layer_bottoms, "m"))
        lines.append(f"max_rootzone_layer={config.supply_layer}")
    return Converted("\n".join(lines) + "\n", tuple(lost), tuple(notes))


def content(config: CfeConfig) -> CfeConfig:
    """Return what two files of one content agree in: all but where it comes from and what was remarked."""
    return replace(config, source="", name="", ignored=(), doubts=())


def _given(config: CfeConfig) -> list[tuple[Variable, float]]:
    """Parameters that a file has to name: the required, and those that are not what they are without being named."""
    required = required_parameters(config.options)
    pairs = zip(PARAMETERS, config.parameters, strict=True)
    return [(v, float(value)) for v, value in pairs if v.name in required or value != (v.default or 0.0)]


def _word(words: Mapping[str, int], number: int) -> str:
    return next(word for word, value in words.items() if value == number)
