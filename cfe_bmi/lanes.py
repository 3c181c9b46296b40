"""Several catchments side by side in memory, so that a compiler does a step for eight of them at a time.

Each number of a catchment has a row, and each catchment of a tile its lane in all rows: ``memory[row * LANES + lane]``.
One block of memory, and a distance between its rows that is known when compiling, show a compiler that lanes do not
touch one another.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from cfe_bmi.catchment import N_COEFFICIENTS
from cfe_bmi.outputs import CfeOutputs
from cfe_bmi.state import CfeState
from hydro_physics.jit import njit
from hydro_physics.strided import load, load_strided, store, store_strided

LANES = 16
"""Catchments of a tile: two of the widest registers, so that one computes while the other waits."""

COEFFICIENTS = 0
OUTPUTS = COEFFICIENTS + N_COEFFICIENTS
EXCESS = OUTPUTS + len(CfeOutputs._fields)
"""Water of the step for the unit hydrograph [m]."""
STATE = EXCESS + 1
"""Water in less water out so far [m], then soil, groundwater, lateral and surface cascade; behind them the same before
the step."""

COEFFICIENTS_LIKE = (0.0,) * N_COEFFICIENTS

_Array = NDArray[Any]


@njit
def take(memory: _Array, row: int, lane: int, like: tuple[float, ...]) -> tuple[float, ...]:
    """Numbers of one lane from a row on, as many as `like` has."""
    return load_strided(memory, row * LANES + lane, LANES, like)


@njit
def put(memory: _Array, row: int, lane: int, values: tuple[float, ...]) -> None:
    """Write numbers into one lane, from a row on."""
    store_strided(memory, row * LANES + lane, LANES, values)


@njit
def get(memory: _Array, row: int, lane: int) -> float:
    """Number of one lane in a row."""
    return load(memory, row * LANES + lane)


@njit
def assign(memory: _Array, row: int, lane: int, value: float) -> None:
    """Write a number into one lane of a row."""
    store(memory, row * LANES + lane, value)


@njit
def take_state(memory: _Array, row: int, lane: int, lateral: tuple[float, ...], surface: tuple[float, ...]) -> CfeState:
    """State from a row on; the tuples give the lengths of the cascades."""
    soil, groundwater = take(memory, row, lane, (0.0, 0.0))
    lateral = take(memory, row + 2, lane, lateral)
    return CfeState(soil, groundwater, lateral, take(memory, row + 2 + len(lateral), lane, surface))


@njit
def put_state(memory: _Array, row: int, lane: int, state: CfeState) -> None:
    """Write a state from a row on."""
    put(memory, row, lane, (state.soil, state.groundwater))
    put(memory, row + 2, lane, state.lateral)
    put(memory, row + 2 + len(state.lateral), lane, state.surface)
