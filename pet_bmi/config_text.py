"""Configurations of NOAA-OWP's evapotranspiration module, in ``key=value`` text.

The order of the lines does not matter and blanks around values do not; what has no effect is reported, and unknown keys
are refused. ``docs/pet.md`` says in what the results differ from the module's.
"""

from __future__ import annotations

import re
from pathlib import Path

from ngen_bmi.errors import ConfigError
from ngen_bmi.text_config import TextConfig
from ngen_bmi.variables import Variable
from pet_bmi.coefficients import PetParameters
from pet_bmi.config_model import LONGEST_STEP_S, SHORTEST_STEP_S, PetConfig, checked
from pet_bmi.parameters import PARAMETERS, parameters_without_effect
from pet_bmi.state import PENMAN_MONTEITH, PetOptions

_TEXT_NAMES: dict[str, tuple[str, ...]] = {
    "albedo": ("surface_shortwave_albedo",),
    "emissivity": ("surface_longwave_emissivity",),
    "wind_height": ("wind_speed_measurement_height_m",),
    "humidity_height": ("humidity_measurement_height_m",),
    # the module divides heights by it under a logarithm, where Chow et al. have the roughness
    "roughness_height": ("zero_plane_displacement_height_m",),
    "elevation": ("site_elevation_m",),
    "latitude": ("latitude_degrees",),
    "longitude": ("longitude_degrees",),
}

_WITHOUT_EFFECT = {
    "momentum_transfer_roughness_length_m": "follows from the vegetation",
    "momentum_transfer_roughness_length": "follows from the vegetation",
    "heat_transfer_roughness_length_m": "follows from the vegetation",
    "heat_transfer_roughness_length": "follows from the vegetation",
    "cloud_base_height_known": "shortwave radiation is an input",
    "shortwave_radiation_provided": "shortwave radiation is always an input",
    "yes_wrf": "forcing comes through BMI",
}
"""Keys that are read and not used, and why."""

_HOUSEKEEPING = ("verbose", "run_unit_tests", "num_timesteps")

_GRASS_M = 0.12


def load_text_config(path: str | Path) -> PetConfig:
    """Read a text configuration.

    Raises
    ------
    ConfigError
        Naming the file and every problem in it.
    """
    text = TextConfig.read(path)
    problems = text.problems
    method = text.word(("pet_method",), {str(number): number for number in range(1, 6)}, None)
    options = PetOptions(method=method)
    unused = parameters_without_effect(options)
    values: dict[str, float] = {}
    for variable in PARAMETERS:
        names = _TEXT_NAMES.get(variable.name, ())
        given = [name for name in names if name in text.pairs]
        value = _number(text, variable, names)
        if given and variable.name in unused:
            text.ignored.append(f"{given[0]}: has no effect with the chosen method")
        values[variable.name] = (variable.default or 0.0) if value is None else value
    _vegetation(text, method)
    step_s = text.integer("time_step_size_s", 3600, SHORTEST_STEP_S, LONGEST_STEP_S)

    aorc = text.take("yes_aorc")
    if aorc is not None and aorc[1] not in ("1", "1.0"):
        problems.append("yes_aorc: expected 1: forcing is AORC's, through BMI; without it the module has no radiation")
    source = text.take("forcing_file")
    if source is not None and source[1] != "BMI":
        text.doubts.append(f"forcing_file: {source[1]!r} is not read, forcing comes through BMI")
    for key, reason in _WITHOUT_EFFECT.items():
        if text.take(key) is not None:
            text.ignored.append(f"{key}: has no effect, {reason}")
    text_keys = set(text.pairs) - set(_HOUSEKEEPING)
    problems += [f"{key}: unknown key; known: {', '.join(known_keys())}" for key in sorted(text_keys)]
    if problems:
        raise ConfigError(path, problems)
    return checked(
        PetConfig(
            source=str(path),
            name=Path(path).stem,
            options=options,
            parameters=PetParameters(**values),
            time_step_s=float(step_s),
            ignored=tuple(text.ignored),
            doubts=tuple(text.doubts),
        )
    )


def known_keys() -> list[str]:
    """All keys of the text."""
    named = [name for names in _TEXT_NAMES.values() for name in names]
    others = ("pet_method", "vegetation_height_m", "time_step_size_s", "yes_aorc", "forcing_file")
    return sorted({*named, *_WITHOUT_EFFECT, *_HOUSEKEEPING, *others})


def _number(text: TextConfig, variable: Variable, names: tuple[str, ...]) -> float | None:
    """Value of a parameter; the module's 0 for an unknown height is no height."""
    for name in names:
        pair = text.pairs.get(name)
        if pair is not None and name.endswith("height_m") and re.fullmatch(r"[+-]?0*(\.0*)?", pair[0]) and pair[0]:
            text.pairs.pop(name)
            text.doubts.append(f"{name}: 0 stands for the default, {variable.default:g} m")
            return None
    return text.number(variable, names, required=False)


def _vegetation(text: TextConfig, method: int) -> None:
    """Take the height of the vegetation, which the reference grass does not have."""
    variable = next(variable for variable in PARAMETERS if variable.name == "vegetation_height")
    given = "vegetation_height_m" in text.pairs
    height = _number(text, variable, ("vegetation_height_m",))
    if given:
        text.ignored.append("vegetation_height_m: has no effect, Penman-Monteith is for the reference grass of FAO-56")
    if height is not None and height != _GRASS_M and method == PENMAN_MONTEITH:
        text.doubts.append(
            f"vegetation_height_m: {height:g} m is not the reference grass's {_GRASS_M:g} m; for another vegetation "
            "write a YAML configuration with form: resistances"
        )
