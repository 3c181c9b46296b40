"""Bounds of what is learned of LGAR's columns, by the names that its derivatives go by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache

from dcfe.bounds import Bounds, Scale, bounds_of
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.parameters import PARAMETERS
from ngen_bmi.errors import ParameterError
from ngen_bmi.soil_parameters import LAYER_PARAMETERS
from ngen_bmi.variables import Variable

LEARNED_FIELDS = ("alpha", "n", "ks", "theta_e", "theta_r")
"""What is learned of a layer, in the order of Table S2."""

PONDED = "ponded_depth_max"

LEARNING_RANGES: dict[str, tuple[float, float]] = {
    "alpha": (1e-3, 0.2),
    "n": (1.05, 3.0),
    "ks": (0.01, 50.0),
    "theta_e": (0.3, 0.6),
    "theta_r": (0.01, 0.15),
    PONDED: (0.0, 2.0),
}
"""Ranges from clay to sand, in the parameters' units (cm, h); see :func:`lgar_bounds`."""

_NUMBERED = re.compile(rf"({'|'.join(VanGenuchtenSoil._fields)})_(\d+)")


def layer_of(name: str) -> tuple[str, int] | None:
    """Field of a soil and number of the layer that a name stands for; None for what belongs to the column.

    >>> layer_of("theta_e_2"), layer_of("ponded_depth_max")
    (('theta_e', 2), None)
    """
    found = _NUMBERED.fullmatch(name)
    return (found[1], int(found[2])) if found else None


def table_s2(layers: int = 3) -> tuple[str, ...]:
    """Parameters of Table S2 of the report: 16 for three layers, layer after layer from the top, then the ponded depth.

    >>> table_s2(1)
    ('alpha_1', 'n_1', 'ks_1', 'theta_e_1', 'theta_r_1', 'ponded_depth_max')
    """
    soils = (f"{field}_{layer}" for layer in range(1, layers + 1) for field in LEARNED_FIELDS)
    return (*soils, PONDED)


@cache
def learning_table(layers: int) -> tuple[Variable, ...]:
    """Variables of columns with their learning ranges, under the names of :func:`dcfe.lgar_seeds.seeds_of`.

    Names of LASAM's configuration with the number of the layer (``smcmax_1``) are aliases. Ranges that
    :data:`LEARNING_RANGES` does not have are those that LGAR-C was tested in.
    """
    soils = [
        replace(
            variable,
            name=f"{field}_{layer}",
            meaning=f"{variable.meaning}, layer {layer}",
            calibration=LEARNING_RANGES[field],
            aliases=(f"{variable.name}_{layer}",),
        )
        for layer in range(1, layers + 1)
        for field, variable in zip(VanGenuchtenSoil._fields, LAYER_PARAMETERS, strict=True)
    ]
    column = [replace(v, calibration=LEARNING_RANGES.get(v.name, v.calibration)) for v in PARAMETERS]
    return (*soils, *column)


def lgar_bounds(
    names: Iterable[str],
    ranges: Mapping[str, tuple[float, float]] | None = None,
    scales: Mapping[str, Scale] | None = None,
    layers: int = 3,
) -> Bounds:
    """Bounds of parameters of columns.

    The report gives no numbers for Table S2, and those of dpLGAR's code (alpha 0.0015-0.015, n 1-2, Ksat 1e-6-15,
    theta_e 0.3-0.7, theta_r 0.001-0.13, ponded depth 0.001-0.1) are too narrow for sands, so :data:`LEARNING_RANGES`
    are our own. Alpha and Ksat span decades, and are on a log scale.

    Parameters
    ----------
    names : iterable of str
        Parameters to learn, such as those of :func:`table_s2`.
    ranges : mapping of str to (float, float), optional
        Bounds that replace the learning ranges.
    scales : mapping of str to {"linear", "log"}, optional
        Scales that replace the rule of :func:`dcfe.bounds.bounds_of`.
    layers : int
        Of the columns.

    Raises
    ------
    ParameterError
        Listing every name, layer, range and scale that cannot be used, and ranges with which the residual moisture
        could reach the saturated one.

    Examples
    --------
    >>> lgar_bounds(["ks_1", "n_1"], layers=1).by_name
    {'ks_1': Bound(low=0.01, high=50.0, scale='log'), 'n_1': Bound(low=1.05, high=3.0, scale='linear')}
    """
    names = tuple(names)
    absent = {name for name in names if (place := layer_of(name)) is not None and not 1 <= place[1] <= layers}
    problems = [
        f"{name}: the columns have {layers} layer{'s' * (layers > 1)}, counted from 1" for name in sorted(absent)
    ]
    known = tuple(name for name in names if name not in absent)
    bounds = Bounds({})
    if known or not names:
        try:
            bounds = bounds_of(
                known,
                {name: value for name, value in (ranges or {}).items() if name not in absent},
                {name: value for name, value in (scales or {}).items() if name not in absent},
                learning_table(layers),
            )
        except ParameterError as error:
            problems += error.problems
    for layer in range(1, layers + 1):
        dry, wet = bounds.by_name.get(f"theta_r_{layer}"), bounds.by_name.get(f"theta_e_{layer}")
        if dry is not None and wet is not None and dry.high >= wet.low:
            problems.append(
                f"theta_r_{layer} up to {dry.high:g} may reach theta_e_{layer} from {wet.low:g} on: keep them apart"
            )
    if problems:
        raise ParameterError("parameters to learn", problems)
    return bounds
