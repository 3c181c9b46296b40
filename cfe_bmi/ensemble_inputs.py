"""The arguments of an ensemble's run, judged and made ready for the compiled loops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.ensemble_kernel import N_PARAMETERS, run_ensemble
from cfe_bmi.ensemble_setup import EnsembleState, check_options, check_parameters, check_state, stack_parameters
from cfe_bmi.ensemble_tiles import NOT_DONE, tile_kernel
from cfe_bmi.lane_steps import OF_SURFACE
from cfe_bmi.lanes import LANES
from cfe_bmi.outputs import CfeOutputs
from cfe_bmi.parameters import PARAMETERS, fit_options, problems_of
from cfe_bmi.state import GIUH, SCHAAKE, XINANJIANG, CfeOptions
from cfe_bmi.variables import INPUT_LIMITS, INPUTS, PROFILE_INPUT
from hydro_physics.jit import JIT_ENABLED
from hydro_physics.threads import run_rows
from ngen_bmi.ensemble import places_of, room_for, rows_of, shares_of
from ngen_bmi.errors import ForcingError, ParameterError

_Array = NDArray[Any]
LEAST_TILED = 12
"""Catchments from which on a tile is faster than one after the other, and worth a few seconds of compiling."""
_NO_TRAIL = np.empty((1, 0, 0))


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


class EnsembleInputs(NamedTuple):
    """What the compiled loops take.

    Attributes
    ----------
    parameters : array, shape (catchments, parameters)
        Raw values.
    varying : array, shape (varying, catchments, steps)
        Raw values that differ from step to step.
    places : array, shape (varying,)
        Places of the varying ones among the parameters.
    options : CfeOptions
    storages : array, shape (catchments, storages)
        Soil, groundwater, lateral and surface cascades.
    queue : array, shape (catchments, ordinates)
    lateral, surface : int
        Lengths of the cascades.
    shares : array, shape (1 or catchments, ordinates)
    fields : tuple of array, shape (1 or catchments, steps)
        Rain, potential evapotranspiration, ice depth, ice fraction, root-zone moisture; (1, 0) where not used.
    thickness : float
        Of the layer that feeds evaporation [m].
    chosen : array, shape (outputs,)
        Places of the outputs in :class:`cfe_bmi.outputs.CfeOutputs`.
    """

    parameters: _Array
    varying: _Array
    places: _Array
    options: CfeOptions
    storages: _Array
    queue: _Array
    lateral: int
    surface: int
    shares: _Array
    fields: tuple[_Array, ...]
    thickness: float
    chosen: _Array


def prepare(
    parameters: CfeParameters,
    state: EnsembleState,
    forcing: EnsembleForcing,
    options: CfeOptions | None,
    outputs: Sequence[str],
    ordinates: ArrayLike,
    check: bool = True,
    varying: Mapping[str, ArrayLike] | None = None,
) -> EnsembleInputs:
    """Judge the arguments of :func:`cfe_bmi.ensemble.simulate` and bring them into shape."""
    stacked = stack_parameters(parameters)
    varying = varying or {}
    count = max(len(stacked), len(state.soil))
    # in one order of memory: code is compiled for each
    stacked = np.array(np.broadcast_to(stacked, (count, N_PARAMETERS)), order="C")
    rain = rows_of("rain", forcing.rain, (count, None))
    steps = rain.shape[1]
    places = places_of(tuple(varying), CfeParameters._fields, "CFE")
    changing = np.empty((len(varying), count, steps))
    for i, (name, values) in enumerate(varying.items()):
        changing[i] = rows_of(name, values, (count, steps))
        _check_range(name, changing[i])
        if steps:
            stacked[:, places[i]] = changing[i, :, 0]
    if check:
        check_parameters(stacked)
    options = fit_options(options or CfeOptions(), CfeParameters(*stacked.T))
    for name in {"soil_expon", "soil_expon_secondary"}.intersection(varying):
        if not np.all(np.equal(varying[name], 1.0)):
            options = options._replace(linear_outlets=0)
    check_options(options)
    check_state(state)

    fields = [rain, rows_of("pet", forcing.pet, (count, steps))]
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
    rows = {name: len(part) for name, part in state._asdict().items()}
    if set(rows.values()) != {count}:
        raise ValueError(f"the state has {rows} rows; expected {count}, as there are catchments")
    columns = (state.soil, state.groundwater, *state.lateral.T, *state.surface.T)
    return EnsembleInputs(
        parameters=stacked,
        varying=changing,
        places=places,
        options=options,
        storages=np.ascontiguousarray(np.column_stack(columns), dtype=np.float64),
        queue=np.array(state.queue, dtype=np.float64, order="C"),
        lateral=state.lateral.shape[1],
        surface=state.surface.shape[1],
        shares=shares,
        fields=tuple(fields),
        thickness=float(forcing.rootzone_thickness),
        chosen=places_of(outputs, CfeOutputs._fields, "CFE", any_case=True),
    )


def in_tiles(inputs: EnsembleInputs) -> bool:
    """Say whether an ensemble is run in tiles: it has the same results, and is not worth compiling for a few."""
    schemes = inputs.options.surface_runoff == GIUH and inputs.options.linear_outlets == 1
    return JIT_ENABLED and schemes and not inputs.places.size and len(inputs.parameters) >= LEAST_TILED


def run(
    inputs: EnsembleInputs, out: NDArray[np.float64] | None = None, every: int = 1, trails: _Array = _NO_TRAIL
) -> tuple[_Array, EnsembleState, _Array]:
    """Run what :func:`prepare` made ready.

    Parameters
    ----------
    inputs : EnsembleInputs
        Not changed.
    out : array, shape (outputs, catchments, steps), optional
        Where to put the outputs. With gaps between its numbers catchments are run one by one, which takes longer.
    every : int
        Steps from one stored state to the next.
    trails : array, shape (catchments, marks, storages), optional
        Receives the states before step 0, `every`, 2 `every` and so on.

    Returns
    -------
    outputs : array, shape (outputs, catchments, steps)
    state : EnsembleState
        At the end.
    imbalance : array, shape (catchments,)

    Raises
    ------
    ForcingError, ParameterError
        Naming the first catchment and the step that could not be done.
    """
    count, steps = len(inputs.parameters), inputs.fields[0].shape[1]
    out = room_for((len(inputs.chosen), count, steps), out)
    if len(trails) != count:
        trails = np.empty((count, 0, inputs.storages.shape[1]))
    storages, queue = inputs.storages.copy(), inputs.queue.copy()
    imbalance = np.zeros(count)
    refused = np.full(count, -1)
    changing = (inputs.varying, inputs.places, np.array(inputs.options, dtype=np.int64))
    rest = (
        (0.0,) * inputs.lateral,
        (0.0,) * inputs.surface,
        storages,
        queue,
        inputs.shares,
        *inputs.fields,
        inputs.thickness,
        INPUT_LIMITS,
        inputs.chosen,
        out,
        imbalance,
        refused,
        every,
        trails,
    )
    if in_tiles(inputs) and out.flags.c_contiguous:
        run_rows(
            tile_kernel(inputs.options),
            -(-count // LANES),
            LANES,
            bool(np.isin(inputs.chosen, OF_SURFACE).any()),
            inputs.parameters,
            *rest,
        )
        for b in np.flatnonzero(refused == NOT_DONE):
            run_ensemble(b, b + 1, inputs.parameters, *changing, *rest)
    else:
        run_rows(run_ensemble, count, inputs.parameters, *changing, *rest)
    if (refused >= 0).any():
        _report_refused(refused, inputs)
    behind = 2 + inputs.lateral
    state = EnsembleState(storages[:, 0], storages[:, 1], storages[:, 2:behind], storages[:, behind:], queue)
    return out, state, imbalance


def _check_range(name: str, values: _Array) -> None:
    """Refuse values that vary in time and leave their valid range."""
    variable = PARAMETERS[CfeParameters._fields.index(name)]
    bad = ~((values >= variable.valid[0]) & (values <= variable.valid[1]))
    if bad.any():
        b, t = np.argwhere(bad)[0]
        problem = variable.problem_with(float(values[b, t]))
        raise ParameterError(
            f"ensemble, {int(bad.any(axis=1).sum())} of {len(values)} catchments",
            [f"catchment {b}, step {t}: {problem}"],
        )


def _report_refused(refused: _Array, inputs: EnsembleInputs) -> None:
    b = int(np.flatnonzero(refused >= 0)[0])
    t = int(refused[b])
    where = f"ensemble, {int((refused >= 0).sum())} of {len(refused)} catchments"
    found = []
    for variable, rows in zip((*INPUTS, PROFILE_INPUT), inputs.fields, strict=True):
        if rows.size:
            value = float(rows[min(b, len(rows) - 1), t])
            problem = variable.problem_with(value)
            if problem:
                found.append(problem)
    if found:
        raise ForcingError(f"{where}: catchment {b}, step {t}: {'; '.join(found)}")
    row = inputs.parameters[b].copy()
    row[inputs.places] = inputs.varying[:, b, t]
    problems = problems_of(CfeParameters(*row.tolist()))
    raise ParameterError(where, [f"catchment {b}, step {t}: {problem}" for problem in problems])
