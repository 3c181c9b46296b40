"""One run of LGAR in dual numbers, from prepared inputs: as many seeds as there are lanes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dcfe.lgar_kernel import run_duals
from dcfe.lgar_seeds import seeded
from hydro_physics.threads import run_rows
from lgar_bmi.ensemble_inputs import EnsembleInputs, report_ended
from lgar_bmi.ensemble_setup import EnsembleState
from lgar_bmi.events import COUNTERS
from lgar_bmi.outputs import FINE
from lgar_bmi.setup import FROZEN
from lgar_bmi.variables import INPUT_LIMITS

LANES = 16
"""Seeds of one run. There is compiled code for this number alone: fewer would save little time, and compile as long."""

_Array = NDArray[Any]


class Results(NamedTuple):
    """Where a run puts its results.

    Attributes
    ----------
    outputs, moistures : array, shapes (outputs, catchments, steps) and (catchments, steps, depths)
    output_tangents, moisture_tangents : array
        One more dimension: the seeds whose tangents are kept, none among them.
    events : array of int, shape (catchments, counters)
    """

    outputs: _Array
    output_tangents: _Array
    moistures: _Array
    moisture_tangents: _Array
    events: _Array


class Weights(NamedTuple):
    """Weights of all results in a sum whose derivatives are wanted.

    Attributes
    ----------
    outputs, moistures : array, shapes (outputs, catchments, steps) and (catchments, steps, depths)
    sums : array, shape (catchments, `LANES`)
        Receive the derivatives.
    """

    outputs: _Array
    moistures: _Array
    sums: _Array


class StateTangents(NamedTuple):
    """Derivatives of a state: arrays of the shapes of :class:`EnsembleState` and one more dimension, (wanted,)."""

    fronts: _Array
    surface: _Array
    queue: _Array


def results_for(inputs: EnsembleInputs, kept: int) -> Results:
    """Room for the results of a run, and for the tangents of some seeds at every step."""
    count, steps = len(inputs.parameters), inputs.rain.shape[1]
    outputs, moistures = (inputs.chosen.size, count, steps), (count, steps, inputs.depths.size)
    return Results(
        np.empty(outputs),
        np.empty((*outputs, kept)),
        np.empty(moistures),
        np.empty((*moistures, kept)),
        np.zeros((count, COUNTERS), dtype=np.int64),
    )


def check_given(given: StateTangents | None, state: EnsembleState, wanted: int) -> None:
    """Refuse derivatives of a state that are of other seeds or of another state.

    Parameters
    ----------
    given : StateTangents or None
    state : EnsembleState
    wanted : int
        Number of seeds.

    Raises
    ------
    ValueError
        Naming all arrays of another shape, and those with values that are not finite.
    """
    if given is None:
        return
    problems = []
    for name, values in zip(StateTangents._fields, given, strict=True):
        expected = (*getattr(state, name).shape, wanted)
        if np.shape(values) != expected:
            problems.append(
                f"{name} has shape {np.shape(values)}; expected {expected}, the state's and {wanted} wanted"
            )
        elif not np.isfinite(values).all():
            place = tuple(np.argwhere(~np.isfinite(values))[0].tolist())
            problems.append(
                f"{name} is {np.asarray(values)[place]} at {place}, of catchment {place[0]}; expected numbers"
            )
    if problems:
        raise ValueError(
            "state_tangents do not go with this run; give those that the block of time before returned for the same "
            "wanted parameters:\n  - " + "\n  - ".join(problems)
        )


def run_seeds(
    inputs: EnsembleInputs,
    wanted: Sequence[str],
    given: StateTangents | None,
    results: Results,
    weights: Weights | None = None,
) -> tuple[EnsembleState, StateTangents]:
    """Run with up to `LANES` seeds; `inputs` are used up.

    Parameters
    ----------
    inputs : EnsembleInputs
    wanted : sequence of str
        Seeds, of :func:`dcfe.lgar_seeds.seeds_of`.
    given : StateTangents or None
        Of the state at the start; None: those of moistures and conductivities at its suctions.
    results : Results
    weights : Weights, optional

    Returns
    -------
    state : EnsembleState
        At the end.
    tangents : StateTangents
        Its tangents, of all lanes.

    Raises
    ------
    ValueError
        When `given` does not fit the state or is not finite; see :func:`check_given`.
    ForcingError, RuntimeError
        Naming the catchment and the step.
    """
    check_given(given, inputs.state, len(wanted))
    of_layers, of_parameters, of_rain = seeded(wanted, inputs.layers, inputs.parameters, LANES)
    end = inputs.state
    count = len(inputs.parameters)
    tangents = StateTangents(*(np.zeros((*part.shape, LANES)) for part in (end.fronts, end.surface, end.queue)))
    if given is not None:
        for array, start in zip(tangents, given, strict=True):
            array[..., : len(wanted)] = start
    nothing = Weights(np.empty((0, count, 0)), np.empty((count, 0, 0)), np.zeros((count, LANES)))
    ended = np.full((count, 2), FINE, dtype=np.int64)
    run_rows(
        run_duals,
        count,
        inputs.layers,
        of_layers,
        inputs.parameters,
        of_parameters,
        np.ones(1),
        of_rain,
        inputs.shares,
        inputs.rain,
        inputs.pet,
        inputs.temperatures,
        inputs.nodes,
        end.fronts,
        tangents.fronts,
        end.front_integers,
        end.surface,
        tangents.surface,
        end.queue,
        tangents.queue,
        *results,
        *(weights or nothing),
        inputs.times,
        np.array(inputs.options, dtype=np.int64),
        INPUT_LIMITS,
        inputs.chosen,
        inputs.depths,
        int(given is None),
        ended,
        (0.0,) * LANES,
    )
    end.frozen[:] = inputs.layers[:, FROZEN]
    report_ended(ended, inputs)
    return end, tangents
