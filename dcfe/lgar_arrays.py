"""Arrays that LGAR's compiled loops in dual numbers take: values, and with one more axis their tangents."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hydro_physics.jit import njit

_Array = NDArray[Any]


class Numbers(NamedTuple):
    """Dual numbers: values, and with one more axis their tangents."""

    values: _Array
    tangents: _Array


class DualState(NamedTuple):
    """State of a catchment: see :class:`lgar_bmi.ensemble_setup.EnsembleState`."""

    fronts: Numbers
    integers: _Array
    surface: Numbers
    queue: Numbers


class DualInputs(NamedTuple):
    """What drives a catchment: parameters, ordinates, forcing.

    Attributes
    ----------
    layers, parameters : Numbers
        Shapes (`LAYER_ROWS`, layers) and (parameters,).
    rain_factor : Numbers, shape (1,)
        1, with the tangents of the seed on rain.
    shares, rain, pet, temperatures, nodes : array
        As the plain kernel takes them.
    """

    layers: Numbers
    parameters: Numbers
    rain_factor: Numbers
    shares: _Array
    rain: _Array
    pet: _Array
    temperatures: _Array
    nodes: _Array


class DualResults(NamedTuple):
    """Where results go: outputs of shape (outputs, steps), moistures of shape (steps, depths), counts."""

    outputs: Numbers
    moistures: Numbers
    events: _Array


class Contraction(NamedTuple):
    """Derivatives of a weighted sum of results, summed up while a run goes on: nothing is kept for every step.

    Attributes
    ----------
    outputs : array, shape (outputs, steps), or empty
        Weights of the outputs.
    moistures : array, shape (steps, depths), or empty
        Weights of the moistures.
    sums : array, shape (lanes,)
        Receives the derivatives.
    """

    outputs: _Array
    moistures: _Array
    sums: _Array


class DualRoom(NamedTuple):
    """Room to work in: a column's tables, with slopes to the shape n, fronts and lines of results."""

    tables: Numbers
    work: Numbers
    integers: _Array
    line: Numbers
    wet: Numbers


@njit
def room_for_numbers(rows: int, columns: int, lanes: int) -> Numbers:
    """Zeros, shape (rows, columns)."""
    return Numbers(np.zeros((rows, columns)), np.zeros((rows, columns, lanes)))
