"""One compiled call per step and catchment, on arrays that a BMI component keeps."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from cfe_bmi.coefficients import CfeCoefficients
from cfe_bmi.outputs import advance, hourly_forcing
from cfe_bmi.state import SCHAAKE, CfeOptions, CfeState
from hydro_physics.jit import as_tuple, njit, replace_item
from hydro_physics.rows import inside

N_COEFFICIENTS = len(CfeCoefficients._fields)
N_OPTIONS = len(CfeOptions._fields)

_Array = NDArray[Any]


@njit
def load_state(row: _Array, lateral: tuple[float, ...], surface: tuple[float, ...]) -> CfeState:
    """State from a row ``soil, groundwater, lateral..., surface...``; the tuples only give the lengths."""
    for i in range(len(lateral)):
        lateral = replace_item(lateral, i, row[2 + i])
    for i in range(len(surface)):
        surface = replace_item(surface, i, row[2 + len(lateral) + i])
    return CfeState(row[0], row[1], lateral, surface)


@njit
def store_state(state: CfeState, row: _Array) -> None:
    """Write a state into a row, the inverse of :func:`load_state`."""
    row[0] = state.soil
    row[1] = state.groundwater
    for i in range(len(state.lateral)):
        row[2 + i] = state.lateral[i]
    for i in range(len(state.surface)):
        row[2 + len(state.lateral) + i] = state.surface[i]


@njit
def as_pairs(limits: _Array) -> tuple[tuple[float, float], ...]:
    """Lowest and highest value of each of the five inputs, from an array of shape (5, 2)."""
    return (
        (limits[0, 0], limits[0, 1]),
        (limits[1, 0], limits[1, 1]),
        (limits[2, 0], limits[2, 1]),
        (limits[3, 0], limits[3, 1]),
        (limits[4, 0], limits[4, 1]),
    )


@njit
def usable(
    rain: float,
    pet: float,
    ice_depth: float,
    ice_fraction: float,
    moisture: float,
    limits: tuple[tuple[float, float], ...],
    options: CfeOptions,
) -> bool:
    """Say whether the inputs that the options use are within their limits; see :func:`as_pairs`."""
    fine = inside(rain, limits[0][0], limits[0][1]) and inside(pet, limits[1][0], limits[1][1])
    if options.frozen_soil == 1:
        if options.partitioning == SCHAAKE:
            fine = fine and inside(ice_depth, limits[2][0], limits[2][1])
        else:
            fine = fine and inside(ice_fraction, limits[3][0], limits[3][1])
    if options.rootzone_et == 1:
        fine = fine and inside(moisture, limits[4][0], limits[4][1])
    return fine


@njit(inline=False)
def update_catchment(
    inputs: _Array,
    limits: _Array,
    profile: _Array,
    layer: int,
    thickness: float,
    coefficients: _Array,
    options: _Array,
    lateral: tuple[float, ...],
    surface: tuple[float, ...],
    storages: _Array,
    queue: _Array,
    ordinates: _Array,
    outputs: _Array,
    ledger: _Array,
) -> bool:
    """Do one step and book it.

    Parameters
    ----------
    inputs : array, shape (4,)
        Rain [mm h-1], potential evaporation [m s-1], ice depth [m], ice fraction [-].
    limits : array, shape (5, 2)
        Ranges in which inputs are accepted.
    profile : array, shape (layers,)
        Soil moisture [-]; `layer` feeds evaporation and is `thickness` m thick.
    coefficients, options : array
        Items of :class:`CfeCoefficients` and :class:`CfeOptions`.
    lateral, surface : tuple of float
        As long as the cascades.
    storages, queue : array
        State; changed in place.
    ordinates : array
        Of the GIUH.
    outputs : array, shape (13,)
        Receives the first items of :class:`cfe_bmi.outputs.CfeOutputs`.
    ledger : array, shape (4,)
        Water in, out, stored and leaked since the start [m]; changed in place.

    Returns
    -------
    bool
        False, and nothing changed, when an input that the options use is outside its limits.
    """
    o = CfeOptions(*as_tuple(options, N_OPTIONS))
    moisture = profile[layer] if o.rootzone_et == 1 else 0.0
    if not usable(inputs[0], inputs[1], inputs[2], inputs[3], moisture, as_pairs(limits), o):
        return False
    c = CfeCoefficients(*as_tuple(coefficients, N_COEFFICIENTS))
    forcing = hourly_forcing(inputs[0], inputs[1], inputs[2], inputs[3], moisture, thickness)
    state, results = advance(load_state(storages, lateral, surface), queue, ordinates, forcing, c, o)
    store_state(state, storages)
    for i in range(outputs.size):
        outputs[i] = results[i]
    ledger[0] += results.rain_rate
    ledger[1] += results.actual_et + results.q_out
    ledger[2] = results.storage
    return True
