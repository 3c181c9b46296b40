"""The compiled loops of the ensemble: over catchments in parallel, over steps in each."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from cfe_bmi.catchment import N_OPTIONS, load_state, store_state, usable
from cfe_bmi.coefficients import CfeParameters, derive
from cfe_bmi.outputs import advance, hourly_forcing, surface_water, total_storage
from cfe_bmi.state import CfeOptions, CfeState
from hydro_physics.jit import as_tuple, njit, prange
from hydro_physics.rows import row_of

N_PARAMETERS = len(CfeParameters._fields)

_Array = NDArray[Any]


@njit
def _at(row: _Array, t: int) -> float:
    """Value of a step, 0 where a forcing is not given."""
    return row[t] if row.size else 0.0


@njit(inline=False)
def run_catchment(  # noqa: D103 - the loop over steps of `simulate`
    parameters: _Array,
    options: CfeOptions,
    state: CfeState,
    queue: _Array,
    shares: _Array,
    rain: _Array,
    pet: _Array,
    ice_depth: _Array,
    ice_fraction: _Array,
    moisture: _Array,
    thickness: float,
    limits: _Array,
    chosen: _Array,
    outputs: _Array,
) -> tuple[CfeState, float, int]:
    c = derive(CfeParameters(*as_tuple(parameters, N_PARAMETERS)))
    balance = total_storage(state, surface_water(state, queue, options))
    for t in range(rain.size):
        ice_d, ice_f, theta = _at(ice_depth, t), _at(ice_fraction, t), _at(moisture, t)
        if not usable(rain[t], pet[t], ice_d, ice_f, theta, limits, options):
            return state, 0.0, t
        forcing = hourly_forcing(rain[t], pet[t], ice_d, ice_f, theta, thickness)
        state, results = advance(state, queue, shares, forcing, c, options)
        for k in range(chosen.size):
            outputs[k, t] = results[chosen[k]]
        balance += results.rain_rate - (results.actual_et + results.q_out)
    return state, balance - total_storage(state, surface_water(state, queue, options)), -1


@njit(parallel=True)
def run_ensemble(  # noqa: D103 - the loop over catchments of `simulate`
    parameters: _Array,
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
) -> None:
    options = CfeOptions(*as_tuple(option_row, N_OPTIONS))
    for b in prange(parameters.shape[0]):
        state, imbalance[b], refused[b] = run_catchment(
            parameters[b],
            options,
            load_state(storages[b], lateral, surface),
            queues[b],
            row_of(ordinates, b),
            row_of(rain, b),
            row_of(pet, b),
            row_of(ice_depth, b),
            row_of(ice_fraction, b),
            row_of(moisture, b),
            thickness,
            limits,
            chosen,
            outputs[:, b],
        )
        store_state(state, storages[b])
