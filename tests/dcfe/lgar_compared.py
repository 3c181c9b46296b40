"""Tangents of a column with sub-steps of one length against differences of plain runs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dcfe.lgar_tangents import LANES
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
