"""Normal equations of columns: weighted squared errors of LGAR's outputs, and their derivatives, summed up per column.

The derivatives of the outputs at every step are exact (:func:`dcfe.lgar_tangents.tangents_of_lgar`), and are kept only
for a few columns at a time: least squares need no more than a small matrix and a vector of each column.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dcfe.lgar_data import LgarLearningData, columns_of, moisture_depth
from dcfe.lgar_tangents import tangents_of_lgar
from dcfe.lgar_weights import Weighted
from lgar_bmi.ensemble import EnsembleForcing, initial_state
from lgar_bmi.ensemble_setup import ordinate_rows
from lgar_bmi.variables import MOISTURES

_Array = NDArray[np.float64]

_BLOCK = 16
"""Columns at a time."""


class Normal(NamedTuple):
    """Squared errors near given parameters, to second order where errors are linear in the parameters.

    Attributes
    ----------
    cost : float
        Sum of squared errors times their weights, over all columns.
    slope : array, shape (columns, parameters)
        Half its derivatives.
    curvature : array, shape (columns, parameters, parameters)
        Products of the errors' derivatives, with their weights.
    simulated : dict of str to array, shape (columns, steps)
        After the warm-up.
    """

    cost: float
    slope: _Array
    curvature: _Array
    simulated: dict[str, _Array]


def normal_equations(
    parameters: Mapping[str, _Array],
    names: tuple[str, ...],
    data: LgarLearningData,
    weighted: Weighted,
    warmup: int = 0,
) -> Normal:
    """Run columns with derivatives and sum up their squared errors.

    Parameters
    ----------
    parameters : mapping of str to array, shape (columns,)
        Every raw parameter.
    names : tuple of str
        Those that derivatives are taken to.
    data : LgarLearningData
    weighted : Weighted
        Observations after the warm-up.
    warmup : int
        Steps that are not compared.

    Raises
    ------
    KeyError, ParameterError, ForcingError, ValueError, RuntimeError
        As in :func:`dcfe.lgar_tangents.tangents_of_lgar`.
    """
    count = len(data.ids)
    outputs = tuple(weighted.observed)
    depths = {name: depth for name in outputs if (depth := moisture_depth(name)) is not None}
    series = [name for name in outputs if name not in depths]
    cost, slope, curvature = 0.0, np.zeros((count, len(names))), np.zeros((count, len(names), len(names)))
    simulated = {name: np.zeros_like(values) for name, values in weighted.observed.items()}
    for first in range(0, count, _BLOCK):
        part = slice(first, first + _BLOCK)
        columns = columns_of({name: value[part] for name, value in parameters.items()}, data.thickness[part].numpy())
        shares = data.ordinates[part].numpy()
        length = ordinate_rows(shares, data.stepping.step).shape[1]
        run = tangents_of_lgar(
            columns,
            initial_state(columns, data.initial_psi[part].numpy(), length, data.stepping),
            EnsembleForcing(data.rain[part].numpy(), data.pet[part].numpy()),
            names,
            data.options,
            series,
            shares,
            data.stepping,
            tuple(depths.values()),
        )
        for name in outputs:
            if name in depths:
                place = list(depths).index(name)
                values, tangents = run.outputs[MOISTURES.name][..., place], run.tangents[MOISTURES.name][:, :, place]
            else:
                values, tangents = run.outputs[name], run.tangents[name]
            values, tangents = values[:, warmup:], tangents[:, warmup:]
            weights = weighted.weights[name][part]
            errors = values - weighted.observed[name][part]
            scaled = weights[..., None] * tangents
            simulated[name][part] = values
            cost += float((weights * errors**2).sum())
            slope[part] += np.einsum("ctp,ct->cp", scaled, errors)
            curvature[part] += scaled.transpose(0, 2, 1) @ tangents
    return Normal(cost, slope, curvature, simulated)
