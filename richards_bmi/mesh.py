"""A column cut into cells.

Nodes are the places where the suction is an unknown: the centre of every cell, every interface between layers, and the
bottom of the column where water may leave it. Only cells hold water. A link joins a node and the next one down; since
there is a node at every interface, each link lies in one soil, and no mean over two soils is ever needed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from richards_bmi.grid_settings import GridSettings
from richards_bmi.options import NO_FLOW

_Array = NDArray[Any]

_SAMPLES = 4000
"""Places of a layer at which the wanted size of cells is looked up."""


class Mesh(NamedTuple):
    """Nodes and links of a column, from the top.

    Attributes
    ----------
    size : array, shape (nodes,)
        Thickness of the cell of each node, 0 where there is none [cm].
    depth : array, shape (nodes,)
        [cm]
    layer : array of int, shape (nodes,)
        Layer of each node; at an interface the upper one.
    length : array, shape (nodes,)
        Length of the link that ends at each node; the first one joins it with the surface [cm].
    link_layer : array of int, shape (nodes + 1,)
        Layer of the link above each node; the last item stands for what would be below the last node.
    """

    size: _Array
    depth: _Array
    layer: _Array
    length: _Array
    link_layer: _Array


def _growing(first: float, slope: float, last: float) -> NDArray[np.float64]:
    """Places, each by the same ratio farther on, between which sizes grow from `first` to `last` (cm)."""
    return first * np.expm1(np.linspace(0.0, math.log(last / first), _SAMPLES)) / slope


def layer_edges(thickness: float, above: float, below: float, settings: GridSettings) -> NDArray[np.float64]:
    """Edges of the cells of a layer, from 0 to its thickness [cm].

    Parameters
    ----------
    thickness : float
        [cm]
    above, below : float
        Wanted size of the cells at the top and at the bottom of the layer; sizes grow away from them [cm].
    settings : GridSettings
    """
    # sizes that grow linearly with depth have edges in geometric progression
    slope = math.log(settings.growth)
    z = np.linspace(0.0, thickness, _SAMPLES + 1)
    if slope > 0.0:
        from_top = _growing(above, slope, min(settings.cell, above + slope * thickness))
        from_bottom = thickness - _growing(below, slope, min(settings.cell, below + slope * thickness))
        z = np.unique(np.clip(np.concatenate([z, from_top, from_bottom]), 0.0, thickness))
    wanted = np.minimum(np.minimum(above + slope * z, below + slope * (thickness - z)), settings.cell)
    cells = np.concatenate([[0.0], np.cumsum(0.5 * (1.0 / wanted[1:] + 1.0 / wanted[:-1]) * np.diff(z))])
    count = max(int(np.ceil(cells[-1] - 1e-6)), 1)
    edges = np.interp(np.linspace(0.0, cells[-1], count + 1), cells, z)
    edges[0], edges[-1] = 0.0, thickness
    return edges


def cell_edges(thickness: Sequence[float], settings: GridSettings) -> list[NDArray[np.float64]]:
    """Edges of the cells of each layer as depths below the surface [cm]."""
    top = 0.0
    edges = []
    for layer, width in enumerate(thickness):
        last = layer == len(thickness) - 1
        edges.append(
            top + layer_edges(width, settings.surface_cell, settings.cell if last else settings.surface_cell, settings)
        )
        top += width
    return edges


def make_mesh(thickness: Sequence[float], settings: GridSettings | None = None, bottom: int = NO_FLOW) -> Mesh:
    """Cut a column into cells.

    Parameters
    ----------
    thickness : sequence of float
        Of the layers, top first [cm].
    settings : GridSettings, optional
    bottom : int
        Condition at the bottom (:mod:`richards_bmi.options`): unless it is `NO_FLOW` there is a node at the bottom.

    Examples
    --------
    >>> mesh = make_mesh([2.0, 2.0], GridSettings(cell=1.0, surface_cell=1.0))
    >>> mesh.depth.tolist(), mesh.size.tolist(), mesh.length.tolist()
    ([0.5, 1.5, 2.0, 2.5, 3.5], [1.0, 1.0, 0.0, 1.0, 1.0], [0.5, 1.0, 0.5, 0.5, 1.0])
    """
    size: list[float] = []
    depth: list[float] = []
    layers: list[int] = []
    edges = cell_edges(thickness, settings or GridSettings())
    for layer, edge in enumerate(edges):
        size.extend(np.diff(edge))
        depth.extend(0.5 * (edge[1:] + edge[:-1]))
        layers.extend([layer] * (edge.size - 1))
        if layer < len(edges) - 1 or bottom != NO_FLOW:
            size.append(0.0)
            depth.append(edge[-1])
            layers.append(layer)
    size_array = np.array(size)
    link_layer = [layers[0]]
    link_layer += [layer + int(width == 0.0) for layer, width in zip(layers, size, strict=True)]
    link_layer[-1] = layers[-1]
    depths = np.array(depth)
    return Mesh(size_array, depths, np.array(layers), np.diff(depths, prepend=0.0), np.array(link_layer))
