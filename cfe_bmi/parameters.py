"""The table that declares CFE's parameters, and the judgement of their values."""

from __future__ import annotations

import numpy as np

from cfe_bmi.coefficients import CfeParameters, derive
from cfe_bmi.state import CfeOptions
from ngen_bmi.variables import Variable

_NWM = "range of National Water Model calibrations (ngiab-cal)"
_X = "Jayawardena and Zhou (2000)"


def _parameter(name: str, unit: str, meaning: str, **rest: object) -> Variable:
    return Variable(name, unit, "parameter", meaning, **rest)  # type: ignore[arg-type]


PARAMETERS: tuple[Variable, ...] = (
    _parameter("depth", "m", "depth of the soil column", valid=(0.01, 100.0), aliases=("D",)),
    _parameter(
        "b",
        "1",
        "Clapp-Hornberger exponent",
        valid=(0.5, 50.0),
        calibration=(2.0, 15.0),
        aliases=("bb",),
        source=_NWM,
    ),
    _parameter(
        "satdk",
        "m s-1",
        "saturated hydraulic conductivity",
        valid=(0.0, 1.0),
        calibration=(1e-7, 7.26e-4),
        source=_NWM,
    ),
    _parameter("satpsi", "m", "saturated capillary head", valid=(1e-3, 20.0), calibration=(0.03, 0.955), source=_NWM),
    _parameter(
        "slope",
        "1",
        "share of the unit gradient that drives percolation",
        valid=(0.0, 1.0),
        calibration=(0.0, 1.0),
        aliases=("slop",),
        source=_NWM,
    ),
    _parameter(
        "maxsmc",
        "1",
        "porosity",
        valid=(0.01, 1.0),
        calibration=(0.16, 0.59),
        aliases=("smcmax",),
        source=_NWM,
    ),
    _parameter("wltsmc", "1", "soil moisture at the wilting point", valid=(0.0, 0.99)),
    _parameter(
        "alpha_fc",
        "1",
        "suction at field capacity as a share of one atmosphere",
        valid=(0.0485, 1.0),
        calibration=(0.15, 0.33),
        source=_NWM,
    ),
    _parameter(
        "refkdt",
        "1",
        "Schaake reference infiltration",
        default=3.0,
        valid=(0.0, 100.0),
        calibration=(0.1, 4.0),
        source=_NWM,
    ),
    _parameter("soil_expon", "1", "exponent of percolation", default=1.0, valid=(1.0, 20.0)),
    _parameter("soil_expon_secondary", "1", "exponent of lateral flow", default=1.0, valid=(1.0, 20.0)),
    _parameter(
        "Klf",
        "m h-1",
        "lateral flow of the saturated soil",
        valid=(0.0, 100.0),
        calibration=(0.0, 1.0),
        aliases=("K_lf",),
        source=_NWM,
    ),
    _parameter(
        "Kn",
        "h-1",
        "outflow rate of a lateral Nash reservoir",
        valid=(0.0, 1.0),
        calibration=(0.0, 1.0),
        aliases=("K_nash", "K_nash_subsurface"),
        source=_NWM,
    ),
    _parameter(
        "max_gw_storage",
        "m",
        "capacity of the groundwater reservoir",
        valid=(1e-6, 1000.0),
        calibration=(0.01, 0.25),
        source=_NWM,
    ),
    _parameter(
        "Cgw",
        "m h-1",
        "coefficient of groundwater outflow",
        valid=(0.0, 10.0),
        calibration=(1.8e-6, 1.8e-3),
        source=_NWM,
    ),
    _parameter(
        "expon",
        "1",
        "exponent of groundwater outflow",
        valid=(0.0, 100.0),
        calibration=(1.0, 8.0),
        source=_NWM,
    ),
    _parameter(
        "a_Xinanjiang_inflection_point_parameter",
        "1",
        "inflection point of the tension water curve",
        default=0.0,
        valid=(-0.5, 10.0),
        calibration=(-0.493, 0.493),
        source=_X,
    ),
    _parameter(
        "b_Xinanjiang_shape_parameter",
        "1",
        "shape of the tension water curve",
        default=1.0,
        valid=(1e-3, 10.0),
        calibration=(0.01, 10.0),
        source=_X,
    ),
    _parameter(
        "x_Xinanjiang_shape_parameter",
        "1",
        "shape of the free water curve",
        default=1.0,
        valid=(0.0, 10.0),
        calibration=(0.01, 10.0),
        source=_X,
    ),
    _parameter(
        "urban_decimal_fraction",
        "1",
        "urban share of the area (95 % of it impervious)",
        default=0.0,
        valid=(0.0, 1.0),
    ),
    _parameter(
        "ice_content_threshold",
        "m",
        "ice content from which frozen soil sheds water",
        default=0.15,
        valid=(0.0, 10.0),
    ),
    _parameter(
        "K_nash_surface",
        "h-1",
        "outflow rate of a surface Nash reservoir",
        default=0.83089,
        valid=(0.0, 100.0),
    ),
    _parameter(
        "Kinf_nash_surface",
        "h-1",
        "rate of run-on infiltration",
        default=0.001,
        valid=(0.0, 100.0),
        calibration=(0.0, 1.0),
    ),
    _parameter(
        "retention_depth_nash_surface",
        "m",
        "water that the first surface reservoir holds back",
        default=0.001,
        valid=(0.0, 10.0),
        calibration=(0.0, 0.05),
    ),
)
"""Every scalar parameter of CFE 2.x, under its BMI name; the aliases are the names of its configuration files."""


def fit_options(options: CfeOptions, p: CfeParameters) -> CfeOptions:
    """Return `options` with what follows from the parameters: whether both soil outlets are linear.

    The fields of `p` may be arrays, for many catchments.
    """
    linear = bool(np.all(np.equal(p.soil_expon, 1.0)) and np.all(np.equal(p.soil_expon_secondary, 1.0)))
    return options._replace(linear_outlets=int(linear))


def problems_of(p: CfeParameters) -> list[str]:
    """Everything that is wrong with the parameters, alone or together.

    Returns
    -------
    list of str
        Empty when the model can run with them.
    """
    problems = [
        problem
        for variable, value in zip(PARAMETERS, p, strict=True)
        if (problem := variable.problem_with(float(value)))
    ]
    return problems or combination_problems(p)


def combination_problems(p: CfeParameters) -> list[str]:
    """List what is wrong with parameters together, each of which is in its valid range."""
    problems = []
    c = derive(p)
    if c.soil_threshold <= c.soil_wilting:
        problems.append(
            f"the storage threshold {c.soil_threshold:.6g} m (from b, satpsi, alpha_fc, maxsmc, depth) is not above "
            f"the storage at the wilting point {c.soil_wilting:.6g} m (wltsmc * depth): lower wltsmc, or raise "
            f"maxsmc or satpsi"
        )
    if p.wltsmc >= p.maxsmc:
        problems.append(f"wltsmc = {p.wltsmc:g} is not below maxsmc = {p.maxsmc:g}")
    return problems


def warnings_about(p: CfeParameters) -> list[str]:
    """Describe valid parameters that do something that few people want.

    Parameters
    ----------
    p : CfeParameters
        Without problems.
    """
    warnings = [
        warning
        for variable, value in zip(PARAMETERS, p, strict=True)
        if (warning := variable.warning_about(float(value)))
    ]
    c = derive(p)
    if c.soil_threshold >= c.soil_max:
        warnings.append(
            f"the storage threshold {c.soil_threshold:.6g} m is not below the maximum storage {c.soil_max:.6g} m: "
            f"the soil never percolates and gives no lateral flow (satpsi = {p.satpsi:g} m is large)"
        )
    elif c.percolation_max >= c.soil_max - c.soil_threshold and c.lateral_max > 0.0:
        warnings.append(
            f"satdk * slope = {p.satdk * p.slope:.3g} m s-1 empties all water above the threshold in one step: "
            f"the classic soil scheme has no lateral flow (the ode scheme shares the water)"
        )
    return warnings
