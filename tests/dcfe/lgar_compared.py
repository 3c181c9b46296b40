"""What tangents of a column are compared with: differences of plain runs, the water at the start, what rounds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dcfe.lgar_tangents import LANES, tangents_of_lgar
from lgar_bmi.column import Fronts
from lgar_bmi.ensemble import EnsembleColumns, EnsembleForcing
from lgar_bmi.events import EVENTS
from tests.dcfe.lgar_cases import COMPARED, DISTANCES, Array, Case, is_compared, neighbours, rounding
from tests.dcfe.lgar_replay import REPLAYED, fixed_lengths, replay


class Compared(NamedTuple):
    """Tangents against differences: one row for each seed that was compared.

    Attributes
    ----------
    seeds : list of str
    events_kept : array of bool, shape (seeds, distances)
    errors : array, shape (seeds, distances)
        Greatest error of an output's tangent in any step over what is allowed; infinite where it is not a number.
    """

    seeds: list[str]
    events_kept: Array
    errors: Array


def events_of_steps(case: Case, soils: Array, parameters: Array, rain: Array) -> Array:
    """Counts of events of columns after every step, shape (columns, steps, events).

    The columns run again with the lengths given, by a loop that writes events down: an ensemble counts them at its
    end, and would tabulate every soil anew if it ran step by step.
    """
    lengths, counts = fixed_lengths(case)
    run, plain = replay(case, soils, parameters, rain, lengths, counts), case.plain().outputs
    for k, name in enumerate(REPLAYED):
        np.testing.assert_array_equal(run.outputs[0, k], plain[name][0], err_msg=name)
    return run.log[:, np.cumsum(counts) - 1, : len(EVENTS)]


def compare(case: Case, count: int, relative: float = 1e-5) -> Compared:
    """Compare the tangents of the first `count` seeds and of rain with central differences of the plain run."""
    tangents = case.tangents().tangents
    fine = case.meaningful()
    places = [i for i in (*range(count), LANES - 2, LANES - 1) if fine[i] and is_compared(case, case.seeds[i])]
    soils, parameters, rain, h = neighbours(case, [case.seeds[i] for i in places])
    run, events = case.run(soils, parameters, rain), events_of_steps(case, soils, parameters, rain)
    shape = (len(places), len(DISTANCES))
    kept, errors = np.zeros(shape, dtype=bool), np.full(shape, np.inf)
    fronts = run.outputs["soil_num_wetting_fronts"]
    for p, i in enumerate(places):
        for d in range(len(DISTANCES)):
            up = 1 + 2 * (p * len(DISTANCES) + d)
            rows = [0, up, up + 1]
            kept[p, d] = all(np.array_equal(array[0], array[r]) for array in (events, fronts) for r in rows[1:])
            for name in COMPARED:
                slope = (run.outputs[name][up] - run.outputs[name][up + 1]) / (2.0 * h[p, d])
                allowed = relative * np.abs(slope).max() + rounding(case, run.outputs["storage"][0]) / h[p, d]
                size = np.abs(tangents[name][0, :, i] - slope).max() / allowed
                worst = size if np.isfinite(size) else np.inf
                errors[p, d] = worst if name == COMPARED[0] else max(errors[p, d], worst)
    return Compared([case.seeds[i] for i in places], kept, errors)


def storage_at_start(case: Case) -> Array:
    """Derivatives of the water in a column before the first step [m], from those of the state: a run of no steps."""
    columns = EnsembleColumns(case.soils[np.newaxis], case.thickness[np.newaxis], case.parameters)
    forcing = EnsembleForcing(np.empty((1, 0)), np.empty((1, 0)))
    found = tangents_of_lgar(
        columns, case.start(columns), forcing, case.seeds, case.options, times=case.times, check=False
    ).state_tangents
    # one block in each layer, nothing on the surface
    assert not found.surface.any()
    moistures = found.fronts[0, Fronts._fields.index("theta"), : len(case.thickness)]
    return np.asarray(0.01 * case.thickness @ moistures)


def greatest_moves(case: Case) -> Array:
    """Greatest derivative of a front's move in any step, one for each seed [m]: the run again, step by step."""
    columns = EnsembleColumns(case.soils[np.newaxis], case.thickness[np.newaxis], case.parameters)
    state, tangents, greatest = case.start(columns), None, np.zeros(len(case.seeds))
    for t in range(case.rain.size):
        forcing = EnsembleForcing(case.rain[np.newaxis, t : t + 1], case.pet[np.newaxis, t : t + 1])
        _, _, state, tangents, _ = tangents_of_lgar(
            *(columns, state, forcing, case.seeds, case.options), times=case.times, state_tangents=tangents, check=False
        )
        speeds = tangents.fronts[0, Fronts._fields.index("speed")]
        greatest = np.maximum(greatest, np.abs(speeds).max(axis=0))
    return np.asarray(0.01 * greatest * case.times.step / 3600.0)
