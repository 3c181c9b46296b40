"""LGAR configurations in LASAM's ``key=value[unit]`` text.

Read as LGAR-C reads them, with these differences: blanks around keys and values do not matter, a key that LASAM does
not know is a problem, and what has no effect is reported. Besides LASAM's keys there is ``compatibility=lgar-c``.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from hydro_physics.soil_classes import did_you_mean
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.config_model import (
    COMPATIBILITY,
    SUBSTEP,
    LgarConfig,
    checked,
    incomplete_reservoirs,
)
from lgar_bmi.config_text_layers import read_layers, required_numbers
from lgar_bmi.options import ADAPTIVE, CLOSED_FORM, EXACT, FIXED, LGAR_C_SUM, LgarOptions
from lgar_bmi.parameters import FAST_RESERVOIR, PARAMETERS, SLOW_RESERVOIR
from ngen_bmi.column_config import FORCING_STEP, INITIAL_PSI
from ngen_bmi.text_config import TextConfig
from ngen_bmi.unit_hydrograph import scaled_ordinates
from ngen_bmi.variables import Variable

_TEXT_NAMES: dict[str, tuple[str, ...]] = {
    "field_capacity": ("field_capacity_psi",),
    "frac_to_CR": ("frac_to_CR", "frac_to_GW"),
}
"""Names in the text of the parameters that are not called there as they are here."""

_REQUIRED = {"field_capacity", "wilting_point_psi"}
_LOGARITHMS = {"a", "a_slow"}
"""Parameters that log mode takes as logarithms."""

_UNITS_OF_COEFFICIENTS = {
    name: tuple(f"cm^(1-{exponent}){per_hour}" for per_hour in ("/h", " h^-1", " h-1", "/hr"))
    for name, exponent in (("a", "b"), ("a_slow", "b_slow"))
}

_SECONDS = {"s": 1.0, "sec": 1.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hr": 3600.0}
_DAYS = {"d": 86400.0, "day": 86400.0}

_END = Variable("endtime", "s", "parameter", "time at which to end", valid=(1e-3, math.inf))

_WITHOUT_EFFECT = {
    "verbosity": "messages go to the log of the program",
    "forcing_file": "forcing comes through BMI",
    "endtime": "whoever drives the model says how long",
    "calib_params": "parameters can always be set",
    "mbal_tol": "no sub-step may lose water",
}
"""Keys of LASAM that mean nothing here, and why."""

_KEYS = (
    *_WITHOUT_EFFECT,
    *("soil_params_file", "layer_soil_type", "layer_thickness", "initial_psi", "max_valid_soil_types", "timestep"),
    *("forcing_resolution", "field_capacity_psi", "wilting_point_psi", "ponded_depth_max", "giuh_ordinates"),
    *("use_closed_form_G", "adaptive_timestep", "allow_flux_caching", "PET_affects_precip", "free_drainage_enabled"),
    *("free_drainage_to_CR", "log_mode", "sft_coupled", "soil_z", "spf_factor", "frac_to_GW", "compatibility"),
    *FAST_RESERVOIR,
    *SLOW_RESERVOIR,
)


def load_text_config(path: str | Path) -> LgarConfig:
    """Read a text configuration.

    Raises
    ------
    ConfigError
        Naming the file and every problem in it.
    """
    text = TextConfig.read(path)
    given = set(text.pairs)
    log_mode = text.flag("log_mode", ("true", "1"), ("false", "0"))
    options = _options(text)
    names, soils, thickness = read_layers(text, path, log_mode)
    parameters = _parameters(text, log_mode, options)
    initial_psi = text.number(INITIAL_PSI, ("initial_psi",), required=True)
    step = _time(text, "forcing_resolution", FORCING_STEP)
    substep = _time(text, "timestep", SUBSTEP)
    ordinates = _ordinates(text)
    coupled = _switch(text, "sft_coupled")
    nodes = required_numbers(text, "soil_z", "cm") if coupled else text.numbers("soil_z", "cm")
    if nodes and not coupled:
        text.ignored.append("soil_z: has no effect, sft_coupled is not true")
    _without_effect(text, given)
    for key in text.pairs:
        text.problems.append(f"{key}: unknown key{did_you_mean(key, _KEYS)} (LASAM passes over it without a word)")

    config = LgarConfig(
        source=str(path),
        name=Path(path).stem,
        options=options,
        parameters=parameters,
        soils=soils,
        soil_names=names,
        thickness=thickness,
        initial_psi=math.nan if initial_psi is None else initial_psi,
        substep=substep,
        forcing_step=step,
        giuh_ordinates=ordinates,
        temperature_nodes=nodes if coupled else (),
        log_mode=log_mode,
        ignored=tuple(text.ignored),
        doubts=tuple(text.doubts),
    )
    return checked(config, text.problems)


def _options(text: TextConfig) -> LgarOptions:
    lgar_c = text.word(("compatibility",), COMPATIBILITY, 0)
    if _switch(text, "allow_flux_caching"):
        text.ignored.append("allow_flux_caching: has no effect; every step is computed (caching changes results)")
    numeric = LGAR_C_SUM if lgar_c else EXACT
    return LgarOptions(
        capillary_drive=CLOSED_FORM if _switch(text, "use_closed_form_G") else numeric,
        lgar_c=lgar_c,
        free_drainage=int(_switch(text, "free_drainage_enabled")),
        drainage_to_reservoir=int(_switch(text, "free_drainage_to_CR")),
        pet_affects_precipitation=int(_switch(text, "PET_affects_precip")),
        substeps=ADAPTIVE if text.flag("adaptive_timestep", ("true", "1"), ("false", "0")) else FIXED,
    )


def _switch(text: TextConfig, name: str) -> bool:
    return text.flag(name, ("true",), ("false",))


def _parameters(text: TextConfig, log_mode: bool, options: LgarOptions) -> LgarParameters:
    values: dict[str, float] = {}
    found = []
    for variable in PARAMETERS:
        names = _TEXT_NAMES.get(variable.name, (variable.name,))
        given = any(name in text.pairs for name in names)
        if given:
            found.append(variable.name)
        units = _UNITS_OF_COEFFICIENTS.get(variable.name, ())
        logarithm = log_mode and variable.name in _LOGARITHMS
        declared = _logarithm_of(variable) if logarithm else variable
        value = text.number(declared, names, required=variable.name in _REQUIRED, units=units)
        if value is not None:
            values[variable.name] = 10.0**value if logarithm else value
        elif given or variable.default is None or variable.name in _REQUIRED:
            values[variable.name] = math.nan
        else:
            values[variable.name] = variable.default
    text.problems.extend(incomplete_reservoirs(found))
    if "spf_factor" in found and values["frac_to_CR"] == 0.0:
        text.ignored.append("spf_factor: has no effect, frac_to_CR is 0")
    if "frac_slow" in found and values["frac_to_CR"] == 0.0 and not options.drainage_to_reservoir:
        text.ignored.append("frac_slow: has no effect, no water goes to the reservoirs")
    return LgarParameters(**values)


def _logarithm_of(variable: Variable) -> Variable:
    return replace(variable, name=f"log10 of {variable.name}", valid=(-300.0, math.log10(variable.valid[1])))


def _time(text: TextConfig, name: str, variable: Variable, units: dict[str, float] = _SECONDS) -> float:
    """Value in seconds; NaN when missing or not usable, which is then among the problems."""
    taken = text.take(name)
    if taken is None:
        text.problems.append(f"{name}: missing; {variable.meaning} [{', '.join(units)}]")
        return math.nan
    unit = taken[2] or "s"
    if unit not in units:
        text.problems.append(f"{name}: is in [{unit}]; expected one of [{', '.join(units)}]")
        return math.nan
    numbers = text.read_numbers(name, taken[1])
    if len(numbers) != 1:
        if numbers:
            text.problems.append(f"{name}: expected one number, found {taken[1]!r}")
        return math.nan
    seconds = numbers[0] * units[unit]
    problem = variable.problem_with(seconds)
    if problem:
        text.problems.append(f"{name}: {problem}")
        return math.nan
    return seconds


def _ordinates(text: TextConfig) -> tuple[float, ...]:
    ordinates = required_numbers(text, "giuh_ordinates", "1")
    if ordinates == (0.0,):
        text.doubts.append(
            "giuh_ordinates: a single 0 makes LASAM lose all runoff; taken as 1, all of it leaves in the first hour"
        )
        return (1.0,)
    return scaled_ordinates(ordinates, text.problems) if ordinates else (1.0,)


def _without_effect(text: TextConfig, given: set[str]) -> None:
    """Check and report the keys of LASAM that mean nothing here."""
    if "endtime" in given:
        _time(text, "endtime", _END, _SECONDS | _DAYS)
    if "verbosity" in given:
        text.word(("verbosity",), {"none": 0, "low": 1, "high": 2}, 0)
    _switch(text, "calib_params")
    text.number(
        Variable("mbal_tol", "cm", "parameter", "tolerance", valid=(0.0, math.inf)), ("mbal_tol",), required=False
    )
    forcing = text.take("forcing_file")
    for key, reason in _WITHOUT_EFFECT.items():
        if key in given and not (key == "forcing_file" and forcing is not None and forcing[1] == "BMI"):
            text.ignored.append(f"{key}: has no effect, {reason}")
