"""What a saved state of LGAR holds besides the component's variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgar_bmi.config_model import LgarConfig
from lgar_bmi.kernel import ColumnArrays
from lgar_bmi.setup import fill_tables

_COLUMN = ("fronts", "front_integers", "surface", "events")
"""Arrays of a column that mean something between steps."""

_Array = NDArray[Any]


def fingerprint(config: LgarConfig) -> dict[str, Any]:
    """What has to be equal for a state to have a meaning: the layers' geometry, the steps, what the model consists of.

    Soils and parameters are not in it: their values are part of the state.
    """
    return {
        "layers [cm]": list(config.thickness),
        "forcing step [s]": config.forcing_step,
        "hours of giuh_ordinates": len(config.giuh_ordinates),
        "depths of moisture": len(config.moisture_depths),
        "nodes of temperature [cm]": list(config.temperature_nodes),
        "parameters as logarithms": config.log_mode,
        "options": config.options._asdict(),
    }


def collect(column: ColumnArrays, layers: _Array, queue: _Array) -> dict[str, _Array]:
    """Arrays of a column: fronts, surface, layers with their frozen shares, and the water under way."""
    return {name: getattr(column, name) for name in _COLUMN} | {"layers": layers, "queue": queue}


def put_back(
    state: Mapping[str, NDArray[np.float64]], column: ColumnArrays, layers: _Array, tables: _Array, queue: _Array
) -> None:
    """Write what :func:`collect` gave, now 1-D, into the same arrays; `tables` follow from `layers`."""
    for name, target in collect(column, layers, queue).items():
        target[...] = state[name].reshape(target.shape)
    fill_tables(layers, tables)
