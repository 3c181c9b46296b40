"""Sensitivities of LGAR: exact derivatives of every output, at every step, to parameters and rain.

They are carried forward with the state, so that memory does not depend on the length of the run but for the outputs
that are asked for; a long period is run block by block. They are exact for the events (creations of fronts, mergers,
layer crossings) and the lengths of sub-steps that the run has: neither has a derivative of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcfe.lgar_kernel import run_duals
from dcfe.lgar_seeds import check_seeds, seeded
from lgar_bmi.ensemble_inputs import EnsembleForcing, EnsembleInputs, prepare, report_ended
from lgar_bmi.ensemble_setup import EnsembleColumns, EnsembleState, EnsembleTimes
from lgar_bmi.events import COUNTERS, EVENTS
from lgar_bmi.options import LgarOptions
from lgar_bmi.outputs import FINE
from lgar_bmi.setup import FROZEN
from lgar_bmi.variables import INPUT_LIMITS, MOISTURES

LANES = 16
"""Seeds of one run. There is compiled code for this number alone: fewer would save little time, and compile as long."""

_Array = NDArray[Any]


class _Results(NamedTuple):
    """Where a run puts its results."""

    outputs: _Array
    output_tangents: _Array
    moistures: _Array
    moisture_tangents: _Array
    events: _Array


class StateTangents(NamedTuple):
    """Derivatives of a state: arrays of the shapes of :class:`EnsembleState` and one more dimension, (wanted,)."""

    fronts: _Array
    surface: _Array
    queue: _Array


class LgarSensitivities(NamedTuple):
    """What :func:`tangents_of_lgar` returns.

    Attributes
    ----------
    outputs : dict of str to array, shape (catchments, steps)
        Moisture at depths has the shape (catchments, steps, depths).
    tangents : dict of str to array
        Derivatives of each output to each wanted parameter: one more dimension, (wanted,).
    state : EnsembleState
        At the end.
    state_tangents : StateTangents
        Its derivatives, with which the next block of time begins.
    events : array of int, shape (catchments, events)
        Counts in the order of :data:`lgar_bmi.events.EVENTS`.
    """

    outputs: dict[str, _Array]
    tangents: dict[str, _Array]
    state: EnsembleState
    state_tangents: StateTangents
    events: _Array


def tangents_of_lgar(
    columns: EnsembleColumns,
    state: EnsembleState,
    forcing: EnsembleForcing,
    wanted: Sequence[str],
    options: LgarOptions | None = None,
    outputs: Sequence[str] = ("total_discharge",),
    ordinates: ArrayLike = (1.0,),
    times: EnsembleTimes | None = None,
    moisture_depths: Sequence[float] = (),
    state_tangents: StateTangents | None = None,
    check: bool = True,
) -> LgarSensitivities:
    """Run many catchments with the derivatives of their outputs.

    Parameters
    ----------
    columns, state, forcing, options, outputs, ordinates, times, moisture_depths, check
        As in :func:`lgar_bmi.ensemble.simulate`, whose values these are, bit for bit.
    wanted : sequence of str
        Parameters, of :func:`dcfe.lgar_seeds.seeds_of`; more than 16 take several runs.
    state_tangents : StateTangents, optional
        From the block of time before. Without them the suctions and depths of the given state are what they are, and
        its moistures and conductivities follow the soils.

    Returns
    -------
    LgarSensitivities

    Raises
    ------
    KeyError
        For a parameter or output that LGAR has not.
    ParameterError, ForcingError, ValueError, RuntimeError
        As in :func:`lgar_bmi.ensemble.simulate`.

    Examples
    --------
    A more conductive crust, less runoff of a cloudburst:

    >>> from lgar_bmi.ensemble import initial_state
    >>> from lgar_bmi.examples import CRUST, LOAM, PARAMETERS
    >>> columns = EnsembleColumns([[CRUST, LOAM]], [[5.0, 60.0]], PARAMETERS)
    >>> cloudburst = EnsembleForcing(rain=np.full((1, 3), 8.0), pet=np.zeros((1, 3)))
    >>> state = initial_state(columns, initial_psi=2000.0)
    >>> found = tangents_of_lgar(columns, state, cloudburst, wanted=("ks_1", "alpha_2"))
    >>> found.tangents["total_discharge"].shape, bool(found.tangents["total_discharge"][..., 0].sum() < 0.0)
    ((1, 3, 2), True)
    """
    names = (columns, state, forcing, options, outputs, ordinates, times, moisture_depths)
    inputs = prepare(*names, check)
    wanted = tuple(wanted)
    check_seeds(wanted, inputs.layers.shape[2])
    count, steps = len(inputs.parameters), inputs.rain.shape[1]
    shape = (len(outputs), count, steps)
    values, moistures = np.empty(shape), np.empty((count, steps, inputs.depths.size))
    tangents, moisture_tangents = np.empty((*shape, len(wanted))), np.empty((*moistures.shape, len(wanted)))
    starts = (inputs.state.fronts, inputs.state.surface, inputs.state.queue)
    ends = StateTangents(*(np.empty((*part.shape, len(wanted))) for part in starts))
    for first in range(0, max(len(wanted), 1), LANES):
        part = slice(first, min(first + LANES, len(wanted)))
        # every run changes what it is given
        now = inputs if first == 0 else prepare(*names, False)
        results = _Results(
            values,
            np.empty((*shape, part.stop - first)),
            moistures,
            np.empty((*moistures.shape, part.stop - first)),
            np.zeros((count, COUNTERS), dtype=np.int64),
        )
        given = None if state_tangents is None else StateTangents(*(array[..., part] for array in state_tangents))
        end, end_tangents = _run(now, wanted[part], given, results)
        tangents[..., part] = results.output_tangents
        moisture_tangents[..., part] = results.moisture_tangents
        for array, found in zip(ends, end_tangents, strict=True):
            array[..., part] = found[..., : part.stop - first]
    series, slopes = dict(zip(outputs, values, strict=True)), dict(zip(outputs, tangents, strict=True))
    if inputs.depths.size:
        series[MOISTURES.name], slopes[MOISTURES.name] = moistures, moisture_tangents
    return LgarSensitivities(series, slopes, end, ends, results.events[:, : len(EVENTS)])


def _run(
    inputs: EnsembleInputs, wanted: Sequence[str], given: StateTangents | None, results: _Results
) -> tuple[EnsembleState, StateTangents]:
    """Run with up to `LANES` seeds; returns the state at the end, and its tangents of all lanes."""
    of_layers, of_parameters, of_rain = seeded(wanted, inputs.layers, inputs.parameters, LANES)
    end = inputs.state
    tangents = StateTangents(*(np.zeros((*part.shape, LANES)) for part in (end.fronts, end.surface, end.queue)))
    if given is not None:
        for array, start in zip(tangents, given, strict=True):
            array[..., : len(wanted)] = start
    ended = np.full((len(inputs.parameters), 2), FINE, dtype=np.int64)
    run_duals(
        inputs.layers,
        of_layers,
        inputs.parameters,
        of_parameters,
        np.ones(1),
        of_rain,
        inputs.shares,
        inputs.rain,
        inputs.pet,
        inputs.temperatures,
        inputs.nodes,
        end.fronts,
        tangents.fronts,
        end.front_integers,
        end.surface,
        tangents.surface,
        end.queue,
        tangents.queue,
        *results,
        inputs.times,
        np.array(inputs.options, dtype=np.int64),
        INPUT_LIMITS,
        inputs.chosen,
        inputs.depths,
        int(given is None),
        ended,
        (0.0,) * LANES,
    )
    end.frozen[:] = inputs.layers[:, FROZEN]
    report_ended(ended, inputs)
    return end, tangents
