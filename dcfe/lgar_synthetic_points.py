"""Soil properties of synthetic columns at points, with means and correlations of a plausible dry country."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dcfe.polaris import PROPERTIES as PROPERTIES

_Array = NDArray[np.float64]

LAYERS = 3

_TEXTURE = (-0.45, -0.1)
"""Means of the logarithms of clay and silt over sand: a loam of 24 % clay, 34 % silt and 42 % sand."""

_OF_COLUMNS, _OF_LAYERS, _OF_POINTS = 0.75, 0.3, 0.25
"""Standard deviations of these logarithms between columns, between layers of a column, and between its points."""

_LIKE_THE_LAYER_ABOVE = 0.6
"""Correlation of what is a layer's own with that of the layer above."""

_PH, _OM = (7.2, 7.7, 8.0), (0.2, -0.15, -0.5)
"""Means of pH, and of the logarithm (base 10) of organic matter in %, from the top layer to the bottom one."""


def draw_points(rng: np.random.Generator, columns: int, points: int) -> _Array:
    """Clay, silt and sand [%], which sum to 100, pH, and organic matter [log10 of %] of layers at points.

    Points scatter around their column's own texture, layers resemble those above them, and pH and organic matter follow
    depth and in part clay.

    Parameters
    ----------
    rng : numpy.random.Generator
    columns, points : int

    Returns
    -------
    array, shape (columns, points, layers, properties)
    """
    # texture (2), pH, organic matter; what clay and silt share makes them vary together against sand
    own = rng.standard_normal((columns, 1, 1, 4))
    layers = _down(rng.standard_normal((columns, 1, LAYERS, 4)))
    scatter = _down(rng.standard_normal((columns, points, LAYERS, 4)))
    z = _OF_COLUMNS * own + _OF_LAYERS * layers + _OF_POINTS * scatter
    clay = _TEXTURE[0] + z[..., 0]
    silt = _TEXTURE[1] + 0.5 * z[..., 0] + 0.7 * z[..., 1]
    parts = np.exp(np.stack([clay, silt, np.zeros_like(clay)], axis=-1))
    texture = 100.0 * parts / parts.sum(axis=-1, keepdims=True)
    ph = np.clip(np.array(_PH) + 0.2 * z[..., 0] + 0.7 * z[..., 2], 4.0, 10.0)
    om = np.clip(np.array(_OM) + 0.12 * z[..., 0] + 0.3 * z[..., 3], -2.0, 1.5)
    return np.concatenate([texture, ph[..., None], om[..., None]], axis=-1)


def _down(values: _Array) -> _Array:
    """Standard normal numbers, correlated from each layer to the next."""
    found = values.copy()
    rest = np.sqrt(1.0 - _LIKE_THE_LAYER_ABOVE**2)
    for layer in range(1, values.shape[2]):
        found[:, :, layer] = _LIKE_THE_LAYER_ABOVE * found[:, :, layer - 1] + rest * values[:, :, layer]
    return found
