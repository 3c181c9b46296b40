"""Parameters that models of a layered soil share: those of its layers, and the judgement of their values."""

from __future__ import annotations

import math
from functools import cache

from hydro_physics.van_genuchten import VanGenuchtenSoil
from ngen_bmi.variables import Variable

TESTED = "range that LGAR-C was tested in"


def _parameter(name: str, unit: str, meaning: str, **rest: object) -> Variable:
    return Variable(name, unit, "parameter", meaning, **rest)  # type: ignore[arg-type]


COLUMN_PARAMETERS: tuple[Variable, ...] = (
    _parameter(
        "field_capacity",
        "cm",
        "suction at field capacity (1/3 atm; 103.3 cm, 1/10 atm, for sands)",
        default=340.9,
        valid=(0.1, 1e6),
        calibration=(10.0, 500.0),
        aliases=("field_capacity_psi",),
        source=TESTED,
    ),
    _parameter("wilting_point_psi", "cm", "suction at the wilting point (15 atm)", default=15495.0, valid=(1.0, 1e7)),
    _parameter(
        "ponded_depth_max",
        "cm",
        "depth of water that the surface holds back",
        default=0.0,
        valid=(0.0, 1000.0),
        calibration=(0.0, 5.0),
        source=TESTED,
    ),
)
"""What belongs to a column, not to a layer: the suctions that roots go by, and the depth of ponds."""

LAYER_PARAMETERS: tuple[Variable, ...] = (
    _parameter("smcmin", "1", "residual moisture", valid=(0.0, 0.9), calibration=(0.01, 0.15), source=TESTED),
    _parameter(
        "smcmax", "1", "moisture at natural saturation", valid=(0.01, 1.0), calibration=(0.3, 0.8), source=TESTED
    ),
    _parameter(
        "van_genuchten_alpha",
        "cm-1",
        "inverse of the air-entry suction",
        valid=(1e-6, 10.0),
        calibration=(1e-4, 1.0),
        source=TESTED,
    ),
    _parameter(
        "van_genuchten_n",
        "1",
        "shape of the retention curve, above 1",
        valid=(1.005, 20.0),
        calibration=(1.01, 3.0),
        source=TESTED,
    ),
    _parameter(
        "hydraulic_conductivity",
        "cm h-1",
        "saturated hydraulic conductivity",
        valid=(1e-9, 1e5),
        calibration=(1e-4, 100.0),
        source=TESTED,
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


def problems_of_value(key: str, variable: Variable, value: float, *, nan_is_reported: bool = False) -> list[str]:
    """What is wrong with a value, as a list of none or one problem that begins with its key.

    Parameters
    ----------
    key : str
    variable : Variable
    value : float
    nan_is_reported : bool
        A value that is not a number stands for what the reader of a configuration has already complained about.
    """
    problem = None if nan_is_reported and math.isnan(value) else variable.problem_with(float(value))
    return [f"{key}: {problem}"] if problem else []


def problems_of_soils(soils: tuple[VanGenuchtenSoil, ...], *, nan_is_reported: bool = False) -> list[str]:
    """Everything that is wrong with the soils of layers.

    Parameters
    ----------
    soils : tuple of VanGenuchtenSoil
        From the top.
    nan_is_reported : bool
        See :func:`problems_of_value`.
    """
    problems = []
    for layer, soil in enumerate(soils, start=1):
        for key, variable, value in zip(soil._fields, layer_parameters(layer), soil, strict=True):
            problems += problems_of_value(f"layer {layer}: {key}", variable, value, nan_is_reported=nan_is_reported)
        if soil.theta_r >= soil.theta_e:
            problems.append(
                f"layer {layer}: theta_r = {soil.theta_r:g} (smcmin_{layer}) is not below theta_e = {soil.theta_e:g} "
                f"(smcmax_{layer})"
            )
    return problems


def problems_of_suctions(field_capacity: float, wilting_point_psi: float) -> list[str]:
    """Say that field capacity is not wetter than the wilting point, if so (suctions in cm)."""
    if field_capacity >= wilting_point_psi:
        return [f"field_capacity = {field_capacity:g} cm is not below wilting_point_psi = {wilting_point_psi:g} cm"]
    return []


def warnings_about_soils(soils: tuple[VanGenuchtenSoil, ...]) -> list[str]:
    """Describe valid soils that few people want (from the top)."""
    return [
        warning
        for layer, soil in enumerate(soils, start=1)
        for variable, value in zip(layer_parameters(layer), soil, strict=True)
        if (warning := variable.warning_about(float(value)))
    ]
