"""Configurations in YAML."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from ngen_bmi.config import Section, load_yaml
from ngen_bmi.errors import ConfigError
from ngen_bmi.variables import Variable
from pet_bmi.clock import utc
from pet_bmi.coefficients import PetParameters
from pet_bmi.config_model import (
    FORMS,
    LONGEST_STEP_S,
    LONGWAVE,
    METHODS,
    PRESSURE,
    SHORTEST_STEP_S,
    SOIL_HEAT,
    PetConfig,
    checked,
)
from pet_bmi.forcing_policy import WeatherPolicy
from pet_bmi.parameters import PARAMETERS, needs_clock, parameters_without_effect, required_parameters
from pet_bmi.state import PENMAN_MONTEITH, PetOptions

TIME_STEP = Variable(
    "time_step",
    "s",
    "parameter",
    "length of a step",
    default=3600.0,
    valid=(float(SHORTEST_STEP_S), float(LONGEST_STEP_S)),
)


def load_yaml_config(path: str | Path) -> PetConfig:
    """Read a YAML configuration (``docs/pet.md`` has the keys).

    Raises
    ------
    ConfigError
        Naming the file and every problem in it.
    """
    problems: list[str] = []
    top = Section(load_yaml(path), problems)
    top.choice("model", ("pet",), "pet")
    policy = WeatherPolicy.read(top.section("forcing"))
    options = _options(top, policy)
    ignored = []
    if top.has("form") and options.method != PENMAN_MONTEITH:
        ignored.append("form: has no effect with the chosen method")

    given = top.section("parameters")
    required = required_parameters(options)
    unused = parameters_without_effect(options)
    values: dict[str, float] = {}
    for variable in PARAMETERS:
        value = given.quantity(variable, required=variable.name in required)
        if value is not None and variable.name in unused:
            ignored.append(f"parameters.{variable.name}: has no effect with the chosen method and options")
        values[variable.name] = (variable.default or 0.0) if value is None else value
    given.finish()

    start_time = _start_time(top)
    if start_time is not None and not needs_clock(options):
        ignored.append("start_time: has no effect, since nothing depends on the position of the sun")
    time_step_s = top.value(TIME_STEP)
    restore_clock = top.flag("restore_clock")
    name = top.text("name", Path(path).stem)
    top.finish()

    if problems:
        raise ConfigError(path, problems)
    return checked(
        PetConfig(
            source=str(path),
            name=name,
            options=options,
            parameters=PetParameters(**values),
            start_time=start_time,
            time_step_s=time_step_s,
            forcing=policy,
            restore_clock=restore_clock,
            ignored=tuple(ignored),
        )
    )


def _options(top: Section, policy: WeatherPolicy) -> PetOptions:
    return PetOptions(
        method=METHODS[top.choice("method", tuple(METHODS))],
        form=FORMS[top.choice("form", tuple(FORMS), "fao56")],
        longwave=LONGWAVE[top.choice("longwave", tuple(LONGWAVE), "given")],
        pressure=PRESSURE[top.choice("pressure", tuple(PRESSURE), "given")],
        soil_heat=SOIL_HEAT[top.choice("soil_heat", tuple(SOIL_HEAT), "fao56")],
        missing_wind=int(policy.missing_wind == "default"),
    )


def _start_time(top: Section) -> datetime | None:
    """Start time, which YAML reads as a time if it has no quotes."""
    top.used.add("start_time")
    value = top.content.get("start_time")
    if value is None:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
    try:
        return utc(value.isoformat() if isinstance(value, date) else value)
    except (TypeError, ValueError):
        top.problems.append(f"start_time: expected a time like 2015-12-01 00:00:00, found {value!r}")
        return None
