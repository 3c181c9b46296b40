"""The table that declares the parameters, and the judgement of their values."""

from __future__ import annotations

from ngen_bmi.variables import Variable
from pet_bmi.coefficients import PetParameters
from pet_bmi.state import AERODYNAMIC, CALCULATED, COMBINATION, PENMAN_MONTEITH, RESISTANCES, PetOptions
from pet_bmi.wind import DISPLACEMENT, MOMENTUM_ROUGHNESS

_FAO = "Allen et al. (1998)"
_CHOW = "Chow et al. (1988)"


def _parameter(name: str, unit: str, meaning: str, **rest: object) -> Variable:
    default = PetParameters._field_defaults[name]
    return Variable(name, unit, "parameter", meaning, default=default, **rest)  # type: ignore[arg-type]


PARAMETERS: tuple[Variable, ...] = (
    _parameter(
        "albedo",
        "1",
        "shortwave radiation that is reflected, as a share",
        valid=(0.0, 1.0),
        calibration=(0.05, 0.4),
        source=_FAO,
    ),
    _parameter(
        "emissivity",
        "1",
        "longwave emissivity of the surface; without effect on calculated longwave radiation",
        valid=(0.5, 1.0),
        calibration=(0.9, 1.0),
    ),
    _parameter("wind_height", "m", "height above ground of the wind", valid=(0.2, 200.0), source="AORC: 10 m"),
    _parameter(
        "humidity_height",
        "m",
        "height above ground of temperature and humidity",
        valid=(0.2, 200.0),
        source="AORC: 2 m",
    ),
    _parameter(
        "vegetation_height",
        "m",
        "height of the vegetation, for Penman-Monteith with resistances",
        valid=(1e-3, 100.0),
        calibration=(0.05, 2.0),
        source=_FAO,
    ),
    _parameter(
        "roughness_height",
        "m",
        "roughness of the surface, for the aerodynamic and combination methods; the default is open water's",
        valid=(1e-6, 10.0),
        calibration=(1e-4, 0.1),
        source=_CHOW,
    ),
    _parameter(
        "surface_resistance",
        "s m-1",
        "resistance of the vegetation, for Penman-Monteith with resistances",
        valid=(0.0, 1e4),
        calibration=(0.0, 300.0),
        source=_FAO,
    ),
    _parameter(
        "priestley_taylor_alpha",
        "1",
        "evaporation over its radiative term",
        valid=(0.0, 5.0),
        calibration=(1.0, 1.8),
        source="Priestley and Taylor (1972)",
    ),
    _parameter(
        "default_wind",
        "m s-1",
        "wind 2 m above grass where the wind is missing and that is allowed",
        valid=(0.0, 50.0),
        calibration=(0.5, 8.0),
        source=_FAO,
    ),
    _parameter("elevation", "m", "elevation above sea level", valid=(-500.0, 9000.0)),
    _parameter("latitude", "degree", "latitude, positive north", valid=(-90.0, 90.0)),
    _parameter("longitude", "degree", "longitude, positive east", valid=(-180.0, 360.0)),
    _parameter(
        "initial_clearness",
        "1",
        "shortwave radiation as a share of a clear sky's before the sun has shown it",
        valid=(0.33, 1.0),
        source=_FAO,
    ),
)
"""Parameters, in the order of :class:`pet_bmi.coefficients.PetParameters`."""


def required_parameters(options: PetOptions) -> set[str]:
    """Names of the parameters that a configuration has to give."""
    required = set()
    if options.pressure == CALCULATED:
        required.add("elevation")
    if needs_clock(options):
        required |= {"elevation", "latitude", "longitude"}
    return required


def needs_clock(options: PetOptions) -> bool:
    """Say whether the equations depend on the time of day and year."""
    return options.longwave == CALCULATED and options.method != AERODYNAMIC


def needs_wind(options: PetOptions) -> bool:
    """Say whether the method asks for wind."""
    return options.method in (AERODYNAMIC, COMBINATION, PENMAN_MONTEITH)


def parameters_without_effect(options: PetOptions) -> set[str]:
    """Names of the parameters that the options do not use."""
    used = required_parameters(options)
    if options.method != AERODYNAMIC:
        used |= {"albedo"} if options.longwave == CALCULATED else {"albedo", "emissivity"}
    if needs_clock(options):
        used.add("initial_clearness")
    if needs_wind(options):
        used.add("wind_height")
        if options.missing_wind:
            used.add("default_wind")
    if options.method == PENMAN_MONTEITH:
        if options.form == RESISTANCES:
            used |= {"humidity_height", "vegetation_height", "surface_resistance"}
    elif options.method in (AERODYNAMIC, COMBINATION):
        used |= {"humidity_height", "roughness_height"}
    else:
        used |= {"priestley_taylor_alpha"} if options.method != 1 else set()
    return {variable.name for variable in PARAMETERS} - used


def problems_of(p: PetParameters, options: PetOptions) -> list[str]:
    """Say why the equations have no meaning with these values; empty when they have."""
    problems = [
        problem for variable, value in zip(PARAMETERS, p, strict=True) if (problem := variable.problem_with(value))
    ]
    lowest = min(p.wind_height, p.humidity_height)
    if options.method == PENMAN_MONTEITH and options.form == RESISTANCES:
        # both logarithms have to be positive: that of momentum, whose roughness is the larger, decides
        least = (DISPLACEMENT + MOMENTUM_ROUGHNESS) * p.vegetation_height
        if not lowest > least:
            problems.append(
                f"vegetation_height = {p.vegetation_height:g} m: wind_height and humidity_height, {p.wind_height:g} "
                f"and {p.humidity_height:g} m, have to be above {least:g} m, displacement and roughness of the "
                "vegetation"
            )
    if options.method in (AERODYNAMIC, COMBINATION) and not lowest > p.roughness_height:
        problems.append(
            f"roughness_height = {p.roughness_height:g} m has to be below wind_height and humidity_height, "
            f"{p.wind_height:g} and {p.humidity_height:g} m"
        )
    return problems


def warnings_about(p: PetParameters, options: PetOptions) -> list[str]:
    """List values that are allowed but seldom meant, of parameters that have an effect."""
    unused = parameters_without_effect(options)
    return [
        warning
        for variable, value in zip(PARAMETERS, p, strict=True)
        if variable.name not in unused and (warning := variable.warning_about(value))
    ]
