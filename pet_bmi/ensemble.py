"""Many catchments, many steps, one parallel compiled call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hydro_physics.threads import run_rows
from ngen_bmi.ensemble import places_of, room_for, rows_of
from ngen_bmi.errors import ForcingError, ParameterError
from pet_bmi.clock import days_and_hours
from pet_bmi.coefficients import PetParameters
from pet_bmi.kernel import run_ensemble
from pet_bmi.parameters import needs_clock, problems_of
from pet_bmi.state import PetFluxes, PetOptions
from pet_bmi.variables import INPUT_LIMITS, INPUTS, used_inputs

__all__ = ["EnsembleForcing", "EnsembleRun", "EnsembleState", "initial_state", "simulate"]

_Array = NDArray[Any]
_NONE = np.zeros((1, 0))


class EnsembleForcing(NamedTuple):
    """Weather: arrays of shape (catchments, steps), or (1, steps) where it is the same for all.

    What the options do not use may be left out.

    Attributes
    ----------
    temperature : array
        [K].
    humidity : array
        Specific [kg kg-1].
    pressure : array
        [Pa].
    shortwave, longwave : array
        [W m-2].
    wind_x, wind_y : array
        [m s-1].
    """

    temperature: ArrayLike
    humidity: ArrayLike
    pressure: ArrayLike | None = None
    shortwave: ArrayLike | None = None
    longwave: ArrayLike | None = None
    wind_x: ArrayLike | None = None
    wind_y: ArrayLike | None = None


_FIELDS = ("longwave", "pressure", "humidity", "shortwave", "temperature", "wind_x", "wind_y")
"""Fields of :class:`EnsembleForcing` in the order of :data:`pet_bmi.variables.INPUTS`."""


class EnsembleState(NamedTuple):
    """State of all catchments.

    Attributes
    ----------
    clearness : array, shape (catchments,)
        As :class:`pet_bmi.state.PetState`.
    """

    clearness: _Array


class EnsembleRun(NamedTuple):
    """What :func:`simulate` returns.

    Attributes
    ----------
    outputs : dict of str to array, shape (catchments, steps)
    state : EnsembleState
        At the end.
    """

    outputs: dict[str, _Array]
    state: EnsembleState


def initial_state(parameters: PetParameters, count: int) -> EnsembleState:
    """State of so many catchments at the start."""
    return EnsembleState(np.broadcast_to(np.asarray(parameters.initial_clearness, np.float64), (count,)).copy())


def simulate(
    parameters: PetParameters,
    state: EnsembleState | None,
    forcing: EnsembleForcing,
    options: PetOptions | None = None,
    outputs: Sequence[str] = ("potential_evaporation",),
    start: np.datetime64 | None = None,
    step_s: float = 3600.0,
    out: NDArray[np.float64] | None = None,
) -> EnsembleRun:
    """Potential evapotranspiration of many catchments over many steps.

    Parameters
    ----------
    parameters : PetParameters
        Raw values, numbers or arrays of shape (catchments,).
    state : EnsembleState or None
        At the start; not changed. None: as the parameters say.
    forcing : EnsembleForcing
    options : PetOptions
        The same for all catchments.
    outputs : sequence of str
        Fields of :class:`PetFluxes` to keep.
    start : datetime64
        Start of the first step, UTC; needed where longwave radiation is calculated.
    step_s : float
        Length of a step [s].
    out : array, shape (outputs, catchments, steps), optional
        Where to put the outputs, such as a memory map.

    Returns
    -------
    EnsembleRun

    Raises
    ------
    ParameterError, ForcingError
        Naming the catchment by its index, and the step.
    ValueError, KeyError
        When shapes or names do not fit.

    Examples
    --------
    A warm hour at two albedos:

    >>> weather = EnsembleForcing([300.0], [0.008], [9e4], [600.0], [350.0], [3.0], [1.0])
    >>> run = simulate(PetParameters(albedo=np.array([0.1, 0.3])), None, weather)
    >>> (run.outputs["potential_evaporation"] * 3.6e6).round(2)
    array([[0.51],
           [0.4 ]])
    """
    options = options or PetOptions()
    columns = np.broadcast_arrays(*(np.atleast_1d(np.asarray(values, np.float64)) for values in parameters))
    rows = np.stack(columns, axis=1)
    given = [np.asarray(values) for values in forcing if values is not None]
    count = max(len(rows), *(values.shape[0] if values.ndim > 1 else 1 for values in given))
    if len(rows) not in (1, count):
        raise ValueError(f"parameters are for {len(rows)} catchments, the forcing is for {count}")
    rows = np.ascontiguousarray(np.broadcast_to(rows, (count, rows.shape[1])))
    _check_parameters(rows, options)
    weather, used = _weather(forcing, options, count)
    steps = max(values.shape[1] for values in weather)
    if needs_clock(options):
        if start is None:
            raise ValueError("calculated longwave radiation needs the start of the first step, UTC: start=...")
        days, hours = days_and_hours(start, step_s, steps)
    else:
        days = hours = np.ones(steps)
    memory = np.array((state or initial_state(parameters, count)).clearness, dtype=np.float64).reshape(-1, 1)
    if len(memory) != count or not np.isfinite(memory).all():
        raise ValueError(f"state.clearness has to be {count} finite numbers")
    chosen = places_of(outputs, PetFluxes._fields, "PET")
    out = room_for((len(outputs), count, steps), out)
    refused = np.full(count, -1, dtype=np.int64)
    run_rows(
        run_ensemble,
        count,
        rows,
        step_s,
        np.array(options, dtype=np.int64),
        weather,
        used,
        INPUT_LIMITS,
        days,
        hours,
        memory,
        chosen,
        out,
        refused,
    )
    if (refused >= 0).any():
        _report_refused(refused, weather, used)
    return EnsembleRun(dict(zip(outputs, out, strict=True)), EnsembleState(memory[:, 0]))


def _weather(forcing: EnsembleForcing, options: PetOptions, count: int) -> tuple[tuple[_Array, ...], _Array]:
    """Inputs in their order, empty where they are not used, and which are."""
    names = used_inputs(options)
    used = np.array([variable.name in names for variable in INPUTS], dtype=np.int64)
    weather = []
    steps = None
    for field, wanted in zip(_FIELDS, used, strict=True):
        values = getattr(forcing, field)
        if not wanted:
            weather.append(_NONE)
            continue
        if values is None:
            raise ValueError(f"forcing.{field} is missing, and these options need it")
        weather.append(rows_of(field, values, (count, steps)))
        steps = weather[-1].shape[1]
    return tuple(weather), used


def _check_parameters(rows: _Array, options: PetOptions) -> None:
    different, first = np.unique(rows, axis=0, return_index=True)
    for row, b in zip(different, first, strict=True):
        problems = problems_of(PetParameters(*row.tolist()), options)
        if problems:
            raise ParameterError(f"ensemble, catchment {b}", problems)


def _report_refused(refused: _Array, weather: tuple[_Array, ...], used: _Array) -> None:
    failed = np.flatnonzero(refused >= 0)
    b = int(failed[0])
    t = int(refused[b])
    found = []
    for variable, values, wanted in zip(INPUTS, weather, used, strict=True):
        if wanted:
            problem = variable.problem_with(float(values[min(b, len(values) - 1), t]))
            found += [problem] if problem else []
    raise ForcingError(
        f"ensemble, {failed.size} of {len(refused)} catchments: catchment {b}, step {t}: {'; '.join(found)}"
    )
