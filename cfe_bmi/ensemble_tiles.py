"""The compiled loops of the ensemble for many catchments: tiles of them, side by side in memory (:mod:`cfe_bmi.lanes`).

They have the same results as :mod:`cfe_bmi.ensemble_kernel`, to the last bit, several times as fast, since one
instruction does its work for eight catchments.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfe_bmi.catchment import as_pairs, load_state, store_state
from cfe_bmi.coefficients import CfeParameters, derive
from cfe_bmi.ensemble_kernel import N_PARAMETERS
from cfe_bmi.lane_steps import CHUNK, N_INPUTS, member, move_queue, report_surface, step_lanes, turn_inputs
from cfe_bmi.lanes import (
    COEFFICIENTS,
    LANES,
    OUTPUTS,
    STATE,
    assign,
    get,
    put,
    put_state,
    take_state,
)
from cfe_bmi.one_piece import OnePieceOptions
from cfe_bmi.outputs import surface_water, total_storage
from cfe_bmi.state import CfeOptions
from hydro_physics.jit import as_tuple, njit
from hydro_physics.strided import store

_Array = NDArray[Any]

NOT_DONE = -2
"""In place of the step that was refused: the catchment has to be run by itself, which finds it."""


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
        put_state(memory, STATE + 1, lane, state)
        assign(memory, STATE, lane, 0.0)
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
        turn_inputs(fields, first, width, lanes, start, count, turned)
        for j in range(count):
            if mark < trails.shape[1] and start + j == mark * every:
                for lane in range(width):
                    store_state(take_state(memory, STATE + 1, lane, lateral, surface), trails[first + lane, mark])
                mark += 1
            fine = step_lanes(
                memory, turned, queue, shares, j, head, lanes, lateral, surface, thickness, pairs, options, easy
            )
            if not fine:
                return False
            head = move_queue(memory, queue, shares, head, lanes)
            if surface_wanted:
                report_surface(memory, queue, head, lanes, lateral, surface)
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
        state = take_state(memory, STATE + 1, lane, lateral, surface)
        store_state(state, storages[b])
        for i in range(queues.shape[1]):
            row = head + i - (queues.shape[1] if head + i >= queues.shape[1] else 0)
            queues[b, i] = get(queue, row, lane)
        end = total_storage(state, surface_water(state, queues[b], options))
        imbalance[b] = imbalance[b] + get(memory, STATE, lane) - end
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
        states = 3 + len(lateral) + len(surface)
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
