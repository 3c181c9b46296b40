"""Write LGAR's configuration as YAML and as LASAM's text with its soil file, to the last bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.config_model import (
    CAPILLARY_DRIVES,
    COMPATIBILITY,
    FREE_DRAINAGE,
    INFILTRATION,
    SUBSTEP_METHODS,
    TOLERANCE,
    LgarConfig,
)
from lgar_bmi.config_text import _TEXT_NAMES
from lgar_bmi.config_text_layers import MOST_SOIL_TYPES
from lgar_bmi.options import ADAPTIVE, CLOSED_FORM, EXACT, GREEN_AMPT, LGAR_C_SUM
from lgar_bmi.parameters import FAST_RESERVOIR, PARAMETERS, SLOW_RESERVOIR
from ngen_bmi.conversion import Converted, lost_policies, note_on_name, text_line, yaml_quantity, yaml_text
from ngen_bmi.soil_layers import OWN_VALUES
from ngen_bmi.soil_parameters import COLUMN_PARAMETERS

_SOIL_UNITS = {"alpha": "cm-1", "ks": "cm h-1"}
_LOG_MODE = (
    "log_mode: YAML has values, never their logarithms: alpha, Ks, a and a_slow are written as values, and have to be "
    "set as values from now on"
)


def as_yaml(config: LgarConfig) -> Converted:
    """Write a configuration as YAML, with the numbers of its soils instead of a table."""
    options = config.options
    document: dict[str, Any] = {
        "model": "lgar",
        "name": config.name,
        "layers": [
            {"soil": _soil(soil), "thickness": f"{thickness!r} cm"}
            for soil, thickness in zip(config.soils, config.thickness, strict=True)
        ],
        "initial_psi": f"{config.initial_psi!r} cm",
    }
    values = dict(zip((variable.name for variable in PARAMETERS), config.parameters, strict=True))
    for variable in COLUMN_PARAMETERS:
        document[variable.name] = yaml_quantity(variable, float(values[variable.name]))
    named = _reservoirs(values)
    if named:
        document["reservoirs"] = named
    document |= {
        "capillary_drive": _word(CAPILLARY_DRIVES, options.capillary_drive),
        "infiltration": _word(INFILTRATION, options.infiltration),
        "compatibility": _word(COMPATIBILITY, options.lgar_c),
        "free_drainage": _word(FREE_DRAINAGE, (options.free_drainage, options.drainage_to_reservoir)),
        "pet_affects_precipitation": bool(options.pet_affects_precipitation),
        "substeps": {"method": _word(SUBSTEP_METHODS, options.substeps), "length": f"{config.substep!r} s"},
        "giuh_ordinates": list(config.giuh_ordinates),
    }
    if options.substeps == ADAPTIVE:
        document["substeps"]["tolerance"] = f"{config.tolerance!r} cm"
    if config.moisture_depths:
        document["outputs"] = {"moisture_depths": {"value": list(config.moisture_depths), "unit": "cm"}}
    if config.temperature_nodes:
        document["frozen_soil"] = {"temperature_nodes": {"value": list(config.temperature_nodes), "unit": "cm"}}
    policy = {key: getattr(config.forcing, key) for key in config.forcing.__dataclass_fields__}
    document["forcing"] = {"step": f"{config.forcing_step!r} s"} | policy
    document["restore_clock"] = config.restore_clock
    comment = f"LGAR; soils from the top: {', '.join(' '.join(name.split()) for name in config.soil_names)}."
    return Converted(yaml_text((comment,), document), (_LOG_MODE,) if config.log_mode else ())


def as_text(config: LgarConfig, name: str) -> Converted:
    """Write a configuration as LASAM's text, with a soil file beside it.

    Parameters
    ----------
    config : LgarConfig
    name : str
        Name of the file, without its ending; the soil file is called after it.
    """
    options = config.options
    lost = [*lost_policies(config), *_lost_options(config)]
    notes = [
        *note_on_name(config.name, name),
        "endtime: LASAM wants one; 36500 days are written, and have no effect here",
        "soil_params_file: LASAM looks for it from its working directory, ngen-arid beside the configuration too",
    ]
    if options.substeps != ADAPTIVE and config.tolerance != TOLERANCE.default:
        notes.append("substeps.tolerance: has no effect with fixed sub-steps")
    soils = [
        (f"layer_{layer}" if soil_name == OWN_VALUES else "_".join(soil_name.split()), soil)
        for layer, (soil_name, soil) in enumerate(zip(config.soil_names, config.soils, strict=True), start=1)
    ]
    rows = list(dict.fromkeys(soils))
    if len(rows) > MOST_SOIL_TYPES:
        lost.append(f"layers: {len(rows)} soils; LASAM takes {MOST_SOIL_TYPES}")
    if any(" " in soil_name for soil_name in config.soil_names if soil_name != OWN_VALUES):
        notes.append("names of soils: blanks become underscores, LASAM does not read them")
    soil_file = f"{name}_soils.dat"
    values = dict(zip((variable.name for variable in PARAMETERS), config.parameters, strict=True))
    lines = [
        "verbosity=none",
        "forcing_file=BMI",
        f"soil_params_file={soil_file}",
        text_line("layer_thickness", config.thickness, "cm"),
        f"layer_soil_type={','.join(str(rows.index(soil) + 1) for soil in soils)}",
        f"max_valid_soil_types={len(rows)}",
        text_line("initial_psi", config.initial_psi, "cm"),
        text_line("timestep", config.substep, "s"),
        text_line("forcing_resolution", config.forcing_step, "s"),
        "endtime=36500[d]",
        text_line("giuh_ordinates", config.giuh_ordinates),
        f"use_closed_form_G={_switch(options.capillary_drive == CLOSED_FORM)}",
        f"adaptive_timestep={_switch(options.substeps == ADAPTIVE)}",
        f"PET_affects_precip={_switch(options.pet_affects_precipitation)}",
        f"free_drainage_enabled={_switch(options.free_drainage)}",
        f"free_drainage_to_CR={_switch(options.drainage_to_reservoir)}",
        f"log_mode={_switch(False)}",
        f"sft_coupled={_switch(bool(config.temperature_nodes))}",
    ]
    if config.temperature_nodes:
        lines.append(text_line("soil_z", config.temperature_nodes, "cm"))
    for variable in COLUMN_PARAMETERS:
        key = _TEXT_NAMES.get(variable.name, (variable.name,))[0]
        lines.append(text_line(key, float(values[variable.name]), variable.unit))
    lines += [text_line(key, value) for key, value in _reservoirs(values).items()]
    if options.lgar_c:
        lines.append("compatibility=lgar-c")
    else:
        notes.append("LGAR-C itself runs with the faults that docs/differences.md lists")
    header = '"name" theta_r theta_e alpha(cm^-1) n Ks(cm/h)\n'
    table = header + "".join(f'"{soil_name}" {" ".join(map(repr, soil))}\n' for soil_name, soil in rows)
    return Converted("\n".join(lines) + "\n", tuple(lost), tuple(notes), ((soil_file, table),))


def content(config: LgarConfig) -> LgarConfig:
    """Return what two files of one content agree in: all but where it comes from, names, and what was remarked.

    A tolerance that has no effect, and whether a file holds logarithms, are not part of it.
    """
    tolerance = config.tolerance if config.options.substeps == ADAPTIVE else 1e-3
    return replace(
        config, source="", name="", soil_names=(), tolerance=tolerance, log_mode=False, ignored=(), doubts=()
    )


def _lost_options(config: LgarConfig) -> list[str]:
    options = config.options
    lost = []
    numeric = LGAR_C_SUM if options.lgar_c else EXACT
    if options.capillary_drive not in (CLOSED_FORM, numeric):
        lost.append(
            f"capillary_drive: {_word(CAPILLARY_DRIVES, options.capillary_drive)}; there it is "
            f"{_word(CAPILLARY_DRIVES, numeric)} or closed_form"
        )
    if options.infiltration != GREEN_AMPT:
        lost.append(f"infiltration: {_word(INFILTRATION, options.infiltration)}; there it is green_ampt")
    if options.substeps == ADAPTIVE and config.tolerance != TOLERANCE.default:
        lost.append(f"substeps.tolerance: {config.tolerance!r} cm; there it is {TOLERANCE.default!r} cm")
    if config.moisture_depths:
        lost.append("outputs.moisture_depths: there they cannot be asked for")
    return lost


def _reservoirs(values: Mapping[str, float]) -> dict[str, float]:
    """Parameters of the reservoirs that have to be named; those of one reservoir go together."""
    defaults = {variable.name: variable.default for variable in PARAMETERS}
    named: dict[str, float] = {}
    for group in (("spf_factor",), FAST_RESERVOIR, SLOW_RESERVOIR):
        if any(values[name] != defaults[name] for name in group):
            named |= {name: float(values[name]) for name in group}
    return named


def _soil(soil: VanGenuchtenSoil) -> dict[str, float | str]:
    return {
        name: f"{value!r} {_SOIL_UNITS[name]}" if name in _SOIL_UNITS else value
        for name, value in soil._asdict().items()
    }


def _switch(on: bool | int) -> str:
    return "true" if on else "false"


def _word(words: Mapping[str, Any], value: Any) -> str:
    return next(word for word, meant in words.items() if meant == value)
