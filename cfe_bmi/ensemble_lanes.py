"""The compiled loops of the ensemble for many catchments: tiles of them, side by side in memory.

The equations are those of :func:`cfe_bmi.step.step`, in the same order, and the results have the same bits as those of
:mod:`cfe_bmi.ensemble_kernel`; several times as fast, since one instruction does its work for eight catchments.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfe_bmi.catchment import as_pairs, load_state, store_state, usable
from cfe_bmi.coefficients import CfeCoefficients, CfeParameters, derive
from cfe_bmi.ensemble_kernel import N_PARAMETERS
from cfe_bmi.lanes import (
    COEFFICIENTS,
    COEFFICIENTS_LIKE,
    DIRECT,
    EXCESS,
    FLUXES,
    FLUXES_LIKE,
    FORCING,
    FORCING_LIKE,
    GAINED,
    LANES,
    OUTPUTS,
    PONDED,
    STATE,
    assign,
    get,
    put,
    put_state,
    take,
    take_state,
)
from cfe_bmi.one_piece import OnePieceOptions
from cfe_bmi.outputs import CfeOutputs, hourly_forcing, report, surface_water, total_storage
from cfe_bmi.state import GIUH, CfeFluxes, CfeForcing, CfeOptions
from cfe_bmi.step import step
from hydro_physics.jit import as_tuple, njit
from hydro_physics.routing import delay
from hydro_physics.strided import load, store

_Array = NDArray[Any]

N_INPUTS = 5
CHUNK = 64
"""Steps whose inputs and outputs are turned at a time, from catchment by catchment to step by step: they stay in the
processor's cache."""

OF_SURFACE = tuple(CfeOutputs._fields.index(name) for name in ("nwm_ponded_depth", "storage"))
"""Outputs that need the water under way on the surface."""

NOT_DONE = -2
"""In place of the step that was refused: the catchment has to be run by itself, which finds it."""


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
def route_lanes(memory: _Array, queue: _Array, shares: _Array, head: int, lanes: int) -> int:
    """Route the excess of all lanes, as :func:`hydro_physics.routing.route_giuh` does for one catchment.

    The queue is a ring: it begins at row `head`, and nothing has to move up. Returns where it begins afterwards.
    """
    rows = queue.size // LANES
    wet = 0
    for lane in range(lanes):
        wet += 1 if get(memory, EXCESS, lane) != 0.0 else 0
    if wet > 0:
        for i in range(rows):
            row = head + i - (rows if head + i >= rows else 0)
            for lane in range(lanes):
                water = delay(get(queue, row, lane), get(shares, i, lane), get(memory, EXCESS, lane))
                assign(queue, row, lane, water)
    for lane in range(lanes):
        assign(memory, DIRECT, lane, get(queue, head, lane))
        assign(queue, head, lane, 0.0)
    return head + 1 if head + 1 < rows else 0


@njit
def sum_lanes(memory: _Array, queue: _Array, head: int, lanes: int) -> None:
    """Sum up the water under way of all lanes, in the order of :func:`cfe_bmi.outputs.surface_water`."""
    rows = queue.size // LANES
    for lane in range(lanes):
        assign(memory, PONDED, lane, 0.0)
    for i in range(rows):
        row = head + i - (rows if head + i >= rows else 0)
        for lane in range(lanes):
            assign(memory, PONDED, lane, get(memory, PONDED, lane) + get(queue, row, lane))


@njit
def step_lanes(
    memory: _Array,
    turned: _Array,
    at: int,
    lanes: int,
    lateral: tuple[float, ...],
    surface: tuple[float, ...],
    thickness: float,
    limits: tuple[tuple[float, float], ...],
    easy: CfeOptions,
) -> tuple[int, int]:
    """Do a step of all lanes; say how many have unusable inputs, and how many could not be done in one piece."""
    after = STATE + 2 + len(lateral) + len(surface)
    unusable = 0
    hard = 0
    for lane in range(lanes):
        rain = get(turned, at, lane)
        pet = get(turned, CHUNK + at, lane)
        ice_depth = get(turned, 2 * CHUNK + at, lane)
        ice_fraction = get(turned, 3 * CHUNK + at, lane)
        moisture = get(turned, 4 * CHUNK + at, lane)
        unusable += 0 if usable(rain, pet, ice_depth, ice_fraction, moisture, limits, easy) else 1
        forcing = hourly_forcing(rain, pet, ice_depth, ice_fraction, moisture, thickness)
        c = CfeCoefficients(*take(memory, COEFFICIENTS, lane, COEFFICIENTS_LIKE))
        state, fluxes = step(take_state(memory, STATE, lane, lateral, surface), forcing, c, easy)
        hard += 1 if state.soil != state.soil else 0
        put(memory, FORCING, lane, forcing)
        put(memory, FLUXES, lane, fluxes)
        put_state(memory, after, lane, state)
    return unusable, hard


@njit
def step_hard(
    memory: _Array, lanes: int, lateral: tuple[float, ...], surface: tuple[float, ...], options: CfeOptions
) -> None:
    """Do the step once more for the lanes in which it could not be done in one piece."""
    after = STATE + 2 + len(lateral) + len(surface)
    for lane in range(lanes):
        if get(memory, after, lane) != get(memory, after, lane):
            forcing = CfeForcing(*take(memory, FORCING, lane, FORCING_LIKE))
            c = CfeCoefficients(*take(memory, COEFFICIENTS, lane, COEFFICIENTS_LIKE))
            state, fluxes = step(take_state(memory, STATE, lane, lateral, surface), forcing, c, options)
            put(memory, FLUXES, lane, fluxes)
            put_state(memory, after, lane, state)


@njit
def report_lanes(
    memory: _Array, lanes: int, lateral: tuple[float, ...], surface: tuple[float, ...], options: CfeOptions
) -> None:
    """Put the results of all lanes together, and go on to the state after the step."""
    after = STATE + 2 + len(lateral) + len(surface)
    for lane in range(lanes):
        before = get(memory, STATE, lane)
        state = take_state(memory, after, lane, lateral, surface)
        fluxes = CfeFluxes(*take(memory, FLUXES, lane, FLUXES_LIKE))
        forcing = CfeForcing(*take(memory, FORCING, lane, FORCING_LIKE))
        results = report(state, fluxes, forcing, before, get(memory, DIRECT, lane), get(memory, PONDED, lane))
        put(memory, OUTPUTS, lane, results)
        gained = get(memory, GAINED, lane)
        assign(memory, GAINED, lane, gained + (results.rain_rate - (results.actual_et + results.q_out)))
        put_state(memory, STATE, lane, state)


@njit
def run_tile(
    first: int,
    width: int,
    lanes: int,
    surface_wanted: bool,
    parameters: _Array,
    lateral: tuple[float, ...],
    surface: tuple[float, ...],
    storages: _Array,
    queues: _Array,
    ordinates: _Array,
    fields: tuple[_Array, ...],
    thickness: float,
    limits: _Array,
    chosen: _Array,
    outputs: _Array,
    imbalance: _Array,
    every: int,
    trails: _Array,
    options: CfeOptions,
    easy: CfeOptions,
    memory: _Array,
    queue: _Array,
    shares: _Array,
    turned: _Array,
    results: _Array,
) -> bool:
    """Run the catchments from `first` on, as many as `width`; say whether all their inputs could be used."""
    for lane in range(lanes):
        b = first + min(lane, width - 1)
        put(memory, COEFFICIENTS, lane, derive(CfeParameters(*as_tuple(parameters[b], N_PARAMETERS))))
        state = load_state(storages[b], lateral, surface)
        put_state(memory, STATE, lane, state)
        assign(memory, GAINED, lane, 0.0)
        assign(memory, PONDED, lane, 0.0)
        for i in range(queues.shape[1]):
            assign(queue, i, lane, queues[b, i])
            assign(shares, i, lane, ordinates[member(ordinates, first, width, lane), i])
        if lane < width:
            imbalance[b] = total_storage(state, surface_water(state, queues[b], options))

    steps = fields[0].shape[1]
    pairs = as_pairs(limits)
    kept = chosen.size
    mark = 0
    head = 0
    for start in range(0, steps, CHUNK):
        count = min(CHUNK, steps - start)
        for place in range(N_INPUTS):
            turn_input(fields[place], first, width, lanes, start, count, place, turned)
        for j in range(count):
            if mark < trails.shape[1] and start + j == mark * every:
                for lane in range(width):
                    store_state(take_state(memory, STATE, lane, lateral, surface), trails[first + lane, mark])
                mark += 1
            unusable, hard = step_lanes(memory, turned, j, lanes, lateral, surface, thickness, pairs, easy)
            if unusable > 0:
                return False
            if hard > 0:
                step_hard(memory, lanes, lateral, surface, options)
            if options.surface_runoff == GIUH:
                head = route_lanes(memory, queue, shares, head, lanes)
                if surface_wanted:
                    sum_lanes(memory, queue, head, lanes)
            report_lanes(memory, lanes, lateral, surface, options)
            for k in range(kept):
                for lane in range(lanes):
                    assign(results, k * CHUNK + j, lane, get(memory, OUTPUTS + chosen[k], lane))
        for k in range(kept):
            for lane in range(width):
                row = outputs[k, first + lane]
                for j in range(count):
                    store(row, start + j, get(results, k * CHUNK + j, lane))

    for lane in range(width):
        b = first + lane
        state = take_state(memory, STATE, lane, lateral, surface)
        store_state(state, storages[b])
        for i in range(queues.shape[1]):
            row = head + i - (queues.shape[1] if head + i >= queues.shape[1] else 0)
            queues[b, i] = get(queue, row, lane)
        end = total_storage(state, surface_water(state, queues[b], options))
        imbalance[b] = imbalance[b] + get(memory, GAINED, lane) - end
    return True


@functools.cache
def tile_kernel(options: CfeOptions) -> Callable[..., None]:
    """Compile the loops for a choice of schemes: only where these are constants do all lanes take one path.

    Parameters
    ----------
    options : CfeOptions

    Returns
    -------
    callable
        Its arguments are the first and the last tile (this one not included), :data:`cfe_bmi.lanes.LANES` (as an
        argument, for a compiler writes out a loop whose length it knows), whether an output needs the water on the
        surface, and those of :func:`cfe_bmi.ensemble_kernel.run_ensemble` but for what varies and the options.
        Catchments with an input that may not be used stay as they are, and are marked with `NOT_DONE`.
    """
    easy = OnePieceOptions(*options)

    @njit(inline=False, nogil=True)
    def run_tiles(  # type: ignore[no-untyped-def]
        first,
        last,
        lanes,
        surface_wanted,
        parameters,
        lateral,
        surface,
        storages,
        queues,
        ordinates,
        rain,
        pet,
        ice_depth,
        ice_fraction,
        moisture,
        thickness,
        limits,
        chosen,
        outputs,
        imbalance,
        refused,
        every,
        trails,
    ):
        states = 2 + len(lateral) + len(surface)
        memory = np.zeros((STATE + 2 * states) * LANES)
        queue = np.zeros(queues.shape[1] * LANES)
        shares = np.zeros(queues.shape[1] * LANES)
        turned = np.zeros(CHUNK * N_INPUTS * LANES)
        results = np.zeros(chosen.size * CHUNK * LANES)
        for tile in range(first, last):
            begin = tile * LANES
            width = min(LANES, parameters.shape[0] - begin)
            done = run_tile(
                begin,
                width,
                lanes,
                surface_wanted,
                parameters,
                lateral,
                surface,
                storages,
                queues,
                ordinates,
                (rain, pet, ice_depth, ice_fraction, moisture),
                thickness,
                limits,
                chosen,
                outputs,
                imbalance,
                every,
                trails,
                options,
                easy,
                memory,
                queue,
                shares,
                turned,
                results,
            )
            if not done:
                refused[begin : begin + width] = NOT_DONE

    return run_tiles
