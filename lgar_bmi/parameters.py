"""The tables that declare LGAR's parameters, and the judgement of their values."""

from __future__ import annotations

from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.coefficients import LgarParameters
from ngen_bmi.soil_parameters import (
    COLUMN_PARAMETERS,
    problems_of_soils,
    problems_of_suctions,
    problems_of_value,
    warnings_about_soils,
)
from ngen_bmi.soil_parameters import TESTED as _TESTED
from ngen_bmi.variables import Variable


def _parameter(name: str, unit: str, meaning: str, **rest: object) -> Variable:
    return Variable(name, unit, "parameter", meaning, **rest)  # type: ignore[arg-type]


PARAMETERS: tuple[Variable, ...] = (
    *COLUMN_PARAMETERS,
    _parameter(
        "spf_factor",
        "1",
        "share of the natural saturation of the top layer from which on water goes to the reservoirs",
        default=0.98,
        valid=(0.0, 1.0),
        calibration=(0.1, 1.0),
        source=_TESTED,
    ),
    _parameter(
        "frac_to_CR",
        "1",
        "share of rain and ponded water that then goes to the reservoirs",
        default=0.0,
        valid=(0.0, 1.0),
        calibration=(0.0, 1.0),
        aliases=("frac_to_GW",),
        source=_TESTED,
    ),
    _parameter(
        "a",
        "1",
        "coefficient of the outflow of the fast reservoir, in cm^(1-b)/h",
        default=0.0,
        valid=(0.0, 1e3),
        calibration=(1e-8, 0.1),
        source=_TESTED,
    ),
    _parameter(
        "b",
        "1",
        "exponent of the outflow of the fast reservoir",
        default=0.0,
        valid=(0.0, 20.0),
        calibration=(0.01, 5.0),
        source=_TESTED,
    ),
    _parameter(
        "a_slow",
        "1",
        "coefficient of the outflow of the slow reservoir, in cm^(1-b_slow)/h",
        default=0.0,
        valid=(0.0, 1e3),
        calibration=(1e-8, 0.1),
        source=_TESTED,
    ),
    _parameter(
        "b_slow",
        "1",
        "exponent of the outflow of the slow reservoir",
        default=0.0,
        valid=(0.0, 20.0),
        calibration=(0.01, 5.0),
        source=_TESTED,
    ),
    _parameter(
        "frac_slow",
        "1",
        "share of the reservoirs' inflow that goes to the slow one",
        default=0.0,
        valid=(0.0, 1.0),
        calibration=(0.0, 1.0),
        source=_TESTED,
    ),
)
"""Every parameter that does not belong to a layer, in the order of `LgarParameters`.

The unit of `a` depends on `b`, so its declared unit is 1.
"""

FAST_RESERVOIR = ("a", "b", "frac_to_CR")
SLOW_RESERVOIR = ("a_slow", "b_slow", "frac_slow")
"""Parameters that LASAM takes all together or not at all."""


def problems_of(
    soils: tuple[VanGenuchtenSoil, ...], parameters: LgarParameters, *, nan_is_reported: bool = False
) -> list[str]:
    """Everything that is wrong with the parameters, alone or together.

    Parameters
    ----------
    soils : tuple of VanGenuchtenSoil
        From the top.
    parameters : LgarParameters
    nan_is_reported : bool
        Values that are not numbers stand for what the reader of a configuration has already complained about.

    Returns
    -------
    list of str
        Empty when the model can run with them.
    """
    problems = problems_of_soils(soils, nan_is_reported=nan_is_reported)
    for variable, value in zip(PARAMETERS, parameters, strict=True):
        problems += problems_of_value(variable.name, variable, value, nan_is_reported=nan_is_reported)
    problems += problems_of_suctions(parameters.field_capacity, parameters.wilting_point_psi)
    for names in (FAST_RESERVOIR, SLOW_RESERVOIR):
        problems.extend(_reservoir_problems(parameters, names))
    return problems


def _reservoir_problems(parameters: LgarParameters, names: tuple[str, str, str]) -> list[str]:
    *outflow, share = names
    missing = [name for name in outflow if getattr(parameters, name) == 0.0]
    if not (getattr(parameters, share) > 0.0 and missing):
        return []
    return [
        f"{share} = {getattr(parameters, share):g} sends water to a reservoir without its outflow: "
        f"{' and '.join(missing)} ha{'ve' if len(missing) > 1 else 's'} to be above 0"
    ]


def warnings_about(soils: tuple[VanGenuchtenSoil, ...], parameters: LgarParameters) -> list[str]:
    """Describe valid parameters that few people want.

    Parameters
    ----------
    soils : tuple of VanGenuchtenSoil
        From the top.
    parameters : LgarParameters
        Both without problems. What belongs to a reservoir that is not there is not looked at.
    """
    warnings = warnings_about_soils(soils)
    absent = {
        name
        for names in (FAST_RESERVOIR, SLOW_RESERVOIR)
        if not any(getattr(parameters, name) for name in names)
        for name in names
    }
    for variable, value in zip(PARAMETERS, parameters, strict=True):
        warning = variable.warning_about(float(value))
        if warning and variable.name not in absent:
            warnings.append(warning)
    if not parameters.frac_slow and (parameters.a_slow or parameters.b_slow):
        warnings.append("a_slow, b_slow: the slow reservoir gets no water, for frac_slow is 0")
    return warnings
