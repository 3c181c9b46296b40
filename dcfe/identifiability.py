"""Identifiability of the parameters of basins: Fisher information from the model's exact tangents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from dcfe.bounds import Bounds
from dcfe.data import LearningData
from dcfe.fisher import Identifiability, Noise, fisher_information, judge, slopes_of
from dcfe.plain_run import plain_run
from dcfe.simulate import check_warmup
from dcfe.tangents import Sensitivities, sensitivities
from ngen_bmi.ensemble import names_of

__all__ = ["Identifiability", "Noise", "analyse", "fisher_information", "judge", "slopes_of"]

_Array = NDArray[np.float64]

_BLOCK = 16


def analyse(
    data: LearningData,
    bounds: Bounds,
    parameters: Mapping[str, _Array] | None = None,
    noise: Noise | Mapping[str, Noise] | None = None,
    outputs: Sequence[str] = ("q_out",),
    warmup: int = 0,
) -> Identifiability:
    """Fisher information of basins about raw parameters.

    Parameters
    ----------
    data : LearningData
        Forcing, schemes and what else is known; observations are not needed.
    bounds : Bounds
        The raw parameters that are asked about.
    parameters : mapping of str to array, shape (basins,), optional
        Where derivatives are taken; replaces values of ``data.parameters``.
    noise : Noise, or mapping of output to Noise
        Errors to expect; 5 % by default.
    outputs : sequence of str
        What is observed.
    warmup : int
        Steps that are not compared. Initial storages are shares of their maxima, so they move with these.

    Raises
    ------
    KeyError, ParameterError, ForcingError, TypeError, ValueError
        As in :func:`dcfe.tangents.sensitivities`; ValueError for a warm-up that leaves nothing, too.
    """
    outputs = names_of("outputs", outputs)
    check_warmup(warmup, data.rain.shape[1])
    rows = {name: value.numpy() for name, value in data.parameters.items()} | dict(parameters or {})
    rows = {name: np.broadcast_to(np.asarray(rows[name], dtype=np.float64), len(data.ids)) for name in rows}
    noises = noise if isinstance(noise, Mapping) else dict.fromkeys(outputs, noise or Noise())
    size = len(bounds)
    information = np.zeros((len(data.ids), size, size))
    for first in tqdm(range(0, len(data.ids), _BLOCK), desc="information", unit="block", disable=None):
        part = slice(first, first + _BLOCK)
        found = _tangents(data, part, rows, bounds.names, outputs)
        slopes = slopes_of(bounds, {name: value[part] for name, value in rows.items()})
        for name in outputs:
            tangents = found.tangents[name][:, warmup:] * slopes[:, None, :]
            information[part] += fisher_information(found.outputs[name][:, warmup:], tangents, noises[name])
    return Identifiability(data.ids, bounds, rows, information)


def _tangents(
    data: LearningData, part: slice, rows: Mapping[str, _Array], wanted: Sequence[str], outputs: Sequence[str]
) -> Sensitivities:
    block = data.basins(list(range(*part.indices(len(data.ids)))))
    p, state, forcing, ordinates = plain_run(block, {name: value[part] for name, value in rows.items()})
    tangents = type(state)(*(np.zeros((*values.shape, len(wanted))) for values in state))
    for k, name in enumerate(wanted):
        # initial storages are shares of their maxima
        for storage, along, factors in (
            (state.soil, tangents.soil, ("maxsmc", "depth")),
            (state.groundwater, tangents.groundwater, ("max_gw_storage",)),
        ):
            if name in factors:
                along[:, k] = storage / getattr(p, name)
    return sensitivities(p, state, forcing, data.options, tuple(wanted), tuple(outputs), ordinates, tangents)
