"""A step of all catchments of a tile, eight at a time where a step is of one piece.

The equations are those of :func:`cfe_bmi.step.step`, in the same order, and the results have the same bits as those of
:mod:`cfe_bmi.ensemble_kernel`.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from cfe_bmi.catchment import usable
from cfe_bmi.coefficients import CfeCoefficients
from cfe_bmi.lanes import (
    COEFFICIENTS,
    COEFFICIENTS_LIKE,
    EXCESS,
    LANES,
    OUTPUTS,
    STATE,
    assign,
    get,
    put,
    put_state,
    take,
    take_state,
)
from cfe_bmi.outputs import CfeOutputs, hourly_forcing, report, total_storage
from cfe_bmi.state import CfeOptions
from cfe_bmi.step import step
from hydro_physics.jit import njit
from hydro_physics.routing import delay
from hydro_physics.strided import load

_Array = NDArray[Any]

N_INPUTS = 5
CHUNK = 64
"""Steps whose inputs and outputs are turned at a time, from catchment by catchment to step by step: they stay in the
processor's cache."""

PONDED, STORAGE = OF_SURFACE = tuple(CfeOutputs._fields.index(name) for name in ("nwm_ponded_depth", "storage"))
"""Outputs that need the water under way on the surface."""


@njit
def member(rows: _Array, first: int, width: int, lane: int) -> int:
    """Row of a lane; the lanes too many of the last tile do the work of its last catchment once more."""
    return first + min(lane, width - 1) if rows.shape[0] > 1 else 0


@njit
def turn_input(
    rows: _Array, first: int, width: int, lanes: int, start: int, steps: int, place: int, turned: _Array
) -> None:
    """Bring an input into lanes, ``turned[(place * CHUNK + step) * LANES + lane]``."""
    if rows.size:
        for lane in range(lanes):
            row = rows[member(rows, first, width, lane)]
            for j in range(steps):
                assign(turned, place * CHUNK + j, lane, load(row, start + j))


@njit
def turn_inputs(
    fields: tuple[_Array, ...], first: int, width: int, lanes: int, start: int, steps: int, turned: _Array
) -> None:
    """Bring all inputs into lanes; one by one, since one may be read-only, which is another type, and others not."""
    rain, pet, ice_depth, ice_fraction, moisture = fields
    turn_input(rain, first, width, lanes, start, steps, 0, turned)
    turn_input(pet, first, width, lanes, start, steps, 1, turned)
    turn_input(ice_depth, first, width, lanes, start, steps, 2, turned)
    turn_input(ice_fraction, first, width, lanes, start, steps, 3, turned)
    turn_input(moisture, first, width, lanes, start, steps, 4, turned)


@njit
def step_lane(
    memory: _Array,
    turned: _Array,
    queue: _Array,
    shares: _Array,
    at: int,
    head: int,
    lane: int,
    origin: int,
    lateral: tuple[float, ...],
    surface: tuple[float, ...],
    thickness: float,
    limits: tuple[tuple[float, float], ...],
    schemes: CfeOptions,
) -> tuple[bool, float]:
    """Do a step of one lane, from the rows `origin` to the rows `STATE`, but for what enters the unit hydrograph.

    Returns
    -------
    fine : bool
        Whether the inputs may be used.
    soil : float
        Storage at the end.
    """
    rain = get(turned, at, lane)
    pet = get(turned, CHUNK + at, lane)
    ice_depth = get(turned, 2 * CHUNK + at, lane)
    ice_fraction = get(turned, 3 * CHUNK + at, lane)
    moisture = get(turned, 4 * CHUNK + at, lane)
    forcing = hourly_forcing(rain, pet, ice_depth, ice_fraction, moisture, thickness)
    c = CfeCoefficients(*take(memory, COEFFICIENTS, lane, COEFFICIENTS_LIKE))
    gained = get(memory, origin, lane)
    before = take_state(memory, origin + 1, lane, lateral, surface)
    state, fluxes = step(before, forcing, c, schemes)
    direct = delay(get(queue, head, lane), get(shares, 0, lane), fluxes.excess)
    results = report(state, fluxes, forcing, before.soil, direct, 0.0)
    assign(memory, STATE, lane, gained + (results.rain_rate - (results.actual_et + results.q_out)))
    put_state(memory, STATE + 1, lane, state)
    put(memory, OUTPUTS, lane, results)
    assign(memory, EXCESS, lane, fluxes.excess)
    return usable(rain, pet, ice_depth, ice_fraction, moisture, limits, schemes), state.soil


@njit
def step_lanes(
    memory: _Array,
    turned: _Array,
    queue: _Array,
    shares: _Array,
    at: int,
    head: int,
    lanes: int,
    lateral: tuple[float, ...],
    surface: tuple[float, ...],
    thickness: float,
    limits: tuple[tuple[float, float], ...],
    options: CfeOptions,
    easy: CfeOptions,
) -> bool:
    """Do a step of all lanes; say whether all their inputs may be used."""
    origin = STATE + 3 + len(lateral) + len(surface)
    unusable = 0
    hard = 0
    for lane in range(lanes):
        assign(memory, origin, lane, get(memory, STATE, lane))
        put_state(memory, origin + 1, lane, take_state(memory, STATE + 1, lane, lateral, surface))
        fine, soil = step_lane(
            memory, turned, queue, shares, at, head, lane, origin, lateral, surface, thickness, limits, easy
        )
        unusable += 0 if fine else 1
        hard += 1 if soil != soil else 0
    if unusable > 0:
        return False
    if hard > 0:
        # not in one piece: each of them once more, by itself
        for lane in range(lanes):
            if get(memory, STATE + 1, lane) != get(memory, STATE + 1, lane):
                step_lane(
                    memory, turned, queue, shares, at, head, lane, origin, lateral, surface, thickness, limits, options
                )
    return True


@njit
def move_queue(memory: _Array, queue: _Array, shares: _Array, head: int, lanes: int) -> int:
    """Let the excess of all lanes enter their unit hydrographs, as :func:`hydro_physics.routing.route_giuh` does.

    The queue is a ring: it begins at row `head`, and nothing has to move up. Returns where it begins afterwards.
    """
    rows = queue.size // LANES
    for lane in range(lanes):
        assign(queue, head, lane, 0.0)
    wet = 0
    for lane in range(lanes):
        wet += 1 if get(memory, EXCESS, lane) != 0.0 else 0
    if wet > 0:
        for i in range(1, rows):
            row = head + i - (rows if head + i >= rows else 0)
            for lane in range(lanes):
                water = delay(get(queue, row, lane), get(shares, i, lane), get(memory, EXCESS, lane))
                assign(queue, row, lane, water)
    return head + 1 if head + 1 < rows else 0


@njit
def report_surface(
    memory: _Array, queue: _Array, head: int, lanes: int, lateral: tuple[float, ...], surface: tuple[float, ...]
) -> None:
    """Put the water under way on the surface into the outputs that have it."""
    rows = queue.size // LANES
    for lane in range(lanes):
        assign(memory, OUTPUTS + PONDED, lane, 0.0)
    for i in range(rows):
        row = head + i - (rows if head + i >= rows else 0)
        for lane in range(lanes):
            assign(memory, OUTPUTS + PONDED, lane, get(memory, OUTPUTS + PONDED, lane) + get(queue, row, lane))
    for lane in range(lanes):
        state = take_state(memory, STATE + 1, lane, lateral, surface)
        assign(memory, OUTPUTS + STORAGE, lane, total_storage(state, get(memory, OUTPUTS + PONDED, lane)))
