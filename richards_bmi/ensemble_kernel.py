"""The compiled loops of the ensemble: over columns, and over steps in each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydro_physics.jit import as_tuple, njit
from hydro_physics.rows import row_of
from richards_bmi.column import WORK_ROWS, work_over
from richards_bmi.kernel import N_COEFFICIENTS, N_OPTIONS, usable
from richards_bmi.options import RichardsOptions
from richards_bmi.outputs import FINE, REFUSED, advance, observe_at, outcome, total_storage
from richards_bmi.setup import DEPTH, column_over
from richards_bmi.step import Solver, Surface
from richards_bmi.system import RichardsCoefficients

_Array = NDArray[Any]


@njit(inline=False, borrow=True)
def run_steps(  # noqa: D103 - the loop over steps of `simulate`
    layers: _Array,
    tables: _Array,
    nodes: _Array,
    places: _Array,
    coefficients: _Array,
    times: _Array,
    options: RichardsOptions,
    state: _Array,
    surface_row: _Array,
    queue: _Array,
    work: _Array,
    shares: _Array,
    rain: _Array,
    pet: _Array,
    limits: _Array,
    chosen: _Array,
    outputs: _Array,
    depths: _Array,
    moistures: _Array,
    suctions: _Array,
    counts: _Array,
    ended: _Array,
) -> float:
    column = column_over(layers, tables, nodes, places)
    c = RichardsCoefficients(*as_tuple(coefficients, N_COEFFICIENTS))
    duration, tolerance, shortest, longest = as_tuple(times, 4)
    surface = Surface(surface_row[0], surface_row[1])
    room = work_over(work)
    balance = total_storage(state[1], surface.ponded, queue)
    for t in range(rain.size):
        ended[1] = t
        if not usable(rain[t], pet[t], limits):
            ended[0] = REFUSED
            return 0.0
        surface, results, fluxes = advance(
            state[0],
            state[1],
            surface,
            queue,
            shares,
            float(rain[t]),
            float(pet[t]),
            duration,
            Solver(tolerance, shortest, longest),
            column,
            c,
            options,
            room,
        )
        status = outcome(results, fluxes)
        if status != FINE:
            ended[0] = status
            ended[2] = fluxes.stuck
            return 0.0
        counts[0] += fluxes.substeps
        counts[1] += fluxes.repeated
        counts[2] += fluxes.iterations
        for k in range(chosen.size):
            outputs[k, t] = results[chosen[k]]
        if depths.size > 0:
            observe_at(depths, state[0], column, nodes[DEPTH], moistures[t], suctions[t])
        balance += results.precipitation
        balance -= results.actual_evapotranspiration + results.total_discharge + results.percolation
    surface_row[0] = surface.ponded
    surface_row[1] = surface.length
    return balance - total_storage(state[1], surface.ponded, queue)


@njit(part_of_caller=True)
def run_column(  # noqa: D103 - a column of `simulate`, cut out of the flat arrays, with room to work in
    b: int,
    layers: _Array,
    tables: _Array,
    nodes: _Array,
    places: _Array,
    starts: _Array,
    coefficients: _Array,
    times: _Array,
    options: RichardsOptions,
    psi: _Array,
    water: _Array,
    surface_row: _Array,
    queue: _Array,
    shares: _Array,
    rain: _Array,
    pet: _Array,
    limits: _Array,
    chosen: _Array,
    outputs: _Array,
    depths: _Array,
    moistures: _Array,
    suctions: _Array,
    counts: _Array,
    ended: _Array,
) -> float:
    node, layer = starts[b, 0], starts[b, 1]
    end, last = starts[b + 1, 0], starts[b + 1, 1]
    state = np.empty((2, end - node))
    state[0] = psi[node:end]
    state[1] = water[node:end]
    imbalance = run_steps(
        np.ascontiguousarray(layers[:, layer:last]),
        tables[layer:last],
        np.ascontiguousarray(nodes[:, node:end]),
        np.ascontiguousarray(places[:, node + b : end + b + 1]),
        coefficients,
        times,
        options,
        state,
        surface_row,
        queue,
        np.zeros((WORK_ROWS, end - node + 1)),
        shares,
        rain,
        pet,
        limits,
        chosen,
        outputs,
        depths,
        moistures,
        suctions,
        counts,
        ended,
    )
    psi[node:end] = state[0]
    water[node:end] = state[1]
    return imbalance


@njit(inline=False, nogil=True)
def run_ensemble(  # noqa: D103 - the loop over columns `first` to `last` of `simulate`
    first: int,
    last: int,
    layers: _Array,
    tables: _Array,
    nodes: _Array,
    places: _Array,
    starts: _Array,
    coefficients: _Array,
    times: _Array,
    option_row: _Array,
    psi: _Array,
    water: _Array,
    surfaces: _Array,
    queues: _Array,
    ordinates: _Array,
    rain: _Array,
    pet: _Array,
    limits: _Array,
    chosen: _Array,
    outputs: _Array,
    depths: _Array,
    moistures: _Array,
    suctions: _Array,
    counts: _Array,
    imbalance: _Array,
    ended: _Array,
) -> None:
    options = RichardsOptions(*as_tuple(option_row, N_OPTIONS))
    for b in range(first, last):
        imbalance[b] = run_column(
            b,
            layers,
            tables,
            nodes,
            places,
            starts,
            coefficients[b],
            times,
            options,
            psi,
            water,
            surfaces[b],
            queues[b],
            row_of(ordinates, b),
            row_of(rain, b),
            row_of(pet, b),
            limits,
            chosen,
            outputs[:, b],
            depths,
            moistures[b],
            suctions[b],
            counts[b],
            ended[b],
        )
