"""Many catchments, many steps, one parallel compiled call.

Memory is what the caller asks for: forcing and the chosen outputs of one block of time. A long period is run block by
block, each beginning with the state that the one before returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cfe_bmi.catchment import N_OPTIONS, inside, load_state, store_state
from cfe_bmi.coefficients import CfeParameters, derive
from cfe_bmi.config import CfeConfig
from cfe_bmi.outputs import CfeOutputs, advance, hourly_forcing, surface_water, total_storage
from cfe_bmi.parameters import PARAMETERS, fit_options, problems_of
from cfe_bmi.state import SCHAAKE, XINANJIANG, CfeOptions, CfeState
from cfe_bmi.variables import INPUTS, PROFILE_INPUT
from hydro_physics.jit import as_tuple, njit, prange
from ngen_bmi.errors import ForcingError, ParameterError

N_PARAMETERS = len(CfeParameters._fields)

_Array = NDArray[Any]
_LIMITS = np.array([variable.valid for variable in (*INPUTS, PROFILE_INPUT)])


class EnsembleState(NamedTuple):
    """Storages of many catchments [m].

    Attributes
    ----------
    soil, groundwater : array, shape (catchments,)
    lateral, surface : array, shape (catchments, reservoirs)
        Nash cascades.
    queue : array, shape (catchments, ordinates)
        Water under way in the GIUH.
    """

    soil: _Array
    groundwater: _Array
    lateral: _Array
    surface: _Array
    queue: _Array


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


@njit
def _row(rows: _Array, b: int) -> _Array:
    """Row of a catchment; a single row serves them all."""
    return rows[b] if rows.shape[0] > 1 else rows[0]


@njit
def _at(row: _Array, t: int) -> float:
    """Value of a step, 0 where a forcing is not given."""
    return row[t] if row.size else 0.0


@njit(inline=False)
def _run_catchment(  # noqa: D103 - the loop over steps of `simulate`
    parameters: _Array,
    options: CfeOptions,
    state: CfeState,
    queue: _Array,
    shares: _Array,
    rain: _Array,
    pet: _Array,
    ice_depth: _Array,
    ice_fraction: _Array,
    moisture: _Array,
    thickness: float,
    limits: _Array,
    chosen: _Array,
    outputs: _Array,
) -> tuple[CfeState, float, int]:
    c = derive(CfeParameters(*as_tuple(parameters, N_PARAMETERS)))
    balance = total_storage(state, surface_water(state, queue, options))
    for t in range(rain.size):
        ice_d, ice_f, theta = _at(ice_depth, t), _at(ice_fraction, t), _at(moisture, t)
        usable = inside(rain[t], limits[0, 0], limits[0, 1]) and inside(pet[t], limits[1, 0], limits[1, 1])
        if ice_depth.size or ice_fraction.size or moisture.size:
            usable = (
                usable
                and inside(ice_d, limits[2, 0], limits[2, 1])
                and inside(ice_f, limits[3, 0], limits[3, 1])
                and inside(theta, limits[4, 0], limits[4, 1])
            )
        if not usable:
            return state, 0.0, t
        forcing = hourly_forcing(rain[t], pet[t], ice_d, ice_f, theta, thickness)
        state, results = advance(state, queue, shares, forcing, c, options)
        for k in range(chosen.size):
            outputs[k, t] = results[chosen[k]]
        balance += results.rain_rate - (results.actual_et + results.q_out)
    return state, balance - total_storage(state, surface_water(state, queue, options)), -1


@njit(parallel=True)
def _run(  # noqa: D103 - the loop over catchments of `simulate`
    parameters: _Array,
    option_row: _Array,
    lateral: tuple[float, ...],
    surface: tuple[float, ...],
    storages: _Array,
    queues: _Array,
    ordinates: _Array,
    rain: _Array,
    pet: _Array,
    ice_depth: _Array,
    ice_fraction: _Array,
    moisture: _Array,
    thickness: float,
    limits: _Array,
    chosen: _Array,
    outputs: _Array,
    imbalance: _Array,
    refused: _Array,
) -> None:
    options = CfeOptions(*as_tuple(option_row, N_OPTIONS))
    for b in prange(parameters.shape[0]):
        state, imbalance[b], refused[b] = _run_catchment(
            parameters[b],
            options,
            load_state(storages[b], lateral, surface),
            queues[b],
            _row(ordinates, b),
            _row(rain, b),
            _row(pet, b),
            _row(ice_depth, b),
            _row(ice_fraction, b),
            _row(moisture, b),
            thickness,
            limits,
            chosen,
            outputs[:, b],
        )
        store_state(state, storages[b])


def stack_parameters(parameters: CfeParameters) -> NDArray[np.float64]:
    """Return parameters whose fields are numbers or 1-D arrays as one array of shape (catchments, parameters)."""
    columns = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in parameters))
    return np.ascontiguousarray(np.column_stack([np.atleast_1d(column) for column in columns]))


def check_parameters(stacked: NDArray[np.float64]) -> None:
    """Refuse parameters with which CFE has no meaning.

    Raises
    ------
    ParameterError
        Naming the first few catchments by their index.
    """
    low, high = (np.array([variable.valid[i] for variable in PARAMETERS]) for i in (0, 1))
    suspicious: NDArray[np.bool_] = ~np.all((stacked >= low) & (stacked <= high), axis=1)
    # ranges are quick to check for all at once, combinations need the derived values
    for index in np.flatnonzero(~suspicious):
        suspicious[index] = bool(problems_of(CfeParameters(*stacked[index].tolist())))
    problems = [
        f"catchment {index}: {problem}"
        for index in np.flatnonzero(suspicious)[:5]
        for problem in problems_of(CfeParameters(*stacked[index].tolist()))
    ]
    if problems:
        raise ParameterError(f"ensemble, {int(suspicious.sum())} of {len(stacked)} catchments", problems)


def initial_state(
    parameters: CfeParameters,
    soil_storage: ArrayLike,
    gw_storage: ArrayLike,
    ordinates: int = 1,
    lateral: int = 2,
    surface: int = 1,
) -> EnsembleState:
    """State with given shares of the maximum storages and nothing under way.

    Parameters
    ----------
    parameters : CfeParameters
        Numbers or arrays of shape (catchments,).
    soil_storage, gw_storage : float or array, shape (catchments,)
        Shares of the maximum storages [-].
    ordinates, lateral, surface : int
        Sizes of the GIUH and of the Nash cascades.
    """
    p = CfeParameters(*stack_parameters(parameters).T)
    count = max(np.size(p.depth), np.size(soil_storage), np.size(gw_storage))
    return EnsembleState(
        soil=soil_storage * (p.maxsmc * p.depth) * np.ones(count),  # type: ignore[operator]
        groundwater=gw_storage * p.max_gw_storage * np.ones(count),  # type: ignore[operator]
        lateral=np.zeros((count, lateral)),
        surface=np.zeros((count, surface)),
        queue=np.zeros((count, ordinates)),
    )


def gather(configs: Sequence[CfeConfig]) -> tuple[CfeParameters, EnsembleState, NDArray[np.float64], CfeOptions]:
    """Parameters, initial state, ordinates and options of catchments that use the same schemes.

    Raises
    ------
    ValueError
        When options or the lengths of Nash cascades differ.
    """
    first = configs[0]
    for config in configs:
        same = config.options == first.options and len(config.lateral) == len(first.lateral)
        if not same or len(config.surface) != len(first.surface):
            raise ValueError(f"{config.source} does not use the schemes of {first.source}: run them apart")
    parameters = CfeParameters(*np.array([config.parameters for config in configs]).T)
    width = max(len(config.giuh_ordinates) for config in configs)
    ordinates = np.array([(*c.giuh_ordinates, *(0.0,) * (width - len(c.giuh_ordinates))) for c in configs])
    state = initial_state(
        parameters,
        np.array([config.soil_storage for config in configs]),
        np.array([config.gw_storage for config in configs]),
        width,
    )
    return (
        parameters,
        state._replace(
            lateral=np.array([config.lateral for config in configs]),
            surface=np.array([config.surface for config in configs]),
        ),
        ordinates,
        first.options,
    )


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

    rain = _rows("rain", forcing.rain, count)
    steps = rain.shape[1]
    fields = [_rows("pet", forcing.pet, count, steps)]
    for name, used in (
        ("ice_depth", options.frozen_soil and options.partitioning == SCHAAKE),
        ("ice_fraction", options.frozen_soil and options.partitioning == XINANJIANG),
        ("rootzone_moisture", options.rootzone_et),
    ):
        values = getattr(forcing, name)
        if used and values is None:
            raise ValueError(f"the chosen schemes need forcing.{name}")
        fields.append(_rows(name, values, count, steps) if used else np.empty((1, 0)))

    shares = np.atleast_2d(np.asarray(ordinates, dtype=np.float64))
    if not np.allclose(shares.sum(axis=1), 1.0, rtol=0.0, atol=1e-12) or shares.min() < 0.0:
        raise ValueError("ordinates have to be shares, none negative, that sum to 1 for every catchment")
    if state.queue.shape != (count, shares.shape[1]) or len(shares) not in (1, count):
        raise ValueError(
            f"the state's queue has shape {state.queue.shape}, the ordinates {shares.shape}; "
            f"expected {(count, shares.shape[1])}"
        )
    columns = (state.soil, state.groundwater, *state.lateral.T, *state.surface.T)
    storages = np.ascontiguousarray(np.column_stack(columns), dtype=np.float64)
    queue = np.array(state.queue, dtype=np.float64)

    chosen = np.array([_output_index(name) for name in outputs], dtype=np.int64)
    shape = (len(outputs), count, steps)
    if out is None:
        out = np.empty(shape)
    elif out.shape != shape or out.dtype != np.float64:
        raise ValueError(f"out has shape {out.shape} and type {out.dtype}; expected {shape} and float64")
    imbalance = np.zeros(count)
    refused = np.full(count, -1)
    n_lateral = state.lateral.shape[1]
    _run(
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
        _LIMITS,
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


def _rows(name: str, values: ArrayLike, count: int, steps: int | None = None) -> NDArray[np.float64]:
    rows = np.ascontiguousarray(np.atleast_2d(np.asarray(values, dtype=np.float64)))
    if len(rows) not in (1, count) or steps not in (None, rows.shape[1]):
        expected = f"(1 or {count}, {'steps' if steps is None else steps})"
        raise ValueError(f"forcing.{name} has shape {rows.shape}; expected {expected}")
    return rows


def _output_index(name: str) -> int:
    try:
        return CfeOutputs._fields.index(name.lower())
    except ValueError:
        raise KeyError(f"CFE has no output {name!r}; it has {', '.join(CfeOutputs._fields)}") from None


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
