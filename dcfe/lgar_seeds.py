"""What derivatives of LGAR can be taken to, and the tangents that it starts with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.setup import FROZEN, KS, UNFROZEN_KS

RAIN_FACTOR = "rain_factor"
"""Seed on a factor of all rain, 1 in the run."""

_Array = NDArray[Any]


def seeds_of(layers: int) -> tuple[str, ...]:
    """Names of all seeds of columns: fields of soils with the number of the layer, parameters, the factor of rain.

    >>> seeds_of(2)[3:7]
    ('n_1', 'ks_1', 'theta_r_2', 'theta_e_2')
    """
    soils = (f"{field}_{layer}" for layer in range(1, layers + 1) for field in VanGenuchtenSoil._fields)
    return (*soils, *LgarParameters._fields, RAIN_FACTOR)


def check_seeds(wanted: Sequence[str], layers: int) -> None:
    """Refuse seeds that columns have not, or that are asked for twice.

    Raises
    ------
    KeyError
        Naming all of them, and those that there are.
    """
    known = seeds_of(layers)
    wrong = [name for name in wanted if name not in known]
    twice = sorted({name for name in wanted if wanted.count(name) > 1})
    problems = [f"LGAR with {layers} layers has no parameter {name!r}" for name in wrong]
    problems += [f"{name!r} is wanted twice" for name in twice]
    if problems:
        raise KeyError(f"{'; '.join(problems)}; it has {', '.join(known)}")


def seeded(wanted: Sequence[str], layer_rows: _Array, parameters: _Array, lanes: int) -> tuple[_Array, _Array, _Array]:
    """Tangents of layers, parameters and the factor of rain, one lane for each seed.

    Parameters
    ----------
    wanted : sequence of str
        At most `lanes`.
    layer_rows : array, shape (catchments, `lgar_bmi.setup.LAYER_ROWS`, layers)
    parameters : array, shape (catchments, parameters)
    lanes : int

    Returns
    -------
    layers : array, shape (catchments, rows, layers, lanes)
    parameters : array, shape (catchments, parameters, lanes)
    rain_factor : array, shape (1, lanes)
    """
    of_layers = np.zeros((*layer_rows.shape, lanes))
    of_parameters = np.zeros((*parameters.shape, lanes))
    of_rain = np.zeros((1, lanes))
    for lane, name in enumerate(wanted):
        if name == RAIN_FACTOR:
            of_rain[0, lane] = 1.0
        elif name in LgarParameters._fields:
            of_parameters[:, LgarParameters._fields.index(name), lane] = 1.0
        else:
            field, layer = name.rsplit("_", 1)
            row, place = VanGenuchtenSoil._fields.index(field), int(layer) - 1
            of_layers[:, row, place, lane] = 1.0
            if row == KS:
                of_layers[:, KS, place, lane] = layer_rows[:, FROZEN, place]
                of_layers[:, UNFROZEN_KS, place, lane] = 1.0
    return of_layers, of_parameters, of_rain
