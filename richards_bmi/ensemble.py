"""Many columns, many steps, one parallel compiled call.

Columns may differ in everything but the length of steps, the condition at the bottom and the accuracy. Memory is
what the caller asks for: forcing and the chosen outputs of one block of time. A long period is run block by block, each
beginning with the state that the one before returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hydro_physics.routing import ordinates_for_step
from hydro_physics.threads import run_rows
from ngen_bmi.ensemble import places_of, room_for, rows_of, shares_of
from ngen_bmi.errors import ForcingError
from richards_bmi.ensemble_kernel import run_ensemble
from richards_bmi.ensemble_setup import (
    EnsembleColumn,
    EnsembleState,
    EnsembleTimes,
    StackedColumns,
    check_columns,
    check_options,
    check_times,
    column_of,
    initial_state,
    stack_columns,
)
from richards_bmi.options import RichardsOptions
from richards_bmi.outputs import COUNTS, FINE, REFUSED, REMEDY, STUCK, RichardsOutputs
from richards_bmi.setup import DEPTH
from richards_bmi.variables import INPUT_LIMITS, INPUTS, MOISTURES, SUCTIONS

__all__ = [
    "EnsembleColumn",
    "EnsembleForcing",
    "EnsembleRun",
    "EnsembleState",
    "EnsembleTimes",
    "column_of",
    "initial_state",
    "simulate",
]

_Array = NDArray[Any]
_SECONDS_PER_HOUR = 3600.0


class EnsembleForcing(NamedTuple):
    """Forcing as BMI gives it: arrays of shape (columns, steps), or (1, steps) where it is the same for all.

    Attributes
    ----------
    rain, pet : array
        Rain and potential evapotranspiration [mm h-1].
    """

    rain: _Array
    pet: _Array


class EnsembleRun(NamedTuple):
    """What :func:`simulate` returns.

    Attributes
    ----------
    outputs : dict of str to array, shape (columns, steps)
        Moisture and suction at depths have the shape (columns, steps, depths).
    state : EnsembleState
        At the end.
    imbalance : array, shape (columns,)
        Water in less water out less change of storage [m]; round-off.
    counts : array of int, shape (columns, 3)
        As :data:`richards_bmi.outputs.COUNTS`.
    """

    outputs: dict[str, _Array]
    state: EnsembleState
    imbalance: _Array
    counts: _Array


def simulate(
    columns: Sequence[EnsembleColumn],
    state: EnsembleState,
    forcing: EnsembleForcing,
    options: RichardsOptions | None = None,
    outputs: Sequence[str] = ("total_discharge",),
    ordinates: ArrayLike = (1.0,),
    times: EnsembleTimes | None = None,
    depths: Sequence[float] = (),
    out: NDArray[np.float64] | None = None,
) -> EnsembleRun:
    """Run many columns over many steps.

    Parameters
    ----------
    columns : sequence of EnsembleColumn
    state : EnsembleState
        At the start; not changed.
    forcing : EnsembleForcing
    options : RichardsOptions
        The same for all columns.
    outputs : sequence of str
        Fields of :class:`richards_bmi.outputs.RichardsOutputs` to keep.
    ordinates : array, shape (n,) or (columns, n)
        Hourly GIUH shares that sum to 1; shorter ones are filled with zeros.
    times : EnsembleTimes
        Steps, the same for all.
    depths : sequence of float
        Depths at which to keep ``soil_moisture_at_depths`` and ``soil_suction_at_depths`` [cm].
    out : array, shape (outputs, columns, steps), optional
        Where to put the outputs, such as a memory map.

    Returns
    -------
    EnsembleRun

    Raises
    ------
    ParameterError, ForcingError
        Naming columns by their index, and the step.
    ValueError, KeyError
        When shapes or names do not fit.
    RuntimeError
        When a column was stuck, naming it, the step and the depth.

    Examples
    --------
    A cloudburst on loam, with and without a crust:

    >>> from hydro_physics.soil_classes import CARSEL_PARRISH_1988 as soils
    >>> from richards_bmi.coefficients import RichardsParameters
    >>> parameters = RichardsParameters(340.9, 15495.0, 0.0, 1e4)
    >>> loam, crust = soils["loam"], soils["silty clay loam"]
    >>> columns = [EnsembleColumn([top, loam], [5.0, 60.0], parameters, 30.0) for top in (loam, crust)]
    >>> cloudburst = EnsembleForcing(rain=np.full((1, 3), 8.0), pet=np.zeros((1, 3)))
    >>> run = simulate(columns, initial_state(columns, 2000.0), cloudburst)
    >>> bool(run.outputs["total_discharge"][1].sum() > run.outputs["total_discharge"][0].sum())
    True
    """
    check_columns(columns)
    options = options or RichardsOptions()
    check_options(options)
    times = times or EnsembleTimes()
    check_times(times)
    count = len(columns)
    stacked = stack_columns(columns, options.bottom)
    rain = rows_of("rain", forcing.rain, (count, None))
    steps = rain.shape[1]
    pet = rows_of("pet", forcing.pet, (count, steps))
    hours = times.step / _SECONDS_PER_HOUR
    shares = shares_of(ordinates)
    if len(shares) not in (1, count):
        raise ValueError(f"ordinates has shape {shares.shape}; expected (1 or {count}, hours)")
    rows = np.array([ordinates_for_step(row, hours) for row in shares])
    end = _checked_copy(state, stacked, rows.shape[1])
    bottom = min(sum(column.thickness) for column in columns)
    wanted = np.array(depths, dtype=np.float64)
    if not ((wanted >= 0.0) & (wanted <= bottom * (1.0 + 1e-9))).all():
        raise ValueError(f"depths: {wanted.tolist()} cm; expected 0 to {bottom:g} cm, the shallowest column")
    chosen = places_of(outputs, RichardsOutputs._fields, "Richards")
    out = room_for((len(outputs), count, steps), out)
    observed = np.empty((2, count, steps, wanted.size))
    counts = np.zeros((count, len(COUNTS)), dtype=np.int64)
    imbalance = np.zeros(count)
    ended = np.full((count, 3), FINE, dtype=np.int64)
    solver = times.solver
    run_rows(
        run_ensemble,
        count,
        *stacked.rows,
        stacked.starts,
        stacked.coefficients,
        np.array([hours, solver.tolerance, solver.shortest / _SECONDS_PER_HOUR, solver.longest / _SECONDS_PER_HOUR]),
        np.array(options, dtype=np.int64),
        *end,
        rows,
        rain,
        pet,
        INPUT_LIMITS,
        chosen,
        out,
        wanted,
        *observed,
        counts,
        imbalance,
        ended,
    )
    if (ended[:, 0] != FINE).any():
        _report_ended(ended, rain, pet, stacked)
    results = dict(zip(outputs, out, strict=True))
    if wanted.size:
        results |= {MOISTURES.name: observed[0], SUCTIONS.name: observed[1]}
    return EnsembleRun(results, end, imbalance, counts)


def _checked_copy(state: EnsembleState, stacked: StackedColumns, ordinates: int) -> EnsembleState:
    """Copy a state that fits the columns."""
    nodes = (stacked.rows.nodes.shape[1],)
    count = len(stacked.coefficients)
    shapes = (nodes, nodes, (count, 2), (count, ordinates))
    for name, values, shape in zip(state._fields, state, shapes, strict=True):
        if np.shape(values) != shape:
            raise ValueError(
                f"state.{name} has shape {np.shape(values)}; expected {shape}: it belongs to other columns, another "
                "bottom or another unit hydrograph"
            )
        if not np.isfinite(values).all():
            raise ValueError(f"state.{name} is not finite everywhere")
    return EnsembleState(*(np.array(values, dtype=np.float64, order="C") for values in state))


def _report_ended(ended: _Array, rain: _Array, pet: _Array, stacked: StackedColumns) -> None:
    """Raise for the first column that did not come to the end."""
    failed = np.flatnonzero(ended[:, 0] != FINE)
    b = int(failed[0])
    status, t, node = ended[b].tolist()
    where = f"ensemble, {failed.size} of {len(ended)} catchments: catchment {b}, step {t}"
    if status == STUCK:
        depth = stacked.rows.nodes[DEPTH, stacked.starts[b, 0] + node]
        raise RuntimeError(f"{where}: no sub-step solved the equation {depth:g} cm deep; {REMEDY}")
    if status != REFUSED:
        raise RuntimeError(f"{where}: a flux is not a finite number; {REMEDY}")
    found = []
    for variable, rows in zip(INPUTS, (rain, pet), strict=True):
        problem = variable.problem_with(float(rows[min(b, len(rows) - 1), t]))
        found += [problem] if problem else []
    raise ForcingError(f"{where}: {'; '.join(found)}")
