"""Many catchments, many steps, one parallel compiled call.

Memory is what the caller asks for: forcing and the chosen outputs of one block of time. A long period is run block by
block, each beginning with the state that the one before returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lgar_bmi.config_model import FORCING_STEP, SUBSTEP, TOLERANCE
from lgar_bmi.ensemble_kernel import run_ensemble
from lgar_bmi.ensemble_setup import (
    EnsembleColumns,
    EnsembleState,
    EnsembleTimes,
    check_columns,
    check_options,
    check_state,
    gather,
    initial_state,
    ordinate_rows,
    stack_columns,
)
from lgar_bmi.events import COUNTERS, EVENTS
from lgar_bmi.frozen import layers_of_nodes
from lgar_bmi.options import LgarOptions
from lgar_bmi.outputs import FAILURES, FINE, REFUSED, REMEDY, LgarOutputs
from lgar_bmi.setup import FROZEN, layer_rows
from lgar_bmi.variables import INPUT_LIMITS, INPUTS, MOISTURES, TEMPERATURE_INPUT
from ngen_bmi.ensemble import places_of, room_for, rows_of, shares_of
from ngen_bmi.errors import ForcingError

__all__ = [
    "EnsembleColumns",
    "EnsembleForcing",
    "EnsembleRun",
    "EnsembleState",
    "EnsembleTimes",
    "gather",
    "initial_state",
    "simulate",
]

_Array = NDArray[Any]
_SECONDS_PER_HOUR = 3600.0


class EnsembleForcing(NamedTuple):
    """Forcing as BMI gives it: arrays of shape (catchments, steps), or (1, steps) where it is the same for all.

    Attributes
    ----------
    rain, pet : array
        Rain and potential evapotranspiration [mm h-1].
    soil_temperature : array, shape (catchments or 1, steps, nodes), optional
        With frozen soil [K].
    temperature_nodes : sequence of float
        Depths of its nodes [cm].
    """

    rain: _Array
    pet: _Array
    soil_temperature: _Array | None = None
    temperature_nodes: Sequence[float] = ()


class EnsembleRun(NamedTuple):
    """What :func:`simulate` returns.

    Attributes
    ----------
    outputs : dict of str to array, shape (catchments, steps)
        Moisture at depths has the shape (catchments, steps, depths).
    state : EnsembleState
        At the end.
    imbalance : array, shape (catchments,)
        Water in less water out less change of storage [m]; round-off.
    events : array of int, shape (catchments, events)
        Counts of what happened to fronts, in the order of :data:`lgar_bmi.events.EVENTS`.
    """

    outputs: dict[str, _Array]
    state: EnsembleState
    imbalance: _Array
    events: _Array


def simulate(
    columns: EnsembleColumns,
    state: EnsembleState,
    forcing: EnsembleForcing,
    options: LgarOptions | None = None,
    outputs: Sequence[str] = ("total_discharge",),
    ordinates: ArrayLike = (1.0,),
    times: EnsembleTimes | None = None,
    moisture_depths: Sequence[float] = (),
    out: NDArray[np.float64] | None = None,
    check: bool = True,
) -> EnsembleRun:
    """Run many catchments over many steps.

    Parameters
    ----------
    columns : EnsembleColumns
    state : EnsembleState
        At the start; not changed.
    forcing : EnsembleForcing
    options : LgarOptions
        The same for all catchments.
    outputs : sequence of str
        Fields of :class:`lgar_bmi.outputs.LgarOutputs` to keep.
    ordinates : array, shape (n,) or (catchments, n)
        Hourly GIUH shares that sum to 1; shorter ones are filled with zeros.
    times : EnsembleTimes
        Steps, the same for all.
    moisture_depths : sequence of float
        Depths at which to keep the soil moisture, as output ``soil_moisture_at_depths`` [cm].
    out : array, shape (outputs, catchments, steps), optional
        Where to put the outputs, such as a memory map.
    check : bool
        Judge the columns first; a calibration that has done so can skip it.

    Returns
    -------
    EnsembleRun

    Raises
    ------
    ParameterError, ForcingError
        Naming catchments by their index, and the step.
    ValueError, KeyError
        When shapes or names do not fit.
    RuntimeError
        When a column failed, naming it and the step.

    Examples
    --------
    A cloudburst on two catchments, one crusted, in two blocks of time:

    >>> from lgar_bmi.examples import LOAM, CRUST, PARAMETERS
    >>> columns = EnsembleColumns([[LOAM, LOAM], [CRUST, LOAM]], [[5.0, 60.0]], PARAMETERS)
    >>> state = initial_state(columns, initial_psi=2000.0)
    >>> cloudburst = EnsembleForcing(rain=np.full((1, 3), 8.0), pet=np.zeros((1, 3)))
    >>> first = simulate(columns, state, cloudburst)
    >>> second = simulate(columns, first.state, cloudburst)
    >>> bool(second.outputs["total_discharge"][1].sum() > second.outputs["total_discharge"][0].sum())
    True
    """
    stacked = stack_columns(columns)
    if check:
        check_columns(stacked)
    count, layers = stacked.thickness.shape
    options = options or LgarOptions()
    check_options(options)
    times = times or EnsembleTimes()
    for variable, value in zip((FORCING_STEP, SUBSTEP, TOLERANCE), times, strict=True):
        problem = variable.problem_with(value)
        if problem:
            raise ValueError(f"times: {problem}")
    if times.substep > times.step:
        raise ValueError(f"times: a sub-step of {times.substep:g} s is longer than the step of {times.step:g} s")

    rain = rows_of("rain", forcing.rain, (count, None))
    steps = rain.shape[1]
    pet = rows_of("pet", forcing.pet, (count, steps))
    temperatures, nodes = _temperatures(forcing, stacked.thickness, steps)

    shares = shares_of(ordinates)
    if len(shares) not in (1, count):
        raise ValueError(f"ordinates has shape {shares.shape}; expected (1 or {count}, hours)")
    rows = ordinate_rows(shares, times.step)
    check_state(state, count, layers, rows.shape[1])
    end = EnsembleState(*(np.array(values, order="C") for values in state))

    rows_of_layers = layer_rows(stacked.soils, stacked.thickness, end.frozen)
    bottoms = stacked.thickness.sum(axis=1).min()
    depths = np.array(moisture_depths, dtype=np.float64)
    if not ((depths >= 0.0) & (depths <= bottoms * (1.0 + 1e-9))).all():
        raise ValueError(f"moisture_depths: {depths.tolist()} cm; expected 0 to {bottoms:g} cm, the shallowest column")
    chosen = places_of(outputs, LgarOutputs._fields, "LGAR")
    out = room_for((len(outputs), count, steps), out)
    moistures = np.empty((count, steps, depths.size))
    events = np.zeros((count, COUNTERS), dtype=np.int64)
    imbalance = np.zeros(count)
    ended = np.full((count, 2), FINE, dtype=np.int64)
    run_ensemble(
        rows_of_layers,
        stacked.parameters,
        np.array([times.step / _SECONDS_PER_HOUR, times.substep / _SECONDS_PER_HOUR, times.tolerance]),
        np.array(options, dtype=np.int64),
        end.fronts,
        end.front_integers,
        end.surface,
        end.queue,
        rows,
        rain,
        pet,
        temperatures,
        nodes,
        INPUT_LIMITS,
        chosen,
        out,
        depths,
        moistures,
        events,
        imbalance,
        ended,
    )
    end.frozen[:] = rows_of_layers[:, FROZEN]
    if (ended[:, 0] != FINE).any():
        _report_ended(ended, rain, pet, temperatures)
    results = dict(zip(outputs, out, strict=True))
    if depths.size:
        results[MOISTURES.name] = moistures
    return EnsembleRun(results, end, imbalance, events[:, : len(EVENTS)])


def _temperatures(
    forcing: EnsembleForcing, thickness: NDArray[np.float64], steps: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Temperatures, and the layers that their nodes are in, shape (catchments, nodes); empty when not given."""
    count, layers = thickness.shape
    nodes = tuple(float(depth) for depth in forcing.temperature_nodes)
    if (forcing.soil_temperature is None) != (not nodes):
        raise ValueError("forcing: soil_temperature and temperature_nodes go together")
    places = np.array([layers_of_nodes(nodes, np.cumsum(row).tolist()) for row in thickness]).reshape(count, len(nodes))
    if forcing.soil_temperature is None:
        return np.empty((1, steps, 0)), places
    if any(b <= a for a, b in zip(nodes, nodes[1:], strict=False)) or nodes[0] < 0.0:
        raise ValueError(f"forcing.temperature_nodes: {nodes} cm; their depths have to increase from 0 or more")
    for b, row in enumerate(places):
        missing = sorted(set(range(layers)) - set(row.tolist()))
        if missing:
            raise ValueError(f"forcing.temperature_nodes: none is in layer {missing[0] + 1} of catchment {b}")
    return rows_of("soil_temperature", forcing.soil_temperature, (count, steps, len(nodes))), places


def _report_ended(ended: _Array, rain: _Array, pet: _Array, temperatures: _Array) -> None:
    """Raise for the first catchment that did not come to the end."""
    b = int(np.flatnonzero(ended[:, 0] != FINE)[0])
    status, t = ended[b].tolist()
    where = f"ensemble, {int((ended[:, 0] != FINE).sum())} of {len(ended)} catchments: catchment {b}, step {t}"
    if status != REFUSED:
        raise RuntimeError(f"{where}: {FAILURES[status]}; {REMEDY}")
    found = []
    for variable, rows in zip((*INPUTS, TEMPERATURE_INPUT), (rain, pet, temperatures), strict=True):
        for value in np.atleast_1d(rows[min(b, len(rows) - 1), t]).tolist():
            problem = variable.problem_with(value)
            found += [problem] if problem else []
    raise ForcingError(f"{where}: {'; '.join(found)}")
