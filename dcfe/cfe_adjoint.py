"""Gradients of CFE by an adjoint sweep: backwards through the steps, each linearised by dual numbers.

A step's Jacobian with respect to its storages, its forcing and the coefficients in use comes from the step itself,
evaluated in dual numbers at the stored state, and is contracted with the adjoint of the state at once. Routing by unit
hydrograph and lateral cascade is linear and goes backwards directly (:mod:`dcfe.routing_adjoint`). Raw parameters are
reached through :func:`cfe_bmi.coefficients.derive` in dual numbers: once for a catchment, or once a step where
parameters vary in time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfe_bmi.catchment import N_COEFFICIENTS, N_OPTIONS, load_state, store_state
from cfe_bmi.coefficients import CfeCoefficients, CfeParameters, derive
from cfe_bmi.ensemble_kernel import N_PARAMETERS, inputs_at, parameters_at
from cfe_bmi.outputs import hourly_forcing
from cfe_bmi.state import GIUH, CfeFluxes, CfeOptions, CfeState
from cfe_bmi.step import step
from dcfe.dual import (
    add_scaled,
    add_tangents,
    add_weighted,
    lane,
    load_dual,
    load_duals,
    no_tangent,
    numbers_or_duals,
    store_tangents,
    value_of,
)
from dcfe.routing_adjoint import giuh_adjoint, nash_adjoint
from hydro_physics.jit import as_tuple, njit, prange
from hydro_physics.rows import row_of

VERTICAL = tuple(name for name in CfeFluxes._fields if name != "lateral_runoff")
"""The fluxes that come from a step's dual numbers; lateral runoff comes from linear routing."""
TERMS = (
    *VERTICAL,
    "lateral_runoff",
    "rain",
    "pet",
    "soil",
    "groundwater",
    "soil_before",
    "direct",
    "surface",
    "lateral",
)
"""What outputs are sums of: fluxes, forcing, storages at the end and the start, direct runoff, and the water in the
surface's and in the lateral routing."""
N_VERTICAL = len(VERTICAL)
LATERAL_RUNOFF, RAIN, PET, SOIL, GROUNDWATER, BEFORE, DIRECT, SURFACE, LATERAL = range(N_VERTICAL, len(TERMS))
N_TERMS = len(TERMS)
LATERAL_INFLOW = VERTICAL.index("lateral_inflow")
EXCESS = VERTICAL.index("excess")
LATERAL_RATE = CfeCoefficients._fields.index("lateral_rate")
N_FORCING = 5
EIGHT = (0.0,) * 8
"""Raw parameters are dealt with eight at a time."""

_Array = NDArray[Any]


@njit(inline=False)
def chain_to_raw(row: _Array, along: _Array, wanted: _Array, seeds: _Array, result: _Array) -> None:
    """Add the gradient to raw parameters, given that to the coefficients.

    Parameters
    ----------
    row : array, shape (parameters,)
        Raw values.
    along : array, shape (coefficients,)
        Gradient to the coefficients.
    wanted : array, shape (n,)
        Places of raw parameters.
    seeds : array, shape (parameters, 9)
        Room.
    result : array, shape (n,)
        Is added to.
    """
    buffer = np.empty(8)
    for first in range(0, wanted.size, 8):
        count = min(8, wanted.size - first)
        for i in range(N_PARAMETERS):
            seeds[i, 0] = row[i]
            seeds[i, 1:] = 0.0
        for j in range(count):
            seeds[wanted[first + j], 1 + j] = 1.0
        c = derive(CfeParameters(*load_duals(seeds, N_PARAMETERS, EIGHT)))
        store_tangents(buffer, 0, add_weighted(no_tangent(EIGHT), along, c))
        for j in range(count):
            result[first + j] += buffer[j]


@njit
def vertical(f: CfeFluxes) -> tuple[float, ...]:
    """Fluxes in the order of `VERTICAL`."""
    return (
        f.et_rain,
        f.et_retention,
        f.et_soil,
        f.excess,
        f.infiltration,
        f.percolation,
        f.lateral_inflow,
        f.base_flow,
        f.surface_runoff,
        f.runon,
    )


@njit
def recompute(
    states: _Array,
    first: int,
    count: int,
    row: _Array,
    varying: _Array,
    places: _Array,
    options: CfeOptions,
    lateral: tuple[float, ...],
    surface: tuple[float, ...],
    fields: tuple[_Array, ...],
    thickness: float,
) -> None:
    """Fill `states`, whose first row is the state before step `first`, with those before the following steps."""
    state = load_state(states[0], lateral, surface)
    block = max(count, 1) if places.size == 0 else 1
    for begin in range(0, count - 1, block):
        c = derive(parameters_at(row, varying, places, first + begin))
        for j in range(begin, min(begin + block, count - 1)):
            state, _ = step(state, hourly_forcing(*inputs_at(fields, first + j), thickness), c, options)
            store_state(state, states[j + 1])


@njit(inline=False)
def adjoint_catchment(
    parameters: _Array,
    varying: _Array,
    places: _Array,
    options: CfeOptions,
    general: CfeOptions,
    lateral: tuple[float, ...],
    surface: tuple[float, ...],
    trail: _Array,
    every: int,
    shares: _Array,
    fields: tuple[_Array, ...],
    thickness: float,
    matrix: _Array,
    gradient: _Array,
    like: tuple[float, ...],
    forcing_like: tuple[float, ...],
    coefficient_lanes: _Array,
    forcing_lanes: _Array,
    wanted: _Array,
    raw: _Array,
    raw_varying: _Array,
    forcing_gradient: _Array,
    shares_gradient: _Array,
    storages: _Array,
    queue: _Array,
) -> None:
    """Go backwards through the steps of one catchment; see :func:`adjoint_ensemble`."""
    steps = fields[0].size
    row = parameters.copy()
    static = derive(CfeParameters(*as_tuple(row, N_PARAMETERS)))
    width = len(like) + 1
    soil_rows = np.zeros((2, width))
    surface_rows = np.zeros((len(surface), width))
    lateral_rows = np.zeros((len(lateral), width))
    forcing_rows = np.zeros((N_FORCING, width))
    rows = np.zeros((N_COEFFICIENTS, width))
    soil_rows[0, 1] = 1.0
    soil_rows[1, 2] = 1.0
    if options.surface_runoff != GIUH:
        for i in range(len(surface)):
            surface_rows[i, 3 + i] = 1.0
    for i in range(N_FORCING):
        if forcing_lanes[i] >= 0:
            forcing_rows[i, 1 + forcing_lanes[i]] = 1.0
    for i in range(N_COEFFICIENTS):
        rows[i, 0] = static[i]
        if coefficient_lanes[i] >= 0:
            rows[i, 1 + coefficient_lanes[i]] = 1.0

    soil_adjoint, groundwater_adjoint = storages[0], storages[1]
    lateral_adjoint = storages[2 : 2 + len(lateral)]
    surface_adjoint = storages[2 + len(lateral) :]
    states = np.empty((every, storages.size))
    weights = np.empty(N_TERMS)
    flux_weights = weights[:N_VERTICAL]
    buffer = np.zeros(len(like))
    seeds = np.empty((N_PARAMETERS, 9))
    along = np.zeros(N_COEFFICIENTS)
    step_raw = np.zeros(wanted.size)
    fixed = wanted.size - places.size
    total = no_tangent(like)
    lateral_rate = static.lateral_rate
    along_rate = 0.0

    for mark in range(trail.shape[0] - 1, -1, -1):
        first = mark * every
        count = min(every, steps - first)
        states[0] = trail[mark]
        recompute(states, first, count, row, varying, places, options, lateral, surface, fields, thickness)
        for j in range(count - 1, -1, -1):
            t = first + j
            if places.size:
                c = derive(parameters_at(row, varying, places, t))
                lateral_rate = c.lateral_rate
                for i in range(N_COEFFICIENTS):
                    rows[i, 0] = c[i]
            weights[:] = 0.0
            for k in range(matrix.shape[0]):
                share = gradient[k, t]
                for i in range(N_TERMS):
                    weights[i] += share * matrix[k, i]

            if options.surface_runoff == GIUH:
                for i in range(queue.size - 1):
                    queue[i] += weights[SURFACE]
                flux_weights[EXCESS] += giuh_adjoint(queue, shares, weights[DIRECT])
            else:
                for i in range(len(surface)):
                    surface_adjoint[i] += weights[SURFACE]
            for i in range(len(lateral)):
                lateral_adjoint[i] += weights[LATERAL]
            inflow, rate = nash_adjoint(
                lateral_adjoint, states[j, 2 : 2 + len(lateral)], lateral_rate, weights[LATERAL_RUNOFF]
            )
            flux_weights[LATERAL_INFLOW] += inflow
            along_rate += rate

            soil_rows[0, 0] = states[j, 0]
            soil_rows[1, 0] = states[j, 1]
            for i in range(len(surface)):
                surface_rows[i, 0] = states[j, 2 + len(lateral) + i]
            inputs = inputs_at(fields, t)
            for i in range(N_FORCING):
                forcing_rows[i, 0] = inputs[i]
            forcing = hourly_forcing(*numbers_or_duals(inputs, forcing_rows, forcing_like), thickness)
            before = CfeState(
                load_dual(soil_rows, 0, like),
                load_dual(soil_rows, 1, like),
                load_duals(lateral_rows, lateral, like),
                load_duals(surface_rows, surface, like),
            )
            dual_c = CfeCoefficients(*load_duals(rows, N_COEFFICIENTS, like))
            after, fluxes = step(before, forcing, dual_c, general)
            if options.surface_runoff == GIUH:
                for i in range(shares_gradient.size):
                    shares_gradient[i] += value_of(fluxes.excess) * queue[i]
            change = add_weighted(no_tangent(like), flux_weights, vertical(fluxes))
            change = add_scaled(change, weights[RAIN], forcing.rain)
            change = add_scaled(change, weights[PET], forcing.pet)
            change = add_scaled(change, weights[BEFORE], before.soil)
            change = add_scaled(change, weights[SOIL] + soil_adjoint, after.soil)
            change = add_scaled(change, weights[GROUNDWATER] + groundwater_adjoint, after.groundwater)
            if options.surface_runoff != GIUH:
                change = add_weighted(change, surface_adjoint, after.surface)
                for i in range(len(surface)):
                    surface_adjoint[i] = lane(change, 2 + i)
            soil_adjoint = lane(change, 0)
            groundwater_adjoint = lane(change, 1)
            for i in range(N_FORCING):
                if forcing_lanes[i] >= 0:
                    forcing_gradient[i, t] = lane(change, forcing_lanes[i])
            if places.size == 0:
                total = add_tangents(total, change)
            else:
                store_tangents(buffer, 0, change)
                for i in range(N_COEFFICIENTS):
                    along[i] = buffer[coefficient_lanes[i]] if coefficient_lanes[i] >= 0 else 0.0
                along[LATERAL_RATE] = rate
                step_raw[:] = 0.0
                chain_to_raw(row, along, wanted, seeds, step_raw)
                for i in range(fixed):
                    raw[i] += step_raw[i]
                for i in range(places.size):
                    raw_varying[i, t] = step_raw[fixed + i]

    if places.size == 0:
        store_tangents(buffer, 0, total)
        for i in range(N_COEFFICIENTS):
            if coefficient_lanes[i] >= 0:
                along[i] = buffer[coefficient_lanes[i]]
        along[LATERAL_RATE] = along_rate
        chain_to_raw(row, along, wanted, seeds, raw)
    storages[0] = soil_adjoint
    storages[1] = groundwater_adjoint


@njit(parallel=True)
def adjoint_ensemble(
    parameters: _Array,
    varying: _Array,
    places: _Array,
    option_row: _Array,
    general_row: _Array,
    lateral: tuple[float, ...],
    surface: tuple[float, ...],
    trails: _Array,
    every: int,
    shares: _Array,
    rain: _Array,
    pet: _Array,
    ice_depth: _Array,
    ice_fraction: _Array,
    moisture: _Array,
    thickness: float,
    matrix: _Array,
    gradient: _Array,
    like: tuple[float, ...],
    forcing_like: tuple[float, ...],
    coefficient_lanes: _Array,
    forcing_lanes: _Array,
    wanted: _Array,
    raw: _Array,
    raw_varying: _Array,
    forcing_gradient: _Array,
    shares_gradient: _Array,
    storages: _Array,
    queues: _Array,
) -> None:
    """Gradients of a loss, given those to the outputs and to the final state.

    Parameters
    ----------
    parameters, varying, places, option_row, lateral, surface, shares, rain ... thickness
        As in :func:`cfe_bmi.ensemble_kernel.run_ensemble`.
    general_row : array
        Options of the linearised step: with the outlets' exponents where their derivatives are wanted.
    trails : array, shape (catchments, marks, storages)
        States before step 0, `every`, 2 `every` and so on.
    matrix : array, shape (outputs, terms)
        What each output is a sum of, see :data:`TERMS`.
    gradient : array, shape (outputs, catchments, steps)
        Of the loss to the outputs.
    like : tuple of float
        As many as there are lanes: storages first (soil, groundwater, surface), then forcing and coefficients.
    forcing_like : tuple of float
        The same where gradients to the forcing are wanted, else empty: then the forcing are plain numbers.
    coefficient_lanes, forcing_lanes : array, shape (coefficients,), (5,)
        Lanes of coefficients and forcing; -1 for none.
    wanted : array, shape (n + varying,)
        Places of the raw parameters whose gradients are wanted; those that vary come last.
    raw : array, shape (catchments, n)
    raw_varying : array, shape (varying, catchments, steps)
    forcing_gradient : array, shape (5, catchments, steps)
        No steps where it is not wanted.
    shares_gradient : array, shape (catchments, ordinates)
        No ordinates where it is not wanted.
    storages, queues : array, shape (catchments, storages), (catchments, ordinates)
        Adjoint of the final state; become that of the initial one.
    """
    options = CfeOptions(*as_tuple(option_row, N_OPTIONS))
    general = CfeOptions(*as_tuple(general_row, N_OPTIONS))
    for b in prange(parameters.shape[0]):
        adjoint_catchment(
            parameters[b],
            varying[:, b],
            places,
            options,
            general,
            lateral,
            surface,
            trails[b],
            every,
            row_of(shares, b),
            (row_of(rain, b), row_of(pet, b), row_of(ice_depth, b), row_of(ice_fraction, b), row_of(moisture, b)),
            thickness,
            matrix,
            gradient[:, b],
            like,
            forcing_like,
            coefficient_lanes,
            forcing_lanes,
            wanted,
            raw[b],
            raw_varying[:, b],
            forcing_gradient[:, b],
            shares_gradient[b],
            storages[b],
            queues[b],
        )
