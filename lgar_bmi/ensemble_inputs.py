"""The arguments of an ensemble's run, judged and made ready for the compiled loops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lgar_bmi.config_model import FORCING_STEP, SUBSTEP, TOLERANCE
from lgar_bmi.ensemble_setup import (
    EnsembleColumns,
    EnsembleState,
    EnsembleTimes,
    check_columns,
    check_options,
    ordinate_rows,
    stack_columns,
)
from lgar_bmi.ensemble_state import check_state
from lgar_bmi.frozen import layers_of_nodes
from lgar_bmi.options import LgarOptions
from lgar_bmi.outputs import FAILURES, FINE, REFUSED, REMEDY, LgarOutputs
from lgar_bmi.setup import layer_rows
from lgar_bmi.variables import INPUTS, TEMPERATURE_INPUT
from ngen_bmi.ensemble import places_of, rows_of, shares_of
from ngen_bmi.errors import ForcingError

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


class EnsembleInputs(NamedTuple):
    """What the compiled loops take.

    Attributes
    ----------
    layers : array, shape (catchments, `lgar_bmi.setup.LAYER_ROWS`, layers)
        Changed by a run where frozen soil thaws.
    parameters : array, shape (catchments, parameters)
    times : array, shape (3,)
        Lengths of the step and of a sub-step [h], and the tolerance of adaptive ones [cm].
    options : LgarOptions
    state : EnsembleState
        A copy, which a run may change.
    shares : array, shape (1 or catchments, n)
        Ordinates for steps of this length.
    rain, pet : array, shape (1 or catchments, steps)
    temperatures : array, shape (1 or catchments, steps, nodes)
    nodes : array of int, shape (catchments, nodes)
        Layers of the nodes.
    chosen : array of int
        Places of the outputs.
    depths : array
        Where moistures are wanted [cm].
    """

    layers: _Array
    parameters: _Array
    times: _Array
    options: LgarOptions
    state: EnsembleState
    shares: _Array
    rain: _Array
    pet: _Array
    temperatures: _Array
    nodes: _Array
    chosen: _Array
    depths: _Array


def prepare(
    columns: EnsembleColumns,
    state: EnsembleState,
    forcing: EnsembleForcing,
    options: LgarOptions | None,
    outputs: Sequence[str],
    ordinates: ArrayLike,
    times: EnsembleTimes | None,
    moisture_depths: Sequence[float],
    check: bool,
) -> EnsembleInputs:
    """Judge the arguments of :func:`lgar_bmi.ensemble.simulate` and make them ready."""
    stacked = stack_columns(columns)
    if check:
        check_columns(stacked)
    count = len(stacked.thickness)
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
    check_state(state, stacked.soils, stacked.thickness, rows.shape[1])
    end = EnsembleState(*(np.array(values, order="C") for values in state))

    rows_of_layers = layer_rows(stacked.soils, stacked.thickness, end.frozen)
    bottoms = stacked.thickness.sum(axis=1).min()
    depths = np.array(moisture_depths, dtype=np.float64)
    if not ((depths >= 0.0) & (depths <= bottoms * (1.0 + 1e-9))).all():
        raise ValueError(f"moisture_depths: {depths.tolist()} cm; expected 0 to {bottoms:g} cm, the shallowest column")
    chosen = places_of(outputs, LgarOutputs._fields, "LGAR")
    lengths = np.array([times.step / _SECONDS_PER_HOUR, times.substep / _SECONDS_PER_HOUR, times.tolerance])
    return EnsembleInputs(
        rows_of_layers,
        stacked.parameters,
        lengths,
        options,
        end,
        rows,
        rain,
        pet,
        temperatures,
        nodes,
        chosen,
        depths,
    )


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


def report_ended(ended: _Array, inputs: EnsembleInputs) -> None:
    """Raise for the first catchment that did not come to the end, if there is one.

    Parameters
    ----------
    ended : array of int, shape (catchments, 2)
        How (:mod:`lgar_bmi.outputs`) and in which step.
    inputs : EnsembleInputs
    """
    if not (ended[:, 0] != FINE).any():
        return
    b = int(np.flatnonzero(ended[:, 0] != FINE)[0])
    status, t = ended[b].tolist()
    where = f"ensemble, {int((ended[:, 0] != FINE).sum())} of {len(ended)} catchments: catchment {b}, step {t}"
    if status != REFUSED:
        raise RuntimeError(f"{where}: {FAILURES[status]}; {REMEDY}")
    found = []
    for variable, rows in zip(
        (*INPUTS, TEMPERATURE_INPUT), (inputs.rain, inputs.pet, inputs.temperatures), strict=True
    ):
        for value in np.atleast_1d(rows[min(b, len(rows) - 1), t]).tolist():
            problem = variable.problem_with(value)
            found += [problem] if problem else []
    raise ForcingError(f"{where}: {'; '.join(found)}")
