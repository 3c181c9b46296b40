"""What an ensemble starts from: columns of many catchments and their first state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hydro_physics.routing import ordinates_for_step
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.block import DRY
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.column import CAPACITY
from lgar_bmi.config_model import LgarConfig
from lgar_bmi.kernel import start_column
from lgar_bmi.options import ADAPTIVE, CLOSED_FORM, EXACT, FIXED, GREEN_AMPT, LGAR_C_SUM, LgarOptions
from lgar_bmi.parameters import PARAMETERS, problems_of
from lgar_bmi.setup import (
    FRONT_INTEGERS,
    FRONT_REALS,
    SURFACE_ITEMS,
    initial_surface,
    layer_rows,
    make_tables,
    store_surface,
)
from ngen_bmi.column_config import THICKNESS
from ngen_bmi.errors import ParameterError
from ngen_bmi.soil_parameters import LAYER_PARAMETERS

_Array = NDArray[Any]

_SECONDS_PER_HOUR = 3600.0


class EnsembleColumns(NamedTuple):
    """Columns of many catchments with the same number of layers.

    Attributes
    ----------
    soils : array, shape (catchments, layers, 5)
        Items of :class:`VanGenuchtenSoil`, top first.
    thickness : array, shape (catchments, layers)
        [cm].
    parameters : LgarParameters
        Raw values, numbers or arrays of shape (catchments,).
    """

    soils: _Array
    thickness: _Array
    parameters: LgarParameters


class EnsembleTimes(NamedTuple):
    """Steps of an ensemble.

    Attributes
    ----------
    step, substep : float
        Lengths of a forcing step and of a sub-step, before it is adapted [s].
    tolerance : float
        Error that adaptive sub-steps allow for [cm].
    """

    step: float = 3600.0
    substep: float = 300.0
    tolerance: float = 1e-3


class EnsembleState(NamedTuple):
    """State of many catchments; it belongs to the columns that it was made for.

    Runs refuse one of other thicknesses, of moistures that the soils do not have at its suctions, or of other types
    than float64 and int64 (:func:`lgar_bmi.ensemble_state.check_state`); conductivities and parameters of the whole
    column may have changed.

    Attributes
    ----------
    fronts : array, shape (catchments, 5, capacity)
        Real fields of :class:`lgar_bmi.column.Fronts`.
    front_integers : array of int, shape (catchments, 3, capacity)
        Its integer fields.
    surface : array, shape (catchments, n)
        Items of :class:`lgar_bmi.state.Surface`.
    frozen : array, shape (catchments, layers)
        Factors of the saturated conductivities.
    queue : array, shape (catchments, ordinates)
        Water under way in the GIUH [m].
    """

    fronts: _Array
    front_integers: _Array
    surface: _Array
    frozen: _Array
    queue: _Array


class StackedColumns(NamedTuple):
    """Columns as compiled code takes them: soils, thickness, and parameters of shape (catchments, parameters)."""

    soils: NDArray[np.float64]
    thickness: NDArray[np.float64]
    parameters: NDArray[np.float64]


def stack_columns(columns: EnsembleColumns) -> StackedColumns:
    """Return columns as arrays with one row for each catchment.

    Raises
    ------
    ValueError
        When their shapes do not fit.
    """
    soils = np.asarray(columns.soils, dtype=np.float64)
    thickness = np.atleast_2d(np.asarray(columns.thickness, dtype=np.float64))
    if soils.ndim == 2:
        soils = soils[np.newaxis]
    fits = soils.ndim == 3 and soils.shape[2] == len(VanGenuchtenSoil._fields) and soils.shape[1] > 0
    if not fits or thickness.shape[1:] != soils.shape[1:2]:
        raise ValueError(
            f"columns.soils has shape {soils.shape} and columns.thickness {thickness.shape}; expected (catchments, "
            f"layers, {len(VanGenuchtenSoil._fields)}) and (catchments, layers), with at least one layer"
        )
    values = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in columns.parameters))
    parameters = np.column_stack([np.atleast_1d(value) for value in values])
    counts = {len(array) for array in (soils, thickness, parameters)} - {1}
    if len(counts) > 1:
        raise ValueError(
            f"columns: there are {len(soils)} columns of soils, {len(thickness)} of thicknesses and {len(parameters)} "
            f"sets of parameters; expected as many of each, or one for all"
        )
    count = counts.pop() if counts else 1
    # copies: views would be read-only, and compiled code made for those, too
    return StackedColumns(
        np.array(np.broadcast_to(soils, (count, *soils.shape[1:])), order="C"),
        np.array(np.broadcast_to(thickness, (count, *thickness.shape[1:])), order="C"),
        np.array(np.broadcast_to(parameters, (count, parameters.shape[1])), order="C"),
    )


def check_columns(stacked: StackedColumns) -> None:
    """Refuse columns with which LGAR has no meaning.

    Raises
    ------
    ParameterError
        Naming the first few catchments by their index.
    """
    inside = np.array([v.valid for v in LAYER_PARAMETERS])
    fine = ((stacked.soils >= inside[:, 0]) & (stacked.soils <= inside[:, 1])).all(axis=(1, 2))
    thick = ((stacked.thickness >= THICKNESS.valid[0]) & (stacked.thickness <= THICKNESS.valid[1])).all(axis=1)
    fine &= thick & (stacked.soils[:, :, 0] < stacked.soils[:, :, 1]).all(axis=1)
    inside = np.array([v.valid for v in PARAMETERS])
    fine &= ((stacked.parameters >= inside[:, 0]) & (stacked.parameters <= inside[:, 1])).all(axis=1)
    p = LgarParameters(*stacked.parameters.T)
    fine &= np.asarray(p.field_capacity) < np.asarray(p.wilting_point_psi)
    for a, b, share in ((p.a, p.b, p.frac_to_CR), (p.a_slow, p.b_slow, p.frac_slow)):
        fine &= ~((np.asarray(share) > 0.0) & ((np.asarray(a) == 0.0) | (np.asarray(b) == 0.0)))
    problems = []
    for index in np.flatnonzero(~fine)[:5]:
        soils = tuple(VanGenuchtenSoil(*soil) for soil in stacked.soils[index].tolist())
        found = problems_of(soils, LgarParameters(*stacked.parameters[index].tolist()))
        for layer, value in enumerate(stacked.thickness[index].tolist(), start=1):
            problem = THICKNESS.problem_with(value)
            found += [f"layer {layer}: {problem}"] if problem else []
        problems += [f"catchment {index}: {problem}" for problem in found]
    if problems:
        raise ParameterError(f"ensemble, {int((~fine).sum())} of {len(fine)} catchments", problems)


def check_options(options: LgarOptions) -> None:
    """Refuse numbers that do not name a choice.

    Raises
    ------
    ValueError
        Naming the option.
    """
    allowed = {"capillary_drive": (EXACT, CLOSED_FORM, LGAR_C_SUM), "substeps": (FIXED, ADAPTIVE)}
    for name, value in options._asdict().items():
        values = allowed.get(name, (0, 1))
        if value not in values:
            raise ValueError(f"options.{name} is {value}; expected one of {values}")
    if options.lgar_c and options.infiltration != GREEN_AMPT:
        raise ValueError("options.infiltration is not GREEN_AMPT; options.lgar_c knows that alone")
    if options.drainage_to_reservoir and not options.free_drainage:
        raise ValueError("options.drainage_to_reservoir is 1; it needs free_drainage")


def initial_state(
    columns: EnsembleColumns, initial_psi: ArrayLike, ordinates: int = 1, times: EnsembleTimes | None = None
) -> EnsembleState:
    """State of columns with one suction each, nothing on the surface, and nothing under way.

    Parameters
    ----------
    columns : EnsembleColumns
    initial_psi : float or array, shape (catchments,)
        [cm].
    ordinates : int
        Length of the GIUH in forcing steps.
    times : EnsembleTimes
    """
    stacked = stack_columns(columns)
    count, layers = stacked.thickness.shape
    state = EnsembleState(
        fronts=np.zeros((count, FRONT_REALS, CAPACITY)),
        front_integers=np.zeros((count, FRONT_INTEGERS, CAPACITY), dtype=np.int64),
        surface=np.zeros((count, SURFACE_ITEMS)),
        frozen=np.ones((count, layers)),
        queue=np.zeros((count, ordinates)),
    )
    surface = initial_surface((times or EnsembleTimes()).substep / _SECONDS_PER_HOUR)
    no_tables = make_tables(0, CLOSED_FORM)
    suctions = np.broadcast_to(np.asarray(initial_psi, dtype=np.float64), (count,)).tolist()
    if not all(0.0 <= psi <= DRY for psi in suctions):
        raise ValueError(
            f"initial_psi has to be between 0 and {DRY:g} cm; found {min(suctions):g} to {max(suctions):g}"
        )
    rows = layer_rows(stacked.soils, stacked.thickness)
    for b, psi in enumerate(suctions):
        start_column(psi, rows[b], no_tables, state.fronts[b], state.front_integers[b])
        store_surface(surface, state.surface[b])
    return state


def ordinate_rows(hourly: ArrayLike, step_s: float) -> NDArray[np.float64]:
    """Ordinates for steps of a length, shape (n,) or (catchments, n) as the hourly ones, as rows."""
    rows = np.atleast_2d(np.asarray(hourly, dtype=np.float64))
    return np.ascontiguousarray([ordinates_for_step(row, step_s / _SECONDS_PER_HOUR) for row in rows])


def gather(
    configs: Sequence[LgarConfig],
) -> tuple[EnsembleColumns, EnsembleState, NDArray[np.float64], LgarOptions, EnsembleTimes]:
    """Columns, initial state, hourly ordinates, options and times of catchments that can run together.

    Raises
    ------
    ValueError
        When options, steps, or the numbers of layers differ.
    """
    if not configs:
        raise ValueError("there are no configurations to gather")
    first = configs[0]
    times = EnsembleTimes(first.forcing_step, first.substep, first.tolerance)
    for config in configs:
        same = config.options == first.options and len(config.soils) == len(first.soils)
        if not same or EnsembleTimes(config.forcing_step, config.substep, config.tolerance) != times:
            raise ValueError(
                f"{config.source} does not have the options, steps and number of layers of {first.source}: run them "
                f"apart"
            )
    columns = EnsembleColumns(
        np.array([config.soils for config in configs]),
        np.array([config.thickness for config in configs]),
        LgarParameters(*np.array([config.parameters for config in configs]).T),
    )
    width = max(len(config.giuh_ordinates) for config in configs)
    ordinates = np.array([(*c.giuh_ordinates, *(0.0,) * (width - len(c.giuh_ordinates))) for c in configs])
    suctions = np.array([config.initial_psi for config in configs])
    steps = ordinate_rows(ordinates, times.step).shape[1]
    return columns, initial_state(columns, suctions, steps, times), ordinates, first.options, times
