"""The compiled loops of the ensemble: over catchments, and over steps in each."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from cfe_bmi.catchment import N_OPTIONS, as_pairs, load_state, store_state, usable
from cfe_bmi.coefficients import CfeCoefficients, CfeParameters, derive
from cfe_bmi.outputs import advance, hourly_forcing, surface_water, total_storage
from cfe_bmi.state import CfeOptions, CfeState
from hydro_physics.jit import as_tuple, njit
from hydro_physics.rows import row_of

N_PARAMETERS = len(CfeParameters._fields)
WLTSMC = CfeParameters._fields.index("wltsmc")
MAXSMC = CfeParameters._fields.index("maxsmc")

_Array = NDArray[Any]


@njit
def inputs_at(fields: tuple[_Array, ...], t: int) -> tuple[float, float, float, float, float]:
    """Rain, potential evaporation, ice depth, ice fraction and root-zone moisture of a step; 0 where not given."""
    return (
        fields[0][t],
        fields[1][t],
        fields[2][t] if fields[2].size else 0.0,
        fields[3][t] if fields[3].size else 0.0,
        fields[4][t] if fields[4].size else 0.0,
    )


@njit
def parameters_at(row: _Array, varying: _Array, places: _Array, t: int) -> CfeParameters:
    """Raw parameters of a step.

    Parameters
    ----------
    row : array, shape (parameters,)
        Receives the values of the step.
    varying : array, shape (varying, steps)
        Values that differ from step to step.
    places : array, shape (varying,)
        Their places in `row`.
    t : int
        Step.
    """
    for i in range(places.size):
        row[places[i]] = varying[i, t]
    return CfeParameters(*as_tuple(row, N_PARAMETERS))


@njit
def consistent(row: _Array, c: CfeCoefficients) -> bool:
    """Say whether parameters that are valid one by one have a meaning together."""
    return c.soil_threshold > c.soil_wilting and row[WLTSMC] < row[MAXSMC]


@njit(inline=False, nogil=True)
def judge_rows(first: int, last: int, parameters: _Array, low: _Array, high: _Array, fine: _Array) -> None:
    """Say in `fine` of rows of parameters whether each is within its range, and all have a meaning together."""
    for b in range(first, last):
        valid = True
        for i in range(parameters.shape[1]):
            valid = valid and low[i] <= parameters[b, i] <= high[i]
        # outside their ranges they may not be computed with
        fine[b] = valid and consistent(parameters[b], derive(CfeParameters(*as_tuple(parameters[b], N_PARAMETERS))))


@njit
def run_block(
    first: int,
    last: int,
    c: CfeCoefficients,
    options: CfeOptions,
    state: CfeState,
    queue: _Array,
    shares: _Array,
    fields: tuple[_Array, ...],
    thickness: float,
    limits: _Array,
    chosen: _Array,
    outputs: _Array,
    every: int,
    trail: _Array,
) -> tuple[CfeState, float, int]:
    """Run the steps from `first` up to but not including `last`, which have the same coefficients.

    Returns
    -------
    state : CfeState
        At the end.
    gained : float
        Water in less water out [m].
    refused : int
        Step that could not be done; -1 when there is none.
    """
    pairs = as_pairs(limits)
    gained = 0.0
    mark = (first + every - 1) // every
    for t in range(first, last):
        rain, pet, ice_depth, ice_fraction, moisture = inputs_at(fields, t)
        if not usable(rain, pet, ice_depth, ice_fraction, moisture, pairs, options):
            return state, gained, t
        if mark < trail.shape[0] and t == mark * every:
            store_state(state, trail[mark])
            mark += 1
        forcing = hourly_forcing(rain, pet, ice_depth, ice_fraction, moisture, thickness)
        state, results = advance(state, queue, shares, forcing, c, options)
        for k in range(chosen.size):
            outputs[k, t] = results[chosen[k]]
        gained += results.rain_rate - (results.actual_et + results.q_out)
    return state, gained, -1


@njit(inline=False)
def run_catchment(
    parameters: _Array,
    varying: _Array,
    places: _Array,
    options: CfeOptions,
    state: CfeState,
    queue: _Array,
    shares: _Array,
    fields: tuple[_Array, ...],
    thickness: float,
    limits: _Array,
    chosen: _Array,
    outputs: _Array,
    every: int,
    trail: _Array,
) -> tuple[CfeState, float, int]:
    """Run one catchment; see :func:`run_ensemble`.

    Returns
    -------
    state : CfeState
        At the end.
    imbalance : float
    refused : int
        Step that could not be done; -1 when there is none.
    """
    row = parameters.copy()
    balance = total_storage(state, surface_water(state, queue, options))
    steps = fields[0].size
    block = steps if places.size == 0 else 1
    for first in range(0, steps, max(block, 1)):
        c = derive(parameters_at(row, varying, places, first))
        if places.size > 0 and not consistent(row, c):
            return state, 0.0, first
        state, gained, refused = run_block(
            first,
            first + block,
            c,
            options,
            state,
            queue,
            shares,
            fields,
            thickness,
            limits,
            chosen,
            outputs,
            every,
            trail,
        )
        if refused >= 0:
            return state, 0.0, refused
        balance += gained
    return state, balance - total_storage(state, surface_water(state, queue, options)), -1


@njit(inline=False, nogil=True)
def run_ensemble(
    first: int,
    last: int,
    parameters: _Array,
    varying: _Array,
    places: _Array,
    option_row: _Array,
    lateral: tuple[float, ...],
    surface: tuple[float, ...],
    storages: _Array,
    queues: _Array,
    ordinates: _Array,
    rain: _Array,
    pet: _Array,
    ice_depth: _Array,
    ice_fraction: _Array,
    moisture: _Array,
    thickness: float,
    limits: _Array,
    chosen: _Array,
    outputs: _Array,
    imbalance: _Array,
    refused: _Array,
    every: int,
    trails: _Array,
) -> None:
    """Run catchments; the arguments are those of :func:`cfe_bmi.ensemble.simulate`, made ready.

    Parameters
    ----------
    first, last : int
        Catchments to run, the last not included.
    parameters : array, shape (catchments, parameters)
    varying : array, shape (varying, catchments, steps)
        Raw parameters that differ from step to step; `places` says which they are.
    places : array, shape (varying,)
    lateral, surface : tuple of float
        As long as the cascades.
    storages, queues : array
        State; changed in place.
    every : int
        Steps from one stored state to the next.
    trails : array, shape (catchments, marks, storages)
        Receives the state before step 0, `every`, 2 `every` and so on, as far as there is room.
    """
    options = CfeOptions(*as_tuple(option_row, N_OPTIONS))
    for b in range(first, last):
        state, imbalance[b], refused[b] = run_catchment(
            parameters[b],
            varying[:, b],
            places,
            options,
            load_state(storages[b], lateral, surface),
            queues[b],
            row_of(ordinates, b),
            (row_of(rain, b), row_of(pet, b), row_of(ice_depth, b), row_of(ice_fraction, b), row_of(moisture, b)),
            thickness,
            limits,
            chosen,
            outputs[:, b],
            every,
            trails[b],
        )
        store_state(state, storages[b])
