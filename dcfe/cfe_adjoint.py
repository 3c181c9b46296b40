"""Gradients of CFE by an adjoint sweep: backwards through the steps, each linearised by dual numbers.

A step's Jacobian with respect to its storages, its forcing and the coefficients in use comes from the step itself,
evaluated in dual numbers, and is contracted with the adjoint of the state. Steps are taken in blocks, see
:mod:`dcfe.adjoint_block`: from one stored state to the next, last block first. Raw parameters are reached through
:func:`cfe_bmi.coefficients.derive` in dual numbers: once for a catchment, or once a step where parameters vary in time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfe_bmi.catchment import N_COEFFICIENTS, N_OPTIONS, load_state
from cfe_bmi.coefficients import CfeCoefficients, CfeParameters, derive
from cfe_bmi.ensemble_kernel import N_PARAMETERS
from cfe_bmi.state import GIUH, CfeOptions
from dcfe.adjoint_block import N_FORCING, Basin, linearise, make_room, make_seeds, weigh
from dcfe.adjoint_raw import chain_to_raw
from dcfe.dual import add_scaled, add_tangents, lane, load_tangents, no_tangent, store_tangents
from hydro_physics.jit import as_tuple, njit, prange
from hydro_physics.rows import row_of

LATERAL_RATE = CfeCoefficients._fields.index("lateral_rate")

_Array = NDArray[Any]


@njit(inline=False)
def adjoint_catchment(
    basin: Basin,
    lateral: tuple[float, ...],
    surface: tuple[float, ...],
    trail: _Array,
    every: int,
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
    steps = basin.fields[0].size
    static = derive(CfeParameters(*as_tuple(basin.row, N_PARAMETERS)))
    lanes = len(like)
    seeded = make_seeds(basin.options, len(lateral), len(surface), lanes, coefficient_lanes, forcing_lanes)
    room = make_room(every, shares_gradient.size, len(lateral), len(surface), lanes)

    soil_adjoint, groundwater_adjoint = storages[0], storages[1]
    lateral_adjoint = storages[2 : 2 + len(lateral)]
    surface_adjoint = storages[2 + len(lateral) :]
    buffer = np.zeros(lanes)
    seeds = np.empty((N_PARAMETERS, 9))
    along = np.zeros(N_COEFFICIENTS)
    step_raw = np.zeros(wanted.size)
    fixed = wanted.size - basin.places.size
    total = no_tangent(like)
    along_rate = 0.0

    for mark in range(trail.shape[0] - 1, -1, -1):
        first = mark * every
        count = min(every, steps - first)
        weigh(basin, static.lateral_rate, first, count, matrix, gradient, lateral_adjoint, queue, room)
        linearise(
            basin, static, load_state(trail[mark], lateral, surface), first, count, seeded, like, forcing_like, room
        )
        for j in range(count - 1, -1, -1):
            row = room.rows[j]
            change = load_tangents(row, 0, like)
            change = add_scaled(change, soil_adjoint, load_tangents(row, lanes, like))
            change = add_scaled(change, groundwater_adjoint, load_tangents(row, 2 * lanes, like))
            if basin.options.surface_runoff != GIUH:
                for i in range(len(surface)):
                    change = add_scaled(change, surface_adjoint[i], load_tangents(row, (3 + i) * lanes, like))
                for i in range(len(surface)):
                    surface_adjoint[i] = lane(change, 2 + i)
            soil_adjoint = lane(change, 0)
            groundwater_adjoint = lane(change, 1)
            t = first + j
            for i in range(shares_gradient.size):
                shares_gradient[i] += room.excess[j] * room.queues[j, i]
            for i in range(N_FORCING):
                if forcing_lanes[i] >= 0:
                    forcing_gradient[i, t] = lane(change, forcing_lanes[i])
            if basin.places.size == 0:
                total = add_tangents(total, change)
                along_rate += room.rates[j]
            else:
                store_tangents(buffer, 0, change)
                for i in range(N_COEFFICIENTS):
                    along[i] = buffer[coefficient_lanes[i]] if coefficient_lanes[i] >= 0 else 0.0
                along[LATERAL_RATE] = room.rates[j]
                step_raw[:] = 0.0
                for i in range(basin.places.size):
                    basin.row[basin.places[i]] = basin.varying[i, t]
                chain_to_raw(basin.row, along, wanted, seeds, step_raw)
                for i in range(fixed):
                    raw[i] += step_raw[i]
                for i in range(basin.places.size):
                    raw_varying[i, t] = step_raw[fixed + i]

    if basin.places.size == 0:
        store_tangents(buffer, 0, total)
        for i in range(N_COEFFICIENTS):
            if coefficient_lanes[i] >= 0:
                along[i] = buffer[coefficient_lanes[i]]
        along[LATERAL_RATE] = along_rate
        chain_to_raw(basin.row, along, wanted, seeds, raw)
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
        What each output is a sum of, see :data:`dcfe.adjoint_terms.TERMS`.
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
            Basin(
                parameters[b].copy(),
                varying[:, b],
                places,
                (row_of(rain, b), row_of(pet, b), row_of(ice_depth, b), row_of(ice_fraction, b), row_of(moisture, b)),
                thickness,
                row_of(shares, b),
                options,
                general,
            ),
            lateral,
            surface,
            trails[b],
            every,
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
