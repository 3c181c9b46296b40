"""From the gradient to a step's coefficients to that to the raw parameters they come from."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfe_bmi.coefficients import CfeParameters, derive
from cfe_bmi.ensemble_kernel import N_PARAMETERS
from dcfe.dual import add_weighted, load_duals, no_tangent, store_tangents
from hydro_physics.jit import njit

EIGHT = (0.0,) * 8
"""Raw parameters are dealt with eight at a time."""

_Array = NDArray[Any]


@njit(inline=False)
def chain_to_raw(row: _Array, along: _Array, wanted: _Array, seeds: _Array, result: _Array) -> None:
    """Add the gradient to raw parameters, given that to the coefficients.

    Parameters
    ----------
    row : array, shape (parameters,)
        Raw values.
    along : array, shape (coefficients,)
        Gradient to the coefficients.
    wanted : array, shape (n,)
        Places of raw parameters.
    seeds : array, shape (parameters, 9)
        Room.
    result : array, shape (n,)
        Is added to.
    """
    buffer = np.empty(8)
    for first in range(0, wanted.size, 8):
        count = min(8, wanted.size - first)
        for i in range(N_PARAMETERS):
            seeds[i, 0] = row[i]
            seeds[i, 1:] = 0.0
        for j in range(count):
            seeds[wanted[first + j], 1 + j] = 1.0
        c = derive(CfeParameters(*load_duals(seeds, N_PARAMETERS, EIGHT)))
        store_tangents(buffer, 0, add_weighted(no_tangent(EIGHT), along, c))
        for j in range(count):
            result[first + j] += buffer[j]
