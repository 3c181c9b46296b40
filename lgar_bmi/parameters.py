"""The tables that declare LGAR's parameters, and the judgement of their values."""

from __future__ import annotations

import math
from functools import cache

from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.coefficients import LgarParameters
from ngen_bmi.variables import Variable

_TESTED = "range that LGAR-C was tested in"


def _parameter(name: str, unit: str, meaning: str, **rest: object) -> Variable:
    return Variable(name, unit, "parameter", meaning, **rest)  # type: ignore[arg-type]


PARAMETERS: tuple[Variable, ...] = (
    _parameter(
        "field_capacity",
        "cm",
        "suction at field capacity (1/3 atm; 103.3 cm, 1/10 atm, for sands)",
        default=340.9,
        valid=(0.1, 1e6),
        calibration=(10.0, 500.0),
        aliases=("field_capacity_psi",),
        source=_TESTED,
    ),
    _parameter("wilting_point_psi", "cm", "suction at the wilting point (15 atm)", default=15495.0, valid=(1.0, 1e7)),
    _parameter(
        "ponded_depth_max",
        "cm",
        "depth of water that the surface holds back",
        default=0.0,
        valid=(0.0, 1000.0),
        calibration=(0.0, 5.0),
        source=_TESTED,
    ),
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

LAYER_PARAMETERS: tuple[Variable, ...] = (
    _parameter("smcmin", "1", "residual moisture", valid=(0.0, 0.9), calibration=(0.01, 0.15), source=_TESTED),
    _parameter(
        "smcmax", "1", "moisture at natural saturation", valid=(0.01, 1.0), calibration=(0.3, 0.8), source=_TESTED
    ),
    _parameter(
        "van_genuchten_alpha",
        "cm-1",
        "inverse of the air-entry suction",
        valid=(1e-6, 10.0),
        calibration=(1e-4, 1.0),
        source=_TESTED,
    ),
    _parameter(
        "van_genuchten_n",
        "1",
        "shape of the retention curve, above 1",
        valid=(1.005, 20.0),
        calibration=(1.01, 3.0),
        source=_TESTED,
    ),
    _parameter(
        "hydraulic_conductivity",
        "cm h-1",
        "saturated hydraulic conductivity",
        valid=(1e-9, 1e5),
        calibration=(1e-4, 100.0),
        source=_TESTED,
    ),
)
"""Parameters of a layer without its number, in the order of `VanGenuchtenSoil`."""


@cache
def layer_parameters(layer: int) -> tuple[Variable, ...]:
    """Return the parameters of a layer, in the order of `VanGenuchtenSoil`.

    Parameters
    ----------
    layer : int
        Counted from 1 at the top. Names without a number are aliases of the top layer's.

    Raises
    ------
    ValueError
        When `layer` is below 1.

    Examples
    --------
    >>> [variable.name for variable in layer_parameters(2)][:2], layer_parameters(1)[0].aliases
    (['smcmin_2', 'smcmax_2'], ('smcmin',))
    """
    if layer < 1:
        raise ValueError(f"layers count from 1, found {layer}")
    return tuple(
        _parameter(
            f"{variable.name}_{layer}",
            variable.unit,
            f"{variable.meaning}, layer {layer}",
            valid=variable.valid,
            calibration=variable.calibration,
            aliases=(variable.name,) if layer == 1 else (),
            source=variable.source,
        )
        for variable in LAYER_PARAMETERS
    )


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
    problems = []
    for layer, soil in enumerate(soils, start=1):
        for key, variable, value in zip(soil._fields, layer_parameters(layer), soil, strict=True):
            problem = _problem(variable, value, nan_is_reported)
            if problem:
                problems.append(f"layer {layer}: {key}: {problem}")
        if soil.theta_r >= soil.theta_e:
            problems.append(
                f"layer {layer}: theta_r = {soil.theta_r:g} (smcmin_{layer}) is not below theta_e = {soil.theta_e:g} "
                f"(smcmax_{layer})"
            )
    for variable, value in zip(PARAMETERS, parameters, strict=True):
        problem = _problem(variable, value, nan_is_reported)
        if problem:
            problems.append(f"{variable.name}: {problem}")
    if parameters.field_capacity >= parameters.wilting_point_psi:
        problems.append(
            f"field_capacity = {parameters.field_capacity:g} cm is not below wilting_point_psi = "
            f"{parameters.wilting_point_psi:g} cm"
        )
    for names in (FAST_RESERVOIR, SLOW_RESERVOIR):
        problems.extend(_reservoir_problems(parameters, names))
    return problems


def _problem(variable: Variable, value: float, nan_is_reported: bool) -> str | None:
    return None if nan_is_reported and math.isnan(value) else variable.problem_with(float(value))


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
    warnings = [
        warning
        for layer, soil in enumerate(soils, start=1)
        for variable, value in zip(layer_parameters(layer), soil, strict=True)
        if (warning := variable.warning_about(float(value)))
    ]
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
