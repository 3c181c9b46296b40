"""Many catchments, many steps, one parallel compiled call.

Memory is what the caller asks for: forcing and the chosen outputs of one block of time. A long period is run block by
block, each beginning with the state that the one before returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hydro_physics.threads import run_rows
from lgar_bmi.ensemble_inputs import EnsembleForcing, prepare, report_ended
from lgar_bmi.ensemble_kernel import run_ensemble
from lgar_bmi.ensemble_setup import EnsembleColumns, EnsembleState, EnsembleTimes, gather, initial_state
from lgar_bmi.events import COUNTERS, EVENTS
from lgar_bmi.options import LgarOptions
from lgar_bmi.outputs import FINE
from lgar_bmi.setup import FROZEN
from lgar_bmi.variables import INPUT_LIMITS, MOISTURES
from ngen_bmi.ensemble import room_for

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
    inputs = prepare(columns, state, forcing, options, outputs, ordinates, times, moisture_depths, check)
    count, steps = len(inputs.parameters), inputs.rain.shape[1]
    out = room_for((len(outputs), count, steps), out)
    moistures = np.empty((count, steps, inputs.depths.size))
    events = np.zeros((count, COUNTERS), dtype=np.int64)
    imbalance = np.zeros(count)
    ended = np.full((count, 2), FINE, dtype=np.int64)
    end = inputs.state
    run_rows(
        run_ensemble,
        count,
        inputs.layers,
        inputs.parameters,
        inputs.times,
        np.array(inputs.options, dtype=np.int64),
        end.fronts,
        end.front_integers,
        end.surface,
        end.queue,
        inputs.shares,
        inputs.rain,
        inputs.pet,
        inputs.temperatures,
        inputs.nodes,
        INPUT_LIMITS,
        inputs.chosen,
        out,
        inputs.depths,
        moistures,
        events,
        imbalance,
        ended,
    )
    end.frozen[:] = inputs.layers[:, FROZEN]
    report_ended(ended, inputs)
    results = dict(zip(outputs, out, strict=True))
    if inputs.depths.size:
        results[MOISTURES.name] = moistures
    return EnsembleRun(results, end, imbalance, events[:, : len(EVENTS)])
