"""Sensitivities: the derivative of every output of CFE, at every step, to raw parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.ensemble import EnsembleForcing, EnsembleState
from cfe_bmi.ensemble_inputs import prepare, run
from cfe_bmi.state import CfeOptions
from dcfe.cfe_tangents import tangents_of_ensemble
from dcfe.seeds import EXPONENTS, terms_of_outputs
from hydro_physics.threads import run_rows
from ngen_bmi.ensemble import names_of, places_of

_Array = NDArray[Any]


class Sensitivities(NamedTuple):
    """What :func:`sensitivities` returns.

    Attributes
    ----------
    outputs : dict of str to array, shape (catchments, steps)
    tangents : dict of str to array, shape (catchments, steps, wanted)
        Derivatives of each output to each wanted parameter.
    """

    outputs: dict[str, _Array]
    tangents: dict[str, _Array]


def sensitivities(
    parameters: CfeParameters,
    state: EnsembleState,
    forcing: EnsembleForcing,
    options: CfeOptions | None = None,
    wanted: Sequence[str] = (),
    outputs: Sequence[str] = ("q_out",),
    ordinates: ArrayLike = (1.0,),
    state_tangents: EnsembleState | None = None,
) -> Sensitivities:
    """Run CFE with the exact derivatives of its outputs to raw parameters, carried forward.

    Parameters
    ----------
    parameters, state, forcing, options, outputs, ordinates
        As in :func:`cfe_bmi.ensemble.simulate`.
    wanted : sequence of str
        Raw parameters.
    state_tangents : EnsembleState, optional
        Derivatives of the initial storages to the wanted parameters: arrays of the storages' shapes and one more
        dimension, of the size of `wanted`; without them the initial storages are what they are. The unit
        hydrograph's queue has none.

    Returns
    -------
    Sensitivities

    Raises
    ------
    KeyError
        For a parameter or output that CFE has not.
    ParameterError, ForcingError, ValueError
        As in :func:`cfe_bmi.ensemble.simulate`.

    Examples
    --------
    More conductivity, less runoff in a wet day:

    >>> from cfe_bmi.ensemble import initial_state
    >>> from cfe_bmi.examples import CAT_87
    >>> day = EnsembleForcing(rain=np.full((1, 24), 2.0), pet=np.zeros((1, 24)))
    >>> found = sensitivities(CAT_87, initial_state(CAT_87, 0.6, 0.1), day, wanted=("satdk",))
    >>> found.tangents["q_out"].shape, bool(found.tangents["q_out"].sum() < 0.0)
    ((1, 24, 1), True)
    """
    inputs = prepare(parameters, state, forcing, options, outputs, ordinates)
    values, _, _ = run(inputs)
    general = inputs.options._replace(linear_outlets=0) if EXPONENTS.intersection(wanted) else inputs.options
    places = places_of(names_of("wanted", wanted), CfeParameters._fields, "CFE")
    count, steps = len(inputs.parameters), inputs.fields[0].shape[1]
    start = np.zeros((*inputs.storages.shape, len(places)))
    if state_tangents is not None:
        start[:, 0], start[:, 1] = state_tangents.soil, state_tangents.groundwater
        start[:, 2 : 2 + inputs.lateral] = state_tangents.lateral
        start[:, 2 + inputs.lateral :] = state_tangents.surface
    tangents = np.empty((len(outputs), count, steps, len(places)))
    for first in range(0, len(places), 8):
        run_rows(
            tangents_of_ensemble,
            count,
            inputs.parameters,
            places,
            first,
            np.array(inputs.options, dtype=np.int64),
            np.array(general, dtype=np.int64),
            (0.0,) * inputs.lateral,
            (0.0,) * inputs.surface,
            inputs.storages,
            start,
            inputs.shares,
            *inputs.fields,
            inputs.thickness,
            np.ascontiguousarray(terms_of_outputs(inputs.options)[inputs.chosen]),
            tangents,
        )
    return Sensitivities(dict(zip(outputs, values, strict=True)), dict(zip(outputs, tangents, strict=True)))
