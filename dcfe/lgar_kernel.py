"""The compiled loops of LGAR in dual numbers: over catchments, and over steps in each.

The physics is that of :mod:`lgar_bmi`, compiled for another number type; the loops are those of its ensemble.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcfe.dual import value_of
from dcfe.dual_array import dual_array, load_numbers, store_numbers
from dcfe.dual_table import dual_tables
from dcfe.lgar_arrays import Contraction, DualInputs, DualResults, DualRoom, DualState, Numbers, room_for_numbers
from hydro_physics.jit import as_tuple, njit
from hydro_physics.matric_flux import TABLE_SHAPE
from hydro_physics.rows import row_of
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.column import CAPACITY, Column, Fronts, refresh
from lgar_bmi.frozen import set_temperatures
from lgar_bmi.kernel import N_OPTIONS, usable
from lgar_bmi.options import EXACT, LgarOptions
from lgar_bmi.outputs import FINE, REFUSED, LgarOutputs, advance, moistures_at, outcome
from lgar_bmi.processes import derive
from lgar_bmi.setup import (
    ALPHA,
    BOTTOM,
    KS,
    LAYER_ROWS,
    THETA_E,
    THETA_R,
    THICKNESS,
    WORK_INTEGERS,
    WORK_REALS,
    N,
    fill_tables,
    fronts_over,
    work_over,
)
from lgar_bmi.state import Surface

N_PARAMETERS = len(LgarParameters._fields)
N_OUTPUTS = len(LgarOutputs._fields)
ONE = (0.0,)

_Array = NDArray[Any]


@njit(borrow=True)
def follow_soils(fronts: Fronts, reals: _Array, column: Column) -> None:
    """Give moistures and conductivities the tangents that they have while suctions are held; values stay.

    `reals` are the values of the fronts' rows, in the order of :func:`lgar_bmi.setup.fronts_over`.
    """
    for i in range(fronts.size[0]):
        theta = value_of(fronts.theta[i])
        k = value_of(fronts.k[i])
        refresh(fronts, i, column)
        reals[1, i] = theta
        reals[3, i] = k


@njit(borrow=True)
def _add(sums: _Array, weight: float, tangents: _Array) -> None:
    """Add a result's tangents times its weight."""
    if weight != 0.0:
        for j in range(sums.size):
            sums[j] += weight * tangents[j]


@njit(inline=False, borrow=True)
def _run_steps(
    inputs: DualInputs,
    state: DualState,
    results: DualResults,
    contraction: Contraction,
    room: DualRoom,
    times: _Array,
    options: LgarOptions,
    limits: _Array,
    chosen: _Array,
    depths: _Array,
    fresh: int,
    like: tuple[float, ...],
) -> tuple[int, int]:
    rows = inputs.layers.values
    layers = dual_array(rows, inputs.layers.tangents, like)
    column = Column(
        theta_r=layers[THETA_R],
        theta_e=layers[THETA_E],
        alpha=layers[ALPHA],
        n=layers[N],
        ks=layers[KS],
        thickness=rows[THICKNESS],
        bottom=rows[BOTTOM],
        tables=dual_tables(room.tables.values, room.tables.tangents, inputs.layers.tangents[N], like),
    )
    fronts = fronts_over(dual_array(state.fronts.values, state.fronts.tangents, like), state.integers)
    if fresh == 1:
        follow_soils(fronts, state.fronts.values, column)
    work = work_over(dual_array(room.work.values, room.work.tangents, like), room.integers)
    parameters = dual_array(inputs.parameters.values, inputs.parameters.tangents, like)
    c = derive(LgarParameters(*load_numbers(parameters, N_PARAMETERS)), column)
    surface_row = state.surface.values
    water = dual_array(surface_row, state.surface.tangents, like)
    surface = Surface(water[0], water[1], water[2], water[3], int(surface_row[4]), int(surface_row[5]), surface_row[6])
    queue = dual_array(state.queue.values, state.queue.tangents, like)
    factor = dual_array(inputs.rain_factor.values, inputs.rain_factor.tangents, like)[0]
    line = dual_array(room.line.values[0], room.line.tangents[0], like)
    wet = dual_array(room.wet.values[0], room.wet.tangents[0], like)
    duration, length, tolerance = as_tuple(times, 3)
    count = results.outputs.tangents.shape[2]
    for t in range(inputs.rain.size):
        temperatures = inputs.temperatures[t]
        if not usable(inputs.rain[t], inputs.pet[t], temperatures, limits):
            return REFUSED, t
        if inputs.nodes.size > 0:
            set_temperatures(temperatures, inputs.nodes, layers, fronts, column)
        surface, found = advance(
            fronts,
            work,
            surface,
            queue,
            inputs.shares,
            inputs.rain[t] * factor,
            inputs.pet[t],
            duration,
            length,
            tolerance,
            column,
            c,
            options,
            results.events,
        )
        status = outcome(found, results.events)
        if status != FINE:
            return status, t
        store_numbers(line, found)
        for k in range(chosen.size):
            results.outputs.values[k, t] = room.line.values[0, chosen[k]]
            for j in range(count):
                results.outputs.tangents[k, t, j] = room.line.tangents[0, chosen[k], j]
        for k in range(contraction.outputs.shape[0]):
            _add(contraction.sums, contraction.outputs[k, t], room.line.tangents[0, chosen[k]])
        if depths.size > 0:
            moistures_at(depths, fronts, wet)
            for i in range(depths.size):
                results.moistures.values[t, i] = room.wet.values[0, i]
                for j in range(count):
                    results.moistures.tangents[t, i, j] = room.wet.tangents[0, i, j]
            if contraction.moistures.shape[0] > 0:
                for i in range(depths.size):
                    _add(contraction.sums, contraction.moistures[t, i], room.wet.tangents[0, i])
    store_numbers(water, (surface.ponded, surface.fast, surface.slow, surface.owed))
    surface_row[4] = surface.raining
    surface_row[5] = surface.preferential
    surface_row[6] = surface.length
    return FINE, 0


@njit(inline=False, borrow=True)
def _fill_tables(layers: Numbers, tables: Numbers) -> None:
    """Tabulate matric flux potentials with their slopes to the shape n, which is seeded."""
    fill_tables(dual_array(layers.values, layers.tangents, ONE), dual_array(tables.values, tables.tangents, ONE))


@njit(part_of_caller=True)
def _run_catchment(
    inputs: DualInputs,
    state: DualState,
    results: DualResults,
    contraction: Contraction,
    times: _Array,
    options: LgarOptions,
    limits: _Array,
    chosen: _Array,
    depths: _Array,
    fresh: int,
    like: tuple[float, ...],
) -> tuple[int, int]:
    lanes = len(like)
    layers = inputs.layers.values.shape[1]
    drives = layers if options.capillary_drive == EXACT else 0
    shape = (drives, TABLE_SHAPE[0], TABLE_SHAPE[1])
    tables = Numbers(np.zeros(shape), np.zeros((shape[0], shape[1], shape[2], 1)))
    shapes = np.zeros((LAYER_ROWS, layers, 1))
    shapes[N] = 1.0
    _fill_tables(Numbers(inputs.layers.values, shapes), tables)
    room = DualRoom(
        tables,
        room_for_numbers(WORK_REALS, CAPACITY, lanes),
        np.zeros((WORK_INTEGERS, CAPACITY), dtype=np.int64),
        room_for_numbers(1, N_OUTPUTS, lanes),
        room_for_numbers(1, depths.size, lanes),
    )
    return _run_steps(inputs, state, results, contraction, room, times, options, limits, chosen, depths, fresh, like)


@njit(inline=False, nogil=True)
def run_duals(
    first: int,
    last: int,
    layers: _Array,
    layer_tangents: _Array,
    parameters: _Array,
    parameter_tangents: _Array,
    rain_factor: _Array,
    rain_tangents: _Array,
    shares: _Array,
    rain: _Array,
    pet: _Array,
    temperatures: _Array,
    nodes: _Array,
    fronts: _Array,
    front_tangents: _Array,
    integers: _Array,
    surfaces: _Array,
    surface_tangents: _Array,
    queues: _Array,
    queue_tangents: _Array,
    outputs: _Array,
    output_tangents: _Array,
    moistures: _Array,
    moisture_tangents: _Array,
    events: _Array,
    weights: _Array,
    moisture_weights: _Array,
    sums: _Array,
    times: _Array,
    option_row: _Array,
    limits: _Array,
    chosen: _Array,
    depths: _Array,
    fresh: int,
    ended: _Array,
    like: tuple[float, ...],
) -> None:
    """Run many catchments in dual numbers.

    Parameters
    ----------
    first, last : int
        Catchments to run, the last not included.
    layers, parameters, fronts, surfaces, queues : array
        As for :func:`lgar_bmi.ensemble_kernel.run_ensemble`, each with its tangents: one more dimension, (lanes,).
    rain_factor, rain_tangents : array, shapes (1,) and (1, lanes)
        1, with the tangents of the seed on rain.
    outputs, moistures, output_tangents, moisture_tangents : array
        Receive the results; tangents of as many lanes as are wanted, none among them.
    weights, moisture_weights : array
        Of the shapes of outputs and moistures; without outputs or steps when no sums are wanted.
    sums : array, shape (catchments, lanes)
        Receive the derivatives of the weighted sum of all results.
    fresh : int
        1: the state's tangents are those of moistures and conductivities at its suctions.
    ended : array of int, shape (catchments, 2)
        Receives how it ended, and in which step.
    like : tuple of float
        As many as there are lanes.
    shares ... nodes, integers, events, times ... depths
        As for :func:`lgar_bmi.ensemble_kernel.run_ensemble`.
    """
    options = LgarOptions(*as_tuple(option_row, N_OPTIONS))
    for b in range(first, last):
        ended[b, 0], ended[b, 1] = _run_catchment(
            DualInputs(
                Numbers(layers[b], layer_tangents[b]),
                Numbers(parameters[b], parameter_tangents[b]),
                Numbers(rain_factor, rain_tangents),
                row_of(shares, b),
                row_of(rain, b),
                row_of(pet, b),
                row_of(temperatures, b),
                nodes[b],
            ),
            DualState(
                Numbers(fronts[b], front_tangents[b]),
                integers[b],
                Numbers(surfaces[b], surface_tangents[b]),
                Numbers(queues[b], queue_tangents[b]),
            ),
            DualResults(
                Numbers(outputs[:, b], output_tangents[:, b]),
                Numbers(moistures[b], moisture_tangents[b]),
                events[b],
            ),
            Contraction(weights[:, b], moisture_weights[b], sums[b]),
            times,
            options,
            limits,
            chosen,
            depths,
            fresh,
            like,
        )
