"""Everything that a study says about one hydrograph against observations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from basin_study.bounded import bounded
from basin_study.objective import OFFSET_SHARE
from basin_study.signatures import signature_errors
from hydro_physics.skill import kge_of, log_nse, moments, nse_of

_Array = NDArray[Any]

COLUMNS = (
    "kge",
    "correlation",
    "variability",
    "bias",
    "nse",
    "nnse",
    "bounded_kge",
    "bounded_nse",
    "log_nse",
    "peak_error",
    "high_flow_error",
    "slope_error",
    "low_flow_error",
    "observed_share",
    "mean_observed",
    "mean_simulated",
)
"""Columns of tables of scores. `bias` is the ratio of the means, the third term of the Kling-Gupta efficiency;
bounded scores are those of :func:`basin_study.bounded.bounded`."""


def all_scores(simulated: _Array, observed: _Array) -> dict[str, float]:
    """Scores of a simulation over the steps that were observed.

    Parameters
    ----------
    simulated, observed : array, shape (observations,)
        [mm h-1]; observations may be NaN.

    Returns
    -------
    dict of str to float
        :data:`COLUMNS`; NaN where a score has no meaning, as with observations that never vary.
    """
    simulated, observed = (np.ascontiguousarray(x, dtype=np.float64) for x in (simulated, observed))
    m = moments(simulated, observed)
    terms, nse = kge_of(m), nse_of(m)
    offset = OFFSET_SHARE * m.observed_mean
    return {
        "kge": terms.kge,
        "correlation": terms.correlation,
        "variability": terms.variability,
        "bias": terms.bias,
        "nse": nse,
        "nnse": 1.0 / (2.0 - nse),
        "bounded_kge": bounded(terms.kge),
        "bounded_nse": bounded(nse),
        "log_nse": log_nse(simulated, observed, offset) if offset > 0.0 else math.nan,
        **signature_errors(simulated, observed),
        "observed_share": m.number / max(1, observed.size),
        "mean_observed": m.observed_mean,
        "mean_simulated": m.mean,
    }
