"""Whether a state that an ensemble is given is one of its columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydro_physics.jit import njit
from hydro_physics.van_genuchten import VanGenuchtenSoil, moisture
from lgar_bmi.column import CAPACITY, Fronts
from lgar_bmi.ensemble_setup import EnsembleState
from lgar_bmi.setup import FRONT_INTEGERS, FRONT_REALS, SURFACE_ITEMS
from lgar_bmi.state import Surface

_Array = NDArray[Any]

OWED = Surface._fields.index("owed")
DEPTH, THETA, PSI = (Fronts._fields.index(name) for name in ("depth", "theta", "psi"))
LAYER, AT_BOTTOM, SIZE = range(FRONT_INTEGERS)

ROUNDING = 1e-9
"""Share of a bottom's depth by which thicknesses may be written differently."""

SAME_SOIL = 1e-9
"""Difference of moistures of one soil at one suction [-]; a run keeps them equal to the last digit or two."""


def check_state(
    state: EnsembleState, soils: NDArray[np.float64], thickness: NDArray[np.float64], ordinates: int
) -> None:
    """Refuse a state of other columns, of fewer digits, or one that is negative or not a number.

    Numbers of fewer digits are not converted: such a state has lost water, and its fronts no longer stand at the
    bottoms of layers.

    Parameters
    ----------
    state : EnsembleState
    soils : array, shape (catchments, layers, 5)
        Of the columns' layers.
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
    _check_moistures(state, soils)


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


@njit(inline=False)
def _misfits(fronts: _Array, integers: _Array, soils: _Array, misfits: _Array, worst: _Array) -> None:
    """Largest difference of a front's moisture from that of its soil at its suction, and the front, by catchment."""
    for b in range(fronts.shape[0]):
        for i in range(integers[b, SIZE, 0]):
            row = soils[b, integers[b, LAYER, i]]
            soil = VanGenuchtenSoil(row[0], row[1], row[2], row[3], row[4])
            misfit = abs(moisture(fronts[b, PSI, i], soil) - fronts[b, THETA, i])
            if misfit > misfits[b]:
                misfits[b] = misfit
                worst[b] = i


def _check_moistures(state: EnsembleState, soils: NDArray[np.float64]) -> None:
    """Refuse a state whose moistures are not those of the columns' soils: it belongs to others.

    Water would come or go unseen, and derivatives would be those of a state that follows its soils.
    """
    count = len(soils)
    misfits, worst = np.zeros(count), np.zeros(count, dtype=np.int64)
    _misfits(np.asarray(state.fronts), np.asarray(state.front_integers), np.ascontiguousarray(soils), misfits, worst)
    if (misfits > SAME_SOIL).any():
        b = int(np.flatnonzero(misfits > SAME_SOIL)[0])
        i = int(worst[b])
        psi, theta = (state.fronts[b, k, i] for k in (PSI, THETA))
        raise ValueError(
            f"state.fronts of catchment {b}: front {i + 1} has a moisture of {theta:.9g} at a suction of {psi:.6g} cm, "
            f"which is not that of its soil; the state was made for other soils: make it anew from a suction, or run "
            f"with the soils that it was made for"
        )
