"""Identifiability of the soils of columns: Fisher information from LGAR's tangents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from dcfe.bounds import Bounds
from dcfe.fisher import Identifiability, Noise, fisher_information, slopes_of
from dcfe.lgar_data import LgarLearningData, columns_of, moisture_depth
from dcfe.lgar_tangents import tangents_of_lgar
from dcfe.simulate import check_warmup
from lgar_bmi.ensemble import EnsembleForcing, initial_state
from lgar_bmi.ensemble_setup import ordinate_rows
from lgar_bmi.variables import MOISTURES
from ngen_bmi.ensemble import names_of

_Array = NDArray[np.float64]

_BLOCK = 16
"""Columns at a time: tangents of all steps are kept while information is summed up."""


def analyse_columns(
    data: LgarLearningData,
    bounds: Bounds,
    parameters: Mapping[str, _Array] | None = None,
    noise: Noise | Mapping[str, Noise] | None = None,
    outputs: Sequence[str] = ("surface_runoff", "actual_evapotranspiration", "storage"),
    warmup: int = 0,
) -> Identifiability:
    """Fisher information of columns about parameters of layers and of the column.

    Parameters
    ----------
    data : LgarLearningData
        Forcing, thickness and what else is known; observations are not needed.
    bounds : Bounds
        The parameters that are asked about.
    parameters : mapping of str to array, shape (basins,), optional
        Where derivatives are taken; replaces values of ``data.parameters``.
    noise : Noise, or mapping of output to Noise
        Errors to expect; 5 % by default.
    outputs : sequence of str
        What is observed: outputs of LGAR, and moistures such as ``soil_moisture_10``.
    warmup : int
        Steps that are not compared.

    Raises
    ------
    KeyError, ParameterError, ForcingError, TypeError, ValueError
        As in :func:`dcfe.lgar_tangents.tangents_of_lgar`; ValueError for a warm-up that leaves nothing, too.
    """
    outputs = names_of("outputs", outputs)
    check_warmup(warmup, data.rain.shape[1])
    count = len(data.ids)
    rows = {name: value.numpy() for name, value in data.parameters.items()} | dict(parameters or {})
    rows = {name: np.broadcast_to(np.asarray(value, dtype=np.float64), count) for name, value in rows.items()}
    noises = noise if isinstance(noise, Mapping) else dict.fromkeys(outputs, noise or Noise())
    depths = {name: depth for name in outputs if (depth := moisture_depth(name)) is not None}
    fluxes = [name for name in outputs if name not in depths]
    information = np.zeros((count, len(bounds), len(bounds)))
    for first in tqdm(range(0, count, _BLOCK), desc="information", unit="block", disable=None):
        part = slice(first, first + _BLOCK)
        block = {name: value[part] for name, value in rows.items()}
        columns = columns_of(block, data.thickness[part].numpy())
        shares = data.ordinates[part].numpy()
        length = ordinate_rows(shares, data.stepping.step).shape[1]
        found = tangents_of_lgar(
            columns,
            initial_state(columns, data.initial_psi[part].numpy(), length, data.stepping),
            EnsembleForcing(data.rain[part].numpy(), data.pet[part].numpy()),
            bounds.names,
            data.options,
            fluxes,
            shares,
            data.stepping,
            tuple(depths.values()),
        )
        slopes = slopes_of(bounds, block)
        for name in outputs:
            if name in depths:
                place = list(depths).index(name)
                values = found.outputs[MOISTURES.name][..., place]
                tangents = found.tangents[MOISTURES.name][:, :, place]
            else:
                values, tangents = found.outputs[name], found.tangents[name]
            scaled = tangents[:, warmup:] * slopes[:, None, :]
            information[part] += fisher_information(values[:, warmup:], scaled, noises[name])
    return Identifiability(data.ids, bounds, rows, information)
