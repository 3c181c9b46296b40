"""One compiled call per step and catchment, on arrays that a BMI component keeps."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hydro_physics.jit import as_tuple, njit
from hydro_physics.rows import inside
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.column import CAPACITY, begin_column, refresh, storage
from lgar_bmi.frozen import set_temperatures
from lgar_bmi.options import LgarOptions
from lgar_bmi.outputs import CM_PER_M, FINE, PUBLISHED, REFUSED, advance, moistures_at, outcome
from lgar_bmi.processes import LgarCoefficients, derive
from lgar_bmi.setup import (
    FRONT_INTEGERS,
    FRONT_REALS,
    SURFACE_ITEMS,
    WORK_INTEGERS,
    WORK_REALS,
    column_over,
    fronts_over,
    load_surface,
    make_events,
    store_surface,
    work_over,
)

N_COEFFICIENTS = len(LgarCoefficients._fields)
N_OPTIONS = len(LgarOptions._fields)
N_PUBLISHED = len(PUBLISHED)

_Array = NDArray[Any]


class ColumnArrays(NamedTuple):
    """State of a column and room to work in.

    Attributes
    ----------
    fronts, front_integers, surface : array
        The state (:mod:`lgar_bmi.setup`).
    work, work_integers : array
    events : array of int
        Counts.
    """

    fronts: _Array
    front_integers: _Array
    surface: _Array
    work: _Array
    work_integers: _Array
    events: _Array


def make_arrays() -> ColumnArrays:
    """Return arrays without fronts."""
    return ColumnArrays(
        np.zeros((FRONT_REALS, CAPACITY)),
        np.zeros((FRONT_INTEGERS, CAPACITY), dtype=np.int64),
        np.zeros(SURFACE_ITEMS),
        np.zeros((WORK_REALS, CAPACITY)),
        np.zeros((WORK_INTEGERS, CAPACITY), dtype=np.int64),
        make_events(),
    )


@njit(borrow=True)
def usable(rain: float, pet: float, temperatures: _Array, limits: _Array) -> bool:
    """Say whether inputs are within their limits, shape (3, 2)."""
    fine = inside(rain, limits[0, 0], limits[0, 1]) and inside(pet, limits[1, 0], limits[1, 1])
    for i in range(temperatures.size):
        fine = fine and inside(temperatures[i], limits[2, 0], limits[2, 1])
    return fine


@njit(inline=False, borrow=True)
def derive_coefficients(p: LgarParameters, layers: _Array, tables: _Array) -> LgarCoefficients:
    """Derive what a sub-step needs besides the layers."""
    return derive(p, column_over(layers, tables))


@njit(inline=False, borrow=True)
def start_column(psi: float, layers: _Array, tables: _Array, reals: _Array, integers: _Array) -> float:
    """Fill a column with one suction [cm]; returns the water in it [m]."""
    fronts = fronts_over(reals, integers)
    column = column_over(layers, tables)
    begin_column(fronts, psi, column)
    return storage(fronts, column) / CM_PER_M


@njit(inline=False, borrow=True)
def change_soils(changed: _Array, layers: _Array, tables: _Array, reals: _Array, integers: _Array) -> float:
    """Let moistures follow soils that have changed; the suctions stay.

    Parameters
    ----------
    changed : array of int, shape (layers,)
        1 where the soil is another one.
    layers, tables, reals, integers : array
        As for :func:`update_column`.

    Returns
    -------
    float
        Gain of storage [m].
    """
    fronts = fronts_over(reals, integers)
    column = column_over(layers, tables)
    before = storage(fronts, column)
    for i in range(fronts.size[0]):
        if changed[fronts.layer[i]] == 1:
            refresh(fronts, i, column)
    return (storage(fronts, column) - before) / CM_PER_M


@njit(inline=False, borrow=True)
def observe(
    layers: _Array, tables: _Array, reals: _Array, integers: _Array, depths: _Array, profiles: _Array, moistures: _Array
) -> None:
    """Publish the fronts.

    Parameters
    ----------
    layers, tables, reals, integers : array
        As for :func:`update_column`.
    depths : array
        Where moistures are wanted [cm].
    profiles : array, shape (3, `CAPACITY`)
        Receives moisture [-], depth and suction [m] of the fronts, NaN behind the last one.
    moistures : array
        Receives the moistures at `depths`.
    """
    fronts = fronts_over(reals, integers)
    size = fronts.size[0]
    for i in range(CAPACITY):
        if i < size:
            profiles[0, i] = fronts.theta[i]
            profiles[1, i] = fronts.depth[i] / CM_PER_M
            profiles[2, i] = fronts.psi[i] / CM_PER_M
        else:
            profiles[0, i] = np.nan
            profiles[1, i] = np.nan
            profiles[2, i] = np.nan
    moistures_at(depths, fronts, moistures)


@njit(inline=False, borrow=True)
def update_column(
    inputs: _Array,
    temperatures: _Array,
    limits: _Array,
    layers_of_nodes: _Array,
    coefficients: _Array,
    times: _Array,
    options: _Array,
    layers: _Array,
    tables: _Array,
    reals: _Array,
    integers: _Array,
    surface_row: _Array,
    work_reals: _Array,
    work_integers: _Array,
    events: _Array,
    queue: _Array,
    ordinates: _Array,
    outputs: _Array,
    counts: _Array,
    ledger: _Array,
) -> int:
    """Do one forcing step and book it.

    Parameters
    ----------
    inputs : array, shape (2,)
        Rain and potential evapotranspiration [mm h-1].
    temperatures : array, shape (nodes,)
        Of the soil [K]; empty when not coupled to a freeze-thaw model.
    limits : array, shape (3, 2)
        Ranges in which inputs are accepted.
    layers_of_nodes : array of int, shape (nodes,)
    coefficients, options : array
        Items of :class:`LgarCoefficients` and :class:`LgarOptions`.
    times : array, shape (3,)
        Lengths of the step and of a sub-step [h], and the tolerance of adaptive ones [cm].
    layers : array, shape (`lgar_bmi.setup.LAYER_ROWS`, layers)
        Changed where frozen soil thaws.
    tables : array
        Matric flux potentials of the layers.
    reals, integers, surface_row, events, queue : array
        State (:mod:`lgar_bmi.setup`); changed in place.
    work_reals, work_integers : array
        Room to work in.
    ordinates : array
        Of the GIUH, for steps of this length.
    outputs : array
        Receives the published items of :class:`lgar_bmi.outputs.LgarOutputs`.
    counts : array
        Receives the counts of events.
    ledger : array, shape (4,)
        Water in, out, stored and leaked since the start [m]; changed in place.

    Returns
    -------
    int
        How it ended (:mod:`lgar_bmi.outputs`): `REFUSED`, and nothing changed, when an input is outside its limits.
    """
    if not usable(inputs[0], inputs[1], temperatures, limits):
        return REFUSED
    fronts = fronts_over(reals, integers)
    column = column_over(layers, tables)
    if temperatures.size > 0:
        set_temperatures(temperatures, layers_of_nodes, layers, fronts, column)
    rain, pet = as_tuple(inputs, 2)
    duration, length, tolerance = as_tuple(times, 3)
    surface, results = advance(
        fronts,
        work_over(work_reals, work_integers),
        load_surface(surface_row),
        queue,
        ordinates,
        rain,
        pet,
        duration,
        length,
        tolerance,
        column,
        LgarCoefficients(*as_tuple(coefficients, N_COEFFICIENTS)),
        LgarOptions(*as_tuple(options, N_OPTIONS)),
        events,
    )
    ended = outcome(results, events)
    if ended != FINE:
        return ended
    store_surface(surface, surface_row)
    for i in range(N_PUBLISHED):
        outputs[i] = results[i]
    for i in range(counts.size):
        counts[i] = events[i]
    ledger[0] += results.precipitation
    ledger[1] += results.actual_evapotranspiration + results.total_discharge + results.percolation
    ledger[2] = results.storage
    return FINE
