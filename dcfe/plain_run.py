"""Learning data as the plain ensemble takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.ensemble import EnsembleForcing, EnsembleState, initial_state
from dcfe.combinations import parameters_of
from dcfe.data import LearningData


class PlainRun(NamedTuple):
    """Arguments of :func:`cfe_bmi.ensemble.simulate` and :func:`dcfe.tangents.sensitivities`."""

    parameters: CfeParameters
    state: EnsembleState
    forcing: EnsembleForcing
    ordinates: NDArray[np.float64]


def plain_run(data: LearningData, parameters: Mapping[str, Any]) -> PlainRun:
    """Arguments of a run of all basins, or with many sets of parameters of the only basin that there is.

    Parameters
    ----------
    data : LearningData
    parameters : mapping of str to array, shape (basins,) or (sets,)
        Every raw parameter.
    """
    p = parameters_of(parameters)
    ordinates = data.ordinates.numpy()
    soil, groundwater = data.soil_storage.numpy(), data.gw_storage.numpy()
    state = initial_state(p, soil, groundwater, ordinates.shape[1], data.lateral, data.surface)
    return PlainRun(p, state, EnsembleForcing(data.rain.numpy(), data.pet.numpy()), ordinates)
