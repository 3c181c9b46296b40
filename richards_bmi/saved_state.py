"""What a saved state of a Richards column holds besides the component's variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from richards_bmi.config_model import RichardsConfig
from richards_bmi.kernel import ColumnArrays

_COLUMN = ("state", "surface", "counts")
"""Arrays of a column that mean something between steps."""

_Array = NDArray[Any]


def fingerprint(config: RichardsConfig) -> dict[str, Any]:
    """What has to be equal for a state to have a meaning: the cells, the roots, the steps, the choices.

    Soils and parameters are not in it: their values are part of the state. Nor is the accuracy of the solver.
    """
    return {
        "layers [cm]": list(config.thickness),
        "grid [cm]": config.grid._asdict(),
        "roots": {"profile": config.root_profile, "depth [cm]": config.root_depth},
        "forcing step [s]": config.forcing_step,
        "hours of giuh_ordinates": len(config.giuh_ordinates),
        "depths of moisture": len(config.moisture_depths),
        "options": config.options._asdict(),
    }


def collect(column: ColumnArrays, queue: _Array) -> dict[str, _Array]:
    """Arrays of a column, and the water under way."""
    return {name: getattr(column, name) for name in _COLUMN} | {"queue": queue}


def put_back(state: Mapping[str, NDArray[np.float64]], column: ColumnArrays, queue: _Array) -> None:
    """Write what :func:`collect` gave, now 1-D, into the same arrays."""
    for name, target in collect(column, queue).items():
        target[...] = state[name].reshape(target.shape)
