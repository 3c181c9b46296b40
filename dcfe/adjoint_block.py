"""Three passes over the steps from one stored state to the next, of which the gradient is made.

Routing by unit hydrograph and lateral cascade is linear: what a loss would change with the water that enters them does
not depend on the water that is there, so a first pass backwards finds it (:func:`weigh`). Then what the loss changes
with every flux of the vertical processes is known before any of them is: a pass forward does each step once, in dual
numbers, from the values that the step before it left, and keeps the tangents of the weighted sum of fluxes and of the
storages (:func:`linearise`). The last pass goes backwards along the chain of the storages
(:func:`dcfe.cfe_adjoint.adjoint_catchment`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cfe_bmi.catchment import N_COEFFICIENTS
from cfe_bmi.coefficients import CfeCoefficients, derive
from cfe_bmi.ensemble_kernel import inputs_at, parameters_at
from cfe_bmi.outputs import hourly_forcing
from cfe_bmi.state import GIUH, CfeOptions, CfeState
from cfe_bmi.step import step
from dcfe.adjoint_terms import (
    BASE_FLOW,
    BEFORE,
    DIRECT,
    ET_RAIN,
    ET_RETENTION,
    ET_SOIL,
    EXCESS,
    GROUNDWATER,
    INFILTRATION,
    LATERAL,
    LATERAL_INFLOW,
    LATERAL_RUNOFF,
    N_TERMS,
    PERCOLATION,
    PET,
    RAIN,
    RUNON,
    SELDOM,
    SOIL,
    SURFACE,
    SURFACE_RUNOFF,
)
from dcfe.dual import (
    add_scaled,
    no_tangent,
    store_tangents,
    tangent_of,
    value_of,
    with_tangents,
)
from dcfe.routing_adjoint import giuh_adjoint, nash_adjoint
from hydro_physics.jit import njit, replace_item

N_FORCING = 5

_Array = NDArray[Any]


class Basin(NamedTuple):
    """What the steps of one catchment depend on; see :func:`dcfe.cfe_adjoint.adjoint_ensemble`."""

    row: _Array
    varying: _Array
    places: _Array
    fields: tuple[_Array, ...]
    thickness: float
    shares: _Array
    options: CfeOptions
    general: CfeOptions


class Seeded(NamedTuple):
    """Tangents of what a step starts from: rows, shape (n, lanes), with a 1 in each number's own lane."""

    vertical: _Array
    lateral: _Array
    surface: _Array
    forcing: _Array
    coefficients: _Array


class Room(NamedTuple):
    """What the passes over a block leave for one another.

    Attributes
    ----------
    weights : array, shape (terms, steps)
        Of what the outputs are sums of; those of excess and lateral inflow with what routing makes of them.
    leaving : array, shape (steps + ordinates - 1,)
        What the loss changes with the water that leaves the unit hydrograph.
    drops : array, shape (steps, lateral)
        What it changes with the outflow of each lateral reservoir.
    rows : array, shape (steps, (3 + surface) * lanes)
        Tangents of the weighted sum, the soil, the groundwater, the surface reservoirs.
    excess, rates : array, shape (steps,)
        Excess [m]; what the loss changes with the lateral rate.
    adjoints : array, shape (steps, 2 + surface)
        What it changes with the storages after each step.
    """

    weights: _Array
    leaving: _Array
    drops: _Array
    rows: _Array
    excess: _Array
    rates: _Array
    adjoints: _Array


@njit
def make_room(steps: int, ordinates: int, lateral: int, surface: int, lanes: int) -> Room:
    """Room for a block."""
    return Room(
        np.zeros((N_TERMS, steps)),
        np.empty(steps + ordinates - 1),
        np.empty((steps, lateral)),
        np.zeros((steps, (3 + surface) * lanes)),
        np.empty(steps),
        np.empty(steps),
        np.empty((steps, 2 + surface)),
    )


@njit
def make_seeds(
    options: CfeOptions, lateral: int, surface: int, lanes: int, coefficient_lanes: _Array, forcing_lanes: _Array
) -> Seeded:
    """Tangents of a step's storages, forcing and coefficients."""
    seeded = Seeded(
        np.zeros((2, lanes)),
        np.zeros((lateral, lanes)),
        np.zeros((surface, lanes)),
        np.zeros((N_FORCING, lanes)),
        np.zeros((N_COEFFICIENTS, lanes)),
    )
    seeded.vertical[0, 0] = 1.0
    seeded.vertical[1, 1] = 1.0
    if options.surface_runoff != GIUH:
        for i in range(surface):
            seeded.surface[i, 2 + i] = 1.0
    for i in range(N_FORCING):
        if forcing_lanes[i] >= 0:
            seeded.forcing[i, forcing_lanes[i]] = 1.0
    for i in range(N_COEFFICIENTS):
        if coefficient_lanes[i] >= 0:
            seeded.coefficients[i, coefficient_lanes[i]] = 1.0
    return seeded


@njit
def used_terms(matrix: _Array) -> tuple[_Array, bool]:
    """Terms that outputs contain, and whether some of them are seldom asked for."""
    used = np.zeros(N_TERMS, dtype=np.bool_)
    for i in range(N_TERMS):
        for k in range(matrix.shape[0]):
            used[i] |= matrix[k, i] != 0.0
    seldom = False
    for i in SELDOM:
        seldom |= used[i]
    return used, seldom


@njit
def weigh(
    basin: Basin,
    lateral_rate: float,
    first: int,
    count: int,
    used: _Array,
    matrix: _Array,
    gradient: _Array,
    catchment: int,
    lateral_adjoint: tuple[float, ...],
    queue: _Array,
    room: Room,
) -> tuple[float, ...]:
    """Find what the loss changes with every flux of `count` steps, backwards through linear routing.

    Gives the adjoint of the lateral reservoirs before the first step.
    """
    room.weights[EXCESS] = 0.0
    room.weights[LATERAL_INFLOW] = 0.0
    for i in range(N_TERMS):
        if used[i]:
            weights = room.weights[i]
            weights[:] = 0.0
            for k in range(matrix.shape[0]):
                series = gradient[k, catchment, first : first + count]
                for j in range(count):
                    weights[j] += matrix[k, i] * series[j]
    if basin.options.surface_runoff == GIUH:
        for j in range(count):
            room.leaving[j] = room.weights[DIRECT, j]
        giuh_adjoint(
            queue,
            basin.shares,
            room.leaving,
            room.weights[SURFACE, : count if used[SURFACE] else 0],
            room.weights[EXCESS, :count],
        )
    for j in range(count - 1, -1, -1):
        if basin.places.size:
            lateral_rate = derive(parameters_at(basin.row, basin.varying, basin.places, first + j)).lateral_rate
        for i in range(len(lateral_adjoint)):
            lateral_adjoint = replace_item(lateral_adjoint, i, lateral_adjoint[i] + room.weights[LATERAL, j])
        lateral_adjoint, inflow = nash_adjoint(
            lateral_adjoint, lateral_rate, room.weights[LATERAL_RUNOFF, j], room.drops[j]
        )
        room.weights[LATERAL_INFLOW, j] += inflow
    return lateral_adjoint


@njit(inline=False)
def run_on(state: CfeState, inputs: tuple[float, ...], c: CfeCoefficients, basin: Basin) -> CfeState:
    """State after a step of the run itself; compiled apart, once for any number of lanes."""
    after, _ = step(state, hourly_forcing(*inputs, basin.thickness), c, basin.options)
    return after


@njit
def linearise(
    basin: Basin,
    static: CfeCoefficients,
    start: CfeState,
    first: int,
    count: int,
    seldom: bool,
    seeded: Seeded,
    like: tuple[float, ...],
    forcing_like: tuple[float, ...],
    room: Room,
) -> None:
    """Do `count` steps in dual numbers, from the state before the first."""
    lanes = len(like)
    state = start
    c = static
    for j in range(count):
        t = first + j
        if basin.places.size:
            c = derive(parameters_at(basin.row, basin.varying, basin.places, t))
        room.rates[j] = 0.0
        for i in range(len(state.lateral)):
            room.rates[j] += state.lateral[i] * room.drops[j, i]

        inputs = inputs_at(basin.fields, t)
        vertical_before = with_tangents((state.soil, state.groundwater), seeded.vertical, like)
        before = CfeState(
            vertical_before[0],
            vertical_before[1],
            with_tangents(state.lateral, seeded.lateral, like),
            with_tangents(state.surface, seeded.surface, like),
        )
        forcing = hourly_forcing(*with_tangents(inputs, seeded.forcing, forcing_like), basin.thickness)
        dual_c = CfeCoefficients(*with_tangents(c, seeded.coefficients, like))
        after, fluxes = step(before, forcing, dual_c, basin.general)

        w = room.weights
        known = add_scaled(no_tangent(like), w[EXCESS, j], fluxes.excess)
        known = add_scaled(known, w[LATERAL_INFLOW, j], fluxes.lateral_inflow)
        known = add_scaled(known, w[BASE_FLOW, j], fluxes.base_flow)
        known = add_scaled(known, w[SURFACE_RUNOFF, j], fluxes.surface_runoff)
        if seldom:
            known = add_scaled(known, w[ET_RAIN, j], fluxes.et_rain)
            known = add_scaled(known, w[ET_RETENTION, j], fluxes.et_retention)
            known = add_scaled(known, w[ET_SOIL, j], fluxes.et_soil)
            known = add_scaled(known, w[INFILTRATION, j], fluxes.infiltration)
            known = add_scaled(known, w[PERCOLATION, j], fluxes.percolation)
            known = add_scaled(known, w[RUNON, j], fluxes.runon)
            known = add_scaled(known, w[RAIN, j], forcing.rain)
            known = add_scaled(known, w[PET, j], forcing.pet)
            known = add_scaled(known, w[BEFORE, j], before.soil)
            known = add_scaled(known, w[SOIL, j], after.soil)
            known = add_scaled(known, w[GROUNDWATER, j], after.groundwater)
        row = room.rows[j]
        store_tangents(row, lanes, tangent_of(after.soil))
        store_tangents(row, 2 * lanes, tangent_of(after.groundwater))
        if basin.options.surface_runoff != GIUH:
            for i in range(len(after.surface)):
                known = add_scaled(known, w[SURFACE, j], after.surface[i])
                store_tangents(row, (3 + i) * lanes, tangent_of(after.surface[i]))
        store_tangents(row, 0, known)
        room.excess[j] = value_of(fluxes.excess)

        if basin.general.linear_outlets == basin.options.linear_outlets:
            state = values_of(after, state)
        else:
            # the run's outlets are linear where the linearised step's are not
            state = run_on(state, inputs, c, basin)


@njit
def values_of(duals: CfeState, like: CfeState) -> CfeState:
    """State of the values of another; `like` gives the lengths of the cascades."""
    lateral, surface = like.lateral, like.surface
    for i in range(len(lateral)):
        lateral = replace_item(lateral, i, value_of(duals.lateral[i]))
    for i in range(len(surface)):
        surface = replace_item(surface, i, value_of(duals.surface[i]))
    return CfeState(value_of(duals.soil), value_of(duals.groundwater), lateral, surface)
