"""What an ensemble starts from: parameters of many catchments and their first state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cfe_bmi.coefficients import CfeCoefficients, CfeParameters, derive
from cfe_bmi.config_model import CfeConfig
from cfe_bmi.ensemble_kernel import judge_rows
from cfe_bmi.parameters import PARAMETERS, problems_of
from cfe_bmi.state import CLASSIC, GIUH, NASH, ODE, SCHAAKE, XINANJIANG, CfeOptions
from hydro_physics.threads import run_rows
from ngen_bmi.errors import ParameterError

_Array = NDArray[Any]


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


def stack_parameters(parameters: CfeParameters) -> NDArray[np.float64]:
    """Return parameters whose fields are numbers or 1-D arrays as one array of shape (catchments, parameters)."""
    columns = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in parameters))
    return np.ascontiguousarray(np.column_stack([np.atleast_1d(column) for column in columns]))


def derive_rows(parameters: CfeParameters) -> CfeCoefficients:
    """Coefficients of many catchments.

    Parameters
    ----------
    parameters : CfeParameters
        Numbers or arrays of shape (catchments,).

    Returns
    -------
    CfeCoefficients
        Arrays of shape (catchments,).
    """
    rows = [derive(CfeParameters(*row)) for row in stack_parameters(parameters).tolist()]
    return CfeCoefficients(*np.array(rows).T)


def suspicious_rows(stacked: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say of every row of parameters whether one is outside its range, or they have no meaning together.

    What is wrong with a row says :func:`cfe_bmi.parameters.problems_of`.
    """
    low, high = (np.array([variable.valid[i] for variable in PARAMETERS]) for i in (0, 1))
    fine = np.empty(len(stacked), dtype=np.bool_)
    run_rows(judge_rows, len(stacked), np.ascontiguousarray(stacked), low, high, fine)
    return ~fine


def check_parameters(stacked: NDArray[np.float64]) -> None:
    """Refuse parameters with which CFE has no meaning.

    Raises
    ------
    ParameterError
        Naming the first few catchments by their index.
    """
    suspicious = suspicious_rows(stacked)
    problems = [
        f"catchment {index}: {problem}"
        for index in np.flatnonzero(suspicious)[:5]
        for problem in problems_of(CfeParameters(*stacked[index].tolist()))
    ]
    if problems:
        raise ParameterError(f"ensemble, {int(suspicious.sum())} of {len(stacked)} catchments", problems)


def check_options(options: CfeOptions) -> None:
    """Refuse numbers that do not name a scheme.

    Raises
    ------
    ValueError
        Naming the option.
    """
    allowed = {
        "soil_scheme": (CLASSIC, ODE),
        "partitioning": (SCHAAKE, XINANJIANG),
        "surface_runoff": (GIUH, NASH),
        "rootzone_et": (0, 1),
        "frozen_soil": (0, 1),
    }
    for name, values in allowed.items():
        if getattr(options, name) not in values:
            raise ValueError(f"options.{name} is {getattr(options, name)}; expected one of {values}")
    if options.nash_substeps < 1:
        raise ValueError(f"options.nash_substeps is {options.nash_substeps}; expected at least 1")


def check_state(state: EnsembleState) -> None:
    """Refuse storages that are negative or not numbers.

    Raises
    ------
    ValueError
        Naming the storage and the first catchment.
    """
    for name, values in state._asdict().items():
        array = np.asarray(values)
        bad = ~((array >= 0.0) & np.isfinite(array))
        if bad.any():
            index = np.argwhere(bad)[0]
            raise ValueError(
                f"state.{name} of catchment {index[0]} is {array[tuple(index)]:g} m; expected storages not below 0"
            )


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
