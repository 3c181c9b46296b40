"""Gradients of LGAR that cannot be: those of columns whose sub-steps oscillate.

Next to saturation the conductivity of a soil with n near 1 falls almost vertically with the suction. Where even the
shortest sub-steps are too long for that, a front's speed and its moisture overshoot each other in turn. Water is
conserved and the error is small, but the run is chaotic there: its exact derivative grows by factors at every sub-step,
up to 1e40, and says nothing. In 1 to 2 of 360 random columns under violent weather this happens.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.coefficients import LgarParameters

logger = logging.getLogger(__name__)

LIMIT = 1e4
"""Share of all water there is by which an output may change for a change of a parameter by itself, at most."""

CM_PER_M = 100.0
MM_PER_M = 1000.0
LISTED = 5

_Array = NDArray[np.float64]


def without_chaos(
    gradient: _Array,
    wanted: Sequence[str],
    soils: _Array,
    thickness: _Array,
    parameters: _Array,
    rain: _Array,
    weights: _Array,
) -> _Array:
    """Gradient of a loss, with 0 for columns in which it cannot be that of a soil; a warning names them.

    The water that is there bounds what a parameter can do to outputs: a derivative to a parameter's logarithm of more
    than :data:`LIMIT` times all pores and all rain, in every output and step of the loss, is none of a soil.

    Parameters
    ----------
    gradient : array, shape (catchments, wanted)
    wanted : sequence of str
        Parameters, as :func:`dcfe.lgar_seeds.seeds_of` names them.
    soils : array, shape (catchments, layers, 5)
    thickness : array, shape (catchments, layers)
        [cm].
    parameters : array, shape (catchments, parameters)
        Items of :class:`lgar_bmi.coefficients.LgarParameters`.
    rain : array, shape (catchments,) or (1,)
        Of the whole run [m].
    weights : array, shape (catchments,)
        Sums of the absolute weights that the loss gives to outputs of all steps.
    """
    water = (thickness * soils[:, :, VanGenuchtenSoil._fields.index("theta_e")]).sum(axis=1) / CM_PER_M
    water = np.maximum(water + rain, 1.0)
    sizes = np.column_stack([_size(name, soils, parameters) for name in wanted])
    impossible = ~(np.abs(gradient * sizes) <= LIMIT * (weights * water)[:, None]).all(axis=1)
    if impossible.any():
        places = np.flatnonzero(impossible).tolist()
        more = f" and {len(places) - LISTED} more" if len(places) > LISTED else ""
        logger.warning(
            "LGAR's sub-steps oscillate in column %s%s next to saturation, so that its gradient has no meaning; it is "
            "taken as 0. Soils with n closer to 1 than about 1.02 do so: narrow the bounds of n, or shorten sub-steps",
            ", ".join(map(str, places[:LISTED])),
            more,
        )
        gradient = np.where(impossible[:, None], 0.0, gradient)
    return gradient


def _size(name: str, soils: _Array, parameters: _Array) -> _Array:
    """Value of a parameter; n less 1, which is what it does."""
    if name in LgarParameters._fields:
        return parameters[:, LgarParameters._fields.index(name)]
    field, layer = name.rsplit("_", 1)
    values = soils[:, int(layer) - 1, VanGenuchtenSoil._fields.index(field)]
    return values - 1.0 if field == "n" else values
