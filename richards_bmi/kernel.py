"""One compiled call per step and catchment, on arrays that a BMI component keeps."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hydro_physics.jit import as_tuple, njit
from hydro_physics.rows import inside
from richards_bmi.column import WORK_ROWS, work_over
from richards_bmi.options import RichardsOptions
from richards_bmi.outputs import CM_PER_M, FINE, PUBLISHED, REFUSED, advance, observe_at, outcome
from richards_bmi.setup import DEPTH, column_over
from richards_bmi.step import Solver, Surface
from richards_bmi.system import RichardsCoefficients

N_COEFFICIENTS = len(RichardsCoefficients._fields)
N_OPTIONS = len(RichardsOptions._fields)
N_PUBLISHED = len(PUBLISHED)
SURFACE_ITEMS = len(Surface._fields)

FIRST_SUBSTEP = 0.01
"""Length of the very first sub-step, which is repeated if it is too long [h]."""

_Array = NDArray[Any]


class ColumnArrays(NamedTuple):
    """State of a column and room to work in.

    Attributes
    ----------
    state : array, shape (2, nodes)
        Suctions and water of the cells [cm].
    surface : array, shape (2,)
        Items of :class:`richards_bmi.step.Surface`.
    counts : array of int, shape (3,)
        As :data:`richards_bmi.outputs.COUNTS`.
    before : array, shape (2, nodes)
        The state before the last step.
    work : array
    trouble : array, shape (2,)
        Node and time [h] of a step that was stuck.
    """

    state: _Array
    surface: _Array
    counts: _Array
    before: _Array
    work: _Array
    trouble: _Array


def make_arrays(nodes: int) -> ColumnArrays:
    """Return arrays for so many nodes."""
    return ColumnArrays(
        np.zeros((2, nodes)),
        np.array([0.0, FIRST_SUBSTEP]),
        np.zeros(3, dtype=np.int64),
        np.zeros((2, nodes)),
        np.zeros((WORK_ROWS, nodes + 1)),
        np.zeros(2),
    )


@njit(borrow=True)
def usable(rain: float, pet: float, limits: _Array) -> bool:
    """Say whether inputs are within their limits, shape (2, 2)."""
    return inside(rain, limits[0, 0], limits[0, 1]) and inside(pet, limits[1, 0], limits[1, 1])


@njit(inline=False, borrow=True)
def observe(
    layers: _Array,
    tables: _Array,
    nodes: _Array,
    places: _Array,
    state: _Array,
    depths: _Array,
    profiles: _Array,
    moistures: _Array,
    suctions: _Array,
) -> None:
    """Publish the profile.

    Parameters
    ----------
    layers, tables, nodes, places, state : array
        As for :func:`update_column`.
    depths : array
        Where moisture and suction are wanted [cm].
    profiles : array, shape (2, cells)
        Receives moisture [-] and suction [m] of the cells.
    moistures, suctions : array
        Receive those at `depths`.
    """
    column = column_over(layers, tables, nodes, places)
    cell = 0
    for i in range(nodes.shape[1]):
        if column.size[i] > 0.0:
            profiles[0, cell] = state[1, i] / column.size[i]
            profiles[1, cell] = state[0, i] / CM_PER_M
            cell += 1
    observe_at(depths, state[0], column, nodes[DEPTH], moistures, suctions)


@njit(inline=False, borrow=True)
def update_column(
    inputs: _Array,
    limits: _Array,
    coefficients: _Array,
    times: _Array,
    options: _Array,
    layers: _Array,
    tables: _Array,
    nodes: _Array,
    places: _Array,
    state: _Array,
    surface_row: _Array,
    counts: _Array,
    before: _Array,
    work: _Array,
    trouble: _Array,
    queue: _Array,
    ordinates: _Array,
    outputs: _Array,
    published_counts: _Array,
    ledger: _Array,
) -> int:
    """Do one forcing step and book it.

    Parameters
    ----------
    inputs : array, shape (2,)
        Rain and potential evapotranspiration [mm h-1].
    limits : array, shape (2, 2)
        Ranges in which inputs are accepted.
    coefficients, options : array
        Items of :class:`RichardsCoefficients` and :class:`RichardsOptions`.
    times : array, shape (4,)
        Length of the step [h], then the items of :class:`richards_bmi.step.Solver`.
    layers, tables, nodes, places : array
        Of :class:`richards_bmi.setup.ColumnRows`.
    state, surface_row, counts, queue : array
        State; changed in place.
    before, work, trouble : array
        Of :class:`ColumnArrays`.
    ordinates : array
        Of the GIUH, for steps of this length.
    outputs, published_counts : array
        Receive the published items of :class:`richards_bmi.outputs.RichardsOutputs`, and the counts.
    ledger : array, shape (4,)
        Water in, out, stored and leaked since the start [m]; changed in place.

    Returns
    -------
    int
        How it ended (:mod:`richards_bmi.outputs`); unless it is `FINE` nothing has changed but `trouble`.
    """
    if not usable(inputs[0], inputs[1], limits):
        return REFUSED
    for i in range(state.shape[1]):
        before[0, i] = state[0, i]
        before[1, i] = state[1, i]
    duration, tolerance, shortest, longest = as_tuple(times, 4)
    surface, results, fluxes = advance(
        state[0],
        state[1],
        Surface(*as_tuple(surface_row, SURFACE_ITEMS)),
        queue,
        ordinates,
        inputs[0],
        inputs[1],
        duration,
        Solver(tolerance, shortest, longest),
        column_over(layers, tables, nodes, places),
        RichardsCoefficients(*as_tuple(coefficients, N_COEFFICIENTS)),
        RichardsOptions(*as_tuple(options, N_OPTIONS)),
        work_over(work),
    )
    ended = outcome(results, fluxes)
    if ended != FINE:
        trouble[0] = fluxes.stuck
        trouble[1] = fluxes.reached
        for i in range(state.shape[1]):
            state[0, i] = before[0, i]
            state[1, i] = before[1, i]
        return ended
    surface_row[0] = surface.ponded
    surface_row[1] = surface.length
    counts[0] += fluxes.substeps
    counts[1] += fluxes.repeated
    counts[2] += fluxes.iterations
    for i in range(counts.size):
        published_counts[i] = counts[i]
    for i in range(N_PUBLISHED):
        outputs[i] = results[i]
    risen = max(-results.percolation, 0.0)
    ledger[0] += results.precipitation + risen
    ledger[1] += results.actual_evapotranspiration + results.total_discharge + results.percolation + risen
    ledger[2] = results.storage
    return FINE
