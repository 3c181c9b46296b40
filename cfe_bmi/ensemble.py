"""Many catchments, many steps, one parallel compiled call.

Memory is what the caller asks for: forcing and the chosen outputs of one block of time. A long period is run block by
block, each beginning with the state that the one before returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.ensemble_kernel import N_PARAMETERS, run_ensemble
from cfe_bmi.ensemble_setup import (
    EnsembleState,
    check_options,
    check_parameters,
    check_state,
    gather,
    initial_state,
    stack_parameters,
)
from cfe_bmi.outputs import CfeOutputs
from cfe_bmi.parameters import fit_options
from cfe_bmi.state import SCHAAKE, XINANJIANG, CfeOptions
from cfe_bmi.variables import INPUT_LIMITS, INPUTS, PROFILE_INPUT
from ngen_bmi.ensemble import places_of, room_for, rows_of, shares_of
from ngen_bmi.errors import ForcingError

__all__ = ["EnsembleForcing", "EnsembleRun", "EnsembleState", "gather", "initial_state", "simulate"]

_Array = NDArray[Any]


class EnsembleForcing(NamedTuple):
    """Forcing as BMI gives it: arrays of shape (catchments, steps), or (1, steps) where it is the same for all.

    Attributes
    ----------
    rain : array
        [mm h-1].
    pet : array
        Potential evapotranspiration [m s-1].
    ice_depth, ice_fraction : array, optional
        With frozen soil: [m] for Schaake, [-] for Xinanjiang.
    rootzone_moisture : array, optional
        With root-zone evaporation: moisture of the layer that feeds it [-].
    rootzone_thickness : float
        Its thickness [m].
    """

    rain: _Array
    pet: _Array
    ice_depth: _Array | None = None
    ice_fraction: _Array | None = None
    rootzone_moisture: _Array | None = None
    rootzone_thickness: float = 0.0


class EnsembleRun(NamedTuple):
    """What :func:`simulate` returns.

    Attributes
    ----------
    outputs : dict of str to array, shape (catchments, steps)
    state : EnsembleState
        At the end.
    imbalance : array, shape (catchments,)
        Water in less water out less change of storage [m]; round-off.
    """

    outputs: dict[str, _Array]
    state: EnsembleState
    imbalance: _Array


def simulate(
    parameters: CfeParameters,
    state: EnsembleState,
    forcing: EnsembleForcing,
    options: CfeOptions | None = None,
    outputs: Sequence[str] = ("q_out",),
    ordinates: ArrayLike = (1.0,),
    out: NDArray[np.float64] | None = None,
    check: bool = True,
) -> EnsembleRun:
    """Run many catchments over many steps.

    Parameters
    ----------
    parameters : CfeParameters
        Raw values, numbers or arrays of shape (catchments,).
    state : EnsembleState
        At the start; not changed.
    forcing : EnsembleForcing
    options : CfeOptions
        The same for all catchments.
    outputs : sequence of str
        Fields of :class:`cfe_bmi.outputs.CfeOutputs` to keep, in either case (``Q_OUT`` is ``q_out``).
    ordinates : array, shape (n,) or (catchments, n)
        GIUH shares that sum to 1; shorter ones are filled with zeros.
    out : array, shape (outputs, catchments, steps), optional
        Where to put the outputs, such as a memory map.
    check : bool
        Judge the parameters first; a calibration that has done so can skip it.

    Returns
    -------
    EnsembleRun

    Raises
    ------
    ParameterError, ForcingError
        Naming catchments by their index, and the step.
    ValueError
        When shapes do not fit.

    Examples
    --------
    A day of drizzle over two catchments of different conductivity, in two blocks of time:

    >>> from cfe_bmi.examples import CAT_87
    >>> p = CAT_87._replace(satdk=np.array([3e-6, 3e-5]))
    >>> state = initial_state(p, soil_storage=0.6, gw_storage=0.1)
    >>> half_day = EnsembleForcing(rain=np.full((1, 12), 2.0), pet=np.zeros((1, 12)))
    >>> first = simulate(p, state, half_day)
    >>> second = simulate(p, first.state, half_day)
    >>> second.outputs["q_out"].shape, bool(abs(second.imbalance).max() < 1e-15)
    ((2, 12), True)
    """
    stacked = stack_parameters(parameters)
    if check:
        check_parameters(stacked)
    count = max(len(stacked), len(state.soil))
    stacked = np.ascontiguousarray(np.broadcast_to(stacked, (count, N_PARAMETERS)))
    options = fit_options(options or CfeOptions(), CfeParameters(*stacked.T))
    check_options(options)
    check_state(state)

    rain = rows_of("rain", forcing.rain, (count, None))
    steps = rain.shape[1]
    fields = [rows_of("pet", forcing.pet, (count, steps))]
    for name, used in (
        ("ice_depth", options.frozen_soil and options.partitioning == SCHAAKE),
        ("ice_fraction", options.frozen_soil and options.partitioning == XINANJIANG),
        ("rootzone_moisture", options.rootzone_et),
    ):
        values = getattr(forcing, name)
        if used and values is None:
            raise ValueError(f"the chosen schemes need forcing.{name}")
        fields.append(rows_of(name, values, (count, steps)) if used else np.empty((1, 0)))

    shares = shares_of(ordinates)
    if state.queue.shape != (count, shares.shape[1]) or len(shares) not in (1, count):
        raise ValueError(
            f"the state's queue has shape {state.queue.shape}, the ordinates {shares.shape}; "
            f"expected {(count, shares.shape[1])}"
        )
    columns = (state.soil, state.groundwater, *state.lateral.T, *state.surface.T)
    storages = np.ascontiguousarray(np.column_stack(columns), dtype=np.float64)
    queue = np.array(state.queue, dtype=np.float64)

    chosen = places_of(outputs, CfeOutputs._fields, "CFE", any_case=True)
    out = room_for((len(outputs), count, steps), out)
    imbalance = np.zeros(count)
    refused = np.full(count, -1)
    n_lateral = state.lateral.shape[1]
    run_ensemble(
        stacked,
        np.array(options, dtype=np.int64),
        (0.0,) * n_lateral,
        (0.0,) * state.surface.shape[1],
        storages,
        queue,
        shares,
        rain,
        *fields,
        float(forcing.rootzone_thickness),
        INPUT_LIMITS,
        chosen,
        out,
        imbalance,
        refused,
    )
    if (refused >= 0).any():
        _report_refused(refused, rain, fields)
    end = EnsembleState(
        storages[:, 0], storages[:, 1], storages[:, 2 : 2 + n_lateral], storages[:, 2 + n_lateral :], queue
    )
    return EnsembleRun(dict(zip(outputs, out, strict=True)), end, imbalance)


def _report_refused(refused: _Array, rain: _Array, fields: list[_Array]) -> None:
    b = int(np.flatnonzero(refused >= 0)[0])
    t = int(refused[b])
    found = []
    for variable, rows in zip((*INPUTS, PROFILE_INPUT), (rain, *fields), strict=True):
        if rows.size:
            value = float(rows[min(b, len(rows) - 1), t])
            problem = variable.problem_with(value)
            if problem:
                found.append(problem)
    raise ForcingError(
        f"ensemble, {int((refused >= 0).sum())} of {len(refused)} catchments: catchment {b}, step {t}: "
        f"{'; '.join(found)}"
    )
