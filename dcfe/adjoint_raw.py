"""From the gradient to a step's coefficients to that to the raw parameters they come from."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfe_bmi.catchment import N_COEFFICIENTS
from cfe_bmi.coefficients import CfeCoefficients, CfeParameters, derive
from cfe_bmi.ensemble_kernel import N_PARAMETERS
from dcfe.dual import add_weighted, load_duals, no_tangent, store_tangents
from hydro_physics.jit import njit

EIGHT = (0.0,) * 8
"""Raw parameters are dealt with eight at a time."""

LATERAL_RATE = CfeCoefficients._fields.index("lateral_rate")

_Array = NDArray[Any]


@njit(inline=False)
def chain_to_raw(
    row: _Array,
    along: _Array,
    along_rate: float,
    coefficient_lanes: _Array,
    wanted: _Array,
    seeds: _Array,
    result: _Array,
) -> None:
    """Add the gradient to raw parameters, given that to the coefficients.

    Parameters
    ----------
    row : array, shape (parameters,)
        Raw values.
    along : array, shape (lanes,)
        Gradient to the coefficients, each in its lane.
    along_rate : float
        Gradient to the rate of the lateral cascade, which has no lane.
    coefficient_lanes : array, shape (coefficients,)
        Lane of each; -1 for none.
    wanted : array, shape (n,)
        Places of raw parameters.
    seeds : array, shape (parameters, 9)
        Room.
    result : array, shape (n,)
        Is added to.
    """
    weights, buffer = np.zeros(N_COEFFICIENTS), np.empty(8)
    for i in range(N_COEFFICIENTS):
        if coefficient_lanes[i] >= 0:
            weights[i] = along[coefficient_lanes[i]]
    weights[LATERAL_RATE] = along_rate
    for first in range(0, wanted.size, 8):
        count = min(8, wanted.size - first)
        for i in range(N_PARAMETERS):
            seeds[i, 0] = row[i]
            seeds[i, 1:] = 0.0
        for j in range(count):
            seeds[wanted[first + j], 1 + j] = 1.0
        c = derive(CfeParameters(*load_duals(seeds, N_PARAMETERS, EIGHT)))
        store_tangents(buffer, 0, add_weighted(no_tangent(EIGHT), weights, c))
        for j in range(count):
            result[first + j] += buffer[j]
