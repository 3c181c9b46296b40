"""Whether a state that an ensemble is given is one of its columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgar_bmi.column import CAPACITY, Fronts
from lgar_bmi.ensemble_setup import EnsembleState
from lgar_bmi.setup import FRONT_INTEGERS, FRONT_REALS, SURFACE_ITEMS
from lgar_bmi.state import Surface

_Array = NDArray[Any]

OWED = Surface._fields.index("owed")
DEPTH = Fronts._fields.index("depth")
LAYER, AT_BOTTOM, SIZE = range(FRONT_INTEGERS)

ROUNDING = 1e-9
"""Share of a bottom's depth by which thicknesses may be written differently."""


def check_state(state: EnsembleState, thickness: NDArray[np.float64], ordinates: int) -> None:
    """Refuse a state of other columns, of fewer digits, or one that is negative or not a number.

    Numbers of fewer digits are not converted: such a state has lost water, and its fronts no longer stand at the
    bottoms of layers.

    Parameters
    ----------
    state : EnsembleState
    thickness : array, shape (catchments, layers)
        Of the columns' layers [cm].
    ordinates : int
        Length of the GIUH in forcing steps.

    Raises
    ------
    ValueError
        Naming the part of the state, and the first catchment.
    """
    count, layers = thickness.shape
    shapes = {
        "fronts": (count, FRONT_REALS, CAPACITY),
        "front_integers": (count, FRONT_INTEGERS, CAPACITY),
        "surface": (count, SURFACE_ITEMS),
        "frozen": (count, layers),
        "queue": (count, ordinates),
    }
    for name, values in state._asdict().items():
        if values.shape != shapes[name]:
            raise ValueError(f"state.{name} has shape {values.shape}; expected {shapes[name]}")
        kind = np.dtype(np.int64 if name == "front_integers" else np.float64)
        if values.dtype != kind:
            raise ValueError(f"state.{name} is {values.dtype}; expected {kind}, as a run or initial_state gives it")
        bad = ~(np.isfinite(values) & (values >= 0.0))
        if name == "surface":
            # a debt of round-off may be negative
            bad[:, OWED] = ~np.isfinite(values[:, OWED])
        if bad.any():
            index = np.argwhere(bad)[0]
            raise ValueError(
                f"state.{name} of catchment {index[0]} holds {values[tuple(index)]:g}; expected numbers not below 0"
            )
    sizes = state.front_integers[:, SIZE, 0]
    if (sizes < layers).any() or (sizes > CAPACITY).any():
        index = np.flatnonzero((sizes < layers) | (sizes > CAPACITY))[0]
        raise ValueError(
            f"state.front_integers of catchment {index} counts {sizes[index]} fronts; expected {layers} to {CAPACITY}"
        )
    there = np.arange(CAPACITY) < sizes[:, None]
    wrong = there & ((state.front_integers[:, LAYER] >= layers) | (state.front_integers[:, AT_BOTTOM] > 1))
    if wrong.any():
        index = np.argwhere(wrong)[0]
        raise ValueError(
            f"state.front_integers of catchment {index[0]}: front {index[1]} is in a layer beyond the {layers} "
            f"there are, or is neither at its bottom (1) nor not (0)"
        )
    _check_bottoms(state, thickness, there)


def _check_bottoms(state: EnsembleState, thickness: NDArray[np.float64], there: _Array) -> None:
    """Refuse a state whose fronts at bottoms of layers do not stand where the columns' layers end."""
    bottoms = np.cumsum(thickness, axis=1)
    at_bottom = there & (state.front_integers[:, AT_BOTTOM] == 1)
    for layer in range(thickness.shape[1]):
        here = at_bottom & (state.front_integers[:, LAYER] == layer)
        odd = here.sum(axis=1) != 1
        if odd.any():
            raise ValueError(
                f"state.front_integers of catchment {np.flatnonzero(odd)[0]}: no front, or more than one, stands at "
                f"the bottom of layer {layer + 1}; expected one"
            )
        depths = state.fronts[:, DEPTH][here]
        far = np.abs(depths - bottoms[:, layer]) > ROUNDING * bottoms[:, layer]
        if far.any():
            b = int(np.flatnonzero(far)[0])
            raise ValueError(
                f"state.fronts of catchment {b}: the front at the bottom of layer {layer + 1} stands at "
                f"{depths[b]:.15g} cm; expected {bottoms[b, layer]:.15g} cm, where the layer of columns.thickness ends"
            )
