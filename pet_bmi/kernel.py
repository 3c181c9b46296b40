"""Compiled entry points: one step of a component, and many catchments over many steps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydro_physics.jit import as_tuple, njit
from hydro_physics.rows import inside, row_of
from pet_bmi.coefficients import PetCoefficients, PetParameters, derive
from pet_bmi.state import PetFluxes, PetForcing, PetOptions, PetState
from pet_bmi.step import step

N_COEFFICIENTS = len(PetCoefficients._fields)
N_PARAMETERS = len(PetParameters._fields)
N_OPTIONS = len(PetOptions._fields)

WIND_X, WIND_Y = 5, 6
"""Places of the wind's components among the inputs."""

_Array = NDArray[Any]


@njit
def usable(value: float, place: int, limits: _Array, missing_wind: int) -> bool:
    """Say whether an input is within its limits, or is wind that may be missing."""
    return inside(value, limits[place, 0], limits[place, 1]) or (
        missing_wind == 1 and place >= WIND_X and math.isnan(value)
    )


@njit
def forcing_of(values: tuple[float, ...], day: float, hour: float) -> PetForcing:
    """Weather from the inputs in their order; a wind without one of its components is missing."""
    x, y = values[WIND_X], values[WIND_Y]
    return PetForcing(values[0], values[1], values[2], values[3], values[4], math.sqrt(x * x + y * y), day, hour)


@njit(inline=False)
def update_catchment(
    inputs: _Array,
    used: _Array,
    limits: _Array,
    day: float,
    hour: float,
    coefficients: _Array,
    options: _Array,
    memory: _Array,
    outputs: _Array,
) -> bool:
    """Do one step.

    Parameters
    ----------
    inputs : array, shape (7,)
        As :data:`pet_bmi.variables.INPUTS`.
    used : array of int, shape (7,)
        1 for the inputs that the options use.
    limits : array, shape (7, 2)
        Ranges in which inputs are accepted.
    day, hour : float
        Day of the year and hours since midnight, UTC, in the middle of the step.
    coefficients, options : array
        Items of :class:`PetCoefficients` and :class:`PetOptions`.
    memory : array, shape (1,)
        Items of :class:`PetState`; changed in place.
    outputs : array, shape (5,)
        Receives the items of :class:`PetFluxes`.

    Returns
    -------
    bool
        False, and nothing changed, when an input that is used is outside its limits.
    """
    o = PetOptions(*as_tuple(options, N_OPTIONS))
    for i in range(7):
        if used[i] == 1 and not usable(inputs[i], i, limits, o.missing_wind):
            return False
    c = PetCoefficients(*as_tuple(coefficients, N_COEFFICIENTS))
    state, fluxes = step(PetState(memory[0]), forcing_of(as_tuple(inputs, 7), day, hour), c, o)
    memory[0] = state.clearness
    for i in range(outputs.size):
        outputs[i] = fluxes[i]
    return True


@njit(inline=False, nogil=True)
def run_ensemble(
    first: int,
    last: int,
    parameters: _Array,
    step_s: float,
    options: _Array,
    rows: tuple[_Array, ...],
    used: _Array,
    limits: _Array,
    days: _Array,
    hours: _Array,
    memory: _Array,
    chosen: _Array,
    out: _Array,
    refused: _Array,
) -> None:
    """Run many catchments.

    Parameters
    ----------
    first, last : int
        Catchments to run, the last not included.
    parameters : array, shape (catchments, 13)
        Items of :class:`PetParameters`.
    step_s : float
        Length of a step [s].
    options : array
        Items of :class:`PetOptions`.
    rows : tuple of 7 arrays, shape (catchments, steps) or (1, steps)
        Inputs; those that are not used may have no item.
    used, limits : array
        As for :func:`update_catchment`.
    days, hours : array, shape (steps,)
        Day of the year and hours since midnight, UTC, in the middle of the steps.
    memory : array, shape (catchments, 1)
        State; changed in place.
    chosen : array of int, shape (outputs,)
        Places of the outputs in :class:`PetFluxes`.
    out : array, shape (outputs, catchments, steps)
    refused : array of int, shape (catchments,)
        Receives the step that an input was refused in, or -1.
    """
    o = PetOptions(*as_tuple(options, N_OPTIONS))
    for b in range(first, last):
        c = derive(PetParameters(*as_tuple(parameters[b], N_PARAMETERS)), step_s)
        state = PetState(memory[b, 0])
        values = np.zeros(7)
        fluxes = np.empty(5)
        refused[b] = -1
        for t in range(days.size):
            for i in range(7):
                if used[i] == 1:
                    values[i] = row_of(rows[i], b)[t]
                    if not usable(values[i], i, limits, o.missing_wind):
                        refused[b] = t
            if refused[b] >= 0:
                break
            state, found = step(state, forcing_of(as_tuple(values, 7), days[t], hours[t]), c, o)
            results = PetFluxes(*found)
            for k in range(5):
                fluxes[k] = results[k]
            for k in range(chosen.size):
                out[k, b, t] = fluxes[chosen[k]]
        memory[b, 0] = state.clearness
