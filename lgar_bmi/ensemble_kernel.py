"""The compiled loops of the ensemble: over catchments, and over steps in each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydro_physics.jit import as_tuple, njit
from hydro_physics.matric_flux import TABLE_SHAPE
from hydro_physics.rows import row_of
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.column import CAPACITY
from lgar_bmi.frozen import set_temperatures
from lgar_bmi.kernel import N_OPTIONS, usable
from lgar_bmi.options import EXACT, LgarOptions
from lgar_bmi.outputs import FINE, REFUSED, advance, moistures_at, outcome, total_storage
from lgar_bmi.processes import derive
from lgar_bmi.setup import (
    WORK_INTEGERS,
    WORK_REALS,
    column_over,
    fill_tables,
    fronts_over,
    load_surface,
    store_surface,
    work_over,
)

N_PARAMETERS = len(LgarParameters._fields)

_Array = NDArray[Any]


@njit(inline=False, borrow=True)
def run_steps(  # noqa: D103 - the loop over steps of `simulate`
    layers: _Array,
    tables: _Array,
    work_reals: _Array,
    work_integers: _Array,
    parameters: _Array,
    times: _Array,
    options: LgarOptions,
    reals: _Array,
    integers: _Array,
    surface_row: _Array,
    queue: _Array,
    shares: _Array,
    rain: _Array,
    pet: _Array,
    temperatures: _Array,
    layers_of_nodes: _Array,
    limits: _Array,
    chosen: _Array,
    outputs: _Array,
    depths: _Array,
    moistures: _Array,
    events: _Array,
) -> tuple[float, int, int]:
    column = column_over(layers, tables)
    fronts = fronts_over(reals, integers)
    work = work_over(work_reals, work_integers)
    c = derive(LgarParameters(*as_tuple(parameters, N_PARAMETERS)), column)
    surface = load_surface(surface_row)
    duration, length, tolerance = as_tuple(times, 3)
    balance = total_storage(fronts, surface, queue, column)
    for t in range(rain.size):
        if not usable(rain[t], pet[t], temperatures[t], limits):
            return 0.0, REFUSED, t
        if layers_of_nodes.size > 0:
            set_temperatures(temperatures[t], layers_of_nodes, layers, fronts, column)
        surface, results = advance(
            fronts,
            work,
            surface,
            queue,
            shares,
            float(rain[t]),
            float(pet[t]),
            duration,
            length,
            tolerance,
            column,
            c,
            options,
            events,
        )
        status = outcome(results, events)
        if status != FINE:
            return 0.0, status, t
        for k in range(chosen.size):
            outputs[k, t] = results[chosen[k]]
        if depths.size > 0:
            moistures_at(depths, fronts, moistures[t])
        balance += results.precipitation
        balance -= results.actual_evapotranspiration + results.total_discharge + results.percolation
    store_surface(surface, surface_row)
    return balance - total_storage(fronts, surface, queue, column), FINE, 0


@njit(part_of_caller=True)
def run_catchment(  # noqa: D103 - a column of `simulate`, with its tables and room to work in
    layers: _Array,
    parameters: _Array,
    times: _Array,
    options: LgarOptions,
    reals: _Array,
    integers: _Array,
    surface_row: _Array,
    queue: _Array,
    shares: _Array,
    rain: _Array,
    pet: _Array,
    temperatures: _Array,
    layers_of_nodes: _Array,
    limits: _Array,
    chosen: _Array,
    outputs: _Array,
    depths: _Array,
    moistures: _Array,
    events: _Array,
) -> tuple[float, int, int]:
    drives = layers.shape[1] if options.capillary_drive == EXACT else 0
    tables = np.zeros((drives, TABLE_SHAPE[0], TABLE_SHAPE[1]))
    fill_tables(layers, tables)
    return run_steps(
        layers,
        tables,
        np.zeros((WORK_REALS, CAPACITY)),
        np.zeros((WORK_INTEGERS, CAPACITY), dtype=np.int64),
        parameters,
        times,
        options,
        reals,
        integers,
        surface_row,
        queue,
        shares,
        rain,
        pet,
        temperatures,
        layers_of_nodes,
        limits,
        chosen,
        outputs,
        depths,
        moistures,
        events,
    )


@njit(inline=False, nogil=True)
def run_ensemble(  # noqa: D103 - the loop over catchments `first` to `last` of `simulate`
    first: int,
    last: int,
    layers: _Array,
    parameters: _Array,
    times: _Array,
    option_row: _Array,
    reals: _Array,
    integers: _Array,
    surfaces: _Array,
    queues: _Array,
    ordinates: _Array,
    rain: _Array,
    pet: _Array,
    temperatures: _Array,
    layers_of_nodes: _Array,
    limits: _Array,
    chosen: _Array,
    outputs: _Array,
    depths: _Array,
    moistures: _Array,
    events: _Array,
    imbalance: _Array,
    ended: _Array,
) -> None:
    options = LgarOptions(*as_tuple(option_row, N_OPTIONS))
    for b in range(first, last):
        imbalance[b], ended[b, 0], ended[b, 1] = run_catchment(
            layers[b],
            parameters[b],
            times,
            options,
            reals[b],
            integers[b],
            surfaces[b],
            queues[b],
            row_of(ordinates, b),
            row_of(rain, b),
            row_of(pet, b),
            row_of(temperatures, b),
            layers_of_nodes[b],
            limits,
            chosen,
            outputs[:, b],
            depths,
            moistures[b],
            events[b],
        )
