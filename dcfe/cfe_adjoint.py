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

from cfe_bmi.catchment import N_OPTIONS, load_state
from cfe_bmi.coefficients import CfeParameters, derive
from cfe_bmi.ensemble_kernel import N_PARAMETERS
from cfe_bmi.state import GIUH, CfeOptions
from dcfe.adjoint_block import N_FORCING, Basin, Room, linearise, make_room, make_seeds, used_terms, weigh
from dcfe.adjoint_raw import chain_to_raw
from dcfe.adjoint_terms import SURFACE
from dcfe.dual import add_scaled, add_tangents, lane, load_tangents, no_tangent, store_tangents
from hydro_physics.jit import as_tuple, njit, replace_item
from hydro_physics.rows import row_of

_Array = NDArray[Any]


@njit
def along_lane(row: _Array, lanes: int, place: int, storages: tuple[float, ...]) -> float:
    """What the loss changes with the number in a lane: at once, and by way of the storages after the step."""
    total = row[place]
    for i in range(len(storages)):
        total += storages[i] * row[(1 + i) * lanes + place]
    return total


@njit
def go_back(
    storages: tuple[float, ...], chained: int, count: int, room: Room, like: tuple[float, ...], total: Any
) -> tuple[tuple[float, ...], Any]:
    """Go backwards along the chain of the storages, of which the first `chained` depend on one another.

    Returns
    -------
    storages : tuple of float
        Their adjoint before the block, given that after it.
    total : tangents
        With what the loss changes with the number in each lane, over all steps.
    """
    lanes = len(like)
    for j in range(count - 1, -1, -1):
        row = room.rows[j]
        change = load_tangents(row, 0, like)
        for i in range(len(storages)):
            room.adjoints[j, i] = storages[i]
            change = add_scaled(change, storages[i], load_tangents(row, (1 + i) * lanes, like))
        total = add_tangents(total, change)
        for i in range(len(storages)):
            if i < chained:
                storages = replace_item(storages, i, lane(change, i))
    return storages, total


@njit(inline=False)
def adjoint_catchment(
    basin: Basin,
    lateral: tuple[float, ...],
    surface: tuple[float, ...],
    trail: _Array,
    every: int,
    matrix: _Array,
    gradient: _Array,
    catchment: int,
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
    room = make_room(every, basin.shares.size, len(lateral), len(surface), lanes)
    used, seldom = used_terms(matrix)
    end = load_state(storages, lateral, surface)
    lateral_adjoint = end.lateral
    chain = (end.soil, end.groundwater) + end.surface  # noqa: RUF005 - numba adds tuples, but does not unpack them
    chained = len(chain) if basin.options.surface_runoff != GIUH else 2
    total = no_tangent(like)
    total_rate = 0.0
    along = np.zeros(lanes)
    seeds = np.empty((N_PARAMETERS, 9))
    step_raw = np.zeros(wanted.size)

    for mark in range(trail.shape[0] - 1, -1, -1):
        first = mark * every
        count = min(every, steps - first)
        lateral_adjoint = weigh(
            basin, static.lateral_rate, first, count, used, matrix, gradient, catchment, lateral_adjoint, queue, room
        )
        start = load_state(trail[mark], lateral, surface)
        linearise(basin, static, start, first, count, seldom, seeded, like, forcing_like, room)
        chain, total = go_back(chain, chained, count, room, like, total)
        if basin.places.size == 0:
            for j in range(count - 1, -1, -1):
                total_rate += room.rates[j]
        else:
            for j in range(count - 1, -1, -1):
                for i in range(lanes):
                    along[i] = along_lane(room.rows[j], lanes, i, room.adjoints[j])
                for i in range(basin.places.size):
                    basin.row[basin.places[i]] = basin.varying[i, first + j]
                step_raw[:] = 0.0
                chain_to_raw(basin.row, along, room.rates[j], coefficient_lanes, wanted, seeds, step_raw)
                fixed = wanted.size - basin.places.size
                raw += step_raw[:fixed]
                raw_varying[:, first + j] = step_raw[fixed:]
        if len(forcing_like) > 0:
            for i in range(N_FORCING):
                for j in range(count if forcing_lanes[i] >= 0 else 0):
                    found = along_lane(room.rows[j], lanes, forcing_lanes[i], room.adjoints[j])
                    forcing_gradient[i, first + j] = found
        if shares_gradient.size > 0 and basin.options.surface_runoff == GIUH:
            for j in range(count - 1, -1, -1):
                waited = 0.0
                for i in range(shares_gradient.size):
                    shares_gradient[i] += room.excess[j] * (room.leaving[j + i] + waited)
                    if used[SURFACE] and j + i < count:
                        waited += room.weights[SURFACE, j + i]

    if basin.places.size == 0:
        store_tangents(along, 0, total)
        chain_to_raw(basin.row, along, total_rate, coefficient_lanes, wanted, seeds, raw)
    storages[0] = chain[0]
    storages[1] = chain[1]
    for i in range(len(lateral)):
        storages[2 + i] = lateral_adjoint[i]
    for i in range(len(surface)):
        storages[2 + len(lateral) + i] = chain[2 + i]


@njit(inline=False, nogil=True)
def adjoint_ensemble(
    first: int,
    last: int,
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
    first, last : int
        Catchments to deal with, the last not included.
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
    for b in range(first, last):
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
            gradient,
            b,
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
