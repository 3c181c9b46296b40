"""Derivatives of CFE carried forward through a run, eight parameters at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfe_bmi.catchment import N_OPTIONS, load_state
from cfe_bmi.coefficients import CfeParameters, derive
from cfe_bmi.ensemble_kernel import N_PARAMETERS, inputs_at
from cfe_bmi.outputs import hourly_forcing
from cfe_bmi.state import GIUH, CfeOptions, CfeState
from cfe_bmi.step import step
from dcfe.adjoint_raw import EIGHT
from dcfe.adjoint_terms import (
    BEFORE,
    DIRECT,
    GROUNDWATER,
    LATERAL,
    SOIL,
    SURFACE,
)
from dcfe.dual import (
    add_scaled,
    add_weighted,
    lane,
    load_duals,
    no_tangent,
    store_tangents,
    tangent_of,
    value_of,
)
from hydro_physics.jit import as_tuple, njit, replace_item
from hydro_physics.routing import route_giuh
from hydro_physics.rows import row_of

_Array = NDArray[Any]


@njit
def with_value(x: float, value: float) -> float:
    """Dual number with another value."""
    return value + (x - value_of(x))


@njit
def with_values(state: CfeState, values: CfeState) -> CfeState:
    """Storages with other values and the tangents that they have."""
    lateral, surface = state.lateral, state.surface
    for i in range(len(lateral)):
        lateral = replace_item(lateral, i, with_value(lateral[i], values.lateral[i]))
    for i in range(len(surface)):
        surface = replace_item(surface, i, with_value(surface[i], values.surface[i]))
    soil, groundwater = with_value(state.soil, values.soil), with_value(state.groundwater, values.groundwater)
    return CfeState(soil, groundwater, lateral, surface)


@njit(inline=False)
def tangents_of_catchment(
    rows: _Array,
    count: int,
    options: CfeOptions,
    general: CfeOptions,
    lateral: tuple[float, ...],
    surface: tuple[float, ...],
    storages: _Array,
    shares: _Array,
    fields: tuple[_Array, ...],
    thickness: float,
    matrix: _Array,
    tangents: _Array,
) -> None:
    """Run one catchment in dual numbers.

    Parameters
    ----------
    rows : array, shape (parameters, 9)
        Raw parameters as dual numbers, of whose tangents the first `count` are in use.
    count : int
    options : CfeOptions
    general : CfeOptions
        Of the step that is linearised: with the outlets' exponents where their derivatives are wanted.
    lateral, surface : tuple of float
        As long as the cascades.
    storages : array, shape (storages, 9)
        Initial state as dual numbers.
    shares : array, shape (n,)
        Ordinates.
    fields : tuple of array
        Forcing.
    thickness : float
    matrix : array, shape (outputs, terms)
        What outputs are sums of, see :data:`dcfe.adjoint_terms.TERMS`.
    tangents : array, shape (outputs, steps, count)
        Receives the derivatives.
    """
    c = derive(CfeParameters(*load_duals(rows, N_PARAMETERS, EIGHT)))
    start = load_duals(storages, 2, EIGHT)
    behind = 2 + len(lateral)
    state = CfeState(
        start[0],
        start[1],
        load_duals(storages[2:behind], lateral, EIGHT),
        load_duals(storages[behind:], surface, EIGHT),
    )
    # values of the run itself, whose outlets may be linear where the linearised step's are not
    values = load_state(storages[:, 0].copy(), lateral, surface)
    plain = derive(CfeParameters(*as_tuple(rows[:, 0].copy(), N_PARAMETERS)))
    queues = np.zeros((count, shares.size))
    buffer = np.zeros(8)
    direct = np.zeros(8)
    waiting = np.zeros(8)
    for t in range(fields[0].size):
        before = state.soil
        forcing = hourly_forcing(*inputs_at(fields, t), thickness)
        state, fluxes = step(state, forcing, c, general)
        if general.linear_outlets != options.linear_outlets:
            values, _ = step(values, forcing, plain, options)
            state = with_values(state, values)
        if options.surface_runoff == GIUH:
            # routing is linear: derivatives are routed like water
            excess = tangent_of(fluxes.excess)
            for j in range(count):
                direct[j] = route_giuh(lane(excess, j), shares, queues[j])
                waiting[j] = queues[j].sum()
        for k in range(matrix.shape[0]):
            row = matrix[k]
            change = add_weighted(no_tangent(EIGHT), row, fluxes)
            change = add_scaled(change, row[SOIL], state.soil)
            change = add_scaled(change, row[GROUNDWATER], state.groundwater)
            change = add_scaled(change, row[BEFORE], before)
            for i in range(len(lateral)):
                change = add_scaled(change, row[LATERAL], state.lateral[i])
            if options.surface_runoff != GIUH:
                for i in range(len(surface)):
                    change = add_scaled(change, row[SURFACE], state.surface[i])
            store_tangents(buffer, 0, change)
            for j in range(count):
                tangents[k, t, j] = buffer[j] + row[DIRECT] * direct[j] + row[SURFACE] * waiting[j]


@njit(inline=False, nogil=True)
def tangents_of_ensemble(
    first: int,
    last: int,
    parameters: _Array,
    wanted: _Array,
    begin: int,
    option_row: _Array,
    general_row: _Array,
    lateral: tuple[float, ...],
    surface: tuple[float, ...],
    storages: _Array,
    storage_tangents: _Array,
    shares: _Array,
    rain: _Array,
    pet: _Array,
    ice_depth: _Array,
    ice_fraction: _Array,
    moisture: _Array,
    thickness: float,
    matrix: _Array,
    tangents: _Array,
) -> None:
    """Derivatives of outputs to up to eight raw parameters of every catchment.

    Parameters
    ----------
    first, last : int
        Catchments to deal with, the last not included.
    parameters : array, shape (catchments, parameters)
    wanted : array, shape (n,)
        Places of all wanted raw parameters; those from `begin` on are dealt with.
    begin : int
    option_row, lateral, surface, storages, shares, rain ... thickness
        As in :func:`cfe_bmi.ensemble_kernel.run_ensemble`.
    general_row : array
        Options of the linearised step.
    storage_tangents : array, shape (catchments, storages, n)
        Derivatives of the initial state.
    matrix : array, shape (outputs, terms)
    tangents : array, shape (outputs, catchments, steps, n)
        Receives the derivatives.
    """
    options = CfeOptions(*as_tuple(option_row, N_OPTIONS))
    general = CfeOptions(*as_tuple(general_row, N_OPTIONS))
    count = min(8, wanted.size - begin)
    for b in range(first, last):
        rows = np.zeros((N_PARAMETERS, 9))
        rows[:, 0] = parameters[b]
        start = np.zeros((storages.shape[1], 9))
        start[:, 0] = storages[b]
        for j in range(count):
            rows[wanted[begin + j], 1 + j] = 1.0
            start[:, 1 + j] = storage_tangents[b, :, begin + j]
        tangents_of_catchment(
            rows,
            count,
            options,
            general,
            lateral,
            surface,
            start,
            row_of(shares, b),
            (row_of(rain, b), row_of(pet, b), row_of(ice_depth, b), row_of(ice_fraction, b), row_of(moisture, b)),
            thickness,
            matrix,
            tangents[:, b, :, begin : begin + count],
        )
