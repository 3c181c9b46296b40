"""Frozen soil: temperatures of a freeze-thaw model reduce the saturated conductivities.

The factors of the layers are used wherever a conductivity is; capillary drives, ratios of conductivities, do not
depend on them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hydro_physics.jit import njit
from hydro_physics.van_genuchten import conductivity
from lgar_bmi.column import Column, Fronts, soil_of
from lgar_bmi.setup import FROZEN, KS, UNFROZEN_KS

FREEZING = 273.15
"""[K]."""

STEEPNESS = 10.0
"""Decay of the conductivity below freezing [1/K]."""

LEAST = 0.05
"""Factor of a soil however cold."""

_Array = NDArray[Any]
_ROUNDING = 1.0 + 1e-9


@njit(borrow=True)
def frozen_factor(temperature: float) -> float:
    """Factor of the saturated conductivity of a soil at a temperature [K].

    Source: LGAR-C (NOAA-OWP, 2026).

    >>> frozen_factor(280.0), frozen_factor(260.0), round(frozen_factor(273.05), 6)
    (1.0, 0.05, 0.367879)
    """
    if temperature >= FREEZING:
        return 1.0 + 0.0 * temperature
    return max(math.exp(-STEEPNESS * (FREEZING - temperature)), LEAST + 0.0 * temperature)


def layers_of_nodes(nodes: ArrayLike, bottoms: ArrayLike) -> NDArray[np.int64]:
    """Return the layer, from 0, that each of some depths is in, such as the nodes of a temperature profile.

    Parameters
    ----------
    nodes, bottoms : array, shape (n,) and (layers,)
        Depths, increasing [cm]. A node at a boundary belongs to the layer above, one below the column to the last.

    Examples
    --------
    >>> layers_of_nodes([0.0, 10.0, 20.0], [10.0, 40.0]).tolist()
    [0, 0, 1]
    """
    depths = np.asarray(bottoms, dtype=np.float64)
    places = np.searchsorted(depths * _ROUNDING, np.asarray(nodes, dtype=np.float64))
    return np.minimum(places, depths.size - 1).astype(np.int64)


@njit(borrow=True)
def set_temperatures(temperatures: _Array, layers_of: _Array, layers: _Array, fronts: Fronts, column: Column) -> None:
    """Give the layers the factors of their mean temperatures, and the fronts the conductivities that follow.

    Parameters
    ----------
    temperatures : array, shape (nodes,)
        [K].
    layers_of : array of int, shape (nodes,)
        From :func:`layers_of_nodes`; every layer has a node.
    layers : array, shape (`lgar_bmi.setup.LAYER_ROWS`, layers)
        Changed in place.
    fronts : Fronts
        Changed in place.
    column : Column
        Over `layers`.
    """
    changed = False
    for layer in range(layers.shape[1]):
        total = 0.0
        count = 0
        for i in range(layers_of.size):
            if layers_of[i] == layer:
                total += temperatures[i]
                count += 1
        factor = frozen_factor(float(total / count))
        if factor != layers[FROZEN, layer]:
            layers[FROZEN, layer] = factor
            layers[KS, layer] = layers[UNFROZEN_KS, layer] * factor
            changed = True
    if changed:
        for i in range(fronts.size[0]):
            fronts.k[i] = conductivity(fronts.psi[i], soil_of(column, fronts.layer[i]))
