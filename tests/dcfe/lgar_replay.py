"""Runs of LGAR with sub-steps of given lengths: those that an adaptive run chose, taken again by its neighbours.

An adaptive run's tangents are those for the lengths that it has. Plain runs with other parameters choose others, so
their differences mix two things; held to the same lengths they do not.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

from hydro_physics.jit import as_tuple, njit
from lgar_bmi import adaptive
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.column import Column, begin_column, storage
from lgar_bmi.events import COUNTERS
from lgar_bmi.kernel import N_OPTIONS, make_arrays
from lgar_bmi.options import LgarOptions
from lgar_bmi.outputs import CM_PER_M
from lgar_bmi.processes import derive
from lgar_bmi.setup import (
    BOTTOM,
    column_over,
    fill_tables,
    fronts_over,
    initial_surface,
    layer_rows,
    make_events,
    make_fronts,
    make_tables,
    make_work,
    work_over,
)
from lgar_bmi.state import Surface, add_fluxes, no_fluxes
from lgar_bmi.substep import substep
from tests.dcfe.lgar_cases import Array, Case

REPLAYED = (
    *("surface_runoff", "infiltration", "actual_evapotranspiration", "percolation"),
    *("conceptual_reservoir_to_stream_discharge", "soil_storage", "ponded_depth", "conceptual_reservoir_storage"),
)
N_PARAMETERS = len(LgarParameters._fields)


class Replay(NamedTuple):
    """Results of columns that took the same lengths.

    Attributes
    ----------
    outputs : array, shape (columns, `REPLAYED`, steps)
        [m].
    log : array of int, shape (columns, sub-steps, `COUNTERS` + 1)
        Events and number of fronts after every sub-step.
    """

    outputs: Array
    log: Array


def rates(case: Case, rain: Array) -> tuple[Array, Array, Array]:
    """Rain and potential evapotranspiration of the soil [cm/h], and evaporation of rain [m], as a step takes them."""
    taken = np.minimum(rain, case.pet) if case.options.pet_affects_precipitation == 1 else 0.0 * rain
    return (rain - taken) / 10.0, (case.pet - taken) / 10.0, 0.001 * (case.times.step / 3600.0) * taken


def chosen_lengths(case: Case) -> tuple[Array, Array]:
    """Lengths [h] of the sub-steps that the adaptive run keeps, and how many there are in each forcing step.

    The model's own loop runs as plain Python, around the compiled sub-step, which is overheard.
    """
    tried: list[float] = []

    def overheard(*arguments: Any) -> Any:
        tried.append(arguments[5])
        return substep(*arguments)

    def kept(a: Any, b: Any) -> Any:
        lengths.append(tried[-1])
        return add_fluxes(a, b)

    names = vars(adaptive) | {"substep": overheard, "add_fluxes": kept}
    loop = FunctionType(adaptive.adaptive_substeps.py_func.__code__, names)
    rows = layer_rows(case.soils, case.thickness)
    tables = make_tables(len(case.soils), case.options.capillary_drive)
    fill_tables(rows, tables)
    column = Column(*rows[: BOTTOM + 1], tables)  # type: ignore[call-arg]
    parameters = LgarParameters(*(float(value) for value in case.parameters))
    fronts, work, events, c = make_fronts(), make_work(), make_events(), derive(parameters, column)
    begin_column(fronts, case.psi, column)
    duration, length = case.times.step / 3600.0, case.times.substep / 3600.0
    state = initial_surface(length)
    lengths: list[float] = []
    counts = []
    rain, pet, _ = rates(case, case.rain)
    for fall, need in zip(rain.tolist(), pet.tolist(), strict=True):
        before = len(lengths)
        state, _ = loop(
            *(fronts, work, state, fall, need, duration, length, case.times.tolerance),
            *(column, c, case.options, events),
        )
        counts.append(len(lengths) - before)
    return np.array(lengths), np.array(counts)


def fixed_lengths(case: Case) -> tuple[Array, Array]:
    """Lengths [h] of sub-steps that do not adapt, and how many there are in each forcing step."""
    duration, length = case.times.step / 3600.0, case.times.substep / 3600.0
    count = int(duration / length + 1e-8)
    rest = duration - count * length
    of_step = [length] * count + [rest] * int(rest > 1e-8 * duration)
    return np.array(of_step * case.pet.size), np.full(case.pet.size, len(of_step))


@njit(inline=False, borrow=True)
def _replay(  # type: ignore[no-untyped-def]
    layers,
    tables,
    reals,
    integers,
    work_reals,
    work_integers,
    events,
    parameters,
    option_row,
    psi,
    length,
    rain,
    pet,
    lengths,
    counts,
    outputs,
    log,
):
    options = LgarOptions(*as_tuple(option_row, N_OPTIONS))
    fill_tables(layers, tables)
    column = column_over(layers, tables)
    fronts = fronts_over(reals, integers)
    work = work_over(work_reals, work_integers)
    begin_column(fronts, psi, column)
    c = derive(LgarParameters(*as_tuple(parameters, N_PARAMETERS)), column)
    state = Surface(0.0, 0.0, 0.0, 0.0, 0, 0, length)
    place = 0
    for t in range(counts.size):
        total = no_fluxes(0.0)
        for _ in range(counts[t]):
            state, fluxes = substep(fronts, work, state, rain[t], pet[t], lengths[place], column, c, options, events)
            total = add_fluxes(total, fluxes)
            for i in range(events.size):
                log[place, i] = events[i]
            log[place, events.size] = fronts.size[0]
            place += 1
        outputs[0, t] = total.runoff / CM_PER_M
        outputs[1, t] = total.infiltration / CM_PER_M
        outputs[2, t] = total.evapotranspiration / CM_PER_M
        outputs[3, t] = total.percolation / CM_PER_M
        outputs[4, t] = total.reservoir_outflow / CM_PER_M
        outputs[5, t] = storage(fronts, column) / CM_PER_M
        outputs[6, t] = state.ponded / CM_PER_M
        outputs[7, t] = (state.fast + state.slow) / CM_PER_M


def replay(case: Case, soils: Array, parameters: Array, rain: Array, lengths: Array, counts: Array) -> Replay:
    """Run columns with sub-steps of these lengths; arrays as for :meth:`Case.run`."""
    outputs = np.zeros((len(soils), len(REPLAYED), counts.size))
    log = np.zeros((len(soils), lengths.size, COUNTERS + 1), dtype=np.int64)
    rain_rates, pet_rates, evaporated = rates(case, rain)
    for b in range(len(soils)):
        arrays = make_arrays()
        _replay(
            *(layer_rows(soils[b], case.thickness), make_tables(len(case.soils), case.options.capillary_drive)),
            *(arrays.fronts, arrays.front_integers, arrays.work, arrays.work_integers, arrays.events),
            *(parameters[b], np.array(case.options, dtype=np.int64), float(case.psi), case.times.substep / 3600.0),
            *(rain_rates[b], pet_rates[b], lengths, counts, outputs[b], log[b]),
        )
    outputs[:, REPLAYED.index("actual_evapotranspiration")] += evaporated
    return Replay(outputs, log)
