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

from dcfe.lgar_run import LANES, StateTangents, check_given, results_for, run_seeds
from dcfe.lgar_seeds import check_seeds
from lgar_bmi.ensemble_inputs import EnsembleForcing, prepare
from lgar_bmi.ensemble_setup import EnsembleColumns, EnsembleState, EnsembleTimes
from lgar_bmi.events import EVENTS
from lgar_bmi.options import LgarOptions
from lgar_bmi.variables import MOISTURES
from ngen_bmi.ensemble import names_of

__all__ = ["LANES", "LgarSensitivities", "StateTangents", "tangents_of_lgar"]

_Array = NDArray[Any]


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
        From the block of time before, of the same wanted parameters. Without them the suctions and depths of the given
        state are what they are, and its moistures and conductivities follow the soils.

    Returns
    -------
    LgarSensitivities

    Raises
    ------
    KeyError
        For a parameter or output that LGAR has not.
    ParameterError, ForcingError, ValueError, RuntimeError
        As in :func:`lgar_bmi.ensemble.simulate`; ValueError for state tangents of another shape or not finite, too.

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
    wanted = names_of("wanted", wanted)
    check_seeds(wanted, inputs.layers.shape[2])
    # before they are cut into runs: some of too many would do for each
    check_given(state_tangents, inputs.state, len(wanted))
    count, steps = len(inputs.parameters), inputs.rain.shape[1]
    shape = (len(outputs), count, steps)
    tangents = np.empty((*shape, len(wanted)))
    moisture_tangents = np.empty((count, steps, inputs.depths.size, len(wanted)))
    starts = (inputs.state.fronts, inputs.state.surface, inputs.state.queue)
    ends = StateTangents(*(np.empty((*part.shape, len(wanted))) for part in starts))
    for first in range(0, max(len(wanted), 1), LANES):
        part = slice(first, min(first + LANES, len(wanted)))
        # every run changes what it is given
        now = inputs if first == 0 else prepare(*names, False)
        results = results_for(now, part.stop - first)
        given = None if state_tangents is None else StateTangents(*(array[..., part] for array in state_tangents))
        end, end_tangents = run_seeds(now, wanted[part], given, results)
        tangents[..., part] = results.output_tangents
        moisture_tangents[..., part] = results.moisture_tangents
        for array, found in zip(ends, end_tangents, strict=True):
            array[..., part] = found[..., : part.stop - first]
    series, slopes = dict(zip(outputs, results.outputs, strict=True)), dict(zip(outputs, tangents, strict=True))
    if inputs.depths.size:
        series[MOISTURES.name], slopes[MOISTURES.name] = results.moistures, moisture_tangents
    return LgarSensitivities(series, slopes, end, ends, results.events[:, : len(EVENTS)])
