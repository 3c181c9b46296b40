"""Which calibrated parameters do anything: each is moved a little from its optimum, and the hydrograph looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from basin_study.calibrate import Study, shares_array
from basin_study.cfe_model import CfeModel
from basin_study.evaluate import best_of
from basin_study.records import Task

if TYPE_CHECKING:
    import pandas as pd

_Array = NDArray[np.float64]

MOVE = 0.05
"""Share of the range between its bounds by which a parameter is moved, up and down."""

LEAST_CHANGE = 1e-6
"""Change of flow somewhere in the period that counts as doing something [mm h-1]."""

KINDS = ("cfe",)
"""Kinds of models that are looked at; two runs for each parameter of a column would take longer than all the rest."""


def changes_of(flow: Callable[[_Array], _Array], shares: _Array, move: float = MOVE) -> _Array:
    """Largest change of flow when one parameter after the other is moved up or down.

    Parameters
    ----------
    flow : callable
        From shares, shape (parameters,), to a hydrograph [mm h-1]; ValueError where the model has no meaning.
    shares : array, shape (parameters,)
        Where it has one.
    move : float
        Share of the range; a move ends at the bound.

    Returns
    -------
    array, shape (parameters,)
        [mm h-1]; NaN where the model has no meaning on either side.
    """
    here, changes = flow(shares), np.full(shares.size, np.nan)
    for k in range(shares.size):
        for step in (move, -move):
            moved = shares.copy()
            moved[k] = np.clip(shares[k] + step, 0.0, 1.0)
            if moved[k] == shares[k]:
                continue
            try:
                change = float(np.abs(flow(moved) - here).max())
            except ValueError:
                continue
            changes[k] = np.fmax(changes[k], change)
    return changes


def acting_parameters(study: Study, records: dict[Task, dict[str, Any]]) -> pd.DataFrame:
    """What the parameters that were evaluated do in the calibration period, the warm-up among it.

    Parameters
    ----------
    study : Study
    records : dict of Task to dict
        Of the calibrations.

    Returns
    -------
    DataFrame
        ``basin``, ``model``, ``parameter``, ``change``: as of :func:`changes_of` [mm h-1]. Models of other kinds than
        :data:`KINDS` have no rows.
    """
    import pandas as pd

    rows = []
    for (basin, name), task in sorted(best_of(records).items()):
        settings = study.settings.model(name)
        if settings.kind not in KINDS:
            continue
        model = study.model(settings, task.scheme, basin, "calibration")
        assert isinstance(model, CfeModel)
        changes = changes_of(model.flow, shares_array(records[task]))
        rows += [
            {"basin": basin, "model": name, "parameter": parameter, "change": change}
            for parameter, change in zip(settings.space.names, changes.tolist(), strict=True)
        ]
    return pd.DataFrame(rows, columns=["basin", "model", "parameter", "change"])


def acts_in(acting: pd.DataFrame, model: str, parameter: str) -> float:
    """Share of basins in which a parameter does anything [%]; NaN for a model that was not looked at."""
    own = acting[(acting["model"] == model) & (acting["parameter"] == parameter)]["change"].dropna().to_numpy()
    return 100.0 * float(np.mean(own > LEAST_CHANGE)) if own.size else np.nan
