"""The table that declares the parameters of a column, and the judgement of their values."""

from __future__ import annotations

from hydro_physics.van_genuchten import VanGenuchtenSoil
from ngen_bmi.soil_parameters import (
    COLUMN_PARAMETERS,
    problems_of_soils,
    problems_of_suctions,
    problems_of_value,
    warnings_about_soils,
)
from ngen_bmi.variables import Variable
from richards_bmi.coefficients import RichardsParameters

WATER_TABLE_DEPTH = Variable(
    "water_table_depth",
    "cm",
    "parameter",
    "depth of the water table below the surface, with bottom: water_table",
    default=1e4,
    valid=(0.0, 1e6),
)
"""Configurations have to give it where it has a meaning; the default stands for no water table."""

PARAMETERS: tuple[Variable, ...] = (*COLUMN_PARAMETERS, WATER_TABLE_DEPTH)
"""Every parameter that does not belong to a layer, in the order of `RichardsParameters`.

Those of the layers: :func:`ngen_bmi.soil_parameters.layer_parameters`.
"""


def problems_of(
    soils: tuple[VanGenuchtenSoil, ...], parameters: RichardsParameters, *, nan_is_reported: bool = False
) -> list[str]:
    """Everything that is wrong with the parameters, alone or together.

    Parameters
    ----------
    soils : tuple of VanGenuchtenSoil
        From the top.
    parameters : RichardsParameters
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
    return problems + problems_of_suctions(parameters.field_capacity, parameters.wilting_point_psi)


def warnings_about(soils: tuple[VanGenuchtenSoil, ...], parameters: RichardsParameters) -> list[str]:
    """Describe valid parameters that few people want.

    Parameters
    ----------
    soils : tuple of VanGenuchtenSoil
        From the top.
    parameters : RichardsParameters
        Both without problems.
    """
    found = (variable.warning_about(float(value)) for variable, value in zip(PARAMETERS, parameters, strict=True))
    return [*warnings_about_soils(soils), *(warning for warning in found if warning)]
